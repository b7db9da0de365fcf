"""The publisher in memory, amending what it released: honest by default, and able to lie in each part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from tests.mirror.publisher import DAY, REASONS, VERIFIER, Publisher
from unsealed.model import FORMAT_RELEASE, Manifest, PublicDocument
from unsealed.seal import merkle, package
from unsealed.seal.cut import cut_hash
from unsealed.seal.entries import Cuts, FileHash, PackageEntry, ReleaseEntry, parse_entry
from unsealed.seal.payloads import Listed, RedactMoreEntry, UnredactEntry, WithdrawEntry
from unsealed.seal.proof import Logged, Proof, decode, encode
from unsealed.seal.superseded import Superseded, encode_superseded, packs_in_force, replacing_path

Hidden = tuple[tuple[int, int, int], ...]
Same = Callable[[Any], Any]


def same(value: Any) -> Any:
    """No lie."""
    return value


class Amender(Publisher):
    """A publisher that redacts further, shows more, and withdraws."""

    def manifests(self) -> list[Manifest]:
        """Of every package."""
        payloads = [parse_entry(entry).payload for entry in self.entries]
        found = [payload.manifest.sha256 for payload in payloads if isinstance(payload, PackageEntry)]
        return [package.decode_manifest(self.files[f"o/{one[:2]}/{one}"]) for one in found]

    def at(self, release: int, place: int) -> PublicDocument:
        """The document that stood there."""
        return self.proofs[release][place][0]

    def listed(self, release: int, place: int) -> Listed:
        """The line of an entry."""
        document = self.at(release, place)
        return (release, place, document.generation, document.slot)

    def superseded(self, release: int, place: int) -> Superseded:
        """The line of the file `superseded`."""
        document = self.at(release, place)
        stood = decode(package.attach_log(document.proof, package.LogEvidence(b"x", b"x", b"x", b"x")))
        return Superseded(
            release, place, document.generation, document.slot, document.id, document.type,
            self._commitments[document.slot].hex(), tuple((s.first, s.count, s.reason) for s in stood.body.spans),
            tuple(node.hex() for node in stood.cut_path),
        )  # fmt: skip

    def without(self, places: list[tuple[int, int]]) -> dict[str, bytes]:
        """The packs that take the place of those that hold the documents at these places; the old ones go."""
        ended = {self.at(*place).proof for place in places}
        packs, _ = packs_in_force(self.manifests())
        files = {}
        for pack in (pack for found in packs.values() for pack in found):
            path = f"o/{pack.file.sha256[:2]}/{pack.file.sha256}"
            found = list(package.decode_pack(self.files[path]))
            left = [document for document in found if document.proof not in ended]
            if len(left) < len(found):
                files[replacing_path(pack.file.sha256)] = package.encode_pack(left) if left else b""
                del self.files[path]
        return files

    def amend(
        self,
        kind: type[RedactMoreEntry | UnredactEntry],
        cuts: dict[tuple[int, int], Hidden],
        *,
        lines: Same = same,
        files: Same = same,
        entry: Same = same,
    ) -> None:
        """New cuts for the documents at these places (release, place), in this order."""
        places = list(cuts)
        bodies = [self.body(self.at(*place).slot, hidden) for place, hidden in cuts.items()]
        leaves = [cut_hash(self._commitments[body.slot], body.spans) for body in bodies]
        levels = merkle.levels([merkle.leaf_hash(c) for c in self._commitments])
        made = []
        for place, body in enumerate(bodies):
            path = merkle.path_in_levels(levels, body.slot), place, merkle.path_in_levels(merkle.levels(leaves), place)
            made.append(self.document(body, encode(Proof(body, *path, Logged(b"", b""), Logged(b"", b""))).decode()))
        pack = package.encode_pack(made)
        told = encode_superseded(lines([self.superseded(*place) for place in places]))
        file = self._package(files({package.pack_path(pack): pack} | self._others(told, places)), len(made))
        payload = kind(
            **self.common(self.packages), date=DAY, manifest=file,  # type: ignore[arg-type]
            cuts=Cuts(merkle.root(leaves).hex(), len(leaves)), verifier=hashlib.sha256(VERIFIER).hexdigest(),
            reasons=REASONS, documents=tuple(self.listed(*place) for place in places), text="For a reason.",
        )  # fmt: skip
        index = self.log(entry(payload))
        self.proofs[self.packages] = [(document, index) for document in made]
        self.packages += 1
        self._drop_pages(places)

    def withdraw(self, *places: tuple[int, int], lines: Same = same, files: Same = same, entry: Same = same) -> None:
        """Withdraw the documents at these places."""
        told = encode_superseded(lines([self.superseded(*place) for place in places]))
        file = self._package(files(self._others(told, list(places))), 0)
        payload = WithdrawEntry(
            **self.common(self.packages), date=DAY, manifest=file,  # type: ignore[arg-type]
            documents=tuple(self.listed(*place) for place in places), reason="by-order", text="A court.",
        )  # fmt: skip
        self.log(entry(payload))
        self.packages += 1
        self._drop_pages(list(places))

    def _others(self, superseded: bytes, places: list[tuple[int, int]]) -> dict[str, bytes]:
        return dict(sorted({**self.without(places), "superseded": superseded}.items()))

    def _package(self, files: dict[str, bytes], documents: int) -> FileHash:
        lines = tuple(package.file_of(path, data) for path, data in files.items())
        for data in files.values():
            self.put(data)
        manifest = Manifest(
            FORMAT_RELEASE, self.packages, self.archive_id.hex(), "The Gazette Papers", "An amendment", "", DAY,
            documents, -1, {}, REASONS if documents else (), "CC0", lines,
        )  # fmt: skip
        return self.put(package.encode_manifest(manifest))

    def _drop_pages(self, places: list[tuple[int, int]]) -> None:
        """The pages of what is no longer in force; `site` makes those of new cuts."""
        for release, place in places:
            document, _ = self.proofs[release][place]
            self.ended = [*getattr(self, "ended", []), (release, place)]
            for name in ("document.proof", "index.html"):
                self.files.pop(f"d/{document.id}/{name}", None)

    def site(self) -> None:
        """Pages of what is in force."""
        whole = self.proofs
        gone = set(getattr(self, "ended", []))
        self.proofs = {
            release: [found for place, found in enumerate(documents) if (release, place) not in gone]
            for release, documents in whole.items()
        }
        super().site()
        self.proofs = whole


def changed(payload: ReleaseEntry | WithdrawEntry, **values: Any) -> Any:
    """The same entry, saying something else."""
    return msgspec.structs.replace(payload, **values)


def amender() -> Amender:
    """Four documents sealed, three released in two releases."""
    made = Amender()
    made.seal()
    made.release({0: ((12, 2, 1),), 1: ((16, 3, 2),)}, packs=1)
    made.release({3: ()})
    return made
