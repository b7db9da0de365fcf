"""Durable, atomic, safe work on the disk.

Takes paths and bytes; gives durable files. May touch only the paths it is handed. May never follow a name
that an outsider wrote: such names pass `safe_join` first.

Durable means: once a function returns, the bytes survive a loss of power as far as the file system keeps
its promises (file fsynced, renamed, directory fsynced).

Crash points. Every write, append, fsync, rename and removal passes `crash_point` under a name. Tests set a
hook there that ends the process on the spot, at each point in turn, and then look whether the next run
completes. The hook costs one comparison in normal work.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, BinaryIO, Self

from unsealed.errors import ArchiveError, InputError

CHUNK = 1 << 20  # bytes read at once when a file is hashed or copied

_hook: Callable[[str], None] | None = None


def set_crash_hook(hook: Callable[[str], None] | None) -> None:
    """Set (or with None clear) the function that every crash point calls with its name. Tests only."""
    global _hook
    _hook = hook


def crash_point(name: str) -> None:
    """A place where the process may die. `name` says which operation comes next."""
    if _hook is not None:
        _hook(name)


def fsync_file(handle: IO[bytes]) -> None:
    """Flush `handle` and make its bytes durable."""
    handle.flush()
    crash_point("fsync")
    os.fsync(handle.fileno())


def fsync_dir(path: Path) -> None:
    """Make the names in a directory durable (after a create, rename or removal in it)."""
    crash_point("fsync-dir")
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make everything below a folder durable, and the folder itself: for a copy that is renamed into place whole."""
    for path, _, names in os.walk(folder):
        for name in names:
            if not (file := Path(path) / name).is_symlink():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
        fsync_dir(Path(path))


def make_dirs(path: Path, *, mode: int = 0o755) -> None:
    """Create a directory and its parents, each name durable. Existing ones stay as they are."""
    if path.is_dir():
        return
    make_dirs(path.parent)
    crash_point("mkdir")
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=mode)
    fsync_dir(path.parent)


def write_durable(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `data` in one step: a reader sees the old bytes or the new ones, never a mix.

    The commit point is the rename. A crash before it leaves a `.tmp-…` file beside `path`, which
    `remove_leftovers` clears; a crash after it leaves the new file.
    """
    make_dirs(path.parent)
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
    crash_point("write")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            fsync_file(handle)
        rename_durable(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_plain(path: Path, data: bytes) -> None:
    """Write `data` for a cache or a page that can be rebuilt: atomic by rename, but not fsynced."""
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
    crash_point("write")
    temporary.write_bytes(data)
    crash_point("rename")
    os.replace(temporary, path)


def append_durable(path: Path, *pieces: bytes) -> int:
    """Append `pieces`, one behind the other, and fsync. Returns the offset at which the first one stands.

    A crash in the middle leaves a torn tail: the caller records the length it knows to be whole and
    cuts the rest with `cut_tail` when it opens the file again.
    """
    new = not path.exists()
    with open(path, "ab", buffering=CHUNK) as handle:
        offset = handle.tell()
        crash_point("append")
        handle.writelines(pieces)
        fsync_file(handle)
    if new:
        fsync_dir(path.parent)
    return offset


def cut_tail(path: Path, length: int) -> int:
    """Cut `path` to `length` bytes and fsync. Returns how many bytes were cut (0 where it was whole).

    Raises ArchiveError where the file is shorter than `length`: then bytes that were durable are gone.
    """
    size = path.stat().st_size if path.exists() else 0
    if size < length:
        raise ArchiveError(
            f"{path} is {size} bytes long, {length} were written: the end is missing.",
            remedy="Restore the file from a backup; the disk or a copy lost data.",
        )
    if size > length:
        with open(path, "r+b") as handle:
            crash_point("truncate")
            handle.truncate(length)
            fsync_file(handle)
    return size - length


def rename_durable(source: Path, target: Path) -> None:
    """Rename within one file system and make both directories durable. Replaces `target`."""
    crash_point("rename")
    os.replace(source, target)
    fsync_dir(target.parent)
    if source.parent != target.parent:
        fsync_dir(source.parent)


def remove_durable(path: Path) -> None:
    """Remove a file, durably. A missing file is no error: a run before may have removed it."""
    crash_point("remove")
    path.unlink(missing_ok=True)
    fsync_dir(path.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that lies in it. A missing one is no error; killed inside, a part may be left."""
    if folder.is_dir():
        crash_point("remove-folder")
        shutil.rmtree(folder)
        fsync_dir(folder.parent)


def remove_leftovers(folder: Path) -> int:
    """Remove the temporary files that a killed run left directly in `folder`. Returns their number."""
    count = 0
    if folder.is_dir():
        for path in folder.glob(".tmp-*"):
            path.unlink(missing_ok=True)
            count += 1
    return count


def read_capped(path: Path, limit: int) -> bytes:
    """The bytes of `path`. Raises InputError where it is longer than `limit` bytes, or cannot be read."""
    try:
        with open(path, "rb") as handle:
            data = handle.read(limit + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}).", remedy="Check the name and the permissions."
        ) from error
    if len(data) > limit:
        raise InputError(f"{path} is longer than {limit} bytes.", remedy="Is it the file you meant?")
    return data


def hash_stream(handle: BinaryIO) -> tuple[bytes, int]:
    """SHA-256 and length in bytes of what is left in `handle`, read in chunks."""
    digest = hashlib.sha256()
    length = 0
    while chunk := handle.read(CHUNK):
        digest.update(chunk)
        length += len(chunk)
    return digest.digest(), length


def hash_file(path: Path) -> tuple[bytes, int]:
    """SHA-256 and length in bytes of a file, without reading it into memory."""
    with open(path, "rb") as handle:
        return hash_stream(handle)


def safe_join(root: Path, untrusted_relative: str) -> Path:
    """`root` / a path that an outsider named, or InputError.

    Refused: empty, absolute, `.` and `..` parts, empty parts, back slashes, NUL and control characters, and any
    existing part below `root` that is a symbolic link.
    """
    parts = untrusted_relative.split("/")
    bad_character = any(character in "\\\x7f" or character < " " for character in untrusted_relative)
    bad_part = any(part in ("", ".", "..") for part in parts)
    if bad_character or bad_part or PurePosixPath(untrusted_relative).is_absolute():
        remedy = "The file that names it is damaged or hostile."
        raise InputError("A path leaves its folder or is not plain.", remedy=remedy)
    path = root
    for part in parts:
        path = path / part
        if path.is_symlink():
            raise InputError(f"{path} is a symbolic link.", remedy="Replace it by the file itself.")
    return path


def walk_files(root: Path) -> Iterator[Path]:
    """Every file below `root` in sorted order, links and special files included as they are (never followed)."""
    with os.scandir(root) as found:
        entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from walk_files(Path(entry.path))
        else:
            yield Path(entry.path)


class Lock:
    """One writer at a time: an advisory lock on a file, held as a context manager, freed when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: IO[bytes] | None = None

    def __enter__(self) -> Self:
        handle = open(self._path, "ab")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.close()
            raise ArchiveError(
                f"Another Unsealed process is writing here ({self._path.parent}).",
                remedy="Wait until it ends, or stop it; then run the command again.",
            ) from error
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None
