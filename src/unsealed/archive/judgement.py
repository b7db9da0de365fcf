"""Marks and decisions: what people said about documents. Nothing is ever removed; a mark is withdrawn by name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Table, func, insert, select, update

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.records import StoredDecision, StoredMark
from unsealed.errors import InputError
from unsealed.model import Mark

_MARK_COLUMNS = ("id", "item", "unit", "start", "end", "reason", "editor", "withdrawn")


class Judgement(ArchiveBase):
    """The review's tables. The archive stores; what counts as decided is the review room's rule."""

    def add_mark(self, mark: Mark) -> int:
        """Store one mark, durably; gives its number."""
        return self.add_marks([mark])[0]

    def add_marks(self, marks: Iterable[Mark]) -> list[int]:
        """Store marks in one transaction: all or none. Gives their numbers."""
        self._check_writable()
        with self._db.begin() as connection:
            first = _next(connection.execute(select(func.max(s.marks.c.id))).scalar())
            rows = [
                (first + index, m.document, m.unit, m.start, m.end, m.reason, m.editor, "")
                for index, m in enumerate(marks)
            ]
            self._db.insert_rows(connection, s.marks, _MARK_COLUMNS, rows)
        return [row[0] for row in rows]

    def withdraw_mark(self, number: int, editor: str) -> None:
        """Take a mark back, by name. Raises InputError where it is unknown or withdrawn already."""
        self._check_writable()
        with self._db.begin() as connection:
            query = update(s.marks).where(s.marks.c.id == number, s.marks.c.withdrawn == "").values(withdrawn=editor)
            if connection.execute(query).rowcount != 1:
                raise InputError(
                    f"There is no mark {number} to take back.", remedy="`unsealed review list` shows them."
                )

    def marks(self, item_id: int | None = None, *, withdrawn: bool = False) -> list[StoredMark]:
        """The marks of one item (or all), in the order they were made; withdrawn ones only where asked for."""
        m = s.marks.c
        query = select(m.id, m.item, m.unit, m.start, m.end, m.reason, m.editor, m.withdrawn).order_by(m.id)
        if item_id is not None:
            query = query.where(m.item == item_id)
        if not withdrawn:
            query = query.where(m.withdrawn == "")
        with self._db.read() as connection:
            return [StoredMark(row[0], Mark(*row[1:7]), row[7]) for row in connection.execute(query)]

    def add_decision(self, item_id: int, editor: str, payload: bytes) -> int:
        """Store one editor's word on one document, durably; gives its number. Later words stand beside earlier ones."""
        return self.add_decisions([(item_id, editor, payload)])[0]

    def add_decisions(self, decisions: Iterable[tuple[int, str, bytes]]) -> list[int]:
        """Store decisions (item, editor, payload) in one transaction. Gives their numbers."""
        self._check_writable()
        with self._db.begin() as connection:
            first = _next(connection.execute(select(func.max(s.decisions.c.id))).scalar())
            rows = [(first + index, *decision) for index, decision in enumerate(decisions)]
            self._db.insert_rows(connection, s.decisions, ("id", "item", "editor", "payload"), rows)
        return [row[0] for row in rows]

    def decisions(self, item_id: int | None = None) -> list[StoredDecision]:
        """The decisions on one item (or all), in the order they were made."""
        d = s.decisions.c
        query = select(d.id, d.item, d.editor, d.payload).order_by(d.id)
        if item_id is not None:
            query = query.where(d.item == item_id)
        with self._db.read() as connection:
            return [StoredDecision(*row) for row in connection.execute(query)]

    def put_meta(self, key: str, value: str) -> None:
        """Keep a small text under a name, durably (replaces the one before). Names are `room.thing`."""
        self._check_writable()
        with self._db.begin() as connection:
            _replace_meta(connection, s.meta, key, value)

    def get_meta(self, key: str) -> str:
        """The text under a name, or an empty one."""
        with self._db.read() as connection:
            return connection.execute(select(s.meta.c.value).where(s.meta.c.key == key)).scalar() or ""


def _next(highest: int | None) -> int:
    return (highest or 0) + 1


def _replace_meta(connection: object, table: Table, key: str, value: str) -> None:
    changed = connection.execute(update(table).where(table.c.key == key).values(value=value))  # type: ignore[attr-defined]
    if changed.rowcount == 0:
        connection.execute(insert(table).values(key=key, value=value))  # type: ignore[attr-defined]
