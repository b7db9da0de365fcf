"""Word documents (docx, docm, dotx, dotm): body, notes, comments, page heads, deletions, and every embedded file."""

from __future__ import annotations

import re

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.markup import Attributes, Walker, walk
from unsealed.ingest.readers.office.package import Package
from unsealed.ingest.readers.office.plumbing import leftovers, main_member, open_package
from unsealed.ingest.readers.office.prose import Prose
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "word", 1

_HEADING = re.compile(r"heading\s*[1-9]|toc heading|subtitle", re.IGNORECASE)
_STYLE_LABELS = {"title": "title", "quote": "quote", "intense quote": "quote", "list paragraph": "list-item"}
# Stories beside the body, by the kind of their relationship, and the label of their paragraphs
_STORIES = {
    "footnotes": "note",
    "endnotes": "note",
    "comments": "note",
    "header": "header",
    "footer": "header",
    "glossaryDocument": "paragraph",
    "chart": "cell",
    "diagramData": "paragraph",
}


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A Word document; pages are not known, so every unit has page 0."""
    folio = Folio()
    package = open_package(data, folio)
    main = main_member(package, "word/document.xml")
    if not main:
        raise Refused("O-BROKEN", "no main part in the package", "Ask for another copy, or repair it in a copy.")
    styles = _styles(package, main, folio)
    _story(package, main, "paragraph", styles, folio)
    leftovers(package, folio)
    folio.titled()
    return folio.outcome("office", NAME, VERSION)


def _story(package: Package, name: str, label: str, styles: dict[str, str], folio: Folio, depth: int = 0) -> None:
    """One story and those that it refers to, each once."""
    if not package.fresh(name) or depth > 8:
        return
    walk(package.read(name) or b"", _Story(folio, label, styles), folio)
    for target in package.targets(name).values():
        if target.external:
            unit = folio.link(target.name)
            if target.kind != "hyperlink":
                folio.once("O-REMOTE", "warn", unit)
        elif target.kind in _STORIES:
            _story(package, target.name, _STORIES[target.kind], styles, folio, depth + 1)


class _Story(Prose):
    """A story: a comment begins with the one who wrote it."""

    def __init__(self, folio: Folio, label: str, styles: dict[str, str]) -> None:
        super().__init__(folio, label, 0, styles)

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "comment":
            self.folio.say("name", attributes.get("author", ""))
            self.folio.say("dateline", attributes.get("date", ""))
        super().start(name, attributes)


class _Styles(Walker):
    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._id = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._id = attributes.get("styleId", "")
        elif name == "name" and self._id:
            title = attributes.get("val", "").lower()
            label = "heading" if _HEADING.match(title) else _STYLE_LABELS.get(title, "")
            if label:
                self.found[self._id] = label


def _styles(package: Package, main: str, folio: Folio) -> dict[str, str]:
    styles = _Styles()
    for target in package.targets(main).values():
        if target.kind == "styles" and not target.external:
            walk(package.read(target.name) or b"", styles, folio)
    return styles.found
