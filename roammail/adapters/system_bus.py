"""The D-Bus system bus, thinly: read an object's properties, be told of signals. All that
names `jeepney` stands here; what the properties mean is for others to know."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jeepney import DBusAddress, MatchRule, Properties, message_bus
from jeepney.auth import BEGIN, AuthenticationError, Authenticator
from jeepney.bus import get_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter
from jeepney.io.common import RouterClosed
from jeepney.low_level import Message, MessageFlag
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from roammail.adapters.network_source import SourceFailed
from roammail.core.network import WhyUnknown

log = logging.getLogger(__name__)

_ABSENT = {
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
}
#: The object went away while it was read (the network is changing): its facts are empty.
_GONE = {
    "org.freedesktop.DBus.Error.UnknownObject",
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownInterface",
}


#: How a lost connection shows itself. The KeyError is jeepney's (0.9): a router that closes
#: forgets the calls that wait before they wake, and each of them then misses its entry.
_LOST = (EOFError, OSError, RouterClosed, KeyError)


class ServiceAbsent(SourceFailed):
    """Nobody on the bus owns the service's name."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Which signals one wants to hear. The bus itself filters, so nobody wakes for others."""

    sender: str
    interface: str
    member: str
    path: str | None = None
    path_namespace: str | None = None
    first_argument: str | None = None

    def rule(self, with_sender: bool) -> MatchRule:
        """As a match rule; without the sender for messages that have come in, since those bear
        the sender's unique name instead of the well-known one."""
        rule = MatchRule(
            type="signal",
            sender=self.sender if with_sender else None,
            interface=self.interface,
            member=self.member,
            path=self.path,
            path_namespace=self.path_namespace,
        )
        if self.first_argument is not None:
            rule.add_arg_condition(0, self.first_argument)
        return rule


class PropertyReader(Protocol):
    """What the logic over the bus needs of it."""

    async def properties(self, service: str, path: str, interface: str) -> Mapping[str, Any]:
        """All properties of one interface; empty if the object has gone.

        Raises ServiceAbsent, SourceFailed.
        """


class SystemBus:
    """One connection, opened when it is first needed and again after it was lost.

    The address is DBUS_SYSTEM_BUS_ADDRESS or the standard socket, or `address` where given.
    """

    def __init__(self, address: str | None = None) -> None:
        self._address = address or "SYSTEM"
        self._connection: DBusConnection | None = None
        self._router: DBusRouter | None = None
        self._opening = asyncio.Lock()
        self._wanted: list[tuple[Signal, Callable[[tuple[Any, ...]], None]]] = []

    def listen(self, signal: Signal, heard: Callable[[tuple[Any, ...]], None]) -> None:
        """From the next connection on, calls `heard` with the body of each such signal; said
        before the first use, and kept when the connection is lost and made anew."""
        self._wanted.append((signal, heard))

    async def connect(self) -> bool:
        """Sees to it that there is a connection; True if it had to be made. Raises SourceFailed."""
        before = self._router
        try:
            return await self._open() is not before
        except _LOST as error:
            raise _no_bus(error) from error

    async def properties(self, service: str, path: str, interface: str) -> Mapping[str, Any]:
        """All properties of one interface; a service that sleeps is not woken."""
        message = Properties(DBusAddress(path, service, interface)).get_all()
        message.header.flags |= MessageFlag.no_auto_start
        try:
            (values,) = await self._call(message)
        except DBusErrorResponse as error:
            if error.name in _ABSENT:
                raise ServiceAbsent(WhyUnknown.NOT_TOLD, error.name) from error
            if error.name in _GONE:
                return {}
            raise SourceFailed(WhyUnknown.UNREADABLE, error.name) from error
        return {name: value for name, (_signature, value) in values.items()}

    @property
    def connected(self) -> bool:
        """Whether the connection stands, as far as anybody has noticed."""
        if self._connection is None:
            return False
        return not (self._connection.reader.at_eof() or self._connection.writer.is_closing())

    async def close(self) -> None:
        """Closes; the next call opens again."""
        connection, router = self._connection, self._router
        self._connection = self._router = None
        if connection is not None and router is not None:
            await _end(connection, router)

    async def _call(self, message: Message) -> tuple[Any, ...]:
        router: DBusRouter | None = None
        try:
            router = await self._open()
            return tuple(unwrap_msg(await router.send_and_get_reply(message)))
        except _LOST as error:
            if router is not None and router is self._router:
                await self.close()
            raise _no_bus(error) from error

    async def _open(self) -> DBusRouter:
        async with self._opening:
            if self._router is not None and self.connected:
                return self._router
            await self.close()
            connection = await _connect(self._address)
            router = DBusRouter(connection)
            try:
                unwrap_msg(await router.send_and_get_reply(message_bus.Hello()))
                for signal, heard in self._wanted:
                    await _subscribe(router, signal, heard)
            except BaseException:
                await _end(connection, router)
                raise
            self._connection, self._router = connection, router
            return router


async def _subscribe(
    router: DBusRouter, signal: Signal, heard: Callable[[tuple[Any, ...]], None]
) -> None:
    """The filter on our side lives as long as the router."""
    router.filter(signal.rule(with_sender=False), queue=_Listener(heard))
    try:
        unwrap_msg(
            await router.send_and_get_reply(message_bus.AddMatch(signal.rule(with_sender=True)))
        )
    except DBusErrorResponse as error:
        log.warning("the system bus will not tell %s: %s", signal.member, error.name)


async def _end(connection: DBusConnection, router: DBusRouter) -> None:
    try:
        await router.__aexit__(None, None, None)
    except Exception as error:  # what ended the router's own task: it was to be ended anyway
        log.debug("the system bus had ended the connection: %r", error, exc_info=True)
    await _close(connection.writer)


def _no_bus(error: Exception) -> SourceFailed:
    return SourceFailed(WhyUnknown.NO_SYSTEM_BUS, str(error) or repr(error))


class _Listener(asyncio.Queue[Message]):
    """Hands each signal on at once: whoever listens needs no task of its own."""

    def __init__(self, heard: Callable[[tuple[Any, ...]], None]) -> None:
        super().__init__()
        self._heard = heard

    def put_nowait(self, item: Message) -> None:
        """What the router calls for a message that matches; it cannot be allowed to raise."""
        try:
            self._heard(tuple(item.body))
        except Exception:
            log.exception("a listener on the system bus failed")


async def _connect(address: str) -> DBusConnection:
    """Signs in as jeepney does itself, and leaves nothing open when it is cancelled half-way."""
    try:
        path = get_bus(address)
    except (RuntimeError, ValueError) as error:
        raise SourceFailed(WhyUnknown.NO_SYSTEM_BUS, str(error)) from error
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        sign_in = Authenticator()
        for line in sign_in:
            writer.write(line)
            await writer.drain()
            # An empty answer is the end of the stream; feeding a line end makes it an error.
            sign_in.feed(await reader.read(1024) or b"closed\r\n")
        writer.write(BEGIN)
        await writer.drain()
    except AuthenticationError as error:
        await _close(writer)
        raise SourceFailed(WhyUnknown.NO_SYSTEM_BUS, str(error)) from error
    except BaseException:
        writer.close()
        raise
    return DBusConnection(reader, writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except OSError as error:
        log.debug("closing the system bus: %r", error)
