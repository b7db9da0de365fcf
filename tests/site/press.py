"""A small press for tests: seals invented documents, releases them, keeps the log. Everything is real but the newsroom.

Takes `Draft`s (units, fields, places to hide), writes `packages/NNNN/` and `public/heads/log/`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unsealed.crypto import SigningKey
from unsealed.model import FORMAT_PUBLIC, FORMAT_RELEASE, Gap, Manifest, PublicDocument, PublicUnit, Reason
from unsealed.seal import generation, merkle, opened, statement
from unsealed.seal.atoms import Atoms, cut, span_to_atoms, unit_ranges
from unsealed.seal.checkpoint import Checkpoint, sign_checkpoint
from unsealed.seal.cut import cut_hash, spans
from unsealed.seal.entries import Cuts, FileHash, ReleaseEntry, SealEntry, SiteEntry, sign_entry
from unsealed.seal.log import Log
from unsealed.seal.note import Signer
from unsealed.seal.package import encode_manifest, encode_pack, file_of, pack_path
from unsealed.seal.policy import write_policy
from unsealed.seal.proof import Logged, Proof, encode
from unsealed.seal.prove import body

REASONS = (
    Reason(1, "person-at-risk", "A person who could be harmed if named."),
    Reason(2, "source", "A person who spoke in confidence."),
    Reason(3, "private", "A private individual who plays no public part."),
    Reason(5, "place", "A place made less exact to protect those who live there."),
)
DAYS = ("2010-11-21", "2010-11-28", "2010-12-05", "2010-12-12")
STORY = (
    "For eleven years the foreign service of a small republic wrote home about a dam and the slope above it. "
    "It was warned more than once, and it filed the warnings. "
    "These are its papers, released step by step, with the names of people at risk taken out."
)


@dataclass(frozen=True)
class Draft:
    """An invented document. `hide`: (unit, text or None for the whole unit, reason number)."""

    id: str
    type: str
    units: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...] = ()
    hide: tuple[tuple[int, str | None, int], ...] = ()
    title: str = ""
    parent: str = ""


def _places(draft: Draft, atoms: Atoms) -> list[tuple[int, int, int]]:
    found = []
    for unit, text, reason in draft.hide:
        if text is None:
            where = unit_ranges(atoms)[unit]
            found.append((where.first, where.count, reason))
        else:
            start = draft.units[unit][1].index(text)
            first, count = span_to_atoms(atoms, unit, start, start + len(text))
            found.append((first, count, reason))
    return found


def _key(number: int) -> SigningKey:
    return SigningKey.from_bytes(bytes([number]) * 32)


@dataclass
class Press:
    """One invented publisher with everything below `folder`."""

    folder: Path
    drafts: list[Draft]
    name: str = "The Teshka Papers"
    total: int = -2
    manifests: list[Manifest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log_signer = Signer("log.example/teshka", _key(1))
        self.editors = [Signer("editor-one", _key(2)), Signer("editor-two", _key(3))]
        self.packages, self.public = self.folder / "packages", self.folder / "public"
        self.cache, self.log_folder = self.folder / "cache" / "site", self.folder / "public" / "heads" / "log"
        self.archive = generation.archive_id(self.log_signer.name, self.log_signer.key.public)
        roots = [Signer("root-one", _key(4)).verifier]
        self.policy = write_policy(
            1, self.log_signer.verifier, roots, 1, [editor.verifier for editor in self.editors], 2
        )
        self._key = bytes(range(32))
        self._atoms = [cut(draft.units) for draft in self.drafts]
        digest = hashlib.sha256(b"original").digest()
        self._commitments = [
            generation.commit(self._key, self.archive, 1, slot, atoms, digest).c
            for slot, atoms in enumerate(self._atoms)
        ]
        self._leaves = generation.leaf_hashes(self._commitments)
        self._levels = merkle.levels(self._leaves)
        self._entries = 0
        self._sites = 0

    # --- the log

    def _append(self, entry: bytes) -> None:
        growth = Log(self._entries, lambda path: (self.log_folder / path).read_bytes()).append([entry])
        for path, data in growth.files.items():
            target = self.log_folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        head = sign_checkpoint(Checkpoint(self.log_signer.name, growth.size, growth.root), self.log_signer)
        (self.log_folder / "checkpoint").write_bytes(head)
        self._entries = growth.size

    def _write(self, manifest: Manifest, files: dict[str, bytes]) -> FileHash:
        folder = self.packages / f"{manifest.number:04d}"
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        raw = encode_manifest(manifest)
        (folder / "manifest.json").write_bytes(raw)
        self.manifests.append(manifest)
        return FileHash(hashlib.sha256(raw).hexdigest(), len(raw))

    def _manifest(
        self, number: int, title: str, story: str, documents: Sequence[PublicDocument], files: dict[str, bytes]
    ) -> Manifest:
        withheld: dict[str, int] = {}
        codes = {reason.number: reason.code for reason in REASONS}
        for document in documents:
            for block in document.blocks:
                gaps = [block] if isinstance(block, Gap) else [run for run in block.runs if isinstance(run, Gap)]
                for gap in gaps:
                    withheld[codes[gap.reason]] = withheld.get(codes[gap.reason], 0) + 1
        return Manifest(
            v=FORMAT_RELEASE,
            number=number,
            archive=self.archive.hex(),
            name=self.name,
            title=title,
            story=story,
            date=DAYS[number],
            documents=len(documents),
            total=len(self.drafts) if self.total == -2 else self.total,
            withheld=dict(sorted(withheld.items())),
            reasons=REASONS,
            licence="Original fiction, CC0",
            files=tuple(file_of(path, data) for path, data in sorted(files.items())),
        )

    # --- what it publishes

    def seal(self) -> None:
        """Release 0."""
        root = generation.root(self._commitments)
        made = statement.make(
            self.archive, 1, len(self.drafts), root, ("unsealed-document/1",), bytes(32), "2010-11-21T09:00:00Z"
        )
        text = statement.encode(made)
        files = {"statement": text, **dict(generation.tiles(self._commitments))}
        manifest = self._manifest(0, "The seal", STORY, [], files)
        where = self._write(manifest, files)
        policy = hashlib.sha256(self.policy).hexdigest()
        self._append(sign_entry(SealEntry(self.archive.hex(), policy, 0, DAYS[0], where, text.decode()), self.editors))

    def documents(self, slots: Sequence[int], number: int) -> list[PublicDocument]:
        """The public documents of these slots as release `number` carries them."""
        cuts = [
            cut_hash(
                self._commitments[slot], spans(_places(self.drafts[slot], self._atoms[slot]), self._atoms[slot].count)
            )
            for slot in slots
        ]
        levels = merkle.levels(cuts)
        return [
            self._document(slot, number, place, merkle.path_in_levels(levels, place))
            for place, slot in enumerate(slots)
        ]

    def _document(self, slot: int, number: int, place: int, cut_path: tuple[bytes, ...]) -> PublicDocument:
        draft, atoms = self.drafts[slot], self._atoms[slot]
        digest = hashlib.sha256(b"original").digest()
        made = body(self._key, self.archive, 1, slot, atoms, digest, _places(draft, atoms))
        path = merkle.path_in_levels(self._levels, slot)
        proof = Proof(made, path, place, cut_path, Logged(b"", b""), Logged(b"", b""))
        blocks = opened.blocks(made)
        return PublicDocument(
            v=FORMAT_PUBLIC,
            id=draft.id or f"s{slot}",
            slot=slot,
            generation=1,
            release=number,
            type=draft.type,
            title=draft.title or _title(draft, blocks),
            fields=draft.fields,
            blocks=blocks,
            shown_words=opened.shown_words(made),
            hidden_atoms=opened.hidden_atoms(made),
            proof=encode(proof).decode(),
            parent=draft.parent,
        )

    def release(self, slots: Sequence[int], title: str, story: str = "", pack: int = 256) -> None:
        """Release documents by slot."""
        number = len(self.manifests)
        documents = self.documents(slots, number)
        packs = [encode_pack(documents[start : start + pack]) for start in range(0, len(documents), pack)]
        files = {pack_path(data): data for data in packs}
        manifest = self._manifest(number, title, story, documents, files)
        where = self._write(manifest, files)
        cuts = [
            cut_hash(
                self._commitments[slot], spans(_places(self.drafts[slot], self._atoms[slot]), self._atoms[slot].count)
            )
            for slot in slots
        ]
        entry = ReleaseEntry(
            self.archive.hex(),
            hashlib.sha256(self.policy).hexdigest(),
            number,
            DAYS[number],
            where,
            Cuts(merkle.root(cuts).hex(), len(cuts)),
            "00" * 32,
            REASONS,
        )
        self._append(sign_entry(entry, self.editors))

    def publish_site(self, site_manifest: bytes) -> None:
        """Log the pages, and put their list into `heads/`, as the release room does."""
        where = FileHash(hashlib.sha256(site_manifest).hexdigest(), len(site_manifest))
        self._sites += 1
        policy = hashlib.sha256(self.policy).hexdigest()
        entry = SiteEntry(self.archive.hex(), policy, self._sites, len(self.manifests) - 1, where)
        self._append(sign_entry(entry, self.editors))
        (self.public / "heads" / "site.manifest").write_bytes(site_manifest)


def _title(draft: Draft, blocks: tuple[object, ...]) -> str:
    for name, value in draft.fields:
        if name in ("title", "subject"):
            return value
    for block in blocks:
        if isinstance(block, PublicUnit) and block.label in ("title", "subject"):
            return " ".join("▮" if isinstance(run, Gap) else run.text for run in block.runs)
    return draft.id
