"""What stands before a PDF's head and behind its end: no part of the document, and no viewer shows it.

Behind an end mark an update may begin, or a stream go on that holds a PDF itself; anything else was put there.
"""

from __future__ import annotations

import re

_HEAD = 1024  # bytes in which the head must stand
_END = re.compile(
    rb"%%EOF(?P<behind>[ \t\r\n\f\0\x1a]*+)"
    rb"(?!\Z|\d{1,10}[ \t\r\n]+\d{1,5}[ \t\r\n]+obj|xref|startxref|trailer|endstream|endobj|%%EOF)"
)


def around(data: bytes) -> list[tuple[str, int, int]]:
    """Name, begin and end of what lies before and behind the document; nothing where it is blank."""
    found: list[tuple[str, int, int]] = []
    head = data.find(b"%PDF-", 0, _HEAD)
    if head > 0 and data[:head].strip(b"\0\r\n\t \xef\xbb\xbf"):
        found.append(("leading data", 0, head))
    end = _END.search(data, max(head, 0))
    if end is not None:
        found.append(("trailing data", end.end("behind"), len(data)))
    return found
