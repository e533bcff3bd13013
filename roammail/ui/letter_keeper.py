"""Keeps one letter while it is written: in memory at once, on the disk when typing pauses.

What is asked of the engine happens one after the other, so that an older text never overwrites a
newer one. Knows no widget.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer, Signal
from PySide6.QtGui import QImage, QImageWriter

from roammail.core.composing import How
from roammail.core.letter import AttachedFile, Letter
from roammail.core.message import Attachment
from roammail.engine.desk import Desk, Sent
from roammail.ui.bridge import Bridge

#: Milliseconds after the last key, and at most while typing goes on.
PAUSE, AT_MOST = 600, 4000


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Desk, Letter], Awaitable[Any]]
    done: Callable[[Letter, Any], None]
    failed: Callable[[Exception], None]


class LetterKeeper(QObject):
    """`letter` is what the person sees. A new one for each letter; `leave` ends its work."""

    files_changed = Signal()
    kept = Signal()
    failed = Signal(object)
    sent = Signal(object)  # engine.desk.Sent
    not_sent = Signal(object)

    def __init__(self, bridge: Bridge, letter: Letter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.letter = letter
        self._jobs: deque[_Job] = deque()
        self._busy = self._dirty = self._leaving = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self.save)
        self._limit = QTimer(self, singleShot=True, interval=AT_MOST)
        self._limit.timeout.connect(self.save)

    @property
    def is_saved(self) -> bool:
        """Whether the disk has what the person sees."""
        return not self._dirty and not self._busy and not self._jobs

    def change(self, **fields: str) -> None:
        """The person typed."""
        self._changed(replace(self.letter, **fields))  # type: ignore[arg-type]

    def take_off(self, file: AttachedFile) -> None:
        """A file does not go along; `put_back` undoes it as long as the letter lives."""
        files = tuple(one for one in self.letter.files if one.id != file.id)
        self._changed(replace(self.letter, files=files))
        self.files_changed.emit()

    def put_back(self, file: AttachedFile) -> None:
        """Undoes `take_off`."""
        self._changed(replace(self.letter, files=(*self.letter.files, file)))
        self.files_changed.emit()

    def drop_original(self) -> None:
        """The message that was to be passed on does not go along."""
        self._changed(replace(self.letter, how=How.NEW, original=None))
        self.files_changed.emit()

    def attach(self, path: Path) -> None:
        """Takes a copy of a file along."""
        self._add(lambda desk, letter: desk.attach(letter, path))

    def attach_content(self, file: Attachment) -> None:
        """The same for octets."""
        self._add(lambda desk, letter: desk.attach_content(letter, file))

    def attach_image(self, image: QImage, name: str) -> None:
        """The same for a picture from the clipboard; it is packed in another thread."""

        async def work(desk: Desk, letter: Letter) -> Letter:
            content = await asyncio.to_thread(_png, image)
            return await desk.attach_content(letter, Attachment(name, content, "image/png"))

        self._add(work)

    def send(self, hold: float) -> None:
        """Hands it to the outbox; `sent` or `not_sent` follows."""
        self._still()
        self._do(lambda desk, letter: desk.send(letter, hold), self._was_sent, self.not_sent.emit)

    def save(self) -> None:
        """Now."""
        self._still()
        if self._dirty:
            self._dirty = False
            self._do(_save, self._was_kept, self._was_not_kept)

    def discard(self) -> None:
        """Throws it away, with what is kept of it."""
        self._still()
        self._dirty = False
        self._do(_discard, self._was_discarded, self.failed.emit)

    def leave(self) -> None:
        """Keeps what is not kept yet; then nobody needs this any more."""
        self.save()
        self._leaving = True
        self._next()

    def _changed(self, letter: Letter) -> None:
        if letter == self.letter:
            return
        self.letter, self._dirty = letter, True
        self._pause.start()
        if not self._limit.isActive():
            self._limit.start()

    def _still(self) -> None:
        self._pause.stop()
        self._limit.stop()

    def _add(self, work: Callable[[Desk, Letter], Awaitable[Letter]]) -> None:
        self._do(work, self._was_added, self.failed.emit)

    def _do(
        self,
        work: Callable[[Desk, Letter], Awaitable[Any]],
        done: Callable[[Letter, Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._jobs.append(_Job(work, done, failed))
        self._next()

    def _next(self) -> None:
        if self._busy:
            return
        if not self._jobs:
            if self._leaving:
                self.deleteLater()
            return
        job, before = self._jobs.popleft(), self.letter
        self._busy = True

        def done(value: Any) -> None:
            self._busy = False
            job.done(before, value)
            self._next()

        def failed(error: Exception) -> None:
            self._busy = False
            job.failed(error)
            self._next()

        self._bridge.submit(lambda engine: job.work(engine.desk, before), done, failed, owner=self)

    # What came back; `before` is the letter as it was when the engine was asked

    def _was_kept(self, before: Letter, kept: Letter) -> None:
        self.letter = replace(self.letter, id=kept.id, changed=kept.changed)
        self.kept.emit()

    def _was_not_kept(self, error: Exception) -> None:
        self._dirty = True
        self._limit.start()  # the disk may have room again
        self.failed.emit(error)

    def _was_added(self, before: Letter, kept: Letter) -> None:
        known = {file.id for file in before.files}
        new = tuple(file for file in kept.files if file.id not in known)
        self.letter = replace(
            self.letter, id=kept.id, changed=kept.changed, files=(*self.letter.files, *new)
        )
        if self.letter != kept:
            self._dirty = True
            self._pause.start()
        self.files_changed.emit()
        self.kept.emit()

    def _was_sent(self, before: Letter, sent: Sent) -> None:
        self.letter = sent.letter
        self._dirty = False
        self.sent.emit(sent)

    def _was_discarded(self, before: Letter, nothing: None) -> None:
        self.letter = replace(self.letter, id=None)


async def _save(desk: Desk, letter: Letter) -> Letter:
    if not letter.is_blank:
        return await desk.keep(letter)
    await desk.discard(letter)  # nothing is left of it
    return replace(letter, id=None, changed=None)


async def _discard(desk: Desk, letter: Letter) -> None:
    await desk.discard(letter)


def _png(image: QImage) -> bytes:
    octets = QByteArray()
    buffer = QBuffer(octets)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(octets.data())
