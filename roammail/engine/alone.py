"""A workplace within one process: for an engine whose outbox nobody else can see."""

import asyncio

from roammail.ports import Ring


class Alone:
    """The port Workplace without a home: free for the first who asks, rung within the process."""

    def __init__(self) -> None:
        self._taken = False
        self._calls: set[Ring] = set()
        self._called = asyncio.Event()

    async def take(self) -> bool:
        """See the port."""
        if self._taken:
            return False
        self._taken = True
        return True

    def occupied(self) -> bool:
        """See the port."""
        return self._taken

    async def leave(self) -> None:
        """See the port."""
        self._taken = False

    def ring(self, why: Ring) -> None:
        """See the port."""
        self._calls.add(why)
        self._called.set()

    async def heard(self) -> frozenset[Ring]:
        """See the port."""
        await self._called.wait()
        calls, self._calls = frozenset(self._calls), set()
        self._called.clear()
        return calls
