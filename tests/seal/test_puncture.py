"""Punctured keys: nothing above a shredded atom can be computed, and every published proof comes out the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsealed.errors import ArchiveError, UsageError
from unsealed.seal import atoms, generation, prove, puncture, tree
from unsealed.seal.atoms import Atoms
from unsealed.seal.puncture import Punctured, Remains, Secret, Shred

KEY, ARCHIVE, RAW = bytes(range(32)), bytes(32), hashlib.sha256(b"raw").digest()
HIDDEN = tuple[tuple[int, int], ...]


def document(words: int) -> Atoms:
    """One unit of so many words."""
    return atoms.cut([("text", "word " * words)])


def proof(secret: Secret, slot: int, cut: Atoms, hidden: Sequence[tuple[int, int]]) -> prove.ProofBody:
    """The body of a proof, with its commitment compared."""
    c = generation.commit(KEY, ARCHIVE, 1, slot, cut, RAW).c
    places = [(first, count, 1) for first, count in hidden]
    return prove.body(secret, ARCHIVE, 1, slot, cut, RAW, places, expected_c=c)


class World:
    """A generation of small documents, what was shredded of it, and what can still be computed."""

    def __init__(self, sizes: list[int]) -> None:
        self.cuts = [document(size) for size in sizes]
        self.holes: dict[int, set[int]] = {}

    def shred(self, secret: Secret, wanted: dict[int, list[tuple[int, int]]]) -> Punctured:
        """Shred places of slots."""
        for slot, places in wanted.items():
            self.holes.setdefault(slot, set()).update(
                at for first, count in places for at in range(first, first + count)
            )
        shreds = [Shred(slot, self.cuts[slot], RAW, places) for slot, places in wanted.items()]
        return puncture.puncture(secret, len(self.cuts), shreds)

    def forbidden(self) -> set[bytes]:
        """Every seed from which a seed of a shredded atom can be computed, and those themselves."""
        found: set[bytes] = set()
        for slot, holes in self.holes.items():
            found |= {puncture.slot_node(KEY, depth, slot >> (32 - depth)) for depth in range(33)}
            for level, row in enumerate(tree.seed_levels(_document_seed(slot), len(self.cuts[slot].data))):
                found |= {row[at >> level] for at in holes}
        return found

    def allowed(self) -> set[bytes]:
        """Every seed of an atom that was not shredded."""
        found: set[bytes] = set()
        for slot, cut in enumerate(self.cuts):
            holes = self.holes.get(slot, set())
            seeds = tree.leaf_seeds(_document_seed(slot), len(cut.data))
            found |= {seed for at, seed in enumerate(seeds) if at not in holes}
        return found


def _document_seed(slot: int) -> bytes:
    return generation.document_seed(generation.slot_seed(KEY, slot))


def closure(stored: bytes, slots: int) -> set[bytes]:
    """All that whoever holds the stored bytes can compute: every seed below every seed in it."""
    secret = puncture.decode_secret(stored)
    assert isinstance(secret, Punctured)
    found: set[bytes] = set()
    for (depth, number), seed in secret.seeds.items():
        level, first = {number: seed}, depth
        found.add(seed)
        for at in range(first, 32):
            level = {
                2 * node + side: child
                for node, value in level.items()
                for side, child in enumerate(tree.children(value))
                if (2 * node + side) << (31 - at) < slots
            }
            found |= set(level.values())
        for value in level.values():
            found |= set().union(*tree.seed_levels(generation.document_seed(value), 64))
            found |= {generation.document_seed(value), *generation.blinds(value)}
            for size in range(1, 40):
                found |= set(tree.leaf_seeds(generation.document_seed(value), size))
    for remains in secret.slots.values():
        for level_number, node, seed in remains.seeds:
            size = min(1 << level_number, remains.n - (node << level_number))
            found |= set().union(*tree.seed_levels(seed, size))
        found |= {remains.blind, remains.raw, *(value for _, _, value in remains.hashes)}
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[int], list[dict[int, list[tuple[int, int]]]]]:
    """Documents, and one to three rounds of places to shred."""
    sizes = draw(st.lists(st.integers(0, 30), min_size=1, max_size=6))
    rounds = []
    for _ in range(draw(st.integers(1, 3))):
        wanted: dict[int, list[tuple[int, int]]] = {}
        for slot in draw(st.sets(st.integers(0, len(sizes) - 1), min_size=1)):
            n = sizes[slot] + 2 if sizes[slot] else 2
            places = []
            for first in draw(st.sets(st.integers(1, n - 1), min_size=1, max_size=5)):
                places.append((first, draw(st.integers(1, n - first))))
            wanted[slot] = places
        rounds.append(wanted)
    return sizes, rounds


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_the_closure_holds_no_seed_above_a_shredded_atom(
    case: tuple[list[int], list[dict[int, list[tuple[int, int]]]]],
) -> None:
    sizes, rounds = case
    world, secret = World(sizes), _whole()
    rounds = [{slot: _inside(places, len(world.cuts[slot].data)) for slot, places in one.items()} for one in rounds]
    for wanted in rounds:
        secret = world.shred(secret, {slot: places for slot, places in wanted.items() if places})
    if not world.holes:
        return
    found = closure(puncture.encode_secret(secret), len(sizes))
    assert not found & world.forbidden()
    assert world.allowed() <= found


def _whole() -> Secret:
    return KEY


def _inside(places: list[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    return [(first, min(count, n - first)) for first, count in places if first < n]


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.data())
def test_published_proofs_come_out_byte_for_byte_the_same(words: int, data: st.DataObject) -> None:
    world = World([3, words, 3])
    n = len(world.cuts[1].data)
    hidden = sorted(data.draw(st.sets(st.integers(2, n - 1), min_size=1)))
    shredded = sorted(data.draw(st.sets(st.sampled_from(hidden), min_size=1)))
    places = [(at, 1) for at in hidden]
    before = proof(KEY, 1, world.cuts[1], places)
    secret = world.shred(KEY, {1: [(at, 1) for at in shredded]})
    secret = puncture.decode_secret(puncture.encode_secret(secret))  # type: ignore[assignment]
    assert proof(secret, 1, world.cuts[1], places) == before
    # Its neighbours prove everything still.
    assert proof(secret, 0, world.cuts[0], ()) == proof(KEY, 0, world.cuts[0], ())
    # Two rounds are one.
    rest = [(at, 1) for at in hidden if at not in shredded]
    if rest:
        again = world.shred(secret, {1: rest})
        assert proof(again, 1, world.cuts[1], places) == before
        assert again == world.shred(KEY, {1: places})


def test_what_was_shredded_cannot_be_shown() -> None:
    world = World([6])
    secret = world.shred(KEY, {0: [(3, 2)]})
    for hidden in ((), ((3, 1),), ((4, 1),), ((2, 2),)):
        with pytest.raises(UsageError, match="shredded"):
            proof(secret, 0, world.cuts[0], hidden)
    assert proof(secret, 0, world.cuts[0], ((2, 4),)) == proof(KEY, 0, world.cuts[0], ((2, 4),))


def test_another_reading_is_refused() -> None:
    world = World([6])
    secret = world.shred(KEY, {0: [(3, 2)]})
    with pytest.raises(ArchiveError, match="number of atoms"):
        proof(secret, 0, document(7), ((3, 2),))
    changed = Atoms((*world.cuts[0].data[:6], b"Wother ", world.cuts[0].data[7]))
    with pytest.raises(ArchiveError, match="not those that were sealed"):
        c = generation.commit(KEY, ARCHIVE, 1, 0, world.cuts[0], RAW).c
        prove.body(secret, ARCHIVE, 1, 0, changed, RAW, [(3, 2, 1)], expected_c=c)


@pytest.mark.parametrize("place", [(0, 1), (1, 0), (7, 2), (9, 1)])
def test_places_that_cannot_be_shredded(place: tuple[int, int]) -> None:
    world = World([6])
    assert len(world.cuts[0].data) == 8
    with pytest.raises(UsageError, match="place to shred"):
        puncture.puncture(KEY, 1, [Shred(0, world.cuts[0], RAW, [place])])


def test_a_slot_that_is_gone_has_no_seed() -> None:
    secret = World([3, 3]).shred(KEY, {1: [(2, 1)]})
    assert puncture.slot_node(secret, 32, 0) == generation.slot_seed(KEY, 0)
    with pytest.raises(UsageError, match="shredded"):
        puncture.slot_node(secret, 32, 1)
    assert puncture.find_remains(secret, 0) is None
    assert puncture.find_remains(KEY, 1) is None
    assert isinstance(puncture.find_remains(secret, 1), Remains)


def test_the_cover_is_the_smallest_and_spares_unused_numbers() -> None:
    secret = World([3] * 5).shred(KEY, {2: [(2, 1)]})
    spans = {(number << (32 - depth), (number + 1) << (32 - depth)) for depth, number in secret.seeds}
    assert spans == {(0, 2), (3, 4), (4, 8)}
    assert repr(secret) == "Punctured(1 of 5 slots)"


@pytest.mark.parametrize(
    "stored", [b"", b"x" * 31, b"x" * 33, b"\x81\xa1v\xa1\xff", puncture.msgspec.msgpack.encode({"v": "1"})]
)
def test_damaged_secrets(stored: bytes) -> None:
    with pytest.raises(ArchiveError, match="damaged"):
        puncture.decode_secret(stored)


def test_unknown_versions_and_whole_keys() -> None:
    stored = puncture.encode_secret(World([3]).shred(KEY, {0: [(2, 1)]}))
    with pytest.raises(ArchiveError, match="unknown version"):
        puncture.decode_secret(stored.replace(b"punctured/1", b"punctured/2"))
    assert puncture.decode_secret(puncture.encode_secret(KEY)) == KEY
