"""The octets of a message on their way out: how they are taken piece by piece, since they may be
more than anyone wants in memory.

Pure: where the octets come from is the affair of whoever implements `Content`; `HeldContent` is
the one in memory. Knows no server and no file.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol

from roammail.core.content_facts import ContentFacts, facts_of

#: Octets from the beginning that every content has at hand.
BEGINNING = 1_000
#: Octets that are taken at once where all of them are wanted.
_PIECE = 1024 * 1024


class Supply(Protocol):
    """Octets that are taken in order, once."""

    def __len__(self) -> int:
        """How many there are in all, those that were taken counted."""

    async def take(self, most: int) -> bytes | memoryview:
        """The next ones: at least one and at most `most`, none where all were taken.

        Raises what keeps them from being read. Of a content that is not what it should be the
        last octets never come, so that nobody can bring such a one to its end.
        """


class Content(Protocol):
    """The content of a message, not dot-stuffed. It may be read several times, also at once."""

    @property
    def facts(self) -> ContentFacts:
        """What is known of it."""

    @property
    def beginning(self) -> bytes:
        """Its first octets, BEGINNING of them where there are so many."""

    def __len__(self) -> int:
        """Octets."""

    def reading(self, start: int = 0) -> AbstractAsyncContextManager[Supply]:
        """The octets from `start` on; whatever is open for that is closed at the end."""


class Octets:
    """A Supply of what is in memory."""

    def __init__(self, octets: bytes | memoryview) -> None:
        self._size, self._left = len(octets), memoryview(octets)

    def __len__(self) -> int:
        return self._size

    async def take(self, most: int) -> memoryview:
        """See Supply."""
        piece, self._left = self._left[:most], self._left[most:]
        return piece


class Stretch:
    """The next `size` octets of another Supply, as one of their own."""

    def __init__(self, supply: Supply, size: int) -> None:
        self._supply, self._size, self._left = supply, size, size

    def __len__(self) -> int:
        return self._size

    async def take(self, most: int) -> bytes | memoryview:
        """See Supply."""
        piece = await self._supply.take(min(most, self._left)) if self._left else b""
        self._left -= len(piece)
        return piece


@dataclass(frozen=True, slots=True)
class HeldContent:
    """A Content in memory."""

    octets: bytes
    facts: ContentFacts

    @classmethod
    def of(cls, octets: bytes) -> "HeldContent":
        """With its facts, which takes some milliseconds a megabyte."""
        return cls(octets, facts_of(octets))

    @property
    def beginning(self) -> bytes:
        """See Content."""
        return self.octets[:BEGINNING]

    def __len__(self) -> int:
        return len(self.octets)

    @asynccontextmanager
    async def reading(self, start: int = 0) -> AsyncIterator[Supply]:
        """See Content."""
        yield Octets(memoryview(self.octets)[start:])


async def held(content: Content) -> bytes:
    """The whole of it in memory, once."""
    if isinstance(content, HeldContent):
        return content.octets
    async with content.reading() as supply:
        return await gathered(supply)


async def gathered(supply: Supply) -> bytes:
    """All that is left of it."""
    whole = BytesIO()  # which gives its octets away without a copy
    while piece := await supply.take(_PIECE):
        whole.write(piece)
    return whole.getvalue()
