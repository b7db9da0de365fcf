# ruff: noqa: E501 - the texts stand here as they will be read

"""PDFs of the sample archive: two born digital, one scan without text, one cut short. The same bytes in every run."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

SUMMARY = (
    (
        "TESHKA BASIN AUTHORITY",
        "Korvane Dam: geotechnical summary of the left bank",
        (
            "Final report, December 2004. Sold at the counter of the Authority, Embankment 4, Vardesk, for eleven crowns.",
            (
                "1. Purpose. This summary presents the ground of the left bank upstream of the dam in a form that is convenient for readers. It "
                "replaces all earlier forms."
            ),
            (
                "2. Ground. The bank, locally called Plakaya, consists of sound limestone of a thickness of 60 metres and more. Springs at its foot "
                "are of a decorative nature."
            ),
            "3. Boreholes. The bank was examined by means of 23 boreholes, which are listed in table 1 on page 2. All reached sound rock.",
        ),
    ),
    ("", "Table 1: boreholes", ()),
    (
        "",
        "Conclusions",
        (
            "4. Friction. The lowest angle of friction that was found is 27 degrees (BH-18). The bank stands at 14 degrees. The margin is ample.",
            "5. Filling. No adverse reaction of the bank to the filling of the reservoir is foreseen, nor to its drawing down.",
            "6. Further examination. None is recommended.",
            "Printed on December 2, 2004. Signed for the Authority: the Director. The laboratory has taken note.",
        ),
    ),
)
BOREHOLES = [number for number in range(1, 25) if number != 17]


def geotechnical_summary() -> bytes:
    """The printed report that goes from borehole 16 to borehole 18: three pages."""
    styles = getSampleStyleSheet()
    out = io.BytesIO()
    story: list[object] = []
    for office, title, paragraphs in SUMMARY:
        if office:
            story += [Paragraph(office, styles["Heading2"]), Spacer(1, 12)]
        story += [Paragraph(title, styles["Heading1"]), Spacer(1, 12)]
        for paragraph in paragraphs:
            story += [Paragraph(paragraph, styles["BodyText"]), Spacer(1, 8)]
        if title.startswith("Table"):
            rows = [["Borehole", "Depth, m", "Reached", "Drilled"]]
            rows += [
                [f"BH-{number}", str(48 + number * 7 % 31), "sound rock", f"{1999 if number < 5 else 2004}"]
                for number in BOREHOLES
            ]
            story.append(Table(rows))
        story.append(PageBreak())
    template = SimpleDocTemplate(
        out, pagesize=A4, invariant=1, title="Geotechnical summary", author="Teshka Basin Authority"
    )
    template.build(story)
    return out.getvalue()


def invoice() -> bytes:
    """One page: what a number costs."""
    out = io.BytesIO()
    page = Canvas(out, pagesize=A4, invariant=1)
    page.setTitle("Invoice 0417")
    lines = (
        "CORVID MARITIME ADVISORY",
        "Saint Aldo, Quellbay. We open doors near water.",
        "",
        "Invoice 0417",
        "20 January 2005",
        "",
        "To: Brannock-Sund, Teshka project office, Vardesk",
        "",
        "Translation of a number, one: 61,000 crowns",
        "Expenses: none",
        "",
        "Payable on receipt. Please do not write the account on the envelope.",
    )
    for row, line in enumerate(lines):
        page.setFont("Helvetica-Bold" if row in {0, 3} else "Helvetica", 12)
        page.drawString(72, 760 - 22 * row, line)
    page.save()
    return out.getvalue()


REGISTER = (
    "BARRIER 4, GORGE ROAD",
    "Register of vehicles",
    "15 October 2005",
    "",
    "No   In     Out    Vehicle",
    "1    09.20   --    grey Sarn, VK ....",
    "2    09.55  13.40  white, Authority",
    "3    ....   ....   ........",
    "",
    "Keeper: (illegible)",
    "Page 88",
)


def gate_register() -> bytes:
    """A scan of one page as a bilevel picture, a little askew, with specks and a strip cut out; no text layer."""
    specks = random.Random("specks")
    page = Image.new("L", (1000, 1400), 252)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(REGISTER):
        draw.text((110, 150 + 84 * row), line, fill=30, font=ImageFont.load_default(44 if row < 3 else 36))
    draw.rectangle((90, 150 + 84 * 7 - 12, 930, 150 + 84 * 7 + 50), fill=255, outline=90, width=3)
    page = page.rotate(1.3, fillcolor=252, resample=Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(page)
    for _ in range(700):
        x, y, size = specks.randrange(1000), specks.randrange(1400), specks.choice((0, 1, 1, 2))
        draw.rectangle((x, y, x + size, y + size), fill=specks.randrange(20, 120))
    out = io.BytesIO()
    pdf = Canvas(out, pagesize=A4, invariant=1)
    pdf.setTitle("scan0088")
    pdf.drawImage(ImageReader(page.convert("1")), 0, 0, *A4)
    pdf.save()
    return out.getvalue()


def truncated() -> bytes:
    """The first part of a PDF whose copying was interrupted: it has neither its table nor its trailer."""
    whole = geotechnical_summary()
    return whole[: len(whole) * 2 // 5]
