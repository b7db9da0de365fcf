"""Whose keys a release needs, and the policy that tells readers of them.

Takes the unlocked keys of an archive; gives signers and the policy file. Holds secrets in memory only.
"""

from __future__ import annotations

from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import KeysError
from unsealed.files import read_capped
from unsealed.release.journal import Journal, first_policy
from unsealed.release.keys import KeyStore, OpenKeys
from unsealed.release.witnessing import first_witnesses
from unsealed.seal.note import Signer
from unsealed.seal.policy import MAX_POLICY, Policy, parse_policy, write_policy


class Keyring(NamedTuple):
    """The log's key, the editors whose keys are kept here, and the store that holds generation keys."""

    log: Signer
    editors: tuple[Signer, ...]
    store: OpenKeys

    def __repr__(self) -> str:
        return f"Keyring({self.log!r})"


def open_keyring(archive: Archive, passphrase: str) -> Keyring:
    """The keys of an archive. Raises KeysError where there is no log key, or more than one."""
    opened = KeyStore(archive.path).unlock(passphrase)
    logs = opened.signers("log")
    if len(logs) != 1:
        raise KeysError(
            f"This archive has {len(logs)} log keys; it needs exactly one.",
            remedy="Make one with: unsealed keys new ARCHIVE log NAME",
        )
    return Keyring(logs[0], tuple(opened.signers("editor")), opened)


FIRST_POLICY = "packages/pending/policy-1"  # below the archive: policy 1 of a log that takes the place of another


def waiting_policy(archive: Archive) -> Policy | None:
    """Policy 1 of a log that takes the place of another one and has no package yet, or None."""
    path = archive.path / FIRST_POLICY
    return parse_policy(read_capped(path, MAX_POLICY)) if path.exists() else None


def new_policy(archive: Archive, keys: Keyring) -> Policy:
    """Policy 1: the one that waits after a move of the log, else from the public halves of every key of the archive.

    Raises KeysError where some are missing.
    """
    waiting = waiting_policy(archive)
    if waiting is not None:
        return waiting
    listed = keys.store.store.list()
    editors = [info.key for info in listed if info.role == "editor"]
    roots = [info.key for info in listed if info.role == "root"]
    needed = archive.settings.release.signatures_needed
    if len(editors) < needed:
        raise KeysError(
            f"There are {len(editors)} editors' keys; {needed} signatures are needed.",
            remedy="Make one for each editor with: unsealed keys new ARCHIVE editor NAME",
        )
    if not roots:
        raise KeysError("There is no root key.", remedy="Make one with: unsealed keys new ARCHIVE root NAME")
    roots_needed = min(needed, len(roots))
    witnesses, groups, quorum = first_witnesses(archive.settings.release)
    raw = write_policy(
        1, keys.log.verifier, roots, roots_needed, editors, needed, witnesses=witnesses, groups=groups, quorum=quorum,
        max_age_days=archive.settings.release.max_age_days,
    )  # fmt: skip
    return parse_policy(raw)


def read_policy(archive: Archive) -> Policy:
    """The policy in force for the next entry of the log.

    Raises ArchiveError where the archive was never sealed, or a file is damaged.
    """
    first = first_policy(archive)
    return Journal(archive, first.log).policies().newest
