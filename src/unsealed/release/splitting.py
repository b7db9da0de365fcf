"""Split the wrapping key among people, and open the store again with their shares when the passphrase is lost.

Takes an open store; gives words, once. Shares are never stored in an archive: `keys/shares` keeps who holds one, of
which set, and how many are needed, so that a later `shred` can say whose old shares must be destroyed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from unsealed.config import one_person
from unsealed.crypto import sha256
from unsealed.errors import KeysError, UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release.keys import KeyStore, OpenKeys
from unsealed.release.mnemonic import Shares, join_shares, split_secret

SHARES = "shares"  # the record's name in keys/
_FORMAT = "unsealed-shares/1"
_LIMIT = 1 << 20  # bytes of that record


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One split: of which wrapping key (its fingerprint), SLIP-39's number of the set, who holds the shares."""

    wrapping: str
    set_id: int
    threshold: int
    holders: tuple[str, ...]
    time: str


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: str
    splits: tuple[Split, ...]


def fingerprint(wrapping: bytes) -> str:
    """Sixteen hexadecimal digits that tell one wrapping key from another, and nothing of either."""
    return sha256(b"us1W" + wrapping).hexdigest()[:16]


def read_splits(folder: Path) -> tuple[Split, ...]:
    """Every split that was made of the wrapping keys of a `keys` folder, oldest first. Raises KeysError: damaged."""
    path = folder / SHARES
    if not path.exists():
        return ()
    try:
        record = msgspec.json.decode(read_capped(path, _LIMIT), type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise KeysError(f"{path} is damaged.", remedy="Use its backup.") from error
    if record.v != _FORMAT:
        raise KeysError(f"{path} is of a version that is not known.", remedy="Update Unsealed.")
    return record.splits


def encode_splits(splits: Sequence[Split]) -> bytes:
    """The record as it is stored."""
    return msgspec.json.encode(_Record(_FORMAT, tuple(splits)))


def split_wrapping(keys: OpenKeys, threshold: int, holders: Sequence[str], time: str) -> Shares:
    """Split the wrapping key among `holders`; share i is for holder i. The record is durable before.

    May be done again: each split is a set of its own, and all of them open the store until `shred` changes the key.
    Raises UsageError for a threshold that cannot be, or a holder named twice.
    """
    names = tuple(name.strip() for name in holders)
    if len(set(map(one_person, names))) < len(names) or not all(names):
        raise UsageError(
            "Each holder has one name, and no name stands twice, in no other spelling either.",
            remedy="Name them apart.",
        )
    wrapping = keys.wrapping()
    shares = split_secret(wrapping, threshold, len(names))
    made = Split(fingerprint(wrapping), shares.set_id, threshold, names, time)
    folder = keys.store.folder
    write_durable(folder / SHARES, encode_splits([*read_splits(folder), made]), mode=0o600)
    return shares


def restore_from_shares(store: KeyStore, untrusted_shares: Sequence[str], passphrase: str) -> OpenKeys:
    """Open the store with shares and lock it with a new passphrase; the old one no longer opens it. Durable.

    Raises KeysError for shares that are wrong, mixed or too few, or that are of a key that does not open this store.
    """
    return store.relock(join_shares(untrusted_shares), passphrase)
