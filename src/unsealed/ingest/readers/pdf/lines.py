"""The text layer of a page: lines in the order of the layer, with a box for every character as the page is shown."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.boxes import NO_BOX, pack_box, tenths
from unsealed.ingest.readers.limits import LIMITS

_HYPHENS = (0x02, 0xFFFE)  # how pdfium marks a hyphen at a line end
_GAP = 0.7  # of a line's height: a larger white space above a line begins a new block
_HEIGHT = 1.35  # ratio of line heights that sets a heading apart
_NOWHERE = (1e9, 1e9, -1e9, -1e9)

Corners = tuple[float, float, float, float]  # left, bottom, right, top of a page's visible part, in its own axes
Extent = tuple[float, float, float, float]  # left, top, right, bottom in points from the top left as shown


class Line(NamedTuple):
    """A line of a page: its text with the line end, a packed box for each character, its extent as shown."""

    text: str
    boxes: bytes
    extent: Extent


class Axes(NamedTuple):
    """From the axes of a page's content to the page as it is shown. `turn`: quarter turns clockwise."""

    corners: Corners
    turn: int

    def shown(self, left: float, bottom: float, right: float, top: float) -> Extent:
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
    """The axes of a page; one without a usable crop box is shown whole."""
    try:
        corners = page.get_cropbox()
    except (pdfium.PdfiumError, ValueError):
        width, height = page.get_size()
        corners = (0.0, 0.0, width, height)
    return Axes(corners, raw.FPDFPage_GetRotation(page.raw) % 4)


def lines_of(text: pdfium.PdfTextPage, axes: Axes) -> Iterator[Line]:
    """The lines of a page in the order of the text layer."""
    handle = text.raw
    count = min(max(raw.FPDFText_CountChars(handle), 0), LIMITS.pdf_page_chars)
    box_of = _boxer(handle, axes)
    letters: list[str] = []
    boxes: list[bytes] = []
    extent = _NOWHERE
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
            boxes.append(NO_BOX)
            yield Line("".join(letters), b"".join(boxes), extent)
            letters, boxes, extent = [], [], _NOWHERE
            continue
        here = box_of(index)
        if here is None:
            boxes.append(NO_BOX)
            continue
        boxes.append(pack_box(*[tenths(edge) for edge in here]))
        if letter != " ":
            extent = _around(extent, here)
    if letters:
        yield Line("".join(letters), b"".join(boxes), extent)


def _boxer(handle: object, axes: Axes) -> Callable[[int], Extent | None]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    references = tuple(ctypes.byref(edge) for edge in (left, right, bottom, top))
    a, _, _, d = axes.corners
    ask = raw.FPDFText_GetCharBox

    def upright(index: int) -> Extent | None:
        if not ask(handle, index, *references):
            return None
        return left.value - a, d - top.value, right.value - a, d - bottom.value

    def turned(index: int) -> Extent | None:
        if not ask(handle, index, *references):
            return None
        return axes.shown(left.value, bottom.value, right.value, top.value)

    return turned if axes.turn else upright


def _around(one: Extent, other: Extent) -> Extent:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def breaks(before: Line, line: Line) -> bool:
    """Whether a line begins a new block: white space above it, another column, another size."""
    left, top, right, bottom = before.extent
    own_left, own_top, own_right, own_bottom = line.extent
    if own_right <= own_left or right <= left:
        return False
    height, own = max(bottom - top, 1.0), max(own_bottom - own_top, 1.0)
    return own_top - bottom > _GAP * max(height, own) or own_bottom < top or not 1 / _HEIGHT < own / height < _HEIGHT


def _letter(code: int, high: int) -> str:
    if high and 0xDC00 <= code < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
    if code in _HYPHENS:
        return "-"
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)
