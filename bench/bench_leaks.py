"""The leak check of a release: words of documents, every byte of the package, every byte of the pages.

`python -m bench.bench_leaks [--documents 250] [--names 1000] [--folder DIR]` makes cables, seals them, puts `--names`
people into the register (two spellings each, so twice as many variants are withheld) and withholds as many more by
marks, then releases all documents and builds the pages. Printed are the CPU and wall seconds of each part of the leak
check, without OCR (there are no pictures), beside a floor of the same run: `str.find` of one single name over the
same bytes, and the bytes a second of SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from tests.planted import Names

from bench.bench_seal_archive import PASSPHRASE, make
from unsealed.archive import Archive
from unsealed.release import build, publishing
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.leaks import LeaksFound
from unsealed.release.plan import plan_release
from unsealed.release.records import read_release
from unsealed.release.sealing import Sealing, seal_archive
from unsealed.release.signing import sign_release
from unsealed.review.apply import apply_decisions
from unsealed.review.desk import Desk
from unsealed.review.register import Register
from unsealed.review.risk.entry import Entry
from unsealed.site import SiteOptions, build_site

EDITORS = ("ana", "ben")


class Clock:
    """CPU (all processes that ended, and this one) and wall seconds by part."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = {}

    def around(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        def timed(*given: Any, **named: Any) -> Any:
            cpu, wall = used(), time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                spent = self.parts.setdefault(part, [0.0, 0.0])
                spent[0] += used() - cpu
                spent[1] += time.perf_counter() - wall

        return timed


def used() -> float:
    """CPU seconds until now."""
    return sum(
        one.ru_utime + one.ru_stime
        for one in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def settings(folder: Path) -> None:
    path = folder / "archive" / "unsealed.toml"
    text = path.read_text() if path.exists() else ""
    path.write_text(text.replace("editors = []", f"editors = {json.dumps(EDITORS)}"))


def review(archive: Archive, names: int) -> None:
    """Half of the names into the register, half withheld by marks: these stand nowhere else in shown text."""
    made = Names(5)
    Register(archive).add_all([Entry("", made.next(), spellings=(made.next(),)) for _ in range(names)], EDITORS[0])
    said = {"by": list(EDITORS), "reason": "source"}
    decisions = [{"document": "*", "find": made.next(), **said} for _ in range(20)]
    data = {
        "v": "unsealed-decisions/1",
        "editors": list(EDITORS),
        "decisions": decisions,
        "cleared": {"documents": "*", "by": list(EDITORS)},
    }
    apply_decisions(Desk(archive), msgspec.json.encode(data))


def build_allowed(archive: Archive, keys: Keyring, clock: Clock) -> None:
    """Build release 1. Of a thousand names made up, one or two are words of the documents: they are allowed."""
    try:
        build.build_release(archive, keys, 1, verifier="ab" * 32)
    except LeaksFound as error:
        clock.parts.clear()
        for text in sorted({hit.string for hit in error.hits}):
            for editor in EDITORS:
                Desk(archive).allow(text, "a word of the language", editor)
        build.build_release(archive, keys, 1, verifier="ab" * 32)


def floor(public: Path) -> dict[str, float]:
    """One name looked for by `find` in every byte, and SHA-256 of the same bytes."""
    files = [path for path in public.rglob("*") if path.is_file()]
    start = time.process_time()
    size = sum(len(path.read_bytes()) for path in files)
    read = time.process_time() - start
    start = time.process_time()
    for path in files:
        path.read_bytes().lower().find(b"selma brandtova")
    found = time.process_time() - start - read
    start = time.process_time()
    for path in files:
        hashlib.sha256(path.read_bytes()).digest()
    hashed = time.process_time() - start - read
    return {"bytes": size, "files": len(files), "one_find_s": round(found, 2), "sha256_s": round(hashed, 2)}


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=250)
    parser.add_argument("--names", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        print(json.dumps(measure(Path(name), options.documents, options.names)))


def measure(folder: Path, documents: int, names: int) -> dict[str, object]:
    """Make, release, and time the leak check on the way."""
    make(folder, documents, 1)
    settings(folder)
    clock = Clock()
    for module, part in ((build, "gather"), (build, "document_hits"), (build, "sweep_package")):
        setattr(module, part, clock.around(part, getattr(module, part)))
    publishing.sweep_site = clock.around("sweep_site", publishing.sweep_site)  # type: ignore[assignment]
    path = folder / "archive"
    with Archive.open(path, write=True) as archive:
        keys = open_keyring(archive, PASSPHRASE)
        seal_archive(archive, keys, Sealing(now=lambda: "2026-01-01T00:00:00Z", workers=2))
        review(archive, names)
        items = [one.item for one in archive.summaries()]
        plan_release(archive, 1, items, title="All", story="", date="2026-01-01")
        build_allowed(archive, keys, clock)
        policy = read_policy(archive)
        for signer in keys.editors[:2]:
            sign_release(archive, 1, signer, policy)
        publishing.publish(archive, keys, policy, read_release(archive, 1).release)
        public = path / "public"
        manifest = build_site(
            path / "packages", public, path / "cache/site", SiteOptions(), log=public / "heads/log"
        ).manifest()
        publishing.publish_site(archive, keys, manifest)
        publishing.sweep_site = clock.around("sweep_site again", publishing.sweep_site)  # type: ignore[assignment]
        publishing.publish_site(archive, keys, manifest)
    parts = {part: [round(one, 2) for one in spent] for part, spent in clock.parts.items()}
    return {"documents": documents, "variants": 2 * names, "cpu_and_wall_s": parts, **floor(public)}


if __name__ == "__main__":
    main()
