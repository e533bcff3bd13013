"""The tray icon: the Here page's sentence at a glance, the few things one does from there, and
one notice for each change that a person should hear of."""

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from roammail.core.delivery import Standing
from roammail.core.events import MessageStands
from roammail.ui.context import Context
from roammail.ui.models.headline import HeadlineKind
from roammail.ui.pages.here_words import told
from roammail.ui.theme import Tone

_SIZES = (16, 22, 24, 32, 48, 64)
_BADGES = {
    Tone.GOOD: "mdi6.check-bold",
    Tone.WARN: "mdi6.exclamation-thick",
    Tone.BAD: "mdi6.close-thick",
    Tone.BUSY: "mdi6.dots-horizontal",
}
#: Milliseconds for which a notice is asked to stay.
_STAY = 8000


class Tray(QObject):
    """`open_asked` for a click, `quit_asked` for the menu's last entry."""

    open_asked = Signal()
    quit_asked = Signal()
    noticed = Signal(str, str)

    def __init__(self, context: Context, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._icon = context, icon
        self._said: HeadlineKind | None = None
        self._through = ""
        self._stood: dict[int, Standing] = {}
        self._page: tuple[str, object | None] = ("here", None)
        self._tray = QSystemTrayIcon(self)
        self._menu = QMenu()
        self._build_menu()
        self._tray.setContextMenu(self._menu)
        self._tray.activated.connect(self._activated)
        self._tray.messageClicked.connect(self._clicked)
        context.situation.headline_changed.connect(self._show_headline)
        context.bridge.happened.connect(self._happened)
        context.theme.changed.connect(self._show_headline)
        self._show_headline()

    @property
    def there(self) -> bool:
        """Whether this desktop has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def words(self) -> str:
        """What the tip says."""
        return self._tray.toolTip()

    def show(self) -> None:
        """Puts the icon there."""
        self._tray.show()

    def hide(self) -> None:
        """Takes it away."""
        self._tray.hide()

    def notice(self, title: str, words: str, page: str = "here", about: object = None) -> None:
        """Through the desktop; a click on it opens `page`."""
        self._page = (page, about)
        self.noticed.emit(title, words)
        if self._tray.isVisible() and QSystemTrayIcon.supportsMessages():
            self._tray.showMessage(title, words, self._icon, _STAY)

    def _build_menu(self) -> None:
        say = self._context.say
        self._state = QAction("", self._menu)
        self._state.setEnabled(False)
        self._menu.addAction(self._state)
        self._menu.addSeparator()
        for words, act in (
            (say("&Open RoamMail"), self.open_asked.emit),
            (say("&Write"), lambda: self._go("write")),
            (say("&Outbox"), lambda: self._go("outbox")),
            (say("&Test again"), self._context.prober.test),
        ):
            action = QAction(words, self._menu)
            action.triggered.connect(lambda _=False, act=act: act())
            self._menu.addAction(action)
        self._menu.addSeparator()
        quit_it = QAction(say("&Quit"), self._menu)
        quit_it.triggered.connect(self.quit_asked)
        self._menu.addAction(quit_it)

    def _go(self, page: str) -> None:
        self.open_asked.emit()
        self._context.go(page, None)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.open_asked.emit()

    def _clicked(self) -> None:
        self.open_asked.emit()
        self._context.go(*self._page)

    def _show_headline(self) -> None:
        situation, say = self._context.situation, self._context.say
        headline = situation.headline()
        if headline.kind is HeadlineKind.NO_PROFILES:
            title, tone = say("There is no profile yet."), Tone.QUIET
        elif headline.kind is HeadlineKind.KEYRING:
            title, tone = say("Your profiles cannot be read."), Tone.BAD
        else:
            shown = told(headline, say, "", None, busy=situation.probing)
            title, tone = shown.title, shown.tone
        self._tray.setToolTip(f"RoamMail\n{title}")
        self._state.setText(title)
        self._tray.setIcon(self._badged(tone))
        self._tell_change(headline.kind, title, headline.profile.name if headline.profile else "")

    def _tell_change(self, kind: HeadlineKind, title: str, through: str) -> None:
        """One notice a change of the state; not for the first state, nor while it is looked for."""
        if kind in (HeadlineKind.STARTING, HeadlineKind.CHECKING, HeadlineKind.UNTESTED):
            return
        before, self._said = self._said, kind
        another, self._through = through != self._through, through
        if before is None or (before is kind and not (another and through)):
            return
        if kind is HeadlineKind.NO_PROFILES:
            return
        self.notice(title, "", "here")

    def _happened(self, event: object) -> None:
        if not isinstance(event, MessageStands):
            return
        before = self._stood.get(event.outbox_id)
        self._stood[event.outbox_id] = event.standing
        if before is event.standing:
            return
        say = self._context.say
        words = {
            Standing.SENT: (say("Your message was sent."), ""),
            Standing.REFUSED: (
                say("Your message was refused."),
                say("Open the outbox to see why, and what to do."),
            ),
            Standing.UNCERTAIN: (
                say("Your message may have been sent."),
                say("The answer of the server was lost. Open the outbox to decide."),
            ),
            Standing.GIVEN_UP: (
                say("No server took your message for days."),
                say("It is kept in the outbox."),
            ),
        }.get(event.standing)
        if words is not None:
            self.notice(*words, "outbox", event.outbox_id)

    def _badged(self, tone: Tone) -> QIcon:
        """The program's icon with a badge: colour and glyph say the state."""
        icon = QIcon()
        for size in _SIZES:
            pixmap = self._icon.pixmap(QSize(size, size))
            if pixmap.isNull():
                pixmap = QPixmap(size, size)
                pixmap.fill(Qt.GlobalColor.transparent)
            self._paint_badge(pixmap, size, tone)
            icon.addPixmap(pixmap)
        return icon

    def _paint_badge(self, pixmap: QPixmap, size: int, tone: Tone) -> None:
        glyph = _BADGES.get(tone)
        if glyph is None:
            return
        theme = self._context.theme
        side = size * 0.56
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(QPointF(size - side, size - side), QPointF(size, size))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(tone))
        painter.drawEllipse(box)
        inner = side * 0.2
        glyph_box: QRect = box.adjusted(inner, inner, -inner, -inner).toAlignedRect()
        theme.icon(glyph, Tone.CARD).paint(painter, glyph_box)
        painter.end()
