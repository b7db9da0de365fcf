"""Apply a whole `decisions.json` to the archive: once or ten times, the result is the same.

Takes an archive and the file's bytes, gives a report in numbers. The readings are streamed; entries for all
documents ("*") are looked for in every reading in the same pass as those for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unsealed.archive import UNREADABLE
from unsealed.archive.records import StoredReading
from unsealed.errors import InputError
from unsealed.review.desk import Desk, Wish, Wishes
from unsealed.review.file import DecisionsFile, Rule, parse_decisions
from unsealed.review.references import resolve

_BATCH = 500  # documents whose marks are stored together
ALL = "*"


class Applied(NamedTuple):
    """What came of a decisions file. `nowhere` are the numbers of entries that fit no words of their documents.

    `unread` documents were left out of a clearing of all ("*"), because nobody could read them.
    """

    entries: int
    marks: int
    new: int
    documents: int
    cleared: int
    nowhere: tuple[int, ...]
    unread: int = 0


class _Plan(NamedTuple):
    everywhere: tuple[Rule, ...]
    by_item: dict[int, list[Rule]]


def apply_decisions(desk: Desk, untrusted: bytes) -> Applied:
    """Apply the decisions file in `untrusted`. Raises InputError (see `parse_decisions`) before anything is stored."""
    settings = desk.archive.settings.review
    read, rules = parse_decisions(untrusted, settings)
    plan = _plan(desk, rules)
    cleared, unread = _cleared_items(desk, read)
    for begin in range(0, len(cleared), _BATCH):
        desk.check_readable(cleared[begin : begin + _BATCH])
    used, marks, new, documents = _apply_rules(desk, plan)
    if read.cleared:
        for begin in range(0, len(cleared), _BATCH):
            desk.clear_all(cleared[begin : begin + _BATCH], read.cleared.by)
    for allowed in read.allowed:
        for editor in allowed.by:
            desk.allow(allowed.text, allowed.reason, editor)
    nowhere = tuple(rule.number for rule in rules if rule.number not in used)
    return Applied(len(rules), marks, new, documents, len(cleared), nowhere, unread)


def _plan(desk: Desk, rules: Sequence[Rule]) -> _Plan:
    """Which rules concern which items; every reference is resolved before anything is stored."""
    everywhere = tuple(rule for rule in rules if rule.entry.document == ALL)
    by_item: dict[int, list[Rule]] = {}
    for rule in rules:
        if rule.entry.document != ALL:
            for item in _resolve(desk, rule.entry.document, f"entry {rule.number}"):
                by_item.setdefault(item, []).append(rule)
    return _Plan(everywhere, by_item)


def _resolve(desk: Desk, reference: str, place: str) -> list[int]:
    try:
        return [item.id for item in resolve(desk.archive, reference)]
    except InputError as error:
        raise InputError(f"Decisions, {place}: {error.message}", remedy=error.remedy) from error


def _cleared_items(desk: Desk, read: DecisionsFile) -> tuple[list[int], int]:
    """The items that are cleared, and how many were left out because they are unread."""
    if read.cleared is None:
        return [], 0
    if ALL in read.cleared.documents:
        states = [(item.id, item.state) for item in desk.archive.items() if item.state not in ("container", "listed")]
        readable = [item for item, state in states if state not in UNREADABLE]
        return readable, len(states) - len(readable)
    found: dict[int, None] = {}
    for number, reference in enumerate(read.cleared.documents, 1):
        for item in _resolve(desk, reference, f"`cleared` document {number}"):
            found[item] = None
    return list(found), 0


def _readings(desk: Desk, plan: _Plan) -> Iterator[StoredReading]:
    """The current readings that the plan concerns, in row order."""
    archive = desk.archive
    if not plan.everywhere:
        rows = [archive.current_row(item) for item in plan.by_item]
        yield from archive.readings(rows=rows)
        return
    for summary_rows in _current_rows(desk):
        yield from archive.readings(rows=summary_rows)


def _current_rows(desk: Desk) -> Iterator[list[int]]:
    rows: list[int] = []
    for summary in desk.archive.summaries():
        rows.append(summary.row)
        if len(rows) == _BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


def _apply_rules(desk: Desk, plan: _Plan) -> tuple[set[int], int, int, int]:
    """Gives the numbers of the entries that fit something, and counts of marks, new marks and documents."""
    used: set[int] = set()
    marks = new = documents = 0
    for batch in _batches(_wishes(desk, plan, used)):
        stored = desk.say_marks(batch)
        marks += len(stored)
        new += sum(is_new for _, is_new in stored)
        documents += len({wishes.item for wishes in batch})
    return used, marks, new, documents


def _wishes(desk: Desk, plan: _Plan, used: set[int]) -> Iterator[list[Wishes]]:
    """What the rules want withheld, one list a document; notes in `used` which rules fitted."""
    for stored in _readings(desk, plan):
        found = []
        for rule in sorted((*plan.everywhere, *plan.by_item.get(stored.item.id, ())), key=lambda rule: rule.number):
            entry = rule.entry
            wishes = tuple(
                Wish(span, entry.reason, rule.rule, entry.note, says=entry.says)
                for span in rule.spans(stored.reading.units)
            )
            if wishes:
                used.add(rule.number)
                found.append(Wishes(stored.item.id, stored.row, wishes, entry.by))
        if found:
            yield found


def _batches(documents: Iterator[list[Wishes]]) -> Iterator[list[Wishes]]:
    """The same in larger lists; a document is never split over two."""
    batch: list[Wishes] = []
    for found in documents:
        batch += found
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
