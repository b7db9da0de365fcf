"""Text of documents in a terminal: nothing in it may move the cursor, change a colour or turn the direction."""

from __future__ import annotations

import unicodedata

# Categories that act instead of showing: controls, formats (bidi among them), surrogates, separators.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT = frozenset("\n\t")


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `1,000 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def visible(text: str) -> str:
    """The text with every control, escape and bidi character written as `<U+202E>`; new lines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _ACTING:
        return character
    return f"<U+{ord(character):04X}>"
