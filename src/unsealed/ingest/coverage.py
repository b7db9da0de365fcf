"""Byte coverage: how much of telegrams and event reports a rule claims, and what none does.

A byte is claimed when it lies in a unit that has a label of its own. Loose text (`text`) is kept, but claimed by no
rule. Marks of the form between units (quotes, commas, escapes, white space) are nobody's text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.model import Reading

TYPES = frozenset({"cable", "event"})
LOOSE = "text"
_MARKS = frozenset(b" \t\r\n\x0b\x0c\"',;\\")
LISTED = 20  # unclaimed ranges of one item that are listed


class Covered(NamedTuple):
    """One item: its bytes, those that a rule claims, those that are marks, and the ranges of the rest."""

    item: int
    type: str
    length: int
    claimed: int
    marks: int
    unclaimed: tuple[tuple[int, int], ...]

    @property
    def missing(self) -> int:
        """Bytes that no rule claims."""
        return self.length - self.claimed - self.marks


class Sum(NamedTuple):
    """All items of one type."""

    type: str
    items: int
    length: int
    claimed: int
    marks: int
    partial: int  # items with unclaimed bytes

    @property
    def share(self) -> float:
        """Claimed bytes of those that are no marks; 1.0 where there are none."""
        text = self.length - self.marks
        return self.claimed / text if text else 1.0


def coverage(archive: Archive) -> Iterator[Covered]:
    """Every current reading of a telegram or event report, in row order."""
    for summary in archive.summaries():
        if summary.type in TYPES and summary.state == "read":
            stored = archive.reading(summary.row)
            yield covered(summary.item, stored.reading, archive.original(summary.item))


def covered(item: int, reading: Reading, data: bytes) -> Covered:
    """The coverage of one item by its reading."""
    ranges = sorted(span for unit in reading.units if unit.label != LOOSE for span in unit.source if span[0] < span[1])
    claimed = marks = at = 0
    gaps: list[tuple[int, int]] = []
    for start, end in [*ranges, (len(data), len(data))]:
        if start > at:
            count = _marks(data, at, start)
            marks += count
            if count < start - at:
                gaps.append((at, start))
        claimed += max(0, end - max(start, at))
        at = max(at, end)
    return Covered(item, reading.type, len(data), claimed, marks, tuple(gaps[:LISTED]))


def _marks(data: bytes, start: int, end: int) -> int:
    return sum(byte in _MARKS for byte in data[start:end])


def sums(found: list[Covered]) -> list[Sum]:
    """Added up by type, in order of the types."""
    added: list[Sum] = []
    for kind in sorted({one.type for one in found}):
        some = [one for one in found if one.type == kind]
        added.append(
            Sum(
                kind, len(some), sum(one.length for one in some), sum(one.claimed for one in some),
                sum(one.marks for one in some), sum(one.missing > 0 for one in some),
            )
        )  # fmt: skip
    return added
