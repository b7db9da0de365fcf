"""A telegram as a row of the CSV dump or as a text file, and what all containers share (cable.md 2.1, 2.3, 3)."""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, Source, source_of, unescaped
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.cable.body import read_body
from unsealed.ingest.readers.cable.draft import Draft, add_dates, moment
from unsealed.ingest.readers.cable.grammar import CLASSES, class_level
from unsealed.ingest.readers.cable.head import read_head
from unsealed.ingest.readers.outcome import Outcome, rejected
from unsealed.ingest.readers.rows import cell_spans, quoted_spans
from unsealed.ingest.readers.strip import cut_out
from unsealed.ingest.stations import CableId, canonical_id, station_named
from unsealed.model import Unit

NAME, VERSION = "cable", 3

_CREATED = re.compile(r"(?:(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d\d)-(\d\d))[ T](\d{1,2}):(\d\d)")
_ID = re.compile(r"(\d\d)([A-Z]{3,17})0*(\d{1,7})")
_COLUMNS = ("id", "time", "id", "origin", "classification")
_POSTS = ("AMEMBASSY", "AMCONSUL", "USMISSION", "USLO", "USINT", "AMCONGEN")
_POST_NAMES = ("Embassy", "Consulate", "Mission", "Liaison Office", "Interests Section", "Consulate")


def read_row(data: bytes, context: bytes) -> Outcome:
    """One row of the CSV dump: eight cells, the last two of them the header and the body (2.1)."""
    decoded = Decoded(data)
    spans = quoted_spans(decoded.text) or cell_spans(decoded.text)
    if len(spans) != 8:
        return rejected(
            "C-ROW-WIDTH", f"a row of {len(spans)} cells, not 8", "Look at the row in the source; it is kept as it is."
        )
    draft = Draft(Builder())
    if not _plain_cells(draft, decoded, spans):
        for number in range(5):
            _cell(draft, decoded, spans[number], number)
    _dump_references(draft, decoded, spans[5])
    header, body = unescaped(decoded, *spans[6]), unescaped(decoded, *spans[7])
    draft.build.source = header
    rest = read_head(draft, 0, len(header.text))
    draft.build.unit("text", rest, len(header.text))
    draft.build.source = body
    if not body.text.strip():
        draft.build.finding("C-NO-BODY", "warn")
    read_cable_body(draft, body)
    return finish(draft)


def read_text(data: bytes, context: bytes) -> Outcome:
    """A text file with one telegram, header and body together (2.3)."""
    draft = Draft(Builder(source_of(Decoded(data))))
    assert draft.build.source is not None
    read_cable_body(draft, draft.build.source)
    return finish(draft)


def read_raw_row(draft: Draft, block: Source) -> None:
    """The TAB-separated dump row inside a page (2.2): created, id, origin, class, references, header and body."""
    text, position = block.text, 0
    for column in range(5):
        stop = text.find("\t", position) + 1
        if not stop:
            break
        draft.build.unit(("time", "id", "origin", "classification", "ref")[column], position, stop)
        position = stop
    escape = [found.start() for found in re.finditer(r"\\\n", text[position:])]
    _raw_rest(draft, block, position, escape)


def _raw_rest(draft: Draft, block: Source, start: int, gone: list[int]) -> None:
    clean = cut_out(block, start, gone)
    draft.build.source = clean
    read_cable_body(draft, clean)


def read_cable_body(draft: Draft, source: Source) -> None:
    """Header lines, labelled lines and paragraphs of one text; `draft.build.source` must be this source."""
    text = source.text
    read_body(draft, read_head(draft, 0, len(text)), len(text))
    if "xxxx" in text or "XXXX" in text:
        draft.build.finding("C-PRIOR-REDACTION", "note")


def _plain_cells(draft: Draft, decoded: Decoded, spans: list[tuple[int, int]]) -> bool:
    """Take the first five cells where none of them is escaped or empty, as in nearly every row; else take nothing."""
    text, bom = decoded.text, decoded.bom
    cells = [text[start:end] for start, end in spans[:5]]
    joined = "".join(cells)
    if not decoded.flat or not joined.isprintable() or "\\" in joined or '"' in joined or not all(cells):
        return False
    places = [((bom + start, bom + end),) for start, end in spans[:5]]
    first = draft.build.frees([Unit(*found) for found in zip(_COLUMNS, cells, places, strict=True)])
    _taken(draft, 1, cells[1], first + 1)
    _taken(draft, 2, cells[2], first + 2)
    _taken(draft, 3, cells[3], first + 3)
    _taken(draft, 4, cells[4], first + 4)
    return True


def _cell(draft: Draft, decoded: Decoded, span: tuple[int, int], number: int) -> None:
    draft.build.source = unescaped(decoded, *span)
    text = draft.build.source.text
    _taken(draft, number, text, draft.build.unit(_COLUMNS[number], 0, len(text)))


def _taken(draft: Draft, number: int, text: str, unit: int) -> None:
    if number == 1:
        set_created(draft, text, unit)
    elif number == 2:
        set_id(draft, text.strip(), unit)
    elif number == 3:
        set_origin(draft, text, unit)
    elif number == 4:
        set_class(draft, text, unit)


def _dump_references(draft: Draft, decoded: Decoded, span: tuple[int, int]) -> None:
    if span[0] == span[1]:
        return
    draft.build.source = source = unescaped(decoded, *span)
    text, position = source.text, 0
    while position < len(text):
        stop = text.find("|", position) + 1 or len(text)
        unit = draft.build.unit("ref", position, stop)
        raw = text[position:stop].strip(" |\n")
        found = canonical_id(raw) if raw else None
        draft.cite(found.text if found else raw, unit)
        position = stop


def set_origin(draft: Draft, text: str, unit: int) -> None:
    """The office that the container states."""
    draft.has_origin = draft.has_origin or bool(text.strip())
    draft.build.field("origin", text, unit)


def set_class(draft: Draft, text: str, unit: int) -> None:
    """The classification that the container states; a caveat after `//` is a caption (2.1, column 5)."""
    word, _, caveat = text.upper().partition("//")
    word = " ".join(word.split())
    draft.stated_class = draft.stated_class or word
    draft.build.plain("class", word, unit)
    if caveat:
        draft.build.field("caption", caveat, unit)


def set_created(draft: Draft, text: str, unit: int, *, whole: bool = True) -> None:
    """The container's time: `whole` is False where only the hour can be believed (2.2)."""
    found = _CREATED.search(text)
    if found is not None:
        month, day, year, year2, month2, day2, hour, minute = found.groups()
        draft.created = moment(int(year or year2), int(month or month2), int(day or day2), int(hour), int(minute))
    if draft.created is None and text.strip():
        draft.build.finding("C-CREATED", "warn", unit)
    draft.created_unit, draft.created_whole = unit, whole


def set_id(draft: Draft, raw: str, unit: int) -> None:
    """The id as the container states it, and what can be known of it before the banner is seen."""
    draft.id_raw, draft.id_unit = raw, unit
    found = _ID.fullmatch(raw)
    if found is not None:
        draft.year, draft.station, draft.serial = (
            found.group(1),
            station_named(found.group(2)) or found.group(2),
            found.group(3),
        )


def finish(draft: Draft) -> Outcome:
    """The fields that need the whole telegram: id, class, origin, dates; then the reading."""
    _finish_id(draft)
    _finish_class(draft)
    _finish_origin(draft)
    add_dates(draft)
    return draft.build.outcome("cable", NAME, VERSION)


def _finish_id(draft: Draft) -> None:
    build = draft.build
    station, serial, banner_unit = draft.stations[0] if draft.stations else ("", "", -1)
    if draft.id_raw:
        found = canonical_id(draft.id_raw, station, serial)
        if found is None and draft.station:  # well-formed, of a post that no list knows
            found = CableId(draft.year, draft.station, draft.serial)
            build.finding("C-ID", "warn", draft.id_unit)
        unit = draft.id_unit
    else:
        year = draft.two_digit_year
        found = CableId(year, station_named(station) or station, serial) if year and serial else None
        unit = banner_unit
    if found is None:
        build.finding("C-ID", "warn", draft.id_unit)
        return
    build.field("id", found.text, unit, draft.dtg_unit if not draft.id_raw else -1)  # the year is the date-time group's
    if found.rule:
        build.finding("C-ID-REPAIRED", "note", unit)
    if serial and serial != found.serial:
        build.finding("C-SERIAL", "warn", banner_unit)


def _finish_class(draft: Draft) -> None:
    build = draft.build
    if not draft.classes:
        return
    rank, unit = max(draft.classes, key=lambda seen: seen[0])
    if len({seen for seen, _ in draft.classes}) > 1:
        build.finding("C-CLASS-MIXED", "warn", unit)
    if not draft.stated_class:
        build.field("class", CLASSES[rank], unit)
    elif class_level(draft.stated_class) != rank:
        build.finding("C-CLASS-MIXED", "warn", unit)


def _finish_origin(draft: Draft) -> None:
    if draft.has_origin:
        return
    name = draft.from_name
    if name.startswith("SECSTATE"):
        draft.build.field("origin", "Secretary of State", draft.from_unit)
        return
    for prefix, word in zip(_POSTS, _POST_NAMES, strict=True):
        if name.startswith(prefix + " "):
            draft.build.field("origin", f"{word} {name[len(prefix) + 1 :].title()}", draft.from_unit)
            return
    draft.build.field("origin", name.title(), draft.from_unit)
