"""A `pre` block as plain text that still knows its bytes: tags out, character references undone."""

from __future__ import annotations

import re
from html import unescape

from unsealed.ingest.decode import Source

_MARKUP = re.compile(
    r"<a\b[^>]*>\s*(?:¶|&para;|&#182;|&#xB6;)\s*</a>|<!--.*?-->|<br\s*/?>|</?[a-zA-Z][^>]*>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});",
    re.DOTALL,
)


def stripped(source: Source, start: int, end: int) -> Source:
    """The text between two positions of a page without its markup (cable.md 2.2: pilcrow links are dropped too)."""
    text = source.text
    pieces: list[str] = []
    at: list[int] = []
    position, length = start, 0
    for found in _MARKUP.finditer(text, start, end):
        pieces.append(text[position : found.start()])
        length += found.start() - position
        raw = found.group()
        value = ""
        if raw[0] == "&":
            value = unescape(raw).replace("\r", "\n")
        elif raw[:3].lower() == "<br":
            value = "\n"
        at.extend([length] * (len(raw) - len(value)))  # markup belongs to the character after it
        pieces.append(value)
        length += len(value)
        position = found.end()
    pieces.append(text[position:end])
    return _Within(source, start, "".join(pieces), at)


def cut_out(source: Source, start: int, gone: list[int]) -> Source:
    """The text of a source from `start` on without the characters at `gone` (relative to `start`, rising)."""
    starts = [0, *(position + 1 for position in gone)]
    text = source.text[start:]
    joined = "".join([text[a:b] for a, b in zip(starts, [*gone, len(text)], strict=True)])
    return _Within(source, start, joined, [position - k for k, position in enumerate(gone)])


class _Within(Source):
    """A `Source` cut out of another one: its way back goes through the outer text."""

    __slots__ = ("outer",)

    def __init__(self, outer: Source, start: int, text: str, at: list[int]) -> None:
        super().__init__(outer.decoded, start, text, at)
        self._base = -1  # not one step from the bytes
        self.outer = outer

    def byte(self, position: int) -> int:
        """Byte offset in the item of character `position`."""
        return self.outer.byte(self.moved(position))
