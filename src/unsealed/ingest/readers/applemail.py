"""Messages as Apple Mail keeps them (`.emlx`): a count of bytes, the message, a list of what the program noted."""

from __future__ import annotations

import re
from html import unescape

import msgspec

from unsealed.ingest.decode import Decoded, composed, source_of
from unsealed.ingest.readers import mail
from unsealed.ingest.readers.outcome import Outcome, Part
from unsealed.model import Finding, Unit

NAME, VERSION = "emlx", 1

_COUNT = re.compile(rb"[ \t]*(\d{1,12})[ \t]*\r?\n")
_PLIST = re.compile(rb"\s*<\?xml\b[^>]*+>\s*<!DOCTYPE plist")
_PAIR = re.compile(r"<key>([^<]{1,200})</key>\s*<(string|integer|real|date)>([^<]*)</\2>")


def read(data: bytes, context: bytes) -> Outcome:
    """One message with its notes as units `header` behind it."""
    count = _COUNT.match(data)
    start = count.end() if count is not None else 0
    end = min(start + int(count.group(1)), len(data)) if count is not None else len(data)
    findings: list[Finding] = []
    if end < len(data) and not _PLIST.match(data, end):
        found = data.rfind(b"<?xml", start)
        end = found if found >= 0 and _PLIST.match(data, found) else len(data)
        findings.append(Finding("M-EMLX-COUNT", "warn"))
    outcome = mail.read(data[start:end], context)
    reading = outcome.reading
    assert reading is not None  # a mail is always read
    units = [
        Unit(unit.label, unit.text, tuple([(a + start, b + start) for a, b in unit.source]), unit.page)
        for unit in reading.units
    ]
    units += _notes(data, end)
    parts = tuple(_moved(part, start) for part in outcome.parts)
    reading = msgspec.structs.replace(
        reading, reader=NAME, version=VERSION, units=tuple(units), findings=(*reading.findings, *findings)
    )
    return Outcome(reading, parts)


def _moved(part: Part, start: int) -> Part:
    where = (part.source[0] + start, part.source[1] + start) if part.source is not None else None
    return msgspec.structs.replace(part, source=where)


def _notes(data: bytes, start: int) -> list[Unit]:
    text = source_of(Decoded(data[start:])).text
    span = ((start, len(data)),)
    notes = [Unit("header", composed(f"{unescape(key)}: {unescape(value)}\n".replace("\r", "\n")), span)
             for key, _, value in _PAIR.findall(text)]  # fmt: skip
    rest = text.strip() if not notes else ""
    return [*notes, Unit("text", composed(text), span)] if rest else notes
