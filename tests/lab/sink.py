"""Postfix's smtp-sink: a server that misbehaves on demand, inside the test's own network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.network import Machine
from tests.lab.place import await_true, free_ports, running


@contextmanager
def sink(folder: Path, machine: Machine, *faults: str) -> Iterator[int]:
    """Starts smtp-sink with these options and yields its port."""
    (port,) = free_ports(1)
    command = ["smtp-sink", "-4", "-u", "nobody", *faults, f"127.0.0.1:{port}", "10"]
    with running(command, folder / f"sink-{port}.log", machine) as process:
        await_true(
            "smtp-sink's port", lambda: process.poll() is not None or machine.listening(port)
        )
        assert process.poll() is None, (folder / f"sink-{port}.log").read_text()
        yield port
