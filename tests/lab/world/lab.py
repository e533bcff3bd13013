"""The lab as a whole: servers once, places when somebody first goes there, laptops."""

import threading
from pathlib import Path

from tests.lab.world.gateway import ask_again, open_place
from tests.lab.world.internet import Internet, internet
from tests.lab.world.laptop import Laptop, laptop
from tests.lab.world.namespace import Namespace
from tests.lab.world.places import PLACES
from tests.lab.world.servers import Servers, start_servers


class Lab:
    """Everything. Its methods may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        self.net: Internet = internet(folder)
        self.servers: Servers = start_servers(self.net)
        self._gates: dict[str, Namespace] = {}
        self._laptops: dict[int, Laptop] = {}
        self._opening = threading.Lock()

    def gate(self, place: str) -> Namespace:
        """The gateway of a place."""
        with self._opening:
            if place not in self._gates:
                self._gates[place] = open_place(self.net, PLACES[place])
            return self._gates[place]

    def laptop(self, number: int) -> Laptop:
        """A laptop; new ones lie unplugged."""
        with self._opening:
            if number not in self._laptops:
                self._laptops[number] = laptop(self.net, number)
            return self._laptops[number]

    def move(self, place: str, number: int = 1) -> None:
        """Carries a laptop to a place and plugs it in."""
        self.laptop(number).move(PLACES[place], self.gate(place))

    def portal_back(self, place: str) -> None:
        """Whoever was let through must sign in again."""
        ask_again(self.gate(place))
