"""Real servers for a module of tests: Postfix, Dovecot, and one certificate authority."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import secretstorage
import trustme
from jeepney.io.blocking import open_dbus_connection

from tests.adapters.gnome_keyring import ENDED_BY_ITSELF, KeptKeyring, kept_keyring
from tests.canary import secret
from tests.lab.dovecot import Dovecot, dovecot
from tests.lab.network import Machine, machine
from tests.lab.person import Person
from tests.lab.place import open_folder
from tests.lab.postfix import Postfix, postfix
from tests.lab.world.inside import RoamingLab, roaming_lab

# What fails in a story is told as in a test.
pytest.register_assert_rewrite("tests.lab.journeys")

USER = "traveller@post.example"


@dataclass(frozen=True)
class MailServer:
    """Postfix with Dovecot behind it, and the authority that a client must trust."""

    postfix: Postfix
    dovecot: Dovecot
    ca_file: Path
    machine: Machine | None
    user: str = USER
    password: str = field(default=secret("account"), repr=False)


@contextmanager
def _mail_server(place: Machine | None) -> Iterator[MailServer]:
    with open_folder() as folder:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        leaf = authority.issue_cert("localhost", "127.0.0.1")
        leaf.private_key_and_cert_chain_pem.write_to_path(folder / "chain.pem")
        with (
            dovecot(folder / "dovecot", {USER: secret("account")}) as auth,
            postfix(folder / "postfix", folder / "chain.pem", auth.socket, place) as server,
        ):
            yield MailServer(server, auth, folder / "ca.pem", place)


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    """A whole mail server on this machine's loopback."""
    with _mail_server(None) as server:
        yield server


@pytest.fixture(scope="module")
def town() -> Iterator[MailServer]:
    """A whole mail server in a network of the test's own."""
    with machine() as place, _mail_server(place) as server:
        yield server


@pytest.fixture(scope="module")
def keyring() -> Iterator[KeptKeyring]:
    """One real gnome-keyring for all; its daemon is slow to start."""
    with open_folder() as folder, kept_keyring(folder / "bus") as ring:
        yield ring
        ring.stop()


@pytest.fixture
def person(town: MailServer, keyring: KeptKeyring) -> Iterator[Person]:
    """Somebody with an empty keyring and an empty home, in that network."""
    assert town.machine is not None
    town.machine.move_to(1)
    keyring.keep()
    with closing(open_dbus_connection(keyring.bus.address, auth_timeout=30.0)) as connection:
        for item in secretstorage.get_default_collection(connection).get_all_items():
            item.delete()
    with open_folder() as folder:
        yield Person(folder, town.machine, town.ca_file, keyring.bus.environment)
    # Not the code under test: a crash of the daemon would else look like a missing keyring.
    assert keyring.alive, ENDED_BY_ITSELF


@pytest.fixture(scope="session")
def roaming() -> Iterator[RoamingLab]:
    """The roaming lab, with the traveller's profiles in every keyring; one for a worker."""
    with roaming_lab() as lab:
        yield lab
