"""Read release packages: the only thing of the newsroom that the site ever sees.

Takes a folder `packages/` with `NNNN/manifest.json` and `NNNN/packs/<sha256>.zst`. Gives manifests, and
public documents in release order. Every file is held to the length and hash that its manifest states, read
with that cap. Raises InputError that names the package and file.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import zstandard

from unsealed.errors import InputError
from unsealed.files import read_capped, safe_join
from unsealed.model import FORMAT_PUBLIC, FORMAT_RELEASE, Manifest, PackageFile, PublicDocument

MANIFEST_BYTES = 64 << 20  # bytes of a manifest.json
LINE_BYTES = 256 << 20  # bytes of one document's line in a pack
_NUMBER = re.compile(r"\d{4,9}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_REMEDY = "Copy the package again from where it was built, or build the release again."

_manifest_decoder = msgspec.json.Decoder(Manifest)
_document_decoder = msgspec.json.Decoder(PublicDocument)


@dataclass(frozen=True)
class Package:
    """One release package on disk. `sha256` is that of `manifest.json`, as bytes in hex."""

    path: Path
    manifest: Manifest
    sha256: str
    length: int

    @property
    def packs(self) -> list[PackageFile]:
        """The packs in release order."""
        return [file for file in self.manifest.files if file.path.startswith("packs/")]


def read_packages(folder: Path) -> list[Package]:
    """Every package below `folder`, by rising number. Folders with other names are left alone.

    Raises InputError where a manifest cannot be read, is of an unknown format, or carries another number
    than its folder.
    """
    found = sorted(entry for entry in folder.iterdir() if _NUMBER.match(entry.name) and entry.is_dir())
    packages = [_read_package(path) for path in found]
    return sorted(packages, key=lambda package: package.manifest.number)


def _read_package(path: Path) -> Package:
    raw = read_capped(path / "manifest.json", MANIFEST_BYTES)
    try:
        manifest = _manifest_decoder.decode(raw)
    except msgspec.MsgspecError as error:
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


def lines(package: Package, file: PackageFile) -> Iterator[bytes]:
    """The lines of one pack, each one document as JSON without its line end. Streaming: one line in memory."""
    data = read_file(package, file)
    with zstandard.ZstdDecompressor().stream_reader(data) as stream:
        reader = io.BufferedReader(stream, 1 << 20)
        while line := reader.readline(LINE_BYTES):
            if not line.endswith(b"\n"):
                raise InputError(f"{package.path}/{file.path} ends in the middle of a document.", remedy=_REMEDY)
            yield line[:-1]


def decode_document(line: bytes, package: Package) -> PublicDocument:
    """One line of a pack as a document. Raises InputError where it is none, or of another release or format."""
    try:
        document = _document_decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise InputError(f"{package.path}: a pack holds a line that is no public document.", remedy=_REMEDY) from error
    if document.v != FORMAT_PUBLIC or document.release != package.manifest.number:
        raise InputError(
            f"{package.path}: slot {document.slot} is of another format or release than its package.", remedy=_REMEDY
        )
    return document
