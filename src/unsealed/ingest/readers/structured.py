"""JSON, and JSON lines: keys as labels, values as cells, each with its bytes. Tokens alone: no depth is too deep.

What is broken stays readable: the scanner goes on at the next token, and what stands between is a unit `text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from unsealed.ingest.decode import Decoded, Source, composed, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.office.folio import clean, guarded
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "json", 1

_TOKEN = re.compile(
    r'"((?>(?:[^"\\\n]++|\\.)*))"(\s*+:)?|[\[\]{}:,\s]++|(-?\d[\d.eE+-]*+|true|false|null)(?![\w"])', re.DOTALL
)
_BROKEN = re.compile(r'[^\[\]{}:,\s"]++|"')


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A JSON text or one JSON text a line, as pairs of `cell-label` and `cell`. `context` may hold a charset."""
    decoded = Decoded(data, context.decode("ascii", "replace"))
    source = source_of(decoded)
    build = Builder(source)
    if source.text.count(",") + source.text.count(":") > LIMITS.units // 2:
        _lines(build, source.text)  # more values than units: what is told then is lines, and all of it
    else:
        _Tokens(build, source).run()
    return build.outcome("data", NAME, VERSION)


def _lines(build: Builder, text: str) -> None:
    """Lines as they stand, several in one unit where there are very many."""
    least = max(1, 2 * len(text) // LIMITS.units)
    position = 0
    while position < len(text):
        end = text.find("\n", min(position + least, len(text) - 1)) + 1 or len(text)
        build.unit("cell", position, end)
        position = end


class _Tokens:
    def __init__(self, build: Builder, source: Source) -> None:
        self.build = build
        self.source = source
        self.broken = False

    def run(self) -> None:
        text = self.source.text
        position, end = 0, len(text)
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None:
                found = _BROKEN.match(text, position)
                assert found is not None  # one of the two matches any character
                self._broken(position, found.end())
            elif found[1] is not None:
                self._string(found)
            elif found[3] is not None:
                self.build.unit("cell", position, found.end())
            position = found.end()

    def _broken(self, start: int, end: int) -> None:
        if not self.broken:
            self.broken = True
            self.build.finding("J-BROKEN", "warn", self.build.count)
        self.build.unit("text", start, end)

    def _string(self, found: re.Match[str]) -> None:
        label = "cell-label" if found[2] is not None else "cell"
        raw = found[1]
        if not raw:
            return
        if "\\" not in raw:
            self.build.unit(label, found.start(1), found.end(1))
            return
        span = (self.source.byte(found.start(1)), self.source.byte(found.end(1)))
        text = clean(_unescaped(raw))
        first = self.build.count
        last = first
        for piece in _pieces(text):
            last = self.build.free(label, composed(piece), (span,))
        self.build.one_text(first, last)


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), LIMITS.unit_chars):
        yield text[start : start + LIMITS.unit_chars]


def _unescaped(raw: str) -> str:
    try:
        text = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        return raw  # an escape that JSON does not know: as written
    return text if isinstance(text, str) else raw
