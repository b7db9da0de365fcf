"""Runs of capitalised words, the places where a name may stand: particles, hyphens, initials and line ends included.

Takes a text in true case, gives places. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unsealed.review.risk.late import Late
from unsealed.review.risk.vocabulary import UPPER, listed

APOSTROPHES = "['\u2018\u2019\u02bc`]"
HYPHENS = "[-\u2010\u2011]"
_U, _APO = UPPER, APOSTROPHES
_INITIALS = rf"\.(?:[ -]?{_U}\.)*"
_SET_APART = listed(
    "de da do dos das di du des del della van von der den ter ten zu bin ibn bint ben ul ud la le al el y abu ould ag"
    " los e"
)
_JOINED = listed("al el ul an ar as ash at az ad d l")
_PARTICLE = rf"(?:(?:{'|'.join(_SET_APART)})\b[ -]|(?:{'|'.join(_JOINED)})[-'\u2019])"
_BREAK = r"(?:[ \t\u00a0]{1,3}|[ \t]?\n[ \t]*)"
_DOT = r"(?:(?<=[a-z])\.(?=[ \t\n][A-Z]))?"


def _whole() -> str:
    behind = rf"[^\W\d_]*(?:(?:{_APO}(?![sS]\b)|{HYPHENS})[^\W\d_]+)*"
    word = rf"(?:{_U}{_INITIALS}|(?:[^\W\d_]{{1,3}}{_APO})?{_U}{behind})"
    more = rf"{_DOT}(?:{_BREAK}(?:{_PARTICLE}){{0,3}}{word}{_DOT}){{0,9}}"
    return rf"(?<![^\W_])(?:{_PARTICLE}(?={_U}))?{word}{more}"


def _from_capital() -> str:
    """The same from its first capital on, written so that most runs, which are one word, cost little.

    An expression that begins with one character of a set is found four times as fast. A choice of something or
    nothing is passed over at the first character, where a group that may be absent is begun and given up. And the
    words behind a blank are only begun where a word or a particle can begin.
    """
    joint = rf"[-\u2010\u2011'\u2018\u2019\u02bc`](?:(?<!{_APO})|(?![sS]\b))[^\W\d_]+"
    behind = rf"[^\W\d_]*(?:{joint}(?:{joint})*|)"
    after = rf"(?:{_INITIALS}|[^\W\d_]{{0,2}}{_APO}{_U}{behind}|{behind})"
    word = rf"(?:{_U}{after}|[^\W\d_]{{1,3}}{_APO}{_U}{behind})"
    dot = r"(?:\.(?<=[a-z].)(?=[ \t\n][A-Z])|)"
    first = "".join(sorted({particle[0] for particle in (*_SET_APART, *_JOINED)}))
    length = max(map(len, _SET_APART)) - 1
    begin = rf"{_U}|[{first}][a-z]{{0,{length}}}[- '\u2019]|[^\W\d_]{{1,3}}{_APO}"
    more = rf"{dot}(?:(?=[ \t\u00a0\n]+(?:{begin}))(?:{_BREAK}(?:{_PARTICLE}){{0,3}}{word}{dot}){{1,9}}|)"
    return rf"{_U}(?<![^\W_].){after}{more}"


WHOLE = Late(_whole())
_FROM_CAPITAL = Late(_from_capital(), re.DOTALL)
_BEFORE_CAPITAL = Late(rf"(?<![^\W_])(?:{_PARTICLE}|[^\W\d_]{{1,3}}{_APO})\Z")
_LONGEST = 6  # characters of a particle
SHORT = 5  # characters before a run that are given with it
# Where what stands before the first capital decides how the run goes on: for each apostrophe an expression of its own,
# for one that begins with a certain character is found soonest.
_ENTANGLED = tuple((sign, Late(rf"{sign}(?<=[^\W\d_].){_U}(?:\.|[^\W\d_]{{0,2}}{_APO})")) for sign in "'\u2018\u2019`")


class _Tails(dict[str, bool]):
    """Whether a particle may end with these few characters."""

    _LIMIT = 100_000
    _ENDS = tuple(f"{one}{sign}" for one in _SET_APART for sign in " -")

    def __missing__(self, tail: str) -> bool:
        if len(self) > self._LIMIT:
            self.clear()
        long = any(len(end) > SHORT and end.endswith(tail) for end in self._ENDS)
        may = self[tail] = long or bool(_BEFORE_CAPITAL.search(tail))
        return may


_TAILS = _Tails()


def runs(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Every run of words that begin with capitals: from, to, the words, `SHORT` characters before it.

    As `WHOLE` finds them, sooner.
    """
    if "\u02bc" in text or any(sign in text and entangled.search(text) for sign, entangled in _ENTANGLED):
        for match in WHOLE.finditer(text):
            start, end = match.span()
            yield start, end, match[0], text[start - SHORT if start > SHORT else 0 : start]
        return
    last = 0
    for match in _FROM_CAPITAL.finditer(text):
        start, end = match.span()
        tail = text[start - SHORT if start > SHORT else 0 : start]
        if _TAILS[tail] and (before := _BEFORE_CAPITAL.search(text, max(last, start - _LONGEST), start)):
            start = before.start()
            yield start, end, text[start:end], text[start - SHORT if start > SHORT else 0 : start]
        else:
            yield start, end, match[0], tail
        last = end
