"""The large sentence with its sign, and the buttons: the one best thing to do, and one beside."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from roammail.ui.theme import L, M, Role, S, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import text

_SIGN = 44
#: Letters of the sentence that stand in a line at least.
_LEAST = 26


class Sign(QWidget):
    """A glyph on a round surface; both say what the tone says."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._icon, self._tone = theme, "", Tone.QUIET
        self.setFixedSize(_SIGN, _SIGN)

    def show_sign(self, icon: str, tone: Tone) -> None:
        """Another glyph and tone."""
        self._icon, self._tone = icon, tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIGN, _SIGN)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.soft(self._tone))
        painter.drawEllipse(QRectF(self.rect()))
        if self._icon:
            inner = self.rect().adjusted(11, 11, -11, -11)
            self._theme.icon(self._icon, self._tone).paint(painter, inner)


class HereHeader(QWidget):
    """`best_chosen` and `other_chosen` for its two buttons."""

    best_chosen = Signal()
    other_chosen = Signal()

    def __init__(self, theme: Theme, busy_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = Sign(theme)
        self.title = text(theme, "", Role.TITLE, selectable=False)
        self.subtitle = text(theme, "", Role.BODY, Tone.MUTED)
        self.other: QPushButton = button(theme, "", ButtonKind.PLAIN)
        self.best: QPushButton = button(theme, "", ButtonKind.PRIMARY)
        self.best.clicked.connect(self.best_chosen)
        self.other.clicked.connect(self.other_chosen)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(S)
        self._progress.setAccessibleName(busy_name)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        told = QHBoxLayout()
        told.setSpacing(M + S)
        told.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        told.addLayout(words, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(M + S)
        self._buttons.addWidget(self.other, 0, Qt.AlignmentFlag.AlignVCenter)
        self._buttons.addWidget(self.best, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row = row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(M + S)
        row.addLayout(told, 1)
        row.addLayout(self._buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(L)
        column.addLayout(row)
        column.addWidget(self._progress)
        self._progress.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where the sentence would be squeezed, the buttons move beneath it.
        sentence = _LEAST * self.title.fontMetrics().averageCharWidth() + _SIGN
        narrow = sentence + self._buttons.sizeHint().width() > self.width()
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)
        side = Qt.AlignmentFlag.AlignLeading if narrow else Qt.AlignmentFlag(0)
        self._row.setAlignment(self._buttons, side)

    def minimumSizeHint(self) -> QSize:
        buttons = (self.other, self.best)
        widths = [made.sizeHint().width() for made in buttons if not made.isHidden()]
        return QSize(sum(widths) + (M + S) * len(widths), super().minimumSizeHint().height())

    def tell(self, title: str, subtitle: str, icon: str, tone: Tone) -> None:
        """The sentence, what stands beneath it, and the sign."""
        self.title.setText(title)
        self.subtitle.setText(subtitle)
        self.subtitle.setVisible(bool(subtitle))
        self._sign.show_sign(icon, tone)
        self.setAccessibleName(f"{title} {subtitle}".strip())

    def offer(self, best: str, other: str) -> None:
        """What the buttons say; an empty one is hidden."""
        for made, words in ((self.best, best), (self.other, other)):
            if made.text() != words:
                rename(made, words)
            made.setVisible(bool(words))

    def show_progress(self, done: int, total: int) -> None:
        """`total` 0 hides it."""
        self._progress.setVisible(total > 0)
        self._progress.setMaximum(max(total, 1))
        self._progress.setValue(done)
