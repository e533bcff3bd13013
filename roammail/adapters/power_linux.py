"""Whether this Linux computer saves its battery, from two sources that are enough:

- the desktop's power switch, over the system bus. GNOME, KDE and Cinnamon show
  power-profiles-daemon's profiles; tuned-ppd and TLP's tlp-pd answer under the same name. Before
  its version 0.20 the name was net.hadess.PowerProfiles. Where nobody answers there is no switch.
- the kernel's word on the batteries, in /sys/class/power_supply. UPower's knowledge comes from
  there; asking UPower too would add a service that may be absent, and no fact. The desktop
  portal's power-saver-enabled is the same switch once more, over the session bus.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from roammail.adapters.network_source import SourceFailed, visible
from roammail.adapters.system_bus import ServiceAbsent, SystemBus
from roammail.core.power import Charge, Power, power_of

SUPPLIES = Path("/sys/class/power_supply")
#: Bus name (and interface) → path, the newer one first.
SWITCHES = {
    "org.freedesktop.UPower.PowerProfiles": "/org/freedesktop/UPower/PowerProfiles",
    "net.hadess.PowerProfiles": "/net/hadess/PowerProfiles",
}
_SAVER = "power-saver"
_SECONDS = 2.0  # for the bus
_MOST, _OCTETS = 32, 64  # supplies; octets of one fact


class LinuxPower:
    """The port PowerSource. `address`: of the system bus, where it is not the usual one."""

    def __init__(self, address: str | None = None, supplies: Path = SUPPLIES) -> None:
        self._address, self._supplies = address, supplies

    async def power(self) -> Power:
        """Asks both; each may fail without the other."""
        (switch, said), charge = await asyncio.gather(
            self._switch(), asyncio.to_thread(charge_of, self._supplies)
        )
        return power_of(switch, charge, f"{said}; {charge or 'batteries not told'}")

    async def _switch(self) -> tuple[bool | None, str]:
        bus = SystemBus(self._address)
        try:
            async with asyncio.timeout(_SECONDS):
                return await _asked(bus)
        except TimeoutError:
            return None, "power profile: no answer"
        except SourceFailed as failed:
            return None, f"power profile: {failed}"
        finally:
            await bus.close()


async def _asked(bus: SystemBus) -> tuple[bool | None, str]:
    for name, path in SWITCHES.items():
        try:
            found = (await bus.properties(name, path, name)).get("ActiveProfile")
        except ServiceAbsent:
            continue
        if not isinstance(found, str):
            return None, "power profile: not told"
        return found == _SAVER, f"power profile: {visible(found, 40)}"
    return False, "power profile: none here"


def charge_of(folder: Path) -> Charge | None:
    """The batteries as the kernel tells of them (Documentation/ABI/testing/sysfs-class-power);
    None where there is nothing to be read. Those of mice and headsets do not count."""
    try:
        supplies = sorted(folder.iterdir())[:_MOST]
    except OSError:
        return None
    batteries = [one for one in supplies if _runs_us(one)]
    draining = any(_fact(one, "status") == "Discharging" for one in batteries)
    return Charge(draining, max(_percents(batteries), default=None))


def _runs_us(supply: Path) -> bool:
    return _fact(supply, "type") in ("Battery", "UPS") and _fact(supply, "scope") != "Device"


def _percents(batteries: list[Path]) -> Iterator[int]:
    for battery in batteries:
        told = _fact(battery, "capacity")
        if told.isascii() and told.isdigit() and int(told) <= 100:
            yield int(told)


def _fact(supply: Path, name: str) -> str:
    """A file of a line; "" where it is not there, or the battery has just been taken out."""
    try:
        with (supply / name).open("rb", buffering=0) as file:
            return (file.read(_OCTETS) or b"").decode("ascii", "replace").strip()
    except OSError:
        return ""
