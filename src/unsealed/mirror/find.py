"""The search of a mirror: a cache database of the released documents, made from the packs that the site shows.

Takes the folder of a mirror; gives documents that a query finds. `search.db` may be deleted at any time: it is made
again. It holds nothing that is not in the packs, which were compared with their signed hashes when they came.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from unsealed.errors import QueryError
from unsealed.mirror.fts import condition, marker, ranking
from unsealed.mirror.heads import object_path
from unsealed.mirror.pull import choose_policy, held_log
from unsealed.mirror.shelf import Shelf
from unsealed.mirror.source import FolderSource, read_exact
from unsealed.model import Gap, Manifest, PackageFile, PublicDocument, PublicUnit
from unsealed.query import (
    MAX_WORD_BYTES,
    bounds,
    id_keys,
    parse,
    places,
    show,
    value_key,
    words,
)
from unsealed.seal import package
from unsealed.seal.site_manifest import document_segment

FILE = "search.db"
PAGE = 20  # documents on a page of results
SECONDS = 8.0  # of one search
_STEP = 20_000  # instructions of the database between two looks at the clock
_VERSION = "unsealed-mirror-search/1"
_HIDDEN = "\ue000"  # stands for hidden words in the index: a word that nobody can ask for
SNIPPET = 260  # characters
_TEXTS = {"origin": ("origin",), "sender": ("from",), "recipient": ("to", "cc", "bcc"), "subject": ("subject", "title")}

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE packs (sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE docs (
    id INTEGER PRIMARY KEY, folder TEXT NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, date TEXT NOT NULL,
    origin TEXT NOT NULL, class TEXT NOT NULL, release INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    hidden INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE keys (field TEXT NOT NULL, key TEXT NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY (field, key, doc))
    WITHOUT ROWID;
CREATE VIRTUAL TABLE texts USING fts5(body, origin, sender, recipient, subject, content='', tokenize='ascii');
CREATE VIRTUAL TABLE terms USING fts5vocab(texts, 'col');
"""


class Hit(NamedTuple):
    """One document: its folder below `d/`, what a list shows of it, and a stretch of text as (text, is a match)."""

    folder: str
    title: str
    type: str
    date: str
    origin: str
    classification: str
    release: int
    hidden: int
    snippet: tuple[tuple[str, bool], ...]


class Found(NamedTuple):
    """A page of results. `query` is the question as it was understood, `seconds` what it took."""

    query: str
    total: int
    page: int
    hits: tuple[Hit, ...]
    seconds: float


class Library:
    """The search of one mirror. Many threads may ask at once; the cache is made or grown by one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shelf = Shelf(folder)
        self._path = folder / FILE
        self._guard = threading.Lock()
        self._seen = ""
        self.name = ""

    # --- the cache ------------------------------------------------------------------------------------

    def catch_up(self) -> int:
        """Bring the cache up to the site that is shown; gives the number of documents that were added."""
        with self._guard:
            view = self._view()
            if view == self._seen:
                return 0
            releases = self._releases()
            added = self._grow(releases)
            self._seen = view
            return added

    def _view(self) -> str:
        return str(self._shelf.public.readlink())

    def _releases(self) -> list[tuple[Manifest, tuple[PackageFile, ...]]]:
        """Every release with those of its packs that the site still shows."""
        log = held_log(self._shelf, choose_policy(self._folder, None))
        assert log is not None
        source = FolderSource(self._shelf.public)
        found = []
        for placed in log.history.packages:
            file = placed.entry.payload.manifest  # type: ignore[union-attr]
            manifest = package.decode_manifest(read_exact(source, object_path(file.sha256), file.length, file.sha256))
            packs = [one for one in _packs(manifest) if (self._shelf.public / object_path(one.sha256)).exists()]
            found.append((manifest, tuple(packs)))
        self.name = found[-1][0].name
        return found

    def _grow(self, releases: Sequence[tuple[Manifest, tuple[PackageFile, ...]]]) -> int:
        wanted = {file.sha256 for _, packs in releases for file in packs}
        held = self._held()
        if held is None or not held <= wanted:
            return self._write(self._fresh(), releases, set())
        return self._write(self._path, releases, held)

    def _held(self) -> set[str] | None:
        """The packs in the cache; None where it has to be made anew."""
        if not self._path.exists():
            return None
        try:
            with self._connect(self._path) as connection:
                version = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
                rows = connection.execute("SELECT sha256 FROM packs").fetchall()
        except sqlite3.Error:
            return None
        return {row[0] for row in rows} if version == (_VERSION,) else None

    def _fresh(self) -> Path:
        path = self._path.with_name(FILE + ".new")
        path.unlink(missing_ok=True)
        with self._connect(path) as connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('version', ?)", (_VERSION,))
        return path

    def _write(self, path: Path, releases: Sequence[tuple[Manifest, tuple[PackageFile, ...]]], held: set[str]) -> int:
        source, added = FolderSource(self._shelf.public), 0
        with self._connect(path) as connection:
            connection.execute("BEGIN")
            for manifest, packs in releases:
                for place, file in enumerate(packs):
                    if file.sha256 in held:
                        continue
                    data = read_exact(source, object_path(file.sha256), file.length, file.sha256)
                    for at, document in enumerate(package.decode_pack(data)):
                        number = (manifest.number << 32) + (place << 10) + at
                        added += self._add(connection, number, document)
                    connection.execute("INSERT OR IGNORE INTO packs VALUES (?)", (file.sha256,))
            connection.execute("COMMIT")
        if path != self._path:
            os.replace(path, self._path)
        return added

    def _add(self, connection: sqlite3.Connection, number: int, document: PublicDocument) -> int:
        """One document, where the site has its page: what was withdrawn has none."""
        folder = document_segment(document.id, document.slot)
        if not (self._shelf.public / "d" / folder / "index.html").is_file():
            return 0
        text, indexed = _texts(document)
        date = document.first("date")
        low, high = bounds(date) or (0, 0)
        connection.execute(
            "INSERT INTO docs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, folder, document.title, document.type, date, document.first("origin"), document.first("class"),
             document.release, low, high, document.hidden_atoms, text),
        )  # fmt: skip
        columns = [_words(value for name in names for value in document.all(name)) for names in _TEXTS.values()]
        connection.execute("INSERT INTO texts (rowid, body, origin, sender, recipient, subject) VALUES (?,?,?,?,?,?)",
                           (number, indexed, *columns))  # fmt: skip
        rows = {(field, key, number) for field, key in _keys(document) if key}
        connection.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", rows)
        return 1

    @contextlib.contextmanager
    def _connect(self, path: Path) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            yield connection
        finally:
            connection.close()

    # --- questions ------------------------------------------------------------------------------------

    def find(self, text: str, page: int) -> Found:
        """A page of what a query finds. Raises QueryError: it cannot be read, or takes too long."""
        self._refresh()
        start = time.monotonic()
        node = parse(text)
        with self._connect(self._path) as connection:
            connection.execute("PRAGMA query_only = ON")
            end = start + SECONDS
            connection.set_progress_handler(lambda: time.monotonic() > end, _STEP)
            try:
                where = condition(node, lambda pattern, column: _terms(connection, pattern, column))
                count = f"SELECT count(*) FROM docs AS d WHERE {where.sql}"  # noqa: S608 - see fts.py
                total = connection.execute(count, where.values).fetchone()[0]
                rows = _rows(connection, where.sql, where.values, ranking(node), (page - 1) * PAGE)
            except sqlite3.OperationalError as error:
                raise QueryError(
                    "This question takes too long here.", query=text, position=0, remedy="Ask for more words at once."
                ) from error
        sought = marker(node)
        hits = tuple(Hit(*row[:-1], _snippet(row[-1], sought)) for row in rows)  # type: ignore[call-arg]
        return Found(show(node), total, page, hits, time.monotonic() - start)

    def _refresh(self) -> None:
        """A newer site is shown: grow the cache beside, answer from the old one meanwhile."""
        if self._view() != self._seen and not self._guard.locked():
            threading.Thread(target=self.catch_up, daemon=True).start()


def _packs(manifest: Manifest) -> list[PackageFile]:
    """Packs of a package, those that replace packs of earlier ones included."""
    return [file for file in manifest.files if file.path.endswith(".zst")]


def _rows(
    connection: sqlite3.Connection, where: str, values: tuple[object, ...], rank: str, offset: int
) -> list[tuple[Any, ...]]:
    columns = "d.folder, d.title, d.type, d.date, d.origin, d.class, d.release, d.hidden, d.text"
    if rank:
        join = "LEFT JOIN (SELECT rowid, bm25(texts, 1, 0, 0, 0, 2) AS score FROM texts WHERE texts MATCH ?) AS r"
        sql = f"SELECT {columns} FROM docs AS d {join} ON r.rowid = d.id WHERE {where} ORDER BY r.score, d.id"  # noqa: S608
        values = (rank, *values)
    else:
        sql = f"SELECT {columns} FROM docs AS d WHERE {where} ORDER BY d.id"  # noqa: S608
    return connection.execute(f"{sql} LIMIT {PAGE} OFFSET {offset}", values).fetchall()


def _terms(connection: sqlite3.Connection, pattern: str, column: str) -> Iterator[str]:
    """Terms of a text column, or keys of a key field, that fit a LIKE pattern."""
    if column in ("body", *_TEXTS):
        rows = connection.execute("SELECT term FROM terms WHERE col = ? AND term LIKE ?", (column, pattern))
    else:
        rows = connection.execute("SELECT DISTINCT key FROM keys WHERE field = ? AND key LIKE ?", (column, pattern))
    return (row[0] for row in rows)


# --- one document -------------------------------------------------------------------------------------


def _texts(document: PublicDocument) -> tuple[str, str]:
    """What is shown of a document, with a mark where something is hidden; and its words for the index."""
    shown: list[str] = []
    indexed: list[str] = []
    for block in document.blocks:
        for run in block.runs if isinstance(block, PublicUnit) else (block,):
            hidden = isinstance(run, Gap)
            shown.append("█████" if isinstance(run, Gap) else run.text)
            indexed.append(_HIDDEN if hidden else _words([run.text]))  # type: ignore[union-attr]
        shown.append("\n")
    return "".join(shown), " ".join(indexed)


def _words(texts: Iterator[str] | Sequence[str]) -> str:
    return " ".join(word for text in texts for word in words(text) if len(word.encode()) <= MAX_WORD_BYTES)


def _keys(document: PublicDocument) -> Iterator[tuple[str, str]]:
    for identifier in (document.id, *document.all("id")):
        yield from (("ids", key) for key in id_keys(identifier))
    for identifier in document.all("ref"):
        yield from (("refs", key) for key in id_keys(identifier))
    yield "type", value_key(document.type)
    for name in ("tag", "lang"):
        yield from ((name, value_key(value)) for value in document.all(name))
    for value in document.all("class"):
        parts = value_key(value).split(" ")
        yield from (("class", " ".join(parts[: end + 1])) for end in range(len(parts)))


def _snippet(text: str, sought: Callable[[str], bool]) -> tuple[tuple[str, bool], ...]:
    """The stretch with most different sought words, as pieces: (text, is a match)."""
    text = text[:200_000]
    found = [(word, start, end) for word, start, end in places(text) if sought(word)]
    begin = max(_best(found) - 60, 0)
    begin = text.rfind(" ", 0, begin) + 1 if begin else 0
    end = min(begin + SNIPPET, len(text))
    pieces: list[tuple[str, bool]] = []
    at = begin
    for _, first, last in found:
        if first >= at and last <= end:
            pieces += [(text[at:first], False), (text[first:last], True)]
            at = last
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return tuple((" ".join(piece.split()) if not piece.strip() else _squeezed(piece), hit) for piece, hit in pieces)


def _squeezed(piece: str) -> str:
    """White space as single spaces, kept at the ends where it separates from a neighbour."""
    inner = " ".join(piece.split())
    return (" " if piece[0].isspace() else "") + inner + (" " if piece[-1].isspace() else "")


def _best(found: Sequence[tuple[str, int, int]]) -> int:
    """Where the window with most different words begins; 0 where nothing was found."""
    best, most = 0, 0
    for index, (_, start, _) in enumerate(found[:500]):
        inside = {word for word, first, _ in found[index : index + 60] if first < start + SNIPPET - 80}
        if len(inside) > most:
            best, most = start, len(inside)
    return best
