"""Read release packages: the only thing of the newsroom that the site ever sees.

Takes a folder `packages/` with `NNNN/manifest.json` and `NNNN/packs/<sha256>.zst`. Gives manifests, and
public documents in release order. Every file is held to the length and hash that its manifest states, read
with that cap. Raises InputError that names the package and file.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard

from unsealed.errors import InputError, VerifyError
from unsealed.files import read_capped, safe_join
from unsealed.model import FORMAT_PUBLIC, FORMAT_RELEASE, Manifest, PackageFile, PublicDocument
from unsealed.seal.superseded import SUPERSEDED, Superseded, decode_superseded, packs_in_force

MANIFEST_BYTES = 64 << 20  # bytes of a manifest.json
LINE_BYTES = 256 << 20  # bytes of one document's line in a pack
_NUMBER = re.compile(r"\d{4,9}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_REMEDY = "Copy the package again from where it was built, or build the release again."

_manifest_decoder = msgspec.json.Decoder(Manifest)
_document_decoder = msgspec.json.Decoder(PublicDocument)


class Pack(NamedTuple):
    """A pack in force: the folder of the package that holds it, and the file there."""

    folder: Path
    file: PackageFile


@dataclass(frozen=True)
class Package:
    """One release package on disk. `sha256` is that of `manifest.json`, as bytes in hex.

    `packs` are those in force, in release order: a later package may have replaced some. `dropped` are the hashes of
    all files that were replaced, whatever package they are of.
    """

    path: Path
    manifest: Manifest
    sha256: str
    length: int
    packs: tuple[Pack, ...] = ()
    dropped: frozenset[str] = frozenset()


def read_packages(folder: Path) -> list[Package]:
    """Every package below `folder`, by rising number. Folders with other names are left alone.

    Raises InputError where a manifest cannot be read, is of an unknown format, or carries another number
    than its folder.
    """
    found = sorted(entry for entry in folder.iterdir() if _NUMBER.match(entry.name) and entry.is_dir())
    packages = [_read_package(path) for path in found]
    return sorted(packages, key=lambda package: package.manifest.number)


def in_force(packages: Sequence[Package]) -> list[Package]:
    """The packages, each with the packs that are in force after all of them. Raises InputError."""
    folders = {package.manifest.number: package.path for package in packages}
    try:
        packs, dropped = packs_in_force([package.manifest for package in packages])
    except VerifyError as error:
        raise InputError(error.message, remedy=_REMEDY) from error
    return [
        replace(
            package,
            packs=tuple(Pack(folders[pack.holder], pack.file) for pack in packs[package.manifest.number]),
            dropped=dropped,
        )
        for package in packages
    ]


def superseded(packages: Sequence[Package]) -> list[Superseded]:
    """What every amendment superseded, oldest first."""
    found: list[Superseded] = []
    for package in packages:
        for file in package.manifest.files:
            if file.path == SUPERSEDED:
                found += decode_superseded(read_file(package, file))
    return found


def _read_package(path: Path) -> Package:
    raw = read_capped(path / "manifest.json", MANIFEST_BYTES)
    try:
        manifest = _manifest_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{path}/manifest.json is not a release manifest.", remedy=_REMEDY) from error
    if manifest.v != FORMAT_RELEASE:
        raise InputError(
            f"{path}/manifest.json has a format that this program does not know.",
            remedy="Use a newer version of unsealed.",
        )
    if manifest.number != int(path.name):
        raise InputError(f"{path}/manifest.json carries number {manifest.number}.", remedy=_REMEDY)
    for file in manifest.files:
        if not _HASH.match(file.sha256) or file.length < 0:
            raise InputError(f"{path}/manifest.json lists a file without a proper hash and length.", remedy=_REMEDY)
    return Package(path, manifest, hashlib.sha256(raw).hexdigest(), len(raw))


def read_file(package: Package, file: PackageFile) -> bytes:
    """The bytes of one file of a package. Raises InputError unless length and hash are those of the manifest."""
    data = read_capped(safe_join(package.path, file.path), file.length)
    if len(data) != file.length or hashlib.sha256(data).hexdigest() != file.sha256:
        raise InputError(f"{package.path}/{file.path} is not the file that its manifest names.", remedy=_REMEDY)
    return data


def lines(package: Package, pack: Pack) -> Iterator[bytes]:
    """The lines of one pack, each one document as JSON without its line end. Streaming: one line in memory."""
    file = pack.file
    data = read_file(replace(package, path=pack.folder), file)
    with zstandard.ZstdDecompressor().stream_reader(data) as stream:
        reader = io.BufferedReader(stream, 1 << 20)
        while line := reader.readline(LINE_BYTES):
            if not line.endswith(b"\n"):
                raise InputError(f"{pack.folder}/{file.path} ends in the middle of a document.", remedy=_REMEDY)
            yield line[:-1]


def decode_document(line: bytes, package: Package) -> PublicDocument:
    """One line of a pack as a document. Raises InputError where it is none, or of another release or format."""
    try:
        document = _document_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{package.path}: a pack holds a line that is no public document.", remedy=_REMEDY) from error
    if document.v != FORMAT_PUBLIC or document.release != package.manifest.number:
        raise InputError(
            f"{package.path}: slot {document.slot} is of another format or release than its package.", remedy=_REMEDY
        )
    return document
