"""XML that is no page: every text, attribute, comment and declared entity is a unit; nothing is expanded or fetched.

Text that stands between elements of its own kind (mixed content) is one unit with the text inside them, as a reader
sees it. Elements and their nesting are layout.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from unsealed.ingest.decode import Decoded, composed
from unsealed.ingest.readers import html
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.office.folio import Folio, clean, guarded
from unsealed.ingest.readers.office.markup import Attributes, Walker, declared, local, parser
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "xml", 1

_SLICE = 1 << 16
_SPACE = re.compile(r"\s+")


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """An XML document as data. One that is not well formed is read as a page is: tags are skipped, text is kept."""
    decoded = Decoded(data, context.decode("ascii", "replace") or declared(data))
    folio = Folio()
    if not _tell(decoded, folio):
        build = html.page(data, decoded.encoding.encode())
        build.finding("X-XML", "warn")
        return build.outcome("data", NAME, VERSION)
    folio.findings.extend(decoded.findings)
    return folio.outcome("data", NAME, VERSION, decoded.encoding)


def _tell(decoded: Decoded, folio: Folio) -> bool:
    text = decoded.text.encode("utf-8", "replace")
    begin = decoded.bom if decoded.encoding == "utf-8" else -1
    walker = _Data(folio, begin)
    made = parser(walker, folio, "utf-8")
    made.buffer_text = False
    made.ProcessingInstructionHandler = walker.instruction
    walker.place = lambda: made.CurrentByteIndex
    try:
        for start in range(0, len(text), _SLICE):
            made.Parse(text[start : start + _SLICE], False)
        made.Parse(b"", True)
    except expat.ExpatError:
        return False
    return True


class _Data(Walker):
    """`begin`: where the text begins in the bytes of the item, -1 where positions cannot be told."""

    def __init__(self, folio: Folio, begin: int) -> None:
        self.folio = folio
        self.begin = begin
        self.place: Callable[[], int] = int
        self.depth = 0
        self._pieces: list[str] = []
        self._owner = 0  # depth of the element that the text belongs to
        self._start = 0
        self._leaf = True

    def start(self, name: str, attributes: Attributes) -> None:
        if self._pieces:
            self._leaf = False
        self.depth += 1
        told = " ".join(f'{key}="{value}"' for key, value in _telling(attributes))
        if told:
            here = self.place()
            self._unit("code", told, here, here)

    def text(self, text: str) -> None:
        if not self._pieces:
            if text.isspace():
                return
            self._owner, self._start, self._leaf = self.depth, self.place(), True
        self._pieces.append(text)

    def end(self, name: str) -> None:
        if self._pieces and self.depth <= self._owner:
            text = _SPACE.sub(" ", "".join(self._pieces)).strip() if not self._leaf else "".join(self._pieces).strip()
            self._pieces = []
            self._unit("cell" if self._leaf else "paragraph", text, self._start, self.place())
        self.depth -= 1

    def comment(self, text: str) -> None:
        here = self.place()
        self._unit("note", text.strip(), here, here)

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction: a style sheet, a switch."""
        here = self.place()
        self._unit("code", f"{target} {data}", here, here)

    def _unit(self, label: str, text: str, start: int, end: int) -> None:
        if self.begin < 0 or self._pieces or len(text) > LIMITS.unit_chars or start < 0:
            self.folio.say(label, text)
        elif text.strip():
            self.folio.counted(text)
            self.folio.free(label, composed(clean(text)), ((self.begin + start, self.begin + end),))


def _telling(attributes: Attributes) -> Iterator[tuple[str, str]]:
    """Attributes that say something, each once by its local name."""
    for key, value in attributes.items():
        twice = ":" in key and attributes.get(local(key)) == value
        if value.strip() and not twice and local(key) not in ("schemaLocation", "noNamespaceSchemaLocation"):
            yield local(key), value
