"""A house whose archive holds files that were really taken in: a PDF, a scan, a picture, a mail with a PDF, an office
file. All words are invented; the withheld ones are in `NAMES`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from email.message import EmailMessage
from pathlib import Path

from PIL import Image, ImageDraw, PngImagePlugin
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.release.house import ANA, JONAS, new_house
from unsealed.archive import Archive
from unsealed.ingest import pipeline
from unsealed.ingest.ocr import run as ocr
from unsealed.release.keyring import Keyring
from unsealed.review.pages import PageDesk, pages_of

NAMES = ("Quillfeather", "Marrowgate", "Tessaline")
LINES = (
    "The heron was seen at noon near the old mill by two people.",
    "Ilyas Quillfeather keeps the ledger in his house at Marrowgate.",
    "He gave it to Tessaline Ashgrove, who lives by the harbour.",
    "Nothing else was said about the grain or the boats.",
)


def pdf_file(lines: Sequence[str] = LINES, *, scan: bool = False, pages: int = 1) -> bytes:
    """Pages of these lines, as text or as a picture of it; names also in the metadata and in a bookmark."""
    target = io.BytesIO()
    sheet = Canvas(target, pagesize=(420, 300), invariant=1)
    sheet.setTitle(f"Notes on {NAMES[0]}")
    sheet.setSubject(f"{NAMES[2]} and {NAMES[0]} in private")
    for number in range(pages):
        if scan:
            sheet.drawImage(ImageReader(picture(lines)), 0, 0, 420, 300)
        else:
            sheet.bookmarkPage(f"p{number}")
            sheet.addOutlineEntry(f"Of {NAMES[1]}", f"p{number}")
            sheet.setFont("Helvetica", 11)
            for place, line in enumerate(lines):
                sheet.drawString(40, 250 - 40 * place, line)
        sheet.showPage()
    sheet.save()
    return target.getvalue()


def picture(lines: Sequence[str] = LINES) -> Image.Image:
    """A photograph of these lines, so to speak."""
    drawn = Image.new("L", (1512, 1080), 246)
    ink = ImageDraw.Draw(drawn)
    for place, line in enumerate(lines):
        ink.text((130, 130 + 144 * place), line, fill=25, font_size=40)
    return drawn


def png_file() -> bytes:
    """The picture as a file, with a name in its metadata."""
    kept, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Comment", f"taken by {NAMES[0]}")
    picture().save(kept, "PNG", pnginfo=info)
    return kept.getvalue()


def mail_file() -> bytes:
    """A mail that names somebody, with a PDF attached."""
    letter = EmailMessage()
    letter["From"] = f"desk <desk@{NAMES[1].lower()}.example>"
    letter["To"] = "all@press.example"
    letter["Subject"] = "The ledger"
    letter["Date"] = "Mon, 5 Jan 2026 10:00:00 +0000"
    letter.set_content(f"See the page. {NAMES[0]} wrote it.\n")
    letter.add_attachment(pdf_file(), maintype="application", subtype="pdf", filename=f"{NAMES[2]}.pdf")
    return letter.as_bytes()


def office_file() -> bytes:
    """A small DOCX with a comment and an author that nobody may learn of."""
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in LINES)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        file.writestr("word/document.xml", f"<w:document {w}><w:body>{body}</w:body></w:document>")
        file.writestr("docProps/core.xml", f"<x>{NAMES[0]}</x>")
    return kept.getvalue()


FILES = {
    "page.pdf": pdf_file, "scan.pdf": lambda: pdf_file(scan=True), "photo.png": png_file, "letter.eml": mail_file,
    "note.docx": office_file,
}  # fmt: skip


def pictured_house(folder: Path, names: Iterable[str] = FILES) -> tuple[Archive, Keyring, dict[str, int]]:
    """An archive into which these files were taken, OCR and all; and the items by the names of their files."""
    source = folder / "in"
    source.mkdir(parents=True)
    for name in names:
        (source / name).write_bytes(FILES[name]())
    archive, keys = new_house(folder / "a")
    pipeline.run(archive, [source], workers=1)
    ocr.run(archive, "auto", workers=1)
    items = {archive.item(one.item).path.split("/")[-1]: one.item for one in archive.summaries()}
    return archive, keys, items


def show_all(archive: Archive, items: Iterable[int]) -> None:
    """Two editors say of every page of these items that it may be shown."""
    desk = PageDesk(archive, now=lambda: "2026-01-01T00:00:00Z")
    for item in items:
        pages = pages_of(archive.reading(archive.current_row(item)).reading)
        for editor in (ANA, JONAS):
            desk.show(item, pages, editor)
