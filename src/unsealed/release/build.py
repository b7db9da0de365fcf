"""Build a release package: public documents in packs, a manifest, the leak check, the text that editors sign.

Takes a plan without obstacles; gives `packages/NNNN` and the release in state *built*. Two passes over the
documents, so that memory holds one pack: the first computes every cut `p`, whose tree the proofs of the second need.
Deterministic: the same archive, decisions and plan give the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from unsealed.archive import Archive, ReleasedDocument
from unsealed.errors import HumanNeeded, UsageError
from unsealed.model import FORMAT_RELEASE, Gap, Manifest, PackageFile, PublicDocument, PublicUnit, Reason
from unsealed.release.anchor import write_anchor
from unsealed.release.cut import Decided, Place, canonical_id, cut_of, public_document, shown_whole
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.leaks import Withheld, document_hits, gather, judge, judge_common, manifest_hits
from unsealed.release.objects import Staging
from unsealed.release.pictures.make import Darkroom
from unsealed.release.plan import SealedRow, decided, obstacles, sealed_at, sealed_generations, sealed_total
from unsealed.release.reasons import reasons_of
from unsealed.release.recheck import fingerprints
from unsealed.release.records import Release, find_generation, find_release, put_release, read_release
from unsealed.release.sealing import read_commitments
from unsealed.release.sweep import sweep_package
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed, Hit
from unsealed.review.state import MarkRecord
from unsealed.seal import merkle
from unsealed.seal.entries import Cuts, FileHash, ReleaseEntry, entry_text
from unsealed.seal.generation import leaf_hashes
from unsealed.seal.package import EMBARGO, encode_embargo, encode_pack, file_of, pack_path
from unsealed.seal.policy import Policy
from unsealed.seal.puncture import Secret, decode_secret
from unsealed.seal.site_manifest import document_segment

Levels = list[Sequence[bytes]]

_BY_SLOT = re.compile(
    r"(?:.*-)?s\d+(?:-\d+)?", re.IGNORECASE | re.DOTALL
)  # like an id or a folder that is made of a slot


class Built(NamedTuple):
    """A built release. The words of the marks `common` stand everywhere and were not looked for."""

    release: Release
    documents: int
    packs: int
    hits_allowed: int
    common: tuple[int, ...]


class Work(NamedTuple):
    """What every step of one build needs."""

    archive: Archive
    keys: Keyring
    policy: Policy
    release: Release
    reasons: tuple[Reason, ...]
    generations: tuple[int, ...]
    before: Mapping[int, ReleasedDocument] = {}  # of an amendment: where its items stood

    def decided(self, item: int) -> Decided:
        """The private document of an item, ready to be cut. An amendment stays in the generation that it amends."""
        row = self.before.get(item)
        return decided(self.archive, item, self.generations if row is None else (row.generation,))


class Sketch(NamedTuple):
    """What the first pass keeps of a document: enough to place it among the others."""

    item: int
    generation: int
    slot: int
    own_id: str
    p: bytes
    row: int
    marks: tuple[MarkRecord, ...]


class _Sealed(NamedTuple):
    """A generation, opened for proofs: its key and the levels of its tree."""

    key: Secret
    levels: Levels


class Counts(NamedTuple):
    markers: Counter[int]
    hits: list[Hit]


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def build_release(
    archive: Archive, keys: Keyring, number: int, *, verifier: str, tell: Callable[[int, int], None] = silent
) -> Built:
    """Build release `number`. `verifier` is the SHA-256 (hex) of the `verify.html` that goes with it.

    `tell` hears (documents done, all). Raises HumanNeeded for obstacles, LeaksFound for withheld strings that would
    go out, UsageError for a release that is published or was not planned.
    """
    work = start(archive, keys, number)
    sketches = [sketch_of(work, item) for item in work.release.items]
    withheld, allowed = gather(archive), Allowed(Desk(archive).allowed())
    judge_common(number, withheld, frozenset(work.release.items), allowed)
    staging = Staging(archive, number)
    ids = public_ids(archive, number, sketches)
    with Darkroom(archive, work.reasons, staging.write) as darkroom:
        counts = write_packs(work, public_documents(work, sketches, ids, darkroom), staging, withheld, tell)
    write_embargo(work, staging)
    write_anchor(archive, number, cuts_of(sketches).root, generation_key(work), staging)
    manifest = manifest_of(work, counts.markers, staging.files)
    hits = [*manifest_hits(withheld.check, manifest), *counts.hits, *darkroom.hits(withheld.check)]
    try:
        judge(number, hits, allowed)
        sweep_package(archive, withheld.check, number, staging.written(), hits)
    except HumanNeeded:
        staging.discard()
        raise
    packs = sum(file.path.startswith("packs/") for file in staging.files)
    built = _finish(work, sketches, manifest, staging.finish(manifest), verifier)
    return Built(built, len(sketches), packs, len(hits), tuple(mark for mark, _, _ in withheld.common))


def start(archive: Archive, keys: Keyring, number: int) -> Work:
    """Everything a build needs. Raises HumanNeeded and UsageError, see `build_release`."""
    stored = read_release(archive, number)
    if stored.state == "published" or stored.release.kind in ("seal", "close"):
        raise UsageError(f"Release {number} is published: it never changes.", remedy="Plan another release.")
    found = obstacles(archive, stored.release)
    if found:
        raise HumanNeeded(
            f"Release {number} is held up at {len({one.item for one in found})} documents.",
            remedy=f"`unsealed release plan --number {number}` lists what each of them waits for.",
        )
    reasons = reasons_of(archive, stored.release.items)
    return Work(archive, keys, read_policy(archive), stored.release, reasons, sealed_generations(archive))


def sketch_of(work: Work, item: int) -> Sketch:
    """The first pass over one document."""
    document = work.decided(item)
    own_id = canonical_id(document.stored.reading, shown_whole(document, work.reasons))
    sealed, p = document.sealed, cut_of(document, work.reasons)
    return Sketch(item, sealed.generation, sealed.slot, own_id, p, document.stored.row, document.marks)


def _again(work: Work, sketch: Sketch) -> Decided:
    """The private document of a sketch. What was decided is kept since the first pass: nobody else may write."""
    place = SealedRow(sketch.row, sketch.generation, sketch.slot)
    return Decided(work.archive.reading(sketch.row), sealed_at(work.archive, place), sketch.marks)


def public_ids(archive: Archive, number: int, sketches: Sequence[Sketch]) -> list[str]:
    """The public ids: the document's own where nobody else has or wants it, else `s` and the slot.

    Slots of a later generation would collide with those of the first, so they carry its number too: `s2-17`. No own
    id may look like one of these. Ids are compared as the folders of their pages, upper and lower case alike.
    """
    taken = {canonical_folder(one.public_id, one.slot) for one in archive.released() if one.release != number}
    wanted = Counter(canonical_folder(sketch.own_id, sketch.slot) for sketch in sketches)
    found = []
    for sketch in sketches:
        folder = canonical_folder(sketch.own_id, sketch.slot)
        alone = wanted[folder] == 1 and folder not in taken and not _BY_SLOT.fullmatch(sketch.own_id)
        own = sketch.own_id if alone else ""
        by_slot = f"s{sketch.slot}" if sketch.generation == 1 else f"s{sketch.generation}-{sketch.slot}"
        found.append(own or by_slot)
    return found


def canonical_folder(public_id: str, slot: int) -> str:
    """What must be unique: the folder of a page, on a disk that does not tell upper from lower case."""
    return document_segment(public_id, slot).lower() if public_id else ""


def published_before(archive: Archive, number: int) -> set[int]:
    """The numbers of published releases below `number`: only these may be referred to."""
    stored = ((one, find_release(archive, one)) for one in archive.releases() if one < number)
    return {one for one, found in stored if found and found.state == "published"}


def _open_generations(work: Work, sketches: Sequence[Sketch]) -> dict[int, _Sealed]:
    opened = {}
    for number in sorted({sketch.generation for sketch in sketches}):
        found = find_generation(work.archive, number)
        assert found is not None, "a slot names its generation"
        tree = merkle.levels(leaf_hashes(read_commitments(work.archive, number, found[1])))
        opened[number] = _Sealed(decode_secret(work.keys.store.secret(found[1].secret)), tree)
    return opened


def generation_key(work: Work) -> bytes:
    """The key of the newest generation."""
    found = find_generation(work.archive, work.generations[0])
    assert found is not None, "it is sealed"
    return work.keys.store.secret(found[1].secret)


def write_embargo(work: Work, staging: Staging) -> None:
    """The time before which the package is not published is a file of it: every signature binds it."""
    if work.release.embargo:
        staging.write(EMBARGO, encode_embargo(work.release.embargo))


def public_documents(
    work: Work, sketches: Sequence[Sketch], ids: Sequence[str], darkroom: Darkroom
) -> Iterator[PublicDocument]:
    """The second pass: every document of the release in public form, in release order."""
    archive, number = work.archive, work.release.number
    published = published_before(archive, number)
    parents = {one.item: one.public_id for one in archive.released() if one.release in published}
    parents |= {sketch.item: public_id for sketch, public_id in zip(sketches, ids, strict=True)}
    generations = _open_generations(work, sketches)
    cuts = merkle.levels([sketch.p for sketch in sketches])
    for position, (sketch, public_id) in enumerate(zip(sketches, ids, strict=True)):
        document, sealed = _again(work, sketch), generations[sketch.generation]
        parent = parents.get(document.stored.item.parent, "")
        path, cut_path = merkle.path_in_levels(sealed.levels, sketch.slot), merkle.path_in_levels(cuts, position)
        place = Place(number, public_id, parent, path, position, cut_path)
        public = public_document(
            document, place, key=sealed.key, archive_id=work.policy.archive_id, reasons=work.reasons
        )
        yield darkroom.pictured(document, public)


# --- from here on only public documents are handled ---------------------------------------------------


def write_packs(
    work: Work,
    documents: Iterable[PublicDocument],
    staging: Staging,
    withheld: Withheld,
    tell: Callable[[int, int], None],
) -> Counts:
    """Write the packs; count markers and collect leaks on the way."""
    counts = Counts(Counter(), [])
    total, size = len(work.release.items), work.archive.settings.release.documents_per_pack
    waiting: list[PublicDocument] = []
    for position, document in enumerate(documents, 1):
        waiting.append(document)
        counts.markers.update(_markers(document))
        counts.hits.extend(document_hits(withheld, work.release.items[position - 1], document))
        if len(waiting) == size or position == total:
            pack = encode_pack(waiting)
            staging.write(pack_path(pack), pack)
            waiting.clear()
            tell(position, total)
    return counts


def _markers(document: PublicDocument) -> Counter[int]:
    """How many markers of each reason a document shows."""
    found: Counter[int] = Counter()
    for block in document.blocks:
        runs = block.runs if isinstance(block, PublicUnit) else (block,)
        found.update(run.reason for run in runs if isinstance(run, Gap))
    return found


def manifest_of(
    work: Work, markers: Counter[int], files: tuple[PackageFile, ...], *, documents: int | None = None
) -> Manifest:
    """The manifest. `documents` are those in its packs: all that the release names, unless it says otherwise."""
    codes = {reason.number: reason.code for reason in work.reasons}
    settings, release = work.archive.settings, work.release
    return Manifest(
        v=FORMAT_RELEASE,
        number=release.number,
        archive=work.policy.archive_id.hex(),
        name=settings.archive.name,
        title=release.title,
        story=release.story,
        date=release.date,
        documents=len(release.items) if documents is None else documents,
        total=sealed_total(work.archive),
        withheld=dict(sorted((codes[number], count) for number, count in markers.items())),
        reasons=work.reasons,
        licence=settings.release.licence,
        files=files,
    )


def _finish(work: Work, sketches: Sequence[Sketch], manifest: Manifest, data: bytes, verifier: str) -> Release:
    """Store documents and entry text. A crash before leaves a whole package of a planned release: built anew."""
    archive, number, file = work.archive, work.release.number, file_of("manifest.json", data)
    entry = ReleaseEntry(
        archive=work.policy.archive_id.hex(), policy=work.policy.sha256, number=number, date=manifest.date,
        manifest=FileHash(file.sha256, file.length), cuts=cuts_of(sketches), verifier=verifier,
        reasons=manifest.reasons,
    )  # fmt: skip
    return store_built(work, sketches, public_ids(archive, number, sketches), entry_text(entry))


def cuts_of(sketches: Sequence[Sketch]) -> Cuts:
    """What the entry commits to."""
    return Cuts(merkle.root([sketch.p for sketch in sketches]).hex(), len(sketches))


def store_built(work: Work, sketches: Sequence[Sketch], ids: Sequence[str], text: str) -> Release:
    """Store the documents of a built release, then the release itself. Durable once it returns."""
    archive, number = work.archive, work.release.number
    signatures = work.release.signatures if text == work.release.entry else ()
    said = fingerprints(archive, work.release.items)
    built = msgspec.structs.replace(
        work.release, entry=text, signatures=signatures, decided=said.documents, journal=said.everything
    )
    documents = [
        ReleasedDocument(number, position, sketch.item, sketch.generation, sketch.slot, public_id)
        for position, (sketch, public_id) in enumerate(zip(sketches, ids, strict=True))
    ]
    archive.put_released(number, documents)
    put_release(archive, "built", built)
    return built
