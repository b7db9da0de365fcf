"""Logs with ids and counts, never content.

Takes a room's name, gives a standard logger. A log line of Unsealed may hold: ids, counts, sizes, error codes,
durations. Never: text of a document, a title, a name, an address, a path of a source, a time of a source.
The formatter holds the last line of defence: it prints an argument only where it is a number or a `Code`, a
word from our own source code.
"""

from __future__ import annotations

import logging

_ROOT = "unsealed"


class Code(str):
    """A word that stands in our own source code (an error code, a stage), and so may be logged."""

    __slots__ = ()


class SafeFormatter(logging.Formatter):
    """Formats a record with every argument that is not plainly harmless replaced by `(withheld)`.

    Tracebacks are reduced to the type of the error: a traceback holds values, and values hold content.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line: level, room, message."""
        text = record.msg % _safe_arguments(record.args) if record.args else str(record.msg)
        if record.exc_info and record.exc_info[0] is not None:
            text = f"{text} ({record.exc_info[0].__name__})"
        return f"{record.levelname.lower()} {record.name}: {text}"


def _safe(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | Code):
        return value
    return "(withheld)"


def _safe_arguments(arguments: object) -> tuple[object, ...] | dict[str, object]:
    if isinstance(arguments, dict):
        return {key: _safe(value) for key, value in arguments.items()}
    if isinstance(arguments, tuple):
        return tuple(_safe(value) for value in arguments)
    return (_safe(arguments),)


def get_logger(room: str) -> logging.Logger:
    """The logger of a room, for example `get_logger("ingest")`. Use `%s` arguments, never f-strings."""
    return logging.getLogger(f"{_ROOT}.{room}")


def start_logging(level: int = logging.WARNING) -> None:
    """Send the project's log to standard error. Called once by a door."""
    root = logging.getLogger(_ROOT)
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(SafeFormatter())
        root.addHandler(handler)
    root.setLevel(level)
    root.propagate = False
