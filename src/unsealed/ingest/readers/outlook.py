"""Messages that Outlook wrote: `.msg` and `winmail.dat`. They are read like any mail, their attachments are parts."""

from __future__ import annotations

import msgspec

from unsealed.ingest.decode import composed
from unsealed.ingest.mapi.bag import Attachment, Stored
from unsealed.ingest.mapi.letter import render
from unsealed.ingest.mapi.ole import NotAMessage, open_message
from unsealed.ingest.mapi.says import subject
from unsealed.ingest.mapi.tnef import NotTnef, open_tnef
from unsealed.ingest.readers import agenda, mail
from unsealed.ingest.readers.outcome import Outcome, Part, rejected
from unsealed.model import Field, Finding, Unit

VERSION = 1
_READ = {"eml": mail.read, "calendar": agenda.read_calendar, "contact": agenda.read_contacts}
_REMEDY = "Open it in a mail program, save it again as .eml and ingest that."


def read_msg(data: bytes, context: bytes) -> Outcome:
    """A `.msg` file."""
    try:
        stored = open_message(data)
    except NotAMessage:
        return rejected("M-MSG-BROKEN", "the parts of the message cannot be read", _REMEDY)
    except (RecursionError, MemoryError):
        return rejected("R-TOO-LARGE", "needs more memory than a reader has", _REMEDY)
    return reading_of(stored, "msg")


def read_tnef(data: bytes, context: bytes) -> Outcome:
    """A `winmail.dat`."""
    try:
        stored = open_tnef(data)
    except (NotTnef, RecursionError):
        return rejected("M-TNEF-BROKEN", "the file is not what it begins like", _REMEDY)
    return reading_of(stored, "tnef")


def reading_of(stored: Stored, reader: str) -> Outcome:
    """A stored message as a reading; byte ranges are not known, since the message is put together from properties."""
    form, _, data = render(stored, attached=False)
    outcome = _READ[form](data, b"")
    reading = outcome.reading
    assert reading is not None
    units = [Unit(unit.label, unit.text) for unit in reading.units]
    fields, findings = list(reading.fields), list(reading.findings)
    findings += [Finding(code, "warn") for code in stored.troubles]
    parts = [Part(part.name, part.data, part.mime) for part in outcome.parts]
    for attachment in stored.attachments:
        part = _part(attachment)
        units.append(Unit("attachment", part.name))
        if part.name:
            fields.append(Field("attachment", part.name, (len(units) - 1,)))
        if attachment.note:
            findings.append(Finding(attachment.note, "warn", len(units) - 1))
        parts.append(part)
    reading = msgspec.structs.replace(
        reading, reader=reader, version=VERSION, units=tuple(units), fields=tuple(fields), findings=tuple(findings)
    )
    return Outcome(reading, tuple(parts))


def _part(attachment: Attachment) -> Part:
    inner = attachment.message
    name = attachment.name or (subject(inner.bag) if inner is not None else "")
    name = composed(" ".join(name.split()))
    if inner is not None:
        made = render(inner, 1)
        return Part(name, made.data, made.mime)
    return Part(name, attachment.data()[0], attachment.mime or "application/octet-stream")
