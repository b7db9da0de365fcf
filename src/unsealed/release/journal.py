"""The release log on disk: one writer, and never two heads that contradict each other.

`packages/log` holds the log's truth (tiles, entries, checkpoint), `public/heads/log` what mirrors see. An entry is
in the log once the new checkpoint is durable in `packages/log`: that is the commit point. Before it, tiles of a
killed run lie there unused and are written again; after it, `show` brings the public heads up to it, checkpoint last.

A checkpoint is signed only for a log that continues the one that is already public: a log restored from an old
backup would otherwise fork for ever (release.md, "Publishing").
"""

from __future__ import annotations

from pathlib import Path

from unsealed.archive import Archive
from unsealed.errors import ArchiveError, HistoryError, InputError, VerifyError
from unsealed.files import make_dirs, read_capped, remove_durable, remove_leftovers, write_durable
from unsealed.release.witnessing import OwnLog, check_cosigned, check_newest, cosign_head
from unsealed.seal.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from unsealed.seal.entries import PackageEntry, parse_entry, policies_of
from unsealed.seal.log import Log
from unsealed.seal.merkle import check_consistency
from unsealed.seal.note import MAX_NOTE, Signer, VerifierKey
from unsealed.seal.policy import MAX_POLICY, Policies, Policy, parse_policy
from unsealed.seal.tiles import MAX_BUNDLE, expected_files

CHECKPOINT = "checkpoint"
POLICY = "policy"  # its name in packages/0000 and in public/heads
EMPTY = Checkpoint("", 0, b"")


def policy_path(archive: Archive) -> Path:
    """Where policy 1 of a sealed archive lies. Later ones stand in the `keys` entries of the log."""
    return archive.path / "packages" / "0000" / POLICY


def first_policy(archive: Archive) -> Policy:
    """Policy 1. Raises ArchiveError where the archive was never sealed, or the file is damaged."""
    path = policy_path(archive)
    if not path.exists():
        raise ArchiveError("This archive was never sealed.", remedy="Seal it first: unsealed seal")
    try:
        return parse_policy(read_capped(path, MAX_POLICY))
    except InputError as error:
        raise ArchiveError(f"{path} is damaged: {error.message}", remedy="Restore packages/ from a backup.") from error


class Journal:
    """The log of one archive. Open it with the public key to read, with the log's signer to append."""

    def __init__(self, archive: Archive, key: VerifierKey) -> None:
        self._key = key
        self._folder = archive.path / "packages" / "log"
        self._heads = archive.path / "public" / "heads"
        self._archive = archive
        self.size = self._read_head(self._folder).size
        self._log = Log(self.size, self._read)

    def _read(self, path: str) -> bytes:
        return read_capped(self._folder / path, MAX_BUNDLE)

    def _read_head(self, folder: Path) -> Checkpoint:
        path = folder / CHECKPOINT
        if not path.exists():
            return EMPTY
        try:
            return open_checkpoint(read_capped(path, MAX_NOTE), self._key).checkpoint
        except VerifyError as error:
            raise HistoryError(
                f"{path} is not a head of this archive's log: {error.message}",
                rule="log-key",
                remedy="Nothing was signed. Restore packages/log and keys/ from one backup.",
            ) from error

    @property
    def checkpoint(self) -> bytes:
        """The newest signed head. Raises ArchiveError while the log is empty."""
        if not self.size:
            raise ArchiveError("The log is empty: this archive was never sealed.", remedy="Run: unsealed seal")
        return read_capped(self._folder / CHECKPOINT, MAX_NOTE)

    def entries(self) -> tuple[bytes, ...]:
        """Every entry, in order."""
        return self._log.entries()

    def find(self, entry_text: str) -> int:
        """The index of the entry with this text, whoever signed it, or -1."""
        for index, entry in enumerate(self.entries()):
            if parse_entry(entry).note.text == entry_text:
                return index
        return -1

    def policies(self) -> Policies:
        """Every policy of this log: policy 1, and those that its `keys` entries brought. Raises ArchiveError."""
        return policies_of([parse_entry(entry) for entry in self.entries()], first_policy(self._archive), {})

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The path of an entry, for a proof."""
        return self._log.inclusion(index)

    def check_heads(self) -> None:
        """Refuse unless this log continues the one that is public. Raises HistoryError, and nothing was signed."""
        public = self._read_head(self._heads / "log")
        remedy = "Nothing was signed. Bring packages/log up to the public log before you publish again."
        if public.size > self.size:
            raise HistoryError(
                f"The public log has {public.size} entries, the archive's own log {self.size}: it is an old copy.",
                rule="rollback",
                remedy=remedy,
            )
        if public.size:
            try:
                path = self._log.consistency(public.size)
                check_consistency(public.size, self.size, path, public.root, self._log.root())
            except VerifyError as error:
                raise HistoryError(
                    "The archive's own log is not the public one.", rule="fork", remedy=remedy
                ) from error

    def append(self, entry: bytes, signer: Signer) -> int:
        """Put an entry at the end; gives its index. Durable here when it returns, public only after `show`.

        Raises HistoryError (see `check_heads`) and ArchiveError where `signer` is not this log's key.
        """
        if signer.verifier != self._key:
            raise ArchiveError("This is not the key of this archive's log.", remedy="Use the keys/ of this archive.")
        self.check_heads()
        self._check_newest()
        growth = self._log.append([entry])
        for path, data in growth.files.items():
            write_durable(self._folder / path, data)
        head = sign_checkpoint(Checkpoint(self._key.name, growth.size, growth.root), signer)
        # The commit point. Killed before: the entry is not in the log. Killed after: it is, and `show` goes on.
        write_durable(self._folder / CHECKPOINT, head)
        self.size = growth.size
        self._log = Log(growth.size, self._read)
        return growth.size - 1

    def _own(self) -> OwnLog:
        head = Checkpoint(self._key.name, self.size, self._log.root())
        written = self.checkpoint if self.size else b""
        return OwnLog(self._key, head, written, self._log.consistency, self._archive.path / "evidence")

    def _check_newest(self) -> None:
        """Ask witnesses and mirrors, where some are named, whether they know a newer log. See `witnessing`."""
        mirrors = self._archive.settings.release.mirrors
        policy = self._policy_now()
        if policy is not None and (mirrors or policy.witnesses):
            check_newest(self._own(), policy, mirrors)

    def _policy_now(self) -> Policy | None:
        """The policy under which readers judge the newest head; None before the first seal."""
        if not policy_path(self._archive).exists():
            return None
        first = first_policy(self._archive)
        if self.size < 2:
            return first  # a log begins with a seal, which changes no policy
        return self.policies().at(self.size - 1)

    def cosign(self) -> None:
        """Let the witnesses of the policy sign the newest head; durable once it returns. May be repeated.

        Raises HumanNeeded where fewer signed than the policy asks for: nothing of the head may be public then.
        """
        policy = self._policy_now()
        if policy is None or not policy.witnesses or not self.size:
            return
        own = self._own()
        head = cosign_head(own, policy)
        if head != own.checkpoint:
            write_durable(self._folder / CHECKPOINT, head)
        check_cosigned(own._replace(checkpoint=head), policy)

    def show(self) -> None:
        """Bring `public/heads` up to this log: policy and tiles first, checkpoint last, then tiles no longer needed.

        May be repeated; a mirror that reads at any moment sees the old log or the new one.
        """
        self.check_heads()
        self.cosign()
        make_dirs(self._heads / "log")
        remove_leftovers(self._heads)
        if policy_path(self._archive).exists():
            _put(self.policies().newest.raw, self._heads / POLICY)
        wanted = {file.path for file in expected_files(self.size)}
        for path in sorted(wanted):
            _copy(self._folder / path, self._heads / "log" / path)
        _copy(self._folder / CHECKPOINT, self._heads / "log" / CHECKPOINT)
        for folder in (self._heads / "log", self._folder):
            _remove_others(folder, wanted | {CHECKPOINT})


def next_number(archive: Archive, policy: Policy) -> int:
    """The number of the next package: seals, releases and what amends them count together."""
    entries = Journal(archive, policy.log).entries()
    return sum(isinstance(parse_entry(entry).payload, PackageEntry) for entry in entries)


def _copy(source: Path, target: Path) -> None:
    """Copy a file durably unless the very bytes are there."""
    _put(source.read_bytes(), target)


def _put(data: bytes, target: Path) -> None:
    """Write a file durably unless the very bytes are there."""
    if not target.exists() or target.read_bytes() != data:
        write_durable(target, data)


def _remove_others(folder: Path, wanted: set[str]) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            remove_durable(path)
