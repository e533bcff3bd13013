"""`roammail network`: where we are, what is known of it, and what is unknown and why."""

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.app import common
from roammail.cli.blocks import bullets, indented
from roammail.cli.result import Look, Result
from roammail.cli.session import session_of
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown
from roammail.engine.engine import NetworkView
from roammail.words.display import display

_MEDIUM = {
    Medium.ETHERNET: "cable",
    Medium.WIFI: "Wi-Fi",
    Medium.CELLULAR: "mobile network",
    Medium.VPN: "VPN",
    Medium.BLUETOOTH: "Bluetooth",
    Medium.OTHER: "other",
    Medium.UNKNOWN: "unknown",
}

_PORTAL = {
    PortalState.NONE: "none, the Internet is open",
    PortalState.REQUIRED: "yes: sign in to this network first",
    PortalState.LIMITED: "connected, and nothing on the Internet answers",
    PortalState.OFFLINE: "offline: there is no way out of this computer",
    PortalState.UNKNOWN: "unknown",
}

_WHY: dict[str, str] = {
    WhyUnknown.NO_NETWORK_MANAGER: "NetworkManager does not run here",
    WhyUnknown.NO_SYSTEM_BUS: "there is no system bus to ask",
    WhyUnknown.NO_ROUTE: "nothing leads to the Internet from here",
    WhyUnknown.NO_GATEWAY: "this kind of connection has no gateway",
    WhyUnknown.GATEWAY_SILENT: "the gateway has not told its hardware address",
    WhyUnknown.NOT_CHECKED: "it was not looked at",
    WhyUnknown.NO_CHECK_ADDRESS: "no address is set that could be asked",
    WhyUnknown.NO_ANSWER: "nobody answered",
    WhyUnknown.UNEXPECTED_ANSWER: "the answer was not the expected one",
    WhyUnknown.NOT_TOLD: "the system does not say",
    WhyUnknown.UNREADABLE: "what the system said could not be read",
    WhyUnknown.TIMED_OUT: "the answer did not come in time",
    WhyUnknown.COMMAND_FAILED: "the system's command failed",
    WhyUnknown.UNSUPPORTED: "RoamMail cannot ask this kind of system yet",
    WhyUnknown.INTERNAL: "of a fault in RoamMail; the log has the details",
}

_FIELDS = {
    "name": "Connection",
    "medium": "Medium",
    "ssid": "Wi-Fi name",
    "gateway": "Gateway",
    "gateway_mac": "Gateway's hardware address",
    "prefix": "Local network",
    "dns_suffix": "DNS suffix",
    "dns_servers": "DNS servers",
    "portal": "Sign-in page",
    "metered": "Metered",
    "interface": "Interface",
}


@click.command("network")
@click.option("--portal/--no-portal", default=True, help="Ask over HTTP whether a portal is there.")
@common
@click.pass_context
def network_command(ctx: click.Context, portal: bool) -> Result:
    """Tell where we are, and what is not known."""
    session = session_of(ctx)
    found = session.with_engine(lambda engine: engine.network(portal=portal))
    return Result(
        data=json_shapes.network(found.network, found.key, visited=found.visited),
        view=lambda look: view(found, look),
    )


def view(found: NetworkView, look: Look) -> RenderableType:
    """A short table of what is known, then a list of what is not."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in _facts(found):
        if value:
            table.add_row(label, Text(value))
    parts: list[RenderableType] = [table]
    if found.network.unknown:
        parts.append(Text("Not known:", style="dim"))
        unknown = [_unknown(item) for item in found.network.unknown]
        parts.append(indented(bullets(unknown, look)))
    return Group(*parts)


def _facts(found: NetworkView) -> list[tuple[str, str]]:
    network = found.network
    return [
        ("Connection", _shown(network.name) or "unknown"),
        ("Medium", _MEDIUM[network.medium]),
        ("Wi-Fi name", _shown(network.ssid)),
        ("Gateway", _shown(network.gateway) or "unknown"),
        ("Local network", _shown(network.prefix)),
        ("DNS suffix", _shown(network.dns_suffix)),
        ("DNS servers", ", ".join(_shown(item) for item in network.dns_servers)),
        ("Sign-in page", _PORTAL[network.portal]),
        ("Its address", _shown(network.portal_url)),
        ("Metered", _metered(network)),
        ("Seen before", _seen(found)),
    ]


def _unknown(item: Unknown) -> str:
    why = _WHY.get(item.reason, display(item.reason, 200))
    detail = f" ({display(item.detail, 200)})" if item.detail else ""
    return f"{_FIELDS.get(item.field, display(item.field, 60))}: {why}{detail}"


def _seen(found: NetworkView) -> str:
    if found.key is None:
        return "cannot be told: this network has nothing to recognise it by"
    return "yes" if found.visited else "no, this network is new"


def _metered(network: Network) -> str:
    if network.metered is None:
        return ""
    return "yes" if network.metered else "no"


def _shown(value: str | None) -> str:
    return display(value, 120) if value else ""
