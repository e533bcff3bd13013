"""Visits: in every place, what the installed command's `test` and `send` say there on a first
visit, by a RoamMail that knows nothing but its profiles. Several laptops are on the road at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from queue import SimpleQueue

from tests.adapters.gnome_keyring import again_after_a_crash
from tests.lab.person import Said
from tests.lab.world.inside import Carried, RoamingLab

#: Laptops that are on the road at the same time.
_LAPTOPS = 4
#: A visit that is made again knows nothing of the first.
_TIMES = count()


@dataclass(frozen=True, slots=True)
class Visit:
    """What was said in one place."""

    tested: Said
    sent: Said

    @property
    def cells(self) -> dict[str, str]:
        """Each profile's diagnosis, as the table of `matrix.py` writes it."""
        return {item["name"]: _cell(item["diagnosis"]) for item in self.tested.data["profiles"]}

    @property
    def takes(self) -> str:
        """What the message took, or why it waits, as that table writes it."""
        if self.sent.data["profile"] is None:
            (recipient,) = self.sent.data["recipients"]
            return f"waits {recipient['diagnosis']['kind']}"
        return f"{self.sent.data['profile']} {self.sent.data['endpoint']['port']}"


def _visit(laptop: Carried, place: str) -> Visit:
    laptop.move(place)
    memory = f"{place}-{next(_TIMES)}"
    tested = laptop.test(f"tests-in-{memory}")
    return Visit(tested, laptop.send(f"sends-from-{memory}", f"From {place}"))


def _cell(diagnosis: Mapping[str, str] | None) -> str:
    return f"{diagnosis['kind']} {diagnosis['party']}" if diagnosis else "works"


@contextmanager
def visits(lab: RoamingLab, places: Iterable[str]) -> Iterator[dict[str, "Future[Visit]"]]:
    """A visit to each of the places, under way."""
    idle: SimpleQueue[Carried] = SimpleQueue()
    for _ in range(_LAPTOPS):
        idle.put(lab.laptop())

    def visit(place: str) -> Visit:
        laptop = idle.get()
        try:
            return again_after_a_crash(lambda: _visit(laptop, place))
        finally:
            idle.put(laptop)

    with ThreadPoolExecutor(_LAPTOPS) as road:
        yield {place: road.submit(visit, place) for place in places}


def as_text(made: Mapping[str, Visit]) -> str:
    """All of it as one table, as it was said."""
    rows = [("place", *next(iter(made.values())).cells, "takes")]
    rows += [(place, *visit.cells.values(), visit.takes) for place, visit in made.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)
