"""The record of one conversation, blanked by the writer itself: bounded in lines and length,
without credentials and without the content of messages. Never sees a socket."""

import base64
from collections.abc import Callable

from roammail.core.report import TranscriptLine
from roammail.core.secret import Secret

MAX_LINES = 400
MAX_CHARACTERS = 1_000
BLANK = "***"


class Transcript:
    """Writes lines; what is a secret never gets into it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._lines: list[TranscriptLine] = []
        self._needles: set[str] = set()

    @property
    def lines(self) -> tuple[TranscriptLine, ...]:
        """What was written, oldest first."""
        return tuple(self._lines)

    def guard(self, secret: Secret) -> None:
        """From now on nothing that shows this secret, plain or in base64, is written."""
        plain = secret.reveal()
        if plain:
            self._needles |= {plain, plain.casefold(), *_encoded(plain.encode())}

    def blank(self, text: str) -> str:
        """The text, or the blank in its place if it shows a guarded secret."""
        if any(needle in text or needle in text.casefold() for needle in self._needles):
            return BLANK
        return text

    def blank_cut(self, text: str) -> str:
        """The same for a text of which the end was cut off, perhaps within a secret."""
        tail = text.rstrip("…")
        if any(_begins_at_end(needle, tail) for needle in self._needles):
            return BLANK
        return self.blank(text)

    def blank_lines(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """The lines of a reply; none where the secret was folded over several."""
        shown = tuple(map(self.blank, lines))
        folded = shown == lines and self.blank("".join(lines)) == BLANK
        return (BLANK,) * len(lines) if folded else shown

    def client(self, command: str) -> None:
        """A command of ours that holds no secret."""
        self._write("C", command)

    def client_secret(self, command: str = "") -> None:
        """A line of ours that holds one: only its beginning is kept."""
        self._write("C", f"{command} {BLANK}".strip())

    def server(self, code: int, lines: tuple[str, ...]) -> None:
        """A reply as it came."""
        for number, line in enumerate(lines, 1):
            separator = " " if number == len(lines) else "-"
            self._write("S", f"{code}{separator}{line}")

    def note(self, text: str) -> None:
        """Something that happened between the lines."""
        self._write("-", text)

    def _write(self, direction: str, text: str) -> None:
        if len(self._lines) > MAX_LINES:
            return
        if len(self._lines) == MAX_LINES:
            direction, text = "-", "the record ends here: it holds no more lines"
        # Blanked before it is cut: a secret cut in two would no longer be found.
        shown = self.blank(text)
        if len(shown) > MAX_CHARACTERS:
            shown = shown[:MAX_CHARACTERS] + "…"
        self._lines.append(TranscriptLine(direction, shown, self._clock() - self._begun))


def _begins_at_end(needle: str, text: str) -> bool:
    """Whether the text ends with at least four characters of the beginning of `needle`."""
    return any(text.endswith(needle[:length]) for length in range(4, len(needle)))


def _encoded(plain: bytes) -> set[str]:
    """What base64 makes of `plain` alone, and of `plain` at any place within other octets."""
    found = {base64.b64encode(plain).decode().rstrip("=")}
    for before in range(3):
        # Characters at either end also carry bits of the neighbours: they are left out.
        whole = base64.b64encode(bytes(before) + plain)
        first = -(-before * 4 // 3)
        last = (before + len(plain)) * 8 // 6
        if last - first >= 4:
            found.add(whole[first:last].decode())
    return found
