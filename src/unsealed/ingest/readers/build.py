"""The builder that all text-like readers use: units in order, with their byte ranges, fields and findings."""

from __future__ import annotations

import re

from unsealed.ingest.decode import Source, composed
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part
from unsealed.model import Field, Finding, Reading, Unit

_WHITE = re.compile(r"\s")


class Builder:
    """Collects the units of one reading. Positions are those of `source.text`; units come in rising order.

    Units of a source are made when the next source comes or somebody looks at them: many at once.
    """

    def __init__(self, source: Source | None = None) -> None:
        self._source = source
        self._units: list[Unit] = []
        self._spans: list[tuple[str, int, int, int]] = []  # units to be made: label, start, end, page
        self._cut: dict[int, tuple[int, ...]] = {}  # last unit of a text that was cut into several: all of them
        self.count = 0  # units so far
        self.fields: list[Field] = []
        self.findings: list[Finding] = []
        self.parts: list[Part] = []

    @property
    def source(self) -> Source | None:
        """The text that positions belong to."""
        return self._source

    @source.setter
    def source(self, source: Source | None) -> None:
        self._settle()
        self._source = source

    @property
    def units(self) -> list[Unit]:
        """The units so far."""
        self._settle()
        return self._units

    def _settle(self) -> None:
        if self._spans:
            assert self._source is not None
            self._units.extend(self._source.units(self._spans))
            self._spans = []

    def unit(self, label: str, start: int, end: int, page: int = 0) -> int:
        """Append the text from `start` to `end` as a unit; gives its index (-1 where nothing stands there).

        Longer text becomes several units: the index is that of the last, and a field of it names them all.
        """
        if start >= end or self._source is None:
            return -1
        if end - start > LIMITS.unit_chars:
            cut = _last_white(self._source.text, start, start + LIMITS.unit_chars)
            first = self.unit(label, start, cut, page)
            return self.one_text(first, self.unit(label, cut, end, page))
        self._spans.append((label, start, end, page))
        number = self.count
        self.count = number + 1
        return number

    def one_text(self, first: int, last: int) -> int:
        """The units from `first` to `last` are one text: a field that names the last one names them all."""
        if first < last:
            self._cut[last] = tuple(range(first, last + 1))
        return last

    def joined(self, label: str, spans: list[tuple[int, int]], page: int = 0) -> int:
        """Append one unit whose text is that of several spans (a paragraph that a page line cuts)."""
        source = self._source
        assert source is not None
        text = composed("".join([source.text[start:end] for start, end in spans]))
        return self.free(label, text, tuple([(source.byte(a), source.byte(b)) for a, b in spans]), page)

    def free(self, label: str, text: str, source: tuple[tuple[int, int], ...] = (), page: int = 0) -> int:
        """Append a unit whose text was decoded elsewhere (an encoded mail part, a PDF page)."""
        self._settle()
        self._units.append(Unit(label, text, source, page))
        self.count += 1
        return self.count - 1

    def frees(self, units: list[Unit]) -> int:
        """Append units that were made elsewhere, all at once; gives the index of the first."""
        self._settle()
        self._units.extend(units)
        first = self.count
        self.count = first + len(units)
        return first

    def field(self, name: str, value: str, *units: int) -> None:
        """A parsed value and the units it can be read in; white space collapses, empty values are not stored.

        -1 is a unit that was not made. A value none of whose units was made is not stored either: without units it
        would count as neutral, and be shown whatever is withheld.
        """
        value = " ".join(value.split())
        if value and len(self.fields) < LIMITS.fields:
            if -1 in units:
                units = tuple([unit for unit in units if unit >= 0])
                if not units:
                    return
            if self._cut:
                units = tuple([piece for unit in units for piece in self._cut.get(unit, (unit,))])
            self.fields.append(Field(name, value, units))

    def plain(self, name: str, value: str, unit: int) -> None:
        """A parsed value that holds single spaces only, and the unit that it came from."""
        if value and len(self.fields) < LIMITS.fields:
            self.fields.append(Field(name, value, (unit,) if unit >= 0 else ()))

    def finding(self, code: str, severity: str = "note", unit: int = -1) -> None:
        """Something to tell the reader of the ledger: `severity` is note or warn."""
        self.findings.append(Finding(code, "warn" if severity == "warn" else "note", unit))

    def outcome(self, kind: str, reader: str, version: int, encoding: str = "") -> Outcome:
        """What was collected, as a reading of type `kind`; the charset is the source's, or the one given."""
        if not self.count:
            self.free("structure", "")  # an item of nothing but markup: a reading has one unit at least
        if self._source is not None:
            encoding = self._source.decoded.encoding
            self.findings.extend(self._source.decoded.findings)
        reading = Reading(
            kind, reader, version, tuple(self.units), tuple(self.fields), tuple(self.findings), encoding or "utf-8"
        )
        return Outcome(reading, tuple(self.parts))


def _last_white(text: str, start: int, end: int) -> int:
    """The place after the last white space before `end`; `end` itself where there is none."""
    for position in range(end, max(start, end - 1000), -1):
        if _WHITE.match(text[position - 1]):
            return position
    return end
