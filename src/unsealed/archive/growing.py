"""The writing half of an archive that ingest uses: begin to grow, jobs, and the bytes of large originals."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.blobs import Place
from unsealed.archive.growth import Growth
from unsealed.archive.preparing import Follow, Preparer
from unsealed.archive.records import Job
from unsealed.archive.writes import write_job
from unsealed.crypto import sha256
from unsealed.files import CHUNK


class Growing(ArchiveBase):
    """The writing half of an archive, for ingest."""

    def grow(self, follow: Follow | None = None) -> Growth:
        """Begin to add. One `Growth` at a time; it may be committed many times."""
        self._check_writable()
        with self._db.read() as connection:
            highest = [
                connection.execute(select(func.max(column))).scalar() or 0
                for column in (s.items.c.id, s.readings.c.row, s.paths.c.id)
            ]
        item, row, path = (number + 1 for number in highest)
        return Growth(self, item, row, path, follow)

    def preparer(self, follow: Follow | None = None) -> Preparer:
        """Makes readings ready for `Growth.add_prepared`; each thread needs its own."""
        self._check_writable()
        return Preparer(follow)

    def latest_job(self) -> Job | None:
        """The last run of ingest, finished or not."""
        j = s.jobs.c
        query = select(j.number, j.sources, j.state, j.cursor, j.report).order_by(j.number.desc()).limit(1)
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return Job(*row) if row else None

    def put_job(self, job: Job) -> None:
        """Store a job without results, durably."""
        self._check_writable()
        with self._db.begin() as connection:
            write_job(connection, job)

    def store_stream(self, chunks: Iterable[bytes]) -> tuple[bytes, int]:
        """Copy a large original into the blob store; gives SHA-256 and length. Durable, but no item yet."""
        self._check_writable()
        return self._blobs.add_stream(chunks)

    def read_blob(self, digest: bytes, start: int, end: int) -> bytes:
        """The part [start, end) of a large original."""
        return self._blobs.read(digest, Place(-1, 0, end), start, end)

    def hash_blob(self, digest: bytes, start: int, end: int) -> bytes:
        """SHA-256 of the part [start, end) of a large original, in chunks."""
        found = sha256()
        for position in range(start, end, CHUNK):
            found.update(self.read_blob(digest, position, min(position + CHUNK, end)))
        return found.digest()

    def known_file(self, digest: bytes) -> int:
        """The top-level item with these bytes in the last commit, 0 where there is none."""
        with self._db.read() as connection:
            return connection.execute(select(s.blobs.c.item).where(s.blobs.c.sha256 == digest)).scalar() or 0

    def context(self, item: int) -> bytes:
        """What the splitter of an item's container knew, for reading the item again."""
        with self._db.read() as connection:
            return bytes(connection.execute(select(s.items.c.context).where(s.items.c.id == item)).scalar() or b"")
