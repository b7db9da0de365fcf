"""From the tree of a query to a condition of SQLite, with its FTS5. What each node finds is specified in docs/query.md.

Takes a tree and a function that lists terms of the index; gives SQL with parameters. What a reader typed never becomes
part of the SQL: words travel as parameters, and inside a match expression they are letters and digits in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from unsealed.query import (
    KEY_FIELDS,
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
    bounds,
    serial_forms,
    within,
)

COLUMNS = {"origin": "origin", "from": "sender", "to": "recipient", "subject": "subject"}
EXPANDED = 200  # terms that one near word may stand for: the first of them, in order
_KEYS = {"id": "ids", "ref": "refs"}

# pattern of LIKE (`%` and `_` only where meant) and a column, or None for the body: terms of the index
Terms = Callable[[str, str], Iterable[str]]


class Condition(NamedTuple):
    """SQL over a row `d` of `docs`, and its parameters."""

    sql: str
    values: tuple[object, ...] = ()


def condition(node: Node, terms: Terms) -> Condition:
    """Which documents a query finds."""
    match node:
        case And(nodes):
            return _joined(nodes, " AND ", terms)
        case Or(nodes):
            return _joined(nodes, " OR ", terms)
        case Not(inner):
            found = condition(inner, terms)
            return Condition(f"NOT {found.sql}", found.values)
        case Field(name, leaf) if name in KEY_FIELDS:
            return _key(_KEYS.get(name, name), leaf, terms)
        case Field(name, leaf):
            return _match(_leaf(leaf, COLUMNS[name], terms), COLUMNS[name])
        case Range():
            return _range(node)
        case Serial():
            return _serial(node, terms)
        case All():
            return Condition("1")
        case Word() | Phrase() | Prefix() | Fuzzy():
            return _match(_leaf(node, "body", terms), "body")


def _joined(nodes: tuple[Node, ...], word: str, terms: Terms) -> Condition:
    parts = [condition(node, terms) for node in nodes]
    values = tuple(value for part in parts for value in part.values)
    return Condition("(" + word.join(part.sql for part in parts) + ")", values)


def _match(expression: str, column: str) -> Condition:
    if not expression:
        return Condition("0")
    return Condition("d.id IN (SELECT rowid FROM texts WHERE texts MATCH ?)", (f"{{{column}}} : ({expression})",))


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _leaf(leaf: Leaf, column: str, terms: Terms) -> str:
    """A match expression, empty where nothing can match."""
    match leaf:
        case Word(text):
            return _quoted(text)
        case Prefix(text):
            return f"{_quoted(text)} *"
        case Fuzzy(text, distance):
            return " OR ".join(_quoted(term) for term in near_terms(text, distance, column, terms))
        case Phrase(words, 0):
            return " + ".join(_quoted(word) for word in words)
        case Phrase(words, slop):
            pairs = combinations(dict.fromkeys(words), 2)
            near = [f"NEAR({_quoted(one)} {_quoted(other)}, {slop})" for one, other in pairs]
            return " AND ".join(near) or _quoted(words[0])


def near_terms(text: str, distance: int, column: str, terms: Terms) -> list[str]:
    """Terms that become `text` by at most `distance` changes."""
    lengths = range(max(len(text) - distance, 1), len(text) + distance + 1)
    found = (term for length in lengths for term in terms("_" * length, column) if within(term, text, distance))
    return sorted(found)[:EXPANDED]


def _key(field: str, leaf: Leaf, terms: Terms) -> Condition:
    """A whole value. Nothing of it is a pattern: a prefix is a range of keys."""
    sql = "d.id IN (SELECT doc FROM keys WHERE field = ? AND {})"
    match leaf:
        case Word(text):
            return Condition(sql.format("key = ?"), (field, text))
        case Phrase(words, _):
            return Condition(sql.format("key = ?"), (field, " ".join(words)))
        case Prefix(text):
            return Condition(sql.format("key >= ? AND key < ?"), (field, text, text + "\U0010ffff"))
        case Fuzzy(text, distance):
            found = near_terms(text, distance, field, terms)
            marks = ",".join("?" * len(found))
            return Condition(sql.format(f"key IN ({marks})"), (field, *found)) if found else Condition("0")


def _range(node: Range) -> Condition:
    low, high = bounds(node.low), bounds(node.high)
    parts, values = ["d.low > 0"], []
    if low is not None:
        parts.append("d.high >= ?")
        values.append(low[0])
    if high is not None:
        parts.append("d.low <= ?")
        values.append(high[1])
    return Condition("(" + " AND ".join(parts) + ")", tuple(values))


def _serial(node: Serial, terms: Terms) -> Condition:
    key = f"{node.year}{node.station}{node.number}"
    before = [node.year] if node.year else []
    apart = [" + ".join(map(_quoted, [*before, node.station, form])) for form in serial_forms(node)]
    pattern = re.compile(f"{node.year or '(?:[0-9]{2})?'}{re.escape(node.station)}0*{node.number}")
    glued = [_quoted(term) for term in terms(f"%{node.station}%{node.number}", "body") if pattern.fullmatch(term)]
    text = _match(" OR ".join([*glued[:EXPANDED], *apart]), "body")
    sql = "d.id IN (SELECT doc FROM keys WHERE field IN ('ids', 'refs') AND key = ?)"
    return Condition(f"({sql} OR {text.sql})", (key, *text.values))


# --- what ranks, and what is marked -------------------------------------------------------------------


def ranking(node: Node) -> str:
    """A match expression over everything that ranks documents, or nothing where nothing does."""
    return " OR ".join(_quoted(word) for word in dict.fromkeys(_ranking_words(node)))


def _ranking_words(node: Node) -> Iterator[str]:
    match node:
        case And(nodes) | Or(nodes):
            for child in nodes:
                yield from _ranking_words(child)
        case Field("subject", Word(text)) | Word(text):
            yield text
        case Field("subject", Phrase(words, _)) | Phrase(words, _):
            yield from words
        case Serial(_, station, number):
            yield from (station, number)
        case _:
            return


def marker(node: Node) -> Callable[[str], bool]:
    """Whether a folded word of a text is one that the query sought, for marking it in a snippet."""
    whole: set[str] = set()
    prefixes: list[str] = []
    near: list[Fuzzy] = []
    for leaf in _positive(node):
        match leaf:
            case Word(text):
                whole.add(text)
            case Phrase(words, _):
                whole.update(words)
            case Prefix(text):
                prefixes.append(text)
            case Fuzzy():
                near.append(leaf)
    starts = tuple(prefixes)

    def sought(word: str) -> bool:
        if word in whole or (starts and word.startswith(starts)):
            return True
        return any(within(word, one.text, one.distance) for one in near)

    return sought


def _positive(node: Node) -> Iterator[Leaf]:
    match node:
        case And(nodes) | Or(nodes):
            for child in nodes:
                yield from _positive(child)
        case Field(name, leaf):
            if name not in KEY_FIELDS:
                yield leaf
        case Serial(_, station, number):
            yield from (Word(station), Word(number))
        case Word() | Phrase() | Prefix() | Fuzzy():
            yield node
        case _:
            return
