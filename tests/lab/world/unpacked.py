"""Exim and OpenSMTPD, whose packages conflict with Postfix's: unpacked into a folder by
`packaging/fetch-lab-servers`, and run from there."""

import os
from pathlib import Path

from tests.lab.world.namespace import Namespace

_TOP = Path(__file__).parents[3]
#: Where `packaging/fetch-lab-servers` unpacks them: where it is told, for all, or for one.
_FOLDERS = (
    os.environ.get("ROAMMAIL_LAB_SERVERS"),
    "/var/cache/roammail-lab",
    _TOP / ".lab-servers",
)
_ROOTS = [Path(folder) / "root" for folder in _FOLDERS if folder]
UNPACKED = next((root for root in _ROOTS if (root / "usr/sbin/smtpd").exists()), _ROOTS[0])

_EXIM = """
exim_path = {binary}
primary_hostname = {host}
spool_directory = {spool}
log_file_path = {spool}/%slog
exim_user = Debian-exim
exim_group = Debian-exim
deliver_drop_privilege = true
never_users =
domainlist local_domains =
hostlist relay_from_hosts = {relay_for}
tls_advertise_hosts = *
tls_certificate = {chain}
daemon_smtp_ports = 25
local_interfaces = 0.0.0.0
keep_environment =
rfc1413_query_timeout = 0s
host_lookup =
acl_smtp_rcpt = check
begin acl
check:
  accept hosts = +relay_from_hosts
  deny message = relay not permitted
begin routers
by_mx:
  driver = dnslookup
  transport = remote
  ignore_target_hosts = <; 127.0.0.0/8 ; ::/0
  no_more
begin transports
remote:
  driver = smtp
  hosts_avoid_tls = *
begin retry
* * F,1h,5s
"""

_OPENSMTPD = """
listen on 0.0.0.0 port 25 hostname {host}
action "out" relay helo {host}
match from src {{ {relay_for} }} for any action "out"
"""


def program(name: str) -> Path:
    """An unpacked program. Raises AssertionError that says how to get it."""
    path = UNPACKED / "usr/sbin" / name
    assert path.exists(), f"{path} is missing: run packaging/fetch-lab-servers"
    return path


def start_exim(machine: Namespace, host: str, chain: Path, relay_for: str) -> None:
    """Exim on port 25: everybody outside `relay_for` hears "relay not permitted"."""
    spool = machine.folder / machine.name
    spool.mkdir(mode=0o755)
    os.chown(spool, 6501, 6501)
    readable = spool / "chain.pem"
    readable.write_bytes(chain.read_bytes())
    readable.chmod(0o400)
    os.chown(readable, 6501, 6501)
    binary = program("exim4")
    etc = machine.folder / f"{machine.name}-etc" / "exim4"
    etc.mkdir(exist_ok=True)
    (etc / "exim4.conf").write_text(
        _EXIM.format(binary=binary, host=host, spool=spool, relay_for=relay_for, chain=readable)
    )
    machine.start([str(binary), "-bdf", "-q10s"])


def start_opensmtpd(machine: Namespace, host: str, relay_for: str) -> None:
    """OpenSMTPD on port 25, in clear: its TLS fails with this system's OpenSSL 3 (version
    6.8), whatever the key (its issue 1171)."""
    folder = machine.folder / machine.name
    folder.mkdir(mode=0o755)
    (folder / "smtpd.conf").write_text(_OPENSMTPD.format(host=host, relay_for=relay_for))
    machine.script(
        "mkdir -p -m 711 /var/spool/smtpd\n"
        "mount -t tmpfs tmpfs /var/lib\n"
        "mount -t tmpfs -o mode=755 tmpfs /run\n"
        "mkdir -p -m 755 /var/lib/opensmtpd/empty"
    )
    machine.start([str(program("smtpd")), "-d", "-f", str(folder / "smtpd.conf")])
