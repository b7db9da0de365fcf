"""Publish: a built and signed release becomes an entry of the log, then public objects, then public heads.

The order is the promise: the entry with the new checkpoint durable in `packages/log` first, then the objects, then the
public heads, checkpoint last. No byte of a package is public before its entry is in the log, so a package that is built
anew after a kill leaves nothing behind. Killed anywhere, the same call completes it; a half-published release is
never visible, because readers begin at the checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, UsageError, VerifyError
from unsealed.files import write_durable
from unsealed.release.calendar import check_embargo, utc_clock
from unsealed.release.journal import Journal, next_number
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.leaks import gather
from unsealed.release.objects import read_files, read_manifest, show_objects
from unsealed.release.pending import drop_pending, find_pending, put_pending
from unsealed.release.recheck import check_unchanged
from unsealed.release.records import Release, put_release, read_release
from unsealed.release.signing import signed_entry
from unsealed.release.site_check import check_site
from unsealed.release.sweep import sweep_site
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed
from unsealed.seal import note
from unsealed.seal.entries import (
    FileHash,
    PackageEntry,
    SiteEntry,
    check_order,
    entry_text,
    parse_entry,
    parse_text,
)
from unsealed.seal.policy import Policy

SITE_MANIFEST = "site.manifest"  # its name in public/heads


def publish(
    archive: Archive, keys: Keyring, policy: Policy, release: Release, *, clock: Callable[[], datetime] = utc_clock
) -> int:
    """Publish a built release; gives the index of its entry. Completes what a killed run began.

    Raises HumanNeeded while signatures are missing, before the end of an embargo, or where editors decided anew since
    the build, UsageError out of turn, HistoryError where the public log is not the archive's own, ArchiveError where
    the package is not the one that was signed.
    """
    _check_package(archive, release)
    journal = Journal(archive, keys.log.verifier)
    journal.check_heads()
    index = journal.find(release.entry)
    if index < 0:
        expected = next_number(archive, policy)
        if release.number != expected:
            raise UsageError(
                f"Release {release.number} is out of turn: {expected} is next.", remedy="Publish them in order."
            )
        check_embargo(archive, release.number, clock())
        check_unchanged(archive, release)
        check_follows(journal, release.entry)
        entry = signed_entry(release.entry, release.signatures, policy, journal.size, f"Release {release.number}")
        index = journal.append(entry, keys.log)
    show_logged(archive, journal)
    return index


def check_follows(journal: Journal, text: str) -> None:
    """The entry may follow those in the log: what it amends is there and in force, and nothing comes after the end.

    Raises UsageError. Readers would refuse the whole log from this entry on, for ever.
    """
    try:
        check_order([*(parse_entry(entry).payload for entry in journal.entries()), parse_text(text)])
    except VerifyError as error:
        raise UsageError(f"This cannot follow what is in the log: {error.message}", remedy="Plan it again.") from error


def show_logged(archive: Archive, journal: Journal) -> None:
    """Make public what the log holds: the objects of every package that is not public yet, then the heads."""
    logged = []
    for number in archive.releases():
        stored = read_release(archive, number)
        if stored.state != "published" and stored.release.entry and journal.find(stored.release.entry) >= 0:
            logged.append(stored.release)
    for release in logged:
        show_objects(archive, release.number)
    journal.show()
    for release in logged:
        put_release(archive, "published", release)


def _check_package(archive: Archive, release: Release) -> None:
    """The package on disk is the one whose manifest the entry binds."""
    payload = _payload(release)
    manifest, data = read_manifest(archive, release.number)
    if payload.manifest != FileHash(sha256(data).hexdigest(), len(data)):
        raise ArchiveError(
            f"Package {release.number:04} is not the one that was signed.", remedy="Build and sign the release again."
        )
    for _ in read_files(archive, release.number, manifest):
        pass  # each file is compared with its hash


def _payload(release: Release) -> PackageEntry:
    payload = parse_text(release.entry) if release.entry else None
    if not isinstance(payload, PackageEntry):
        raise UsageError(
            f"Release {release.number} is not built yet.", remedy=f"Build it: unsealed release build {release.number}"
        )
    return payload


def publish_site(
    archive: Archive,
    keys: Keyring,
    site_manifest: bytes,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Sign and log the pages that `site build` made; gives the index of the entry.

    `site_manifest` are the bytes of the manifest over every file of `public/` but `heads/`. The same manifest twice is
    one entry. Signed with the editors' keys that are kept here: raises HumanNeeded where there are too few, SiteDiffers
    where the manifest is not of the files that lie below `public/`, or names what is not published, StrayLeaks where a
    withheld string stands in a file that no released document shows. `tell` hears (files searched, all).
    """
    policy = read_policy(archive)
    journal = Journal(archive, keys.log.verifier)
    journal.check_heads()
    payloads = [parse_entry(entry).payload for entry in journal.entries()]
    sites = [payload for payload in payloads if isinstance(payload, SiteEntry)]
    packages = sum(isinstance(payload, PackageEntry) for payload in payloads)
    show_logged(archive, journal)
    check_site(archive, site_manifest, payloads)
    numbers = [payload.number for payload in payloads if isinstance(payload, PackageEntry)]
    sweep_site(archive, gather(archive).check, Allowed(Desk(archive).allowed()), site_manifest, numbers, tell)
    manifest = FileHash(sha256(site_manifest).hexdigest(), len(site_manifest))
    if sites and (sites[-1].manifest, sites[-1].release) == (manifest, packages - 1):
        index = max(number for number, payload in enumerate(payloads) if isinstance(payload, SiteEntry))
    else:
        payload = SiteEntry(
            archive=policy.archive_id.hex(), policy=policy.sha256, number=len(sites) + 1, release=packages - 1,
            manifest=manifest,
        )  # fmt: skip
        index = journal.append(_signed_site(archive, payload, keys, policy, journal.size), keys.log)
    drop_pending(archive, "site")
    journal.cosign()  # before the first byte of the heads changes
    write_durable(archive.path / "public" / "heads" / SITE_MANIFEST, site_manifest)
    journal.show()
    return index


def _signed_site(archive: Archive, payload: SiteEntry, keys: Keyring, policy: Policy, index: int) -> bytes:
    """The entry, signed with the editors' keys that are kept here and with what came back from elsewhere.

    Raises HumanNeeded where these are too few; the text waits then, for `site sign`.
    """
    text = entry_text(payload)
    waiting = find_pending(archive, "site")
    lines = waiting.signatures if waiting and waiting.text == text else ()
    names = {line.name for line in lines}
    here = [one for one in keys.editors if one.verifier in policy.editors and one.name not in names]
    lines += note.sign(text, here[: max(policy.editors_needed - len(lines), 0)])
    if len(lines) < policy.editors_needed:
        put_pending(archive, "site", text)
    remedy = "Collect them: unsealed site sign ARCHIVE --out FILE, then --in SIGNED; then publish again."
    return signed_entry(text, lines, policy, index, "The site", remedy)
