"""What carries an interface, by its folder in sysfs. Linux only."""

from pathlib import Path

from roammail.core.network import Medium


def medium_of(folder: Path) -> Medium:
    """What an interface is by its folder in sysfs; UNKNOWN where there is none."""
    kind = _read(folder / "type")
    if kind is None:
        return Medium.UNKNOWN
    device_type = ""
    for line in (_read(folder / "uevent") or "").splitlines():
        if line.startswith("DEVTYPE="):
            device_type = line.removeprefix("DEVTYPE=")
    if (folder / "wireless").exists() or (folder / "phy80211").exists():
        return Medium.WIFI
    if (folder / "tun_flags").exists():
        return Medium.VPN
    named = {
        "wlan": Medium.WIFI,
        "wwan": Medium.CELLULAR,
        "bluetooth": Medium.BLUETOOTH,
        "wireguard": Medium.VPN,
        "ppp": Medium.OTHER,  # DSL, a modem or a VPN: not to be told from here
    }
    if device_type in named:
        return named[device_type]
    # ARPHRD_ETHER and ARPHRD_RAWIP (modems); tunnels are 768 and up.
    by_kind = {"1": Medium.ETHERNET, "519": Medium.CELLULAR, "768": Medium.VPN, "776": Medium.VPN}
    return by_kind.get(kind, Medium.OTHER)


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(4096).decode("ascii", "replace").strip()
    except OSError:
        return None
