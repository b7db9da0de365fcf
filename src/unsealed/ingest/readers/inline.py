"""Files that a page carries in its own text: `data:` addresses in attributes and styles (RFC 2397)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from unsealed.ingest.readers.encoded import from_base64

_DATA = re.compile(
    r"[\"'(=]\s*+data:(?P<mime>[\w.+-]{1,100}/[\w.+-]{1,100})?(?P<words>(?>(?:;[^,;\"'()<>\s]{1,100}+){0,5})),"
    r"(?P<body>[^\"'()<>]*+)",
    re.IGNORECASE,
)
FILES = 2_000  # of one page


class Carried(NamedTuple):
    """One file: its media type as stated, its bytes, its half-open positions in the text."""

    mime: str
    data: bytes
    start: int
    end: int


def carried(text: str) -> Iterator[Carried]:
    """Every file that the text of a page carries, in order; empty ones are none."""
    for found in _DATA.finditer(text):
        body = unquote_to_bytes(found["body"])
        data = from_base64(body)[0] if found["words"].lower().endswith(";base64") else body
        if data.strip():
            yield Carried((found["mime"] or "text/plain").lower(), data, found.start() + 1, found.end())
