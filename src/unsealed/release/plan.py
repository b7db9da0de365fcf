"""Choose the documents of a release, and say what still keeps each of them in.

Takes an archive and items; gives the plan and its obstacles. Decides nothing: an obstacle is removed by editors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date as date_of
from typing import NamedTuple

from unsealed.archive import UNREADABLE, Archive
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.release.commitments import split_borders
from unsealed.release.cut import Decided, SealedAt
from unsealed.release.elsewhere import kept_inside, shown_elsewhere
from unsealed.release.journal import next_number
from unsealed.release.keyring import read_policy
from unsealed.release.pictures import make
from unsealed.release.reasons import reasons_of
from unsealed.release.records import Kind, Release, find_generation, find_release, put_release
from unsealed.release.standing import read_public
from unsealed.review.desk import Desk
from unsealed.review.references import resolve
from unsealed.review.shown import carried_over
from unsealed.review.state import DocumentState

# Reason codes of withdrawals that this program offers; the log takes any word of this form.
CODES = ("by-order", "harm", "request", "mistake", "rights", "other")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_TITLES = {
    "redact-more": "More is withheld",
    "unredact": "More is shown",
    "withdraw": "Documents are withdrawn",
}

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


def plan_release(
    archive: Archive, number: int, items: Sequence[int], *, title: str, story: str, date: str, embargo: str = ""
) -> Plan:
    """Store the plan of release `number` (an unpublished one is planned anew) and list its obstacles.

    Raises UsageError for a number that is taken or out of reach, an empty plan, a date that is no day.
    """
    _check_plan(archive, number, items, date)
    ordered = tuple(sorted(set(items), key=lambda item: (archive.current_row(item), item)))
    release = Release(number, "release", title or f"Release {number}", story, date, ordered, embargo=embargo)
    return store_plan(archive, release)


def _check_plan(archive: Archive, number: int, items: Sequence[int], date: str) -> None:
    policy = read_policy(archive)
    if number < next_number(archive, policy):
        raise UsageError(f"Number {number} is taken.", remedy=f"Use {next_number(archive, policy)} or higher.")
    if not items:
        raise UsageError("The plan names no document.", remedy="Give references, --list or --query.")
    if not _is_day(date):
        raise UsageError("The date of a release is a day.", remedy="Write it as 2026-11-22.")
    old = find_release(archive, number)
    if old and old.release.kind in ("seal", "close"):
        raise UsageError(f"Number {number} is taken: {old.release.kind}.", remedy="Use a higher number.")


def store_plan(archive: Archive, release: Release) -> Plan:
    """Store a plan, in place of an unpublished one of the same number, and list its obstacles."""
    archive.put_released(release.number, [])  # of an earlier build of this number
    put_release(archive, "planned", release)
    _reopen_later(archive, release.number)
    return Plan(release, (*obstacles(archive, release), *_kept_names(archive, release)))


def _kept_names(archive: Archive, release: Release) -> list[Obstacle]:
    """What the leak check of the build will find, told now: names that one document withholds and another one keeps."""
    generations = sealed_generations(archive)
    found = ((item, find_sealed(archive, item, generations)) for item in release.items)
    return [Obstacle(*one) for one in kept_inside(archive, {item: sealed.row for item, sealed in found if sealed})]


def plan_amendment(
    archive: Archive, kind: Kind, items: Sequence[int], *, why: str, date: str, title: str = "", code: str = "",
    number: int | None = None, embargo: str = "",
) -> Plan:  # fmt: skip
    """Store the plan of a `redact-more`, `unredact` or `withdraw` of documents that are public.

    `why` is for people, `code` the reason code of a withdrawal, `number` the next one where it is not given. Raises
    UsageError like `plan_release`, and where words or code are missing.
    """
    if number is None:
        number = next_number(archive, read_policy(archive))
    _check_plan(archive, number, items, date)
    if not why.strip():
        raise UsageError("An amendment says why, in words for people.", remedy="Give them with --why.")
    if kind == "withdraw" and not _CODE.fullmatch(code):
        raise UsageError("A withdrawal has a reason code.", remedy=f"Use one of: {', '.join(CODES)}.")
    public = read_public(archive)
    rows = sorted(
        row for item in set(items) if (row := public.in_force.get(item) or public.withdrawn.get(item)) is not None
    )
    ordered = (*(row.item for row in rows), *sorted(set(items) - {row.item for row in rows}))
    return store_plan(
        archive, Release(number, kind, title or _TITLES[kind], why, date, ordered, code=code, embargo=embargo)
    )


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
    found: list[Obstacle] = []
    if release.kind != "release":
        found += _amendment_obstacles(archive, release)
        if release.kind == "withdraw":
            return tuple(found)
    desk, generations = Desk(archive), sealed_generations(archive)
    taken = {one.item: one.release for one in archive.released() if one.release != release.number}
    rows: dict[int, int] = {}
    for item in release.items:
        if item in taken and release.kind == "release":
            found.append(Obstacle(item, "released", f"it is part of release {taken[item]} already"))
        sealed = find_sealed(archive, item, generations)
        if sealed is None:
            found.append(Obstacle(item, "not-sealed", "it is not sealed"))
        else:
            rows[item] = sealed.row
        state = desk.state(item, row=sealed.row if sealed else None)
        if state.standing != "ready":
            found.append(Obstacle(item, state.standing, _why(state)))
        if archive.item(item).state in UNREADABLE:
            found.append(Obstacle(item, "unread", "it could not be read: nobody knows what stands in it"))
    found += _page_obstacles(archive, rows, generations)
    found += [Obstacle(*one) for one in shown_elsewhere(archive, release.number, rows)]
    return tuple(found)


def _page_obstacles(archive: Archive, rows: dict[int, int], generations: tuple[int, ...]) -> list[Obstacle]:
    """What keeps pages in that somebody wants shown as pictures, of items with their sealed rows."""
    desk, reasons = Desk(archive), reasons_of(archive, rows)
    found: list[Obstacle] = []
    for item in sorted(make.items_with_pages(archive) & rows.keys()):
        ready = desk.state(item, row=rows[item]).standing == "ready"
        document = decided(archive, item, generations) if ready else None
        why = make.obstacles(archive, item, rows[item], document, reasons)
        found += [Obstacle(item, "pages", one) for one in why]
    return found


def _amendment_obstacles(archive: Archive, release: Release) -> list[Obstacle]:
    public, found = read_public(archive), []
    for item in release.items:
        if item in public.withdrawn and release.kind != "unredact":
            found.append(Obstacle(item, "withdrawn", "it is withdrawn already; only an unredact shows it again"))
        elif item not in public.in_force and item not in public.withdrawn:
            found.append(Obstacle(item, "not-public", "it is not public: there is nothing to amend"))
    return found


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


def hides_count(archive: Archive) -> bool:
    """Whether one of the generations, published or about to be, keeps its number of documents to itself."""
    found = (find_generation(archive, number) for number in archive.generations())
    return any(one is not None and one[1].hidden for one in found)


def sealed_total(archive: Archive) -> int:
    """How many documents are sealed, all generations together; -1 where that is not public."""
    if hides_count(archive):
        return -1
    return sum(archive.slot_count(number) for number in sealed_generations(archive))
