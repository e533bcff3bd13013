"""Whether the line under a TCP connection is dead, by what the kernel knows of it.

A peer that thinks, or whose buffers are full, still acknowledges what its system is asked; one
whose cable was pulled does not. Left to itself, TCP repeats the last octets for a quarter of an
hour before it says so.
"""

import socket
import struct
import sys

#: linux/tcp.h, struct tcp_info: how many repetitions and how many probes went unanswered, and
#: milliseconds since the last acknowledgement.
_TCP_INFO = struct.Struct("=2xBB52xI")
#: Unanswered tries, and seconds without any answer, that make a line dead. On the way there the
#: kernel has asked at least six times, further and further apart.
_TRIES = 3
_SECONDS = 30.0


def is_dead(sock: socket.socket) -> bool:
    """Whether the peer's system has answered nothing for half a minute, asked several times.

    False where that cannot be known: without anything on the way, and on other systems than
    Linux, whose own patience then counts.
    """
    if sys.platform != "linux" or sock.fileno() < 0:
        return False
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    if len(raw) < _TCP_INFO.size:
        return False
    repeated, probes, silent = _TCP_INFO.unpack(raw)
    return bool(repeated + probes >= _TRIES and silent >= _SECONDS * 1000)
