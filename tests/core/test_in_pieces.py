"""Messages and files in pieces: the same comes of them as of the whole, wherever it is cut."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.errors import BadMessage
from roammail.core.line_ends import LineEnds, canonical
from roammail.core.message import Draft, compose
from roammail.core.mime_parts import Attachment, AttachmentInPieces
from roammail.core.pieces import Pieces
from roammail.core.taken_over import prepare, prepare_pieces

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ID = "<new@home.example>"


def cut(octets: bytes, size: int) -> Pieces:
    return Pieces(octets[at : at + size] for at in range(0, len(octets), size))


def test_pieces_are_given_away() -> None:
    pieces = cut(b"abcde", 2)
    assert len(pieces) == 5
    assert list(pieces) == [b"ab", b"cd", b"e"]
    assert list(pieces) == []
    assert len(pieces) == 5


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x"])).map(b"".join), st.integers(1, 4))
def test_line_ends(octets: bytes, size: int) -> None:
    ends = LineEnds()
    found = [ends.feed(piece) for piece in cut(octets, size)]
    assert b"".join((*found, ends.end())) == canonical(octets)


lines = st.lists(
    st.sampled_from(
        [
            b"From: ada@home.example",
            b"To: friend@elsewhere.example",
            b"Bcc: hidden@elsewhere.example",
            b"Message-ID: <old@x>",
            b"Subject: \xc3\xbc",
            b" folded",
            b"",
            b".",
            b"From mbox",
            b"no field",
            b"\0",
        ]
    ),
    max_size=12,
)


def made(take: object, raw: object) -> object:
    """The message, or why there is none."""
    try:
        return take(  # type: ignore[operator]
            raw, now=NOW, message_id=ID, sender="ada@home.example", recipients=["a@b.example"]
        )
    except BadMessage as error:
        return error.code


@given(lines, st.sampled_from([b"\r\n", b"\n", b"\r"]), st.booleans(), st.integers(1, 9))
def test_a_message(parts: list[bytes], end: bytes, ended: bool, size: int) -> None:
    raw = end.join(parts) + (end if ended else b"")
    found, wanted = made(prepare_pieces, cut(raw, size)), made(prepare, raw)
    if isinstance(wanted, str):
        assert isinstance(found, str)  # of two faults, the other may be met first
    else:
        assert found == wanted


def test_a_header_without_an_end() -> None:
    assert made(prepare_pieces, cut(b"A: b\r\n" * 400_000, 5000)) == "message-header-too-long"


@pytest.mark.parametrize("size", [1000, 57 * 4096, 57 * 4096 + 1])
def test_an_attachment(size: int) -> None:
    octets = bytes(range(256)) * 4000
    whole = Attachment("a.bin", octets)
    parted = AttachmentInPieces("a.bin", cut(octets, size))
    messages = [
        compose(Draft("a@x.example", ("b@x.example",), attachments=(file,)), now=NOW, message_id=ID)
        for file in (whole, parted)
    ]
    assert messages[0] == messages[1]
