"""Messages accepted a second, durable, beside Postfix in the same run. `make bench` prints it."""

import asyncio
import subprocess
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from roammail.submission.door import Door
from roammail.submission.reception import Reception
from roammail.submission.session import Limits, Shared
from tests.lab.place import open_folder
from tests.lab.postfix import postfix
from tests.submission.office import FRIEND, SENDER, Office, office
from tests.submission.test_load import Trusting

MESSAGES = 2000


async def rate(place: Office, sessions: int, port: int) -> float:
    """Messages a second that a server on this port takes."""
    began = time.monotonic()
    await place.run(
        "smtp-source", "-s", str(sessions), "-m", str(MESSAGES), "-l", "1000",
        "-f", SENDER, "-t", FRIEND, f"inet:127.0.0.1:{port}",
    )  # fmt: skip
    return MESSAGES / (time.monotonic() - began)


@asynccontextmanager
async def ours(place: Office):
    """The service for a program that cannot sign in."""
    loop, limits = asyncio.get_running_loop(), Limits()
    shared = Shared(Reception(place.engine), Door(4 * limits.octets), limits)
    server = await loop.create_server(lambda: Trusting(shared, loop), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.mark.needs("root", "postfix", "smtp-source")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("sessions", [1, 20])
async def test_messages_a_second(tmp_path: Path, sessions: int) -> None:
    async with office(tmp_path, work=False) as place, ours(place) as port:
        mine = await rate(place, sessions, port)
        with open_folder() as folder:
            chain = folder / "chain.pem"
            leaf = trustme.CA().issue_cert("localhost")
            leaf.private_key_and_cert_chain_pem.write_to_path(chain)
            with postfix(folder / "postfix", chain, folder / "none") as server:
                settings = ("mynetworks=127.0.0.0/8", "default_transport=discard:",
                            "smtpd_relay_restrictions=permit_mynetworks,reject")  # fmt: skip
                config = str(server.folder / "etc")
                subprocess.run(["postconf", "-c", config, "-e", *settings], check=True)
                subprocess.run(["postfix", "-c", config, "reload"], check=True)
                theirs = await rate(place, sessions, server.exchanger)
    print(f"\n{sessions} sessions: RoamMail {mine:.0f}/s, Postfix {theirs:.0f}/s")  # noqa: T201
