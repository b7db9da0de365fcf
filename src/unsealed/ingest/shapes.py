"""Signs of packed, old and structured files, for `sniff`: content alone, from the first bytes of a file.

Each function gives a form id of `sniff.FORMS`, or an empty string where it cannot tell.
"""

from __future__ import annotations

import re
import struct

_ENTRY = re.compile(rb"PK\x03\x04.{22}(..)(..)", re.DOTALL)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MIMETYPES = (
    (b"application/epub+zip", "epub"),
    (b"application/vnd.oasis.opendocument.", "odf"),
    (b"application/vnd.sun.xml.", "odf"),
)
_OLE_STREAMS = (
    ("__properties_version1.0", "msg"),
    ("encryptedpackage", "ole"),
    ("worddocument", "doc"),
    ("workbook", "xls"),
    ("book", "xls"),
    ("powerpoint document", "ppt"),
)
_HTML_ROOTS = frozenset(
    b"html head body p div br table span a h1 h2 h3 h4 h5 h6 meta title pre code ul ol li article section b i u em "
    b"strong font center img script style link form iframe blockquote hr td tr th tei".split()
)
_PROLOG = re.compile(
    rb"\s*+(?>(?:<\?[^>]*+>\s*+|<!--(?>(?:[^-]++|-(?!->))*)-->\s*+|<!DOCTYPE(?>(?:[^\[>\"']++|\"[^\"]*+\"|'[^']*+')*)"
    rb"(?:\[(?>(?:[^\]\"']++|\"[^\"]*+\"|'[^']*+')*)\]\s*+)?>\s*+)*)",
    re.IGNORECASE,
)
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*+:)?([A-Za-z_][\w.-]*+)([\s/>])")
_TOKEN = re.compile(rb'\s*+(?:"(?>(?:[^"\\]++|\\.)*)"|[{}\[\]:,]|-?\d[\d.eE+-]*+|true|false|null)', re.DOTALL)
_LINE = re.compile(rb"[^\r\n]++")
_STRING = re.compile(rb'"[^"]*+"')


def packed(head: bytes) -> str:
    """The form of a package, a compound file, a database or a rich text."""
    if head.startswith(b"PK\x03\x04"):
        return _package(head)
    if head.startswith(_OLE):
        return _compound(head)
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    return "rtf" if head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{\\rtf") else ""


def _package(head: bytes) -> str:
    names = []
    for found in _ENTRY.finditer(head):
        length = int.from_bytes(found[1], "little")
        names.append(head[found.end() : found.end() + length])
        if names == [b"mimetype"]:
            start = found.end() + length + int.from_bytes(found[2], "little")
            for mark, form in _MIMETYPES:
                if head.startswith(mark, start):
                    return form
    return _by_names(names)


def _by_names(names: list[bytes]) -> str:
    lower = {name.replace(b"\\", b"/").lstrip(b"/").lower() for name in names}
    if b"meta-inf/container.xml" in lower and any(name.endswith(b".opf") for name in lower):
        return "epub"
    if b"content.xml" in lower and lower & {b"meta-inf/manifest.xml", b"styles.xml"}:
        return "odf"
    typed = bool(lower & {b"[content_types].xml", b"_rels/.rels"})
    for folder, main, form in (
        (b"word/", b"word/document.xml", "docx"),
        (b"xl/", b"xl/workbook.xml", "xlsx"),
        (b"ppt/", b"ppt/presentation.xml", "pptx"),
    ):
        if main in lower or (typed and any(name.startswith(folder) for name in lower)):
            return "xlsb" if b"xl/workbook.bin" in lower else form
    return ""


def _compound(head: bytes) -> str:
    """By the names in its directory, where that lies in the head; `ole` where it lies elsewhere."""
    names = _directory(head)
    for stream, form in _OLE_STREAMS:
        if stream in names:
            return form
    return "ole"


def _directory(head: bytes) -> set[str]:
    if len(head) < 512:
        return set()
    (shift,) = struct.unpack_from("<H", head, 30)
    (sector,) = struct.unpack_from("<I", head, 48)
    if shift not in (9, 12):
        return set()
    names: set[str] = set()
    start = (sector + 1) << shift
    for offset in range(start, len(head) - 127, 128):
        (size,) = struct.unpack_from("<H", head, offset + 64)
        if size > 64 or head[offset + 66] > 5:
            break
        names.add(head[offset : offset + max(0, size - 2)].decode("utf-16-le", "replace").lower())
    return names


def xml_root(start: bytes) -> str:
    """The local name of the root of an XML document that is no page, or an empty string."""
    prolog = _PROLOG.match(start)
    assert prolog is not None  # it matches nothing at least
    root = _ROOT.match(start, prolog.end())
    if root is None or root[2].lower() in _HTML_ROOTS:
        return ""
    known = start.startswith(b"<?xml") or b"xmlns" in start[:4096] or b"</" + (root[1] or b"") + root[2] in start
    return root[2].decode("ascii", "replace") if known or root[3] == b"/" else ""


def is_json(start: bytes) -> bool:
    """Whether the first tokens are those of JSON, or of JSON lines."""
    if start[:1] not in (b"{", b"["):
        return False
    position, tokens = 0, 0
    while tokens < 64 and (found := _TOKEN.match(start, position)) is not None:
        position, tokens = found.end(), tokens + 1
    rest = start[position:].lstrip()
    return tokens >= 64 or (tokens >= 2 and (not rest or (tokens >= 4 and rest[:1] == b'"')))


def delimiter(start: bytes) -> bytes:
    """The character between the cells of a table in plain text: a tab, `;`, `|` or `,`; empty where it is no table."""
    lines = _LINE.findall(_STRING.sub(b"", start[:16_384]))[:40]
    if len(start) > 16_384 and len(lines) > 1:
        lines.pop()
    if len(lines) < 3:
        return b""
    for mark, least in ((b"\t", 1), (b";", 2), (b"|", 2), (b",", 2)):
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count)
        if usual >= least and counts.count(usual) * 10 >= len(counts) * 9:
            return mark
    return b""
