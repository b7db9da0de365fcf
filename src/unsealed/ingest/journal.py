"""What ingest still has to do, on disk: the list of files of a run, and the cursor that says how far it came.

The list is written once, before the first file is read, and never changes (journal/NNNN). The cursor stands in the
catalogue and moves in the same transaction as the results: a killed run goes on at exactly the next batch. Ids of
items and rows follow the list, so the catalogue of a run that was killed equals that of one that was not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from unsealed.archive import Archive, Job
from unsealed.errors import ArchiveError
from unsealed.files import crash_point, fsync_file, remove_durable, rename_durable
from unsealed.ingest.sources import Listed

VERSION = 1


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the next batch begins.

    `line`: byte offset in the journal of the next file. `container`: item id of a container that is being cut, or 0;
    then `position`, `ordinal` and `context` say from where, and what its splitter knew.
    """

    v: int = VERSION
    line: int = 0
    container: int = 0
    form: str = ""
    position: int = 0
    ordinal: int = 0
    context: bytes = b""


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """What one run did; kept with the job. `files_total` and `bytes_total` are what the sources held when it began."""

    files_total: int = 0
    bytes_total: int = 0
    files: int = 0
    bytes: int = 0
    documents: int = 0
    quarantined: int = 0
    duplicates: int = 0
    unreachable: int = 0
    skipped: int = 0
    members: int = 0  # that came out of containers
    member_bytes: int = 0
    damaged: int = 0  # read, but not whole
    unpacked: int = 0  # containers that were taken apart
    unpacked_bytes: int = 0  # of those containers
    waiting: int = 0  # containers that wait
    waiting_bytes: int = 0
    reading_seconds: float = 0.0  # for the files
    unpacking_seconds: float = 0.0  # for what lay in containers
    unpacking_documents: int = 0  # of `documents`: those that lay in containers


_lines = msgspec.msgpack.Decoder(Listed)
_LENGTH = 4  # bytes before each line


def begin(archive: Archive, sources: Sequence[Path], listed: Iterable[Listed]) -> Job:
    """Write the list of a new run and store its job: from now on a kill loses nothing of the order.

    The commit point is the job's row; a list without one is written again by the next run.
    """
    latest = archive.latest_job()
    number = latest.number + 1 if latest else 1
    report = Report()
    target = _path(archive, number)
    temporary = target.with_name(f".tmp-{number:04d}")
    crash_point("write")
    with open(temporary, "wb") as handle:
        for line in listed:
            encoded = msgspec.msgpack.encode(line)
            handle.write(len(encoded).to_bytes(_LENGTH, "big") + encoded)
            report.files_total += not line.code
            report.bytes_total += line.size
        fsync_file(handle)
    rename_durable(temporary, target)
    job = Job(number, encode_sources(sources), "open", msgspec.msgpack.encode(Cursor()), msgspec.msgpack.encode(report))
    archive.put_job(job)
    return job


def clear(archive: Archive, unfinished: int) -> None:
    """Remove every list but that of the unfinished job (0: none); the rows of the jobs, with their reports, stay.

    Called when a job is done, and when a run begins: one before it may have died between the two.
    """
    keep = _path(archive, unfinished)
    for path in sorted(keep.parent.iterdir()):
        if path != keep:
            remove_durable(path)


def lines(archive: Archive, number: int, offset: int) -> Iterator[tuple[Listed, int]]:
    """The files of a run from byte `offset` of its list on, each with the offset behind it. One line in memory."""
    path = _path(archive, number)
    if not path.is_file():
        raise ArchiveError(
            f"The list of the run {number} is missing from journal/.", remedy="Restore it, or ingest the sources again."
        )
    with open(path, "rb") as handle:
        handle.seek(offset)
        size = os.fstat(handle.fileno()).st_size
        while offset < size:
            length = int.from_bytes(handle.read(_LENGTH), "big")
            offset += _LENGTH + length
            yield _lines.decode(handle.read(length)), offset


def encode_sources(sources: Sequence[Path]) -> bytes:
    """What was asked, as it is compared with an unfinished run."""
    return msgspec.msgpack.encode([os.fsencode(source.resolve()) for source in sources])


def decode_cursor(job: Job) -> Cursor:
    """The cursor of a job. Raises ArchiveError where a later program wrote it."""
    try:
        cursor = msgspec.msgpack.decode(job.cursor, type=Cursor)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        cursor = Cursor(v=0)
    if cursor.v != VERSION:
        raise ArchiveError(
            "The unfinished run of ingest was begun by another version of this program.",
            remedy="Finish it with that version.",
        )
    return cursor


def decode_report(job: Job) -> Report:
    """The report of a job."""
    return msgspec.msgpack.decode(job.report, type=Report)


def _path(archive: Archive, number: int) -> Path:
    return archive.path / "journal" / f"{number:04d}"


def latest_report(archive: Archive) -> Report | None:
    """What the last run did, finished or not; None before the first."""
    job = archive.latest_job()
    return decode_report(job) if job is not None else None
