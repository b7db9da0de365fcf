"""Amend what is public: redact further, show more, withdraw. A package and an entry like those of a release.

Takes a plan and the decisions of two editors, which are new decisions, never edits; gives a built package that brings
the new cuts, the packs without what ended, and what shows without any text that it stood there. Signed and published
as every release. Old copies cannot be recalled; the log says to everybody which cut is in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from unsealed.archive import Archive, ReleasedDocument
from unsealed.errors import HumanNeeded, UsageError, VerifyError
from unsealed.model import PackageFile, PublicDocument
from unsealed.release.anchor import write_anchor
from unsealed.release.build import (
    Built,
    Sketch,
    Work,
    build_release,
    canonical_folder,
    cuts_of,
    generation_key,
    manifest_of,
    public_documents,
    public_ids,
    silent,
    sketch_of,
    start,
    store_built,
    write_embargo,
    write_packs,
)
from unsealed.release.cut import cut_spans
from unsealed.release.keyring import Keyring
from unsealed.release.leaks import document_hits, gather, judge, judge_common, manifest_hits
from unsealed.release.objects import Staging
from unsealed.release.pictures.make import Darkroom
from unsealed.release.plan import Obstacle, Plan, decided, obstacles, plan_amendment
from unsealed.release.reasons import reasons_of
from unsealed.release.records import Release, read_release
from unsealed.release.standing import Public, read_public
from unsealed.release.superseding import (
    Replacing,
    documents_at,
    pictures_of,
    replacements,
    rows_of,
    superseded_line,
)
from unsealed.release.sweep import sweep_package
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed, Hit
from unsealed.seal.entries import FileHash, RedactMoreEntry, UnredactEntry, WithdrawEntry, entry_text
from unsealed.seal.package import file_of
from unsealed.seal.superseded import (
    SUPERSEDED,
    Superseded,
    check_less,
    check_more,
    encode_superseded,
    replacing_path,
)

KINDS = ("redact-more", "unredact", "withdraw")


class _Old(NamedTuple):
    """What the documents of an amendment were: where they stood, what was shown, their lines."""

    rows: tuple[ReleasedDocument, ...]
    documents: tuple[PublicDocument, ...]
    lines: tuple[Superseded, ...]


def plan_amended(archive: Archive, *values: object, **named: object) -> Plan:
    """`plan.plan_amendment`, and what is wrong with the direction of each new cut."""
    made = plan_amendment(archive, *values, **named)  # type: ignore[arg-type]
    return Plan(made.release, amendment_obstacles(archive, made.release))


def build_package(
    archive: Archive, keys: Keyring, number: int, *, verifier: str, tell: Callable[[int, int], None] = silent
) -> Built:
    """Build release `number`, whatever its kind. Raises like `build_release`."""
    if read_release(archive, number).release.kind in KINDS:
        return build_amendment(archive, keys, number, verifier=verifier, tell=tell)
    return build_release(archive, keys, number, verifier=verifier, tell=tell)


def amendment_obstacles(archive: Archive, release: Release) -> tuple[Obstacle, ...]:
    """Everything that keeps an amendment in: undecided documents, and new cuts that do not go in its direction."""
    found = obstacles(archive, release)
    if found or release.kind == "withdraw":
        return found
    public = read_public(archive)
    old = _old(archive, public, release)
    reasons = reasons_of(archive, release.items)
    wrong = []
    for row, line in zip(old.rows, old.lines, strict=True):
        new = cut_spans(decided(archive, row.item, (row.generation,)), reasons)
        spans = [(span.first, span.count, span.reason) for span in new]
        try:
            if release.kind == "redact-more":
                check_more(line, spans)
            elif row.item in public.in_force:
                check_less(line, spans)
        except VerifyError as error:
            wrong.append(Obstacle(row.item, error.rule, _wrong(release)))
    return tuple(wrong)


def _wrong(release: Release) -> str:
    if release.kind == "redact-more":
        return "what two editors decided does not hide everything that is hidden now, and more"
    return "what two editors decided does not show everything that is shown now, and more"


def _old(archive: Archive, public: Public, release: Release) -> _Old:
    rows = rows_of(public, release.items)
    documents = documents_at(archive, rows)
    lines = [superseded_line(archive, row, one) for row, one in zip(rows, documents, strict=True)]
    return _Old(tuple(rows), tuple(documents), tuple(lines))


def build_amendment(
    archive: Archive, keys: Keyring, number: int, *, verifier: str, tell: Callable[[int, int], None] = silent
) -> Built:
    """Build a planned `redact-more`, `unredact` or `withdraw`.

    Raises HumanNeeded for obstacles, LeaksFound for withheld strings that would go out (for a `redact-more`, also in
    every other document that is public), UsageError where the documents stand elsewhere than when it was planned.
    """
    work = start(archive, keys, number)
    release, public = work.release, read_public(archive)
    if amendment_obstacles(archive, release):
        raise HumanNeeded(
            f"Amendment {number} is held up.", remedy="Plan it again: the plan lists what each document waits for."
        )
    old = _old(archive, public, release)
    if tuple(row.item for row in old.rows) != release.items:
        raise UsageError("The documents stand elsewhere than when this was planned.", remedy="Plan it again.")
    work = work._replace(before={row.item: row for row in old.rows})
    staging = Staging(archive, number)
    try:
        return _build(work, public, old, staging, verifier, tell)
    except HumanNeeded:
        staging.discard()
        raise


def _build(
    work: Work, public: Public, old: _Old, staging: Staging, verifier: str, tell: Callable[[int, int], None]
) -> Built:
    archive, release = work.archive, work.release
    withheld, allowed = gather(archive), Allowed(Desk(archive).allowed())
    sketches, ids, markers, hits = [], [], Counter[int](), list[Hit]()
    shown: set[str] = set()
    if release.kind != "withdraw":
        judge_common(release.number, withheld, frozenset(release.items), allowed)
        sketches = [sketch_of(work, item) for item in release.items]
        ids = _ids(work, sketches, old)
        with Darkroom(archive, work.reasons, staging.write) as darkroom:
            made = _noting(public_documents(work, sketches, ids, darkroom), shown)
            counts = write_packs(work, made, staging, withheld, tell)
        markers, hits = counts.markers, [*counts.hits, *darkroom.hits(withheld.check)]
    replacing = replacements(archive, public, old.rows)
    _write_replacing(staging, replacing, shown)
    staging.write(SUPERSEDED, encode_superseded(old.lines))
    write_embargo(work, staging)
    root = cuts_of(sketches).root if sketches else ""
    write_anchor(archive, release.number, root, generation_key(work), staging)
    manifest = manifest_of(work, markers, staging.files, documents=len(sketches))
    hits += [*manifest_hits(withheld.check, manifest), *withheld.check.hits("the code of the reason", release.code)]
    items = {(row.generation, row.slot): row.item for row in public.in_force.values()}
    carried: list[Hit] = []
    for document in replacing.kept:
        carried += document_hits(withheld, items[document.generation, document.slot], document)
    if release.kind == "redact-more":
        hits += carried  # what is withheld now must not stay public in another document
    judge(release.number, hits, allowed)
    sweep_package(archive, withheld.check, release.number, staging.written(), [*hits, *carried])
    packs = sum(file.path.startswith("packs/") for file in staging.files)
    file = file_of("manifest.json", staging.finish(manifest))
    built = store_built(work, sketches, ids, _entry(work, sketches, old, file, verifier))
    return Built(built, len(old.rows), packs, len(hits), tuple(mark for mark, _, _ in withheld.common))


def _noting(documents: Iterable[PublicDocument], shown: set[str]) -> Iterator[PublicDocument]:
    """The documents; the hashes of their pictures are noted: these stay, whatever the old document showed."""
    for document in documents:
        shown |= pictures_of(document)
        yield document


def _write_replacing(staging: Staging, replacing: Replacing, shown: set[str]) -> None:
    needed = {replacing_path(name) for name in shown}
    for path, data in replacing.files.items():
        if path not in needed:
            staging.write(path, data)


def _ids(work: Work, sketches: Sequence[Sketch], old: _Old) -> list[str]:
    """The public ids: a document keeps its own, unless its new cut hides what that id says."""
    others = public_ids(work.archive, work.release.number, [one._replace(own_id="") for one in sketches])
    found = []
    for sketch, document, by_slot in zip(sketches, old.documents, others, strict=True):
        own = canonical_folder(sketch.own_id, sketch.slot) == canonical_folder(document.id, document.slot)
        found.append(document.id if own or document.id == by_slot else by_slot)
    return found


def _entry(work: Work, sketches: Sequence[Sketch], old: _Old, file: PackageFile, verifier: str) -> str:
    release = work.release
    common = {
        "archive": work.policy.archive_id.hex(), "policy": work.policy.sha256, "number": release.number,
        "date": release.date, "manifest": FileHash(file.sha256, file.length),
        "documents": tuple(line.listed for line in old.lines), "text": release.story,
    }  # fmt: skip
    if release.kind == "withdraw":
        return entry_text(WithdrawEntry(**common, reason=release.code))  # type: ignore[arg-type]
    kind = RedactMoreEntry if release.kind == "redact-more" else UnredactEntry
    return entry_text(kind(**common, cuts=cuts_of(sketches), verifier=verifier, reasons=work.reasons))  # type: ignore[arg-type]
