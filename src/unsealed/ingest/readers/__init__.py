"""Read: one item's bytes to a `Reading`. Takes bytes, gives structs; touches no disk, clock, network or path.

`read` is the only door. It is deterministic, never raises for bad input (a bad item is a rejected `Outcome`),
and runs in a process of its own behind the sandbox. What is read how: `docs/formats/readers.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Literal, NamedTuple

from unsealed.ingest.kinds import told
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part, ToolAnswer, rejected
from unsealed.model import Reading, Unit

__all__ = ["READERS", "Outcome", "Part", "Reader", "ToolAnswer", "is_binary", "load", "read", "unread"]


class Reader(NamedTuple):
    """What reads a form: a function of a module of this room, and its family.

    `text`: our own readers of text, which read many items one after the other. `binary`: everything that a foreign
    library parses; each item is read in a process of its own. `tool`: the same, and the reader may ask for native
    tools (`outcome.asking`); its function takes a third argument, the tuple of their answers, empty the first time.
    A module is loaded when its first item comes, so that a worker that sees telegrams alone does not wait for a PDF
    engine (decision 0092).
    """

    module: str
    function: str
    family: Literal["text", "binary", "tool"] = "text"


READERS: dict[str, Reader] = {
    "cable-csv": Reader("cable", "read_row"),
    "cable-html": Reader("cable", "read_page"),
    "cable-text": Reader("cable", "read_text"),
    "cable-1970s": Reader("declassified", "read"),
    "frus-tei": Reader("frus", "read"),
    "eml": Reader("mail", "read"),
    "mbox": Reader("mail", "read"),
    "article": Reader("article", "read"),
    "html": Reader("page", "read"),
    "text": Reader("text", "read"),
    "event-csv": Reader("event", "read_report"),
    "table-csv": Reader("event", "read_table_row"),
    "pdf": Reader("pdf", "read", "binary"),
    "image": Reader("image", "read", "binary"),
    "media": Reader("media", "read", "tool"),
    "chat": Reader("chat", "read"),
    "chat-html": Reader("chat", "read_page"),
    "chat-json": Reader("chat_export", "read_json"),
    "chat-xml": Reader("chat_export", "read_xml"),
    "markdown": Reader("markdown", "read"),
    "emlx": Reader("applemail", "read"),
    "smime": Reader("envelope", "read_smime"),
    "pgp": Reader("envelope", "read_pgp"),
    "msg": Reader("outlook", "read_msg", "binary"),
    "tnef": Reader("outlook", "read_tnef", "binary"),
    "calendar": Reader("agenda", "read_calendar"),
    "contact": Reader("agenda", "read_contacts"),
    "docx": Reader("office.word", "read", "binary"),
    "xlsx": Reader("office.sheet", "read", "binary"),
    "xlsb": Reader("office.binarysheet", "read", "binary"),
    "pptx": Reader("office.slides", "read", "binary"),
    "odf": Reader("office.opendocument", "read", "binary"),
    "odf-flat": Reader("office.opendocument", "read_flat", "binary"),
    "doc": Reader("office.compound", "read", "binary"),
    "xls": Reader("office.compound", "read", "binary"),
    "ppt": Reader("office.compound", "read", "binary"),
    "ole": Reader("office.compound", "read", "binary"),
    "wordperfect": Reader("wordperfect", "read"),
    "old-document": Reader("converted", "read", "tool"),
    "rtf": Reader("rtf", "read"),
    "epub": Reader("office.epub", "read", "binary"),
    "sqlite": Reader("database", "read", "binary"),
    "xml": Reader("markup_data", "read", "binary"),
    "json": Reader("structured", "read"),
    "delimited": Reader("delimited", "read"),
}


_WHOLE = frozenset(("pdf", "image", "media"))  # large files of little text


def is_binary(form: str) -> bool:
    """Whether items of this form are parsed by a foreign library, and so each in a process of its own."""
    reader = READERS.get(form)
    return reader is not None and reader.family != "text"


@cache
def _function(form: str) -> Callable[..., Outcome]:
    reader = READERS[form]
    found: Callable[..., Outcome] = getattr(import_module(f"unsealed.ingest.readers.{reader.module}"), reader.function)
    return found


def load(form: str) -> None:
    """Import what reads a form, before the first item comes."""
    if form in READERS:
        _function(form)


def read(form: str, data: bytes, context: bytes = b"", answers: tuple[ToolAnswer, ...] = ()) -> Outcome:
    """Read one item of a form that `sniff` gave, with the context that its container's splitter gave.

    `answers`: of the tools that the reader asked for the last time.

    `data` are the exact bytes of the item alone: the row, the message, the `div`, the file.
    """
    most = LIMITS.whole_bytes if form in _WHOLE else LIMITS.item_bytes
    if len(data) > most:
        return rejected("R-TOO-LARGE", f"larger than {most} bytes", "Split the file, or raise the limit.")
    if not data:
        return unread("unread", "empty", 1, "R-EMPTY", "an empty file", "Nothing to do: it is sealed as an empty item.")
    if form not in READERS:
        return rejected("R-UNKNOWN", *told(form))
    if READERS[form].family == "tool":
        return _function(form)(data, context, answers)
    return _function(form)(data, context)


def unread(kind: str, reader: str, version: int, code: str, message: str, remedy: str) -> Outcome:
    """An item without text that is counted as read: sealed with its header, one unit `unread` and its raw hash."""
    return Outcome(Reading(kind, reader, version, (Unit("unread", ""),)), (), code, message, remedy, "no-text")
