"""Take the power to prove chosen words out of a generation key, and keep all that published proofs need.

Takes and gives values. A punctured secret holds seeds of the fewest nodes that together stand above everything that
was not shredded, and hashes in the places of what was: no seed from which a seed of a shredded atom could be computed.
The words themselves are not here; they stay in the archive.

Spec: docs/formats/seal.md, section "Punctured keys".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import msgspec

from unsealed.errors import ArchiveError, UsageError
from unsealed.seal import merkle, tree
from unsealed.seal.atoms import Atoms
from unsealed.seal.generation import KEY_LENGTH, blinds, document_seed, raw_commitment, slot_seed
from unsealed.seal.tree import children

FORMAT = "unsealed-punctured/1"
_BITS = 32  # depth of the seed tree of slots

Node = tuple[int, int, bytes]  # level, number in its level, seed or hash
Levels = Sequence[Sequence[bytes | None]]


class Remains(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What is left of one document: `seeds` above what may still be shown, `hashes` in place of what was shredded.

    The blind of its original is gone too: with it anybody could confirm a guess of the whole original.
    """

    n: int
    blind: bytes
    raw: bytes
    seeds: tuple[Node, ...]
    hashes: tuple[Node, ...]

    def holes(self) -> list[tuple[int, int]]:
        """The shredded places, (first, end), in order."""
        found = [(node << level, min((node + 1) << level, self.n)) for level, node, _ in self.hashes]
        return sorted(found)


@dataclass(frozen=True)
class Punctured:
    """A generation key without its shredded parts.

    `seeds` maps (depth, number) of a node of the seed tree of slots to its seed; `slots` what is left of the documents
    of which something was shredded.
    """

    size: int
    seeds: Mapping[tuple[int, int], bytes]
    slots: Mapping[int, Remains]

    def __repr__(self) -> str:
        return f"Punctured({len(self.slots)} of {self.size} slots)"


Secret = bytes | Punctured  # the key of a generation, whole or punctured


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: str
    size: int
    seeds: tuple[tuple[int, int, bytes], ...]
    slots: tuple[tuple[int, Remains], ...]


def encode_secret(secret: Secret) -> bytes:
    """The bytes to keep, encrypted. A whole key is its 32 bytes."""
    if isinstance(secret, bytes):
        return secret
    seeds = tuple((depth, number, seed) for (depth, number), seed in sorted(secret.seeds.items()))
    return msgspec.msgpack.encode(_Stored(FORMAT, secret.size, seeds, tuple(sorted(secret.slots.items()))))


def decode_secret(stored: bytes) -> Secret:
    """What `encode_secret` wrote. Raises ArchiveError where it is neither form."""
    if len(stored) == KEY_LENGTH:
        return stored
    try:
        found = msgspec.msgpack.decode(stored, type=_Stored)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError("The key of a generation is damaged.", remedy="Restore keys/ from a backup.") from error
    if found.v != FORMAT:
        raise ArchiveError("The key of a generation is of an unknown version.", remedy="Update Unsealed.")
    seeds = {(depth, number): seed for depth, number, seed in found.seeds}
    return Punctured(found.size, seeds, dict(found.slots))


# --- the seed tree of slots ---------------------------------------------------------------------------


def slot_node(secret: Secret, depth: int, number: int) -> bytes:
    """The seed of a node of the seed tree of slots. Raises UsageError where it was shredded."""
    if isinstance(secret, bytes) and depth == _BITS:
        return slot_seed(secret, number)
    above = {(0, 0): secret} if isinstance(secret, bytes) else secret.seeds
    for start in range(depth, -1, -1):
        seed = above.get((start, number >> (depth - start)))
        if seed is not None:
            for bit in range(depth - start - 1, -1, -1):
                seed = children(seed)[number >> bit & 1]
            return seed
    raise UsageError("Something of this document was shredded: it has no seed any more.")


def find_remains(secret: Secret, slot: int) -> Remains | None:
    """What is left of a document of which something was shredded, or None where nothing was."""
    return None if isinstance(secret, bytes) else secret.slots.get(slot)


def _cover(size: int, gone: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The fewest nodes of the seed tree that stand above every slot below `size` and above none of `gone` (sorted)."""
    waiting = [(0, 0)]
    while waiting:
        depth, number = waiting.pop()
        first = number << (_BITS - depth)
        if first >= size:
            continue
        if bisect_left(gone, first) == bisect_left(gone, first + (1 << (_BITS - depth))):
            yield depth, number
        elif depth < _BITS:
            waiting += [(depth + 1, number << 1), (depth + 1, (number << 1) + 1)]


# --- the tree of one document -------------------------------------------------------------------------


def _empty_levels(n: int) -> list[list[bytes | None]]:
    found: list[list[bytes | None]] = [[None] * n]
    while len(found[-1]) > 1:
        found.append([None] * ((len(found[-1]) + 1) >> 1))
    return found


def seed_levels(remains: Remains) -> list[list[bytes | None]]:
    """Every level of seeds like `tree.seed_levels`, with None above and in what was shredded."""
    found = _empty_levels(remains.n)
    for level, node, seed in remains.seeds:
        first = node << level
        rows = tree.seed_levels(seed, min(1 << level, remains.n - first))
        for at, row in enumerate(rows):
            start = first >> at
            found[at][start : start + len(row)] = row
        for at in range(len(rows), level + 1):  # the last node of an odd level is the same one further up
            found[at][first >> at] = seed
    return found


def hash_levels(remains: Remains, seeds: Levels, data: Sequence[bytes]) -> list[list[bytes | None]]:
    """Every level of hashes like `merkle.levels` of the atoms `data`, with None inside of what was shredded."""
    known = [(at, seed) for at, seed in enumerate(seeds[0]) if seed is not None]
    hashes = tree.leaf_hashes([seed for _, seed in known], [data[at] for at, _ in known])
    found = _empty_levels(remains.n)
    for (at, _), leaf in zip(known, hashes, strict=True):
        found[0][at] = leaf
    for level, node, value in remains.hashes:
        found[level][node] = value
    for below, above in pairwise(found):
        for at, kept in enumerate(above):
            if kept is None:
                above[at] = _join(below[2 * at : 2 * at + 2])
    return found


def _join(below: Sequence[bytes | None]) -> bytes | None:
    if len(below) == 1:
        return below[0]
    left, right = below
    return None if left is None or right is None else merkle.node_hash(left, right)


# --- puncturing ---------------------------------------------------------------------------------------


class Shred(NamedTuple):
    """What to shred of one document: the places (first atom, count) of its sealed `atoms`.

    `raw_digest` is the SHA-256 of the original's bytes that was sealed.
    """

    slot: int
    atoms: Atoms
    raw_digest: bytes | None
    places: Sequence[tuple[int, int]]


def puncture(secret: Secret, size: int, shreds: Iterable[Shred]) -> Punctured:
    """The secret of a generation of `size` slots without what `shreds` name, and without what was shredded before.

    Raises UsageError for a place outside of its document, or on its header, which is always shown.
    """
    slots = {} if isinstance(secret, bytes) else dict(secret.slots)
    for shred in shreds:
        slots[shred.slot] = _remains(secret, slots.get(shred.slot), shred)
    gone = sorted(slots)
    seeds = {node: slot_node(secret, *node) for node in _cover(size, gone)}
    return Punctured(size, seeds, slots)


def _remains(secret: Secret, before: Remains | None, shred: Shred) -> Remains:
    n, data = len(shred.atoms.data), shred.atoms.data
    if any(first < 1 or count < 1 or first + count > n for first, count in shred.places):
        raise UsageError("A place to shred is empty, is the header, or lies behind the end of its document.")
    holes = [(first, first + count) for first, count in shred.places]
    if before is None:
        seed = slot_node(secret, _BITS, shred.slot)
        blind, raw_blind = blinds(seed)
        raw = raw_commitment(raw_blind, shred.raw_digest)
        seeds: Levels = tree.seed_levels(document_seed(seed), n)
        hashes: Levels = merkle.levels(tree.leaf_hashes(tree.leaf_seeds(document_seed(seed), n), data))
    else:
        blind, raw, seeds = before.blind, before.raw, seed_levels(before)
        hashes = hash_levels(before, seeds, data)
        holes += before.holes()
    kept: list[Node] = []
    lost: list[Node] = []
    for first, end, is_hole in runs(sorted(holes), n):
        for place in tree.cover(first, end, n):
            value = (hashes if is_hole else seeds)[place.level][place.node]
            assert value is not None, "what is kept was never shredded, and what is shredded has a hash"
            (lost if is_hole else kept).append((place.level, place.node, value))
    return Remains(n, blind, raw, tuple(kept), tuple(lost))


def runs(hidden: Sequence[tuple[int, int]], size: int) -> Iterator[tuple[int, int, bool]]:
    """Maximal runs (first, end, is hidden) that tile `size` atoms; `hidden` is in order and may touch or overlap."""
    at, start, end = 0, 0, 0
    for first, stop in [*hidden, (size, size)]:
        if first > end or first == size:
            if start > at:
                yield at, start, False
            if end > start:
                yield start, end, True
            at, start = end, first
        end = max(end, stop)
    if size > at:
        yield at, size, False
