"""What somebody outside may read of a document before its release: its text without what is withheld.

Takes units and marks, gives runs of text; only `carried_over` reads an archive. For partners and for those who are
asked; what readers of a release see is made from its proof instead (`release.cut`). A mark withholds from the moment it
is made: one that is open hides like one that is decided, only enough editors who reject it give the words free.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unsealed.archive import Archive, StoredReading
from unsealed.errors import HumanNeeded
from unsealed.model import LABELS_BY_CHARACTER, Unit
from unsealed.review.state import WHOLE, MarkRecord, MarkState
from unsealed.review.words import has_unspaced

# Categories that act instead of showing, but for line feed and tab: see `visible_text`.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


class Run(NamedTuple):
    """A part of a unit. `mark`: the one that withholds it, None where it is shown. `start`: its first code point."""

    start: int
    text: str
    mark: MarkState | None = None


def hiding(states: Iterable[MarkState]) -> tuple[MarkState, ...]:
    """The marks that withhold: those that are decided, and those that wait."""
    return tuple(state for state in states if state.decided in ("accepted", "open"))


def runs(number: int, unit: Unit, marks: Iterable[MarkState]) -> list[Run]:
    """The text of unit `number` in runs, what `marks` withhold of it apart, widened to whole words.

    `marks` are of the reading that the unit is of. Where several overlap, the one made first names the place.
    """
    owner: dict[int, MarkState] = {}
    for state in sorted(marks, key=lambda one: one.mark.number):
        if state.mark.unit in (number, WHOLE):
            for place in range(*_extent(unit, state.mark)):
                owner.setdefault(place, state)
    if not owner:
        return [Run(0, unit.text)] if unit.text else []
    found: list[Run] = []
    start = 0
    for end in range(1, len(unit.text) + 1):
        if end == len(unit.text) or owner.get(end) is not owner.get(start):
            found.append(Run(start, unit.text[start:end], owner.get(start)))
            start = end
    return found


def _extent(unit: Unit, mark: MarkRecord) -> tuple[int, int]:
    """What a mark hides of its unit, in code points."""
    if mark.unit == WHOLE or mark.start == WHOLE:
        return 0, len(unit.text)
    if unit.label in LABELS_BY_CHARACTER:
        return mark.start, mark.end
    return widen(unit.text, mark.start, mark.end)


def shown_whole(units: Sequence[Unit], marks: Iterable[MarkState]) -> frozenset[int]:
    """The numbers of the units of which nothing is withheld."""
    touched = {state.mark.unit for state in marks}
    return frozenset() if WHOLE in touched else frozenset(range(len(units))) - touched


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of a text from `start` to `end`, with the rest of the words that it begins and ends in.

    The cut of a release hides whole words too. Scripts that do not set words apart have no such rest.
    """
    while start and _goes_on(text[start - 1]) and _goes_on(text[start]):
        start -= 1
    while end < len(text) and _goes_on(text[end]) and _goes_on(text[end - 1]):
        end += 1
    return start, end


def whole_words(text: str, start: int, end: int) -> str:
    """The words of `widen`."""
    begin, finish = widen(text, start, end)
    return text[begin:finish]


def _goes_on(character: str) -> bool:
    return character.isalnum() and not has_unspaced(character)


def visible_text(text: str) -> str:
    """The text with every character that acts instead of showing (controls, direction) written as `<U+202E>`.

    Line feeds and tabs stay. What leaves the house is opened in programs that we do not know.
    """
    if text.replace("\n", "").replace("\t", "").isprintable():  # nothing that acts is printable: most texts end here
        return text
    return "\n".join(map(_visible_line, text.split("\n")))


def _visible_line(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(
        one if one == "\t" or unicodedata.category(one) not in _ACTING else f"<U+{ord(one):04X}>" for one in line
    )


def carried_over(archive: Archive, marks: Iterable[MarkRecord], other: StoredReading) -> tuple[MarkRecord, ...]:
    """The marks as marks on the `other` reading. Raises HumanNeeded where one was made on another text."""
    found = []
    for mark in marks:
        if mark.row != other.row and mark.unit != WHOLE:
            before = archive.reading(mark.row).reading.units
            if _unit(before, mark.unit) != _unit(other.reading.units, mark.unit):
                raise HumanNeeded(
                    f"Mark m{mark.number} was made on another reading of document {mark.item}.",
                    remedy="Mark the place again on the reading that goes out.",
                )
        found.append(mark)
    return tuple(found)


def _unit(units: Sequence[Unit], number: int) -> tuple[str, str] | None:
    return (units[number].label, units[number].text) if number < len(units) else None
