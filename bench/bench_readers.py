"""What each reader costs: documents and megabytes a second of processor time, and the splitters.

`PYTHONPATH=. python -m bench.bench_readers [--shared DIR]` prints one line a reader. Telegrams come from
`bench.generate`; the other forms are measured where the folder of real documents is. The last column is the ratio to
a floor of the same run: for telegrams one parse of header and paragraphs (nine patterns and one `finditer`), for the
rest decoding the bytes.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from bench.generate import rows
from unsealed.ingest.readers import read
from unsealed.ingest.sniff import HEAD_BYTES, sniff
from unsealed.ingest.splitters import splitter

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    "frus-tei": "frus/tei",
    "eml": "mail",
    "table-csv": "events",
    "pdf": "pdf",
    "chat": "chats",
    "article": "press/state-milestones",
    "html": "press/wikinews-fr",
    "text": "emails",
}
HEADER = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^VZCZC\w{7}",
        r"^[ZOPR]{2} R\w+",
        r"^DE R\w+ #\d{4} \d{7}",
        r"^ZN[RY] \w{5} ZZ[HK]",
        r"^[ZOPR](?: [ZOPR])? \d{6}Z [A-Z]{3} \d\d",
        r"^FM (.+)$",
        r"^TO (.+)$",
        r"^E\.O\. \d{5}:? ?(.*)$",
        r"^TAGS:? (.+)$",
    )
]
PARAGRAPH = re.compile(r"^(\d{1,2})\. (?:\(([A-Z/]+)\) )?([^\n]*(?:\n(?!\d{1,2}\. )[^\n]*)*)", re.MULTILINE)
Item = tuple[str, bytes, bytes]


class Line(NamedTuple):
    """One line of the table: seconds of processor time of ours and of the floor."""

    name: str
    items: int
    size: int
    ours: float
    floor: float

    def text(self) -> str:
        """The line as printed."""
        each = self.ours / self.items * 1e6
        return (
            f"{self.name:<12} {self.items:>6} {each:>12.0f} {self.items / self.ours:>10.0f}"
            f" {self.size / 1e6 / self.ours:>8.1f} {self.ours / self.floor if self.floor else 0:>8.1f}"
        )


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """The least processor time of several rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def measure(name: str, items: list[Item], floor: Callable[[bytes], object]) -> Line:
    """Read all items, then run the floor over the same bytes."""
    ours = best(lambda: [read(*item) for item in items])
    bare = best(lambda: [floor(data) for _, data, _ in items])
    return Line(name, len(items), sum(len(data) for _, data, _ in items), ours, bare)


def parse(data: bytes) -> None:
    """The floor of a telegram: nine searches and one walk over paragraphs."""
    text = data.decode("utf-8", "replace").replace("\\\n", "\n")
    for pattern in HEADER:
        pattern.search(text)
    for _ in PARAGRAPH.finditer(text):
        pass


def items_of(paths: Iterable[Path], form: str) -> list[Item]:
    """The items of one form in some files."""
    found: list[Item] = []
    for path in paths:
        data = path.read_bytes()
        kind = sniff(data[:HEAD_BYTES], len(data))
        if kind.id != form:
            continue
        if not kind.container:
            found.append((form, data, b""))
            continue
        cutter = splitter(form)
        pieces = cutter.feed(data, True)
        found.extend((form, data[piece.start : piece.end], cutter.context) for piece in pieces if not piece.code)
    return found


def split_speed(form: str, data: bytes) -> float:
    """Megabytes a second of a splitter that is fed chunks of 1 MiB."""

    def work() -> None:
        cutter = splitter(form)
        for start in range(0, len(data), 1 << 20):
            cutter.feed(data[start : start + (1 << 20)], False)
        cutter.feed(b"", True)

    return len(data) / 1e6 / best(work)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    options.add_argument("--documents", type=int, default=2_000)
    given = options.parse_args()
    dump = [row.encode() for row in rows(given.documents, 1)]
    print(f"{'reader':<12} {'items':>6} {'us an item':>12} {'items/s':>10} {'MB/s':>8} {'x floor':>8}")
    print(measure("cable-csv", [("cable-csv", row, b"") for row in dump], parse).text())
    for form, folder in FOLDERS.items():
        paths = sorted(path for path in (given.shared / folder).rglob("*") if path.is_file())
        items = items_of(paths, form)
        if items:
            print(measure(form, items, lambda data: data.decode("utf-8", "replace")).text())
    print(f"\nsplitter cable-csv {split_speed('cable-csv', b''.join(dump)):.0f} MB/s")
    volumes = sorted((given.shared / "frus" / "tei").glob("*.xml"))[:3]
    if volumes:
        print(f"splitter frus-tei  {split_speed('frus-tei', b''.join(path.read_bytes() for path in volumes)):.0f} MB/s")


if __name__ == "__main__":
    main()
