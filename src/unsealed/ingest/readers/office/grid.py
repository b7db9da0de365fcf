"""Rows of a table as units: one unit a row, its cells with tabs between them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from unsealed.ingest.readers.office.folio import Folio

_GAP = 64  # empty cells that are told as tabs; a larger gap is one tab
_ROWS = 200_000  # rows of one document that are units of their own; further rows are gathered
_GATHER = 100  # rows of one unit then
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)
_BUILTIN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})


class Grid:
    """Collects the rows of one sheet or table and tells them to `folio`, `page` being the number of the sheet."""

    def __init__(self, folio: Folio, page: int) -> None:
        self.folio = folio
        self.page = page
        self._gathered: list[str] = []

    def row(self, cells: list[tuple[int, str]], label: str = "cell") -> int:
        """One row, its cells as (column, text), columns rising; gives its unit, -1 for an empty row."""
        pieces: list[str] = []
        last = -1
        for column, text in cells:
            if text:
                gap = column - last if last >= 0 else min(column, 1)
                pieces.append("\t" * (gap if 0 < gap <= _GAP else 1 if pieces else 0))
                pieces.append(text)
                last = column
        line = "".join(pieces).strip("\t")
        if not line:
            return -1
        if self.folio.count < _ROWS:
            return self.folio.say(label, line, self.page)
        self._gathered.append(line)
        if len(self._gathered) >= _GATHER:
            return self.flush()
        return -1

    def flush(self) -> int:
        """Tell what was gathered."""
        lines, self._gathered = self._gathered, []
        return self.folio.say("cell", "\n".join(lines), self.page)


def is_date_format(number: int, code: str) -> bool:
    """Whether a number format shows a number as a date or a time."""
    if code:
        return bool(_DATE_LETTERS.search(_QUOTED.sub("", code.partition(";")[0])))
    return number in _BUILTIN_DATES


def serial_date(value: float, *, from_1904: bool) -> str:
    """A serial number of a spreadsheet as a date, a time or both; an empty string out of range."""
    if not 0 <= value < 2_958_466:
        return ""
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 if value >= 60 else 31)  # noqa: DTZ001
    moment = start + timedelta(seconds=round(value * 86_400))
    if value < 1:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d" if value == int(value) else "%Y-%m-%d %H:%M:%S")
