"""The pure parts: reading replies in any pieces, the transcript, certificates, EHLO."""

import base64
import tracemalloc

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from roammail.adapters import smtp_commands
from roammail.adapters.certificates import read_certificate
from roammail.adapters.smtp_replies import MAX_LINE_OCTETS, RawReply, ReplyReader
from roammail.adapters.smtp_transcript import BLANK, MAX_CHARACTERS, MAX_LINES, Transcript
from roammail.core.diagnosis import Context
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.secret import Secret
from roammail.core.seen import diagnose_failure
from roammail.core.stage import Stage
from tests.canary import secret as canary

texts = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)
replies = st.builds(
    RawReply, st.integers(200, 599), st.lists(texts, min_size=1, max_size=5).map(tuple)
)


def wire(reply: RawReply, end: str) -> bytes:
    """The reply as a server writes it."""
    last = len(reply.lines)
    return "".join(
        f"{reply.code}{' ' if n == last else '-'}{line}{end}"
        for n, line in enumerate(reply.lines, 1)
    ).encode()


@given(st.lists(replies, max_size=5), st.sampled_from(["\r\n", "\n"]), st.data())
def test_replies_are_the_same_in_whatever_pieces(
    sent: list[RawReply], end: str, data: st.DataObject
) -> None:
    stream = b"".join(wire(reply, end) for reply in sent)
    reader, read, at = ReplyReader(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        read += list(reader.feed(stream[at : at + size]))
        at += size
    assert read == sent
    assert reader.idle


@given(st.binary(max_size=300))
def test_any_octets_are_a_reply_a_failure_or_unfinished(octets: bytes) -> None:
    reader = ReplyReader()
    try:
        for reply in reader.feed(octets):
            assert 200 <= reply.code < 600
            assert all(line.isprintable() or "\t" in line for line in map(_spaces, reply.lines))
    except SmtpFailure as raised:
        kind = raised.failure.kind
    else:
        kind = FailureKind.GARBAGE
    assert kind in (FailureKind.GARBAGE, FailureKind.TOO_LONG)


def _spaces(line: str) -> str:
    """Without what is printable to a person and not to Python."""
    return "".join(c if c.isprintable() or ord(c) < 0xA0 else " " for c in line)


def test_a_gigabyte_without_a_line_end_is_not_kept() -> None:
    reader = ReplyReader()
    with pytest.raises(SmtpFailure) as caught:
        list(reader.feed(b"250 " + b"x" * MAX_LINE_OCTETS))
    assert caught.value.failure.kind is FailureKind.TOO_LONG


def ticking() -> Transcript:
    """A transcript whose clock stands still."""
    return Transcript(lambda: 0.0)


def test_the_transcript_is_bounded() -> None:
    transcript = ticking()
    tracemalloc.start()
    for _ in range(5000):
        transcript.server(250, ("x" * 2000,))
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()
    assert len(transcript.lines) == MAX_LINES + 1
    assert max(len(line.text) for line in transcript.lines) == MAX_CHARACTERS + 1
    assert "no more lines" in transcript.lines[-1].text


@given(texts, texts, st.integers(0, 3))
def test_a_guarded_secret_is_blanked_wherever_base64_puts_it(
    before: str, after: str, shape: int
) -> None:
    secret = canary("transcript")
    transcript = ticking()
    transcript.guard(Secret(secret))
    mixed = f"{before}{secret}{after}"
    shown = [
        mixed,
        mixed.upper() if mixed.upper().casefold() == mixed.casefold() else secret.upper(),
        base64.b64encode(mixed.encode()).decode(),
        f"said {base64.b64encode(mixed.encode()).decode()} again",
    ][shape]
    transcript.server(535, (shown, "plain"))
    transcript.client(shown)
    assert [line.text for line in transcript.lines] == [BLANK, "535 plain", BLANK]


def test_a_secret_at_the_cut_is_blanked() -> None:
    transcript = ticking()
    transcript.guard(Secret(canary("cut")))
    transcript.note("x" * (MAX_CHARACTERS - 5) + canary("cut"))
    assert transcript.lines[0].text == BLANK


@given(st.binary(max_size=200))
def test_certificates_of_nonsense(der: bytes) -> None:
    assert read_certificate(der) is None


@given(st.data())
def test_certificates_with_a_broken_octet(data: st.DataObject) -> None:
    der = bytearray(_DER)
    der[data.draw(st.integers(0, len(der) - 1))] ^= data.draw(st.integers(1, 255))
    facts = read_certificate(bytes(der))
    assert facts is None or all(len(text) <= 200 for text in (facts.subject, *facts.names))


def test_certificate_facts_are_capped() -> None:
    facts = read_certificate(_DER)
    assert facts is not None
    assert len(facts.names) == 20
    assert facts.not_after > facts.not_before


def _der() -> bytes:
    leaf = trustme.CA().issue_cert(*(f"name{n}.example" for n in range(50)))
    return load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_bytes(Encoding.DER)


_DER = _der()


def test_extensions() -> None:
    lines = (
        "me at your service",
        "size 100",
        "AUTH PLAIN login",
        "AUTH=LOGIN CRAM-MD5",
        "XXXXXXXA",
        "<script>",
        "",
        "8BITMIME",
    )
    found = smtp_commands.read_extensions(lines)
    assert sorted(found) == ["8BITMIME", "AUTH", "SIZE", "XXXXXXXA"]
    assert smtp_commands.offered_mechanisms(found) == ("PLAIN", "LOGIN", "CRAM-MD5")
    assert smtp_commands.size_limit(found) == 100
    for size in ("", "0", "x", "-1", "9" * 50, "٣"):
        assert smtp_commands.size_limit({"SIZE": size}) is None


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("stage", Stage)
def test_every_failure_that_is_raised_has_a_diagnosis(kind: FailureKind, stage: Stage) -> None:
    assert diagnose_failure(Failure(kind), stage, Context()).kind
