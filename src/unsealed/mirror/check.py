"""Verify a whole site: every file, every document, every byte of the log.

Takes a source and the policy that the reader trusts; gives a report, or an error that names what differs. The
order: the log and its entries (whose word is it), what was seen before, each package, each document, then every
other file. Nothing is read further than a signed length.

Spec: docs/formats/site-manifest.md, section "Checking a site".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unsealed.errors import SiteDiffers, VerifyError
from unsealed.mirror import documents
from unsealed.mirror.amended import Before, check_amendment, cuts_of, superseded_file
from unsealed.mirror.documents import PROOF_FILE, Found, PackAnswer, Problem, ProofFile, Release
from unsealed.mirror.heads import LOG, Heads, check_heads, naming, object_path, own_policy
from unsealed.mirror.pool import Pool, run_pack, run_proofs
from unsealed.mirror.source import Source, check_exact, read_exact, shown_path
from unsealed.mirror.trust import TrustStore
from unsealed.model import Manifest, PackageFile
from unsealed.seal import closing, generation, merkle, package, tlog_proof
from unsealed.seal.amendments import Key, Place
from unsealed.seal.checkpoint import Cosignature
from unsealed.seal.entries import CloseEntry, PackageEntry, Placed, ReleaseEntry, SealEntry
from unsealed.seal.package import LogEvidence
from unsealed.seal.payloads import Amendment
from unsealed.seal.policy import Policies, Policy
from unsealed.seal.site_manifest import SiteFile, document_segment
from unsealed.seal.statement import Statement
from unsealed.seal.statement import decode as decode_statement
from unsealed.seal.superseded import Pack, decode_superseded, packs_in_force

BATCH = 512  # files of one task
ALONE = 64 << 20  # bytes of packs and proofs up to which no second process is started
SHOWN = 10  # paths that an error names
VERIFIER = "verify.html"

Progress = Callable[[int, int], None]  # files done, files in all


@dataclass(frozen=True)
class SiteReport:
    """What holds.

    `documents` and `hidden` count released documents and hidden atoms; `seals` are the statements. `listed`: the
    place could be searched for extra files. `same_verifier`: `verify.html` is the page that the newest release named.
    """

    name: str
    keys_checked: bool
    policies: Policies
    entries: int
    releases: tuple[Manifest, ...]
    seals: tuple[Statement, ...]
    signed_by: tuple[str, ...]
    witnesses: tuple[Cosignature, ...]
    documents: int
    hidden: int
    files: int
    length: int
    listed: bool
    same_verifier: bool


class _Package(NamedTuple):
    placed: Placed
    manifest: Manifest


class _Sealed(NamedTuple):
    placed: Placed
    statement: Statement
    commitments: Sequence[bytes]


def verify_site(
    source: Source,
    trusted: Policy | None,
    *,
    store: TrustStore | None = None,
    workers: int = 2,
    progress: Progress | None = None,
) -> SiteReport:
    """Check every file of a site and every document in it.

    `trusted` is the policy that the reader chose; with None the site is compared with its own policy, which proves
    no more than that nothing is broken: `keys_checked` is false then. `store` remembers the head and refuses one
    that contradicts what it saw. Raises SiteDiffers (a file; the message names up to ten), VerifyError (whose
    word it is), HistoryError (rolled back or forked).
    """
    policy = trusted if trusted is not None else own_policy(source)
    found = check_heads(source, policy)
    if store is not None and trusted is not None:
        store.check_history(trusted, found.checkpoint, found.leaves)
    check = _Check(source, found, workers, progress)
    report = check.run(trusted is not None)
    if store is not None and trusted is not None:
        store.remember(found.history.policies, found.checkpoint)
    return report


class _Check:
    """One run: what is expected, what was done, what differs."""

    def __init__(self, source: Source, found: Heads, workers: int, progress: Progress | None) -> None:
        self.source = source
        self.heads = found
        self.workers = workers
        self.progress = progress
        self.expected = {file.path: file for file in found.files}
        self.done: set[str] = set()
        self.problems: list[Problem] = []

    def run(self, keys_checked: bool) -> SiteReport:
        """All steps in order. Raises at the end of a step that found a difference."""
        listed = self._check_listing()
        self._stop()
        packages = [self._package(placed) for placed in self.heads.history.packages]
        packs = self._check_files(packages)
        self._stop()
        seals = [self._seal(package) for package in packages if isinstance(package.placed.entry.payload, SealEntry)]
        same_verifier = self._check_verifier()
        self._stop()
        found = self._check_documents(packages, seals, packs)
        self._stop()
        self._check_close(packages, seals, found)
        self._check_rest()
        self._stop()
        history = self.heads.history
        return SiteReport(
            name=packages[-1].manifest.name,
            keys_checked=keys_checked,
            policies=history.policies,
            entries=len(history.placed),
            releases=tuple(one.manifest for one in packages),
            seals=tuple(one.statement for one in seals),
            signed_by=tuple(sorted({key.name for placed in history.placed for key in placed.signed_by})),
            witnesses=self.heads.opened.cosignatures,
            documents=len(found),
            hidden=sum(one.hidden for one in found),
            files=len(self.expected) + len(self.heads.paths),
            length=sum(file.length for file in self.heads.files),
            listed=listed,
            same_verifier=same_verifier,
        )

    def _stop(self) -> None:
        """Raise where something differs: one error that names the files."""
        if not self.problems:
            return
        unique = sorted(set(self.problems))
        first, *more = unique[:SHOWN]
        message = _sentence(first)
        if more:
            message += "".join(f"\n  also: {_sentence(problem)}" for problem in more)
        if len(unique) > SHOWN:
            message += f"\n  and {len(unique) - SHOWN} more"
        remedy = "Do not trust this copy; get the site from another mirror, and tell its keeper."
        raise SiteDiffers(message, rule=first.rule, remedy=remedy)

    def _problem(self, path: str, message: str, rule: str) -> None:
        self.problems.append(Problem(path, message, rule))

    def _tell(self) -> None:
        if self.progress:
            self.progress(len(self.done), len(self.expected))

    # --- names ----------------------------------------------------------------------------------------

    def _check_listing(self) -> bool:
        """Where the place can be listed: exactly the files that are named. Objects carry the name of their hash."""
        for path, file in self.expected.items():
            if path.startswith("o/") and path != object_path(file.sha256):
                self._problem(path, "an object does not have the name of its hash", "object-name")
        listing = self.source.listing()
        if listing is None:
            return False
        present = set(listing)
        wanted = self.expected.keys() | self.heads.paths
        folders = _folders(wanted)
        for path in present - wanted - folders:
            what = "is an extra folder" if path.endswith("/") else "is extra"
            self._problem(path, f"{what}: no signed manifest names it", "extra")
        for path in wanted - present:
            self._problem(path, "is missing", "missing")
        return True

    # --- packages -------------------------------------------------------------------------------------

    def _package(self, placed: Placed) -> _Package:
        """The manifest of a package, and that every file of it is an object of this site."""
        payload = placed.entry.payload
        assert isinstance(payload, PackageEntry)
        path = object_path(payload.manifest.sha256)
        file = payload.manifest
        data = read_exact(self.source, path, file.length, file.sha256, package.MAX_MANIFEST)
        self._must_list(path, payload.manifest.length, payload.manifest.sha256)
        with naming(path):
            manifest = package.decode_manifest(data)
            _check_manifest(manifest, payload)
            superseded_file(payload, manifest)
        self.done.add(path)
        return _Package(placed, manifest)

    def _check_files(self, packages: Sequence[_Package]) -> dict[int, tuple[Pack, ...]]:
        """Every file of every package is an object here, but for those that later ones replaced: these are gone.

        Gives the packs that are in force, by release.
        """
        with naming(f"{LOG}tile/entries"):
            packs, dropped = packs_in_force([one.manifest for one in packages])
        for file in (file for one in packages for file in one.manifest.files):
            path = object_path(file.sha256)
            if file.sha256 not in dropped:
                self._must_list(path, file.length, file.sha256)
            elif path in self.expected:
                self._problem(path, "was replaced by a later package, and is to be dropped", "superseded")
        return packs

    def _must_list(self, path: str, length: int, sha256_hex: str) -> None:
        if self.expected.get(path) != SiteFile(path, length, sha256_hex):
            self._problem(path, "is named by a release, but not by the site manifest", "missing")

    def _seal(self, found: _Package) -> _Sealed:
        """The statement, and that the published commitments are those that it binds."""
        payload = found.placed.entry.payload
        assert isinstance(payload, SealEntry)
        files = {file.path: file for file in found.manifest.files}
        with naming(object_path(payload.manifest.sha256)):
            text = payload.statement.encode()
            statement = decode_statement(text)
            if statement.archive != payload.archive:
                raise VerifyError("The seal statement is of another archive.", rule="archive")
            if package.file_of(package.STATEMENT, text) != files.get(package.STATEMENT):
                raise VerifyError("The package does not hold the sealed statement.", rule="statement-file")
            tiles = [self._read(files[path]) for path in package.commitment_paths(found.manifest)]
            commitments = generation.read_tiles(tiles, statement.size)
            if generation.root(commitments).hex() != statement.root:
                raise VerifyError("The commitments are not those that were sealed.", rule="commitments")
        return _Sealed(found.placed, statement, commitments)

    def _read(self, file: PackageFile) -> bytes:
        path = object_path(file.sha256)
        data = read_exact(self.source, path, file.length, file.sha256)
        self.done.add(path)
        return data

    def _check_verifier(self) -> bool:
        """Whether `verify.html` is the page that the newest release named; it has to be there in any case.

        Another page is no difference: the editors signed it with the site, and pages are built again when the
        program is updated. A reader is told.
        """
        for placed in reversed(self.heads.history.packages):
            payload = placed.entry.payload
            if isinstance(payload, ReleaseEntry):
                file = self.expected.get(VERIFIER)
                if file is None:
                    self._problem(VERIFIER, "is missing: a site has its offline verifier", "missing")
                return file is not None and file.sha256 == payload.verifier
        return True

    # --- documents ------------------------------------------------------------------------------------

    def _check_documents(
        self, packages: Sequence[_Package], seals: Sequence[_Sealed], packs: dict[int, tuple[Pack, ...]]
    ) -> list[Found]:
        """Every pack, then every proof file of the pages against what the packs hold."""
        releases = [one for one in packages if isinstance(one.placed.entry.payload, ReleaseEntry)]
        tasks = []
        for one in releases:
            evidence = self._evidence(one.placed, seals)
            media = frozenset(file for file in one.manifest.files if file.path.startswith("media/"))
            release = Release(one.manifest.number, evidence, isinstance(one.placed.entry.payload, Amendment), media)
            tasks += [(release, pack.file) for pack in packs[one.manifest.number]]
        answers: list[list[PackAnswer]] = [[] for _ in packages]
        proofs = [file for path, file in self.expected.items() if PROOF_FILE.fullmatch(path)]
        size = sum(file.length for _, file in tasks) + sum(file.length for file in proofs)
        with Pool(self.workers if size > ALONE else 1, self.source, self.heads.history.policies) as pool:
            for (release, file), answer in zip(tasks, pool.map(run_pack, tasks), strict=True):
                answers[release.number].append(answer)
                self.problems += answer.problems
                self.done.add(object_path(file.sha256))
                self._tell()
            files = self._proof_files(pool, proofs)
        self._stop()
        found: list[Found] = []
        for one in releases:
            found += self._release_documents(one, answers[one.manifest.number], files)
        for path in sorted({file.path for file in files.values()}):
            self._problem(path, "is a proof of no released document", "extra")
        self._check_unique(found)
        self._stop()
        self._check_amendments(packages, seals, answers)
        return found

    def _check_amendments(
        self, packages: Sequence[_Package], seals: Sequence[_Sealed], answers: Sequence[Sequence[PackAnswer]]
    ) -> None:
        """What each amendment supersedes stood where it says; what it shows is more, or less, as it says."""
        payloads = [one.placed.entry.payload for one in packages]
        before = Before(
            {one.number: one for one in payloads if isinstance(one, ReleaseEntry)},
            {seal.statement.generation: seal.commitments for seal in seals},
            self.heads.history.register,
        )
        told = []
        for one in packages:
            payload = one.placed.entry.payload
            if isinstance(payload, Amendment):
                file = superseded_file(payload, one.manifest)
                assert file is not None, "checked with the manifest"
                with naming(object_path(file.sha256)):
                    told.append((payload, file, decode_superseded(self._read(file))))
        found = {
            payload.number: [document for answer in answers[payload.number] for document in answer.found]
            for payload, _, _ in told
        }
        cuts = cuts_of(found, (line for _, _, lines in told for line in lines))
        for payload, file, lines in told:
            with naming(object_path(file.sha256)):
                check_amendment(payload, lines, cuts, before)

    def _check_close(self, packages: Sequence[_Package], seals: Sequence[_Sealed], found: Sequence[Found]) -> None:
        """Where the archive is closed: every slot is released, opened as unused, or listed as never released."""
        for one in packages:
            payload = one.placed.entry.payload
            if not isinstance(payload, CloseEntry):
                continue
            path = object_path(payload.file.sha256)
            with naming(path):
                closed = closing.decode_close(
                    self._read(PackageFile(closing.FILE, payload.file.length, payload.file.sha256))
                )
                counts = (sum(len(part.unused) for part in closed), sum(len(part.unreleased) for part in closed))
                if counts != (payload.unused, payload.unreleased):
                    raise VerifyError("The list of the end has other counts than were signed.", rule="close-count")
                released = {document.key for document in found}
                released |= {(key.generation, key.slot) for key in self.heads.history.register.amended}
                commitments = {seal.statement.generation: seal.commitments for seal in seals}
                closing.check_close(closed, bytes.fromhex(payload.archive), commitments, released)

    def _evidence(self, placed: Placed, seals: Sequence[_Sealed]) -> dict[int, LogEvidence]:
        """The log's part of a proof file for each generation sealed before this release, under the newest head."""
        levels = merkle.levels(self.heads.leaves)

        def proof(index: int) -> bytes:
            return tlog_proof.make(index, merkle.path_in_levels(levels, index), self.heads.checkpoint)

        return {
            seal.statement.generation: LogEvidence(
                seal.placed.entry.raw, proof(seal.placed.index), placed.entry.raw, proof(placed.index)
            )
            for seal in seals
            if seal.placed.index < placed.index
        }

    def _proof_files(self, pool: Pool, proofs: Sequence[SiteFile]) -> dict[tuple[documents.Key, int], ProofFile]:
        """Every proof file of the pages by generation, slot and release; each distinct tail is checked once."""
        batches = [proofs[at : at + BATCH] for at in range(0, len(proofs), BATCH)]
        tails: dict[bytes, tuple[int, int] | None] = {}
        found: dict[tuple[documents.Key, int], ProofFile] = {}
        for batch, answer in zip(batches, pool.map(run_proofs, batches), strict=True):
            self.problems += answer.problems
            for file in answer.found:
                if file.tail not in tails:
                    tails[file.tail] = self._check_tail(file, answer.tails[file.tail])
                place = tails[file.tail]
                if place is None:
                    continue
                if place[0] != file.key[0]:
                    self._problem(file.path, "its seal is of another generation", "generation")
                elif found.setdefault((file.key, place[1]), file) is not file:
                    self._problem(file.path, "is a second proof of one document", "extra")
            self.done.update(file.path for file in batch)
            self._tell()
        return found

    def _check_tail(self, file: ProofFile, untrusted_tail: bytes) -> tuple[int, int] | None:
        """The generation and release of which a tail speaks. Both entries stand in the log where the tail says."""
        policies = self.heads.history.policies
        try:
            evidence = package.parse_evidence(untrusted_tail)
            sealed = tlog_proof.check_logged(evidence.seal_entry, evidence.seal_proof, policies)
            released = tlog_proof.check_logged(evidence.release_entry, evidence.release_proof, policies)
            for logged in (sealed, released):
                size = logged.checkpoint.size
                if size > len(self.heads.leaves) or merkle.root(self.heads.leaves[:size]) != logged.checkpoint.root:
                    raise VerifyError("Its log head is not one of this log.", rule="fork")
            release, seal = released.entry.payload, sealed.entry.payload
            if not isinstance(release, ReleaseEntry) or not isinstance(seal, SealEntry):
                raise VerifyError("Its log entries are no seal and no release.", rule="entry-kind")
            return decode_statement(seal.statement.encode()).generation, release.number
        except VerifyError as error:
            self._problem(file.path, error.message, error.rule)
            return None

    def _release_documents(
        self, one: _Package, answers: Sequence[PackAnswer], files: dict[tuple[documents.Key, int], ProofFile]
    ) -> list[Found]:
        """The documents of a release stand in its order, are all there, and each has its proof file."""
        payload = one.placed.entry.payload
        assert isinstance(payload, ReleaseEntry)
        found = [document for answer in answers for document in answer.found]
        places, register = [document.place for document in found], self.heads.history.register
        ended = register.ended(payload.number)
        wanted_places = [place for place in range(payload.cuts.count) if place not in ended]
        if places != wanted_places or payload.cuts.count != one.manifest.documents:
            path = object_path(payload.manifest.sha256)
            self._problem(path, "the packs do not hold the documents of this release in its order", "release-documents")
        for document in found:
            try:
                register.standing(Place(payload.number, document.place), Key(*document.key))
            except VerifyError as error:
                self._problem(f"d/{document_segment(document.id, document.key[1])}", error.message, error.rule)
        for document in found:
            file = files.pop((document.key, one.manifest.number), None)
            wanted = f"d/{document_segment(document.id, document.key[1])}/document.proof"
            if file is None:
                self._problem(wanted, "is missing", "missing")
            elif file.body != document.body:
                self._problem(file.path, "is not the proof that the release holds", "changed")
            elif file.path != wanted:
                self._problem(file.path, f"is the proof that belongs at {wanted}", "proof-place")
        return found

    def _check_unique(self, found: Sequence[Found]) -> None:
        ids: set[str] = set()
        keys: set[documents.Key] = set()
        for document in found:
            if document.id in ids or document.key in keys:
                self._problem(f"d/{document.id}", "was released twice", "document-twice")
            ids.add(document.id)
            keys.add(document.key)

    # --- everything else ------------------------------------------------------------------------------

    def _check_rest(self) -> None:
        """Length and hash of every file that no step before has read."""
        for path, file in self.expected.items():
            if path in self.done:
                continue
            try:
                check_exact(self.source, path, file.length, file.sha256)
            except SiteDiffers as error:
                self.problems.append(Problem(path, error.message, error.rule))
            self.done.add(path)
            if len(self.done) % 256 == 0:
                self._tell()
        self._tell()


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder above these paths, with `/` at the end."""
    found: set[str] = set()
    for path in paths:
        end = path.rfind("/")
        while end > 0 and path[: end + 1] not in found:
            found.add(path[: end + 1])
            end = path.rfind("/", 0, end)
    return found


def _sentence(problem: Problem) -> str:
    """One line, whatever the site calls its files."""
    path = shown_path(problem.path)
    message = problem.message.removeprefix(f"{path}: ").rstrip(".")
    return f"{path}: {message}."


def _check_manifest(manifest: Manifest, payload: PackageEntry) -> None:
    """The manifest speaks of the same package as its signed entry."""
    same = (manifest.number, manifest.archive, manifest.date) == (payload.number, payload.archive, payload.date)
    if not same:
        raise VerifyError("The manifest is of another package than its log entry.", rule="manifest-entry")
    if isinstance(payload, ReleaseEntry):
        if manifest.reasons != payload.reasons:
            raise VerifyError("The reasons table is not the one that was signed.", rule="manifest-entry")
    elif manifest.documents or package.pack_files(manifest):
        raise VerifyError("A package that releases nothing holds documents.", rule="manifest-entry")
    if (
        isinstance(payload, CloseEntry)
        and PackageFile("close", payload.file.length, payload.file.sha256) not in manifest.files
    ):
        raise VerifyError("The package does not hold the list of what was never released.", rule="manifest-entry")
