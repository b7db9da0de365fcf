"""The paragraphs of a telegram (cable.md 5.1, 5.7, 5.8): numbers, portion marks, headings, page breaks, signature.

One pattern walks over line starts; a line that it does not know belongs to the paragraph before it.
"""

from __future__ import annotations

import re

from unsealed.ingest.decode import composed
from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.grammar import CLASS_WORDS, ENTIRE, LEVELS, MARK, ODD_MARK, PARAGRAPH
from unsealed.ingest.readers.cable.head import read_head, repeated_end

# A literal line feed first: the engine then jumps from line to line. Possessive counts, so that a line is walked once.
_LINES = re.compile(
    r"\n[ \t]*+(?=[A-Z\d¶=_*/#-])(?:"  # most lines of prose end the search here
    + PARAGRAPH
    + r"|(?=P)(?P<page>PAGE[ ]+\d\d[ ]+[^\n]*)"
    + r"|(?=[UCSTL])(?P<banner>"
    + CLASS_WORDS
    + r"(?:[ /]+[A-Z]+)*?[ ]+SECTION[ ]+\d\d?[ ]+OF[ ]+\d\d?\b[^\n]*)"
    + r"|(?=[-=_*/#])(?P<rule>[-=_*/#]{3,}+[ \t]*+(?=\n|\Z))"
    + r"|(?<=\n\n)(?=[A-Z])(?P<heading>[A-Z][^a-z\n]{2,78}+(?=\n[ \t]*\n|\n[-=]{3})|[^\n]{3,80}(?=\n[-=_]{3,}[ \t]*\n))"
    + r"|(?=[A-Z])(?P<mark>[A-Z][A-Z ]{2,24}+\d{4,8}[ ]+\d{3}(?:\.\d)?[ ]+OF[ ]+\d{3}[ \t]*(?=\n|\Z))"
    + r")"
)
_BLANK = re.compile(r"\n(?>(?:[^\S\n]*+\n)+)")
_END_MARK = re.compile(
    r"[ \t]*(?:NNNN?|#{1,4}|#\d{2,5}|\d{1,3}|BT|bt|nnnn|>|=* ?CABLE ENDS.*|" + CLASS_WORDS + r"|[-=_*]{3,}|)[ \t]*"
)
# What may stand before and behind a name on its line
_BESIDE = r"(?:[ \t]*(?:NNNN?|#{1,4}|\bBT|/[sS]/|,?[ ]*\(?ACTING\)?|\.))*"
_WHITE_LINES = re.compile(r"(?>(?:[ \t]*+\n)*)")
_PARTICLES = r"(?:(?:DE|LA|LAS|LOS|DEL|VAN|DER|DEN|TEN|TER|VON|ZU|DU|LE|ST\.?|AL|EL|BIN|DOS|DA|DI|MC|MAC|SAN) ){0,3}"
_SURNAME = re.compile(
    r"[ \t]*("
    + _PARTICLES
    + r"(?:Mc|Mac)?[A-Z][A-Z'-]{1,24}(?:[ -](?!NNNN?\b|BT\b)[A-Z][A-Z'-]{1,24})?)"
    + _BESIDE
    + r"[ \t]*"
)
_MIXED_NAME = re.compile(r"[ \t]*([A-Z][a-z'-]{2,24})[ \t]*")
_NO_NAME = re.compile(
    r"[ \t]*(?:ACTING|COMMENTS?|SUMMARY|NOTES?|BIO(?:GRAPHIC)? NOTES?|CONCLUSION|PARTICIPANTS|END(?: [A-Z]+)?|"
    + CLASS_WORDS
    + r")[ \t]*"
)
_TAIL = 600  # characters at the end of a body in which end marks and the signature are looked for


def read_body(draft: Draft, start: int, end: int) -> None:
    """Units for everything from `start` (paragraph 1, the summary, or loose text) to `end`."""
    if start >= end:
        return
    assert draft.build.source is not None
    stop, signature = _tail(draft.build.source.text, start, end)
    body = _Body(draft, start, stop)
    body.run()
    for label, a, b in signature:
        unit = draft.build.unit(label, a, b)
        if label == "signature":
            draft.build.field("signer", _signer(composed(draft.build.source.text[a:b])), unit)


class _Body:
    def __init__(self, draft: Draft, start: int, end: int) -> None:
        assert draft.build.source is not None
        self.draft = draft
        self.build = draft.build
        self.text = draft.build.source.text
        self.start = start
        self.end = end
        self.number = -1  # of the open paragraph, 0 for loose text, -1 for none
        self.last = 0
        self.spans: list[tuple[int, int]] = []
        self.inner: list[tuple[str, int, int]] = []  # structure inside the open paragraph, placed after it
        self.rank = max((rank for rank, _ in draft.classes), default=-1)

    def run(self) -> None:
        # `probe` is the text behind one line feed: position p of `text` is p - start + 1 there
        probe = "\n" + self.text[self.start : self.end]
        position = self.start
        begin = self.start
        for found in _LINES.finditer(probe):
            at = begin + found.start()
            if at < position:
                continue  # inside a repeated header
            kind = found.lastgroup
            if kind == "number":
                number = int(found["number"])
                if not 1 <= number <= self.last + 3:
                    continue
                self._end(position, at)
                if number != self.last + 1:
                    self.build.finding("C-PARA-SEQ", "note", self.build.count)
                self.number = self.last = number
                position = at
                continue
            if at > position:
                self.spans.append((position, at))
            position = self._structure(kind or "", at, begin + found.end() - 1)
        self._end(position, self.end)

    def _end(self, start: int, end: int) -> None:
        """The open paragraph ends with the text from `start` to `end`, most often all that it has."""
        if self.spans or self.inner or self.number < 1:
            if end > start:
                self.spans.append((start, end))
            if self.spans or self.inner:
                self._flush()
        elif end > start:
            self._marks(self.build.unit("paragraph", start, end), start)

    def _structure(self, kind: str, at: int, line_end: int) -> int:
        """A line that is no prose: gives the place after it and the white space that belongs to it."""
        stop = repeated_end(self.text, at, self.end) if kind == "banner" else self._after(line_end)
        if kind in ("heading", "rule"):
            self._flush()
            self.build.unit("heading" if kind == "heading" else "structure", at, stop)
            self.number = -1
        else:
            self.inner.append((kind, at, stop))
        return stop

    def _after(self, position: int) -> int:
        found = _WHITE_LINES.match(self.text, position, self.end)
        return found.end() if found else position

    def _flush(self) -> None:
        spans, inner = self.spans, self.inner
        self.spans, self.inner = [], []
        if len(spans) == 1 and not inner:
            if self.number > 0:
                self._marks(self.build.unit("paragraph", *spans[0]), spans[0][0])
            else:
                self._loose(spans[0])
        elif spans:
            self._broken(spans, inner)
        else:
            for item in inner:
                self._inner(item)

    def _broken(self, spans: list[tuple[int, int]], inner: list[tuple[str, int, int]]) -> None:
        """A paragraph that page lines or a repeated header cut: one unit of several spans, then what stood between."""
        if inner and inner[0][1] < spans[0][0]:
            self._inner(inner.pop(0))
        unit = self.build.joined("paragraph", spans)
        if self.number > 0:
            self._marks(unit, spans[0][0])
        for item in inner:
            self._inner(item)

    def _inner(self, item: tuple[str, int, int]) -> None:
        kind, start, end = item
        if kind != "banner":
            self.build.unit("structure", start, end)
            return
        kept = len(self.build.fields)
        position = read_head(self.draft, start, end)  # its values were read from the first section
        del self.build.fields[kept:]
        self.build.unit("structure", position, end)

    def _loose(self, span: tuple[int, int]) -> None:
        """Text without a number: a unit for each block between blank lines."""
        start, end = span
        for found in _BLANK.finditer(self.text, start, end):
            self.build.unit("paragraph", start, found.end())
            start = found.end()
        self.build.unit("paragraph", start, end)

    def _marks(self, unit: int, start: int) -> None:
        found = MARK.match(self.text, start)
        if found is not None:
            level = _level(found["mark"])
            if level > self.rank >= 0 and not (level == 1 and self.rank == 0):
                self.build.finding("C-MARK-ABOVE", "warn", unit)
        elif ODD_MARK.match(self.text, start):
            self.build.finding("C-MARK", "warn", unit)
        if self.number == 1 and self.text.find("-", start, start + 80) >= 0:  # the pattern wants one
            entire = ENTIRE.search(self.text, start, start + 80)
            if entire is not None:
                self.build.field("mark-default", entire.group(1).upper(), unit)


def _level(mark: str) -> int:
    return LEVELS[mark] if mark in LEVELS else LEVELS.get(mark.partition("/")[0], -1)


def _tail(text: str, start: int, end: int) -> tuple[int, list[tuple[str, int, int]]]:
    """Where the body's own text ends, and the units after it: the signature and the end marks."""
    first = max(start, end - _TAIL)
    cut = text.find("\n", first, end) + 1 if first > start else start
    lines: list[tuple[int, int]] = []
    while cut and cut < end:
        stop = text.find("\n", cut, end) + 1 or end
        lines.append((cut, stop))
        cut = stop
    marks_at = end
    while lines and _END_MARK.fullmatch(text, lines[-1][0], _line_end(text, lines[-1])):
        marks_at = lines.pop()[0]
    names_at = marks_at
    for number in range(2):
        if not lines or not _is_name(text, lines) or not _stands_alone(text, lines):
            break
        names_at = lines.pop()[0]
        if number == 0 and lines and text[lines[-1][0] : lines[-1][1]].strip() == "ACTING":
            names_at = lines.pop()[0]
    return _end_units(text, names_at, marks_at, end)


def _is_name(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether the last line is a surname: in capitals; in another case only alone behind a blank line."""
    start, end = lines[-1][0], _line_end(text, lines[-1])
    if _SURNAME.fullmatch(text, start, end):
        return _NO_NAME.fullmatch(text, start, end) is None
    blank = len(lines) > 1 and not text[lines[-2][0] : lines[-2][1]].strip()
    return blank and (
        _MIXED_NAME.fullmatch(text, start, end) is not None
        or (text.islower() and _SURNAME.fullmatch(text[start:end].upper()) is not None)
    )


def _signer(signature: str) -> str:
    """The names of a signature, without what stands beside them."""
    names = []
    for line in signature.splitlines():
        found = _SURNAME.fullmatch(line)
        if line.strip() not in ("", "ACTING"):
            names.append(found[1] if found is not None else line.strip())
    return " ".join(names)


def _end_units(text: str, names_at: int, marks_at: int, end: int) -> tuple[int, list[tuple[str, int, int]]]:
    blank = marks_at
    while blank < end and text[blank] in " \t\n":  # blank lines belong to what stands before them
        blank += 1
    units = []
    if names_at < marks_at:
        units.append(("signature", names_at, blank))
    if blank < end:
        units.append(("structure", blank, end))
    return (names_at if names_at < marks_at else blank), units


def _line_end(text: str, line: tuple[int, int]) -> int:
    return line[1] - 1 if text[line[1] - 1] == "\n" else line[1]


def _stands_alone(text: str, lines: list[tuple[int, int]]) -> bool:
    """A name on a line of its own after a blank line, an end mark, another name, or the end of a sentence."""
    if len(lines) < 2:
        return False
    before = text[lines[-2][0] : lines[-2][1]].rstrip()
    return not before or before[-1] in ".!?\"')-=" or (_SURNAME.fullmatch(before) is not None and len(before) < 26)
