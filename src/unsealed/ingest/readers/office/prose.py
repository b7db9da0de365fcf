"""Paragraphs of WordprocessingML and DrawingML: one walker for text documents, slides, notes, charts and comments."""

from __future__ import annotations

import re

from unsealed.ingest.readers.office.folio import Folio
from unsealed.ingest.readers.office.markup import Attributes, Walker

_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad", "ptab": "\t"}
_TEXTS = frozenset({"t", "delText", "instrText", "delInstrText"})
# Texts that stand in attributes: what a picture is said to show, words drawn as art, choices of a form
_SAID = {
    "docPr": ("title", "descr"),
    "cNvPr": ("title", "descr"),
    "shape": ("alt",),
    "textpath": ("string",),
    "listEntry": ("val",),
    "listItem": ("displayText", "value"),
    "helpText": ("val",),
    "statusText": ("val",),
    "placeholder": ("text",),
    "sym": (),
}
_DULL_CODE = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES|TOC|PAGEREF|SEQ|FORMTEXT|FORMCHECKBOX|REF _|DATE|TIME)\b")
_ADDRESS = re.compile(r'(?:HYPERLINK|INCLUDE\w+|DDE\w*|LINK|RD)\b[^"]*"([^"]+)"')
_CHANGES = frozenset({"ins", "del", "moveFrom", "moveTo"})


class _Paragraph:
    """A paragraph that is open: its text, what was taken out of it, what its fields compute."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.gone: list[str] = []
        self.code: list[str] = []
        self.label = ""
        self.findings: set[tuple[str, str]] = set()


class Prose(Walker):
    """Makes a unit of each paragraph, of each deletion in it, and of each field code that says something.

    `label` is that of an ordinary paragraph; `styles` maps style ids to labels.
    """

    def __init__(self, folio: Folio, label: str = "paragraph", page: int = 0, styles: dict[str, str] | None = None):
        self.folio = folio
        self.label = label
        self.page = page
        self.styles = styles or {}
        self._open: list[_Paragraph] = []
        self._into = ""  # the element whose characters are text
        self._gone = 0  # deletions that are open
        self._cells = 0
        self._properties = 0
        self._choices: list[tuple[set[str], bool]] = []  # texts of the first dress of an alternative; in the second?

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == "p":
            self._open.append(_Paragraph())
        elif name in _TEXTS:
            self._into = name
        elif name in _BREAKS and self._open and not self._properties:
            self._add(_BREAKS[name])
        elif name in ("pPr", "tabs"):
            self._properties += 1
        elif name in _SAID:
            self._attributes(name, attributes)
        elif name in _CHANGES:
            self._change(name, attributes)
        elif name == "tc":
            self._cells += 1
        elif name == "Fallback" or name == "AlternateContent":
            self._alternative(name)
        else:
            self._property(name, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "p" and self._open:
            self._close(self._open.pop())
        elif name in _TEXTS:
            self._into = ""
        elif name in ("pPr", "tabs"):
            self._properties -= 1
        elif name in ("del", "moveFrom"):
            self._gone = max(0, self._gone - 1)
        elif name == "tc":
            self._cells -= 1
        elif name == "AlternateContent" and self._choices:
            self._choices.pop()

    def text(self, text: str) -> None:
        """Characters."""
        if self._into in ("instrText", "delInstrText"):
            if self._open:
                self._open[-1].code.append(text)
        elif self._into:
            self._add(text)

    def _add(self, text: str) -> None:
        if not self._open:  # text outside of a paragraph
            self.folio.say(self.label, text, self.page)
        elif self._gone or self._into == "delText":
            self._open[-1].gone.append(text)
        else:
            self._open[-1].text.append(text)

    def _attributes(self, name: str, attributes: Attributes) -> None:
        if name == "sym" and self._open:
            code = int(attributes.get("char", "0") or "0", 16)
            self._add(chr(code - 0xF000 if 0xF020 <= code <= 0xF0FF else code))
        for key in _SAID[name]:
            self.folio.say("note", attributes.get(key, ""), self.page)

    def _change(self, name: str, attributes: Attributes) -> None:
        if name in ("del", "moveFrom"):
            self._gone += 1
        if attributes.get("author"):
            self.folio.person(attributes["author"])
        self._find("O-DELETED" if name in ("del", "moveFrom") else "O-INSERTED", "warn" if name == "del" else "note")

    def _find(self, code: str, severity: str) -> None:
        if self._open:
            self._open[-1].findings.add((code, severity))

    def _property(self, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if name == "pStyle" and self._open:
            self._open[-1].label = self.styles.get(value, "")
        elif name == "numPr" and self._open and not self._open[-1].label:
            self._open[-1].label = "list-item"
        elif name == "outlineLvl" and self._open and value < "9":
            self._open[-1].label = "heading"
        elif name in ("vanish", "webHidden", "specVanish") and value not in ("0", "false", "off"):
            self._find("O-HIDDEN", "warn")
        elif name == "highlight" and value == "black":
            self._find("O-COVERED", "warn")
        elif name == "rPrChange" or name == "pPrChange":
            self.folio.person(attributes.get("author", ""))

    def _alternative(self, name: str) -> None:
        if name == "AlternateContent":
            self._choices.append((set(), False))
        elif self._choices:
            self._choices[-1] = (self._choices[-1][0], True)

    def _close(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.text)
        if self._choices:
            said, second = self._choices[-1]
            if second and text in said:
                return  # the same words for older programs
            said.add(text)
        label = "cell" if self._cells > 0 else paragraph.label or self.label
        unit = self.folio.say(label, text, self.page)
        gone = self.folio.say("note", "".join(paragraph.gone), self.page)
        for code, severity in sorted(paragraph.findings):
            self.folio.once(code, severity, gone if code == "O-DELETED" else unit)
        self._codes("".join(paragraph.code))

    def _codes(self, code: str) -> None:
        if code and not _DULL_CODE.match(code):
            address = _ADDRESS.search(code)
            if address is not None and len(address[0]) + 12 > len(code.strip()):
                self.folio.link(address[1], self.page)
            else:
                self.folio.say("code", code.strip(), self.page)
