"""Colours, fonts, distances and icons, light and dark as the system says.

Every text colour keeps a contrast of 4.5 to 1 on the surfaces it stands on (a test computes it).
Widgets ask while they paint, so that a change of the system's colours needs no restart.
"""

from enum import Enum, StrEnum

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from roammail.resource_files import resource
from roammail.ui.icons import Glyphs
from roammail.ui.style_sheet import style_sheet

#: The grid, in device-independent pixels.
S, M, L, XL = 4, 8, 16, 24


class Tone(StrEnum):
    """What a colour is for."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    BUSY = "busy"
    QUIET = "quiet"
    ACCENT = "accent"
    TEXT = "text"
    MUTED = "muted"
    SURFACE = "surface"  # behind everything
    SIDEBAR = "sidebar"
    CARD = "card"
    LINE = "line"
    ON_ACCENT = "on-accent"  # text on a filled button
    FIELD = "field"  # behind what a server said, and where one types


class Role(Enum):
    """A kind of text: size relative to the system's font, and weight."""

    TITLE = (1.65, QFont.Weight.Bold)
    HEADING = (1.12, QFont.Weight.DemiBold)
    STRONG = (1.0, QFont.Weight.DemiBold)
    BODY = (1.0, QFont.Weight.Normal)
    SMALL = (0.88, QFont.Weight.Normal)


T = Tone
_LIGHT = {
    T.GOOD: "#146c43",
    T.WARN: "#7a4f00",
    T.BAD: "#b3261e",
    T.BUSY: "#1f55c4",
    T.QUIET: "#59606b",
    T.ACCENT: "#1f55c4",
    T.TEXT: "#1a1c20",
    T.MUTED: "#59606b",
    T.SURFACE: "#f6f7f9",
    T.SIDEBAR: "#eceef2",
    T.CARD: "#ffffff",
    T.LINE: "#e0e3e8",
    T.ON_ACCENT: "#ffffff",
    T.FIELD: "#f4f5f8",
}
_DARK = {
    T.GOOD: "#6fd39c",
    T.WARN: "#f3c262",
    T.BAD: "#f5938b",
    T.BUSY: "#8ab4f8",
    T.QUIET: "#a3aab5",
    T.ACCENT: "#8ab4f8",
    T.TEXT: "#eceef2",
    T.MUTED: "#a3aab5",
    T.SURFACE: "#16181c",
    T.SIDEBAR: "#1c1f24",
    T.CARD: "#202429",
    T.LINE: "#32373e",
    T.ON_ACCENT: "#0e1a30",
    T.FIELD: "#191c20",
}
_SOFT_LIGHT = {
    T.GOOD: "#e4f4eb",
    T.WARN: "#fff2d6",
    T.BAD: "#fdeae8",
    T.BUSY: "#e6eefc",
    T.ACCENT: "#e3ecfc",
    T.QUIET: "#eceef2",
}
_SOFT_DARK = {
    T.GOOD: "#17321f",
    T.WARN: "#3a2e10",
    T.BAD: "#432221",
    T.BUSY: "#1d2f4f",
    T.ACCENT: "#22365a",
    T.QUIET: "#2b3037",
}


class Theme(QObject):
    """The looks in force. `dark` None follows the system."""

    changed = Signal()

    def __init__(self, dark: bool | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._forced = dark
        self._glyphs = Glyphs()
        self._rules = False
        self._dressed: list[QWidget] = []
        hints = QGuiApplication.styleHints()
        self._dark = hints.colorScheme() is Qt.ColorScheme.Dark if dark is None else dark
        hints.colorSchemeChanged.connect(self._system_changed)

    @property
    def dark(self) -> bool:
        """Whether the surfaces are dark."""
        return self._dark

    def force(self, dark: bool | None) -> None:
        """Light or dark whatever the system says; None follows it again."""
        self._forced = dark
        system = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        self._become(system if dark is None else dark)

    def colour(self, tone: Tone) -> QColor:
        """The colour in force."""
        return QColor((_DARK if self._dark else _LIGHT)[tone])

    def soft(self, tone: Tone) -> QColor:
        """The pale surface on which text of this tone stands, as on a pill."""
        return QColor((_SOFT_DARK if self._dark else _SOFT_LIGHT)[tone])

    def icon(self, name: str, tone: Tone = Tone.TEXT) -> QIcon:
        """A glyph of qtawesome's Material set, such as "mdi6.check", in the tone's colour."""
        return self._glyphs.icon(name, lambda: self.colour(tone))

    def font(self, role: Role) -> QFont:
        """The system's font in this role."""
        factor, weight = role.value
        font = QFont(QGuiApplication.font())
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * factor)
        else:
            font.setPixelSize(max(1, round(font.pixelSize() * factor)))
        font.setWeight(weight)
        return font

    def mono(self) -> QFont:
        """The system's fixed-width font, for what servers say."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        size = self.font(Role.SMALL)
        if size.pointSizeF() > 0:
            font.setPointSizeF(size.pointSizeF())
        return font

    def dress(self, widget: QWidget) -> None:
        """Gives a window or a dialog the style sheet, now and after every change."""
        self._dressed = [other for other in self._dressed if shiboken6.isValid(other)]
        self._dressed.append(widget)
        widget.setStyleSheet(self._sheet())

    def rule(self) -> None:
        """Gives Qt's own widgets these colours, in the whole application."""
        self._rules = True
        QApplication.setPalette(self.palette())

    def palette(self) -> QPalette:
        """Qt's own widgets in these colours."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, tone in (
            (roles.Window, T.SURFACE),
            (roles.WindowText, T.TEXT),
            (roles.Base, T.CARD),
            (roles.AlternateBase, T.FIELD),
            (roles.Text, T.TEXT),
            (roles.Button, T.CARD),
            (roles.ButtonText, T.TEXT),
            (roles.ToolTipBase, T.CARD),
            (roles.ToolTipText, T.TEXT),
            (roles.PlaceholderText, T.MUTED),
            (roles.Highlight, T.ACCENT),
            (roles.HighlightedText, T.ON_ACCENT),
            (roles.Link, T.ACCENT),
            (roles.LinkVisited, T.ACCENT),
            (roles.Mid, T.LINE),
        ):
            palette.setColor(role, self.colour(tone))
        muted = self.colour(T.MUTED)
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, muted)
        return palette

    def _sheet(self) -> str:
        colours = {tone.name.lower(): self.colour(tone).name() for tone in Tone}
        soft = _SOFT_DARK if self._dark else _SOFT_LIGHT
        colours |= {f"soft_{tone.name.lower()}": value for tone, value in soft.items()}
        look = "dark" if self._dark else "light"
        for drawing in ("tick", "chevron-up", "chevron-down"):
            file = resource("icons", f"{drawing}-{look}.svg")
            colours[drawing.replace("-", "_")] = str(file).replace("\\", "/")
        return style_sheet(colours)

    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        if self._forced is None:
            self._become(scheme is Qt.ColorScheme.Dark)

    def _become(self, dark: bool) -> None:
        if dark is self._dark:
            return
        self._dark = dark
        if self._rules:
            QApplication.setPalette(self.palette())
        for widget in self._dressed:
            if shiboken6.isValid(widget):
                widget.setStyleSheet(self._sheet())
                widget.update()
        self.changed.emit()
