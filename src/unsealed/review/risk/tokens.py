"""Words of a text for the register: where they stand, what they are near to, words that are broken or written as two.

And the way back from the letters of a text, without what stands between them, to their places. Pure.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import starmap
from typing import NamedTuple

from unsealed.review.risk.near import Near
from unsealed.review.risk.sounds import plain
from unsealed.review.risk.vocabulary import PARTICLES

TOKEN = re.compile(r"[^\W_]+(?:['\u2018\u2019`](?![sS]\b)[^\W_]+)*")
_BROKEN = re.compile(r"[-\u2010\u00ad=][ \t]*\r?\n[ \t>]*([^\W_]+)")
# What begins with one certain sign is found six times as fast as what begins with one of some.
_HYPHENED = re.compile(r"-[ \t]*\r?\n[ \t>]*([^\W_]+)")
# Arabic given names of two words, of which a register may know the one: Abd al-Karim, Abdelkarim; Dhu'l-Fiqar.
_SERVANT = re.compile(
    r"(?<![^\W_])(?:(?:abd|abdu|dhu|zul)['\u2019\s-]{0,2}(?:al|el|ul|l|ur|ar|as|an|us|en|er|es)['\u2019\s-]{1,2}[^\W\d_]{3,}"
    r"|(?:\u0639\u0628\u062f|\u0630\u0648)\s\u0627\u0644[^\W\d_]{2,})",
    re.IGNORECASE,
)
SERVANTS = ("abd", "dhu", "zul")  # with which such a name begins, in Latin letters
_JOINER = re.compile(r"[^\W_]+(?:\u200c[^\W_]+)+")
_END = re.compile(r"[^\W_]+")
APART = re.compile(r"[.!?;:](?=\s)|\n[ \t]*\n|[()\[\]{}<>|]|\t")
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


_SOLID = re.compile(r"\S+")
_SHORT = 3  # letters of a word that many words have in them
_FEW = 8  # words, or signs, that are looked for one by one
_LOOK_BACK = 64  # characters in which the word before mostly is
# Apostrophes that join nothing, and what joins no words.
_LOOSE = re.compile(r"['`](?:(?<![A-Za-z0-9].)|(?![A-Za-z0-9])|(?=[sS]\b))", re.DOTALL)
_LOOSE_OF_ANY = re.compile(r"['`\u2018\u2019](?:(?<![^\W_].)|(?![^\W_])|(?=[sS]\b))", re.DOTALL)
_JOINING = (string.ascii_letters + string.digits + "'`").encode()
# As bytes of UTF-8: small letters of ASCII, blanks for what joins nothing; letters beyond ASCII stay what they are.
_SMALL = bytes(code if code in _JOINING or code > 127 else 0x20 for code in range(256)).lower()
_ASCII = bytes(range(128))
_BEYOND = re.compile(r"[^\x00-\x7f]+")


class Split(NamedTuple):
    """The words of a text, what is of ASCII in small letters; a text of the same length in which they stand as they
    are, with nothing but blanks between them; and the signs beyond ASCII, each once.
    """

    words: list[str]
    where: str
    signs: str = ""


def split(text: str) -> Split:
    """The words that `TOKEN` finds, at a fifth of the cost."""
    if not text.isascii():
        return _split_any(text)
    joined = _LOOSE.sub(" ", text) if "'" in text or "`" in text else text
    where = joined.encode().translate(_SMALL).decode()
    return Split(where.split(), where)


def _split_any(text: str) -> Split:
    coded = _LOOSE_OF_ANY.sub(" ", text).encode(errors="surrogatepass")
    where = coded.translate(_SMALL).decode(errors="surrogatepass")
    signs = set(coded.translate(None, _ASCII).decode(errors="surrogatepass"))
    blank = [sign for sign in signs if not sign.isalnum() and sign not in "\u2018\u2019"]
    if len(blank) > _FEW:
        where = where.translate(dict.fromkeys(map(ord, blank), " "))
    else:
        for sign in blank:
            where = where.replace(sign, " ")
    return Split(where.split(), where, "".join(signs))


def small(word: str) -> str:
    """A word with its letters of ASCII small, as `split` gives it."""
    if word.isascii():
        return word.lower()
    return word.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")


def letters(words: Iterable[str]) -> str:
    """The letters and digits of words as `split` gives them, folded, without what stands between them."""
    found = "".join(words).replace("'", "").replace("`", "")
    return found if found.isascii() else _BEYOND.sub(_plain, found)


def _plain(match: re.Match[str]) -> str:
    return plain(match[0])


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


class Tokens:
    """The words of a text as tokens, each made when it is asked for: most of them nobody asks for."""

    def __init__(
        self, text: str, split: Split, near: Mapping[str, tuple[Near, ...]], broken: Sequence[Broken] = ()
    ) -> None:
        """`broken`: words that are broken over two lines, each of which is one token."""
        self._text = text
        self._split = split
        self._near = near
        self._after: dict[int, Token | None] = {}  # by the start of the one before
        self._before: dict[int, Token | None] = {}
        self._whole = list(self._joined({one.start: one for one in broken})) if broken else None
        if self._whole:
            starts = [token.start for token in self._whole]
            self._after = dict(zip(starts, [*self._whole[1:], None], strict=True))
            self._before = dict(zip(starts, [None, *self._whole[:-1]], strict=True))

    def those_near(self, words: set[str]) -> list[Token]:
        """The tokens that are near to something, in order: `words` are those of the text that are."""
        if self._whole is not None:
            return [token for token in self._whole if token.near]
        spans = self._few_spans(words) if len(words) <= _FEW else self._many_spans(words)
        return list(starmap(self._token, spans))

    def _few_spans(self, words: set[str]) -> list[tuple[int, int]]:
        """Where some words stand between blanks. Looked for without these, of which there are many, if long enough."""
        where, found = f" {self._split.where} ", []
        for word in words:
            sought, more = (word, 0) if len(word) > _SHORT else (f" {word} ", 1)
            start = where.find(sought)
            while start >= 0:
                start += more
                end = start + len(word)
                if where[start - 1] == " " == where[end]:
                    found.append((start - 1, end - 1))
                start = where.find(sought, end)
        return sorted(found)

    def _many_spans(self, words: set[str]) -> Iterator[tuple[int, int]]:
        """The same in one pass: each is the next such word."""
        where, last = f" {self._split.where} ", 0
        for word in filter(words.__contains__, self._split.words):
            start = where.find(f" {word} ", last)
            last = start + len(word) + 1
            yield start, last - 1

    def after(self, token: Token) -> Token | None:
        """The next token."""
        start = token.start
        try:
            return self._after[start]
        except KeyError:
            match = _SOLID.search(self._split.where, token.end)
            found = self._after[start] = self._token(*match.span()) if match else None
            return found

    def before(self, token: Token) -> Token | None:
        """The token before."""
        start = token.start
        try:
            return self._before[start]
        except KeyError:
            found = self._before[start] = self._look_back(start)
            return found

    def _look_back(self, start: int) -> Token | None:
        where, width = self._split.where, _LOOK_BACK
        while True:
            begin = max(0, start - width)
            piece = where[begin:start].rstrip()
            blank = piece.rfind(" ")
            if blank >= 0 or not begin:
                return self._token(begin + blank + 1, begin + len(piece)) if piece else None
            width *= 4

    def _token(self, start: int, end: int) -> Token:
        near = self._near.get(self._split.where[start:end], ())
        return tuple.__new__(Token, (start, end, self._text[start:end], near))

    def _joined(self, parted: Mapping[int, Broken]) -> Iterator[Token]:
        skip = -1
        for match in _SOLID.finditer(self._split.where):
            if match.start() >= skip:
                if one := parted.get(match.start()):
                    skip = one.end
                    yield Token(*one, self._near.get(small(one.word), ()))
                else:
                    yield self._token(*match.span())


def between(text: str, one: Token, other: Token) -> str:
    """What stands between two words that follow each other."""
    return text[one.end : other.start]


def are_apart(text: str, one: Token, other: Token) -> bool:
    """Whether an end of a sentence, a paragraph or a bracket stands between two words; mostly it is a blank."""
    return text[one.end : other.start] != " " and APART.search(text, one.end, other.start) is not None


def may_have_company(text: str, tokens: Tokens, token: Token) -> bool:
    """Whether a word that may be one of the same name stands beside a word, whatever the name: mostly none does."""
    after = tokens.after(token)
    if after and (after.near or may_be_loose(after.text) or may_stand_inside(after.text)):
        return not are_apart(text, token, after) or not token.text.islower()
    before = tokens.before(token)
    return before is not None and not token.text.islower() and may_be_loose(before.text)


def may_be_loose(word: str) -> bool:
    """Whether a word may be one of a name, written badly or cut short."""
    return len(word) >= 4 and word[0].isupper()


def may_stand_inside(word: str) -> bool:
    """Whether a word may stand between two words of a name."""
    return not word.islower() or word in PARTICLES or len(word) == 1 or not word.isascii()


def _has_servant(text: str, where: str) -> bool:
    if any(word in where for word in SERVANTS):
        return True
    return not text.isascii() and ("\u0639\u0628\u062f \u0627\u0644" in text or "\u0630\u0648 \u0627\u0644" in text)


def broken_words(text: str, where: str, *, servants: bool = True) -> Iterator[Broken]:
    """Each word that is broken over two lines. From the hyphen on: to begin at every word is ten times as slow.

    `where` is the text as `split` gives it; `servants`: whether the letters of one of SERVANTS may stand in it.
    """
    last = 0
    plain = text.isascii()
    for match in (_HYPHENED if plain and "=" not in text else _BROKEN).finditer(text) if "\n" in text else ():
        line = text[max(last, text.rfind("\n", 0, match.start()) + 1) : match.start()]
        before = _END.match(line[::-1])
        if before:
            last = match.end()
            yield Broken(match.start() - before.end(), last, before[0][::-1] + match[1])
    for match in _JOINER.finditer(text) if "\u200c" in text else ():
        yield Broken(*match.span(), match[0].replace("\u200c", ""))
    for match in _SERVANT.finditer(text) if servants and _has_servant(text, where) else ():
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
