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
from roammail.core.errors import UserFacingError
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.engine.profile_book import ProfileBook

ENDPOINT = Endpoint("smtp.example.org", 465, Security.IMPLICIT_TLS)


def book_in(home: Path, store: KeyringStore) -> ProfileBook:
    """As the program itself is put together."""
    return ProfileBook(store, lambda: uuid.uuid4().hex, SealedFile(), exclusive(home, "profiles"))


async def add(book: ProfileBook, profile: Profile) -> None:
    """As a person who is told that another is changing the profiles: tries again. On a slow
    machine the others need longer than anybody is made to wait for them."""
    while True:
        try:
            await book.add(profile, None)
        except UserFacingError as error:
            if error.code != "profiles-busy":
                raise
        else:
            return


async def main() -> None:
    home, name, count = sys.argv[1:]
    store = KeyringStore()
    book = book_in(Path(home), store)
    for number in range(int(count)):
        profile = Profile(id="", name=f"{name}{number}", endpoint=ENDPOINT, auth=AuthMethod.NONE)
        await add(book, profile)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
