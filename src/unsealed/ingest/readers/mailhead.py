"""What the headers of a message mean: people, dates with their zones, threads."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_tz

from unsealed.ingest.readers.encoded import decode_words

_PERSON = re.compile(r"(?>(?:\"(?>(?:[^\"\\]++|\\.)*)\"?|<[^>]*+>?|\((?>(?:[^()\\]++|\\.)*)\)?|[^,;\"<(]++)+)")
_GROUP = re.compile(r"\s*(?>(?:\"[^\"]*+\"|[^\"<>@:,;()]++)+):(?!//)")
_COMMENT = re.compile(r"\(((?:[^()\\]|\\.)*)\)")
_ADDRESS = re.compile(r"[^\s<>@,;\"()]+@[^\s<>@,;\"()]+")
_NAMED = re.compile(r"(?>(?:\"(?>(?:[^\"\\]++|\\.)*)\"?|[^\"<]++)*)")
_IDS = re.compile(r"<([^<>\s]{1,998})>")
_BARE_ID = re.compile(r"[^\s<>,;]{1,998}")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?")
_UTC = re.compile(r"(?:\+0000|\b(?:GMT|UTC?|Z))(?![\w+-])", re.IGNORECASE)
_DAY = 86_400  # seconds


def people(raw: str) -> list[str]:
    """The people of an address header, each as `Name <address>`, `address` or `name`; words in code are decoded.

    The standard library's parser recurses with the number of addresses; this one walks once. Code is undone after the
    cut, since a coded name may hold a comma.
    """
    found = []
    for match in _PERSON.finditer(raw):
        person = _person(match.group())
        if person:
            found.append(person)
    text = " ".join(decode_words(raw).split())
    return found or ([text] if text.strip(" ;:,") else [])


def _person(raw: str) -> str:
    group = _GROUP.match(raw)
    raw = raw[group.end() :] if group is not None else raw
    named = _NAMED.match(raw)
    assert named is not None  # it matches nothing at least
    name, rest = named.group(), raw[named.end() :]
    address = rest[1:].partition(">")[0].strip() if rest.startswith("<") else ""
    if not address:
        comment = _COMMENT.search(name)
        single = _ADDRESS.search(_COMMENT.sub(" ", name))
        if single is not None and comment is not None:  # the old way: address (Name)
            address, name = single.group(), comment.group(1)
    name = " ".join(decode_words(_unquoted(name.strip(" \t\r\n;"))).split())
    address = " ".join(decode_words(address).split())
    return f"{name} <{address}>" if name and address else name or address


def _unquoted(name: str) -> str:
    name = name.strip("'")
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return name.strip(" \t\"';")


def message_ids(value: str) -> list[str]:
    """The ids in a header; one that stands without its brackets too, where nothing else is there."""
    found: list[str] = _IDS.findall(value)
    if found:
        return found
    bare = _BARE_ID.findall(value)
    return bare if len(bare) == 1 and "@" in bare[0] else []


def moment(value: str) -> str:
    """A date of RFC 5322 or ISO 8601 to the minute, with its offset where one is stated; empty where it is none."""
    iso = _ISO.search(value)
    if iso is not None:
        year, month, day, hour, minute, zone = iso.groups()
        zone = f"{zone[:3]}:{zone[-2:]}" if zone and zone != "Z" else zone or ""
        return _stamp((int(year), int(month), int(day), int(hour), int(minute)), zone)
    try:
        parts = parsedate_tz(_COMMENT.sub(" ", value) if "(" in value else value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return ""
    if parts is None:
        return ""
    offset = parts[9]
    if offset is None or abs(offset) >= _DAY:
        zone = ""
    elif offset == 0:  # the library says 0 too where no zone is stated, or one that it does not know
        zone = "Z" if _UTC.search(value) else ""
    else:
        zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 3600:02d}:{abs(offset) % 3600 // 60:02d}"
    return _stamp(parts[:5], zone)


def _stamp(parts: tuple[int, ...], zone: str) -> str:
    try:
        when = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the source states no zone here
    except (ValueError, OverflowError):
        return ""
    return f"{when.year:04d}-{when:%m-%dT%H:%M}{zone}"


def received(value: str) -> str:
    """The moment that a Received header states: behind its last semicolon."""
    return moment(value.rpartition(";")[2])
