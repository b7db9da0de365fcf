"""Messages: `.eml` files and the messages of an mbox (other.md section 3).

Each header is a unit, each body paragraph is a unit, each attachment is a unit (its name) and a `Part` of its own;
so is a nested message. The plain text and the HTML of one message are both kept where their words differ.
"""

from __future__ import annotations

import re
from email.message import Message

from unsealed.ingest.decode import Decoded, composed, source_of
from unsealed.ingest.readers import html, inline, mailhead
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.encoded import (
    Body,
    Name,
    decode_place,
    decode_words,
    decoded_body,
    inline_files,
    without_names,
)
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.mime import Glue, Header, Note, content_type, headers, parameter, walk
from unsealed.ingest.readers.mime import Part as MimePart
from unsealed.ingest.readers.outcome import Outcome, Part
from unsealed.ingest.readers.text import add_text

NAME, VERSION = "mail", 3

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
_IDS = frozenset({"message-id", "in-reply-to", "references"})
_REFERENCES = 100  # ids of messages before this one, besides the first
_ITEMS = frozenset({"text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory", "text/rtf"})
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_PGP = b"-----BEGIN PGP MESSAGE-----"
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
        self.received: tuple[str, int] = ("", -1)  # when the first Received says, and its unit
        self.carried = 0  # files in the addresses of its pages

    def outcome(self) -> Outcome:
        found, body = headers(self.data, 0, len(self.data))
        names: list[Name] = []
        for header in found:
            names += self._header(header)
        if body < len(self.data) and not found:
            self.build.finding("M-NO-HEADERS", "warn")
        self._sealed(content_type(self.data, found))
        named = False
        for piece in walk(self.data):
            if not named and not isinstance(piece, Note):
                named = True
                if isinstance(piece, Glue) or piece.depth:
                    self._names(names, body)
            if isinstance(piece, Note):
                self.build.finding(piece.code, "warn")
            elif isinstance(piece, Glue):
                self._glue(piece)
            else:
                self._part(piece, names if piece.depth == 0 else self._part_headers(piece))
        self._no_date()
        return self.build.outcome("email", NAME, VERSION, self.encodings[0] if self.encodings else "")

    def _no_date(self) -> None:
        if any(field.name == "date" for field in self.build.fields):
            return
        date, unit = self.received
        self.build.field("date", date, unit)
        self.build.finding("M-DATE-RECEIVED" if date else "M-NO-DATE", "note", unit if date else -1)

    def _sealed(self, kind: Message) -> None:
        """Whether the message says that it is encrypted or signed: it is kept and counted, never an error."""
        mime = kind.get_content_type()
        way = parameter(kind, "smime-type").lower()
        if mime == "multipart/encrypted" or (mime in _SMIME and way in ("enveloped-data", "authenveloped-data")):
            self.build.finding("M-ENCRYPTED", "note")
        elif mime == "multipart/signed" or (mime in _SMIME and way == "signed-data"):
            self.build.finding("M-SIGNED", "note")

    def _unit(self, label: str, text: str, start: int, end: int) -> int:
        """Append a unit; longer text becomes several, of which the last one is given."""
        self.last = start
        first = self.build.count
        for cut in range(0, max(len(text), 1), LIMITS.unit_chars):
            last = self.build.free(label, composed(text[cut : cut + LIMITS.unit_chars]), ((start, end),))
        return self.build.one_text(first, last)

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
        if header.name in _ADDRESSES:
            for person in mailhead.people(line.partition(":")[2]):
                self.build.field(_ADDRESSES[header.name], person, unit)
        elif header.name:
            self._fields(header.name, " ".join(text.partition(":")[2].split()), unit)
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
        if name == "subject":
            build.field("subject", value, unit)
            build.field("title", value, unit)
        elif name == "date":
            self._date(value, unit)
        elif name in _IDS:
            ids = mailhead.message_ids(value)
            # the first reference began the thread, the last ones lead to this message
            found = ids[:1] if name != "references" else [*ids[:1], *ids[1:][-_REFERENCES:]]
            for one in found:
                build.field("thread" if name == "references" else name, one, unit)
        elif name == "received" and self.received[1] < 0:
            self.received = (mailhead.received(value), unit)

    def _date(self, value: str, unit: int) -> None:
        date = mailhead.moment(value)
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
        if part.rest:
            head = b'Content-Type: multipart/mixed; boundary="' + part.rest + b'"\r\n\r\n'
            self._kept(part, head + self.data[part.body : part.end])
            return
        kind = content_type(self.data, part.headers)
        body = decoded_body(self.data[part.body : part.end], self._value(part, "content-transfer-encoding"))
        first = self.build.count
        if body.name:
            names = [*names, Name("name", False, body.name)]
        units = self._names(names, part.end)
        self._rest(part, body, before=True)
        attached = str(kind.get("content-disposition", "")).lower().startswith("attachment")
        mime = kind.get_content_type() if "content-type" in kind else part.mime
        text = mime.startswith("text/") and mime not in _ITEMS
        if text and not attached and (not names or mime in ("text/plain", "text/html")):
            self._body(part, body, mime, parameter(kind, "charset"))
        elif mime.startswith("multipart/") and part.depth:
            # nothing: its parts stand behind it, since it shares its boundary with the multipart around it
            if self.data[part.body : part.end].strip():
                self._kept(part, self.data[part.start : part.end])  # too deep, or without boundaries: cut on its own
        elif mime.startswith(("multipart/", "message/")) and mime not in _MESSAGES and not names:
            # a multipart that could not be cut, a report: headers of others stand in it
            words = decode_words(Decoded(body.data).text).encode("utf-8", "surrogateescape")
            self._body(part, body._replace(data=words) if b"=?" in body.data else body, "text/plain", "")
        else:
            self._attachment(part, body, mime, units)
        self._rest(part, body, before=False)
        if not body.whole:  # known before, said when it is clear that the part has a unit
            self.build.finding("M-ENCODING", "warn", first if self.build.count > first else -1)

    def _kept(self, part: MimePart, data: bytes) -> None:
        """Parts that are not cut here: they are a message of their own, and cut there."""
        self._unit("attachment", "", max(self.last, part.start), part.end)
        self.build.parts.append(Part("", data, "message/rfc822", (part.start, part.end)))

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
        unit = units[0] if units else self._unit("attachment", "", self.last, part.end)
        name = self.build.units[unit].text
        self.build.field("attachment", name, unit)
        self.build.parts.append(Part(name, body.data, mime, (part.body + body.start, part.body + body.end)))

    def _body(self, part: MimePart, body: Body, mime: str, charset: str) -> None:
        raw = body.data
        if part.depth == 0:
            raw = _QUOTED_FROM.sub(rb"\1", raw) if self.data.startswith(b"From ") else raw
        if _PGP in raw[:65_536]:
            self.build.finding("M-ENCRYPTED", "note")
        if mime == "text/html":
            self._text(part, body, raw, mime, charset)
            return
        position = 0
        for file in inline_files(raw):
            self._text(part, body, raw[position : file.start], mime, charset)
            where = (part.body + body.start, part.body + body.end)
            unit = self._unit("attachment", file.name, *where)
            self.build.field("attachment", file.name, unit)
            self.build.parts.append(Part(composed(file.name), file.data, "application/octet-stream", where))
            position = file.end
        if position < len(raw) or not position:
            self._text(part, body, raw[position:], mime, charset)

    def _text(self, part: MimePart, body: Body, raw: bytes, mime: str, charset: str) -> None:
        decoded = Decoded(raw, charset)
        self.build.findings.extend(decoded.findings)
        if raw:
            self.encodings.append(decoded.encoding)
        inner = Builder(source_of(decoded))
        assert inner.source is not None
        whole = (part.body + body.start, part.body + body.end)
        if mime == "text/html":
            html.add_html(inner, inner.source)
            self._carried(inner.source.text, whole)
            if _tokens("\n".join(unit.text for unit in inner.units)) in self.plain:
                return  # the same words in another dress: they stand above
            if self.plain and inner.units:
                self.build.finding("M-ALTERNATIVE", "note", self.build.count)
        else:
            add_text(inner, inner.source)
            text = inner.source.text
            self.plain += [_tokens(text), _tokens(_LINK.sub(" ", text))]
        exact = raw == self.data[part.body : part.end]
        for unit in inner.units:
            spans = tuple([(part.body + a, part.body + b) for a, b in unit.source]) if exact else (whole,)
            self.build.free(unit.label, unit.text, spans)
            self.last = spans[0][0] if spans else self.last

    def _carried(self, page: str, where: tuple[int, int]) -> None:
        """Files in the addresses of a page (`data:`), also of a page whose words stand elsewhere."""
        for one in inline.carried(page):
            if self.carried >= inline.FILES:
                self.build.finding("H-BESIDE", "warn")
                return
            self.carried += 1
            name = f"data-{self.carried}"
            self.build.field("attachment", name, self._unit("attachment", name, *where))
            self.build.parts.append(Part(name, one.data, one.mime, where))


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text)
