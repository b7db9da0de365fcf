"""Many strings looked for in one pass over a text (Aho and Corasick). The only file that knows the library.

Takes strings, gives places: which string, from, to, in code points, overlapping ones included. Pure. The cost is that
of one pass, whatever the number of strings.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from functools import cached_property

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

# Characters of strings up to which they are made into the larger of two automata, which is three times as fast.
_LARGE = 40_000
_LETTERS = string.ascii_letters.encode()
_BLANKED = bytes(code if code in _LETTERS else 0x20 for code in range(256))


def _kind(strings: Sequence[str]) -> Implementation | None:
    return Implementation.DFA if sum(map(len, strings)) <= _LARGE else None


class PatternSet:
    """Strings to look for, as they stand: who wants no difference of case or accents folds both sides first."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._automaton = AhoCorasick(list(strings), implementation=_kind(strings)) if strings else None

    def find(self, text: str) -> Sequence[tuple[int, int, int]]:
        """Every place of every string: its number, from, to. In order of the end."""
        return self._automaton.find_matches_as_indexes(text, overlapping=True) if self._automaton else []


class WordSet:
    """Words to look for as words, and beginnings of words (written with `*` at the end)."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word.rstrip("*") for word in words]
        self._begun = [word.endswith("*") for word in words]
        # Letters alone between blanks: such a word needs no second look. Others are compared with the text.
        self._numbers = [number for number, word in enumerate(self._words) if word.isascii()]
        self._odd = {number for number in self._numbers if not self._words[number].isalpha()}

    @cached_property
    def _plain(self) -> BytesAhoCorasick | None:
        strings = [
            b" " + self._words[number].encode().translate(_BLANKED) + (b"" if self._begun[number] else b" ")
            for number in self._numbers
        ]
        kind = _kind([self._words[number] for number in self._numbers])
        return BytesAhoCorasick(strings, implementation=kind) if strings else None

    @cached_property
    def _any(self) -> PatternSet:
        return PatternSet(self._words)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Every place of every word: its number, from."""
        if not text.isascii():
            yield from self._find_any(text)
        elif self._plain is not None:
            blanked = b" " + text.encode().translate(_BLANKED) + b" "
            found = self._plain.find_matches_as_indexes(blanked, overlapping=True)
            for number, start, _ in found:  # the blank in front of a word stands where the word stands in the text
                which = self._numbers[number]
                if which not in self._odd or text.startswith(self._words[which], start):
                    yield which, start

    def _find_any(self, text: str) -> Iterator[tuple[int, int]]:
        for number, start, end in self._any.find(text):
            whole = self._begun[number] or not text[end : end + 1].isalpha()
            if whole and (start == 0 or not text[start - 1].isalpha()):
                yield number, start
