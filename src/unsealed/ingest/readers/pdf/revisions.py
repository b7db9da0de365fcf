"""Earlier revisions: a PDF that was saved by appending still holds what it said before."""

from __future__ import annotations

import re

import pypdfium2 as pdfium

from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.pdf.values import clean

REVISIONS = 16  # earlier states that are read, the latest first
PAGES = 200  # pages of each
_END = re.compile(rb"%%EOF[ \t]*(?:\r\n|\r|\n)?")


def earlier_text(data: bytes, build: Builder) -> None:
    """The lines of earlier revisions that the current reading does not say, as units `text`, each with a finding."""
    ends = [match.end() for match in _END.finditer(data)][:-1]
    ends = [end for end in ends if data[end:].strip(b"\0\r\n\t ")]
    if len(ends) > REVISIONS:
        build.finding("P-REVISIONS", "warn")
    known = squeezed("".join([unit.text for unit in build.units]))
    for end in reversed(ends[-REVISIONS:]):
        for number, text in _pages(data[:end]):
            fresh = [line for line in text.split("\n") if squeezed(line) not in known]
            if fresh:
                unit = build.free("text", clean("\n".join(fresh)), (), number)
                build.finding("P-REVISION", "warn", unit)
                known += squeezed(text)


def _pages(data: bytes) -> list[tuple[int, str]]:
    """Number and text of each page of one revision; nothing for what is no whole file (the head of a linear one)."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return []
    pages: list[tuple[int, str]] = []
    try:
        for number in range(min(len(document), PAGES)):
            page = document[number]
            text = page.get_textpage()
            words = text.get_text_range()[: LIMITS.pdf_page_chars].replace("\ufffe", "-").replace("\x02", "-")
            pages.append((number + 1, clean(words)))
            text.close()
            page.close()
    except (pdfium.PdfiumError, ValueError):
        pass
    finally:
        document.close()
    return pages


def squeezed(line: str) -> str:
    """A line without its white space: layers differ in where they put it."""
    return "".join(line.split())
