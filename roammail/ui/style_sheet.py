"""The small style sheet: cards, buttons, fields, and the rows of the sidebar. Everything else
is the native style's, in the theme's palette.

Widgets choose by properties: `card` on a QFrame; `kind` (primary, plain, quiet, danger) on a
QPushButton; `tone` (muted, good, warn, bad, accent) on a QLabel.
"""

from collections.abc import Mapping
from string import Template

_SHEET = Template("""
QWidget[surface="true"] { background: $surface; }
QWidget[sidebar="true"] { background: $sidebar; }
QFrame[card="true"] { background: $card; border: 1px solid $line; border-radius: 10px; }
QFrame[field="true"] { background: $field; border: 1px solid $line; border-radius: 8px; }
QFrame[line="true"] { background: $line; border: none; }
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; }
QLabel[tone="accent"] { color: $accent; }
QScrollArea, QWidget[clear="true"] { background: transparent; border: none; }

QPushButton[kind] { padding: 7px 15px; border-radius: 8px; border: 1px solid $line; }
QPushButton[kind="plain"] { background: $card; color: $text; }
QPushButton[kind="plain"]:hover { background: $field; border-color: $muted; }
QPushButton[kind="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; padding: 6px 14px; }
QPushButton[kind="danger"] { background: $card; color: $bad; }
QPushButton[kind="danger"]:hover { background: $soft_bad; border-color: $bad; }
QPushButton[kind="quiet"] { background: transparent; color: $accent; border-color: transparent; }
QPushButton[kind="quiet"]:hover { background: $soft_accent; }
QPushButton[kind="plain"]:focus, QPushButton[kind="quiet"]:focus, QPushButton[kind="danger"]:focus {
    border: 2px solid $accent; padding: 6px 14px;
}
QPushButton[kind]:pressed { background: $soft_accent; color: $text; }
QPushButton[kind]:checked { background: $soft_accent; color: $accent; border-color: $accent; }
QPushButton[kind]:disabled { background: $field; color: $muted; border-color: $line; }
QPushButton[kind="quiet"]:disabled { background: transparent; border-color: transparent; }

QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser {
    background: $card; color: $text; border: 1px solid $line; border-radius: 8px; padding: 6px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus {
    border: 2px solid $accent; padding: 5px;
}
QLineEdit:read-only, QPlainTextEdit[readOnly="true"] { background: $field; }

QPlainTextEdit[bare="true"], QPlainTextEdit[bare="true"]:focus {
    border: none; border-radius: 0; padding: 2px 0;
}
QComboBox, QSpinBox {
    background: $card; color: $text; border: 1px solid $line; border-radius: 8px; padding: 5px 9px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QComboBox:hover, QSpinBox:hover { border-color: $muted; }
QComboBox:focus, QSpinBox:focus { border: 2px solid $accent; padding: 4px 8px; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$chevron_down"); width: 16px; height: 16px; }
QComboBox QAbstractItemView { background: $card; color: $text; border: 1px solid $line; }
QSpinBox::up-button, QSpinBox::down-button { border: none; background: transparent; width: 22px; }
QSpinBox::up-arrow { image: url("$chevron_up"); width: 14px; height: 14px; }
QSpinBox::down-arrow { image: url("$chevron_down"); width: 14px; height: 14px; }
QComboBox[field="true"] { padding: 6px; }
QComboBox[field="true"]:focus { padding: 5px; }
QComboBox[field="true"]::drop-down { border: none; width: 0; }
QComboBox[field="true"]::down-arrow { image: none; }
QComboBox[field="true"] QLineEdit { border: none; padding: 0; background: transparent; }
QPushButton[kind="choice"] { background: transparent; color: $text; border-color: transparent; }
QPushButton[kind="choice"]:hover { background: $field; }
QPushButton[kind="choice"]:checked {
    background: $soft_accent; color: $accent; border-color: $accent; font-weight: 600;
}
QPushButton[kind="choice"]:focus { border: 2px solid $accent; padding: 6px 14px; }

QListWidget[choice="true"] { background: transparent; border: 2px solid transparent; }
QListWidget[choice="true"]::item { padding: 7px 10px; border-radius: 8px; color: $text; }
QListWidget[choice="true"]::item:hover { background: $field; }
QListWidget[choice="true"]::item:selected { background: $soft_accent; color: $accent; }
QListWidget[choice="true"]:focus { border: 2px solid $accent; border-radius: 10px; }

QTableView[grid="true"] { background: transparent; border: none; }
QTableView[grid="true"] QHeaderView, QTableView[grid="true"] QHeaderView::section {
    background: transparent; border: none; color: $muted;
}
QTableView[grid="true"] QHeaderView::section { padding: 4px 10px; }

QCheckBox { spacing: 8px; }
QCheckBox::indicator {
    width: 16px; height: 16px; border: 1px solid $muted; border-radius: 5px; background: $card;
}
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border: 1px solid $accent; }
QCheckBox::indicator:checked {
    background: $accent; border: 1px solid $accent; image: url("$tick");
}
QCheckBox::indicator:disabled { border-color: $line; background: $field; }

QToolTip { background: $card; color: $text; border: 1px solid $line; padding: 4px; }

QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $line; border-radius: 4px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def style_sheet(colours: Mapping[str, str]) -> str:
    """The sheet in these colours, by the tones' names."""
    accent = colours["accent"]
    return _SHEET.substitute(colours, accent_hover=_nearer(accent, colours["text"]))


def _nearer(colour: str, goal: str) -> str:
    """`colour`, an eighth of the way to `goal`."""
    pairs = ((int(colour[i : i + 2], 16), int(goal[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) / 8):02x}" for a, b in pairs)
