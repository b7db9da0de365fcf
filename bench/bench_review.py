"""Comparison of a release with itself and with public texts: speed, peak memory, and what of planted leaks is found.

    python -m bench.bench_review [--documents N] [--words N] [--most N]

Documents of random words; two names are withheld in every one of them. One of fifty has a copy of another one's
paragraph that shows the name, every second copy with its pieces in another order; a hundred public texts quote three
documents each. Every planted leak must be found, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Iterator

from bench.vocabulary import FREQUENT
from unsealed.model import Unit
from unsealed.review.comparison import batches
from unsealed.review.passages import Stream, private_stream, shown_stream
from unsealed.review.state import MarkRecord

_PARAGRAPH = 100  # words
_COPIED = 50  # one document of so many holds a copy, every second one in another order
_PIECE = 7  # words


def paragraph(document: int, number: int) -> tuple[str, list[str]]:
    """The same every time that it is asked for; names of its own stand in the first two."""
    chance = random.Random(document * 1000 + number)
    words = chance.choices(FREQUENT, k=_PARAGRAPH)
    names = [f"Karl{document}x Ottmar{number}"] if number < 2 else []
    for name in names:
        words.insert(chance.randrange(20, 80), name)
    return " ".join(words), names


def units(document: int, paragraphs: int) -> tuple[list[Unit], list[MarkRecord]]:
    found, marks = [], []
    for number in range(paragraphs):
        text, names = paragraph(document, number)
        for name in names:
            start = text.index(name)
            marks.append(
                MarkRecord(document * 2 + number + 1, document, 1, number, start, start + len(name), "private")
            )
        found.append(Unit("paragraph", text))
    if document % _COPIED == 1:
        copied = paragraph(document - 1, 0)[0]
        found.append(Unit("quote", reordered(copied) if document // _COPIED % 2 else copied))
    return found, marks


def reordered(text: str) -> str:
    """The same words, in pieces of seven, with every second piece first."""
    words = text.split(" ")
    pieces = [words[at : at + _PIECE] for at in range(0, len(words), _PIECE)]
    return " ".join(word for piece in (*pieces[1::2], *pieces[::2]) for word in piece)


def streams(documents: int, paragraphs: int) -> Iterator[tuple[int, Stream]]:
    for document in range(documents):
        yield document, private_stream(*units(document, paragraphs))


def texts(documents: int) -> Iterator[Stream]:
    """Public texts: each quotes the middle of three documents."""
    for number in range(100):
        quoted = [paragraph((number * 3 + step) % documents, 0)[0] for step in range(3)]
        yield shown_stream(enumerate(["As we reported.", *quoted]))


def measure(documents: int, words: int, most: int) -> dict[str, object]:
    paragraphs = max(2, words // _PARAGRAPH)
    planted = {("document", one - 1) for one in range(1, documents, _COPIED)}
    planted |= {("text", (number * 3 + step) % documents) for number in range(100) for step in range(3)}
    made = time.process_time()
    for _ in streams(documents, paragraphs):
        pass
    made = time.process_time() - made
    found: set[tuple[str, int]] = set()
    passes = 0
    start, cpu = time.perf_counter(), time.process_time()
    for comparison in batches(streams(documents, paragraphs), most):
        passes += 1
        for _, stream in streams(documents, paragraphs):
            found |= {("document", one.secret.item) for one in comparison.showings(stream)}
        for stream in texts(documents):
            found |= {("text", one.secret.item) for one in comparison.showings(stream)}
    cpu = time.process_time() - cpu
    return {
        "documents": documents, "words": documents * paragraphs * _PARAGRAPH,
        "windows": documents * 2, "passes": passes,
        "seconds": round(time.perf_counter() - start, 1), "cpu_seconds": round(cpu, 1),
        "cpu_seconds_reading_once": round(made, 1),
        "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "planted": len(planted), "missed": len(planted - found), "wrong": len(found - planted),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=600, help="of a document")
    parser.add_argument("--most", type=int, default=50_000, help="windows in memory at once")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.documents, chosen.words, chosen.most), indent=1))


if __name__ == "__main__":
    main()
