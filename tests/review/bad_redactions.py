"""PDF files with a sentence that somebody wanted to hide, one for each way to fail at it. All words are invented."""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

OPEN = "The heron was seen at noon near the old mill."
SECRET = "Ilyas Quill keeps the ledger in his house."
BAD = (
    "box", "near-black box", "hatched box", "white ink", "picture", "cut off", "layer", "revision", "redact mark",
    "square", "highlight", "metadata", "scan", "tiny",
)  # fmt: skip
GOOD = ("nothing", "empty box", "white on black", "clean scan", "pale box behind")
_AREA = (36, 140, 366, 164)  # of the sentence, in points from the bottom left


def bad_redaction(way: str) -> bytes:
    """A page of 400 by 300 points with an open sentence, and SECRET hidden in this way (of `GOOD`: nothing hidden)."""
    target = io.BytesIO()
    sheet = Canvas(target, pagesize=(400, 300), invariant=1)
    if way.endswith("scan"):
        _scan(sheet, way)
    else:
        _drawn(sheet, way)
    sheet.showPage()
    sheet.save()
    data = target.getvalue()
    with pikepdf.open(io.BytesIO(data)) as file:
        _changed(file, way)
        kept = io.BytesIO()
        file.save(kept, static_id=True)
    return _revised(data) if way == "revision" else kept.getvalue()


def _drawn(sheet: Canvas, way: str) -> None:
    sheet.setFont("Helvetica", 11)
    sheet.drawString(40, 250, OPEN)
    if way in ("white on black", "pale box behind"):
        sheet.setFillGray(0.0 if way == "white on black" else 0.85)
        sheet.rect(*_rectangle(), stroke=0, fill=1)
    sheet.setFillGray(1.0 if way in ("white ink", "white on black") else 0.0)
    if way == "tiny":
        sheet.setFont("Helvetica", 1)
    if way not in ("nothing", "empty box", "metadata", "revision"):
        sheet.drawString(40, 148, SECRET)
    sheet.setFillGray(0.04 if way == "near-black box" else 0.0)
    if way in ("box", "near-black box", "empty box", "hatched box"):
        sheet.rect(*_rectangle(), stroke=0, fill=1)
    if way == "hatched box":
        sheet.setStrokeGray(0.9)
        sheet.setLineWidth(0.4)
        for place in range(36, 366, 20):
            sheet.line(place, 140, place + 20, 164)
    if way == "picture":
        sheet.drawImage(ImageReader(Image.new("RGB", (33, 3), (10, 10, 10))), 36, 140, 330, 24)


def _rectangle() -> tuple[int, int, int, int]:
    left, bottom, right, top = _AREA
    return left, bottom, right - left, top - bottom


def _scan(sheet: Canvas, way: str) -> None:
    """A picture of the page with a layer of invisible words; in `scan` a black-out covers the picture alone."""
    picture = Image.new("L", (1200, 900), 250)
    ink = ImageDraw.Draw(picture)
    ink.text((120, 126), OPEN, fill=20, font_size=33)
    ink.text((120, 432), SECRET, fill=20, font_size=33)
    if way == "scan":
        ink.rectangle((108, 408, 1098, 480), fill=5)
    sheet.drawImage(ImageReader(picture), 0, 0, 400, 300)
    for y, words in ((250, OPEN), (148, SECRET)):
        text = sheet.beginText(40, y)
        text.setFont("Helvetica", 11)
        text.setTextRenderMode(3)
        text.textLine(words)
        sheet.drawText(text)


def _changed(file: pikepdf.Pdf, way: str) -> None:
    page = file.pages[0].obj
    area, black = Array(list(_AREA)), Array([0, 0, 0])
    kind = {"square": Name.Square, "highlight": Name.Highlight, "redact mark": Name.Redact}.get(way)
    if kind is not None:
        left, bottom, right, top = _AREA
        quads = Array([left, top, right, top, left, bottom, right, bottom])
        note = Dictionary(Type=Name.Annot, Subtype=kind, Rect=area, C=black, IC=black, QuadPoints=quads)
        page.Annots = Array([file.make_indirect(note)])
    elif way == "cut off":
        page.CropBox = Array([0, 200, 400, 300])
    elif way == "layer":
        layer = file.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String("a")))
        file.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer]), Order=Array([layer])))
        page.Resources.Properties = Dictionary(L0=layer)
        body = page.Contents.read_bytes()
        at = body.index(b"Ilyas")
        start = body.rindex(b"BT", 0, at)
        end = body.index(b"ET", at) + 2
        page.Contents = file.make_stream(body[:start] + b"/OC /L0 BDC " + body[start:end] + b" EMC " + body[end:])
    elif way == "metadata":
        file.docinfo["/Subject"] = SECRET


def _revised(data: bytes) -> bytes:
    """The file after a change that was saved by appending: before it, the page said SECRET."""
    with pikepdf.open(io.BytesIO(bad_redaction("shown"))) as file:
        kept = io.BytesIO()
        file.save(kept, object_stream_mode=pikepdf.ObjectStreamMode.disable, static_id=True)
        number = file.pages[0].Contents.objgen[0]
        size = len(file.objects) + 1
        root = file.trailer.Root.objgen[0]
    with pikepdf.open(io.BytesIO(data)) as file:
        body = file.pages[0].Contents.read_bytes()
    before = kept.getvalue()
    start = int(before[before.rindex(b"startxref") + 9 :].split()[0])
    place = len(before)
    fresh = b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, len(body), body)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        number, place, size, root, start, place + len(fresh),
    )  # fmt: skip
    return before + fresh + table
