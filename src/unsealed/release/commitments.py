"""Compute the commitments of a generation: cut, hash, keep what a proof will need.

Takes an archive, the generation's key and its table from slot to reading; gives every commitment. Streams over
the readings in row order, in two processes; memory holds a few batches and 32 bytes a slot.

Crash-safe: each batch (slot table lines with the hash of their atoms, borders, commitments) is durable in one
transaction. A batch that was not stored is computed again from the same key, slots and readings, and no
commitment leaves this machine before all batches are stored (docs/decisions/0071-seal-in-one-pass.md).
"""

from __future__ import annotations

import multiprocessing
import secrets
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from unsealed.archive import Archive, Slot, StoredReading
from unsealed.errors import ArchiveError
from unsealed.log import get_logger
from unsealed.seal.atoms import atoms_hash, borders, cut
from unsealed.seal.generation import Job, Sealed, commit, commit_batch, commit_empty

BATCH = 256  # readings of one task
STORE = 4096  # readings of one transaction
ALONE = 1024  # up to this many readings, no second process is started
HASH = 32  # bytes of a commitment, which stands before the borders in the archive's table

_log = get_logger("release")


class Commissioned(NamedTuple):
    """What a process needs to compute commitments. Holds the generation key: never stored, never printed."""

    path: Path
    key: bytes
    archive_id: bytes
    generation: int
    padding: float

    def __repr__(self) -> str:
        return f"Commissioned(generation={self.generation})"


class Line(NamedTuple):
    """One sealed reading."""

    row: int
    item: int
    sealed: Sealed


_opened: list[tuple[Commissioned, Archive]] = []  # of a worker process: what `_start_worker` opened


def _start_worker(work: Commissioned) -> None:
    _opened.append((work, Archive.open(work.path)))


def _run_in_worker(places: Sequence[tuple[int, int]]) -> list[Line]:
    work, archive = _opened[0]
    return seal_batch(archive, work, places)


def seal_batch(archive: Archive, work: Commissioned, places: Sequence[tuple[int, int]]) -> list[Line]:
    """Seal readings at (row, slot), rows rising."""
    slots = dict(places)
    readings = list(archive.readings(rows=list(slots)))
    jobs = [Job(slots[stored.row], _units(stored), stored.item.sha256) for stored in readings]
    sealed = _padded(work, jobs) if work.padding else commit_batch(work.key, work.archive_id, work.generation, jobs)
    return [Line(stored.row, stored.item.id, one) for stored, one in zip(readings, sealed, strict=True)]


def _units(stored: StoredReading) -> list[tuple[str, str]]:
    return [(unit.label, unit.text) for unit in stored.reading.units]


def _padded(work: Commissioned, jobs: Sequence[Job]) -> list[Sealed]:
    """Like `commit_batch`, with an empty atom after a word by chance (seal.md, kind `N`)."""
    chance = secrets.SystemRandom()
    done = []
    for job in jobs:
        atoms = cut(job.units or (), pad=lambda: chance.random() < work.padding)
        found = commit(work.key, work.archive_id, work.generation, job.slot, atoms, job.raw_digest)
        done.append(Sealed(job.slot, found.c, found.n, atoms_hash(atoms), borders(atoms)))
    return done


def slot_of_rows(rows_in_slot_order: bytes) -> list[tuple[int, int]]:
    """(row, slot) of a table of u64 rows in slot order, sorted by row; unused slots (row 0) are left out."""
    rows = array("Q", rows_in_slot_order)
    return sorted((row, slot) for slot, row in enumerate(rows) if row)


def compute(
    archive: Archive, work: Commissioned, rows_in_slot_order: bytes, *, workers: int, tell: Callable[[int, int], None]
) -> list[bytes]:
    """Every commitment in slot order; computes what an earlier run did not store. `tell` hears (done, all).

    Raises ArchiveError where the stored lines are not those of this table.
    """
    places = slot_of_rows(rows_in_slot_order)
    commitments: list[bytes] = [b""] * (len(rows_in_slot_order) // 8)
    done = _stored_already(archive, work.generation, places, commitments)
    waiting: list[Line] = []
    for lines in _batches(archive, work, places[done:], workers):
        waiting += lines
        if len(waiting) >= STORE:
            done += _store(archive, work.generation, waiting, commitments)
            tell(done, len(places))
    done += _store(archive, work.generation, waiting, commitments)
    tell(done, len(places))
    add_empty(work, rows_in_slot_order, commitments)
    return commitments


def add_empty(work: Commissioned, rows_in_slot_order: bytes, commitments: list[bytes]) -> None:
    """Fill in the commitments of unused slots. They are stored nowhere: the key makes them again."""
    unused = [slot for slot, row in enumerate(array("Q", rows_in_slot_order)) if not row]
    if unused:
        made = commit_empty(work.key, work.archive_id, work.generation, len(commitments), unused)
        for slot, c in zip(unused, made, strict=True):
            commitments[slot] = c


def _stored_already(
    archive: Archive, generation: int, places: Sequence[tuple[int, int]], commitments: list[bytes]
) -> int:
    """How many readings, counted in row order, an earlier run stored; fills in their commitments."""
    count = archive.slot_count(generation)
    expected = {slot: row for row, slot in places[:count]}
    if not count:
        return 0
    for line, c in zip(archive.slots(generation), archive.border_heads(generation, HASH), strict=True):
        if expected.get(line.slot) != line.row:
            raise ArchiveError(
                f"Generation {generation} holds other readings than its table names.",
                remedy="The catalogue is damaged: restore it and keys/ from one backup.",
            )
        commitments[line.slot] = c
    return count


def _store(archive: Archive, generation: int, lines: list[Line], commitments: list[bytes]) -> int:
    """Make lines durable in one transaction and empty the list; gives their number."""
    slots = [Slot(one.slot, row, item, one.atoms_hash, one.n) for row, item, one in lines]
    archive.put_slots(generation, slots, [(one.slot, one.c + one.borders) for _, _, one in lines])
    for line in lines:
        commitments[line.sealed.slot] = line.sealed.c
    _log.info("generation %s: %s readings stored", generation, len(lines))
    count = len(lines)
    lines.clear()
    return count


def _batches(
    archive: Archive, work: Commissioned, places: Sequence[tuple[int, int]], workers: int
) -> Iterator[list[Line]]:
    """The lines of all places in row order, computed here or in `workers` processes."""
    tasks = [places[begin : begin + BATCH] for begin in range(0, len(places), BATCH)]
    if len(places) <= ALONE or workers < 2:
        for task in tasks:
            yield seal_batch(archive, work, task)
        return
    # fork: the key reaches the workers in memory, not through a file or a command line.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _start_worker, (work,)) as pool:
        running: deque[Future[list[Line]]] = deque()
        for task in tasks:
            running.append(pool.submit(_run_in_worker, task))
            if len(running) > 2 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def split_borders(stored: bytes) -> tuple[bytes, bytes]:
    """Commitment and atom borders from what `compute` stored for a slot."""
    return stored[:HASH], stored[HASH:]
