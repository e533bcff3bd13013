"""Messages: composed, taken over, resent, forwarded; nothing smuggled in, no Bcc let out."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roammail.core.content_facts import facts_of
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadMessage
from roammail.core.message import Attachment, Draft, compose, forward, prepare, resend

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
ID = "<1.2@roammail.invalid>"
RAW = b"From: a@x.example\r\nTo: b@y.example\r\nSubject: s\r\n\r\nbody\r\n"


def made(**fields: Any) -> ReadyMessage:
    given_fields = {"from_": "me@x.example", "to": ("you@y.example",), **fields}
    return compose(Draft(**given_fields), now=NOW, message_id=ID)


def taken(raw: bytes, **more: Any) -> ReadyMessage:
    return prepare(raw, now=NOW, message_id=ID, **more)


def read(message: ReadyMessage) -> EmailMessage:
    return message_from_bytes(message.content, _class=EmailMessage, policy=SMTP)


def well_formed(content: bytes) -> bool:
    """CRLF line ends only, and a line end at the end."""
    return not re.search(rb"(?<!\r)\n|\r(?!\n)", content) and content.endswith(b"\r\n")


class TestCompose:
    def test_plain(self) -> None:
        message = made(subject="Hi", body="one\ntwo\n.\n", cc=("c@z.example",))
        parsed = read(message)
        assert message.envelope.sender == message.from_address == "me@x.example"
        assert message.envelope.recipients == ("you@y.example", "c@z.example")
        assert parsed["Date"] == "Mon, 04 May 2026 03:02:01 +0000"
        assert parsed["Message-ID"] == message.message_id == ID
        assert parsed.get_content() == "one\r\ntwo\r\n.\r\n"
        assert well_formed(message.content)
        assert message.content.isascii()

    def test_bcc_is_in_the_envelope_only(self) -> None:
        message = made(to=(), bcc=("hidden@z.example",))
        assert message.envelope.recipients == ("hidden@z.example",)
        assert b"hidden" not in message.content

    def test_each_mailbox_once(self) -> None:
        message = made(to=("A <a@x.example>, a@X.EXAMPLE",), cc=("A@x.example",))
        assert message.envelope.recipients == ("a@x.example", "A@x.example")

    def test_no_recipient(self) -> None:
        with pytest.raises(BadMessage) as caught:
            made(to=(" ", "friends:;"))
        assert caught.value.code == "recipients-missing"

    @pytest.mark.parametrize(
        "evil", ["a\nBcc: x@y.z", "a\rb", "a\0b", "a\x85b", "a\x1bb", "a\udce4"]
    )
    @pytest.mark.parametrize(
        ("code", "fields"),
        [
            ("subject-invalid", lambda t: {"subject": t}),
            ("name-invalid", lambda t: {"to": (f'"{t}" <b@y.example>',)}),
            ("name-invalid", lambda t: {"from_": f"{t.replace(':', '')} <b@y.example>"}),
            ("attachment-name-invalid", lambda t: {"attachments": (Attachment(t, b"x"),)}),
        ],
    )
    def test_nothing_is_smuggled(self, evil: str, code: str, fields: Any) -> None:
        with pytest.raises(BadMessage) as caught:
            made(**fields(evil))
        assert caught.value.code == code
        assert caught.value.message.isprintable()

    @pytest.mark.parametrize("kind", ["text", "a/b\r\nX: y", "a/b; c=d", "", "é/x"])
    def test_type_of_an_attachment(self, kind: str) -> None:
        with pytest.raises(BadMessage) as caught:
            made(attachments=(Attachment("n", b"", kind),))
        assert caught.value.code == "attachment-type-invalid"

    @pytest.mark.parametrize(
        ("body", "code"), [("a\0", "message-nul"), ("\udce4", "body-encoding")]
    )
    def test_text_that_cannot_be_sent(self, body: str, code: str) -> None:
        with pytest.raises(BadMessage) as caught:
            made(body=body)
        assert caught.value.code == code

    @given(
        st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200),
        st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120),
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=200),
    )
    @example("=?utf-8?q?fake?= x", '"Müller, Jürgen" ' * 9, "\r\r\n\n")
    @example("a " * 200, 'Plain, long name with \\ and " ' * 5, "é" * 100)
    def test_reads_back(self, subject: str, name: str, body: str) -> None:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        typed = f'"{quoted}" <b@y.example>, c@z.example' if name else "b@y.example, c@z.example"
        message = made(subject=subject, to=(typed,), body=body)
        parsed = read(message)
        assert message.content.isascii()
        assert well_formed(message.content)
        assert max(map(len, message.content.split(b"\r\n"))) <= 998
        assert list(parsed) == ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version",
                                "Content-Type", "Content-Transfer-Encoding"]  # fmt: skip
        assert [a.addr_spec for a in parsed["To"].addresses] == ["b@y.example", "c@z.example"]
        assert " ".join(str(parsed["Subject"]).split()) == " ".join(subject.split())
        assert (
            parsed.get_content().splitlines()
            == re.split("\r\n|\r|\n", body)[: -1 if re.search("[\r\n]$", body) else None]
            or re.search("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", body)
            or not body
        )

    @given(
        st.binary(max_size=400),
        st.text(
            st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60
        ).filter(str.strip),
    )
    def test_attachments_read_back(self, content: bytes, name: str) -> None:
        message = made(attachments=(Attachment(name, content, "text/html"),) * 2)
        found = list(read(message).iter_attachments())
        assert [part.get_payload(decode=True) for part in found] == [content, content]
        assert [part.get_filename() for part in found] == [name.strip(), name.strip()]
        assert well_formed(message.content)

    def test_international_addresses(self) -> None:
        domain_only = made(to=("ana@bücher.example",))
        assert domain_only.envelope.recipients == ("ana@bücher.example",)
        assert domain_only.content.isascii()
        assert not facts_of(domain_only.content).utf8_headers
        local = made(to=("Jürgen <jürgen@bücher.example>",))
        assert facts_of(local.content).utf8_headers
        assert "<jürgen@bücher.example>".encode() in local.content

    def test_sixty_megabytes(self) -> None:
        content = bytes(range(256)) * 234_375
        message = made(attachments=(Attachment("big.bin", content),))
        assert len(message.content) > 80_000_000
        again = taken(message.content)
        assert again.content is message.content  # nothing to change, nothing copied

    @pytest.mark.parametrize("wrong", ["", "x@y", "<x>", "<a@b>\r\nX: y", "<ü@b>", "<a @b>"])
    def test_message_id_is_checked(self, wrong: str) -> None:
        with pytest.raises(ValueError, match="Message-ID"):
            compose(Draft("a@b.c", ("d@e.f",)), now=NOW, message_id=wrong)


class TestPrepare:
    def test_adds_what_is_missing_once(self) -> None:
        first = taken(RAW)
        assert first.content == (
            b"From: a@x.example\r\nTo: b@y.example\r\nSubject: s\r\n"
            b"Date: Mon, 04 May 2026 03:02:01 +0000\r\nMessage-ID: <1.2@roammail.invalid>\r\n"
            b"\r\nbody\r\n"
        )
        second = prepare(first.content, now=NOW, message_id="<other@roammail.invalid>")
        assert second.content == first.content
        assert second.message_id == ID
        assert second.subject == "s"

    def test_bcc_goes_and_nothing_else_changes(self) -> None:
        header = b"From: a@x.example\r\nX-Odd :  \t kept \xff\r\n\tfolded\r\n"
        rest = b"Date: d\r\nMessage-ID: <m@x>\r\n\r\nBcc: in the body\r\n\tstays\xfe\r\n"
        raw = header + b"bCC : c@z.example,\r\n d@z.example\r\n\t, e@z.example\r\n" + rest
        message = taken(raw)
        assert message.content == header + rest
        assert message.envelope.recipients == ("c@z.example", "d@z.example", "e@z.example")
        assert message.message_id == "<m@x>"

    @given(st.lists(st.sampled_from([
        b"Subject: x", b"Bcc: secret@z.example", b" secret, more", b"\tsecret", b"BCC:secret",
        b"Resent-Bcc: secret@z.example", b"X: \xe4", b"", b"To: b@y.example", b"body secret-not",
    ]), max_size=14), st.sampled_from([b"\r\n", b"\n", b"\r"]))  # fmt: skip
    def test_blind_copies_never_leave(self, lines: list[bytes], end: bytes) -> None:
        raw = end.join([b"From: a@x.example", *lines]) + end
        try:
            message = taken(raw, recipients=["b@y.example"])
        except BadMessage:
            return
        header = message.content.partition(b"\r\n\r\n")[0].lower()
        assert not re.search(rb"(?m)^(resent-)?bcc", header)
        assert well_formed(message.content)

    @given(st.binary(max_size=300))
    def test_the_body_keeps_its_octets(self, body: bytes) -> None:
        body = body.replace(b"\0", b"") + b"\r\n"
        expected = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
        assert taken(RAW + body).content.endswith(b"body\r\n" + expected)

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (b"", "message-empty"),
            (b" \r\n", "message-empty"),
            (b"\x89PNG\r\n\x1a\n\0\0", "message-nul"),
            (b"just words\n", "message-no-header"),
            (b"\r\nFrom: a@x.example\r\n\r\n", "message-no-header"),
            (b" From: a@x.example\r\n\r\n", "message-no-header"),
            (b"From: a@x.example\r\nwords\r\nBcc: c@z.example\r\n\r\n", "message-header-broken"),
            (b"From: a@x.example\r\n" * 60_000, "message-header-too-long"),
            (b"To: b@y.example\r\n\r\n", "from-missing"),
            (b"From: a@x.example\r\n\r\n", "recipients-missing"),
            (b"From: nobody\r\nTo: b@y.example\r\n\r\n", "address-invalid"),
            (b"From: a@x.example\r\nTo: \xff@y.example\r\n\r\n", "address-invalid"),
            (b"From \r\n", "message-no-header"),
        ],
    )  # fmt: skip
    def test_no_message(self, raw: bytes, code: str) -> None:
        with pytest.raises(BadMessage) as caught:
            taken(raw)
        assert caught.value.code == code

    def test_given_envelope(self) -> None:
        message = taken(RAW, sender="bounce@x.example", recipients=["z@z.example"])
        assert message.envelope.sender == "bounce@x.example"
        assert message.envelope.recipients == ("z@z.example",)
        assert message.from_address == "a@x.example"
        assert taken(RAW, sender="").envelope.sender == ""

    def test_from_is_added_from_the_sender(self) -> None:
        message = taken(b"To: b@y.example\n\nhi", sender="me@x.example")
        assert b"\r\nFrom: me@x.example\r\n" in message.content
        assert message.from_address == "me@x.example"
        assert message.content.endswith(b"\r\n\r\nhi\r\n")

    @pytest.mark.parametrize(
        ("header", "author"),
        [
            (b"From: a@x.example\r\nSender: s@x.example\r\n", "a@x.example"),
            (b"From: a@x.example, b@x.example\r\nSender: s@x.example\r\n", "s@x.example"),
            (b"From: a@x.example, b@x.example\r\n", "a@x.example"),
            (b"Resent-From: r@x.example\r\nFrom: a@x.example\r\n", "r@x.example"),
        ],
    )
    def test_who_the_author_is(self, header: bytes, author: str) -> None:
        assert taken(header + b"To: b@y.example\r\n\r\n").from_address == author

    def test_newest_resent_block_gives_the_recipients(self) -> None:
        raw = b"Resent-To: new@z.example\r\nResent-To: old@z.example\r\n" + RAW
        assert taken(raw).envelope.recipients == ("new@z.example",)

    def test_mbox_line_and_empty_message_id(self) -> None:
        message = taken(
            b"From a@x.example Mon May  4\n" + RAW.replace(b"\r\n\r\n", b"\r\nMessage-ID:\r\n\r\n")
        )
        assert message.content.startswith(b"From: ")
        assert message.content.lower().count(b"message-id:") == 1
        assert message.message_id == ID

    def test_eight_bit_is_seen(self) -> None:
        assert facts_of(taken(RAW + b"\xe4\r\n").content).eight_bit
        assert not facts_of(taken(RAW + b"\xe4\r\n").content).utf8_headers


class TestResend:
    def test_block_stands_first(self) -> None:
        original = RAW.replace(
            b"\r\n\r\n", b"\r\nBcc: h@z.example\r\nDate: d\r\nMessage-ID: <m@x>\r\n\r\n"
        )
        message = resend(
            original, from_="Me <me@x.example>", to=["n@z.example"], bcc=["q@z.example"],
            now=NOW, message_id=ID,
        )  # fmt: skip
        assert message.content == (
            b"Resent-From: Me <me@x.example>\r\nResent-To: n@z.example\r\n"
            b"Resent-Date: Mon, 04 May 2026 03:02:01 +0000\r\n"
            b"Resent-Message-ID: <1.2@roammail.invalid>\r\n"
        ) + original.replace(b"Bcc: h@z.example\r\n", b"")
        assert message.envelope.recipients == ("n@z.example", "q@z.example")
        assert message.from_address == "me@x.example"
        assert message.message_id == ID

    def test_needs_a_recipient(self) -> None:
        with pytest.raises(BadMessage, match="recipient"):
            resend(RAW, from_="me@x.example", to=[], now=NOW, message_id=ID)


class TestForward:
    ORIGINAL = made(
        subject="Grüße", body="Tach\n", bcc=("h@z.example",),
        attachments=(Attachment("ä.pdf", b"%PDF", "application/pdf"),),
    )  # fmt: skip
    DRAFT = Draft("me@x.example", ("n@z.example",), body="see below")

    def test_attached_octet_for_octet(self) -> None:
        raw = self.ORIGINAL.content.replace(b"\r\nTo:", b"\r\nBcc: h@z.example\r\nTo:", 1)
        message = forward(raw, self.DRAFT, inline=False, now=NOW, message_id=ID)
        assert self.ORIGINAL.content in message.content
        assert b"h@z.example" not in message.content
        parsed = read(message)
        assert parsed["Subject"] == "Fwd: Grüße"
        assert [p.get_content_type() for p in parsed.iter_attachments()] == ["message/rfc822"]

    def test_inline(self) -> None:
        message = forward(self.ORIGINAL.content, self.DRAFT, inline=True, now=NOW, message_id=ID)
        parsed = read(message)
        body = parsed.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert text.startswith("see below")
        assert "Subject: Grüße" in text
        assert "Tach" in text
        (file,) = parsed.iter_attachments()
        assert (file.get_filename(), file.get_payload(decode=True)) == ("ä.pdf", b"%PDF")

    def test_inline_of_html(self) -> None:
        raw = (
            b"From: a@x.example\r\nContent-Type: text/html\r\n\r\n<head><title>t</title></head>"
            b"<style>no</style><p>Hello <b>there</b><br>you &amp; me<script>evil</script>"
        )
        message = forward(raw, self.DRAFT, inline=True, now=NOW, message_id=ID)
        text = read(message).get_content()
        assert "Hello there\r\nyou & me" in text
        assert "evil" not in text

    @given(st.binary(max_size=300), st.sampled_from([
        b"", b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/plain; charset=nope\r\n",
        b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n",
    ]))  # fmt: skip
    def test_any_original_gives_a_message(self, body: bytes, kind: bytes) -> None:
        raw = b"From: a@x.example\r\n" + kind + b"\r\n" + body.replace(b"\0", b"")
        for inline in (True, False):
            message = forward(raw, self.DRAFT, inline=inline, now=NOW, message_id=ID)
            assert well_formed(message.content)
            assert message.envelope.recipients == ("n@z.example",)
