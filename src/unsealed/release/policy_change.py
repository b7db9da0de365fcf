"""The next policy: drafted here, signed by root keys of the one in force and of itself, published as a `keys` entry.

Takes an archive and what should change; gives the entry of kind `keys` and puts it into the log. From the entry after
it on, the new editors sign; what was signed under the policy before, and is not in the log yet, no longer counts.
Whoever trusted the policy before is led to the new one by the log itself (docs/formats/log.md, "History").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import HumanNeeded, InputError, KeysError, UsageError, VerifyError
from unsealed.release.journal import Journal
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.keys import KeyInfo, KeyStore
from unsealed.release.pending import (
    Pending,
    add_pending,
    add_pending_note,
    drop_pending,
    find_pending,
    put_pending,
    read_pending,
)
from unsealed.release.publishing import show_logged
from unsealed.release.records import read_release
from unsealed.review import audit
from unsealed.seal import note
from unsealed.seal.entries import KeysEntry, assemble, check_entry, entry_text, next_policy, parse_entry, parse_text
from unsealed.seal.note import Signer, VerifierKey
from unsealed.seal.policy import Group, Policies, Policy, Witness, check_threshold, parse_policy, write_policy

_WHO = "the root keys of the policy in force and of the next one"
_AGAIN = "Draft it again: unsealed keys policy draft"


class Edit(NamedTuple):
    """What should be another in the next policy.

    `add` and `remove` are names of keys: what is added must be known to the archive (`keys list`). A witness is added
    as (name, key, address). None leaves a number, the groups or the quorum as they are.
    """

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    editors_needed: int | None = None
    roots_needed: int | None = None
    witnesses: Sequence[Witness] = ()
    groups: Sequence[Group] | None = None
    quorum: str | None = None
    max_age_days: int | None = None
    log_url: str | None = None


class Change(NamedTuple):
    """A change of keys that waits for signatures: the policy in force, the next one, and who of each has signed."""

    old: Policy
    new: Policy
    pending: Pending

    @property
    def signed_by(self) -> tuple[VerifierKey, ...]:
        """The root keys whose signatures are there."""
        read = note.Note(self.pending.text, self.pending.signatures)
        return note.check_signatures(read, self.allowed) if self.pending.signatures else ()

    @property
    def allowed(self) -> tuple[VerifierKey, ...]:
        """Whose signatures count: the root keys of both policies, each once."""
        return tuple(dict.fromkeys((*self.old.roots, *self.new.roots)))

    def counts(self) -> tuple[int, int]:
        """How many root keys of the policy in force, and of the next one, have signed."""
        signed = self.signed_by
        return sum(key in self.old.roots for key in signed), sum(key in self.new.roots for key in signed)


def draft_change(archive: Archive, edit: Edit) -> Change:
    """Draft the next policy from the one in force; replaces an earlier draft, whose signatures fall away.

    Raises KeysError for a name that is unknown, UsageError for a policy that cannot be or that changes nothing.
    """
    old = read_policy(archive)
    return draft_text(archive, _edited(old, edit, KeyStore(archive.path).list()))


def draft_text(archive: Archive, untrusted_policy: bytes) -> Change:
    """Draft the next policy from a whole policy file that somebody wrote. Raises UsageError like `draft_change`."""
    old = read_policy(archive)
    try:
        new = parse_policy(untrusted_policy)
    except InputError as error:
        raise UsageError(error.message, remedy="Correct the file.") from error
    if new.number != old.number + 1:
        raise UsageError(f"The next policy is number {old.number + 1}, not {new.number}.", remedy="Correct the number.")
    if new.log != old.log:
        raise UsageError(
            "The next policy names another log.", remedy="A log keeps its key for ever; see docs/how-to/drills/."
        )
    if _body(old) == _body(new):
        raise UsageError("The next policy would say the same as the one in force.", remedy="Say what should change.")
    _check_collisions(archive, old, new)
    entry = KeysEntry(archive=old.archive_id.hex(), policy=old.sha256, number=new.number, next=new.raw.decode())
    return Change(old, new, put_pending(archive, "policy", entry_text(entry)))


def _body(policy: Policy) -> list[bytes]:
    lines = [line.strip() for line in policy.raw.split(b"\n")]
    return [line for line in lines if line and not line.startswith(b"#")][1:]  # the first names the number


def _check_collisions(archive: Archive, old: Policy, new: Policy) -> None:
    """No key of the new policy shares name and id with another key of the log (rule `key-collision`)."""
    links = Journal(archive, old.log).policies().links
    try:
        Policies((*links, (links[-1][0] + 1, new)))
    except VerifyError as error:
        raise UsageError(error.message, remedy="Let that key be made again under another name.") from error


def _edited(old: Policy, edit: Edit, listed: Iterable[KeyInfo]) -> bytes:
    """The text of the next policy."""
    known = {info.key.name: info for info in listed}
    added = [_known(name, known) for name in edit.add]
    roots, editors, witnesses = _kept(old, set(edit.remove))
    roots += [info.key for info in added if info.role == "root" and info.key not in roots]
    editors += [info.key for info in added if info.role == "editor" and info.key not in editors]
    groups = old.groups if edit.groups is None else tuple(edit.groups)
    return write_policy(
        old.number + 1, old.log,
        roots, edit.roots_needed or old.roots_needed, editors, edit.editors_needed or old.editors_needed,
        witnesses=[*witnesses, *edit.witnesses], groups=groups, quorum=edit.quorum or old.quorum,
        max_age_days=old.max_age_days if edit.max_age_days is None else edit.max_age_days,
        log_url=old.log_url if edit.log_url is None else edit.log_url,
    )  # fmt: skip


def _known(name: str, known: dict[str, KeyInfo]) -> KeyInfo:
    if name not in known or known[name].role not in ("editor", "root"):
        raise KeysError(
            f"There is no editor's or root key of the name {name} here.",
            remedy="Bring its public half: unsealed keys import-public ARCHIVE FILE",
        )
    return known[name]


def _kept(old: Policy, remove: set[str]) -> tuple[list[VerifierKey], list[VerifierKey], list[Witness]]:
    names = {key.name for key in (*old.roots, *old.editors)} | {one.name for one in old.witnesses}
    if remove - names:
        raise KeysError(
            f"The policy in force names no {', '.join(sorted(remove - names))}.",
            remedy="`unsealed keys policy show` lists who it names.",
        )
    return (
        [key for key in old.roots if key.name not in remove],
        [key for key in old.editors if key.name not in remove],
        [one for one in old.witnesses if one.name not in remove],
    )


# --- signing and publishing ---------------------------------------------------------------------------


def find_change(archive: Archive) -> Change | None:
    """The change that waits, or None. Raises HumanNeeded for a draft that another change overtook."""
    pending = find_pending(archive, "policy")
    if pending is None:
        return None
    payload = parse_text(pending.text)
    assert isinstance(payload, KeysEntry), "only `draft_text` writes this file"
    policies = Journal(archive, read_policy(archive).log).policies()
    old = next((one for one in policies.all if one.sha256 == payload.policy), None)
    if old is None or (old is not policies.newest and payload.next.encode() != policies.newest.raw):
        raise HumanNeeded("This draft follows a policy that is no longer in force.", remedy=_AGAIN)
    return Change(old, next_policy(payload), pending)


def read_change(archive: Archive) -> Change:
    """The change that waits. Raises UsageError where none does, HumanNeeded for one that was overtaken."""
    found = find_change(archive)
    if found is None:
        raise UsageError("No change of keys is drafted.", remedy="Draft one: unsealed keys policy draft ARCHIVE")
    return found


def sign_change(archive: Archive, signer: Signer) -> Change:
    """Add the signature of a root key that is at hand. Raises UsageError for a key that is no root of either policy."""
    change = read_change(archive)
    add_pending(archive, "policy", note.sign(change.pending.text, [signer]), change.allowed, _WHO)
    return read_change(archive)


def add_change_note(archive: Archive, untrusted_note: bytes) -> Change:
    """Add the signatures of a file that came back. Raises UsageError for another text or key."""
    change = read_change(archive)
    add_pending_note(archive, "policy", untrusted_note, change.allowed, _WHO)
    return read_change(archive)


def publish_change(archive: Archive, keys: Keyring) -> tuple[int, Policy]:
    """Put the signed change into the log; gives the index of its entry and the policy that is in force from now on.

    Completes what a killed run began. Raises HumanNeeded while signatures of either policy's root keys are missing,
    HistoryError where the public log is not the archive's own.
    """
    change = read_change(archive)
    journal = Journal(archive, keys.log.verifier)
    journal.check_heads()
    index = journal.find(change.pending.text)
    if index < 0:
        _check_signed(change)
        entry = assemble(change.pending.text, change.pending.signatures)
        check_entry(parse_entry(entry), Policies.of(change.old), journal.size)
        # The commit point is inside: the new head. Killed behind it, the next run finds the entry and goes on.
        index = journal.append(entry, keys.log)
        who = ", ".join(key.name for key in change.signed_by)
        about: dict[str, str | int] = {"policy": change.new.sha256, "number": change.new.number, "entry": index}
        about["sha256"] = sha256(entry).hexdigest()  # by which `note_published` knows that this entry has its record
        audit.record(archive, who, "keys.policy", "a change of keys was published", about=about)
    show_logged(archive, journal)
    drop_pending(archive, "policy")
    return index, change.new


def _check_signed(change: Change) -> None:
    try:
        check_threshold(change.signed_by, change.old.roots, change.old.roots_needed, "root keys of the policy in force")
        check_threshold(change.signed_by, change.new.roots, change.new.roots_needed, "root keys of the next policy")
    except VerifyError as error:
        raise HumanNeeded(
            f"The change of keys is not signed yet: {error.message}",
            remedy="Collect signatures: unsealed keys policy sign ARCHIVE --out FILE, then --in SIGNED",
        ) from error


def overtaken(archive: Archive) -> tuple[int, ...]:
    """The built releases that were made under an earlier policy: they have to be built and signed again."""
    newest = read_policy(archive).sha256
    found = []
    for number in archive.releases():
        stored = read_release(archive, number)
        if stored.state == "built" and parse_text(stored.release.entry).policy != newest:
            found.append(number)
    return tuple(found)


__all__ = [
    "Change", "Edit", "add_change_note", "draft_change", "draft_text", "find_change", "overtaken", "publish_change",
    "read_change", "read_pending", "sign_change",
]  # fmt: skip
