"""From a document's bytes to the pixels of a page. Runs in a worker."""

from __future__ import annotations

import math

import pypdfium2 as pdfium

from unsealed.ingest import pictures
from unsealed.ingest.ocr.wire import PIXELS, SIDE, Drawn
from unsealed.ingest.readers.pdf import beside

SMALL = 1_500  # pixels: a picture whose sides are smaller is drawn twice as large (a screenshot has small letters)
NONE = Drawn()


class Sheets:
    """The pages of one document."""

    def __init__(self, form: str, data: bytes) -> None:
        self._data = data
        self._pdf = beside.opened(data) if form == "pdf" else None
        self.count = len(self._pdf.document) if self._pdf else pictures.count(pictures.open_picture(data))

    def draw(self, number: int, dpi: int) -> Drawn:
        """Page `number` (from 1) in grey, annotations and all, in the way it is shown."""
        return self._page(self._pdf.document, number, dpi) if self._pdf else self._picture(number)

    def _page(self, document: pdfium.PdfDocument, number: int, dpi: int) -> Drawn:
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(dpi / 72, SIDE / max(width, height, 1), math.sqrt(PIXELS / max(width * height, 1))) * 0.999
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        picture = bitmap.to_pil().convert("L")
        page.close()
        return Drawn(picture.width, picture.height, max(round(scale * 72), 1), picture.tobytes())

    def _picture(self, number: int) -> Drawn:
        picture = pictures.grey(self._data, number - 1)
        width, height = picture.size
        scale = 2.0 if max(width, height) < SMALL else 1.0
        scale = min(scale, SIDE / max(width, height), math.sqrt(PIXELS / (width * height)))
        if scale != 1.0:
            picture = picture.resize((max(int(width * scale), 1), max(int(height * scale), 1)))
        return Drawn(picture.width, picture.height, 0, picture.tobytes())
