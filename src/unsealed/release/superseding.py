"""What stood at the places that an amendment ends, and the packs that go on without it.

Takes an archive and items that are public (or were); gives the lines of the file `superseded` and the packs that take
the place of others. The other documents of a replaced pack stay byte for byte as they were, so their proofs do too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from unsealed.archive import Archive, ReleasedDocument
from unsealed.model import PublicDocument
from unsealed.release.plan import SealedRow, sealed_at
from unsealed.release.standing import Public, current_packs, documents_of, read_pack
from unsealed.seal.package import encode_pack
from unsealed.seal.proof import decode
from unsealed.seal.superseded import Superseded, replacing_path


def rows_of(public: Public, items: Iterable[int]) -> list[ReleasedDocument]:
    """Where the items stand, or stood last, by release and place: the order of an entry's list."""
    found = {public.in_force.get(item) or public.withdrawn.get(item) for item in items}
    return sorted(row for row in found if row is not None)


def documents_at(archive: Archive, rows: Sequence[ReleasedDocument]) -> list[PublicDocument]:
    """The public documents as they were published at these rows, in their order."""
    found: dict[tuple[int, int, int], PublicDocument] = {}
    for number in sorted({row.release for row in rows}):
        for document in documents_of(archive, number):
            found[number, document.generation, document.slot] = document
    return [found[row.release, row.generation, row.slot] for row in rows]


def superseded_line(archive: Archive, row: ReleasedDocument, document: PublicDocument) -> Superseded:
    """The line of a document in the file `superseded`; `row` is where it stood."""
    proof = decode(document.proof.encode())
    c = sealed_at(archive, SealedRow(0, row.generation, row.slot)).c
    spans = tuple((span.first, span.count, span.reason) for span in proof.body.spans)
    return Superseded(
        row.release, row.position, row.generation, row.slot, document.id, document.type, c.hex(), spans,
        tuple(node.hex() for node in proof.cut_path),
    )  # fmt: skip


class Replacing(NamedTuple):
    """The files that take the place of others, by path in the package; and every document that stays in force."""

    files: dict[str, bytes]
    kept: tuple[PublicDocument, ...]


def replacements(archive: Archive, public: Public, ended: Sequence[ReleasedDocument]) -> Replacing:
    """The packs without the documents at `ended`, and empty files for pictures that no other document shows.

    A pack of which nothing is left becomes an empty file, too. Reads every pack in force.
    """
    keys = {(row.generation, row.slot) for row in ended}
    files: dict[str, bytes] = {}
    kept: list[PublicDocument] = []
    gone: set[str] = set()
    for pack in (pack for packs in current_packs(archive, public).values() for pack in packs):
        documents = read_pack(archive, pack)
        left = [one for one in documents if (one.generation, one.slot) not in keys]
        gone |= {name for one in documents if one not in left for name in pictures_of(one)}
        kept += left
        if len(left) < len(documents):
            files[replacing_path(pack.file.sha256)] = encode_pack(left) if left else b""
    for name in sorted(gone - {name for one in kept for name in pictures_of(one)}):
        files[replacing_path(name)] = b""
    return Replacing(files, tuple(kept))


def pictures_of(document: PublicDocument) -> set[str]:
    """The hashes of the files in `media/` that a document shows."""
    pages = document.pages
    return set() if pages is msgspec.UNSET else {pages.sha256, *(page.sha256 for page in pages.pages)}
