"""The counting that other tests believe: it matches what `re` matches, and sees the square."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.address import domain_of
from tests.core.counted_work import LINEAR, Work, core_modules, growth
from tests.core.pattern_steps import Matcher

_HERE = Path(__file__).parent
_PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in core_modules()
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
}
_BOUNCE = (_HERE / "bounces" / "exim_old.eml").read_bytes()
_REPLIES = [
    json.loads(line)["reply"] for line in (_HERE / "refusals.jsonl").read_text("utf-8").splitlines()
]
_SAMPLES = [
    *_REPLIES[::97],
    _BOUNCE.decode()[:1_500],
    '<p class="x">"A" <a@x.example>, =?x?q?b?= (c\\)) [::1]; a="b"</p>&#1;\r\n \r\n.',
]


def spans(pattern: "re.Pattern[Any]", text: str) -> list[tuple[int, int]]:
    """What `re` finds; of octets as well."""
    given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    return [found.span() for found in pattern.finditer(given)]


def counted_spans(pattern: "re.Pattern[Any]", text: str) -> list[tuple[int, int]]:
    matcher = Matcher(pattern, bound=None)
    matcher.read(text.encode() if isinstance(pattern.pattern, bytes) else text)
    return matcher.every()


@pytest.mark.parametrize("name", sorted(_PATTERNS))
def test_what_the_pattern_matches_is_what_is_counted(name: str) -> None:
    for text in _SAMPLES:
        assert counted_spans(_PATTERNS[name], text) == spans(_PATTERNS[name], text)


@given(st.text(alphabet="ab \n'x", max_size=12))
@pytest.mark.parametrize(
    "shown",
    [
        r"a*?b", r"(?:a|ab)*b", r"(a)?(?(1)b|x)", r"(?P<q>')a(?P=q)", r"(?>a*)b|a++x", r"^a|b$",
        r"(?m:^a|b$)", r"\ba+\b", r"(?=a)[^b]{1,3}", r"(?<!a)b{2,}?", r"(?i:A)\S\D", r"(a|b)*?x",
    ],
)  # fmt: skip
def test_every_kind_of_pattern(shown: str, text: str) -> None:
    assert counted_spans(re.compile(shown), text) == spans(re.compile(shown), text)


def steps(shown: str, text: str) -> int:
    matcher = Matcher(re.compile(shown))
    matcher.read(text)
    matcher.every()
    return matcher.steps


@pytest.mark.parametrize(
    ("shown", "bait", "linear"),
    [
        ("a*b", "a", False),
        (r"\s+x", " ", False),
        ("(?:a{1,9000}b)", "a", True),
        ("a{0,4000}?c", "a", True),
        ('"[^"]*+"?', '"a', True),
    ],
)
def test_the_square_is_seen(shown: str, bait: str, linear: bool) -> None:
    grown = steps(shown, bait * 400) / steps(shown, bait * 200)
    assert grown <= LINEAR if linear else grown > 3


def test_lines_of_the_core_alone_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Work().of(lambda: [sum(range(10)) for _ in range(10)]) == 0
    assert growth(monkeypatch, lambda length: [domain_of("a@b") for _ in range(length)]) == 2
