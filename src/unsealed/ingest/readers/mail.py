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
from unsealed.ingest.readers.encoded import Body, Name, decode_place, decode_words, decoded_body, without_names
from unsealed.ingest.readers.mime import Glue, Header, content_type, headers, parameter, walk
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
# Headers of a part that are structure, once the names are taken out; every other one says something
_FORMAL = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "mime-version"})
_PLACES = frozenset({"content-id", "content-location", "content-base"})
# What two dresses of one text must have in common: words and signs in order, but not the marks of plain text for markup
_TOKENS = re.compile(r"[^\W_]+|[^\w\s*>|#]")
_LINK = re.compile(r"[<\[(]?\b(?:https?://|mailto:)[^\s<>\])]+[>\])]?")


def read(data: bytes, context: bytes) -> Outcome:
    """One message; the bytes may begin with the separator line of an mbox."""
    return _Mail(data).outcome()


class _Mail:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.build = Builder()
        self.plain: list[list[str]] = []  # the plain text bodies as tokens, to see whether the HTML says the same
        self.encodings: list[str] = []
        self.last = 0  # where the last unit begins

    def outcome(self) -> Outcome:
        found, body = headers(self.data, 0, len(self.data))
        names: list[Name] = []
        for header in found:
            names += self._header(header)
        if body < len(self.data) and not found:
            self.build.finding("M-NO-HEADERS", "warn")
        for number, piece in enumerate(walk(self.data)):
            if number == 0 and not (isinstance(piece, MimePart) and piece.depth == 0):
                self._names(names, body)
            if isinstance(piece, Glue):
                self._glue(piece)
            else:
                self._part(piece, names if piece.depth == 0 else self._part_headers(piece))
        if not any(field.name == "date" for field in self.build.fields):
            self.build.finding("M-NO-DATE", "note")
        return self.build.outcome("email", NAME, VERSION, self.encodings[0] if self.encodings else "")

    def _unit(self, label: str, text: str, start: int, end: int) -> int:
        self.last = start
        return self.build.free(label, composed(text), ((start, end),))

    def _raw(self, start: int, end: int, declared: str = "") -> tuple[str, Decoded]:
        decoded = Decoded(self.data[start:end], declared)
        return source_of(decoded).text, decoded

    def _header(self, header: Header) -> list[Name]:
        line, decoded = self._raw(header.start, header.end)
        self.build.findings.extend(decoded.findings)
        names: list[Name] = []
        if header.name.startswith("content-"):
            text, names = self._said(header.name, line)
        else:
            text = decode_words(line)
        if text != line and not text.endswith("\n"):
            text += "\n"
        unit = self._unit(_LABELS.get(header.name, "header"), text, header.start, header.end)
        value = text.partition(":")[2] if header.name else ""
        self._fields(header.name, " ".join(value.split()), unit)
        return names

    def _said(self, name: str, line: str) -> tuple[str, list[Name]]:
        """A header of a part as text, without the names in it, and these names."""
        if name in _FORMAL:
            return without_names(line)
        return decode_place(line) if name in _PLACES else decode_words(line), []

    def _part_headers(self, part: MimePart | Glue) -> list[Name]:
        """The headers of a part: formal ones that follow each other are one unit, each other one its own."""
        end = part.body if isinstance(part, MimePart) else part.end
        names: list[Name] = []
        text, begin = "", part.start
        for header in part.headers:
            line, found = self._said(header.name, self._raw(header.start, header.end)[0])
            names += found
            if header.name not in _FORMAL:
                self._structure(text, begin, header.start)
                self._unit("header", line, header.start, header.end)
                text, begin = "", header.end
            else:
                text += line
        after = part.headers[-1].end if part.headers else part.start
        self._structure(text + decode_words(self._raw(after, end)[0]), begin, end)
        return names

    def _structure(self, text: str, start: int, end: int) -> None:
        if text:
            self._unit("structure", text, start, end)

    def _names(self, names: list[Name], end: int) -> list[int]:
        """One unit for each name of a part, the best spelling first; the same name twice is one."""
        ranked = sorted(names, key=lambda name: (name.key != "filename", not name.extended))
        return [self._unit("attachment", text, self.last, end) for text in dict.fromkeys(name.text for name in ranked)]

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
        if glue.headers:
            self._names(self._part_headers(glue), glue.end)
            return
        mark = re.compile(rb"^--" + re.escape(glue.boundary) + rb"(?=(?:--)?[ \t]*$)", re.MULTILINE)
        lines = self.data[glue.start : glue.end].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        decoded = Decoded(mark.sub(b"--", lines))
        self._structure(decode_words(source_of(decoded).text), glue.start, glue.end)

    def _part(self, part: MimePart, names: list[Name]) -> None:
        kind = content_type(self.data, part.headers)
        body = decoded_body(self.data[part.body : part.end], self._value(part, "content-transfer-encoding"))
        if not body.whole:
            self.build.finding("M-ENCODING", "warn", self.build.count)
        if body.name:
            names = [*names, Name("name", False, body.name)]
        units = self._names(names, part.end)
        self._rest(part, body, before=True)
        attached = kind.get("content-disposition", "").lower().startswith("attachment")
        mime = kind.get_content_type()
        if mime.startswith("text/") and not attached and (not names or mime in ("text/plain", "text/html")):
            self._body(part, body, mime, parameter(kind, "charset"))
        elif mime.startswith("multipart/") or (mime.startswith("message/") and mime != "message/rfc822" and not names):
            # a multipart that could not be cut, a report: headers of others stand in it
            words = decode_words(Decoded(body.data).text).encode("utf-8", "surrogateescape")
            self._body(part, body._replace(data=words) if b"=?" in body.data else body, "text/plain", "")
        else:
            self._attachment(part, body, mime, units)
        self._rest(part, body, before=False)

    def _rest(self, part: MimePart, body: Body, *, before: bool) -> None:
        """Plain text beside an encoded body: a footer that a list has added, words around a file."""
        for start, end in body.rest:
            if (start < body.start) == before:
                self.build.finding("M-BESIDE", "note", self.build.count)
                self._unit("text", self._raw(part.body + start, part.body + end)[0], part.body + start, part.body + end)

    def _value(self, part: MimePart, name: str) -> str:
        for header in part.headers:
            if header.name == name:
                return self.data[header.value : header.end].decode("ascii", "replace").partition(";")[0].strip()
        return ""

    def _attachment(self, part: MimePart, body: Body, mime: str, units: list[int]) -> None:
        if mime in ("application/ms-tnef", "application/vnd.ms-tnef"):
            self.build.finding("M-TNEF", "warn")
        unit = units[0] if units else self._unit("attachment", "", self.last, part.end)
        name = self.build.units[unit].text
        self.build.field("attachment", name, unit)
        self.build.parts.append(Part(name, body.data, mime, (part.body + body.start, part.body + body.end)))

    def _body(self, part: MimePart, body: Body, mime: str, charset: str) -> None:
        raw = body.data
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
            if _tokens("\n".join(unit.text for unit in inner.units)) in self.plain:
                return  # the same words in another dress: they stand above
            if self.plain:
                self.build.finding("M-ALTERNATIVE", "note", self.build.count)
        else:
            add_text(inner, inner.source)
            text = inner.source.text
            self.plain += [_tokens(text), _tokens(_LINK.sub(" ", text))]
        exact = raw == self.data[part.body : part.end]
        whole = (part.body + body.start, part.body + body.end)
        for unit in inner.units:
            spans = tuple([(part.body + a, part.body + b) for a, b in unit.source]) if exact else (whole,)
            self.build.free(unit.label, unit.text, spans)
            self.last = spans[0][0] if spans else self.last


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text)


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
