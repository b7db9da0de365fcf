"""Documents of programs that are gone: the runs of text in their bytes, with a warning that nobody knows their order.

Better found than lost: WordPerfect, Works, Write, Lotus, Quattro, Publisher, Visio, StarOffice, PowerPoint 95. What
would read them in full is named in the outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from unsealed.ingest.kinds import media_type, told
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.office.folio import Folio, clean, guarded
from unsealed.ingest.readers.outcome import Outcome, rejected

NAME, VERSION = "salvage", 1

_NARROW = re.compile(rb"[\t\x20-\x7e\x80-\xff]{4,}")
_WIDE = re.compile(rb"(?:[\t\x20-\x7e\xa0-\xff]\x00|[\x00-\xff][\x01-\x05]){4,}")
_WORD = re.compile(r"[^\W\d_]{4,}|\b[^\W\d_]{2,} [^\W\d_]{2,}\b")
_UNITS = 20_000


class Run(NamedTuple):
    """A run of text and the bytes that it stands in."""

    text: str
    start: int
    end: int


def runs(data: bytes) -> Iterator[Run]:
    """The runs of text in binary data, in order: of one byte a character (Windows-1252), and of two."""
    wide = list(_WIDE.finditer(data))
    covered = 0
    place = 0
    for found in _NARROW.finditer(data):
        while place < len(wide) and wide[place].start() <= found.start():
            yield from _run(wide[place].group().decode("utf-16-le", "replace"), *wide[place].span())
            covered = wide[place].end()
            place += 1
        if found.end() > covered:
            yield from _run(found.group().decode("cp1252", "replace"), *found.span())
    for match in wide[place:]:
        yield from _run(match.group().decode("utf-16-le", "replace"), *match.span())


def _run(text: str, start: int, end: int) -> Iterator[Run]:
    """`text`, where most of it is words."""
    if _WORD.search(text) and sum(map(len, _WORD.findall(text))) * 2 >= len(text.replace(" ", "")):
        plain = sum(character.isascii() for character in text)
        if plain * 5 >= len(text) * 4 or all(
            "\u0370" <= character <= "\u052f" or character == " " for character in text
        ):
            yield Run(text, start, end)


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A document of an old program as runs of text; rejected where there are none."""
    message, remedy = told(media_type(data[:65_536]))
    folio = Folio()
    for run in runs(data):
        if folio.count >= _UNITS:
            break
        text = clean(run.text)
        if len(text) <= LIMITS.unit_chars:
            folio.counted(text)
            folio.free("text", text, ((run.start, run.end),))
        else:
            folio.say("text", text)
    if not folio.count:
        return rejected("R-UNKNOWN", message, remedy)
    folio.finding("O-SALVAGED", "warn")
    outcome = folio.outcome("office", NAME, VERSION, "cp1252")
    return Outcome(outcome.reading, outcome.parts, "O-SALVAGED", message, remedy, "read")
