"""When releases go out: embargo times, and what is planned.

Takes plans and packages; gives a list, or refuses. The time stands in a file of the package, so that every editor's
signature binds it: one person who plans the release anew with an earlier time has a package that nobody signed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, UsageError
from unsealed.files import read_capped
from unsealed.release.objects import package_path, read_manifest
from unsealed.release.plan import sealed_total
from unsealed.release.records import read_release
from unsealed.release.standing import read_public
from unsealed.seal.package import EMBARGO, MAX_EMBARGO, decode_embargo

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})")
_FORM = "%Y-%m-%dT%H:%M:%SZ"


class Day(NamedTuple):
    """One line of the calendar. `embargo` is empty where the release may go out at any time."""

    number: int
    kind: str
    state: str
    title: str
    date: str
    embargo: str
    documents: int
    signatures: int


class Calendar(NamedTuple):
    """What went out and what is to come. `out` of `total` sealed documents are public."""

    days: tuple[Day, ...]
    out: int
    total: int


def parse_time(untrusted: str) -> str:
    """A time with its zone (`2026-12-01T06:00Z`, `2026-12-01T07:00+01:00`) in UTC to the second.

    Raises UsageError for anything else: a time without a zone means another moment on each machine.
    """
    try:
        if not _TIME.fullmatch(untrusted):
            raise ValueError(untrusted)
        return datetime.fromisoformat(untrusted).astimezone(UTC).strftime(_FORM)
    except (ValueError, OverflowError):  # a zone that leads out of the years that there are
        raise UsageError(
            "This is no time with a zone.", remedy="Write it as 2026-12-01T06:00Z or 2026-12-01T07:00+01:00."
        ) from None


def utc_clock() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def embargo_of(archive: Archive, number: int) -> str:
    """The time in the package, or an empty string."""
    manifest = read_manifest(archive, number)[0]
    if not any(file.path == EMBARGO for file in manifest.files):
        return ""
    return decode_embargo(read_capped(package_path(archive, number) / EMBARGO, MAX_EMBARGO))


def check_embargo(archive: Archive, number: int, now: datetime) -> None:
    """Refuse before the time. Raises HumanNeeded."""
    embargo = embargo_of(archive, number)
    if embargo and now.astimezone(UTC).strftime(_FORM) < embargo:
        raise HumanNeeded(
            f"Release {number} is under embargo until {embargo}; by the clock of this machine it is "
            f"{now.astimezone(UTC).strftime(_FORM)}.",
            remedy="Wait. Another time is another package, which the editors sign anew.",
        )


def read_calendar(archive: Archive) -> Calendar:
    """Everything that was planned, built and published, by number."""
    days = [_day(archive, number) for number in archive.releases()]
    return Calendar(tuple(days), len(read_public(archive).in_force), sealed_total(archive))


def _day(archive: Archive, number: int) -> Day:
    state, release = read_release(archive, number)
    return Day(
        number, release.kind, state, release.title, release.date, release.embargo, len(release.items),
        len(release.signatures),
    )  # fmt: skip


# --- iCalendar (RFC 5545) -------------------------------------------------------------------------------


def icalendar(calendar: Calendar, name: str, stamp: datetime) -> bytes:
    """What is still to come as an iCalendar file, for an editor's own calendar: titles, no document."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//unsealed//release calendar//EN"]
    for day in calendar.days:
        if day.state != "published":
            lines += _event(day, name, stamp)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line)).encode()


def _event(day: Day, name: str, stamp: datetime) -> Sequence[str]:
    begin = f"DTSTART:{_compact(day.embargo)}" if day.embargo else f"DTSTART;VALUE=DATE:{day.date.replace('-', '')}"
    return [
        "BEGIN:VEVENT",
        f"UID:release-{day.number}@{_escaped(name)}",
        f"DTSTAMP:{_compact(stamp.astimezone(UTC).strftime(_FORM))}",
        begin,
        f"SUMMARY:{_escaped(f'{name}: release {day.number}, {day.title}')}",
        f"DESCRIPTION:{_escaped(f'{day.documents} documents, {day.state}, {day.signatures} signatures')}",
        "END:VEVENT",
    ]


def _compact(time: str) -> str:
    return time.replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    plain = " ".join(text.split())
    return re.sub(r"([\\\\;,])", r"\\\1", plain)


def _folded(line: str) -> Iterable[str]:
    """Lines of at most 75 bytes; those that go on begin with a space."""
    rest, first = line, True
    while rest:
        room, taken = 75 if first else 74, ""
        for character in rest:
            if len((taken + character).encode()) > room:
                break
            taken += character
        yield taken if first else f" {taken}"
        rest, first = rest[len(taken) :], False
