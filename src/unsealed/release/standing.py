"""What of this archive is public now: which cut of which document is in force, and what was withdrawn.

Takes an archive and its own log; gives released documents by item. The log decides, not the catalogue: a release
that was built and never published is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from unsealed.archive import Archive, ReleasedDocument
from unsealed.model import Manifest, PublicDocument
from unsealed.release.journal import Journal, first_policy
from unsealed.release.objects import package_path, read_manifest
from unsealed.seal.amendments import Key, Place, Register
from unsealed.seal.entries import PackageEntry, Payload, parse_entry
from unsealed.seal.package import decode_pack, pack_files
from unsealed.seal.superseded import Pack, packs_in_force


class Public(NamedTuple):
    """Everything that is public. `in_force` and `withdrawn` are by item; `packages` are the numbers in the log."""

    register: Register
    packages: frozenset[int]
    in_force: dict[int, ReleasedDocument]
    withdrawn: dict[int, ReleasedDocument]


def payloads(archive: Archive) -> list[Payload]:
    """What every entry of the archive's own log says, in order. Raises ArchiveError where it was never sealed."""
    journal = Journal(archive, first_policy(archive).log)
    return [parse_entry(entry).payload for entry in journal.entries()]


def read_public(archive: Archive) -> Public:
    """What is public now."""
    register, packages = Register(), set()
    for payload in payloads(archive):
        register.take(payload)
        if isinstance(payload, PackageEntry):
            packages.add(payload.number)
    in_force: dict[int, ReleasedDocument] = {}
    withdrawn: dict[int, ReleasedDocument] = {}
    for one in archive.released():
        if one.release in packages:
            standing = register.standing(Place(one.release, one.position), Key(one.generation, one.slot))
            if standing.in_force:
                in_force[one.item] = one
            elif standing.now is None:
                withdrawn[one.item] = one  # its last place: releases come in order
    return Public(register, frozenset(packages), in_force, withdrawn)


def manifests(archive: Archive, public: Public) -> list[Manifest]:
    """The manifests of every package in the log, in order."""
    return [read_manifest(archive, number)[0] for number in sorted(public.packages)]


def current_packs(archive: Archive, public: Public) -> dict[int, tuple[Pack, ...]]:
    """The packs in force of every release."""
    return packs_in_force(manifests(archive, public))[0]


def read_pack(archive: Archive, pack: Pack) -> list[PublicDocument]:
    """The documents of a pack."""
    return list(decode_pack((package_path(archive, pack.holder) / pack.file.path).read_bytes()))


def documents_of(archive: Archive, number: int) -> Iterator[PublicDocument]:
    """The documents of a release as they were published first, in its order. Their packages are kept here for ever."""
    manifest = read_manifest(archive, number)[0]
    for file in pack_files(manifest):
        yield from read_pack(archive, Pack(number, file))
