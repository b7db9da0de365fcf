"""Freeze the tables of the word cutting rule: code point ranges of Unicode 14.0.0.

Writes `src/unsealed/seal/_tables.py` and `docs/formats/seal-tables.txt`. Runs only on a Python whose
`unicodedata` is 14.0.0 (Python 3.11): other versions know other letters, and a cut must not depend on them.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSION = "14.0.0"
# Scripts written without spaces, by the first words of their character names.
SPACELESS_NAMES = (
    "CJK UNIFIED IDEOGRAPH",
    "CJK COMPATIBILITY IDEOGRAPH",
    "IDEOGRAPHIC",
    "HIRAGANA",
    "HENTAIGANA",
    "KATAKANA",
    "HALFWIDTH KATAKANA",
    "BOPOMOFO",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TAI LE",
    "NEW TAI LUE",
    "TAI THAM",
    "TAI VIET",
    "YI SYLLABLE",
    "NUSHU",
    "TANGUT",
    "KHITAN SMALL SCRIPT",
)


def is_word(point: int) -> bool:
    """A letter, a mark or a number: general category L*, M* or N*."""
    return unicodedata.category(chr(point))[0] in "LMN"


def is_mark(point: int) -> bool:
    """General category M*."""
    return unicodedata.category(chr(point))[0] == "M"


def is_spaceless(point: int) -> bool:
    """A letter of a script without spaces: category L*, or Nl and No with such a name (no decimal digits)."""
    character = chr(point)
    if unicodedata.category(character) not in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"):
        return False
    return unicodedata.name(character, "").startswith(SPACELESS_NAMES)


def ranges(test: Callable[[int], bool]) -> list[tuple[int, int]]:
    """The closed ranges of code points for which `test` holds; surrogates never do."""
    found: list[tuple[int, int]] = []
    for point in range(sys.maxunicode + 1):
        if test(point):
            if found and found[-1][1] == point - 1:
                found[-1] = (found[-1][0], point)
            else:
                found.append((point, point))
    return found


def spelled(table: list[tuple[int, int]]) -> list[str]:
    """`41-5A` for a range, `AA` for one code point."""
    return [f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in table]


def wrapped(words: list[str], width: int) -> list[str]:
    """Lines of words, each at most `width` wide."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def main() -> None:
    """Write both files."""
    if unicodedata.unidata_version != VERSION:
        raise SystemExit(f"This Python knows Unicode {unicodedata.unidata_version}; the tables need {VERSION}.")
    tables = {"WORD": ranges(is_word), "MARK": ranges(is_mark), "SPACELESS": ranges(is_spaceless)}
    module = [
        f'"""Tables of the word cutting rule: closed ranges of code points, hexadecimal, Unicode {VERSION}.',
        "",
        "Written by scripts/make_tables.py and frozen: docs/formats/seal-tables.txt holds the same ranges.",
        '"""',
        "",
        "from __future__ import annotations",
    ]
    text = [f"# Tables of `unsealed-document/1`, frozen from Unicode {VERSION}: closed ranges, hexadecimal."]
    for name, table in tables.items():
        lines = wrapped(spelled(table), 108)
        module += ["", f"{name} = (", *(f'    "{line} "' for line in lines), ")"]
        text += ["", f"{name} ({sum(last - first + 1 for first, last in table)} code points)", *lines]
    (ROOT / "src/unsealed/seal/_tables.py").write_text("\n".join(module) + "\n", encoding="utf-8")
    (ROOT / "docs/formats/seal-tables.txt").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
