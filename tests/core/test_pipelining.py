"""How far ahead a server is spoken to, by what is known of it; and line ends."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.failure import Failure, FailureKind
from roammail.core.line_ends import canonical, first_line_end, is_canonical
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey
from roammail.core.pipelining import Pace, garbles, misunderstands, pace_for
from roammail.core.profile import Endpoint, Security
from roammail.core.reply import parse
from roammail.core.report import Offer, Word

HERE = Endpoint("smtp.home.example", 465, Security.IMPLICIT_TLS)
OFFER = Offer(banner="smtp.home.example ready", extensions=("PIPELINING", "SIZE 5", "CHUNKING"))


def seen(word: Word, endpoint: Endpoint = HERE, offer: Offer = OFFER) -> Memory:
    """What was remembered of a server."""
    when = datetime(2026, 5, 1, tzinfo=UTC)
    known = replace(offer, word=word)
    return Memory(NetworkKey("k"), "p", endpoint, True, None, None, known, 1.0, when)


@pytest.mark.parametrize(
    ("memories", "pace"),
    [
        ([], Pace.CAREFUL),
        ([seen(Word.KEPT)], Pace.FULL),
        ([seen(Word.DOUBTED)], Pace.CAREFUL),
        ([seen(Word.BROKEN)], Pace.PLAIN),
        # The newest word counts; a climb that learned nothing says nothing.
        ([seen(Word.UNKNOWN), seen(Word.BROKEN), seen(Word.KEPT)], Pace.PLAIN),
        # Another port may be another program, and an upgrade is another server.
        ([seen(Word.KEPT, replace(HERE, port=587))], Pace.CAREFUL),
        ([seen(Word.BROKEN, offer=replace(OFFER, extensions=("PIPELINING",)))], Pace.CAREFUL),
    ],
)
def test_the_pace(memories: list[Memory], pace: Pace) -> None:
    assert pace_for(HERE, OFFER, memories) is pace


@pytest.mark.parametrize(
    ("banner", "pace"),
    [
        ("mail.example ESMTP Postfix (Debian/GNU)", Pace.FULL),
        ("mx.example ESMTP Exim 4.96 Sun, 01 Mar 2026 12:00:00 +0000", Pace.FULL),
        ("smtp.gmail.com ESMTP a1b2-c3 - gsmtp", Pace.FULL),
        ("AM6.outlook.office365.com Microsoft ESMTP MAIL Service ready at", Pace.FULL),
        ("mail.example ESMTP", Pace.CAREFUL),
        ("220 ****************", Pace.CAREFUL),
    ],
)
def test_known_by_name(banner: str, pace: Pace) -> None:
    offer = replace(OFFER, banner=banner)
    assert pace_for(HERE, offer, []) is pace
    assert pace_for(HERE, offer, [seen(Word.DOUBTED)]) is Pace.CAREFUL
    assert pace_for(HERE, offer, [seen(Word.BROKEN)]) is Pace.PLAIN


def test_nothing_is_ahead_where_it_is_not_offered() -> None:
    offer = replace(OFFER, banner="ESMTP Postfix", extensions=("CHUNKING",))
    assert pace_for(HERE, offer, [seen(Word.KEPT)]) is Pace.PLAIN


@pytest.mark.parametrize(
    ("reply", "of_the_way"),
    [
        ("503 5.5.0 Improper use of SMTP command pipelining", True),
        ("554 SMTP synchronization error", True),
        ("500 5.5.2 Unknown command", True),
        ("554 5.7.1 Relay access denied", False),
        ("550 5.1.1 No such user", False),
        ("452 4.3.1 Insufficient system storage", False),
        ("250 2.1.0 pipelining is fine", False),
    ],
)
def test_refusals_of_the_way_we_speak(reply: str, of_the_way: bool) -> None:
    assert misunderstands(parse(int(reply[:3]), reply[4:])) is of_the_way


def test_silence_that_speaking_plainly_may_cure() -> None:
    assert garbles(Failure(FailureKind.UNSOLICITED))
    assert not garbles(Failure(FailureKind.SIZE_EXCEEDED))


ends = st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b".", b"\r\n.\r\n", b"\n\r"])


@given(st.lists(ends, max_size=12).map(b"".join))
def test_line_ends_are_all_crlf(content: bytes) -> None:
    made = canonical(content)
    assert is_canonical(made)
    assert not content or made.endswith(b"\r\n")
    lines = re.split(rb"\r\n|\r|\n", content)
    assert made.split(b"\r\n") == (lines if lines[-1] == b"" else [*lines, b""])
    assert canonical(made) is made


def test_the_first_line() -> None:
    assert first_line_end(b"From: a\r\nTo: b\r\n") == 9
    assert first_line_end(b"x" * 5000) == 1000
    assert first_line_end(b"") == 0
