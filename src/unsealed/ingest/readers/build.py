"""The builder that all text-like readers use: units in order, with their byte ranges, fields and findings."""

from __future__ import annotations

import re

from unsealed.ingest.decode import Source, composed
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part
from unsealed.model import Field, Finding, Reading, Unit

_WHITE = re.compile(r"\s")


class Builder:
    """Collects the units of one reading. Positions are those of `source.text`; units come in rising order."""

    def __init__(self, source: Source | None = None) -> None:
        self.source = source
        self.units: list[Unit] = []
        self.fields: list[Field] = []
        self.findings: list[Finding] = []
        self.parts: list[Part] = []

    def unit(self, label: str, start: int, end: int, page: int = 0) -> int:
        """Append the text from `start` to `end` as a unit; gives its index (-1 where nothing stands there)."""
        source = self.source
        if source is None or start >= end:
            return -1
        if end - start > LIMITS.unit_chars:
            cut = _last_white(source.text, start, start + LIMITS.unit_chars)
            self.unit(label, start, cut, page)
            return self.unit(label, cut, end, page)
        text = source.text[start:end]
        units = self.units
        units.append(
            Unit(label, text if text.isascii() else composed(text), ((source.byte(start), source.byte(end)),), page)
        )
        return len(units) - 1

    def joined(self, label: str, spans: list[tuple[int, int]], page: int = 0) -> int:
        """Append one unit whose text is that of several spans (a paragraph that a page line cuts)."""
        source = self.source
        assert source is not None
        text = composed("".join([source.text[start:end] for start, end in spans]))
        self.units.append(Unit(label, text, tuple([(source.byte(a), source.byte(b)) for a, b in spans]), page))
        return len(self.units) - 1

    def free(self, label: str, text: str, source: tuple[tuple[int, int], ...] = (), page: int = 0) -> int:
        """Append a unit whose text was decoded elsewhere (an encoded mail part, a PDF page)."""
        self.units.append(Unit(label, text, source, page))
        return len(self.units) - 1

    def field(self, name: str, value: str, *units: int) -> None:
        """A parsed value and the units it came from; white space collapses, empty values are not stored."""
        value = " ".join(value.split())
        if value and len(self.fields) < LIMITS.fields:
            self.fields.append(Field(name, value, tuple([unit for unit in units if unit >= 0])))

    def finding(self, code: str, severity: str = "note", unit: int = -1) -> None:
        """Something to tell the reader of the ledger: `severity` is note or warn."""
        self.findings.append(Finding(code, "warn" if severity == "warn" else "note", unit))

    def outcome(self, kind: str, reader: str, version: int, encoding: str = "") -> Outcome:
        """What was collected, as a reading of type `kind`; the charset is the source's, or the one given."""
        if not self.units:
            self.free("structure", "")  # an item of nothing but markup: a reading has one unit at least
        if self.source is not None:
            encoding = self.source.decoded.encoding
            self.findings.extend(self.source.decoded.findings)
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
