"""One PDF file from its bytes to a reading: pages, then what stands beside them."""

from __future__ import annotations

import msgspec
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from unsealed.ingest.boxes import KINDS, LAYER, UNKNOWN, Layout, PageFacts, UnitBoxes, encode, tenths
from unsealed.ingest.decode import composed
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part, rejected
from unsealed.ingest.readers.passwords import of_context
from unsealed.ingest.readers.pdf import beside
from unsealed.ingest.readers.pdf.around import around
from unsealed.ingest.readers.pdf.kinds import kind_of
from unsealed.ingest.readers.pdf.lines import Line, axes_of, breaks, lines_of
from unsealed.ingest.readers.pdf.revisions import squeezed
from unsealed.ingest.readers.pdf.unseen import TINY, blacked_out, has_drawn_notes, unseen
from unsealed.model import Reading

NAME, VERSION = "pdf", 4

# The finding of each kind of page that is not simply read; the OCR pass goes by them.
FINDINGS = {
    "scanned": "P-SCANNED",
    "hidden-layer": "P-HIDDEN-LAYER",
    "mixed": "P-MIXED",
    "broken-text": "P-BROKEN-TEXT",
    "blank": "P-PAGE-NO-TEXT",
    "failed": "P-PAGE",
}
_BESIDE = frozenset(("unread", "header", "attachment", "code", "list-item"))  # alone, they are not a document's text
DRAWN = 1_000  # pages of a document that are drawn to see whether their letters show
_FOR_OCR = frozenset({"scanned", "hidden-layer", "mixed", "broken-text"})


def read(data: bytes, context: bytes) -> Outcome:
    """A PDF file as blocks of text."""
    try:
        opened = beside.opened(data, of_context(context))
    except beside.NeedsPassword:
        return rejected("R-PASSWORD", "the file is encrypted", "Run `unsealed ingest --retry --password-file FILE`.")
    except beside.Broken:
        return rejected(
            "P-BROKEN",
            "neither pdfium nor qpdf can open the file",
            "Repair it, or print it anew, and take it in again.",
        )
    with opened:
        return _Document(opened, data).outcome()


class _Document:
    def __init__(self, opened: beside.Opened, data: bytes) -> None:
        self.opened = opened
        self.data = data
        self.build = Builder()
        self.boxes: dict[int, UnitBoxes] = {}  # of the units that have any
        self.pages: list[PageFacts] = []
        self.for_ocr = self.drawn = 0

    def outcome(self) -> Outcome:
        document = self.opened.document
        count = len(document)
        for code in self.opened.findings:
            self.build.finding(code, "warn")
        for number in range(1, min(count, LIMITS.pdf_pages) + 1):
            first = self.build.count
            self._page(number)
            beside.page(self.opened, self.build, number)
            if beside.has_appearances(self.opened, number):
                self._appearances(number, first)
        if count > LIMITS.pdf_pages:
            self.build.finding("P-PAGES", "warn")
        beside.foot(self.opened, self.build)
        for name, start, end in around(self.data):
            self.build.finding("P-AROUND", "warn")
            self.build.parts.append(Part(name, self.data[start:end], "application/octet-stream", (start, end)))
        outcome = self.build.outcome("pdf", NAME, VERSION)
        assert outcome.reading is not None
        reading = msgspec.structs.replace(outcome.reading, boxes=self._packed(outcome.reading))
        return self._judged(reading, outcome, count)

    def _judged(self, reading: Reading, outcome: Outcome, count: int) -> Outcome:
        """Read, or without text; where pages wait for OCR the reason says how many."""
        code = message = remedy = ""
        says = any(unit.label not in _BESIDE and unit.text.strip() for unit in reading.units)
        if self.for_ocr:
            code, message = "O-WAITING", f"{self.for_ocr} of {count} pages wait for OCR"
            remedy = "Run `unsealed ingest --ocr auto`."
        elif not says:
            code, message = "P-NO-TEXT", f"{count} pages without text"
            remedy = "Look at it. OCR looks at blank pages only when told to: `unsealed ingest --ocr force`."
        return Outcome(reading, outcome.parts, code, message, remedy, "read" if says else "no-text")

    def _packed(self, reading: Reading) -> bytes:
        units = [self.boxes.get(number, UNKNOWN) for number in range(len(reading.units))]
        return encode(Layout(units, self.pages))

    def _page(self, number: int) -> None:
        try:
            page = self.opened.document[number - 1]
            text = page.get_textpage()
        except (pdfium.PdfiumError, ValueError):
            self._note(number, "failed", self.build.free("unread", "", (), number))
            self.pages.append(PageFacts(kind=KINDS.index("failed")))
            return
        axes = axes_of(page)
        lines = list(lines_of(text, axes))
        kind = kind_of(page, text, "".join([line.text for line in lines]), axes)
        first = self._blocks(lines, number)
        if first < 0:
            first = self.build.free("unread", "", (), number)
        self._note(number, kind.name, first)
        if kind.name == "blank" and beside.swells(self.opened, number):
            self.build.finding("P-STREAM", "warn", first)
        width, height = page.get_size()
        source = LAYER if self.build.count > first and kind.name not in ("scanned", "blank") else 0
        self.pages.append(PageFacts(tenths(width), tenths(height), kind.number, source, axes.turn, kind.images))
        if kind.name == "hidden-layer" or (kind.name != "broken-text" and self._may_hide(page, kind.covers, lines)):
            self._unseen(page, first, kind.name)
        text.close()
        page.close()

    def _may_hide(self, page: pdfium.PdfPage, covers: bool, lines: list[Line]) -> bool:
        """Whether letters of the page could stand where nobody sees them."""
        across, down = (10 * side for side in page.get_size())
        outside = any(line.extent[0] > across or line.extent[1] > down or min(line.extent[2:]) < 0 for line in lines)
        tiny = any(0 < line.extent[3] - line.extent[1] < TINY and any(map(str.isalnum, line.text)) for line in lines)
        return covers or outside or tiny or beside.has_layers(self.opened) or has_drawn_notes(page)

    def _unseen(self, page: pdfium.PdfPage, first: int, kind: str) -> None:
        """A finding at each block with letters that the drawn page does not show."""
        units = self.build.units
        known = [(n, units[n].text, self.boxes[n]) for n in range(first, len(units)) if n in self.boxes]
        if not known:
            return
        self.drawn += 1
        try:
            if self.drawn > DRAWN:
                raise ValueError("limit")
            hidden = list((blacked_out if kind == "hidden-layer" else unseen)(page, known))
        except (pdfium.PdfiumError, ValueError, MemoryError):
            self.build.finding("P-NOT-DRAWN", "warn", first)
            return
        for number in hidden:
            self.build.finding("P-UNSEEN", "warn", number)

    def _appearances(self, number: int, first: int) -> None:
        """What annotations show and do not say: the page is read once more with them drawn into it."""
        known = squeezed("".join([unit.text for unit in self.build.units[first:]]))
        try:
            page = self.opened.document[number - 1]
            raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
            page.close()
            page = self.opened.document[number - 1]
            text = page.get_textpage()
        except (pdfium.PdfiumError, ValueError):
            self.build.finding("P-NOTES", "warn")
            return
        for line in lines_of(text, axes_of(page)):
            plain = squeezed(line.text)
            if plain and plain not in known and plain not in self.opened.forms.said:
                self._block([line], number, "note")
        text.close()
        page.close()

    def _note(self, number: int, kind: str, unit: int) -> None:
        if kind in FINDINGS:
            self.build.finding(FINDINGS[kind], "note" if kind in ("hidden-layer", "mixed") else "warn", unit)
        self.for_ocr += kind in _FOR_OCR

    def _blocks(self, lines: list[Line], page: int) -> int:
        """The lines as units; gives the first of them, -1 where there is no text."""
        first = -1
        block: list[Line] = []
        for line in [*lines, None]:
            if block and (line is None or breaks(block[-1], line)):
                unit = self._block(block, page)
                first = unit if first < 0 else first
                block = []
            if line is not None:
                block.append(line)
        return first

    def _block(self, block: list[Line], page: int, label: str = "paragraph") -> int:
        written = "".join([line.text for line in block])
        text = composed(written)
        if not text.strip():
            return -1
        unit = self.build.free(label, text, (), page)
        if text == written:  # composing moves characters: the boxes would no longer stand for single ones
            self.boxes[unit] = UnitBoxes(LAYER, b"".join([line.boxes for line in block]))
        return unit
