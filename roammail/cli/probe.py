"""`roammail test`: probes from here, draws the ladder, says through which profile mail goes."""

import click
from rich.console import Group, RenderableType
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.app import common
from roammail.cli.blocks import indented, place, whole_diagnosis
from roammail.cli.ladder import Board, Row, picture
from roammail.cli.result import Look, Problem, Result, Status
from roammail.cli.session import Session, session_of
from roammail.core.address import parse_mailbox
from roammail.core.diagnosis import RemedyKind, Scope
from roammail.core.errors import BadConfiguration, ExitCode
from roammail.core.events import Event
from roammail.core.report import ProbeReport, ProfileOutcome, ProfileReport, StepOutcome
from roammail.engine.engine import Engine
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display


@click.command("test")
@click.argument("profiles", nargs=-1, metavar="[PROFILE]...")
@click.option("--rcpt", metavar="ADDRESS", help="Ask each server whether it relays to this one.")
@common
@click.pass_context
def test_command(ctx: click.Context, profiles: tuple[str, ...], rcpt: str | None) -> Result:
    """Try profiles from here, as far as a server's word on relaying. Sends nothing."""
    session = session_of(ctx)
    words = session.make_words()
    named = parse_mailbox(rcpt).address if rcpt is not None else None

    async def work(engine: Engine) -> tuple[ProbeReport, tuple[Problem, ...]]:
        unusable = () if profiles else await _unusable(engine)
        for problem in unusable:
            session.renderer.note(problem.message)
        return await climb(engine, session, words, profiles, named), unusable

    report, unusable = session.with_engine(work)
    return result_of(report, words, unusable)


async def climb(
    engine: Engine,
    session: Session,
    words: Words,
    names: tuple[str, ...] = (),
    rcpt: str | None = None,
) -> ProbeReport:
    """Runs the probe with the live ladder. Raises BadConfiguration `no-profiles`."""
    known = (await engine.book.all()).profiles
    board = Board((item.id, item.name) for item in known)
    with session.renderer.progress(lambda look: picture(board.rows(), words, look)) as redraw:

        def listen(event: Event) -> None:
            if board.take(event) and redraw is not None:
                redraw()

        unsubscribe = engine.events.subscribe(listen)
        try:
            return await engine.test(names, rcpt=rcpt)
        finally:
            unsubscribe()


async def _unusable(engine: Engine) -> tuple[Problem, ...]:
    """Profiles that cannot be read. Raises BadConfiguration where there are no others."""
    known = await engine.book.all()
    problems = tuple(
        Problem("profile-broken", f"The profile “{item.name}” cannot be used. {item.reason}")
        for item in known.broken
    )
    if problems and not known.profiles:
        raise BadConfiguration(problems[0].code, problems[0].message)
    return problems


def result_of(report: ProbeReport, words: Words, unusable: tuple[Problem, ...] = ()) -> Result:
    """What `test` ends with; `unusable` are profiles that could not even be tried."""
    code = exit_code(report)
    problems = unusable
    status = Status.PARTIAL if unusable else Status.OK
    if code is not ExitCode.OK:
        name = "credentials-refused" if code is ExitCode.NO_PERMISSION else "no-profile-works"
        problems = (Problem(name, last_word(report, words)), *unusable)
        status = Status.ERROR
    return Result(
        data=json_shapes.probe(report, words),
        view=lambda look: view(report, words, look),
        exit_code=code,
        problems=problems,
        status=status,
    )


def exit_code(report: ProbeReport) -> ExitCode:
    """0 if a profile works; 77 if refused credentials are the only reason; else 69."""
    if any(item.outcome is ProfileOutcome.WORKS for item in report.profiles):
        return ExitCode.OK
    scopes = {item.diagnosis.scope if item.diagnosis else None for item in report.profiles}
    return ExitCode.NO_PERMISSION if scopes == {Scope.CREDENTIAL} else ExitCode.UNAVAILABLE


def last_word(report: ProbeReport, words: Words) -> str:
    """One sentence: through which profile mail goes from here, or the best thing to do."""
    for item in report.profiles:
        if item.profile_id == report.winner:
            said = N_("From here, mail goes through “{profile}” ({server}).")
            return words.say(said, profile=item.name, server=place(item.endpoint))
    best = _best_remedy(report, words)
    if best is None:
        return words.say(N_("No profile works from here."))
    said = N_("No profile works from here. The best thing to do now: {remedy}")
    return words.say(said, remedy=best)


def view(report: ProbeReport, words: Words, look: Look) -> RenderableType:
    """The ladder, what is wrong with each profile that fails, and the last word."""
    parts: list[RenderableType] = [
        picture([Row.of(item) for item in report.profiles], words, look),
        Text(""),
    ]
    for item in report.profiles:
        if item.diagnosis is not None:
            parts += [_failing(item, words, look), Text("")]
        elif item.outcome is ProfileOutcome.SKIPPED:
            parts += [_untested(item, words), Text("")]
    style = "bold green" if report.winner else "bold red"
    mark = look.done if report.winner else look.failed
    parts.append(Text(f"{mark} {last_word(report, words)}", style=style))
    return Group(*parts)


def _untested(item: ProfileReport, words: Words) -> RenderableType:
    """A profile of which the decisive question could not be asked."""
    title = Text(display(item.name, 80), style="bold")
    title.append(f"  {place(item.endpoint)}", style="dim")
    why = next((step.detail for step in reversed(item.steps) if step.detail), "")
    said = N_(
        "It is not known whether it takes mail from here: {why}. Name an address of yours "
        "elsewhere: roammail test --rcpt ADDRESS"
    )
    return Group(title, indented(Text(words.say(said, why=why))))


def _failing(item: ProfileReport, words: Words, look: Look) -> RenderableType:
    assert item.diagnosis is not None
    title = Text(display(item.name, 80), style="bold red")
    title.append(f"  {place(item.endpoint)}", style="dim")
    parts: list[RenderableType] = [title, indented(whole_diagnosis(item.diagnosis, words, look))]
    for other in item.tried:
        if other.endpoint != item.endpoint and other.diagnosis is not None:
            said = words.say(
                N_("Also tried {server}: {headline}"),
                server=place(other.endpoint),
                headline=words.headline(other.diagnosis),
            )
            parts.append(indented(Text(said, style="dim")))
    return Group(*parts)


def _best_remedy(report: ProbeReport, words: Words) -> str | None:
    """The first remedy of the profile that came furthest: it is the nearest to working."""
    furthest = sorted(
        report.profiles,
        key=lambda item: -sum(step.outcome is StepOutcome.DONE for step in item.steps),
    )
    for item in furthest:
        for remedy in item.diagnosis.remedies if item.diagnosis else ():
            if remedy.kind is not RemedyKind.USE_OTHER_PROFILE:  # none of them works
                return words.remedy(remedy)
    return None
