"""Cables of the sample archive: read the hand-written ones, render each in one of the three containers.

The source form in `sample/story/cables-*.txt`: a line `=== ID | form | created | class | precedences | info | flags`,
then the body from the captions on, one paragraph a line. `{PAGE}` puts a page-break line there, `{SECTION}` a section
mark; lines are wrapped as a telegram's are, so that names get broken over line ends.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sample_stations import POSTS

WIDTH = 66
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
LETTERS = {"FLASH": "Z", "IMMEDIATE": "O", "PRIORITY": "P", "ROUTINE": "R"}
BANNERS = {"UNCLASSIFIED": "UNCLAS", "CONFIDENTIAL": "C O N F I D E N T I A L", "SECRET": "S E C R E T"}
ZN = {"UNCLASSIFIED": "UUUUU", "CONFIDENTIAL": "CCCCC", "SECRET": "SSSSS"}
_ID = re.compile(r"(\d\d)([A-Z]+)0*(\d+)")
_REFERENCE = re.compile(r"(?:(\d\d) )?(" + "|".join(POSTS) + r") (\d+)")
_REF_BLOCK = re.compile(r"^REF:(?:.*\n?)(?: {5}.*\n?)*", re.MULTILINE)


class Cable(NamedTuple):
    """A cable before it is put into a container. `body` starts below the banner, one paragraph a line."""

    station: str
    serial: int
    form: str
    created: datetime
    classification: str
    precedences: tuple[str, ...]
    info: tuple[str, ...]
    flags: frozenset[str]
    body: str

    @property
    def id(self) -> str:
        """The canonical id, `06BELMAR112`."""
        return f"{self.created.year % 100:02d}{self.station}{self.serial}"

    @property
    def references(self) -> list[str]:
        """The canonical ids in the REF list, in order."""
        block = _REF_BLOCK.search(self.body)
        found = _REFERENCE.findall(block[0]) if block else []
        year = f"{self.created.year % 100:02d}"
        return list(dict.fromkeys(f"{given or year}{station}{int(serial)}" for given, station, serial in found))


def read_story(path: Path) -> list[Cable]:
    """The hand-written cables of one file."""
    cables = []
    for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, body = part.split("\n", 1)
        fields = [field.strip() for field in head.split("|")]
        match = _ID.fullmatch(fields[0])
        if match is None:
            raise ValueError(fields[0])
        cables.append(
            Cable(
                match[2],
                int(match[3]),
                fields[1],
                datetime.strptime(fields[2], "%Y-%m-%d %H:%M").replace(tzinfo=UTC),
                fields[3],
                tuple(fields[4].split(",")),
                tuple(name for name in fields[5].split(",") if name != "-"),
                frozenset(fields[6:]),
                body.strip("\n"),
            )
        )
    return cables


def wrapped(cable: Cable) -> str:
    """The body with its banner, wrapped, page lines and section marks set."""
    sections = "sections=2" in cable.flags
    part = " SECTION 01 OF 02" if sections else ""
    banner = f"{BANNERS[cable.classification]}{part} {cable.station} {cable.serial:06d}"
    lines = [_wrap_line(line, cable) for line in cable.body.split("\n")]
    return banner + "\n\n" + "\n".join(lines)


def _wrap_line(line: str, cable: Cable) -> str:
    pieces = re.split(r"(\{PAGE\}|\{SECTION\})", line)
    marks = {
        "{PAGE}": f"\n\nPAGE 02        {cable.station}  {cable.serial:05d}  {cable.created:%d%H%M}Z\n\n",
        "{SECTION}": f"\n\n{cable.station} {cable.serial:08d}  002 OF 002\n\n\n",
    }
    return "".join(marks.get(piece) or _fill(piece) for piece in pieces)


def _fill(text: str) -> str:
    if len(text) <= WIDTH:
        return text.rstrip()
    indent = " " * (len(text) - len(text.lstrip()))
    return textwrap.fill(
        text.strip(),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def header(cable: Cable) -> str:
    """The transmission header: route, DE, ZN, date-time group and addressees."""
    sent, post = cable.created, POSTS[cable.station]
    letters = "".join(LETTERS[word] for word in cable.precedences)
    sections = "/02" if "sections=2" in cable.flags else "/01"
    home = cable.station == "STENHAVEN"
    # The Department's cables in this archive all go to Vardesk, whoever else gets a copy.
    to = [POSTS["VARDESK" if home else "STENHAVEN"]]
    mcn = (cable.serial * 7919) % 9000 + 100
    lines = [
        f"VZCZCX{cable.station[0]}O{cable.serial % 10_000:04d}",
        f"{letters[0] * 2} {' '.join(POSTS[name].indicator for name in cable.info) or to[0].indicator}",
        f"DE {post.indicator} #{cable.serial % 10_000:04d}{sections} {sent.timetuple().tm_yday:03d}{sent:%H%M}",
        f"ZN{'R' if cable.classification == 'UNCLASSIFIED' else 'Y'} {ZN[cable.classification]} ZZH",
        f"{' '.join(letters)} {sent:%d%H%M}Z {MONTHS[sent.month - 1]} {sent:%y}",
        f"FM {post.address}",
        f"TO {to[0].indicator}/{to[0].address} {cable.precedences[0]} {mcn:04d}",
    ]
    word = "" if cable.precedences[-1] == "ROUTINE" else f" {cable.precedences[-1]}"
    others = [POSTS[name] for name in cable.info if POSTS[name] not in to and name != cable.station]
    lines += [
        f"{'' if number else 'INFO '}{other.indicator}/{other.address}{word} {(mcn * (number + 3)) % 5000:04d}"
        for number, other in enumerate(others)
    ]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n")


def dump_row(cable: Cable, number: int) -> str:
    """The row of a CSV dump: eight columns, backslash escapes."""
    created = f"{cable.created.month}/{cable.created.day}/{cable.created.year} {cable.created.hour}:{cable.created:%M}"
    label = cable.classification
    caveats = [word for word in ("NOFORN", "SENSITIVE") if re.search(rf"^{word}$", cable.body, re.MULTILINE)]
    label += f"//{'FOR OFFICIAL USE ONLY' if caveats[0] == 'SENSITIVE' else caveats[0]}" if caveats else ""
    columns = (
        str(number),
        created,
        cable.id,
        POSTS[cable.station].label,
        label,
        "|".join(cable.references),
        header(cable),
        wrapped(cable),
    )
    return ",".join(f'"{_escaped(column)}"' for column in columns) + "\n"


def text_file(cable: Cable) -> bytes:
    """A plain text file: header and body together."""
    return f"{header(cable)}\n\n{wrapped(cable)}\n".encode()


def html_page(cable: Cable, *, reflow: bool = False, headless: bool = False) -> bytes:
    """A published page: the table, then one or two `code` blocks, pilcrow anchors, line ends as character references.

    The minutes of both times are the hour on the 12-hour clock, which is the known fault of such pages (cable.md 2.2).
    """
    hour = cable.created.hour
    created = f"{cable.created:%Y-%m-%d} {hour:02d}:{(hour % 12) or 12:02d}"
    body = html.escape(wrapped(cable), quote=False)
    body = re.sub(
        r"^(\d+)\. \(", lambda m: f'<a id="par{m[1]}" href="#par{m[1]}">¶</a>{m[1]}. (', body, flags=re.MULTILINE
    )
    body = re.sub(r"^( {5}|REF: )([A-D]\.) ", r'\1<a href="#ref">¶</a>\2 ', body, flags=re.MULTILINE)
    body = re.sub(r"^(TAGS: )(.*)$", lambda m: m[1] + _tag_links(m[2]), body, flags=re.MULTILINE)
    if reflow:
        body = re.sub(r"(?<!\n)\n(?!\n)", " ", body)
    blocks = [body] if headless else [html.escape(header(cable), quote=False), body]
    cells = "".join(
        f"<td>{cell}</td>"
        for cell in (
            f'<a href="/cable/{cable.created:%Y/%m}/{cable.id}.html">{cable.id}</a>',
            created,
            "2009-11-02 21:09",
            f'<a title="unclassified" href="/classification/">{cable.classification}</a>',
            POSTS[cable.station].label,
        )
    )
    pre = "\n".join(f"<code><pre>{block}</pre></code>".replace("\n", "&#x000A;") for block in blocks)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Cable {cable.id}</title></head>
<body>
<div class="pane"><a href="/">Browse by date</a> <a href="/origin/">Browse by origin</a></div>
<h3>Viewing cable {cable.id}</h3>
<table class="cable">
<tr><th>Reference ID</th><th>Created</th><th>Released</th><th>Classification</th><th>Origin</th></tr>
<tr>{cells}</tr>
</table>
{pre}
</body>
</html>
""".encode()


def _tag_links(tags: str) -> str:
    return ", ".join(f'<a href="/tag/{tag}_0.html">{tag}</a>' for tag in tags.split(", "))


def write_containers(cables: Iterable[Cable], folder: Path, spoil: list[tuple[int, bytes]]) -> dict[str, list[Cable]]:
    """Write dump, pages and text files; the cables by form. `spoil` are raw rows to put into the dump at a position."""
    by_form: dict[str, list[Cable]] = {"csv": [], "html": [], "txt": []}
    for cable in cables:
        by_form[cable.form].append(cable)
    for name in ("html", "text"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows = [dump_row(cable, number).encode() for number, cable in enumerate(by_form["csv"], start=20_001)]
    for position, raw in spoil:
        rows.insert(position, raw)
    (folder / "dump.csv").write_bytes(b"".join(rows))
    everyday = [cable for cable in by_form["html"] if "everyday" in cable.flags]
    for cable in by_form["html"]:
        page = html_page(cable, reflow=cable in everyday[:1], headless=cable in everyday[1:2])
        (folder / "html" / f"{cable.id}.html").write_bytes(page)
    for cable in by_form["txt"]:
        (folder / "text" / f"{cable.id}.txt").write_bytes(text_file(cable))
    return by_form
