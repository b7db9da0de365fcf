"""Entries that wait for signatures: a change of keys, the pages of a site, a move of the log.

Takes the text of an entry and signature lines; keeps both in `packages/pending/NAME`, durably, until the entry is in
the log. (A release keeps its own in the catalogue.) A text that changes loses its signatures: they were over another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from unsealed.archive import Archive
from unsealed.errors import ArchiveError, UsageError
from unsealed.files import read_capped, remove_durable, remove_leftovers, write_durable
from unsealed.release.offline import merge_lines, read_signed
from unsealed.seal.note import Signature, VerifierKey

Name = Literal["policy", "site", "moved", "close", "correction", "mirrors", "support"]
_LIMIT = 4 << 20  # bytes of such a file
_FORMAT = "unsealed-pending/1"


class Pending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exact text of an entry, and the signatures so far, each of which held when it came."""

    v: str
    text: str
    signatures: tuple[Signature, ...] = ()


def _path(archive: Archive, name: Name) -> Path:
    return archive.path / "packages" / "pending" / name


def find_pending(archive: Archive, name: Name) -> Pending | None:
    """What waits under this name, or None. Raises ArchiveError where the file is damaged."""
    path = _path(archive, name)
    if not path.exists():
        return None
    try:
        found = msgspec.json.decode(read_capped(path, _LIMIT), type=Pending)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path} is damaged.", remedy="Delete it and begin this change again.") from error
    if found.v != _FORMAT:
        raise ArchiveError(f"{path} is of a version that is not known.", remedy="Update Unsealed.")
    return found


def read_pending(archive: Archive, name: Name) -> Pending:
    """What waits under this name. Raises UsageError where nothing does."""
    found = find_pending(archive, name)
    if found is None:
        raise UsageError(f"Nothing of this kind ({name}) waits for signatures.", remedy="Draft or build it first.")
    return found


def put_pending(archive: Archive, name: Name, text: str) -> Pending:
    """Let a text wait. Signatures stay where the text is the same."""
    found = find_pending(archive, name)
    if found is None or found.text != text:
        found = Pending(_FORMAT, text)
        _write(archive, name, found)
    return found


def add_pending(
    archive: Archive, name: Name, lines: Iterable[Signature], allowed: Sequence[VerifierKey], who: str
) -> Pending:
    """Add signature lines. Raises UsageError for one that does not hold, see `merge_lines`."""
    found = read_pending(archive, name)
    made = Pending(_FORMAT, found.text, merge_lines(found.text, found.signatures, lines, allowed, who))
    if made != found:
        _write(archive, name, made)
    return made


def add_pending_note(
    archive: Archive, name: Name, untrusted_note: bytes, allowed: Sequence[VerifierKey], who: str
) -> Pending:
    """Add the signatures of a file that came back. Raises UsageError, see `read_signed` and `merge_lines`."""
    text = read_pending(archive, name).text
    return add_pending(archive, name, read_signed(untrusted_note, text, "the one that waits here"), allowed, who)


def drop_pending(archive: Archive, name: Name) -> None:
    """Forget what waits under this name: it is in the log now, or is given up."""
    path = _path(archive, name)
    remove_leftovers(path.parent)
    if path.exists():
        remove_durable(path)


def _write(archive: Archive, name: Name, pending: Pending) -> None:
    write_durable(_path(archive, name), msgspec.json.encode(pending))
