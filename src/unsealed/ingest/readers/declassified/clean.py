"""The message text without what later printing put into it: page lines, class lines, stamps, end marks.

What is taken out is not lost: `PagedBuilder` makes it units of its own, behind the unit that it stands in.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import NamedTuple

from unsealed.ingest.decode import Source, composed
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.cable.grammar import CLASS_WORDS
from unsealed.ingest.readers.limits import LIMITS

PAGE_LINE = re.compile(
    r"[ \t]*PAGE[ \t]+(?P<page>\d{1,3})[ \t]+(?P<station>[A-Z][A-Z .]{1,24}?)[ \t]+(?P<serial>\d{3,8})"
    r"(?![ \t]*[a-z])[^\n]*"
)
CLASS_LINE = re.compile(
    r"[ \t]*(?P<word>" + CLASS_WORDS + r"|L ?I ?M ?I ?T ?E ?D +O ?F ?F ?I ?C ?I ?A ?L +U ?S ?E)"
    r"(?:[ \t]+(?P<station>[A-Z][A-Z ]{1,24}?)[ \t]+(?P<serial>\d{3,8}))?[ \t]*"
)
_END_MARK = re.compile(r"[ \t]*(?:NNN|NNNN\w*|<<[ ]?END OF DOCUMENT[ ]?>>)[ \t]*")
_FOOTER = re.compile(r"[ \t]*\*\*\*[ ]?Current (?:Handling Restrictions|Classification)\b[^\n]*")
STAMP = re.compile(
    r"(?:Declassified/Released|Released|Declassified)\s+US Department of State\s+EO Systematic Review\s+"
    r"(?P<date>\d{1,2} [A-Za-z]{3} \d{4})"
)
_STAMP_LINE = re.compile(r"[^\n]*?" + STAMP.pattern + r"[^\n]*")


class Gap(NamedTuple):
    """Lines that are no text of the message: half-open positions in the whole text, what they are, page and class."""

    start: int
    end: int
    kind: str  # page, class, end, footer, stamp
    match: re.Match[str]


def gaps(text: str, start: int, end: int) -> list[Gap]:
    """The lines between `start` and `end` that printing put there, in order, with the blank lines behind them."""
    found = _marks(text, start, end)
    taken = [number for number, gap in enumerate(found) if gap.kind != "class"]
    # a class line counts only beside a page line, an end mark, or one that counts
    for order in (range(len(found)), range(len(found) - 1, -1, -1)):
        good: Gap | None = None
        for number in order:
            gap = found[number]
            near = good is not None and _blank(text, gap, good)
            if gap.kind in ("page", "end") or (gap.kind == "class" and near):
                good = gap
                taken.append(number)
            elif gap.kind == "class":
                good = None
    return [_widened(text, found[number], start, end) for number in sorted(set(taken))]


def _marks(text: str, start: int, end: int) -> list[Gap]:
    marks: list[Gap] = []
    position = start
    while position < end:
        stop = text.find("\n", position, end) + 1 or end
        line_end = stop - 1 if text[stop - 1] == "\n" else stop
        stamp = _STAMP_LINE.match(text, position, end)
        if stamp is not None:
            stop = text.find("\n", stamp.end(), end) + 1 or end
            marks.append(Gap(position, stop, "stamp", stamp))
        else:
            for kind, rule in _RULES:
                match = rule.fullmatch(text, position, line_end)
                if match is not None:
                    marks.append(Gap(position, stop, kind, match))
                    break
        position = stop
    return marks


_RULES = (("page", PAGE_LINE), ("class", CLASS_LINE), ("end", _END_MARK), ("footer", _FOOTER))


def _blank(text: str, one: Gap, other: Gap) -> bool:
    """Whether nothing but blanks stands between two marks."""
    first, second = (one, other) if one.start < other.start else (other, one)
    return not text[first.end : second.start].strip()


def _widened(text: str, gap: Gap, start: int, end: int) -> Gap:
    """A page line takes the blank lines behind it, a class line before a page those between them."""
    if gap.kind not in ("page", "class"):
        return gap
    stop = gap.end
    while stop < end:
        line_end = text.find("\n", stop, end) + 1 or end
        if text[stop:line_end].strip():
            break
        stop = line_end
    return gap._replace(end=stop)


class PagedBuilder(Builder):
    """A builder whose text has gaps: positions are those of the clean text, units know where they really stand.

    `whole` is the text with everything, `taken` what is left out of `source.text`, in order.
    """

    def __init__(self, whole: Source, taken: list[Gap]) -> None:
        self.whole = whole
        self.taken = taken
        starts = [0, *(gap.end for gap in taken)]
        ends = [*(gap.start for gap in taken), len(whole.text)]
        pieces = [whole.text[a:b] for a, b in zip(starts, ends, strict=True)]
        self._at: list[int] = []  # place of each gap in the clean text
        self._gone: list[int] = [0]  # characters taken out before it, then with it
        length = 0
        for piece, gap in zip(pieces, taken, strict=False):
            length += len(piece)
            self._at.append(length)
            self._gone.append(self._gone[-1] + gap.end - gap.start)
        super().__init__(Source(whole.decoded, 0, "".join(pieces), []))
        self._next = 0  # first gap that is no unit yet
        self.gap_units: dict[int, int] = {}  # number of a gap to its unit

    def clean(self, position: int) -> int:
        """The place in the clean text of a place in the whole text (that of the gap for what was taken out)."""
        number = bisect_right([gap.start for gap in self.taken], position)
        if number and position < self.taken[number - 1].end:
            return self._at[number - 1]
        return position - self._gone[number]

    def unit(self, label: str, start: int, end: int, page: int = 0) -> int:
        """As `Builder.unit`; the gaps before and inside it become units of their own, those inside behind it."""
        if start >= end:
            return -1
        return self._make(label, [(start, end)], page)

    def joined(self, label: str, spans: list[tuple[int, int]], page: int = 0) -> int:
        """As `Builder.joined`."""
        return self._make(label, spans, page)

    def _make(self, label: str, spans: list[tuple[int, int]], page: int) -> int:
        assert self.source is not None
        self._gaps_to(spans[0][0])
        text = self.source.text
        if label == "heading" and text[: spans[-1][1]].rstrip()[-1:] in (".", ",", ";"):
            label = "paragraph"  # where all is in capitals, capitals make no heading
        pieces = [piece for start, end in spans for piece in self._pieces(start, end)]
        words = composed("".join([text[start:end] for start, end in spans]))
        if len(words) <= LIMITS.unit_chars:
            unit = self.free(label, words, tuple(pieces), page)
        else:
            first = self.count
            for position in range(0, len(words), LIMITS.unit_chars):  # a paragraph of a million signs is no telegram
                self.free(label, composed(words[position : position + LIMITS.unit_chars]), tuple(pieces), page)
            unit = self.one_text(first, self.count - 1)
        self._gaps_to(spans[-1][1] - 1)
        return unit

    def _pieces(self, start: int, end: int) -> list[tuple[int, int]]:
        first, last = bisect_right(self._at, start), bisect_left(self._at, end)
        cuts = [start, *self._at[first:last], end]
        pieces = []
        for number, (a, b) in enumerate(pairwise(cuts)):
            moved = self._gone[first + number]
            if a < b:
                pieces.append((self.whole.byte(a + moved), self.whole.byte(b + moved)))
        return pieces

    def _gaps_to(self, position: int) -> None:
        """Units for the gaps up to a place of the clean text."""
        while self._next < len(self.taken) and self._at[self._next] <= position:
            gap = self.taken[self._next]
            span = ((self.whole.byte(gap.start), self.whole.byte(gap.end)),)
            text = composed(self.whole.text[gap.start : gap.end])
            self.gap_units[self._next] = self.free("banner" if gap.kind == "class" else "structure", text, span)
            self._next += 1

    def finish(self) -> None:
        """Units for the gaps behind the last unit."""
        assert self.source is not None
        self._gaps_to(len(self.source.text))
