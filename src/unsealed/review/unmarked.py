"""Words that are withheld in one place and stand unmarked in a text that is about to be shown to somebody outside.

Takes an open archive, then texts; gives places. Writes nothing. For letters to those who are asked; releases and
bundles of partners pass the larger check of the release room (`release.leaks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unsealed.archive import Archive
from unsealed.review.consistency import Names
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed, Hit
from unsealed.review.register import Register
from unsealed.review.risk.registered import Registered
from unsealed.review.shown import hiding
from unsealed.review.state import WHOLE
from unsealed.review.words import words

_SURE = 0.8  # how sure a mention of somebody in the register must be to hold a letter up, as in a release


class Unmarked:
    """The words of every mark that is decided or waits, and the people of the register. Made once for many texts."""

    def __init__(self, archive: Archive) -> None:
        desk = Desk(archive)
        allowed = desk.allowed()
        self._allowed = Allowed(allowed)
        self._names = Names(allowed)
        self._people = Registered(Register(archive).entries())
        for state in desk.states():
            for mark in (one.mark for one in hiding(state.marks)):
                if mark.unit != WHOLE and mark.start != WHOLE:
                    units = archive.reading(mark.row).reading.units
                    self._names.add(mark, units[mark.unit].text[mark.start : mark.end])

    def find(self, texts: Sequence[tuple[int, str]]) -> dict[int, tuple[int, ...]]:
        """The numbered texts in which such words stand, each with the first marks that withhold them; none: of the
        register. Words that enough editors allowed are left out.
        """
        found: dict[int, tuple[int, ...]] = dict.fromkeys(self._of_people(texts), ())
        found |= {kept.unit: kept.marks for kept in self._names.kept(texts)}
        return dict(sorted(found.items()))

    def _of_people(self, texts: Sequence[tuple[int, str]]) -> Iterator[int]:
        for number, text in texts:
            for one in self._people.find(text):
                said = " ".join(words(text[one.start : one.end]))
                if one.sure >= _SURE and not self._allowed.covers(Hit("", said, "word")):
                    yield number
