"""The laptop: a machine with a real NetworkManager and a real keyring, which is carried from
place to place, and on which the installed `roammail` command runs."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapters.gnome_keyring import ENDED_BY_ITSELF, KeptKeyring
from tests.lab.world.gateway import inside_v6
from tests.lab.world.internet import CHECK_HOST, Internet
from tests.lab.world.namespace import Namespace, await_true, namespace
from tests.lab.world.places import Place

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
</busconfig>
"""
_MANAGER = """[main]
plugins=keyfile
auth-polkit=false
dhcp={dhcp}
dns=default
rc-manager=file
systemd-resolved=false
hostname-mode=none
no-auto-default=*
[keyfile]
path={folder}/connections
[connectivity]
uri=http://{check}/check
response=open
interval=300
"""
#: What it dials of mail servers.
_COUNTER = """
table inet laptop {
  counter mail { }
  chain out {
    type filter hook output priority 0;
    tcp flags & (syn | ack) == syn tcp dport { 25, 443, 465, 587, 2525, 8025 } counter name mail
  }
}
"""


@dataclass(slots=True)
class Laptop:
    """Each `number` is another one. `home` is the folder of the person who uses it."""

    number: int
    machine: Namespace
    home: Path
    ring: KeptKeyring
    environment: dict[str, str] = field(repr=False)
    place: str = ""
    gate: Namespace | None = None

    def move(self, place: Place, gate: Namespace) -> None:
        """Unplugs the cable, carries the laptop there and plugs it in."""
        self.unplug()
        if place.name != "offline":
            end = f"to-{self.machine.name}"
            self.machine.script(f"ip link add cable type veth peer name {end} netns {gate.holder}")
            gate.script(f"ip link set {end} master lan up")
            self._connect(place)
        self.place, self.gate = place.name, gate

    def unplug(self) -> None:
        """Cuts the cable, at once and without a goodbye."""
        if self.gate is not None and self.place != "offline":
            self.machine.run("ip", "link", "delete", "cable")
        self.machine.end("tunnel.py")
        self.place, self.gate = "", None

    def run(
        self, command: Sequence[str], stdin: str = "", changed: Mapping[str, str] = {}
    ) -> tuple[int, str, str]:
        """Runs a command as the person would; exit code, output, errors. An AssertionError if
        the keyring crashed under it: what it says then is not of this place."""
        self.ring.keep()
        done = subprocess.run(
            [*self.machine.enter[:-1], f"--wd={self.home}", "--", *command],
            input=stdin,
            env={**self.environment, **changed},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0 or self.ring.alive, ENDED_BY_ITSELF
        return done.returncode, done.stdout, done.stderr

    def connections(self) -> int:
        """How many mail connections have been begun here so far."""
        text = self.machine.run("nft", "list", "counter", "inet", "laptop", "mail")
        return int(text.split("packets")[1].split()[0])

    def sleep(self) -> None:
        """As logind does it: everybody is told, then every program stops where it is."""
        self._logind("sleep")
        self._signal("STOP")

    def wake(self) -> None:
        """Every program goes on, then everybody is told."""
        self._signal("CONT")
        self._logind("wake")

    def _logind(self, word: str) -> None:
        script = str(Path(__file__).with_name("logind.py"))
        code, output, errors = self.run([sys.executable, script, word])
        assert code == 0, output + errors

    def _signal(self, signal: str) -> None:
        network = Path(f"/proc/{self.machine.holder}/ns/net").readlink()
        mine = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "ns/net").readlink() == network:
                    mine.append((process.name, (process / "cmdline").read_bytes()))
            except OSError:
                continue  # it has ended
        running = [number for number, command in mine if b"roammail" in command]
        self.machine.run("kill", f"-{signal}", *running)

    def manager(self, *words: str) -> str:
        """`nmcli WORDS`."""
        code, output, errors = self.run(["nmcli", *words])
        if code:
            raise AssertionError(f"nmcli {words}: {output}{errors}\n{self.machine.logs()}")
        return output

    def _connect(self, place: Place) -> None:
        self.manager("device", "set", "cable", "managed", "yes")
        known = self.manager("-t", "-f", "NAME", "connection", "show").splitlines()
        if place.name not in known:
            settings = "type ethernet ifname cable autoconnect no ipv4.method auto ipv4.may-fail no"
            self.manager(
                *("connection", "add", "con-name", place.name, *settings.split()),
                *_ipv6(place, self.number),
            )
        self.machine.run("ip", "link", "set", "cable", "up")
        await_true(
            "the cable",
            lambda: "cable:disconnected" in self.manager("-t", "-f", "DEVICE,STATE", "device"),
        )
        self.manager("-w", "30", "connection", "up", place.name)
        self.manager("networking", "connectivity", "check")


def _ipv6(place: Place, number: int) -> tuple[str, ...]:
    if not place.ipv6:
        return ("ipv6.method", "disabled")
    prefix = inside_v6(place)
    return (
        *("ipv6.method", "manual", "ipv6.addresses", f"{prefix}::1:{number:x}/64"),
        *("ipv6.gateway", f"{prefix}::1"),
    )


def laptop(net: Internet, number: int, ring: KeptKeyring, dhcp: str = "internal") -> Laptop:
    """A laptop that lies unplugged on a table; `dhcp` is the client of its NetworkManager."""
    machine = namespace(f"laptop{number}", net.folder)
    machine.filter(_COUNTER)
    home = net.folder / f"home{number}"
    home.mkdir(mode=0o700)
    environment = {
        **ring.bus.environment,
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={home}/bus-system/bus",
        "ROAMMAIL_HOME": str(home / "roammail"),
        "SSL_CERT_FILE": str(net.ca_file),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
    }
    for name in ("SSL_CERT_DIR", "PYTHONDONTWRITEBYTECODE"):  # a hundred starts, compiled once
        environment.pop(name, None)
    made = Laptop(number, machine, home, ring, environment)
    etc = net.folder / f"{machine.name}-etc" / "dhcp"
    etc.mkdir()
    (etc / "dhclient.conf").write_text("also request v4-captive-portal, default-url;\n")
    _start_manager(made, dhcp)
    return made


def _start_manager(made: Laptop, dhcp: str) -> None:
    folder = made.home / "bus-system"
    for name in ("", "connections", "empty"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    made.machine.script(
        "mount -t tmpfs tmpfs /run\nmkdir /run/NetworkManager\n"
        "if [ -d /var/lib/NetworkManager ]; then mount -t tmpfs tmpfs /var/lib/NetworkManager; fi"
    )
    (folder / "bus.conf").write_text(_BUS.format(folder=folder))
    manager = _MANAGER.format(folder=folder, check=CHECK_HOST, dhcp=dhcp)
    (folder / "manager.conf").write_text(manager)
    made.machine.start(["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork"])
    await_true("the system bus", (folder / "bus").exists)
    made.machine.start(
        [
            "NetworkManager",
            "--no-daemon",
            f"--config={folder}/manager.conf",
            f"--config-dir={folder}/empty",
            f"--system-config-dir={folder}/empty",
            f"--intern-config={folder}/intern.conf",
            f"--state-file={folder}/state",
            f"--pid-file={folder}/manager.pid",
        ],
        env=made.environment,
    )
    await_true("NetworkManager", lambda: made.run(["nmcli", "general"])[0] == 0)
