"""A message back on the desk: nothing of it is lost but its formatting."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.composing import How, composed
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.errors import BadMessage
from roammail.core.message import Attachment, Draft
from roammail.core.reopened import quoted, reopened

NOW = datetime(2026, 5, 4, tzinfo=UTC)
DRAFT = Draft(
    from_="Áda <ada@home.example>",
    to=('"Silva, Ana" <ana@x.example>, b@bücher.example',),
    cc=("c@x.example",),
    bcc=("hidden@x.example",),
    subject="Grüße ☃",
    body="Dear Ana,\n\n> quoted\n.\nGrüße\n",
    attachments=(Attachment("Straße.pdf", b"%PDF\x00\xff", "application/pdf"),),
)


def sent(draft: Draft = DRAFT) -> ReadyMessage:
    return composed(draft, How.NEW, None, now=NOW, message_id="<1@home.example>")


def everybody(message: ReadyMessage) -> frozenset[str]:
    return frozenset(message.envelope.recipients)


def test_what_was_written_comes_back() -> None:
    message = sent()
    found = reopened(message, everybody(message))
    assert found.from_ == DRAFT.from_
    assert found.to == '"Silva, Ana" <ana@x.example>, b@bücher.example'
    assert (found.cc, found.bcc) == ("c@x.example", "hidden@x.example")
    assert found.subject == DRAFT.subject
    assert found.body == DRAFT.body
    assert found.files == DRAFT.attachments
    assert not found.formatted


def test_only_those_who_are_wanted() -> None:
    found = reopened(sent(), frozenset({"hidden@x.example", "C@x.example".lower()}))
    assert (found.to, found.cc, found.bcc) == ("", "c@x.example", "hidden@x.example")


def test_formatting_is_said_to_be_lost() -> None:
    content = (
        b"From: a@x.example\r\nTo: b@x.example\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>you</b></p>\r\n"
    )
    envelope = Envelope("a@x.example", ("b@x.example",))
    found = reopened(
        ReadyMessage(envelope, content, "<1@x>", "a@x.example"), frozenset({"b@x.example"})
    )
    assert found.formatted
    assert found.body == "Hello you"


def test_quoted() -> None:
    found = quoted(sent().content)
    assert found.subject == "Fwd: Grüße ☃"
    assert "Dear Ana," in found.body
    assert "Forwarded message" in found.body
    assert found.files == DRAFT.attachments
    with pytest.raises(BadMessage):
        quoted(b"%PDF")


@given(st.binary(max_size=400))
def test_nothing_breaks_it(octets: bytes) -> None:
    content = b"From: a@x.example\r\nTo: =?utf-8?q?=\r\n" + octets
    message = ReadyMessage(Envelope("", ("b@x.example",)), content, "<1@x>", "a@x.example")
    try:
        found = reopened(message, frozenset({"b@x.example"}))
    except BadMessage:
        return
    assert "b@x.example" in f"{found.to}{found.cc}{found.bcc}"
