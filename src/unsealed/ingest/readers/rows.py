"""Cells of a CSV row, as spans of its text: quotes, doubled quotes, backslash escapes."""

from __future__ import annotations

import re

_CELL = re.compile(r'(?:"([^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+)"|((?:[^",\\\n]++|\\.)*+))[ \t]*+(,|\r?\n?\Z)', re.DOTALL)
_PLAIN_CELL = re.compile(r'(?:"([^"]*+(?:""[^"]*+)*+)"|([^",\r\n]*+))[ \t]*+(,|\r?\n?\Z)')


def cell_spans(row: str, *, backslash: bool = True) -> list[tuple[int, int]]:
    """The half-open span of each cell's text in a CSV row, quotes not included; escapes are still in it.

    `backslash` False: a backslash is a character like any other (RFC 4180).
    """
    rule = _CELL if backslash else _PLAIN_CELL
    spans: list[tuple[int, int]] = []
    position = 0
    while (found := rule.match(row, position)) is not None:
        spans.append(found.span(1) if found.group(1) is not None else found.span(2))
        position = found.end()
        if found.group(3) != ",":
            break
    if position < len(row) or found is None:
        spans.append((position, len(row)))  # what no cell rule takes makes the width wrong, and is seen
    return spans
