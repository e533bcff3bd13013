"""What a command hands back: data for programs, a view for people, and how it ended.

Knows nothing of how either is printed; `render.py` does that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from roammail.core.errors import ExitCode, UserFacingError

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Anything that JSON can hold.
Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


class Status(StrEnum):
    """The envelope's word for how it went."""

    OK = "ok"
    PARTIAL = "partial"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Look:
    """What the place that will show it can do: columns, and whether marks beyond ASCII show."""

    width: int = 80
    unicode: bool = True

    @property
    def done(self) -> str:
        """The mark of what went well."""
        return "✓" if self.unicode else "ok"

    @property
    def failed(self) -> str:
        """The mark of what did not."""
        return "✗" if self.unicode else "NO"

    @property
    def skipped(self) -> str:
        """The mark of what was not tried."""
        return "–" if self.unicode else "-"

    @property
    def bullet(self) -> str:
        """Before an item of a list."""
        return "•" if self.unicode else "*"


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of the envelope's `errors`: a stable code and a sentence."""

    code: str
    message: str

    @classmethod
    def of(cls, error: UserFacingError) -> "Problem":
        """The problem that an error tells of."""
        return cls(error.code, error.message)


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended. `view` draws it for people; None: there is nothing to show.

    `data` may be a function where it is long: people never see it, and need not wait for it.
    `problems` are shown to people only where the view is None, since a view words them better.
    `streamed`: the rows on standard output are the answer, no envelope follows them.
    """

    data: Json | Callable[[], Json] = None
    view: "Callable[[Look], RenderableType] | None" = None
    exit_code: ExitCode = ExitCode.OK
    problems: tuple[Problem, ...] = ()
    status: Status = Status.OK
    streamed: bool = False
