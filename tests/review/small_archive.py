"""A tiny archive made by hand, for tests of the rooms above the archive: documents straight from units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from unsealed.archive import Archive, NewItem, encode_reading
from unsealed.model import Field, Reading, Unit

EDITORS = ("Ana Reyes", "Jonas Weil", "Mira Sand")


def make_archive(path: Path, *, editors: Iterable[str] = EDITORS, name: str = "Test Archive") -> Archive:
    """An empty archive with three editors, open for writing."""
    Archive.create(path, name).close()
    settings = path / "unsealed.toml"
    listed = ", ".join(msgspec.json.encode(editor).decode() for editor in editors)
    settings.write_text(settings.read_text().replace("editors = []", f"editors = [{listed}]"))
    return Archive.open(path, write=True)


def cable(number: int, *paragraphs: str, subject: str = "Talks", tags: Iterable[str] = ("PREL",)) -> Reading:
    """A small cable `03VEREN<number>`: id, date, tags, subject, paragraphs."""
    serial = f"03VEREN{number}"
    units = [Unit("id", f"{serial}\n"), Unit("dtg", "2003-04-05\n"), *(Unit("tag", f"{tag} ") for tag in tags)]
    at = len(units)
    units.append(Unit("subject", f"{subject}\n\n"))
    units += [Unit("paragraph", f"{n}. (C) {text}\n\n") for n, text in enumerate(paragraphs, 1)]
    fields = (
        Field("id", serial, (0,)), Field("date", "2003-04-05", (1,)), Field("subject", subject, (at,)),
        *(Field("tag", tag, (2 + n,)) for n, tag in enumerate(tags)),
    )  # fmt: skip
    return Reading("cable", "cable", 1, tuple(units), fields)


def add(archive: Archive, *readings: Reading, path: str = "in/doc", parent: int = 0) -> list[int]:
    """Store readings, each as a file (or an attachment of `parent`) of its own; gives the item ids."""
    growth = archive.grow()
    found = []
    if parent:
        growth.expect(parent, len(readings))
        growth.close_container(parent)
    for reading in readings:
        data = encode_reading(reading)
        digest = hashlib.sha256(data).digest()
        ordinal = len(found) + 1 if parent else 0
        new = NewItem(
            parent, ordinal, parent, f"{path}{len(found)}.txt", -1, -1, digest, len(data), "read", reading.type
        )
        item = growth.add_item(new, growth.place(data, digest))
        growth.add_reading(item, reading, data)
        found.append(item)
    growth.commit()
    return found


def add_unread(archive: Archive, data: bytes = b"torn", path: str = "in/torn.txt") -> int:
    """Store an item that could not be read; gives its id."""
    growth = archive.grow()
    digest = hashlib.sha256(data).digest()
    new = NewItem(0, 0, 0, path, -1, -1, digest, len(data), "quarantined", "text")
    item = growth.add_item(new, growth.place(data, digest))
    unread = Reading("unread", "unread", 1, (Unit("unread", "It is torn."),))
    growth.add_reading(item, unread, encode_reading(unread))
    growth.commit()
    return item
