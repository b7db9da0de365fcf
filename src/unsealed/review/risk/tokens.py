"""Words of a text for the register: where they stand, what they are near to, words that are broken or written as two.

And the way back from the letters of a text, without what stands between them, to their places. Pure.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import NamedTuple, overload

from unsealed.review.risk.near import Near

TOKEN = re.compile(r"[^\W_]+(?:['\u2018\u2019`](?![sS]\b)[^\W_]+)*")
_BROKEN = re.compile(r"[-\u2010\u00ad=][ \t]*\r?\n[ \t>]*([^\W_]+)")
# Arabic given names of two words, of which a register may know the one: Abd al-Karim, Abdelkarim; Dhu'l-Fiqar.
_SERVANT = re.compile(
    r"(?<![^\W_])(?:(?:abd|abdu|dhu|zul)['\u2019\s-]{0,2}(?:al|el|ul|l|ur|ar|as|an|us|en|er|es)['\u2019\s-]{1,2}[^\W\d_]{3,}"
    r"|(?:\u0639\u0628\u062f|\u0630\u0648)\s\u0627\u0644[^\W\d_]{2,})",
    re.IGNORECASE,
)
_JOINER = re.compile(r"[^\W_]+(?:\u200c[^\W_]+)+")
_END = re.compile(r"[^\W_]+")
APART = re.compile(r"[.!?;:](?=\s)|\n[ \t]*\n|[()\[\]{}<>|]|\t")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


_SOLID = re.compile(r"\S+")
# Apostrophes that join nothing, and what joins no words.
_LOOSE = re.compile(r"['`](?:(?<![A-Za-z0-9].)|(?![A-Za-z0-9])|(?=[sS]\b))", re.DOTALL)
_JOINING = (string.ascii_letters + string.digits + "'`").encode()
_APART_ONLY = bytes(code if code in _JOINING else 0x20 for code in range(256))
_SPELT = (string.ascii_letters + string.digits).encode()
_UNSPELT = bytes(code for code in range(256) if code not in _SPELT)


class Split(NamedTuple):
    """The words of a text, and by which expression in which text of the same length they are found again."""

    words: list[str]
    where: str
    by: re.Pattern[str]


def split(text: str) -> Split:
    """The words that `TOKEN` finds, of an ASCII text at a fifth of the cost."""
    if not text.isascii():
        return Split(TOKEN.findall(text), text, TOKEN)
    joined = _LOOSE.sub(" ", text) if "'" in text or "`" in text else text
    where = joined.encode().translate(_APART_ONLY).decode()
    return Split(where.split(), where, _SOLID)


def letters(text: str) -> str:
    """The letters and digits of an ASCII text, small, without what stands between them."""
    return text.encode().translate(None, _UNSPELT).decode().lower()


class Token(NamedTuple):
    start: int
    end: int
    text: str
    near: tuple[Near, ...]


class Broken(NamedTuple):
    """A word that is broken over two lines: from, to, and the word as one."""

    start: int
    end: int
    word: str


class Tokens(Sequence[Token]):
    """The words of a text as tokens, each made and found when it is asked for: most of them nobody asks for."""

    def __init__(self, split: Split, near: Mapping[str, tuple[Near, ...]]) -> None:
        self._words = split.words
        self._near = near
        self._split = split
        self._starts: dict[int, int] = {}

    def places_of(self, some: set[str]) -> list[int]:
        """The numbers of the tokens that are one of some words."""
        words = self._words
        found = list(compress(range(len(words)), map(some.__contains__, words)))
        if self._split.by is _SOLID:  # between blanks: so each is the next such word
            where, last = f" {self._split.where} ", 0
            for at in found:
                start = self._starts[at] = where.find(f" {words[at]} ", last)
                last = start + len(words[at]) + 1
        return found

    def _start(self, at: int) -> int:
        starts, words, where = self._starts, self._words, self._split.where
        found = starts.get(at)
        if found is None:
            if self._split.by is not _SOLID or (at - 1 not in starts and at + 1 not in starts):
                starts.update(enumerate(map(re.Match.start, self._split.by.finditer(where))))
            elif at - 1 in starts:
                starts[at] = where.find(words[at], starts[at - 1] + len(words[at - 1]))
            else:
                starts[at] = where.rfind(words[at], 0, starts[at + 1])
            found = starts[at]
        return found

    def __len__(self) -> int:
        return len(self._words)

    @overload
    def __getitem__(self, at: int) -> Token: ...
    @overload
    def __getitem__(self, at: slice) -> list[Token]: ...
    def __getitem__(self, at: int | slice) -> Token | list[Token]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        at = at if at >= 0 else at + len(self._words)
        word, start = self._words[at], self._start(at)
        return tuple.__new__(Token, (start, start + len(word), word, self._near.get(word, ())))


def _has_servant(text: str) -> bool:
    lower = text.lower()
    return any(
        word in lower for word in ("abd", "dhu", "zul", "\u0639\u0628\u062f \u0627\u0644", "\u0630\u0648 \u0627\u0644")
    )


def broken_words(text: str) -> Iterator[Broken]:
    """Each word that is broken over two lines. From the hyphen on: to begin at every word is ten times as slow."""
    last = 0
    for match in _BROKEN.finditer(text) if "\n" in text else ():
        line = text[max(last, text.rfind("\n", 0, match.start()) + 1) : match.start()]
        before = _END.match(line[::-1])
        if before:
            last = match.end()
            yield Broken(match.start() - before.end(), last, before[0][::-1] + match[1])
    for match in _JOINER.finditer(text) if "\u200c" in text else ():
        yield Broken(*match.span(), match[0].replace("\u200c", ""))
    for match in _SERVANT.finditer(text) if _has_servant(text) else ():
        if match.start() >= last or not last:
            yield Broken(*match.span(), "".join(filter(str.isalnum, match[0])))


class Spots:
    """From the letters of a text back to the text."""

    def __init__(self, text: str, folded: Sequence[str]) -> None:
        self._text = text
        self._starts: list[tuple[int, int, int, str]] = []  # place in the string, from, to, folded word
        at = 0
        for match, word in zip(TOKEN.finditer(text), folded, strict=True):
            self._starts.append((at, match.start(), match.end(), word))
            at += len(word)
        self._begins = [spot[0] for spot in self._starts]
        self._ends = [spot[0] + len(spot[3]) for spot in self._starts]

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the letters from–to stand, or None where they begin or end inside of words that say something else."""
        inside = self._starts[bisect_right(self._ends, start) : bisect_left(self._begins, end)]
        first, last = inside[0], inside[-1]
        begin, stop = start - first[0], end - last[0]
        cut_front, cut_back = begin > 0, stop < len(last[3])
        exact = first[2] - first[1] == len(first[3]) and last[2] - last[1] == len(last[3])
        from_, to = (first[1] + begin, last[1] + stop) if exact else (first[1], last[2])
        inside_text = self._text[from_:to]
        if APART.search(inside_text) and not ("@" in inside_text or any(map(str.isdigit, inside_text))):
            return None
        if not (cut_front or cut_back) or UNSPACED.search(self._text, from_, to):
            return from_, to
        if first is last and (len(inside) == 1):
            return from_, to
        return (from_, to) if self._humps(from_, to, cut_front=cut_front, cut_back=cut_back) else None

    def _humps(self, start: int, end: int, *, cut_front: bool, cut_back: bool) -> bool:
        """Whether capitals or digits show that a new word begins at the cuts: `reportSelmaBrandt2`."""
        text = self._text
        front = not cut_front or text[start].isupper() != text[start - 1].isupper() or text[start - 1].isdigit()
        back = (
            not cut_back or text[end : end + 1].isdigit() or (text[end - 1].islower() and text[end : end + 1].isupper())
        )
        return front and back
