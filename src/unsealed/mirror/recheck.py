"""Check what a mirror serves, as fast as it can be read: the log wholly, then every file against its signed hash.

Takes the folder of a mirror; gives counts, or an error that names the files that differ. This is the check for a disk
that may rust or a host that may meddle, to be run each night. Whether the proofs in the files hold is what
`verify --site` asks; their bytes cannot change without being noticed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from unsealed.errors import InputError, SiteDiffers
from unsealed.mirror.bytes_check import Progress, check_files, silent
from unsealed.mirror.heads import SITE_MANIFEST, CheckedLog, check_log, log_files, read_site
from unsealed.mirror.pull import choose_policy
from unsealed.mirror.shelf import Shelf
from unsealed.mirror.source import FolderSource, shown_path
from unsealed.seal.site_manifest import SiteFile

_SHOWN = 10  # paths that an error names


class Checked(NamedTuple):
    """What holds: size of the log, files and bytes."""

    size: int
    files: int
    bytes: int


def check_mirror(folder: Path, *, workers: int = 2, tell: Progress = silent) -> Checked:
    """Check log, names and bytes of the site that a mirror serves.

    Raises SiteDiffers that names up to ten files, VerifyError where the log does not hold, InputError for no mirror.
    """
    shelf = Shelf(folder)
    if not shelf.holds():
        raise InputError(f"{folder} holds no mirror.", remedy="Pull first: unsealed mirror pull SOURCE --to DIR")
    source = FolderSource(shelf.public)
    log = check_log(source, choose_policy(folder, None))
    _, files = read_site(source, log.history)
    problems = check_files(shelf.public, files, workers=workers, tell=tell)
    problems += _names(source, log, files)
    if problems:
        more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise SiteDiffers(
            "\n  ".join(sorted(problems)[:_SHOWN]) + more, rule="changed",
            remedy="Repair it: unsealed mirror pull --to DIR --rehash. What changes again has another cause: the disk.",
        )  # fmt: skip
    return Checked(log.size, len(files), sum(file.length for file in files))


def _names(source: FolderSource, log: CheckedLog, files: Sequence[SiteFile]) -> list[str]:
    """What is there and no manifest names. What is missing was found by reading it."""
    wanted = {file.path for file in files} | set(log_files(log)) | {SITE_MANIFEST}
    return [
        f"{shown_path(path)}: is extra: no signed manifest names it." for path in source.listing() if path not in wanted
    ]
