"""The header block and the labelled lines before paragraph 1 (cable.md sections 4 and 5.1 to 5.6).

One pass over the lines. A line is named by `grammar.classify`; lines without a name continue what stands before,
by the rules of each part. Every line ends up in exactly one unit, whatever it is.
"""

from __future__ import annotations

import re

from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.entries import address, emit, without_serial
from unsealed.ingest.readers.cable.grammar import (
    INNER,
    INNER_SUBJECT,
    classify,
)
from unsealed.ingest.readers.cable.tags import continues

_INDENT = re.compile(r"[ \t]*")
_HEADER_KINDS = frozenset({"dtg", "from", "to", "info", "exempt", "routing"})
_LISTS = frozenset({"to", "info", "exempt"})
_CUT = frozenset({"structure", "banner", "dtg"})  # a line end or a page line may have cut them
_RUN_ON = frozenset({"subject", "refs", "classby", "declassify", "passing", "text"})  # go on until a blank line
_SPLIT = frozenset({"banner", "caption", "declassify", "tags", "subject"})  # a label may stand inside (reflowed pages)
_SOFT = frozenset(
    {"", "passing", "start", "from", "to", "info", "reason", "caption", "exempt", "route"}
)  # may be prose in a subject
# Forms that begin a part of their own wherever they stand: no rule lets them go on with what stands before.
_OPENERS = frozenset({"banner", "declassify", "tags", "subject", "refs", "classby", "routing", "dtg", "rule"})
# A header block as the network writes it, in one match; a line that is any different ends it, and is looked at alone.
_NO_PASSING = r"(?![A-Z/&-]*+ +(?:(?:ALSO )?(?:PLEASE |PLS )?PASS\b|FOR +[A-Z]))"
_MORE = r"(?:\n" + _NO_PASSING + r"RU[A-Z]{2,6}/[A-Z][^\n]*)*"
_REGULAR = re.compile(
    r"(VZCZC[^\n]*\n)?([ZOPR]{1,2} R[A-Z]{3,7}(?: R[A-Z]{3,7})*\n)?(DE R[A-Z]{3,7} #\d{3,5}[^\n]*\n)?"
    r"(ZN[RY] [A-Z]{5} ZZ[HK]\n)?([ZOPR](?: [ZOPR])? \d{6}Z [A-Z]{3} \d\d\n)(FM [A-Z][^\n]*\n)"
    r"(TO RU[A-Z]{2,6}/[A-Z][^\n]*" + _MORE + r")(\nINFO RU[A-Z]{2,6}/[A-Z][^\n]*" + _MORE + r")?(?:\n|\Z)"
)
_ENUM = re.compile(r"[ \t]*¶?(?:[A-Z][.)]|\([A-Z]\)|\[[A-Z]\])[ \t]*\S")
_PAGE = re.compile(r"[ \t]*PAGE[ ]+\d")
_NUMBER = re.compile(r"[ \t]*(?:¶ ?)?(\d+)")
_DIGITS = re.compile(r"[ \t]*\d{4,8}[ \t]*\n?")
_MONTH_YEAR = re.compile(r"[ \t]*[A-Za-z]{3,9}[ ]+(?:19|20)?\d\d[ \t]*\n?")


def read_head(draft: Draft, start: int, end: int) -> int:
    """Units for the lines from `start` on; gives the place where the paragraphs begin (`end` if there are none)."""
    return _Head(draft, start, end).run()


def repeated_end(text: str, start: int, end: int) -> int:
    """Where a header that is repeated inside a body ends: before the first line that is prose or a paragraph."""
    position, last, blank = start, "banner", False
    while position < end:
        line_end = text.find("\n", position, end) + 1 or end
        at = _INDENT.match(text, position).end()  # type: ignore[union-attr]
        if at >= line_end - 1:
            blank = True
        else:
            kind = classify(text, at)
            if kind in ("", "paragraph", "start", "passing") and (
                blank or last not in ("subject", "tags", "declassify")
            ):
                break
            last, blank = kind or last, False
        position = line_end
    return position


class _Head:
    def __init__(self, draft: Draft, start: int, end: int) -> None:
        assert draft.build.source is not None
        self.draft = draft
        self.text = draft.text = _spoken(draft.build.source.text)
        self.end = end
        self.position = start
        self.kind = "structure"  # of the open entry
        self.begin = start
        self.blank = False  # a blank line stands between the open entry and this line
        self.seen: set[str] = set()
        self.broken = ""  # the list that a page line has cut

    def run(self) -> int:
        text, end, indent = self.text, self.end, _INDENT.match
        self._regular()
        while self.position < end:
            line_end = text.find("\n", self.position, end) + 1 or end
            at = self.position
            if text[at] in " \t":
                at = indent(text, at).end()  # type: ignore[union-attr]
            if at >= line_end or text[at] == "\n":
                self.blank = True
                self.position = line_end
                continue
            kind = classify(text, at)
            if kind in _SPLIT and line_end - at > 24:
                line_end = self._inner(kind, at, line_end)
            if kind == "tags" and self.kind == "subject" and not self.blank and "tags" in self.seen:
                kind = ""  # TAGS as a word of the subject
            if kind in _OPENERS:
                self.blank = False
                self._open(kind)
            elif self._line(kind, line_end):
                break
            self.position = line_end
        self._close(self.position)
        return self.position

    def _regular(self) -> None:
        """Take a header block of the usual form at once; its last line stays open, as any line does."""
        found = _REGULAR.match(self.text, self.position, self.end)
        if found is None:
            return
        draft, spans = self.draft, found.regs
        for start, end in spans[1:5]:
            if start >= 0:
                emit(draft, "routing", start, end)
        emit(draft, "dtg", *spans[5])
        address(draft, "from", *spans[6])
        self.kind, (first, last) = "to", spans[7]
        if spans[8][0] >= 0:
            self._addresses("to", first, spans[8][0] + 1)
            self.kind, first, last = "info", spans[8][0] + 1, spans[8][1]
        self.position = found.end()
        self.begin = self._addresses(self.kind, first, last)

    def _addresses(self, kind: str, start: int, end: int) -> int:
        """A unit for each line; one without a line end stays open: gives the place behind the last unit."""
        while stop := self.text.find("\n", start, end) + 1:
            address(self.draft, kind, start, stop)
            start = stop
        return start

    def _inner(self, kind: str, at: int, line_end: int) -> int:
        found = (INNER_SUBJECT if kind == "subject" else INNER).search(self.text, at + 4, line_end)
        return found.start() if found is not None else line_end

    def _line(self, kind: str, line_end: int) -> bool:
        """Take one line; True where the paragraphs begin."""
        blank, self.blank = self.blank, False
        if kind == "paragraph":
            if self._is_first():
                return True
            kind = ""
        if self._continues(kind, blank, line_end):
            return False
        if kind == "structure" and self.kind in ("refs", "tags") and _PAGE.match(self.text, self.position):
            self.broken = self.kind
            self._open(kind)
            return False
        if kind == "start" or (not kind and blank and self.seen & {"subject", "refs", "classby"}):
            return True
        if kind in ("from", "to", "info", "exempt") and "banner" in self.seen and self.kind not in _HEADER_KINDS:
            kind = ""
        if kind == "passing" and "subject" in self.seen:
            return True
        self._open(kind or self._loose(line_end))
        return False

    def _is_first(self) -> bool:
        number = _NUMBER.match(self.text, self.position, self.position + 16)
        return number is not None and 1 <= int(number.group(1)) <= 3

    def _continues(self, kind: str, blank: bool, line_end: int) -> bool:
        """Whether this line belongs to the entry before it."""
        before = self.kind
        if before == "subject" and not blank:
            return kind in _SOFT
        if not kind and before in _CUT:
            return self._mends(before, blank, line_end)
        if before == "refs":
            line = self.text[self.position : line_end]
            return (not blank and kind in ("", "passing", "route")) or (
                kind in ("", "passing") and _ENUM.match(line) is not None
            )
        if before == "tags" and kind in ("", "passing", "caption"):
            open_end = self.text[self.begin : self.position].rstrip().endswith(",")
            known = continues(self.text[self.position : line_end])
            if (open_end and known) or (not blank and (open_end or known or self._is_label_only())):
                return True
        if kind == "reason" and before == "classby":
            return True
        if kind == "route":
            return before == "routing"
        if before in _LISTS and not blank and not kind:
            self._open(before)  # a line without indicator goes on with the list: an addressee of its own
            return True
        return not blank and not kind and before in _RUN_ON

    def _mends(self, before: str, blank: bool, line_end: int) -> bool:
        """Whether a line is the other half of a broken one: a serial, month and year, a list behind a page line."""
        if before == "structure":
            if self.broken:
                self._open(self.broken)
            return bool(self.broken)
        rest = _DIGITS if before == "banner" else _MONTH_YEAR
        return not blank and rest.fullmatch(self.text, self.position, line_end) is not None

    def _is_label_only(self) -> bool:
        return not self.text[self.begin : self.position].strip(" \t\n:")[4:]

    def _loose(self, line_end: int) -> str:
        line = self.text[self.position : line_end].strip()
        if "banner" not in self.seen and without_serial(line):
            return "banner"
        if "tags" in self.seen and "subject" not in self.seen and line.isupper():
            self.draft.build.finding("C-SUBJ-NOLABEL", "note")
            return "subject"
        return "text"

    def _open(self, kind: str) -> None:
        self._close(self.position)
        if kind not in ("structure", self.broken):
            self.broken = ""
        self.kind, self.begin = kind, self.position
        self.seen.add(kind)

    def _close(self, end: int) -> None:
        if end > self.begin:
            emit(self.draft, self.kind, self.begin, end)
        self.begin = end


def _spoken(text: str) -> str:
    """The text that the rules look at: a telegram all in lower case is read as the network would write it."""
    if not text.islower():
        return text
    upper = text.upper()
    return upper if len(upper) == len(text) else text
