"""Packages on disk, and their files as immutable objects of the public folder.

Takes bytes, gives durable files. A package is written to the side and moved into place in one step; its files are
then copied to `public/o/aa/<sha256>`, where nothing is ever replaced by other bytes: the name is the hash.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError
from unsealed.files import crash_point, make_dirs, read_capped, remove_leftovers, rename_durable, write_durable
from unsealed.model import Manifest, PackageFile
from unsealed.seal.package import MAX_MANIFEST, decode_manifest, encode_manifest

MANIFEST = "manifest.json"


def package_path(archive: Archive, number: int) -> Path:
    """`packages/NNNN`."""
    return archive.path / "packages" / f"{number:04}"


class Staging:
    """A package that is being written beside its place. Nothing of it counts before `finish`."""

    def __init__(self, archive: Archive, number: int) -> None:
        self._target = package_path(archive, number)
        self._folder = self._target.with_name(f".{self._target.name}.part")
        _remove_folder(self._folder)
        make_dirs(self._folder)
        self._files: list[PackageFile] = []

    @property
    def files(self) -> tuple[PackageFile, ...]:
        """What was written so far: packs in the order of writing, which is release order, then the rest by path."""
        packs = [file for file in self._files if file.path.startswith("packs/")]
        others = [file for file in self._files if not file.path.startswith("packs/")]
        return (*packs, *sorted(others, key=lambda file: file.path))

    def write(self, path: str, data: bytes) -> None:
        """Write one file of the package."""
        write_durable(self._folder / path, data)
        self._files.append(PackageFile(path, len(data), sha256(data).hexdigest()))

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Path and bytes of every file that was written, read back from the disk."""
        for file in self.files:
            yield file.path, read_capped(self._folder / file.path, file.length)

    def finish(self, manifest: Manifest) -> bytes:
        """Write the manifest and move the package into place; gives the manifest's bytes.

        A package of an earlier, killed build is replaced: the caller has checked that it was never published.
        The commit point is the rename; before it the package does not exist.
        """
        data = encode_manifest(manifest)
        write_durable(self._folder / MANIFEST, data)
        _remove_folder(self._target)
        rename_durable(self._folder, self._target)
        return data

    def discard(self) -> None:
        """Remove what was written."""
        _remove_folder(self._folder)


def _remove_folder(folder: Path) -> None:
    if folder.is_dir():
        crash_point("remove-folder")
        shutil.rmtree(folder)


def read_manifest(archive: Archive, number: int) -> tuple[Manifest, bytes]:
    """Manifest of a package, and its exact bytes. Raises ArchiveError where the package is not there."""
    path = package_path(archive, number) / MANIFEST
    if not path.exists():
        raise ArchiveError(f"Package {number:04} is not there.", remedy="Build the release again.")
    data = read_capped(path, MAX_MANIFEST)
    return decode_manifest(data), data


def read_files(archive: Archive, number: int, manifest: Manifest) -> Iterable[tuple[PackageFile, bytes]]:
    """Every file of a package with its bytes. Raises ArchiveError for one that is not as its manifest says."""
    folder = package_path(archive, number)
    for file in manifest.files:
        path = folder / file.path
        data = read_capped(path, file.length) if path.exists() else b""
        if sha256(data).hexdigest() != file.sha256:
            raise ArchiveError(
                f"{path} is not the file that its manifest names.", remedy="Restore packages/ from a backup."
            )
        yield file, data


def show_objects(archive: Archive, number: int) -> None:
    """Copy every file of a package, and its manifest, to `public/o`. May be repeated."""
    manifest, data = read_manifest(archive, number)
    _show(archive, sha256(data).hexdigest(), data)
    for file, content in read_files(archive, number, manifest):
        _show(archive, file.sha256, content)
    for folder in (archive.path / "public" / "o").iterdir():
        remove_leftovers(folder)  # of a killed run: a file that no manifest names would be found and held against us


def _show(archive: Archive, digest: str, data: bytes) -> None:
    target = archive.path / "public" / "o" / digest[:2] / digest
    if not target.exists() or target.read_bytes() != data:
        write_durable(target, data)
