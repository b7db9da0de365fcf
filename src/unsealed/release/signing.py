"""Editors' signatures over the exact text of an entry: k of n, on one machine or on many, offline if wanted.

Takes a built release; gives the same with more signatures. The small file that goes out is the entry's text, the
one that comes back a signed note over it. Every signature is checked before it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, UsageError
from unsealed.release.offline import merge_lines, read_signed
from unsealed.release.pending import Pending, add_pending, add_pending_note, read_pending
from unsealed.release.recheck import check_unchanged
from unsealed.release.records import Release, put_release, read_release
from unsealed.seal import note
from unsealed.seal.entries import assemble, check_entry, parse_entry, parse_text
from unsealed.seal.note import Signature, Signer
from unsealed.seal.policy import Policies, Policy

_EDITORS = "the policy's editors"


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


def check_current(text: str, policy: Policy, what: str) -> None:
    """Refuse an entry that was made before the last change of keys: no reader would count its signatures.

    Raises HumanNeeded; a newly built one says the same under the policy in force.
    """
    if parse_text(text).policy != policy.sha256:
        raise HumanNeeded(
            f"{what} was made under another policy than number {policy.number}, which is in force now.",
            remedy="Build it again, and let it be signed again: old signatures no longer count.",
        )


def sign_release(archive: Archive, number: int, signer: Signer, policy: Policy) -> Release:
    """Add the signature of one editor whose key is here. Raises UsageError for a key that is no editor's."""
    text = text_to_sign(archive, number)
    return add_signatures(archive, number, note.sign(text, [signer]), policy)


def add_signed_note(archive: Archive, number: int, untrusted_note: bytes, policy: Policy) -> Release:
    """Add the signatures of a note that came back. Raises UsageError unless it is over this very entry."""
    lines = read_signed(untrusted_note, text_to_sign(archive, number), "this release")
    return add_signatures(archive, number, lines, policy)


def add_signatures(archive: Archive, number: int, lines: Iterable[Signature], policy: Policy) -> Release:
    """Keep signature lines that hold under the policy; gives the release. Raises UsageError for one that does not."""
    stored = read_release(archive, number)
    if stored.state == "published":
        raise UsageError(f"Release {number} is published already.", remedy="Nothing is left to sign.")
    check_current(stored.release.entry, policy, f"Release {number}")
    release = _with(stored.release, tuple(lines), policy)
    put_release(archive, stored.state, release)
    return release


def _with(release: Release, lines: Sequence[Signature], policy: Policy) -> Release:
    merged = merge_lines(release.entry, release.signatures, lines, policy.editors, _EDITORS)
    return msgspec.structs.replace(release, signatures=merged)


def sign_site(archive: Archive, signer: Signer, policy: Policy) -> Pending:
    """Sign the pages that wait for signatures. Raises UsageError for a key that is no editor's, or nothing waiting."""
    lines = note.sign(read_pending(archive, "site").text, [signer])
    return add_pending(archive, "site", lines, policy.editors, _EDITORS)


def add_site_note(archive: Archive, untrusted_note: bytes, policy: Policy) -> Pending:
    """Add the signatures of a file that came back, over the pages that wait. Raises UsageError."""
    return add_pending_note(archive, "site", untrusted_note, policy.editors, _EDITORS)


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


_COLLECT = "Collect them with: unsealed release sign N --as EDITOR, or --out FILE and --in SIGNED"


def signed_entry(
    text: str, signatures: Sequence[Signature], policy: Policy, index: int, what: str, remedy: str = _COLLECT
) -> bytes:
    """The entry with its signatures, as it goes into the log at `index`. Raises HumanNeeded while some are missing."""
    check_current(text, policy, what)
    if len(signatures) < policy.editors_needed:
        raise HumanNeeded(
            f"{what} has {len(signatures)} of {policy.editors_needed} signatures.",
            remedy=remedy,
        )
    entry = assemble(text, signatures)
    check_entry(parse_entry(entry), Policies.of(policy), index)
    return entry
