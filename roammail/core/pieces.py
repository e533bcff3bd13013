"""Octets that are many: in pieces, each of which is let go of when it was taken, so that what is
made of them is not in memory beside them. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator


class Pieces:
    """Whoever goes through them takes them away; a second time there are none."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._kept = deque(pieces)
        self._size = sum(map(len, self._kept))

    def __len__(self) -> int:
        """Octets in all, those that were taken counted."""
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while self._kept:
            yield self._kept.popleft()
