"""What is known of a telegram while it is read: the builder, the id, the dates, the classes seen."""

from __future__ import annotations

from datetime import datetime, timedelta

from unsealed.ingest.readers.build import Builder

MONTHS = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}


class Draft:
    """One telegram in the making. `ref_year` is the two-digit year that references inherit, empty until known."""

    __slots__ = (
        "build",
        "captions",
        "cited",
        "classes",
        "created",
        "created_unit",
        "created_whole",
        "de_day",
        "de_serial",
        "dtg",
        "dtg_digits",
        "dtg_unit",
        "from_name",
        "from_unit",
        "has_origin",
        "id_raw",
        "id_unit",
        "names",
        "serial",
        "serials",
        "stated_class",
        "station",
        "stations",
        "text",
        "year",
    )

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.text = ""  # of the block that is being read
        self.id_raw = ""
        self.id_unit = -1
        self.year = ""
        self.station = ""
        self.serial = ""
        self.stations: list[tuple[str, str, int]] = []  # (station, serial, unit) of every banner
        self.classes: list[tuple[int, int]] = []  # (rank, unit) of every banner
        self.captions: list[str] = []
        self.cited: set[str] = set()
        self.dtg: datetime | None = None
        self.dtg_digits = ""  # of the year of a date-time group that is no moment: the year may still be believed
        self.dtg_unit = -1
        self.created: datetime | None = None
        self.created_unit = -1
        self.created_whole = True  # False: hour precision only (cable.md 2.2, fault of the page clock)
        self.de_day = 0
        self.de_serial = ""
        self.stated_class = ""  # by the container
        self.has_origin = False  # the container states it
        self.from_name = ""
        self.from_unit = -1

    def cite(self, target: str, unit: int) -> None:
        """A cable that this one cites; one that the container's column and the text both name is one reference."""
        if target and target not in self.cited:
            self.cited.add(target)
            self.build.field("ref", target, unit)

    @property
    def two_digit_year(self) -> str:
        """The year that references without one inherit: of the id, else of the date-time group, else created."""
        if self.year:
            return self.year
        moment = self.dtg or self.created
        return f"{moment.year % 100:02d}" if moment is not None else self.dtg_digits


def century(two_digits: int) -> int:
    """66-99 are 1966-1999, 00-65 are 2000-2065 (cable.md section 3)."""
    return two_digits + (1900 if two_digits >= 66 else 2000)


def moment(year: int, month: int, day: int, hour: int, minute: int) -> datetime | None:
    """A calendar moment, or None where there is no such day or time."""
    try:
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the source states no zone here
    except ValueError:
        return None


def add_dates(draft: Draft) -> None:
    """The `date` and `created` fields: the date-time group wins, the container's time is checked against it (2.4)."""
    build, dtg, created = draft.build, draft.dtg, draft.created
    if dtg is not None:
        build.field("date", dtg.isoformat()[:16] + "Z", draft.dtg_unit)
        if draft.de_day and abs(draft.de_day - _day_of_year(dtg)) not in (0, 1, 364, 365):
            build.finding("C-DE-DTG", "warn", draft.dtg_unit)
    if created is None:
        return
    text = created.isoformat()[: 16 if draft.created_whole else 13]
    agrees = dtg is not None and created == dtg
    if dtg is not None and not agrees:
        if abs(created - dtg) > timedelta(hours=24):
            build.finding("C-DATE-DISAGREE", "warn", draft.created_unit)
        agrees = not draft.created_whole and created.replace(minute=0) == dtg.replace(minute=0)
    build.field("created", text + ("Z" if agrees else ""), draft.created_unit)
    if dtg is None:
        build.field("date", text, draft.created_unit)


def _day_of_year(day: datetime) -> int:
    return day.toordinal() - _NEW_YEAR[day.year]


_NEW_YEAR = {year: datetime(year, 1, 1).toordinal() - 1 for year in range(1966, 2066)}  # noqa: DTZ001 - no zone
