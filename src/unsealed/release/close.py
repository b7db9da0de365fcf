"""Close an archive: open every slot that was never used, list what was never released, and release nothing any more.

Takes a sealed archive and its keys; gives a package and a log entry, signed and published like those of a release.
Where the number of documents was not public, it is from now on.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, UsageError
from unsealed.model import FORMAT_RELEASE, Manifest
from unsealed.release.journal import Journal, next_number
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.objects import Staging
from unsealed.release.plan import sealed_generations
from unsealed.release.publishing import publish
from unsealed.release.recheck import fingerprints
from unsealed.release.records import Release, find_generation, find_release, put_release
from unsealed.release.signing import sign_here
from unsealed.seal.closing import FILE, Closed, encode_close
from unsealed.seal.entries import CloseEntry, FileHash, entry_text, parse_text
from unsealed.seal.package import file_of
from unsealed.seal.policy import Policy
from unsealed.seal.puncture import decode_secret, slot_node

_BITS = 32  # of a slot


class CloseReport(NamedTuple):
    """What the end says: package, its log entry, slots that were never used, documents that were never released."""

    package: int
    entry: int
    unused: int
    unreleased: int


def close_archive(archive: Archive, keys: Keyring, *, text: str, date: str) -> CloseReport:
    """Build, sign with the keys that are here, and publish the end. Completes what a killed run began.

    Raises UsageError where the archive is closed already, or nothing is sealed; HumanNeeded while releases wait or
    signatures are missing: `release sign` collects them, then this is called again.
    """
    policy = read_policy(archive)
    release = _waiting(archive, policy) or _build(archive, keys, policy, text, date)
    release = sign_here(archive, release, keys.editors, policy)
    index = publish(archive, keys, policy, release)
    payload = parse_text(release.entry)
    assert isinstance(payload, CloseEntry), "`_build` made it"
    return CloseReport(release.number, index, payload.unused, payload.unreleased)


def _waiting(archive: Archive, policy: Policy) -> Release | None:
    """The end that an earlier run built, where it still says what is so; refuses a second end."""
    for number in archive.releases():
        stored = find_release(archive, number)
        if stored is None or stored.release.kind != "close":
            if stored is not None and stored.state == "built":
                raise HumanNeeded(
                    f"Release {number} waits to be published; after the end nobody could.",
                    remedy="Publish it first, or plan it again and leave it planned.",
                )
            continue
        payload = parse_text(stored.release.entry)
        if stored.state == "published":
            raise UsageError("This archive is closed already.", remedy="Nothing is left to do.")
        logged = Journal(archive, policy.log).find(stored.release.entry) >= 0  # killed before it was shown
        if logged or (number == next_number(archive, policy) and payload.policy == policy.sha256):
            return stored.release
    return None


def _build(archive: Archive, keys: Keyring, policy: Policy, text: str, date: str) -> Release:
    number = next_number(archive, policy)
    closed = tuple(_closed(archive, keys))
    staging = Staging(archive, number)
    data = encode_close(closed)
    staging.write(FILE, data)
    total = sum(one.size - len(one.unused) for one in closed)
    manifest = staging.finish(_manifest(archive, policy, number, text, date, total, staging))
    file, whole = file_of(FILE, data), file_of("manifest.json", manifest)
    entry = CloseEntry(
        archive=policy.archive_id.hex(), policy=policy.sha256, number=number, date=date,
        manifest=FileHash(whole.sha256, whole.length), file=FileHash(file.sha256, file.length),
        unused=sum(len(one.unused) for one in closed), unreleased=sum(len(one.unreleased) for one in closed), text=text,
    )  # fmt: skip
    said = fingerprints(archive, ())
    release = Release(
        number, "close", "The end", text, date, entry=entry_text(entry), decided=said.documents, journal=said.everything
    )
    put_release(archive, "built", release)
    return release


def _closed(archive: Archive, keys: Keyring) -> Iterator[Closed]:
    """Every sealed generation at the end."""
    states = {number: find_release(archive, number) for number in archive.releases()}
    shown = {number for number, stored in states.items() if stored and stored.state == "published"}
    released = {(one.generation, one.slot) for one in archive.released() if one.release in shown}
    for number in sealed_generations(archive):
        stored = find_generation(archive, number)
        assert stored is not None, "it is sealed"
        generation, secret = stored[1], decode_secret(keys.store.secret(stored[1].secret))
        unused = {slot: slot_node(secret, _BITS, slot) for slot in generation.unused}
        rows = enumerate(array("Q", generation.rows))
        yield Closed(
            number, generation.size, unused, {slot for slot, row in rows if row and (number, slot) not in released}
        )


def _manifest(
    archive: Archive, policy: Policy, number: int, text: str, date: str, total: int, staging: Staging
) -> Manifest:
    settings = archive.settings
    return Manifest(
        v=FORMAT_RELEASE,
        number=number,
        archive=policy.archive_id.hex(),
        name=settings.archive.name,
        title="The end",
        story=text,
        date=date,
        documents=0,
        total=total,
        withheld={},
        reasons=tuple(sorted(settings.review.reasons, key=lambda reason: reason.number)),
        licence=settings.release.licence,
        files=staging.files,
    )
