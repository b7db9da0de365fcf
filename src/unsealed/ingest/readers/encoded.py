"""What a message says in code: words of headers, names of attachments, bodies (RFC 2047, 2231, 2045).

Everything coded is markup: it stands decoded in a unit or not at all, so that what is withheld in one spelling does
not stay behind in another.
"""

from __future__ import annotations

import binascii
import quopri
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from unsealed.ingest.decode import Decoded, source_of

# A word without its end goes up to the next white space: half a name in code is a name too.
_WORD = re.compile(
    r"=\?([^?\s]{1,60})\?(?:[bB]\?(?:([A-Za-z0-9+/=\s_-]*+)\?=|([A-Za-z0-9+/=_-]*+))"
    r"|[qQ]\?(?:([^?]*+(?:\?(?!=)[^?]*+){0,20})\?=|([^?\s\";,]*+)))"
)
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_PARAMETER = re.compile(
    r"(?<![\w-])(?P<key>filename|name|boundary)(?:\*(?P<section>\d{1,4}))?(?P<extended>\*)?\s*=(?P<value>"
    r'(?>(?:"(?>(?:[^"\\]++|\\.)*)(?:"|\Z)|[^;"]++)*))',
    re.IGNORECASE | re.DOTALL,
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_PLAIN_BASE64 = re.compile(rb"(?>(?:[A-Za-z0-9+/=]++\r?\n?)*)\s*+\Z")
_ALPHABET = re.compile(rb"[A-Za-z0-9+/\r\n]*+={0,2}")
_PADDED = re.compile(rb"([A-Za-z0-9+/]++)(={0,2})")
_FULL_LINE = 60  # characters; so long a line of base64 is no word of a footer


class Name(NamedTuple):
    """A parameter that names a file: `key` is `filename` or `name`, `extended` the form of RFC 2231."""

    key: str
    extended: bool
    text: str


class Body(NamedTuple):
    """A decoded body: its bytes, the range it was decoded from, and the ranges of what stands beside it in plain text.

    `whole`: nothing had to be guessed. Ranges are relative to the encoded body. `name`: of a uuencoded file.
    """

    data: bytes
    whole: bool
    start: int
    end: int
    rest: tuple[tuple[int, int], ...] = ()
    name: str = ""


def decode_words(text: str) -> str:
    """RFC 2047 words decoded, wherever they stand and however badly they end."""
    if "=?" not in text:
        return text
    out: list[str] = []
    waiting: list[bytes] = []
    charset, position = "", 0
    joined = _BETWEEN.sub(r"\1", text)
    for found in _WORD.finditer(joined):
        if found.start() > position or found[1].lower() != charset:
            out.append(_characters(b"".join(waiting), charset))
            waiting = []
        out.append(joined[position : found.start()])
        waiting.append(_word(found))
        charset, position = found[1].lower(), found.end()
    return "".join([*out, _characters(b"".join(waiting), charset), joined[position:]])


def _word(found: re.Match[str]) -> bytes:
    coded = found[2] or found[3] or ""
    if coded:
        return from_base64(coded.translate({45: 43, 95: 47}).encode())[0]  # the alphabet for addresses is seen too
    quoted = (found[4] or found[5] or "").replace("\n", " ")
    return quopri.decodestring(quoted.encode("utf-8", "replace"), header=True)


def _characters(data: bytes, charset: str) -> str:
    text = source_of(Decoded(data, charset.partition("*")[0])).text if data else ""
    return text.replace("\n", " ")  # a line break in code must not begin a header


def without_names(text: str) -> tuple[str, list[Name]]:
    """A header of a part without the values that name a file or a boundary, and these names; all decoded."""
    found: list[re.Match[str]] = []

    def taken(match: re.Match[str]) -> str:
        found.append(match)
        return match.group()[: match.start("value") - match.start()] + ("\n" if match["value"].endswith("\n") else "")

    text = _PARAMETER.sub(taken, decode_words(_PARAMETER.sub(taken, text)))
    names: list[Name] = []
    for key in ("filename", "name"):
        same = [match for match in found if match["key"].lower() == key]
        sections = [match for match in same if match["section"] is not None]
        single = [[match] for match in same if match["section"] is None]
        for matches in [sections, *sorted(single, key=lambda one: one[0]["extended"] is None)]:
            name = _name(sorted(matches, key=lambda match: int(match["section"] or 0)))
            if name:
                names.append(Name(key, matches[0]["extended"] is not None, name))
    return text, names


def _name(matches: list[re.Match[str]]) -> str:
    charset, data = "", b""
    for number, match in enumerate(matches):
        value = _unquoted(match["value"])
        if match["extended"] is None:
            data += value.encode("utf-8", "replace")
            continue
        if number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value)
    return " ".join(decode_words(source_of(Decoded(data, charset)).text).split())


def _unquoted(value: str) -> str:
    value = " ".join(value.split())
    if not value.startswith('"'):
        return value
    quoted = re.match(r'"((?>(?:[^"\\]++|\\.)*))"?(.*)', value)
    assert quoted is not None
    return quoted[1].replace("\\\\", "\\").replace('\\"', '"') + quoted[2]


def decode_place(text: str) -> str:
    """A Content-Location or Content-ID: words and percent signs decoded."""
    text = decode_words(text)
    if _PERCENT.search(text):
        text = source_of(Decoded(unquote_to_bytes(text), "")).text
    return text


def decoded_body(raw: bytes, encoding: str) -> Body:
    """The body with its transfer encoding undone; what is not encoded is kept beside it."""
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return Body(quopri.decodestring(raw), True, 0, len(raw))
    if encoding == "base64":
        return _base64(raw)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _uuencode(raw)
    return Body(raw, encoding in ("", "7bit", "8bit", "binary"), 0, len(raw))


def from_base64(raw: bytes) -> tuple[bytes, bool]:
    """The bytes of a base64 text as far as they can be had, and whether it was whole."""
    bare = raw.rstrip()
    if bare.find(b"=", 0, len(bare) - 2) < 0 and _ALPHABET.fullmatch(bare) is not None:
        try:
            return binascii.a2b_base64(bare), True  # the common case, without copies
        except binascii.Error:
            pass
    out: list[bytes] = []
    waiting: list[bytes] = []
    length = 0
    for found in _PADDED.finditer(re.sub(rb"[^A-Za-z0-9+/=]", b"", raw)):
        waiting.append(found[1])
        length += len(found[1])
        if found[2] and not (length + len(found[2])) % 4:  # several texts one after the other, each with its own end
            out.append(binascii.a2b_base64(b"".join([*waiting, found[2]])))
            waiting, length = [], 0
    clean, whole = b"".join(waiting), length % 4 != 1
    clean = clean if whole else clean[:-1]
    return b"".join([*out, binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))]), whole


def _base64(raw: bytes) -> Body:
    if _PLAIN_BASE64.match(raw) is not None:
        return Body(*from_base64(raw), 0, len(raw))
    coded: list[tuple[int, int]] = []
    rest: list[tuple[int, int]] = []
    width, ended = 0, False
    for found in re.finditer(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)", raw):
        line = found.group().strip()
        if not line:
            ended = ended or bool(coded)  # what comes after an empty line is a footer, or the body was damaged
        elif _BASE64_LINE.fullmatch(line) and (not ended or len(line) >= _FULL_LINE):
            coded.append(found.span())
            width = width or len(line)
            ended = len(line) < width or line.endswith(b"=")
        else:
            ended = ended or bool(coded)
            rest.append(found.span())
    if not coded:
        return Body(raw, False, 0, len(raw))
    data, whole = from_base64(b"".join([raw[start:end] for start, end in coded]))
    return Body(data, whole and not rest, coded[0][0], coded[-1][1], _runs(rest))


def _runs(lines: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Lines that follow each other as one range."""
    runs: list[tuple[int, int]] = []
    for start, end in lines:
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return tuple(runs)


_INLINE = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,255})(?:\r\n|\r|\n)((?>(?:[!-`][ -`]{0,84}(?:\r\n|\r|\n))+))"
    rb"[ `]?(?:\r\n|\r|\n)?end[ \t]*(?:\r\n|\r|\n|\Z)",
    re.MULTILINE,
)


class Inline(NamedTuple):
    """A uuencoded file inside a plain text: its half-open range, its name, its bytes."""

    start: int
    end: int
    name: str
    data: bytes


def inline_files(raw: bytes) -> list[Inline]:
    """The files that stand uuencoded in a text, whole ones only: what is damaged stays text."""
    found: list[Inline] = []
    if b"begin " not in raw:
        return found
    for match in _INLINE.finditer(raw):
        try:
            data = b"".join([binascii.a2b_uu(line) for line in match.group(2).splitlines()])
        except binascii.Error:
            continue
        name = source_of(Decoded(match.group(1), "")).text.strip()
        found.append(Inline(match.start(), match.end(), name, data))
    return found


def _uuencode(raw: bytes) -> Body:
    begin = re.search(rb"^begin [0-7]{1,6} ?([^\r\n]*)(?:\r\n|\r|\n|\Z)", raw, re.MULTILINE)
    if begin is None:
        return Body(raw, False, 0, len(raw))
    out: list[bytes] = []
    position, good = begin.end(), False
    for found in re.finditer(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)", raw[begin.end() :]):
        line, position = found.group().strip(b"\r\n"), begin.end() + found.end()
        if line.strip() == b"end":
            good = True
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            return Body(raw, False, 0, len(raw))
    rest = [(start, end) for start, end in ((0, begin.start()), (position, len(raw))) if raw[start:end].strip()]
    name = source_of(Decoded(begin.group(1), "")).text
    return Body(b"".join(out), good, begin.start(), position, tuple(rest), name.strip())
