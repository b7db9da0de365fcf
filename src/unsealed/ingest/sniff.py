"""What is this file? By content alone, from its first bytes; a name is never looked at (issue section 3).

`sniff` answers with a form id that `readers.read` and `splitters.splitter` know. The order of the tests matters:
magic numbers, then containers, then markup, then the forms of plain text, the most telling signs first.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from itertools import islice

from unsealed.ingest import charset, kinds, shapes
from unsealed.ingest.forms import (
    ARTICLE,
    CABLE_1970S,
    CABLE_CSV,
    CABLE_HTML,
    CABLE_TEXT,
    CHAT,
    CHAT_HTML,
    CHAT_JSON,
    CHAT_XML,
    DELIMITED,
    EML,
    EMLX,
    EMPTY,
    EVENT_CSV,
    FORMS,
    FRUS_TEI,
    HTML,
    JSON,
    MARKDOWN,
    MBOX,
    PDF,
    PST,
    TABLE_CSV,
    TEXT,
    XML,
    Form,
)
from unsealed.ingest.mail_forms import agenda_form, mail_form
from unsealed.ingest.packed_forms import packed_form
from unsealed.ingest.seen_heard import picture_or_media

HEAD_BYTES = 65_536  # how much of a file `sniff` wants to see


_MAGIC = (
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
)
_PLAIN = re.compile(rb"[A-Za-z0-9 \t\r\n]")
_BINARY_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_DUMP_ROW = re.compile(
    rb'"?\d{1,12}"?,"?\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[ T]\d{1,2}:\d\d(?::\d\d)?"?,"?[0-9A-Za-z]{4,40}"?,'
)
_MAIL_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]*:[^\n]*(?:\n|\Z)|[ \t]+[^\n]*(?:\n|\Z)")
_MAIL_KNOWN = re.compile(
    rb"^(?:from|to|cc|subject|date|received|message-id|mime-version|content-type|return-path|reply-to|sender|x-mailer"
    rb"|delivered-to|content-transfer-encoding|x-original-to|content-disposition)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_MBOX_FROM = re.compile(rb"From [^\n]*\d{1,2}:\d\d(?::\d\d)?[^\n]*\d{4}[^\n]*\n")
_FRUS = re.compile(rb"<(?:[\w.-]+:)?TEI\b[^>]*>", re.DOTALL)
_FRUS_SIGN = re.compile(
    rb"""<idno\s+type=["']frus["']|type=["']document["']|xml:id=["']frus\d|history\.state\.gov/(?:frus/)?ns"""
)
_MARKUP = re.compile(
    rb"\s*<(?:!doctype\s+html|html\b|head\b|body\b|\?xml|!--|TEI\b|div\b|article\b|p\b|table\b)", re.IGNORECASE
)
_HTML_TAG = re.compile(
    rb"<(?:html|head|body|p|div|br|table|span|a|h[1-6]|meta|title|pre|code|ul|li|article|section)\b", re.IGNORECASE
)
_DATED_PAGE = re.compile(
    rb"<h1[^>]*>[^<]{5,300}</h1>\s*(?:<[^pP][^>]*>\s*)*<p[^>]*>[^<]{0,40}\b(?:19|20)\d\d\b", re.IGNORECASE
)
_CABLE_TABLE = re.compile(rb"""<table[^>]*\bclass\s*=\s*["']?[^"'>]*\bcable\b""", re.IGNORECASE)
_ARTICLE = re.compile(
    rb"""og:type["'][^>]*content=["']article|"@type"\s*:\s*"(?:News|Report\w*)?Article"|<article\b|article:published_time"""
    rb"""|<meta\s+name=["'](?:author|date|dc\.date)["']""",
    re.IGNORECASE,
)
_CABLE_SIGNS = (
    re.compile(rb"^VZCZC", re.MULTILINE),
    re.compile(rb"^[ \t]*[ZOPR](?:[ \t]+[ZOPR])?[ \t]+\d{6}Z[ \t]+[A-Z]{3}[ \t]+\d\d", re.MULTILINE),
    re.compile(rb"^[ \t]*FM[ \t]+[A-Z]", re.MULTILINE),
    re.compile(
        rb"^[ \t]*(?:U ?N ?C ?L ?A ?S|C ?O ?N ?F ?I ?D ?E ?N ?T ?I ?A ?L|S ?E ?C ?R ?E ?T)\b[^\n]*\b[A-Z]{3,17} "
        rb"0*\d{1,8}\b",
        re.MULTILINE,
    ),
    re.compile(rb"^[ \t]*E\. ?O\.? ?\d{5}", re.MULTILINE),
    re.compile(rb"^[ \t]*TAGS?\b:?", re.MULTILINE),
)
_MESSAGE_PART = re.compile(rb"^[ \t]*Message (?:Text|Attributes)[ \t]*\r?$", re.MULTILINE)
_MESSAGE_SIGN = re.compile(rb"^[ \t]*(?:PAGE \d\d|Document Number:|Locator:|ACTION |ORIGIN |FM [A-Z])", re.MULTILINE)
_CHAT_CLOCK = rb"\d{1,2}:\d\d(?::\d\d)?(?:(?: |\xe2\x80\xaf)?[AP]M)?"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?"
_CHAT_DAY = rb"(?:\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|[A-Z][a-z]{2} [ \d]\d)"
_CHAT_LINE = re.compile(
    rb"(?:\xe2\x80\x8e)?(?:\((?:" + _CHAT_DAY + rb" )?" + _TIME + rb"\) [^:\n]{1,64}:"
    rb"|\[" + _CHAT_DAY + rb",? " + _CHAT_CLOCK + rb"\] [^:\n]{1,64}:"
    rb"|" + _CHAT_DAY + rb",? " + _CHAT_CLOCK + rb" - \S"
    rb"|" + _CHAT_DAY + rb" " + _TIME + rb"\t[^\t\n]{0,64}\t"
    rb"|\[?(?:" + _CHAT_DAY + rb" )?" + _TIME + rb"\]?[ \t](?:<[^>\n]{1,64}>|\*[ \t]|===|-!-|-->|<--|\*\*\*)"
    rb"|(?:===|-!-|-->|<--|\*\*\*) ?\S)",
    re.IGNORECASE,
)
_CHAT_PAGE = re.compile(rb"""\(\d{1,2}:\d\d:\d\d(?: [AP]M)?\)</font>|class=["']timestamp["']""")
_CHAT_MARKUP = re.compile(rb"<chat\b[^>]*purl\.org/net/ulf/ns")
_CHAT_KEYS = (
    re.compile(rb'"(?:from|sender|author|source|sender_name|fromName|authorName)"\s*:\s*"'),
    re.compile(rb'"(?:date|timestamp|sent_at|sentAt|time|timestamp_ms|dateSent)"\s*:\s*["\d]'),
    re.compile(rb'"(?:text|body|message|content)"\s*:\s*["\[{n]'),
)
_CHAT_TIME = re.compile(_TIME, re.IGNORECASE)
_CHAT_SESSION = re.compile(
    rb"Conversation with [^\n]{1,200} (?:at|on) |--- (?:Log opened|Day changed) [A-Z]|Session (?:Start|Ident): "
    rb"|\*{4} BEGIN LOGGING AT "
)
_MARKDOWN_SIGNS = (
    re.compile(rb"^#{1,6} \S", re.MULTILINE),
    re.compile(rb"^[ \t]*(?:[-*+]|\d{1,3}\.) \S", re.MULTILINE),
    re.compile(rb"\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)"),
    re.compile(rb"^(?:```|~~~)", re.MULTILINE),
    re.compile(rb"(?<![\w*])\*\*[^*\n]{1,200}\*\*"),
    re.compile(rb"^> \S", re.MULTILINE),
    re.compile(rb"^\|[^\n]*\|[ \t]*\r?\n\|[ :|-]+\|", re.MULTILINE),
)


def sniff(head: bytes, size: int) -> Form:
    """The form of a file with these first bytes (`HEAD_BYTES` of them are enough) and this size in bytes."""
    if size == 0:
        return EMPTY
    head = _narrow(head[:HEAD_BYTES])
    form = _by_magic(head)
    if form is not None:
        return form
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for test in _TESTS:
        form = test(start)
        if form is not None:
            return form
    return TEXT


def _narrow(head: bytes) -> bytes:
    """UTF-16 and UTF-32 heads as UTF-8, so that the signs can be looked for in one way."""
    for bom, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(bom):
            return head[: len(head) // 4 * 4].decode(name, "replace").encode("utf-8", "replace")
    unmarked = charset.wide(head) if b"\x00" in head[:4096] or not head[:4096].isascii() else ""
    if unmarked and not _states_its_type(head):
        return head[: len(head) // 2 * 2].decode(unmarked, "replace").encode("utf-8", "replace")
    return head


def _states_its_type(head: bytes) -> bool:
    """Bytes that say what they are, whatever text they could be: a zip whose first member is packed by nothing."""
    if shapes.packed(head) or packed_form(head) or mail_form(head) or head.startswith(b"PK\x03\x04"):
        return True
    known = b"%PDF-" in head[:1024] or picture_or_media(head) is not None
    return known or kinds.media_type(head) != "application/octet-stream"


def _by_magic(head: bytes) -> Form | None:
    office = FORMS.get(shapes.packed(head))
    if office is not None:
        return office
    packed = packed_form(head)
    if packed is not None:
        return Form(*packed, packed=True)
    posted = mail_form(head)
    if posted:
        return PST if posted == PST.id else FORMS[posted]
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):  # a package that nobody claims: its members are looked at
        return Form("zip", "application/zip", packed=True)
    seen = picture_or_media(head)
    if seen is not None:
        return Form(*seen)
    for magic, mime in _MAGIC:
        if head.startswith(magic) and (magic not in (b"BM", b"ID3", b"BZh") or _BINARY_TEXT.search(head[:512])):
            return Form("unknown", mime)
    if head[257:262] == b"ustar":
        return Form("unknown", "application/x-tar")
    return _by_bytes(head)


def _by_bytes(head: bytes) -> Form | None:
    """Binary data of a type that is named and perhaps read in part; None for text."""
    mime = kinds.media_type(head) if _BINARY_TEXT.search(head[:4096]) else ""
    if mime == "application/vnd.wordperfect":
        return FORMS["wordperfect"]
    if mime in kinds.SALVAGED:
        return Form("old-document", mime)
    binary = (len(_BINARY_TEXT.findall(head)) * 20 > len(head) and not _mostly_words(head)) or b"\x00\x00\x00" in head
    if binary or mime not in ("", "application/octet-stream"):
        return Form("unknown", mime or "application/octet-stream")
    return None


def _mostly_words(head: bytes) -> bool:
    """Text with control characters in it: six of ten bytes are letters, spaces or line ends."""
    return len(_PLAIN.findall(head)) * 10 >= len(head) * 6


def _structured(start: bytes) -> Form | None:
    if shapes.is_json(start):
        return JSON
    root = shapes.xml_root(start)
    if not root or (_FRUS.search(start) and _FRUS_SIGN.search(start)):
        return None
    return FORMS["odf-flat"] if root == "document" and b":opendocument:" in start[:4096] else XML


def _in_utf8(start: bytes) -> bytes:
    try:
        start[:-4].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 8 and charset.guess(start) in charset.DOUBLE:
            return start.decode(charset.guess(start), "replace").encode("utf-8", "replace")
    return start.decode("iso2022_jp", "replace").encode("utf-8", "replace") if b"\x1b$" in start else start


def _delimited(start: bytes) -> Form | None:
    start = start[:16_384]
    if not start.isascii() or b"\x1b$" in start:  # `|` may be half of a character there
        start = _in_utf8(start)
    return DELIMITED if shapes.delimiter(start) else None


_EMLX = re.compile(rb"[ \t]*\d{1,12}[ \t]*\r?\n")
_MBOX_STRICT = re.compile(
    rb"From [^\n]*?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} +"
    rb"\d\d:\d\d(?::\d\d)?[^\n]{0,16} (?:19|20)\d\d[^\n]{0,16}\n"
)


def _agenda(start: bytes) -> Form | None:
    return FORMS.get(agenda_form(start))


def _mail(start: bytes) -> Form | None:
    if start.startswith(b"From "):
        first = _MBOX_FROM.match(start)
        line_end = start.find(b"\n") + 1
        if line_end and _headers(start[line_end:]):
            return MBOX if first else EML
        return MBOX if _MBOX_STRICT.match(start) else None
    counted = _EMLX.match(start)
    if counted is not None and _headers(start[counted.end() :]):
        return EMLX
    return EML if _headers(start) else None


def _headers(start: bytes) -> bool:
    """Whether a mail header block stands here: lines of the right shape, two well-known names among them.

    Up to three lines that are no headers may stand between, where many well-known names vouch for the others.
    """
    end, stray = 0, 0
    while stray < 4:
        match = _MAIL_HEADER.match(start, end)
        line = start.find(b"\n", end) + 1
        if match is not None:
            end = match.end()
        elif line and start[end:line].strip() and _MAIL_KNOWN.match(start, line):
            stray, end = stray + 1, line
        else:
            break
    block = start[:end]
    names = {match.group().rstrip(b": \t").lower() for match in _MAIL_KNOWN.finditer(block)}
    if stray:
        return len(names) >= 4
    if end >= len(start) or start.startswith((b"Content-Type: multipart/", b"MIME-Version:")):
        return bool(names) and block.count(b"\n") >= 1
    return len(names) >= (2 if start[end : end + 1] in (b"\n", b"\r") else 3)


def _markup(start: bytes) -> Form | None:
    root = _FRUS.search(start)
    if root is not None and _FRUS_SIGN.search(start):
        return FRUS_TEI
    if not _MARKUP.match(start) and len(_HTML_TAG.findall(start)) * 200 < len(start):
        return None
    if len(_CHAT_PAGE.findall(start)) >= 2:
        return CHAT_HTML
    if _CABLE_TABLE.search(start):
        return CABLE_HTML
    if start.startswith(b"<?xml") and not re.search(rb"<html\b", start, re.IGNORECASE) and root is None:
        return XML
    return ARTICLE if _ARTICLE.search(start) or root is not None or _DATED_PAGE.search(start) else HTML


def _csv(start: bytes) -> Form | None:
    if _DUMP_ROW.match(start):
        return CABLE_CSV
    rows = _first_rows(start)
    if not rows:
        return None
    width = len(rows[0])
    header = any(cell.strip().lower() == b"reportkey" for cell in rows[0])
    date = re.compile(rb"\d{4}-\d\d-\d\d")
    if header or (width == 32 and date.match(rows[0][1])) or (width == 34 and date.match(rows[0][3])):
        return EVENT_CSV
    if width >= 3 and len(rows) >= 2 and all(len(row) == width for row in rows):
        short = sum(len(cell) <= 40 for cell in rows[0])
        return TABLE_CSV if short * 2 >= width and all(rows[0]) else None
    return None


_CELL = re.compile(rb'(?:"((?>(?:[^"\\]++|""|\\.)*))"|([^",\r\n]*+))(,|\r?\n|\Z)', re.DOTALL)


_PLAIN_CELL = re.compile(rb'(?:"([^"]*+(?>(?:""[^"]*+)*))"|([^",\r\n]*+))(,|\r?\n|\Z)')


def _first_rows(start: bytes) -> list[list[bytes]]:
    """The first rows of a table: with backslash escapes, or without where that gives more of them."""
    return max(_rows(start, _CELL), _rows(start, _PLAIN_CELL), key=len)


def _rows(start: bytes, cell: re.Pattern[bytes], count: int = 5) -> list[list[bytes]]:
    rows: list[list[bytes]] = []
    row: list[bytes] = []
    position = 0
    while (match := cell.match(start, position)) is not None and position < len(start):
        position = match.end()
        row.append(match.group(1) if match.group(1) is not None else match.group(2))
        if match.group(3) == b",":
            continue
        if not match.group(3) and rows:
            break  # the head ends inside this row
        rows.append(row)
        row = []
        if len(rows) == count:
            break
    return rows


def _declassified(start: bytes) -> Form | None:
    """The form of 1973 to 1979: a line `Message Text` or `Message Attributes`, and one that belongs to either."""
    if b"Message " not in start or _MESSAGE_PART.search(start) is None:
        return None
    return CABLE_1970S if _MESSAGE_SIGN.search(start) else None


def _cable_text(start: bytes) -> Form | None:
    return CABLE_TEXT if sum(sign.search(start) is not None for sign in _CABLE_SIGNS) >= 3 else None


def _chat_export(start: bytes) -> Form | None:
    """An export of messages: in JSON who, when and what come at least twice each."""
    if start.startswith(b"<") and _CHAT_MARKUP.search(start[:4096]):
        return CHAT_XML
    if not start.startswith((b"{", b"[")):
        return None
    return CHAT_JSON if all(len(key.findall(start)) >= 2 for key in _CHAT_KEYS) else None


def _chat(start: bytes) -> Form | None:
    lines = list(islice((line for line in start.split(b"\n") if line.strip()), 200))
    if len(lines) < 2:
        return None
    forms = [line for line in lines if _CHAT_LINE.match(line.lstrip())]
    timed = sum(_CHAT_TIME.search(line[:32]) is not None for line in forms)
    if _CHAT_SESSION.match(start):
        return CHAT
    return CHAT if len(forms) * 10 >= len(lines) * 6 and timed >= 2 else None


def _markdown(start: bytes) -> Form | None:
    signs = sum(sign.search(start) is not None for sign in _MARKDOWN_SIGNS)
    return MARKDOWN if signs >= 2 or _MARKDOWN_SIGNS[0].match(start) else None


_TESTS: tuple[Callable[[bytes], Form | None], ...] = (
    _declassified, _agenda, _mail, _chat_export, _structured, _markup, _csv, _cable_text, _chat, _markdown, _delimited,
)  # fmt: skip
