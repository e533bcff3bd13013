"""A profile's row on the Here page, as plain data, and how a probe's events change it. No Qt.

A profile may be tried at several endpoints at once; the row shows the one that has come
furthest, and in the end the one that the report names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from roammail.core.diagnosis import Diagnosis, Kind
from roammail.core.profile import BrokenProfile, Endpoint, Profile
from roammail.core.report import EndpointReport, ProfileOutcome, ProfileReport, Step, StepOutcome
from roammail.core.stage import PROBE_LADDER, Stage


class DotState(StrEnum):
    """How a stage stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class RowState(StrEnum):
    """What the pill says."""

    UNTESTED = "untested"  # not tried on this network yet
    CHECKING = "checking"
    WORKS = "works"
    FAILS = "fails"
    UNKNOWN = "unknown"  # tried, and the decisive question could not be asked
    HELD = "held"  # not tried: the network wants a sign-in first
    BROKEN = "broken"  # its entry in the keyring cannot be read


@dataclass(frozen=True, slots=True)
class Dot:
    """One stage of one row. `seconds` None: not known; `detail` is hostile text."""

    stage: Stage
    state: DotState = DotState.WAITING
    seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """One endpoint while it is climbed."""

    steps: Mapping[Stage, Step] = field(default_factory=dict)
    running: Stage | None = None

    @property
    def height(self) -> tuple[bool, int]:
        """For choosing the track to show: under way first, then the highest."""
        done = sum(step.outcome is StepOutcome.DONE for step in self.steps.values())
        return self.running is not None, done

    def begun(self, stage: Stage) -> "Track":
        """The stage is under way."""
        return replace(self, running=stage)

    def ended(self, step: Step) -> "Track":
        """The stage is over."""
        return Track({**self.steps, step.stage: step}, None)


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """Everything that the row of one profile shows."""

    profile_id: str
    name: str
    endpoint: Endpoint | None
    state: RowState = RowState.UNTESTED
    tracks: Mapping[Endpoint, Track] = field(default_factory=dict)
    ended: frozenset[Endpoint] = frozenset()
    report: ProfileReport | None = None
    checked: datetime | None = None  # UTC; when the report was made
    winner: bool = False
    broken: BrokenProfile | None = None

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Why it fails, if it does."""
        return self.report.diagnosis if self.report else None

    @property
    def kind(self) -> Kind | None:
        """The diagnosis's kind."""
        return self.diagnosis.kind if self.diagnosis else None

    @property
    def shown_endpoint(self) -> Endpoint | None:
        """The endpoint whose stages are shown."""
        if self.state is RowState.CHECKING and self.tracks:
            return max(self.tracks.items(), key=lambda item: item[1].height)[0]
        return self.report.endpoint if self.report else self.endpoint

    @property
    def dots(self) -> tuple[Dot, ...]:
        """The seven stages of the endpoint that is shown."""
        if self.state is RowState.CHECKING:
            track = self.tracks.get(self.shown_endpoint) if self.shown_endpoint else None
            steps, running = (track.steps, track.running) if track else ({}, None)
        else:
            steps, running = {s.stage: s for s in self.report.steps} if self.report else {}, None
        return tuple(_dot(stage, steps.get(stage), running) for stage in PROBE_LADDER)

    def checking(self) -> "ProfileRow":
        """A probe begins."""
        return replace(self, state=RowState.CHECKING, tracks={}, ended=frozenset(), winner=False)

    def step_begun(self, endpoint: Endpoint, stage: Stage) -> "ProfileRow":
        """A stage has begun at an endpoint."""
        track = self.tracks.get(endpoint, Track()).begun(stage)
        another = self.state is RowState.FAILS and endpoint not in self.tracks
        state = RowState.CHECKING if another else self.state
        return replace(self, state=state, tracks={**self.tracks, endpoint: track})

    def step_ended(self, endpoint: Endpoint, step: Step) -> "ProfileRow":
        """A stage has ended at an endpoint."""
        track = self.tracks.get(endpoint, Track()).ended(step)
        return replace(self, tracks={**self.tracks, endpoint: track})

    def endpoint_ended(self, report: EndpointReport) -> "ProfileRow":
        """One endpoint has been climbed: its word counts until the probe's last word."""
        if self.state is not RowState.CHECKING:
            return self
        ended = self.ended | {report.endpoint}
        if not report.works and ended < set(self.tracks):
            return replace(self, ended=ended)  # another endpoint may still come through
        outcome = ProfileOutcome.WORKS if report.works else ProfileOutcome.FAILS
        relay = {step.stage: step.outcome for step in report.steps}.get(Stage.RELAY)
        if report.works and relay is not StepOutcome.DONE:
            return replace(self, ended=ended)  # what that means is the probe's to say
        early = ProfileReport(
            self.profile_id,
            self.name,
            outcome,
            report.endpoint,
            report.diagnosis,
            report.steps,
            (report,),
        )
        return replace(self, state=_state(early), report=early, ended=ended)

    def reported(self, report: ProfileReport, winner: bool, when: datetime) -> "ProfileRow":
        """The probe's last word about this profile."""
        return replace(
            self, state=_state(report), tracks={}, report=report, winner=winner, checked=when
        )

    def stopped(self) -> "ProfileRow":
        """The probe was ended early: what was known before counts again."""
        state = _state(self.report) if self.report else RowState.UNTESTED
        return replace(self, state=state, tracks={})


def row_of(profile: Profile, before: ProfileRow | None = None) -> ProfileRow:
    """The row of a profile; what `before` knew is kept while the server is the same."""
    fresh = ProfileRow(profile.id, profile.name, profile.endpoint)
    if before is None or before.broken or before.endpoint != profile.endpoint:
        return fresh
    return replace(before, name=profile.name, endpoint=profile.endpoint)


def broken_row(broken: BrokenProfile) -> ProfileRow:
    """The row of an entry that cannot be read."""
    return ProfileRow(broken.id, broken.name, None, RowState.BROKEN, broken=broken)


def _state(report: ProfileReport) -> RowState:
    if report.outcome is ProfileOutcome.WORKS:
        return RowState.WORKS
    if report.outcome is ProfileOutcome.FAILS:
        return RowState.FAILS
    return RowState.HELD if report.diagnosis is not None else RowState.UNKNOWN


_OF_OUTCOME = {
    StepOutcome.DONE: DotState.DONE,
    StepOutcome.FAILED: DotState.FAILED,
    StepOutcome.SKIPPED: DotState.SKIPPED,
}


def _dot(stage: Stage, step: Step | None, running: Stage | None) -> Dot:
    if stage is running:
        return Dot(stage, DotState.RUNNING)
    if step is None:
        return Dot(stage)
    seconds = None if step.outcome is StepOutcome.SKIPPED else step.seconds
    return Dot(stage, _OF_OUTCOME[step.outcome], seconds, step.detail)
