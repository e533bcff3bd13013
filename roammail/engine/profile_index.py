"""The list of profile ids and names, in the order of preference, since keyrings cannot be
listed. Owns the two copies of it; must not know what a profile holds.

The copy is written before the index itself. A kill can only leave one of the two half written,
and the other one is then whole.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roammail.core.errors import BadConfiguration, ValueBroken
from roammail.core.profile_codec import IndexEntry, decode_index, encode_index

if TYPE_CHECKING:  # reading the profiles is the first thing that a window does
    from roammail.ports import SecretStore

INDEX = "roammail/index"
INDEX_COPY = "roammail/index-copy"


class ProfileIndex:
    """Reads and writes the index in a SecretStore, whose errors pass through."""

    def __init__(self, store: "SecretStore") -> None:
        self._store = store

    async def read(self) -> tuple[IndexEntry, ...]:
        """Raises BadConfiguration (`index-newer`; `index-broken` if both copies are)."""
        entries, broken = await self._read_one(INDEX)
        if entries is not None:
            return entries
        entries, _ = await self._read_one(INDEX_COPY)
        if entries is not None:
            return entries
        if broken:
            raise BadConfiguration(
                "index-broken",
                "The list of profiles in the keyring is damaged, and so is its copy. Remove the "
                f"entries “{INDEX}” and “{INDEX_COPY}” with your system's own keyring program, "
                "then add your profiles again.",
            )
        # Nothing was ever stored, or the very first copy was cut off before anything else.
        return ()

    async def write(self, entries: Sequence[IndexEntry]) -> None:
        """Replaces the list."""
        text = encode_index(entries)
        await self._store.write(INDEX_COPY, text)
        await self._store.write(INDEX, text)

    async def _read_one(self, service: str) -> tuple[tuple[IndexEntry, ...] | None, bool]:
        """The entries (None: there are none to be had), and whether that is for damage."""
        try:
            text = await self._store.read(service)
            return (decode_index(text) if text is not None else None), False
        except ValueBroken:
            return None, True
        except BadConfiguration as error:
            if error.code != "index-unreadable":
                raise
            return None, True
