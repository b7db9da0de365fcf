"""Walk over XML with expat: local names, no entity ever expanded, nothing ever fetched, depth bounded by memory only.

What a document declares as an entity is kept as text (a name can hide there); what refers to it stays as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.parsers import expat

from unsealed.ingest.readers.office.folio import Folio

Attributes = dict[str, str]
_SLICE = 1 << 16
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_NATIVE = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", ""})


class Walker:
    """What is told of each element: override what you need. Names are local: `w:p` and `a:p` are `p`."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins; `attributes` by local name, and by full name where there is a prefix."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters, in pieces of any size."""

    def comment(self, text: str) -> None:
        """A comment of the markup."""


@lru_cache(maxsize=4096)
def local(name: str) -> str:
    """The name without its prefix."""
    return name.rpartition(":")[2]


def _attributes(found: list[str]) -> Attributes:
    attributes: Attributes = {}
    for name, value in _pairs(found):
        if name.startswith("xmlns"):
            continue
        if ":" in name:
            attributes[name] = value
        attributes.setdefault(local(name), value)
    return attributes


def _pairs(found: list[str]) -> Iterator[tuple[str, str]]:
    return zip(found[::2], found[1::2], strict=True)


def declared(data: bytes) -> str:
    """The charset that an XML declaration states, or an empty string."""
    found = _DECLARED.match(data)
    return found[1].decode("ascii") if found else ""


def parser(walker: Walker, folio: Folio, encoding: str | None = None) -> expat.XMLParserType:
    """An expat parser that tells `walker`, and `folio` what a document type declares."""
    made = expat.ParserCreate(encoding)
    made.ordered_attributes = True
    made.buffer_text = True
    made.StartElementHandler = lambda name, found: walker.start(local(name), _attributes(found))
    made.EndElementHandler = lambda name: walker.end(local(name))
    made.CharacterDataHandler = walker.text
    made.CommentHandler = walker.comment
    made.DefaultHandler = lambda text: walker.text(text) if text.startswith("&") else None
    made.EntityDeclHandler = lambda *told: _entity(folio, told[2], told[4] or "")
    made.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return made


def _entity(folio: Folio, value: str | None, system: str) -> None:
    unit = folio.link(system) if system else folio.say("note", value or "")
    folio.once("X-ENTITY", "warn", unit)


def walk(data: bytes, walker: Walker, folio: Folio) -> bool:
    """Tell `walker` all of a document; False where it is not well formed: what stands before the fault was told."""
    name = declared(data).lower()
    made = parser(walker, folio)
    try:
        if name not in _NATIVE:
            data = data.decode(name, "replace").encode("utf-8", "replace")
            made = parser(walker, folio, "utf-8")
        for start in range(0, len(data), _SLICE):
            made.Parse(data[start : start + _SLICE], False)
        made.Parse(b"", True)
    except (expat.ExpatError, LookupError, UnicodeError):
        folio.once("O-XML", "warn")
        return False
    return True
