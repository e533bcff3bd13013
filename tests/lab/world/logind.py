"""Says what logind says when a machine goes to sleep or wakes. Argument: `sleep` or `wake`."""

import sys
from contextlib import closing

from jeepney import DBusAddress, message_bus, new_signal
from jeepney.io.blocking import Proxy, open_dbus_connection

_NAME = "org.freedesktop.login1"


def main(word: str) -> None:
    """One signal, from whoever bears logind's name."""
    manager = DBusAddress("/org/freedesktop/login1", _NAME, f"{_NAME}.Manager")
    with closing(open_dbus_connection("SYSTEM", auth_timeout=20)) as bus:
        owner = Proxy(message_bus, bus).RequestName(_NAME)
        assert owner == (1,), owner
        bus.send(new_signal(manager, "PrepareForSleep", "b", (word == "sleep",)))


if __name__ == "__main__":
    main(sys.argv[1])
