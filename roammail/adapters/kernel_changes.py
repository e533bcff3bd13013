"""The kernel's word that something of the network changed: links, addresses, routes. What
changed is for others to read anew. Linux only."""

import asyncio
import socket
from collections.abc import Callable

from roammail.adapters.network_source import SourceFailed
from roammail.core.network import WhyUnknown

#: RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400


class KernelChanges:
    """Word of every change to links, addresses and routes, through the loop's own reader.

    What a message says does not matter: whoever hears of a change reads anew. An overflow
    (ENOBUFS) is a change like any other.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Begins to listen, in the running loop. Raises SourceFailed."""
        if self._socket is not None:
            return
        try:
            listener = socket.socket(
                socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
            )
        except OSError as error:
            raise SourceFailed(WhyUnknown.UNREADABLE, str(error)) from error
        try:
            listener.bind((0, _GROUPS))
        except OSError as error:
            listener.close()
            raise SourceFailed(WhyUnknown.UNREADABLE, str(error)) from error
        self._socket = listener
        asyncio.get_running_loop().add_reader(listener, self._readable, listener)

    def close(self) -> None:
        """Stops listening."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _readable(self, listener: socket.socket) -> None:
        try:
            listener.recv(65536)
        except BlockingIOError:
            return
        except OSError:  # ENOBUFS: messages were lost, and a change is what they said
            self._changed()
            return
        self._changed()
