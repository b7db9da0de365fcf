"""The text layer of a page: lines in the order of the layer, with a box for every character as the page is shown."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.boxes import NO_BOX, tenths
from unsealed.ingest.readers.limits import LIMITS

_HYPHENS = (0x02, 0xFFFE)  # how pdfium marks a hyphen at a line end
_GAP = 0.7  # of a line's height: a larger white space above a line begins a new block
_HEIGHT = 1.35  # ratio of line heights that sets a heading apart
_NOWHERE = (1 << 30, 1 << 30, -1, -1)
_NO_EXTENT = (0, 0, 0, 0)
_BOX = struct.Struct(">4H")

Corners = tuple[float, float, float, float]  # left, bottom, right, top of a page's visible part, in its own axes
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom in points from the top left as shown
Extent = tuple[int, int, int, int]  # the same in tenths of a point


class Line(NamedTuple):
    """A line of a page: its text with the line end, a packed box for each character, its extent as shown."""

    text: str
    boxes: bytes
    extent: Extent


class Axes(NamedTuple):
    """From the axes of a page's content to the page as it is shown. `turn`: quarter turns clockwise."""

    corners: Corners
    turn: int

    def shown(self, left: float, bottom: float, right: float, top: float) -> Rectangle:
        """A rectangle of the content as left, top, right, bottom from the top left of the page."""
        a, b, c, d = self.corners
        match self.turn:
            case 1:
                return bottom - b, left - a, top - b, right - a
            case 2:
                return c - right, bottom - b, c - left, top - b
            case 3:
                return d - top, c - right, d - bottom, c - left
            case _:
                return left - a, d - top, right - a, d - bottom


def axes_of(page: pdfium.PdfPage) -> Axes:
    """The axes of a page as it is drawn: of the part of its crop box that lies on the sheet, inherited or its own.

    `get_cropbox` and `get_mediabox` know neither inherited boxes nor that a crop box may reach beyond the sheet: then
    all words stood beside the places where they are drawn, and so would the black over withheld ones.
    """
    try:
        corners = page.get_bbox()
    except (pdfium.PdfiumError, ValueError):
        width, height = page.get_size()
        corners = (0.0, 0.0, width, height)
    return Axes(corners, raw.FPDFPage_GetRotation(page.raw) % 4)


def lines_of(text: pdfium.PdfTextPage, axes: Axes) -> Iterator[Line]:
    """The lines of a page in the order of the text layer."""
    handle = text.raw
    count = min(max(raw.FPDFText_CountChars(handle), 0), LIMITS.pdf_page_chars)
    box_of = _turned(handle, axes) if axes.turn else _upright(handle, axes)
    code_of = raw.FPDFText_GetUnicode
    letters: list[str] = []
    boxes: list[bytes] = []
    pack = _BOX.pack
    left, top, right, bottom = _NOWHERE
    high = 0
    for index in range(count):
        code = code_of(handle, index)
        if code == 13:
            continue
        if code == 10:
            yield Line("".join([*letters, "\n"]), b"".join([*boxes, NO_BOX]), (left, top, right, bottom))
            letters, boxes = [], []
            left, top, right, bottom = _NOWHERE
            continue
        if not 31 < code < 0xD800:
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            letters.append(_letter(code, high))
        else:
            letters.append(chr(code))
        high = 0
        here = box_of(index)
        try:
            boxes.append(pack(*here))
        except struct.error:  # far outside the page
            boxes.append(pack(*[max(0, min(edge, 65_535)) for edge in here]))
        if code != 32 and here != _NO_EXTENT:
            left, top = min(left, here[0]), min(top, here[1])
            right, bottom = max(right, here[2]), max(bottom, here[3])
    if letters:
        yield Line("".join(letters), b"".join(boxes), (left, top, right, bottom))


def _upright(handle: object, axes: Axes) -> Callable[[int], Extent]:
    """From the number of a character to its box in tenths of a point, on a page that is not turned."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    references = tuple(ctypes.byref(edge) for edge in (left, right, bottom, top))
    ask = raw.FPDFText_GetCharBox
    across, down = 0.5 - axes.corners[0] * 10, 0.5 + axes.corners[3] * 10

    def box(index: int) -> Extent:
        if not ask(handle, index, *references):
            return _NO_EXTENT
        try:
            return (
                int(left.value * 10 + across),
                int(down - top.value * 10),
                int(right.value * 10 + across),
                int(down - bottom.value * 10),
            )
        except (ValueError, OverflowError):  # no number
            return _NO_EXTENT

    return box


def _turned(handle: object, axes: Axes) -> Callable[[int], Extent]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    references = tuple(ctypes.byref(edge) for edge in (left, right, bottom, top))

    def box(index: int) -> Extent:
        if not raw.FPDFText_GetCharBox(handle, index, *references):
            return _NO_EXTENT
        edges = axes.shown(left.value, bottom.value, right.value, top.value)
        return tenths(edges[0]), tenths(edges[1]), tenths(edges[2]), tenths(edges[3])

    return box


def breaks(before: Line, line: Line) -> bool:
    """Whether a line begins a new block: white space above it, another column, another size."""
    left, top, right, bottom = before.extent
    own_left, own_top, own_right, own_bottom = line.extent
    if own_right <= own_left or right <= left:
        return False
    height, own = max(bottom - top, 10), max(own_bottom - own_top, 10)
    return own_top - bottom > _GAP * max(height, own) or own_bottom < top or not 1 / _HEIGHT < own / height < _HEIGHT


def _letter(code: int, high: int) -> str:
    if high and 0xDC00 <= code < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
    if code in _HYPHENS:
        return "-"
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)
