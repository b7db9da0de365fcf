"""Which item a command is about, and where it lies."""

from __future__ import annotations

from unsealed.archive import REST, Archive, Item
from unsealed.cli._terminal import visible
from unsealed.errors import InputError


def one_item(archive: Archive, reference: str) -> Item:
    """The one item that a person named. Raises InputError where none or several are called so."""
    found = archive.find(reference)
    if not found:
        raise InputError(
            f"Nothing is called {visible(reference)}.", remedy="`unsealed search` finds documents by words."
        )
    if len(found) > 1:
        listed = ", ".join(str(item.id) for item in found[:10])
        raise InputError(
            f"{len(found)} items are called {visible(reference)}.", remedy=f"Choose one by number: {listed}."
        )
    return found[0]


def place_in(ordinal: int) -> str:
    """Behind the path of a container: which of its items, or the rest of one that ended too early."""
    if ordinal == REST:
        return " (the rest of it)"
    return f" #{ordinal}" if ordinal else ""
