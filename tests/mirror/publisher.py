"""A publisher in memory, honest by default: keys, a log, packages, pages, a whole `public/` folder.

Everything that a site check looks at is made here with the seal's own functions and no archive. Tests bend one part
and look whether the check names it. Seeds are fixed, so that each run makes the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from unsealed.crypto import SigningKey
from unsealed.model import FORMAT_PUBLIC, FORMAT_RELEASE, Manifest, PublicDocument, Reason
from unsealed.seal import atoms, generation, merkle, note, opened, package, prove, statement, tlog_proof
from unsealed.seal.checkpoint import Checkpoint, add_lines, cosign, sign_checkpoint
from unsealed.seal.cut import cut_hash
from unsealed.seal.entries import (
    Cuts,
    FileHash,
    KeysEntry,
    Payload,
    ReleaseEntry,
    SealEntry,
    SiteEntry,
    sign_entry,
)
from unsealed.seal.facts import title_of
from unsealed.seal.log import Log
from unsealed.seal.note import KIND_COSIGNATURE, Signer
from unsealed.seal.package import LogEvidence
from unsealed.seal.policy import Policy, Witness, parse_policy, write_policy
from unsealed.seal.proof import Body, Logged, Proof, encode
from unsealed.seal.site_manifest import SiteFile, encode_manifest

REASONS = (Reason(1, "person-at-risk", "A person who could be harmed."), Reason(2, "place", "A place made less exact."))
VERIFIER = b"<!doctype html><title>Verify</title>\n"
DAY = "2010-11-28"
_GENERATION_KEY = hashlib.sha256(b"generation key of the simulator").digest()


def signer(name: str, kind: int = note.KIND_ED25519) -> Signer:
    """A key under `name`, always the same."""
    return Signer(name, SigningKey.from_bytes(hashlib.sha256(b"simulator " + name.encode()).digest()), kind)


@dataclass
class Keys:
    """Who signs: one log, editors, roots, witnesses."""

    log: Signer = field(default_factory=lambda: signer("gazette.example/log"))
    editors: list[Signer] = field(default_factory=lambda: [signer(f"editor-{name}") for name in ("ana", "ben", "cem")])
    roots: list[Signer] = field(default_factory=lambda: [signer(f"root-{name}") for name in ("one", "two")])
    witnesses: list[Signer] = field(default_factory=lambda: [signer("witness.example/w1", KIND_COSIGNATURE)])

    def policy(self, number: int = 1, *, quorum: str = "none", max_age_days: int = 0) -> Policy:
        """A policy of these keys: 2 editors, all roots."""
        raw = write_policy(
            number, self.log.verifier, [key.verifier for key in self.roots], len(self.roots),
            [key.verifier for key in self.editors], 2,
            witnesses=[Witness(f"w{at}", key.verifier, "") for at, key in enumerate(self.witnesses)],
            quorum=quorum, max_age_days=max_age_days,
        )  # fmt: skip
        return parse_policy(raw)


UNITS = (
    (("subject", "VISIT OF THE MINISTER\n"), ("paragraph", "1. The harbour master met Ilse Brandt at noon.\n")),
    (("subject", "GRAIN PRICES\n"), ("paragraph", "2. Prices rose again in the river towns.\n"), ("number", "12345")),
    (("subject", "A QUIET WEEK\n"), ("paragraph", "3. Nothing of note.\n")),
    (("subject", "BORDER POST\n"), ("paragraph", "4. Two trucks were stopped; the driver was named.\n")),
)


class Publisher:
    """Seals four documents, publishes two releases, builds pages: `files` is the whole of `public/`."""

    def __init__(self, keys: Keys | None = None, policy: Policy | None = None) -> None:
        self.keys = keys or Keys()
        self.policy = policy or self.keys.policy()
        self.files: dict[str, bytes] = {}
        self.entries: list[bytes] = []
        self.heads: dict[int, bytes] = {}
        self.proofs: dict[int, list[tuple[PublicDocument, int]]] = {}
        self.packages = 0
        self.facts: tuple[tuple[str, str], ...] = ()  # beside the text of every document
        self.sealed_at = 0  # index of the first seal in the log
        self.sites = 0
        self.time = 1290902400
        self._sealed = [atoms.cut(units) for units in UNITS]
        self._commitments = [self._commit(slot) for slot in range(len(UNITS))]

    def _commit(self, slot: int) -> bytes:
        raw = hashlib.sha256(b"raw %d" % slot).digest()
        return generation.commit(_GENERATION_KEY, self.archive_id, 1, slot, self._sealed[slot], raw).c

    @property
    def archive_id(self) -> bytes:
        """The archive's id."""
        return self.policy.archive_id

    # --- the log --------------------------------------------------------------------------------------

    def log(self, payload: Payload, signers: list[Signer] | None = None) -> int:
        """Append an entry, sign a new head."""
        return self.log_bytes(sign_entry(payload, signers or self.keys.editors[:2]))

    def log_bytes(self, entry: bytes) -> int:
        """Append exact bytes, sign a new head. Gives the index."""
        log = Log(len(self.entries), lambda path: self.files[f"heads/log/{path}"])
        growth = log.append([entry])
        self.files |= {f"heads/log/{path}": data for path, data in growth.files.items()}
        for path in growth.removed:
            del self.files[f"heads/log/{path}"]
        self.entries.append(entry)
        head = Checkpoint(self.keys.log.name, growth.size, growth.root)
        self.time += 3600
        lines = [cosign(head.text(), witness, self.time) for witness in self.keys.witnesses]
        self.files["heads/log/checkpoint"] = add_lines(sign_checkpoint(head, self.keys.log), lines)
        self.heads[growth.size] = self.files["heads/log/checkpoint"]
        return growth.size - 1

    def common(self, number: int) -> dict[str, object]:
        """What every payload says."""
        return {"archive": self.archive_id.hex(), "policy": self.policy.sha256, "number": number}

    def put(self, data: bytes) -> FileHash:
        """An immutable object."""
        digest = hashlib.sha256(data).hexdigest()
        self.files[f"o/{digest[:2]}/{digest}"] = data
        return FileHash(sha256=digest, length=len(data))

    def manifest(self, files: dict[str, bytes], documents: int, total: int) -> FileHash:
        """The manifest of the next package; its files become objects."""
        lines = tuple(package.file_of(path, data) for path, data in files.items())
        for data in files.values():
            self.put(data)
        number = self.packages
        manifest = Manifest(
            FORMAT_RELEASE, number, self.archive_id.hex(), "The Gazette Papers", f"Release {number}", "", DAY,
            documents, total, {}, REASONS if documents else (), "CC0", lines,
        )  # fmt: skip
        return self.put(package.encode_manifest(manifest))

    # --- releases -------------------------------------------------------------------------------------

    def seal(self) -> None:
        """Release 0."""
        root = generation.root(self._commitments)
        made = statement.make(
            self.archive_id, 1, len(UNITS), root, ("unsealed-document/1",), hashlib.sha256(b"ledger").digest(),
            "2010-11-28T10:00:00Z",
        )  # fmt: skip
        text = statement.encode(made)
        files = dict(generation.tiles(self._commitments)) | {"policy": self.policy.raw, "statement": text}
        file = self.manifest(files, 0, len(UNITS))
        payload = SealEntry(**self.common(self.packages), date=DAY, manifest=file, statement=text.decode())  # type: ignore[arg-type]
        self.sealed_at = self.log(payload)
        self.packages += 1

    def seal_again(self) -> None:
        """A second generation: the same commitments under another number will do for a log."""
        first = self.entries[0].split(b"\n")[1]
        old = msgspec.json.decode(first, type=SealEntry)
        again = old.statement.replace('"generation":1', '"generation":2')
        tiles = dict(generation.tiles(self._commitments))
        file = self.manifest(tiles | {"statement": again.encode()}, 0, len(UNITS))
        self.log(SealEntry(**self.common(self.packages), date=DAY, manifest=file, statement=again))  # type: ignore[arg-type]
        self.packages += 1

    def body(self, slot: int, hidden: tuple[tuple[int, int, int], ...] = ()) -> Body:
        """The proof body of a slot."""
        raw = hashlib.sha256(b"raw %d" % slot).digest()
        return prove.body(_GENERATION_KEY, self.archive_id, 1, slot, self._sealed[slot], raw, hidden)

    def release(
        self, slots: dict[int, tuple[tuple[int, int, int], ...]], *, packs: int = 1, embargo: bytes = b""
    ) -> None:
        """Release slots with what is hidden in them, in this order, in `packs` packs."""
        bodies = [self.body(slot, hidden) for slot, hidden in slots.items()]
        cuts = [cut_hash(self._commitments[body.slot], body.spans) for body in bodies]
        levels = merkle.levels([merkle.leaf_hash(c) for c in self._commitments])
        cut_levels = merkle.levels(cuts)
        made = []
        for place, body in enumerate(bodies):
            whole = Proof(
                body, merkle.path_in_levels(levels, body.slot), place, merkle.path_in_levels(cut_levels, place),
                Logged(b"", b""), Logged(b"", b""),
            )  # fmt: skip
            made.append(self.document(body, encode(whole).decode()))
        size = -(-len(made) // packs)
        files = {}
        for at in range(0, len(made), size):
            data = package.encode_pack(made[at : at + size])
            files[package.pack_path(data)] = data
        if embargo:
            files[package.EMBARGO] = embargo
        file = self.manifest(files, len(made), -1)
        payload = ReleaseEntry(
            **self.common(self.packages), date=DAY, manifest=file,  # type: ignore[arg-type]
            cuts=Cuts(root=merkle.root(cuts).hex(), count=len(cuts)),
            verifier=hashlib.sha256(VERIFIER).hexdigest(), reasons=REASONS,
        )  # fmt: skip
        index = self.log(payload)
        self.proofs[self.packages] = [(document, index) for document in made]
        self.packages += 1

    def document(self, body: Body, proof: str) -> PublicDocument:
        """The public document of a proof."""
        blocks = opened.blocks(body)
        return PublicDocument(
            FORMAT_PUBLIC, f"s{body.slot}", body.slot, body.generation, self.packages, "cable",
            title_of(self.facts, blocks, f"s{body.slot}"), self.facts, blocks, opened.shown_words(body),
            opened.hidden_atoms(body), proof,
        )  # fmt: skip

    def evidence(self, release_index: int, *, size: int | None = None, seal_index: int = 0) -> LogEvidence:
        """What the proof files of a release end with, under the first head that held it."""
        size = size or release_index + 1
        leaves = [merkle.leaf_hash(entry) for entry in self.entries[:size]]

        def proof(index: int) -> bytes:
            return tlog_proof.make(index, merkle.inclusion_path(leaves, index), self.heads[size])

        seal, release = self.entries[seal_index], self.entries[release_index]
        return LogEvidence(seal, proof(seal_index), release, proof(release_index))

    # --- pages ----------------------------------------------------------------------------------------

    def site(self) -> None:
        """Pages of everything released, `site.manifest`, and its entry."""
        pages = {"index.html": b"<!doctype html><title>Papers</title>\n", "verify.html": VERIFIER, "feed.json": b"{}\n"}
        for documents in self.proofs.values():
            for document, index in documents:
                proof = package.attach_log(document.proof, self.evidence(index, seal_index=self.sealed_at))
                folder = f"d/{document.id}"
                pages |= {f"{folder}/document.proof": proof, f"{folder}/index.html": document.id.encode()}
        self.files |= pages
        self.sign_site()

    def sign_site(self) -> None:
        """A `site.manifest` of all that is there, and its entry."""
        files = [
            SiteFile(path, len(data), hashlib.sha256(data).hexdigest())
            for path, data in self.files.items()
            if not path.startswith("heads/")
        ]
        data = encode_manifest(files)
        self.sites += 1
        file = FileHash(sha256=hashlib.sha256(data).hexdigest(), length=len(data))
        self.log(SiteEntry(**self.common(self.sites), release=self.packages - 1, manifest=file))  # type: ignore[arg-type]
        self.files["heads/site.manifest"] = data
        self.files["heads/policy"] = self.policy.raw

    def rotate(self, keys: Keys) -> None:
        """A new policy with other keys (the log stays), signed by the roots of both."""
        new = keys.policy(self.policy.number + 1)
        payload = KeysEntry(**self.common(new.number), next=new.raw.decode())  # type: ignore[arg-type]
        roots = {key.name: key for key in (*self.keys.roots, *keys.roots)}
        self.log(payload, list(roots.values()))
        self.put(self.policy.raw)
        self.keys, self.policy = keys, new

    def write(self, folder: Path) -> Path:
        """Write `public/`."""
        for path, data in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return folder


def publisher(policy: Policy | None = None) -> Publisher:
    """Four documents sealed, two releases, pages."""
    made = Publisher(policy=policy)
    made.seal()
    made.release({0: ((12, 2, 1),), 1: ((16, 3, 2),)}, packs=2)
    made.site()
    made.release({3: ()})
    made.site()
    return made
