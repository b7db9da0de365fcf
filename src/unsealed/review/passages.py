"""Texts as the comparison reads them: one stream of folded words, each with its unit, and what hides it.

Takes units with marks, or shown pieces of public texts; gives streams. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from unsealed.model import Unit
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.review.words import collapse, fold

GAP = ""  # stands in a stream for words that are withheld
HIDDEN = "\0"  # stands in a text of `shown_stream` for what is withheld
_WORD = re.compile(r"[^\W_]+|\0")
_CACHED = 1 << 16  # words

Marks = tuple[int, ...]


class Stream(NamedTuple):
    """The words of a text in order. `units` says where each stands; `hidden` which marks withhold it (none: shown)."""

    words: list[str]
    units: list[int]
    hidden: list[Marks]

    @property
    def shown(self) -> list[str]:
        """The words that are shown, `GAP` for each that is not."""
        return [GAP if marks else word for word, marks in zip(self.words, self.hidden, strict=True)]


@lru_cache(maxsize=_CACHED)
def _key(word: str) -> str:
    return collapse(fold(word))


def private_stream(units: Sequence[Unit], marks: Iterable[MarkRecord]) -> Stream:
    """A document of the archive with the marks on it. A word that a mark touches is withheld, as in the cut."""
    of_unit: dict[int, list[MarkRecord]] = {}
    for mark in marks:
        of_unit.setdefault(mark.unit, []).append(mark)
    whole = tuple(mark.number for mark in of_unit.get(WHOLE, ()))
    found = Stream([], [], [])
    for number, unit in enumerate(units):
        own = of_unit.get(number, ())
        for start, end, word in _words(unit.text):
            found.words.append(word)
            found.units.append(number)
            found.hidden.append(whole + _hiding(own, start, end) if own or whole else ())
    return found


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of a text with their places. Those of the host of an address begin with `@`: many people share it."""
    address, before = "@" in text, 0
    host = False
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = GAP if match[0] == HIDDEN else _key(match[0])
        if address:
            between = text[before:start]
            host = between.endswith("@") or (host and between in (".", "-"))
            word = f"@{word}" if host and word else word
        yield start, end, word
        before = end


def _hiding(marks: Iterable[MarkRecord], start: int, end: int) -> Marks:
    return tuple(
        mark.number for mark in marks if mark.start == WHOLE or (mark.start < end and start < mark.end)
    )  # fmt: skip


def shown_stream(texts: Iterable[tuple[int, str]]) -> Stream:
    """Shown text: (number of the unit or line, text with `HIDDEN` where something is withheld)."""
    found = Stream([], [], [])
    for number, text in texts:
        for _, _, word in _words(text):
            found.words.append(word)
            found.units.append(number)
            found.hidden.append(())
    return found


def shown_units(units: Sequence[Unit], marks: Iterable[MarkRecord], gap: str) -> list[tuple[int, str]]:
    """What is shown of each unit, by number; `gap` stands where words are withheld."""
    marks = tuple(marks)
    if any(mark.unit == WHOLE for mark in marks):
        return []
    found = []
    for number, unit in enumerate(units):
        own = [mark for mark in marks if mark.unit == number]
        text = unit.text
        if any(mark.start == WHOLE for mark in own):
            text = gap
        elif own:
            text = _covered(text, own, gap)
        found.append((number, text))
    return found


def _covered(text: str, marks: Sequence[MarkRecord], gap: str) -> str:
    """A text with `gap` for each word that one of the marks touches."""
    return _WORD.sub(lambda match: gap if _hiding(marks, *match.span()) else match[0], text)


def widened(text: str, start: int, end: int, before: int, after: int) -> tuple[int, int]:
    """The span from `start` to `end` with so many more words of its unit in front of it and behind it."""
    words = [match.span() for match in _WORD.finditer(text)]
    front = [span[0] for span in words if span[1] <= start]
    behind = [span[1] for span in words if span[0] >= end]
    if before and front:
        start = front[-min(before, len(front))]
    if after and behind:
        end = behind[min(after, len(behind)) - 1]
    return start, end
