"""Before the pages are signed: they are the files that lie there, and they show nothing that is not published.

Takes the manifest that `site build` made and the entries of the log; raises, or lets pass. Every file below `public/`
but `heads/` is hashed again, streaming. Objects must be named by the manifest of a published package, folders of
documents and pages of releases must belong to one: a package that was never logged is in nobody's hands by accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import SiteDiffers
from unsealed.files import hash_file
from unsealed.release.objects import read_manifest
from unsealed.release.standing import read_public
from unsealed.seal.entries import KeysEntry, PackageEntry, Payload
from unsealed.seal.site_manifest import Differences, SiteFile, compare, decode_manifest, document_segment
from unsealed.seal.superseded import packs_in_force

_OBJECT = re.compile(r"o/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_NAMED = 5  # files that a message names
_REMEDY = "Nothing was signed. Build the pages again: unsealed site build ARCHIVE"


def check_site(archive: Archive, site_manifest: bytes, logged: Sequence[Payload]) -> None:
    """Raises SiteDiffers unless the manifest is that of `public/` and names published things only.

    `logged` are the payloads of the whole log.
    """
    files = decode_manifest(site_manifest)
    _check_published(archive, files, logged)
    public = archive.path / "public"
    expected = {file.path: (file.length, file.sha256) for file in files}
    found = {path.relative_to(public).as_posix(): _identity(path) for path in _files(public)}
    differences = compare(expected, found)
    if differences:
        raise _differs("are not as the manifest of the pages says", _all(differences))


def _files(public: Path) -> Iterable[Path]:
    for path in sorted(public.rglob("*")):
        if path.relative_to(public).parts[0] != "heads" and (path.is_symlink() or not path.is_dir()):
            yield path


def _identity(path: Path) -> tuple[int, str]:
    if path.is_symlink() or not path.is_file():
        return -1, ""
    digest, length = hash_file(path)
    return length, digest.hex()


def _all(differences: Differences) -> list[str]:
    return [*differences.changed, *differences.missing, *differences.extra]


def _check_published(archive: Archive, files: Iterable[SiteFile], logged: Sequence[Payload]) -> None:
    packages = [payload for payload in logged if isinstance(payload, PackageEntry)]
    objects = {payload.manifest.sha256 for payload in packages}
    objects |= {sha256(payload.next.encode()).hexdigest() for payload in logged if isinstance(payload, KeysEntry)}
    manifests = []
    for payload in packages:
        manifest, data = read_manifest(archive, payload.number)
        if sha256(data).hexdigest() == payload.manifest.sha256:
            manifests.append(manifest)
            objects |= {file.sha256 for file in manifest.files}
    objects -= packs_in_force(manifests)[1]  # what a later package replaced is gone
    public = read_public(archive)
    folders = {document_segment(one.public_id, one.slot) for one in public.in_force.values()}
    notices = {document_segment(one.public_id, one.slot) for one in public.withdrawn.values()}
    wrong = [file.path for file in files if not _is_published(file.path, objects, folders, notices)]
    if wrong:
        raise _differs("belong to nothing that is published", wrong)


def _is_published(path: str, objects: set[str], folders: set[str], notices: set[str]) -> bool:
    first, _, rest = path.partition("/")
    if first == "o":
        match = _OBJECT.fullmatch(path)
        return match is not None and match[2] in objects
    if first != "d" or not rest.count("/"):
        return True
    folder, _, name = rest.partition("/")
    return folder in folders or (folder in notices and name == "index.html")  # of a withdrawn document: its notice


def _differs(what: str, paths: Sequence[str]) -> SiteDiffers:
    named = ", ".join(paths[:_NAMED]) + (" ..." if len(paths) > _NAMED else "")
    return SiteDiffers(f"{len(paths)} files below public/ {what}: {named}", rule="site-files", remedy=_REMEDY)
