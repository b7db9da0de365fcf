"""One archive folder, opened."""

from __future__ import annotations

import contextlib
import secrets
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select

from unsealed.archive import schema as s
from unsealed.archive.database import Database
from unsealed.archive.growing import Growing
from unsealed.archive.holdings import Holdings
from unsealed.archive.judgement import Judgement
from unsealed.archive.ledger import Ledger
from unsealed.archive.publication import Publication
from unsealed.archive.stores import Stores
from unsealed.config import load_settings, settings_text
from unsealed.errors import ArchiveError, InputError
from unsealed.files import Lock, make_dirs, write_durable

SETTINGS = "unsealed.toml"  # a folder that holds it and
CATALOGUE = "catalogue.db"  # this is an archive
MARK = "catalogue.id"  # beside a catalogue in a database elsewhere: the same random words stand there,
PAIR = "archive.pair"  # under this name
PACKS = ("blobs/packs", "readings")
FOLDERS = ("blobs", "readings", "journal", "packages", "public")
CACHES = ("index", "cache")
_OURS = frozenset(
    (*FOLDERS, *CACHES, "keys", CATALOGUE, "catalogue.db-wal", "catalogue.db-shm", ".lock", SETTINGS, MARK)
)
OWNER_ONLY = 0o700
_CACHE_WORDS = b"This folder is a cache. It may be deleted at any time and is made again from the archive.\n"


class Archive(Holdings, Ledger, Judgement, Publication, Stores, Growing):
    """The truth on disk: originals, readings, catalogue, decisions. The only thing that owns the database.

    Open it with `Archive.open(path)` to read, with `write=True` to change it: one writer at a time, by a lock. Also
    a context manager. Every change is durable when its method returns.
    """

    _lock: contextlib.ExitStack

    @classmethod
    def create(cls, path: Path, name: str, *, database: str = "") -> Archive:
        """Make a new, empty archive in a new or empty folder, and open it for writing. `database`: the address of
        an empty PostgreSQL database for its catalogue; without one the catalogue is a file of the folder.

        The settings file is written last: a folder without it is no archive, and `create` may be run again. The
        folder is for its owner alone (0700), and so is everything in it, whatever the modes of the files are.
        Raises ArchiveError where there is an archive already, InputError where the folder holds something else.
        """
        if (path / SETTINGS).exists():
            raise ArchiveError(f"{path} is an archive already.", remedy="Choose a new folder, or go on with this one.")
        if path.exists() and (not path.is_dir() or any(not _is_ours(entry) for entry in path.iterdir())):
            raise InputError(f"{path} is not empty.", remedy="Choose a new folder for the archive.")
        if not name.strip():
            raise InputError("An archive needs a name.", remedy="Give one with --name.")
        if database:
            _check_answers(path, database)
        make_dirs(path, mode=OWNER_ONLY)
        _close_to_others(path)  # before the first file: an empty folder may have been there
        _make_folders(path)
        text = settings_text(name, database)
        write_durable(path / SETTINGS, text.encode())
        return cls.open(path, write=True)

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Archive:
        """Open an archive. `write` takes the lock, closes the folder to all but its owner, brings the catalogue to
        this version, and cuts torn tails.

        Raises ArchiveError where there is none, where it is locked, damaged, or written by a later program.
        """
        if not (path / SETTINGS).is_file():
            raise ArchiveError(
                f"{path} is not an archive (it has no {SETTINGS}).",
                remedy="Make one with `unsealed init DIR --name NAME`.",
            )
        stack = contextlib.ExitStack()
        if write:
            stack.enter_context(Lock(path / ".lock"))
            _close_to_others(path)
        with contextlib.ExitStack() as cleanup:
            cleanup.push(stack)
            archive = cls(path, load_settings(path / SETTINGS), writable=write)
            archive._lock = stack
            cleanup.callback(archive.close)
            archive._start()
            cleanup.pop_all()
        return archive

    def _start(self) -> None:
        if not self.writable:
            self._db.check_version()
            self._check_pair()
            return
        self._db.lock()
        self._check_not_lost()
        self._db.migrate()
        self._check_pair()
        with self._db.read() as connection:
            rows = connection.execute(select(s.packs.c.store, s.packs.c.number, s.packs.c.length)).all()
        self._blobs.recover({row[1]: row[2] for row in rows if row[0] == "blobs"})
        self._packs.recover({row[1]: row[2] for row in rows if row[0] == "readings"})

    def _check_not_lost(self) -> None:
        """An empty catalogue beside a full folder is a lost one: recovery would clear the folder to match it."""
        away = not self.settings.archive.database and (self.path / MARK).exists()
        if away or (self._db.version() == 0 and _has_packs(self.path)):
            raise ArchiveError(
                f"The catalogue of {self.path} is not where the settings say, but the folder holds its documents.",
                remedy="Restore catalogue.db from a backup; or, where the catalogue is in a database, write its "
                "address as archive.database in unsealed.toml (docs/how-to/postgresql.md).",
            )

    def _check_pair(self) -> None:
        """Folder and database belong together. Recovery cuts packs to what the catalogue knows: with the catalogue
        of another archive it would cut what is whole. A catalogue in the folder belongs to it by lying there.
        """
        if not self.settings.archive.database:
            return
        held, here = self.get_meta(PAIR), _read_mark(self.path)
        if held and held == here:
            return
        if held or not self.writable or _has_packs(self.path):
            raise ArchiveError(
                f"The database of the settings is not the catalogue of {self.path}.",
                remedy="Correct archive.database in unsealed.toml, or restore the database from its backup "
                "(docs/how-to/postgresql.md).",
            )
        mark = secrets.token_hex(16)
        write_durable(self.path / MARK, mark.encode())
        self.put_meta(PAIR, mark)  # killed before this, the next start finds both still empty and draws again

    def close(self) -> None:
        """Close files and connections and give the lock back."""
        self._blobs.close()
        self._packs.close()
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check_answers(path: Path, url: str) -> None:
    """Raises where the database cannot be had, before anything is made."""
    database = Database(path / CATALOGUE, url)
    try:
        database.version()
    finally:
        database.close()


def _read_mark(path: Path) -> str:
    try:
        return (path / MARK).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _has_packs(path: Path) -> bool:
    return any(entry.name.isdigit() for folder in PACKS for entry in (path / folder).glob("*"))


def _is_ours(entry: Path) -> bool:
    return entry.name in _OURS or entry.name.startswith(".tmp-")


def _close_to_others(path: Path) -> None:
    """Take the folder from group and others: it holds unpublished originals. Nothing inside needs a mode of its own."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~OWNER_ONLY:
        try:
            path.chmod(mode & OWNER_ONLY)
        except PermissionError as error:
            raise ArchiveError(
                f"{path} is open to others, and only its owner can close it.",
                remedy=f"Let its owner run `chmod 700 {path}`, or work as that owner.",
            ) from error


def _make_folders(path: Path) -> None:
    for name in FOLDERS:
        make_dirs(path / name)
    make_dirs(path / "keys", mode=OWNER_ONLY)
    for name in CACHES:
        write_durable(path / name / "CACHE", _CACHE_WORDS)
