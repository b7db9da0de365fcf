"""EPUB books: chapters in the order of the spine, then pages that are in no order; the package's own facts."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from unsealed.ingest.decode import Decoded, source_of
from unsealed.ingest.readers import html
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.markup import Attributes, Walker, declared, walk
from unsealed.ingest.readers.office.package import Package
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "epub", 1

_PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_LAYOUT = frozenset({"text/css", "application/vnd.adobe-page-template+xml", "application/vnd.ms-opentype"})
_FIELDS = {"title": "title", "creator": "author", "contributor": "author", "date": "date", "language": "lang"}


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A book; the page of a unit is the number of its chapter file."""
    folio = Folio()
    package = Package(data, folio)
    if package.find("META-INF/encryption.xml") and package.find("META-INF/rights.xml"):
        raise Refused("R-PASSWORD", "encrypted for one reader: it cannot be opened", "Ask for a copy without a lock.")
    book = _book(package, folio)
    number = 0
    for name in book.order(package):
        page = package.read(name)
        if page:
            number += 1
            _chapter(page, number, folio)
    for name in ["mimetype", "META-INF/container.xml", *book.layout]:
        package.skip(package.find(name))
    for name, part in package.rest():
        folio.part(name, part)
    folio.titled()
    return folio.outcome("book", NAME, VERSION)


class _Container(Walker):
    def __init__(self) -> None:
        self.path = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "rootfile" and not self.path:
            self.path = attributes.get("full-path", "")


class _Book(Walker):
    """The package document: facts, the list of files, the spine."""

    def __init__(self, folio: Folio, folder: str) -> None:
        self.folio = folio
        self.folder = folder
        self.files: dict[str, tuple[str, str]] = {}
        self.spine: list[str] = []
        self._facts = False
        self._name = ""
        self._pieces: list[str] = []

    @property
    def layout(self) -> list[str]:
        """Files that say nothing."""
        return [name for name, kind in self.files.values() if kind in _LAYOUT or kind.startswith(("font/", "text/css"))]

    def order(self, package: Package) -> list[str]:
        """The pages in the order of the spine, then all other pages."""
        spine = [self.files[found][0] for found in self.spine if found in self.files]
        others = [name for name, kind in self.files.values() if kind in _PAGES and name not in spine]
        strays = [name for name in package.names() if name.lower().endswith((".xhtml", ".html", ".htm", ".ncx"))]
        return list(dict.fromkeys(package.find(name) for name in [*spine, *others, *strays] if package.find(name)))

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "metadata":
            self._facts = True
        elif name == "item":
            path = posixpath.normpath(posixpath.join(self.folder, unquote(attributes.get("href", ""))))
            self.files[attributes.get("id", path)] = (path, attributes.get("media-type", ""))
        elif name == "itemref":
            self.spine.append(attributes.get("idref", ""))
        if self._facts:
            self._name, self._pieces = name, []
            if attributes.get("content"):
                self.folio.fact(attributes.get("name", name), attributes["content"])

    def text(self, text: str) -> None:
        if self._name:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if self._name == name:
            self.folio.fact(name, "".join(self._pieces).strip(), _FIELDS.get(name, ""))
            self._name = ""
        if name == "metadata":
            self._facts = False


def _book(package: Package, folio: Folio) -> _Book:
    container = _Container()
    walk(package.read("META-INF/container.xml") or b"", container, folio)
    path = container.path or next((name for name in package.names() if name.lower().endswith(".opf")), "")
    book = _Book(folio, posixpath.dirname(path))
    data = package.read(path)
    if data:
        walk(data, book, folio)
    return book


def _chapter(data: bytes, number: int, folio: Folio) -> None:
    decoded = Decoded(data, declared(data) or html.declared_charset(data))
    inner = Builder(source_of(decoded))
    assert inner.source is not None
    html.add_html(inner, inner.source)
    titles = {unit for field in inner.fields for unit in field.units}
    for place, unit in enumerate(inner.units):
        if place not in titles:  # the head of the file: its title is that of the chapter, and stands below again
            folio.say(unit.label, unit.text, number)
        elif unit.text not in {other.text for other in inner.units[place + 1 :]}:
            folio.say("title", unit.text, number)
