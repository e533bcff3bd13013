"""A private D-Bus daemon, and a service on it that answers GetAll from a table: enough to play
NetworkManager with Wi-Fi, and logind."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.asyncio import open_dbus_connection

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>
"""

#: (path, interface) → property → (signature, value)
Table = dict[tuple[str, str], dict[str, tuple[str, Any]]]


@asynccontextmanager
async def private_bus(folder: Path) -> AsyncIterator[str]:
    """Its address, while it runs."""
    (folder / "bus.conf").write_text(_CONFIG.format(folder=folder))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
    )
    assert daemon.stdout is not None
    with daemon.stdout:
        daemon.stdout.readline()  # it listens now
    try:
        yield f"unix:path={folder}/bus"
    finally:
        daemon.terminate()
        daemon.wait()


class BusService:
    """Owns `name`; `hang` lets calls wait for ever."""

    def __init__(self, connection: Any, table: Table) -> None:
        self._connection = connection
        self.table = table
        self.hang = False

    async def serve(self) -> None:
        while True:
            message = await self._connection.receive()
            if message.header.message_type is MessageType.method_call and not self.hang:
                await self._connection.send(self._answer(message))

    def _answer(self, message: Any) -> Any:
        path = message.header.fields[HeaderFields.path]
        values = self.table.get((path, message.body[0]))
        if values is None:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
        return new_method_return(message, "a{sv}", (values,))

    async def emit(
        self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]
    ) -> None:
        emitter = DBusAddress(path, interface=interface)
        await self._connection.send(new_signal(emitter, member, signature, body))

    async def changed(self, path: str, interface: str) -> None:
        properties = "org.freedesktop.DBus.Properties"
        await self.emit(path, properties, "PropertiesChanged", "sa{sv}as", (interface, {}, []))


@asynccontextmanager
async def service(address: str, name: str, table: Table) -> AsyncIterator[BusService]:
    async with await open_dbus_connection(address) as connection:
        await connection.send(message_bus.RequestName(name))
        played = BusService(connection, table)
        serving = asyncio.get_running_loop().create_task(played.serve())
        try:
            yield played
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
