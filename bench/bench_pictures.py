"""Pages as pictures: how fast pages are drawn, filled and written, and read by OCR, at first and from the cache.

    python bench/bench_pictures.py [--pages 24]

One PDF of printed pages (A4, about 400 words each, one word in twenty withheld), at `release.page_dpi`.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas as Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.review.small_archive import make_archive  # noqa: E402

from bench.vocabulary import FREQUENT, ROOTS  # noqa: E402
from unsealed.archive import Archive, NewItem, encode_reading  # noqa: E402
from unsealed.crypto import sha256  # noqa: E402
from unsealed.ingest.readers.pdf.document import read  # noqa: E402
from unsealed.release.pictures.image import png  # noqa: E402
from unsealed.release.pictures.layout import layout_of, sheets  # noqa: E402
from unsealed.release.pictures.make import develop  # noqa: E402
from unsealed.release.pictures.studio import Studio  # noqa: E402


def document(pages: int, rng: random.Random) -> bytes:
    """A PDF of printed pages."""
    target = io.BytesIO()
    sheet = Page(target, pagesize=(595, 842), invariant=1)
    for _ in range(pages):
        sheet.setFont("Times-Roman", 11)
        for line in range(40):
            sheet.drawString(60, 780 - 17 * line, " ".join(rng.choices([*FREQUENT, *ROOTS], k=10))[:90])
        sheet.showPage()
    sheet.save()
    return target.getvalue()


def stored(archive: Archive, data: bytes) -> int:
    """The PDF as an item of an archive."""
    reading = read(data, b"").reading
    assert reading is not None
    growth = archive.grow()
    digest = sha256(data).digest()
    item = growth.add_item(
        NewItem(0, 0, 0, "in/pages.pdf", -1, -1, digest, len(data), "read", "pdf"), growth.place(data, digest)
    )
    growth.add_reading(item, reading, encode_reading(reading))
    growth.commit()
    return item


def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=24)
    asked = parser.parse_args()
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder, make_archive(Path(folder) / "a") as archive:
        item = stored(archive, document(asked.pages, rng))
        reading = archive.reading(archive.current_row(item)).reading
        layout = layout_of(reading)
        assert layout is not None
        began = time.perf_counter()
        masks = [bytes(rng.random() < 0.05 for _ in unit.text) for unit in reading.units]
        wanted = sheets(reading, layout, masks, ())
        say("laid out", asked.pages, began)
        with Studio(archive) as studio:
            studio.draw(item, 1, archive.settings.release.page_dpi)  # the start of the worker is not counted
            began = time.perf_counter()
            done = [develop(archive, studio, item, sheet, "grey") for sheet in wanted]
            say("drawn, filled, packed", asked.pages, began)
            size = sum(len(png(one.canvas, "grey", one.rows)) for one in done)
            for name in ("read by OCR", "read from the cache"):
                began = time.perf_counter()
                studio.words([one.canvas for one in done])
                say(name, asked.pages, began)
        print(f"a picture takes {size / asked.pages / 1000:.0f} kB")


def say(what: str, pages: int, began: float) -> None:
    """One line of the table."""
    spent = time.perf_counter() - began
    print(f"{what:24} {pages / spent:8.2f} pages/s  ({spent:.2f} s)")


if __name__ == "__main__":
    main()
