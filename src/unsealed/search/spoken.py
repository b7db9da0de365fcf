"""Which documents are written in a language, as far as the enrichment has looked: for `lang:` in a query.

Reads the enrichment's cache and nothing else, so that a search does not load what finds languages.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

PLACE = Path("cache") / "enrichment" / "enrichment.db"


def items_in(archive: Path, code: str) -> list[int]:
    """The items in which a language is used, in order; none where nothing was looked at yet, or the cache is damaged:
    it is made again by `unsealed enrich`, and a search goes on without it.
    """
    path = archive / PLACE
    if not path.exists():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as db:
            found = db.execute("SELECT item FROM languages WHERE code = ? ORDER BY item", (code,))
            return [row[0] for row in found]
    except sqlite3.DatabaseError:
        return []
