"""Properties of a package: who made it, when, with what, and what somebody wrote into its custom fields."""

from __future__ import annotations

import re

from unsealed.ingest.readers.office.folio import Folio
from unsealed.ingest.readers.office.markup import Attributes, Walker, walk

_FIELDS = {
    "creator": "author",
    "initial-creator": "author",
    "lastModifiedBy": "author",
    "title": "title",
    "subject": "subject",
    "created": "created",
    "creation-date": "created",
    "modified": "date",
    "date": "date",
}
# Counts and switches of the program: they say nothing that a person wrote
_DULL = frozenset(
    re.findall(
        r"\S+",
        """Application AppVersion TotalTime Pages Words Characters CharactersWithSpaces Lines Paragraphs DocSecurity
        ScaleCrop LinksUpToDate SharedDoc HyperlinksChanged Slides Notes HiddenSlides MMClips PresentationFormat
        revision editing-cycles editing-duration document-statistic generator i4""",
    )
)


class _Properties(Walker):
    def __init__(self, folio: Folio) -> None:
        self.folio = folio
        self.stack: list[str] = []
        self.pieces: list[str] = []
        self.named = ""

    def start(self, name: str, attributes: Attributes) -> None:
        self.stack.append(name)
        self.pieces = []
        if name in ("property", "user-defined"):
            self.named = attributes.get("name", "")
        if name == "template":
            self.folio.link(attributes.get("href", ""))

    def text(self, text: str) -> None:
        self.pieces.append(text)

    def end(self, name: str) -> None:
        value = "".join(self.pieces).strip()
        self.pieces = []
        self.stack.pop()
        if value and name not in _DULL and "HeadingPairs" not in self.stack:
            label = self.named or name
            self.folio.fact(label, value, _FIELDS.get(name, "") if not self.named else "")
        if name in ("property", "user-defined"):
            self.named = ""


def properties(data: bytes | None, folio: Folio) -> None:
    """Append the properties that one member states: a `cell-label` and a `header` for each."""
    if data:
        walk(data, _Properties(folio), folio)
