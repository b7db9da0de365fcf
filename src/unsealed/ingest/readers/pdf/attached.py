"""Files inside a PDF: of its name tree (portfolios too), of its pages, of notes. Each becomes an item of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Part
from unsealed.ingest.readers.pdf.catalog import names
from unsealed.ingest.readers.pdf.values import bytes_of, entries, get, items, key_of, text_of

_OBJECTS = 200_000  # objects of a file that are looked through for attached files
_DEPTH = 8  # of what stands in one object
_NAMES = ("/UF", "/F", "/Unix", "/DOS", "/Mac")


class Attached:
    """Collects file specifications while the pages are read; `all` makes parts of them, each stream once."""

    def __init__(self) -> None:
        self._found: list[tuple[str, object]] = []
        self._seen: set[tuple[int, int]] = set()

    def add(self, name: str, specification: object) -> None:
        """Note a file specification, with the name that its place gives it."""
        self._found.append((name, specification))

    def all(self, file: pikepdf.Pdf, build: Builder) -> None:
        """Every attached file as a unit `attachment`, a field and a part."""
        for name, specification in names(get(get(file.Root, "/Names"), "/EmbeddedFiles")):
            self.add(name, specification)
        for specification in items(get(file.Root, "/AF")):
            self.add("", specification)
        if get(file.Root, "/Collection") is not None:
            build.finding("P-PORTFOLIO", "note")
        for name, specification in self._found:
            self._one(name, specification, build)
        for number, indirect in enumerate(file.objects):  # films, renditions, what no list names any more
            if number >= _OBJECTS:
                build.finding("P-ATTACHMENT", "warn")
                break
            for specification in _specifications(indirect):
                self._one("", specification, build)

    def _one(self, name: str, specification: object, build: Builder) -> None:
        embedded = [stream for _, stream in entries(get(specification, "/EF")) if isinstance(stream, pikepdf.Stream)]
        if not embedded:
            return
        if len(build.parts) >= LIMITS.mail_parts:
            build.finding("P-ATTACHMENT", "warn")
            return
        stream = embedded[0]
        if key_of(stream) in self._seen and key_of(stream) != (0, 0):
            return
        self._seen.add(key_of(stream))
        stated = next((text for key in _NAMES if (text := text_of(get(specification, key)))), name)
        unit = build.free("attachment", stated)
        build.field("attachment", stated, unit)
        description = text_of(get(specification, "/Desc"))
        if description and description != stated:
            build.free("note", description)
        try:
            data = bytes_of(stream)
        except Exception:
            build.finding("P-ATTACHMENT", "warn", unit)
            return
        build.parts.append(Part(stated, data, "application/octet-stream", None))


def _specifications(found: object, depth: int = 0) -> Iterator[object]:
    """File specifications with an embedded file in one object, what it only refers to left out."""
    if depth > _DEPTH:
        return
    if get(found, "/EF") is not None:
        yield found
    inner = [value for _, value in entries(found)] or list(items(found))
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _specifications(value, depth + 1)
