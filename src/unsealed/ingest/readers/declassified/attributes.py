"""The attribute block behind the message: `Key: value` lines (declassified-cable.md section 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from unsealed.ingest.readers.build import Builder

KEYS = (
    "Automatic Decaptioning", "Capture Date", "Channel Indicators", "Concepts", "Control Number", "Copy",
    "Current Classification", "Current Handling Restrictions", "Decaption Date", "Decaption Note",
    "Disposition Action", "Disposition Approved on Date", "Disposition Authority", "Disposition Case Number",
    "Disposition Comment", "Disposition Date", "Disposition Event", "Disposition History", "Disposition Reason",
    "Disposition Remarks", "Document Number", "Document Source", "Document Unique ID", "Draft Date", "Drafter",
    "Enclosure", "Errors", "Executive Order", "Expiration", "Film Number", "Format", "From", "Handling Restrictions",
    "ISecure", "Image Path", "Legacy Key", "Line Count", "Litigation Code Aides", "Litigation Codes",
    "Litigation History", "Locator", "Margin", "Markings", "Message ID", "Office", "Original Classification",
    "Original Handling Restrictions", "Original Previous Classification",
    "Original Previous Handling Restrictions", "Page Count", "Previous Channel Indicators",
    "Previous Classification", "Previous Handling Restrictions", "Reference", "Retention", "Review Action",
    "Review Authority", "Review Comment", "Review Content Flags", "Review Date", "Review Event", "Review Exemptions",
    "Review History", "Review Markings", "Review Media Identifier", "Review Referrals", "Review Release Date",
    "Review Release Event", "Review Transfer Date", "Review Withdrawn Fields", "SAS ID", "Secure", "Sent Date",
    "Status", "Subject", "TAGS", "To", "Type",
)  # fmt: skip
_BY_NAME = {key.lower(): key for key in KEYS}
_KEY = re.compile(r"[ \t]*(?P<key>[A-Za-z][A-Za-z/ ]{1,48}?)[ \t]*:(?P<space>[ \t]*)")
_LABELS = {
    "Document Number": "id", "Message ID": "id", "Subject": "subject", "From": "from", "To": "to", "TAGS": "cell",
    "Original Classification": "classification", "Current Classification": "classification",
    "Draft Date": "time", "Sent Date": "time", "Reference": "ref", "Executive Order": "declassify",
}  # fmt: skip
_NOTHING = frozenset({"n/a", "na", ""})
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DATE = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ](\d{4})(?:[ ].*)?|(\d{1,2})/(\d{1,2})/(\d{4})(?:[ ].*)?")
_FILLER = date(1960, 1, 1)


class Attribute(NamedTuple):
    """One value: as written, empty for `N/A`; the unit that it stands in."""

    raw: str
    value: str
    unit: int


class Attributes:
    """The attributes of one telegram, by key; a key may come several times, an unknown one has `other:` before it."""

    def __init__(self) -> None:
        self.known: dict[str, list[Attribute]] = {}

    def add(self, key: str, attribute: Attribute) -> None:
        """Take one more value."""
        self.known.setdefault(key, []).append(attribute)

    def first(self, *keys: str) -> Attribute:
        """The first of these keys that has a value, else an empty attribute."""
        for key in keys:
            for attribute in self.known.get(key, ()):
                if attribute.value:
                    return attribute
        return Attribute("", "", -1)


def read_attributes(
    build: Builder, start: int, end: int, references: Callable[[int, int], None] | None = None
) -> Attributes:
    """Units and values of the lines from `start` to `end`: for each a `cell-label` and its value.

    `references` makes the units of a list of references; None where the message itself has told them.
    """
    assert build.source is not None
    text, found = build.source.text, Attributes()
    key, opened, value_at = "", start, start
    position = start
    while position < end:
        stop = text.find("\n", position, end) + 1 or end
        match = _key(text, position, stop, inside=bool(key))
        if match is not None:
            _close(build, found, key, (opened, value_at, position), references)
            name = " ".join(match["key"].split())
            key = _BY_NAME.get(name.lower(), "")
            if not key:
                build.finding("D-KEY", "warn", build.count)
                key = "other:" + name
            opened, value_at = position, match.end()
        elif key and not text[position:stop].strip():  # a blank line ends a value
            _close(build, found, key, (opened, value_at, stop), references)
            key, opened, value_at = "", stop, stop
        position = stop
    _close(build, found, key, (opened, value_at, end), references)
    return found


def _key(text: str, start: int, stop: int, *, inside: bool) -> re.Match[str] | None:
    """A key at the head of a line. Inside a value only a known key begins a new one: remarks hold colons too."""
    match = _KEY.match(text, start, stop)
    if match is None:
        return None
    name = " ".join(match["key"].split()).lower()
    if name in _BY_NAME:
        return match
    own_line = text[start] not in " \t" and match["key"].istitle() and bool(match["space"] or match.end() >= stop - 1)
    return match if own_line and len(name.split()) <= 5 else None


def _close(
    build: Builder, found: Attributes, key: str, span: tuple[int, int, int],
    references: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    start, value_at, end = span
    if start >= end:
        return
    assert build.source is not None
    if not key:
        build.unit("text" if build.source.text[start:end].strip() else "structure", start, end)
        return
    raw = build.source.text[value_at:end]
    value = " ".join(raw.split())
    known = key.removeprefix("other:")
    if not value:
        build.unit("cell-label", start, end)
        unit = -1
    else:
        build.unit("cell-label", start, value_at)
        if known == "Reference" and references is not None and value.lower() not in _NOTHING:
            references(value_at, end)
            unit = build.count - 1
        else:
            unit = build.unit(_LABELS.get(known, "cell"), value_at, end)
    found.add(key, Attribute(raw.strip(), "" if value.lower() in _NOTHING else value, unit))


def attribute_date(value: str) -> str:
    """The day of a date attribute as ISO; empty for none, and for the filler 1 January 1960."""
    found = _DATE.fullmatch(value.strip())
    if found is None:
        return ""
    if found[1]:
        day, month, year = int(found[1]), _MONTHS.get(found[2].lower(), 0), int(found[3])
    else:
        day, month, year = int(found[4]), int(found[5]), int(found[6])
    try:
        when = date(year, month, day)
    except ValueError:
        return ""
    return "" if when == _FILLER else when.isoformat()
