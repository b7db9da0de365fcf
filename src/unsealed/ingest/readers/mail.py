"""Messages: `.eml` files and the messages of an mbox (other.md section 3).

Each header is a unit, each body paragraph is a unit, each attachment is a unit (its name) and a `Part` of its own;
so is a nested message. The plain text and the HTML of one message are both kept where their words differ.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_tz

from unsealed.ingest.decode import Decoded, composed, source_of
from unsealed.ingest.readers import html
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.mime import (
    Glue,
    Header,
    content_type,
    decode_words,
    decoded_body,
    headers,
    parameter,
    walk,
)
from unsealed.ingest.readers.mime import Part as MimePart
from unsealed.ingest.readers.outcome import Outcome, Part
from unsealed.ingest.readers.text import add_text

NAME, VERSION = "mail", 1

_LABELS = {
    "from": "from",
    "sender": "from",
    "to": "to",
    "cc": "to",
    "bcc": "to",
    "reply-to": "to",
    "subject": "subject",
    "date": "dateline",
}
_ADDRESSES = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc"}
_ID_FIELDS = {"message-id": "message-id", "in-reply-to": "in-reply-to", "references": "thread"}
_IDS = re.compile(r"<([^<>\s]{1,998})>")
_PERSON = re.compile(r"(?:\"(?:[^\"\\]++|\\.)*+\"?|<[^>]*+>?|[^,\"<])++")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_WORDS = re.compile(r"\w+")


def read(data: bytes, context: bytes) -> Outcome:
    """One message; the bytes may begin with the separator line of an mbox."""
    return _Mail(data).outcome()


class _Mail:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.build = Builder()
        self.plain: set[str] = set()  # the words of the plain text bodies, to see whether the HTML says the same
        self.encodings: list[str] = []

    def outcome(self) -> Outcome:
        found, body = headers(self.data, 0, len(self.data))
        for header in found:
            self._header(header)
        if body < len(self.data) and not found:
            self.build.finding("M-NO-HEADERS", "warn")
        for piece in walk(self.data):
            if isinstance(piece, Glue):
                self._glue(piece)
            else:
                self._part(piece)
        if not any(field.name == "date" for field in self.build.fields):
            self.build.finding("M-NO-DATE", "note")
        return self.build.outcome("email", NAME, VERSION, self.encodings[0] if self.encodings else "")

    def _raw(self, start: int, end: int, declared: str = "") -> tuple[str, Decoded]:
        decoded = Decoded(self.data[start:end], declared)
        return source_of(decoded).text, decoded

    def _header(self, header: Header) -> None:
        line, decoded = self._raw(header.start, header.end)
        self.build.findings.extend(decoded.findings)
        text = decode_words(line) if "=?" in line else line
        if text != line and not text.endswith("\n"):
            text += "\n"
        unit = self.build.free(_LABELS.get(header.name, "header"), composed(text), ((header.start, header.end),))
        value = text.partition(":")[2] if header.name else ""
        self._fields(header.name, " ".join(value.split()), unit)

    def _fields(self, name: str, value: str, unit: int) -> None:
        build = self.build
        if name in _ADDRESSES:
            for person in _people(value):
                build.field(_ADDRESSES[name], person, unit)
        elif name == "subject":
            build.field("subject", value, unit)
            build.field("title", value, unit)
        elif name == "date":
            self._date(value, unit)
        elif name in _ID_FIELDS:
            for found in _IDS.findall(value)[:1]:
                build.field(_ID_FIELDS[name], found, unit)

    def _date(self, value: str, unit: int) -> None:
        date = _date(value)
        if not date:
            self.build.finding("M-DATE", "warn", unit)
        elif not "1980" <= date[:4] <= "2100":
            self.build.finding("M-DATE-ODD", "warn", unit)
        self.build.field("date", date, unit)

    def _glue(self, glue: Glue) -> None:
        text, _ = self._raw(glue.start, glue.end)
        if text:
            self.build.free("structure", composed(text), ((glue.start, glue.end),))

    def _part(self, part: MimePart) -> None:
        if part.depth and part.body > part.start:
            text, _ = self._raw(part.start, part.body)
            self.build.free("structure", composed(text), ((part.start, part.body),))
        kind = content_type(self.data, part.headers)
        raw, whole = decoded_body(self.data[part.body : part.end], self._value(part, "content-transfer-encoding"))
        if not whole:
            self.build.finding("M-ENCODING", "warn", self.build.count)
        name = parameter(kind, "filename", "content-disposition") or parameter(kind, "name")
        attached = kind.get("content-disposition", "").lower().startswith("attachment")
        mime = kind.get_content_type()
        if mime.startswith("text/") and not attached and (not name or mime in ("text/plain", "text/html")):
            self._body(part, raw, mime, parameter(kind, "charset"))
        elif mime.startswith("multipart/") or (mime.startswith("message/") and mime != "message/rfc822" and not name):
            self._body(part, raw, "text/plain", "")
        else:
            self._attachment(part, raw, mime, name)

    def _value(self, part: MimePart, name: str) -> str:
        for header in part.headers:
            if header.name == name:
                return self.data[header.value : header.end].decode("ascii", "replace").partition(";")[0].strip()
        return ""

    def _attachment(self, part: MimePart, raw: bytes, mime: str, name: str) -> None:
        if mime in ("application/ms-tnef", "application/vnd.ms-tnef"):
            self.build.finding("M-TNEF", "warn")
        unit = self.build.free("attachment", composed(name), ((part.start, part.end),))
        self.build.field("attachment", name, unit)
        self.build.parts.append(Part(name, raw, mime, (part.body, part.end)))

    def _body(self, part: MimePart, raw: bytes, mime: str, charset: str) -> None:
        if part.depth == 0:
            raw = _QUOTED_FROM.sub(rb"\1", raw) if self.data.startswith(b"From ") else raw
        decoded = Decoded(raw, charset)
        self.build.findings.extend(decoded.findings)
        if raw:
            self.encodings.append(decoded.encoding)
        inner = Builder(source_of(decoded))
        assert inner.source is not None
        if mime == "text/html":
            html.add_html(inner, inner.source)
            if self.plain and {word for unit in inner.units for word in _WORDS.findall(unit.text)} <= self.plain:
                return  # the same words in another dress: they stand above
            if self.plain:
                self.build.finding("M-ALTERNATIVE", "note", self.build.count)
        else:
            add_text(inner, inner.source)
            self.plain.update(_WORDS.findall(inner.source.text))
        exact = raw == self.data[part.body : part.end]
        for unit in inner.units:
            spans = (
                tuple([(part.body + a, part.body + b) for a, b in unit.source]) if exact else ((part.body, part.end),)
            )
            self.build.free(unit.label, unit.text, spans)


def _people(value: str) -> list[str]:
    """The people of an address header, each as `Name <address>`, `address` or `name`.

    The standard library's parser recurses with the number of addresses; this one walks once.
    """
    people = []
    for found in _PERSON.finditer(value):
        name, _, address = found.group().partition("<")
        name = name.strip(" \t\"';")
        address = address.partition(">")[0].strip()
        person = f"{name} <{address}>" if name and address else name or address
        if person:
            people.append(person)
    return people or [value]


def _date(value: str) -> str:
    """An RFC 5322 date to the minute, with its offset where one is stated."""
    try:
        parts = parsedate_tz(value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return ""
    if parts is None:
        return ""
    try:
        moment = datetime(*parts[:5])  # noqa: DTZ001 - the source states no zone here
    except (ValueError, OverflowError):
        return ""
    offset = parts[9]
    if offset is None or abs(offset) >= 86_400 or (offset == 0 and re.search(r"-0000\s*$", value)):
        return moment.strftime("%Y-%m-%dT%H:%M")
    if offset == 0:
        return moment.strftime("%Y-%m-%dT%H:%MZ")
    sign = "-" if offset < 0 else "+"
    return f"{moment:%Y-%m-%dT%H:%M}{sign}{abs(offset) // 3600:02d}:{abs(offset) % 3600 // 60:02d}"
