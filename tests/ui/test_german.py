"""Everything that the window says is there in German, with the same named parameters."""

import runpy
import string
from pathlib import Path

from babel.messages.pofile import read_po

TOP = Path(__file__).resolve().parents[2]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_the_window_speaks_german_throughout() -> None:
    tool = runpy.run_path(str(TOP / "packaging" / "compile_catalogues.py"))
    source = TOP / "resources" / "locale" / "de" / "LC_MESSAGES" / "roammail.po"
    with source.open("rb") as stream:
        german = {_forms(m.id)[0]: _forms(m.string) for m in read_po(stream) if m.id}
    marked = [_forms(m.id) for m in tool["template"]("ui") if m.id]
    lacking = [forms[0] for forms in marked if not all(german.get(forms[0], ("",)))]
    assert lacking == []
    for forms in marked:
        said = german[forms[0]]
        assert len(said) == len(forms), forms[0]
        for form in said:
            assert _fields(form) == _fields(forms[-1]), forms[0]
