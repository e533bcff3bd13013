"""`roammail explain`: a reply or a bounce in plain language, one or a whole file of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import click
from rich.console import Group, RenderableType
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.app import common
from roammail.cli.blocks import bullets, indented, whole_diagnosis
from roammail.cli.bounced import bounced_result
from roammail.cli.files import open_input, unreadable
from roammail.cli.render import as_line, stdin_is_terminal
from roammail.cli.result import Json, Look, Problem, Result, Status
from roammail.cli.session import Session, session_of
from roammail.core.diagnosis import Alternative, Diagnosis
from roammail.core.errors import BadMessage, ExitCode, UserFacingError
from roammail.core.explain import stage_from_word
from roammail.core.mime_tree import MESSAGE_LIMIT
from roammail.core.stage import Stage
from roammail.engine.explainer import Explainer
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

#: Octets of one row of a batch; a bounce with its message fits.
TEXT_LIMIT = 1024 * 1024

_NO_STAGE = frozenset({"unknown", ""})


@click.command("explain")
@click.argument("text", required=False, metavar="[TEXT or -]")
@click.option("--stage", metavar="STAGE", help="Where it was said: connect, sign-in, relay, …")
@click.option("--signed-in", type=click.Choice(["yes", "no"]), help="Whether the sign-in was done.")
@click.option("--eml", metavar="FILE", help="A bounce as a message file; - reads standard input.")
@click.option("--jsonl", metavar="FILE", help='Rows {"id","reply","stage"}; one answer a line.')
@common
@click.pass_context
def explain_command(
    ctx: click.Context,
    text: str | None,
    stage: str | None,
    signed_in: str | None,
    eml: str | None,
    jsonl: str | None,
) -> Result:
    """Explain a server's reply or a bounce in plain language."""
    session = session_of(ctx)
    at = _stage(stage)
    signed = None if signed_in is None else signed_in == "yes"
    given = [name for name in (text, eml, jsonl) if name is not None]
    if len(given) > 1:
        raise click.UsageError("Give only one of a text, --eml and --jsonl")
    if jsonl is not None:
        return _batch(session, jsonl, at, signed)
    raw = _raw(text, eml)
    words = session.make_words()
    explained = session.make_explainer().octets(raw, at, signed)
    if explained.bounce is not None:
        return bounced_result(explained.bounce, explained.recipients, words)
    found = explained.diagnosis
    data = {**(json_shapes.diagnosis(found, words) or {}), "recipients": []}
    return Result(data=data, view=lambda look: view(found, words, look))


def view(found: Diagnosis, words: Words, look: Look) -> RenderableType:
    """The diagnosis, and what else it may mean."""
    parts: list[RenderableType] = [whole_diagnosis(found, words, look)]
    if found.alternatives:
        parts.append(Text(words.say(N_("It may also mean:")), style="dim"))
        others = [_other(item, words) for item in found.alternatives]
        parts.append(indented(bullets(others, look)))
    return Group(*parts)


def _other(item: Alternative, words: Words) -> str:
    said = words.kind(item.kind)
    return f"{said} ({display(item.evidence, 120)})" if item.evidence else said


def _stage(word: str | None) -> Stage | None:
    if word is None:
        return None
    found = stage_from_word(word)
    if found is None and word.strip().lower() not in _NO_STAGE:
        known = ", ".join(stage.value for stage in Stage)
        raise click.BadParameter(f"“{word}” is no stage; there are {known}", param_hint="--stage")
    return found


def _raw(text: str | None, eml: str | None) -> bytes:
    """What is to be explained. Of a long one the beginning: reports stand before the message
    that came back."""
    if text is None and eml is None and stdin_is_terminal():
        raise click.UsageError("Give the text to explain, or - to read it from standard input")
    if eml is None and text is not None and text != "-":
        raw = text.encode("utf-8", "replace")
    else:
        name = eml or "-"
        with open_input(name) as file:
            try:
                raw = file.read(MESSAGE_LIMIT)
            except OSError as error:
                raise unreadable(name, (error.strerror or "it cannot be read").lower()) from error
    if not raw.strip():
        raise BadMessage("text-empty", "There is nothing to explain: the text is empty.")
    return raw


@dataclass(slots=True)
class _Tally:
    good: int = 0
    bad: int = 0


def _batch(session: Session, name: str, at: Stage | None, signed_in: bool | None) -> Result:
    """Streams a line for a line; a bad row is answered with an error and the rest goes on."""
    explainer = session.make_explainer()
    tally = _Tally()
    with open_input(name) as file:
        for number, line in _lines(file):
            if not line.strip():
                continue
            answer, good = _row(number, line, explainer, at, signed_in)
            session.renderer.text(as_line(answer) + "\n")
            tally.good += good
            tally.bad += not good
    if not tally.bad:
        return Result(view=None, streamed=True)
    problem = Problem(
        "rows-bad", f"{tally.bad} of {tally.good + tally.bad} rows could not be explained."
    )
    status = Status.PARTIAL if tally.good else Status.ERROR
    return Result(exit_code=ExitCode.DATA, problems=(problem,), status=status, streamed=True)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; of one that is too long only the beginning, marked by its length."""
    number = 0
    while line := file.readline(TEXT_LIMIT + 1):
        number += 1
        rest = line
        while len(rest) > TEXT_LIMIT and not rest.endswith(b"\n"):
            rest = file.readline(TEXT_LIMIT + 1)
        yield number, line


def _row(
    number: int,
    line: bytes,
    explainer: Explainer,
    at: Stage | None,
    signed_in: bool | None,
) -> tuple[Json, bool]:
    """The answer to one row, and whether it could be explained."""
    row_id: Json = None
    try:
        if len(line) > TEXT_LIMIT:
            raise BadMessage("row-too-long", "The row is longer than 1 MB.")
        row = json.loads(line)
        if not isinstance(row, dict):
            raise BadMessage("row-bad", "The row is not a JSON object.")
        row_id = row.get("id") if isinstance(row.get("id"), str | int) else None
        said, word = row.get("reply"), row.get("stage")
        if not isinstance(said, str) or not said.strip():
            raise BadMessage("row-bad", "The row has no text under “reply”.")
        if not isinstance(word, str | None):
            raise BadMessage("row-bad", "“stage” is not text.")
        stage = (stage_from_word(word) if word else None) or at
        own = row.get("signed_in")
        signed = own if isinstance(own, bool) else signed_in
        found = explainer.text(said, stage, signed)
    except UserFacingError as error:
        return _bad_row(number, row_id, error.code, error.message), False
    except (ValueError, RecursionError):  # not JSON, not UTF-8, or nested without end
        return _bad_row(number, row_id, "row-bad", "The row is not JSON."), False
    return {
        "id": row_id,
        "kind": found.kind.value,
        "scope": found.scope.value,
        "party": found.party.value,
        "confidence": found.confidence.value,
    }, True


def _bad_row(number: int, row_id: Json, code: str, message: str) -> Json:
    return {"id": row_id, "line": number, "error": {"code": code, "message": message}}
