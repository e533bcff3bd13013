"""When a complaint about what is being typed may be shown: never in the middle of a word.

What may still become right is complained of only once its field is left; what cannot, after a
pause. What is right again is so at once. Owns the waiting; what is right is others' to say.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

#: Milliseconds without a key press.
PAUSE = 600
#: Whoever looks something up in another window has not left the field.
_AWAY = frozenset({Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason})


class Gently(QObject):
    """`judge`: look again whether something is wrong; then ask `shows` for each field."""

    judge = Signal()

    def __init__(self, parent: QObject, pause: int = PAUSE) -> None:
        super().__init__(parent)
        self._editors: dict[QObject, str] = {}
        self._typed: set[str] = set()  # since the field was last left
        self._known: set[str] = set()  # was typed in at all
        self._pause = QTimer(self, singleShot=True, interval=pause)
        self._pause.timeout.connect(self._paused)
        self._paused_in: set[str] = set()
        self._now = ""

    def watch(self, field: str, editor: QWidget) -> None:
        """Notices when this field's editor is left."""
        self._editors[editor] = field
        editor.installEventFilter(self)

    def edited(self, field: str, *, complained: bool) -> None:
        """A change by the person. A complaint that is shown (`complained`) need not come anew."""
        if self._now != field and self._now:
            self._typed.discard(self._now)
        self._now = field
        self._known.add(field)
        self._typed.add(field)
        if not complained:
            self._paused_in.discard(field)
        self._pause.start()

    def chosen(self, field: str) -> None:
        """A change that is whole at once, as from a list."""
        self._known.add(field)
        self._typed.discard(field)

    def insist(self, fields: set[str]) -> None:
        """The person wants to go on: everything is complained of."""
        self._known |= fields
        self._typed -= fields

    def forget(self) -> None:
        """Begins anew."""
        self._pause.stop()
        self._typed.clear()
        self._known.clear()
        self._paused_in.clear()
        self._now = ""

    def shows(self, field: str, *, hopeful: bool) -> bool:
        """Whether to complain of it now. `hopeful`: more typing may put it right."""
        if field not in self._known:
            return False
        return field not in self._typed or (field in self._paused_in and not hopeful)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() is QEvent.Type.FocusOut:
            field = self._editors.get(watched)
            if field in self._typed and field is not None and event.reason() not in _AWAY:
                self._typed.discard(field)
                self.judge.emit()
        return super().eventFilter(watched, event)

    def _paused(self) -> None:
        self._paused_in.add(self._now)
        self.judge.emit()
