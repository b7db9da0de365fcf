"""The tree inside a document: seeds downward, hashes upward, one shape (RFC 6962) for both.

Level by level: at level k node i covers the atoms from i * 2^k up to (i + 1) * 2^k or the end; an odd last node
rises unchanged, which is the same shape as "the left part holds the largest power of two smaller than n".
No wrapper function stands around a hash: a large archive takes a billion of them. Each begins as a copy of a hash
that has taken its tag already, which saves a tenth of the time of a new one (decision 0026).
Spec: docs/formats/seal.md, section "The tree of a document".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from struct import Struct
from typing import NamedTuple

from unsealed.crypto import sha256, sha512, short_sha512
from unsealed.seal import merkle

# 1, 2, 4 … 1,024 seeds at a time: unpacking is four times as fast as slicing.
_UNPACK = [Struct("32s" * (1 << power)).unpack_from for power in range(11)]

_SEED_TAG = short_sha512(b"us1G")
_LEAF_TAG = sha256(b"\x00us1A")


class Place(NamedTuple):
    """A subtree: node number `node` of `level` (0 = leaves), which covers `size` atoms from `first`."""

    level: int
    node: int
    first: int
    size: int


def children(seed: bytes) -> tuple[bytes, bytes]:
    """Left and right child of a seed: the halves of SHA-512("us1G" || seed)."""
    digest = sha512(b"us1G" + seed).digest()
    return digest[:32], digest[32:]


def _sizes(count: int) -> list[int]:
    """How many nodes each level has, from the leaves up to the root."""
    sizes = [count]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + 1) >> 1)
    return sizes


def _seeds(joined: bytes) -> list[bytes]:
    """The seeds that stand one after the other in `joined`."""
    found: list[bytes] = []
    at, left = 0, len(joined) // 32
    while left:
        power = min(left.bit_length(), len(_UNPACK)) - 1
        found += _UNPACK[power](joined, at)
        at, left = at + (32 << power), left - (1 << power)
    return found


def _down(level: Sequence[bytes], size: int) -> list[bytes]:
    """The seeds of the level below `level`, which has `size` nodes."""
    begin, digests = _SEED_TAG.copy, []
    for seed in level[: size >> 1]:
        hashed = begin()
        hashed.update(seed)
        digests.append(hashed.digest())
    below = _seeds(b"".join(digests))
    if size & 1:
        below.append(level[-1])
    return below


def leaf_seeds(seed: bytes, count: int) -> list[bytes]:
    """The seeds of all leaves of a subtree of `count` ≥ 1 atoms whose top seed is `seed`."""
    level = [seed]
    for size in _sizes(count)[-2::-1]:
        level = _down(level, size)
    return level


def seed_levels(seed: bytes, count: int) -> list[list[bytes]]:
    """Every level of seeds, leaves first: `seed_levels(...)[level][node]` is the seed of a `Place`."""
    found = [[seed]]
    for size in _sizes(count)[-2::-1]:
        found.append(_down(found[-1], size))
    found.reverse()
    return found


def leaf_hashes(seeds: Sequence[bytes], data: Sequence[bytes]) -> list[bytes]:
    """SHA-256(0x00 || "us1A" || seed || atom) of each; an atom is its kind byte and its content.

    There are as many seeds as atoms: `strict` would say so again, for 2 % of the time of a seal.
    """
    begin, found = _LEAF_TAG.copy, []
    for seed, atom in zip(seeds, data, strict=False):
        hashed = begin()
        hashed.update(seed)
        hashed.update(atom)
        found.append(hashed.digest())
    return found


def root(seed: bytes, data: Sequence[bytes]) -> bytes:
    """The root of a subtree with top seed `seed` over the atoms `data` (at least one)."""
    return merkle.root(leaf_hashes(leaf_seeds(seed, len(data)), data))


def roots(subtrees: Sequence[tuple[bytes, Sequence[bytes]]]) -> list[bytes]:
    """The root of each subtree, given as top seed and atoms.

    Full subtrees of one size are computed together, level by level: a proof with many spans has many small ones.
    """
    found = [b""] * len(subtrees)
    groups: dict[int, list[int]] = {}
    for place, (seed, data) in enumerate(subtrees):
        size = len(data)
        if size & (size - 1):
            found[place] = root(seed, data)
        else:
            groups.setdefault(size, []).append(place)
    for size, places in groups.items():
        level = [subtrees[place][0] for place in places]
        while len(level) < size * len(places):
            level = _down(level, 2 * len(level))
        level = leaf_hashes(level, list(chain.from_iterable([subtrees[place][1] for place in places])))
        while len(level) > len(places):
            level = merkle.level_up(level)
        for place, top in zip(places, level, strict=True):
            found[place] = top
    return found


def cover(first: int, end: int, count: int) -> Iterator[Place]:
    """The fewest subtrees of a tree of `count` leaves that together are the leaves from `first` to `end`."""
    at = first
    while at < end:
        level = 0
        while at & ((2 << level) - 1) == 0 and _stop(at, level + 1, count) <= end and (1 << level) < count:
            level += 1
        stop = _stop(at, level, count)
        yield Place(level, at >> level, at, stop - at)
        at = stop


def _stop(first: int, level: int, count: int) -> int:
    return min(first + (1 << level), count)
