"""The same name, withheld in one place and kept in another.

Takes the words of marks, then shown texts; gives places, with the marks that withhold there what stands here. Pure.
What counts as the same name is what the leak check counts: `review.leaks` and the spellings of `review.words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unsealed.review.leaks import Allowed, Hit, LeakCheck
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.review.words import telling, words

_NAMED = 5  # marks that one place names


class Kept(NamedTuple):
    """A shown place with words that some marks, of which `marks` are the first few, withhold elsewhere."""

    unit: int
    marks: tuple[int, ...]


class Names:
    """The words of marks. Fill it with `add`, then ask `kept` of each text."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._check = LeakCheck()
        self._allowed = Allowed(allowed)
        self._marks: dict[str, dict[int, None]] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, mark: MarkRecord, text: str) -> None:
        """Withhold the words of a mark; `text` is what it covers. Whole units and tails of values are no names."""
        if mark.start == WHOLE or mark.rule == "coarsen" or not text.strip():
            return
        self._check.add_text(text, mark=mark.number)
        for part in (text, *telling(text)):
            self._marks.setdefault(" ".join(words(part)), {})[mark.number] = None

    def kept(self, texts: Sequence[tuple[int, str]]) -> Iterator[Kept]:
        """The places of a document that show withheld words, one for each unit, allowed ones left out."""
        if not self._marks or not self._check.hits("", "\n".join(text for _, text in texts)):
            return  # most have none
        for number, text in texts:
            hits = [hit for hit in self._check.hits("", text) if not self._allowed.covers(hit)]
            if hits:
                yield Kept(number, self._named(hits))

    def _named(self, hits: Iterable[Hit]) -> tuple[int, ...]:
        found = {mark for hit in hits for mark in self._marks.get(hit.string, ())}
        return tuple(sorted(found)[:_NAMED])
