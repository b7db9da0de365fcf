"""Chat transcripts of text and HTML: time, name and message of each line are units of their own (other.md section 1).

Lines of Pidgin, irssi, weechat, mIRC, XChat, Adium (HTML) and WhatsApp. Exports in JSON and XML: `chat_export`.
"""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, Source, source_of
from unsealed.ingest.readers import html
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.chat_days import Clock, Days, stated_day
from unsealed.ingest.readers.chat_names import Names
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.readers.strip import stripped

NAME, VERSION = "chat", 2

_DAY = r"(?P<day>\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|[A-Z][a-z]{2} [ \d]\d)"
_CLOCK = r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::\d\d(?:\.\d+)?)?(?:[ \u202f\u00a0]?(?P<half>[AaPp]\.?[Mm]\.?))?"
_STAMP = re.compile(
    r"[\u200e\u202a\ufeff]*(?P<open>[\[(]?)(?:"
    + _DAY
    + r",?[ T])?"
    + _CLOCK
    + r"(?:Z|[+-]\d\d:?\d\d)?(?P<close>[\])]?)"
    r"(?P<end>[ ]-[ ]|[ ]*\t|[ ]+)"
)
_ANGLE = re.compile(r"(?P<name><[^>\n]{1,64}>[ \t]*)(?P<text>.*)")
_COLUMN = re.compile(r"(?P<name>[ ]?\S{1,64}\t)(?P<text>.*)")
_ACTION = re.compile(r"(?P<name>[ ]?\*[ \t]\S{1,64}(?:[ ]|(?=\n|\Z)))(?P<text>.*)")
_COLON = re.compile(r"(?P<name>[^:\n]{1,64}:(?:[ ]|(?=\n|\Z)))(?P<text>.*)")
_SYSTEM = re.compile(r"(?:===|=!=|-!-|-->|<--|--(?=[\t ])|\*\*\*)[^\n]*")
_EVENT = re.compile(
    r"[ ]?\*[ \t]+\S{1,64}(?: \([^)\n]*\)| \[[^\]\n]*\])? "
    r"(?:has (?:joined|left|quit)|is now known as|sets mode|was kicked|changes topic|Quit|Joins|Parts)\b[^\n]*"
    r"|[ ]?\*[ \t]+(?:Now talking|Topic is|Set by|Disconnected|Joins|Parts|Quits)\b[^\n]*"
)
_SESSION = re.compile(
    r"(?P<title>Conversation with .{1,200}? (?:at|on) )(?P<rest>[^\n]*)"
    r"|(?:---|\*{4}) ?(?:Log (?:opened|closed)|Day changed|BEGIN LOGGING AT|ENDING LOGGING AT)\b[^\n]*"
    r"|Session (?:Start|Close|Ident|Time)\b[^\n]*"
)
_PRIOR = re.compile(r"\[redacted\]|\[\.\.\.\]|xxxx|XXXX|█")


def read(data: bytes, context: bytes) -> Outcome:
    """A log as its lines, in the order of the file; nothing is re-sorted or merged."""
    return _outcome(source_of(Decoded(data, context.decode("ascii", "replace"))))


def read_page(data: bytes, context: bytes) -> Outcome:
    """A log in HTML: the lines are those of its text; tags and character references are markup."""
    source = source_of(Decoded(data, html.declared_charset(data)))
    return _outcome(stripped(source, 0, len(source.text)))


def _outcome(source: Source) -> Outcome:
    build = Builder(source)
    _Log(build).run()
    return build.outcome("chat", NAME, VERSION)


class _Log:
    def __init__(self, build: Builder) -> None:
        assert build.source is not None
        self.build = build
        self.text = build.source.text
        self.names = Names(build)
        self.days = Days(build)
        self.pending: tuple[str, int, int] | None = None  # the message that following lines may continue

    def run(self) -> None:
        position, end = 0, len(self.text)
        self.days.order([found["day"] for found in _dated(self.text)])
        while position < end:
            stop = self.text.find("\n", position) + 1 or end
            self._line(position, stop)
            position = stop
        self._flush(end)
        self.names.fields()
        if _PRIOR.search(self.text):
            self.build.finding("T-PRIOR-REDACTION", "note")

    def _line(self, start: int, stop: int) -> None:
        session = _SESSION.match(self.text, start, stop)
        if session is not None:
            self._session(session, start, stop)
            return
        stamp = _STAMP.match(self.text, start, stop)
        at = stamp.end() if stamp is not None else start
        if self._is_system(stamp, at, stop):
            self._flush(start)
            self._time(stamp, start, at)
            self._system(at, stop)
            return
        said = self._said(stamp, at, stop)
        if said is None:
            self._loose(start, stop)
            return
        self._flush(start)
        self._time(stamp, start, at)
        self.names.add(self.build.unit("name", *said.span("name")), said["name"])
        self.pending = ("message", said.end("name"), stop)

    def _is_system(self, stamp: re.Match[str] | None, at: int, stop: int) -> bool:
        if _SYSTEM.match(self.text, at, stop) or _EVENT.match(self.text, at, stop):
            return True
        # a time in brackets, or a day, and then no name: what the program says itself
        return stamp is not None and _bracketed(stamp) and self._said(stamp, at, stop) is None

    def _said(self, stamp: re.Match[str] | None, at: int, stop: int) -> re.Match[str] | None:
        """The name and the words of a line, in the form that its time has."""
        found = _ANGLE.match(self.text, at, stop) or _ACTION.match(self.text, at, stop)
        if found is not None or stamp is None:
            return found
        if "\t" in stamp["end"]:
            return _COLUMN.match(self.text, at, stop)
        return _COLON.match(self.text, at, stop) if _bracketed(stamp) else None

    def _time(self, stamp: re.Match[str] | None, start: int, end: int) -> None:
        if stamp is None:
            return
        unit = self.build.unit("time", start, end)
        hours = int(stamp["h"])
        if stamp["half"]:
            hours = hours % 12 + (12 if stamp["half"][0] in "pP" else 0)
        self.days.line(Clock(hours * 60 + int(stamp["m"]), stamp["day"] or "", unit))

    def _session(self, session: re.Match[str], start: int, stop: int) -> None:
        self._flush(start)
        is_title = session["title"] is not None
        unit = self.build.unit("title" if is_title else "system", start, stop)
        if is_title:
            self.build.field("title", self.text[start:stop], unit)
        day = stated_day(session["rest"] or session.group())
        if day:
            self.days.stated(day, unit)

    def _loose(self, start: int, stop: int) -> None:
        if self.pending is None and self.text[start:stop].strip():
            self.pending = ("text", start, stop)
        elif self.pending is None:
            self.build.unit("structure", start, stop)
        # else: the line belongs to the message before it

    def _flush(self, end: int) -> None:
        if self.pending is not None:
            self.build.unit(self.pending[0], self.pending[1], end)
            self.pending = None

    def _system(self, start: int, stop: int) -> None:
        unit = self.build.unit("system", start, stop)
        self.names.system(unit, self.text[start:stop])


def _bracketed(stamp: re.Match[str]) -> bool:
    """Whether names end in a colon behind such a time: brackets of any kind, or a dash."""
    return bool(stamp["open"] and stamp["close"]) or stamp["end"] == " - "


def _dated(text: str) -> list[re.Match[str]]:
    """The times of the first lines that carry a day."""
    found = (_STAMP.match(line) for line in text[:200_000].splitlines())
    return [stamp for stamp in found if stamp is not None and stamp["day"]]
