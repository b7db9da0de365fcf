"""Random bytes for everything that reads an outsider's bytes: readers, splitters, proofs, notes, policies, queries.

python scripts/fuzz.py [--minutes 1] [--seed N]

Each target gets valid samples, mutated (bytes flipped, cut, doubled, spliced with another sample). A target may
answer or raise an UnsealedError; anything else is a find: printed with its seed, written to `.fuzz/`, and the run
ends with 1.
Coverage-guided fuzzing comes with a later version.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from unsealed.errors import UnsealedError
from unsealed.ingest import readers, sniff, splitters
from unsealed.query import parse
from unsealed.seal import entries, note, policy, proof, site_manifest, tlog_proof
from unsealed.seal.verify import verify_document

ROOT = Path(__file__).resolve().parent.parent
FINDS = ROOT / ".fuzz"
LIMIT = 1 << 20  # bytes of one input

Target = tuple[str, Callable[[bytes], object]]


def read_any(data: bytes) -> None:
    form = sniff.sniff(data[:65536], len(data))
    if form.container:
        splitter = splitters.splitter(form.id)
        for piece in splitter.feed(data, True):
            if not piece.code:
                readers.read(form.id, data[piece.start : piece.end], splitter.context)
        return
    readers.read(form.id, data, b"")


TARGETS: list[Target] = [
    ("readers", read_any),
    ("proof", proof.decode),
    ("verify", lambda data: verify_document(data, None, excerpts=True)),
    ("note", note.parse_note),
    ("entry", entries.parse_entry),
    ("log-proof", tlog_proof.parse_tlog_proof),
    ("policy", policy.parse_policy),
    ("site-manifest", site_manifest.decode_manifest),
    ("query", lambda data: parse(data.decode("utf-8", "replace"))),
]


def samples() -> dict[str, list[bytes]]:
    """Valid inputs of each target, from the sample archive and the vectors' policy."""
    files = [path.read_bytes() for path in sorted((ROOT / "sample" / "archive").rglob("*")) if path.is_file()]
    vectors = (ROOT / "tests" / "vectors" / "positive.json").read_bytes()
    text = [b'dam AND "strictly protect"~5 OR -origin:vardesk date:2003..2005-06 karsav* rep~1', b"(a OR b) c"]
    formal = [vectors[at : at + 6000] for at in range(0, min(len(vectors), 600_000), 60_000)]
    return {"readers": files, "query": text} | {name: formal for name, _ in TARGETS if name not in ("readers", "query")}


def mutate(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` with one to eight changes."""
    changed = bytearray(data[:LIMIT])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << chance.randrange(8)
            case 1:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                del changed[at : at + chance.randint(1, 200)]
            case 3:
                changed[at:at] = changed[at : at + chance.randint(1, 400)]
            case 4:
                start = chance.randrange(len(other) + 1)
                changed[at : at + 50] = other[start : start + chance.randint(1, 400)]
            case _:
                changed[at:at] = chance.choice([b"\0", b"\xff\xfe", b'"', b"\\", b"\n\n", b"<", b"&#x0;", b"(", b"\r"])
    return bytes(changed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    inputs = samples()
    counts = dict.fromkeys(inputs, 0)
    end = time.monotonic() + 60 * options.minutes
    finds = 0
    while time.monotonic() < end and finds < 10:
        name, target = chance.choice(TARGETS)
        data = mutate(chance, chance.choice(inputs[name]), chance.choice(inputs[name]))
        counts[name] += 1
        started = time.monotonic()
        try:
            target(data)
        except UnsealedError:
            pass
        except Exception as error:  # the point of the exercise
            finds += 1
            FINDS.mkdir(exist_ok=True)
            path = FINDS / f"{name}-{options.seed}-{finds}"
            path.write_bytes(data)
            print(f"FOUND in {name}: {type(error).__name__}: {error} ({path.relative_to(ROOT)})")
        if time.monotonic() - started > 5:
            finds += 1
            print(f"SLOW in {name}: {time.monotonic() - started:.1f} s for {len(data)} bytes")
    print(f"seed {options.seed}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
