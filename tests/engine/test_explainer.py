"""Explaining through the engine: as the command line does it, client errors and bounces too."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from roammail.adapters.client_error_files import load_client_errors
from roammail.core.diagnosis import Kind
from roammail.core.stage import Stage
from roammail.engine.engine import Engine
from roammail.wiring_explain import explainer
from tests.engine.world import World

BOUNCES = Path(__file__).parent.parent / "core" / "bounces"


@pytest.fixture
def engine() -> Engine:
    world = World()
    parts = world.engine._parts
    return Engine(replace(parts, load_clients=load_client_errors))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("554 5.7.1 <b@x.example>: Relay access denied", Kind.RELAY_DENIED),
        ("Outlook error 0x800CCC0E", None),
        ("550 5.1.1 No such user here", Kind.RECIPIENT_UNKNOWN),
    ],
)
async def test_a_text_means_the_same_on_every_way(
    engine: Engine, said: str, kind: Kind | None
) -> None:
    found = engine.explain(said, None, None)
    assert found == explainer().text(said)
    assert found == (await engine.explained(said.encode())).diagnosis
    if kind:
        assert found.kind is kind
    else:
        assert found.kind is not Kind.OTHER  # the number alone tells


async def test_a_bounce_tells_of_each_recipient(engine: Engine) -> None:
    raw = (BOUNCES / "postfix_three.eml").read_bytes()
    explained = await engine.explained(raw)
    assert explained == explainer().octets(raw)
    assert explained.bounce is not None
    assert len(explained.recipients) == 3
    assert explained.diagnosis == explained.recipients[0].diagnosis


async def test_a_letter_is_explained_by_its_words(engine: Engine) -> None:
    explained = await engine.explained((BOUNCES / "letter.eml").read_bytes())
    assert (explained.bounce, explained.recipients) == (None, ())


async def test_what_the_person_knows_counts(engine: Engine) -> None:
    said = "550 authentication required"
    assert engine.explain(said, Stage.RELAY, False) == explainer().text(said, Stage.RELAY, False)


def test_explaining_opens_nothing() -> None:
    """Neither keyring nor outbox nor network are even imported."""
    heavy = "('keyring', 'sqlite3', 'aiosmtplib', 'httpx', 'asyncio', 'jeepney')"
    code = (
        "import sys; from roammail.wiring_explain import explainer;"
        "print(explainer().text('554 5.7.1 Relay access denied').kind.value);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["relay-denied", "[]"]
