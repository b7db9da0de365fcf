"""Excel 2 to 2003 workbooks: xlrd reads the cells, a walk over the records what it leaves out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import StringIO

import xlrd
import xlrd.compdoc

from unsealed.ingest.readers.office.folio import BROKEN, Folio, Refused, password
from unsealed.ingest.readers.office.grid import Grid, serial_date

_HEADER, _FOOTER, _USER, _TEXT, _CONTINUE, _BOOK, _LINK, _PASSWORD = 0x14, 0x15, 0x5C, 0x1B6, 0x3C, 0x1AE, 0x1B8, 0x2F


def tell(stream: bytes, folio: Folio) -> None:
    """Append the sheets of the stream `Workbook` or `Book`, or of a file of Excel 2 to 4."""
    book = _opened(stream)
    used: set[str] = set()
    for number, sheet in enumerate(book.sheets(), 1):
        _sheet(sheet, number, book, folio, used)
    for text in getattr(book, "_sharedstrings", None) or ():
        if text not in used and text.strip():
            folio.once("O-UNUSED", "warn", folio.say("note", text))
    _beside(stream, folio, used)


def _opened(stream: bytes) -> xlrd.Book:
    try:
        return xlrd.open_workbook(file_contents=stream, logfile=StringIO(), on_demand=False, ragged_rows=True)
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower():
            raise password() from None
    except (AssertionError, xlrd.compdoc.CompDocError):
        pass
    except BROKEN:
        pass
    raise Refused("O-BROKEN", "a workbook that does not open", "Open it with LibreOffice, save it anew.")


def _sheet(sheet: xlrd.sheet.Sheet, number: int, book: xlrd.Book, folio: Folio, used: set[str]) -> None:
    unit = folio.say("heading", sheet.name, number)
    if sheet.visibility:
        folio.once("O-HIDDEN", "warn", unit)
    grid = Grid(folio, number)
    for row in range(sheet.nrows):
        cells = [(column, _shown(cell, book)) for column, cell in enumerate(sheet.row(row))]
        used.update(text for _, text in cells)
        grid.row(cells)
    grid.flush()
    for note in sheet.cell_note_map.values():
        folio.person(note.author or "")
        folio.say("note", note.text or "", number)
        used.add(note.text or "")


def _shown(cell: xlrd.sheet.Cell, book: xlrd.Book) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return serial_date(cell.value, from_1904=bool(book.datemode)) or str(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return str(int(cell.value)) if cell.value == int(cell.value) and abs(cell.value) < 1e15 else repr(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return str(cell.value)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _beside(stream: bytes, folio: Folio, used: set[str]) -> None:
    """Page heads, text boxes, addresses, other workbooks, and the one who saved it last."""
    box = False
    for kind, data in _records(stream):
        if kind in (_HEADER, _FOOTER) and len(data) > 3:
            folio.say("header", _string(data))
        elif kind == _USER and len(data) > 3:
            folio.person(_string(data).strip())
        elif kind == _LINK:
            _links(data, folio)
        elif kind == _BOOK and len(data) > 4:
            folio.link(_string(data[2:]).strip("\x00\x01\x02\x03"))
        elif kind == _CONTINUE and box and data:
            text = data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")
            if text not in used:
                folio.say("paragraph", text)
            used.add(text)
        box = kind == _TEXT


def _string(data: bytes) -> str:
    """A counted string of Excel 97 and later: length, a flag for two bytes a character."""
    (length,) = struct.unpack_from("<H", data)
    if data[2] & 1:
        return data[3 : 3 + 2 * length].decode("utf-16-le", "replace")
    return data[3 : 3 + length].decode("latin-1")


def _links(data: bytes, folio: Folio) -> None:
    """The address of a link: a counted run of two-byte characters behind the identifier of an address moniker."""
    mark = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
    at = data.find(mark)
    if at >= 0 and at + 20 <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 16)
        folio.link(data[at + 20 : at + 20 + length].decode("utf-16-le", "replace").split("\0")[0])
