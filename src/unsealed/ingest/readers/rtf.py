"""Rich Text: paragraphs, cells, notes, comments, page heads, deletions, hidden text, properties, pictures and objects.

One pass over tokens with a stack of its own: no depth is too deep. Positions are not kept: codes cut the text up.
"""

from __future__ import annotations

import binascii
import re

import msgspec

from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.ole import native_file
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "rtf", 1

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\", re.DOTALL
)
_CHARSETS = {0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "cp1361", 134: "gb18030", 136: "cp950",
             161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
             222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850"}  # fmt: skip
_CHARACTERS = {"tab": "\t", "line": "\n", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
               "bullet": "•", "endash": "–", "emdash": "—", "enspace": "\u2002", "emspace": "\u2003", "softline": "\n",
               "nestcell": "\t", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e",
               "rtlmark": "\u200f"}  # fmt: skip
_BREAKS = frozenset({"par", "sect", "page", "row", "nestrow", "column"})
_QUIET = frozenset(
    {"colortbl", "stylesheet", "listtable", "listoverridetable", "rsidtbl", "themedata", "colorschememapping",
     "datastore", "latentstyles", "xmlnstbl", "pgdsctbl", "mmathPr", "wgrffmtfilter", "blipuid", "nonshppict",
     "filetbl", "generator", "bkmkstart", "bkmkend", "listtext", "pntext", "pn", "pnseclvl", "atnid", "atndate",
     "atnref", "atrfstart", "atrfend", "objclass", "panose", "falt", "sn", "ftnsep", "ftnsepc", "ftncn", "aftnsep",
     "aftnsepc", "aftncn", "datafield", "fldtype", "passwordhash", "protusertbl"}
)  # fmt: skip
_LABELS = {"header": "header", "headerl": "header", "headerr": "header", "headerf": "header", "footer": "header",
           "footerl": "header", "footerr": "header", "footerf": "header", "footnote": "note", "annotation": "note",
           "atnauthor": "name", "xe": "note", "tc": "note", "revtbl": "name", "sv": "note", "shptxt": "paragraph",
           "docvar": "note", "formfield": "note", "template": "link"}  # fmt: skip
_FACTS = {"title": "title", "author": "author", "operator": "author", "subject": "subject", "keywords": "",
          "doccomm": "", "comment": "", "company": "", "manager": "", "category": "", "hlinkbase": "", "propname": "",
          "staticval": ""}  # fmt: skip
_TIMES = {"creatim": "created", "revtim": "date", "printim": ""}
_HEX = frozenset({"pict", "objdata"})
_ADDRESS = re.compile(r'\s*(?:HYPERLINK|INCLUDE\w+|DDE\w*|LINK)\b[^"]*"([^"]+)"')
_DULL_CODE = re.compile(r"\s*(?:PAGE|NUMPAGES|TOC|PAGEREF|SEQ|FORMTEXT|FORMCHECKBOX|DATE|TIME)\b")
_PARTS = 5_000


class _State(msgspec.Struct):
    destination: str = ""
    charset: str = "cp1252"
    skip: int = 1  # characters after \u that stand for it in older programs
    hidden: bool = False
    gone: bool = False
    cell: bool = False


class _Story(msgspec.Struct):
    """A destination whose text is being collected."""

    destination: str
    depth: int
    text: list[str]
    gone: list[str]
    hidden: bool = False
    inserted: bool = False


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A rich text document."""
    folio = Folio()
    reader = _Rtf(folio, data)
    reader.run()
    if not folio.count and not folio.parts:
        raise Refused("O-BROKEN", "rich text without text", "Ask for another copy, or accept it unread.")
    folio.titled()
    return folio.outcome("office", NAME, VERSION, reader.charset)


class _Rtf:
    def __init__(self, folio: Folio, data: bytes) -> None:
        self.folio = folio
        self.data = data
        self.charset = "cp1252"
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.state = _State()
        self.stack: list[_State] = []
        self.stories = [_Story("", 0, [], [])]
        self.raw = bytearray()  # bytes that wait for their charset
        self.hex = bytearray()
        self.drop = 0
        self.times: dict[str, int] = {}
        self.starred = False
        self.boxes: set[str] = set()

    def run(self) -> None:
        position = self.data.find(b"{\\rtf")
        while (found := _TOKEN.match(self.data, position)) is not None and position < len(self.data):
            position = found.end()
            word, number, escaped, symbol, brace, text = found.groups()
            if word is not None:
                value = int(number) if number is not None else None
                if word == b"bin" and value:
                    self._bytes(self.data[position : position + max(0, value)])
                    position += max(0, value)
                else:
                    self._word(word.decode("ascii"), value)
            elif escaped is not None:
                self._byte(bytes((int(escaped, 16),)))
            elif brace is not None:
                self._brace(brace)
            elif symbol is not None:
                self._symbol(symbol)
            elif text is not None:
                self._text(text)
        while self.stack:
            self._brace(b"}")
        self._end_story(self.stories[0])

    # -- groups

    def _brace(self, brace: bytes) -> None:
        self._settle()
        self.drop = 0
        if brace == b"{":
            self.stack.append(msgspec.structs.replace(self.state))
            return
        if not self.stack:
            return
        before = self.state.destination
        self.state = self.stack.pop()
        if before in _TIMES and self.state.destination != before:
            self._time(before)
        while len(self.stories) > 1 and self.stories[-1].depth > len(self.stack):
            self._end_story(self.stories.pop())

    def _open(self, destination: str) -> None:
        if self.state.destination in _QUIET or self.state.destination == "fonttbl":
            return
        self.state.destination = destination
        if destination in _QUIET or destination in ("fonttbl", "info"):
            return
        self.stories.append(_Story(destination, len(self.stack), [], []))
        if destination in _HEX:
            self.hex = bytearray()

    def _end_story(self, story: _Story) -> None:
        name = story.destination
        if name in _HEX:
            self._file(name, "".join(story.text))
            return
        self._paragraph(story)

    # -- text

    def _settle(self) -> None:
        if self.raw:
            raw, self.raw = bytes(self.raw), bytearray()
            try:
                self._say(raw.decode(self.state.charset, "replace"))
            except LookupError:
                self._say(raw.decode("cp1252", "replace"))

    def _say(self, text: str) -> None:
        destination = self.state.destination
        if destination in _QUIET or destination in ("fonttbl", "info"):
            return
        story = self.stories[-1]
        if self.state.gone:
            story.gone.append(text)
        else:
            story.text.append(text)
            story.hidden = story.hidden or (self.state.hidden and not text.isspace())

    def _text(self, text: bytes) -> None:
        if self.drop:
            dropped = min(self.drop, len(text))
            self.drop -= dropped
            text = text[dropped:]
        if self.state.destination == "fonttbl":
            return
        self.raw += text

    def _byte(self, byte: bytes) -> None:
        if self.drop:
            self.drop -= 1
        else:
            self.raw += byte

    def _bytes(self, data: bytes) -> None:
        if self.state.destination in _HEX:
            self.hex += data

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.starred = True
            return
        self._settle()
        if self.drop:
            self.drop -= 1
        elif symbol in b"\r\n":
            self._paragraph(self.stories[-1])
        else:
            self._say(
                {b"~": "\u00a0", b"_": "\u2011", b"-": "\u00ad", b"{": "{", b"}": "}", b"\\": "\\"}.get(symbol, "")
            )

    # -- words

    def _word(self, word: str, value: int | None) -> None:
        self._settle()
        starred, self.starred = self.starred, False
        if word == "u" and value is not None:
            self._say(chr(value & 0xFFFF))
            self.drop = self.state.skip
            return
        if self.drop:
            self.drop -= 1
            return
        if self._is_destination(word, starred=starred):
            self._open(word)
        elif word in _CHARACTERS:
            self._say(_CHARACTERS[word])
        elif word in _BREAKS or word in ("cell", "nestcell"):
            self.state.cell = word == "cell" or (self.state.cell and word != "par")
            self._paragraph(self.stories[-1], cell=word == "cell")
        else:
            self._format(word, value)

    def _is_destination(self, word: str, *, starred: bool) -> bool:
        known = word in _QUIET or word in _LABELS or word in _FACTS or word in _HEX or word in _TIMES
        return starred or known or word in ("fonttbl", "info", "fldinst")

    def _format(self, word: str, value: int | None) -> None:
        state = self.state
        if word == "f" and value is not None:
            self.font = value
            state.charset = self.fonts.get(value, self.charset)
        elif word == "fcharset" and state.destination == "fonttbl":
            self.fonts[self.font] = _CHARSETS.get(value or 0, self.charset) if value else self.charset
        elif word in ("ansicpg", "cpg") and value:
            self._codepage(word, value)
        elif word in ("mac", "pc", "pca") and not self.fonts:
            self.charset = state.charset = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "uc":
            state.skip = max(0, min(value or 0, 16))
        elif word in ("v", "deleted"):
            setattr(state, "hidden" if word == "v" else "gone", value != 0)
        elif word == "revised":
            self.stories[-1].inserted = True
        elif word == "plain":
            state.hidden = state.gone = False
            state.charset = self.fonts.get(0, self.charset)
        elif word in ("yr", "mo", "dy", "hr", "min") and value is not None:
            self.times[word] = value

    def _codepage(self, word: str, value: int) -> None:
        name = {10000: "mac_roman", 936: "gb18030", 65001: "utf-8"}.get(value, f"cp{value}")
        try:
            b"".decode(name)
        except LookupError:
            return
        if word == "ansicpg":
            self.charset = self.state.charset = name
        elif self.state.destination == "fonttbl":
            self.fonts[self.font] = name

    # -- what becomes of it

    def _paragraph(self, story: _Story, *, cell: bool = False) -> None:
        text, gone = "".join(story.text), "".join(story.gone)
        name = story.destination
        hidden, inserted = story.hidden, story.inserted
        story.text, story.gone, story.hidden, story.inserted = [], [], False, False
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if not self._aside(name, text):
            self._tell(name, text, gone, (hidden, inserted, cell))

    def _aside(self, name: str, text: str) -> bool:
        """A property, a field code, a name: whether it was one."""
        if name in _FACTS:
            self.folio.fact(name, text, _FACTS[name])
        elif name == "fldinst":
            self._code(text)
        elif name in ("atnauthor", "revtbl"):
            for person in text.split(";"):
                self.folio.person(person.strip() if person.strip() != "Unknown" else "")
        else:
            return name == "sv" and (len(text) < 4 or text.lstrip("-").isdigit())
        return True

    def _tell(self, name: str, text: str, gone: str, signs: tuple[bool, bool, bool]) -> None:
        hidden, inserted, cell = signs
        label = _LABELS.get(name, "note" if name else "cell" if cell else "paragraph")
        if name == "shptxt":
            self.boxes.add(text.strip())
        elif label == "note" and text.strip() in self.boxes:
            return  # the same box for older programs
        unit = self.folio.say(label, text)
        if hidden and unit >= 0:
            self.folio.once("O-HIDDEN", "warn", unit)
        if inserted and unit >= 0:
            self.folio.once("O-INSERTED", "note", unit)
        away = self.folio.say("note", gone)
        if away >= 0:
            self.folio.once("O-DELETED", "warn", away)

    def _code(self, code: str) -> None:
        address = _ADDRESS.match(code)
        if address is not None:
            self.folio.link(address[1])
        elif not _DULL_CODE.match(code):
            self.folio.say("code", code.strip())

    def _time(self, name: str) -> None:
        parts, self.times = self.times, {}
        if parts.get("yr"):
            date = f"{parts['yr']:04d}-{parts.get('mo', 1):02d}-{parts.get('dy', 1):02d}"
            clock = f"T{parts.get('hr', 0):02d}:{parts.get('min', 0):02d}"
            self.folio.fact(name, date + clock, _TIMES[name])

    def _file(self, name: str, text: str) -> None:
        try:
            digits = re.sub(r"[^0-9A-Fa-f]", "", text)
            data = bytes(self.hex) or binascii.unhexlify(digits[: len(digits) // 2 * 2])
        except (binascii.Error, ValueError):
            self.folio.once("O-MEMBER", "warn")
            return
        if data and len(self.folio.parts) < _PARTS:
            label = "picture" if name == "pict" else "object"
            number = len(self.folio.parts) + 1
            inner, data = native_file(data) if name == "objdata" else ("", data)
            self.folio.part(inner or f"{label}-{number}", data)
