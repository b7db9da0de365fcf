"""The ledger: what was promised, what was read, what was not, and why. Nothing is lost without a line here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.records import UNREADABLE, ContainerLine, QuarantineLine, SourceProblem
from unsealed.archive.stores import UNKNOWN

SANDBOXES = "ingest.sandbox"  # the name in `meta` under which ingest notes them
LEDGER_MARK = "unsealed-ledger/2"
VOLUMES = ("frus-tei",)  # containers that say something outside their items; the others hold headers and blank lines


class Totals(NamedTuple):
    """The sums of the ledger, of documents only: `containers` and `listed` stand beside. `open` is 0 where nothing is
    lost.

    `open` counts every difference, unreachable sources, and a run of ingest that is not finished.
    """

    files: int
    expected: int
    read: int
    empty: int
    quarantined: int
    containers: int
    open: int
    duplicates: int
    unreachable: int
    skipped: int
    refused: int = 0
    listed: int = 0


class Ledger(ArchiveBase):
    """Counts and reasons, from the catalogue alone."""

    def ledger(self) -> list[ContainerLine]:
        """One line for the files handed in (item 0), and one for every item that holds others, in source order."""
        states = self._child_states()
        files = states.get(0, Counter())
        with self._db.read() as connection:
            found: Sequence[Any] = connection.execute(_containers()).all()
            finished = not _unfinished_jobs(connection)
            outside = _outside(connection)
        nothing = (UNKNOWN, UNKNOWN, "", "")
        first = self._line((0, "", "", files.total(), finished, "container", *nothing), files)
        lines = [first, *[self._line(row, states.get(row[0], Counter())) for row in found]]
        return [line._replace(outside=outside.get(line.item, 0)) for line in lines]

    def _line(self, row: Any, states: Counter[str]) -> ContainerLine:
        item, path, form, expected, done, state, promised, second, warnings, code = row
        return ContainerLine(
            item, path, form, expected, states["read"], states["empty"], states["quarantined"], states["container"],
            bool(done), state != "container", 0, states["refused"], states["listed"],
            UNKNOWN if promised is None else promised, UNKNOWN if second is None else second, warnings or "",
            code or "",
        )  # fmt: skip

    def _child_states(self) -> dict[int, Counter[str]]:
        c = s.items.c
        query = select(c.container, c.state, func.count()).group_by(c.container, c.state)
        states: dict[int, Counter[str]] = {}
        with self._db.read() as connection:
            for container, state, count in connection.execute(query):
                states.setdefault(container, Counter())[state] = count
        return states

    def totals(self) -> Totals:
        """The whole ledger in one line; `open` counts every difference, unreachable sources included."""
        states = self._child_states()
        everything: Counter[str] = sum(states.values(), Counter())
        files = states.get(0, Counter())
        with self._db.read() as connection:
            promised = int(connection.execute(select(func.sum(s.containers.c.expected))).scalar() or 0)
            unfinished = connection.execute(select(func.count()).where(s.containers.c.done == 0)).scalar() or 0
            unfinished += _unfinished_jobs(connection)
            paths = connection.execute(select(func.count()).select_from(s.paths)).scalar() or 0
            trouble = select(s.problems.c.skipped, func.count()).group_by(s.problems.c.skipped)
            skipped: dict[int, int] = {row[0]: row[1] for row in connection.execute(trouble)}
        # Files that are documents themselves, and every member, but not those that only hold others or are no files.
        expected = files.total() + promised - everything["container"] - everything["listed"]
        got = everything["read"] + everything["empty"] + everything["quarantined"] + everything["refused"]
        unreachable = skipped.get(0, 0)
        return Totals(
            files=files.total(), expected=expected, read=everything["read"], empty=everything["empty"],
            quarantined=everything["quarantined"], containers=everything["container"],
            open=abs(expected - got) + unfinished + unreachable, duplicates=paths - files.total(),
            unreachable=unreachable, skipped=skipped.get(1, 0), refused=everything["refused"],
            listed=everything["listed"],
        )  # fmt: skip

    def quarantine(self, *, empty: bool = False) -> list[QuarantineLine]:
        """Every item that could not be read or was refused (or, with `empty`, was read without text), in source order.

        `path` of a line is the path of the file that the item came in.
        """
        i = s.items.c
        columns = (i.id, i.container, i.path, i.ordinal, i.form, i.length)
        why = (s.reasons.c.code, s.reasons.c.message, s.reasons.c.remedy, s.reasons.c.tries)
        query = select(*columns, *why).join(s.items, i.id == s.reasons.c.item).order_by(i.id)
        query = query.where(i.state.in_(("empty",) if empty else UNREADABLE))
        return self._quarantine_lines(query)

    def damaged(self) -> list[QuarantineLine]:
        """Every item that was read and every container that was opened with a reservation: why, in source order."""
        i = s.items.c
        columns = (i.id, i.container, i.path, i.ordinal, i.form, i.length)
        why = (s.reasons.c.code, s.reasons.c.message, s.reasons.c.remedy, s.reasons.c.tries)
        query = select(*columns, *why).join(s.items, i.id == s.reasons.c.item).order_by(i.id)
        return self._quarantine_lines(query.where(i.state.in_(("read", "container"))))

    def _quarantine_lines(self, query: Select[Any]) -> list[QuarantineLine]:
        with self._db.read() as connection:
            found: Sequence[Any] = connection.execute(query).all()
            known: dict[int, str] = {}
            return [QuarantineLine(row[0], _path_of(connection, row[1], row[2], known), *row[3:]) for row in found]

    def problems(self) -> list[SourceProblem]:
        """Sources without bytes: files that could not be opened, links and devices that a rule skips."""
        p = s.problems.c
        query = select(p.path, p.code, p.message, p.remedy, p.skipped).order_by(p.path)
        with self._db.read() as connection:
            return [SourceProblem(*row[:4], bool(row[4])) for row in connection.execute(query)]

    def sandboxes(self) -> tuple[str, ...]:
        """What stood round the readers, in order of the names: `bubblewrap`, and `none` where a run had no sandbox."""
        with self._db.read() as connection:
            found = connection.execute(select(s.meta.c.value).where(s.meta.c.key == SANDBOXES)).scalar() or ""
        return tuple(found.split())

    def ledger_bytes(self) -> bytes:
        """The canonical bytes of the ledger, for the blinded digest in the seal statement.

        Canonical JSON (msgspec, keys in order, no white space, one LF at the end) of the format mark, the totals,
        every container line (with what its directory promised and the second count), every quarantine line (without
        words that a later version may rephrase), every source without bytes, and what stood round the readers. Depends
        on the catalogue only.
        """
        body = {
            "v": LEDGER_MARK,
            "totals": self.totals()._asdict(),
            "containers": [[*line[:10], *line[11:17]] for line in self.ledger()],
            "quarantine": [list(line[:6]) for line in self.quarantine()],
            "sources": [[problem.path, problem.code, problem.skipped] for problem in self.problems()],
            "sandboxes": list(self.sandboxes()),
        }
        return msgspec.json.encode(body) + b"\n"


def _containers() -> Select[Any]:
    """Every line of the ledger, with what its store says where it is one, and its own reason."""
    i, c = s.items.c, s.containers.c
    more = (s.stores.c.promised, s.stores.c.second, s.stores.c.warnings, s.reasons.c.code)
    return (
        select(i.id, i.path, i.form, c.expected, c.done, i.state, *more)
        .join(s.items, i.id == c.item)
        .outerjoin(s.stores, s.stores.c.item == i.id)
        .outerjoin(s.reasons, s.reasons.c.item == i.id)
        .order_by(i.id)
    )


def _outside(connection: Connection) -> dict[int, int]:
    """Bytes of each volume that lie in no item cut from it."""
    volume, piece = s.items.alias("volume"), s.items.alias("piece")
    held = func.sum(piece.c.byte_end - piece.c.byte_start)
    query = (
        select(volume.c.id, volume.c.length, held)
        .join(piece, piece.c.container == volume.c.id)
        .where(volume.c.form.in_(VOLUMES), volume.c.state == "container", piece.c.byte_start >= 0)
        .group_by(volume.c.id, volume.c.length)
    )
    return {row[0]: row[1] - int(row[2]) for row in connection.execute(query)}


def _unfinished_jobs(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(s.jobs.c.state == "open")).scalar() or 0


def _path_of(connection: Connection, container: int, path: str, known: dict[int, str]) -> str:
    """The path of the top-level file; `known` remembers containers, of which there are few."""
    if not container:
        return path
    if container not in known:
        query = select(s.items.c.container, s.items.c.path).where(s.items.c.id == container)
        row = connection.execute(query).one()
        known[container] = _path_of(connection, row[0], row[1], known)
    return known[container]
