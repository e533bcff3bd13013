"""Reads a message that nobody can be trusted to have written well: its parts and their text.

Owns bounds (octets, parts, depth, header lines) and tolerance: broken boundaries, unknown
charsets and encodings give what can be read. The standard parser is not used for the structure,
since it nests without limit. Knows nothing of what the parts mean.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

#: Octets of a message that are looked at: reports stand before the message that came back.
MESSAGE_LIMIT = 8 * 1024 * 1024
_HEADER_LIMIT = 64 * 1024
_PARTS, _DEPTH = 40, 6
_VALUE = 2_000
#: Octets of one part that are read as words.
_TEXT = 512 * 1024

#: Two of these make a message of a text.
_LETTER = frozenset({"from", "to", "subject", "date", "received", "return-path"})

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_PARAMETER = re.compile(
    r';\s{0,20}([\w*-]{1,40})\s{0,5}=\s{0,5}(?:"([^"]{0,400})"|([^\s;"]{1,400}))'
)
_TYPE = re.compile(r"\s{0,20}([\w.+-]{1,60}/[\w.+-]{1,80})")
_TAG = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li|p|div|tr)\b[^<>]{0,500}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?[a-z!][^<>]{0,2000}>", re.IGNORECASE)
_SILENT_TAG = re.compile(r"<(style|script|head)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MimePart:
    """One leaf or one enclosed message. `kind` is "type/subtype" in lower case."""

    kind: str
    parameters: tuple[tuple[str, str], ...]
    encoding: str
    body: bytes
    depth: int

    def octets(self) -> bytes:
        """The body decoded; what cannot be decoded stays as it came."""
        try:
            if self.encoding == "base64":
                letters = re.sub(rb"[^A-Za-z0-9+/]", b"", self.body)
                return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _padding(letters))
            if self.encoding == "quoted-printable":
                return quopri.decodestring(self.body)
        except (ValueError, binascii.Error):
            return self.body
        return self.body

    def text(self) -> str:
        """The body as text, HTML without its tags; wrong octets are shown as such."""
        said = _decoded(
            replace(self, body=self.body[: 3 * _TEXT]).octets()[:_TEXT],
            dict(self.parameters).get("charset", ""),
        )
        return _plain(said) if self.kind == "text/html" else said


def _padding(letters: bytes) -> bytes:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _decoded(octets: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            if name:
                return octets.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode("latin-1")


def _plain(html: str) -> str:
    """The words of an HTML text, a line for each block."""
    import html as entities

    html = re.sub(r"\s+", " ", _without_silent(html))
    text = _ANY_TAG.sub("", _TAG.sub("\n", html))
    return entities.unescape(text).replace("\u00a0", " ")


def _without_silent(html: str) -> str:
    kept, place = [], 0
    lowered = html.lower()
    if len(lowered) != len(html):
        lowered = html
    while found := _SILENT_TAG.search(html, place):
        kept.append(html[place : found.start()])
        end = lowered.find(f"</{found.group(1).lower()}", found.end())
        if end < 0:
            break  # never closed: its words are better than none
        place = end
    return "".join([*kept, html[place:]])


@dataclass(frozen=True, slots=True)
class Fields:
    """Header fields, names in lower case, values unfolded and cut; folded lines kept apart."""

    items: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str:
        """The first value of this name, "" if there is none."""
        return next((value for key, value in self.items if key == name), "")

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return any(key == name for key, _ in self.items)


def read_fields(block: bytes, value_limit: int = _VALUE) -> Fields:
    """The fields of a header block; lines that are none are passed over."""
    found: list[tuple[str, list[bytes]]] = []
    for raw in block[:_HEADER_LIMIT].split(b"\n"):
        line = raw.rstrip(b"\r")
        if line[:1] in (b" ", b"\t"):
            if found and len(found[-1][1]) < 60:
                found[-1][1].append(line.strip())
        elif match := _FIELD.match(line[: value_limit + 100]):
            found.append((match.group(1).decode("ascii").lower(), [match.group(2).strip()]))
    return Fields(
        tuple((name, b" ".join(v).decode("utf-8", "replace")[:value_limit]) for name, v in found)
    )


def split_header(raw: bytes) -> tuple[Fields, bytes]:
    """The fields at the beginning and what is below the first empty line."""
    end, below = len(raw), len(raw)
    for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n"):
        at = raw.find(mark, 0, _HEADER_LIMIT + 4)
        if 0 <= at < end:
            end, below = at, at + len(mark)
    if raw[:2] == b"\r\n" or raw[:1] == b"\n":
        return Fields(()), raw.lstrip(b"\r\n")
    return read_fields(raw[:end]), raw[below:]


def parameters_of(value: str) -> tuple[tuple[str, str], ...]:
    """The parameters of a Content-Type."""
    return tuple(
        (found.group(1).lower().rstrip("*"), found.group(2) or found.group(3) or "")
        for found in _PARAMETER.finditer(value)
    )


def type_of(fields: Fields) -> str:
    """The Content-Type without parameters; text/plain where there is none that can be read."""
    match = _TYPE.match(fields.first("content-type"))
    return match.group(1).lower() if match else "text/plain"


def may_be_message(raw: bytes) -> bool:
    """Whether the octets begin with header fields as a message does. A report's MIME fields
    are enough: programs save it without the others."""
    fields, _ = split_header(raw[: _HEADER_LIMIT + 4])
    named = {name for name, _ in fields.items} & _LETTER
    return len(named) > 1 or type_of(fields) == "multipart/report"


def walk(raw: bytes) -> tuple[Fields, tuple[MimePart, ...]]:
    """The header of a message, and its leaves and enclosed messages in order, bounded."""
    fields, body = split_header(raw[:MESSAGE_LIMIT])
    left = [_PARTS]
    return fields, tuple(_leaves(fields, body, 0, left))


def opening_text(raw: bytes) -> str:
    """The words for people: of a message its first readable part, else the octets as text."""
    if may_be_message(raw):
        _, parts = walk(raw)
        for kind in ("text/plain", "text/html"):
            for part in parts:
                if part.kind == kind and part.body.strip():
                    return part.text()
    return _decoded(raw[:_TEXT], "")


def _leaves(fields: Fields, body: bytes, depth: int, left: list[int]) -> Iterator[MimePart]:
    kind = type_of(fields)
    parameters = parameters_of(fields.first("content-type"))
    boundary = dict(parameters).get("boundary", "")
    if kind.startswith("multipart/") and boundary and depth < _DEPTH:
        for piece in _pieces(body, boundary.encode("utf-8", "replace"), left):
            inner, content = split_header(piece)
            yield from _leaves(inner, content, depth + 1, left)
        return
    encoding = fields.first("content-transfer-encoding").strip().lower()
    yield MimePart(kind, parameters, encoding, body, depth)


def _pieces(body: bytes, boundary: bytes, left: list[int]) -> Iterator[bytes]:
    """What stands between the boundary's lines; the closing one may be missing."""
    mark = b"--" + boundary
    place = 0 if body.startswith(mark) else body.find(b"\n" + mark)
    while place >= 0 and left[0] > 0:
        behind = body.find(mark, place) + len(mark)
        start = body.find(b"\n", behind)
        if start < 0 or body[behind : behind + 2] == b"--":
            return
        end = body.find(b"\n" + mark, start)
        left[0] -= 1
        # A line may both end one boundary and begin the next: the piece is empty then.
        yield body[start + 1 : max(end, start + 1) if end >= 0 else len(body)]
        place = end
