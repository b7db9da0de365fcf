"""Choose the documents of a release, and say what still keeps each of them in.

Takes an archive and items; gives the plan and its obstacles. Decides nothing: an obstacle is removed by editors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date as date_of
from typing import NamedTuple

from unsealed.archive import UNREADABLE, Archive
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.release.commitments import split_borders
from unsealed.release.cut import Decided, SealedAt, carried_over
from unsealed.release.journal import next_number
from unsealed.release.keyring import read_policy
from unsealed.release.records import Release, find_release, put_release
from unsealed.review.desk import Desk
from unsealed.review.references import resolve
from unsealed.review.state import DocumentState

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
    if not _is_day(date):
        raise UsageError("The date of a release is a day.", remedy="Write it as 2026-11-22.")
    old = find_release(archive, number)
    if old and old.release.kind == "seal":
        raise UsageError(f"Number {number} is a seal.", remedy="Use a higher number.")
    ordered = tuple(sorted(set(items), key=lambda item: (archive.current_row(item), item)))
    archive.put_released(number, [])  # of an earlier build of this number
    release = Release(number, "release", title or f"Release {number}", story, date, ordered)
    put_release(archive, "planned", release)
    _reopen_later(archive, number)
    return Plan(release, obstacles(archive, release))


def _is_day(text: str) -> bool:
    try:
        return date_of.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _reopen_later(archive: Archive, number: int) -> None:
    """Releases that were built to follow this one were built beside other documents: they are built anew."""
    for later in archive.releases():
        stored = find_release(archive, later) if later > number else None
        if stored and stored.state == "built" and stored.release.kind == "release":
            put_release(archive, "planned", stored.release)


def obstacles(archive: Archive, release: Release) -> tuple[Obstacle, ...]:
    """Everything that keeps documents of a release in, in release order."""
    desk, generations = Desk(archive), sealed_generations(archive)
    taken = {one.item: one.release for one in archive.released() if one.release != release.number}
    found: list[Obstacle] = []
    for item in release.items:
        if item in taken:
            found.append(Obstacle(item, "released", f"it is part of release {taken[item]} already"))
        sealed = find_sealed(archive, item, generations)
        if sealed is None:
            found.append(Obstacle(item, "not-sealed", "it is not sealed"))
        state = desk.state(item, row=sealed.row if sealed else None)
        if state.standing != "ready":
            found.append(Obstacle(item, state.standing, _why(state)))
        if archive.item(item).state in UNREADABLE:
            found.append(Obstacle(item, "unread", "it could not be read: nobody knows what stands in it"))
    return tuple(found)


def _why(state: DocumentState) -> str:
    """What a document waits for, and whose words do not count although they stand there."""
    why = _WHY[state.standing]
    if state.former:
        why += f"; {len(state.former)} who voted on it are no editors any more, and do not count"
    if state.elsewhere:
        why += f"; {len(state.elsewhere)} cleared another reading of it than the one that is sealed"
    return why


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


def sealed_at(archive: Archive, sealed: SealedRow) -> SealedAt:
    """Commitment and atom borders of a sealed reading."""
    c, borders = split_borders(archive.borders(sealed.generation, sealed.slot))
    return SealedAt(sealed.generation, sealed.slot, c, borders)


def decided(archive: Archive, item: int, generations: Iterable[int]) -> Decided:
    """The document, ready to be cut. Raises HumanNeeded where something keeps it in."""
    sealed = find_sealed(archive, item, generations)
    state = Desk(archive).state(item, row=sealed.row if sealed else None)
    if sealed is None or state.standing != "ready":
        raise HumanNeeded(
            f"Document {item} is not decided or not sealed.", remedy="`unsealed release plan` shows what is missing."
        )
    stored = archive.reading(sealed.row)
    return Decided(stored, sealed_at(archive, sealed), carried_over(archive, state.accepted, stored))


def sealed_total(archive: Archive) -> int:
    """How many documents are sealed, all generations together."""
    return sum(archive.slot_count(number) for number in sealed_generations(archive))
