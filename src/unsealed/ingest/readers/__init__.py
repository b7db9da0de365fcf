"""Read: one item's bytes to a `Reading`. Takes bytes, gives structs; touches no disk, clock, network or path.

`read` is the only door. It is deterministic, never raises for bad input (a bad item is a rejected `Outcome`),
and runs in a process of its own behind the sandbox. What is read how: `docs/formats/readers.md`.
"""

from __future__ import annotations

from collections.abc import Callable

from unsealed.ingest.readers import article, cable, chat, event, frus, html, mail, markdown, pdf, text
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part, rejected
from unsealed.model import Reading, Unit

__all__ = ["READERS", "Outcome", "Part", "read", "unread"]

_Reader = Callable[[bytes, bytes], Outcome]
_TABLE: tuple[tuple[str, _Reader, str, int], ...] = (
    ("cable-csv", cable.read_row, cable.NAME, cable.VERSION),
    ("cable-html", cable.read_page, cable.NAME, cable.VERSION),
    ("cable-text", cable.read_text, cable.NAME, cable.VERSION),
    ("frus-tei", frus.read, frus.NAME, frus.VERSION),
    ("eml", mail.read, mail.NAME, mail.VERSION),
    ("mbox", mail.read, mail.NAME, mail.VERSION),
    ("article", article.read, article.NAME, article.VERSION),
    ("html", html.read, html.NAME, html.VERSION),
    ("text", text.read, text.NAME, text.VERSION),
    ("event-csv", event.read_report, event.NAME, event.VERSION),
    ("table-csv", event.read_table_row, event.NAME, event.VERSION),
    ("pdf", pdf.read, pdf.NAME, pdf.VERSION),
    ("chat", chat.read, chat.NAME, chat.VERSION),
    ("markdown", markdown.read, markdown.NAME, markdown.VERSION),
)
_READ: dict[str, _Reader] = {form: reader for form, reader, _, _ in _TABLE}
READERS: dict[str, tuple[str, int]] = {form: (name, version) for form, _, name, version in _TABLE}


def read(form: str, data: bytes, context: bytes = b"") -> Outcome:
    """Read one item of a form that `sniff` gave, with the context that its container's splitter gave.

    `data` are the exact bytes of the item alone: the row, the message, the `div`, the file.
    """
    if len(data) > LIMITS.item_bytes:
        return rejected("R-TOO-LARGE", f"larger than {LIMITS.item_bytes} bytes", "Split the file, or raise the limit.")
    if not data:
        return unread("unread", "empty", 1, "R-EMPTY", "an empty file", "Nothing to do: it is sealed as an empty item.")
    reader = _READ.get(form)
    if reader is None:
        return rejected(
            "R-UNKNOWN", "no reader for this type", "Convert it to a type that is read, or accept it unread."
        )
    return reader(data, context)


def unread(kind: str, reader: str, version: int, code: str, message: str, remedy: str) -> Outcome:
    """An item without text that is counted as read: sealed with its header, one unit `unread` and its raw hash."""
    return Outcome(Reading(kind, reader, version, (Unit("unread", ""),)), (), code, message, remedy, "no-text")
