"""Marks and decisions: what people said about documents. Nothing is ever removed; a mark is withdrawn by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update

from unsealed.archive import schema as s
from unsealed.archive._base import READING_BYTES, ArchiveBase
from unsealed.archive.chain import START, link
from unsealed.archive.records import Comparison, StoredDecision, StoredMark
from unsealed.crypto import sha256
from unsealed.errors import InputError
from unsealed.model import Mark

_STEP = 5000  # records of one look
_DECISION_COLUMNS = ("id", "item", "editor", "payload", "link")
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
        """Store decisions (item, editor, payload) in one transaction, chained to those before. Gives their numbers."""
        self._check_writable()
        d = s.decisions.c
        with self._db.begin() as connection:
            last = connection.execute(select(d.id, d.link).order_by(d.id.desc()).limit(1)).first()
            first, before = (last[0] + 1, bytes(last[1])) if last else (1, START)
            rows = []
            for number, (item, editor, payload) in enumerate(decisions, first):
                before = link(before, number, item, editor, payload)
                rows.append((number, item, editor, payload, before))
            self._db.insert_rows(connection, s.decisions, _DECISION_COLUMNS, rows)
        return [row[0] for row in rows]

    def decisions(self, item_id: int | None = None) -> list[StoredDecision]:
        """The decisions on one item (or all), in the order they were made."""
        d = s.decisions.c
        query = select(d.id, d.item, d.editor, d.payload, d.link).order_by(d.id)
        if item_id is not None:
            query = query.where(d.item == item_id)
        with self._db.read() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def journal(self, after: int = 0) -> Iterator[StoredDecision]:
        """Every record of the journal of decisions behind number `after`, in order, streaming."""
        d = s.decisions.c
        query = select(d.id, d.item, d.editor, d.payload, d.link).order_by(d.id).limit(_STEP)
        while True:
            with self._db.read() as connection:
                found = connection.execute(query.where(d.id > after)).all()
            for row in found:
                yield _stored(row)
            if not found:
                return
            after = found[-1][0]

    def last_decision(self) -> StoredDecision | None:
        """The newest record of the journal of decisions, or None."""
        d = s.decisions.c
        query = select(d.id, d.item, d.editor, d.payload, d.link).order_by(d.id.desc()).limit(1)
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return _stored(row) if row else None

    def add_comparison(self, name: str, text: str) -> int:
        """Keep a public text under a name (the same name is replaced), durably; gives its number."""
        self._check_writable()
        packed, digest = self._compressor.compress(text.encode()), sha256(text.encode()).digest()
        c = s.comparisons.c
        with self._db.begin() as connection:
            connection.execute(delete(s.comparisons).where(c.name == name))
            number = _next(connection.execute(select(func.max(c.number))).scalar())
            connection.execute(insert(s.comparisons).values(number=number, name=name, sha256=digest, text=packed))
        return number

    def comparisons(self) -> Iterator[Comparison]:
        """The public texts that releases are compared with, in the order they were added, one at a time."""
        c = s.comparisons.c
        query = select(c.number, c.name, c.sha256, c.text).order_by(c.number).limit(1)
        after = 0
        while True:
            with self._db.read() as connection:
                row = connection.execute(query.where(c.number > after)).first()
            if row is None:
                return
            text = self._decompressor.decompress(bytes(row[3]), max_output_size=READING_BYTES).decode()
            yield Comparison(row[0], row[1], bytes(row[2]), text)
            after = row[0]

    def comparison_digests(self) -> list[tuple[int, str, bytes]]:
        """Number, name and SHA-256 of every public text that releases are compared with."""
        c = s.comparisons.c
        with self._db.read() as connection:
            found = connection.execute(select(c.number, c.name, c.sha256).order_by(c.number)).all()
        return [(row[0], row[1], bytes(row[2])) for row in found]

    def drop_comparison(self, number: int) -> None:
        """Forget a public text. Raises InputError where there is none with this number."""
        self._check_writable()
        with self._db.begin() as connection:
            if connection.execute(delete(s.comparisons).where(s.comparisons.c.number == number)).rowcount != 1:
                raise InputError(
                    f"There is no text {number} to compare with.", remedy="`unsealed review compare list` shows them."
                )

    def put_meta(self, key: str, value: str) -> None:
        """Keep a small text under a name, durably (replaces the one before). Names are `room.thing`."""
        self._check_writable()
        with self._db.begin() as connection:
            _replace_meta(connection, s.meta, key, value)

    def get_meta(self, key: str) -> str:
        """The text under a name, or an empty one."""
        with self._db.read() as connection:
            return connection.execute(select(s.meta.c.value).where(s.meta.c.key == key)).scalar() or ""


def _stored(row: Sequence[Any]) -> StoredDecision:
    return StoredDecision(row[0], row[1], row[2], bytes(row[3]), bytes(row[4]))


def _next(highest: int | None) -> int:
    return (highest or 0) + 1


def _replace_meta(connection: object, table: Table, key: str, value: str) -> None:
    changed = connection.execute(update(table).where(table.c.key == key).values(value=value))  # type: ignore[attr-defined]
    if changed.rowcount == 0:
        connection.execute(insert(table).values(key=key, value=value))  # type: ignore[attr-defined]
