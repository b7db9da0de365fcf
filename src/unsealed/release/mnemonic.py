"""SLIP-39: a 32-byte secret as words for several people, any T of whom can put it together again.

The one wrapper of the library `shamir-mnemonic` (MIT; without types for others). Takes and gives values, keeps nothing,
and no error holds a word of a share. One group, no passphrase of SLIP-39's own: what is split is a key already.

Spec: SLIP-0039 (SatoshiLabs); docs/formats/keys.md, section "Shares".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share

from unsealed.errors import KeysError, UsageError

MAX_SHARES = 16  # SLIP-39 numbers a member with four bits
_SECRET = 32  # bytes


class Shares(NamedTuple):
    """Shares of one secret: `set_id` (15 bits, public) is the same in all of them and in none of another split."""

    set_id: int
    threshold: int
    words: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Shares(set_id={self.set_id}, {self.threshold} of {len(self.words)})"


def split_secret(secret: bytes, threshold: int, count: int) -> Shares:
    """Split 32 bytes so that any `threshold` of `count` shares give them back. They are put together once before.

    Raises UsageError for numbers that SLIP-39 cannot do, or a threshold of one (every share would be the whole key).
    """
    if len(secret) != _SECRET or not 2 <= threshold <= count <= MAX_SHARES:
        raise UsageError(
            f"{threshold} of {count} shares cannot be made.",
            remedy=f"Use 2 to {MAX_SHARES} shares, and 2 or more of them.",
        )
    [words] = generate_mnemonics(1, [(threshold, count)], secret)
    shares = Shares(Share.from_mnemonic(words[0]).identifier, threshold, tuple(words))
    if join_shares(words[:threshold]) != secret or join_shares(words[-threshold:]) != secret:
        raise KeysError("The shares that were made do not give the key back.", remedy="Report this; use none of them.")
    return shares


def read_share(untrusted_words: str, number: int = 1) -> tuple[int, int, int]:
    """Set, threshold and own number (from 1) of a share. Raises KeysError for a slip of the pen.

    `number` says in the error which share it is, from 1.
    """
    share = _parse(untrusted_words, number)
    return share.identifier, share.member_threshold, share.index + 1


def _parse(untrusted_words: str, number: int) -> Share:
    try:
        return Share.from_mnemonic(" ".join(untrusted_words.lower().split()))
    except (MnemonicError, ValueError):
        raise KeysError(
            f"Share {number} is no share: a word is missing, misspelt or in another place.",
            remedy="Compare it with the paper, word by word.",
        ) from None


def join_shares(untrusted_shares: Sequence[str], *, passphrase: bytes = b"") -> bytes:
    """The secret that shares make. `passphrase` is SLIP-39's own, which our shares never have (test vectors do).

    Raises KeysError that says which share is wrong, of another set, there twice, or how many are missing.
    """
    shares = [_parse(words, number) for number, words in enumerate(untrusted_shares, 1)]
    if not shares:
        raise KeysError("No share was given.", remedy="Ask the holders.")
    first = shares[0]
    for number, share in enumerate(shares, 1):
        alike = share.group_index != first.group_index or share.member_threshold == first.member_threshold
        if share.common_parameters() != first.common_parameters() or not alike:
            raise KeysError(
                f"Share {number} belongs to another set than share 1.",
                remedy="Use shares of one split; compare the dates.",
            )
    if len({(share.group_index, share.index) for share in shares}) < len(shares):
        raise KeysError("One share is there twice.", remedy="It counts once: bring the share of another holder.")
    if first.group_count == 1 and len(shares) < first.member_threshold:
        raise KeysError(
            f"{len(shares)} of the {first.member_threshold} shares that are needed are there.",
            remedy="Bring the shares of more holders.",
        )
    words = untrusted_shares[: first.member_threshold] if first.group_count == 1 else untrusted_shares
    try:
        return bytes(combine_mnemonics([" ".join(one.lower().split()) for one in words], passphrase))
    except (MnemonicError, ValueError):
        raise KeysError(
            "These shares do not fit together: one of them was changed.",
            remedy="Try it with the share of another holder.",
        ) from None
