"""Check the documents of a site against the log: every pack, every proof file of the pages, every amendment.

Takes a run of the check with its packages and seals; gives the documents that hold, notes what differs, or raises.

Spec: docs/formats/site-manifest.md, section "Checking a site", step 5.
"""

from __future__ import annotations

from collections.abc import Sequence

from unsealed.errors import VerifyError
from unsealed.mirror import documents
from unsealed.mirror.amended import Before, check_amendment, cuts_of, superseded_file
from unsealed.mirror.check_packages import Package, Sealed
from unsealed.mirror.documents import PROOF_FILE, Found, PackAnswer, ProofFile, Release
from unsealed.mirror.heads import naming, object_path
from unsealed.mirror.pool import Pool, run_pack, run_proofs
from unsealed.mirror.run import Run
from unsealed.seal import merkle, package, tlog_proof
from unsealed.seal.amendments import Key, Place
from unsealed.seal.entries import Placed, ReleaseEntry, SealEntry
from unsealed.seal.package import LogEvidence
from unsealed.seal.payloads import Amendment
from unsealed.seal.site_manifest import SiteFile, document_segment
from unsealed.seal.statement import decode as decode_statement
from unsealed.seal.superseded import Pack, decode_superseded

BATCH = 512  # files of one task
ALONE = 64 << 20  # bytes of packs and proofs up to which no second process is started


def check_documents(
    run: Run, packages: Sequence[Package], seals: Sequence[Sealed], packs: dict[int, tuple[Pack, ...]]
) -> list[Found]:
    """Every pack, then every proof file of the pages against what the packs hold."""
    releases = [one for one in packages if isinstance(one.placed.entry.payload, ReleaseEntry)]
    tasks = []
    for one in releases:
        evidence = _evidence(run, one.placed, seals)
        media = frozenset(file for file in one.manifest.files if file.path.startswith("media/"))
        release = Release(one.manifest.number, evidence, isinstance(one.placed.entry.payload, Amendment), media)
        tasks += [(release, pack.file) for pack in packs[one.manifest.number]]
    answers: list[list[PackAnswer]] = [[] for _ in packages]
    proofs = [file for path, file in run.expected.items() if PROOF_FILE.fullmatch(path)]
    size = sum(file.length for _, file in tasks) + sum(file.length for file in proofs)
    with Pool(run.workers if size > ALONE else 1, run.source, run.heads.history.policies) as pool:
        for (release, file), answer in zip(tasks, pool.map(run_pack, tasks), strict=True):
            answers[release.number].append(answer)
            run.problems += answer.problems
            run.done.add(object_path(file.sha256))
            run.tell()
        files = _proof_files(run, pool, proofs)
    run.stop()
    found: list[Found] = []
    for one in releases:
        found += _release_documents(run, one, answers[one.manifest.number], files)
    for path in sorted({file.path for file in files.values()}):
        run.problem(path, "is a proof of no released document", "extra")
    _check_unique(run, found)
    run.stop()
    _check_amendments(run, packages, seals, answers)
    return found


def _check_amendments(
    run: Run, packages: Sequence[Package], seals: Sequence[Sealed], answers: Sequence[Sequence[PackAnswer]]
) -> None:
    """What each amendment supersedes stood where it says; what it shows is more, or less, as it says."""
    payloads = [one.placed.entry.payload for one in packages]
    before = Before(
        {one.number: one for one in payloads if isinstance(one, ReleaseEntry)},
        {seal.statement.generation: seal.commitments for seal in seals},
        run.heads.history.register,
    )
    told = []
    for one in packages:
        payload = one.placed.entry.payload
        if isinstance(payload, Amendment):
            file = superseded_file(payload, one.manifest)
            assert file is not None, "checked with the manifest"
            with naming(object_path(file.sha256)):
                told.append((payload, file, decode_superseded(run.read(file))))
    found = {
        payload.number: [document for answer in answers[payload.number] for document in answer.found]
        for payload, _, _ in told
    }
    cuts = cuts_of(found, (line for _, _, lines in told for line in lines))
    for payload, file, lines in told:
        with naming(object_path(file.sha256)):
            check_amendment(payload, lines, cuts, before)


def _evidence(run: Run, placed: Placed, seals: Sequence[Sealed]) -> dict[int, LogEvidence]:
    """The log's part of a proof file for each generation sealed before this release, under the newest head."""
    levels = merkle.levels(run.heads.leaves)

    def proof(index: int) -> bytes:
        return tlog_proof.make(index, merkle.path_in_levels(levels, index), run.heads.checkpoint)

    return {
        seal.statement.generation: LogEvidence(
            seal.placed.entry.raw, proof(seal.placed.index), placed.entry.raw, proof(placed.index)
        )
        for seal in seals
        if seal.placed.index < placed.index
    }


def _proof_files(run: Run, pool: Pool, proofs: Sequence[SiteFile]) -> dict[tuple[documents.Key, int], ProofFile]:
    """Every proof file of the pages by generation, slot and release; each distinct tail is checked once."""
    batches = [proofs[at : at + BATCH] for at in range(0, len(proofs), BATCH)]
    tails: dict[bytes, tuple[int, int] | None] = {}
    found: dict[tuple[documents.Key, int], ProofFile] = {}
    for batch, answer in zip(batches, pool.map(run_proofs, batches), strict=True):
        run.problems += answer.problems
        for file in answer.found:
            if file.tail not in tails:
                tails[file.tail] = _check_tail(run, file, answer.tails[file.tail])
            place = tails[file.tail]
            if place is None:
                continue
            if place[0] != file.key[0]:
                run.problem(file.path, "its seal is of another generation", "generation")
            elif found.setdefault((file.key, place[1]), file) is not file:
                run.problem(file.path, "is a second proof of one document", "extra")
        run.done.update(file.path for file in batch)
        run.tell()
    return found


def _check_tail(run: Run, file: ProofFile, untrusted_tail: bytes) -> tuple[int, int] | None:
    """The generation and release of which a tail speaks. Both entries stand in the log where the tail says."""
    policies = run.heads.history.policies
    try:
        evidence = package.parse_evidence(untrusted_tail)
        sealed = tlog_proof.check_logged(evidence.seal_entry, evidence.seal_proof, policies)
        released = tlog_proof.check_logged(evidence.release_entry, evidence.release_proof, policies)
        for logged in (sealed, released):
            size = logged.checkpoint.size
            if size > len(run.heads.leaves) or merkle.root(run.heads.leaves[:size]) != logged.checkpoint.root:
                raise VerifyError("Its log head is not one of this log.", rule="fork")
        release, seal = released.entry.payload, sealed.entry.payload
        if not isinstance(release, ReleaseEntry) or not isinstance(seal, SealEntry):
            raise VerifyError("Its log entries are no seal and no release.", rule="entry-kind")
        return decode_statement(seal.statement.encode()).generation, release.number
    except VerifyError as error:
        run.problem(file.path, error.message, error.rule)
        return None


def _release_documents(
    run: Run, one: Package, answers: Sequence[PackAnswer], files: dict[tuple[documents.Key, int], ProofFile]
) -> list[Found]:
    """The documents of a release stand in its order, are all there, and each has its proof file."""
    payload = one.placed.entry.payload
    assert isinstance(payload, ReleaseEntry)
    found = [document for answer in answers for document in answer.found]
    places, register = [document.place for document in found], run.heads.history.register
    ended = register.ended(payload.number)
    wanted_places = [place for place in range(payload.cuts.count) if place not in ended]
    if places != wanted_places or payload.cuts.count != one.manifest.documents:
        path = object_path(payload.manifest.sha256)
        run.problem(path, "the packs do not hold the documents of this release in its order", "release-documents")
    for document in found:
        try:
            register.standing(Place(payload.number, document.place), Key(*document.key))
        except VerifyError as error:
            run.problem(f"d/{document_segment(document.id, document.key[1])}", error.message, error.rule)
    for document in found:
        file = files.pop((document.key, one.manifest.number), None)
        wanted = f"d/{document_segment(document.id, document.key[1])}/document.proof"
        if file is None:
            run.problem(wanted, "is missing", "missing")
        elif file.body != document.body:
            run.problem(file.path, "is not the proof that the release holds", "changed")
        elif file.path != wanted:
            run.problem(file.path, f"is the proof that belongs at {wanted}", "proof-place")
    return found


def _check_unique(run: Run, found: Sequence[Found]) -> None:
    ids: set[str] = set()
    keys: set[documents.Key] = set()
    for document in found:
        if document.id in ids or document.key in keys:
            run.problem(f"d/{document.id}", "was released twice", "document-twice")
        ids.add(document.id)
        keys.add(document.key)
