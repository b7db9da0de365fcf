"""What is fuzzed: every reader of our own, every splitter, the sniffer, and what a stranger's client parses.

A target takes bytes and may answer or raise an UnsealedError; anything else is a finding. Used by `scripts/fuzz.py`,
which looks for findings, by `tests/ingest/test_findings.py`, which holds the old ones, and by `tests/test_fuzz.py`,
which shows that a planted fault is found.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, SHARED
from tests.ingest.test_readers_contract import check, check_reading
from unsealed.errors import UnsealedError
from unsealed.ingest import readers, sniff, splitters
from unsealed.ingest.extract import EXTRACTORS, Ask, Data, End, Member, extractor
from unsealed.query import parse
from unsealed.seal import entries, note, policy, proof, site_manifest, tlog_proof
from unsealed.seal.verify import verify_document

Target = Callable[[bytes], object]

FINDINGS = ROOT / "tests" / "ingest" / "findings"
LONGEST = 32 << 10  # bytes of one input: small ones are changed, and read, more often
SHORT = 300  # bytes of a text to begin with: short ones are read more often
SEEDS = 200  # of one target
# A library of others reads these from the first byte to the last; its faults are the sandbox's work.
FOREIGN = frozenset({"pdf", "image", "media", "sqlite"})
CUT = b"\0\0"  # between the context of a container and an item of it, in the input of a reader
MOST_UNPACKED = 8 << 20  # bytes that are asked of a container
MOST_MEMBERS = 2000  # members
_UNPACK = ("zip", "gz", "bz2", "xz", "zst")
_SPLIT = ("cable-csv", "event-csv", "table-csv", "mbox", "frus-tei")


def forms() -> list[str]:
    """The forms with a reader of our own."""
    return sorted(set(readers.READERS) - FOREIGN)


def read_item(form: str, data: bytes) -> None:
    context, cut, item = data.partition(CUT) if form in _SPLIT else (b"", b"", data)
    if not cut:
        context, item = b"", data
    if data[-1:] < b"\x10":  # every now and then all of the contract, which reads twice
        check(form, item, context)
        return
    outcome = readers.read(form, item, context)
    if outcome.state == "asks":
        assert outcome.asks  # a tool is to be run, and the reader asked again
    elif outcome.reading is None:
        assert outcome.code and outcome.message and outcome.remedy
    else:
        check_reading(outcome.reading, len(item))


def split(form: str, data: bytes) -> None:
    """The contract of a splitter: the same pieces whatever the chunks, in order, restartable."""
    whole = splitters.splitter(form)
    pieces = whole.feed(data, True)
    end = 0
    for piece in pieces:
        assert end <= piece.start < piece.end <= len(data) or not data, "pieces in order, none empty"
        end = piece.end
    chance = hashlib.sha256(data).digest()
    chunked = splitters.splitter(form)
    found, place = [], 0
    for byte in chance * (1 + len(data) // 512):
        found += chunked.feed(data[place : place + 1 + byte], False)
        place += 1 + byte
        if place >= len(data):
            break
    found += chunked.feed(data[place:], True)
    assert found == pieces, "the chunks changed the pieces"
    if pieces and data:  # an empty file never comes here: the sniffer calls it empty
        at = pieces[chance[0] % len(pieces)]
        again = splitters.splitter(form, at.end, whole.context).feed(data[at.end :], True)
        assert again == pieces[pieces.index(at) + 1 :], "a restart changed the pieces"


def look(data: bytes) -> None:
    form = sniff.sniff(data[: sniff.HEAD_BYTES], len(data))
    known = form.id in readers.READERS or form.id in EXTRACTORS or form.id in ("unknown", "empty")
    assert known and form.container == (form.id in _SPLIT), "a form that nobody takes"


def unpack(form: str, data: bytes) -> None:
    """The contract of an extractor: ordinals rise by one, an end comes last. What it gives is bounded by who asks."""
    descriptor = os.memfd_create("container")
    try:
        os.write(descriptor, data)
        ordinal, size, last = 0, 0, None
        for step in extractor(form)(descriptor, Ask(form, len(data))):
            last = step
            if isinstance(step, Member):
                ordinal += 1
                assert step.ordinal == ordinal
            size += len(step.chunk) if isinstance(step, Data) else 0
            if size > MOST_UNPACKED or ordinal > MOST_MEMBERS:
                return
        assert isinstance(last, End)
    finally:
        os.close(descriptor)


def _tolerant(function: Target) -> Target:
    def run(data: bytes) -> None:
        try:
            function(data)
        except UnsealedError:
            pass

    return run


def strict() -> dict[str, Target]:
    """What reads files of the seal and queries, as it is: it raises where it refuses."""
    return {
        "proof": proof.decode,
        "verify": lambda data: verify_document(data, None, excerpts=True),
        "note": note.parse_note,
        "entry": entries.parse_entry,
        "log-proof": tlog_proof.parse_tlog_proof,
        "policy": policy.parse_policy,
        "site-manifest": site_manifest.decode_manifest,
        "query": lambda data: parse(data.decode("utf-8", "replace")),
    }


def targets() -> dict[str, Target]:
    """Name to function."""
    found: dict[str, Target] = {"sniff": look}
    for form in forms():
        found[f"read-{form}"] = lambda data, form=form: read_item(form, data)  # type: ignore[misc]
    for form in _SPLIT:
        found[f"split-{form}"] = lambda data, form=form: split(form, data)  # type: ignore[misc]
    for form in _UNPACK:
        found[f"unpack-{form}"] = lambda data, form=form: unpack(form, data)  # type: ignore[misc]
    found |= strict()
    return {name: _tolerant(function) for name, function in found.items()}


def _files() -> Iterator[bytes]:
    """Files of the sample, and of the folder of real documents where it is there: only read, never unpacked."""
    real = ("formats", "mail", "hostile", "made", "emails", "chats", "events", "press")
    for folder in (ROOT / "sample" / "archive", *[SHARED / name for name in real]):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as handle:
                    data = handle.read(LONGEST)
                    if b"\0" not in data or path.stat().st_size <= LONGEST:  # half an office file is none
                        yield data


def formal() -> Iterator[tuple[str, bytes]]:
    """Valid files of the seal for the target that reads them: out of the vectors, and a manifest."""
    for name in ("positive", "standing"):
        held = json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_bytes())
        yield "policy", held["policy"].encode()
        for vector in held["vectors"]:
            file = _joined(vector["file"], held.get("shared", []))
            if len(file) <= LONGEST:
                yield "proof", file
                yield "verify", file
            yield from _parts(file)
            if "checkpoint" in vector:
                yield "note", vector["checkpoint"].encode()
            yield from (("entry", entry.encode()) for entry in vector.get("entries", []))
    files = [site_manifest.SiteFile(path, len(path), "5e" * 32) for path in ("d/one/index.html", "feed.xml", "packs/1")]
    yield "site-manifest", site_manifest.encode_manifest(files)


def _joined(pieces: Any, shared: list[str]) -> bytes:
    """A file of the vectors, put together as tests/vectors/README.md says."""
    found = b""
    for piece in [pieces] if isinstance(pieces, str) else pieces:
        match piece:
            case str():
                found += piece.encode()
            case {"shared": number}:
                found += shared[number].encode()
            case {"repeat": text, "times": times}:
                found += text.encode() * min(times, LONGEST)
            case {"from": first, "to": behind}:
                found += b"".join(b'"Ww%d ",' % number for number in range(first, min(behind, LONGEST)))
            case {"hex": digits}:
                found += bytes.fromhex(digits)
    return found


def _parts(file: bytes) -> Iterator[tuple[str, bytes]]:
    """The entries of a proof file, each a note as well, and their proofs of the log."""
    with contextlib.suppress(ValueError):
        whole = json.loads(file)
        for logged in (whole.get("seal"), whole.get("release")):
            if logged:
                yield "entry", logged["entry"].encode()
                yield "note", logged["entry"].encode()
                yield "log-proof", logged["proof"].encode()


def seeds(names: list[str]) -> dict[str, list[bytes]]:
    """Valid inputs for some targets."""
    found: dict[str, list[bytes]] = {name: [] for name in names}

    def keep(name: str, data: bytes) -> None:
        if name in found and len(found[name]) < SEEDS:
            found[name].append(data)

    for data in _files():
        form = sniff.sniff(data, len(data))
        keep("sniff", data[:4096])
        keep(f"read-{form.id}", data if b"\0" in data else data[:SHORT])
        keep(f"unpack-{form.id}", data)
        if form.container and form.id in _SPLIT:
            keep(f"split-{form.id}", data)
            splitter = splitters.splitter(form.id)
            for piece in splitter.feed(data, True)[:20]:
                keep(f"read-{form.id}", splitter.context + CUT + data[piece.start : piece.end])
    for name, data in dict.fromkeys(formal()):
        keep(name, data)
    keep("query", b'dam AND "strictly protect"~5 OR -origin:vardesk date:2003..2005-06 karsav* rep~1')
    return found


def finding_of(path: Path) -> tuple[str, bytes]:
    """The target and the bytes of a file of findings: TARGET.WHAT-IT-WAS.bin."""
    return path.name.partition(".")[0], path.read_bytes()
