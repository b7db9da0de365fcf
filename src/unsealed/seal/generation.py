"""One generation: from its key and a slot to the commitment of a document, and the tiles of all commitments.

Takes the key, values and bytes, gives values; keeps nothing. The key is as secret as the archive. One key seals
one list of readings once: the caller makes key and slot table durable before the first call (decision 0022).
Spec: docs/formats/seal.md, sections "Generation" and "Document commitment".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unsealed.crypto import sha256, sha512
from unsealed.errors import UsageError, VerifyError
from unsealed.seal import merkle, tree
from unsealed.seal.atoms import Atoms, atoms_hash, borders, cut, empty

KEY_LENGTH = 32
MAX_NUMBER = (1 << 32) - 1  # of a slot, a generation, a reason
TILE = 8_192  # commitments in one tile: 256 KiB
_NO_ORIGINAL = bytes(32)


class Commitment(NamedTuple):
    """What binds one reading: `c` is public from day one, the rest when the document is released."""

    c: bytes
    root: bytes
    n: int
    blind: bytes
    raw: bytes


class Job(NamedTuple):
    """One slot to seal: its units (label, NFC text), None for an unused slot, and SHA-256 of the item's bytes."""

    slot: int
    units: Sequence[tuple[str, str]] | None
    raw_digest: bytes | None


class Sealed(NamedTuple):
    """What the slot table keeps of one sealed slot."""

    slot: int
    c: bytes
    n: int
    atoms_hash: bytes
    borders: bytes


def archive_id(origin: str, public_key: bytes) -> bytes:
    """SHA-256("us1I" || log origin || 0x0A || Ed25519 public key of the log)."""
    return sha256(b"us1I" + origin.encode() + b"\n" + public_key).digest()


def slot_seed(key: bytes, slot: int) -> bytes:
    """The node of the seed tree under the generation key by the 32 bits of `slot`, highest first, 0 = left."""
    if len(key) != KEY_LENGTH or not 0 <= slot <= MAX_NUMBER:
        raise UsageError("A generation key has 32 bytes and a slot 32 bits.")
    hash_of, seed = sha512, key
    for bit in range(31, -1, -1):
        digest = hash_of(b"us1G" + seed).digest()
        seed = digest[32:] if slot >> bit & 1 else digest[:32]
    return seed


def document_seed(seed: bytes) -> bytes:
    """The top of the seed tree of the document in the slot with this slot seed."""
    return sha256(b"us1S" + seed).digest()


def blinds(seed: bytes) -> tuple[bytes, bytes]:
    """Blind of the commitment and blind of the raw hash, from the slot seed."""
    return sha256(b"us1B" + seed).digest(), sha256(b"us1Q" + seed).digest()


def raw_commitment(raw_blind: bytes, raw_digest: bytes | None) -> bytes:
    """SHA-256("us1R" || raw blind || SHA-256 of the item's own bytes); 32 zero bytes where there is no item.

    Raises UsageError for a digest that is not 32 bytes.
    """
    if raw_digest is not None and len(raw_digest) != len(_NO_ORIGINAL):
        raise UsageError("The hash of an original is 32 bytes.")
    return sha256(b"us1R" + raw_blind + (_NO_ORIGINAL if raw_digest is None else raw_digest)).digest()


def commitment(archive: bytes, generation: int, slot: int, blind: bytes, n: int, root: bytes, raw: bytes) -> bytes:
    """c, the document commitment."""
    numbers = generation.to_bytes(4, "big") + slot.to_bytes(4, "big")
    return sha256(b"us1D" + archive + numbers + blind + n.to_bytes(4, "big") + root + raw).digest()


def commit(
    key: bytes, archive: bytes, generation: int, slot: int, atoms: Atoms, raw_digest: bytes | None
) -> Commitment:
    """Commit to `atoms` in `slot`. Three hashes an atom; see `commit_batch` for many."""
    seed = slot_seed(key, slot)
    blind, raw_blind = blinds(seed)
    n, top = len(atoms.data), tree.root(document_seed(seed), atoms.data)
    raw = raw_commitment(raw_blind, raw_digest)
    return Commitment(commitment(archive, generation, slot, blind, n, top, raw), top, n, blind, raw)


def commit_batch(key: bytes, archive: bytes, generation: int, jobs: Iterable[Job]) -> list[Sealed]:
    """Cut and commit many readings: the one call that a pool of processes needs. Same bytes in any order."""
    done = []
    for job in jobs:
        atoms = empty() if job.units is None else cut(job.units)
        found = commit(key, archive, generation, job.slot, atoms, job.raw_digest)
        packed = borders(atoms)
        done.append(Sealed(job.slot, found.c, found.n, atoms_hash(atoms, packed), packed))
    return done


def commit_empty(key: bytes, archive: bytes, generation: int, size: int, slots: Iterable[int]) -> Iterator[bytes]:
    """The commitments of unused slots of a generation of `size`, in the order of `slots`: an empty reading in each.

    The seeds of all slots are made level by level, two hashes a slot instead of 32. Memory: 32 bytes a slot.
    """
    bits = max(size - 1, 1).bit_length()
    top = key
    for _ in range(32 - bits):
        top = tree.children(top)[0]
    seeds, data = tree.leaf_seeds(top, 1 << bits), empty().data
    for slot in slots:
        blind, raw_blind = blinds(seeds[slot])
        root_of = tree.root(document_seed(seeds[slot]), data)
        yield commitment(archive, generation, slot, blind, len(data), root_of, raw_commitment(raw_blind, None))


def leaf_hashes(commitments: Iterable[bytes]) -> list[bytes]:
    """The RFC 6962 leaf hashes of a generation: SHA-256(0x00 || c) in slot order."""
    hash_of = sha256
    return [hash_of(b"\x00" + c).digest() for c in commitments]


def root(commitments: Iterable[bytes]) -> bytes:
    """The root of a generation over its commitments in slot order."""
    return merkle.root(leaf_hashes(commitments))


def ledger_digest(blind: bytes, ledger: bytes) -> bytes:
    """SHA-256("us1L" || 32 random bytes || SHA-256(ledger)): binds the ledger, tells nothing of it."""
    return sha256(b"us1L" + blind + sha256(ledger).digest()).digest()


def tiles(commitments: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """The public files of a generation's commitments: (name, bytes), 8,192 commitments each, the last may be short."""
    for number, start in enumerate(range(0, len(commitments), TILE)):
        yield f"commitments/{number:06}", b"".join(commitments[start : start + TILE])


def read_tiles(untrusted_tiles: Iterable[bytes], size: int) -> list[bytes]:
    """The `size` commitments of a generation from its tiles in order. VerifyError `tiles` when lengths do not fit.

    Nothing is trusted yet: the caller compares `root` of them with the seal statement.
    """
    joined = b"".join(untrusted_tiles)
    if len(joined) != 32 * size:
        raise VerifyError("The tiles of a generation are not as long as its size says.", rule="tiles")
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]
