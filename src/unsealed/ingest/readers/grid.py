"""Places: the military grid (MGRS) as latitude and longitude, distances, theatres (event-report.md section 5).

On WGS 84. The inverse of the transverse Mercator projection by Krueger's series to the fourth order of the third
flattening (good to a millimetre within a zone), standard parameters of UTM. Polar squares (A, B, Y, Z) are not read.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

_A, _F = 6_378_137.0, 1 / 298.257_223_563  # WGS 84: metres, flattening
_N = _F / (2 - _F)
_SCALE, _FALSE_EAST, _FALSE_NORTH = 0.9996, 500_000.0, 10_000_000.0
_RADIUS = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161_280,
)
_DELTA = (
    2 * _N - 2 * _N**2 / 3 - 2 * _N**3 + 116 * _N**4 / 45,
    7 * _N**2 / 3 - 8 * _N**3 / 5 - 227 * _N**4 / 45,
    56 * _N**3 / 15 - 136 * _N**4 / 35,
    4279 * _N**4 / 630,
)
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_SQUARE, _CYCLE = 100_000, 2_000_000  # metres; row letters repeat
_GRID = re.compile(
    r"\s*(?:(?P<zone>\d{1,2})\s*(?P<band>[C-HJ-NP-X]))?\s*(?P<square>[A-HJ-NP-Z]{2})\s*(?P<digits>[\d ]*)\s*",
    re.IGNORECASE,
)
# A grid inside text must be whole, with six digits at least: two letters and few digits are anything.
IN_TEXT = re.compile(r"(?<![A-Za-z0-9])(\d{2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(?:\d{6}|\d{8}|\d{10}))(?![A-Za-z0-9])")
_EARTH = 6_371_000.0  # metres, mean radius


class Point(NamedTuple):
    """Degrees, north and east positive."""

    lat: float
    lon: float


class Box(NamedTuple):
    """A range of places that are plausible: south, west, north, east in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        """Whether the point lies in it."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


class Theatre(NamedTuple):
    """Where a set of reports is from: plausible places, zones and bands of the grid."""

    box: Box
    zones: tuple[int, ...]
    bands: str


IRAQ = Theatre(Box(28.987, 38.797, 37.378, 48.569), (37, 38, 39), "RS")
AFGHANISTAN = Theatre(Box(29.3, 60.4, 38.6, 75.0), (41, 42, 43), "RS")


class Grid(NamedTuple):
    """A square of the grid: zone 0 and an empty band where they are not written. `digits` easting then northing."""

    zone: int
    band: str
    square: str
    digits: str

    @property
    def text(self) -> str:
        """The usual form, without spaces."""
        return f"{self.zone or ''}{self.band}{self.square}{self.digits}"

    @property
    def side(self) -> float:
        """Length of a side of the square in metres."""
        return _SQUARE / 10.0 ** (len(self.digits) // 2)


def parse_grid(text: str) -> Grid | None:
    """A grid reference with or without zone and band; None for anything else, odd digits and zones above 60."""
    found = _GRID.fullmatch(text)
    if found is None:
        return None
    digits = found["digits"].replace(" ", "")
    zone = int(found["zone"] or 0)
    if len(digits) % 2 or len(digits) > 10 or (found["zone"] and not 1 <= zone <= 60):
        return None
    return Grid(zone, (found["band"] or "").upper(), found["square"].upper(), digits)


def grid_point(grid: Grid) -> Point | None:
    """The south-west corner of a square; None where the letters name no square of the zone and band."""
    columns = _COLUMNS[(grid.zone - 1) % 3]
    if not grid.zone or grid.square[0] not in columns or grid.square[1] not in _ROWS:
        return None
    half = len(grid.digits) // 2
    east = (columns.index(grid.square[0]) + 1) * _SQUARE + _metres(grid.digits[:half])
    row = (_ROWS.index(grid.square[1]) - (5 if grid.zone % 2 == 0 else 0)) % len(_ROWS)
    north = row * _SQUARE + _metres(grid.digits[half:])
    southern = grid.band < "N"
    south_edge = -80 + 8 * _BANDS.index(grid.band)
    least = _northing(south_edge) - _SQUARE  # a square may begin below the edge of its band
    while north < least:
        north += _CYCLE
    point = _inverse(grid.zone, east, north, southern=southern)
    return point if south_edge - 1.5 <= point.lat <= south_edge + (13.5 if grid.band == "X" else 9.5) else None


def _metres(digits: str) -> float:
    return int(digits) * _SQUARE / 10.0 ** len(digits) if digits else 0.0


@lru_cache(maxsize=32)
def _northing(degrees: int) -> float:
    """Northing of a parallel at the central meridian, with the false northing of the south."""
    phi = math.radians(degrees)
    e2 = _F * (2 - _F)
    steps = 200  # Simpson's rule over the meridian: exact to far less than the hundred kilometres that are asked
    total = 0.0
    for k in range(steps + 1):
        weight = 1 if k in (0, steps) else 4 if k % 2 else 2
        total += weight * (1 - e2) / (1 - e2 * math.sin(phi * k / steps) ** 2) ** 1.5
    return _SCALE * _A * total * phi / (3 * steps) + (_FALSE_NORTH if degrees < 0 else 0.0)


def _inverse(zone: int, east: float, north: float, *, southern: bool) -> Point:
    xi = (north - (_FALSE_NORTH if southern else 0.0)) / (_SCALE * _RADIUS)
    eta = (east - _FALSE_EAST) / (_SCALE * _RADIUS)
    xi_, eta_ = xi, eta
    for j, beta in enumerate(_BETA, 1):
        xi_ -= beta * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
        eta_ -= beta * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
    chi = math.asin(max(-1.0, min(1.0, math.sin(xi_) / math.cosh(eta_))))
    phi = chi + sum(delta * math.sin(2 * j * chi) for j, delta in enumerate(_DELTA, 1))
    lam = math.atan2(math.sinh(eta_), math.cos(xi_))
    return Point(math.degrees(phi), math.degrees(lam) + 6 * zone - 183)


def distance(one: Point, other: Point) -> float:
    """Metres between two points on a sphere: good to half a percent."""
    phi, psi = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((psi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(psi) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


def agrees(grid: Grid, point: Point, least: float = 1_000.0) -> bool | None:
    """Whether a point lies within a kilometre of a square, or its diagonal if that is more; None for no such square."""
    corner = grid_point(grid)
    if corner is None:
        return None
    return distance(corner, point) <= max(least, grid.side * math.sqrt(2))


def completed(grid: Grid, point: Point, theatre: Theatre) -> Grid | None:
    """A grid without zone and band, with the only ones of the theatre that put it within a kilometre of the point."""
    found = []
    for zone in theatre.zones:
        for band in theatre.bands:
            whole = grid._replace(zone=zone, band=band)
            corner = grid_point(whole)
            if corner is not None and theatre.box.holds(corner) and distance(corner, point) <= max(1_000.0, grid.side):
                found.append(whole)
    return found[0] if len(found) == 1 else None
