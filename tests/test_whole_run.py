"""What the whole run never runs again is there, and a test is known by its own name."""

from pathlib import Path

import pytest

from tests.__main__ import _COUNTS_AT_ONCE, _alone

TOP = Path(__file__).parent.parent


@pytest.mark.parametrize("start", _COUNTS_AT_ONCE)
def test_what_counts_at_once_has_not_been_renamed(start: str) -> None:
    assert list(TOP.glob(f"{start}*"))


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        ("tests/a.py::test_b", "tests/a.py::test_b"),
        ("tests/a.py::test_b@group", "tests/a.py::test_b"),
        ("tests/a.py::test_b[c@d]", "tests/a.py::test_b[c@d]"),
        ("tests/a.py::test_b[c@d]@group", "tests/a.py::test_b[c@d]"),
    ],
)
def test_a_group_is_no_part_of_a_name(reported: str, name: str) -> None:
    assert _alone(reported) == name
