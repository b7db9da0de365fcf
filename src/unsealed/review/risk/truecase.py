"""ALL-CAPS text as it would be written with small letters: ordinary words small, everything else capitalised.

Takes a text, gives one of exactly the same length, so that every span found in it is a span of the original. Only
lines in capitals are changed: a heading in an ordinary cable as well as a whole telegram.
"""

from __future__ import annotations

import re
import string

from unsealed.review.risk.lexicon import CALENDAR, CODE, NAMES, NATION, ORG, PLACE, ROLE, STOP, TITLE, WORD, Flags
from unsealed.review.risk.vocabulary import listed

_SHARE = 0.8  # of the letters of a line that are capitals
_WORD = re.compile(r"([^\W\d_]+)")
_SMALL_LETTERS, _LARGE_LETTERS = string.ascii_lowercase.encode(), string.ascii_uppercase.encode()
_PARTICLES = frozenset(
    listed("""
DE DA DO DOS DAS DI DU DES DEL VAN VON DER DEN TER ZU BIN IBN BINT BEN UL UD AG
""")
)
_SMALL = WORD | STOP | ORG | ROLE | CALENDAR | CODE


def is_capitals(text: str) -> bool:
    """Whether a line or a text is written in capitals: it has at least four of them and hardly a small letter."""
    if text.isupper():
        return sum(map(str.isalpha, text[:400])) >= 4
    if text.islower():
        return False
    if text.isascii():
        letters = text.encode()
        small = len(letters) - len(letters.translate(None, _SMALL_LETTERS))
        large = len(letters) - len(letters.translate(None, _LARGE_LETTERS))
    else:
        small, large = sum(map(str.islower, text)), sum(map(str.isupper, text))
    return large >= 4 and large >= _SHARE * (small + large)


class Truecaser:
    """Knows how each word is written; remembers the words that it has seen."""

    def __init__(self, flags: Flags) -> None:
        self._cased = _Cased(flags)
        self._flags = flags

    def __call__(self, text: str) -> str:
        """The text with its lines in capitals written as ordinary lines."""
        if text.isupper():
            return self._lowered(text)
        if _is_small(text):
            return self._raised(text)
        lines = text.split("\n")
        for at in _likely_capitals(text):
            if is_capitals(lines[at]):
                lines[at] = self._lowered(lines[at])
        return "\n".join(lines)

    def _lowered(self, text: str) -> str:
        # Line ends as words of their own: what stands between blanks is the same few thousand strings again and again.
        parts = text.replace("\n", " \n ").split(" ")
        return " ".join(map(self._cased.__getitem__, parts)).replace(" \n ", "\n")

    def _raised(self, text: str) -> str:
        """A text that hardly has capitals, with its names capitalised: people write mails and messages like this."""
        flags = self._flags
        return _WORD.sub(lambda match: _as_name(match[1], flags[match[1]]), text)


def _likely_capitals(text: str) -> list[int]:
    """The lines that may be in capitals: all others have too many small letters."""
    plain = text.encode("utf-8", "replace")
    bare = plain.translate(None, _SMALL_LETTERS).split(b"\n")
    # Small letters are at most a fifth of the letters, so at most a fourth of what else stands there. Other letters
    # than those of ASCII are counted as none that is small, and with two bytes or more: that only lets more through.
    lines = zip(plain.split(b"\n"), bare, strict=True)
    return [at for at, (line, rest) in enumerate(lines) if 4 * len(line) <= 5 * len(rest)]


def _is_small(text: str) -> bool:
    """Whether a text is written without capitals, but for a few."""
    part = text[:2000]
    return len(part) > 40 and sum(map(str.isupper, part)) * 150 < len(part)


def _as_name(word: str, flags: int) -> str:
    if flags & NAMES and not flags & _SMALL and len(word) > 2 and word.islower() and word.upper() not in _PARTICLES:
        return _same_length(word, word[0].upper() + word[1:])
    return word


class _Cased(dict[str, str]):
    """The true case of what stands between two blanks in capitals, worked out once."""

    _LIMIT = 500_000  # words that are remembered
    _LONGEST = 40  # characters of one: rows of a table without any blank come once, and would fill the memory

    def __init__(self, flags: Flags) -> None:
        super().__init__()
        self._flags = flags

    def __missing__(self, part: str) -> str:
        if part.isalpha():
            cased = self._case(part)
        elif part[:-1].isalpha():  # a comma, a full stop
            cased = self._case(part[:-1]) + part[-1]
        else:
            words = _WORD.split(part)  # every second one is a word
            words[1::2] = map(self._case, words[1::2])
            cased = "".join(words)
        if len(part) > self._LONGEST:
            return cased
        if len(self) > self._LIMIT:
            self.clear()
        self[part] = cased
        return cased

    def _case(self, word: str) -> str:
        if not word.isupper() or len(word) == 1 or word in _PARTICLES:
            return word if len(word) == 1 else _same_length(word, word.lower())
        plain = word.isascii()
        small = word.lower()
        flags = self._flags[small if plain else word]
        # Mark, Brown: what stands beside it decides.
        named = flags & (TITLE | PLACE | NATION) or not flags & _SMALL
        if named or (flags & NAMES and not flags & (STOP | ORG | CALENDAR)):
            return word[0] + small[1:] if plain else _same_length(word, word[0] + word[1:].lower())
        return small if plain else _same_length(word, small)


def _same_length(word: str, cased: str) -> str:
    """Some letters have no small form of one code point: such a word stays as it is."""
    return cased if len(cased) == len(word) else word
