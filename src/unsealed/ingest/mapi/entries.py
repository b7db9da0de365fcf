"""Appointments, tasks, notes, contacts and lists of people as what other programs write: iCalendar and vCard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from unsealed.ingest.mapi.bag import Bag, Key, Stored
from unsealed.ingest.mapi.rtf import read_rich, unpacked
from unsealed.ingest.mapi.says import flat, person, recipient, subject, unsaid

_EXCEPTION = "ipm.ole.class.{00061055"  # an appointment of a series that is not like the others
_ONE_OFF = bytes.fromhex("812b1fa4bea310199d6e00dd010f5402")
_TEL = {
    0x3A08: "work", 0x3A1B: "work", 0x3A57: "work", 0x3A09: "home", 0x3A2F: "home", 0x3A1C: "cell", 0x3A1F: "voice",
    0x3A1A: "voice", 0x3A02: "voice", 0x3A2E: "voice", 0x3A1D: "voice", 0x3A1E: "car", 0x3A21: "pager", 0x3A24: "fax",
    0x3A23: "fax", 0x3A25: "fax", 0x3A2D: "isdn", 0x3A2C: "telex",
}  # fmt: skip
_ADR: tuple[tuple[str, tuple[Key, ...]], ...] = (
    ("work", ("address:8045", "address:8046", "address:8047", "address:8048", "address:8049")),
    ("home", (0x3A5D, 0x3A59, 0x3A5C, 0x3A5B, 0x3A5A)),
    ("other", (0x3A63, 0x3A5F, 0x3A62, 0x3A61, 0x3A60)),
    ("postal", (0x3A29, 0x3A27, 0x3A28, 0x3A2A, 0x3A26)),
)
_SINGLE: tuple[tuple[str, Key], ...] = (
    ("TITLE", 0x3A17),
    ("NICKNAME", 0x3A4F),
    ("URL", 0x3A51),
    ("URL", "address:802b"),
)
_EMAIL = ("address:8083", "address:8093", "address:80a3", 0x39FE)


def entry(item: Stored) -> tuple[str, bytes] | None:
    """Media type and bytes of a thing that is no message, None for a message."""
    kind = item.bag.text(0x001A).lower()
    if kind.startswith(("ipm.appointment", _EXCEPTION)):
        return "text/calendar", _calendar(item, "VEVENT", _event(item))
    if kind.startswith("ipm.task") and not kind.startswith("ipm.taskrequest"):
        return "text/calendar", _calendar(item, "VTODO", _task(item.bag))
    if kind.startswith(("ipm.stickynote", "ipm.activity")):
        return "text/calendar", _calendar(item, "VJOURNAL", _note(item.bag))
    if kind.startswith("ipm.contact"):
        return "text/vcard", _card(item, _contact(item.bag))
    if kind.startswith("ipm.distlist"):
        return "text/vcard", _card(item, _people(item.bag))
    return None


def _calendar(item: Stored, kind: str, lines: Iterator[str]) -> bytes:
    bag = item.bag
    said = [f"SUMMARY:{escaped(subject(bag))}", *lines]
    for name, key in (("CREATED", 0x3007), ("LAST-MODIFIED", 0x3008)):
        said += _time(name, bag.time(key))
    said += [f"CATEGORIES:{escaped(word)}" for word in bag.texts("public:keywords")]
    text = body(bag)
    if text:
        said.append(f"DESCRIPTION:{escaped(text)}")
    said += _rest(item, said)
    return _file(["BEGIN:VCALENDAR", "VERSION:2.0", f"BEGIN:{kind}", *said, f"END:{kind}", "END:VCALENDAR"])


def _card(item: Stored, lines: Iterator[str]) -> bytes:
    said = list(lines)
    said += [f"CATEGORIES:{escaped(word)}" for word in item.bag.texts("public:keywords")]
    text = body(item.bag)
    if text:
        said.append(f"NOTE:{escaped(text)}")
    return _file(["BEGIN:VCARD", "VERSION:4.0", *said, *_rest(item, said), "END:VCARD"])


def _rest(item: Stored, said: list[str]) -> Iterator[str]:
    bag = item.bag
    yield f"X-MESSAGE-CLASS:{escaped(flat(bag.text(0x001A)))}"
    if item.folder:
        yield f"X-FOLDER:{escaped(flat(item.folder))}"
    for line in unsaid(bag, "\n".join(said).replace("\\", "")):
        name, _, value = line.partition(": ")
        yield f"{name.replace('.', '-')}:{escaped(value)}"
    for code in item.troubles:
        yield f"X-TROUBLE:{code}"


def _file(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def escaped(text: str) -> str:
    """A value as it stands in a content line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\").replace("\n", "\\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text.replace(",", "\\,").replace(";", "\\;"))


def body(bag: Bag) -> str:
    """The text of a thing: plain, or the words of its rich text."""
    text = bag.text(0x1000)
    if not text and bag.raw(0x1009):
        text = read_rich(unpacked(bag.raw(0x1009))).text
    return text.strip()


def _time(name: str, moment: datetime | None) -> list[str]:
    return [f"{name}:{moment:%Y%m%dT%H%M%SZ}"] if moment is not None else []


def _event(item: Stored) -> Iterator[str]:
    bag = item.bag
    uid = bag.raw("meeting:0003") or bag.raw("meeting:0023")
    if uid:
        yield f"UID:{uid.hex()}"
    yield from _time("DTSTART", bag.time("appointment:820d", "common:8516", 0x0060))
    yield from _time("DTEND", bag.time("appointment:820e", "common:8517", 0x0061))
    if bag.text("appointment:8208"):
        yield f"LOCATION:{escaped(bag.text('appointment:8208'))}"
    if bag.text("appointment:8234"):
        yield f"X-TIMEZONE:{escaped(bag.text('appointment:8234'))}"
    organizer = person(bag.text(0x0042, 0x0C1A), bag.text(0x5D02, 0x0065, 0x0C1F))
    if organizer:
        yield _one("ORGANIZER", organizer)
    for one in item.recipients:
        yield _one("ATTENDEE", recipient(one))


def _one(name: str, who: str) -> str:
    called, _, address = who.rpartition(" <")
    if not called:
        return f"{name}:{escaped(who)}"
    called = called.strip('"').replace("\\", "").replace('"', "^'")
    return f'{name};CN="{called}":mailto:{escaped(address.rstrip(">"))}'


def _task(bag: Bag) -> Iterator[str]:
    yield from _time("DTSTART", bag.time("task:8104"))
    yield from _time("DUE", bag.time("task:8105"))
    yield from _time("COMPLETED", bag.time("task:810f"))
    if bag.text("task:811f"):
        yield f"X-OWNER:{escaped(bag.text('task:811f'))}"


def _note(bag: Bag) -> Iterator[str]:
    yield from _time("DTSTART", bag.time("log:8706", 0x3007))


def _contact(bag: Bag) -> Iterator[str]:
    yield f"FN:{escaped(bag.text(0x3001, 0x0037))}"
    yield "N:" + ";".join(escaped(bag.text(key)) for key in (0x3A11, 0x3A06, 0x3A44, 0x3A45, 0x3A05))
    if bag.text(0x3A16) or bag.text(0x3A18):
        yield f"ORG:{escaped(bag.text(0x3A16))};{escaped(bag.text(0x3A18))}"
    for field, key in _SINGLE:
        if bag.text(key):
            yield f"{field}:{escaped(bag.text(key))}"
    yield from _addresses(bag)
    birthday = bag.time(0x3A42)
    if birthday:
        yield f"BDAY:{birthday:%Y-%m-%d}"


def _addresses(bag: Bag) -> Iterator[str]:
    for address in dict.fromkeys(bag.text(key) for key in _EMAIL):
        if address:
            yield f"EMAIL:{escaped(address)}"
    for number, kind in _TEL.items():
        if bag.text(number):
            yield f"TEL;TYPE={kind}:{escaped(bag.text(number))}"
    for kind, keys in _ADR:
        parts = [escaped(bag.text(key)) for key in keys]
        if any(parts):
            yield f"ADR;TYPE={kind}:;;{';'.join(parts)}"


def _people(bag: Bag) -> Iterator[str]:
    yield "KIND:group"
    yield f"FN:{escaped(bag.text('address:8053', 0x3001, 0x0037))}"
    found = bag.properties.get("address:8054")
    for raw in found.values if found is not None else ():
        name, address = _one_off(raw)
        if name or address:
            yield _one("MEMBER", person(name, address))


def _one_off(raw: bytes) -> tuple[str, str]:
    """Name and address of an entry that stands for somebody who is in no address book ([MS-OXCDATA] 2.2.5.1)."""
    place = raw.find(_ONE_OFF)
    if place < 0:
        return "", ""
    start = place + 20
    wide = bool(raw[start - 1 : start] >= b"\x80") or bool(raw[start - 2 : start - 1] >= b"\x80")
    if wide:
        texts = raw[start:].decode("utf-16-le", "replace").split("\0")
    else:
        texts = raw[start:].decode("cp1252", "replace").split("\0")
    return texts[0], texts[2] if len(texts) > 2 else ""
