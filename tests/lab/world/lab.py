"""The lab as a whole: servers once, places when somebody first goes there, laptops.

Every argument and result is plain data: `serve.py` passes them through its door.
"""

import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.adapters.gnome_keyring import KeptKeyring, again_after_a_crash, kept_keyring
from tests.canary import secret
from tests.lab.world.gateway import answer_tunnels, ask_again, dial_home, open_place
from tests.lab.world.internet import MOODY, internet
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
        self._filled: Path | None = None  # a keyring with the profiles
        self._gates: dict[str, Namespace] = {}
        self._moody: Namespace | None = None
        self._moods: dict[int, subprocess.Popen[bytes]] = {}
        self._laptops: dict[int, Laptop] = {}
        self._dhcp: dict[int, str] = {}
        self._making: defaultdict[object, threading.Lock] = defaultdict(threading.Lock)
        with ThreadPoolExecutor(1) as beside:
            servers = beside.submit(start_servers, self.net)
            self._enter_profiles()
            self.servers = servers.result()

    def gate(self, place: str) -> Namespace:
        """The gateway of a place, opened when it is first asked for."""
        with self._making[place]:
            if place not in self._gates:
                self._gates[place] = open_place(self.net, PLACES[place])
                if place == "home":
                    answer_tunnels(self._gates[place])
            return self._gates[place]

    def laptop(self, number: int) -> Laptop:
        """A laptop; new ones lie unplugged. Each has a keyring of its own."""
        with self._making[number]:
            if number not in self._laptops:
                ring = kept_keyring(self.net.folder / f"bus{number}", self._filled)
                self._laptops[number] = self._new(number, self.net.held.enter_context(ring))
            return self._laptops[number]

    def _new(self, number: int, ring: KeptKeyring) -> Laptop:
        return laptop(self.net, number, ring, self._dhcp.get(number, "internal"))

    def prefer_dhcp(self, number: int, client: str) -> None:
        """Which DHCP client the NetworkManager of a laptop, not yet made, will use."""
        self._dhcp[number] = client

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
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / "settings.toml").write_text(_SETTINGS)
        return carried.run(command, stdin, {"ROAMMAIL_HOME": str(folder)})

    def arrived(self, message_id: str) -> list[str]:
        """Every copy of a message in the friend's mailbox."""
        return self.servers.arrived(message_id)

    def connections(self, number: int) -> int:
        """How many mail connections this laptop has begun so far."""
        return self.laptop(number).connections()

    def sleep(self, number: int) -> None:
        """Shuts the lid: logind says so, and whatever runs stops where it is."""
        self.laptop(number).sleep()

    def wake(self, number: int) -> None:
        """Opens it again, wherever the laptop lies by now."""
        self.laptop(number).wake()

    def portal_back(self, place: str) -> None:
        """Whoever was let through must sign in again."""
        ask_again(self.gate(place))

    def start_moody(self, mood: str, port: int) -> None:
        """A server at MOODY in one of the moods of `moody_server.py`."""
        with self._making["moody"]:
            if self._moody is None:
                self._moody = self.net.machine("moody", MOODY)
            machine = self._moody
        script = str(Path(__file__).with_name("moody_server.py"))
        command = [sys.executable, script, mood, str(self._sign(port)), str(port)]
        self._moods[port] = machine.start(command)
        await_true("the moody server", lambda: machine.listens(port))

    def await_moody(self, port: int) -> None:
        """Waits until it has stopped where its mood says."""
        await_true(f"the moody server on port {port}", self._sign(port).exists)

    def cheer_up(self, port: int) -> None:
        """It is busy no longer."""
        self._sign(port).touch()

    def end_moody(self, port: int) -> None:
        """Nobody is there any more."""
        process = self._moods.pop(port, None)
        if process is not None:
            assert self._moody is not None
            self._moody.forget(process)

    def _enter_profiles(self) -> None:
        """The traveller's profiles, on the first laptop; those made later begin with them."""
        for account in ACCOUNTS:
            command = ["roammail", *account.words()]
            code, _, errors = again_after_a_crash(
                partial(self.run, 1, "first", command, secret("account") + "\n")
            )
            assert code == 0, errors
        self._filled = self.net.folder / "bus1"

    def _sign(self, port: int) -> Path:
        return self.net.folder / f"moody-{port}"
