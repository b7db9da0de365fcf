"""Born-digital PDF: text by page and reading order, with a box for every character.

The one module that knows pdfium. A file without any text is counted as read, `no-text`: it needs OCR.

Byte form of `Reading.boxes` (all integers big-endian; lengths in tenths of a point, from the top left of the page):

    magic      8 bytes, ASCII `usboxes1`
    per unit of the reading, in order:
      count    u32, the number of code points of the unit's text, or 0 where no boxes are known
      boxes    count times: left, top, right, bottom as u16 (no ink, such as a line end: four zeros)
    pages      u32, then per page: width, height as u16
"""

from __future__ import annotations

import ctypes
import struct
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.decode import composed
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part, rejected
from unsealed.model import Reading, Unit

NAME, VERSION = "pdf", 1
MAGIC = b"usboxes1"

_BOX = struct.Struct(">4H")
_NO_BOX = bytes(8)
_HYPHENS = (0x02, 0xFFFE)  # how pdfium marks a hyphen at a line end
_GAP = 0.7  # of a line's height: a larger white space above a line begins a new block
_HEIGHT = 1.35  # ratio of line heights that sets a heading apart


class _Line(NamedTuple):
    """A line of a page: its text with the line end, a packed box for each character, its extent in points."""

    text: str
    boxes: bytes
    left: float
    bottom: float
    right: float
    top: float


def read(data: bytes, context: bytes) -> Outcome:
    """A PDF file as blocks of text."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            return rejected("P-PASSWORD", "the file is encrypted", "Decrypt it with its password and take it in again.")
        return rejected(
            "P-BROKEN", "pdfium cannot open the file", "Repair it (for example with qpdf) and take it in again."
        )
    try:
        return _Document(document).outcome()
    finally:
        document.close()


class _Document:
    def __init__(self, document: pdfium.PdfDocument) -> None:
        self.document = document
        self.build = Builder()
        self.boxes: list[bytes] = [MAGIC]
        self.sizes: list[tuple[int, int]] = []
        self.letters = 0
        self.failed = 0

    def outcome(self) -> Outcome:
        pages = len(self.document)
        for number in range(min(pages, LIMITS.pdf_pages)):
            self._page(number)
        if pages > LIMITS.pdf_pages:
            self.build.finding("P-PAGES", "warn")
        self._attachments()
        if not self.letters:
            unread = Reading("pdf", NAME, VERSION, (Unit("unread", ""),), (), tuple(self.build.findings))
            parts = tuple(self.build.parts)
            return Outcome(
                unread,
                parts,
                "P-NO-TEXT",
                f"{pages} pages without text",
                "It needs OCR; it is sealed with its raw hash.",
                "no-text",
            )
        outcome = self.build.outcome("pdf", NAME, VERSION)
        reading = outcome.reading
        assert reading is not None
        return Outcome(_with_boxes(reading, self._packed()), outcome.parts)

    def _packed(self) -> bytes:
        sizes = b"".join(struct.pack(">2H", *size) for size in self.sizes)
        return b"".join(self.boxes) + struct.pack(">I", len(self.sizes)) + sizes

    def _page(self, number: int) -> None:
        try:
            page = self.document[number]
            text = page.get_textpage()
        except (pdfium.PdfiumError, ValueError):
            self._no_text(number, "P-PAGE")
            self.sizes.append((0, 0))
            return
        width, height = page.get_size()
        self.sizes.append((_tenths(width), _tenths(height)))
        left, _, _, top = _crop(page, height)
        lines = _lines(text, left, top)
        if not any(line.text.strip() for line in lines):
            self._no_text(number, "P-PAGE-NO-TEXT")
        else:
            self._blocks(lines, number + 1)
        text.close()
        page.close()

    def _no_text(self, number: int, code: str) -> None:
        self.failed += 1
        self.build.finding(code, "warn", self.build.free("unread", "", (), number + 1))
        self.boxes.append(bytes(4))

    def _blocks(self, lines: list[_Line], page: int) -> None:
        block: list[_Line] = []
        for line in lines:
            if block and _breaks(block[-1], line):
                self._block(block, page)
                block = []
            block.append(line)
        self._block(block, page)

    def _block(self, block: list[_Line], page: int) -> None:
        written = "".join(line.text for line in block)
        text = composed(written)
        if not text:
            return
        self.letters += len(text) - text.count(" ") - text.count("\n")
        self.build.free("paragraph", text, (), page)
        if text == written:
            self.boxes.append(struct.pack(">I", len(text)) + b"".join(line.boxes for line in block))
        else:
            self.boxes.append(bytes(4))  # composing moved characters: the boxes no longer stand for single ones

    def _attachments(self) -> None:
        count = min(self.document.count_attachments(), LIMITS.mail_parts)
        for number in range(count):
            try:
                attachment = self.document.get_attachment(number)
                name, data = attachment.get_name(), bytes(attachment.get_data())
                name = name.encode("utf-8", "replace").decode()
            except (pdfium.PdfiumError, ValueError):
                self.build.finding("P-ATTACHMENT", "warn")
                continue
            unit = self.build.free("attachment", composed(name), (), 0)
            self.boxes.append(bytes(4))
            self.build.field("attachment", name, unit)
            self.build.parts.append(Part(name, data, "application/octet-stream", None))


def _with_boxes(reading: Reading, boxes: bytes) -> Reading:
    return Reading(
        reading.type,
        reading.reader,
        reading.version,
        reading.units,
        reading.fields,
        reading.findings,
        reading.encoding,
        boxes,
    )


def _crop(page: pdfium.PdfPage, height: float) -> tuple[float, float, float, float]:
    try:
        left, bottom, right, top = page.get_cropbox()
    except (pdfium.PdfiumError, ValueError):
        return 0.0, 0.0, 0.0, height
    return left, bottom, right, top


def _tenths(value: float) -> int:
    return max(0, min(65_535, round(value * 10))) if value == value else 0


def _breaks(before: _Line, line: _Line) -> bool:
    """Whether a line begins a new block: white space above it, another column, another size."""
    if line.right <= line.left or before.right <= before.left:
        return False
    height = max(before.top - before.bottom, 1.0)
    own = max(line.top - line.bottom, 1.0)
    gap = before.bottom - line.top
    return gap > _GAP * max(height, own) or line.bottom > before.top or not 1 / _HEIGHT < own / height < _HEIGHT


def _lines(text: pdfium.PdfTextPage, origin_left: float, origin_top: float) -> list[_Line]:
    """The lines of a page in the order of the text layer."""
    handle = text.raw
    count = min(max(raw.FPDFText_CountChars(handle), 0), LIMITS.pdf_page_chars)
    edges = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = edges
    references = tuple(ctypes.byref(edge) for edge in edges)
    lines: list[_Line] = []
    letters: list[str] = []
    boxes: list[bytes] = []
    extent = [1e9, 1e9, -1e9, -1e9]
    high = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        letter = _letter(code, high)
        high = 0
        if letter == "\r":
            continue
        letters.append(letter)
        if letter == "\n":
            boxes.append(_NO_BOX)
            lines.append(_Line("".join(letters), b"".join(boxes), *extent))
            letters, boxes, extent = [], [], [1e9, 1e9, -1e9, -1e9]
            continue
        if not raw.FPDFText_GetCharBox(handle, index, *references):
            boxes.append(_NO_BOX)
            continue
        a, b, c, d = left.value, bottom.value, right.value, top.value
        boxes.append(
            _BOX.pack(
                _tenths(a - origin_left), _tenths(origin_top - d), _tenths(c - origin_left), _tenths(origin_top - b)
            )
        )
        if letter != " ":
            extent = [min(extent[0], a), min(extent[1], b), max(extent[2], c), max(extent[3], d)]
    if letters:
        lines.append(_Line("".join(letters), b"".join(boxes), *extent))
    return lines


def _letter(code: int, high: int) -> str:
    if high and 0xDC00 <= code < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
    if code in _HYPHENS:
        return "-"
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)
