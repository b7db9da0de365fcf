"""Subtitles as SubRip writes them: a number, two times, lines of text."""

from __future__ import annotations

import re
from typing import NamedTuple

_TIMES = re.compile(r"^\s*(\d{1,3}:\d\d:\d\d)[,.](\d{1,3}) *--> *(\d{1,3}:\d\d:\d\d)[,.](\d{1,3})[^\n]*$", re.MULTILINE)
_MARKS = re.compile(r"<[^<>\n]{1,200}>|\{\\[^{}\n]{1,200}\}")


class Cue(NamedTuple):
    """What is said from one time to another: `time` as `0:00:01.500 - 0:00:03.000`."""

    time: str
    text: str


def cues_of(text: str) -> list[Cue]:
    """The cues of a track in order; marks for italics, colours and places are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = list(_TIMES.finditer(text))
    cues: list[Cue] = []
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        lines = text[match.end() : end].strip("\n").split("\n")
        if place + 1 < len(found) and lines and lines[-1].strip().isdigit():
            lines.pop()  # the number of the next cue
        said = _MARKS.sub("", "\n".join(lines)).strip()
        if said:
            cues.append(Cue(f"{match[1]}.{match[2]} - {match[3]}.{match[4]}", said))
    return cues
