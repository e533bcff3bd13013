"""resolv.conf (man 5 resolv.conf): name servers and the search suffix. The file is written by
whoever runs the network, so it is read as hostile: capped, and only what parses is kept."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from roammail.adapters.network_source import MAX_SERVERS, domain_or_none

_MAX_OCTETS = 64 * 1024
#: systemd-resolved's own listeners, and where it writes the real servers.
_STUBS = frozenset({"127.0.0.53", "127.0.0.54"})
_REAL_SERVERS = Path("/run/systemd/resolve/resolv.conf")


@dataclass(frozen=True, slots=True)
class ResolvConf:
    """What the file says; empty where it says nothing."""

    suffix: str | None = None
    servers: tuple[str, ...] = ()


def read_resolv_conf(path: Path, real_servers: Path = _REAL_SERVERS) -> ResolvConf:
    """The file, or the one behind systemd-resolved's stub. Raises OSError."""
    found = parse_resolv_conf(_capped(path))
    if not found.servers or not _STUBS.issuperset(found.servers):
        return found
    try:
        behind = parse_resolv_conf(_capped(real_servers))
    except OSError:
        return found
    return ResolvConf(found.suffix or behind.suffix, behind.servers or found.servers)


def parse_resolv_conf(text: str) -> ResolvConf:
    """`domain` and `search` overrule one another, the last one counts, as in the resolver."""
    suffix: str | None = None
    servers: list[str] = []
    for line in text.splitlines():
        keyword, _, rest = line.strip().replace("\t", " ").partition(" ")
        words = rest.split()
        if keyword == "nameserver" and words and (server := _address(words[0])):
            servers.append(server)
        elif keyword in ("domain", "search") and words:
            suffix = next((name for name in map(domain_or_none, words) if name), None)
    return ResolvConf(suffix, tuple(dict.fromkeys(servers))[:MAX_SERVERS])


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _capped(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MAX_OCTETS).decode("utf-8", "replace")
