"""How fast the site is built, against a floor in the same run: a bare Jinja render and the same files written.

    python bench/bench_site.py [--documents 2000] [--out DIR]

Prints one line of JSON. `ratio` is the CPU of a document (decode, render, four files, hashes) over the floor's;
`incremental` is the second
release of 12 documents.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import jinja2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.site.fiction import plain
from tests.site.press import Draft, Press

from unsealed.site import build_site
from unsealed.site.build import _Build
from unsealed.site.frame import templates
from unsealed.site.packages import Package

WORDS = 1040  # the mean length of a cable
FLOOR = """<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1><dl>{% for name, value in fields %}
<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
{% for label, text in units %}<p class="{{ label }}">{{ text }}</p>
{% endfor %}"""


def cable(number: int) -> Draft:
    """A cable of mean length: twelve paragraphs, one name withheld."""
    small = plain(number)
    words = "The ferry ran as usual and the price of bread at the quay stayed what it was in the week before last "
    text = (words * 5)[: WORDS * 6 // 12]
    paragraphs = tuple(("paragraph", f"{index}. (U) {text}Anton Keel {index}.\n\n") for index in range(1, 13))
    return Draft(small.id, small.type, small.units[:3] + paragraphs, small.fields, ((5, "Anton Keel", 1),))


def floor(press: Press, slots: list[int], folder: Path) -> float:
    """CPU seconds to render each document with a bare template and write page, text, JSON and proof."""
    template = jinja2.Environment(autoescape=True).from_string(FLOOR)
    documents = press.documents(slots, 1)
    start = time.process_time()
    for slot, document in zip(slots, documents, strict=True):
        draft = press.drafts[slot]
        place = folder / str(slot)
        place.mkdir(parents=True)
        page = template.render(title=document.title, fields=draft.fields, units=draft.units)
        text = "".join(text for _, text in draft.units)
        for name, data in (("a.html", page), ("a.txt", text), ("a.json", document.proof), ("a.proof", document.proof)):
            (place / name).write_bytes(data.encode())
    return time.process_time() - start


def timed_documents() -> dict[str, float]:
    """Count the CPU seconds of the documents' part of a build: decode, render, all four files, hashes."""
    spent = {"cpu": 0.0, "user": 0.0}
    original = _Build._documents

    def measured(self: _Build, package: Package) -> None:
        start, user = time.process_time(), os.times().user
        original(self, package)
        spent["cpu"] += time.process_time() - start
        spent["user"] += os.times().user - user

    _Build._documents = measured  # type: ignore[method-assign]
    return spent


def main() -> None:
    """Build, build again after 12 more documents, compare with the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    folder = arguments.out or Path(tempfile.mkdtemp(prefix="bench-site-"))
    count = arguments.documents
    press = Press(folder, [cable(number) for number in range(count + 12)])
    press.seal()
    press.release(list(range(count)), "The bulk of it")
    base = floor(press, list(range(count)), folder / "floor")
    templates()  # compiled once in a process
    spent = timed_documents()
    wall, cpu = time.perf_counter(), time.process_time()
    first = build_site(press.packages, press.public, press.cache, log=press.log_folder)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    documents_cpu, documents_user = spent["cpu"], spent["user"]
    press.release(list(range(count, count + 12)), "Twelve more")
    again = time.process_time()
    second = build_site(press.packages, press.public, press.cache, log=press.log_folder)
    again = time.process_time() - again
    page = (press.public / "d" / f"{press.drafts[0].id}" / "index.html").stat().st_size
    if not arguments.out:
        shutil.rmtree(folder)
    print(
        json.dumps(
            {
                "bench": "site",
                "documents": count,
                "cpus": os.cpu_count(),
                "page_bytes": page,
                "document_pages_per_cpu_second": round(first.pages_made / documents_cpu),
                # without the system's part, which grows with whatever else writes files
                "document_pages_per_user_second": round(first.pages_made / documents_user),
                "whole_build_pages_per_cpu_second": round(first.pages_made / cpu),
                "wall_seconds": round(wall, 2),
                "floor_pages_per_cpu_second": round(count / base),
                "ratio": round(documents_cpu / base, 2),
                "incremental_cpu_seconds": round(again, 2),
                "incremental_pages": second.pages_made,
                "incremental_files_written": second.written,
                "incremental_files_kept": second.kept,
            }
        )
    )


if __name__ == "__main__":
    main()
