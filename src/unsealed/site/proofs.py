"""Complete proof files: what the package carries of a document, joined with the log's part.

Takes packages and the log as files; gives proof texts. Every proof of one release ends with the same evidence:
both log entries and where they stand. That evidence is made once and then kept, since a newer checkpoint
would change every proof file of every release without proving anything more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from unsealed.errors import InputError, VerifyError
from unsealed.files import read_capped, safe_join, write_plain
from unsealed.model import PublicDocument
from unsealed.seal import statement, tlog_proof
from unsealed.seal.checkpoint import parse_text
from unsealed.seal.entries import KeysEntry, PackageEntry, Payload, SealEntry, parse_entry
from unsealed.seal.log import Log
from unsealed.seal.note import MAX_NOTE, parse_note
from unsealed.seal.package import LogEvidence, attach_log
from unsealed.seal.tiles import MAX_BUNDLE
from unsealed.site.packages import Package
from unsealed.site.writer import key_of

_decoder = msgspec.msgpack.Decoder(tuple[bytes, bytes, bytes, bytes])


@lru_cache(maxsize=64)
def _tail(evidence: LogEvidence) -> str:
    return evidence.text()


class _Evidence(LogEvidence):
    """The log's part, written once for all proofs of a release."""

    __slots__ = ()

    def text(self) -> str:
        """The tail of the proof file."""
        return _tail(LogEvidence(*self))


class PublicLog:
    """The release log as it stands in a folder: `checkpoint` and `tile/`. Nothing is trusted, only read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.checkpoint = read_capped(folder / "checkpoint", MAX_NOTE)
        self._log = Log(parse_text(parse_note(self.checkpoint).text).size, self._read)
        self.raw = self._log.entries()
        self.parsed = [parse_entry(raw) for raw in self.raw]

    def _read(self, path: str) -> bytes:
        return read_capped(safe_join(self._folder, path), MAX_BUNDLE)

    def package_index(self, sha256: str) -> int | None:
        """The index of the entry that names this manifest, or None where the package is not published."""
        for index, entry in enumerate(self.parsed):
            if isinstance(entry.payload, PackageEntry) and entry.payload.manifest.sha256 == sha256:
                return index
        return None

    def seal_index(self, generation: int) -> int:
        """The index of the seal entry of a generation. Raises InputError where the log has none."""
        for index, entry in enumerate(self.parsed):
            payload = entry.payload
            sealed = statement.decode(payload.statement.encode()) if isinstance(payload, SealEntry) else None
            if sealed is not None and sealed.generation == generation:
                return index
        raise InputError(
            f"The log has no seal of generation {generation}.",
            remedy="The log below heads/ is older than the packages.",
        )

    def proof(self, index: int) -> bytes:
        """The tlog proof of the entry at `index` under the newest checkpoint."""
        return tlog_proof.make(index, self._log.inclusion(index), self.checkpoint)


class ProofMaker:
    """Makes the proof files. Without a log (a preview) they are what the package carries and say so by failing."""

    def __init__(self, log: PublicLog | None, cache: Path) -> None:
        self._log = log
        self._cache = cache
        self._evidence: dict[tuple[str, int], LogEvidence] = {}

    def published(self, packages: Sequence[Package]) -> list[Package]:
        """The packages that the log names: what was built but not published is not shown. A preview shows all."""
        log = self._log
        if log is None:
            return list(packages)
        return [package for package in packages if log.package_index(package.sha256) is not None]

    def payloads(self) -> list[Payload]:
        """What every entry of the log says, in order; nothing in a preview."""
        return [entry.payload for entry in self._log.parsed] if self._log else []

    def policies(self) -> list[bytes]:
        """The text of every policy that the log brought, oldest first."""
        parsed = [entry.payload for entry in self._log.parsed] if self._log else []
        return [payload.next.encode() for payload in parsed if isinstance(payload, KeysEntry)]

    def proof(self, document: PublicDocument, package: Package) -> str:
        """The exact text of a document's proof file."""
        if self._log is None:
            return document.proof
        return attach_log(document.proof, self.evidence(package, document.generation)).decode()

    def key(self, package: Package, generation: int) -> bytes:
        """A hash of all that a proof of this release and generation takes from here."""
        return key_of(package.sha256, *(self.evidence(package, generation) if self._log else ()))

    def evidence(self, package: Package, generation: int) -> LogEvidence:
        """The log's part of every proof of this package and generation."""
        found = self._evidence.get((package.sha256, generation))
        if found is None:
            found = _Evidence(*(self._kept(package, generation) or self._make(package, generation)))
            self._evidence[package.sha256, generation] = found
        return found

    def _path(self, package: Package, generation: int) -> Path:
        return self._cache / f"evidence-{package.sha256[:32]}-{generation}.msgpack"

    def _kept(self, package: Package, generation: int) -> LogEvidence | None:
        """Evidence of an earlier build, if it still fits the log."""
        assert self._log is not None
        path = self._path(package, generation)
        if not path.exists():
            return None
        try:
            kept = LogEvidence(*_decoder.decode(path.read_bytes()))
            tlog_proof.check_logged(kept.seal_entry, kept.seal_proof, None)
            tlog_proof.check_logged(kept.release_entry, kept.release_proof, None)
        except (msgspec.MsgspecError, UnicodeDecodeError, VerifyError):
            return None
        known = kept.seal_entry in self._log.raw and kept.release_entry in self._log.raw
        return kept if known else None

    def _make(self, package: Package, generation: int) -> LogEvidence:
        log = self._log
        assert log is not None
        release = log.package_index(package.sha256)
        if release is None:
            raise InputError(f"{package.path} is not in the log.", remedy="Publish the release first.")
        seal = log.seal_index(generation)
        made = LogEvidence(log.raw[seal], log.proof(seal), log.raw[release], log.proof(release))
        write_plain(self._path(package, generation), msgspec.msgpack.encode(tuple(made)))
        return made
