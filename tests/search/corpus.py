"""A small archive of random documents, and a search in plain Python over them to hold the engine to."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import combinations, product
from pathlib import Path

from unsealed.archive import Archive, NewItem, StoredReading, encode_reading
from unsealed.model import Field as Value
from unsealed.model import Reading, Unit
from unsealed.query import (
    All,
    And,
    Field,
    Fuzzy,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Serial,
    Word,
    id_keys,
    words,
)

WORDS = [
    "ana",
    "anna",
    "annas",
    "ban",
    "bane",
    "cab",
    "Émile",
    "emil",
    "state",
    "284",
    "000284",
    "03state0284",
    "北",
    "京",
]
ORIGINS = ["Embassy Belmar", "Consulate Veren", "Secretary of State", ""]
CLASSES = ["SECRET", "SECRET//NOFORN", "TOP SECRET", "CONFIDENTIAL", ""]
TAGS = ["PREL", "PGOV", "HUMAN RIGHTS", "KDEM"]
DATES = ["2003", "2003-05", "2003-05-17", "2003-05-17T10:30Z", "2004-02-29", "2005-12", ""]


def random_reading(random_: random.Random, number: int) -> Reading:
    """A document of a few dozen of WORDS, with some of every field."""
    units: list[Unit] = []
    values: list[Value] = []

    def put(label: str, name: str, value: str) -> None:
        if value:
            values.append(Value(name, value, (len(units),)))
            units.append(Unit(label, value))

    put("id", "id", f"03VEREN{number}" if number % 3 else "03STATE000284")
    put("origin", "origin", random_.choice(ORIGINS))
    put("classification", "class", random_.choice(CLASSES))
    put("dtg", "date", random_.choice(DATES))
    for tag in random_.sample(TAGS, random_.randint(0, 3)):
        put("tag", "tag", tag)
    put("subject", "subject", " ".join(random_.choices(WORDS, k=3)))
    if random_.random() < 0.2:
        put("ref", "ref", "04STATE284")
    for _ in range(random_.randint(0, 4)):
        units.append(Unit("paragraph", ". ".join(random_.choices(WORDS, k=random_.randint(1, 12))) + "\n"))
    return Reading(random_.choice(["cable", "email"]), "test", 1, tuple(units), tuple(values))


def make_archive(path: Path, readings: Iterable[Reading]) -> Archive:
    """A new archive with each reading as a file of its own, open for writing."""
    archive = Archive.create(path, "Search")
    add(archive, readings)
    return archive


def add(archive: Archive, readings: Iterable[Reading], item: int = 0) -> None:
    """Store readings as new items, or as further readings of `item`; one commit."""
    growth = archive.grow()
    for reading in readings:
        data = encode_reading(reading)
        if item:
            growth.add_reading(item, reading, data)
            continue
        digest = hashlib.sha256(data).digest()
        new = NewItem(0, 0, 0, f"in/{digest.hex()}", -1, -1, digest, len(data), "read", reading.type)
        growth.add_reading(growth.add_item(new, growth.place(data, digest)), reading, data)
    growth.commit()


class Reference:
    """Documents in plain Python, and what docs/query.md says that a query finds in them."""

    def __init__(self, stored: Iterable[StoredReading]) -> None:
        self.stored = {reading.row: reading for reading in stored}
        self.words = {row: words("\n".join(u.text for u in s.reading.units)) for row, s in self.stored.items()}

    def find(self, node: Node) -> set[int]:
        """The rows that match."""
        return {row for row in self.stored if self.matches(node, row)}

    def matches(self, node: Node, row: int) -> bool:
        match node:
            case And(nodes):
                return all(self.matches(child, row) for child in nodes)
            case Or(nodes):
                return any(self.matches(child, row) for child in nodes)
            case Not(inner):
                return not self.matches(inner, row)
            case All():
                return True
            case Range():
                return self._dated(node, row)
            case Serial():
                return self._serial(node, row)
            case Field(name, leaf):
                return self._field(name, leaf, row)
            case _:
                return _in_words(node, self.words[row])

    def _dated(self, node: Range, row: int) -> bool:
        date = self.stored[row].reading.first("date")[:16]
        if not date:
            return False
        return (not node.low or date >= node.low[: len(date)]) and (
            not node.high or date[: len(node.high)] <= node.high
        )

    def _serial(self, node: Serial, row: int) -> bool:
        key = f"{node.year}{node.station}{node.number}"
        reading = self.stored[row].reading
        if any(key in id_keys(value) for name in ("id", "ref") for value in reading.all(name)):
            return True
        forms = [node.number.zfill(width) for width in range(1, 8)]
        years = [node.year] if node.year else ["", *(f"{n:02}" for n in range(100))]
        glued = {year + node.station + form for year in years for form in forms}
        before = [node.year] if node.year else []
        apart = [Phrase((*before, node.station, form)) for form in forms]
        return bool(glued & set(self.words[row])) or any(_in_words(phrase, self.words[row]) for phrase in apart)

    def _field(self, name: str, leaf: Leaf, row: int) -> bool:
        reading = self.stored[row].reading
        values = [reading.type] if name == "type" else reading.all(name)
        if name in ("origin", "subject"):
            return any(_in_words(leaf, words(value)) for value in values)
        if name in ("id", "ref"):
            own = [str(self.stored[row].item.id)] if name == "id" else []
            return _in_words(leaf, [*own, *(key for value in values for key in id_keys(value))])
        keys = [" ".join(words(value)) for value in values]
        if name == "class":
            keys = [" ".join(key.split()[:n]) for key in keys for n in range(1, len(key.split()) + 1)]
        return _in_words(leaf, keys)

    def facet(self, rows: set[int], name: str) -> dict[str, int]:
        """Counts of the values of a facet over `rows`."""
        counts: Counter[str] = Counter()
        for row in rows:
            reading = self.stored[row].reading
            if name == "tag":
                counts.update(reading.all("tag"))
            elif name == "type":
                counts[reading.type] += 1
            else:
                counts[reading.first("date")[:4] if name == "year" else reading.first(name)] += 1
        return dict(counts)


def _in_words(leaf: Node, found: list[str]) -> bool:
    match leaf:
        case Word(text):
            return text in found
        case Prefix(text):
            return any(word.startswith(text) for word in found)
        case Fuzzy(text, distance):
            return any(changes(word, text) <= distance for word in found)
        case Phrase(sought, 0):
            return any(tuple(found[at : at + len(sought)]) == sought for at in range(len(found)))
        case Phrase(sought, slop):
            return all(_near(found, one, other, slop) for one, other in combinations(sought, 2))
    raise AssertionError(leaf)


def _near(found: list[str], one: str, other: str, slop: int) -> bool:
    first = [at for at, word in enumerate(found) if word == one]
    second = [at for at, word in enumerate(found) if word == other]
    return any(abs(a - b) - 1 <= slop for a, b in product(first, second))


@cache
def changes(left: str, right: str) -> int:
    """Optimal string alignment distance, straight from its definition."""
    if not left or not right:
        return len(left) + len(right)
    best = min(
        changes(left[:-1], right) + 1,
        changes(left, right[:-1]) + 1,
        changes(left[:-1], right[:-1]) + (left[-1] != right[-1]),
    )
    if len(left) > 1 and len(right) > 1 and left[-1] == right[-2] and left[-2] == right[-1]:
        best = min(best, changes(left[:-2], right[:-2]) + 1)
    return best
