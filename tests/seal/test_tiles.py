"""Tiles and the log: paths as C2SP writes them, trees as RFC 6962 makes them, no file more or less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsealed.errors import VerifyError
from unsealed.seal import merkle, tiles
from unsealed.seal.log import Log
from unsealed.seal.tiles import ENTRIES, expected_files, tile_path


def grown(size: int, batch: int = 1000) -> tuple[dict[str, bytes], list[bytes]]:
    """The files and leaf hashes of a log of `size` small entries, appended in batches."""
    store: dict[str, bytes] = {}
    entries = [b"entry %d" % at for at in range(size)]
    for first in range(0, size, batch):
        growth = Log(first, store.__getitem__).append(entries[first : first + batch])
        store |= growth.files
        for path in growth.removed:
            del store[path]
        assert growth.size == min(first + batch, size)
    return store, [merkle.leaf_hash(entry) for entry in entries]


STORE, LEAVES = grown(600)


def test_paths_of_the_specification() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"
    assert tile_path(63, 0) == "tile/63/000"
    assert tile_path(ENTRIES, 1000, 1) == "tile/entries/x001/000.p/1"


def test_the_example_of_70_000_entries() -> None:
    """c2sp.org/tlog-tiles: 273 full tiles and one of 112 at level 0, one full and one of 17 above, one of 1 on top."""
    files = [file for file in expected_files(70_000) if file.level != ENTRIES]
    full = {level: sum(file.level == level and file.width == 256 for file in files) for level in range(3)}
    widest = {
        level: max((file.width for file in files if file.level == level and file.width < 256), default=0)
        for level in range(3)
    }
    assert (full, widest) == ({0: 273, 1: 1, 2: 0}, {0: 112, 1: 17, 2: 1})
    assert {file.level for file in files} == {0, 1, 2}


def test_256_entries_make_a_full_tile_and_one_hash_above() -> None:
    assert [file.path for file in expected_files(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(expected_files(0)) == []


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 512])
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_the_files_depend_on_the_size_alone(size: int, batch: int) -> None:
    store, leaves = grown(size, batch)
    assert set(store) == {file.path for file in expected_files(size)}
    assert store == grown(size)[0]
    log = Log(size, store.__getitem__)
    assert log.root() == merkle.root(leaves)
    assert [merkle.leaf_hash(entry) for entry in log.entries()] == leaves


def test_roots_paths_and_consistency_are_those_of_the_tree() -> None:
    log = Log(600, STORE.__getitem__)
    for index in (0, 1, 127, 255, 256, 511, 512, 598, 599):
        assert log.inclusion(index) == merkle.inclusion_path(LEAVES, index)
    for old in (0, 1, 2, 3, 128, 255, 256, 257, 511, 512, 513, 599, 600):
        path = log.consistency(old)
        assert path == merkle.consistency_path(LEAVES, old)
        merkle.check_consistency(old, 600, path, merkle.root(LEAVES[:old]), log.root())


@given(st.integers(1, 600), st.data())
@settings(deadline=None, max_examples=60)
def test_any_place_in_a_log_of_any_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    store, _ = (STORE, LEAVES) if size == 600 else grown(size)
    path = tiles.inclusion_path(store.__getitem__, size, index)
    merkle.check_inclusion(LEAVES[index], index, size, path, merkle.root(LEAVES[:size]))
    old = data.draw(st.integers(1, size))
    proof = tiles.consistency_path(store.__getitem__, old, size)
    merkle.check_consistency(old, size, proof, merkle.root(LEAVES[:old]), merkle.root(LEAVES[:size]))


def test_three_levels() -> None:
    """65,536 leaves and more: the level above is made of whole tiles, each added once."""
    store: dict[str, bytes] = {}
    leaf = merkle.leaf_hash(b"x")
    first = merkle.root([leaf] * 256)
    for tile in range(256):
        store[tile_path(0, tile)] = leaf * 256
        store[tile_path(ENTRIES, tile)] = b"\x00\x01x" * 256
    store[tile_path(1, 0, 255)] = first * 255
    store[tile_path(0, 255, 255)] = leaf * 255
    store[tile_path(ENTRIES, 255, 255)] = b"\x00\x01x" * 255
    del store[tile_path(0, 255)], store[tile_path(ENTRIES, 255)]
    growth = Log(65_535, store.__getitem__).append([b"x"])
    assert set(growth.files) == {tile_path(ENTRIES, 255), tile_path(0, 255), tile_path(1, 0), tile_path(2, 0, 1)}
    assert growth.files[tile_path(2, 0, 1)] == growth.root == merkle.root([leaf] * 65_536)
    assert len(growth.removed) == 3 * 255


def test_an_empty_log() -> None:
    log = Log(0, {}.__getitem__)
    assert (log.root(), log.entries(), log.consistency(0)) == (merkle.EMPTY_ROOT, (), ())
    growth = log.append([])
    assert (growth.files, growth.removed, growth.size, growth.root) == ({}, (), 0, merkle.EMPTY_ROOT)


def test_places_outside_the_log() -> None:
    for index in (-1, 600):
        with pytest.raises(IndexError):
            tiles.inclusion_path(STORE.__getitem__, 600, index)
    for old in (-1, 601):
        with pytest.raises(ValueError, match="outside"):
            tiles.consistency_path(STORE.__getitem__, old, 600)


def test_entries_that_do_not_fit() -> None:
    for entry in (b"", b"x" * 65_536):
        with pytest.raises(VerifyError) as caught:
            Log(0, {}.__getitem__).append([entry])
        assert caught.value.rule == "entry-size"
    growth = Log(0, {}.__getitem__).append([b"x" * 65_535])
    assert len(growth.files["tile/entries/000.p/1"]) == 65_537


def damaged(path: str, data: bytes) -> str:
    store = STORE | {path: data}
    with pytest.raises(VerifyError) as caught:
        log = Log(600, store.__getitem__)
        log.root()
        log.entries()
    return caught.value.rule


def test_damaged_tiles_are_named() -> None:
    assert damaged("tile/0/002.p/88", STORE["tile/0/002.p/88"][:-1]) == "tile"
    assert damaged("tile/1/000.p/2", STORE["tile/1/000.p/2"] + b"x") == "tile"
    bundle = STORE["tile/entries/000"]
    for changed in (bundle[:-1], bundle + b"\x00\x00", bundle + b"\x00", b"\xff" + bundle[1:], b""):
        assert damaged("tile/entries/000", changed) == "tile"


def test_a_log_that_cannot_grow_on_a_damaged_tile() -> None:
    store = grown(255)[0]
    store["tile/0/000.p/255"] = store["tile/0/000.p/255"][:-32]
    with pytest.raises(VerifyError) as caught:
        Log(255, store.__getitem__).append([b"x"])
    assert caught.value.rule == "tile"


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_bundles(entries: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == tuple(entries)
