"""Excel workbooks (xlsx, xlsm, xltx): every sheet, shown, hidden or very hidden, with comments, links and leftovers.

A string that stands in the table of strings while no cell uses it was typed once and deleted: it is told as a note.
"""

from __future__ import annotations

import re

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.grid import Grid, is_date_format, serial_date
from unsealed.ingest.readers.office.markup import Attributes, Walker, walk
from unsealed.ingest.readers.office.package import Package, Target
from unsealed.ingest.readers.office.plumbing import leftovers, main_member, open_package
from unsealed.ingest.readers.office.prose import Prose
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "sheet", 1

_TELLING = re.compile(r'["\[]|://')  # a formula that holds words, or leads elsewhere
_HEAD_CODES = re.compile(r'&(?:"[^"]*"|[LCRPNDTFAGZBIUESXYOH+-]|\d{1,3}|K[0-9A-F]{6})')


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A workbook; the page of a unit is the number of its sheet."""
    folio = Folio()
    package = open_package(data, folio)
    main = main_member(package, "xl/workbook.xml")
    if not main or main.endswith(".bin"):
        raise Refused("O-BROKEN", "no main part in the package", "Ask for another copy, or repair it in a copy.")
    _Workbook(package, main, folio).tell()
    leftovers(package, folio)
    return folio.outcome("table", NAME, VERSION)


class _Strings(Walker):
    """The table of strings; readings for pronunciation (rPh) are left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._in = False
        self._aside = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._aside += 1
        self._in = name == "t"

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self._pieces))
        elif name == "rPh":
            self._aside -= 1
        self._in = False

    def text(self, text: str) -> None:
        if self._in and not self._aside:
            self._pieces.append(text)


class _Formats(Walker):
    """Which cell formats show a date."""

    def __init__(self) -> None:
        self.dates: set[int] = set()
        self._codes: dict[int, str] = {}
        self._count = 0
        self._in = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            self._codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in = True
        elif name == "xf" and self._in:
            number = _number(attributes.get("numFmtId"))
            if is_date_format(number, self._codes.get(number, "")):
                self.dates.add(self._count)
            self._count += 1

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in = False


class _Book(Walker):
    """The list of sheets and the names that are defined."""

    def __init__(self, folio: Folio) -> None:
        self.folio = folio
        self.sheets: list[Attributes] = []
        self.names: list[tuple[str, str]] = []
        self.from_1904 = False
        self._name = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            self.sheets.append(attributes)
        elif name == "definedName":
            self._name = attributes.get("name", "?")
            self.names.append((self._name, ""))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif name == "absPath":
            self.folio.link(attributes.get("url", ""))  # where the last one who saved it kept it

    def end(self, name: str) -> None:
        if name == "definedName":
            self._name = ""

    def text(self, text: str) -> None:
        if self._name:
            self.names[-1] = (self._name, self.names[-1][1] + text)


class _Workbook:
    def __init__(self, package: Package, main: str, folio: Folio) -> None:
        self.package = package
        self.folio = folio
        self.main = main
        self.targets = package.targets(main)
        self.strings = _Strings()
        self.formats = _Formats()
        self.book = _Book(folio)
        self.used: set[int] = set()

    def tell(self) -> None:
        walk(self.package.read(self.main) or b"", self.book, self.folio)
        for kind, walker in (("sharedStrings", self.strings), ("styles", self.formats)):
            for target in self.targets.values():
                if target.kind == kind and not target.external:
                    walk(self.package.read(target.name) or b"", walker, self.folio)
        for number, sheet in enumerate(self.book.sheets, 1):
            self._sheet(number, sheet)
        for name, value in self.book.names:
            if value and not name.startswith("_xlnm."):
                self.folio.say("cell-label", name)
                self.folio.say("code", value)
        for number, text in enumerate(self.strings.found):
            if number not in self.used and text.strip():
                self.folio.once("O-UNUSED", "warn", self.folio.say("note", text))

    def _sheet(self, number: int, sheet: Attributes) -> None:
        unit = self.folio.say("heading", sheet.get("name", ""), number)
        if sheet.get("state", "visible") != "visible":
            self.folio.once("O-HIDDEN", "warn", unit)
        target = self.targets.get(sheet.get("r:id", "")) or next(
            (self.targets[value] for value in sheet.values() if value in self.targets), None
        )
        if target is None or target.external or not self.package.fresh(target.name):
            return
        data = self.package.read(target.name)
        if data:
            cells = _Cells(self, number, unit)
            walk(data, cells, self.folio)
            cells.grid.flush()
        for beside in self.package.targets(target.name).values():
            self._beside(beside, number)

    def _beside(self, target: Target, number: int, depth: int = 0) -> None:
        """Comments, drawings and charts of a sheet."""
        if target.external:
            self.folio.link(target.name, number)
        elif self.package.fresh(target.name) and depth < 4:
            if target.kind in ("comments", "threadedComment"):
                walk(self.package.read(target.name) or b"", _Comments(self.folio, number), self.folio)
            elif target.kind in ("drawing", "chart", "diagramData", "chartUserShapes"):
                walk(self.package.read(target.name) or b"", Prose(self.folio, "paragraph", number), self.folio)
                for inner in self.package.targets(target.name).values():
                    self._beside(inner, number, depth + 1)


class _Cells(Walker):
    """The rows of one sheet."""

    def __init__(self, owner: _Workbook, page: int, heading: int) -> None:
        self.owner = owner
        self.folio = owner.folio
        self.page = page
        self.heading = heading
        self.grid = Grid(owner.folio, page)
        self.cells: list[tuple[int, str]] = []
        self.formulas: list[str] = []
        self.hidden = False
        self._cell: Attributes = {}
        self._column = -1
        self._parts: dict[str, list[str]] = {}
        self._in = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._cell = attributes
            self._column = _column(attributes.get("r", ""), self._column)
            self._parts = {}
        elif name in ("v", "t", "f") or name.endswith(("Header", "Footer")) or name in ("formula1", "formula2"):
            self._in = name
        elif name == "row":
            self.cells, self.formulas, self._column = [], [], -1
            self.hidden = attributes.get("hidden", "0") in ("1", "true")
        elif name == "col" and attributes.get("hidden", "0") in ("1", "true"):
            self.folio.once("O-HIDDEN", "warn", self.heading)
        elif name in ("dataValidation", "hyperlink"):
            for key in ("promptTitle", "prompt", "errorTitle", "error", "display", "tooltip"):
                self.folio.say("note", attributes.get(key, ""), self.page)

    def text(self, text: str) -> None:
        if self._in:
            self._parts.setdefault(self._in, []).append(text)

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name == "row":
            unit = self.grid.row(self.cells)
            if self.hidden and unit >= 0:
                self.folio.once("O-HIDDEN", "warn", unit)
            for formula in self.formulas:
                self.folio.say("code", formula, self.page)
        elif name == self._in:
            self._in = ""
            if name not in ("v", "t", "f"):
                self._aside(name, "".join(self._parts.pop(name, [])))

    def _aside(self, name: str, text: str) -> None:
        if name in ("formula1", "formula2"):
            self.folio.say("code", text if _TELLING.search(text) else "", self.page)
        else:
            self.folio.say("header", _HEAD_CODES.sub(" ", text).strip(), self.page)

    def _end_cell(self) -> None:
        value = "".join(self._parts.get("v", ()))
        formula = "".join(self._parts.get("f", ()))
        kind = self._cell.get("t", "n")
        if kind == "s":
            value = self._shared(value)
        elif kind == "inlineStr":
            value = "".join(self._parts.get("t", ()))
        elif kind == "b":
            value = {"1": "TRUE", "0": "FALSE"}.get(value, value)
        elif kind == "n" and value and _number(self._cell.get("s")) in self.owner.formats.dates:
            value = _date(value, from_1904=self.owner.book.from_1904) or value
        self.cells.append((self._column, value))
        if formula and (not value or _TELLING.search(formula)):
            self.formulas.append("=" + formula)

    def _shared(self, value: str) -> str:
        number = _number(value, -1)
        if 0 <= number < len(self.owner.strings.found):
            self.owner.used.add(number)
            return self.owner.strings.found[number]
        return value


class _Comments(Walker):
    """Comments and threads of comments: who wrote it (where the list of authors says so), what."""

    def __init__(self, folio: Folio, page: int) -> None:
        self.folio = folio
        self.page = page
        self._in = ""
        self._pieces: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name in ("author", "comment", "threadedComment"):
            self._in, self._pieces = name, []
            self.folio.say("dateline", attributes.get("dT", ""), self.page)

    def text(self, text: str) -> None:
        if self._in:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if name == self._in and name:
            text = "".join(self._pieces).strip()
            if name == "author":
                self.folio.person(text)
            else:
                self.folio.say("note", text, self.page)
            self._in = ""


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and len(text) < 10 and text.isdecimal() else otherwise


def _date(value: str, *, from_1904: bool) -> str:
    try:
        return serial_date(float(value), from_1904=from_1904)
    except (ValueError, OverflowError):
        return ""


def _column(reference: str, before: int) -> int:
    """The column of a reference like `AB12`, counted from 0; the next one where there is no reference."""
    column = 0
    for letter in reference[:4]:
        if not letter.isalpha():
            break
        column = column * 26 + (ord(letter.upper()) - 64)
    return column - 1 if column > 0 else before + 1
