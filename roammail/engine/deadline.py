"""How long one attempt at one server may take in all, until the end of the content is out.

Every answer has a time-out of its own, and those of the content follow progress. Yet a server
that gives each answer in the last second, or takes an octet a minute, would hold a message for
days while another profile could have it. So the whole has a bound too, wide enough for a slow
line and a long list. After the end of the content nothing is cut short: then only the server's
word counts (rule 2).
"""

import asyncio

from roammail.ports import Timeouts

#: Octets a second. A line that is slower than GPRS was loses to any other.
LEAST_RATE = 2048.0
#: Seconds for each recipient; some servers look up every one of them.
FOR_EACH = 2.0


def seconds_for(timeouts: Timeouts, octets: int = 0, recipients: int = 0) -> float:
    """The bound of one attempt with such a message."""
    return timeouts.attempt + octets / LEAST_RATE + recipients * FOR_EACH


class Deadline:
    """Counts from `begin`; before that nothing is bounded."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends: float | None = None

    def begin(self) -> None:
        """The attempt begins now."""
        self._ends = asyncio.get_running_loop().time() + self.seconds

    def limit(self, *, over: bool) -> asyncio.Timeout:
        """To be entered around a wait; none where what it guards is `over`."""
        return asyncio.timeout_at(None if over else self._ends)
