"""From the tree of a query to the engine's query. The engine's own parser never sees what a user typed.

What each node finds is specified in docs/query.md; this is its one translation for tantivy 0.27.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations

from tantivy import FieldType, Occur, Query, Schema

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
)
from unsealed.search.schema import KEYS

_IS_IT = 40.0  # score of the cable whose number was sought: above anything that words can earn
_CITES_IT = 20.0  # and of those that cite it


Spoken = Callable[[str], list[int]]
"""Language code to the items in which it was found later, by the enrichment: the index holds what a reading states."""


def _nobody(_code: str) -> list[int]:
    return []


def compile_query(node: Node, schema: Schema, spoken: Spoken = _nobody) -> Query:
    """The engine's query for `node`."""
    match node:
        case And(nodes):
            return _all_of(nodes, schema, spoken)
        case Or(nodes):
            return Query.boolean_query([(Occur.Should, compile_query(child, schema, spoken)) for child in nodes])
        case Not():
            return _all_of((node,), schema, spoken)
        case Field("lang", Word(code)):
            return _language(code, schema, spoken)
        case Field(name, leaf):
            return _field(name, leaf, schema)
        case Range():
            return _range(node, schema)
        case Serial():
            return _serial(node, schema)
        case All():
            return Query.all_query()
        case Word() | Phrase() | Prefix() | Fuzzy():
            return _leaf("body", node, schema)


def ranks(node: Node) -> bool:
    """True where relevance can tell hits apart: some word, phrase or number is sought outside of filters."""
    match node:
        case And(nodes) | Or(nodes):
            return any(ranks(child) for child in nodes)
        case Field(name, leaf):
            return name == "subject" and ranks(leaf)
        case Word() | Phrase() | Serial():
            return True
        case _:
            return False


def _all_of(nodes: tuple[Node, ...], schema: Schema, spoken: Spoken) -> Query:
    parts = [
        (Occur.MustNot, compile_query(node.node, schema, spoken))
        if isinstance(node, Not)
        else (Occur.Must, compile_query(node, schema, spoken))
        for node in nodes
    ]
    if all(occur == Occur.MustNot for occur, _ in parts):
        parts.insert(0, (Occur.Must, Query.all_query()))  # the engine finds nothing by exclusion alone
    return Query.boolean_query(parts)


def _leaf(field: str, leaf: Leaf, schema: Schema) -> Query:
    match leaf:
        case Word(text):
            return Query.term_query(schema, field, text)
        case Prefix(text):
            return Query.fuzzy_term_query(schema, field, text, distance=0, prefix=True)
        case Fuzzy(text, distance):
            return Query.fuzzy_term_query(schema, field, text, distance=distance)
        case Phrase(words, 0):
            return Query.phrase_query(schema, field, list(words))
        case Phrase(words, slop):
            return _near(field, words, slop, schema)


def _near(field: str, words: tuple[str, ...], slop: int, schema: Schema) -> Query:
    """Pair by pair, in both orders: the engine's slop is exact for two words only (docs/decisions/0061).

    The words themselves give the score: that of a sloppy phrase depends on how the index is cut into segments.
    """
    parts = []
    for one, other in combinations(words, 2):
        orders = [Query.phrase_query(schema, field, [*order], slop=slop) for order in ((one, other), (other, one))]
        pair = Query.boolean_query([(Occur.Should, order) for order in orders])
        parts.append((Occur.Must, Query.const_score_query(pair, 0.0)))
    parts += [
        (Occur.Should, Query.term_query(schema, field, word)) for word in words
    ]  # only read where scores are wanted
    return Query.boolean_query(parts)


def _language(code: str, schema: Schema, spoken: Spoken) -> Query:
    """What a reading states, or what was found out. A set of 80,000 items costs 50 ms."""
    parts = [(Occur.Should, Query.term_query(schema, KEYS["lang"], code))]
    items = spoken(code)
    if items:
        parts.append((Occur.Should, Query.term_set_query(schema, "item", items)))
    return Query.const_score_query(Query.boolean_query(parts), 0.0)


def _field(name: str, leaf: Leaf, schema: Schema) -> Query:
    field = KEYS[name] if name in KEY_FIELDS else name
    query = _leaf(field, leaf, schema)
    return query if name == "subject" else Query.const_score_query(query, 0.0)  # a filter does not rank


def _range(node: Range, schema: Schema) -> Query:
    parts = []
    low, high = bounds(node.low), bounds(node.high)
    if low is not None:
        parts.append(Query.range_query(schema, "high", FieldType.Integer, lower_bound=low[0]))
    if high is not None or low is None:
        upper = high[1] if high is not None else None
        lower = 0 if upper is None else None
        parts.append(Query.range_query(schema, "low", FieldType.Integer, lower_bound=lower, upper_bound=upper))
    return Query.const_score_query(Query.boolean_query([(Occur.Must, part) for part in parts]), 0.0)


def _serial(node: Serial, schema: Schema) -> Query:
    key = f"{node.year}{node.station}{node.number}"
    parts = [
        Query.const_score_query(Query.term_query(schema, "ids", key), _IS_IT),
        Query.const_score_query(Query.term_query(schema, "refs", key), _CITES_IT),
        Query.regex_query(schema, "body", _glued(node)),
    ]
    before = [node.year] if node.year else []
    parts += [Query.phrase_query(schema, "body", [*before, node.station, form]) for form in serial_forms(node)]
    return Query.boolean_query([(Occur.Should, part) for part in parts])


def _glued(node: Serial) -> str:
    year = node.year or "([0-9][0-9])?"
    zeros = len(serial_forms(node)) - 1
    return f"{year}{re.escape(node.station)}0{{0,{zeros}}}{node.number}"
