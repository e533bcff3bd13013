"""A network of the test's own: namespaces for the machine and for its gateway, joined by a
cable. Runs inside a child process that `run_inside` has put there; touches nothing outside."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GATEWAY_MAC = "02:00:00:00:00:01"


def run_inside(module: str, story: str, folder: Path, seconds: float = 90) -> None:
    """Runs `module.story(folder)` in fresh network, mount and process namespaces; its output is
    the failure's text. All that it started ends with it."""
    enter = [
        "unshare",
        "--net",
        "--mount",
        "--uts",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]
    if os.geteuid() != 0:
        enter += ["--user", "--map-root-user"]
    code = f"import asyncio, pathlib, {module} as m; asyncio.run(m.{story}(pathlib.Path.cwd()))"
    done = subprocess.run(
        [*enter, sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def run(*command: str) -> str:
    """Runs a command to its end; its output is in the error if it fails."""
    done = subprocess.run(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


class Neighbourhood:
    """`cable` in this namespace leads to `far` in another, which is the gateway."""

    def __init__(self) -> None:
        # Read-only, or NetworkManager waits for a udev that is not there.
        run("mount", "-r", "-t", "sysfs", "sysfs", "/sys")
        run("ip", "link", "set", "lo", "up")
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec sleep 600"], stdout=subprocess.PIPE
        )
        assert self.holder.stdout is not None
        self.holder.stdout.readline()  # it is in its namespace now
        self.holder.stdout.close()
        run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "far")
        run("ip", "link", "set", "far", "address", GATEWAY_MAC, "netns", str(self.holder.pid))
        self.at_gateway("ip", "link", "set", "lo", "up")
        self.at_gateway("ip", "link", "set", "far", "up")
        self.at_gateway("ip", "address", "add", "10.11.12.1/24", "dev", "far")
        self.at_gateway("ip", "address", "add", "fd11::1/64", "dev", "far", "nodad")

    def at_gateway(self, *command: str) -> str:
        """Runs a command in the gateway's namespace."""
        return run("nsenter", "-t", str(self.holder.pid), "-n", *command)

    def start_at_gateway(self, *command: str) -> subprocess.Popen[bytes]:
        """Starts a server in the gateway's namespace, and waits until it has said a line; it
        dies with this process."""
        server = subprocess.Popen(
            ["nsenter", "-t", str(self.holder.pid), "-n", *command], stdout=subprocess.PIPE
        )
        assert server.stdout is not None
        with server.stdout:
            server.stdout.readline()
        return server

    def plug_in(self) -> None:
        """The machine's end: address and default route."""
        run("ip", "link", "set", "cable", "up")
        run("ip", "address", "add", "10.11.12.7/24", "dev", "cable")
        run("ip", "route", "add", "default", "via", "10.11.12.1")

    def end(self) -> None:
        """Ends the holder of the gateway's namespace."""
        self.holder.kill()
        self.holder.wait()
