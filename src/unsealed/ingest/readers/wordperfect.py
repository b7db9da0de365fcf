"""WordPerfect 5 and 6 documents: the running text; what stands in the packets before it as runs of text.

The body is characters and functions: functions of one byte, of a fixed length, and of a stated length. Notes of
version 6 stand in packets, which are not cut apart: their text is told without order (O-SALVAGED).
"""

from __future__ import annotations

import re

from unsealed.ingest.kinds import told
from unsealed.ingest.readers.office.folio import Folio, guarded
from unsealed.ingest.readers.outcome import Outcome, rejected
from unsealed.ingest.readers.salvage import runs

NAME, VERSION = "wordperfect", 1

_LETTERS = "ÁáÂâÄäÀàÅåÆæÇçÉéÊêËëÈèÍíÎîÏïÌìÑñÓóÔôÖöÒòÚúÛûÜüÙùŸÿ"  # character set 1 from 26 on
_SIGNS = {28: "’", 29: "‘", 31: "”", 32: "“", 33: "–", 34: "—", 5: "§", 6: "¶", 23: "©", 22: "®", 0: "●", 3: "•"}
_SHORT = "åÅæÆäÄáàâãÃçÇëéÉèêíñÑøØõÕöÖüÜúùß"  # one-byte letters of version 6, from 1 on
_FIXED_6 = (4, 5, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 8, 8, 0)
_SPACES_6 = {0x80: " ", 0x81: " ", 0x82: "", 0x83: "", 0x84: "-", 0x85: "", 0x86: "-"}
_BREAKS = re.compile(r"\n+")


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A WordPerfect file; encrypted ones and other files of the same maker are rejected."""
    message, remedy = told("application/vnd.wordperfect")
    if data[8:10] != b"\x01\x0a" or data[10] not in (0, 2):
        return rejected("R-UNKNOWN", message, remedy)
    if data[12:14] != b"\x00\x00":
        return rejected("R-PASSWORD", "encrypted: a password is needed", "Open it with its password, save it without.")
    start = int.from_bytes(data[4:8], "little")
    body = _Body(data, start, newer=data[10] == 2).text()
    folio = Folio()
    for paragraph in _BREAKS.split(body):
        folio.say("paragraph", paragraph)
    before = folio.count
    for run in runs(data[16:start].replace(b"\x80", b" ")):
        folio.say("text", run.text)
    if folio.count > before:
        folio.finding("O-SALVAGED", "warn", before)
    if not folio.count:
        return rejected("R-UNKNOWN", message, remedy)
    return folio.outcome("office", NAME, VERSION, "cp1252")


class _Body:
    def __init__(self, data: bytes, start: int, *, newer: bool) -> None:
        self.data = data
        self.place = start
        self.newer = newer
        self.pieces: list[str] = []

    def text(self) -> str:
        """The text from the start of the body to the end of the file."""
        while self.place < len(self.data):
            byte = self.data[self.place]
            if 0x20 <= byte < 0x7F:
                self.pieces.append(chr(byte))
                self.place += 1
            elif self.newer:
                self._newer(byte)
            else:
                self._older(byte)
        return "".join(self.pieces)

    def _newer(self, byte: int) -> None:
        if byte < 0x21:
            self.pieces.append(_SHORT[byte - 1] if byte else "")
            self.place += 1
        elif byte < 0xD0:
            self.pieces.append(_SPACES_6.get(byte, "\n" if 0xB4 <= byte <= 0xCC else " " if byte >= 0xCD else ""))
            self.place += 1
        elif byte < 0xF0:
            length = int.from_bytes(self.data[self.place + 2 : self.place + 4], "little")
            if byte == 0xD0:  # ends of lines, columns and pages
                self.pieces.append(" " if self.data[self.place + 1 : self.place + 2] in (b"\x01", b"\x02") else "\n")
            self.place += max(4, length)
        else:
            if byte == 0xF0:
                self._extended(self.data[self.place + 1 : self.place + 3])
            self.place += max(1, _FIXED_6[byte - 0xF0])

    def _older(self, byte: int) -> None:
        if byte < 0xC0:
            self.pieces.append({0x0A: "\n", 0x0C: "\n", 0x0D: " ", 0xA0: " ", 0xA9: "-", 0xAA: "-"}.get(byte, ""))
            self.place += 1
        elif byte < 0xD0:  # of a fixed length: the code stands at both ends
            if byte == 0xC0:
                self._extended(self.data[self.place + 1 : self.place + 3])
            end = self.data.find(bytes((byte,)), self.place + 1, self.place + 12)
            self.pieces.append("\t" if byte == 0xC1 else "")
            self.place = end + 1 if end > 0 else self.place + 1
        else:
            length = int.from_bytes(self.data[self.place + 2 : self.place + 4], "little")
            self.place += 4 + length

    def _extended(self, pair: bytes) -> None:
        if len(pair) == 2:
            number, group = pair
            if group == 1:
                letter = _LETTERS[number - 26 : number - 25] if number >= 26 else "ß" if number == 23 else ""
            else:
                letter = _SIGNS.get(number, "") if group == 4 else chr(number) if group == 0 and number > 31 else ""
            self.pieces.append(letter or "\ufffd")
