"""The small fictional world that the vectors live in: keys, an archive of synthetic readings, a log of two entries.

Everything is drawn from fixed seeds, so that the vectors come out byte for byte the same each time.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unsealed.crypto import SigningKey
from unsealed.model import FORMAT_DOCUMENT, FORMAT_EMPTY, LABELS_BY_CHARACTER, Gap, Reason
from unsealed.seal import entries, generation, merkle, note, opened, policy, proof, prove, statement, tlog_proof
from unsealed.seal.atoms import Atoms, cut
from unsealed.seal.checkpoint import Checkpoint, sign_checkpoint
from unsealed.seal.cut import cut_hash

TIME = "2026-11-22T12:00:00Z"
DAY = "2026-11-22"
REASONS = tuple(Reason(number, code, f"For reason {code}.") for number, code in ((1, "RISK"), (2, "SRC"), (3, "PRIV")))
_LONG_RUN = re.compile(r"(.)\1{999,}")


def digest(text: str) -> bytes:
    """32 bytes out of a name: keys and hashes of this world."""
    return hashlib.sha256(f"unsealed vectors: {text}".encode()).digest()


def signer(name: str) -> note.Signer:
    """The key of a person or log of this world."""
    return note.Signer(f"{name}.vectors.example", SigningKey.from_bytes(digest(f"key {name}")))


LOG, ROOT = signer("log"), signer("root")
EDITORS = (signer("editor-a"), signer("editor-b"), signer("editor-c"))
STRANGER = signer("stranger")
POLICY_TEXT = policy.write_policy(1, LOG.verifier, [ROOT.verifier], 1, [one.verifier for one in EDITORS], 2)
POLICY = policy.parse_policy(POLICY_TEXT)
ARCHIVE = POLICY.archive_id
KEY = digest("generation key")


@dataclass
class Document:
    """A reading to seal and what to hide of it."""

    name: str
    atoms: Atoms
    hidden: Sequence[tuple[int, int, int]] = ()
    open_raw: bool = False
    excerpt: Sequence[tuple[int, int]] = ()
    slot: int = -1

    @property
    def raw_digest(self) -> bytes:
        """SHA-256 of its fictional original."""
        return digest(f"original of {self.name}")


@dataclass
class Evidence:
    """The log of a world: what can be changed to make a log that lies. `order` are places of entries in it."""

    seal: dict[str, Any] = field(default_factory=dict)
    statement: dict[str, Any] = field(default_factory=dict)
    release: dict[str, Any] = field(default_factory=dict)
    cuts: list[bytes] = field(default_factory=list)
    seal_by: tuple[note.Signer, ...] = EDITORS[:2]
    release_by: tuple[note.Signer, ...] = EDITORS[1:]
    log: note.Signer = LOG
    origin: str = LOG.name
    reverse: bool = False


class World:
    """Documents sealed in one generation and released together."""

    def __init__(self, documents: Sequence[Document], archive: bytes = ARCHIVE) -> None:
        self.archive = archive
        self.documents = {document.name: document for document in documents}
        self.bodies: dict[str, prove.ProofBody] = {}
        commitments = []
        for slot, document in enumerate(documents):
            document.slot = slot
            made = self._body(document)
            self.bodies[document.name] = made
            commitments.append(made.c)
        self.commitments = commitments
        self.levels = merkle.levels(generation.leaf_hashes(commitments))
        self.cuts = [cut_hash(made.c, made.spans) for made in self.bodies.values()]
        self.cut_levels = merkle.levels(self.cuts)
        self.seal, self.release = self.log(Evidence())

    def _body(self, document: Document) -> prove.ProofBody:
        """The body, also of a reading that an honest prover would refuse."""
        if document.hidden or document.open_raw:
            return prove.body(
                KEY, self.archive, 1, document.slot, document.atoms, document.raw_digest, document.hidden,
                open_raw=document.open_raw,
            )  # fmt: skip
        seed = generation.slot_seed(KEY, document.slot)
        blind, raw_blind = generation.blinds(seed)
        raw = generation.raw_commitment(raw_blind, document.raw_digest)
        nodes = (proof.Shown(generation.document_seed(seed), document.atoms.data),)
        return prove.ProofBody(self.archive, 1, document.slot, len(document.atoms.data), blind, raw, None, nodes, ())

    def entries(self, lie: Evidence) -> tuple[bytes, bytes]:
        """The seal and the release entry, signed."""
        told: dict[str, Any] = {
            "v": statement.FORMAT, "archive": self.archive.hex(), "generation": 1, "size": len(self.commitments),
            "root": generation.root(self.commitments).hex(), "formats": [FORMAT_DOCUMENT, FORMAT_EMPTY],
            "ledger": digest("ledger").hex(), "time": TIME,
        }  # fmt: skip
        told.update(lie.statement)
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False) + "\n"
        common = {"archive": self.archive.hex(), "policy": POLICY.sha256}
        manifest = entries.FileHash(digest("manifest").hex(), 4096)
        seal = {**common, "number": 0, "date": DAY, "manifest": manifest, "statement": text, **lie.seal}
        cuts = lie.cuts or self.cuts
        release = {
            **common, "number": 1, "date": DAY, "manifest": manifest,
            "cuts": entries.Cuts(merkle.root(cuts).hex(), len(cuts)), "verifier": digest("verifier").hex(),
            "reasons": REASONS, **lie.release,
        }  # fmt: skip
        return (
            entries.sign_entry(entries.SealEntry(**seal), lie.seal_by),
            entries.sign_entry(entries.ReleaseEntry(**release), lie.release_by),
        )

    def log(self, lie: Evidence) -> tuple[proof.Logged, proof.Logged]:
        """Seal and release entry with their log proofs, in a log of five."""
        return place(*self.entries(lie), log=lie.log, origin=lie.origin, reverse=lie.reverse)

    def proof(self, name: str, *, lie: Evidence | None = None) -> proof.Proof:
        """The whole proof of a document."""
        body = self.bodies[name]
        seal, release = self.log(lie) if lie else (self.seal, self.release)
        place_of = self.documents[name].slot
        made = proof.Proof(
            proof.Body(*body), merkle.path_in_levels(self.levels, body.slot), place_of,
            merkle.path_in_levels(self.cut_levels, place_of), seal, release,
        )  # fmt: skip
        return prove.excerpt(made, self.documents[name].excerpt)

    def tail(self) -> str:
        """What all proof files of this world end with."""
        whole = proof.encode(self.proof(next(iter(self.documents)))).decode()
        return whole[whole.index(',"seal":{"entry":') :]

    def file(self, name: str, *, lie: Evidence | None = None) -> str:
        """The proof file of a document."""
        return proof.encode(self.proof(name, lie=lie)).decode()


def place(
    seal: bytes,
    release: bytes,
    *,
    log: note.Signer = LOG,
    origin: str = LOG.name,
    reverse: bool = False,
    others: str = "entry",
) -> tuple[proof.Logged, proof.Logged]:
    """A log of five entries with the seal at 0 and the release at 3 (or the other way round), and both proofs."""
    other = [merkle.leaf_hash(digest(f"{others} {number}")) for number in range(3)]
    mine = [merkle.leaf_hash(seal), merkle.leaf_hash(release)]
    places = (3, 0) if reverse else (0, 3)
    leaves = sorted([*zip(places, mine, strict=True), *zip((1, 2, 4), other, strict=True)])
    hashes = [leaf for _, leaf in leaves]
    head = sign_checkpoint(Checkpoint(origin, len(hashes), merkle.root(hashes)), log)
    proofs = [tlog_proof.make(at, merkle.inclusion_path(hashes, at), head) for at in places]
    return proof.Logged(seal, proofs[0]), proof.Logged(release, proofs[1])


# --- synthetic readings --------------------------------------------------------------------------------


def reading(rng: random.Random, n: int) -> Atoms:
    """Atoms of a reading of exactly `n`, of several kinds of units."""
    units: list[tuple[str, str]] = []
    left = n - 1
    while left:
        size = min(left, rng.randint(1, 9))
        label = rng.choice(("paragraph", "cell", "ref", "time", "coordinate", "number", "text"))
        if label in LABELS_BY_CHARACTER:
            text = "".join(rng.choice("0123456789") for _ in range(size - 1))
        else:
            text = "".join(
                rng.choice(("a", "wörd", "B7", "no", "Ж")) + rng.choice((" ", ", ", ".\n", "—"))
                for _ in range(size - 1)
            )
        units.append((label, text))
        left -= size
    atoms = cut(units)
    if len(atoms.data) != n:
        raise AssertionError("a synthetic reading has another size than wanted")
    return atoms


def spans(rng: random.Random, atoms: Atoms, wanted: int) -> list[tuple[int, int, int]] | None:
    """`wanted` single places to hide that do not touch, or None where there are not so many."""
    free = [place for place, kind in enumerate(atoms.kinds) if kind == ord("W")]
    rng.shuffle(free)
    chosen: list[int] = []
    for at in free:
        if len(chosen) < wanted and all(abs(at - other) > 1 for other in chosen):
            chosen.append(at)
    return [(at, 1, rng.randint(1, 3)) for at in sorted(chosen)] if len(chosen) == wanted else None


def repeats(text: str) -> list[Any]:
    """A text in pieces: one character a thousand times and more is told, not written."""
    found: list[Any] = []
    at = 0
    for run in _LONG_RUN.finditer(text):
        found += [text[at : run.start()], {"repeat": run[1], "times": len(run[0])}]
        at = run.end()
    return [piece for piece in (*found, text[at:]) if piece]


def plain_blocks(body: proof.Body) -> list[Any]:
    """Blocks as JSON: a gap is [atoms, reason], a unit is {label, runs} with texts and gaps."""

    def spelled(run: Any) -> Any:
        return [run.atoms, run.reason] if isinstance(run, Gap) else run.text

    return [
        spelled(block)
        if isinstance(block, Gap)
        else {"label": block.label, "runs": [spelled(run) for run in block.runs]}
        for block in opened.blocks(body)
    ]
