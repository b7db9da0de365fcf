"""Calendars (iCalendar, vCalendar) and contact cards (vCard): each entry is an item of its own.

A file with one entry is one reading. A file with several gives a reading of what stands outside of the entries, with
the name of each entry, and each entry as a `Part`: its exact bytes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from unsealed.ingest.decode import Decoded, Source, composed, source_of
from unsealed.ingest.readers import html
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.lines import Line, content_lines, fields_of, file_in, shown, span, words
from unsealed.ingest.readers.outcome import Outcome, Part

VERSION = 1

_EVENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"})
_CARDS = frozenset({"VCARD"})
_LABELS = {
    "SUMMARY": "title",
    "FN": "title",
    "N": "name",
    "DTSTART": "dateline",
    "DUE": "dateline",
    "ORGANIZER": "from",
    "ATTENDEE": "to",
    "MEMBER": "to",
    "DESCRIPTION": "paragraph",
    "COMMENT": "paragraph",
    "NOTE": "paragraph",
    "UID": "id",
    "BEGIN": "structure",
    "END": "structure",
    "VERSION": "structure",
}
_VALUES = {
    "SUMMARY": "title",
    "FN": "title",
    "LOCATION": "place",
    "UID": "message-id",
    "CATEGORIES": "category",
    "URL": "url",
    "EMAIL": "address",
    "TEL": "address",
}
_DATES = frozenset({"DTSTART", "DUE", "DTSTAMP"})
_PEOPLE = {"ORGANIZER": "from", "ATTENDEE": "to", "MEMBER": "to"}
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?\d\d)?(Z|[+-]\d\d:?\d\d)?)?")
_TOKENS = re.compile(r"\w+|[^\w\s]")


class _Entry(NamedTuple):
    """An entry of a file: its lines as a half-open range of numbers, and the name that it states."""

    first: int
    last: int
    name: str
    closed: bool


def read_calendar(data: bytes, context: bytes) -> Outcome:
    """A calendar file, or one entry of it."""
    return _Agenda(data, _EVENTS, "SUMMARY").outcome("calendar")


def read_contacts(data: bytes, context: bytes) -> Outcome:
    """A file of contact cards, or one card."""
    return _Agenda(data, _CARDS, "FN").outcome("contact")


class _Agenda:
    def __init__(self, data: bytes, kinds: frozenset[str], title: str) -> None:
        self.data = data
        self.decoded = Decoded(data)
        self.source: Source = source_of(self.decoded)
        self.lines = content_lines(self.source.text)
        self.entries = _entries(self.lines, kinds, title)
        self.build = Builder()
        self.said: list[list[str]] = []

    def outcome(self, kind: str) -> Outcome:
        if any(not entry.closed for entry in self.entries):
            self.build.finding("K-OPEN", "warn")
        if not self.entries:
            self.build.finding("K-NO-ENTRY", "note")
        position = 0
        for number, entry in enumerate(self.entries if len(self.entries) > 1 else []):
            if number == LIMITS.entries - 1 and len(self.entries) > LIMITS.entries:
                entry = _Entry(entry.first, self.entries[-1].last, "", True)
            self._plain(position, entry.first)
            self._part(entry)
            position = entry.last
            if number == LIMITS.entries - 1:
                break
        self._plain(position, len(self.lines))
        self.build.findings.extend(self.decoded.findings)
        return self.build.outcome(kind, "agenda", VERSION, self.decoded.encoding)

    def _part(self, entry: _Entry) -> None:
        start = self.source.byte(self.lines[entry.first].start)
        end = self.source.byte(self.lines[entry.last - 1].end)
        name = composed(" ".join(entry.name.split()))
        unit = self.build.free("attachment", name, ((start, end),))
        self.build.field("attachment", name, unit)
        mime = "text/vcard" if self.lines[entry.first].value.strip().upper() == "VCARD" else "text/calendar"
        self.build.parts.append(Part(name, self.data[start:end], mime, (start, end)))

    def _plain(self, first: int, last: int) -> None:
        kinds: list[str] = []  # the components that are open
        for line in self.lines[first:last]:
            if line.name == "BEGIN":
                kinds.append(line.value.strip().upper())
            elif line.name == "END" and kinds:
                kinds.pop()
            self._line(line, bool(kinds) and kinds[-1] in (_EVENTS | _CARDS))

    def _line(self, line: Line, own: bool) -> None:
        inner = file_in(line)
        if inner is not None:
            self._file(line, inner)
            return
        text = words(line)
        if "text/html" in line.parameters.get("FMTTYPE", "").lower():
            self._page(line, text)
            return
        label = _LABELS.get(line.name, "header" if line.name else "text")
        unit = self._unit(label if own or label == "structure" else "header", shown(line, text), line)
        if label == "paragraph":
            self.said.append(_TOKENS.findall(text))
        if own:
            self._fields(line, text, unit)

    def _unit(self, label: str, text: str, line: Line) -> int:
        return self.build.free(label, composed(text), span(self.source, line))

    def _file(self, line: Line, inner: bytes) -> None:
        stated = [value for key, value in line.parameters.items() if key.endswith("FILENAME")]
        name = stated[0] if stated else line.name.lower()
        name = composed(" ".join(name.split()))
        unit = self._unit("attachment", name, line)
        self.build.field("attachment", name, unit)
        mime = line.parameters.get("FMTTYPE") or line.parameters.get("MEDIATYPE") or "application/octet-stream"
        where = span(self.source, line)[0]
        self.build.parts.append(Part(name, inner, mime, where))

    def _page(self, line: Line, text: str) -> None:
        """A description as a page: left out only where the plain one says the same words."""
        inner = Builder(source_of(Decoded(text.encode("utf-8", "replace"))))
        assert inner.source is not None
        html.add_html(inner, inner.source)
        if _TOKENS.findall("\n".join(unit.text for unit in inner.units)) in self.said:
            self._unit("structure", f"{line.name}\n", line)
            return
        for unit in inner.units:
            self._unit(unit.label, unit.text, line)

    def _fields(self, line: Line, text: str, unit: int) -> None:
        build = self.build
        if line.name in _DATES:
            date = moment(text)
            if date and line.name != "DTSTAMP":
                build.field("date", date, unit)
            elif not date:
                build.finding("M-DATE", "warn", unit)
        elif line.name in _PEOPLE:
            address = re.sub(r"^mailto:", "", text.strip(), flags=re.IGNORECASE)
            name = " ".join(line.parameters.get("CN", "").split())
            build.field(_PEOPLE[line.name], f"{name} <{address}>" if name and name != address else address, unit)
        elif line.name in ("ADR", "ORG"):
            build.field("place" if line.name == "ADR" else "origin", ", ".join(fields_of(line.value)), unit)
        elif line.name in _VALUES:
            build.field(_VALUES[line.name], text, unit)


def moment(text: str) -> str:
    """A date or time of RFC 5545 to the minute; `Z` or an offset only where one is stated."""
    found = _DATE.match(text.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, zone = found.groups()
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31 and int(hour or 0) < 24 and int(minute or 0) < 60):
        return ""
    if hour is None:
        return f"{year}-{month}-{day}"
    if zone and zone != "Z" and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"{year}-{month}-{day}T{hour}:{minute}{zone or ''}"


def _entries(lines: list[Line], kinds: frozenset[str], title: str) -> list[_Entry]:
    """The outermost entries. One that is not closed ends where the next of its kind begins, or with the file."""
    entries: list[_Entry] = []
    first, name, kind, depth = -1, "", "", 0
    for number, line in enumerate(lines):
        value = line.value.strip().upper() if line.name in ("BEGIN", "END") else ""
        inner = number > 0 and lines[number - 1].name == "AGENT"  # a card within a card
        if line.name == "BEGIN" and value in kinds and (first < 0 or (value == kind and not inner)):
            if first >= 0:
                entries.append(_Entry(first, number, name, closed=False))
            first, name, kind, depth = number, "", value, 0
        elif first >= 0 and line.name == "BEGIN" and value == kind:
            depth += 1
        elif first >= 0 and line.name == "END" and value == kind:
            if depth:
                depth -= 1
                continue
            entries.append(_Entry(first, number + 1, name, closed=True))
            first = -1
        elif first >= 0 and line.name == title and not name:
            name = words(line)[:300]
    if first >= 0:
        entries.append(_Entry(first, len(lines), name, closed=False))
    return entries
