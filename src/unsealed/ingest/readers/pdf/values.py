"""Values of a PDF's objects as plain text: strings, dates, streams. All of it may be hostile."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pikepdf

from unsealed.ingest.decode import composed
from unsealed.ingest.readers.limits import LIMITS

_DATE = re.compile(r"\s*(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)(?:'?(\d\d))?)?")
FILTERS = 16  # of one stream
_TAG = re.compile(r"<[^<>]{0,10000}>")


class TooLarge(ValueError):
    """A stream grows above the limit."""


def text_of(value: object) -> str:
    """A string, a name, a number or a stream of text; empty for anything else."""
    if isinstance(value, pikepdf.String | str):
        return clean(str(value))
    if isinstance(value, pikepdf.Name):
        return clean(str(value)[1:])
    if isinstance(value, pikepdf.Stream):
        return clean(_decoded(bytes_of(value)))
    if isinstance(value, pikepdf.Array):
        return "\n".join(
            [text_of(piece) for piece in list(value)[: LIMITS.fields] if not isinstance(piece, pikepdf.Array)]
        )
    if isinstance(value, pikepdf.Dictionary | pikepdf.Object | bool) or value is None:
        return ""
    return clean(str(value))


def clean(text: str) -> str:
    """NFC, line ends as LF, no lone surrogates, no control characters."""
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join([c for c in text if c in "\n\t" or (c >= " " and c != "\x7f")])
    return composed(text[: LIMITS.unit_chars]).strip()


def without_tags(markup: str) -> str:
    """Rich text as plain text."""
    return " ".join(_TAG.sub(" ", markup).split())


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def bytes_of(stream: pikepdf.Stream, limit: int = LIMITS.item_bytes) -> bytes:
    """The decoded bytes of a stream. Raises TooLarge above `limit`, and what pikepdf raises for a broken one."""
    filters = stream.get("/Filter")
    names = items(filters) or ([filters] if filters is not None else [])
    if names and all(name == pikepdf.Name.FlateDecode for name in names) and "/DecodeParms" not in stream:
        data = stream.read_raw_bytes()
        for _ in names[:FILTERS]:
            data = _inflated(data, limit)
        return data
    data = stream.read_bytes()
    if len(data) > limit:
        raise TooLarge
    return data


def _inflated(data: bytes, limit: int) -> bytes:
    """As much as can be inflated. Raises TooLarge."""
    inflater = zlib.decompressobj()
    pieces: list[bytes] = []
    size = 0
    try:
        while data and not inflater.eof:
            piece = inflater.decompress(data, limit + 1 - size)
            data = inflater.unconsumed_tail
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise TooLarge
    except zlib.error:
        pass  # cut off or damaged: what came before counts
    return b"".join(pieces)


def date_of(value: object) -> str:
    """A PDF date (`D:20040229123000+01'00'`) as ISO 8601 of its own precision and zone; empty where it is none."""
    match = _DATE.match(str(value))
    if match is None or not isinstance(value, pikepdf.String | str):
        return ""
    year, month, day, hour, minute, second, zulu, sign, zone_hour, zone_minute = match.groups()
    if month and not (1 <= int(month) <= 12 and (not day or 1 <= int(day) <= 31)):
        return ""
    date = "-".join([part for part in (year, month, day) if part])
    if not (day and hour and minute) or int(hour) > 23 or int(minute) > 59:
        return date
    clock = f"T{hour}:{minute}" + (f":{second}" if second and int(second) < 60 else "")
    zone = "Z" if zulu else f"{sign}{zone_hour}:{zone_minute or '00'}" if sign else ""
    return date + clock + zone


def entries(value: object) -> list[tuple[str, Any]]:
    """The entries of a dictionary (or of a stream's), an empty list for anything else."""
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return [(str(key), value.get(key)) for key in value.keys()]  # noqa: SIM118 (not a dict)
    return []


def items(value: object) -> list[Any]:
    """The elements of an array, an empty list for anything else."""
    return list(value) if isinstance(value, pikepdf.Array) else []


def get(value: object, key: str) -> Any:
    """One entry of a dictionary, None where there is none."""
    return value.get(key) if isinstance(value, pikepdf.Dictionary | pikepdf.Stream) else None


def key_of(value: object) -> tuple[int, int]:
    """What tells an object from others: its number; (0, 0) for one that stands inside another."""
    return value.objgen if isinstance(value, pikepdf.Object) else (0, 0)
