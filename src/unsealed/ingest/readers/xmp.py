"""The values of an XMP packet, or of any XML that holds values: found by its tags, without a parser of entities."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

MOST = 2_000  # values of one packet
_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_FRAME = re.compile(r"(?:rdf|x|xmlns|xml):?\w*")

_WIDE = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))


def values(untrusted_packet: bytes) -> list[tuple[str, str]]:
    """Name and value of each property, in order, each pair once; an empty list for what is no such packet."""
    text = _decoded(untrusted_packet)
    found: dict[tuple[str, str], None] = {}
    for name, value in _walk(text):
        value = " ".join(html.unescape(value).split())
        if value and len(found) < MOST:
            found[name, value] = None
    return list(found)


def _decoded(packet: bytes) -> str:
    for mark, charset in (
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"<\x00", "utf-16-le"),
        (b"\x00<", "utf-16-be"),
    ):
        if packet.startswith(mark):
            return packet.decode(charset, "replace")
    return packet.decode("utf-8", "replace")


def _walk(text: str) -> Iterator[tuple[str, str]]:
    names: list[str] = []
    behind = 0
    for tag in _TAG.finditer(text):
        between = text[behind : tag.start()]
        if names and not between.isspace():
            yield _property(names), between
        behind = tag.end()
        closing, name, attributes, single = tag.groups()
        if closing:
            while name in names and names.pop() != name:
                pass
            continue
        names.append(name)
        for key, one, other in _ATTRIBUTE.findall(attributes):
            if not _FRAME.fullmatch(key):
                yield key, one or other
        if single:
            names.pop()


def _property(names: list[str]) -> str:
    """The innermost element that is not part of the frame (`rdf:li`, `rdf:Alt`)."""
    return next((name for name in reversed(names) if not _FRAME.fullmatch(name)), names[-1])
