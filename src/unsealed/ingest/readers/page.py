"""A page as a document: what it shows, and what stands beside it -- comments, descriptions, addresses, hidden text.

The visible text is `html`'s; this adds the rest as units in the order of the file, to be found and withheld.
Articles and mails keep to the visible text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from unsealed.ingest.decode import Source
from unsealed.ingest.readers import html, inline
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.office.folio import clean
from unsealed.ingest.readers.outcome import Outcome, Part
from unsealed.model import Field, Finding, Unit

NAME, VERSION = "html", 2

# A tag without its end goes up to the end of the page, or to a quote without a second one: else each would be sought.
_BESIDE = re.compile(
    r"<!--((?>(?:[^-]++|-(?!->))*))(?:-->|\Z)|<[a-zA-Z][^>\"']*+(?>(?:\"[^\"]*+\"[^>\"']*+|'[^']*+'[^>\"']*+)*)(?:[>\"']|\Z)",
    re.DOTALL,
)
_NAME = re.compile(r"<([a-zA-Z][\w:.-]*+)")
_SAID = ("alt", "title", "placeholder", "aria-label", "summary", "label", "value", "content")
_LED = ("href", "src", "action", "data", "poster", "background", "cite", "longdesc", "srcdoc")
_ADDRESS = re.compile(r"\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//|\\\\)")
_DATA = re.compile(r"\s*data:", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE)
_COLOUR = re.compile(r"(background(?:-color)?|(?<![-\w])color)\s*:\s*([^;!]+)", re.IGNORECASE)
# Text that no window shows, or that stands in a drawing, and a page inside an attribute.
_UNSEEN = re.compile(
    r"<(template|svg)(?=[\s>])[^>]{0,500}+>(.*?)(?:</\1|\Z)|\ssrcdoc\s*=\s*(\"[^\"]*+\"|'[^']*+')",
    re.IGNORECASE | re.DOTALL,
)
_MARKUP = re.compile(r"<[^>]*+>")
_LIMIT = 50_000  # units beside the text


class _Extra(NamedTuple):
    """What stands beside the text: its label, text and half-open positions in the source."""

    label: str
    text: str
    start: int
    end: int


def read(data: bytes, context: bytes) -> Outcome:
    """A page. `context` may hold a declared charset."""
    build = html.page(data, context)
    source = build.source
    assert source is not None
    extras: list[_Extra] = []
    hidden: list[tuple[int, str]] = []
    for found in _BESIDE.finditer(source.text):
        if len(extras) >= _LIMIT:
            build.finding("H-BESIDE", "warn")
            break
        if found[1] is not None:
            extras.append(_Extra("note", found[1].strip(), *found.span()))
        else:
            _tag(found, extras, hidden)
    for number, one in enumerate(inline.carried(source.text), 1):
        if number > inline.FILES:
            build.finding("H-BESIDE", "warn")
            break
        name = f"data-{number}"
        extras.append(_Extra("attachment", name, one.start, one.end))
        build.parts.append(Part(name, one.data, one.mime, (source.byte(one.start), source.byte(one.end))))
    extras += [_unseen(found) for found in _UNSEEN.finditer(source.text)]
    _merge(build, source, extras, hidden)
    return build.outcome("html", NAME, VERSION)


def _unseen(found: re.Match[str]) -> _Extra:
    inside = found[2] or html.unescape((found[3] or "")[1:-1])
    return _Extra("note", " ".join(html.unescape(_MARKUP.sub(" ", inside)).split()), *found.span())


def _tag(found: re.Match[str], extras: list[_Extra], hidden: list[tuple[int, str]]) -> None:
    name = _NAME.match(found[0])
    if name is None or "=" not in found[0]:
        return
    attributes = html.attributes(found.string, (found.start() + name.end(), found.end()))
    said = [key for key in _SAID if key in attributes and (key != "content" or name[1].lower() == "meta")]
    extras += [_Extra("note", attributes[key].strip(), *found.span()) for key in said]
    for key in _LED:
        target = attributes.get(key, "")
        if _ADDRESS.match(target) and not _DATA.match(target):
            extras.append(_Extra("link", target.strip(), *found.span()))
    style = attributes.get("style", "")
    if _HIDDEN.search(style):
        hidden.append((found.start(), "O-HIDDEN"))
    colours = {key.lower()[:5]: value.strip().lower() for key, value in _COLOUR.findall(style)}
    if len(colours) == 2 and len(set(colours.values())) == 1:
        hidden.append((found.start(), "O-COVERED"))


def _merge(build: Builder, source: Source, extras: list[_Extra], hidden: list[tuple[int, str]]) -> None:
    """Put the extras between the units, by their first byte; what names a unit by its number follows it."""
    extras = [extra for extra in extras if extra.text][: max(0, LIMITS.units - build.count)]
    before = build.count
    for extra in extras:
        span = (source.byte(extra.start), source.byte(extra.end))
        build.free(extra.label, clean(extra.text[: LIMITS.unit_chars]), (span,))
    units = build.units
    order = sorted(range(len(units)), key=lambda number: (_first(units, number), number >= before))
    moved = {old: new for new, old in enumerate(order)}
    build.fields = [Field(one.name, one.value, tuple(moved[unit] for unit in one.units)) for one in build.fields]
    build.findings = [Finding(one.code, one.severity, moved.get(one.unit, -1)) for one in build.findings]
    units[:] = [units[number] for number in order]
    for position, code in hidden[:1000]:
        byte = source.byte(position)
        unit = next((k for k, one in enumerate(units) if one.source and one.source[0][1] > byte), -1)
        build.finding(code, "warn", unit)


def _first(units: list[Unit], number: int) -> int:
    source = units[number].source
    return source[0][0] if source else 0
