"""Which documents come first: an order that does not depend on how the index happens to be cut into segments."""

from __future__ import annotations

from tantivy import FieldType, Occur, Order, Query, Schema, Searcher

from unsealed.search.results import Sort

_DIGITS = 5  # significant ones of a score; the engine sums in an order of its own, so the last bits are not its word
_STEP = 2000  # rows of one look when all hits are streamed

Ranked = list[tuple[float, int]]
"""Score and row of each hit, in order."""


def by_relevance(searcher: Searcher, query: Query, limit: int, offset: int) -> Ranked:
    """Hits `offset` to `offset + limit` by falling score, ties by row.

    The engine breaks ties by place in the index. So more is fetched until the last score is below the last
    that is needed: only then is it certain who stands on the page.
    """
    needed = offset + limit
    wanted = needed + 16
    while True:
        hits = searcher.search(query, wanted, count=False).hits
        scores = [float(f"{score:.{_DIGITS}g}") for score, _ in hits]
        if len(hits) < wanted or needed == 0 or scores[-1] < scores[needed - 1]:
            break
        wanted *= 4
    rows = searcher.fast_field_values("row", [address for _, address in hits])
    ranked = sorted(zip(scores, (int(row or 0) for row in rows), strict=True), key=lambda hit: (-hit[0], hit[1]))
    return ranked[offset:needed]


def by_number(searcher: Searcher, query: Query, limit: int, offset: int, sort: Sort) -> Ranked:
    """Hits by date (undated last) or, where relevance cannot tell them apart, by row."""
    field, order = {
        "relevance": ("row", Order.Asc),
        "date": ("oldest", Order.Asc),
        "-date": ("newest", Order.Desc),
    }[sort]
    hits = searcher.search(query, limit, count=False, order_by_field=field, order=order, offset=offset).hits
    rows = searcher.fast_field_values("row", [address for _, address in hits])
    return [(0.0, int(row or 0)) for row in rows]


def next_rows(searcher: Searcher, query: Query, schema: Schema, after: int) -> list[int]:
    """The next rows above `after`, in row order; an empty list at the end. Memory does not grow with the hits."""
    later = Query.range_query(schema, "row", FieldType.Unsigned, lower_bound=after + 1)
    both = Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(later, 0.0))])
    return [row for _, row in by_number(searcher, both, _STEP, 0, "relevance")]
