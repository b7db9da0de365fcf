"""Bytes on the disk: packs of small runs, files of large ones. Immutable once committed.

Contract of a `PackStore`: `append` gives the place at which a run will stand; nothing is promised until `flush`
returned, after which the bytes are durable. The catalogue stores `lengths()` in the same transaction as the places; at
the next start `recover` cuts what lies behind them. So a place in the catalogue always names whole bytes, and a run
that was killed leaves the same packs as one that was not. One writer; readers may read committed places at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from unsealed.errors import ArchiveError
from unsealed.files import (
    append_durable,
    crash_point,
    cut_tail,
    fsync_dir,
    fsync_file,
    make_dirs,
    remove_durable,
    remove_leftovers,
    rename_durable,
)

PACK_BYTES = 1 << 30  # bytes after which a new pack begins
SMALL = 64 << 10  # bytes from which on a blob is a file of its own


class Place(NamedTuple):
    """Where a run of bytes stands: pack number (-1: a file of its own), offset, length in bytes."""

    pack: int
    start: int
    length: int


class PackStore:
    """Append-only runs of bytes in numbered files of one folder."""

    def __init__(self, folder: Path, *, limit: int = PACK_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        self._number = 0
        self._length = 0  # of the open pack, waiting bytes included
        self._waiting: list[bytes] = []
        self._whole: dict[int, int] = {}
        self._handles: dict[int, int] = {}

    def recover(self, lengths: dict[int, int]) -> int:
        """Cut every pack to the length in the catalogue, remove unknown ones. Returns the bytes that were cut."""
        self.close()
        self._waiting.clear()
        make_dirs(self._folder)
        cut = 0
        for path in sorted(self._folder.iterdir()):
            if path.name.isdigit() and int(path.name) not in lengths:
                cut += path.stat().st_size
                remove_durable(path)
        for number, length in lengths.items():
            cut += cut_tail(self._path(number), length)
        self._whole = dict(lengths)
        self._number = max(lengths, default=0)
        self._length = lengths.get(self._number, 0)
        return cut

    def append(self, data: bytes) -> Place:
        """Take `data` and say where it will stand. Durable only after `flush`."""
        if self._length and self._length + len(data) > self._limit:
            self.flush()
            self._number += 1
            self._length = 0
        place = Place(self._number, self._length, len(data))
        self._waiting.append(data)
        self._length += len(data)
        return place

    def flush(self) -> None:
        """Write what waits, with one fsync."""
        if not self._waiting:
            return
        offset = append_durable(self._path(self._number), *self._waiting)
        if offset + sum(map(len, self._waiting)) != self._length:
            raise ArchiveError(
                f"{self._path(self._number)} grew behind our back.", remedy="Let only one program write an archive."
            )
        self._waiting.clear()
        self._whole[self._number] = self._length

    def lengths(self) -> dict[int, int]:
        """Pack number to whole bytes, for the catalogue. Call after `flush`."""
        return dict(self._whole)

    def read(self, place: Place, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of `place`, or the part [start, end) of them. Raises ArchiveError where they are missing."""
        end = place.length if end is None else end
        data = os.pread(self._handle(place.pack), end - start, place.start + start)
        if len(data) != end - start:
            raise ArchiveError(f"{self._path(place.pack)} is cut short.", remedy="Restore it from a backup.")
        return data

    def close(self) -> None:
        """Close what is open for reading."""
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()

    def _handle(self, number: int) -> int:
        handle = self._handles.get(number)
        if handle is None:
            try:
                handle = os.open(self._path(number), os.O_RDONLY)
            except OSError as error:
                raise ArchiveError(f"{self._path(number)} is missing.", remedy="Restore it from a backup.") from error
            self._handles[number] = handle
        return handle

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:04d}"


class BlobStore:
    """Originals: below 64 KiB in packs, above as files named by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.packs = PackStore(folder / "packs")
        self._last: tuple[bytes, int] | None = None

    def recover(self, lengths: dict[int, int]) -> None:
        """Cut torn tails and remove what a killed copy left."""
        make_dirs(self._folder)
        remove_leftovers(self._folder)
        self.packs.recover(lengths)

    def add_small(self, data: bytes) -> Place:
        """Take a small run into the packs (durable after `packs.flush`)."""
        return self.packs.append(data)

    def add_bytes(self, data: bytes, digest: bytes) -> Place:
        """Take bytes that are in memory already, whatever their size; `digest` is their SHA-256."""
        if len(data) < SMALL:
            return self.add_small(data)
        target = self._path(digest)
        if not target.exists():
            temporary = self._temporary()
            crash_point("write")
            with open(temporary, "xb") as handle:
                handle.write(data)
                fsync_file(handle)
            self._keep(temporary, target)
        return Place(-1, 0, len(data))

    def add_stream(self, chunks: Iterable[bytes]) -> tuple[bytes, int]:
        """Copy a large file into the store, hashing on the way; gives SHA-256 and length. Memory: one chunk.

        A blob is complete under its final name or absent: the commit point is the rename. What `chunks` raises
        passes through.
        """
        temporary = self._temporary()
        digest = hashlib.sha256()
        length = 0
        try:
            with open(temporary, "xb") as handle:
                for chunk in chunks:
                    digest.update(chunk)
                    crash_point("write")
                    handle.write(chunk)
                    length += len(chunk)
                fsync_file(handle)
            self._keep(temporary, self._path(digest.digest()))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return digest.digest(), length

    def read(self, digest: bytes, place: Place, start: int = 0, end: int | None = None) -> bytes:
        """The part [start, end) of a blob (all of it by default)."""
        if place.pack >= 0:
            return self.packs.read(place, start, end)
        end = place.length if end is None else end
        data = os.pread(self._open(digest), end - start, start)
        if len(data) != end - start:
            raise ArchiveError(f"The original {digest.hex()} is cut short.", remedy="Restore blobs/ from a backup.")
        return data

    def open_alone(self, digest: bytes, place: Place) -> int:
        """A descriptor of one blob and nothing else, for reading; the caller closes it. A small one is a copy."""
        if place.pack < 0:
            return self._opened(digest)
        data = self.packs.read(place)
        descriptor = os.memfd_create("blob", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.write(descriptor, data)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        return descriptor

    def _opened(self, digest: bytes) -> int:
        try:
            return os.open(self._path(digest), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ArchiveError(
                f"The original {digest.hex()} is missing.", remedy="Restore blobs/ from a backup."
            ) from error

    def _open(self, digest: bytes) -> int:
        """The descriptor of a large blob. The last one stays open: pieces of one container are read in a row."""
        if self._last is not None and self._last[0] == digest:
            return self._last[1]
        descriptor = self._opened(digest)
        self._close_last()
        self._last = (digest, descriptor)
        return descriptor

    def _close_last(self) -> None:
        if self._last is not None:
            os.close(self._last[1])
            self._last = None

    def close(self) -> None:
        """Close what is open for reading."""
        self._close_last()
        self.packs.close()

    def _temporary(self) -> Path:
        return self._folder / f".tmp-{secrets.token_hex(8)}"

    def _keep(self, temporary: Path, target: Path) -> None:
        make_dirs(target.parent)
        rename_durable(temporary, target)
        fsync_dir(self._folder)

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name
