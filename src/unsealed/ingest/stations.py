"""Station names and telegram ids: the closed list, its variants, and the repair of damaged ids (cable.md section 3).

The lists are data with a version (`data/stations.txt`); no rule here knows a single document.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class CableId(NamedTuple):
    """A canonical id such as `09BERN12` in its parts. `rule` is the repair that found it, 0 for none."""

    year: str
    station: str
    serial: str
    rule: int = 0

    @property
    def text(self) -> str:
        """The canonical form: year, station, serial without leading zeros."""
        return self.year + self.station + self.serial


def _load() -> tuple[frozenset[str], dict[str, str]]:
    names: set[str] = set()
    variants: dict[str, str] = {}
    text = files("unsealed.ingest").joinpath("data/stations.txt").read_text("ascii")
    for line in text.splitlines():
        for word in line.split() if not line.startswith("#") else ():
            variant, _, name = word.partition("=")
            if name:
                variants[variant] = name
            else:
                names.add(variant)
    return frozenset(names), variants


STATIONS, VARIANTS = _load()
_NOT_STATIONS = frozenset(
    [
        "JAN",
        "FEB",
        "MAR",
        "APR",
        "MAY",
        "JUN",
        "JUL",
        "AUG",
        "SEP",
        "SEPT",
        "OCT",
        "NOV",
        "DEC",
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
        "MONDAY",
        "TUESDAY",
        "WEDNESDAY",
        "THURSDAY",
        "FRIDAY",
        "SATURDAY",
        "SUNDAY",
        "UNCLAS",
        "UNCLASSIFIED",
        "CONFIDENTIAL",
        "SECRET",
        "PARA",
        "PARAS",
        "PARAGRAPH",
        "SECTION",
        "SECTIONS",
        "PRIORITY",
        "IMMEDIATE",
        "ROUTINE",
        "FLASH",
        "TODAY",
        "PAGE",
        "PART",
        "NOTAL",
        "AND",
        "REF",
        "REFS",
        "REFTEL",
        "THE",
        "FOR",
        "FROM",
        "WITH",
        "DTD",
        "DATED",
        "CABLE",
        "PREVIOUS",
        "NUMBER",
        "NOS",
        "CLASS",
        "ARTICLE",
        "ANNEX",
        "TITLE",
        "FAM",
        "CFR",
        "USC",
        "UNSCR",
        "RESOLUTION",
        "ROOM",
        "BOX",
        "TEL",
        "FAX",
        "PHONE",
        "TAGS",
        "TOPSECRET",
        "SERIES",
        "TOSEC",
    ]
)
_ID = re.compile(r"(\d\d)([A-Z]{3,17})(\d{1,8})")
_DEBRIS = re.compile(
    r"EFTO|AM(?:ERICAN)?EMBASSY|EMBASSY|SECTION\d+OF\d+|SECTION|UNCLASSIFIED|UNCLAS|CONFIDENTIAL|TOPSECRET|SECRET|NOFORN|SIPDIS|SENSITIVE"
)
_TAIL_MARK = re.compile(r"ZFR|ZDK|TOSEC")
_TAIL = re.compile(r"(?:ZFR|ZDK)\w*$|TOSEC\d{6}$")
_SIMILAR = 0.72  # cable.md section 3, rule 4
# A well-formed id of a post that no list knows is more often a post than a fault: there the repair needs more likeness.
_SIMILAR_WELL_FORMED, _LETTERS_WELL_FORMED = 0.8, 5
_ONE_LETTER = 0.9  # likeness of two words of six letters or more that differ by one


def station_named(name: str) -> str:
    """The station of the closed list that a name means (`RIO DE JANEIRO`, `SECSTATE`), or an empty string."""
    letters = name.replace(" ", "").upper()
    if letters in STATIONS:
        return letters
    return VARIANTS.get(letters, "")


def station_meant(name: str) -> str:
    """The station that a name means, one letter lost or added allowed in a long one; an empty string for none."""
    found = station_named(name)
    letters = name.replace(" ", "").upper()
    return found or (
        _nearest(letters, _ONE_LETTER) if len(letters) >= _LETTERS_WELL_FORMED and letters.isalpha() else ""
    )


def could_be_station(name: str) -> bool:
    """Whether an upper-case word may stand for a station that the list does not know."""
    return 3 <= len(name) <= 17 and name.isalpha() and name.isupper() and name not in _NOT_STATIONS


def canonical_id(raw: str, banner_station: str = "", banner_serial: str = "") -> CableId | None:
    """The canonical id of `raw`, or None. `banner_…` are what the banner or DE line of the same cable says."""
    exact = _ID.fullmatch(raw)
    if exact is not None:
        year, station, serial = exact.groups()
        known = station if station in STATIONS else VARIANTS.get(station, "")
        if known:
            return CableId(year, known, serial.lstrip("0") or "0")
        if station == banner_station:  # two places of the cable agree: a post that the list does not know
            return CableId(year, station, serial.lstrip("0") or "0")
        if serial.strip("0") and not _TAIL_MARK.search(station):  # the serial is whole: only the station is looked at
            name, rule = _well_formed(station, similar=not banner_station)
            if name:
                return CableId(year, name, serial.lstrip("0"), rule)
            if rule < 0:  # nothing to take away from it either: only the banner can help
                return _of_banner(year, banner_station, banner_serial)
    return _repaired(raw.upper().replace(" ", ""), banner_station, banner_serial)


@lru_cache(maxsize=4096)
def _well_formed(station: str, *, similar: bool) -> tuple[str, int]:
    """The station that the letters of a well-formed id mean, by rules 2 to 4: once for each post, not for each id.

    The rule is -1 where no rule finds one and no other reading of the id could.
    """
    letters = _DEBRIS.sub("", station)
    name, rule = _station_like(letters, well_formed=True, similar=similar) if letters else ("", 0)
    return (name, rule) if name or letters != station else ("", -1)


@lru_cache(maxsize=1024)
def _repaired(raw: str, banner_station: str, banner_serial: str) -> CableId | None:
    year = raw[:2]
    if not year.isdigit() or not raw.isascii():
        return None
    rest = _TAIL.sub("", _DEBRIS.sub("", raw[2:]))
    match = re.fullmatch(r"([A-Z]*?)(\d*)", rest)
    letters, serial = match.groups() if match else (re.sub(r"[^A-Z]", "", rest), "")
    serial = serial.lstrip("0")
    if serial and letters:
        guess = _station_like(letters, well_formed=_ID.fullmatch(raw) is not None, similar=not banner_station)
        if guess[0]:
            return CableId(year, guess[0], serial, guess[1])
    return _of_banner(year, banner_station, banner_serial)


def _of_banner(year: str, station: str, serial: str) -> CableId | None:
    """Rule 5: the id that the banner gives."""
    return CableId(year, station_named(station) or station, serial, 5) if station and serial else None


def _station_like(letters: str, *, well_formed: bool, similar: bool) -> tuple[str, int]:
    """Rules 2 to 4: the station that damaged letters mean and the rule that found it."""
    found = station_named(letters)
    if found:
        return found, 2
    shortest = _LETTERS_WELL_FORMED if well_formed else 3
    for length in range(len(letters) - 1, shortest - 1, -1):
        if letters[-length:] in STATIONS:
            return letters[-length:], 3
    if not similar or (well_formed and len(letters) < _LETTERS_WELL_FORMED):
        return "", 0
    return _nearest(letters, _SIMILAR_WELL_FORMED if well_formed else _SIMILAR), 4


@lru_cache(maxsize=4096)
def _nearest(letters: str, least: float) -> str:
    best, score = "", least
    for name in _candidates(letters, least):
        ratio = SequenceMatcher(None, letters, name, autojunk=False).ratio()
        if ratio > score or (ratio == score and (not best or name < best)):
            best, score = name, ratio
    return best


def _candidates(letters: str, least: float) -> list[str]:
    """The stations that may be as like as `least`: few, by two bounds on the letters that can match."""
    found: list[str] = []
    length, mask = len(letters), _letter_set(letters)
    for size, named in _SETS:
        needed = least * (length + size) / 2  # letters that match
        if min(length, size) < needed:
            continue
        # Letters that only one of them has cannot match.
        spare, other_spare = length - needed, size - needed
        found += [
            name
            for name, other in named
            if (mask & ~other).bit_count() <= spare and (other & ~mask).bit_count() <= other_spare
        ]
    return found


def _letter_set(letters: str) -> int:
    """The letters that occur, as bits."""
    found = 0
    for letter in letters:
        found |= 1 << (ord(letter) & 31)
    return found


# Length to the stations of that length, with their letters
_SETS = tuple(
    (size, tuple((name, _letter_set(name)) for name in sorted(STATIONS) if len(name) == size))
    for size in sorted({len(name) for name in STATIONS})
)
