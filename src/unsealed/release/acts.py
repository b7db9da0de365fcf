"""What the doors of this room write into the audit log: plans, builds, signatures, keys, and every entry of the log.

Takes an open archive; writes records. Functions that release do not call this: what they publish stays the same bytes
whoever runs them. A door writes its act down when it is done. For entries of the public log that is made good: which
of them have a record is remembered, and the next door writes down what a killed run left out
(docs/decisions/0145-doors-write-the-audit-log.md).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.release.journal import Journal
from unsealed.review import audit
from unsealed.seal.entries import kind_of, parse_entry
from unsealed.seal.note import VerifierKey

UNKNOWN = "unknown"  # who, where an entry is found in the log that no record tells of

_SEEN = "audit.published"  # of the archive's small texts
_WORDS = 500  # characters of one value of a record
_WHY = 2000  # characters


class _Seen(msgspec.Struct, frozen=True):
    """How far the public log is written down: of which log, how many entries, and how many records there were then."""

    log: str = ""
    entries: int = 0
    records: int = 0


def note_act(
    archive: Archive, what: str, why: str, *, who: str = "", about: Mapping[str, str | int] | None = None
) -> int:
    """Write down an act that is done; gives the number of its record. `who` is the account of the machine by default.

    Too many words are cut: the act happened, and a record of it must not fail. Raises UsageError like `audit.record`.
    """
    short = {key: str(value)[:_WORDS] for key, value in (about or {}).items()}
    return audit.record(archive, who or audit.account(), what, why.strip()[:_WHY] or what, about=short)


def note_published(archive: Archive, log: VerifierKey, own: int = -1) -> int:
    """Write down every entry of the log that has no record yet; gives how many that were.

    `own` is the index of the entry that this run published or completed: its record names the account of this machine.
    Others were left by a run that was stopped, or stood in the log before there were such records; nobody knows
    who ran it, and their records say so. Who signed stands in each. Killed anywhere, no record is written twice.
    """
    seen = _read(archive, log)
    entries = Journal(archive, log).entries()
    told = {entry.about.get("sha256", "") for entry in audit.entries(archive, seen.records)}
    made = 0
    for index, entry in enumerate(entries[seen.entries :], seen.entries):
        if sha256(entry).hexdigest() not in told:
            _note_entry(archive, entry, index, own=index == own)
            made += 1
    now = _Seen(log.vkey, len(entries), audit.head(archive).length)
    if len(entries) != seen.entries:
        archive.put_meta(_SEEN, msgspec.json.encode(now).decode())
    return made


def _read(archive: Archive, log: VerifierKey) -> _Seen:
    """What is remembered; nothing where it is of another log, as after a move."""
    stored = archive.get_meta(_SEEN)
    seen = msgspec.json.decode(stored.encode(), type=_Seen) if stored else _Seen()
    return seen if seen.log == log.vkey else _Seen()


def _note_entry(archive: Archive, data: bytes, index: int, *, own: bool) -> None:
    entry = parse_entry(data)
    kind = kind_of(entry.payload)
    about: dict[str, str | int] = {
        "entry": index, "number": entry.payload.number, "sha256": sha256(data).hexdigest(),
        "signed": ", ".join(line.name for line in entry.note.signatures),
    }  # fmt: skip
    why = (
        "published"
        if own
        else "found in the log without a record: whoever published it was stopped, or it came from elsewhere"
    )
    note_act(archive, f"publish.{kind}", why, who="" if own else UNKNOWN, about=about)
