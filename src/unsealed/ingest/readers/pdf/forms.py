"""Form values: what somebody filled in is text of the document, wherever its field is drawn."""

from __future__ import annotations

import pikepdf

from unsealed.ingest.readers import xmp
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.pdf.values import bytes_of, clean, get, items, key_of, text_of

DEPTH = 32  # fields inside fields


class Forms:
    """The fields of a form, and those that only a page knows."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()
        self._widgets: list[object] = []
        self.said: set[str] = set()  # values of fields that stand on a page, without their white space

    def widget(self, annotation: object) -> None:
        """Note a field that stands on a page: the form's own list may leave it out."""
        self._widgets.append(annotation)
        value = text_of(get(annotation, "/V")) or text_of(get(get(annotation, "/Parent"), "/V"))
        self.said.update(["".join(line.split()) for line in value.split("\n")])

    def all(self, file: pikepdf.Pdf, build: Builder) -> None:
        """Each field with a value as the units `cell-label` and `cell`."""
        form = get(file.Root, "/AcroForm")
        for field in items(get(form, "/Fields")):
            self._field(field, "", build, 0)
        for widget in self._widgets:
            self._field(widget, _name_above(widget), build, 0)
        self._xfa(get(form, "/XFA"), build)

    def _field(self, field: object, above: str, build: Builder, depth: int) -> None:
        key = key_of(field)
        if depth > DEPTH or (key != (0, 0) and key in self._seen) or len(self._seen) > LIMITS.fields:
            return
        self._seen.add(key)
        own = text_of(get(field, "/T"))
        name = ".".join([part for part in (above, own) if part])
        value = text_of(get(field, "/V"))
        if value and value != "Off":
            if name:
                build.free("cell-label", name)
            build.free("cell", value)
        for child in items(get(field, "/Kids")):
            self._field(child, name, build, depth + 1)

    def _xfa(self, value: object, build: Builder) -> None:
        """An XFA form keeps its values in XML of its own."""
        packets = [piece for piece in items(value) or [value] if isinstance(piece, pikepdf.Stream)]
        if packets:
            build.finding("P-XFA", "note")
        for packet in packets:
            for name, text in xmp.values(bytes_of(packet, LIMITS.text_bytes)):
                build.free("cell-label", clean(name))
                build.free("cell", clean(text))


def _name_above(widget: object) -> str:
    above: list[str] = []
    parent = get(widget, "/Parent")
    while parent is not None and len(above) < DEPTH:
        above.append(text_of(get(parent, "/T")))
        parent = get(parent, "/Parent")
    return ".".join([name for name in reversed(above) if name])
