"""Chat exports in JSON (Telegram, Signal and their like) and XML (Adium): a unit for each value, as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

from unsealed.ingest.decode import Decoded, Source, composed, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.chat_names import Names
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, rejected
from unsealed.ingest.readers.strip import stripped

NAME, VERSION = "chat-export", 1

_TOKEN = re.compile(
    r"""(?P<string>"(?>(?:[^"\\]++|\\.)*)")|(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)|(?P<colon>:)"""
    r"""|(?P<scalar>-?\d[\d.eE+-]*|true|false|null)|(?P<white>[ \t\r\n\ufeff]+)""",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\n", "b": " ", "f": " "}
_NAMES = frozenset(
    ("from", "actor", "sender", "author", "source", "sourceName", "sender_name", "fromName", "authorName")
)
_TIMES = frozenset(("date", "timestamp", "sent_at", "sentAt", "time", "timestamp_ms", "edited", "dateSent"))
_WORDS = frozenset(("text", "body", "message", "content", "caption"))
_TITLES = frozenset(("name", "title", "conversation", "chat_name", "thread_name"))
# Neither attributes nor bodies run over the next element: an unclosed one must not be looked through again and again.
_MESSAGE = re.compile(
    r"<(?P<kind>message|event|status)\b(?P<attributes>[^<>]*?)"
    r"(?:/>|>(?P<body>(?>(?:[^<]++|<(?!(?:message|event|status)\b|/(?P=kind)\b))*))</(?P=kind)\s*>)"
)
_ATTRIBUTE = re.compile(r"""\b(?P<name>[\w:]+)\s*=\s*(?:"(?P<double>[^"<]*)"|'(?P<single>[^'<]*)')""")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d)?")


def read_json(data: bytes, context: bytes) -> Outcome:
    """An export in JSON: names, times and words by the keys that exports use, every other value a cell."""
    source = source_of(Decoded(data))
    export = _Export(source)
    if not export.run():
        return rejected("T-JSON", "not well-formed JSON, or nested too deep", "Mend a copy of the export.")
    export.names.fields()
    return export.build.outcome("chat", NAME, VERSION)


class _Export:
    """Walks over the tokens of a JSON text: positions of values are known, which a parser would not tell."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.build = Builder()
        self.names = Names(self.build)
        self.keys: list[str] = []  # the key that each open object or list is the value of
        self.key = ""
        self.open: list[str] = []
        self.at_key = False
        self.day = ""
        self.titled = False

    def run(self) -> bool:
        """Take every token; False where the text is no JSON."""
        text, position = self.source.text, 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None or not self._token(found):
                return False
            position = found.end()
        return not self.open

    def _token(self, found: re.Match[str]) -> bool:
        kind, mark = found.lastgroup, found.group()
        if kind == "open":
            self.open.append(mark)
            self.keys.append(self.key)
            self.at_key = mark == "{"
            return len(self.open) <= LIMITS.xml_depth
        if kind == "close":
            if not self.open or self.open.pop() + mark not in ("{}", "[]"):
                return False
            self.key = self.keys.pop()
        elif kind == "string" and self.at_key:
            self.key = _unescaped(mark)
        elif kind in ("string", "scalar"):
            self._value(found)
        if kind != "white":
            self.at_key = kind == "comma" and bool(self.open) and self.open[-1] == "{"
        return True

    def _value(self, found: re.Match[str]) -> None:
        is_text = found.lastgroup == "string"
        value = _unescaped(found.group()) if is_text else found.group()
        label = self._label(is_text)
        if not value.strip() or (label == "cell" and value in ("null", "true", "false")):
            return
        start, end = found.span()
        span = ((self.source.byte(start), self.source.byte(end)),)
        unit = self.build.free(label, composed(value), span)
        if label == "name":
            self.names.add(unit, value)
        elif label == "time":
            self._time(value, unit)
        elif label == "title":
            self.build.field("title", value, unit)

    def _label(self, is_text: bool) -> str:
        # the text of a message may be a list of pieces, or objects with a text of their own
        around = self.keys[-1] if self.keys else ""
        if self.key in _TIMES:
            return "time"
        if is_text and self.key in _NAMES:
            return "name"
        if is_text and (self.key in _WORDS or (self.key in ("", "text") and around in _WORDS)):
            return "message"
        if is_text and self.key in _TITLES and len(self.keys) == 1 and not self.titled:
            self.titled = True
            return "title"
        return "cell"

    def _time(self, value: str, unit: int) -> None:
        when = _WHEN.match(value)
        day = when.group()[:10] if when is not None else _day_of_epoch(value)
        if day and day != self.day:
            if not self.day:
                self.build.field("date", day, unit)
            self.day = day
            self.build.field("day", day, unit)


def _unescaped(token: str) -> str:
    return _ESCAPE.sub(_character, token[1:-1])


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return (bytes.fromhex(found[1]) + bytes.fromhex(found[2])).decode("utf-16-be", "replace")
    if found[3]:
        code = int(found[3], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code).replace("\r", "\n")
    return _PLAIN.get(found[4], found[4])


def _day_of_epoch(value: str) -> str:
    """The day of seconds or milliseconds since 1970, in UTC; empty for other numbers."""
    if not re.fullmatch(r"\d{10}(?:\d{3})?", value):
        return ""
    return datetime.fromtimestamp(int(value[:10]), UTC).date().isoformat()


def read_xml(data: bytes, context: bytes) -> Outcome:
    """A log of Adium: `message`, `event` and `status` elements with sender, time and text."""
    source = source_of(Decoded(data))
    build = Builder(source)
    names = Names(build)
    day = ""
    for found in _MESSAGE.finditer(source.text):
        for name, start, end in _attributes(source.text, *found.span("attributes")):
            value = stripped(source, start, end)
            build.source = value
            if name in ("sender", "alias"):
                names.add(build.unit("name", 0, len(value.text)), value.text)
            elif name == "time":
                unit = build.unit("time", 0, len(value.text))
                if value.text[:10] != day and _WHEN.match(value.text):
                    if not day:
                        build.field("date", value.text[:10], unit)
                    day = value.text[:10]
                    build.field("day", day, unit)
            elif name not in ("type", "xmlns", "autoreply"):
                build.unit("cell", 0, len(value.text))
        if found["body"]:
            build.source = stripped(source, *found.span("body"))
            build.unit("message" if found["kind"] == "message" else "system", 0, len(build.source.text))
    names.fields()
    return build.outcome("chat", NAME, VERSION)


def _attributes(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for found in _ATTRIBUTE.finditer(text, start, end):
        group = "double" if found["double"] is not None else "single"
        if unescape(found[group]):
            yield found["name"], *found.span(group)
