"""What a search answers: plain values, encodable as JSON by msgspec as they stand (docs/query.md, "JSON")."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

Sort = Literal["relevance", "date", "-date"]
"""`date` is oldest first, `-date` newest first; undated documents come last in both, ties follow source order."""


class Run(NamedTuple):
    """A piece of a snippet. `match` is true where it is what the query sought."""

    text: str
    match: bool


class Hit(msgspec.Struct, frozen=True):
    """One document found. `row` is its reading, `item` its id in the archive, `name` its canonical id or empty.

    `date` is as precise as it is known, `score` 0.0 where the order is not by relevance.
    """

    row: int
    item: int
    name: str
    type: str
    title: str
    date: str
    origin: str
    classification: str
    score: float = 0.0
    snippet: tuple[Run, ...] = ()


class Facet(msgspec.Struct, frozen=True):
    """How the hits spread over the values of one field.

    `values` are value and count, most frequent first (years in order). An empty value counts the documents
    that have none. `more` is the number of further, rarer values.
    """

    name: str
    values: tuple[tuple[str, int], ...]
    more: int = 0


class Results(msgspec.Struct, frozen=True):
    """The answer to one query. `query` is the query as it was understood, `total` the exact number of hits."""

    query: str
    total: int
    sort: Sort
    offset: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...] = ()
