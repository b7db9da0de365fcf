"""Write pages: only what changed, never half a file, and complete after any crash.

Takes pages as bytes under a *unit* (a document's folder, one list page) with a *key*, a hash of all that the
unit was made from. A unit whose key is known from the last complete build is not even rendered. Gives the
path, length and hash of every file, for `site.manifest`.

Order of durable steps, and what a crash means:

1. `building` is made in the cache folder. A run that finds it knows that a run before was killed.
2. New files are written in the cache folder and renamed into `public/`. A crash leaves whole files only, some
   of them new; their units are not yet in the state, so the next run makes them again and finds them equal.
3. Everything is flushed; then `state.msgpack` names the new units. From here on the pages are complete.
4. `building` goes. Publishing, another room's work, flips `heads/site.manifest` and the checkpoint last.

Pages are not fsynced one by one (a thousand a second could not be): one `sync` stands before step 3.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from unsealed.files import crash_point, make_dirs, remove_durable, walk_files, write_durable

STATE_VERSION = 1


class FileLine(NamedTuple):
    """One file of the site: path below `public/` with `/`, length in bytes, SHA-256."""

    path: str
    length: int
    sha256: bytes


class _State(msgspec.Struct, array_like=True):
    version: int
    units: dict[str, tuple[bytes, list[tuple[str, int, bytes]]]]


_decoder = msgspec.msgpack.Decoder(_State)


def key_of(*parts: object) -> bytes:
    """A short hash of what a unit is made from: strings, numbers, bytes, msgspec structs, lists and tuples of them."""
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


class Writer:
    """The one writer of a site. Not for two threads; the caller holds the lock of the cache folder."""

    def __init__(self, public: Path, cache: Path, *, everything: bool = False) -> None:
        self.public = public
        self.written = 0  # files that were written or replaced
        self.kept = 0  # files that stayed as they were
        self._cache = cache
        self._temporary = cache / "new"
        self._last_parent = ""  # below which the last new folder was put
        self._serial = 0
        self._building = cache / "building"
        make_dirs(public)
        self._was_killed = self._building.exists()
        shutil.rmtree(self._temporary, ignore_errors=True)
        make_dirs(self._temporary)
        write_durable(self._building, b"A build of the site is under way, or was killed.\n")
        self._old = {} if everything else self._read_state()
        self._folders: set[Path] = set()
        self._units: dict[str, tuple[bytes, list[tuple[str, int, bytes]]]] = {}

    def _read_state(self) -> dict[str, tuple[bytes, list[tuple[str, int, bytes]]]]:
        try:
            state = _decoder.decode((self._cache / "state.msgpack").read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}
        return state.units if state.version == STATE_VERSION else {}

    def keep(self, unit: str, key: bytes) -> bool:
        """Whether `unit` was made from the same things before and its files stand there with their lengths."""
        known = self._old.get(unit)
        if known is None or known[0] != key or not all(self._stands(path, length) for path, length, _ in known[1]):
            return False
        self._units[unit] = known
        self.kept += len(known[1])
        return True

    def _stands(self, path: str, length: int) -> bool:
        try:
            found = os.lstat(f"{self.public}/{path}")
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == length

    def put(self, unit: str, key: bytes, files: Sequence[tuple[str, bytes]]) -> None:
        """Write the files of a unit where they differ from what stands there. Paths are below `public/`."""
        folder = files[0][0].rpartition("/")[0]
        if len(files) > 1 and not os.path.lexists(f"{self.public}/{folder}"):
            self._new_folder(folder, files)
        else:
            for path, data in files:
                self._file(path, data)
        lines = [(path, len(data), hashlib.sha256(data).digest()) for path, data in files]
        self._units[unit] = (key, lines)

    def _new_folder(self, folder: str, files: Sequence[tuple[str, bytes]]) -> None:
        """A document's folder appears in one rename, whole."""
        self._serial += 1
        temporary = f"{self._temporary}/{self._serial}"
        os.mkdir(temporary)  # noqa: PTH102 - once a document
        # Names relative to the folder: the kernel walks the path once, not once a file.
        inside = os.open(temporary, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for path, data in files:
                _write(path[len(folder) + 1 :], data, inside)
        finally:
            os.close(inside)
        parent = folder.rpartition("/")[0]
        if parent != self._last_parent:
            self._make_folder(self.public / parent)
            self._last_parent = parent
        crash_point("rename")
        os.rename(temporary, f"{self.public}/{folder}")  # noqa: PTH104 - once a document
        self.written += len(files)

    def _file(self, path: str, data: bytes) -> None:
        target = self.public / path
        if self._stands(path, len(data)) and target.read_bytes() == data:
            self.kept += 1
            return
        self._serial += 1
        temporary = f"{self._temporary}/{self._serial}"
        _write(temporary, data)
        self._make_folder(target.parent)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)  # a folder stands where a page belongs: not ours
        crash_point("rename")
        os.replace(temporary, target)
        self.written += 1

    def _make_folder(self, folder: Path) -> None:
        """Make a folder below `public/` unless it is known. A file or link where it belongs is not ours: it goes."""
        if folder in self._folders:
            return
        if folder != self.public:
            self._make_folder(folder.parent)
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            folder.mkdir(exist_ok=True)
        self._folders.add(folder)

    def finish(self) -> int:
        """Remove pages that are gone, flush, and record the units. Returns how many files were removed."""
        expected = {path for _, lines in self._units.values() for path, _, _ in lines}
        removed = sum(self._remove(path) for path in self._strays(expected))
        crash_point("sync")
        os.sync()
        write_durable(self._cache / "state.msgpack", msgspec.msgpack.encode(_State(STATE_VERSION, self._units)))
        remove_durable(self._building)
        shutil.rmtree(self._temporary, ignore_errors=True)
        return removed

    def _strays(self, expected: set[str]) -> list[str]:
        """Files that no unit names. Without a trustworthy state the whole folder is looked through."""
        if self._was_killed or not self._old:
            found = (path.relative_to(self.public).as_posix() for path in walk_files(self.public))
            return [path for path in found if path not in expected and not path.startswith("heads/")]
        old = {path for _, lines in self._old.values() for path, _, _ in lines}
        return sorted((old | self._objects()) - expected)

    def _objects(self) -> set[str]:
        """Everything below `o/`. An object that no published manifest names must not be signed: a publishing that was
        stopped, or anybody with access to the folder, may have left it there.
        """
        folder = self.public / "o"
        return {path.relative_to(self.public).as_posix() for path in (walk_files(folder) if folder.is_dir() else ())}

    def _remove(self, path: str) -> int:
        target = self.public / path
        crash_point("remove")
        try:
            target.unlink()
        except FileNotFoundError:
            return 0
        parent = target.parent
        while parent != self.public and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent
        return 1

    def lines(self) -> Iterator[FileLine]:
        """Every file of the site, unsorted."""
        for _, files in self._units.values():
            for path, length, sha256 in files:
                yield FileLine(path, length, sha256)


def _write(path: str, data: bytes, folder: int | None = None) -> None:
    """Write a file; `path` is relative to the open folder `folder`, if one is given."""
    crash_point("write")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=folder)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)
