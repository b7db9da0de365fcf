"""OpenDocument and its parents (odt, ods, odp, odg, sxw, sxc, sxi, flat XML): text, sheets, slides, notes."""

from __future__ import annotations

import base64
import binascii
import re

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded, password
from unsealed.ingest.readers.office.grid import Grid
from unsealed.ingest.readers.office.markup import Attributes, Walker, walk
from unsealed.ingest.readers.office.package import Package
from unsealed.ingest.readers.office.properties import properties
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "opendocument", 1

_PLUMBING = re.compile(
    r"mimetype|META-INF/manifest\.(?:xml|rdf)|manifest\.rdf|(?:.*/)?settings\.xml|Configurations2/.*|layout-cache"
    r"|(?:Basic|Dialogs)/(?:.*/)?(?:script|dialog)-l[bc]\.xml|meta\.xml"
)
_SPACES = 1_000  # of one run
_ASIDE = frozenset({"annotation", "note-body", "footnote-body", "endnote-body", "notes", "deletion", "title", "desc"})
# Texts that stand in attributes
_SAID = {
    "hidden-text": ("string-value", "condition"),
    "conditional-text": ("string-value-if-true", "string-value-if-false"),
    "user-field-decl": ("string-value",),
    "variable-set": ("string-value",),
    "placeholder": ("description",),
    "text-input": ("description",),
    "help-message": ("title",),
    "section": ("protection-key",),
}
_WHOLES = frozenset({"math", "body", "document", "document-content", "document-styles", "title", "desc"})
_HIDING = {"table-properties": "display", "text-properties": "display", "drawing-page-properties": "visibility"}
_HIDDEN = frozenset({("table-properties", "false"), ("text-properties", "none"), ("drawing-page-properties", "hidden")})
_LINKING = frozenset({"a", "event-listener", "section-source", "image", "object", "plugin", "dde-connection-decl"})


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """An OpenDocument package; the page of a unit is the number of its sheet or slide."""
    folio = Folio()
    package = Package(data, folio)
    manifest = package.read("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise password()
    kind = (package.read("mimetype") or b"").decode("ascii", "replace").strip()
    properties(package.read("meta.xml"), folio)
    main = [name for name in package.names() if name.rpartition("/")[2] in ("content.xml", "styles.xml")]
    if not main:
        raise Refused("O-BROKEN", "no content in the package", "Ask for another copy, or repair it in a copy.")
    for name in sorted(main, key=lambda name: (name.count("/"), name)):
        walk(package.read(name) or b"", _Content(folio), folio)
    for name in package.names():
        if _PLUMBING.fullmatch(name):
            package.skip(name)
    for name, part in package.rest():
        folio.part(name, part)
    folio.titled()
    return folio.outcome(_type(kind), NAME, VERSION)


@guarded
def read_flat(data: bytes, context: bytes) -> Outcome:
    """The same in one XML file."""
    folio = Folio()
    content = _Content(folio)
    if not walk(data, content, folio) and not folio.count:
        raise Refused("O-BROKEN", "not well-formed XML", "Ask for another copy, or repair it in a copy.")
    folio.titled()
    return folio.outcome(_type(content.kind), NAME, VERSION)


def _type(kind: str) -> str:
    if "spreadsheet" in kind or "calc" in kind:
        return "table"
    return "slides" if "presentation" in kind or "impress" in kind else "office"


class _Content(Walker):
    def __init__(self, folio: Folio) -> None:
        self.folio = folio
        self.kind = ""
        self.page = 0
        self._texts: list[list[str]] = []  # paragraphs that are open
        self._aside: list[str] = []  # notes, comments, deletions that are open
        self._cells: list[list[str]] = []  # cells that are open: their paragraphs
        self._rows: list[list[tuple[int, str]]] = []
        self._cell: list[Attributes] = []
        self._plain = ""  # an element whose own characters are text
        self._pieces: list[str] = []
        self._loose: list[str] = []  # characters that no paragraph claims: a formula
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._lists = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name in ("p", "h"):
            self._texts.append([])
        elif name in ("s", "tab", "tab-stop", "line-break"):
            self._space(name, attributes)
        elif name in _ASIDE:
            self._aside.append(name)
        elif name in ("creator", "date", "binary-data", "author"):
            self._plain, self._pieces = name, []
        elif name in ("table", "page", "table-row", "table-cell", "covered-table-cell", "sub-table"):
            self._table(name, attributes)
        elif name == "list-item":
            self._lists += 1
        elif name in _SAID:
            for key in _SAID[name]:
                self.folio.say("note", attributes.get(key, ""), self.page)
        else:
            self._property(name, attributes)
        if name in _LINKING and not attributes.get("href", "#").startswith(("#", "./", "Pictures/")):
            self._link(name, attributes["href"])

    def _link(self, name: str, target: str) -> None:
        if ":" in target or target.startswith(("/", "\\", "..")):
            unit = self.folio.link(target, self.page)
            if name != "a" and unit >= 0:
                self.folio.once("O-REMOTE", "warn", unit)

    def _space(self, name: str, attributes: Attributes) -> None:
        if name == "s":
            count = attributes.get("c", "1")
            self.text(" " * min(_SPACES, int(count) if count.isdecimal() and len(count) < 7 else 1))
        else:
            self.text("\n" if name == "line-break" else "\t")

    def _property(self, name: str, attributes: Attributes) -> None:
        if name == "document":
            self.kind = attributes.get("mimetype", "")
        elif name == "style":
            self._style = attributes.get("name", "")
        elif (name, attributes.get(_HIDING.get(name, ""))) in _HIDDEN:
            self._hidden_styles.add(self._style)
        elif name == "span" and attributes.get("style-name") in self._hidden_styles:
            self.folio.once("O-HIDDEN", "warn", self.folio.count)
        elif name in ("table-column", "section") and attributes.get("visibility", attributes.get("display")) in (
            "collapse",
            "none",
        ):
            self.folio.once("O-HIDDEN", "warn", max(0, self.folio.count - 1))
        elif name == "insertion":
            self.folio.once("O-INSERTED")

    def _table(self, name: str, attributes: Attributes) -> None:
        if name in ("table", "page"):
            if not self._cells and (name == "page" or not self._texts):
                self.page += 1
            unit = self.folio.say("heading", attributes.get("name", ""), self.page)
            if attributes.get("style-name") in self._hidden_styles and unit >= 0:
                self.folio.once("O-HIDDEN", "warn", unit)
        elif name == "table-row":
            self._rows.append([])
            if attributes.get("visibility") == "collapse":
                self.folio.once("O-HIDDEN", "warn", self.folio.count)
        else:
            self._cells.append([])
            self._cell.append(attributes)

    def text(self, text: str) -> None:
        if self._plain:
            self._pieces.append(text)
        elif self._texts:
            self._texts[-1].append(text)
        else:
            self._loose.append(text)

    def end(self, name: str) -> None:
        if name in ("p", "h") and self._texts:
            self._paragraph(name, "".join(self._texts.pop()))
        elif name == self._plain and name:
            self._said(name, "".join(self._pieces))
        elif name == "table-row" and self._rows:
            Grid(self.folio, self.page).row(self._rows.pop())
        elif name in ("table-cell", "covered-table-cell") and self._cells:
            self._end_cell()
        elif name == "list-item":
            self._lists -= 1
        if self._aside and name == self._aside[-1]:
            self._aside.pop()
        if name in _WHOLES:
            self.folio.say("code" if name == "math" else "text", " ".join("".join(self._loose).split()), self.page)
            self._loose = []

    def _said(self, name: str, text: str) -> None:
        self._plain = ""
        if name == "binary-data":
            try:
                self.folio.part(f"binary-{len(self.folio.parts) + 1}", base64.b64decode(text))
            except binascii.Error:
                self.folio.once("O-MEMBER", "warn")
        elif name == "creator" or name == "author":
            self.folio.person(text)
        else:
            self.folio.say("dateline" if name == "date" else "note", text, self.page)

    def _paragraph(self, name: str, text: str) -> None:
        if self._aside:
            unit = self.folio.say("note", text, self.page)
            if "deletion" in self._aside:
                self.folio.once("O-DELETED", "warn", unit)
        elif self._cells:
            self._cells[-1].append(text)
        else:
            label = "heading" if name == "h" else "list-item" if self._lists else "paragraph"
            self.folio.say(label, text, self.page)

    def _end_cell(self) -> None:
        text = "\n".join(self._cells.pop())
        attributes = self._cell.pop()
        if not text:
            for key in ("string-value", "date-value", "time-value", "value", "boolean-value"):
                text = text or attributes.get(key, "")
        formula = attributes.get("formula", "")
        if '"' in formula or "://" in formula:
            self.folio.say("code", formula, self.page)
        if self._rows:
            repeated = attributes.get("number-columns-repeated", "1")
            step = min(int(repeated), 20_000) if repeated.isdecimal() and len(repeated) < 7 else 1
            row = self._rows[-1]
            row.append((row[-1][0] + 1 if row else 0, text))
            if step > 1:
                row.append((row[-1][0] + step - 1, ""))
