"""What a server says is hostile text (rule 9): made safe to show, never obeyed."""

import unicodedata

#: Bidirectional controls and other invisible marks that can make a text lie.
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_KEPT_SPACES = frozenset("\n\t")


def display(text: str, limit: int = 1000, *, lines: bool = False) -> str:
    """The text with control characters visible, at most `limit` characters long.

    Escape sequences, bidirectional overrides and invisible marks are written as their code
    point. Line ends and tabs become blanks unless `lines` is set.
    """
    out: list[str] = []
    length = 0
    for character in text:
        shown = _shown(character, lines)
        if length + len(shown) > limit - 1 and length + len(shown) != limit:
            out.append("…")
            break
        if length + len(shown) == limit and len(text) > len(out) + 1:
            out.append("…")
            break
        out.append(shown)
        length += len(shown)
    return "".join(out)


def _shown(character: str, lines: bool) -> str:
    if character in _KEPT_SPACES:
        return character if lines else " "
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or character in _INVISIBLE:
        return f"<{ord(character):02X}>" if ord(character) < 256 else f"<U+{ord(character):04X}>"
    return character
