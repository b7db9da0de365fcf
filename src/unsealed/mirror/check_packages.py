"""Check the packages of a site: each manifest is the one that was signed, each of its files is here, each seal holds.

Takes a run of the check and the log's entries; gives packages and seals, notes what differs, or raises.

Spec: docs/formats/site-manifest.md, section "Checking a site", steps 4 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.mirror.amended import superseded_file
from unsealed.mirror.documents import Found
from unsealed.mirror.heads import LOG, naming, object_path
from unsealed.mirror.run import Run
from unsealed.mirror.source import read_exact
from unsealed.model import Manifest, PackageFile
from unsealed.seal import closing, generation, package
from unsealed.seal.entries import CloseEntry, PackageEntry, Placed, ReleaseEntry, SealEntry
from unsealed.seal.statement import Statement
from unsealed.seal.statement import decode as decode_statement
from unsealed.seal.superseded import Pack, packs_in_force

VERIFIER = "verify.html"


class Embargo(NamedTuple):
    """A package that is not to be published before a time (UTC, `2026-12-01T06:00:00Z`), as its editors signed."""

    number: int
    time: str


class Package(NamedTuple):
    """A package: its entry in the log, and its manifest."""

    placed: Placed
    manifest: Manifest


class Sealed(NamedTuple):
    """A seal: its entry, its statement, the commitments of its generation in slot order."""

    placed: Placed
    statement: Statement
    commitments: Sequence[bytes]


def read_package(run: Run, placed: Placed) -> Package:
    """The manifest of a package, and that every file of it is an object of this site."""
    payload = placed.entry.payload
    assert isinstance(payload, PackageEntry)
    path = object_path(payload.manifest.sha256)
    file = payload.manifest
    data = read_exact(run.source, path, file.length, file.sha256, package.MAX_MANIFEST)
    run.must_list(path, payload.manifest.length, payload.manifest.sha256)
    with naming(path):
        manifest = package.decode_manifest(data)
        _check_manifest(manifest, payload)
        superseded_file(payload, manifest)
    run.done.add(path)
    return Package(placed, manifest)


def check_files(run: Run, packages: Sequence[Package]) -> dict[int, tuple[Pack, ...]]:
    """Every file of every package is an object here, but for those that later ones replaced: these are gone.

    Gives the packs that are in force, by release.
    """
    with naming(f"{LOG}tile/entries"):
        packs, dropped = packs_in_force([one.manifest for one in packages])
    for file in (file for one in packages for file in one.manifest.files):
        path = object_path(file.sha256)
        if file.sha256 not in dropped:
            run.must_list(path, file.length, file.sha256)
        elif path in run.expected:
            run.problem(path, "was replaced by a later package, and is to be dropped", "superseded")
    return packs


def read_seal(run: Run, found: Package) -> Sealed:
    """The statement, and that the published commitments are those that it binds."""
    payload = found.placed.entry.payload
    assert isinstance(payload, SealEntry)
    files = {file.path: file for file in found.manifest.files}
    with naming(object_path(payload.manifest.sha256)):
        text = payload.statement.encode()
        statement = decode_statement(text)
        if statement.archive != payload.archive:
            raise VerifyError("The seal statement is of another archive.", rule="archive")
        if package.file_of(package.STATEMENT, text) != files.get(package.STATEMENT):
            raise VerifyError("The package does not hold the sealed statement.", rule="statement-file")
        tiles = [run.read(files[path]) for path in package.commitment_paths(found.manifest)]
        commitments = generation.read_tiles(tiles, statement.size)
        if generation.root(commitments).hex() != statement.root:
            raise VerifyError("The commitments are not those that were sealed.", rule="commitments")
    return Sealed(found.placed, statement, commitments)


def read_embargoes(run: Run, packages: Sequence[Package]) -> tuple[Embargo, ...]:
    """The times before which packages are not to be published. No clock is asked here."""
    found = []
    for one in packages:
        for file in (file for file in one.manifest.files if file.path == package.EMBARGO):
            with naming(object_path(file.sha256)):
                if file.length > package.MAX_EMBARGO:
                    raise VerifyError("The embargo of a package is too long.", rule="embargo-form")
                found.append(Embargo(one.manifest.number, package.decode_embargo(run.read(file))))
    return tuple(found)


def same_verifier(run: Run) -> bool:
    """Whether `verify.html` is the page that the newest release named; it has to be there in any case.

    Another page is no difference: the editors signed it with the site, and pages are built again when the
    program is updated. A reader is told.
    """
    for placed in reversed(run.heads.history.packages):
        payload = placed.entry.payload
        if isinstance(payload, ReleaseEntry):
            file = run.expected.get(VERIFIER)
            if file is None:
                run.problem(VERIFIER, "is missing: a site has its offline verifier", "missing")
            return file is not None and file.sha256 == payload.verifier
    return True


def check_close(run: Run, packages: Sequence[Package], seals: Sequence[Sealed], found: Sequence[Found]) -> None:
    """Where the archive is closed: every slot is released, opened as unused, or listed as never released."""
    for one in packages:
        payload = one.placed.entry.payload
        if not isinstance(payload, CloseEntry):
            continue
        path = object_path(payload.file.sha256)
        with naming(path):
            closed = closing.decode_close(run.read(PackageFile(closing.FILE, payload.file.length, payload.file.sha256)))
            closing.check_counts(closed, payload.unused, payload.unreleased)
            released = {document.key for document in found}
            released |= {(key.generation, key.slot) for key in run.heads.history.register.amended}
            commitments = {seal.statement.generation: seal.commitments for seal in seals}
            closing.check_close(closed, bytes.fromhex(payload.archive), commitments, released)


def _check_manifest(manifest: Manifest, payload: PackageEntry) -> None:
    """The manifest speaks of the same package as its signed entry."""
    same = (manifest.number, manifest.archive, manifest.date) == (payload.number, payload.archive, payload.date)
    if not same:
        raise VerifyError("The manifest is of another package than its log entry.", rule="manifest-entry")
    if isinstance(payload, ReleaseEntry):
        if manifest.reasons != payload.reasons:
            raise VerifyError("The reasons table is not the one that was signed.", rule="manifest-entry")
    elif manifest.documents or package.pack_files(manifest):
        raise VerifyError("A package that releases nothing holds documents.", rule="manifest-entry")
    if (
        isinstance(payload, CloseEntry)
        and PackageFile("close", payload.file.length, payload.file.sha256) not in manifest.files
    ):
        raise VerifyError("The package does not hold the list of what was never released.", rule="manifest-entry")
