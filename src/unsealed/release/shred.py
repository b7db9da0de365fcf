"""Shred: give up the power to prove withheld words, and keep every proof that was published.

Takes an archive and documents; writes punctured generation keys under a fresh wrapping key, in one step. What was
published hides at least what is shredded, and its proofs are made again from the punctured keys and compared before
anything is written. The words themselves stay in the archive. Old shares, and backups of `keys/`, still open the old
keys: it is done when their holders say that they destroyed them.

Spec: docs/formats/seal.md, section "Punctured keys".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import ArchiveError, HumanNeeded, UsageError
from unsealed.release.cut import Decided, sealed_atoms
from unsealed.release.keys import OpenKeys
from unsealed.release.objects import read_files, read_manifest
from unsealed.release.plan import SealedRow, sealed_at, sealed_generations
from unsealed.release.records import find_generation, find_release
from unsealed.release.shred_record import SHREDS, Shredding, encode_shreds, read_shreds
from unsealed.release.splitting import fingerprint, read_splits
from unsealed.review import audit
from unsealed.seal import proof, puncture
from unsealed.seal.atoms import Atoms
from unsealed.seal.package import decode_pack
from unsealed.seal.proof import Body, Hidden
from unsealed.seal.prove import body
from unsealed.seal.puncture import Punctured, Secret, Shred, decode_secret, encode_secret

_PEOPLE = 2  # different editors who must ask for it: it cannot be undone


class Report(NamedTuple):
    """What was shredded, and the record of who has to destroy what. `keys` is the store from now on."""

    documents: int
    atoms: int
    record: Shredding
    keys: OpenKeys


class _Sealed(NamedTuple):
    """A sealed reading of an item."""

    generation: int
    slot: int
    row: int


def shred_documents(
    archive: Archive, keys: OpenKeys, passphrase: str, items: Sequence[int], *, by: Sequence[str], time: str
) -> Report:
    """Shred documents: of a released one all that its proofs hide, of another one everything but its header.

    `by` are the editors who want it, at least two different ones of the settings; `passphrase` locks the keys again.
    Raises UsageError for too few or unknown people, or where nothing is left to shred; HumanNeeded for a document in a
    release that is built and not published; ArchiveError where a published proof would not come out the same.
    """
    _check_people(archive, by)
    wanted = _wanted(archive, sorted(set(items)))
    return _shred(archive, keys, passphrase, wanted, by, time)


def shred_marks(archive: Archive, keys: OpenKeys, passphrase: str, *, by: Sequence[str], time: str) -> Report:
    """Shred what the published proofs hide, in all released documents. Raises like `shred_documents`."""
    items = sorted({one.item for one in archive.released()})
    return shred_documents(archive, keys, passphrase, items, by=by, time=time)


def _check_people(archive: Archive, by: Sequence[str]) -> None:
    known = archive.settings.review.editors
    if len(set(by)) < _PEOPLE or not set(by) <= set(known):
        raise UsageError(
            "Two different editors of the settings have to want this: it cannot be undone.",
            remedy=f"Name them with --as, twice. The settings have: {', '.join(known) or 'nobody'}.",
        )


# --- what ---------------------------------------------------------------------------------------------


class _Wanted(NamedTuple):
    """Per generation: the places to shred of each slot, and the published bodies that must come out the same."""

    places: dict[int, dict[int, set[int]]]
    rows: dict[tuple[int, int], int]
    published: dict[tuple[int, int], list[Body]]


def _wanted(archive: Archive, items: Sequence[int]) -> _Wanted:
    published = _published(archive, frozenset(items))
    found = _Wanted({}, {}, published)
    for item in items:
        sealed = list(_sealed(archive, item))
        if not sealed:
            raise UsageError(f"Document {item} is not sealed: there is nothing to shred.", remedy="Leave it out.")
        for one in sealed:
            bodies = published.get((one.generation, one.slot), [])
            places = set.intersection(*map(_hidden, bodies)) if bodies else _all_but_header(archive, one)
            found.places.setdefault(one.generation, {})[one.slot] = places
            found.rows[one.generation, one.slot] = one.row
    return found


def _sealed(archive: Archive, item: int) -> Iterator[_Sealed]:
    """Where readings of an item are sealed, in every generation."""
    for generation in sealed_generations(archive):
        slot = archive.slot_of(generation, item)
        if slot is not None:
            yield _Sealed(generation, slot.slot, slot.row)


def _published(archive: Archive, items: frozenset[int]) -> dict[tuple[int, int], list[Body]]:
    """The proof bodies of every published cut of these items, by generation and slot."""
    found: dict[tuple[int, int], list[Body]] = {}
    for number in sorted({one.release for one in archive.released() if one.item in items}):
        stored = find_release(archive, number)
        if stored is None or stored.state == "planned":
            continue
        if stored.state == "built":
            raise HumanNeeded(
                f"Release {number} is built and not published: it holds documents that are to be shredded.",
                remedy="Publish it first, or plan it without them.",
            )
        wanted = {(one.generation, one.slot) for one in archive.released(number) if one.item in items}
        for made in _bodies(archive, number):
            if (made.generation, made.slot) in wanted:
                found.setdefault((made.generation, made.slot), []).append(made)
    return found


def _bodies(archive: Archive, number: int) -> Iterator[Body]:
    manifest, _ = read_manifest(archive, number)
    for file, data in read_files(archive, number, manifest):
        if file.path.startswith("packs/"):
            for document in decode_pack(data):
                yield proof.decode(document.proof.encode()).body


def _hidden(made: Body) -> set[int]:
    """The atoms that a proof hides."""
    found: set[int] = set()
    at = 0
    for node in made.nodes:
        if isinstance(node, Hidden):
            found |= set(range(at, at + node.size))
        at += node.size
    return found


def _all_but_header(archive: Archive, sealed: _Sealed) -> set[int]:
    return set(range(1, len(_atoms(archive, sealed.generation, sealed.slot, sealed.row)[0].data)))


def _atoms(archive: Archive, generation: int, slot: int, row: int) -> tuple[Atoms, bytes]:
    """The sealed atoms of a slot, and the hash of the original's bytes."""
    stored = archive.reading(row)
    document = Decided(stored, sealed_at(archive, SealedRow(row, generation, slot)), ())
    return sealed_atoms(document), stored.item.sha256


# --- doing it -----------------------------------------------------------------------------------------


def _shred(archive: Archive, keys: OpenKeys, passphrase: str, wanted: _Wanted, by: Sequence[str], time: str) -> Report:
    secrets: dict[str, bytes] = {}
    documents = atoms = 0
    for number, slots in wanted.places.items():
        stored = find_generation(archive, number)
        assert stored is not None, "a slot names its generation"
        name = stored[1].secret
        before = decode_secret(keys.secret(name))
        new = {slot: places for slot, places in slots.items() if places - _gone(before, slot)}
        if new:
            size = len(stored[1].rows) // 8
            after = puncture.puncture(before, size, _shreds(archive, number, new, wanted))
            _check_proofs(archive, number, after, new, wanted)
            secrets[name] = encode_secret(after)
            documents += len(new)
            atoms += sum(len(places) for places in new.values())
    if not secrets:
        raise UsageError("Nothing of these documents is left to shred.", remedy="`unsealed shred status` lists it.")
    record = _record(keys, documents, atoms, by, time)
    records = {SHREDS: encode_shreds([*read_shreds(keys.store.folder), record])}
    changed = keys.change_wrapping(passphrase, secrets, records)
    about: dict[str, str | int] = {
        "shredding": record.number,
        "documents": documents,
        "atoms": atoms,
        "wrapping": record.wrapping,
    }
    audit.record(archive, ", ".join(record.by), "keys.shred", "generation keys were punctured", about=about)
    return Report(documents, atoms, record, changed)


def _gone(secret: Secret, slot: int) -> set[int]:
    """The atoms of a slot that were shredded before."""
    remains = puncture.find_remains(secret, slot)
    return set() if remains is None else {at for first, end in remains.holes() for at in range(first, end)}


def _shreds(archive: Archive, number: int, slots: dict[int, set[int]], wanted: _Wanted) -> Iterable[Shred]:
    for slot, places in slots.items():
        atoms, raw_digest = _atoms(archive, number, slot, wanted.rows[number, slot])
        yield Shred(slot, atoms, raw_digest, [(at, 1) for at in sorted(places)])


def _check_proofs(archive: Archive, number: int, after: Punctured, slots: dict[int, set[int]], wanted: _Wanted) -> None:
    """Every published proof of these slots comes out byte for byte the same from the punctured key."""
    for slot in slots:
        for published in wanted.published.get((number, slot), []):
            atoms, raw_digest = _atoms(archive, number, slot, wanted.rows[number, slot])
            hidden = [(span.first, span.count, span.reason) for span in published.spans]
            again = body(after, published.archive, number, slot, atoms, raw_digest, hidden)
            if Body(*again) != published._replace(opening=None):
                raise ArchiveError(
                    "A published proof would no longer come out the same: nothing was shredded.",
                    remedy="Report this; restore the catalogue and keys/ from one backup if they were changed.",
                )


def _record(keys: OpenKeys, documents: int, atoms: int, by: Sequence[str], time: str) -> Shredding:
    old = fingerprint(keys.wrapping())
    splits = tuple(one for one in read_splits(keys.store.folder) if one.wrapping == old)
    number = len(read_shreds(keys.store.folder)) + 1
    return Shredding(number, time, tuple(dict.fromkeys(by)), documents, atoms, old, splits)
