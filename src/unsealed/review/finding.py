"""Find words in the units of a reading, the way an editor means them.

Takes a pattern and units, gives spans (unit, start, end) in code points of the unit's NFC text, half-open.
Pure. The rules, which `docs/formats/decisions.md` states for those who write decisions by hand:

* white space in the pattern matches any run of white space in the text, line ends included;
* upper and lower case are the same unless `case` is asked for;
* a pattern that begins or ends with a letter or digit begins or ends at the edge of a word, so that `Ott`
  is not found in `bottle`; in scripts that do not set words apart, or that join particles to them, it is
  found anywhere;
* every unit is searched on its own: subject, tags, signature and table cells like any paragraph.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from unsealed.errors import UsageError
from unsealed.model import Unit

# A letter or digit, which `\w` is but for the underscore that file names and addresses put between words.
_WORD = r"[^\W_]"
# The Military Grid Reference: zone, band and square, then digits of which one half is east and one north.
GRID = re.compile(r"(\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?)(\d+)(\s?)(\d*)", re.IGNORECASE)


class Span(NamedTuple):
    """Part of a unit: `start` and `end` are code points of its text, half-open; -1 and -1 mean the whole unit."""

    unit: int
    start: int
    end: int


def pattern_of(find: str, *, case: bool = False) -> re.Pattern[str]:
    """The compiled pattern of an editor's words. Raises UsageError where there is nothing to look for."""
    words = unicodedata.normalize("NFC", find).split()
    if not words:
        raise UsageError("There are no words to find.", remedy="Give at least one visible character.")
    body = r"\s+".join(re.escape(word) for word in words)
    before = rf"(?<!{_WORD})" if _stands_apart(words[0][0]) else ""
    after = rf"(?!{_WORD})" if _stands_apart(words[-1][-1]) else ""
    return re.compile(before + body + after, 0 if case else re.IGNORECASE)


def _stands_apart(character: str) -> bool:
    """Whether words of this character's script are set apart from their neighbours by anything but letters."""
    # Lo: letters of scripts without case: Chinese, Thai, but also Arabic and Hebrew, whose particles are joined on.
    return character.isalnum() and unicodedata.category(character) != "Lo"


def find_spans(units: Sequence[Unit], pattern: re.Pattern[str]) -> list[Span]:
    """Every place of every unit where the pattern stands, in order, without overlaps."""
    return [
        Span(number, match.start(), match.end())
        for number, unit in enumerate(units)
        for match in pattern.finditer(unit.text)
    ]


def label_spans(units: Sequence[Unit], label: str) -> list[Span]:
    """Every unit with this label, whole."""
    return [Span(number, -1, -1) for number, unit in enumerate(units) if unit.label == label]


def coarsen_spans(units: Sequence[Unit], label: str, keep: int) -> list[Span]:
    """What to withhold so that `keep` characters of each unit with this label stay (seal.md, "Coarsening").

    Of a grid reference the zone and square stay, and `keep` digits of each half. A unit that is short enough
    already gives no span. Raises UsageError when `keep` is negative.
    """
    if keep < 0:
        raise UsageError("A value cannot keep fewer than 0 characters.", remedy="Give 0 or more.")
    spans = []
    for number, unit in enumerate(units):
        if unit.label == label:
            spans += [Span(number, start, end) for start, end in _tails(unit.text, keep)]
    return spans


def _tails(text: str, keep: int) -> list[tuple[int, int]]:
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    grid = GRID.fullmatch(text, begin, end)
    if grid:
        return _grid_tails(grid, keep)
    return [(begin + keep, end)] if begin + keep < end else []


def _grid_tails(grid: re.Match[str], keep: int) -> list[tuple[int, int]]:
    if grid.group(4):
        halves = [grid.span(2), grid.span(4)]
    else:
        begin, end = grid.span(2)
        middle = begin + (end - begin) // 2
        halves = [(begin, middle), (middle, end)]
    return [(begin + keep, end) for begin, end in halves if begin + keep < end]
