"""The folder of the index: open it, find out whether it is of any use, make it anew if not.

    index/CACHE         says that the folder may be deleted
    index/version       the version of the schema, written when the index was made
    index/engine/       the engine's files
    index/.lock         held by the one process that writes

The index is a cache. Whatever is wrong with it, the remedy is to build it again, so nothing here repairs.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import tantivy

from unsealed.files import make_dirs, write_plain
from unsealed.search.schema import KEYS, TEXT, VERSION, register, schema

_WORDS = b"This folder is a cache. It may be deleted at any time and is made again from the archive.\n"


def open_engine(folder: Path, *, last_row: int) -> tuple[tantivy.Index, str]:
    """The engine's index in `folder`, and why it had to be made anew (empty: it did not, or there was none).

    `last_row` is the archive's: an index that knows later rows belongs to another archive.
    """
    engine = folder / "engine"
    if not engine.exists():
        return make_engine(folder), ""
    try:
        version = (folder / "version").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        version = ""
    if version != VERSION:
        return make_engine(folder), "The search index was made by another version of Unsealed"
    try:
        index = register(tantivy.Index.open(str(engine)))
        index.config_reader("manual")
        known = largest(index.searcher(), "row")
        _touch_all(index)
    except (ValueError, OSError):
        return make_engine(folder), "The search index was damaged"
    if known > last_row:
        return make_engine(folder), "The search index belonged to another archive"
    return index, ""


def _touch_all(index: tantivy.Index) -> None:
    """Make the engine open every file, so that a missing or truncated one raises now and not at some later query."""
    parts = [
        (tantivy.Occur.Should, tantivy.Query.term_query(index.schema, name, "unsealed"))
        for name in ("body", *TEXT, *KEYS.values())
    ]
    index.searcher().search(tantivy.Query.boolean_query(parts), 1)


def make_engine(folder: Path) -> tantivy.Index:
    """A new, empty index in place of whatever is there.

    The version is removed first and written last: a crash in between leaves a folder that is made anew.
    """
    make_dirs(folder)
    (folder / "version").unlink(missing_ok=True)
    shutil.rmtree(folder / "engine", ignore_errors=True)
    (folder / "engine").mkdir()
    write_plain(folder / "CACHE", _WORDS)
    index = register(tantivy.Index(schema(), str(folder / "engine")))
    index.config_reader("manual")
    write_plain(folder / "version", VERSION.encode())
    return index


def largest(searcher: tantivy.Searcher, field: str) -> int:
    """The largest value of a numeric field, 0 in an empty index."""
    if not searcher.num_docs:
        return 0
    answer = searcher.aggregate(tantivy.Query.all_query(), {"largest": {"max": {"field": field}}})
    return int(answer["largest"]["value"] or 0)
