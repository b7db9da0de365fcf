"""What kind of page is this? By measure, so that OCR runs where the text layer is missing or garbage, and only there.

born-digital   text, pictures on less than 30 % of the page
scanned        no text, pictures on more than 70 %
hidden-layer   text that is not drawn, or drawn below a picture that covers the page
broken-text    characters without a code, or more than 20 % of the words are none
mixed          the rest that holds a picture or drawn shapes
blank          nothing that pdfium would draw
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.boxes import KINDS, Box, tenths
from unsealed.ingest.readers.pdf.lines import Axes, Rectangle
from unsealed.ingest.words import share_of_non_words

OBJECTS = 20_000  # objects of one page that are looked at
DEPTH = 4  # forms inside forms
GRID = 64  # cells along each side of the page in which the cover of pictures is counted
DIGITAL, SCAN = 0.3, 0.7  # share of the page that pictures cover: below, born digital; above, a scan
HIDDEN = 0.5  # share of the text objects that are not to be seen
UNMAPPED = 0.05  # share of characters without a code
NON_WORDS = 0.2  # share of words that are none
DRAWING = 20  # shapes on a page without text and pictures that may be drawn letters
COVER = 60.0  # square points: what is smaller covers no word
PALE = 200  # of 255, each of red, green and blue: letters of such a colour may not be seen on paper
_SAMPLE = 200  # characters that are asked for their code

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


class Seen(NamedTuple):
    """What stands on a page."""

    images: list[Rectangle]
    texts: int = 0
    hidden: int = 0  # texts in an invisible mode, or below a picture that covers the page
    shapes: int = 0
    covers: bool = False  # something could cover letters, or letters are pale or not drawn


class Kind(NamedTuple):
    """The kind of a page and its pictures, the largest first."""

    name: str
    images: tuple[Box, ...]
    covers: bool = False  # as in `Seen`

    @property
    def number(self) -> int:
        """As it is stored."""
        return KINDS.index(self.name)


def kind_of(page: pdfium.PdfPage, text: pdfium.PdfTextPage, words: str, axes: Axes) -> Kind:
    """The kind of a page whose text layer says `words`."""
    width, height = page.get_size()
    seen = _look(page, axes, (width, height))
    images = sorted(seen.images, key=_area, reverse=True)
    boxes = tuple([_box(image) for image in images[:255]])
    return Kind(_named(seen, _cover(seen.images, width, height), words, text), boxes, seen.covers)


def _named(seen: Seen, cover: float, words: str, text: pdfium.PdfTextPage) -> str:
    if not words.strip():
        if cover > SCAN:
            return "scanned"
        return "mixed" if seen.images or seen.shapes >= DRAWING else "blank"
    if _unmapped(text) > UNMAPPED or share_of_non_words(words) > NON_WORDS:
        return "hidden-layer" if _is_hidden(seen) else "broken-text"
    if _is_hidden(seen):
        return "hidden-layer"
    return "born-digital" if cover < DIGITAL else "mixed"


def _is_hidden(seen: Seen) -> bool:
    return bool(seen.images) and seen.hidden > HIDDEN * seen.texts


def _look(page: pdfium.PdfPage, axes: Axes, size: tuple[float, float]) -> Seen:
    """Every object of a page, those in forms too."""
    images: list[Rectangle] = []
    texts = hidden = shapes = 0
    covers = False
    for handle, matrix in objects(page.raw):
        match raw.FPDFPageObj_GetType(handle):
            case raw.FPDF_PAGEOBJ_TEXT:
                texts += 1
                covers = covers or _is_pale(handle)
                hidden += raw.FPDFTextObj_GetTextRenderMode(handle) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
            case raw.FPDF_PAGEOBJ_IMAGE:
                extent = _bounds(handle, matrix, axes, size)
                if extent is not None:
                    images.append(extent)
                    covers = covers or _area(extent) > COVER
                    if _area(extent) > SCAN * size[0] * size[1]:
                        hidden = texts  # what was written before lies below the picture
            case raw.FPDF_PAGEOBJ_PATH:
                shapes += 1
                covers = covers or _is_box(handle, matrix, axes, size)
    return Seen(images, texts, hidden, shapes, covers)


def _is_pale(handle: object) -> bool:
    """Whether a text is in no ink, or in one that white paper swallows."""
    if raw.FPDFTextObj_GetTextRenderMode(handle) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
        return True
    colours = [ctypes.c_uint() for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(handle, *[ctypes.byref(one) for one in colours]):
        return False
    return min(one.value for one in colours[:3]) > PALE or colours[3].value < 255 - PALE


def _is_box(handle: object, matrix: Matrix, axes: Axes, size: tuple[float, float]) -> bool:
    """Whether a shape is filled and could cover a word."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(handle, ctypes.byref(fill), ctypes.byref(stroke)):
        return False
    if not fill.value and not stroke.value:
        return False
    extent = _bounds(handle, matrix, axes, size)
    return extent is not None and _area(extent) > COVER and extent[3] - extent[1] > 4


def objects(page: object) -> Iterator[tuple[object, Matrix]]:
    """Each object that is no form, with the matrix of the forms around it. At most `OBJECTS`."""
    left = OBJECTS
    waiting: list[tuple[object, Matrix, int]] = []
    for index in range(min(raw.FPDFPage_CountObjects(page), OBJECTS)):
        waiting.append((raw.FPDFPage_GetObject(page, index), _IDENTITY, 0))
        while waiting and left > 0:
            handle, matrix, depth = waiting.pop()
            left -= 1
            if not handle:
                continue
            if raw.FPDFPageObj_GetType(handle) != raw.FPDF_PAGEOBJ_FORM:
                yield handle, matrix
            elif depth < DEPTH:
                inner = _times(_matrix(handle), matrix)
                count = min(max(raw.FPDFFormObj_CountObjects(handle), 0), left)
                waiting += [(raw.FPDFFormObj_GetObject(handle, n), inner, depth + 1) for n in reversed(range(count))]


def _matrix(handle: object) -> Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(handle, ctypes.byref(found)):
        return _IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _bounds(handle: object, matrix: Matrix, axes: Axes, size: tuple[float, float]) -> Rectangle | None:
    """The part of the shown page that an object covers, in points from its top left; None where it is outside."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(handle, *[ctypes.byref(edge) for edge in edges]):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    a, b, c, d, e, f = matrix
    points = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
    across, up = [x for x, _ in points], [y for _, y in points]
    one = axes.shown(min(across), min(up), max(across), max(up))
    extent = (max(one[0], 0.0), max(one[1], 0.0), min(one[2], size[0]), min(one[3], size[1]))
    return extent if extent[0] < extent[2] and extent[1] < extent[3] else None


def _area(extent: Rectangle) -> float:
    return (extent[2] - extent[0]) * (extent[3] - extent[1])


def _box(extent: Rectangle) -> Box:
    left, top, right, bottom = (tenths(edge) for edge in extent)
    return left, top, right, bottom


def _cover(images: list[Rectangle], width: float, height: float) -> float:
    """The share of the page under at least one picture, counted in cells."""
    if not images or width <= 0 or height <= 0:
        return 0.0
    rows = [0] * GRID
    for left, top, right, bottom in images:
        first, last = round(left / width * GRID), round(right / width * GRID)
        mask = (1 << last) - (1 << first) if last > first else 0
        for row in range(round(top / height * GRID), round(bottom / height * GRID)):
            rows[row] |= mask
    return sum(row.bit_count() for row in rows) / (GRID * GRID)


def _unmapped(text: pdfium.PdfTextPage) -> float:
    """The share of a sample of the characters for which the file gives no code."""
    count = raw.FPDFText_CountChars(text.raw)
    step = max(count // _SAMPLE, 1)
    asked = range(0, count, step)
    bad = sum(raw.FPDFText_HasUnicodeMapError(text.raw, index) == 1 for index in asked)
    return bad / len(asked) if asked else 0.0
