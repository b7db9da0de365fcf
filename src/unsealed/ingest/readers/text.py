"""Plain text: paragraphs at blank lines, page marks as structure; every character stands in exactly one unit.

E-mails printed to text (a block of `From:` / `Sent:` / `To:` / `Subject:` lines) get their header lines as units
of their own and their values as fields; they stay of type `text`.
"""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, Source, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "text", 1

# The end of a paragraph and the blank lines after it; possessive, so that white space is walked over once.
_BREAK = re.compile(r"\n(?>(?:[^\S\n]*+\n)+)")
_LEADING = re.compile(r"(?>(?:[^\S\n]*+\n)+)")
_HEADER = re.compile(
    r"^[ \t]*(From|Sent|Date|To|Cc|Bcc|Subject|Attachments|Importance)[ \t]*(?::[ \t]*|[ \t]{3,})(\S[^\n]*|)$",
    re.IGNORECASE | re.MULTILINE,
)
_PAGE = re.compile(r"^[ \t]*(?:\f|-+ ?\d{1,4} ?-+|Page \d{1,4}(?: of \d{1,4})?)[ \t]*$", re.IGNORECASE)
_LABELS = {"from": "from", "to": "to", "cc": "to", "bcc": "to", "subject": "subject", "attachments": "attachment"}


def read(data: bytes, context: bytes) -> Outcome:
    """A text file as paragraphs. `context` may hold a declared charset."""
    decoded = Decoded(data, context.decode("ascii", "replace"))
    source = source_of(decoded)
    build = Builder(source)
    add_text(build, source)
    return build.outcome("text", NAME, VERSION)


def add_text(build: Builder, source: Source) -> None:
    """The units of a plain text, appended to `build`: leading white space is a unit of structure."""
    text = source.text
    leading = _LEADING.match(text)
    position = leading.end() if leading else 0
    build.unit("structure", 0, position)
    for end in [*(found.end() for found in _BREAK.finditer(text, position)), len(text)]:
        if end > position:
            _block(build, text, position, end)
        position = end


def _block(build: Builder, text: str, start: int, end: int) -> None:
    headers = list(_HEADER.finditer(text, start, end))
    if len(headers) < 2:
        build.unit("structure" if _PAGE.match(text[start:end].rstrip("\n")) else "paragraph", start, end)
        return
    position = start
    for number, header in enumerate(headers):
        if header.start() > position:
            build.unit("text", position, header.start())
        stop = headers[number + 1].start() if number + 1 < len(headers) else end
        _header_unit(build, header, stop)
        position = stop


def _header_unit(build: Builder, header: re.Match[str], stop: int) -> None:
    name, value = header.group(1).lower(), header.group(2).strip()
    unit = build.unit(_LABELS.get(name, "header"), header.start(), stop)
    if value and name in ("from", "to", "cc", "subject", "bcc"):
        build.field(name, value, unit)
