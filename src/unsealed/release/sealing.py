"""Release 0 is the seal: from an archive that reconciles to a signed statement in the log.

Takes an archive and its keys; gives a published seal. The steps, each of which a killed run takes up again:

1. the ledger reconciles, or an editor accepts by name what is open;
2. *drawn*: the generation's key, the shuffled slots and the ledger's blind are durable before the first commitment;
3. every commitment is computed and stored (`commitments`);
4. *committed*: root, digest of the ledger and time are fixed;
5. the package and the log entry are built, signed and published like any release.

The same key, slots and time give the same bytes, however often the run was killed.
"""

from __future__ import annotations

import random
import secrets
from array import array
from collections.abc import Callable, MutableSequence
from typing import NamedTuple

import msgspec

from unsealed.archive import Archive
from unsealed.crypto import random_bytes
from unsealed.errors import ArchiveError, HumanNeeded, UsageError
from unsealed.model import FORMAT_DOCUMENT, FORMAT_EMPTY, FORMAT_RELEASE, Manifest
from unsealed.release.commitments import HASH, Commissioned, add_empty, compute
from unsealed.release.journal import POLICY, next_number
from unsealed.release.keyring import Keyring, new_policy, read_policy
from unsealed.release.objects import Staging, package_path
from unsealed.release.plan import hides_count
from unsealed.release.publishing import publish
from unsealed.release.records import (
    Generation,
    Release,
    find_generation,
    find_release,
    put_generation,
    put_release,
)
from unsealed.release.signing import sign_here
from unsealed.seal import statement
from unsealed.seal.entries import FileHash, SealEntry, entry_text
from unsealed.seal.generation import KEY_LENGTH, ledger_digest, read_tiles, root, tiles
from unsealed.seal.package import STATEMENT, file_of
from unsealed.seal.policy import Policy

Shuffle = Callable[[MutableSequence[int]], None]

_BLIND_LENGTH = 32  # bytes
MAX_HIDDEN = 24  # 2^24 slots: half a gigabyte of commitments, a minute or two


class Sealing(NamedTuple):
    """What a seal takes from outside, so that tests can hold it still: the time, the day, chance, workers, progress."""

    now: Callable[[], str]  # UTC, 2026-11-22T12:00:00Z
    shuffle: Shuffle = random.SystemRandom().shuffle
    workers: int = 2
    tell: Callable[[int, int], None] = lambda done, total: None


class SealReport(NamedTuple):
    """What was sealed: `size` readings in `slots` slots. `entry` is the place of its entry in the log."""

    package: int
    generation: int
    size: int
    root: bytes
    entry: int
    slots: int


def seal_archive(
    archive: Archive, keys: Keyring, how: Sealing, *, accept_open: str = "", hidden_count: int | None = None
) -> SealReport:
    """Seal every reading that no generation has sealed yet, and publish the statement.

    With `hidden_count` K there are 2^K slots, and nobody outside learns how many of them hold a document.
    Raises HumanNeeded where the ledger does not reconcile or signatures are missing, KeysError for missing keys,
    UsageError where there is nothing to seal, HistoryError where log and heads disagree.
    """
    wanted = _Wanted(accept_open, hidden_count)
    number, state, generation = _current(archive, keys, how, wanted)
    policy = _policy(archive, keys)
    if state == "drawn":
        generation = _commit(archive, keys, policy, number, generation, how)
    release = _package(archive, keys, policy, number, generation)
    release = sign_here(archive, release, keys.editors, policy)
    index = publish(archive, keys, policy, release)
    put_generation(archive, number, "sealed", generation)
    size = generation.size - len(generation.unused)
    return SealReport(release.number, number, size, generation.root, index, generation.size)


def _policy(archive: Archive, keys: Keyring) -> Policy:
    """The policy in force; before the first seal is built, the one that the keys give."""
    if find_release(archive, 0):
        return read_policy(archive)
    return new_policy(archive, keys)


# --- which readings, in which slots -------------------------------------------------------------------


def unsealed_rows(archive: Archive) -> list[int]:
    """The current readings that no finished generation has sealed, in row order."""
    sealed: set[int] = set()
    for number in archive.generations():
        found = find_generation(archive, number)
        if found and found[0] == "sealed":
            sealed.update(array("Q", found[1].rows))
    return [summary.row for summary in archive.summaries() if summary.row not in sealed]


class _Wanted(NamedTuple):
    """What the caller asks for: why open lines are accepted, and the number of slots as a power of two."""

    accept_open: str
    hidden_count: int | None

    def slots(self, rows: list[int]) -> list[int]:
        """The rows, and a zero for each unused slot. Raises UsageError where they do not fit."""
        if self.hidden_count is None:
            return rows
        if not 0 <= self.hidden_count <= MAX_HIDDEN:
            raise UsageError(f"2^{self.hidden_count} slots cannot be made.", remedy=f"Use 0 to {MAX_HIDDEN}.")
        unused = (1 << self.hidden_count) - len(rows)
        if unused < 0:
            raise UsageError(
                f"{len(rows)} documents do not fit into 2^{self.hidden_count} slots.",
                remedy=f"Use --hidden-count {(len(rows) - 1).bit_length()} or more.",
            )
        return [*rows, *([0] * unused)]


def _current(archive: Archive, keys: Keyring, how: Sealing, wanted: _Wanted) -> tuple[int, str, Generation]:
    """The generation to go on with: one that an earlier run drew for the same readings, or a fresh one."""
    rows = unsealed_rows(archive)
    numbers = archive.generations()
    number = numbers[-1] if numbers else 0
    found = find_generation(archive, number) if number else None
    if found and found[0] != "sealed":
        if found[0] == "committed" or sorted(array("Q", found[1].rows)) == sorted(wanted.slots(rows)):
            return number, found[0], found[1]
        # Other readings than the table names: a key never seals two lists (seal.md, "Generations").
        archive.drop_generation(number)
        number -= 1
    if not rows:
        raise UsageError("There is nothing to seal: every reading is sealed.", remedy="Ingest something first.")
    check_ledger(archive, wanted.accept_open)
    generation = _draw(keys, number + 1, rows, how.shuffle, wanted)
    put_generation(archive, number + 1, "drawn", generation)
    return number + 1, "drawn", generation


def check_ledger(archive: Archive, accept_open: str) -> None:
    """Refuse an archive whose ledger has open lines, unless a reason is given. Raises HumanNeeded."""
    totals = archive.totals()
    if totals.open and not accept_open.strip():
        raise HumanNeeded(
            f"The ledger does not reconcile: {totals.open} lines are open.",
            remedy="`unsealed status` lists them. Ingest again, or seal with --accept-open and a reason.",
        )


def _draw(keys: Keyring, number: int, rows: list[int], shuffle: Shuffle, wanted: _Wanted) -> Generation:
    """Draw key, slots and blind. The key is durable here, the rest when the caller stores it; both come first."""
    slots = array("Q", wanted.slots(rows))
    shuffle(slots)
    secret = f"generation-{number:04}-{secrets.token_hex(4)}"
    keys.store.put_secret(secret, random_bytes(KEY_LENGTH))
    return Generation(
        secret, slots.tobytes(), random_bytes(_BLIND_LENGTH), accepted=wanted.accept_open.strip(),
        hidden=wanted.hidden_count is not None,
    )  # fmt: skip


def _commit(
    archive: Archive, keys: Keyring, policy: Policy, number: int, drawn: Generation, how: Sealing
) -> Generation:
    """Compute every commitment, then fix root, ledger and time. Gives the generation as it is stored."""
    work = _commissioned(archive, keys, policy, number, drawn)
    commitments = compute(archive, work, drawn.rows, workers=how.workers, tell=how.tell)
    ledger = ledger_digest(drawn.blind, archive.ledger_bytes())
    committed = msgspec.structs.replace(drawn, root=root(commitments), ledger=ledger, time=how.now())
    put_generation(archive, number, "committed", committed)
    return committed


def _commissioned(archive: Archive, keys: Keyring, policy: Policy, number: int, generation: Generation) -> Commissioned:
    key, padding = keys.store.secret(generation.secret), archive.settings.seal.padding
    return Commissioned(archive.path, key, policy.archive_id, number, padding)


# --- the package --------------------------------------------------------------------------------------


def read_commitments(archive: Archive, number: int, generation: Generation) -> list[bytes]:
    """Every commitment of a generation in slot order: from the catalogue or, with unused slots, from its package."""
    found = list(archive.border_heads(number, HASH))
    if len(found) < generation.size:
        found = _packed(archive, number, generation.size)
    return _checked(found, number, generation)


def _packed(archive: Archive, number: int, size: int) -> list[bytes]:
    for known in archive.releases():
        stored = find_release(archive, known)
        if stored and stored.release.kind == "seal" and stored.release.generation == number:
            folder = package_path(archive, known) / "commitments"
            tiled = (path.read_bytes() for path in sorted(folder.iterdir()))
            return read_tiles(tiled, size)
    return []


def _checked(found: list[bytes], number: int, generation: Generation) -> list[bytes]:
    if root(found) != generation.root:
        raise ArchiveError(
            f"The commitments of generation {number} are not those that were sealed.",
            remedy="Restore the catalogue from a backup.",
        )
    return found


def _made(archive: Archive, keys: Keyring, policy: Policy, number: int, generation: Generation) -> list[bytes]:
    """Every commitment before there is a package: those of readings from the table, of unused slots from the key."""
    found, heads = [b""] * generation.size, archive.border_heads(number, HASH)
    for slot, row in enumerate(array("Q", generation.rows)):
        if row:
            found[slot] = next(heads)
    add_empty(_commissioned(archive, keys, policy, number, generation), generation.rows, found)
    return _checked(found, number, generation)


def _package(archive: Archive, keys: Keyring, policy: Policy, number: int, generation: Generation) -> Release:
    """The built seal: package and entry text. A package that is whole already is not written again."""
    for known in archive.releases():
        found = find_release(archive, known)
        if found and found.release.kind == "seal" and found.release.generation == number:
            return found.release
    package = next_number(archive, policy)
    made = _statement(policy, number, generation)
    date = generation.time[:10]
    staging = Staging(archive, package)
    staging.write(STATEMENT, made)
    for path, data in tiles(_made(archive, keys, policy, number, generation)):
        staging.write(path, data)
    if package == 0:
        staging.write(POLICY, policy.raw)
    total = -1 if hides_count(archive) else generation.size
    manifest = staging.finish(_manifest(archive, policy, package, date, total, staging))
    file = file_of("manifest.json", manifest)
    entry = SealEntry(
        archive=policy.archive_id.hex(), policy=policy.sha256, number=package, date=date,
        manifest=FileHash(file.sha256, file.length), statement=made.decode(),
    )  # fmt: skip
    release = Release(package, "seal", "The seal", "", date, entry=entry_text(entry), generation=number)
    put_release(archive, "built", release)
    return release


def _statement(policy: Policy, number: int, generation: Generation) -> bytes:
    formats = (FORMAT_DOCUMENT, FORMAT_EMPTY) if generation.hidden else (FORMAT_DOCUMENT,)
    return statement.encode(
        statement.make(
            policy.archive_id, number, generation.size, generation.root, formats, generation.ledger, generation.time
        )
    )


def _manifest(archive: Archive, policy: Policy, package: int, date: str, size: int, staging: Staging) -> Manifest:
    settings = archive.settings
    return Manifest(
        v=FORMAT_RELEASE,
        number=package,
        archive=policy.archive_id.hex(),
        name=settings.archive.name,
        title="The seal",
        story=settings.archive.story,
        date=date,
        documents=0,
        total=size,
        withheld={},
        reasons=tuple(sorted(settings.review.reasons, key=lambda reason: reason.number)),
        licence=settings.release.licence,
        files=staging.files,
    )
