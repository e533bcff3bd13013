"""A service in a process of its own, so that its memory can be looked at. Run as a script with
the home folder; prints the port and the password, runs until its standard input ends."""

import asyncio
import sys
from pathlib import Path

from roammail import wiring
from roammail.adapters.network_null import NullNetworkWatcher
from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.submission.service import SubmissionService
from roammail.submission.session import Limits
from roammail.wiring import Options, open_engine


async def main(home: Path) -> None:
    wiring.network_watcher = NullNetworkWatcher
    async with open_engine(Options(home=home, store=MemorySecretStore())) as engine:
        nowhere = Endpoint("127.0.0.1", 9, Security.PLAINTEXT)
        await engine.book.add(Profile("", "one", nowhere, auth=AuthMethod.NONE), None)
        service = SubmissionService(engine, Limits(octets=60_000_000))
        await service.start(0)
        password = await engine.submission_password.get()
        sys.stdout.write(f"{service.port} {password.reveal()}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        await service.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
