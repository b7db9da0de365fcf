"""Counts of the hits by value, and their exact number, in one pass of the engine."""

from __future__ import annotations

from typing import Any

from tantivy import Query, Searcher

from unsealed.search.results import Facet
from unsealed.search.schema import FACETS

SHOWN = 25
"""Values of a facet that are given; all years are."""
_BUCKETS = 20_000  # values of one facet that are counted exactly; the engine's own limit is 65,000 in all
_ONE_EACH = frozenset({"origin", "year", "class"})  # a document has one at most: the others have none


def count(searcher: Searcher, query: Query, *, facets: bool) -> tuple[int, tuple[Facet, ...]]:
    """The exact number of hits and, if wanted, the facets, most frequent values first, equals by name."""
    wanted: dict[str, Any] = {"total": {"value_count": {"field": "row"}}}
    for name in FACETS if facets else ():
        wanted[name] = {"terms": {"field": f"facet_{name}", "size": _BUCKETS, "segment_size": _BUCKETS}}
    answer = searcher.aggregate(query, wanted)
    total = int(answer["total"]["value"])
    return total, tuple(_facet(name, answer[name]["buckets"], total) for name in (FACETS if facets else ()))


def _facet(name: str, buckets: list[dict[str, Any]], total: int) -> Facet:
    values = [(f"{bucket['key']:.0f}" if name == "year" else str(bucket["key"]), int(bucket["doc_count"]))
              for bucket in buckets]  # fmt: skip
    if name == "year":
        values = sorted((year.zfill(4), number) for year, number in values)
    else:
        values.sort(key=lambda value: (-value[1], value[0]))
    shown = values if name == "year" else values[:SHOWN]
    missing = total - sum(number for _, number in values) if name in _ONE_EACH else 0
    none = [("", missing)] if missing > 0 else []
    return Facet(name, (*shown, *none), len(values) - len(shown))
