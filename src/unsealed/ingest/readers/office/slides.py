"""PowerPoint presentations (pptx, ppsx, potx, with macros): slides in order, hidden ones too, notes and comments."""

from __future__ import annotations

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.markup import Attributes, Walker, walk
from unsealed.ingest.readers.office.package import Package, Target
from unsealed.ingest.readers.office.plumbing import leftovers, main_member, open_package
from unsealed.ingest.readers.office.prose import Prose
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "slides", 1

_BESIDE = {
    "notesSlide": "note",
    "comments": "note",
    "chart": "cell",
    "diagramData": "paragraph",
    "chartUserShapes": "paragraph",
    "slideLayout": "structure",
    "slideMaster": "structure",
    "notesMaster": "structure",
    "handoutMaster": "structure",
    "commentAuthors": "name",
    "authors": "name",
}


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A presentation; the page of a unit is the number of its slide, 0 for masters and comments' authors."""
    folio = Folio()
    package = open_package(data, folio)
    main = main_member(package, "ppt/presentation.xml")
    if not main:
        raise Refused("O-BROKEN", "no main part in the package", "Ask for another copy, or repair it in a copy.")
    order = _Order()
    walk(package.read(main) or b"", order, folio)
    targets = package.targets(main)
    listed = [targets[found] for found in order.slides if found in targets]
    slides = [*listed, *(target for target in targets.values() if target.kind == "slide" and target not in listed)]
    for number, target in enumerate(slides, 1):
        _story(package, target, folio, number)
    for target in targets.values():
        if target.kind != "slide":
            _story(package, target, folio, 0)
    leftovers(package, folio)
    folio.titled()
    return folio.outcome("slides", NAME, VERSION)


class _Order(Walker):
    def __init__(self) -> None:
        self.slides: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            self.slides += [value for key, value in attributes.items() if ":" in key]


def _story(package: Package, target: Target, folio: Folio, page: int, depth: int = 0) -> None:
    """A slide or what belongs to it, each member once."""
    if target.external:
        unit = folio.link(target.name, page)
        if target.kind != "hyperlink":
            folio.once("O-REMOTE", "warn", unit)
        return
    label = "paragraph" if target.kind == "slide" else _BESIDE.get(target.kind, "")
    if not label or not package.fresh(target.name) or depth > 6:
        return
    layout = label == "structure"
    walker = _Shapes(folio, "paragraph" if layout else label, 0 if layout else page, layout=layout)
    walk(package.read(target.name) or b"", walker, folio)
    for inner in package.targets(target.name).values():
        _story(package, inner, folio, 0 if layout else page, depth + 1)


class _Shapes(Prose):
    """The shapes of one slide. Of a layout or a master only those that are no placeholders: the rest is advice."""

    def __init__(self, folio: Folio, label: str, page: int, *, layout: bool) -> None:
        super().__init__(folio, label, page)
        self._usual = label
        self._layout = layout
        self._quiet = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sld" and attributes.get("show", "1") in ("0", "false"):
            self.folio.once("O-HIDDEN", "warn", self.folio.count)
        elif name == "ph":
            self.label = "heading" if attributes.get("type", "") in ("title", "ctrTitle") else self._usual
            self._quiet = self._layout
        elif name in ("cmAuthor", "author"):
            self.folio.person(attributes.get("name", ""))
        elif name == "cm":
            self.folio.say("dateline", attributes.get("dt", attributes.get("created", "")), self.page)
        if name == "text" and not self._open:
            self._into = "t"  # the text of an old comment
        if not (self._quiet and name in ("t", "br")):
            super().start(name, attributes)

    def end(self, name: str) -> None:
        if name in ("sp", "pic", "graphicFrame"):
            self.label, self._quiet = self._usual, False
        if name == "text":
            self._into = ""
        super().end(name)
