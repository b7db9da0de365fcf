"""Fingerprints of texts that tell near-duplicates: MinHash over runs of words.

A text is the set of its runs of three words (`shingles`). Two texts resemble each other by the share of runs that they
have in common (Jaccard). A fingerprint keeps, of 96 classes into which a hash throws the runs, the smallest hash of
each (Li, Owen, Zhang, "One permutation hashing", 2012); an empty class borrows from another that both texts find in the
same way (Shrivastava, "Optimal densification", 2017). The share of equal numbers estimates the resemblance, and
texts with the same four numbers in one of 24 bands are candidates: 79 of 100 at a resemblance of one half, 99.9 at 0.7.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from unsealed.query import words

SHINGLE = 3  # words of a run
NUMBERS = 96  # of a fingerprint
ROWS = 4  # numbers of a band
BANDS = NUMBERS // ROWS
LEAST_WORDS = 12  # shorter texts are alike by chance
MOST_WORDS = 100_000  # of one text that are looked at
_EMPTY = 1 << 32  # larger than any number


def shingles(text: str) -> set[int]:
    """Hashes of the runs of words of a text, 64 bits each; none of a text that is too short."""
    found = words(text[: MOST_WORDS * 20])[:MOST_WORDS]
    if len(found) < LEAST_WORDS:
        return set()
    runs = {" ".join(run) for run in zip(*[found[start:] for start in range(SHINGLE)], strict=False)}
    number = int.from_bytes
    return {number(blake2b(run.encode(), digest_size=8).digest(), "little") for run in runs}


def fingerprint(runs: Iterable[int]) -> bytes:
    """The fingerprint of a set of hashes: 96 numbers of 32 bits, little-endian; empty of no hashes."""
    least = [_EMPTY] * NUMBERS
    for run in runs:
        place = run % NUMBERS
        value = run >> 32
        if value < least[place]:
            least[place] = value
    held = [value != _EMPTY for value in least]
    if not any(held):
        return b""
    return array(
        "I", [value if held[place] else least[_lender(place, held)] for place, value in enumerate(least)]
    ).tobytes()


def _lender(place: int, held: Sequence[bool]) -> int:
    """The class that an empty one borrows from: the first that is not empty in an order of its own."""
    state = place + 1
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF  # Knuth's MMIX generator
        chosen = (state >> 33) % NUMBERS
        if held[chosen]:
            return chosen


def bands(mark: bytes) -> list[int]:
    """One number of 63 bits for each band of a fingerprint; equal numbers make candidates."""
    width = ROWS * 4
    return [
        int.from_bytes(blake2b(mark[start : start + width], digest_size=8, salt=bytes([start // width])).digest()) >> 1
        for start in range(0, len(mark), width)
    ]


def estimate(left: bytes, right: bytes) -> float:
    """About how much two texts resemble each other by their fingerprints, 0 to 1; give or take 0.05."""
    if not left or not right:
        return 0.0
    pairs = zip(memoryview(left).cast("I"), memoryview(right).cast("I"), strict=True)
    return sum(one == other for one, other in pairs) / NUMBERS


def resemblance(left: set[int], right: set[int]) -> float:
    """How much two texts resemble each other: the share of their runs that both have."""
    both = len(left | right)
    return len(left & right) / both if both else 0.0


def contained(left: set[int], right: set[int]) -> float:
    """How much of the first text stands in the second."""
    return len(left & right) / len(left) if left else 0.0
