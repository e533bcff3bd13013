"""A Postfix of the lab: which ports it has and for whom it relays is the caller's choice.

Mail leaves it as on the real internet: by MX look-up, over the lab's bridge.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.lab.postfix import make_folders
from tests.lab.world.namespace import Namespace, await_true

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = {host}
mydestination =
inet_interfaces = all
inet_protocols = ipv4, ipv6
alias_maps =
smtp_tls_security_level = none
smtp_address_preference = ipv4
smtpd_tls_chain_files = {chain}
smtpd_tls_session_cache_database =
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_sasl_type = dovecot
smtpd_soft_error_limit = 100
minimal_backoff_time = 5s
queue_run_delay = 5s
virtual_mailbox_domains =
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 100
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
mailbox_size_limit = 0
virtual_mailbox_limit = 0
"""

_MASTER = """
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
virtual   unix - n n - - virtual
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
_SIGN_IN = (
    "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes "
    "-o smtpd_relay_restrictions=permit_sasl_authenticated,reject_unauth_destination"
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a server listens: `plain` as a mail exchanger does, the others for submission."""

    plain: tuple[int, ...] = (25,)
    starttls: tuple[int, ...] = ()
    implicit: tuple[int, ...] = ()


def start_postfix(
    machine: Namespace, host: str, chain: Path, ports: Ports, more: str = "", plain: str = ""
) -> Path:
    """Starts Postfix with these lines of main.cf more; `plain` are options of its plain ports.

    Returns its folder, in which `mail.log` and `mail/inbox/new` lie.
    """
    folder = machine.folder / machine.name
    make_folders(folder)
    main = _MAIN.format(folder=folder, host=host, chain=chain)
    (folder / "etc" / "main.cf").write_text(main + more)
    lines = [f"{p} inet n - n - - smtpd {plain}" for p in ports.plain]
    lines += [
        f"{p} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {_SIGN_IN}"
        for p in ports.starttls
    ]
    lines += [
        f"{p} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {_SIGN_IN}" for p in ports.implicit
    ]
    (folder / "etc" / "master.cf").write_text("\n".join(lines) + _MASTER)
    master = shutil.which("master", path="/usr/lib/postfix/sbin:/usr/libexec/postfix")
    assert master, "Postfix is installed without its master daemon"
    machine.start([master, "-d", "-c", str(folder / "etc")])
    return folder


def await_ports(machine: Namespace, *ports: int) -> None:
    """Waits until all of them are open."""
    await_true(f"ports of {machine.name}", lambda: all(machine.listens(port) for port in ports))
