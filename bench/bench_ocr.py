"""OCR and PDF against their floors, in the same run on the same pages.

    python bench/bench_ocr.py --pages 4
    python bench/bench_ocr.py --scan FILE.pdf --digital FILE.pdf

Floors. *OCR*: the `tesseract` binary on the same pixels (a PNG), one thread, if it is installed. *PDF*: pypdfium2's
own plain text of every page, without boxes. CPU seconds of the process and its children. Accuracy: share of the words
of a generated page that OCR gives back.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.ingest.sheets import WORDS, photographed, typed  # noqa: E402

from unsealed.ingest.ocr import engine  # noqa: E402
from unsealed.ingest.ocr.draw import Sheets  # noqa: E402
from unsealed.ingest.ocr.languages import data_folder  # noqa: E402
from unsealed.ingest.readers import read  # noqa: E402


def cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(work: Callable[[], object]) -> float:
    start = cpu()
    work()
    return cpu() - start


def pages_of(scan: Path | None, count: int) -> Iterator[Image.Image]:
    if scan is None:
        text = " ".join([WORDS] * 4)
        for number in range(count):
            yield photographed(typed(f"Page {number}. {text}", size=10))
        return
    sheets = Sheets("pdf", scan.read_bytes())
    for number in range(1, min(count, sheets.count) + 1):
        drawn = sheets.draw(number, 200)
        yield Image.frombytes("L", (drawn.width, drawn.height), drawn.pixels)


def binary(picture: Image.Image) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        picture.save(path, compress_level=1)
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        subprocess.run(
            ["tesseract", str(path), "-", "--dpi", "200", "-l", "eng"], env=environment, check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def ocr(scan: Path | None, count: int) -> None:
    folder = data_folder()
    pages = list(pages_of(scan, count))
    words = 0
    ours = 0.0
    for page in pages:
        start = cpu()
        words += len(engine.read(page.tobytes(), page.width, page.height, 200, ("eng",), folder).words)
        ours += cpu() - start
    print(f"OCR, {len(pages)} pages, {words} words: {ours / len(pages):.2f} CPU-s a page")
    if shutil.which("tesseract"):
        theirs = sum(timed(lambda page=page: binary(page)) for page in pages)
        print(f"  tesseract binary: {theirs / len(pages):.2f} CPU-s a page; ours takes {ours / theirs:.2f} of it")
    clean = photographed(typed())
    found = Counter(word.text for word in engine.read(clean.tobytes(), *clean.size, 200, ("eng",), folder).words)
    wanted = Counter(WORDS.split())
    print(f"  words of a clean page at 200 dpi: {(wanted & found).total() / wanted.total():.4f}")


def plain(data: bytes) -> None:
    document = pdfium.PdfDocument(data)
    for page in document:
        page.get_textpage().get_text_range()


def digital(path: Path | None) -> None:
    data = path.read_bytes() if path else typed(" ".join([WORDS] * 4), size=10)
    rounds = 1 if path else 50
    read("pdf", data)  # imports
    count = len(pdfium.PdfDocument(data)) * rounds
    ours = timed(lambda: [read("pdf", data) for _ in range(rounds)])
    floor = timed(lambda: [plain(data) for _ in range(rounds)])
    print(f"PDF, {count} pages: {count / ours:.0f} pages/CPU-s with boxes, kinds and all beside the pages")
    print(f"  pypdfium2, plain text: {count / floor:.0f} pages/CPU-s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--scan", type=Path, help="a scanned PDF instead of generated pages")
    parser.add_argument("--digital", type=Path, help="a born-digital PDF instead of a generated page")
    options = parser.parse_args()
    start = time.monotonic()
    ocr(options.scan, options.pages)
    digital(options.digital)
    print(f"{time.monotonic() - start:.1f} s by the clock")


if __name__ == "__main__":
    main()
