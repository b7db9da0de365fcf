"""Commitments against the formulas of the spec, batches, tiles."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from unsealed.errors import UsageError, VerifyError
from unsealed.seal import atoms, generation, merkle, tree

KEY, ARCHIVE = bytes(range(32)), bytes(range(32, 64))
VECTORS = json.loads((Path(__file__).parent.parent / "vectors/sealing.json").read_text())


def test_formulas_of_the_spec() -> None:
    def sha256(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    seed = KEY
    for bit in format(5, "032b"):
        digest = hashlib.sha512(b"us1G" + seed).digest()
        seed = digest[:32] if bit == "0" else digest[32:]
    cut, raw_digest = atoms.cut([("subject", "Hello, wörld\n"), ("time", "95")]), sha256(b"original")
    made = generation.commit(KEY, ARCHIVE, 3, 5, cut, raw_digest)
    assert generation.slot_seed(KEY, 5) == seed
    assert made.blind == sha256(b"us1B", seed)
    assert made.raw == sha256(b"us1R", sha256(b"us1Q", seed), raw_digest)
    assert made.root == tree.root(sha256(b"us1S", seed), cut.data)
    numbers = (3).to_bytes(4, "big") + (5).to_bytes(4, "big")
    assert made.c == sha256(b"us1D", ARCHIVE, numbers, made.blind, (7).to_bytes(4, "big"), made.root, made.raw)
    assert generation.archive_id("o", b"k") == sha256(b"us1I", b"o", b"\n", b"k")
    assert generation.ledger_digest(b"b", b"ledger") == sha256(b"us1L", b"b", sha256(b"ledger"))


def test_vectors() -> None:
    key, archive = bytes.fromhex(VECTORS["key"]), bytes.fromhex(VECTORS["archive"])
    jobs = []
    for vector in VECTORS["vectors"]:
        units = [
            (label, text if isinstance(text, str) else "".join(piece["repeat"] * piece["times"] for piece in text))
            for label, text in vector["units"]
        ]
        raw_digest = None if vector["raw_digest"] is None else bytes.fromhex(vector["raw_digest"])
        jobs.append(generation.Job(vector["slot"], units, raw_digest))
        made = generation.commit(key, archive, 1, vector["slot"], atoms.cut(units), raw_digest)
        assert (made.c.hex(), made.root.hex(), made.blind.hex(), made.raw.hex()) == (
            vector["c"], vector["root"], vector["blind"], vector["raw"],
        )  # fmt: skip
        assert generation.slot_seed(key, vector["slot"]).hex() == vector["slot_seed"]
    sealed = generation.commit_batch(key, archive, 1, jobs)
    assert [(one.c.hex(), one.borders.hex()) for one in sealed] == [
        (vector["c"], vector["borders"]) for vector in VECTORS["vectors"]
    ]
    assert generation.commit_batch(key, archive, 1, jobs[::-1]) == sealed[::-1]


def test_an_unused_slot() -> None:
    (sealed,) = generation.commit_batch(KEY, ARCHIVE, 1, [generation.Job(9, None, None)])
    assert sealed.n == 1
    assert sealed.c == generation.commit(KEY, ARCHIVE, 1, 9, atoms.empty(), None).c
    assert sealed.c == generation.commit(KEY, ARCHIVE, 1, 9, atoms.empty(), bytes(32)).c


def test_everything_is_bound() -> None:
    cut = atoms.cut([("text", "a b")])
    base = (KEY, ARCHIVE, 1, 5, cut, bytes(32))
    other = (bytes(32), bytes(32), 2, 6, atoms.cut([("text", "a c")]), bytes([1]) * 32)
    seen = {generation.commit(*base).c}
    for at in range(6):
        changed = (*base[:at], other[at], *base[at + 1 :])
        seen.add(generation.commit(*changed).c)  # type: ignore[arg-type]
    assert len(seen) == 7


def test_what_cannot_be_committed() -> None:
    for key, slot in ((KEY[:31], 1), (KEY, -1), (KEY, 1 << 32)):
        with pytest.raises(UsageError):
            generation.slot_seed(key, slot)
    with pytest.raises(UsageError):
        generation.raw_commitment(bytes(32), bytes(31))


def test_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "TILE", 4)
    commitments = [hashlib.sha256(b"%d" % number).digest() for number in range(10)]
    tiles = list(generation.tiles(commitments))
    assert [(name, len(data)) for name, data in tiles] == [
        ("commitments/000000", 128), ("commitments/000001", 128), ("commitments/000002", 64),
    ]  # fmt: skip
    data = [data for _, data in tiles]
    assert generation.read_tiles(data, 10) == commitments
    for wrong, size in ((data[:2], 10), (data, 9), ([*data, b"x"], 10)):
        with pytest.raises(VerifyError) as caught:
            generation.read_tiles(wrong, size)
        assert caught.value.rule == "tiles"
    assert generation.root(commitments) == merkle.root([merkle.leaf_hash(c) for c in commitments])


@pytest.mark.parametrize(("size", "slots"), [(1, [0]), (2, [0, 1]), (16, [3, 0, 15]), (5, [4, 2]), (9000, [8999])])
def test_unused_slots_commit_to_the_empty_reading(size: int, slots: list[int]) -> None:
    found = list(generation.commit_empty(KEY, bytes(32), 1, size, slots))
    assert found == [generation.commit(KEY, bytes(32), 1, slot, atoms.empty(), None).c for slot in slots]
