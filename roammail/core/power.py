"""Whether this computer saves its battery. Pure: the systems' words for it are the adapters'."""

from dataclasses import dataclass
from enum import StrEnum

#: A battery that drains counts as low from here on (percent); the systems' own first warning
#: is at about the same.
LOW_PERCENT = 20


class Saving(StrEnum):
    """The answer; unknown is one, and nothing is left undone because of it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Power:
    """What is known, and `detail`: from what, or why nothing is, in the system's words."""

    saving: Saving = Saving.UNKNOWN
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """The batteries that run this computer: whether one is drained, and how full the fullest
    is (percent). None where that is not told."""

    draining: bool
    percent: int | None

    def __str__(self) -> str:
        level = "" if self.percent is None else f" {self.percent} %"
        return f"battery {'in use' if self.draining else 'not in use'}{level}"


def power_of(switch: bool | None, charge: Charge | None, detail: str) -> Power:
    """`switch`: whether the user or the system has chosen to save, None if that cannot be told;
    `charge`: None where it cannot be. A computer without batteries does not drain them."""
    low = (
        charge is not None
        and charge.draining
        and charge.percent is not None
        and charge.percent <= LOW_PERCENT
    )
    if switch or low:
        return Power(Saving.YES, detail)
    unknown = switch is None or charge is None or (charge.draining and charge.percent is None)
    return Power(Saving.UNKNOWN if unknown else Saving.NO, detail)
