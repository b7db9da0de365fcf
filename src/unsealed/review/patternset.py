"""Many strings looked for in one pass over a text (Aho and Corasick). The only file that knows the library.

Takes strings, gives places: which string, from, to, in code points, overlapping ones included. Pure. The cost is that
of one pass, whatever the number of strings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ahocorasick_rs import AhoCorasick


class PatternSet:
    """Strings to look for, as they stand: who wants no difference of case or accents folds both sides first."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._automaton = AhoCorasick(list(strings)) if strings else None

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Every place of every string: its number, from, to. In order of the end."""
        if self._automaton is not None:
            yield from self._automaton.find_matches_as_indexes(text, overlapping=True)
