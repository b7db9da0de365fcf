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
_BEHIND_CAPITAL = rf"[^\W\d_]*(?:(?:{_APO}(?![sS]\b)|{HYPHENS})[^\W\d_]+)*"
_INITIALS = rf"\.(?:[ -]?{_U}\.)*"
_WORD = rf"(?:{_U}{_INITIALS}|(?:[^\W\d_]{{1,3}}{_APO})?{_U}{_BEHIND_CAPITAL})"
_SET_APART = listed(
    "de da do dos das di du des del della van von der den ter ten zu bin ibn bint ben ul ud la le al el y abu ould ag"
    " los e"
)
_PARTICLE = rf"(?:(?:{'|'.join(_SET_APART)})\b[ -]|(?:al|el|ul|an|ar|as|ash|at|az|ad|d|l)[-'\u2019])"
_BREAK = r"(?:[ \t\u00a0]{1,3}|[ \t]?\n[ \t]*)"
_DOT = r"(?:(?<=[a-z])\.(?=[ \t\n][A-Z]))?"
_MORE = rf"{_DOT}(?:{_BREAK}(?:{_PARTICLE}){{0,3}}{_WORD}{_DOT}){{0,9}}"
WHOLE = Late(rf"(?<![^\W_])(?:{_PARTICLE}(?={_U}))?{_WORD}{_MORE}")
# The same from its first capital on: an expression that begins with one character of a set is found four times as fast.
_FROM_CAPITAL = Late(
    rf"{_U}(?<![^\W_].)(?:{_INITIALS}|(?:[^\W\d_]{{0,2}}{_APO}{_U})?{_BEHIND_CAPITAL}){_MORE}", re.DOTALL
)
_BEFORE_CAPITAL = Late(rf"(?<![^\W_])(?:{_PARTICLE}|[^\W\d_]{{1,3}}{_APO})\Z")
_LONGEST = 6  # characters of a particle
# Where what stands before the first capital decides how the run goes on.
_ENTANGLED = Late(rf"{_APO}(?<=[^\W\d_].){_U}(?:\.|[^\W\d_]{{0,2}}{_APO})")


class _Tails(dict[str, bool]):
    """Whether a particle may end with these three characters."""

    _LIMIT = 100_000

    def __missing__(self, tail: str) -> bool:
        if len(self) > self._LIMIT:
            self.clear()
        letters = tail[:-1]
        may = tail[-1:] in ("-", "'", "\u2018", "\u2019", "`") or (
            tail[-1:] == " "
            and any(letters.endswith(one[-2:]) and (len(one) > 1 or not letters[:-1].isalnum()) for one in _SET_APART)
        )
        self[tail] = may
        return may


_TAILS = _Tails()


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Every run of words that begin with capitals: from, to. As `WHOLE` finds them, sooner."""
    if "\u02bc" in text or _ENTANGLED.search(text):
        for match in WHOLE.finditer(text):
            yield match.span()
        return
    last = 0
    for match in _FROM_CAPITAL.finditer(text):
        start, end = match.span()
        if _TAILS[text[start - 3 if start > 2 else 0 : start]]:
            before = _BEFORE_CAPITAL.search(text, max(last, start - _LONGEST), start)
            start = before.start() if before else start
        yield start, end
        last = end
