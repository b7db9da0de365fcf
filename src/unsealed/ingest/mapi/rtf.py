"""Rich text of Outlook: unpacked ([MS-OXRTFCP]), and the page or the words taken out of it ([MS-OXRTFEX])."""

from __future__ import annotations

import re
from typing import NamedTuple

from unsealed.ingest.mapi.bag import codec

LIMIT = 64 << 20  # bytes that packed text may become

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n\x00]+|([^\\{}\r\n\x00]+)|\\"
)
_FONT = re.compile(rb"\\f(\d{1,5})\b[^{};]{0,200}?\\fcharset(\d{1,3})")
_CHARSETS = {0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
             186: 1257, 204: 1251, 222: 874, 238: 1250}  # fmt: skip
_BREAKS = {b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
           b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
           b"emdash": "—", b"enspace": " ", b"emspace": " "}  # fmt: skip
_HIDDEN = frozenset({b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"datastore",
                     b"listtable", b"listoverridetable", b"generator", b"xmlnstbl", b"rsidtbl",
                     b"latentstyles"})  # fmt: skip


class Rich(NamedTuple):
    """What rich text holds: `page` the HTML that was packed into it, empty where there is none; `text` its words."""

    page: str
    text: str


def unpacked(data: bytes) -> bytes:
    """Rich text without its packing; what is damaged ends early. Empty where it is no packed rich text."""
    if len(data) < 16:
        return b""
    size = min(int.from_bytes(data[4:8], "little"), LIMIT)
    if data[8:12] == b"MELA":
        return data[16 : 16 + size]
    if data[8:12] != b"LZFu":
        return b""
    out = bytearray(_DICTIONARY)
    limit = len(_DICTIONARY) + size
    position, total = 16, len(data)
    while position < total and len(out) < limit:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= total or len(out) >= limit:
                break
            if not flags >> bit & 1:
                out.append(data[position])
                position += 1
                continue
            if position + 1 >= total:
                return bytes(out[len(_DICTIONARY) : limit])
            reference = data[position] << 8 | data[position + 1]
            position += 2
            here = len(out) & 0xFFF
            back = (here - (reference >> 4)) & 0xFFF
            if back == 0:  # the end mark
                return bytes(out[len(_DICTIONARY) : limit])
            _copy(out, back, (reference & 15) + 2)
    return bytes(out[len(_DICTIONARY) : limit])


def _copy(out: bytearray, back: int, length: int) -> None:
    start = len(out) - back
    if start < 0:  # before the beginning stands nothing
        out.extend(bytes(length))
        return
    for offset in range(length):
        out.append(out[start + offset])


def read_rich(data: bytes) -> Rich:
    """The HTML that stands packed in rich text, or its words."""
    return _Reader(data).read()


class _State(NamedTuple):
    skip: bool = False  # inside a group whose words are not shown
    tag: bool = False  # inside a piece of HTML
    quiet: bool = False  # between \htmlrtf and \htmlrtf0: what only a reader of RTF needs
    code: str = "cp1252"
    unicode_skip: int = 1


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.page = b"\\fromhtml" in data[:4096]
        found = re.search(rb"\\ansicpg(\d{1,5})", data[:4096])
        self.base = codec(int(found.group(1)) if found else 1252)
        self.fonts = {
            int(font): codec(_CHARSETS.get(int(charset), 1252)) if charset != b"0" else self.base
            for font, charset in _FONT.findall(data[:262_144])
        }
        self.out: list[str] = []
        self.bytes = bytearray()  # characters of 8 bits that wait for those that belong to them
        self.drop = 0  # characters after \u that stand for the same one
        self.state = _State(code=self.base)
        self.stack: list[_State] = []
        self.star = self.opened = False

    def read(self) -> Rich:
        for token in _TOKEN.finditer(self.data):
            word, number, byte, sign, brace, text = token.groups()
            if brace:
                self._brace(brace)
            elif byte:
                self._put(bytes([int(byte, 16)]))
            elif word:
                self._word(word, number)
            elif sign:
                self._sign(sign)
            elif text:
                self._put(text)
                self.opened = False
        self._flush()
        said = joined("".join(self.out))
        return Rich(said, "") if self.page else Rich("", said)

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.drop = 0
        if brace == b"{":
            if len(self.stack) < 10_000:
                self.stack.append(self.state)
            self.opened = True
        elif self.stack:
            self.state = self.stack.pop()
            self.opened = False
        self.star = False

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.star = True
            return
        said = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n"}.get(sign)
        if said is not None:
            self._say(said)
        elif sign in (b"\\", b"{", b"}"):
            self._put(sign)

    def _word(self, word: bytes, number: bytes | None) -> None:
        value = int(number) if number else 0
        state = self.state
        if word == b"htmltag":
            self.state = state._replace(skip=False, tag=True, quiet=False)
        elif word == b"htmlrtf":
            self._flush()
            self.state = state._replace(quiet=number is None or value != 0)
        elif word == b"u" and number:
            self._flush()
            self._unicode(value)
        elif word == b"uc":
            self.state = state._replace(unicode_skip=max(0, min(value, 10)))
        elif word == b"f" and value in self.fonts:
            self._flush()
            self.state = state._replace(code=self.fonts[value])
        elif word == b"bin":
            pass
        elif word in _BREAKS:
            self._say(_BREAKS[word])
        elif self.opened and (word in _HIDDEN or self.star):
            self.state = state._replace(skip=True)
        self.star = self.opened = False

    def _unicode(self, value: int) -> None:
        self._say(chr(value & 0xFFFF))
        self.drop = self.state.unicode_skip

    def _put(self, data: bytes) -> None:
        if self.drop:
            cut = min(self.drop, len(data))
            self.drop -= cut
            data = data[cut:]
        state = self.state
        if data and not state.skip and not (self.page and state.quiet):
            self.bytes += data

    def _say(self, text: str) -> None:
        self._flush()
        if not self.state.skip and not (self.page and self.state.quiet):
            self.out.append("\r\n" if text == "\n" else text)

    def _flush(self) -> None:
        if self.bytes:
            self.out.append(bytes(self.bytes).decode(self.state.code, "replace"))
            self.bytes.clear()


def joined(text: str) -> str:
    """Halves of characters that were written apart, as one; a half that stands alone becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
