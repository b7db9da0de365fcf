"""Annotations of a page: comments with their authors, stamps, marks for redaction, links, attached files."""

from __future__ import annotations

from typing import Any

import pikepdf

from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.pdf.attached import Attached
from unsealed.ingest.readers.pdf.catalog import action
from unsealed.ingest.readers.pdf.forms import Forms
from unsealed.ingest.readers.pdf.values import date_of, entries, get, items, text_of, without_tags

ANNOTATIONS = 10_000  # of one page


class Notes:
    """Reads the annotations of one page after the other."""

    def __init__(self, attached: Attached, forms: Forms) -> None:
        self._attached = attached
        self._forms = forms

    def page(self, page: pikepdf.Object, build: Builder, number: int) -> None:
        """Units for all annotations of page `number` (from 1), after the page's own text."""
        for specification in items(get(page, "/AF")):
            self._attached.add("", specification)
        for _, one in entries(get(page, "/AA")):
            action(one, build, number)
        annotations = items(get(page, "/Annots"))
        if len(annotations) > ANNOTATIONS:
            build.finding("P-NOTES", "warn")
        for annotation in annotations[:ANNOTATIONS]:
            self._annotation(annotation, build, number)

    def _annotation(self, annotation: Any, build: Builder, page: int) -> None:
        kind = str(get(annotation, "/Subtype") or "")
        action(get(annotation, "/A"), build, page)
        for _, one in entries(get(annotation, "/AA")):
            action(one, build, page)
        if kind == "/Widget":
            self._forms.widget(annotation)
            return
        if get(annotation, "/FS") is not None:
            self._attached.add("", get(annotation, "/FS"))
        if kind != "/Popup":
            _words(annotation, kind, build, page)


def _words(annotation: Any, kind: str, build: Builder, page: int) -> None:
    """Who wrote a note, when, and what."""
    said: list[str] = []
    for key in ("/Subj", "/Contents", "/RC", "/OverlayText"):
        text = text_of(get(annotation, key))
        text = without_tags(text) if key == "/RC" else text
        if text and " ".join(text.split()) not in [" ".join(one.split()) for one in said]:
            said.append(text)
    author = text_of(get(annotation, "/T"))
    if author:
        build.free("name", author, (), page)
    date = date_of(get(annotation, "/M")) or date_of(get(annotation, "/CreationDate"))
    if date and (author or said):
        build.free("time", date, (), page)
    for text in said:
        build.free("note", text, (), page)
    if kind == "/Redact":
        build.finding("P-REDACT", "warn", build.count - 1 if said else -1)
