"""Text that stands in a page and that the page does not show: a redaction that took nothing out.

Under a box or a picture, in the colour of the paper, outside the visible part, on a layer that is switched off:
whatever the way, the page looks the same without its letters. So it is drawn twice, with its text and without, and
where letters stand the two must differ. Drawing costs more than reading, so only pages with something that could
hide letters are drawn. A text layer under a scan is never seen; there the scan itself is looked at: words that stand
where it is black all over were blacked out in the picture alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.boxes import UnitBoxes
from unsealed.ingest.readers.pdf.kinds import objects

SIDE = 1_200  # pixels of the longer side of a drawn page, at most
SCALE = 1.5  # pixels to the point, at most
CONTRAST = 24  # of 255: pixels that differ by less are of one colour
LETTERS = 3  # that are looked at together: a box may begin in the middle of a word
LEAST = 1.5  # pixels of height and of width: smaller letters cannot be judged
TINY = 12  # tenths of a point of height: what nobody can read was not meant to be read
BLACK = 96  # of 255: darker is a black-out, not paper
COVERED = 0.94  # of the pixels where a word stands in a scan: a black-out, not letters
OBJECTS = 20_000  # of a page: one with more (a map) takes seconds to draw
ANNOTATIONS = 200  # of one page that are asked what they are
_RUN = re.compile(r"[^\W_]+")
_DRAWN = frozenset((
    raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_POLYGON, raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_INK,
    raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_LINE, raw.FPDF_ANNOT_STRIKEOUT,
))  # fmt: skip

Span = tuple[float, float, float, float]  # left, top, right, bottom in tenths of a point, as shown


class Drawing(NamedTuple):
    """A page in grey. `scale`: pixels to a tenth of a point."""

    pixels: bytes
    width: int
    height: int
    stride: int
    scale: float

    def rows(self, span: Span) -> Iterator[bytes]:
        """The pixels of a part of the page, row by row; none where it is not on the page."""
        left, top = max(int(span[0] * self.scale), 0), max(int(span[1] * self.scale), 0)
        right = min(int(span[2] * self.scale) + 1, self.width)
        bottom = min(int(span[3] * self.scale) + 1, self.height)
        for row in range(top, bottom) if left < right else ():
            yield self.pixels[row * self.stride + left : row * self.stride + right]

    def can_judge(self, span: Span) -> bool:
        """Whether a part of the page is large enough to see anything in it."""
        return (span[3] - span[1]) * self.scale >= LEAST and (span[2] - span[0]) * self.scale >= LEAST

    def is_black(self, span: Span) -> bool:
        """Whether a part of the page is black all over."""
        pixels = b"".join(self.rows(span))
        return bool(pixels) and sum(pixel < BLACK for pixel in pixels) >= COVERED * len(pixels)

    def differs(self, other: Drawing, span: Span) -> bool:
        """Whether two drawings of one page differ in a part of it."""
        return any(
            one != two and any(abs(a - b) >= CONTRAST for a, b in zip(one, two, strict=True))
            for one, two in zip(self.rows(span), other.rows(span), strict=True)
        )


def drawn(page: pdfium.PdfPage) -> Drawing:
    """A page as it is shown, annotations and all. Raises PdfiumError; ValueError for one of too many objects."""
    if raw.FPDFPage_CountObjects(page.raw) > OBJECTS:
        raise ValueError("objects")
    width, height = page.get_size()
    scale = min(SCALE, SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    return Drawing(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, scale / 10)


def without_text(page: pdfium.PdfPage) -> Drawing:
    """The page as it would be shown without its text. The open page loses it; load it again to read it."""
    for handle, _ in objects(page.raw):
        if raw.FPDFPageObj_GetType(handle) == raw.FPDF_PAGEOBJ_TEXT:
            raw.FPDFTextObj_SetTextRenderMode(handle, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    return drawn(page)


def has_drawn_notes(page: pdfium.PdfPage) -> bool:
    """Whether an annotation of the page is of a kind that can cover something."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), ANNOTATIONS)):
        note = raw.FPDFPage_GetAnnot(page.raw, index)
        if note:
            kind = raw.FPDFAnnot_GetSubtype(note)
            raw.FPDFPage_CloseAnnot(note)
            if kind in _DRAWN:
                return True
    return False


def unseen(page: pdfium.PdfPage, units: Iterable[tuple[int, str, UnitBoxes]]) -> Iterator[int]:
    """The numbers of the units with letters that the page does not show. Raises PdfiumError, ValueError."""
    picture = drawn(page)
    bare = without_text(page)
    for number, text, boxes in units:
        hidden = sum(
            letters
            for span, letters in _spans(text, boxes)
            if span[3] - span[1] < TINY or (picture.can_judge(span) and not picture.differs(bare, span))
        )
        if hidden >= 2:  # one letter alone may be drawn beside its box
            yield number


def blacked_out(page: pdfium.PdfPage, units: Iterable[tuple[int, str, UnitBoxes]]) -> Iterator[int]:
    """The numbers of the units of a hidden layer with words that stand where the page is black all over."""
    picture = drawn(page)
    for number, text, boxes in units:
        hidden = sum(
            letters
            for span, letters in _spans(text, boxes)
            if letters >= LETTERS and picture.can_judge(span) and picture.is_black(span)
        )
        if hidden >= LETTERS:
            yield number


def _spans(text: str, boxes: UnitBoxes) -> Iterator[tuple[Span, int]]:
    """Where the letters of each word stand, three at a time, a little within their box; and how many they are."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        while start < end:
            stop = end if end - start < 2 * LETTERS else start + LETTERS
            places = [box for box in map(boxes.box, range(start, stop)) if any(box)]
            if places:
                left, right = min(box[0] for box in places), max(box[2] for box in places)
                inset = (right - left) / 10 if len(places) >= LETTERS else 0.0
                top, bottom = min(box[1] for box in places), max(box[3] for box in places)
                yield (left + inset, top, right - inset, bottom), len(places)
            start = stop
