"""The mail servers of the lab: whose they are, where they listen, for whom they relay.

To add one: a name in `internet.HOSTS`, a function here, a line in `start_servers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.canary import secret
from tests.lab.dovecot import dovecot
from tests.lab.world.internet import Internet
from tests.lab.world.namespace import Namespace
from tests.lab.world.postfix import Ports, await_ports, start_postfix
from tests.lab.world.unpacked import start_exim, start_opensmtpd

TRAVELLER = "traveller@provider.example"
#: Has an account at the provider too, and does not own the traveller's address.
SECOND = "second@provider.example"
FRIEND = "friend@friend.example"

#: Where home, campus, conference and office are seen from: what their servers relay for.
HOME_WAN, CAMPUS_WAN = "198.51.100.10", "198.51.100.20"
CONFERENCE_WAN, OFFICE_WAN = "198.51.100.70", "198.51.100.90"
#: How far away a server is, in seconds that it takes over each recipient: a house in the
#: neighbourhood takes none. So it is certain who would win a race, also on a busy machine.
_ABROAD, _OVERSEAS = (f"smtpd_client_restrictions = sleep {seconds}\n" for seconds in (1, 4))
_RECIPIENTS = "smtpd_recipient_restrictions = reject_unknown_recipient_domain\n"
_NOBODY = "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"


@dataclass(frozen=True, slots=True)
class Servers:
    """The machines by the first word of their domain, and the friend's mailbox."""

    machines: dict[str, Namespace]
    mailbox: Path

    def arrived(self, message_id: str) -> list[str]:
        """Every message in the friend's mailbox with this Message-ID."""
        if not self.mailbox.is_dir():
            return []
        texts = [file.read_text("utf-8", "replace") for file in self.mailbox.iterdir()]
        return [text for text in texts if message_id in text]


def start_servers(net: Internet) -> Servers:
    """All of them, ready."""
    folder = net.folder
    users = {TRAVELLER: secret("account"), SECOND: secret("account")}
    auth = net.held.enter_context(dovecot(folder / "dovecot", users)).socket
    waiting = [
        _campus(net),
        _isp(net),
        _company(net, users),
        _provider(net, auth),
        _relay_service(net, auth),
        _gate(net),
        _friend(net),
    ]
    for machine, ports in waiting:
        await_ports(machine, *ports)
    machines = {machine.name: machine for machine, _ in waiting}
    return Servers(machines, folder / "friend" / "friend" / "mail" / "inbox" / "new")


def _postfix(net: Internet, host: str, ports: Ports, more: str, plain: str = "") -> Namespace:
    machine = net.server(host)
    machine.folder = net.folder / machine.name
    machine.folder.mkdir(mode=0o755)
    start_postfix(machine, host, net.certificate(host), ports, more, plain)
    return machine


def _campus(net: Internet) -> tuple[Namespace, tuple[int, ...]]:
    """Postfix: relays for its own network and nobody else, and asks a block list."""
    more = (
        f"mynetworks = {CAMPUS_WAN}\nsmtpd_tls_security_level = may\n{_NOBODY}"
        "smtpd_client_restrictions = reject_rbl_client dnsbl.example\n"
    )
    return _postfix(net, "smtp.campus.example", Ports(plain=(25,)), more), (25,)


def _isp(net: Internet) -> tuple[Namespace, tuple[int, ...]]:
    """Exim: "relay not permitted" outside its customers' homes."""
    host = "smtp.isp.example"
    machine = net.server(host)
    start_exim(machine, host, net.certificate(host), HOME_WAN)
    return machine, (25,)


def _company(net: Internet, users: Mapping[str, str]) -> tuple[Namespace, tuple[int, ...]]:
    """OpenSMTPD: relays for the office, and for who signs in at its encrypted ports."""
    host = "smtp.company.example"
    machine = net.server(host)
    start_opensmtpd(machine, host, (net.certificate(host), net.ca_file), OFFICE_WAN, users)
    return machine, (25, 587, 465)


def _provider(net: Internet, auth: Path) -> tuple[Namespace, tuple[int, ...]]:
    """Postfix and Dovecot: everybody sends as who they are."""
    owners = net.folder / "owners"
    owners.write_text("".join(f"{user} {user}\n" for user in (TRAVELLER, SECOND)))
    more = (
        f"mynetworks =\nsmtpd_tls_security_level = may\n{_ABROAD}"
        f"smtpd_sasl_path = unix:{auth}\n"
        f"smtpd_sender_login_maps = texthash:{owners}\n"
        "smtpd_sender_restrictions = reject_sender_login_mismatch\n"
        f"{_RECIPIENTS}"
        "virtual_mailbox_domains = provider.example\n"
    )
    signs_in = (
        "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes "
        "-o smtpd_relay_restrictions=permit_sasl_authenticated,reject_unauth_destination"
    )
    ports = Ports(plain=(25,), starttls=(587, 2525), implicit=(465,))
    machine = _postfix(net, "smtp.provider.example", ports, more, signs_in)
    return machine, (25, 587, 2525, 465)


def _relay_service(net: Internet, auth: Path) -> tuple[Namespace, tuple[int, ...]]:
    """Postfix and Dovecot on every port that is seldom blocked."""
    more = f"mynetworks =\nsmtpd_sasl_path = unix:{auth}\n{_OVERSEAS}{_RECIPIENTS}"
    ports = Ports(plain=(), starttls=(587, 2525, 8025), implicit=(465, 443))
    machine = _postfix(net, "smtp.relayservice.example", ports, more)
    return machine, (587, 2525, 8025, 465, 443)


def _gate(net: Internet) -> tuple[Namespace, tuple[int, ...]]:
    """The conference's own relay, which port 25 is led to there: no TLS, no sign-in."""
    more = f"mynetworks = {CONFERENCE_WAN}\nsmtpd_tls_security_level = none\n" + _NOBODY
    return _postfix(net, "mailgate.conference.example", Ports(plain=(25,)), more), (25,)


def _friend(net: Internet) -> tuple[Namespace, tuple[int, ...]]:
    """The final recipient's server; relays for nobody."""
    more = (
        "mynetworks =\nsmtpd_tls_security_level = may\n"
        "smtpd_relay_restrictions = reject_unauth_destination\n"
        "virtual_mailbox_domains = friend.example\n"
    )
    return _postfix(net, "mx.friend.example", Ports(plain=(25,)), more), (25,)
