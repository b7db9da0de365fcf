"""Press articles, pages that carry their own facts (other.md section 2): outlet, author, date, cited documents.

The facts stand in attributes of `meta` tags and in linked data (JSON-LD): those that are used become units of their
own, so that they can be withheld like everything else.
"""

from __future__ import annotations

import json
import re
from typing import Any

from unsealed.ingest.readers import html
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.stations import could_be_station, station_named

NAME, VERSION = "article", 2

_META = {
    "og:site_name": "outlet",
    "og:title": "title",
    "author": "author",
    "article:author": "author",
    "dc.creator": "author",
    "og:url": "url",
    "article:published_time": "date",
    "date": "date",
    "dc.date": "date",
    "dcterms.date": "date",
    "parsely-pub-date": "date",
}
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_MONTHS = (
    ("january", "janvier", "januar", "enero", "jan"),
    ("february", "février", "februar", "febrero", "feb"),
    ("march", "mars", "märz", "marzo", "mar"),
    ("april", "avril", "abril", "apr"),
    ("may", "mai", "mayo"),
    ("june", "juin", "juni", "junio", "jun"),
    ("july", "juillet", "juli", "julio", "jul"),
    ("august", "août", "agosto", "aug"),
    ("september", "septembre", "septiembre", "sep"),
    ("october", "octobre", "oktober", "octubre", "oct"),
    ("november", "novembre", "noviembre", "nov"),
    ("december", "décembre", "dezember", "diciembre", "dec"),
)
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WORDED = re.compile(
    r"\b(?:(\d{1,2})(?:er|st|nd|rd|th|\.)?[ ](?:de )?([A-Za-zéûüä]{3,10})[ ,]+(?:de )?(\d{4})|([A-Z][a-z]{2,"
    r"8})\.? (\d{1,2}), (\d{4}))\b"
)
_BYLINE = re.compile(
    r"^(?:By|Par|Von|Por) ([A-ZÀ-Þ][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){1,3})(?: and ([A-ZÀ-Þ][\w.'’-]+(?: "
    r"[A-ZÀ-Þ][\w.'’-]+){1,3}))?\s*$"
)
_CITED = re.compile(
    r"(?<![\w/-])(\d\d) ?([A-Z]{3,17}) ?0*([1-9]\d{0,6})\b|/cable/\d{4}/\d\d/(\d\d)([A-Z]{3,17})0*([1-9]\d{0,6})"
)
_SHORT, _DATELINE = 120, 48  # characters: a date deep in a sentence is not the day of publication
_QUOTE = re.compile(
    r"“(?P<a>[^“”]{12,1000})”|(?<![\w\"])\"(?=[^\s\"])(?P<b>[^\"]{12,1000})\""
    r"|«[\s\u202f\u00a0]?(?P<c>[^«»]{12,1000})»|„(?P<d>[^„“”]{12,1000})[“”]"
    r"|「(?P<e>[^「」]{6,500})」"
)
_QUOTED_WORDS = 4  # fewer are a term, not a quotation (other.md 2.1)
_QUOTES = 200  # of one article
_FIRST = 8  # units in which a visible date or byline is looked for
LINKED = 262_144  # characters of linked data that are looked into
STATED = 50  # facts taken from one script
STUB = 200  # characters; a shorter body is a paywall or a cookie page (P-STUB)


def read(data: bytes, context: bytes) -> Outcome:
    """An article as its facts and its paragraphs."""
    build = html.page(data, context, facts=meta_fact, stated=linked_facts)
    add_facts(build)
    body = sum(len(unit.text) for unit in build.units if unit.label in ("paragraph", "quote", "list-item"))
    if body < STUB:
        build.finding("P-STUB", "warn")
    return build.outcome("article", NAME, VERSION)


def add_facts(build: Builder) -> None:
    """Fields of the article: from meta units first, then from what is visible."""
    known = {field.name for field in build.fields}
    for number, unit in enumerate(build.units[: _FIRST * 2]):
        if "date" not in known and unit.label != "header":
            date = worded_date(unit.text[:_DATELINE] if len(unit.text) > _SHORT else unit.text)
            if date:
                build.field("date", date, number)
                known.add("date")
        byline = _BYLINE.match(unit.text) if "author" not in known and len(unit.text) < 120 else None
        for name in byline.groups() if byline else ():
            build.field("author", name or "", number)
    _add_quotes(build)
    cited: set[str] = set()
    for number, unit in enumerate(build.units):
        for found in _CITED.finditer(unit.text):
            year, station, serial = found.group(1, 2, 3) if found.group(1) else found.group(4, 5, 6)
            name = station_named(station) or (station if could_be_station(station) else "")
            if name and year + name + serial not in cited:
                cited.add(year + name + serial)
                build.field("ref", year + name + serial, number)


def _add_quotes(build: Builder) -> None:
    """A field `quote` for each passage in quotation marks, once each, with the unit that it stands in."""
    seen: set[str] = set()
    for number, unit in enumerate(build.units):
        if unit.label not in ("paragraph", "quote", "list-item"):
            continue
        if unit.label == "quote":
            _add_quote(build, seen, unit.text, number)  # a block quotation needs no marks
        for found in _QUOTE.finditer(unit.text):
            _add_quote(build, seen, found[found.lastgroup or 0], number)


def _add_quote(build: Builder, seen: set[str], text: str, unit: int) -> None:
    words = " ".join(text.split())
    long = len(words.split()) >= _QUOTED_WORDS or (not words.isascii() and " " not in words)
    if long and words not in seen and len(seen) < _QUOTES:
        seen.add(words)
        build.field("quote", words[:1000], unit)


def worded_date(text: str) -> str:
    """The first date in words or ISO form in a text, as ISO; numeric forms with slashes are ambiguous and not taken."""
    found = _WORDED.search(text)
    if found is not None:
        day, month, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        number = _MONTH_NUMBER.get(month.lower(), 0)
        if number and 1 <= int(day) <= 31:
            return f"{year}-{number:02d}-{int(day):02d}"
    iso = _ISO.search(text)
    return iso.group(1) if iso is not None else ""


def meta_fact(attributes: dict[str, str]) -> tuple[str, str]:
    """What a `meta` tag states: the name of the field and its value, or two empty strings."""
    name = _META.get(
        (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower(), ""
    )
    value = attributes.get("content", "").strip()
    if name == "date":
        value = _stated_date(value)
    return (name, value) if value else ("", "")


def _stated_date(value: str) -> str:
    found = _ISO.match(value.strip())
    if found is None:
        return worded_date(value)
    return found.group(1) + (f"T{found.group(2)}{found.group(3) or ''}" if found.group(2) else "")


def linked_facts(untrusted_json: str) -> list[tuple[str, str]]:
    """Date, authors and outlet that the linked data of a page state of an article; nothing for anything else."""
    try:
        data: Any = json.loads(untrusted_json) if len(untrusted_json) <= LINKED else None
    except (ValueError, RecursionError):
        return []
    if isinstance(data, dict) and isinstance(data.get("@graph"), list):
        data = data["@graph"]
    facts: list[tuple[str, str]] = []
    for thing in data if isinstance(data, list) else [data]:
        if isinstance(thing, dict) and "Article" in str(thing.get("@type")):
            date = thing.get("datePublished")
            facts.append(("date", _stated_date(date[:100]) if isinstance(date, str) else ""))
            facts += [("author", name) for name in _names(thing.get("author"))]
            facts += [("outlet", name) for name in _names(thing.get("publisher"))]
    return [(name, value) for name, value in facts[:STATED] if value]


def _names(value: Any) -> list[str]:
    """The names of one or several persons or houses, as linked data write them."""
    values = value if isinstance(value, list) else [value]
    names = [one.get("name") if isinstance(one, dict) else one for one in values]
    return [name for name in names if isinstance(name, str)]
