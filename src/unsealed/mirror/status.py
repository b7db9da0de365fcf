"""What a mirror holds, how old it is, and what it was told: from its own folder, without a question to anybody.

Takes a folder and the present time; gives values for people and scripts.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from unsealed.errors import InputError
from unsealed.files import read_capped
from unsealed.mirror.heads import SITE_MANIFEST, CheckedLog, object_path
from unsealed.mirror.pull import POLICY, choose_policy, held_log, last_trace
from unsealed.mirror.shelf import Shelf
from unsealed.mirror.source import FolderSource, read_exact
from unsealed.mirror.trace import SourceLine
from unsealed.model import Manifest
from unsealed.seal import package
from unsealed.seal.entries import ReleaseEntry, SealEntry
from unsealed.seal.policy import days_too_old
from unsealed.seal.site_manifest import MAX_MANIFEST, decode_manifest


class MirrorStatus(NamedTuple):
    """What a mirror holds. `pulled` and times of `witnesses` are POSIX seconds (0: never); `sources` are those of the
    last pull. `withdrawn` counts objects kept aside, `evidence` contradicting heads.
    """

    name: str
    archive: str
    log: str
    size: int
    releases: int
    files: int
    bytes: int
    witnesses: tuple[tuple[str, int], ...]
    days_too_old: int
    pulled: int
    sources: tuple[SourceLine, ...]
    withdrawn: int
    evidence: int


def mirror_status(folder: Path, now: float) -> MirrorStatus:
    """Look at a mirror; its log is checked again on the way. Raises InputError where `folder` is none."""
    shelf = Shelf(folder)
    if not (folder / POLICY).exists():
        raise InputError(
            f"{folder} is no mirror.", remedy="Make one: unsealed mirror pull SOURCE --to DIR --policy FILE"
        )
    policy = choose_policy(folder, None)
    log = held_log(shelf, policy)
    if log is None:
        raise InputError(f"{folder} holds nothing yet.", remedy="Pull again: unsealed mirror pull --to DIR")
    files = decode_manifest(read_capped(shelf.public / SITE_MANIFEST, MAX_MANIFEST))
    trace = last_trace(folder)
    lines = log.opened.cosignatures
    return MirrorStatus(
        _newest_manifest(shelf, log).name, policy.archive_id.hex(), policy.log.name, log.size,
        len(log.history.of_kind(ReleaseEntry)), len(files), sum(file.length for file in files),
        tuple((line.witness.name, line.time) for line in lines),
        days_too_old(log.history.policies.newest, [line.time for line in lines], now),
        trace.time if trace else 0, trace.sources if trace else (), _count(shelf.withdrawn),
        _count(folder / "evidence"),
    )  # fmt: skip


def _newest_manifest(shelf: Shelf, log: CheckedLog) -> Manifest:
    payload = log.history.packages[-1].entry.payload
    assert isinstance(payload, SealEntry | ReleaseEntry) or hasattr(payload, "manifest")
    file = payload.manifest
    return package.decode_manifest(
        read_exact(FolderSource(shelf.public), object_path(file.sha256), file.length, file.sha256)
    )


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
