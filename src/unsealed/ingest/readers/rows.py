"""Cells of a CSV row, as spans of its text: quotes, doubled quotes, backslash escapes."""

from __future__ import annotations

import re

_BARE = re.compile(r'((?>(?:[^",\\\n]++|\\.)*))', re.DOTALL)
_BARE_PLAIN = re.compile(r'([^",\r\n]*+)')
_AFTER = re.compile(r"[ \t]*+(,|\r?\n?\Z)")


def quoted_spans(row: str) -> list[tuple[int, int]]:
    """The spans that `cell_spans` gives, where every cell is quoted and none holds a quote; else an empty list."""
    spans: list[tuple[int, int]] = []
    position, end, find = 1, -1, row.find
    if not row.startswith('"'):
        return []
    while (end := find('"', position)) >= 0:
        if row[end - 1] == "\\":  # the quote is escaped, or the backslash is: to be looked at
            return []
        spans.append((position, end))
        if row[end + 1 : end + 3] != ',"':
            return spans if row[end + 1 :] in ("\n", "", "\r\n") else []
        position = end + 3
    return []


def cell_spans(row: str, *, backslash: bool = True) -> list[tuple[int, int]]:
    """The half-open span of each cell's text in a CSV row, quotes not included; escapes are still in it.

    `backslash` False: a backslash is a character like any other (RFC 4180). What no rule takes is one more span,
    so that the width comes out wrong and is seen.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    while True:
        start, end, after = _cell(row, position, backslash)
        found = _AFTER.match(row, after) if end >= 0 else None
        if found is None:
            spans.append((position, len(row)))
            return spans
        spans.append((start, end))
        position = found.end()
        if found.group(1) != ",":
            return spans


def _cell(row: str, position: int, backslash: bool) -> tuple[int, int, int]:
    """Start and end of the text of the cell at `position`, and the place after its quote; an end of -1 for none."""
    if row.startswith('"', position):
        end = _closing_quote(row, position + 1, backslash)
        return position + 1, end, end + 1
    found = (_BARE if backslash else _BARE_PLAIN).match(row, position)
    end = found.end() if found is not None else -1
    return position, end, end


def _closing_quote(row: str, start: int, backslash: bool) -> int:
    """The quote that ends a cell: not escaped, not doubled; -1 for none. Jumps from quote to quote."""
    position = start
    while (quote := row.find('"', position)) >= 0:
        escape = quote
        while backslash and escape > start and row[escape - 1] == "\\":
            escape -= 1
        if (quote - escape) % 2:
            position = quote + 1
        elif row.startswith('"', quote + 1):
            position = quote + 2
        else:
            return quote
    return -1
