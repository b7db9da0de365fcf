"""The tree of a document against the plain recursive definition."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from unsealed.seal import merkle, tree

SEED = hashlib.sha256(b"seed").digest()
SIZES = st.integers(1, 150)


def split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def plain(seed: bytes, data: list[bytes]) -> tuple[list[bytes], bytes]:
    """Seeds of the leaves and root, word for word from the spec."""
    if len(data) == 1:
        return [seed], hashlib.sha256(b"\x00us1A" + seed + data[0]).digest()
    digest, half = hashlib.sha512(b"us1G" + seed).digest(), split(len(data))
    left, left_root = plain(digest[:32], data[:half])
    right, right_root = plain(digest[32:], data[half:])
    return left + right, hashlib.sha256(b"\x01" + left_root + right_root).digest()


def atoms(count: int) -> list[bytes]:
    return [b"W%d" % number for number in range(count)]


@given(SIZES)
def test_seeds_and_root(count: int) -> None:
    seeds, root = plain(SEED, atoms(count))
    assert tree.leaf_seeds(SEED, count) == seeds
    assert tree.root(SEED, atoms(count)) == root
    levels = tree.seed_levels(SEED, count)
    assert levels[0] == seeds
    assert levels[-1] == [SEED]
    hashes = merkle.levels(tree.leaf_hashes(seeds, atoms(count)))
    assert [len(level) for level in levels] == [len(level) for level in hashes]


@given(st.lists(st.integers(1, 20), max_size=12))
def test_many_subtrees_at_once(sizes: list[int]) -> None:
    subtrees = [(hashlib.sha256(b"%d" % at).digest(), atoms(size)) for at, size in enumerate(sizes)]
    assert tree.roots(subtrees) == [tree.root(seed, data) for seed, data in subtrees]


@given(SIZES, st.data())
def test_cover_is_the_fewest_subtrees(count: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, count - 1))
    end = data.draw(st.integers(first, count))

    def fewest(begin: int, stop: int) -> list[tuple[int, int]]:
        if begin >= end or stop <= first:
            return []
        if first <= begin and stop <= end:
            return [(begin, stop - begin)]
        middle = begin + split(stop - begin)
        return fewest(begin, middle) + fewest(middle, stop)

    places = list(tree.cover(first, end, count))
    assert [(place.first, place.size) for place in places] == fewest(0, count)
    seeds, hashes = (
        tree.seed_levels(SEED, count),
        merkle.levels(tree.leaf_hashes(tree.leaf_seeds(SEED, count), atoms(count))),
    )
    for place in places:
        inside = atoms(count)[place.first : place.first + place.size]
        assert tree.root(seeds[place.level][place.node], inside) == hashes[place.level][place.node]


def test_children() -> None:
    digest = hashlib.sha512(b"us1G" + SEED).digest()
    assert tree.children(SEED) == (digest[:32], digest[32:])
