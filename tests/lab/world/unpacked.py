"""Exim and OpenSMTPD, whose packages conflict with Postfix's: unpacked into a folder by
`packaging/fetch-lab-servers`, and run from there.

OpenSMTPD comes from another release than this system, with all its libraries: it runs under a
root of its own.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.lab.world.namespace import Namespace

_TOP = Path(__file__).parents[3]
#: Where `packaging/fetch-lab-servers` unpacks them: where it is told, for all, or for one.
_FOLDERS = (
    os.environ.get("ROAMMAIL_LAB_SERVERS"),
    "/var/cache/roammail-lab",
    _TOP / ".lab-servers",
)
_KNOWN = [Path(folder) for folder in _FOLDERS if folder]
_FOLDER = next((f for f in _KNOWN if (f / "company/usr/sbin/smtpd").exists()), _KNOWN[0])
UNPACKED = _FOLDER / "root"
COMPANY = _FOLDER / "company"
#: What must be there.
PROGRAMS = (UNPACKED / "usr/sbin/exim4", COMPANY / "usr/sbin/smtpd")

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
pki "own" cert "{folder}/chain.pem"
pki "own" key "{folder}/chain.pem"
table people file:{folder}/people
listen on 0.0.0.0 port 25 tls pki "own" hostname {host}
listen on 0.0.0.0 port 587 tls-require pki "own" auth <people> hostname {host}
listen on 0.0.0.0 port 465 smtps pki "own" auth <people> hostname {host}
action "out" relay helo {host}
match from auth for any action "out"
match from src {{ {relay_for} }} for any action "out"
"""
#: Its own root: the libraries of its release, and this machine's everything else.
_ROOT = """
root={folder}/root
mkdir {folder}/root
mount -t tmpfs -o mode=755 tmpfs $root
cd $root
mkdir -p usr etc dev proc run tmp .{folder} var/empty var/spool/smtpd var/lib/opensmtpd/empty
chmod 711 var/spool/smtpd
ln -s usr/lib usr/lib64 usr/bin .
ln -s /run var/run
mount --bind {company}/usr usr
mount --bind /etc etc
mount --rbind /dev dev
mount --bind /proc proc
mount --bind {folder} .{folder}
"""


def start_exim(machine: Namespace, host: str, chain: Path, relay_for: str) -> None:
    """Exim on port 25: everybody outside `relay_for` hears "relay not permitted"."""
    spool = machine.folder / machine.name
    spool.mkdir(mode=0o755)
    os.chown(spool, 6501, 6501)
    readable = spool / "chain.pem"
    readable.write_bytes(chain.read_bytes())
    readable.chmod(0o400)
    os.chown(readable, 6501, 6501)
    binary = UNPACKED / "usr/sbin/exim4"
    etc = machine.folder / f"{machine.name}-etc" / "exim4"
    etc.mkdir(exist_ok=True)
    (etc / "exim4.conf").write_text(
        _EXIM.format(binary=binary, host=host, spool=spool, relay_for=relay_for, chain=readable)
    )
    machine.start([str(binary), "-bdf", "-q10s"])


def start_opensmtpd(
    machine: Namespace,
    host: str,
    files: tuple[Path, Path],
    relay_for: str,
    people: Mapping[str, str],
) -> None:
    """OpenSMTPD: port 25 with STARTTLS for who wants it, 587 and 465 for `people` (user name to
    password) and nobody in clear. `files`: its own certificate, and the authorities'."""
    chain, authorities = files
    folder = machine.folder / machine.name
    folder.mkdir(mode=0o755)
    own = folder / "chain.pem"
    own.touch(mode=0o600)
    own.write_bytes(chain.read_bytes())
    trusted = machine.folder / f"{machine.name}-etc" / "ssl" / "certs"
    trusted.mkdir(parents=True)
    (trusted / "ca-certificates.crt").write_bytes(authorities.read_bytes())
    lines = [f"{name} {_hashed(password)}\n" for name, password in people.items()]
    (folder / "people").write_text("".join(lines))
    (folder / "smtpd.conf").write_text(
        _OPENSMTPD.format(folder=folder, host=host, relay_for=relay_for)
    )
    machine.script(_ROOT.format(folder=folder, company=COMPANY))
    command = ["/usr/sbin/smtpd", "-d", "-f", str(folder / "smtpd.conf")]
    machine.start(["chroot", str(folder / "root"), *command])


def _hashed(password: str) -> str:
    """As crypt(3) reads it."""
    asked = ["openssl", "passwd", "-6", "-stdin"]
    done = subprocess.run(asked, input=password, text=True, capture_output=True, check=True)
    return done.stdout.strip()
