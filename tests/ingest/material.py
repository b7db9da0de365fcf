"""Small sources that touch every way through ingest, a worker without a process, and an archive as plain values."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from unsealed.archive import SETTINGS, Archive
from unsealed.ingest import pipeline
from unsealed.ingest.extract import worker as extract_worker
from unsealed.ingest.journal import Report
from unsealed.ingest.looking import Looker
from unsealed.sandbox import Failure, Limits, SandboxError

SMALL_SETTINGS = "\n[ingest]\nbatch_items = 5\ncommit_items = 3\nworkers = 2\n"
WORDS = ("harbour", "minister", "grain", "treaty", "border", "customs", "railway", "delegation", "protest", "note")


def cable_row(number: int, words: int = 40) -> bytes:
    """One row of a dump (cable.md 2.1)."""
    chance = random.Random(number)
    text = " ".join(chance.choice(WORDS) for _ in range(words))
    header = "O 091700Z MAR 04\\\nFM AMEMBASSY BERN\\\nTO SECSTATE WASHDC"
    banner = f"C O N F I D E N T I A L BERN {number:06d}\\\n\\\nE.O. 12958: N/A\\\n"
    body = f"{banner}TAGS: PREL\\\nSUBJECT: {text[:40]}\\\n\\\n1. (C) {text}"
    label = ("Embassy Bern", "CONFIDENTIAL", "")
    cells = (str(number), "3/9/2004 17:05", f"04BERN{number}", *label, header, body)
    return ",".join(f'"{cell}"' for cell in cells).encode() + b"\n"


MAIL = b"""From: a@example.org
To: b@example.org
Subject: Two papers
Date: Tue, 09 Mar 2004 17:05:00 +0000
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain

See the papers.
--x
Content-Type: text/plain; name="one.txt"
Content-Disposition: attachment; filename="one.txt"

The first paper.
--x
Content-Type: application/octet-stream; name="two.bin"
Content-Disposition: attachment; filename="two.bin"
Content-Transfer-Encoding: base64

AAECAwQFBgcICQ==
--x--
"""


def write_sources(folder: Path) -> Path:
    """A folder with a file of every kind of trouble that a fast test can hold."""
    (folder / "b-cables").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"A short note.\n\nIts second paragraph.\n")
    (folder / "a-again.txt").write_bytes(b"A short note.\n\nIts second paragraph.\n")
    (folder / "b-cables" / "large.csv").write_bytes(b"".join(cable_row(number, 600) for number in range(100, 117)))
    (folder / "b-cables" / "large-again.csv").write_bytes(
        b"".join(cable_row(number, 600) for number in range(100, 117))
    )
    (folder / "b-cables" / "small.csv").write_bytes(b"".join(cable_row(number) for number in range(3)))
    (folder / "c.eml").write_bytes(MAIL)
    (folder / "d.txt").write_bytes(b"A long letter about grain.\n\n" * 3000)
    (folder / "e.bin").write_bytes(bytes(range(256)) * 4)
    (folder / "f-empty.txt").write_bytes(b"")
    (folder / "g-link").symlink_to(folder / "a.txt")
    return folder


class Inline:
    """A worker in this process: the same code without pipes, for tests that fork or count."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._looker = Looker()
        self._answers: Iterator[bytes] = iter(())

    def start(self) -> None:
        return

    def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None:
        self._answers = self._looker.handle(bytearray(payload), self._limits)

    def load(self, what: bytes) -> None:
        return

    def receive(self) -> bytearray:
        return bytearray(next(self._answers))

    def finish(self) -> None:
        assert next(self._answers, None) is None

    def reject(self) -> SandboxError:
        return SandboxError(Failure.WRONG)

    def stop(self) -> None:
        return

    def kill(self) -> None:
        return


class InlineUnpack:
    """An extractor in this process."""

    def __init__(self, fd: int, limits: Limits) -> None:
        self._limits = limits
        self._answers: Iterator[bytes] = iter(())

    def send(self, payload: bytes) -> None:
        self._answers = extract_worker.handle(bytearray(payload), self._limits)

    def receive(self, seconds: float = 0.0) -> bytearray:
        return bytearray(next(self._answers))

    def reject(self) -> SandboxError:
        return SandboxError(Failure.WRONG)

    def kill(self) -> None:
        self._answers = iter(())


def make_archive(folder: Path) -> Archive:
    """A new archive with small batches and a commit after each; or the one that is there."""
    if not (folder / SETTINGS).exists():
        with Archive.create(folder, "Test"):
            pass
    text = (folder / SETTINGS).read_text()
    if "batch_items" not in text:
        (folder / SETTINGS).write_text(text + SMALL_SETTINGS)
    return Archive.open(folder, write=True)


def ingest(folder: Path, source: Path) -> Report:
    """What `unsealed init` and `unsealed ingest` do, without processes."""
    with make_archive(folder) as archive:
        return pipeline.run(archive, [source], make=Inline, unpack=InlineUnpack)


def _without_clock(report: bytes) -> Report:
    """What a run did, but for how long it took."""
    return msgspec.structs.replace(
        msgspec.msgpack.decode(report, type=Report), reading_seconds=0.0, unpacking_seconds=0.0
    )


def contents(folder: Path) -> dict[str, object]:
    """Everything that ingest decides: each table in order, each byte of blobs and readings, what is left to do."""
    found: dict[str, object] = {}
    connection = sqlite3.connect(folder / "catalogue.db")
    names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table' order by name")]
    for name in names:
        found[name] = sorted(connection.execute(f'select * from "{name}"').fetchall(), key=repr)  # names are ours
    connection.close()
    found["jobs"] = [(*job[:4], _without_clock(job[4])) for job in found["jobs"]]  # type: ignore[attr-defined]
    for root, _, files in os.walk(folder):
        for name in files:
            path = Path(root, name)
            place = path.relative_to(folder)
            if place.parts[0] in ("blobs", "readings", "journal"):
                found[str(place)] = path.read_bytes()
    return found


def settings_with(folder: Path, **values: object) -> None:
    """Change settings of the room ingest in an archive's file."""
    lines = "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in values.items())
    with open(folder / SETTINGS, "a") as handle:
        handle.write(f"\n[ingest]\n{lines}")
