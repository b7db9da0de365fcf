"""The leak check: does a withheld string stand in what is about to go out?

Takes withheld texts once, then any number of public texts; gives hits. Pure: what is withheld comes from
the desk, what goes out from the release. One pass over each public text finds all strings: words are looked up
in a tree of words, so the cost does not grow with the number of names.

A withheld string (release.md, "Publishing") is the text of a mark: whole, and each of its words of four letters
or more that is capitalised, in the spellings of `words.spellings`. Whole units and documents that are withheld
are searched as runs of eight words; units shorter than that like any mark. Transliteration and the register of
protected people are not part of this first version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unsealed.review.words import (
    Words,
    capitalised,
    fold,
    folded_words,
    is_distinct,
    spellings,
    unhyphenated_words,
    words,
    words_across_lines,
)

RUN = 8  # words: release.md, "runs of eight words"
_END = ""  # the key under which a node of the tree keeps the number of the string that ends there


class Hit(NamedTuple):
    """A withheld string in a public text. `place` is what the caller named it; `string` are its folded words."""

    place: str
    string: str
    kind: str  # "string", "word" or "run"


class _Found(NamedTuple):
    words: Words
    kind: str


class LeakCheck:
    """All withheld strings of an archive, and the search for them.

    Fill it with `add_text` and `add_runs`, then call `hits` for each public text. `untested` counts texts
    that cannot be looked for because they stand everywhere (see `words.is_distinct`).
    """

    def __init__(self) -> None:
        self._tree: dict[str, object] = {}
        self._strings: list[_Found] = []
        self._numbers: dict[tuple[Words, str], int] = {}
        self._single: dict[str, int] = {}
        self._runs: set[int] = set()
        self.untested = 0

    def add_text(self, text: str) -> None:
        """Withhold a text: whole, and each of its capitalised words of four letters or more."""
        if is_distinct(text):
            self._add(text, "string")
        elif text.strip():
            self.untested += 1
        for word in capitalised(text):
            self._add(word, "word")

    def add_runs(self, text: str) -> None:
        """Withhold a whole unit: every run of eight words; a shorter one counts as the text of a mark."""
        found = words(text)
        if len(found) < RUN:
            self.add_text(text)
            return
        # Hashes of runs, not the runs: a withheld document has as many runs as words.
        self._runs.update(hash(tuple(found[begin : begin + RUN])) for begin in range(len(found) - RUN + 1))

    def _add(self, text: str, kind: str) -> None:
        for spelling in spellings(text):
            if (spelling, kind) in self._numbers:
                continue
            number = self._numbers[spelling, kind] = len(self._strings)
            self._strings.append(_Found(tuple(words(text)), kind))
            if len(spelling) == 1:
                self._single.setdefault(spelling[0], number)
            node = self._tree
            for word in spelling:
                node = node.setdefault(word, {})  # type: ignore[assignment]
            node.setdefault(_END, number)

    def hits(self, place: str, text: str) -> list[Hit]:
        """Every withheld string in `text`, each once, in order."""
        found: dict[Hit, None] = {}
        folded = fold(text)
        for stream in (folded_words(folded), unhyphenated_words(folded)):
            if stream is not None:
                for string, kind in self._search(stream):
                    found[Hit(place, string, kind)] = None
        for joined in words_across_lines(folded):
            if joined in self._single:
                broken = self._strings[self._single[joined]]
                found[Hit(place, " ".join(broken.words), broken.kind)] = None
        return list(found)

    def _search(self, stream: list[str]) -> Iterator[tuple[str, str]]:
        tree = self._tree
        for begin, word in enumerate(stream):
            node = tree.get(word)
            if node is not None:
                yield from self._walk(node, stream, begin + 1)
        if self._runs:
            for begin in range(len(stream) - RUN + 1):
                run = tuple(stream[begin : begin + RUN])
                if hash(run) in self._runs:
                    yield " ".join(run), "run"

    def _walk(self, node: object, stream: list[str], at: int) -> Iterator[tuple[str, str]]:
        while isinstance(node, dict):
            number = node.get(_END)
            if number is not None:
                string = self._strings[number]
                yield " ".join(string.words), string.kind
            node = node.get(stream[at]) if at < len(stream) else None
            at += 1


class Allowed:
    """Strings that two editors allowed to stand in shown text: `covers` a hit whose words they contain in order."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [f" {' '.join(words(text))} " for text in texts]

    def covers(self, hit: Hit) -> bool:
        """Whether one of the allowed texts contains the hit's words as a run."""
        return any(f" {hit.string} " in text for text in self._texts)
