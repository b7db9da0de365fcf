"""Does a built release still say what the editors say now? Asked before a signature, and before the log.

Takes an archive and a built release; raises, or lets pass. Between build and publication editors may mark a name,
take a clearing back or withhold a whole document: the package on disk would publish what they withheld. Where nothing
at all was said since the build, two digests tell so at once; else the obstacles are looked for again, and the packs
are searched for every string that is withheld now (docs/decisions/0076-decisions-after-the-build.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import HumanNeeded
from unsealed.release.anchor import remembered
from unsealed.release.leaks import document_hits, gather, judge, judge_common, manifest_hits
from unsealed.release.objects import read_files, read_manifest
from unsealed.release.pictures.final import picture_hits
from unsealed.release.plan import obstacles
from unsealed.release.records import Release, read_release
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed, Hit
from unsealed.seal.package import decode_pack


class Fingerprints(NamedTuple):
    """Digests of what editors said: of the documents of a release, and of everything."""

    documents: bytes
    everything: bytes


def fingerprints(archive: Archive, items: Iterable[int]) -> Fingerprints:
    """The digests as they are now. The people and reasons of the settings count too: they change what was decided."""
    settings = msgspec.json.encode(archive.settings.review)
    own, everything, wanted = sha256(settings), sha256(settings), frozenset(items)
    for one in archive.journal():
        if not audit.bears(one.payload):
            continue
        line = msgspec.msgpack.encode((one.id, one.item, one.editor, one.payload))
        everything.update(line)
        if one.item in wanted:
            own.update(line)
    return Fingerprints(own.digest(), everything.digest())


def check_unchanged(archive: Archive, release: Release) -> None:
    """Refuse a built release that is out of date. Raises HumanNeeded; a seal and the end show no document.

    Raises HistoryError where the audit log is not what it was: a vote that somebody wrote into the database is no vote.
    """
    if release.kind in ("seal", "close"):
        return
    audit.verify(archive, remembered(archive))
    number = release.number
    remedy = f"Build it again: unsealed release build {number}. Signatures stay where the text stays the same."
    if read_release(archive, number).state == "planned":
        raise HumanNeeded(f"Release {number} was planned anew since it was built.", remedy=remedy)
    now = fingerprints(archive, release.items)
    if now.everything == release.journal:
        return
    found = obstacles(archive, release)
    if found or now.documents != release.decided:
        raise HumanNeeded(
            f"Editors decided anew on documents of release {number} since it was built; "
            f"{len({one.item for one in found})} of them are held up now.",
            remedy=remedy,
        )
    _search_again(archive, release)


def _search_again(archive: Archive, release: Release) -> None:
    """Search the packs for what is withheld now. Raises LeaksFound, CommonLeft."""
    withheld, allowed = gather(archive), Allowed(Desk(archive).allowed())
    judge_common(release.number, withheld, frozenset(release.items), allowed)
    manifest = read_manifest(archive, release.number)[0]
    hits: list[Hit] = manifest_hits(withheld.check, manifest)
    items = iter(release.items)
    for file, data in read_files(archive, release.number, manifest):
        if file.path.startswith("packs/"):
            for document in decode_pack(data):
                hits += document_hits(withheld, next(items), document)
    hits += picture_hits(archive, release.number, withheld.check)
    judge(release.number, hits, allowed)
