"""What an event report says twice, held against each other (event-report.md 4.4, 5.2, 6): never corrected."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.grid import (
    AFGHANISTAN,
    IN_TEXT,
    IRAQ,
    Box,
    Grid,
    Point,
    Theatre,
    agrees,
    completed,
    distance,
    grid_point,
    parse_grid,
)

_FAR = 5_000.0  # metres between a grid in the text and the place of the columns
_TRACKING = re.compile(r"\d{12}(\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(?:\d\d){2,5})", re.IGNORECASE)
_TITLE_TIME = re.compile(r"\s*(\d\d)(\d\d)(\d\d)Z\b")
_OFFSETS = (0.0, 3.0, 4.0, 4.5)  # hours that a column may lie behind the title's UTC
_REGIONS = ((re.compile(r"RC\b"), AFGHANISTAN), (re.compile(r"MN[DFC]\b"), IRAQ))


class Said(NamedTuple):
    """A text of the report and the unit that it stands in."""

    text: str
    unit: int


def theatre_of(region: str, grid: Grid | None) -> Theatre | None:
    """Where a report is from, by the name of its region, else by the zone of its grid; None where neither says it."""
    for rule, theatre in _REGIONS:
        if rule.match(region.strip().upper()):
            return theatre
    for theatre in (IRAQ, AFGHANISTAN):
        if grid is not None and grid.zone in theatre.zones:
            return theatre
    return None


def check_point(build: Builder, point: Point, unit: int, box: Box | None) -> None:
    """X-FILLER for whole degrees, X-OUTSIDE for a point outside the box, X-SWAPPED where the swapped one is inside."""
    if point.lat == int(point.lat) and point.lon == int(point.lon):
        build.finding("X-FILLER", "note", unit)
    if box is None or box.holds(point) or point == (0.0, 0.0):
        return
    build.finding("X-OUTSIDE", "warn", unit)
    if box.holds(Point(point.lon, point.lat)):
        build.finding("X-SWAPPED", "warn", unit)


def check_grid(build: Builder, said: Said, point: Point | None, theatre: Theatre | None) -> Grid | None:
    """The grid of a report as the field `mgrs`: E-MGRS, E-MGRS-COMPLETED, X-SQUARE, X-MGRS-LATLON."""
    if not said.text.strip():
        return None
    grid = parse_grid(said.text)
    if grid is not None and not grid.zone:
        grid = completed(grid, point, theatre) if point is not None and theatre is not None else None
        if grid is not None:
            build.finding("E-MGRS-COMPLETED", "note", said.unit)
    if grid is None:
        build.finding("E-MGRS", "warn", said.unit)
        return None
    build.field("mgrs", grid.text, said.unit)
    if grid_point(grid) is None:
        build.finding("X-SQUARE", "warn", said.unit)
    elif point is not None and not agrees(grid, point):
        build.finding("X-MGRS-LATLON", "warn", said.unit)
    return grid


def check_text_grids(build: Builder, texts: list[Said], tracking: Said, place: Point | None) -> None:
    """X-TEXT-GRID for each text that names a grid more than 5 km from the place of the columns."""
    if place is None:
        return
    found = [(match[1], said.unit) for said in texts for match in IN_TEXT.finditer(said.text)]
    tracked = _TRACKING.fullmatch(tracking.text.strip())
    if tracked is not None:
        found.append((tracked[1], tracking.unit))
    for raw, unit in found:
        grid = parse_grid(raw)
        corner = grid_point(grid) if grid is not None else None
        if grid is not None and corner is not None and distance(corner, place) > _FAR + 2 * grid.side:
            build.finding("X-TEXT-GRID", "warn", unit)


def check_time(build: Builder, title: Said, occurred: str) -> None:
    """E-OFFSET where the title's date-time group and the column differ by hours that no zone explains."""
    found = _TITLE_TIME.match(title.text)
    if found is None or len(occurred) < 16:
        return
    column = datetime.fromisoformat(occurred[:16])
    day, hour, minute = (int(part) for part in found.groups())
    if not 1 <= day <= 31 or hour > 23 or minute > 59:
        build.finding("E-OFFSET", "note", title.unit)
        return
    hours = (column.day - day) * 24 + column.hour - hour + (column.minute - minute) / 60
    hours -= 24 * round(hours / 24) if abs(hours) > 600 else 0  # the title may be of the last day of a month
    if round(hours * 2) / 2 not in _OFFSETS:
        build.finding("E-OFFSET", "note", title.unit)
