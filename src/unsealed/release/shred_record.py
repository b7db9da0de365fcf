"""Who has to destroy what after a shredding, and who said that it is done: `keys/shreds`.

Pure values and one small file. A shredding counts as done when, of every split of the old wrapping key, so many holders
destroyed their shares that the rest cannot make it any more, and two people say that no backup of `keys/` from before
is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from unsealed.config import one_person
from unsealed.errors import KeysError, UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release.splitting import Split

SHREDS = "shreds"  # the record's name in keys/
_FORMAT = "unsealed-shreds/1"
_LIMIT = 16 << 20  # bytes of that record
BACKUPS_NEEDED = 2  # different people who say that no backup from before is left


class Shredding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shredding: who wanted it, how much went, the old wrapping key (its fingerprint) and the splits of it.

    `shares` are (set of the split, holder) pairs whose share was destroyed, `backups` who says that no backup is left.
    """

    number: int
    time: str
    by: tuple[str, ...]
    documents: int
    atoms: int
    wrapping: str
    splits: tuple[Split, ...] = ()
    shares: tuple[tuple[int, str], ...] = ()
    backups: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """What is still to be said, one line each; empty where it is done."""
        lines = []
        for split in self.splits:
            gone = {holder for set_id, holder in self.shares if set_id == split.set_id}
            needed = len(split.holders) - split.threshold + 1 - len(gone)
            if needed > 0:
                left = ", ".join(holder for holder in split.holders if holder not in gone)
                lines.append(f"set {split.set_id}: {needed} more of {left} have to destroy their share")
        backups = BACKUPS_NEEDED - len(set(map(one_person, self.backups)))
        if backups > 0:
            lines.append(f"backups: {backups} more people have to say that no copy of keys/ from before is left")
        return lines


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: str
    shreds: tuple[Shredding, ...]


def read_shreds(folder: Path) -> tuple[Shredding, ...]:
    """Every shredding of an archive, oldest first. Raises KeysError where the record is damaged."""
    path = folder / SHREDS
    if not path.exists():
        return ()
    try:
        record = msgspec.json.decode(read_capped(path, _LIMIT), type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise KeysError(f"{path} is damaged.", remedy="Use its backup.") from error
    if record.v != _FORMAT:
        raise KeysError(f"{path} is of a version that is not known.", remedy="Update Unsealed.")
    return record.shreds


def encode_shreds(shreds: Sequence[Shredding]) -> bytes:
    """The record as it is stored."""
    return msgspec.json.encode(_Record(_FORMAT, tuple(shreds)))


def confirm_shred(
    folder: Path, number: int, person: str, *, backups: bool = False, editors: Sequence[str] = ()
) -> Shredding:
    """A holder says that the old share is destroyed or, with `backups`, a person that no old copy of keys/ is left.

    `editors` are those of the settings: nobody else speaks for the backups. A name in another spelling is the same
    person. Durable; twice is once. Raises UsageError for a shredding that is not there, a person who holds no old
    share, or with `backups` one who is no editor.
    """
    shreds = list(read_shreds(folder))
    if not 1 <= number <= len(shreds):
        raise UsageError(f"There is no shredding {number}.", remedy="`unsealed shred status` lists them.")
    found = shreds[number - 1]
    if backups:
        said = (*found.backups, _editor(person, editors))
        made = msgspec.structs.replace(found, backups=tuple({one_person(name): name for name in said}.values()))
    else:
        pairs = dict.fromkeys((*found.shares, *_held(found, person)))
        made = msgspec.structs.replace(found, shares=tuple(pairs))
    if made != found:
        shreds[number - 1] = made
        write_durable(folder / SHREDS, encode_shreds(shreds), mode=0o600)
    return made


def _editor(person: str, editors: Sequence[str]) -> str:
    """The editor of this name, as the settings write it."""
    found = [name for name in editors if one_person(name) == one_person(person)]
    if not found:
        raise UsageError(
            "Only editors of the settings say that no backup is left: two of them, so two people.",
            remedy=f"Name one of them with --as. The settings have: {', '.join(editors) or 'nobody'}.",
        )
    return found[0]


def _held(shredding: Shredding, person: str) -> list[tuple[int, str]]:
    """The shares of the old key that this person holds, as (set, holder)."""
    wanted = one_person(person)
    held = [(split.set_id, name) for split in shredding.splits for name in split.holders if one_person(name) == wanted]
    if not held:
        raise UsageError(
            "Nobody of this name holds a share of the old key.",
            remedy="`unsealed shred status` names the holders; for backups, add --backups.",
        )
    return held
