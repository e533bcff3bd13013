"""A machine's network of the test's own: one namespace with loopback, one cable and a gateway
that is only a name in the neighbour table. The machine can be carried from one network to
another, and nothing that runs in it can reach any other network."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp


@dataclass(frozen=True)
class Machine:
    """A namespace, held open by a process that does nothing else."""

    holder: int

    @property
    def enter(self) -> tuple[str, ...]:
        """What to put before a command so that it runs there."""
        return ("nsenter", "-t", str(self.holder), "-n", "--")

    def run(self, *command: str) -> None:
        """Runs a command there to its end."""
        subprocess.run([*self.enter, *command], check=True, capture_output=True, text=True)

    def listening(self, port: int) -> bool:
        """Whether somebody accepts on this port of loopback."""
        lines = Path(f"/proc/{self.holder}/net/tcp").read_text().splitlines()[1:]
        wanted = f"0100007F:{port:04X}"
        return any(line.split()[1] == wanted and line.split()[3] == _LISTENING for line in lines)

    def move_to(self, number: int) -> None:
        """Carries the machine to network `number` (1..254): address, gateway, its MAC."""
        gateway = f"10.77.{number}.1"
        self.run("ip", "address", "flush", "dev", "cable")
        self.run("ip", "neighbour", "flush", "dev", "cable", "nud", "permanent")
        self.run("ip", "address", "add", f"10.77.{number}.7/24", "dev", "cable")
        self.run("ip", "route", "replace", "default", "via", gateway)
        mac = f"02:00:00:00:77:{number:02x}"
        self.run("ip", "neighbour", "replace", gateway, "lladdr", mac, "dev", "cable")


@contextmanager
def machine() -> Iterator[Machine]:
    """A machine on network 1. Needs root."""
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo; exec sleep 3600"], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()  # it is in its namespace now
        place = Machine(holder.pid)
        place.run("ip", "link", "set", "lo", "up")
        place.run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "far")
        place.run("ip", "link", "set", "far", "up")
        place.run("ip", "link", "set", "cable", "up")
        place.move_to(1)
        yield place
    finally:
        holder.kill()
        holder.wait()
        if holder.stdout is not None:
            holder.stdout.close()
