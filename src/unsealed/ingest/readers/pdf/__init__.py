"""PDF: the text layer by page and reading order with a box for every character, and all that stands beside the pages.

Two libraries read each file: pdfium what is drawn, qpdf what is attached, noted, filled in, or was there before.
Each page is given a kind by measure (`kinds`); a page that needs OCR gets a finding that says why, and waits for the
OCR pass (`ingest.ocr`), which adds a reading. Boxes: `ingest.boxes`.
"""

from unsealed.ingest.readers.pdf.document import NAME, VERSION, read

__all__ = ["NAME", "VERSION", "read"]
