"""Text that stands in a page and that the page does not show: a redaction that took nothing out.

Under a box or a picture, in the colour of the paper, outside the visible part, on a layer that is switched off:
whatever the way, ink and paper do not differ where the letters stand. So the page is drawn, and three letters at a
time are looked for. Drawing costs more than reading, so only pages with something that could hide letters are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.boxes import UnitBoxes

SIDE = 1_200  # pixels of the longer side of a drawn page, at most
SCALE = 1.0  # pixels to the point, at most
CONTRAST = 24  # of 255: less than this between the lightest and the darkest pixel is one colour
LETTERS = 3  # that are looked at together: one alone may fill its box
LEAST = 2.0  # pixels of height: smaller letters cannot be judged
OBJECTS = 20_000  # of a page: one with more (a map) takes seconds to draw
ANNOTATIONS = 200  # of one page that are asked what they are
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

    def is_flat(self, span: Span) -> bool:
        """Whether a part of the page is all of one colour, or not on the page at all."""
        left, top = max(int(span[0] * self.scale), 0), max(int(span[1] * self.scale), 0)
        right = min(int(span[2] * self.scale) + 1, self.width)
        bottom = min(int(span[3] * self.scale) + 1, self.height)
        if left >= right or top >= bottom or span[2] <= 0 or span[3] <= 0:
            return True
        low, high = 255, 0
        for row in range(top, bottom):
            line = self.pixels[row * self.stride + left : row * self.stride + right]
            darkest, lightest = min(line), max(line)
            low, high = min(low, darkest), max(high, lightest)
            if high - low >= CONTRAST:
                return False
        return True


def drawn(page: pdfium.PdfPage) -> Drawing:
    """A page as it is shown, annotations and all. Raises PdfiumError; ValueError for one of too many objects."""
    if raw.FPDFPage_CountObjects(page.raw) > OBJECTS:
        raise ValueError("objects")
    width, height = page.get_size()
    scale = min(SCALE, SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    return Drawing(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, scale / 10)


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


def unseen(drawing: Drawing, units: Iterable[tuple[int, str, UnitBoxes]]) -> Iterator[int]:
    """The numbers of the units with letters that are not to be seen in the drawing."""
    for number, text, boxes in units:
        if any(drawing.is_flat(span) for span in _spans(text, boxes) if (span[3] - span[1]) * drawing.scale >= LEAST):
            yield number


def _spans(text: str, boxes: UnitBoxes) -> Iterator[Span]:
    """Where each three letters of a word stand that follow each other."""
    run: list[Span] = []
    for index, character in enumerate(text):
        box = boxes.box(index)
        run = [*run, box] if character.isalnum() and any(box) else []
        if len(run) == LETTERS:
            yield min(b[0] for b in run), min(b[1] for b in run), max(b[2] for b in run), max(b[3] for b in run)
            run = []
