# ruff: noqa: E501 - the texts stand here as they will be read

"""Reports of a fictional observer mission: the 32-column form without header row (event-report.md).

The theatre lies where the map has the middle of the Black Sea, so that no grid reference points at anybody's house.
"""

from __future__ import annotations

import csv
import io
import math
import uuid
from typing import NamedTuple


class Event(NamedTuple):
    """One report. `hurt` are eight counts: friendly, host, civilian, enemy, each wounded then killed; then detained."""

    occurred: str
    type: str
    category: str
    title: str
    summary: str
    latitude: float
    longitude: float
    hurt: tuple[int, int, int, int, int, int, int, int, int] = (0, 0, 0, 0, 0, 0, 0, 0, 0)
    unit: str = "OMTV TEAM 2"
    affiliation: str = "NEUTRAL"


def key_of(event: Event) -> str:
    """The report key: a GUID that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"omtv.example/{event.occurred}/{event.title}")).upper()


def mgrs(latitude: float, longitude: float) -> str:
    """The grid reference to ten metres (WGS 84, zone 36, northern half).

    Transverse Mercator by the series of Krueger to the third order, far finer than the ten metres that are kept.
    """
    semi_major, flattening, scale, central = 6_378_137.0, 1 / 298.257223563, 0.9996, 33.0
    n = flattening / (2 - flattening)
    radius = semi_major / (1 + n) * (1 + n * n / 4 + n**4 / 64)
    series = (n / 2 - 2 * n * n / 3 + 5 * n**3 / 16, 13 * n * n / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    phi, delta = math.radians(latitude), math.radians(longitude - central)
    e = 2 * math.sqrt(n) / (1 + n)
    t = math.sinh(math.atanh(math.sin(phi)) - e * math.atanh(e * math.sin(phi)))
    xi, eta = math.atan2(t, math.cos(delta)), math.asinh(math.sin(delta) / math.hypot(t, math.cos(delta)))
    steps = list(enumerate(series, start=1))
    east = eta + sum(a * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, a in steps)
    north = xi + sum(a * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, a in steps)
    easting, northing = scale * radius * east + 500_000, scale * radius * north
    column = "STUVWXYZ"[int(easting // 100_000) - 1]
    row = "FGHJKLMNPQRSTUVABCDE"[int(northing // 100_000) % 20]  # even zones begin with F
    return f"36T{column}{row}{int(easting % 100_000) // 10:04d}{int(northing % 100_000) // 10:04d}"


def cells(event: Event) -> list[str]:
    """The 32 cells of a report."""
    grid = mgrs(event.latitude, event.longitude)
    friend = event.affiliation == "FRIEND"
    return [
        key_of(event),
        event.occurred,
        event.type,
        event.category,
        f"{event.occurred[:10].replace('-', '')}-{grid[:5]}",
        event.title,
        event.summary,
        "RC TESHKA",
        "FRIEND" if friend else "ENEMY",
        "FALSE",
        "OMTV HQ LISSENDRA",
        event.unit,
        "OBSERVER TEAM",
        *(str(count) for count in event.hurt),
        grid,
        f"{event.latitude:.4f}",
        f"{event.longitude:.4f}",
        "OMTV OPS",
        "OMTV OPS",
        "",
        "OMTV SIG",
        event.affiliation,
        {"FRIEND": "BLUE", "ENEMY": "RED"}.get(event.affiliation, "GREEN"),
        "RESTRICTED" if sum(event.hurt) == 0 else "CONFIDENTIAL",
    ]


EVENTS = (
    Event(
        "2007-06-28 11:00:00",
        "Other",
        "Ceremony",
        "281100Z (OTHER) CEREMONY RPT AT KORVANE",
        "Gates closed by the Minister. Team counted 400 guests and 12 paperweights left behind. NFTR.",
        43.2391,
        34.5127,
    ),
    Event(
        "2007-07-17 09:20:00",
        "Non-Combat Event",
        "Ground Movement",
        "170920Z (NON-COMBAT EVENT) GROUND MOVEMENT RPT NEAR KREMNIVKA",
        "S: crack in schoolhouse wall, 4 mm.\nA: schoolmaster showed list.\nL: KREMNIVKA.\nU: none.\nR: filed.",
        43.2318,
        34.4986,
    ),
    Event(
        "2007-07-31 09:45:00",
        "Non-Combat Event",
        "Ground Movement",
        "310945Z (NON-COMBAT EVENT) GROUND MOVEMENT RPT NEAR KREMNIVKA",
        "Crack 6 mm. Schoolmaster asked where the reports go. Team did not know.",
        43.2318,
        34.4986,
    ),
    Event(
        "2007-08-21 18:30:00",
        "Friendly Action",
        "Crowd Control",
        "211830Z (FRIENDLY ACTION) CROWD CONTROL RPT IVO THE MILL : 2 CIV WIA 5 UE DET",
        "Gendarmes broke up a meeting of about 60 persons about the reservoir. Two hurt by batons, one of them a grandmother who had come "
        "for her grandson. Five held over night at Upper Dolany. EVENT CLOSED AT 2110Z.",
        43.2287,
        34.4921,
        (0, 0, 0, 0, 2, 0, 0, 0, 5),
        "OMTV TEAM 3",
        "FRIEND",
    ),
    Event(
        "2007-08-22 07:10:00",
        "Detainee Operations",
        "Release",
        "220710Z (DETAINEE OPERATIONS) RELEASE RPT AT UPPER DOLANY",
        "The five were let go against a promise not to meet near walls.",
        43.2204,
        34.4705,
        unit="OMTV TEAM 3",
    ),
    Event(
        "2007-09-04 10:00:00",
        "Non-Combat Event",
        "Ground Movement",
        "041000Z (NON-COMBAT EVENT) GROUND MOVEMENT RPT NEAR KREMNIVKA",
        "All strips of glass broken. School held in a barn. Third report on this wall; no reply to the first two.",
        43.2318,
        34.4986,
    ),
    Event(
        "2007-10-09 14:15:00",
        "Criminal Event",
        "Theft",
        "091415Z (CRIMINAL EVENT) THEFT RPT ON GORGE ROAD",
        "Copper cable of two tilt gauges cut and taken, 60 m. The Authority says the gauges were spare.",
        43.2402,
        34.5040,
    ),
    Event(
        "2007-11-02 23:40:00",
        "Suspicious Incident",
        "Vehicle",
        "022340Z (SUSPICIOUS INCIDENT) VEHICLE RPT AT BARRIER",
        "White field vehicle without lights, two persons, turned when it saw the jeep. Same type as in the police circular of 2005.",
        43.2433,
        34.5090,
    ),
    Event(
        "2008-01-15 12:00:00",
        "Non-Combat Event",
        "Rockfall",
        "151200Z (NON-COMBAT EVENT) ROCKFALL RPT ON GORGE ROAD",
        "Road closed half a day. A sheep.",
        43.2399,
        34.5061,
    ),
    Event(
        "2008-02-26 08:50:00",
        "Criminal Event",
        "Arson",
        "260850Z (CRIMINAL EVENT) ARSON RPT IVO SURVEY HUT",
        "Hut of the Authority burnt. Nobody in it. Red paint on the road: COUNT AGAIN.",
        43.2365,
        34.5003,
    ),
    Event(
        "2008-03-18 16:20:00",
        "Enemy Action",
        "Stone Throwing",
        "181620Z (ENEMY ACTION) STONE THROWING RPT : 1 ANP WIA",
        "Young men threw stones at a truck that carried furniture from houses below the red line. One policeman hurt.",
        43.2270,
        34.4880,
        (0, 0, 1, 0, 0, 0, 0, 0, 0),
        "OMTV TEAM 3",
        "ENEMY",
    ),
    Event(
        "2008-04-15 10:30:00",
        "Non-Combat Event",
        "Ground Movement",
        "151030Z (NON-COMBAT EVENT) GROUND MOVEMENT RPT ON LEFT BANK",
        "New spring at the old pasture, brown. Fence posts lean 20 degrees. Team leader asked HQ for a geologist. HQ asked which unit that was.",
        43.2377,
        34.5052,
    ),
    Event(
        "2008-04-28 09:00:00",
        "Other",
        "Reservoir",
        "280900Z (OTHER) RESERVOIR RPT AT KORVANE",
        "Level being drawn down for the spring, about half a metre a day.",
        43.2391,
        34.5127,
    ),
    Event(
        "2008-05-13 17:00:00",
        "Non-Combat Event",
        "Ground Movement",
        "131700Z (NON-COMBAT EVENT) GROUND MOVEMENT RPT ON LEFT BANK",
        "Two trees across the path, roots up, no wind. Noise like a cart. Team told to patrol again on Tuesday.",
        43.2381,
        34.5049,
    ),
    Event(
        "2008-05-14 03:52:00",
        "Non-Combat Event",
        "Landslide",
        "140352Z (NON-COMBAT EVENT) LANDSLIDE RPT NEAR KREMNIVKA : 96 CIV WIA 31 CIV KIA",
        "S: left bank slid into reservoir, wave over dam.\nA: eleven villages hit.\nL: from KORVANE to KREMNIVKA and below.\nU: all teams.\n"
        "R: casualties as of 161700Z from the hospital at Lissendra. UPDATE 161700Z: 212 missing.",
        43.2318,
        34.4986,
        (0, 0, 0, 0, 96, 31, 0, 0, 0),
        "OMTV ALL TEAMS",
    ),
    Event(
        "2008-05-14 05:30:00",
        "Non-Combat Event",
        "Rescue",
        "140530Z (NON-COMBAT EVENT) RESCUE RPT ON HILL ABOVE THE MILL",
        "Twenty persons found, nineteen of them children, none hurt. Teacher asked for the time and wrote it down.",
        43.2296,
        34.4899,
    ),
    Event(
        "2008-05-15 13:00:00",
        "Air Mission",
        "Medevac",
        "151300Z (AIR MISSION) MEDEVAC RPT LISSENDRA",
        "Four flights, 22 patients. Pilot reports the scar can be seen from 60 km.",
        43.1502,
        34.3311,
        unit="OMTV AIR",
    ),
    Event(
        "2008-05-17 11:30:00",
        "Criminal Event",
        "Looting",
        "171130Z (CRIMINAL EVENT) LOOTING RPT : 1 UE DET",
        "Man taken with a church bell on a handcart. It was the bell of Upper Dolany and he was its priest. Released.",
        43.2204,
        34.4705,
        (0, 0, 0, 0, 0, 0, 0, 0, 1),
    ),
    Event(
        "2008-05-19 10:10:00",
        "Suspicious Incident",
        "Removal",
        "191010Z (SUSPICIOUS INCIDENT) REMOVAL RPT ON LEFT BANK",
        "Soldiers loading instruments on a truck. A consul was there with a camera. Truck left for Vardesk, unescorted.",
        43.2360,
        34.5020,
    ),
    Event(
        "2008-05-23 09:00:00",
        "Friendly Fire",
        "Accident",
        "230900Z (FRIENDLY FIRE) ACCIDENT RPT : 1 CF WIA",
        "Observer hurt by falling beam while searching. Will keep the leg.",
        43.2309,
        34.4957,
        (1, 0, 0, 0, 0, 0, 0, 0, 0),
        "OMTV TEAM 2",
        "FRIEND",
    ),
    Event(
        "2008-06-10 15:45:00",
        "Counter-Insurgency",
        "Search",
        "101545Z (COUNTER-INSURGENCY) SEARCH RPT IVO CHARCOAL KILNS",
        "Gendarmes looked for a charcoal burner named on a list. Kilns cold since March. Nobody knew the name, several pronounced it.",
        43.2450,
        34.4933,
        unit="OMTV TEAM 3",
    ),
    Event(
        "2008-07-08 10:20:00",
        "Other",
        "Memorial",
        "081020Z (OTHER) MEMORIAL RPT AT KORVANE",
        "About 300 people, no speeches. A woman read out a list of numbers.",
        43.2391,
        34.5127,
    ),
    Event(
        "2008-08-02 04:00:00",
        "Suspicious Incident",
        "Vehicle",
        "020400Z (SUSPICIOUS INCIDENT) VEHICLE RPT NEAR SALT WORKS",
        "Bread van, three adults and a child asleep. Driver gave the team a loaf. NFI.",
        43.0911,
        34.2004,
        unit="OMTV TEAM 1",
    ),
    Event(
        "2008-09-30 12:00:00",
        "Other",
        "Closure",
        "301200Z (OTHER) CLOSURE RPT",
        "Mission ends today. Files to be kept in Lissendra. There were 1,114 reports. This is the last one.",
        43.1502,
        34.3311,
        unit="OMTV HQ",
    ),
)


def csv_bytes() -> bytes:
    """The file: quotes doubled, LF in cells, one row that is too short."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for number, event in enumerate(EVENTS):
        writer.writerow(cells(event))
        if number == 11:
            # Cut in the middle by a failed export: fourteen cells, nothing to repair.
            writer.writerow([*cells(event)[:13], "0"])
    return out.getvalue().encode()
