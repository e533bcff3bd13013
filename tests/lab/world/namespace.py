"""Network namespaces with cables between them, and programs that run inside.

Runs inside the lab's own outer namespaces (see `inside.py`), as root there: nothing that is
started here outlives them, so nothing here cleans up.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Seconds until a server must be ready, or a message there; a busy machine is slow.
PATIENCE = 90.0

#: Users that servers run as whose packages are unpacked, not installed.
_USERS = (
    "Debian-exim:x:6501:6501::/nonexistent:/usr/sbin/nologin\n"
    "opensmtpd:x:6502:6502::/var/spool/empty:/usr/sbin/nologin\n"
    "opensmtpq:x:6503:6503::/var/spool/empty:/usr/sbin/nologin\n"
)
#: What a machine has of this system's /etc: nobody's settings, no secrets.
_ETC = (
    "passwd",
    "group",
    "nsswitch.conf",
    "services",
    "protocols",
    "host.conf",
    "ssl",
    "alternatives",
)
_GROUPS = "Debian-exim:x:6501:\nopensmtpd:x:6502:\nopensmtpq:x:6503:\n"


def run(*command: str, env: Mapping[str, str] | None = None) -> str:
    """Runs a command to its end; what it said is in the error if it fails."""
    done = subprocess.run(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=env
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}: {done.stdout}")
    return done.stdout


def await_true(what: str, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Waits for what other people's programs tell nobody."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.03)


@dataclass(slots=True)
class Namespace:
    """A machine: network and mounts of its own, held open by a process that only sleeps."""

    name: str
    folder: Path
    holder: int = 0
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def enter(self) -> tuple[str, ...]:
        """What to put before a command so that it runs there."""
        return ("nsenter", "-t", str(self.holder), "-n", "-m", "--")

    def run(self, *command: str) -> str:
        """Runs a command there to its end."""
        return run(*self.enter, *command)

    def script(self, text: str) -> None:
        """Runs lines of shell there; any failure ends it."""
        self.run("sh", "-ec", text)

    def start(
        self, command: Sequence[str], env: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Starts a program there; what it says goes to a log beside the others."""
        log = self.folder / f"{self.name}-{Path(command[0]).name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*self.enter, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=env,
            )
        self.started.append(process)
        return process

    def end(self, script: str) -> None:
        """Ends the programs whose command names this file."""
        for process in [p for p in self.started if script in str(p.args)]:
            self.forget(process)

    def forget(self, process: "subprocess.Popen[bytes]") -> None:
        """Ends one program."""
        process.kill()
        process.wait()
        self.started.remove(process)

    def filter(self, rules: str) -> None:
        """Loads nftables rules there."""
        file = self.folder / f"{self.name}.nft"
        file.write_text(rules)
        self.run("nft", "-f", str(file))

    def listens(self, port: int) -> bool:
        """Whether somebody accepts on this TCP port; dead servers are told at once."""
        for process in self.started:
            if process.poll():
                raise AssertionError(f"{self.name}: {process.args!r} ended\n{self.logs()}")
        wanted = f":{port:04X}"
        for table in ("tcp", "tcp6"):
            lines = Path(f"/proc/{self.holder}/net/{table}").read_text().splitlines()[1:]
            if any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in lines):
                return True
        return False

    def logs(self) -> str:
        """The last of what its programs said."""
        files = sorted(self.folder.glob(f"{self.name}*.log"))
        return "\n".join(f"{f.name}: {f.read_text('utf-8', 'replace')[-2000:]}" for f in files)


def namespace(name: str, folder: Path, resolver: str | None = None) -> Namespace:
    """A new machine with nothing but loopback, its own /etc and empty spool folders."""
    place = Namespace(name, folder)
    etc = folder / f"{name}-etc"
    holder = subprocess.Popen(
        ["unshare", "--net", "--mount", "sh", "-c", "echo; exec sleep infinity"],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    assert holder.stdout is not None
    with holder.stdout:
        holder.stdout.readline()  # it is in its namespaces now
    place.holder = holder.pid
    etc.mkdir(mode=0o755)
    for known in filter(os.path.exists, (f"/etc/{entry}" for entry in _ETC)):
        if Path(known).is_dir():
            secrets = shutil.ignore_patterns("private", "certs")
            shutil.copytree(known, etc / Path(known).name, symlinks=True, ignore=secrets)
        else:
            shutil.copy(known, etc)
    (etc / "resolv.conf").write_text(f"nameserver {resolver}\n" if resolver else "")
    (etc / "hosts").write_text("127.0.0.1 localhost\n")
    for file, more in (("passwd", _USERS), ("group", _GROUPS)):
        (etc / file).write_text((etc / file).read_text() + more)
    place.script(
        # The kernel's own /sys of this network; read-only, or NetworkManager waits for udev.
        "mount -r -t sysfs sysfs /sys\n"
        f"mount --bind {etc} /etc\n"
        "mount -t tmpfs -o mode=755 tmpfs /var/spool\n"
        "mkdir -m 755 /var/spool/empty\n"
        "ip link set lo up"
    )
    return place


def cable(one: Namespace, end: str, other: Namespace, far_end: str) -> None:
    """A cable between two machines; both ends are up."""
    one.script(
        f"ip link add {end} type veth peer name {far_end} netns {other.holder}\n"
        f"ip link set {end} up"
    )
    other.run("ip", "link", "set", far_end, "up")
