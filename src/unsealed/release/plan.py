"""Choose the documents of a release, and say what still keeps each of them in.

Takes an archive and items; gives the plan and its obstacles. Decides nothing: an obstacle is removed by editors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.release.commitments import split_borders
from unsealed.release.cut import Decided, SealedAt, carried_over
from unsealed.release.keyring import read_policy
from unsealed.release.publishing import next_number
from unsealed.release.records import Release, find_release, put_release
from unsealed.review.desk import Desk
from unsealed.review.references import resolve

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")

_WHY = {
    "untouched": "nobody has looked at it: two editors must say that nothing is to be withheld",
    "uncleared": "a second editor must say that nothing more is to be withheld",
    "undecided": "marks on it are not decided by two editors",
    "withheld": "it is withheld as a whole",
}


class Obstacle(NamedTuple):
    """Why a document cannot go out yet. `kind` is a short word for scripts."""

    item: int
    kind: str
    why: str


class Plan(NamedTuple):
    """A planned release and what stands in its way."""

    release: Release
    obstacles: tuple[Obstacle, ...]


def read_list(untrusted: bytes) -> list[str]:
    """The references of a list file: one a line, empty lines and lines that begin with `# ` left out."""
    try:
        lines = untrusted.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("The list is not UTF-8 text.", remedy="Save it as UTF-8.") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("# ")]


def find_items(archive: Archive, references: Iterable[str]) -> list[int]:
    """The items that the references name, each once, in source order. Raises InputError for an unknown one."""
    found: set[int] = set()
    for number, reference in enumerate(references, 1):
        try:
            found.update(item.id for item in resolve(archive, reference))
        except InputError as error:
            raise InputError(f"Document {number} of the list: {error.message}", remedy=error.remedy) from error
    return sorted(found)


def plan_release(archive: Archive, number: int, items: Sequence[int], *, title: str, story: str, date: str) -> Plan:
    """Store the plan of release `number` (an unpublished one is planned anew) and list its obstacles.

    Raises UsageError for a number that is taken or out of reach, an empty plan, a date that is no day.
    """
    policy = read_policy(archive)
    if number < next_number(archive, policy):
        raise UsageError(f"Number {number} is taken.", remedy=f"Use {next_number(archive, policy)} or higher.")
    if not items:
        raise UsageError("The plan names no document.", remedy="Give references, --list or --query.")
    if not _DAY.fullmatch(date):
        raise UsageError("The date of a release is a day.", remedy="Write it as 2026-11-22.")
    old = find_release(archive, number)
    if old and old.release.kind == "seal":
        raise UsageError(f"Number {number} is a seal.", remedy="Use a higher number.")
    ordered = tuple(sorted(set(items), key=lambda item: (archive.current_row(item), item)))
    archive.put_released(number, [])  # of an earlier build of this number
    release = Release(number, "release", title or f"Release {number}", story, date, ordered)
    put_release(archive, "planned", release)
    return Plan(release, obstacles(archive, release))


def obstacles(archive: Archive, release: Release) -> tuple[Obstacle, ...]:
    """Everything that keeps documents of a release in, in release order."""
    desk, generations = Desk(archive), sealed_generations(archive)
    taken = {one.item: one.release for one in archive.released() if one.release != release.number}
    found: list[Obstacle] = []
    for item in release.items:
        if item in taken:
            found.append(Obstacle(item, "released", f"it is part of release {taken[item]} already"))
        if find_sealed(archive, item, generations) is None:
            found.append(Obstacle(item, "not-sealed", "it is not sealed"))
        standing = desk.state(item).standing
        if standing != "ready":
            found.append(Obstacle(item, standing, _WHY[standing]))
    return tuple(found)


class SealedRow(NamedTuple):
    """Which reading of an item is sealed, and where."""

    row: int
    generation: int
    slot: int


def sealed_generations(archive: Archive) -> tuple[int, ...]:
    """The numbers of the generations whose seal is published, newest first."""
    found = [(number, archive.generation(number)) for number in reversed(archive.generations())]
    return tuple(number for number, stored in found if stored and stored[0] == "sealed")


def find_sealed(archive: Archive, item: int, generations: Iterable[int]) -> SealedRow | None:
    """The newest seal of an item in these generations, or None."""
    for number in generations:
        slot = archive.slot_of(number, item)
        if slot is not None:
            return SealedRow(slot.row, number, slot.slot)
    return None


def decided(archive: Archive, item: int, generations: Iterable[int]) -> Decided:
    """The document, ready to be cut. Raises HumanNeeded where something keeps it in."""
    sealed, state = find_sealed(archive, item, generations), Desk(archive).state(item)
    if sealed is None or state.standing != "ready":
        raise HumanNeeded(
            f"Document {item} is not decided or not sealed.", remedy="`unsealed release plan` shows what is missing."
        )
    stored = archive.reading(sealed.row)
    c, borders = split_borders(archive.borders(sealed.generation, sealed.slot))
    place = SealedAt(sealed.generation, sealed.slot, c, borders)
    return Decided(stored, place, carried_over(archive, state.accepted, stored))


def sealed_total(archive: Archive) -> int:
    """How many documents are sealed, all generations together."""
    return sum(archive.slot_count(number) for number in sealed_generations(archive))
