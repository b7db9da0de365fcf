"""HTML and other markup as text: paragraphs, headings, list items, cells, links; nothing is executed or fetched.

An own scanner over tags, linear in the input and without a tree: deep nesting costs nothing, every run of text
keeps its place in the bytes, and no library sees the file. Comments, scripts and styles are markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape as undo_references
from typing import NamedTuple

from unsealed.ingest.decode import Decoded, Source, composed, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "html", 1

_TAG = re.compile(
    r"<!--(?>(?:[^-]++|-(?!->))*)(?:-->|\Z)|<!\[CDATA\[(?P<cdata>(?>(?:[^\]]++|\](?!\]>))*))(?:\]\]>|\Z)|<[!?][^>]*+(?:>|\Z)"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][\w:.-]*+)(?P<attributes>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*?)(?:/?>|\Z)",
    re.DOTALL,
)
_DROPPED = frozenset({"script", "style", "template", "svg"})
_ATTRIBUTE = re.compile(r"([a-zA-Z:_-]++)\s*+(?:=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?")
_CHARSET = re.compile(
    rb"""<meta[^>]{1,200}?charset\s*=\s*["']?([\w-]+)|<\?xml[^>]{1,100}encoding\s*=\s*["']([\w-]+)""", re.IGNORECASE
)
BLOCKS = {
    "p": "paragraph",
    "div": "paragraph",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
    "h5": "heading",
    "h6": "heading",
    "li": "list-item",
    "dt": "list-item",
    "dd": "list-item",
    "td": "cell",
    "th": "cell",
    "blockquote": "quote",
    "title": "title",
    "pre": "code",
    "article": "paragraph",
    "section": "paragraph",
    "table": "paragraph",
    "tr": "paragraph",
    "ul": "paragraph",
    "ol": "paragraph",
    "dl": "paragraph",
    "body": "paragraph",
    "head": "paragraph",
    "html": "paragraph",
    "hr": "paragraph",
    "header": "paragraph",
    "footer": "paragraph",
    "nav": "paragraph",
    "aside": "paragraph",
    "main": "paragraph",
    "figure": "paragraph",
    "figcaption": "note",
    "form": "paragraph",
    "fieldset": "paragraph",
    "address": "paragraph",
    "option": "list-item",
    "caption": "heading",
    "label": "text",
    "button": "text",
    "textarea": "text",
    "select": "text",
    "legend": "heading",
    "summary": "heading",
    "details": "paragraph",
    "center": "paragraph",
    "item": "list-item",
    "note": "note",
    "cell": "cell",
    "row": "paragraph",
    "quote": "quote",
    "ab": "paragraph",
    "tbody": "paragraph",
    "thead": "paragraph",
    "tfoot": "paragraph",
    "noscript": "paragraph",
    "iframe": "paragraph",
    "object": "paragraph",
    "teiheader": "paragraph",
    "list": "paragraph",
    "publicationstmt": "paragraph",
    "titlestmt": "paragraph",
    "date": "",
    "tei": "paragraph",
}
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}+;?")
_SPACE = re.compile(r"[ \t\n\r\f]+")


def unescape(text: str) -> str:
    """Character references undone; a number too long to be a character is U+FFFD (the library would raise)."""
    return undo_references(_LONG_REFERENCE.sub("\ufffd", text) if "&#" in text else text)


class Token(NamedTuple):
    """A run of text or a tag: half-open positions in the source text. Text has an empty `name`."""

    start: int
    end: int
    name: str = ""
    close: bool = False
    attributes: tuple[int, int] = (0, 0)


def tokens(text: str) -> Iterator[Token]:
    """Text runs and tags in order; comments, declarations, scripts and styles are passed over."""
    position = 0
    while (found := _TAG.search(text, position)) is not None:
        if found.start() > position:
            yield Token(position, found.start())
        position = found.end()
        name = (found["name"] or "").lower()
        if found.lastgroup == "cdata" and found["cdata"]:
            yield Token(*found.span("cdata"))
        elif name:
            yield Token(found.start(), found.end(), name, bool(found["close"]), found.span("attributes"))
            if name in _DROPPED and not found["close"]:
                position = _after_raw(text, name, position)
    if position < len(text):
        yield Token(position, len(text))


def _after_raw(text: str, name: str, position: int) -> int:
    end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, position)
    return end.end() if end is not None else len(text)


def attributes(text: str, span: tuple[int, int]) -> dict[str, str]:
    """The attributes of a tag, names in lower case, character references undone; the first of two counts."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text[span[0] : min(span[1], span[0] + 65_536)]):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found


def declared_charset(data: bytes) -> str:
    """The charset that the first 4 KiB of a page state, or an empty string."""
    found = _CHARSET.search(data[:4096])
    return (found.group(1) or found.group(2)).decode("ascii", "replace") if found else ""


class Blocks:
    """Collects text runs into one unit for each block; positions are those of `source.text`."""

    def __init__(self, build: Builder, source: Source) -> None:
        self.build = build
        self.source = source
        self.label = "paragraph"
        self.pieces: list[str] = []
        self.start = -1
        self.end = -1
        self.preformatted = 0

    def text(self, start: int, end: int) -> None:
        """A run of text; character references are undone."""
        raw = self.source.text[start:end]
        if self.start < 0:
            if not raw.strip():
                return
            self.start = start
        self.end = end
        self.pieces.append(unescape(raw) if "&" in raw else raw)

    def space(self) -> None:
        """A line break that the markup asks for."""
        if self.start >= 0:
            self.pieces.append("\n" if self.preformatted else " ")

    def flush(self, label: str = "paragraph") -> int:
        """End the block; gives the index of its unit, -1 for nothing. `label` is that of the next block."""
        unit = -1
        if self.start >= 0:
            text = "".join(self.pieces)
            text = text.strip("\n") if self.preformatted else _SPACE.sub(" ", text).strip()
            if text:
                span = (self.source.byte(self.start), self.source.byte(self.end))
                first = self.build.count
                for cut in range(0, len(text), LIMITS.unit_chars):
                    unit = self.build.free(
                        self.label,
                        composed(text[cut : cut + LIMITS.unit_chars].replace("\r\n", "\n").replace("\r", "\n")),
                        (span,),
                    )
                self.build.one_text(first, unit)
        self.label, self.pieces, self.start, self.end = label, [], -1, -1
        return unit


Facts = Callable[[dict[str, str]], tuple[str, str]]  # what the attributes of a meta tag state: field and value
Stated = Callable[[str], list[tuple[str, str]]]  # what linked data in a script state: fields and values


def add_html(build: Builder, source: Source, facts: Facts | None = None, stated: Stated | None = None) -> None:
    """The visible text of a page, appended to `build` block by block; the title becomes a field.

    `facts` names the field and the value that a `meta` tag states, `stated` those of linked data (JSON-LD); such a
    value becomes a unit `header`.
    """
    text = source.text
    blocks = Blocks(build, source)
    for token in tokens(text):
        name = token.name
        if not name:
            blocks.text(token.start, token.end)
        elif name == "br" or name == "lb":
            blocks.space()
        elif BLOCKS.get(name):
            label = blocks.label
            unit = blocks.flush(BLOCKS[name] if not token.close else "paragraph")
            if name == "title" and token.close and label == "title" and unit >= 0:
                build.field("title", build.units[unit].text, unit)
            if name == "pre":
                blocks.preformatted = max(0, blocks.preformatted + (-1 if token.close else 1))
        elif name == "meta" and facts is not None:
            blocks.flush(blocks.label)
            _fact(build, source, (token.start, token.end), *facts(attributes(text, token.attributes)))
        elif name == "script" and stated is not None and not token.close and _is_linked_data(text, token):
            blocks.flush(blocks.label)
            end = _after_raw(text, name, token.end)
            for field, value in stated(text[token.end : end].rpartition("</")[0]):
                _fact(build, source, (token.start, end), field, value)
    blocks.flush()


def _is_linked_data(text: str, token: Token) -> bool:
    return attributes(text, token.attributes).get("type", "").strip().lower() == "application/ld+json"


def _fact(build: Builder, source: Source, span: tuple[int, int], name: str, value: str) -> None:
    if name and len(value) <= LIMITS.unit_chars:
        unit = build.free("header", composed(" ".join(value.split())), ((source.byte(span[0]), source.byte(span[1])),))
        build.field(name, value, unit)


def read(data: bytes, context: bytes) -> Outcome:
    """A page as text. `context` may hold a declared charset."""
    build = page(data, context)
    return build.outcome("html", NAME, VERSION)


def page(data: bytes, context: bytes, facts: Facts | None = None, stated: Stated | None = None) -> Builder:
    """The units of a page, and its title from `title` or the first heading."""
    declared = context.decode("ascii", "replace") or declared_charset(data)
    build = Builder(source_of(Decoded(data, declared)))
    assert build.source is not None
    add_html(build, build.source, facts, stated)
    if not any(field.name == "title" for field in build.fields):
        for number, unit in enumerate(build.units):
            if unit.label in ("heading", "title"):
                build.field("title", unit.text, number)
                break
    return build
