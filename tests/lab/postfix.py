"""A real Postfix on loopback, from a folder of its own: submission with STARTTLS, submission
with implicit TLS, and a port that relays for nobody, as a foreign mail exchanger does. All that
it takes ends in one mailbox, whatever its domain: nothing leaves this machine."""

import grp
import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.network import Machine
from tests.lab.place import await_true, free_ports, listening, running

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = localhost
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = virtual:
alias_maps =
smtpd_peername_lookup = no
smtpd_tls_chain_files = {chain}
smtpd_tls_session_cache_database =
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:{auth}
smtpd_client_restrictions =
smtpd_recipient_restrictions =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_soft_error_limit = 100
message_size_limit = 36700160
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_base = {folder}/mail
virtual_mailbox_domains =
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 100
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
"""

_MASTER = """
{starttls} inet n - n - - smtpd
  -o syslog_name=submission -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
{implicit} inet n - n - - smtpd
  -o syslog_name=submissions -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
{exchanger} inet n - n - - smtpd
  -o syslog_name=exchanger -o smtpd_tls_security_level=may
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
virtual   unix - n n - - virtual
discard   unix - - n - - discard
error     unix - - n - - error
retry     unix - - n - - error
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A server that runs, its ports, its log and the one mailbox that gets everything."""

    starttls: int
    implicit: int
    exchanger: int
    folder: Path

    @property
    def log(self) -> str:
        """What the server has noted so far."""
        file = self.folder / "mail.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def refused_sign_ins(self) -> int:
        """How many sign-ins failed so far."""
        return self.log.count("authentication failed")

    def await_refused_sign_ins(self, count: int) -> None:
        """Waits until the log, which is written behind the reply, tells of `count`; not more."""
        await_true(f"{count} refused sign-ins", lambda: self.refused_sign_ins() >= count)
        assert self.refused_sign_ins() == count

    def delivered(self) -> list[bytes]:
        """Every message in the mailbox as the server wrote it (LF line ends), oldest first."""
        inbox = self.folder / "mail" / "inbox" / "new"
        if not inbox.is_dir():
            return []
        files = sorted(inbox.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [file.read_bytes() for file in files]

    def await_delivered(self, holds: Callable[[bytes], bool], count: int = 1) -> None:
        """Waits until `count` messages in the mailbox are so."""
        await_true(
            f"{count} messages in the mailbox",
            lambda: sum(holds(raw) for raw in self.delivered()) >= count,
        )


@contextmanager
def postfix(
    folder: Path, chain: Path, auth: Path, machine: Machine | None = None
) -> Iterator[Postfix]:
    """Starts Postfix below `folder`; `chain` is key and certificates in one PEM file, `auth`
    Dovecot's socket. Ends it with all its processes."""
    make_folders(folder)
    ports = free_ports(3)
    starttls, implicit, exchanger = (f"127.0.0.1:{port}" for port in ports)
    config = folder / "etc"
    (config / "main.cf").write_text(_MAIN.format(folder=folder, chain=chain, auth=auth))
    (config / "master.cf").write_text(
        _MASTER.format(starttls=starttls, implicit=implicit, exchanger=exchanger)
    )
    daemons = shutil.which("master", path="/usr/lib/postfix/sbin:/usr/libexec/postfix")
    assert daemons, "Postfix is installed without its master daemon"
    server = Postfix(ports[0], ports[1], ports[2], folder)
    # -d keeps it in the foreground, ours to stop; -c leads it to its own configuration.
    with running([daemons, "-d", "-c", str(config)], folder / "start.log", machine) as process:
        await_true(
            "Postfix's ports",
            lambda: (
                _alive(process.poll(), server) and all(listening(port, machine) for port in ports)
            ),
        )
        yield server


def _alive(code: int | None, server: Postfix) -> bool:
    if code is not None:
        start = (server.folder / "start.log").read_text("utf-8", "replace")
        raise AssertionError(f"Postfix ended with {code}:\n{start}\n{server.log}")
    return True


def make_folders(folder: Path) -> None:
    """What `postfix start` finds on a machine where it was installed."""
    owner = pwd.getpwnam("postfix").pw_uid
    drop = grp.getgrnam("postdrop").gr_gid
    folder.mkdir(mode=0o755)
    (folder / "etc").mkdir(mode=0o755)
    (folder / "queue").mkdir(mode=0o755)
    queues = "active bounce corrupt defer deferred flush hold incoming private saved trace"
    for name in queues.split():
        (folder / "queue" / name).mkdir(mode=0o700)
        os.chown(folder / "queue" / name, owner, -1)
    for name, mode in (("maildrop", 0o730), ("public", 0o710)):
        (folder / "queue" / name).mkdir()
        os.chown(folder / "queue" / name, owner, drop)
        (folder / "queue" / name).chmod(mode)
    (folder / "queue" / "pid").mkdir(mode=0o755)
    (folder / "data").mkdir(mode=0o700)
    os.chown(folder / "data", owner, -1)
    (folder / "mail").mkdir(mode=0o755)
    os.chown(folder / "mail", 65534, 65534)
