"""The log's key was stolen, or the log was forked: go on in a new log, in a copy of the archive, signed by root keys.

Takes the old archive; gives a new one with everything but what was published: its own log key, its own policy 1, and a
`moved` entry that names the last good head of the old log. Nothing of the old archive is changed: its packages and its
public folder stay as evidence. Readings are sealed again in the new log, and what was released is released again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import ArchiveError, HumanNeeded, UsageError, VerifyError
from unsealed.files import make_dirs, remove_folder, rename_durable, sync_tree, write_durable
from unsealed.release.journal import Journal, first_policy
from unsealed.release.keyring import FIRST_POLICY, Keyring, read_policy, waiting_policy
from unsealed.release.keys import KeyStore
from unsealed.release.pending import Pending, add_pending, add_pending_note, drop_pending, put_pending, read_pending
from unsealed.seal import note
from unsealed.seal.entries import MovedEntry, OldLog, assemble, check_entry, entry_text, parse_entry, parse_text
from unsealed.seal.merkle import leaf_hash, root
from unsealed.seal.note import Signer, VerifierKey
from unsealed.seal.policy import Policies, Policy, check_threshold, parse_policy, write_policy

_LEFT = ("packages", "public", "cache", "index", ".lock", "evidence")  # folders and files that stay behind
_WHO = "the root keys of the old policy and of the new one"


class Move(NamedTuple):
    """A move that waits for signatures: the last policy of the old log, policy 1 of the new one."""

    old: Policy
    new: Policy
    pending: Pending

    @property
    def allowed(self) -> tuple[VerifierKey, ...]:
        """Whose signatures count."""
        return tuple(dict.fromkeys((*self.old.roots, *self.new.roots)))

    @property
    def signed_by(self) -> tuple[VerifierKey, ...]:
        """The root keys whose signatures are there."""
        return note.check_signatures(note.Note(self.pending.text, self.pending.signatures), self.allowed)


def start_move(
    old: Path, new: Path, name: str, passphrase: str, *, date: str, text: str = "", size: int | None = None
) -> Move:
    """Copy the archive at `old` to `new`, with a fresh log key under `name`, and draft the `moved` entry.

    `size` is the last good size of the old log, by default all of it as this archive has it. Raises UsageError where
    `new` exists, the name is that of the old log, or the size is none that the log had.
    """
    if new.exists():
        raise UsageError(f"{new} exists already.", remedy="Name a folder that is not there yet.")
    with Archive.open(old, write=True) as opened:  # locked: nobody writes while it is copied
        policy = read_policy(opened)
        before = _head(opened, policy, size)
        if name == policy.log.name:
            raise UsageError("The new log needs another name than the old one.", remedy="Add a year, for example.")
        aside = new.with_name(f".{new.name}.part")
        remove_folder(aside)
        make_dirs(aside.parent)
        shutil.copytree(old, aside, ignore=_left_behind(old), symlinks=True)
    made = _make_new(aside, name, passphrase, policy)
    with Archive.open(aside, write=True) as opened:
        entry = MovedEntry(
            archive=made.archive_id.hex(), policy=made.sha256, number=0, date=date, log=before,
            before=policy.raw.decode(), text=text,
        )  # fmt: skip
        pending = put_pending(opened, "moved", entry_text(entry))
    sync_tree(aside)
    # The commit point. Killed before it, nothing is there, and the next start begins anew; after it, all of it is: a
    # folder without the draft could neither be signed nor begun again.
    rename_durable(aside, new)
    return Move(policy, made, pending)


def _left_behind(archive: Path) -> Callable[[str, list[str]], set[str]]:
    """What is not copied: what was published, the old log's key, and the keys of its generations. With those, hidden
    words of the old log could be proved from the copy for ever, whatever is shredded there.
    """
    keys = archive / "keys"

    def ignore(folder: str, names: list[str]) -> set[str]:
        if Path(folder) == archive:
            return set(_LEFT) & set(names)
        if Path(folder) in (keys, keys / "next"):
            return {one for one in names if one.startswith(("log-", "secret-", "."))}
        return set()

    return ignore


def _head(archive: Archive, policy: Policy, size: int | None) -> OldLog:
    entries = Journal(archive, first_policy(archive).log).entries()
    size = len(entries) if size is None else size
    if not 1 <= size <= len(entries):
        raise UsageError(f"The old log never had {size} entries.", remedy=f"Use 1 to {len(entries)}.")
    made = root([leaf_hash(entry) for entry in entries[:size]])
    return OldLog(policy.log.name, policy.log.vkey, size, made.hex())


def _make_new(folder: Path, name: str, passphrase: str, old: Policy) -> Policy:
    """Turn a copy into an archive that was never sealed: no publication, another log key, policy 1, which it gives."""
    with Archive.open(folder, write=True) as opened:
        opened.forget_publication()
    log = KeyStore(folder).unlock(passphrase).new("log", name)
    policy = write_policy(
        1, log, old.roots, old.roots_needed, old.editors, old.editors_needed, witnesses=old.witnesses,
        groups=old.groups, quorum=old.quorum, max_age_days=old.max_age_days,
    )  # fmt: skip
    write_durable(folder / FIRST_POLICY, policy)
    return parse_policy(policy)


def read_move(archive: Archive) -> Move:
    """The move that waits. Raises UsageError where none does."""
    pending, new = read_pending(archive, "moved"), waiting_policy(archive)
    payload = parse_text(pending.text)
    if new is None or not isinstance(payload, MovedEntry):
        raise ArchiveError("What this move was drafted from is missing.", remedy="Start again from the old archive.")
    return Move(parse_policy(payload.before.encode()), new, pending)


def sign_move(archive: Archive, signer: Signer) -> Move:
    """Add the signature of a root key that is at hand. Raises UsageError for another key."""
    move = read_move(archive)
    add_pending(archive, "moved", note.sign(move.pending.text, [signer]), move.allowed, _WHO)
    return read_move(archive)


def add_move_note(archive: Archive, untrusted_note: bytes) -> Move:
    """Add the signatures of a file that came back. Raises UsageError."""
    add_pending_note(archive, "moved", untrusted_note, read_move(archive).allowed, _WHO)
    return read_move(archive)


def publish_move(archive: Archive, keys: Keyring) -> Policy:
    """Make the signed entry the first of the new log; gives its policy 1. Completes what a killed run began.

    It becomes public with the seal. Raises HumanNeeded while signatures are missing.
    """
    move = read_move(archive)
    journal = Journal(archive, keys.log.verifier)
    if journal.find(move.pending.text) < 0:
        _check_signed(move)
        entry = assemble(move.pending.text, move.pending.signatures)
        check_entry(parse_entry(entry), Policies.of(move.new), 0)
        journal.append(entry, keys.log)
    drop_pending(archive, "moved")
    return move.new


def _check_signed(move: Move) -> None:
    signed = move.signed_by if move.pending.signatures else ()
    try:
        check_threshold(signed, move.old.roots, move.old.roots_needed, "root keys of the old log")
        check_threshold(signed, move.new.roots, move.new.roots_needed, "root keys of this log")
    except VerifyError as error:
        raise HumanNeeded(
            f"The move is not signed yet: {error.message}", remedy="Collect signatures: unsealed keys move sign"
        ) from error
