"""Rule 9: hostile text is shown, not obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.words.display import display


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[2Jb", "a<1B>[2Jb"),
        ("a\nb\tc", "a b c"),
        ("\u202eevil", "<U+202E>evil"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("\x00\x7f\x9b", "<00><7F><9B>"),
        ("Grüße 你好", "Grüße 你好"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert display(text, 100) == shown


def test_lines_may_stay() -> None:
    assert display("a\nb\r", 100, lines=True) == "a\nb<0D>"


@given(st.text(max_size=300), st.integers(min_value=1, max_value=120))
def test_nothing_active_is_left_and_the_limit_holds(text: str, limit: int) -> None:
    shown = display(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in shown)


def test_what_fits_is_not_cut() -> None:
    assert display("x" * 10, 10) == "x" * 10
    assert display("x" * 11, 10) == "x" * 9 + "…"
