"""Hash files of a folder against a signed list: each once, in the order of the folders, following no link.

Takes a folder and its list; gives a sentence for each file that differs. As fast as hashing can be: what is left beside
SHA-256 is one open, one fstat and one read a file.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from unsealed.mirror.source import shown_path
from unsealed.seal.site_manifest import SiteFile

_BUFFER = 1 << 20  # bytes read at once
_BATCH = 256  # folders of one task
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Progress = Callable[[int, int], None]  # files done, files in all


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def check_files(public: Path, files: Sequence[SiteFile], *, workers: int = 2, tell: Progress = silent) -> list[str]:
    """Read every file once and compare length and hash; gives a sentence for each that differs. Follows no link."""
    folders = [
        (folder, tuple(group)) for folder, group in groupby(sorted(files, key=_split), key=lambda file: _split(file)[0])
    ]
    tasks = [folders[at : at + _BATCH] for at in range(0, len(folders), _BATCH)]
    found: list[str] = []
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        for task, problems in zip(tasks, pool.map(lambda task: list(_check(public, task)), tasks), strict=True):
            found += problems
            done += sum(len(group) for _, group in task)
            tell(done, len(files))
    return found


def _split(file: SiteFile) -> tuple[str, str]:
    folder, _, name = file.path.rpartition("/")
    return folder, name


def _check(public: Path, folders: Sequence[tuple[str, tuple[SiteFile, ...]]]) -> Iterator[str]:
    buffer = bytearray(_BUFFER)
    root = os.open(public, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder, files in folders:
            try:
                descriptor = _open_folder(root, folder)
            except OSError:
                yield from (f"{shown_path(file.path)}: is missing, or its folder is none." for file in files)
                continue
            try:
                for file in files:
                    problem = _check_file(descriptor, file, buffer)
                    if problem:
                        yield f"{shown_path(file.path)}: {problem}."
            finally:
                os.close(descriptor)
    finally:
        os.close(root)


def _open_folder(root: int, folder: str) -> int:
    """The folder, part by part, without following a link."""
    descriptor = os.dup(root)
    for part in folder.split("/") if folder else ():
        try:
            below = os.open(part, _DIRECTORY, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def _check_file(folder: int, file: SiteFile, buffer: bytearray) -> str:
    """What is wrong with a file, in words; empty where nothing is."""
    try:
        descriptor = os.open(file.path.rpartition("/")[2], _FLAGS, dir_fd=folder)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"is not a plain file that can be read ({error.strerror})"
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return "is not a plain file"
        if found.st_size != file.length:
            return f"has {found.st_size} bytes, {file.length} were signed"
        return "" if _hash(descriptor, file.length, buffer) == file.sha256 else "was changed"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    finally:
        os.close(descriptor)


def _hash(descriptor: int, length: int, buffer: bytearray) -> str:
    """SHA-256 of at most `length` bytes and one more: a file that grows meanwhile differs, and has an end."""
    if length < len(buffer):
        return hashlib.sha256(os.read(descriptor, length + 1)).hexdigest()
    digest, left, view = hashlib.sha256(), length + 1, memoryview(buffer)
    while left > 0 and (count := os.readv(descriptor, [view[: min(left, len(buffer))]])):
        digest.update(view[:count])
        left -= count
    return digest.hexdigest()
