"""The help pages to read: their titles at the side, one of them open. Loads nothing from
anywhere: the pages are RoamMail's own, and their links lead to each other only.
"""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from roammail.ui.context import Context
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.texts import text
from roammail.words.help_pages import HelpPage, help_pages, linked_topic

#: Hundredths of a line's height.
_LINE_HEIGHT = 135
_TITLES = 300  # pixels that the titles take at most where they want more
_INDENT = 20  # pixels of a list
_SUB = Role.HEADING


class _Pages(QTextBrowser):
    """Shows what it is given and fetches nothing."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return None


class HelpViewer(QWidget):
    """`left` when the person goes back."""

    left = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._pages: tuple[HelpPage, ...] = help_pages(context.words.language)
        self._build()
        context.theme.changed.connect(self._draw)

    @property
    def page(self) -> HelpPage:
        """The one that is open."""
        return self._pages[max(0, self.titles.currentRow())]

    def open(self, topic: str) -> None:
        """Shows the page of a topic."""
        row = next((n for n, page in enumerate(self._pages) if page.topic == topic), 0)
        self.titles.setCurrentRow(row)
        self.browser.setFocus()

    def _build(self) -> None:
        theme, say = self._context.theme, self._context.say
        column = QVBoxLayout(self)
        column.setContentsMargins(XL + S, L, XL + S, XL)
        column.setSpacing(L)
        head = QHBoxLayout()
        head.setSpacing(M)
        back = button(theme, say("&Back"), ButtonKind.PLAIN, "mdi6.arrow-left")
        back.clicked.connect(self.left)
        head.addWidget(back)
        head.addWidget(text(theme, say("About relaying"), Role.TITLE), 1)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(L)
        self.titles = QListWidget()
        self.titles.setAccessibleName(say("Help pages"))
        self.titles.setWordWrap(True)
        self.titles.setProperty("choice", "true")
        self.titles.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.titles.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.titles.setFrameShape(QListWidget.Shape.NoFrame)
        for page in self._pages:
            item = QListWidgetItem(page.title)
            item.setToolTip(f"{page.title}\n{page.summary}")
            self.titles.addItem(item)
        metrics = self.titles.fontMetrics()
        widest = max(metrics.horizontalAdvance(page.title) for page in self._pages)
        wanted = widest + 2 * XL  # the style sheet's padding comes later
        self.titles.setMinimumWidth(min(wanted, _TITLES))
        row.addWidget(self.titles, 2)
        self.browser = _Pages()
        self.browser.setAccessibleName(say("The help page"))
        self.browser.setOpenLinks(False)
        self.browser.setOpenExternalLinks(False)
        self.browser.anchorClicked.connect(self._follow)
        self.browser.document().setDocumentMargin(L)
        self.browser.document().setIndentWidth(_INDENT)
        row.addWidget(self.browser, 5)
        column.addLayout(row, 1)
        self.titles.currentRowChanged.connect(self._draw)
        self.titles.setCurrentRow(0)

    def _draw(self) -> None:
        theme, browser = self._context.theme, self.browser
        document = browser.document()
        document.setDefaultFont(theme.font(Role.BODY))
        document.setDefaultStyleSheet(f"a {{ color: {theme.colour(Tone.ACCENT).name()}; }}")
        features = QTextDocument.MarkdownFeature
        kinds = features.MarkdownDialectGitHub | features.MarkdownNoHTML
        document.setMarkdown(f"# {self.page.title}\n\n{self.page.body}", kinds)
        self._space(document)
        self.browser.setAccessibleDescription(self.page.title)
        browser.verticalScrollBar().setValue(0)

    def _space(self, document: QTextDocument) -> None:
        """Lines that are easy to read, and colours of the theme where Markdown has its own."""
        theme = self._context.theme
        block = document.begin()
        while block.isValid():
            cursor = QTextCursor(block)
            look = QTextBlockFormat(block.blockFormat())
            if look.headingLevel():
                look.setTopMargin(L if look.headingLevel() > 1 else 0)
                look.setBottomMargin(M)
                _set_font(block, theme.font(Role.TITLE if look.headingLevel() == 1 else _SUB))
            elif look.hasProperty(look.Property.BlockCodeFence.value):
                look.setBackground(theme.colour(Tone.FIELD))
                look.setLeftMargin(M)
                _set_font(block, theme.mono())
            else:
                kind = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
                look.setLineHeight(_LINE_HEIGHT, kind)
            cursor.setBlockFormat(look)
            block = block.next()
        self._recolour(document)

    def _recolour(self, document: QTextDocument) -> None:
        """Links have the theme's colour; Markdown gives them the one of the palette it met."""
        colour = self._context.theme.colour(Tone.ACCENT)
        for begin, length in _links(document):
            look = QTextCharFormat()
            look.setForeground(colour)
            cursor = QTextCursor(document)
            cursor.setPosition(begin)
            cursor.setPosition(begin + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(look)

    def _follow(self, target: QUrl) -> None:
        topic = linked_topic(target.toString())
        if topic is not None:
            self.open(topic)


def _set_font(block: QTextBlock, font: QFont) -> None:
    look = QTextCharFormat()
    look.setFont(font)
    cursor = QTextCursor(block)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.mergeCharFormat(look)


def _links(document: QTextDocument) -> list[tuple[int, int]]:
    """Begin and length of each link."""
    found = []
    block = document.begin()
    while block.isValid():
        fragments = block.begin()
        while not fragments.atEnd():
            fragment = fragments.fragment()
            if fragment.charFormat().isAnchor():
                found.append((fragment.position(), fragment.length()))
            fragments += 1
        block = block.next()
    return found
