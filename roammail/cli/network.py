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
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

_MEDIUM = {
    Medium.ETHERNET: N_("cable"),
    Medium.WIFI: N_("Wi-Fi"),
    Medium.CELLULAR: N_("mobile network"),
    Medium.VPN: N_("VPN"),
    Medium.BLUETOOTH: N_("Bluetooth"),
    Medium.OTHER: N_("other"),
    Medium.UNKNOWN: N_("unknown"),
}

_PORTAL = {
    PortalState.NONE: N_("none, the Internet is open"),
    PortalState.REQUIRED: N_("yes: sign in to this network first"),
    PortalState.LIMITED: N_("connected, and nothing on the Internet answers"),
    PortalState.OFFLINE: N_("offline: there is no way out of this computer"),
    PortalState.UNKNOWN: N_("unknown"),
}

_WHY: dict[str, str] = {
    WhyUnknown.NO_NETWORK_MANAGER: N_("NetworkManager does not run here"),
    WhyUnknown.NO_SYSTEM_BUS: N_("there is no system bus to ask"),
    WhyUnknown.NO_ROUTE: N_("nothing leads to the Internet from here"),
    WhyUnknown.NO_GATEWAY: N_("this kind of connection has no gateway"),
    WhyUnknown.GATEWAY_SILENT: N_("the gateway has not told its hardware address"),
    WhyUnknown.NOT_CHECKED: N_("it was not looked at"),
    WhyUnknown.NO_CHECK_ADDRESS: N_("no address is set that could be asked"),
    WhyUnknown.NO_ANSWER: N_("nobody answered"),
    WhyUnknown.UNEXPECTED_ANSWER: N_("the answer was not the expected one"),
    WhyUnknown.NOT_TOLD: N_("the system does not say"),
    WhyUnknown.UNREADABLE: N_("what the system said could not be read"),
    WhyUnknown.TIMED_OUT: N_("the answer did not come in time"),
    WhyUnknown.COMMAND_FAILED: N_("the system's command failed"),
    WhyUnknown.UNSUPPORTED: N_("RoamMail cannot ask this kind of system yet"),
    WhyUnknown.INTERNAL: N_("of a fault in RoamMail; the log has the details"),
}

_FIELDS = {
    "name": N_("Connection"),
    "medium": N_("Medium"),
    "ssid": N_("Wi-Fi name"),
    "gateway": N_("Gateway"),
    "gateway_mac": N_("Gateway's hardware address"),
    "prefix": N_("Local network"),
    "dns_suffix": N_("DNS suffix"),
    "dns_servers": N_("DNS servers"),
    "portal": N_("Sign-in page"),
    "metered": N_("Metered"),
    "interface": N_("Interface"),
}


@click.command("network")
@click.option("--portal/--no-portal", default=True, help="Ask over HTTP whether a portal is there.")
@common
@click.pass_context
def network_command(ctx: click.Context, portal: bool) -> Result:
    """Tell where we are, and what is not known."""
    session = session_of(ctx)
    words = session.make_words()
    found = session.with_engine(lambda engine: engine.network(portal=portal))
    return Result(
        data=json_shapes.network(found.network, found.key, visited=found.visited),
        view=lambda look: view(found, words, look),
    )


def view(found: NetworkView, words: Words, look: Look) -> RenderableType:
    """A short table of what is known, then a list of what is not."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in _facts(found, words):
        if value:
            table.add_row(words.say(label), Text(value))
    parts: list[RenderableType] = [table]
    if found.network.unknown:
        parts.append(Text(words.say(N_("Not known:")), style="dim"))
        unknown = [_unknown(item, words) for item in found.network.unknown]
        parts.append(indented(bullets(unknown, look)))
    return Group(*parts)


def _facts(found: NetworkView, words: Words) -> list[tuple[str, str]]:
    """Labels, still to be translated, and values."""
    network, unknown = found.network, words.say(N_("unknown"))
    return [
        (N_("Connection"), _shown(network.name) or unknown),
        (N_("Medium"), words.say(_MEDIUM[network.medium])),
        (N_("Wi-Fi name"), _shown(network.ssid)),
        (N_("Gateway"), _shown(network.gateway) or unknown),
        (N_("Local network"), _shown(network.prefix)),
        (N_("DNS suffix"), _suffix(network, words)),
        (N_("DNS servers"), ", ".join(_shown(item) for item in network.dns_servers)),
        (N_("Sign-in page"), words.say(_PORTAL[network.portal])),
        (N_("Its address"), _shown(network.portal_url)),
        (N_("Metered"), _metered(network, words)),
        (N_("Seen before"), _seen(found, words)),
    ]


def _unknown(item: Unknown, words: Words) -> str:
    known, field = _WHY.get(item.reason), _FIELDS.get(item.field)
    why = words.say(known) if known else display(item.reason, 200)
    name = words.say(field) if field else display(item.field, 60)
    detail = f" ({display(item.detail, 200)})" if item.detail else ""
    return f"{name}: {why}{detail}"


def _seen(found: NetworkView, words: Words) -> str:
    if found.key is None:
        return words.say(N_("cannot be told: this network has nothing to recognise it by"))
    return words.say(N_("yes") if found.visited else N_("no, this network is new"))


def _suffix(network: Network, words: Words) -> str:
    """Most home networks give none, which is knowledge too."""
    if network.dns_suffix:
        return _shown(network.dns_suffix)
    untold = any(item.field == "dns_suffix" for item in network.unknown)
    return words.say(N_("unknown") if untold else N_("none given"))


def _metered(network: Network, words: Words) -> str:
    if network.metered is None:
        return ""
    return words.say(N_("yes") if network.metered else N_("no"))


def _shown(value: str | None) -> str:
    return display(value, 120) if value else ""
