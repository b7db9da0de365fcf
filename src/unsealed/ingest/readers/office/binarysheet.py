"""Excel's binary workbooks (xlsb): calamine reads the cells; everything else in the package becomes parts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from datetime import date, datetime
from datetime import time as clock
from io import BytesIO

import python_calamine

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.grid import Grid
from unsealed.ingest.readers.office.plumbing import leftovers, open_package
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.readers.salvage import runs

NAME, VERSION = "binary-sheet", 1

_CELLS = re.compile(r"xl/(?:workbook|sharedStrings|styles|metadata)\.bin|xl/worksheets/sheet\d+\.bin", re.IGNORECASE)
_ROWS = 1_048_576
_PANIC = "PanicException"


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A binary workbook; comments and other members of its own kind are told as runs of text (O-SALVAGED)."""
    folio = Folio()
    package = open_package(data, folio)
    for name in package.names():
        if _CELLS.fullmatch(name):
            package.read(name)  # within the limits of a package, before the library unpacks it without any
    try:
        _sheets(python_calamine.load_workbook(BytesIO(data)), folio)
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
