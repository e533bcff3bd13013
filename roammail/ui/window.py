"""The main window: sidebar, banner, and the pages of `pages_table.py`, each made when first shown.

Owns no knowledge of mail; what goes wrong without a page asking for it is shown in the banner.
What the pages are given is made with the first of them, after the window has been painted: until
then neither the engine's kinds nor the words for them are imported.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from roammail.core.errors import UserFacingError
from roammail.ui.bridge import Bridge
from roammail.ui.pages_table import PAGES, PageEntry
from roammail.ui.problem_words import problem_words
from roammail.ui.say import Say
from roammail.ui.theme import L, M, Theme, Tone
from roammail.ui.widgets.banner import Banner
from roammail.ui.widgets.sidebar import Entry, Sidebar
from roammail.words.sentences import Sentences

if TYPE_CHECKING:
    from roammail.ui.context import Context
    from roammail.ui.prober import Prober
    from roammail.ui.situation import Situation

_FIRST_SIZE = QSize(1080, 760)
#: Milliseconds after the first painting: by then Qt has sent the picture to the screen.
_ON_SCREEN = 1
#: Milliseconds after which a window that nobody paints, being out of sight, goes on all the same.
_UNSEEN = 300


class MainWindow(QMainWindow):
    """`closing` asks whoever owns the window what closing it means (see `app.py`)."""

    closing = Signal(QCloseEvent)
    demo_asked = Signal()
    #: Once: its first picture is on the screen and the first page is made, or it stays hidden.
    there = Signal()

    def __init__(
        self,
        bridge: Bridge,
        words: Sentences,
        theme: Theme,
        pages: Sequence[PageEntry] = PAGES,
        situation: "Situation | None" = None,
        prober: "Prober | None" = None,
    ) -> None:
        super().__init__()
        self.bridge = bridge
        self._words, self._say, self._theme = words, Say(words), theme
        self._given = (situation, prober)
        self._context: Context | None = None
        self._pages = {page.name: page for page in pages}
        self._made: dict[str, QWidget] = {}
        self.current = ""
        self._painted = self._is_begun = self._is_there = False
        self.setWindowTitle("RoamMail")
        self.setObjectName("main")
        self.resize(_FIRST_SIZE)
        self._build(pages)
        theme.dress(self)
        bridge.problem.connect(self.tell_problem)
        bridge.notice.connect(self.tell_notice)

    @property
    def context(self) -> "Context":
        """What the pages are given; made when it is first wanted."""
        if self._context is None:
            from roammail.ui.context import Context
            from roammail.ui.prober import Prober
            from roammail.ui.situation import Situation

            situation, prober = self._given
            situation = situation or Situation(self.bridge, self)
            prober = prober or Prober(self.bridge, situation, parent=self)
            self._context = Context(
                self.bridge, situation, prober, self._words, self._say, self._theme, self.go
            )
            prober.failed.connect(self.tell_problem)
            situation.outbox_changed.connect(self._count)
        return self._context

    def begin(self) -> None:
        """From now on, profiles are probed by themselves where the network changes."""
        self.context.prober.watch()

    def go(self, name: str, argument: object | None = None) -> None:
        """Shows a page; `argument`, unless it is None, goes to its `open_with`."""
        if name == "demo":
            self.demo_asked.emit()
            return
        entry = self._pages.get(name)
        if entry is None:
            return
        page = self._made.get(name)
        if page is None:
            page = self._made[name] = entry.make(self.context)
            self._stack.addWidget(page)
        self.current = name
        self._stack.setCurrentWidget(page)
        self._sidebar.show_chosen(name)
        if argument is not None and hasattr(page, "open_with"):
            page.open_with(argument)

    def page(self, name: str) -> QWidget | None:
        """A page that was shown already."""
        return self._made.get(name)

    def tell_problem(self, error: Exception) -> None:
        """Something went wrong that no page asked for."""
        self._banner.tell(problem_words(error, self._say), Tone.BAD)

    def tell_notice(self, notice: UserFacingError) -> None:
        """Something that the person should know."""
        self._banner.tell(problem_words(notice, self._say), Tone.WARN)

    def go_on(self) -> None:
        """Says that it is there, so that all else may begin: also where it is not to be shown."""
        if not self._is_there:
            self._is_there = True
            self.there.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.current and self._pages:  # seen at once, so that nothing jumps
            self._sidebar.show_chosen(next(iter(self._pages)))
        QTimer.singleShot(_UNSEEN, self, self._first_page)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(_ON_SCREEN, self, self._first_page)

    def _first_page(self) -> None:
        if self._is_begun:  # by its painting or, unseen, by the time that it took
            return
        self._is_begun = True
        try:
            if not self.current and self._pages:
                self.go(next(iter(self._pages)))
        finally:  # also where the page failed: mail that waits goes all the same
            self.go_on()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit(event)

    def _build(self, pages: Sequence[PageEntry]) -> None:
        say, theme = self._say, self._theme
        whole = QWidget()
        whole.setProperty("surface", "true")
        whole.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        entries = [Entry(p.name, say(p.title), p.icon, p.low) for p in pages]
        self._sidebar = Sidebar(theme, entries)
        self._sidebar.chosen.connect(self.go)
        row.addWidget(self._sidebar)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._banner = Banner(theme, say("Close this notice"))
        around = QVBoxLayout()
        around.setContentsMargins(L, M, L, 0)
        around.addWidget(self._banner)
        column.addLayout(around)
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)
        row.addLayout(column, 1)
        self.setCentralWidget(whole)

    def _count(self) -> None:
        situation, say = self.context.situation, self._say
        number = situation.waiting + situation.uncertain
        spoken = say.many("{number} message waits", "{number} messages wait", number)
        self._sidebar.show_number("outbox", number, spoken)
