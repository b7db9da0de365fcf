"""Catch up: a log restored from an old backup gets the entries that were published since, from whoever holds them.

Takes an archive and sources (its own public folder, mirrors); gives what was taken over. Everything is checked under
the archive's own policy before a byte is written: each entry's signatures, and that the archive's own entries are the
beginning of the newer log. The order: packages, then tiles, then the checkpoint (the commit point), then the archive's
records, then the public heads. Killed anywhere, the same call completes it.

What a log cannot bring back: keys, decisions and readings that were made after the backup. The report names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unsealed.archive import Archive, ReleasedDocument
from unsealed.errors import HistoryError, InputError, SiteDiffers, VerifyError, spelled
from unsealed.files import make_dirs, write_durable
from unsealed.mirror.heads import SITE_MANIFEST, CheckedLog, log_files, object_path
from unsealed.mirror.source import open_source, read_exact
from unsealed.mirror.sources import Asked, ForkFound, check_one_history, look
from unsealed.model import Manifest, PackageFile, PublicDocument
from unsealed.release.journal import CHECKPOINT, Journal, first_policy, policy_path
from unsealed.release.objects import Staging, package_path
from unsealed.release.records import (
    Generation,
    Release,
    find_generation,
    find_release,
    put_generation,
    put_release,
)
from unsealed.seal import package
from unsealed.seal.entries import Entry, PackageEntry, SealEntry, SiteEntry, kind_of
from unsealed.seal.package import MAX_MANIFEST
from unsealed.seal.policy import Policy
from unsealed.seal.statement import decode as decode_statement

_LOG = "heads/log/"


class CaughtUp(NamedTuple):
    """What was taken over. `before` and `size` count log entries; `packages` were fetched; `missing` names files that
    no source has (withdrawn, for instance); `lost` are generations whose keys this backup does not hold; `documents`
    were released after the backup; `unknown` of them are not in its catalogue.
    """

    before: int
    size: int
    packages: tuple[int, ...]
    missing: tuple[str, ...]
    lost: tuple[int, ...]
    documents: int
    unknown: int
    sources: tuple[Asked, ...]


def catch_up(archive: Archive, sources: Sequence[str], chosen: Policy | None = None) -> CaughtUp:
    """Bring the archive's log up to the newest that `sources` show. May be repeated.

    `chosen` is needed only where the backup is from before the first seal. Raises HistoryError where the newer log does
    not continue the own one (both heads are kept), VerifyError where no source shows a log that holds, InputError.
    """
    trusted = _trusted(archive, chosen)
    journal = Journal(archive, trusted.log)
    before = journal.size
    asked = _ask(archive, sources, trusted)
    newest = _newest(archive, journal, asked)
    fetch = _Fetch(asked)
    packages = _take_packages(archive, newest, fetch)
    _take_log(archive, newest, before)
    documents, unknown, lost = _reconcile(archive, newest)
    _show(archive, newest, trusted, fetch)
    return CaughtUp(before, newest.size, packages, tuple(fetch.missing), lost, documents, unknown, tuple(asked))


def _trusted(archive: Archive, chosen: Policy | None) -> Policy:
    """The policy to check with: the one that the archive was sealed under, or the one that a person named."""
    if policy_path(archive).exists():
        first = first_policy(archive)
        return Journal(archive, first.log).policies().newest
    if chosen is None:
        raise InputError(
            "This backup is from before the first seal: it does not know its own policy.",
            remedy="Name the policy file with --policy (every mirror has it as heads/policy). Compare its hash first.",
        )
    return chosen


def _ask(archive: Archive, sources: Sequence[str], trusted: Policy) -> list[Asked]:
    named = list(sources) or list(archive.settings.release.mirrors)
    public = archive.path / "public"
    if (public / "heads" / "log").is_dir():
        named.append(str(public))
    asked: list[Asked] = []
    for address in dict.fromkeys(named):
        try:
            one = Asked(address, open_source(address))
        except InputError as error:
            asked.append(Asked(address, None, "silent", error.message))
            continue
        look(one, trusted, [other.log for other in asked if other.log is not None])
        asked.append(one)
    if not any(one.log is not None for one in asked):
        words = "".join(f"\n  {spelled(one.address)}: {one.why}" for one in asked)
        raise VerifyError(
            f"No source shows a log that holds.{words}", rule="no-source",
            remedy="Name the site, or mirrors of it, as arguments or in release.mirrors.",
        )  # fmt: skip
    return asked


def _newest(archive: Archive, journal: Journal, asked: Sequence[Asked]) -> CheckedLog:
    """The longest log that the sources show; it begins with the own one, or is its beginning."""
    try:
        check_one_history(asked, None)
    except ForkFound as fork:
        _keep(archive, *fork.heads)
        raise
    newest = max((one.log for one in asked if one.log is not None), key=lambda log: log.size)
    own = journal.entries()
    shared = min(len(own), newest.size)
    if newest.raw[:shared] != own[:shared]:
        _keep(archive, journal.checkpoint, newest.checkpoint)
        raise HistoryError(
            "The archive's own log is not the beginning of the log that the sources show: it was forked.",
            rule="fork", remedy=f"Nothing was changed. Both heads are in {archive.path / 'evidence'}.",
        )  # fmt: skip
    if len(own) > newest.size:
        raise HistoryError(
            f"The sources show {newest.size} entries; the archive's own log has {len(own)} and is the newer one.",
            rule="rollback", remedy="There is nothing to catch up with: publish as usual.",
        )  # fmt: skip
    return newest


def _keep(archive: Archive, *heads: bytes) -> None:
    for head in heads:
        write_durable(archive.path / "evidence" / f"{hashlib.sha256(head).hexdigest()[:16]}.checkpoint", head)


class _Fetch:
    """Objects by their hash, from whichever source has them right."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._sources = [one.source for one in asked if one.source is not None]
        self.missing: list[str] = []

    def get(self, path: str, length: int, sha256_hex: str) -> bytes | None:
        """The bytes, or None where nobody has them."""
        for source in self._sources:
            try:
                return read_exact(source, path, length, sha256_hex, length)
            except SiteDiffers:
                continue
        return None


def _entries(log: CheckedLog) -> Iterator[Entry]:
    return (placed.entry for placed in log.history.packages)


def _take_packages(archive: Archive, log: CheckedLog, fetch: _Fetch) -> tuple[int, ...]:
    """Packages that the log names and the archive lacks, or holds in another, never published form."""
    taken = []
    for entry in _entries(log):
        payload = entry.payload
        assert isinstance(payload, PackageEntry)
        path = package_path(archive, payload.number) / "manifest.json"
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == payload.manifest.sha256:
            continue
        if payload.manifest.length > MAX_MANIFEST:
            raise VerifyError("A manifest is too long.", rule="manifest-size")
        data = fetch.get(object_path(payload.manifest.sha256), payload.manifest.length, payload.manifest.sha256)
        if data is None:
            raise SiteDiffers(
                f"No source has the manifest of package {payload.number}.", rule="missing",
                remedy="Name another mirror; nothing of the log was changed.",
            )  # fmt: skip
        _take_package(archive, package.decode_manifest(data), fetch)
        taken.append(payload.number)
    return tuple(taken)


def _take_package(archive: Archive, manifest: Manifest, fetch: _Fetch) -> None:
    staging = Staging(archive, manifest.number)
    for file in manifest.files:
        data = fetch.get(object_path(file.sha256), file.length, file.sha256)
        if data is None:
            fetch.missing.append(f"package {manifest.number:04}: {file.path}")
        else:
            staging.write(file.path, data)
    staging.finish(manifest)


def _take_log(archive: Archive, log: CheckedLog, before: int) -> None:
    """Tiles first, the checkpoint last. Killed before it: the old log still stands."""
    if log.size == before:
        return
    folder = archive.path / "packages" / "log"
    make_dirs(folder)
    for path, data in log_files(log).items():
        name = path.removeprefix(_LOG)
        if path.startswith(_LOG) and name != CHECKPOINT:
            write_durable(folder / name, data)
    write_durable(folder / CHECKPOINT, log.checkpoint)


# --- the archive's records ----------------------------------------------------------------------------


def _reconcile(archive: Archive, log: CheckedLog) -> tuple[int, int, tuple[int, ...]]:
    """Every package of the log is a published release of the archive. Documents, unknown ones, lost generations."""
    documents = unknown = 0
    lost = []
    for entry in _entries(log):
        payload = entry.payload
        assert isinstance(payload, PackageEntry)
        stored = find_release(archive, payload.number)
        if stored is not None and stored.state == "published" and stored.release.entry == entry.note.text:
            continue
        generation = 0
        if isinstance(payload, SealEntry):
            generation = decode_statement(payload.statement.encode()).generation
            if _seal_again(archive, payload, generation):
                lost.append(generation)
        manifest = package.decode_manifest((package_path(archive, payload.number) / "manifest.json").read_bytes())
        found, missing = _released(archive, manifest)
        archive.put_released(payload.number, found)
        documents, unknown = documents + len(found) + missing, unknown + missing
        release = Release(
            payload.number, kind_of(payload), manifest.title, manifest.story, payload.date,  # type: ignore[arg-type]
            tuple(one.item for one in found), entry.note.text, entry.note.signatures, generation,
        )  # fmt: skip
        put_release(archive, "published", release)
    return documents, unknown, tuple(lost)


def _seal_again(archive: Archive, payload: SealEntry, generation: int) -> bool:
    """The generation counts as sealed. Gives whether this backup knows nothing of it: no key, no slots.

    A generation that is not known stands as an empty one: its number is taken, and its readings will be sealed anew.
    """
    known = find_generation(archive, generation)
    made = decode_statement(payload.statement.encode())
    if known is not None and known[1].root.hex() == made.root:
        put_generation(archive, generation, "sealed", known[1])
        return False
    if known is not None:
        archive.drop_generation(generation)  # drawn, never published: its number is another's now
    put_generation(archive, generation, "sealed", Generation("", b"", b"", bytes.fromhex(made.root), b"", made.time))
    return True


def _released(archive: Archive, manifest: Manifest) -> tuple[list[ReleasedDocument], int]:
    """The documents of a package by the archive's own items, and how many of them it does not know."""
    found, missing, position = [], 0, 0
    for file in package.pack_files(manifest):
        for document in _documents(archive, manifest, file):
            slot = next(archive.slots(document.generation, document.slot - 1), None)
            if slot is None or slot.slot != document.slot:
                missing += 1
            else:
                found.append(
                    ReleasedDocument(
                        manifest.number, position, slot.item, document.generation, document.slot, document.id
                    )
                )
            position += 1
    return found, missing


def _documents(archive: Archive, manifest: Manifest, file: PackageFile) -> Iterator[PublicDocument]:
    path = package_path(archive, manifest.number) / file.path
    return package.decode_pack(path.read_bytes()) if path.exists() else iter(())


# --- the public folder --------------------------------------------------------------------------------


def _show(archive: Archive, log: CheckedLog, trusted: Policy, fetch: _Fetch) -> None:
    """Objects, the newest site manifest, then the heads, so that the public folder is no older than the log."""
    objects = archive.path / "public" / "o"
    for entry in _entries(log):
        payload = entry.payload
        assert isinstance(payload, PackageEntry)
        folder = package_path(archive, payload.number)
        data = (folder / "manifest.json").read_bytes()
        files = [PackageFile("manifest.json", len(data), payload.manifest.sha256)]
        for file in (*files, *package.decode_manifest(data).files):
            target = objects / file.sha256[:2] / file.sha256
            if not target.exists() and (folder / file.path).exists():
                write_durable(target, (folder / file.path).read_bytes())
    sites = log.history.of_kind(SiteEntry)
    if sites:
        payload = sites[-1].entry.payload
        assert isinstance(payload, SiteEntry)
        manifest = fetch.get(SITE_MANIFEST, payload.manifest.length, payload.manifest.sha256)
        if manifest is not None:
            write_durable(archive.path / "public" / SITE_MANIFEST, manifest)
    Journal(archive, trusted.log).show()
