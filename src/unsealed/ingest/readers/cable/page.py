"""A telegram as an HTML page: a table of class `cable`, then one or two `code > pre` blocks (cable.md 2.2)."""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, Source, source_of
from unsealed.ingest.readers import html
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.head import read_head
from unsealed.ingest.readers.cable.row import (
    finish,
    read_cable_body,
    read_raw_row,
    set_class,
    set_created,
    set_id,
    set_origin,
)
from unsealed.ingest.readers.outcome import Outcome, rejected
from unsealed.ingest.readers.strip import stripped

_TABLE = re.compile(r"""<table\b[^>]*\bclass\s*=\s*["']?[^"'>]*\bcable\b[^>]*>""", re.IGNORECASE)
_PRE = re.compile(r"<pre\b[^>]*>(.*?)</pre\s*>", re.IGNORECASE | re.DOTALL)
_RAW_TABS = 5  # this many TABs in the first line: the block holds the raw row
_COLUMNS = {
    "referenceid": "id",
    "reference": "id",
    "created": "time",
    "released": "header",
    "classification": "classification",
    "origin": "origin",
}


def read_page(data: bytes, context: bytes) -> Outcome:
    """The page of one telegram; other pages are rejected as C-HTML-NOT-A-CABLE."""
    source = source_of(Decoded(data, html.declared_charset(data)))
    table = _TABLE.search(source.text)
    if table is None:
        return rejected(
            "C-HTML-NOT-A-CABLE", "a page without a table of class cable", "Take it in as an ordinary page."
        )
    draft = Draft(Builder(source))
    blocks = [found.span(1) for found in _PRE.finditer(source.text, table.end())]
    table_end = source.text.lower().find("</table", table.end())
    table_end = table_end if table_end >= 0 else blocks[0][0] if blocks else len(source.text)
    _loose(draft, source, 0, table.start())
    _cells(draft, source, table.end(), table_end)
    position = table_end
    for number, (start, end) in enumerate(blocks):
        _loose(draft, source, position, start)
        _pre(draft, stripped(source, start, end), header=number == 0 and len(blocks) > 1)
        position = end
    _loose(draft, source, position, len(source.text))
    return finish(draft)


def _loose(draft: Draft, source: Source, start: int, end: int) -> None:
    """Text of the page around the telegram: titles, menus, press links."""
    build = draft.build
    blocks = html.Blocks(build, source)
    for token in html.tokens(source.text[start:end]):
        if not token.name:
            blocks.text(start + token.start, start + token.end)
        elif token.name in html.BLOCKS:
            blocks.flush("text")
    blocks.label = "text"
    blocks.flush()


def _cells(draft: Draft, source: Source, start: int, end: int) -> None:
    """The cells of the table: a row of headings, then a row of values, or pairs; attributes are not read."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for token in html.tokens(source.text[start:end]):
        if token.name in ("td", "th"):
            if opened >= 0:
                spans.append((opened, start + token.start))
            opened = start + token.end if not token.close else -1
        elif token.name == "tr" and opened >= 0:
            spans.append((opened, start + token.start))
            opened = -1
    if opened >= 0:
        spans.append((opened, end))
    texts = [stripped(source, a, b) for a, b in spans]
    names = [_COLUMNS.get(re.sub(r"[^a-z]", "", cell.text.lower()), "") for cell in texts]
    headings = [name for name in names if name]
    pairs = len(names) > 1 and bool(names[0]) and not names[1]
    value = 0
    for number, cell in enumerate(texts):
        if names[number]:
            _cell(draft, cell, "cell-label")
            continue
        name = names[number - 1] if pairs and number else headings[value] if value < len(headings) else ""
        value += 1
        _value(draft, cell, name)


def _cell(draft: Draft, cell: Source, label: str) -> int:
    draft.build.source = cell
    return draft.build.unit(label, 0, len(cell.text))


def _value(draft: Draft, cell: Source, name: str) -> None:
    unit = _cell(draft, cell, name or "cell")
    text = cell.text.strip()
    if name == "id":
        set_id(draft, text, unit)
    elif name == "time":
        set_created(draft, text, unit, whole=False)
    elif name == "origin":
        set_origin(draft, text, unit)
    elif name == "classification":
        set_class(draft, text, unit)


def _pre(draft: Draft, block: Source, *, header: bool) -> None:
    draft.build.source = block
    if block.text.partition("\n")[0].count("\t") >= _RAW_TABS:
        read_raw_row(draft, block)
    elif header:
        rest = read_head(draft, 0, len(block.text))
        draft.build.unit("text", rest, len(block.text))
    else:
        read_cable_body(draft, block)
