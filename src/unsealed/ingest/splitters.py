"""Where the items of a container lie: streaming, restartable cutters that look at boundaries only.

A splitter is fed chunks of any size and answers with pieces: half-open byte ranges in the container. The same
bytes give the same pieces whatever the chunks were. A piece with a `code` is an expected item that cannot be
read (it goes to quarantine): nothing between two pieces is lost without a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.wire import Piece

_GUARD = 64  # bytes that must follow a row before its end is believed: the longest look-ahead of the patterns


class Splitter(Protocol):
    """Contract: `feed` is called with the chunks in order, the last one (may be empty) with `final`.

    `context` is what `readers.read` must know of the container; it is complete when the first piece is returned.
    A new splitter made with the end of any piece and that context gives exactly the pieces that follow.
    """

    context: bytes

    def feed(self, chunk: bytes, final: bool) -> list[Piece]:
        """The pieces that end in what was fed so far."""
        ...


class _Buffered:
    """Keeps the bytes from the last boundary on; asks again only when they have doubled (no quadratic work)."""

    def __init__(self, offset: int, context: bytes) -> None:
        self.context = context
        self._base = offset
        self._buffer = b""
        self._wanted = 0

    def feed(self, chunk: bytes, final: bool) -> list[Piece]:
        self._buffer += chunk
        if not final and len(self._buffer) < self._wanted:
            return []
        pieces: list[Piece] = []
        used = self._cut(self._buffer, final, pieces)
        self._base += used
        self._buffer = self._buffer[used:]
        self._wanted = 2 * len(self._buffer) if not used else 0
        return pieces

    def _cut(self, data: bytes, final: bool, pieces: list[Piece]) -> int:
        raise NotImplementedError

    def _too_large(self, position: int, pieces: list[Piece]) -> int:
        """Give up an item that does not end within the limit, so that memory does not grow with the file."""
        end = position + LIMITS.item_bytes
        message = f"no end within {LIMITS.item_bytes} bytes"
        pieces.append(Piece(self._base + position, self._base + end, "R-TOO-LARGE", message))
        return end


# A quoted cell ends at its quote, at nothing else, but never runs into a line that begins like a row of the dump
# (digits, comma, date): that line is where reading goes on after a lost quote (cable.md 2.1).
_NEXT_ROW = rb'"?\d{1,12}"?,"?\d{1,4}[-/]\d{1,2}[-/]\d'
_INSIDE = rb'"[^"\\\n]*+(?>(?:(?:\\.|""|\n(?!' + _NEXT_ROW + rb'))[^"\\\n]*+)*)'
_CELLS = rb'(?>(?:[^"\\\n]++|' + _INSIDE + rb'"|\\.)*)'
_ROW = re.compile(_CELLS + rb"(?:\n|(\Z))", re.DOTALL)
_LOST = re.compile(_CELLS + _INSIDE + rb"\n", re.DOTALL)

# The same where CR alone ends rows: only before the beginning of a row, elsewhere it is a character like any other.
_BARE_ROW = re.compile(rb"\r(?=" + _NEXT_ROW + rb")")
_CR_INSIDE = rb'"[^"\\\n\r]*+(?>(?:(?:\\.|""|[\n\r](?!' + _NEXT_ROW + rb'))[^"\\\n\r]*+)*)'
_CR_CELLS = rb'(?>(?:[^"\\\n\r]++|\r(?!' + _NEXT_ROW + rb")|" + _CR_INSIDE + rb'"|\\.)*)'
_CR_ROW = re.compile(_CR_CELLS + rb"(?:\n|\r|(\Z))", re.DOTALL)
_CR_LOST = re.compile(_CR_CELLS + _CR_INSIDE + rb"[\n\r]", re.DOTALL)


def _plain_end(masked: bytes, position: int) -> int:
    """The end of the row at `position` where that is plain to see, else -1: then `_ROW` has to say.

    `masked` has blanks for each backslash before a line end. Where no other backslash stands before the next line
    end, every quote opens or closes (a doubled one does both), so an even number of them means: outside.
    """
    end = masked.find(b"\n", position) + 1
    if not end or masked.find(b"\\", position, end) >= 0:
        return -1
    inside, find = False, masked.find
    while position := find(b'"', position, end) + 1:  # quotes are few: jumping to each is faster than to count them
        inside = not inside
    return -1 if inside else end


class _Rows(_Buffered):
    """CSV rows: quotes, doubled quotes, backslash escapes, line ends inside quotes."""

    def __init__(self, offset: int, context: bytes) -> None:
        super().__init__(offset, context)
        self.code = "C-ROW-RESYNC"
        self.row, self.lost = _ROW, _LOST
        # A line like a row inside quotes proves the quote lost; a table needs the rest of the file to know.
        self.decided = True

    def _cut(self, data: bytes, final: bool, pieces: list[Piece]) -> int:
        position, size = 0, len(data)
        bare = self.row in (_ROW, _CR_ROW) and b"\r" in data and _BARE_ROW.search(data) is not None
        if self.row in (_ROW, _CR_ROW):
            self.row, self.lost = (_CR_ROW, _CR_LOST) if bare else (_ROW, _LOST)
        match_row = self.row.match
        base = self._base
        masked = data.replace(b"\\\n", b"  ") if self.row is _ROW else b""
        while position < size:
            end = -1 if bare else _plain_end(masked, position)
            if end < 0:
                found = match_row(data, position)
                end = found.end() if found is not None else -1
                if end < 0 or (found is not None and found.group(1) is not None and not final):
                    end = self._lost_quote(data, position, final, pieces)
                    if end < 0:
                        break
                    position = end
                    continue
            if end + _GUARD > size and not final:
                break
            if not self._is_context(data, position, end) and (
                data[position] not in b"\r\n" or data[position:end].strip(b"\r\n")
            ):
                pieces.append(Piece(base + position, base + end))
            position = end
        return position

    def _is_context(self, data: bytes, start: int, end: int) -> bool:
        return False

    def _lost_quote(self, data: bytes, position: int, final: bool, pieces: list[Piece]) -> int:
        """The end of a row whose quote is never closed, or -1 while more bytes may close it."""
        limit = position + LIMITS.row_bytes
        enough = final or len(data) >= limit + _GUARD
        again = self.lost.match(data, position, limit + _GUARD) if self.decided or enough else None
        if again is None and not enough:
            return -1
        if again is not None and again.end() + _GUARD > len(data) and not final:
            return -1
        end = again.end() if again is not None else min(limit, len(data))
        message = f"a quote in this row is never closed; {end - position} bytes skipped"
        pieces.append(Piece(self._base + position, self._base + end, self.code, message))
        return end


_TABLE_ROW = re.compile(rb'(?>(?:[^"\n]++|"[^"]*+(?>(?:""[^"]*+)*)")*)(?:\n|(\Z))')
_TABLE_LOST = re.compile(rb'(?>(?:[^"\n]++|"[^"]*+(?>(?:""[^"]*+)*)")*)"[^\n]*+\n')


class _TableRows(_Rows):
    """CSV rows (RFC 4180) whose first row may be a header: it becomes the context and is no item."""

    def __init__(self, offset: int, context: bytes) -> None:
        super().__init__(offset, context)
        self.code = "E-ROW-RESYNC"
        self.row, self.lost, self.decided = _TABLE_ROW, _TABLE_LOST, False
        self._seen = offset > 0 or bool(context)

    def _is_context(self, data: bytes, start: int, end: int) -> bool:
        if self._seen:
            return False
        if not data[start:end].strip():
            return True  # blank rows before the first one hold nothing: as items they would end the look for a header
        self._seen = True
        row = data[start:end]
        header = self._is_header(row)
        self.context = row if header else b"-"
        return header

    def _lost_quote(self, data: bytes, position: int, final: bool, pieces: list[Piece]) -> int:
        """As for any row. Where the first row is broken no later one is its header: a restart could not know it."""
        end = super()._lost_quote(data, position, final, pieces)
        if end >= 0 and not self._seen:
            self._seen, self.context = True, b"-"
        return end

    def _is_header(self, row: bytes) -> bool:
        return not re.search(rb'(?:^|[,;\t])"?-?\d+(?:[-./:]\d+)*', row)


class _EventRows(_TableRows):
    """Event reports: a header row has a cell `reportkey`; the Afghan and the Iraq order have none."""

    def __init__(self, offset: int, context: bytes) -> None:
        super().__init__(offset, context)
        self.row, self.lost, self.decided = _ROW, _LOST, True

    def _is_header(self, row: bytes) -> bool:
        return re.search(rb'(?:^|,)\s*"?reportkey"?\s*(?:,|\r?\n|\Z)', row, re.IGNORECASE) is not None


# other.md 3.1: `From ` at line start, after a blank line or the file start, and a date at the end of the line
_SEPARATOR = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*?\b\d{1,2}[ ]+\d\d?:\d\d(?::\d\d)?[^\n]{0,40}?\b(?:19"
    rb"|20)\d\d\b[^\n]{0,16}\n"
    rb"|(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*?\b\d{1,2}[ ]+[A-Za-z]{3,9}[ ]+(?:19|20)\d\d[ ]+\d\d?:\d\d[^\n]{0,40}\n"
)


_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_BODY = re.compile(rb"\n\r?\n")
_HEADER_BYTES = 65_536  # how far into a message its header block is looked for
_HEADER_LINE = re.compile(rb"(?:>From |[!-9;-~]{1,60}[ \t]*:)")


def _separator(data: bytes, start: int, end: int) -> re.Match[bytes] | None:
    """The first separator line from `start` on. Looks for its first word alone: ten times as fast as the pattern."""
    place = start - 1
    while (place := data.find(b"\nFrom ", place, end)) >= 0:
        place += 1
        found = _SEPARATOR.match(data, place, end)
        if found is not None:
            return found
    return None


def _message_in(data: bytes, start: int, end: int) -> bool:
    """Whether a message with headers begins between two places: then what claims to reach over it lies."""
    while (found := _separator(data, start, end)) is not None:
        if _HEADER_LINE.match(data, found.end()) is not None:
            return True
        start = found.end()
    return False


class _Messages(_Buffered):
    """mbox: a message runs from its separator line to the next one.

    A line of a body may look like a separator. It is taken for one, unless no header follows it and the message states
    a Content-Length that ends right before another separator.
    """

    def _cut(self, data: bytes, final: bool, pieces: list[Piece]) -> int:
        position, size = 0, len(data)
        while position < size:
            limit = position + LIMITS.item_bytes
            found = _separator(data, position + 5, limit)  # not the separator that this message begins with
            if found is None and size >= limit:
                position = self._too_large(position, pieces)
                continue
            # the last line may be half a separator: wait for what follows
            if found is None or (not final and found.end() + _GUARD > size):
                break
            if _HEADER_LINE.match(data, found.end()) is None:
                claimed = self._claimed(data, position, found.start())
                if claimed and claimed < limit and not final and claimed + 512 > size:
                    break  # what follows has to come first
                if final and abs(size - claimed) <= 2 and not _message_in(data, found.end(), size):
                    break  # the last message
                separator = _separator(data, max(claimed - 2, position + 5), claimed + 256) if claimed else None
                if (
                    separator is not None
                    and separator.start() <= claimed + 2
                    and not _message_in(data, found.end(), claimed)
                ):
                    found = separator
            pieces.append(Piece(self._base + position, self._base + found.start()))
            position = found.start()
        if final and position < size:
            pieces.append(Piece(self._base + position, self._base + size))
            return size
        return position

    def _claimed(self, data: bytes, position: int, before: int) -> int:
        """Where the message at `position` says that it ends, if that lies behind `before`; 0 where it says nothing."""
        body = _BODY.search(data, position, min(before, position + _HEADER_BYTES))
        stated = _LENGTH.search(data, position, body.start() + 1) if body is not None else None
        if body is None or stated is None:
            return 0
        end = body.end() + int(stated.group(1))
        return end if end > before else 0


# A tag of a division (with any prefix), or what hides tags. XML forbids `<` in attributes: a lost quote ends there.
_DIVISION = re.compile(
    rb"""(?P<hides><!--|<!\[CDATA\[|<\?)"""
    rb"""|<(?P<close>/?)(?:[\w.-]+:)?div(?=[\s/>])(?P<attributes>(?>(?:[^>"'<]++|"[^"<]*+"|'[^'<]*+')*))>"""
)
# What stands before and behind the documents of a volume, by the name that its publisher gives it.
_MATTER = re.compile(
    rb"""\sxml:id\s*=\s*["'](?:about|abbreviations|acknowledg\w{1,10}|actionsstatement|appendix(?:-\d{1,2})?|covertactions|errata"""
    rb"""|foreword|index|intro(?:duction)?|note|persons|preface|press-?release|shorttitles|sources|subseriesvols|summary"""
    rb"""|terms|toc|volsum(?:mary)?)["']"""
)
_CLOSES = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_DOCUMENT = re.compile(rb"""\stype\s*=\s*["']document["']""")
_HIDDEN = re.compile(rb"""<(?:[\w.-]+:)?div(?=\s)[^<>]*?\stype\s*=\s*["']document["']""")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?TEI(?=[\s/>])")
_ROOT_END = re.compile(rb"</(?:[\w.-]+:)?TEI\s*>\s*(?:<!--.*?-->\s*)*\Z", re.DOTALL)
_VOLUME = re.compile(
    rb"""<(?:[\w.-]+:)?TEI\b(?:[^>]*\sxml:id\s*=\s*["']([\w.-]+)["'])?"""
    rb"""|<(?:[\w.-]+:)?idno\s+type\s*=\s*["']frus["']\s*>\s*([\w.-]+)"""
)
_OPEN_MARK = "a comment or instruction that holds documents: they are read, what stands around them is not"


class _Documents(_Buffered):
    """FRUS volume: each `div type="document"` is an item, cut at its own tags (comments and CDATA are stepped over).

    So is each list of persons, terms or sources, preface and index; one that holds documents is none itself.

    Looks at tags only, with a pattern that cannot expand an entity; whether a document is well-formed is for
    its reader to say. A comment that swallows a document was not closed: reading goes on behind its mark, which is a
    rejected piece. A volume without documents is one item.
    """

    def __init__(self, offset: int, context: bytes) -> None:
        super().__init__(offset, context)
        self._root = -1  # where the root element begins, which stands before all divisions
        self._divided = False
        self._cut_any = offset > 0

    def _cut(self, data: bytes, final: bool, pieces: list[Piece]) -> int:
        self._find_root(data)
        self._find_volume(data, final)
        depth, start, position, place, matter = 0, -1, 0, 0, False
        while (found := _DIVISION.search(data, place)) is not None:
            place = found.end()
            if found.group("hides"):
                place = self._past(data, found, pieces if start < 0 else [])
                if place < 0:  # unclosed so far: what follows may close it
                    position = found.start() if start < 0 else position
                    break
            elif not found.group("attributes").endswith(b"/"):
                opens = not found.group("close") and _DOCUMENT.search(found.group("attributes")) is not None
                if opens and (start < 0 or matter):
                    start, depth, matter = found.start(), 1, False
                elif start >= 0:
                    depth += -1 if found.group("close") else 1
                elif not found.group("close") and _MATTER.search(found.group("attributes")):
                    start, depth, matter = found.start(), 1, True
                if start >= 0 and depth == 0:
                    pieces.append(Piece(self._base + start, self._base + place))
                    start = -1
            position = place if start < 0 else position
        self._cut_any = self._cut_any or bool(pieces)
        used = self._end(data, start, position, final, pieces)
        self._cut_any = self._cut_any or bool(pieces)
        return used

    def _past(self, data: bytes, found: re.Match[bytes], pieces: list[Piece]) -> int:
        """Where to go on behind a comment, instruction or CDATA section; -1 where its end is not in `data`."""
        close = _CLOSES[found.group()]
        end = data.find(close, found.end())
        if _HIDDEN.search(data, found.end(), end if end >= 0 else len(data)) is not None:
            pieces.append(Piece(self._base + found.start(), self._base + found.end(), "F-XML", _OPEN_MARK))
            return found.end()
        return end + len(close) if end >= 0 else -1

    def _end(self, data: bytes, start: int, position: int, final: bool, pieces: list[Piece]) -> int:
        if not final:
            hold = start if start >= 0 else position
            return self._too_large(hold, pieces) if len(data) - hold > LIMITS.item_bytes else hold
        message = ""
        if start >= 0:
            position, message = start, "the volume ends inside this document"
        elif _DIVISION.match(data, position) is not None:  # nothing but an unclosed mark is left standing
            message = "a comment or instruction that is never closed; the rest is unread"
        elif not self._cut_any:
            position = max(self._root, 0) - self._base
        elif data[position:] and not _ROOT_END.search(data, position):
            message = "the volume ends before its root element is closed"
        if message or not self._cut_any:
            code = "F-XML" if message else ""
            pieces.append(Piece(self._base + position, self._base + len(data), code, message))
        return len(data)

    def _find_root(self, data: bytes) -> None:
        if self._root >= 0 or self._divided:
            return
        division = next((one for one in _DIVISION.finditer(data) if not one.group("hides")), None)
        root = _ROOT.search(data, 0, division.start() if division is not None else len(data))
        self._root = self._base + root.start() if root is not None else -1
        self._divided = division is not None

    def _find_volume(self, data: bytes, final: bool) -> None:
        if self.context:
            return
        names = [
            match.group(1) or match.group(2) for match in _VOLUME.finditer(data) if match.group(1) or match.group(2)
        ]
        self.context = names[0] if names else b"-" if final or _DOCUMENT.search(data) else b""


_SPLITTERS: dict[str, Callable[[int, bytes], Splitter]] = {
    "cable-csv": _Rows,
    "event-csv": _EventRows,
    "table-csv": _TableRows,
    "mbox": _Messages,
    "frus-tei": _Documents,
}


def splitter(form: str, offset: int = 0, context: bytes = b"") -> Splitter:
    """A splitter for a container form, from `offset` (0, or the end of a piece, then with the context of before).

    Raises `KeyError` for a form that is no container.
    """
    return _SPLITTERS[form](offset, context)
