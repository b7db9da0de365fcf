"""From a word of a text to the words of the register that it may be: letters, one wrong letter, sound, endings.

Takes the words of names, gives parts of names with how sure. Pure. A sieve of look-ups comes first: of ten thousand
words of an archive a handful is near to anybody, and only these are compared letter by letter.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from itertools import compress
from typing import NamedTuple

from rapidfuzz.distance import OSA, Levenshtein

from unsealed.review.risk.lexicon import STOP, WORD, Flags
from unsealed.review.risk.sounds import (
    READ_TWICE,
    keys,
    keys_of_many,
    neighbours,
    other_keys,
    respelt,
    romanise,
    rough,
    rough_of_many,
    spoken,
    stems,
    variants,
)

_FUZZY = 5  # letters from which on one may be wrong
_SIGNS = string.ascii_lowercase + string.digits
_EDGES = (2, 3, 4, 5)  # letters at the beginning or the end, of which one is right where one letter is wrong


class Part(NamedTuple):
    """One word of one name of an entry. `family`: it may stand for the person alone."""

    entry: int
    name: int
    place: int
    family: bool
    of: int  # parts of the name


class Near(NamedTuple):
    """A part that a word of the text is near to, and how near."""

    part: Part
    sure: float


class Index:
    """The words of the register, ready for look-ups."""

    def __init__(self, words: dict[str, list[Part]]) -> None:
        self._words = words
        self._longest = max(map(len, words), default=0)
        self._short: dict[str, set[str]] = {}
        self._fine: dict[str, set[str]] = {}
        self._coarse: dict[str, set[str]] = {}
        # How words begin, those of one or two letters with what may stand behind them.
        self._heads = _heads(words)
        # How words begin and end, by so many letters: bits of their lengths.
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        for word in words:
            if len(word) >= _FUZZY:
                for short in _shorter(word):
                    self._short.setdefault(short, set()).add(word)
                for edge in _EDGES:
                    self._starts[word[:edge]] = self._starts.get(word[:edge], 0) | 1 << len(word)
                    self._ends[word[-edge:]] = self._ends.get(word[-edge:], 0) | 1 << len(word)
            for variant in variants(word):
                found = keys(variant)
                for key in (*found.fine, *neighbours(variant)):
                    self._fine.setdefault(key, set()).add(word)
                self._coarse.setdefault(found.coarse, set()).add(word)
        # A short coarse key says something only of names that are written without vowels.
        self._bare = {key for key, found in self._coarse.items() if len(key) >= 3 or any(map(_vowelless, found))}
        self._rough = frozenset(map(rough, (*self._fine, *self._bare)))

    def hopeful(self, words: set[str], flags: Flags) -> set[str]:
        """The words, those of ASCII in small letters, for which `near` may have an answer; for all others it has none.

        All are taken through each step together; flags are asked only of those that are left.
        """
        letters = "".join(words)
        found: set[str] = set()
        if not (letters.isascii() and letters.isalnum()):
            found = {word for word in words if not (word.isascii() and word.isalnum())}
            words = words - found
        heads, starts, ends = self._heads, self._starts, self._ends
        edged = [word for word in words if word[:2] in starts or word[-2:] in ends or word[:3] in heads]
        begun = {word for word in edged if word[:3] in heads and self._begins(word)}
        maybe = {*filter(self._is_mistyped, edged), *self._alike(self._roughly(words))} - begun
        found |= begun
        found |= {word for word in maybe if len(word) > 2 and not word.isdigit() and not flags[word] & (WORD | STOP)}
        return found

    def _begins(self, folded: str) -> bool:
        """Whether a word is one of the register, but for up to three letters behind it."""
        known = self._words
        return folded in known or not known.keys().isdisjoint((folded[:-1], folded[:-2], folded[:-3]))

    def _is_mistyped(self, folded: str) -> bool:
        """Whether a word of the register is one letter away; most words neither begin nor end like one."""
        size = len(folded)
        if size < _FUZZY - 1:
            return False
        edge = max(_EDGES[0], min((size - 1) // 2, _EDGES[-1]))
        lengths = self._starts.get(folded[:edge], 0) | self._ends.get(folded[-edge:], 0)
        return lengths >> (size - 1) & 7 != 0 and not self._short.keys().isdisjoint(_shorter(folded))

    def _roughly(self, words: set[str]) -> list[str]:
        """Those whose consonants, as classes, are those of a word of the register."""
        known = self._rough
        read, spelt = [*words], [*words]
        for word, spelling in respelt(words):
            read.append(word)
            spelt.append(spelling)
        return list(set(compress(read, map(known.__contains__, rough_of_many(spelt)))))

    def _alike(self, words: list[str]) -> Iterator[str]:
        """Those that share a key of sounds with a word of the register."""
        known, bare, twice = self._fine, self._bare, READ_TWICE.search
        for word, fine, coarse in keys_of_many(words):
            if (
                coarse in bare
                or (fine and fine in known)
                or (twice(word) and not known.keys().isdisjoint(other_keys(word)))
            ):
                yield word

    def near(self, written: str, flags: int) -> Iterator[Near]:
        """Every part that the word may be, with how sure."""
        best: dict[str, float] = {}
        for folded in spoken(written):
            for word, sure in self._candidates(folded, flags):
                best[word] = max(sure, best.get(word, 0.0))
        for word, sure in best.items():
            for part in self._words[word]:
                yield Near(part, sure)

    def _candidates(self, folded: str, flags: int) -> Iterator[tuple[str, float]]:
        if not folded:
            return
        for stem in stems(folded):
            if stem in self._words:
                yield stem, 1.0 if stem == folded else 0.92
        if folded.isdigit() or len(folded) < 3:
            return
        for cut in (1, 2, 3):
            if folded[:-cut] in self._words and len(folded) - cut >= (4 if cut == 1 and folded[-1] == "s" else 6):
                yield folded[:-cut], 0.85
        if not flags & (WORD | STOP):
            yield from self._fuzzy(folded)
            yield from self._sounding(folded)

    def _fuzzy(self, folded: str) -> Iterator[tuple[str, float]]:
        if _FUZZY - 1 <= len(folded) <= self._longest + 1:
            for word in {word for short in _shorter(folded) for word in self._short.get(short, ())}:
                if OSA.distance(word, folded, score_cutoff=1) <= 1:
                    yield word, 0.8 if len(word) > 5 else 0.72

    def _sounding(self, folded: str) -> Iterator[tuple[str, float]]:
        for stem in [one for form in stems(folded) for one in variants(form)]:
            found, latin = keys(stem), romanise(stem)
            for key in found.fine:
                for word in self._fine.get(key, ()):
                    alike = Levenshtein.normalized_similarity(romanise(word), latin)
                    if alike >= (0.6 if len(key) < 2 else 0.5 if len(key) < 4 else 0.4):
                        sure = 0.85 if alike >= 0.6 and len(key) > 1 else 0.75
                        yield word, sure if len(word) > 5 or not word.isascii() or not latin.isascii() else 0.6
            for word in self._coarse.get(found.coarse, ()):
                if _vowelless(stem) or _vowelless(word):
                    yield word, 0.8 if len(found.coarse) >= 3 else 0.65
                elif len(found.coarse) >= 3 and Levenshtein.normalized_similarity(romanise(word), latin) >= 0.55:
                    yield word, 0.75


def _vowelless(word: str) -> bool:
    return "\u0590" <= word[:1] <= "\u08ff"


def _shorter(word: str) -> Iterable[str]:
    """The word, and the word without each of its letters in turn."""
    return (word, *(word[:place] + word[place + 1 :] for place in range(len(word))))


def _heads(words: Iterable[str]) -> frozenset[str]:
    """The first three letters of words of ASCII letters and digits that are one of these, or go on behind it."""
    found: set[str] = set()
    for word in words:
        more = {word[:3]}
        for _ in range(len(word), 3):
            more |= {one + sign for one in more for sign in _SIGNS if len(one) < 3}
        found |= more
    return frozenset(found)
