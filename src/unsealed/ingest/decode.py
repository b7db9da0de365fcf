"""Bytes to text, with the way back from every character to its bytes.

Order: byte order mark, UTF-8, the declared charset, a measured guess, then Windows-1252 with a flag.
A byte that no rule can read becomes U+FFFD, one for each byte, with a finding; its place is still known.

`Source` is the text that the rules of a reader look at: line ends are LF, escapes of a container are gone.
It is not yet in NFC: that happens once per unit, in `Source.units`.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect_left
from itertools import accumulate

from unsealed.ingest import charset as charsets
from unsealed.model import Finding, Unit

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONE = f"{chr(0xD800)}-{chr(0xDFFF)}"  # half of a pair each; a compiler cannot keep them in a literal
_SURROGATE = re.compile(f"[{_LONE}]")
_MULTIBYTE = re.compile(f"[^\x00-\x7f{_LONE}]")
_REMOVED_CR = re.compile("\r(?=\n)")
_ESCAPE = re.compile(r'\\.|""', re.DOTALL)
_ESCAPED_CR = re.compile("\r(?=\\\\\n)")  # a CRLF inside a quoted cell: CR, backslash, LF
_REPLACEMENT = "\ufffd"
# Charsets that a document may name. Python's other codecs (zlib, rot13, unicode_escape, idna ...) are no charsets.
_CHARSET = re.compile(
    r"(?:us-?ascii|ascii|utf-?(?:7|8|16|32)(?:-?[bl]e)?|(?:iso|latin)[-_ ]?[-_0-9a-z]+|(?:windows|cp|ibm"
    r"|x-cp)-?\d+|koi8-?[rut]|mac-?[a-z]+"
    r"|big5(?:-?hkscs)?|gb(?:2312|k|18030)|hz(?:-gb-2312)?|euc-?(?:jp|kr|cn|tw)|shift[-_]?jis|sjis|ks[_-]?c[-_0-9a-z]+|tis-?620|viscii|ptcp154)",
    re.IGNORECASE,
)


class Decoded:
    """The characters of `data` exactly as the bytes give them, and the charset that was used.

    `text` may hold lone surrogates (one for each undecodable byte) so that `byte` stays exact; nobody but
    `Source` sees it. `findings` are of the codes D-CP1252 and D-GUESS (guesses), D-BAD-BYTE, D-CHARSET (unknown name).
    """

    __slots__ = ("_char", "_offset", "bom", "encoding", "findings", "flat", "length", "text")

    def __init__(self, data: bytes, declared: str = "") -> None:
        self.length = len(data)
        self.bom = 0
        self.encoding = "utf-8"
        self.findings: tuple[Finding, ...] = ()
        self.text = self._decode(data, declared)
        self.flat = self.text.isascii() and not self.encoding.startswith(("utf-16", "utf-32", "utf-7"))
        self._char = 0
        self._offset = 0

    def _decode(self, data: bytes, declared: str) -> str:
        for bom, name in _BOMS:
            if data.startswith(bom):
                self.bom, self.encoding = len(bom), name
                return self._strict_or_marked(data[len(bom) :], name)
        charset = _known_charset(declared)
        if declared and not charset:
            self.findings = (Finding("D-CHARSET", "warn"),)
        if charset.startswith(("utf-16", "utf-32", "iso2022", "utf-7", "hz")):  # not ASCII-compatible: the name decides
            return self._named(data, charset)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return self._not_utf8(data, charset)
        # No word of prose: the escape of ISO-2022-JP. One character is sought many times faster than two.
        if "\x1b" in text and "\x1b$" in text and text.isascii():
            return self._guessed(data, "iso2022_jp") or text
        return (self._wide(data) or text) if "\x00" in text else text

    def _wide(self, data: bytes) -> str:
        """UTF-16 without its mark; an empty string for everything else."""
        name = charsets.wide(data)
        return self._guessed(data, name) if name else ""

    def _guessed(self, data: bytes, name: str) -> str:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, ValueError):
            return ""
        self.encoding = name
        self.findings += (Finding("D-GUESS", "warn"),)
        return text

    def _named(self, data: bytes, charset: str) -> str:
        try:
            text = data.decode(charset)
        except (UnicodeDecodeError, ValueError):
            self.findings += (Finding("D-BAD-BYTE", "warn"),)
            text = data.decode(charset, "replace")
        self.encoding = charset
        return text

    def _strict_or_marked(self, data: bytes, name: str) -> str:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            self.findings += (Finding("D-BAD-BYTE", "warn"),)
            return data.decode(name, "surrogateescape" if name == "utf-8" else "replace")

    def _not_utf8(self, data: bytes, charset: str) -> str:
        marked = data.decode("utf-8", "surrogateescape")
        bad = len(_SURROGATE.findall(marked))
        if bad <= len(_MULTIBYTE.findall(marked)):  # UTF-8 with a few broken bytes, not another charset
            self.findings += (Finding("D-BAD-BYTE", "warn"),)
            return marked
        if charset and charset not in ("utf-8", "ascii"):
            return self._named(data, charset)
        guess = charsets.wide(data) or charsets.guess(data)
        text = self._guessed(data, guess) if guess != "cp1252" else ""
        if text:
            return text
        self.encoding = "cp1252"
        self.findings += (Finding("D-CP1252", "warn"),)
        text = data.decode("cp1252", "surrogateescape")
        if _SURROGATE.search(text):
            self.findings += (Finding("D-BAD-BYTE", "warn"),)
        return text

    def byte(self, position: int) -> int:
        """Byte offset in `data` of character `position` of `text`. Cheapest when asked in rising order."""
        if self.flat:
            return self.bom + position
        if position < self._char:
            self._char, self._offset = 0, 0
        piece = self.text[self._char : position]
        self._char = position
        self._offset = min(self._offset + self._width(piece), self.length - self.bom)
        return self.bom + self._offset

    def _width(self, piece: str) -> int:
        try:
            if self.encoding == "utf-8" or self.encoding == "cp1252":
                return len(piece.encode(self.encoding, "surrogateescape"))
            return len(piece.encode(self.encoding, "surrogatepass" if "utf" in self.encoding else "replace"))
        except (UnicodeEncodeError, ValueError):
            return len(piece)


def _known_charset(declared: str) -> str:
    name = declared.strip().strip("'\"").lower()
    if not name or len(name) > 40 or not _CHARSET.fullmatch(name):
        return ""
    try:
        found = codecs.lookup("gb18030" if name in ("gb2312", "gbk") else name).name
    except (LookupError, ValueError):
        return ""
    return "cp1252" if found in ("iso8859-1", "latin-1") else found  # WHATWG: what is labelled latin-1 is Windows-1252


class Source:
    """A stretch of decoded text as the rules see it, with the way back to bytes.

    `text`: line ends LF, container escapes removed, U+FFFD for undecodable bytes. `at[k]` is the position in `text`
    before which the (k + 1)-th character was taken out, rising.
    """

    __slots__ = ("_base", "at", "decoded", "start", "text")

    def __init__(self, decoded: Decoded, start: int, text: str, at: list[int]) -> None:
        self.decoded = decoded
        self.start = start
        self.text = text
        self.at = at
        self._base = decoded.bom + start if decoded.flat else -1  # one byte a character: no walk needed

    def byte(self, position: int) -> int:
        """Byte offset in the item of character `position` of `text`: what was taken out before it belongs to it."""
        at = self.at
        moved = position + bisect_left(at, position) if at else position  # `moved` without the call: the hot path
        return self._base + moved if self._base >= 0 else self.decoded.byte(self.start + moved)

    def moved(self, position: int) -> int:
        """Position of a character in the text that this one was cut from."""
        return self.start + position + bisect_left(self.at, position)

    def units(self, spans: list[tuple[str, int, int, int]]) -> list[Unit]:
        """Units of (label, start, end, page) spans of `text`, with their byte ranges: many at once cost half."""
        text, at, base = self.text, self.at, self._base
        if base < 0:
            byte = self.byte
            return [Unit(label, composed(text[a:b]), ((byte(a), byte(b)),), page) for label, a, b, page in spans]
        if not at:  # one byte a character (so the text is ASCII and in NFC), nothing taken out
            return [Unit(label, text[a:b], ((base + a, base + b),), page) for label, a, b, page in spans]
        find, units = bisect_left, []
        behind, end = -1, 0
        for label, a, b, page in spans:  # most begin where the one before ends: looked for once
            start = end if a == behind else base + a + find(at, a)
            behind, end = b, base + b + find(at, b)
            units.append(Unit(label, text[a:b], ((start, end),), page))
        return units


def composed(text: str) -> str:
    """`text` in NFC (once per unit, never per atom)."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def source_of(decoded: Decoded) -> Source:
    """The whole of a decoded item as a `Source`: CRLF and CR become LF."""
    return source_from(decoded, 0, len(decoded.text), [])


def source_from(decoded: Decoded, start: int, end: int, removed: list[int]) -> Source:
    """The characters `start` to `end` of `decoded` without those at `removed` (relative to `start`, rising)."""
    text = decoded.text[start:end]
    if "\r" in text:
        removed = sorted({*removed, *(match.start() for match in _REMOVED_CR.finditer(text))})
    if removed:
        starts = [0, *(position + 1 for position in removed)]
        text = "".join([text[a:b] for a, b in zip(starts, [*removed, len(text)], strict=True)])
    return Source(decoded, start, _settled(text), [position - k for k, position in enumerate(removed)])


def unescaped(decoded: Decoded, start: int, end: int) -> Source:
    """A quoted CSV cell: backslash escapes and doubled quotes undone."""
    text = decoded.text[start:end]
    quoted = '"' in text and '""' in text
    odd = quoted or "\r" in text
    if "\\" not in text and not odd:
        return Source(decoded, start, _settled(text), [])
    parts = text.split("\\")
    if odd or "" in parts:
        return _with_escapes(decoded, start, end)
    at = list(accumulate(map(len, parts)))  # every backslash stands alone: the common case, without a loop
    at.pop()
    return Source(decoded, start, _settled("".join(parts)), at)


def _with_escapes(decoded: Decoded, start: int, end: int) -> Source:
    text = decoded.text[start:end]
    gone = {match.start() for match in _ESCAPE.finditer(text)}
    gone |= {m.start() for m in _ESCAPED_CR.finditer(text) if m.start() not in gone and m.start() + 1 in gone}
    return source_from(decoded, start, end, sorted(gone))


def _settled(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r", "\n")
    if not text.isascii() and _SURROGATE.search(text):
        text = _SURROGATE.sub(_REPLACEMENT, text)
    return text
