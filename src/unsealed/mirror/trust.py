"""Whom this reader trusts, and what his machine has seen before.

Touches one folder (by default `~/.config/unsealed/trust`), one folder below it for each archive, named by the
archive's id: `policy` (the file that the reader chose, byte for byte), `chain` (later and earlier policies that a
checked log led to), `checkpoint` (the newest head seen), `evidence/` (heads that contradict each other).

A head that is smaller than one seen before, or that does not continue it, is refused, and both are kept: two
signed heads that contradict each other are the proof that a log key was abused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from unsealed.errors import HistoryError, InputError, SetupError, UsageError, VerifyError
from unsealed.files import read_capped, write_durable
from unsealed.seal.checkpoint import Checkpoint, open_checkpoint
from unsealed.seal.merkle import root
from unsealed.seal.policy import MAX_POLICY, Policies, Policy, parse_policy

_MAX_CHAIN = 64 << 20  # bytes
# Chains of version 1 were written before `replay` compared each `keys` entry with the policy that follows it. They
# cannot be checked again without the log, so they count as not there; the next check of the site writes a new one.
_CHAIN_FORMAT = "unsealed-chain/2"
_CHAIN_DROPPED = b'{"v":"unsealed-chain/1",'


class _Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: str
    links: tuple[tuple[int, str], ...]


class Trusted(NamedTuple):
    """One archive that this reader trusts. `checkpoint` is the newest head seen, or None."""

    archive: str
    policy: Policy
    checkpoint: Checkpoint | None


def default_folder() -> Path:
    """`$XDG_CONFIG_HOME/unsealed/trust`, or `~/.config/unsealed/trust`."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return base / "unsealed" / "trust"


class TrustStore:
    """The trust folder of one reader."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else default_folder()

    def _path(self, archive: bytes, name: str) -> Path:
        return self.folder / archive.hex() / name

    def add(self, untrusted_policy: bytes, *, replace: bool = False) -> Policy:
        """Install a policy that the reader chose. Durable once it returns.

        Raises InputError for a broken policy, UsageError where another one is installed and `replace` is not set.
        """
        policy = parse_policy(untrusted_policy)
        path = self._path(policy.archive_id, "policy")
        if path.exists() and path.read_bytes() != policy.raw and not replace:
            raise UsageError(
                "Another policy of this archive is trusted already.",
                remedy="A signed change of keys needs no new file: verify the site. To choose anew, add --replace.",
            )
        write_durable(path, policy.raw)
        self._path(policy.archive_id, "chain").unlink(missing_ok=True)
        return policy

    def policy(self, archive: bytes) -> Policy | None:
        """The policy that the reader chose for an archive (32-byte id), or None. SetupError: damaged."""
        path = self._path(archive, "policy")
        if not path.exists():
            return None
        try:
            policy = parse_policy(read_capped(path, MAX_POLICY))
        except InputError as error:
            raise SetupError(
                f"{path} is damaged.", remedy="Install the policy again: unsealed trust add FILE"
            ) from error
        if policy.archive_id != archive:
            raise SetupError(
                f"{path} is of another archive.", remedy="Install the policy again: unsealed trust add FILE"
            )
        return policy

    def policies(self, archive: bytes) -> Policies | None:
        """The chosen policy with those that a checked log led to, or None."""
        chosen = self.policy(archive)
        path = self._path(archive, "chain")
        if chosen is None:
            return None
        data = read_capped(path, _MAX_CHAIN) if path.exists() else _CHAIN_DROPPED
        if data.startswith(_CHAIN_DROPPED):
            return Policies.of(chosen)
        try:
            chain = msgspec.json.decode(data, type=_Chain)
            policies = Policies(tuple((first, parse_policy(text.encode())) for first, text in chain.links))
        except (msgspec.MsgspecError, UnicodeDecodeError, InputError, VerifyError) as error:
            raise SetupError(f"{path} is damaged.", remedy="Delete it and verify the site again.") from error
        if chain.v != _CHAIN_FORMAT or not _belongs(policies, chosen):
            raise SetupError(f"{path} does not belong to this policy.", remedy="Delete it and verify the site again.")
        return policies

    def list(self) -> list[Trusted]:
        """Every archive that is trusted, by id."""
        found = []
        for folder in sorted(self.folder.iterdir()) if self.folder.is_dir() else []:
            policy = self.policy(bytes.fromhex(folder.name)) if _is_id(folder.name) else None
            if policy is not None:
                found.append(Trusted(folder.name, policy, self.last_seen(policy)))
        return found

    def last_seen(self, policy: Policy) -> Checkpoint | None:
        """The newest head of this policy's log that was seen, or None. VerifyError: the file was changed."""
        path = self._path(policy.archive_id, "checkpoint")
        return open_checkpoint(path.read_bytes(), policy.log).checkpoint if path.exists() else None

    def last_seen_head(self, policy: Policy) -> bytes:
        """The exact bytes of the newest head seen, or none."""
        path = self._path(policy.archive_id, "checkpoint")
        return path.read_bytes() if path.exists() else b""

    def keep_evidence(self, policy: Policy, heads: Sequence[bytes]) -> Path:
        """Keep signed heads that contradict each other; gives their folder. Durable once it returns."""
        for data in heads:
            name = hashlib.sha256(data).hexdigest()[:16]
            write_durable(self._path(policy.archive_id, f"evidence/{name}.checkpoint"), data)
        return self._path(policy.archive_id, "evidence")

    def check_history(self, policy: Policy, untrusted_head: bytes, leaves: Sequence[bytes]) -> None:
        """A head (a note that was checked) with all its leaf hashes continues the newest one seen.

        Raises HistoryError: `rollback` for a smaller log, `fork` for one that says something else; both heads are
        kept in `evidence/` then.
        """
        seen = self.last_seen(policy)
        if seen is None:
            return
        if len(leaves) < seen.size:
            raise self._contradiction(
                policy, untrusted_head, "rollback", f"The log shows {len(leaves)} entries; {seen.size} were seen before"
            )
        if root(leaves[: seen.size]) != seen.root:
            raise self._contradiction(
                policy, untrusted_head, "fork", f"The first {seen.size} entries of the log are not those seen before"
            )

    def check_head(self, policy: Policy, untrusted_head: bytes, checkpoint: Checkpoint) -> None:
        """The head inside a single proof file does not contradict the newest one seen.

        A proof may be older or newer than what was seen, which no single file can tell apart from a fork; of the
        same size it must have the same root. Raises HistoryError (rule `fork`).
        """
        seen = self.last_seen(policy)
        if seen is not None and seen.size == checkpoint.size and seen.root != checkpoint.root:
            message = f"The log head of {seen.size} entries in this proof is not the one seen before"
            raise self._contradiction(policy, untrusted_head, "fork", message)

    def _contradiction(self, policy: Policy, head: bytes, rule: str, message: str) -> HistoryError:
        folder = self.keep_evidence(policy, (self.last_seen_head(policy), head))
        return HistoryError(
            f"{message}.", rule=rule, remedy=f"Both signed heads are kept in {folder}: show them around."
        )

    def remember(self, policies: Policies, head: bytes) -> None:
        """Keep a checked head as the newest seen, and the policies that its log led to. Durable once it returns.

        The policies are kept only where the installed policy is one of them: another one, used for a single call,
        changes nothing for later ones.
        """
        chosen = self.policy(policies.archive_id)
        if chosen is not None and chosen.raw in [policy.raw for policy in policies.all]:
            links = tuple((first, policy.raw.decode()) for first, policy in policies.links)
            write_durable(self._path(policies.archive_id, "chain"), msgspec.json.encode(_Chain(_CHAIN_FORMAT, links)))
        write_durable(self._path(policies.archive_id, "checkpoint"), head)


def _belongs(policies: Policies, chosen: Policy) -> bool:
    """The chain holds the chosen policy under its number, and is one archive's, without a gap."""
    firsts = [first for first, _ in policies.links]
    numbers = [policy.number for policy in policies.all]
    rising = firsts == sorted(set(firsts)) and all(second == first + 1 for first, second in pairwise(numbers))
    one = all(policy.archive_id == chosen.archive_id for policy in policies.all)
    return rising and one and chosen.raw in [policy.raw for policy in policies.all]


def _is_id(name: str) -> bool:
    return len(name) == 64 and all(character in "0123456789abcdef" for character in name)
