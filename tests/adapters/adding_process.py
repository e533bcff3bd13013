"""A program that adds profiles to the real keyring while others do the same.

python -m tests.adapters.adding_process HOME NAME COUNT
"""

import asyncio
import sys
import uuid
from pathlib import Path

from roammail.adapters.exclusive import exclusive
from roammail.adapters.keyring_store import KeyringStore
from roammail.adapters.sealed_file import SealedFile
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.engine.profile_book import ProfileBook

ENDPOINT = Endpoint("smtp.example.org", 465, Security.IMPLICIT_TLS)


def book_in(home: Path, store: KeyringStore) -> ProfileBook:
    """As the program itself is put together."""
    return ProfileBook(store, lambda: uuid.uuid4().hex, SealedFile(), exclusive(home, "profiles"))


async def main() -> None:
    home, name, count = sys.argv[1:]
    store = KeyringStore()
    book = book_in(Path(home), store)
    for number in range(int(count)):
        profile = Profile(id="", name=f"{name}{number}", endpoint=ENDPOINT, auth=AuthMethod.NONE)
        await book.add(profile, None)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
