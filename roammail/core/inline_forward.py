"""What of a message stands inside another when it is forwarded inline: a head of four fields,
its text, and its files. The original is hostile: what cannot be read goes along as a file.
"""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser

from roammail.core.mime_parts import Attachment

_SEPARATOR = "-------- Forwarded message --------"
_HIDDEN = frozenset({"script", "style", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote"})


def inline_parts(original: bytes) -> tuple[str, tuple[Attachment, ...]]:
    """The text to stand below the draft's, and the files to go along."""
    message = message_from_bytes(original, _class=EmailMessage, policy=SMTP)
    try:
        head = [f"{name}: {_clean(str(message[name]))}" for name in _NAMES if message[name]]
        text = _text(message)
        files = tuple(_files(message))
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        # The standard parser raises these on structures and charsets that are broken.
        whole = Attachment("message.eml", original, "application/octet-stream")
        return _SEPARATOR, (whole,)
    return "\n".join([_SEPARATOR, *head, "", text]), files


def text_and_files(original: bytes) -> tuple[str, tuple[Attachment, ...]]:
    """The text alone and the files, to be written anew; what cannot be read goes as a file."""
    message = message_from_bytes(original, _class=EmailMessage, policy=SMTP)
    try:
        return _text(message), tuple(_files(message))
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return "", (Attachment("message.eml", original, "application/octet-stream"),)


_NAMES = ("From", "Date", "Subject", "To", "Cc")


def _clean(text: str) -> str:
    return " ".join(text.split()).replace("\0", "").encode("utf-8", "replace").decode()


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    text = str(body.get_content())
    if body.get_content_subtype() == "html":
        reader = _HtmlText()
        reader.feed(text)
        reader.close()
        text = reader.text()
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _files(message: EmailMessage) -> list[Attachment]:
    found: list[Attachment] = []
    for number, part in enumerate(message.iter_attachments(), start=1):
        name = "".join(c for c in _clean(part.get_filename() or "") if c.isprintable())
        if part.get_content_maintype() in {"message", "multipart"}:
            inner = part.get_payload(0) if part.is_multipart() else part
            content = inner.as_bytes() if isinstance(inner, EmailMessage) else b""
            name = name or f"message-{number}.eml"
        else:
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
        # 60 characters stay under the limit of 255 octets in every script.
        stem, dot, ending = name[:200].rpartition(".")
        short = f"{(stem or ending)[:50]}{dot}{ending[:10] if stem else ''}"
        found.append(Attachment(short or f"file-{number}", content, part.get_content_type()))
    return found


class _HtmlText(HTMLParser):
    """The words of an HTML body, without what is not shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._pieces.append(" ".join(data.split()) + " " if data.strip() else " ")

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if line)
