"""What we know of where we are, and the fingerprint that recognises a network again."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

#: A salted hash; says nothing of the network to whoever reads the database.
NetworkKey = NewType("NetworkKey", str)


class Medium(StrEnum):
    """What carries the default route."""

    ETHERNET = "ethernet"
    WIFI = "wifi"
    CELLULAR = "cellular"
    VPN = "vpn"
    BLUETOOTH = "bluetooth"
    OTHER = "other"
    UNKNOWN = "unknown"


class PortalState(StrEnum):
    """Whether a captive portal stands between us and the Internet."""

    NONE = "none"  # the check's own answer came back: the Internet is open
    REQUIRED = "required"  # sign in first
    LIMITED = "limited"  # connected, and nothing answers
    OFFLINE = "offline"  # no route at all
    UNKNOWN = "unknown"


class WhyUnknown(StrEnum):
    """Why a fact of the network is not known; the front ends word it."""

    NO_NETWORK_MANAGER = "no-network-manager"  # it does not run here
    NO_SYSTEM_BUS = "no-system-bus"
    NO_ROUTE = "no-route"  # nothing leads to the Internet
    NO_GATEWAY = "no-gateway"  # a point-to-point link has none
    GATEWAY_SILENT = "gateway-silent"  # it did not tell its hardware address
    NOT_CHECKED = "not-checked"
    NO_CHECK_ADDRESS = "no-check-address"  # the user has switched the portal check off
    NO_ANSWER = "no-answer"
    UNEXPECTED_ANSWER = "unexpected-answer"
    NOT_TOLD = "not-told"  # the system does not say
    UNREADABLE = "unreadable"
    TIMED_OUT = "timed-out"
    COMMAND_FAILED = "command-failed"
    UNSUPPORTED = "unsupported"  # no adapter for this system
    INTERNAL = "internal"  # a fault of ours; the log has it


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be found, and why (rule 11: said, not guessed).

    `reason` is a WhyUnknown; `detail` the system's own word, hostile text.
    """

    field: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """Where we are. None or UNKNOWN where it is not known; `unknown` says why.

    `gateway_mac` is lower case with colons; `prefix` the interface's own network in CIDR
    notation ("192.168.1.0/24"); `portal_url` only ever http or https, hostile text.
    """

    name: str | None = None
    medium: Medium = Medium.UNKNOWN
    interface: str | None = None
    gateway: str | None = None
    gateway_mac: str | None = None
    prefix: str | None = None
    dns_suffix: str | None = None
    dns_servers: tuple[str, ...] = ()
    ssid: str | None = None
    portal: PortalState = PortalState.UNKNOWN
    portal_url: str | None = None
    metered: bool | None = None
    sources: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    portal_api: str | None = None  # the network's own address for RFC 8908, hostile text


def network_key(network: Network, salt: bytes) -> NetworkKey | None:
    """Fingerprint of gateway MAC + prefix + DNS suffix (+ SSID), keyed with `salt`.

    None when there is neither a gateway MAC nor a prefix: an SSID or a DNS suffix alone is
    something that anybody can imitate, so nothing is remembered under it. Point-to-point
    links (VPN, cellular) have no gateway MAC; there the interface's prefix stands for it.
    """
    if not network.gateway_mac and not network.prefix:
        return None
    import hashlib  # here: whoever only shows a network has no use for it
    import hmac

    facts = "\0".join(
        (
            (network.gateway_mac or "").lower(),
            network.prefix or "",
            (network.dns_suffix or "").lower().rstrip("."),
            network.ssid or "",
        )
    )
    digest = hmac.new(salt, facts.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return NetworkKey(digest.hexdigest()[:32])
