"""The lab as a whole: servers once, places when somebody first goes there, laptops.

Every argument and result is plain data: `serve.py` passes them through its door.
"""

import shutil
import sys
import threading
from collections import defaultdict
from pathlib import Path

from tests.adapters.gnome_keyring import gnome_keyring
from tests.canary import secret
from tests.lab.world.gateway import answer_tunnels, ask_again, dial_home, open_place
from tests.lab.world.internet import STALLING, internet
from tests.lab.world.laptop import Laptop, laptop
from tests.lab.world.namespace import Namespace, await_true
from tests.lab.world.places import PLACES
from tests.lab.world.servers import start_servers
from tests.lab.world.traveller import ACCOUNTS

#: A person in a hurry: seconds until a silent server is given up.
_SETTINGS = "connect_seconds = 4\n"


class Lab:
    """Everything. Its methods may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        self.net = internet(folder)
        self.servers = start_servers(self.net)
        # One person with one keyring, however many laptops.
        self._keyring = self.net.held.enter_context(gnome_keyring(folder / "bus")).environment
        self._gates: dict[str, Namespace] = {}
        self._stalling: Namespace | None = None
        self._laptops: dict[int, Laptop] = {}
        self._making: defaultdict[object, threading.Lock] = defaultdict(threading.Lock)

    def gate(self, place: str) -> Namespace:
        """The gateway of a place, opened when it is first asked for."""
        with self._making[place]:
            if place not in self._gates:
                self._gates[place] = open_place(self.net, PLACES[place])
                if place == "home":
                    answer_tunnels(self._gates[place])
            return self._gates[place]

    def laptop(self, number: int) -> Laptop:
        """A laptop; new ones lie unplugged."""
        with self._making[number]:
            if number not in self._laptops:
                self._laptops[number] = laptop(self.net, number, self._keyring)
            return self._laptops[number]

    def move(self, place: str, number: int = 1) -> None:
        """Carries a laptop to a place and plugs it in."""
        carried = self.laptop(number)
        carried.move(PLACES[place], self.gate(place))
        if PLACES[place].tunnel:
            self.gate("home")
            dial_home(carried.machine, PLACES[place], PLACES["home"])

    def unplug(self, number: int) -> None:
        """Cuts a laptop's cable."""
        self.laptop(number).unplug()

    def add_profiles(self, number: int) -> None:
        """The traveller's profiles, into the keyring that all laptops share."""
        for account in ACCOUNTS:
            command = ["roammail", *account.words()]
            code, _, errors = self.run(number, "first", command, secret("account") + "\n")
            assert code == 0, errors

    def remember_as(self, number: int, memory: str, known: str) -> None:
        """A RoamMail that remembers what another does."""
        home = self.laptop(number).home
        shutil.copytree(home / known, home / memory)

    def run(
        self, number: int, memory: str, command: list[str], stdin: str = ""
    ) -> tuple[int, str, str]:
        """Runs a command on a laptop, with the RoamMail whose files are in `memory`."""
        carried = self.laptop(number)
        folder = carried.home / memory
        if not folder.exists():
            folder.mkdir(mode=0o700)
            (folder / "settings.toml").write_text(_SETTINGS)
        return carried.run(command, stdin, {"ROAMMAIL_HOME": str(folder)})

    def arrived(self, message_id: str) -> list[str]:
        """Every copy of a message in the friend's mailbox."""
        return self.servers.arrived(message_id)

    def connections(self, place: str) -> int:
        """How many mail connections have left this place through its gateway so far."""
        text = self.gate(place).run("nft", "list", "counter", "inet", "place", "mail")
        return int(text.split("packets")[1].split()[0])

    def portal_back(self, place: str) -> None:
        """Whoever was let through must sign in again."""
        ask_again(self.gate(place))

    def start_stalling(self, when: str) -> None:
        """A server at STALLING that stops `when`: in-data or after-the-dot."""
        with self._making["stalling"]:
            if self._stalling is None:
                self._stalling = self.net.machine("stalling", STALLING)
        script = str(Path(__file__).with_name("stalling_server.py"))
        file = str(self._stopped(when))
        self._stalling.start([sys.executable, script, when, file, "25"])
        machine = self._stalling
        await_true("the stalling server", lambda: machine.listens(25))

    def await_stalling(self, when: str) -> None:
        """Waits until it has stopped."""
        await_true(when, self._stopped(when).exists)
        self._stopped(when).unlink()

    def end_stalling(self) -> None:
        """Nobody is there any more."""
        if self._stalling is not None:
            self._stalling.end("stalling_server.py")

    def _stopped(self, when: str) -> Path:
        return self.net.folder / f"stopped-{when}"
