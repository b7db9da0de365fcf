"""Many strings looked for in one pass over a text (Aho and Corasick). The only file that knows the library.

Takes strings, gives places: which string, from, to, in code points, overlapping ones included. Pure. The cost is that
of one pass, whatever the number of strings.
"""

from __future__ import annotations

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation

# Characters of strings up to which they are made into the larger of two automata, which is three times as fast.
_LARGE = 40_000


def _kind(strings: Sequence[str]) -> Implementation | None:
    return Implementation.DFA if sum(map(len, strings)) <= _LARGE else None


class PatternSet:
    """Strings to look for, as they stand: who wants no difference of case or accents folds both sides first."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._automaton = AhoCorasick(list(strings), implementation=_kind(strings)) if strings else None

    def find(self, text: str) -> Sequence[tuple[int, int, int]]:
        """Every place of every string: its number, from, to. In order of the end."""
        return self._automaton.find_matches_as_indexes(text, overlapping=True) if self._automaton else []
