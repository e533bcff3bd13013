"""A tunnel: packets of a TUN device as UDP datagrams. Arguments: the device's name, then either
`listen PORT`, whose peer is whoever spoke last, or `to ADDRESS PORT`."""

import fcntl
import os
import selectors
import socket
import struct
import sys

_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x1001


def _device(name: str) -> int:
    handle = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(handle, _TUNSETIFF, struct.pack("16sH", name.encode(), _TUN_WITHOUT_HEADER))
    return handle


def _carry(device: int, way: socket.socket, peer: tuple[str, int] | None) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(device, selectors.EVENT_READ)
        ready.register(way, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd == device:
                    packet = os.read(device, 2048)
                    if peer:
                        _offer(way, packet, peer)
                else:
                    packet, peer = way.recvfrom(2048)
                    os.write(device, packet)


def _offer(way: socket.socket, packet: bytes, peer: tuple[str, int]) -> None:
    try:
        way.sendto(packet, peer)
    except OSError:
        return  # the cable is out: a datagram is lost, as datagrams are


def main(name: str, role: str, *rest: str) -> None:
    """Makes the device and carries packets until it is ended."""
    way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer = None
    if role == "listen":
        way.bind(("0.0.0.0", int(rest[0])))
    else:
        peer = (rest[0], int(rest[1]))
    _carry(_device(name), way, peer)


if __name__ == "__main__":
    main(*sys.argv[1:])
