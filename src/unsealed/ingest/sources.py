"""What was handed in: every file below the sources, in one fixed order, and what a rule leaves out.

Takes paths that a person typed; gives names and, later, bytes. Looks at no content. Names are data: bytes as the
file system has them, and a readable form for the catalogue; a stored path is never opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from unsealed.archive import CATALOGUE, SETTINGS
from unsealed.errors import InputError


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """One line of the journal. `raw`: where it lies now. `path`: how the catalogue calls it. `size` in bytes.

    `code` set: it is not a file to read; why stands in `TROUBLE`.
    """

    raw: bytes
    path: str
    size: int = 0
    code: str = ""


_AGAIN = "Correct its permissions and run the same `unsealed ingest` again."

# code -> (message, remedy, skipped by a rule)
TROUBLE: dict[str, tuple[str, str, bool]] = {
    "S-OPEN": ("it cannot be opened", _AGAIN, False),
    "S-GONE": ("it was there when ingest began and is gone", "Bring it back and ingest it again.", False),
    "S-READ": ("reading it failed", "Check the disk, and run the same `unsealed ingest` again.", False),
    "S-FOLDER": ("the folder cannot be listed", _AGAIN, False),
    "S-LINK": ("a symbolic link", "If what it points to belongs to the archive, ingest that itself.", True),
    "S-SPECIAL": ("a device, pipe or socket", "It holds no document.", True),
    "S-ARCHIVE": (
        "an archive of Unsealed (it has a settings file and a catalogue)",
        "Ingest the sources it was made from; for documents that lie in this folder, move them out of it.",
        True,
    ),
}  # fmt: skip


def check_sources(sources: Sequence[Path]) -> None:
    """Raises InputError where a source is missing, or is an archive of ours, or nothing was named."""
    if not sources:
        raise InputError("Nothing to ingest was named.", remedy="Give files or folders: unsealed ingest SOURCE...")
    for source in sources:
        if not source.exists():
            raise InputError(f"{source} does not exist.", remedy="Check the name.")
        if _is_archive(source):
            raise InputError(f"{source} is an archive, not a source.", remedy="Name the folder with the documents.")


def list_sources(sources: Sequence[Path]) -> Iterator[Listed]:
    """Every file of the sources: in the order in which they were named, folders sorted by the bytes of the names.

    A path begins with the source's own name (`cables/2003/a.csv` for the source `/mnt/stick/cables`), so the same
    folder gives the same catalogue wherever it lies. An archive of ours inside a source is one line, S-ARCHIVE.
    """
    for source in sources:
        raw = os.fsencode(source.resolve())
        yield from _list(raw, _readable(raw.rpartition(b"/")[2] or b"root"))


def _list(raw: bytes, path: str) -> Iterator[Listed]:
    try:
        status = os.lstat(raw)
    except OSError:
        yield Listed(raw, path, 0, "S-OPEN")
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _list_folder(raw, path)
    elif stat.S_ISREG(status.st_mode):
        yield Listed(raw, path, status.st_size)
    else:
        yield Listed(raw, path, 0, "S-LINK" if stat.S_ISLNK(status.st_mode) else "S-SPECIAL")


def _list_folder(raw: bytes, path: str) -> Iterator[Listed]:
    if _is_archive(Path(os.fsdecode(raw))):
        yield Listed(raw, path, 0, "S-ARCHIVE")
        return
    try:
        names = sorted(os.listdir(raw))
    except OSError:
        yield Listed(raw, path, 0, "S-FOLDER")
        return
    for name in names:
        yield from _list(os.path.join(raw, name), f"{path}/{_readable(name)}")


def _is_archive(folder: Path) -> bool:
    """More than a settings file, which anybody may have left there: it must not hide a folder by itself.

    The catalogue, or the stores of an archive whose catalogue is in a database elsewhere.
    """
    if not (folder / SETTINGS).is_file():
        return False
    return (folder / CATALOGUE).is_file() or ((folder / "blobs").is_dir() and (folder / "readings").is_dir())


def _readable(name: bytes) -> str:
    """A name as text; bytes that are not UTF-8 become visible escapes."""
    return name.decode("utf-8", "backslashreplace")
