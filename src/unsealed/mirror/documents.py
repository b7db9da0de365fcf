"""Check the documents of a site: each pack, each proof in it, each proof file of the pages. Runs in worker processes.

Takes a source, policies, and the log evidence of a release; gives what was found, or problems that name a file.
Every proof is verified in full: the words are hashed once, from the pack; the proof file of the page must be the
same bytes, with evidence that is checked once for all documents that share it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from unsealed.errors import SiteDiffers, VerifyError
from unsealed.mirror.heads import object_path
from unsealed.mirror.source import Source, read_exact
from unsealed.model import PackageFile, PublicDocument
from unsealed.seal import opened, package
from unsealed.seal.facts import check_facts
from unsealed.seal.package import LogEvidence
from unsealed.seal.policy import Policies
from unsealed.seal.site_manifest import SiteFile
from unsealed.seal.verify import verify_document

PROOF_FILE = re.compile(r"d/[^/]+/document\.proof")
_HEAD = re.compile(rb'\{"v":"unsealed-proof/1","archive":"[^"]{44}","generation":([0-9]{1,10}),"slot":([0-9]{1,10}),')
MAX_PROOF = 64 << 20  # bytes

Key = tuple[int, int]  # generation, slot


class Problem(NamedTuple):
    """A file that differs: its path below `public/`, what is wrong, the rule it breaks."""

    path: str
    message: str
    rule: str


class Found(NamedTuple):
    """One document of a pack whose proof holds. `body` is the SHA-256 of the part that the proof file shares.

    `spans` are kept of amended documents only: (first atom, count, reason).
    """

    id: str
    key: Key
    place: int
    body: bytes
    hidden: int
    spans: tuple[tuple[int, int, int], ...] = ()


class PackAnswer(NamedTuple):
    """What a worker says of one pack."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]


class ProofFile(NamedTuple):
    """One proof file of the pages: SHA-256 of its body and of its tail."""

    path: str
    key: Key
    body: bytes
    tail: bytes


class ProofAnswer(NamedTuple):
    """What a worker says of some proof files. `tails` maps the hash of a tail to its bytes."""

    found: tuple[ProofFile, ...]
    tails: dict[bytes, bytes]
    problems: tuple[Problem, ...]


class Release(NamedTuple):
    """What is needed to check the packs of one release: its number and the evidence for each generation.

    `amends`: its cuts take the place of others, and are compared with them. `media`: files that its manifest names.
    """

    number: int
    evidence: Mapping[int, LogEvidence]
    amends: bool = False
    media: frozenset[PackageFile] = frozenset()


def check_pack(source: Source, policies: Policies, release: Release, file: PackageFile) -> PackAnswer:
    """Verify every document of a pack. Errors come back as problems: they cross the border of a process."""
    path = object_path(file.sha256)
    found: list[Found] = []
    try:
        data = read_exact(source, path, file.length, file.sha256, package.MAX_PACK)
    except SiteDiffers as error:
        return PackAnswer((), (Problem(path, error.message, error.rule),))
    try:
        for document in package.decode_pack(data):
            found.append(_check_document(policies, release, document))  # noqa: PERF401 - its length tells the place
    except VerifyError as error:
        return PackAnswer((), (Problem(path, f"document {len(found) + 1}: {error.message}", error.rule),))
    return PackAnswer(tuple(found), ())


def _check_document(policies: Policies, release: Release, document: PublicDocument) -> Found:
    evidence = release.evidence.get(document.generation)
    if evidence is None:
        raise VerifyError("It is of a generation that was not sealed before its release.", rule="generation")
    body = package.pack_body(document.proof)
    verified = verify_document(package.attach_log(document.proof, evidence), policies)
    proved = verified.proof.body
    if (proved.generation, proved.slot, release.number) != (document.generation, document.slot, document.release):
        raise VerifyError("Its slot, generation or release is not that of its proof.", rule="document-place")
    if verified.blocks != document.blocks:
        raise VerifyError("Its text is not what its proof opens.", rule="document-text")
    counts = (opened.shown_words(proved), opened.hidden_atoms(proved))
    if counts != (document.shown_words, document.hidden_atoms):
        raise VerifyError("It counts other words than its proof opens.", rule="document-count")
    check_facts(document)
    if not release.media.issuperset(package.media_files(document)):
        raise VerifyError("It names a picture that the manifest of its release does not.", rule="document-media")
    key = (document.generation, document.slot)
    spans = tuple((span.first, span.count, span.reason) for span in proved.spans) if release.amends else ()
    return Found(document.id, key, verified.proof.place, hashlib.sha256(body).digest(), counts[1], spans)


def check_proof_files(source: Source, files: Sequence[SiteFile]) -> ProofAnswer:
    """Read proof files of pages: each is the file that the site manifest names. Their words are not hashed again."""
    found: list[ProofFile] = []
    tails: dict[bytes, bytes] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            data = read_exact(source, file.path, file.length, file.sha256, MAX_PROOF)
            body, tail = package.split_log(data)
            head = _HEAD.match(body)
            if head is None:
                raise VerifyError("is not a proof of a known version", rule="version")
        except VerifyError as error:
            problems.append(Problem(file.path, error.message, error.rule))
            continue
        digest = hashlib.sha256(tail).digest()
        tails[digest] = tail
        key = (int(head[1]), int(head[2]))
        found.append(ProofFile(file.path, key, hashlib.sha256(body).digest(), digest))
    return ProofAnswer(tuple(found), tails, tuple(problems))
