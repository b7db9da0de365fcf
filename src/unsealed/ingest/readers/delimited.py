"""Tables in plain text with tabs, semicolons, bars or commas between the cells: one unit a row, as written.

A formula in a cell stays text. The first row has the label of headings where none of its cells is a number.
"""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.shapes import delimiter

NAME, VERSION = "delimited", 1

_ROW = re.compile(r'(?>(?:[^"\n]++|"[^"]*+"|")*)\n?')  # line ends inside of quotes belong to the row
_LINE = re.compile(r"[^\n]*\n?")
_NUMBER = re.compile(r"\s*[-+]?\d[\d., ]*%?\s*")
_ROW_CHARS = 200_000  # a longer row began with a quote that nobody closes


def read(data: bytes, context: bytes) -> Outcome:
    """A table; `context` may hold a declared charset. Every character of the file stands in exactly one unit."""
    source = source_of(Decoded(data, context.decode("ascii", "replace")))
    build = Builder(source)
    text = source.text
    mark = delimiter(text[:65_536].encode("utf-8", "replace")).decode()
    position, rows = 0, 0
    gather = max(1, text.count("\n") // (LIMITS.units // 2))
    while position < len(text):
        end = _row_end(text, position)
        for _ in range(gather - 1):
            end = _row_end(text, end) if end < len(text) else end
        heading = not rows and gather == 1 and _is_heading(text[position:end], mark)
        build.unit(
            "structure" if not text[position:end].strip() else "cell-label" if heading else "cell", position, end
        )
        position, rows = end, rows + 1
    return build.outcome("table", NAME, VERSION)


def _row_end(text: str, position: int) -> int:
    found = _ROW.match(text, position, position + _ROW_CHARS)
    if found is None or found.end() >= min(len(text), position + _ROW_CHARS):
        found = _LINE.match(text, position) or found
    assert found is not None  # both match nothing at least
    return max(found.end(), position + 1)


def _is_heading(row: str, mark: str) -> bool:
    cells = row.strip("\n").split(mark) if mark else [row]
    return len(cells) > 1 and all(cell.strip() and not _NUMBER.fullmatch(cell) for cell in cells)
