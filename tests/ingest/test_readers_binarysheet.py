"""Binary workbooks, made here record by record: good ones, and cells that make the library panic."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from unsealed.ingest.readers.office import binarysheet

CONTENT = "http://schemas.openxmlformats.org/package/2006/"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
ROW, BLANK, NUMBER, TEXT, SHARED_TEXT, SMALL = 0x00, 0x01, 0x05, 0x06, 0x07, 0x02


def record(kind: int, data: bytes = b"") -> bytes:
    """One record: its kind and its length in seven bits a byte ([MS-XLSB] 2.1.4)."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data)]) + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def relations(kind: str, target: str) -> str:
    one = f'<Relationship Id="rId1" Type="{OFFICE}{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{CONTENT}relationships">{one}</Relationships>'


def workbook(cells: bytes) -> bytes:
    """A workbook of one sheet, `Posts`, with these records in its first row."""
    book = record(0x83) + record(0x8F) + record(0x9C, struct.pack("<II", 0, 1) + wide("rId1") + wide("Posts"))
    sheet = record(0x81) + record(0x94, bytes(16)) + record(0x91) + record(ROW, bytes(17)) + cells
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{CONTENT}content-types"></Types>')
        packed.writestr("_rels/.rels", relations("officeDocument", "xl/workbook.bin"))
        packed.writestr("xl/workbook.bin", book + record(0x90) + record(0x84))
        packed.writestr("xl/_rels/workbook.bin.rels", relations("worksheet", "worksheets/sheet1.bin"))
        packed.writestr("xl/worksheets/sheet1.bin", sheet + record(0x92) + record(0x82))
    return out.getvalue()


def test_cells_are_read() -> None:
    found = binarysheet.read(workbook(record(NUMBER, bytes(8) + struct.pack("<d", 42.5))), b"").reading
    assert found is not None and [unit.text for unit in found.units] == ["Posts", "42.5"]


@pytest.mark.parametrize("cell", [record(SHARED_TEXT, b"\0"), record(TEXT, bytes(8) + b"\xff\xff\xff\xff")])
def test_cells_that_break_the_library_are_told(cell: bytes) -> None:
    # The library is written in Rust: it panics, with an exception that is no Exception.
    outcome = binarysheet.read(workbook(cell), b"")
    assert (outcome.state, outcome.code) == ("rejected", "O-BROKEN")


def test_cells_that_lie_far_apart_are_refused_before_the_memory_is_full() -> None:
    far = record(ROW, struct.pack("<I", 1_048_575) + bytes(13))
    cells = record(NUMBER, bytes(8) + struct.pack("<d", 1)) + far
    outcome = binarysheet.read(workbook(cells + record(NUMBER, struct.pack("<I", 16_383) + bytes(12))), b"")
    assert (outcome.state, outcome.code) == ("rejected", "O-BOMB")
    assert outcome.message is not None and "17,179,869,184 cells" in outcome.message


def test_rows_without_cells_and_cells_without_values_may_lie_anywhere() -> None:
    # A format that goes on to the last row and column, as spreadsheets write it.
    cells = record(NUMBER, bytes(8) + struct.pack("<d", 42.5)) + record(BLANK, struct.pack("<I", 16_383) + bytes(4))
    far = record(ROW, struct.pack("<I", 1_048_575) + bytes(13)) + record(BLANK, struct.pack("<I", 16_383) + bytes(4))
    found = binarysheet.read(workbook(cells + far), b"").reading
    assert found is not None and [unit.text for unit in found.units] == ["Posts", "42.5"]


def test_a_row_without_a_number_is_refused() -> None:
    # The library takes the number of such a row from what it read before.
    outcome = binarysheet.read(workbook(record(NUMBER, b"\xff" * 16) + record(ROW)), b"")
    assert (outcome.state, outcome.code) == ("rejected", "O-BROKEN")
