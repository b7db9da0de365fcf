"""Chat transcripts: time, name and message of each line are units of their own (other.md section 1)."""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "chat", 1

_CLOCK = r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::\d\d)?(?: ?(?P<half>[AaPp][Mm]))?"
_LINE = re.compile(
    r"(?P<time>\((?:[\d/.-]{8,10} )?" + _CLOCK + r"\) )(?P<name>[^:\n]{1,64}:[ ]?)(?P<text>.*)"
    r"|(?P<time2>(?:\[(?:\d{4}-\d\d-\d\d )?\d{1,2}:\d\d(?::\d\d)?\]|\d{1,2}:\d\d(?::\d\d)?) )?(?:"
    r"(?P<name2><[^>\n]{1,64}>[ ]?)(?P<text2>.*)"
    r"|(?P<name3>\* \S{1,64}(?:[ ]|(?=\n|\Z)))(?P<text3>.*)|(?P<system>(?:===|-!-|-->|<--|\*\*\*)[^\n]*))"
)
_SESSION = re.compile(r"Conversation with .{1,200}? at (?P<date>.{1,80}?) on [^\n]*")
_SYSTEM_TIME = re.compile(
    r"(?P<time>\((?:[\d/.-]{8,10} )?\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?\) )(?P<system>[^\n]*)"
)
_DAY = re.compile(r"(?P<y>\d{4})-(?P<mo>\d\d)-(?P<d>\d\d)|(?P<mo2>\d{1,2})/(?P<d2>\d{1,2})/(?P<y2>\d{4})")
_NICK_CHANGE = re.compile(r"(\S{1,64}) (?:\[[^\]\n]*\] )?is now known as (\S{1,64})")
_PRIOR = re.compile(r"\[redacted\]|\[\.\.\.\]|xxxx|XXXX|█")
_MARKS = "@+%&~ "
_SIX_HOURS = 360  # minutes: a bigger drop of the clock is the next day


def read(data: bytes, context: bytes) -> Outcome:
    """A log as its lines, in the order of the file; nothing is re-sorted or merged."""
    build = Builder(source_of(Decoded(data, context.decode("ascii", "replace"))))
    log = _Log(build)
    log.run()
    return build.outcome("chat", NAME, VERSION)


class _Log:
    def __init__(self, build: Builder) -> None:
        assert build.source is not None
        self.build = build
        self.text = build.source.text
        self.names: dict[str, list[int]] = {}
        self.clock = -1
        self.back = False
        self.pending: tuple[str, int, int] | None = None  # the message that following lines may continue

    def run(self) -> None:
        position, end = 0, len(self.text)
        while position < end:
            stop = self.text.find("\n", position) + 1 or end
            self._line(position, stop)
            position = stop
        self._flush(end)
        for name, units in self.names.items():
            self.build.field("from", name, *units)
        if _PRIOR.search(self.text):
            self.build.finding("T-PRIOR-REDACTION", "note")

    def _line(self, start: int, stop: int) -> None:
        found = _LINE.match(self.text, start, stop) or _SYSTEM_TIME.match(self.text, start, stop)
        if found is None:
            self._loose(start, stop)
            return
        self._flush(start)
        parts = found.groupdict()
        time = found.end("time") if parts["time"] else found.end("time2") if parts.get("time2") else start
        if time > start:
            self._clock(self.build.unit("time", start, time))
        if parts.get("system") is not None:
            self._system(time, stop)
            return
        group = next(group for group in ("name", "name2", "name3") if parts[group] is not None)
        self._name(found.start(group), found.end(group))
        self.pending = ("message", found.end(group), stop)

    def _loose(self, start: int, stop: int) -> None:
        session = _SESSION.match(self.text, start, stop)
        if session is not None:
            self._flush(start)
            unit = self.build.unit("title", start, stop)
            self.build.field("title", self.text[start:stop], unit)
            day = _DAY.search(session["date"])
            if day is not None:
                year, month, date = day["y"] or day["y2"], day["mo"] or day["mo2"], day["d"] or day["d2"]
                for field in ("day", "date"):
                    self.build.field(field, f"{year}-{int(month):02d}-{int(date):02d}", unit)
        elif self.pending is None and self.text[start:stop].strip():
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
        change = _NICK_CHANGE.search(self.text, start, stop)
        if change is not None:  # a hidden name would come back under the next one
            for nick in change.groups():
                self.names.setdefault(nick.rstrip(".,"), []).append(unit)

    def _name(self, start: int, end: int) -> None:
        unit = self.build.unit("name", start, end)
        nick = self.text[start:end].strip().removeprefix("* ").strip("<>:").strip(_MARKS)
        if nick:
            self.names.setdefault(nick, []).append(unit)

    def _clock(self, unit: int) -> None:
        """A clock that goes back by less than six hours is a finding; by more, it is the next day."""
        found = re.search(_CLOCK, self.build.units[unit].text)
        if found is None:
            return
        hours = (
            int(found["h"]) % 12 + (12 if found["half"].lower() == "pm" else 0) if found["half"] else int(found["h"])
        )
        minutes = hours * 60 + int(found["m"])
        if 0 < self.clock - minutes <= _SIX_HOURS and not self.back:
            self.build.finding("T-BACK", "note", unit)
            self.back = True
        self.clock = minutes
