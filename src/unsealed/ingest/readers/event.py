"""Event reports: one row of a significant-activity CSV, one unit for each cell (event-report.md).

Also rows of other tables: of type `event` where the header names an id, a date and a place, else of type `table`.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from unsealed.ingest.decode import Decoded, Source, source_from, unescaped
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.event_checks import (
    Said,
    check_grid,
    check_point,
    check_text_grids,
    check_time,
    theatre_of,
)
from unsealed.ingest.readers.grid import AFGHANISTAN, IRAQ, Point, Theatre, grid_point, parse_grid
from unsealed.ingest.readers.outcome import Outcome, rejected
from unsealed.ingest.readers.rows import cell_spans
from unsealed.ingest.readers.tables import SUMMED, TableMap, heading_and_maps
from unsealed.ingest.readers.tally import check_summary, check_tally

NAME, VERSION = "event", 2

_AFGHAN = [
    "reportkey",
    "dateoccurred",
    "type",
    "category",
    "trackingnumber",
    "title",
    "summary",
    "region",
    "attackon",
    "complexattack",
    "reportingunit",
    "unitname",
    "typeofunit",
    "friendlywia",
    "friendlykia",
    "hostnationwia",
    "hostnationkia",
    "civilianwia",
    "civiliankia",
    "enemywia",
    "enemykia",
    "enemydetained",
    "mgrs",
    "latitude",
    "longitude",
    "originatorgroup",
    "updatedbygroup",
    "ccir",
    "sigact",
    "affiliation",
    "dcolor",
    "classification",
]
_IRAQ = ["id", "url", *_AFGHAN]
_COUNTS = frozenset(name for name in _AFGHAN if name.endswith(("wia", "kia", "detained")))
_LABELS = {
    "reportkey": "id",
    "id": "id",
    "url": "link",
    "dateoccurred": "time",
    "title": "title",
    "trackingnumber": "coordinate",
    "mgrs": "coordinate",
    "latitude": "coordinate",
    "longitude": "coordinate",
    "classification": "classification",
    "reportingunit": "origin",
}
_FIELDS = {
    "reportkey": "id",
    "type": "kind",
    "category": "category",
    "region": "place",
    "title": "title",
    "classification": "class",
    "reportingunit": "origin",
    "url": "url",
}
_TYPES = {
    re.sub(r"[^a-z]", "", name.lower()): name
    for name in (
        "Explosive Hazard",
        "Enemy Action",
        "Friendly Action",
        "Friendly Fire",
        "Criminal Event",
        "Non-Combat Event",
        "Suspicious Incident",
        "Counter-Insurgency",
        "Air Mission",
        "Detainee Operations",
        "Unknown Initiated Action",
        "Other",
    )
} | {"enemy": "Enemy Action"}
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?)?")
_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_COUNT_HIGH = 1_000  # event-report.md 4.3
# Headings of other tables, by meaning; the first that is there counts
_OTHER = {
    "id": ("id", "event_id", "eventid", "event_id_cnty", "report_id", "key"),
    "date": ("date_start", "date", "event_date", "dateoccurred", "start_date", "datetime"),
    "lat": ("latitude", "lat", "y"),
    "lon": ("longitude", "lon", "lng", "long", "x"),
    "place": ("where_coordinates", "location", "place", "adm_1", "region", "country"),
    "title": ("title", "headline", "source_headline", "conflict_name", "name"),
    "killed": ("best", "fatalities", "killed", "deaths"),
    "wounded": ("wounded", "injured"),
    "kind": ("type", "event_type", "type_of_violence"),
}


def read_report(data: bytes, context: bytes) -> Outcome:
    """One row of an event file; `context` is its header row, or `-` for the two orders without one."""
    decoded = Decoded(data)
    names = _names(context)
    spans = cell_spans(decoded.text)
    names = names or {32: _AFGHAN, 34: _IRAQ}.get(len(spans), [])
    repaired = False
    if len(spans) != len(names) or not names:
        names = names or _names(context) or (_IRAQ if len(spans) > 32 else _AFGHAN)
        spans = cell_spans(decoded.text, backslash=False)
        repaired = True
        if len(spans) != len(names) or not _plausible(decoded.text, spans, names):
            return rejected(
                "E-WIDTH",
                f"a row of {len(spans)} cells, not {len(names)}",
                "Look at the row in the source; it is kept as it is.",
            )
    build = Builder()
    row = _Row(build, decoded, spans, names, backslash=not repaired)
    if repaired:
        build.finding("E-WIDTH-REPAIRED", "warn")
    if not row.text("reportkey").strip():
        return rejected("E-KEY", "a report without its key", "Look at the row in the source; it is kept as it is.")
    row.report(None if _names(context) else AFGHANISTAN if len(names) == len(_AFGHAN) else IRAQ)
    return build.outcome("event", NAME, VERSION)


def read_table_row(data: bytes, context: bytes) -> Outcome:
    """One row of any other table; `context` is its header row, or `-`, and maps of columns behind it (`tables`)."""
    decoded = Decoded(data)
    spans = cell_spans(decoded.text, backslash=False)
    heading, maps = heading_and_maps(context)
    names = _names(heading)
    kind = next((one for one in maps if one.fits(names)), None)
    build = Builder()
    if names and len(spans) != len(names):
        build.finding("T-WIDTH", "warn")
    row = _Row(build, decoded, spans, names, backslash=False, places=_place_columns(kind))
    is_event = row.mapped(kind) if kind is not None else row.other()
    return build.outcome("event" if is_event else "table", NAME, VERSION)


def _place_columns(kind: TableMap | None) -> frozenset[str]:
    """The columns that hold coordinates: their cells can be coarsened."""
    names = [name for field in ("lat", "lon", "mgrs") for name in (kind.columns.get(field, ()) if kind else ())]
    return frozenset([*_OTHER["lat"], *_OTHER["lon"], *(name.lower() for name in names)])


@lru_cache(maxsize=64)
def _heading(context: bytes) -> tuple[str, ...]:
    decoded = Decoded(context)
    spans = cell_spans(decoded.text, backslash=False)
    return tuple(decoded.text[a:b].strip().lower() for a, b in spans)


def _names(context: bytes) -> list[str]:
    return [] if context in (b"", b"-") else list(_heading(context))


def _plausible(text: str, spans: list[tuple[int, int]], names: list[str]) -> bool:
    """Whether the date, the counts and the coordinates of a repaired row all parse (event-report.md 2)."""
    for name, (start, end) in zip(names, spans, strict=True):
        cell = text[start:end].strip()
        if name == "dateoccurred" and _date(cell) == "":
            return False
        if name in _COUNTS and cell and not cell.isdigit():
            return False
        if name in ("latitude", "longitude") and cell and _decimal(cell) is None:
            return False
    return True


class _Row:
    """The cells of one row: their units in order, then the fields."""

    def __init__(
        self, build: Builder, decoded: Decoded, spans: list[tuple[int, int]], names: list[str], *, backslash: bool,
        places: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.build = build
        self.places = places
        self.names = names
        self.cells: dict[str, tuple[str, int]] = {}
        for number, (start, end) in enumerate(spans):
            name = names[number] if number < len(names) else ""
            source = unescaped(decoded, start, end) if backslash else _doubled(decoded, start, end)
            self._cell(name, source)

    def _cell(self, name: str, source: Source) -> None:
        build, text = self.build, source.text
        build.source = source
        if name == "summary":
            position = 0
            first = build.count
            for found in _BREAK.finditer(text):
                build.unit("paragraph", position, found.end())
                position = found.end()
            build.unit("paragraph", position, len(text))
            unit = first if build.count > first else -1
        else:
            unit = build.unit(self._label(name, text), 0, len(text))
        if name and name not in self.cells:
            self.cells[name] = (text, unit)

    def _label(self, name: str, text: str) -> str:
        if name in _LABELS:
            return _LABELS[name]
        if name in _COUNTS:
            return "number"
        if name in self.places:
            return "coordinate"
        stripped = text.strip()
        if _DATE.fullmatch(stripped):
            return "time"
        return "number" if _decimal(stripped) is not None else "cell"

    def text(self, name: str) -> str:
        """The text of a cell, empty where there is no such column."""
        return self.cells.get(name, ("", -1))[0]

    def unit(self, name: str) -> int:
        """The index of a cell's unit, -1 for an empty cell."""
        return self.cells.get(name, ("", -1))[1]

    def said(self, name: str) -> Said:
        """The text of a cell with its unit."""
        return Said(self.text(name), self.unit(name))

    def report(self, theatre: Theatre | None) -> None:
        """Fields and findings of a significant-activity report; `theatre` is what the order of its columns says."""
        build = self.build
        build.source = None
        for name, field in _FIELDS.items():
            text = self.text(name)
            if name == "type":
                text = _TYPES.get(re.sub(r"[^a-z]", "", text.lower()), text.strip())
            build.field(field, text.upper() if field == "class" else text, self.unit(name))
        self._date("dateoccurred", "E-DATE")
        self._places(theatre)
        check_time(build, self.said("title"), _found_date(build))
        counts = {name: self._count(name) for name in _COUNTS if name in self.cells}
        for field, ending in (("killed", "kia"), ("wounded", "wia")):
            known = [name for name in self.names if name.endswith(ending) and counts.get(name) is not None]
            if known:
                build.field(field, str(sum(counts[name] or 0 for name in known)), *[self.unit(name) for name in known])
        check_tally(build, *self.said("title"), counts)
        check_summary(build, *self.said("summary"), counts)
        if self.text("type").strip() and re.sub(r"[^a-z]", "", self.text("type").lower()) not in _TYPES:
            build.finding("E-TYPE", "note", self.unit("type"))

    def other(self) -> bool:
        """Fields of a table by the names of its columns; whether it is a table of events."""
        self.build.source = None
        found = {field: next((name for name in names if name in self.cells), "") for field, names in _OTHER.items()}
        is_event = bool(found["id"] and found["date"] and found["lat"])
        for field, name in found.items():
            if not name or field in ("lat", "lon", "date"):
                continue
            if field in ("killed", "wounded") and not self.text(name).strip().isdigit():
                continue
            self.build.field(field, self.text(name), self.unit(name))
        if found["date"]:
            self._date(found["date"], "E-DATE")
        if found["lat"] and found["lon"]:
            point = self._place(found["lat"], found["lon"])
            if point is not None:
                check_point(self.build, point, self.unit(found["lat"]), None)
        return is_event

    def mapped(self, kind: TableMap) -> bool:
        """Fields of a table of events by a map of its columns."""
        self.build.source = None
        for field, columns in kind.columns.items():
            names = [name.lower() for name in columns]
            if field in SUMMED:
                self._sum(field, names)
            elif field not in ("lat", "lon", "date", "mgrs"):
                said = next((name for name in names if self.text(name).strip()), "")
                self.build.field(field, self.text(said), self.unit(said))
        first = {field: columns[0].lower() for field, columns in kind.columns.items() if columns}
        if "date" in first:
            self._date(first["date"], "E-DATE")
        point = self._place(first["lat"], first["lon"]) if "lat" in first and "lon" in first else None
        if point is not None:
            check_point(self.build, point, self.unit(first["lat"]), kind.range)
        if "mgrs" in first:
            check_grid(self.build, self.said(first["mgrs"]), point, None)
        return True

    def _sum(self, field: str, names: list[str]) -> None:
        counts = {name: self._count(name, high=False) for name in names}
        known = {name: count for name, count in counts.items() if count is not None}
        if known:
            self.build.field(field, str(sum(known.values())), *[self.unit(name) for name in known])

    def _date(self, name: str, code: str) -> None:
        text = self.text(name).strip()
        date = _date(text)
        if date.endswith("T00:00") and "T00:00:00" in text:
            date = date[:10]  # midnight padding of a table of days
        self.build.field("date", date, self.unit(name))
        if text and not date:
            self.build.finding(code, "warn", self.unit(name))

    def _count(self, name: str, *, high: bool = True) -> int | None:
        text = self.text(name).strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            self.build.finding("E-COUNT", "warn", self.unit(name))
            return None
        if high and int(text) > _COUNT_HIGH:
            self.build.finding("E-COUNT-HIGH", "warn", self.unit(name))
        return int(text)

    def _places(self, theatre: Theatre | None) -> None:
        """The point, the grid, the grids of the texts, each against the others."""
        grid = parse_grid(self.text("mgrs"))
        theatre = theatre or theatre_of(self.text("region"), grid)
        point = self._place("latitude", "longitude")
        if point is not None:
            check_point(self.build, point, self.unit("latitude"), theatre.box if theatre else None)
        grid = check_grid(self.build, self.said("mgrs"), point, theatre)
        place = grid_point(grid) if grid is not None else point
        texts = [self.said("title"), self.said("summary")]
        check_text_grids(self.build, texts, self.said("trackingnumber"), place or point)

    def _place(self, lat_name: str, lon_name: str) -> Point | None:
        """The point of two cells as fields; None where one is missing or no coordinate."""
        values: list[float] = []
        for name, field, bound in ((lat_name, "lat", 90), (lon_name, "lon", 180)):
            text = self.text(name).strip()
            value = _decimal(text)
            if value is not None and -bound <= value <= bound:
                self.build.field(field, text, self.unit(name))
                values.append(value)
            elif text:
                self.build.finding("E-COORDINATE", "warn", self.unit(name))
        return Point(values[0], values[1]) if len(values) == 2 else None


def _doubled(decoded: Decoded, start: int, end: int) -> Source:
    text = decoded.text[start:end]
    return source_from(decoded, start, end, [found.start() for found in re.finditer('""', text)])


def _date(text: str) -> str:
    found = _DATE.fullmatch(text)
    if found is None:
        return ""
    try:
        datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return ""
    return f"{found[1]}-{found[2]}-{found[3]}" + (f"T{found[4]}:{found[5]}" if found[4] else "")


def _decimal(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,20})?", text) else None


def _found_date(build: Builder) -> str:
    """The date that was found so far."""
    return next((field.value for field in build.fields if field.name == "date"), "")
