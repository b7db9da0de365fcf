"""What goes black on each page, and which words stand where: from decided atoms and the boxes of a reading. Pure.

Takes a reading, what is hidden of it and the editors' boxes; gives a `Sheet` for each page. Nothing here draws.

A box covers whole words, from the line's highest letter to its lowest: the outline of a box that followed the letters
would tell which ones they are. Words hidden side by side share one box, with the space between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from unsealed.ingest.boxes import LAYER, OCR, Box, Layout, PageFacts, UnitBoxes, decode
from unsealed.model import Reading
from unsealed.review.pages import FULL, NOWHERE, BoxState
from unsealed.seal.atoms import Atoms, unit_ranges

MARKER = "▮▮▮"  # stands in the text layer for hidden words, whatever they are: always the same width
GROW = 0.25  # of the height of a line, above and below: letters lean out of their boxes, scans blur
ASIDE = {LAYER: 0.12, OCR: 0.25}  # left and right: a file knows where its letters end, OCR about where
LIGATURE = 3  # letters that one shape may stand for: all but one of them have no box
LIMIT = 65_535  # tenths: a page of this size or more has boxes that were cut off
_WORD = re.compile(r"[^\W_]+")

Part = tuple[float, float, float, float]  # left, top, right, bottom as shares of the page, 0 to 1


class Word(NamedTuple):
    """A shown word, or a marker, and where it stands."""

    text: str
    part: Part


class Sheet(NamedTuple):
    """One page to be drawn. `width`, `height` in tenths, as its boxes count; `unknown`: units with hidden words whose
    place on the page nobody knows.
    """

    number: int
    width: int
    height: int
    black: tuple[Part, ...]
    words: tuple[Word, ...]
    unknown: tuple[int, ...]


class _Line(NamedTuple):
    """Characters of one line of a unit: their places in its text, and the extent of all of them in tenths."""

    characters: list[int]
    extent: Box


def layout_of(reading: Reading) -> Layout | None:
    """The boxes of a reading; None where it has none that this program knows."""
    if not reading.boxes:
        return None
    try:
        return decode(reading.boxes, [len(unit.text) for unit in reading.units])
    except ValueError:
        return None


def hidden_characters(atoms: Atoms, hidden: Iterable[int]) -> list[bytes]:
    """For each unit one byte for each character of its text: 1 where it is hidden. `hidden`: numbers of atoms."""
    gone = frozenset(hidden)
    found = []
    for unit in unit_ranges(atoms):
        numbers = range(unit.first + 1, unit.first + unit.count)
        lengths = [len(atoms.data[number].decode()) - 1 for number in numbers]
        found.append(b"".join([bytes([n in gone]) * size for n, size in zip(numbers, lengths, strict=True)]))
    return found


def sheets(
    reading: Reading, layout: Layout, hidden: Sequence[bytes], boxes: Sequence[BoxState], *, lines: bool = False
) -> tuple[Sheet, ...]:
    """Every page of a reading. `boxes`: the editors' accepted ones; `lines`: black out whole lines, not words."""
    drafts = [_Draft(number, facts, lines) for number, facts in enumerate(layout.pages, 1)]
    seen = {(box.page, box.unit) for box in boxes}
    read = {unit.page for unit, one in zip(reading.units, layout.units, strict=True) if one.kind == OCR}
    for number, (unit, where) in enumerate(zip(reading.units, layout.units, strict=True)):
        if 0 < unit.page <= len(drafts):
            beside = unit.label == "text" and where.kind == LAYER and unit.page in read  # OCR took its place
            draft = drafts[unit.page - 1]
            draft.unit(number, unit.text, where, hidden[number], says=not beside, placed=(unit.page, number) in seen)
    for box in boxes:
        if 0 < box.page <= len(drafts) and box.edges != NOWHERE:
            drafts[box.page - 1].black.append(_shares(box.edges))
    return tuple(draft.sheet() for draft in drafts)


def _shares(edges: Box) -> Part:
    left, top, right, bottom = (edge / FULL for edge in edges)
    return left, top, right, bottom


class _Draft:
    """A page while its units are gone through."""

    def __init__(self, number: int, facts: PageFacts, lines: bool) -> None:
        self.number = number
        self.width = facts.width if facts.width < LIMIT else 0
        self.height = facts.height if facts.height < LIMIT else 0
        self.lines = lines
        self.black: list[Part] = []
        self.words: list[Word] = []
        self.unknown: list[int] = []

    def sheet(self) -> Sheet:
        """The page as it is now known."""
        return Sheet(
            self.number, self.width, self.height, tuple(self.black), tuple(self.words), tuple(sorted(self.unknown))
        )

    def unit(self, number: int, text: str, where: UnitBoxes, gone: bytes, *, says: bool, placed: bool) -> None:
        """Add the words of a unit. `says`: they go into the text layer; `placed`: an editor's box covers the rest."""
        if not (self.width and self.height):
            self.unknown += [number] if any(gone) else []
            return
        boxes = [where.box(index) for index in range(len(text))] if where.kind else [(0, 0, 0, 0)] * len(text)
        if not placed and _has_lost_words(text, gone, boxes):
            self.unknown.append(number)
        for line in _lines(text, boxes):
            for hide, run in groupby(line.characters, key=lambda index: gone[index]):
                places = list(run)
                if hide:
                    self._hide(line, [boxes[index] for index in places], ASIDE[where.kind], says=says)
                elif says:
                    self.words += self._shown(text, boxes, places, line)

    def _hide(self, line: _Line, boxes: Sequence[Box], aside: float, *, says: bool) -> None:
        left, top, right, bottom = line.extent
        if not self.lines:
            left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        if says:
            self.words.append(Word(MARKER, self._part((left, top, right, bottom))))
        height = max(bottom - top, 1)
        self.black.append(self._part((left, top, right, bottom), aside * height, GROW * height))

    def _shown(self, text: str, boxes: Sequence[Box], places: Sequence[int], line: _Line) -> Iterator[Word]:
        """The shown words of a line; a word is what no white space divides."""
        start = 0
        for at in range(1, len(places) + 1):
            if at == len(places) or places[at] != places[at - 1] + 1:
                part = places[start:at]
                left, right = min(boxes[index][0] for index in part), max(boxes[index][2] for index in part)
                written = "".join([text[index] for index in part])
                yield Word(written, self._part((left, line.extent[1], right, line.extent[3])))
                start = at

    def _part(self, box: Box, aside: float = 0.0, above: float = 0.0) -> Part:
        """A box as shares of the page, grown by so many tenths on each side, and above and below."""
        return (
            max((box[0] - aside) / self.width, 0.0),
            max((box[1] - above) / self.height, 0.0),
            min((box[2] + aside) / self.width, 1.0),
            min((box[3] + above) / self.height, 1.0),
        )


def _has_lost_words(text: str, gone: bytes, boxes: Sequence[Box]) -> bool:
    """Whether a hidden word has no place, or a gap in it that no ligature explains."""
    for match in _WORD.finditer(text):
        lost = longest = 0
        for index in range(*match.span()):
            lost = lost + 1 if gone[index] and not any(boxes[index]) else 0
            longest = max(longest, lost)
        if longest and (longest >= LIGATURE or longest == match.end() - match.start()):
            return True
    return False


def _lines(text: str, boxes: Sequence[Box]) -> Iterator[_Line]:
    """The lines of a unit: up to a line end, or to a character that stands above or below what came before."""
    characters: list[int] = []
    left = top = right = bottom = 0
    for index, (character, box) in enumerate(zip(text, boxes, strict=True)):
        outside = bool(characters) and any(box) and (box[1] >= bottom or box[3] <= top)
        if characters and (character == "\n" or outside):
            yield _Line(characters, (left, top, right, bottom))
            characters = []
        if character.isspace() or not any(box):
            continue
        if not characters:
            left, top, right, bottom = box
        characters.append(index)
        left, top, right, bottom = min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3])
    if characters:
        yield _Line(characters, (left, top, right, bottom))
