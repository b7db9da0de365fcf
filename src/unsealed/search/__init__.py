"""Search: ask the archive, never change it.

Takes queries (`unsealed.query`), gives totals, facets, hits with highlighted snippets. May touch the archive's
`index/` folder, which is a cache: it is derived from the readings, remembers the last row that it has seen,
catches up from there, and may be deleted at any time. May never change the archive, or parse a file.

docs/query.md says what a query finds; docs/decisions/0060 to 0063 say why it is built this way.
"""

from unsealed.search.index import CaughtUp, Index
from unsealed.search.results import Facet, Hit, Results, Run, Sort
from unsealed.search.schema import INDEXED_CHARACTERS, Draft, Entry, draft_of, entry_of, reading_text

__all__ = [
    "INDEXED_CHARACTERS",
    "CaughtUp",
    "Draft",
    "Entry",
    "Facet",
    "Hit",
    "Index",
    "Results",
    "Run",
    "Sort",
    "draft_of",
    "entry_of",
    "reading_text",
]
