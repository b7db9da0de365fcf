"""The folder of a mirror: what was fetched, what is shown, and never anything in between.

    store/aa/<sha256>   every file once, named by its hash; there only after length and hash were checked, and durable
    incoming/           quarantine: what is being fetched or put together; may be deleted while nothing runs
    views/<name>/       a whole site, each file a hard link into `store`
    public              a link to the view that is served: it changes in one step
    withdrawn/          objects that the publisher withdrew, not served, until the keeper of the mirror decides
    policy, state.json, traces/, evidence/, key

Takes checked names and streams; gives durable files. Killed anywhere, the next pull goes on: an object that was
stored is not fetched again, and `public` is the old site or the new one, whole.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from unsealed.errors import SiteDiffers
from unsealed.files import CHUNK, Lock, crash_point, fsync_dir, fsync_file, hash_file, make_dirs, rename_durable
from unsealed.mirror.source import differs, shown_path
from unsealed.seal.site_manifest import SiteFile

PUBLIC = "public"


def _read(untrusted: IO[bytes], limit: int, path: str) -> bytes:
    try:
        return untrusted.read(limit)
    except (OSError, http.client.HTTPException) as error:
        raise differs(path, "breaks off while it is read", rule="unreachable") from error


def _link(stored: Path, target: Path) -> None:
    """The stored file under one more name; a copy of it where the disk gives a file no more names."""
    try:
        os.link(stored, target)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copyfile(stored, target)


class Shelf:
    """One mirror on disk. Whoever writes holds `lock`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = folder / PUBLIC
        self._store = folder / "store"
        self._incoming = folder / "incoming"
        self._views = folder / "views"
        self.withdrawn = folder / "withdrawn"

    def prepare(self) -> None:
        """Make the folders; empty the quarantine of a killed run. The caller holds the lock."""
        for folder in (self._store, self._incoming, self._views):
            make_dirs(folder)
        for left in self._incoming.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()

    @property
    def lock(self) -> Lock:
        """One pull at a time."""
        make_dirs(self.folder)
        return Lock(self.folder / "lock")

    def _object(self, sha256_hex: str) -> Path:
        return self._store / sha256_hex[:2] / sha256_hex

    def has(self, file: SiteFile) -> bool:
        """The bytes are here: they were checked when they came, and their length is still right."""
        try:
            return self._object(file.sha256).stat().st_size == file.length
        except FileNotFoundError:
            return False

    def holds(self) -> bool:
        """A site is shown."""
        return self.public.is_symlink() and (self.public / "heads").is_dir()

    # --- objects --------------------------------------------------------------------------------------

    def take(self, file: SiteFile, untrusted: IO[bytes]) -> int:
        """Read a stream into the quarantine, never further than the signed length; keep it where the hash is right.

        Gives the number of bytes, which are durable before they have their name. Raises SiteDiffers (`too-long`,
        `changed`, `unreachable`); nothing is kept then.
        """
        temporary = self._incoming / secrets.token_hex(12)
        digest, length = hashlib.sha256(), 0
        try:
            with open(temporary, "xb") as handle:
                while piece := _read(untrusted, min(CHUNK, file.length + 1 - length), file.path):
                    length += len(piece)
                    if length > file.length:
                        raise differs(file.path, f"is longer than {file.length} bytes", rule="too-long")
                    digest.update(piece)
                    handle.write(piece)
                crash_point("quarantine")
                fsync_file(handle)
            if length != file.length or digest.hexdigest() != file.sha256:
                raise differs(file.path, "was changed", rule="changed")
            target = self._object(file.sha256)
            make_dirs(target.parent)
            crash_point("rename")
            os.replace(temporary, target)  # its name is durable with `show`; lost before, it is fetched again
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        return length

    def put(self, data: bytes) -> str:
        """Keep bytes that were made or checked here; gives their hash. Durable once it returns."""
        digest = hashlib.sha256(data).hexdigest()
        target = self._object(digest)
        if not target.exists():
            temporary = self._incoming / secrets.token_hex(12)
            with open(temporary, "xb") as handle:
                handle.write(data)
                fsync_file(handle)
            make_dirs(target.parent)
            rename_durable(temporary, target)
        return digest

    def read(self, sha256_hex: str) -> bytes | None:
        """The bytes of a stored object, which were checked when they came; None where it is not here."""
        path = self._object(sha256_hex)
        return path.read_bytes() if path.exists() else None

    def check_objects(self) -> int:
        """Hash every stored object again and remove those that no longer are what they are called. How many."""
        broken = 0
        for path in sorted(self._store.glob("??/*")):
            if hash_file(path)[0].hex() != path.name:
                path.unlink()
                broken += 1
        return broken

    # --- views ----------------------------------------------------------------------------------------

    def build(self, files: Mapping[str, str]) -> Path:
        """Put a whole site together in the quarantine: path to hash of its bytes. Gives its folder, which nobody sees.

        Raises SiteDiffers where two paths cannot both be there.
        """
        folder = self._incoming / f"view-{secrets.token_hex(8)}"
        folder.mkdir()
        made = {""}
        for path, digest in sorted(files.items()):
            parent = path.rpartition("/")[0]
            try:
                if parent not in made:
                    (folder / parent).mkdir(parents=True, exist_ok=True)
                    made.add(parent)
                _link(self._object(digest), folder / path)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise SiteDiffers(
                    f"{shown_path(path)}: stands where another path of the same manifest stands.", rule="path"
                ) from error
            except OSError as error:
                if error.errno not in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
                    raise
                raise SiteDiffers(
                    f"{shown_path(path)}: is a name that the disk of this mirror cannot hold.", rule="path"
                ) from error
        return folder

    def show(self, folder: Path, name: str) -> None:
        """Make a built site the one that is served. Durable once it returns.

        The commit point is the rename of the link. Killed before: the old site is served, whole; after: the new one.
        """
        target = self._views / name
        if target.exists():
            target = self._views / f"{name}-{secrets.token_hex(4)}"
        crash_point("sync")
        os.sync()  # thousands of new names: one call instead of an fsync for each folder
        rename_durable(folder, target)
        link = self._incoming / f"link-{secrets.token_hex(8)}"
        crash_point("symlink")
        link.symlink_to(Path("views") / target.name)
        rename_durable(link, self.public)

    def set_aside(self, digests: Iterable[str]) -> int:
        """Move stored objects to `withdrawn/`: kept, not served. How many were there."""
        count = 0
        for digest in digests:
            source = self._object(digest)
            if source.exists():
                make_dirs(self.withdrawn)
                rename_durable(source, self.withdrawn / digest)
                count += 1
        return count

    def drop_withdrawn(self) -> int:
        """Delete what was set aside, for good. How many."""
        paths = list(self.withdrawn.iterdir()) if self.withdrawn.is_dir() else []
        for path in paths:
            crash_point("drop")
            path.unlink()
        if paths:
            fsync_dir(self.withdrawn)
        return len(paths)

    def tidy(self) -> None:
        """Remove views that are not served, and objects that stand in no view. May be repeated, and cut short."""
        current = self.public.resolve().name if self.public.is_symlink() else ""
        for view in self._views.iterdir():
            if view.name != current:
                crash_point("remove-view")
                shutil.rmtree(view)
        for path in self._store.glob("??/*"):
            if path.stat().st_nlink == 1:
                crash_point("remove-object")
                path.unlink()
