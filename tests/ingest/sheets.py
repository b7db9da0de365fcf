"""PDF files and pictures of our own for the tests: made on the spot, fiction all of it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2 as pdfium
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

WORDS = (
    "The harbour office reports that two barges of grain left the northern quay before sunrise. The master of "
    "the first barge showed papers that named a company nobody in the port had heard of. Our clerk asked to "
    "see the contract and was told that it would follow by courier on Thursday. It did not follow. The second "
    "barge carried no papers at all, and its crew spoke among themselves of a warehouse behind the old mill. "
    "On Friday the inspector visited the mill and found it locked; a neighbour remembered lights on three "
    "nights of the week. The ministry has been informed and will send an auditor as soon as the roads are open "
    "again. Until then every sack that leaves the quay is counted twice, once by the office and once by the "
    "union, and both lists are kept in the safe."
)


def lines(text: str, width: int = 80) -> list[str]:
    """Text in lines of at most `width` characters."""
    found: list[str] = [""]
    for word in text.split():
        if len(found[-1]) + len(word) >= width:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    return found


def typed(text: str = WORDS, *, size: float = 11) -> bytes:
    """One page of text."""
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4, invariant=True)
    sheet.setFont("Times-Roman", size)
    for number, line in enumerate(lines(text)):
        sheet.drawString(60, 780 - 15 * number, line)
    sheet.showPage()
    sheet.save()
    return file.getvalue()


def photographed(document: bytes, *, dpi: int = 200, lean: float = 0.0) -> Image.Image:
    """The first page as grey pixels, as a scanner would give it; `lean`: degrees against the clock."""
    page = pdfium.PdfDocument(document)[0]
    picture: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
    return picture.rotate(lean, resample=Image.Resampling.BICUBIC, fillcolor=255) if lean else picture


def scanned(pictures: Sequence[Image.Image], *, hidden: str = "", beside: str = "", small: bool = False) -> bytes:
    """Pages that are pictures; `hidden`: an invisible layer; `beside`: visible text above a smaller picture."""
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4, invariant=True)
    for picture in pictures:
        size = (400, 560) if small or beside else A4
        sheet.drawImage(ImageReader(picture), 60 if beside else 0, 20 if beside else 0, *size)
        if hidden:
            layer = sheet.beginText(60, 780)
            layer.setTextRenderMode(3)
            layer.setFont("Times-Roman", 11)
            for line in lines(hidden):
                layer.textLine(line)
            sheet.drawText(layer)
        for number, line in enumerate(lines(beside) if beside else []):
            sheet.drawString(60, 800 - 15 * number, line)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    """A picture as a file of a format."""
    file = io.BytesIO()
    picture.save(file, form, **options)  # type: ignore[arg-type]
    return file.getvalue()
