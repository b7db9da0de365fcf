"""RFC 6962 trees: the reference roots, every path, and probes that must fail."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import VerifyError
from unsealed.seal import merkle

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/merkle.json").read_text())
LEAVES = [merkle.leaf_hash(bytes.fromhex(one)) for one in VECTORS["leaves"]]
# Published with RFC 6962's first implementation: the roots over the first 0 to 8 of these leaves.
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    """So many different leaf hashes."""
    return [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def plain_root(hashes: list[bytes]) -> bytes:
    """The RFC's definition, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\x01" + plain_root(hashes[:half]) + plain_root(hashes[half:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_reference_roots(size: int) -> None:
    part = LEAVES[:size]
    assert merkle.root(part).hex() == REFERENCE_ROOTS[size] == VECTORS["trees"][size]["root"]
    assert [[node.hex() for node in merkle.inclusion_path(part, at)] for at in range(size)] == (
        VECTORS["trees"][size]["inclusion"]
    )
    assert [[node.hex() for node in merkle.consistency_path(part, old)] for old in range(size + 1)] == (
        VECTORS["trees"][size]["consistency"]
    )


def test_paths_known_from_transparency_dev() -> None:
    """Two happy paths of transparency-dev/merkle (testdata/inclusion/3, testdata/consistency/3)."""
    assert merkle.inclusion_path(LEAVES[:3], 2) == (b64decode("+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="),)
    assert merkle.consistency_path(LEAVES[:5], 2) == (
        b64decode("Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4="),
        b64decode("vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms="),
    )


@given(st.integers(0, 300))
def test_root_is_the_definition(size: int) -> None:
    hashes = leaves(size)
    growing = merkle.Range()
    for leaf in hashes:
        growing.append(leaf)
    assert merkle.root(hashes) == plain_root(hashes) == growing.root()
    assert growing.size == size


@given(st.integers(1, 200), st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    hashes, index = leaves(size), data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion_path(hashes, index), merkle.root(hashes)
    merkle.check_inclusion(hashes[index], index, size, path, root)
    for probe in inclusion_probes(index, size, path):
        with pytest.raises(VerifyError) as caught:
            merkle.check_inclusion(hashes[index], *probe, root)
        assert caught.value.rule in ("inclusion-index", "inclusion-length", "inclusion-root")


def inclusion_probes(index: int, size: int, path: tuple[bytes, ...]) -> list[tuple[int, int, tuple[bytes, ...]]]:
    """Changes of a good inclusion proof, in the manner of transparency-dev/merkle: all of them must fail."""
    junk = bytes(32)
    probes = [
        (-1, size, path),
        (size, size, path),
        (index + size, size, path),
        (index ^ 2, size, path),
        (index, 0, path),
        (index, size, (*path, junk)),
        (index, size, (junk, *path)),
        (index, (1 << 63) + 1, path),
    ]
    probes += [(index, size, path[:-1])] if path else []
    probes += [(index, size, (*path[:at], junk, *path[at + 1 :])) for at in range(len(path))]
    if size > 1:
        probes.append((index ^ 1, size, path))
    return probes


@given(st.integers(0, 130), st.data())
def test_consistency(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    hashes = leaves(size)
    path, old_root, root = merkle.consistency_path(hashes, old), merkle.root(hashes[:old]), merkle.root(hashes)
    merkle.check_consistency(old, size, path, old_root, root)
    junk = merkle.leaf_hash(b"junk")
    probes = [(*path, junk), (junk, *path)]
    probes += [(*path[:at], junk, *path[at + 1 :]) for at in range(len(path))]
    probes += [path[:-1], path[1:]] if path else []
    for probe in probes:
        with pytest.raises(VerifyError) as caught:
            merkle.check_consistency(old, size, probe, old_root, root)
        assert caught.value.rule in ("consistency-length", "consistency-root")
    with pytest.raises(VerifyError):
        merkle.check_consistency(old, size, path, junk, root)
    if old:
        with pytest.raises(VerifyError):
            merkle.check_consistency(old, size, path, old_root, junk)


def test_consistency_of_sizes_that_cannot_be() -> None:
    for old, new in ((-1, 3), (4, 3), (1, (1 << 63) + 1)):
        with pytest.raises(VerifyError) as caught:
            merkle.check_consistency(old, new, (), bytes(32), bytes(32))
        assert caught.value.rule == "consistency-size"


def test_a_consistency_proof_that_is_empty_or_far_too_long() -> None:
    hashes = leaves(7)
    for path in ((), tuple(hashes)):
        with pytest.raises(VerifyError) as caught:
            merkle.check_consistency(3, 7, path, merkle.root(hashes[:3]), merkle.root(hashes))
        assert caught.value.rule == "consistency-length"


def test_places_outside_the_tree() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_path(leaves(3), 3)
    with pytest.raises(IndexError):
        merkle.inclusion_path([], 0)
    for old in (-1, 4):
        with pytest.raises(ValueError, match="outside"):
            merkle.consistency_path(leaves(3), old)


def test_a_check_can_carry_its_own_name() -> None:
    with pytest.raises(VerifyError) as caught:
        merkle.check_inclusion(bytes(32), 0, 1, (), bytes(31), what="cut")
    assert caught.value.rule == "cut-root"
