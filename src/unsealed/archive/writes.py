"""Single writes of a growth, each inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from unsealed.archive import schema as s
from unsealed.archive.records import Job, State

STEP = 500  # values in one question to the database


def forget_problems(connection: Connection, met: list[str]) -> None:
    """A source that could not be opened once and was read now is no open line any more."""
    if not met or connection.execute(select(s.problems.c.path).limit(1)).first() is None:
        return
    for start in range(0, len(met), STEP):
        connection.execute(delete(s.problems).where(s.problems.c.path.in_(met[start : start + STEP])))


def write_lengths(connection: Connection, store: str, lengths: dict[int, int]) -> None:
    p = s.packs.c
    for number, length in lengths.items():
        changed = connection.execute(
            update(s.packs).where(p.store == store, p.number == number).values(length=length)
        ).rowcount
        if not changed:
            connection.execute(insert(s.packs).values(store=store, number=number, length=length))


def write_job(connection: Connection, job: Job) -> None:
    connection.execute(delete(s.jobs).where(s.jobs.c.number == job.number))
    connection.execute(insert(s.jobs).values(job._asdict()))


def raise_expected(connection: Connection, container: int, count: int, done: int) -> None:
    c = s.containers.c
    values = {"expected": c.expected + count, "done": done}
    if not connection.execute(update(s.containers).where(c.item == container).values(values)).rowcount:
        connection.execute(insert(s.containers).values(item=container, expected=count, done=done))


def update_item(connection: Connection, item: int, values: Iterable[object]) -> None:
    """A new reading of an item that is in the catalogue already."""
    name, reader, version, row = values
    changes = {"name": name, "reader": reader, "version": version, "row": row}
    connection.execute(update(s.items).where(s.items.c.id == item).values(changes))


def renew_item(connection: Connection, item: int, state: State, form: str) -> None:
    values: dict[str, object] = {"state": state, "form": form}
    if state in ("container", "listed"):
        values["row"] = 0  # its reading was `unread`; what was sealed of it stays
    connection.execute(update(s.items).where(s.items.c.id == item).values(values))
    for table in (s.refs, s.reasons, s.containers, s.stores):
        connection.execute(delete(table).where(table.c.item == item))


def improve_item(connection: Connection, item: int, state: State) -> None:
    connection.execute(update(s.items).where(s.items.c.id == item).values(state=state))
    for table in (s.refs, s.reasons):
        connection.execute(delete(table).where(table.c.item == item))
