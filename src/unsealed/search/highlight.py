"""Where in a reading the words of a query stand: for every kind of term, without the index.

The engine's own snippets know only plain words. Here every leaf of the tree becomes a *finder* on the folded
text, built once for a query and used for all its hits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import combinations, islice, pairwise
from typing import NamedTuple

from unsealed.model import Reading
from unsealed.query import (
    KEY_FIELDS,
    And,
    Field,
    Fuzzy,
    Leaf,
    Node,
    Or,
    Phrase,
    Prefix,
    Serial,
    Word,
    aligned,
    cable_pattern,
    folded_places,
    folded_words,
    id_keys,
    more_words_than,
    original_end,
    value_key,
    within,
    words_pattern,
)
from unsealed.search.schema import TEXT, beginnings

MOST = 64
"""Matches of one leaf that are looked at when the place of a snippet is chosen."""
_MOST_NEAR = 20_000  # places of one word of a near search that are looked at
_WHOLE_VALUE = 200  # characters: a longer unit is not the value of a key field, so it is not marked whole
_SOURCES = {**TEXT, "class": ("class",), "tag": ("tag",), "id": ("id",), "ref": ("ref",)}

Span = tuple[int, int]
Finder = Callable[[str, int, int], Iterator[Span]]
"""Folded text and a part of it, to half-open spans of matches inside that part."""


class Match(NamedTuple):
    """One place. `leaf` numbers the leaf of the query that matches here."""

    start: int
    end: int
    leaf: int


class Highlighter:
    """The finders of one query. `matches` gives the places in one reading or a part of it."""

    def __init__(self, node: Node) -> None:
        self._everywhere: list[Finder] = []
        self._inside: list[tuple[Field, Finder]] = []
        for leaf in _leaves(node):
            if isinstance(leaf, Field):
                self._inside.append((leaf, finder(leaf.node)))
            else:
                self._everywhere.append(finder(leaf))

    def matches(self, page: Page, start: int = 0, end: int | None = None) -> list[Match]:
        """The matches between `start` and `end` (of the folded text), at most MOST of each leaf, in order."""
        end = len(page.folded) if end is None else end
        found: list[Match] = []
        for number, find in enumerate(self._everywhere):
            found += [Match(*span, number) for span in islice(find(page.folded, start, end), MOST)]
        for number, (field, find) in enumerate(self._inside, len(self._everywhere)):
            found += [Match(*span, number) for span in islice(_in_field(page, field, find, start, end), MOST)]
        found.sort()
        return found


class Page:
    """A reading laid out for finding: its text, the folded text, and where each unit stands in the latter."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        texts = [unit.text for unit in reading.units]
        self.text = "\n".join(texts)
        self.folded, self._origins = aligned(self.text)

    def original(self, place: int) -> int:
        """The place in `text` of a place in `folded`."""
        return place if self._origins is None else self._origins[place]

    def original_end(self, place: int) -> int:
        """The end in `text` of a span that ends at `place` in `folded`."""
        return place if self._origins is None else original_end(self._origins, place)

    def unit(self, number: int) -> Span:
        """Where unit `number` stands in the folded text."""
        units = self.reading.units
        start = sum(len(unit.text) + 1 for unit in units[:number])
        end = start + len(units[number].text)
        if self._origins is None:
            return start, end
        return self._folded_place(start), self._folded_place(end)

    def _folded_place(self, place: int) -> int:
        assert self._origins is not None
        low, high = 0, len(self._origins) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._origins[middle] < place else (low, middle)
        return low


def _leaves(node: Node) -> Iterator[Leaf | Serial | Field]:
    """The leaves that a hit may match, each once; nothing below a NOT."""
    seen: set[Node] = set()
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, And | Or):
            waiting[:0] = current.nodes
        elif isinstance(current, Word | Phrase | Prefix | Fuzzy | Serial | Field) and current not in seen:
            seen.add(current)
            yield current


def finder(leaf: Leaf | Serial) -> Finder:
    """How to find `leaf` in a folded text."""
    match leaf:
        case Phrase(words, slop) if slop:
            return _near_finder(words, slop)
        case Fuzzy(text, distance):
            return _fuzzy_finder(text, distance)
        case _:
            return _pattern_finder(_pattern(leaf))


def _pattern_finder(pattern: re.Pattern[str]) -> Finder:
    def find(folded: str, start: int, end: int) -> Iterator[Span]:
        return (match.span() for match in pattern.finditer(folded, start, end))

    return find


def _pattern(leaf: Leaf | Serial) -> re.Pattern[str]:
    match leaf:
        case Prefix(text):
            return re.compile(words_pattern((text,), open_end=True))
        case Phrase(words):
            return re.compile(words_pattern(words))
        case Serial(year, station, number):
            return re.compile(cable_pattern(year, station, number))
        case Word(text) | Fuzzy(text):
            return re.compile(words_pattern((text,)))


def _near_finder(words: tuple[str, ...], slop: int) -> Finder:
    """Words of pairs that stand near each other, in documents where every pair does (query.tree.Phrase)."""
    patterns = [re.compile(words_pattern((word,))) for word in words]

    def find(folded: str, start: int, end: int) -> Iterator[Span]:
        spans = [[match.span() for match in islice(pattern.finditer(folded), _MOST_NEAR)] for pattern in patterns]
        near: set[Span] = set()
        for one, other in combinations(spans, 2):
            near |= _near_pairs(folded, one, other, slop)
        return (span for span in sorted(near) if start <= span[0] and span[1] <= end)

    return find


def _near_pairs(folded: str, one: list[Span], other: list[Span], slop: int) -> set[Span]:
    """The spans of both lists that have one of the other list within `slop` words in between."""
    near: set[Span] = set()
    last: dict[int, Span] = {}
    for span, which in sorted([*((span, 0) for span in one), *((span, 1) for span in other)]):
        before = last.get(1 - which)
        if before is not None and not more_words_than(slop, folded, before[1], span[0]):
            near |= {before, span}
        last[which] = span
    return near


def _fuzzy_finder(text: str, distance: int) -> Finder:
    """Remembers for the whole query which words are near enough: documents share most of theirs."""
    known: dict[str, bool] = {}
    # Each change can spoil two neighbouring parts at most, so one part of 2 * distance + 1 stays as it is.
    count = 2 * distance + 1
    cuts = [len(text) * n // count for n in range(count + 1)]
    parts = [text[a:b] for a, b in pairwise(cuts)] if len(text) >= count else [""]

    def near(word: str) -> bool:
        answer = known.get(word)
        if answer is None:
            answer = known[word] = any(part in word for part in parts) and within(word, text, distance)
        return answer

    def find(folded: str, start: int, end: int) -> Iterator[Span]:
        lengths = len(text) - distance, len(text) + distance
        different = {word for word in folded_words(folded[start:end]) if lengths[0] <= len(word) <= lengths[1]}
        alike = sorted(filter(near, different))
        patterns = [re.compile(words_pattern((word,))) for word in alike]
        return merge(*((match.span() for match in pattern.finditer(folded, start, end)) for pattern in patterns))

    return find


def _in_field(page: Page, field: Field, find: Finder, start: int, end: int) -> Iterator[Span]:
    """Matches of a field's leaf, where the reading shows the field: in the units that its values come from."""
    whole = field.name in KEY_FIELDS
    for value in page.reading.fields:
        if value.name not in _SOURCES.get(field.name, ()):
            continue
        if whole and not _has_key(field, value.value):
            continue
        for number in value.units:
            first, last = page.unit(number)
            if first >= end or last <= start:
                continue
            yield from _whole(page, first, last) if whole else find(page.folded, max(first, start), min(last, end))


def _has_key(field: Field, value: str) -> bool:
    """True where the value of a key field is what the leaf seeks."""
    if field.name == "class":
        keys = beginnings(value_key(value))
    else:
        keys = [value_key(value)] if field.name == "tag" else id_keys(value)
    match field.node:
        case Word(text):
            return text in keys
        case Prefix(text):
            return any(key.startswith(text) for key in keys)
        case Fuzzy(text, distance):
            return any(within(key, text, distance) for key in keys)
        case _:
            return False


def _whole(page: Page, first: int, last: int) -> Iterable[Span]:
    """All of a short unit, from its first word to the end of its last."""
    tokens = list(folded_places(page.folded[first:last])) if last - first <= _WHOLE_VALUE else []
    return [(first + tokens[0][1], first + tokens[-1][2])] if tokens else []
