"""The ladder as a picture: one row a profile, one column a stage, live and at the end.

Draws what it is told; asks nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from roammail.cli.result import Look
from roammail.core.events import Event, ProbeStarted, StepFinished, StepStarted
from roammail.core.profile import Endpoint
from roammail.core.report import ProfileOutcome, ProfileReport, Step, StepOutcome
from roammail.core.stage import PROBE_LADDER, Stage
from roammail.words import Words
from roammail.words.display import display

#: Columns below which a row no longer fits and each profile becomes a short list.
_TABLE_WIDTH = 76

_STYLE = {StepOutcome.DONE: "green", StepOutcome.FAILED: "bold red", StepOutcome.SKIPPED: "dim"}


@dataclass(frozen=True, slots=True)
class Row:
    """One profile while it climbs, or as it ended. `running` is the stage under way."""

    name: str
    endpoint: Endpoint | None = None
    steps: Mapping[Stage, Step] = field(default_factory=dict)
    running: Stage | None = None
    outcome: ProfileOutcome | None = None

    @classmethod
    def of(cls, report: ProfileReport) -> "Row":
        """The row of a finished profile."""
        steps = {step.stage: step for step in report.steps}
        return cls(report.name, report.endpoint, steps, None, report.outcome)


@dataclass(slots=True)
class _Track:
    """One endpoint of a profile, as far as it has come."""

    steps: dict[Stage, Step] = field(default_factory=dict)
    running: Stage | None = None

    @property
    def height(self) -> tuple[bool, int]:
        done = sum(step.outcome is StepOutcome.DONE for step in self.steps.values())
        return self.running is not None, done


class Board:
    """The rows while a probe runs, fed by events."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._names = dict(names)
        self._tracks: dict[str, dict[Endpoint, _Track]] = {key: {} for key in self._names}

    def take(self, event: Event) -> bool:
        """Notes an event; whether the picture changed."""
        if isinstance(event, ProbeStarted):
            names = self._names
            self._names = {key: names.get(key, key) for key in event.profile_ids}
            self._tracks = {key: {} for key in self._names}
            return True
        if not isinstance(event, StepStarted | StepFinished):
            return False
        tracks = self._tracks.get(event.profile_id)
        if tracks is None:
            return False
        track = tracks.setdefault(event.endpoint, _Track())
        if isinstance(event, StepStarted):
            track.running = event.stage
        else:
            track.steps[event.step.stage] = event.step
            track.running = None
        return True

    def rows(self) -> list[Row]:
        """Each profile by the endpoint that is under way and has come furthest."""
        return [self._row(profile_id, name) for profile_id, name in self._names.items()]

    def _row(self, profile_id: str, name: str) -> Row:
        tracks = self._tracks[profile_id]
        if not tracks:
            return Row(name)
        endpoint, track = max(tracks.items(), key=lambda item: item[1].height)
        return Row(name, endpoint, track.steps, track.running)


def picture(rows: Iterable[Row], words: Words, look: Look) -> RenderableType:
    """The ladder for this width."""
    if look.width < _TABLE_WIDTH:
        return Group(*(_list(row, words, look) for row in rows))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("Profile", ratio=1, overflow="fold")
    for stage in PROBE_LADDER:
        table.add_column(words.stage(stage), no_wrap=True)
    for row in rows:
        table.add_row(_title(row), *(_cell(row, stage, look) for stage in PROBE_LADDER))
    table.expand = True
    return table


def duration(seconds: float) -> str:
    """Short: "12ms", "1.2s", "75s"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < 9.95 else f"{seconds:.0f}s"


def _title(row: Row) -> Text:
    style = {ProfileOutcome.WORKS: "bold green", ProfileOutcome.FAILS: "bold red"}
    text = Text(display(row.name, 60), style=style.get(row.outcome, "bold") if row.outcome else "")
    if row.endpoint is not None:
        host = display(row.endpoint.host, 40)
        text.append(f"\n{host}:{row.endpoint.port}", style="dim")
    return text


def _cell(row: Row, stage: Stage, look: Look) -> Text:
    step = row.steps.get(stage)
    if row.running is stage:
        return Text("…" if look.unicode else "...", style="cyan")
    if step is None or step.outcome is StepOutcome.SKIPPED:
        ended = row.outcome is not None or step is not None
        return Text(look.skipped if ended else "", style="dim")
    mark = look.done if step.outcome is StepOutcome.DONE else look.failed
    return Text(f"{mark} {duration(step.seconds)}", style=_STYLE[step.outcome])


def _list(row: Row, words: Words, look: Look) -> RenderableType:
    parts = Text()
    for stage in PROBE_LADDER:
        cell = _cell(row, stage, look)
        if not cell.plain:
            continue
        if parts.plain:
            parts.append("  ")
        # blanks that do not break keep a stage and its mark together
        parts.append(f"{words.stage(stage)} ".replace(" ", "\u00a0"))
        parts.append(cell.plain.replace(" ", "\u00a0"), style=cell.style)
    return Group(_title(row), Padding(parts, (0, 0, 1, 2)))
