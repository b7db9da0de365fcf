"""Search against its floors, in the same run on the same documents: bare tantivy, and SQLite FTS5.

    python bench/bench_search.py --documents 10000 --fts
    python bench/bench_search.py --archive DIR --work DIR

Floors. *Index*: tantivy alone takes the bare text (CPU seconds; reading the archive is measured apart and taken
off ours). *Search*: tantivy alone gives the ids of the top 20, the five facets and 20 snippets from texts in an
uncompressed file; SQLite FTS5 gives the top 20 by its own rank, count, five facets by GROUP BY, and snippets.
Each query runs `--rounds` times, the fastest counts. Times of queries are CPU time of the asking thread, in which all
three engines answer: a neighbour on the machine is not measured. With `--work` the floors stay there and a second
run uses them and the archive's index again, without the lines on indexing.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import tantivy

from unsealed.archive import Archive, StoredReading
from unsealed.query import And, Node, Or, Phrase, Prefix, Word, show, words
from unsealed.search import Index, reading_text
from unsealed.search.schema import FACETS, register

ROOT = Path(__file__).resolve().parents[1]
SAMPLED = 400  # documents from which queries are drawn


class Texts:
    """The bare texts in one flat file, with their facet values: what both floors read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offsets = array("Q", [0])
        self.values: list[tuple[str, str, str, tuple[str, ...], str]] = []

    def fill(self, archive: Archive) -> float:
        """Write all texts; gives the CPU seconds that reading the archive took, writing left out."""
        spent = 0.0
        with open(self.path, "wb") as file:
            started = time.process_time()
            for stored in archive.readings():
                text = reading_text(stored.reading)
                spent += time.process_time() - started
                self._add(file, stored, text)
                started = time.process_time()
        self.path.with_suffix(".cards").write_bytes(pickle.dumps((self.offsets, self.values)))
        self.open()
        return spent

    def open(self) -> None:
        self.offsets, self.values = pickle.loads(self.path.with_suffix(".cards").read_bytes())
        self._descriptor = os.open(self.path, os.O_RDONLY)

    def _add(self, file: BinaryIO, stored: StoredReading, text: str) -> None:
        reading = stored.reading
        data = text.encode()
        file.write(data)
        self.offsets.append(self.offsets[-1] + len(data))
        value = (reading.first("origin"), reading.first("date")[:4], reading.first("class"), tuple(reading.all("tag")))
        self.values.append((*value, reading.type))

    def __len__(self) -> int:
        return len(self.values)

    def text(self, number: int) -> str:
        start, end = self.offsets[number], self.offsets[number + 1]
        return os.pread(self._descriptor, end - start, start).decode()


class BareTantivy:
    """The engine and nothing else."""

    def __init__(self, folder: Path) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", indexed=True, fast=True)
        builder.add_text_field("body", tokenizer_name="words", index_option="position")
        for name in FACETS:
            if name == "year":
                builder.add_integer_field("facet_year", fast=True)
            else:
                builder.add_text_field(f"facet_{name}", tokenizer_name="raw", index_option="basic", fast=True)
        self.schema = builder.build()
        folder.mkdir(exist_ok=True)
        self.index = register(tantivy.Index(self.schema, str(folder)))

    def fill(self, texts: Texts, memory: int, threads: int) -> float:
        started = time.process_time()
        writer = self.index.writer(memory, threads)
        for number in range(len(texts)):
            origin, year, klass, tags, kind = texts.values[number]
            entry = tantivy.Document()
            entry.add_unsigned("row", number)
            entry.add_text("body", texts.text(number))
            entry.add_text("facet_origin", origin)
            entry.add_text("facet_class", klass)
            entry.add_text("facet_type", kind)
            if year:
                entry.add_integer("facet_year", int(year))
            for tag in tags:
                entry.add_text("facet_tag", tag)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        return time.process_time() - started

    def query(self, node: Node) -> tantivy.Query:
        query = tantivy.Query
        match node:
            case Word(text):
                return query.term_query(self.schema, "body", text)
            case Prefix(text):
                return query.fuzzy_term_query(self.schema, "body", text, distance=0, prefix=True)
            case Phrase(sought, slop):
                return query.phrase_query(self.schema, "body", list(sought), slop=slop)
            case And(nodes):
                return query.boolean_query([(tantivy.Occur.Must, self.query(child)) for child in nodes])
            case Or(nodes):
                return query.boolean_query([(tantivy.Occur.Should, self.query(child)) for child in nodes])
        raise AssertionError(node)

    def ask(self, node: Node, texts: Texts) -> int:
        """Ids of the top 20, count, facets, snippets; the count."""
        searcher, query = self.index.searcher(), self.query(node)
        found = searcher.search(query, 20, count=True)
        rows = searcher.fast_field_values("row", [address for _, address in found.hits])
        searcher.aggregate(query, {name: {"terms": {"field": f"facet_{name}", "size": 25}} for name in FACETS})
        generator = tantivy.SnippetGenerator.create(searcher, query, self.schema, "body")
        for row in rows:
            snippet = generator.snippet_from_doc(tantivy.Document(body=[texts.text(int(row or 0))]))
            snippet.fragment(), snippet.highlighted()
        return int(found.count)


class Fts5:
    """SQLite's full text search with the same features."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path)
        self.db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;"
            "CREATE TABLE card (id INTEGER PRIMARY KEY, origin, year, class, type);"
            "CREATE TABLE tag (id INTEGER, tag); "
            "CREATE VIRTUAL TABLE doc USING fts5(body, tokenize='unicode61');"
        )

    def fill(self, texts: Texts) -> float:
        started = time.process_time()
        for number in range(len(texts)):
            origin, year, klass, tags, kind = texts.values[number]
            self.db.execute("INSERT INTO doc(rowid, body) VALUES (?, ?)", (number, texts.text(number)))
            self.db.execute("INSERT INTO card VALUES (?, ?, ?, ?, ?)", (number, origin, year, klass, kind))
            self.db.executemany("INSERT INTO tag VALUES (?, ?)", [(number, tag) for tag in tags])
        self.db.execute("CREATE INDEX tag_id ON tag(id)")
        self.db.commit()
        return time.process_time() - started

    def ask(self, node: Node, texts: Texts) -> int:
        query = self._text(node)
        found = self.db.execute("SELECT rowid FROM doc WHERE doc MATCH ?", (query,)).fetchall()
        ids = "(SELECT rowid FROM doc WHERE doc MATCH ?)"
        for name in ("origin", "year", "class", "type"):
            sql = f"SELECT {name}, count(*) n FROM card WHERE id IN {ids} GROUP BY 1 ORDER BY n DESC LIMIT 25"
            self.db.execute(sql, (query,)).fetchall()
        sql = f"SELECT tag, count(*) n FROM tag WHERE id IN {ids} GROUP BY 1 ORDER BY n DESC LIMIT 25"
        self.db.execute(sql, (query,)).fetchall()
        sql = "SELECT rowid, snippet(doc, 0, '[', ']', '…', 32) FROM doc WHERE doc MATCH ? ORDER BY rank LIMIT 20"
        self.db.execute(sql, (query,)).fetchall()
        return len(found)

    def _text(self, node: Node) -> str:
        match node:
            case Word(text):
                return f'"{text}"'
            case Prefix(text):
                return f'"{text}"*'
            case Phrase(sought, 0):
                return f'"{" ".join(sought)}"'
            case Phrase(sought, slop):
                return f"NEAR({' '.join(sought)}, {slop})"
            case And(nodes):
                return " AND ".join(map(self._text, nodes))
            case Or(nodes):
                return " OR ".join(map(self._text, nodes))
        raise AssertionError(node)


class Asked(NamedTuple):
    kind: str
    node: Node


def queries(texts: Texts, count: int) -> list[Asked]:
    """Words, pairs, alternatives, phrases, near words and prefixes, drawn from the documents themselves.

    Drawn from the running text a word is as frequent as in it, drawn from the vocabulary it is rare: half and half.
    """
    random_ = random.Random(2010)
    sample = [words(texts.text(random_.randrange(len(texts)))) for _ in range(min(SAMPLED, len(texts)))]
    vocabulary = sorted({word for found in sample for word in found if word.isalpha() and len(word) > 2})
    makers: dict[str, Callable[[], Node]] = {
        "word, rare": lambda: Word(random_.choice(vocabulary)),
        "word, as written": lambda: Word(_running(random_, sample, 1)[0]),
        "two words": lambda: And(tuple(map(Word, (_running(random_, sample, 1)[0], random_.choice(vocabulary))))),
        "either word": lambda: Or(tuple(map(Word, (_running(random_, sample, 1)[0], random_.choice(vocabulary))))),
        "phrase": lambda: Phrase(tuple(_running(random_, sample, 2))),
        "near": lambda: Phrase(tuple(dict.fromkeys(_running(random_, sample, 2))), 5),
        "prefix": lambda: Prefix(random_.choice(vocabulary)[:5]),
    }
    kinds = list(makers)
    return [Asked(kinds[number % len(kinds)], makers[kinds[number % len(kinds)]]()) for number in range(count)]


def _running(random_: random.Random, sample: list[list[str]], count: int) -> list[str]:
    while True:
        found = random_.choice(sample)
        at = random_.randrange(max(1, len(found) - count))
        taken = found[at : at + count]
        if len(set(taken)) == count and all(len(word) > 2 and word.isalpha() for word in taken):
            return taken


def milliseconds(ask: Callable[[Node], int], asked: list[Asked], rounds: int) -> tuple[list[float], list[int]]:
    """The fastest time of each query, and its count."""
    best, totals = [float("inf")] * len(asked), [0] * len(asked)
    for _ in range(rounds):
        for number, (_, node) in enumerate(asked):
            started = time.thread_time()
            totals[number] = ask(node)
            best[number] = min(best[number], (time.thread_time() - started) * 1000)
    return best, totals


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def prepared(arguments: argparse.Namespace, work: Path) -> Path:
    """The archive to measure: the one named, or one that is generated and ingested here."""
    if arguments.archive:
        return Path(arguments.archive)
    dump, archive = work / "cables.csv", work / "archive"
    for command in (
        [
            str(ROOT / "bench" / "generate.py"),
            "--documents",
            str(arguments.documents),
            "--seed",
            "1",
            "--out",
            str(dump),
        ],
        ["-m", "unsealed", "init", str(archive), "--name", "Bench"],
        ["-m", "unsealed", "ingest", str(dump), "--archive", str(archive), "--no-index"],
    ):
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return archive


def run(arguments: argparse.Namespace, work: Path) -> Iterator[tuple[str, str, str, str]]:
    """The lines of the table: what, ours, floor, ratio."""
    with Archive.open(prepared(arguments, work)) as archive:
        texts, bare = Texts(work / "texts"), BareTantivy(work / "bare")
        if (work / "done").exists():
            texts.open()
            with Index.open(archive) as index:
                yield "documents, text", f"{len(texts):,}", f"{texts.offsets[-1] / 1e9:.2f} GB", ""
                yield from searches(arguments, work, texts, bare, index)
            return
        reading = texts.fill(archive)
        settings = archive.settings.search
        floor = bare.fill(texts, settings.writer_memory, settings.writer_threads)
        shutil.rmtree(archive.path / "index", ignore_errors=True)
        with Index.open(archive) as index:
            started, clock = time.process_time(), time.perf_counter()
            index.catch_up()
            ours, clock = time.process_time() - started - reading, time.perf_counter() - clock
            size = texts.offsets[-1]
            yield "documents, text", f"{len(texts):,}", f"{size / 1e9:.2f} GB", ""
            yield "index, CPU s", f"{ours:.1f}", f"{floor:.1f}", f"{ours / floor:.2f}"
            yield "catch-up, documents/s", f"{len(texts) / clock:,.0f}", "", ""
            yield "index on disk, part of text", *_sizes(archive.path / "index", work / "bare", size)
            (work / "done").touch()
            yield (
                "peak memory with both indexes and the bench's own, MiB",
                f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}",
                "",
                "",
            )
            yield from searches(arguments, work, texts, bare, index)


def _sizes(ours: Path, bare: Path, text: int) -> tuple[str, str, str]:
    sizes = [sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) for folder in (ours, bare)]
    return f"{sizes[0] / text:.2f}", f"{sizes[1] / text:.2f}", f"{sizes[0] / sizes[1]:.2f}"


def searches(
    arguments: argparse.Namespace, work: Path, texts: Texts, bare: BareTantivy, index: Index
) -> Iterator[tuple[str, str, str, str]]:
    """The lines on searching."""
    asked = queries(texts, arguments.queries)
    floors, floor_totals = milliseconds(lambda node: bare.ask(node, texts), asked, arguments.rounds)
    ours, totals = milliseconds(lambda node: index.search(node).total, asked, arguments.rounds)
    for (kind, node), total, other in zip(asked, totals, floor_totals, strict=True):
        assert total == other or kind == "near", (show(node), total, other)
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        a, b = percentile(ours, part), percentile(floors, part)
        yield f"search {name}, ms (floor: bare tantivy)", f"{a:.2f}", f"{b:.2f}", f"{a / b:.2f}"
    for kind in Counter(kind for kind, _ in asked):
        a, b = (percentile([t for t, q in zip(ts, asked, strict=True) if q.kind == kind], 0.5) for ts in (ours, floors))
        yield f"  {kind}, median", f"{a:.2f}", f"{b:.2f}", f"{a / b:.2f}"
    if arguments.fts:
        (work / "fts.db").unlink(missing_ok=True)
        fts = Fts5(work / "fts.db")
        seconds = fts.fill(texts)
        slow, _ = milliseconds(lambda node: fts.ask(node, texts), asked, 1)
        yield "index, CPU s (SQLite FTS5)", "", f"{seconds:.1f}", ""
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            a, b = percentile(ours, part), percentile(slow, part)
            yield f"search {name}, ms (floor: SQLite FTS5)", f"{a:.2f}", f"{b:.2f}", f"{b / a:.0f} × faster"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000, help="size of the archive that is generated")
    parser.add_argument("--archive", help="an archive that is there already (its index is made anew)")
    parser.add_argument("--work", help="folder in which the floors stay; default: a temporary one")
    parser.add_argument("--queries", type=int, default=350)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fts", action="store_true", help="measure SQLite FTS5 too (minutes at full size)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(arguments.work or folder)
        work.mkdir(parents=True, exist_ok=True)
        print("| what | ours | floor | ratio |\n|---|--:|--:|--:|", flush=True)
        for line in run(arguments, work):
            print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()
