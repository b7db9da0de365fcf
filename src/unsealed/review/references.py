"""How people name a document: a canonical id, a report key, a source path, a number, or a part of a container.

Takes the words of an editor, gives items of the archive. Never guesses: a name that fits nothing is an error.
`path#n` is the n-th message of a mailbox, row of a table or member of a container, or, where the path is a
document itself, its n-th attachment; `a.mbox#3#1` is the first attachment of the third message.
"""

from __future__ import annotations

from unsealed.archive import Archive
from unsealed.archive.records import Item
from unsealed.errors import InputError


def resolve(archive: Archive, reference: str) -> list[Item]:
    """The documents that `reference` names, in source order; several where an id was given out twice.

    Raises InputError where there is none, or where it names a container as a whole.
    """
    found = _named(archive, reference)
    if not found:
        raise InputError(
            "A document that is named is not in the archive.",
            remedy="Use a canonical id, a source path, path#n for the n-th part, or the number of `unsealed show`.",
        )
    readable = [item for item in found if item.state != "container"]
    if not readable:
        raise InputError(
            "A name stands for a whole container.", remedy="Name one of its parts by path#n, counting from 1."
        )
    return sorted(readable, key=lambda item: item.id)


def _named(archive: Archive, reference: str) -> list[Item]:
    if not reference.strip():
        return []
    found = archive.find(reference)
    if found or "#" not in reference:
        return found
    rest, _, number = reference.rpartition("#")
    if not number.isascii() or not number.isdecimal() or number == "0":
        return []
    parts = [_part(archive, item, int(number)) for item in _named(archive, rest)]
    return [item for item in parts if item is not None]


def _part(archive: Archive, item: Item, number: int) -> Item | None:
    inside = sorted(archive.children(item.id), key=lambda child: (child.ordinal, child.id))
    if item.state == "container":
        return next((child for child in inside if child.ordinal == number), None)
    return inside[number - 1] if number <= len(inside) else None
