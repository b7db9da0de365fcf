"""Excel's binary workbooks (xlsb): calamine reads the cells; everything else in the package becomes parts."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from datetime import time as clock
from io import BytesIO

import python_calamine

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.grid import Grid
from unsealed.ingest.readers.office.package import Package
from unsealed.ingest.readers.office.plumbing import leftovers, open_package
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.readers.salvage import runs

NAME, VERSION = "binary-sheet", 1

_CELLS = re.compile(
    r"\[Content_Types\]\.xml|(?:xl/)?_rels/[^/]+\.rels|xl/(?:workbook|sharedStrings|styles|metadata)\.bin"
    r"|xl/[a-z]+sheets/[^/]+\.bin",
    re.IGNORECASE,
)
_ROWS = 1_048_576
_MOST_CELLS = 20_000_000  # of the rectangle around a sheet's cells: the library fills all of it at once
_BLANK, _LAST_CELL, _LEAST_RECORD = 1, 11, 8  # a cell is its column and its style, then its value
_PANIC = "PanicException"


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A binary workbook; comments and other members of its own kind are told as runs of text (O-SALVAGED)."""
    folio = Folio()
    package = open_package(data, folio)
    book = _checked(package)
    try:
        _sheets(python_calamine.load_workbook(book), folio)
    except BaseException as error:
        # Broken cells make the library panic: that is an exception of a class of its own, below BaseException alone.
        if not isinstance(error, python_calamine.CalamineError) and type(error).__name__ != _PANIC:
            raise
        raise Refused("O-BROKEN", "a workbook that does not open", "Open it with LibreOffice, save it anew.") from None
    for name in package.names():
        if name.lower().endswith(".bin") and posixpath.basename(name).lower().startswith(("comments", "connections")):
            for run in runs(package.read(name) or b""):
                folio.once("O-SALVAGED", "warn", folio.say("note", run.text))
    leftovers(package, folio)
    return folio.outcome("table", NAME, VERSION)


def _checked(package: Package) -> BytesIO:
    """The members that the library wants, packed anew: by itself it unpacks without limits, and what we did not see."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in package.names():
            if _CELLS.fullmatch(name) and (content := package.read(name)) is not None:
                if "sheets/" in name.lower() and name.lower().endswith(".bin"):
                    _check_extent(content)
                packed.writestr(name, content)
    return BytesIO(out.getvalue())


def _check_extent(data: bytes) -> None:
    """Refuse a sheet whose rows and columns lie so far apart that the cells between them would fill the memory.

    A record is a number of one or two bytes, a length of one to four (seven bits each), and its bytes; record 0 begins
    with the number of a row, 1 to 11 with that of a column ([MS-XLSB] 2.1.4, 2.4). Rows without cells and cells without
    a value (record 1) do not count, as with the library: a format often goes on to the last row of a sheet.
    """
    place, row, top, bottom, right = 0, 0, 1 << 32, 0, -1
    while place < len(data):
        kind, place = _number(data, place, 2)
        size, place = _number(data, place, 4)
        if kind <= _LAST_CELL:
            if size < _LEAST_RECORD or place + size > len(data):
                raise Refused("O-BROKEN", "a sheet with a cell that is cut", "Open it with LibreOffice, save it anew.")
            number = int.from_bytes(data[place : place + 4], "little")
            if kind == 0:
                row = number
            elif kind != _BLANK:
                top, bottom, right = min(top, row), max(bottom, row), max(right, number)
        place += size
    cells = (bottom - top + 1) * (right + 1)
    if cells > _MOST_CELLS:
        told = f"a sheet of {cells:,} cells, nearly all of them empty"
        raise Refused("O-BOMB", told, "Open it with LibreOffice, save it anew.")


def _number(data: bytes, place: int, most: int) -> tuple[int, int]:
    value = 0
    for step in range(most):
        byte = data[place] if place < len(data) else 0
        value, place = value | (byte & 0x7F) << 7 * step, place + 1
        if not byte & 0x80:
            break
    return value, place


def _sheets(book: python_calamine.CalamineWorkbook, folio: Folio) -> None:
    for number, sheet in enumerate(book.sheets_metadata, 1):
        unit = folio.say("heading", sheet.name, number)
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            folio.once("O-HIDDEN", "warn", unit)
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            cells = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=True, nrows=_ROWS)
            _rows(cells, Grid(folio, number))


def _rows(rows: Sequence[Sequence[object]], grid: Grid) -> None:
    for row in rows:
        grid.row([(column, _shown(value)) for column, value in enumerate(row)])
    grid.flush()


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return (
        value.isoformat(" ")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, (date, clock))
        else str(value)
    )
