"""Event reports: places, counts and times that a report states twice are held against each other, never corrected."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.samples import EVENT_HEADER
from unsealed.ingest.readers import read
from unsealed.ingest.readers.grid import (
    AFGHANISTAN,
    IRAQ,
    Point,
    agrees,
    completed,
    distance,
    grid_point,
    parse_grid,
)
from unsealed.model import Reading

COLUMNS = EVENT_HEADER.decode().strip().split(",")
PLAIN = {
    "id": "1", "reportkey": "K-1", "dateoccurred": "2006-01-02 12:33:00", "type": "Explosive Hazard", "category": "IED",
    "title": "020833Z (EXPLOSIVE HAZARD) IED RPT : 2 CF WIA 1 ANP KIA", "summary": "A road was blocked.",
    "region": "RC EAST", "friendlywia": "2", "friendlykia": "0", "hostnationwia": "0", "hostnationkia": "1",
    "civilianwia": "0", "civiliankia": "0", "enemywia": "0", "enemykia": "0", "enemydetained": "0",
    "mgrs": "42SWD1234567890", "latitude": "34.95346", "longitude": "69.13521", "classification": "SECRET",
}  # fmt: skip


def report(header: bool = True, iraq: bool = True, **changed: str) -> Reading:
    cells = PLAIN | changed
    names = COLUMNS if iraq else COLUMNS[2:]
    row = ",".join('"' + cells.get(name, "").replace('"', '\\"') + '"' for name in names) + "\n"
    outcome = read("event-csv", row.encode(), (",".join(names) + "\n").encode() if header else b"-")
    assert outcome.reading is not None, outcome
    return outcome.reading


def codes(found: Reading) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_report_that_agrees_with_itself_has_no_finding() -> None:
    assert codes(report()) == []
    assert codes(report(header=False, iraq=False)) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"mgrs": "42SWD1234587890"}, "X-MGRS-LATLON"),  # twenty kilometres to the north
        ({"latitude": "34.9734"}, "X-MGRS-LATLON"),  # two kilometres
        ({"latitude": "69.13521", "longitude": "34.95346", "mgrs": ""}, "X-SWAPPED"),
        ({"latitude": "4.95346", "mgrs": ""}, "X-OUTSIDE"),
        ({"latitude": "0", "longitude": "0", "mgrs": ""}, "X-FILLER"),
        ({"latitude": "34", "longitude": "69", "mgrs": ""}, "X-FILLER"),
        ({"mgrs": "42SWD123456789"}, "E-MGRS"),
        ({"mgrs": "61SWD1234567890"}, "E-MGRS"),
        ({"mgrs": "42SWI1234567890"}, "E-MGRS"),
        ({"mgrs": "42SAD1234567890"}, "X-SQUARE"),
        ({"mgrs": "WD 12345 67890"}, "E-MGRS-COMPLETED"),
        ({"mgrs": "WD 12345 07890"}, "E-MGRS"),
        ({"title": "020833Z IED RPT 42SWD123578 : 2 CF WIA 1 ANP KIA"}, "X-TEXT-GRID"),
        ({"summary": "Moved to 42SWD12355789 by night."}, "X-TEXT-GRID"),
        ({"trackingnumber": "20060102123342SWD12355789"}, "X-TEXT-GRID"),
        ({"friendlywia": "3"}, "T-DIFFER"),
        ({"friendlywia": ""}, "T-TITLE-ONLY"),
        ({"civiliankia": "4"}, "T-COLUMN-ONLY"),
        ({"title": "020833Z IED RPT : 2 CF WIA 1 ANP KIA 1 XYZ KIA"}, "T-UNMAPPED"),
        ({"summary": "UPDATE 1: 2 CF WIA 1 ANP KIA\n\nUPDATE 2: 3 CF WIA 1 ANP KIA"}, "T-SUMMARY"),
        ({"title": "020133Z IED RPT : 2 CF WIA 1 ANP KIA"}, "E-OFFSET"),
        ({"type": "Weather"}, "E-TYPE"),
        ({"enemykia": "4000"}, "E-COUNT-HIGH"),
        ({"dateoccurred": "2006-02-30 12:33:00"}, "E-DATE"),
    ],
)
def test_planted_faults_are_flagged(changed: dict[str, str], code: str) -> None:
    found = report(**changed)
    assert code in codes(found)
    for name, cell in changed.items():  # nothing is corrected: the cell is there as it stands
        assert cell in "".join(unit.text for unit in found.units) or not cell, name


@pytest.mark.parametrize(
    "changed",
    [
        {"mgrs": "42SWD1267", "latitude": "34.95346"},
        {"mgrs": "42S WD 123 678"},
        {"mgrs": "42swd1234567890"},
        {"trackingnumber": "20060102123342SWD1234567890"},
        {"title": "020833Z IED 42SWD123678 : 2 CF WIA 1 ANP KIA"},
        {"summary": "BDA: 1 CF WIA\n\nUPDATE: 2 CF WIA 1 ANP KIA"},
        {"title": "021233Z IED RPT : 2 CF WIA 1 ANP KIA"},
        {"title": "020803Z IED RPT : 2 CF WIA 1 ANP KIA"},
        {"region": "", "latitude": "", "longitude": ""},
    ],
)
def test_what_agrees_is_not_flagged(changed: dict[str, str]) -> None:
    assert codes(report(**changed)) == []


def test_the_theatre_is_that_of_the_form() -> None:
    assert "X-OUTSIDE" in codes(report(header=False, mgrs=""))  # the order of 34 columns is of Iraq
    assert "X-OUTSIDE" in codes(report(region="MND-BAGHDAD", mgrs=""))
    assert "X-OUTSIDE" not in codes(report(region="ELSEWHERE", mgrs="", latitude="4.5", longitude="12.25"))


def test_a_completed_grid_says_so() -> None:
    assert report(mgrs="WD 12345 67890").first("mgrs") == "42SWD1234567890"


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [  # corners of one-metre squares, from the reference implementation of the grid's owner
        ("18SUJ2337106519", 38.889801, -77.036543),
        ("38SMB4488088060", 33.330286, 44.407738),
        ("42SWD1234567890", 34.953457, 69.135209),
        ("31UDQ4825111932", 48.858194, 2.294489),
        ("31NAA6602100000", 0.0, -0.000004),
        ("4QFJ1234567890", 21.409797, -157.916081),
        ("56HLH3456", -33.823203, 151.206269),
    ],
)
def test_squares_lie_where_they_are(text: str, lat: float, lon: float) -> None:
    grid = parse_grid(text)
    assert grid is not None
    corner = grid_point(grid)
    assert corner is not None and corner == pytest.approx((lat, lon), abs=2e-6)


def forward(point: Point) -> str:
    """The one-metre square of a point north of the equator, by Redfearn's series: another road to the grid."""
    a, f = 6_378_137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    zone = int((point.lon + 180) / 6) + 1
    phi, lam = math.radians(point.lat), math.radians(point.lon - (6 * zone - 183))
    ep2, t, cos = e2 / (1 - e2), math.tan(phi) ** 2, math.cos(phi)
    c, aa, nu = ep2 * cos**2, cos * lam, a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    m = a * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * math.sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * math.sin(4 * phi)
        - (35 * e2**3 / 3072) * math.sin(6 * phi)
    )
    east = (
        0.9996 * nu * (aa + (1 - t + c) * aa**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * ep2) * aa**5 / 120) + 500_000
    )
    sixth = (61 - 58 * t + t**2 + 600 * c - 330 * ep2) * aa**6 / 720
    north = 0.9996 * (m + nu * math.tan(phi) * (aa**2 / 2 + (5 - t + 9 * c + 4 * c**2) * aa**4 / 24 + sixth))
    band = "NPQRSTUVW"[int(point.lat // 8)]
    column = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")[zone % 3][int(east // 100_000) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(north // 100_000) + (5 if zone % 2 == 0 else 0)) % 20]
    return f"{zone}{band}{column}{row}{int(east % 100_000):05d}{int(north % 100_000):05d}"


@settings(max_examples=300, deadline=None)
@given(st.floats(0.01, 55.9), st.floats(-179.99, 179.99))
def test_there_and_back(lat: float, lon: float) -> None:
    grid = parse_grid(forward(Point(lat, lon)))
    assert grid is not None
    corner = grid_point(grid)
    assert corner is not None and distance(corner, Point(lat, lon)) < 3.0


@settings(max_examples=100, deadline=None)
@given(st.floats(29.4, 37.0), st.floats(60.5, 74.5), st.sampled_from([0, 4, 6, 8, 10]), st.floats(0.0, 1.0))
def test_planted_shifts_are_flagged_and_nothing_else(lat: float, lon: float, digits: int, shift: float) -> None:
    text = forward(Point(lat, lon))
    half = digits // 2
    grid = parse_grid(text[:5] + text[5 : 5 + half] + text[10 : 10 + half])
    assert grid is not None and agrees(grid, Point(lat, lon))
    least = max(1_000.0, grid.side * math.sqrt(2))
    if distance(Point(lat, lon), Point(lat + 1.7, lon)) > 3 * least:
        assert not agrees(grid, Point(lat + 1.7 + shift, lon))


def test_a_square_without_zone_is_completed_by_one_fit_only() -> None:
    half = parse_grid("WD1234567890")
    assert half is not None
    found = completed(half, Point(34.95346, 69.13521), AFGHANISTAN)
    assert found is not None and found.text == "42SWD1234567890"
    assert completed(half, Point(34.95346, 69.13521), IRAQ) is None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 ABCDEFGHJKLMNPQRSTUVWXYZabcdIO-.", max_size=20))
def test_any_text_is_a_square_or_none(text: str) -> None:
    grid = parse_grid(text)
    if grid is not None and grid.zone:
        corner = grid_point(grid)
        assert corner is None or (-82 < corner.lat < 85 and -186 < corner.lon < 186)
