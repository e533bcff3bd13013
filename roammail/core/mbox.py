"""The messages of an mbox file (RFC 4155), one after the other. Pure: lines in, messages out."""

import re
from collections.abc import Iterable, Iterator

from roammail.core.errors import BadMessage

_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def split_mbox(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each message without its "From " line; ">From " within it loses one mark (mboxrd).

    A message begins at a line "From …" at the beginning or after an empty line. Raises
    BadMessage (`mbox-no-mbox`) where the first line is not one.
    """
    message: list[bytes] | None = None
    after_blank = True
    for line in lines:
        if after_blank and line.startswith(b"From "):
            if message is not None:
                yield _finished(message)
            message = []
        elif message is None:
            if line.strip():
                raise BadMessage(
                    "mbox-no-mbox", "This is not an mbox file: it does not begin with “From ”."
                )
        else:
            message.append(line)
        after_blank = not line.strip(b"\r\n")
    if message is not None:
        yield _finished(message)


def _finished(lines: list[bytes]) -> bytes:
    if lines and not lines[-1].strip(b"\r\n"):  # the empty line belongs to the separator
        lines = lines[:-1]
    return _QUOTED.sub(rb"\1", b"".join(lines))
