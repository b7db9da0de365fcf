"""Seal and verify against a bare loop of the same hashes.

`python -m bench.bench_seal [--documents N]` seals generated readings (mean 1,040 words) with one and with two
processes, verifies one proof of 1,040 words, and prints each as a ratio to a `hashlib` loop over as many inputs of
the same lengths, measured in the same process in the same run. CPU time of the process that works; best of several.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import NamedTuple

from unsealed.seal import generation, merkle, opened, proof, prove, verify
from unsealed.seal.atoms import Atoms, borders, cut

KEY, ARCHIVE = bytes(range(32)), bytes(32)
MEAN_WORDS = 1040
FIXED_512 = 32  # SHA-512 from the generation key to a slot seed
FIXED_256 = (36, 36, 36, 68, 144, 33, 65)  # seed, two blinds, raw, c; leaf and node of the generation: lengths
OTHER_HASHES = FIXED_512 + len(FIXED_256) + 1  # of a document beside its tree; the last is that of all atoms
PIECE = 1  # documents timed at once
Units = list[tuple[str, str]]


class Line(NamedTuple):
    """One line of the table: seconds of ours and of the bare loop over `hashes` hashes."""

    name: str
    ours: float
    bare: float
    hashes: int

    def text(self, bound: float) -> str:
        """The line as printed."""
        micro = self.bare / self.hashes * 1e6
        return f"{self.name:<44} {self.ours / self.bare:>6.2f} {bound:>7.1f} {micro:>14.3f} {self.hashes:>12,}"


def readings(count: int, seed: int) -> list[Units]:
    """`count` generated readings: header units, then paragraphs, Zipf-like words of English lengths."""
    rng = random.Random(seed)
    words = ["".join(rng.choice("etaoinshrdlu") for _ in range(max(1, int(rng.gauss(5, 2.5))))) for _ in range(20_000)]
    found = []
    for _ in range(count):
        left = max(40, int(rng.expovariate(1 / MEAN_WORDS)))
        units: Units = [
            ("subject", "Conversation with the minister\n"),
            ("dtg", "R 221200Z NOV 06\n"),
            ("time", "2006-11-22"),
        ]
        while left > 0:
            size = min(left, rng.randint(30, 120))
            text = " ".join(words[min(19_999, int(rng.paretovariate(0.6)))] for _ in range(size))
            units.append(("paragraph", f"{text}.\n\n"))
            left -= size
        found.append(units)
    return found


def inputs(readings_of: Sequence[Units]) -> tuple[list[bytes], list[bytes]]:
    """As many inputs of the same lengths as sealing these readings hashes: for SHA-512, for SHA-256."""
    long: list[bytes] = []
    short: list[bytes] = []
    for units in readings_of:
        atoms = cut(units)
        n = len(atoms.data)
        long += [bytes(36) for _ in range(n - 1 + FIXED_512)]
        short += [bytes(37 + len(atom)) for atom in atoms.data]
        short += [bytes(65) for _ in range(n - 1)]
        short += [*map(bytes, FIXED_256), bytes(8 + len(borders(atoms)) + sum(map(len, atoms.data)))]
    return long, short


def bare(long: Sequence[bytes], short: Sequence[bytes]) -> None:
    """The floor: nothing but the hashes."""
    sha512, sha256 = hashlib.sha512, hashlib.sha256
    for data in long:
        sha512(data).digest()
    for data in short:
        sha256(data).digest()


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def seal_part(part: tuple[int, int, int]) -> Line:
    """Seal (documents, seed, rounds) in this process and hash the bare inputs, in turn.

    One document at a time: pieces of a millisecond, the best of the rounds of each, so that other work on
    this machine falls on neither side.
    """
    documents, seed, rounds = part
    units = readings(documents, seed)
    ours, floor, hashes = 0.0, 0.0, 0
    for start in range(0, documents, PIECE):
        piece = units[start : start + PIECE]
        jobs = [generation.Job(slot, one, bytes(32)) for slot, one in enumerate(piece)]
        long, short = inputs(piece)
        hashes += len(long) + len(short)
        best = [min(pair) for pair in zip(*(_pair(jobs, long, short) for _ in range(rounds)), strict=True)]
        ours, floor = ours + best[0], floor + best[1]
    return Line("", ours, floor, hashes)


def _pair(jobs: list[generation.Job], long: list[bytes], short: list[bytes]) -> tuple[float, float]:
    sealing = timed(lambda: generation.commit_batch(KEY, ARCHIVE, 1, jobs))
    return sealing, timed(lambda: bare(long, short))


def seal(documents: int, rounds: int, processes: int) -> Line:
    """Seal with so many processes at once; the sum of their CPU times, ours and bare."""
    parts = [(documents // processes, seed, rounds) for seed in range(processes)]
    if processes == 1:
        done = [seal_part(parts[0])]
    else:
        with get_context("spawn").Pool(processes) as pool:
            done = pool.map(seal_part, parts)
    return Line(
        f"seal, {documents} documents, {processes} process{'es' if processes > 1 else ''}",
        sum(one.ours for one in done), sum(one.bare for one in done), sum(one.hashes for one in done),
    )  # fmt: skip


def one_proof(spans: int) -> tuple[bytes, Atoms, prove.ProofBody]:
    """A proof file of 1,040 words with so many words hidden; its log part is empty."""
    rng = random.Random(7)
    words = " ".join("".join(rng.choice("etaoinshrdlu") for _ in range(5)) for _ in range(MEAN_WORDS))
    atoms = cut([("paragraph", words)])
    hidden = [(10 + 1000 * number // max(1, spans), 1, 1) for number in range(spans)]
    body = prove.body(KEY, ARCHIVE, 1, 0, atoms, bytes(32), hidden)
    path = merkle.inclusion_path([bytes(32)] * 250_000, 0)
    empty = proof.Logged(b"", b"")
    return proof.encode(proof.Proof(proof.Body(*body), path, 0, path[:8], empty, empty)), atoms, body


def check(file: bytes) -> None:
    """All of verifying that belongs to the document itself, with what is displayed."""
    read = proof.decode(file)
    verify.check_document(read.body)
    opened.blocks(read.body)


def verify_one(spans: int, rounds: int) -> Line:
    """Verify one proof of 1,040 words."""
    file, atoms, body = one_proof(spans)
    long: list[bytes] = []
    short: list[bytes] = []
    at = 0
    for node in body.nodes:
        if isinstance(node, proof.Shown):
            long += [bytes(36) for _ in range(node.size - 1)]
            short += [bytes(37 + len(atom)) for atom in atoms.data[at : at + node.size]]
            short += [bytes(65) for _ in range(node.size - 1)]
        at += node.size
    short += [bytes(65) for _ in range(len(body.nodes) - 1)] + [bytes(144)]
    times = [(timed(lambda: check(file)), timed(lambda: bare(long, short))) for _ in range(rounds)]
    return Line(
        f"verify, {MEAN_WORDS} words, {spans} spans, {len(file):,} bytes",
        min(one for one, _ in times), min(other for _, other in times), len(long) + len(short),
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    print(f"{'':<44} {'ratio':>6} {'bound':>7} {'µs a bare hash':>14} {'hashes':>12}")
    for processes in (1, 2):
        print(seal(told.documents, told.rounds, processes).text(1.6))
    for spans in (0, 5, 20):
        print(verify_one(spans, told.rounds * 20).text(2.0))


if __name__ == "__main__":
    main()
