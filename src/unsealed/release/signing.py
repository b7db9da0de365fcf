"""Editors' signatures over the exact text of an entry: k of n, on one machine or on many, offline if wanted.

Takes a built release; gives the same with more signatures. The small file that goes out is the entry's text, the
one that comes back a signed note over it. Every signature is checked before it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, UsageError, VerifyError
from unsealed.release.recheck import check_unchanged
from unsealed.release.records import Release, put_release, read_release
from unsealed.seal import note
from unsealed.seal.entries import assemble, check_entry, parse_entry
from unsealed.seal.note import Note, Signature, Signer
from unsealed.seal.policy import Policies, Policy


def text_to_sign(archive: Archive, number: int) -> str:
    """The exact text that editors sign. Raises UsageError where the release is not built, HumanNeeded where editors
    decided anew since it was (see `recheck`).
    """
    stored = read_release(archive, number)
    if stored.state == "planned":
        raise UsageError(f"Release {number} is not built yet.", remedy=f"Build it: unsealed release build {number}")
    if stored.state == "built":
        check_unchanged(archive, stored.release)
    return stored.release.entry


def sign_release(archive: Archive, number: int, signer: Signer, policy: Policy) -> Release:
    """Add the signature of one editor whose key is here. Raises UsageError for a key that is no editor's."""
    text = text_to_sign(archive, number)
    return add_signatures(archive, number, note.sign(text, [signer]), policy)


def add_signed_note(archive: Archive, number: int, untrusted_note: bytes, policy: Policy) -> Release:
    """Add the signatures of a note that came back. Raises UsageError unless it is over this very entry."""
    try:
        read = note.parse_note(untrusted_note)
    except VerifyError as error:
        raise UsageError(f"The signed file cannot be read: {error.message}", remedy="Ask for it again.") from error
    if read.text != text_to_sign(archive, number):
        raise UsageError(
            "The signed file is over another text than this release.", remedy="Send the editor the file of this build."
        )
    return add_signatures(archive, number, read.signatures, policy)


def add_signatures(archive: Archive, number: int, lines: Iterable[Signature], policy: Policy) -> Release:
    """Keep signature lines that hold under the policy; gives the release. Raises UsageError for one that does not."""
    stored = read_release(archive, number)
    if stored.state == "published":
        raise UsageError(f"Release {number} is published already.", remedy="Nothing is left to sign.")
    release = _with(stored.release, tuple(lines), policy)
    put_release(archive, stored.state, release)
    return release


def _with(release: Release, lines: Sequence[Signature], policy: Policy) -> Release:
    read = Note(release.entry, tuple(lines))
    if note.unknown_lines(read, policy.editors):
        raise UsageError(
            "A signature is of a key that is not one of the policy's editors.",
            remedy="`unsealed keys list` shows them.",
        )
    try:
        note.check_signatures(read, policy.editors)
    except VerifyError as error:
        raise UsageError(f"A signature does not hold: {error.message}", remedy="Ask the editor again.") from error
    kept = {(one.name, one.key_id): one for one in release.signatures}
    kept |= {(line.name, line.key_id): line for line in lines}
    ordered = tuple(kept[key] for key in sorted(kept))
    return msgspec.structs.replace(release, signatures=ordered)


def sign_here(archive: Archive, release: Release, signers: Iterable[Signer], policy: Policy) -> Release:
    """Sign with as many of the keys that are here as are needed, and keep the signatures."""
    for signer in signers:
        if len(release.signatures) >= policy.editors_needed:
            break
        if signer.verifier in policy.editors and signer.name not in {one.name for one in release.signatures}:
            release = _with(release, note.sign(release.entry, [signer]), policy)
    stored = read_release(archive, release.number)
    if release != stored.release:
        put_release(archive, stored.state, release)
    return release


def signed_entry(text: str, signatures: Sequence[Signature], policy: Policy, index: int, what: str) -> bytes:
    """The entry with its signatures, as it goes into the log at `index`. Raises HumanNeeded while some are missing."""
    if len(signatures) < policy.editors_needed:
        raise HumanNeeded(
            f"{what} has {len(signatures)} of {policy.editors_needed} signatures.",
            remedy="Collect them with: unsealed release sign N --as EDITOR",
        )
    entry = assemble(text, signatures)
    check_entry(parse_entry(entry), Policies.of(policy), index)
    return entry
