"""Sharing the wrapping key: any T of N shares open the store, fewer tell nothing, and every mistake is named."""

from __future__ import annotations

import itertools
import json
import stat
from pathlib import Path

import pytest

from unsealed.errors import KeysError, UsageError
from unsealed.release.keys import KeyStore, OpenKeys
from unsealed.release.mnemonic import Shares, join_shares, read_share, split_secret
from unsealed.release.splitting import SHARES, fingerprint, read_splits, restore_from_shares, split_wrapping

PASSPHRASE, ANOTHER = "correct horse battery", "another staple"
SECRET = bytes(range(32))
# A selection of the vectors that SatoshiLabs publishes with SLIP-0039; all have the passphrase TREZOR.
VECTORS = json.loads((Path(__file__).parent / "slip39_vectors.json").read_text())
HOLDERS = ("Ana", "Ben", "Cem", "Dora", "Eli")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["what"])
def test_the_published_vectors(vector: dict[str, str | list[str]]) -> None:
    shares = vector["shares"]
    assert isinstance(shares, list)
    if vector["secret"]:
        assert join_shares(shares, passphrase=b"TREZOR").hex() == vector["secret"]
        return
    with pytest.raises(KeysError) as caught:
        join_shares(shares, passphrase=b"TREZOR")
    assert not any(word in caught.value.message.split() for words in shares for word in words.split() if len(word) > 6)


def test_any_three_of_five() -> None:
    shares = split_secret(SECRET, 3, 5)
    assert [read_share(words) for words in shares.words] == [(shares.set_id, 3, n) for n in range(1, 6)]
    assert all(len(words.split()) == 33 for words in shares.words)
    for chosen in itertools.combinations(shares.words, 3):
        assert join_shares(chosen) == SECRET
    for chosen in itertools.combinations(shares.words, 2):
        with pytest.raises(KeysError, match="2 of the 3 shares"):
            join_shares(chosen)
    assert join_shares(shares.words) == SECRET
    assert shares.words[0] not in repr(shares)


def test_typing_is_forgiven() -> None:
    first, second = split_secret(SECRET, 2, 2).words
    assert join_shares([f"  {first.upper()}\n", second.replace(" ", "\n", 5)]) == SECRET


def other_set(ours: Shares) -> Shares:
    """Shares of the same secret in another set: a number of 15 bits says which, and it is drawn."""
    drawn = [split_secret(SECRET, 2, 3) for _ in range(3)]
    return next(shares for shares in drawn if shares.set_id != ours.set_id)


def test_each_mistake_is_named() -> None:
    ours = split_secret(SECRET, 2, 3)
    theirs = other_set(ours)
    good, other = ours.words[0], ours.words[1]
    words = other.split()
    at = next(at for at in range(5, 30) if words[at] != words[at + 1])  # one time in 1,024 two of them are the same
    swapped = " ".join([*words[:at], words[at + 1], words[at], *words[at + 2 :]])
    for wrong in (swapped, other.rsplit(" ", 1)[0], other.replace(words[9], "zebrafish"), "", "é"):
        with pytest.raises(KeysError, match="Share 2 is no share"):
            join_shares([good, wrong])
    with pytest.raises(KeysError, match="Share 2 belongs to another set"):
        join_shares([good, theirs.words[1]])
    with pytest.raises(KeysError, match="there twice"):
        join_shares([good, good])
    with pytest.raises(KeysError, match="No share"):
        join_shares([])


@pytest.mark.parametrize(("threshold", "count"), [(1, 3), (4, 3), (2, 17), (0, 0)])
def test_numbers_that_cannot_be(threshold: int, count: int) -> None:
    with pytest.raises(UsageError, match="cannot be made"):
        split_secret(SECRET, threshold, count)


def test_shares_that_do_not_lead_back_are_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unsealed.release.mnemonic.join_shares", lambda words: bytes(32))
    with pytest.raises(KeysError, match="do not give the key back"):
        split_secret(SECRET, 2, 3)


# --- the store ----------------------------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path: Path) -> OpenKeys:
    opened = KeyStore(tmp_path).create(PASSPHRASE)
    opened.new("log", "gazette.example/log")
    opened.put_secret("generation-0001", b"S" * 32)
    return opened


def split(opened: OpenKeys) -> Shares:
    return split_wrapping(opened, 3, HOLDERS, "2026-01-02T03:04:05Z")


def test_shares_open_the_store_when_the_passphrase_is_lost(opened: OpenKeys) -> None:
    shares = split(opened)
    again = restore_from_shares(opened.store, [shares.words[n] for n in (4, 0, 2)], ANOTHER)
    assert again.secret("generation-0001") == b"S" * 32
    assert opened.store.unlock(ANOTHER).signers("log")[0].name == "gazette.example/log"
    with pytest.raises(KeysError):
        opened.store.unlock(PASSPHRASE)
    assert stat.S_IMODE((opened.store.folder / "wrapping.key").stat().st_mode) == 0o600


def test_no_word_of_a_share_is_stored(opened: OpenKeys) -> None:
    shares = split(opened)
    stored = b"".join(path.read_bytes() for path in opened.store.folder.iterdir())
    for words in shares.words:
        assert words.encode() not in stored
        assert " ".join(words.split()[4:8]).encode() not in stored


def test_the_record_says_who_holds_shares_of_what(opened: OpenKeys) -> None:
    first, second = split(opened), split_wrapping(opened, 2, HOLDERS[:2], "2026-02-02T00:00:00Z")
    record = read_splits(opened.store.folder)
    assert [(one.set_id, one.threshold, one.holders) for one in record] == [
        (first.set_id, 3, HOLDERS),
        (second.set_id, 2, HOLDERS[:2]),
    ]
    assert {one.wrapping for one in record} == {fingerprint(opened.wrapping())}
    assert stat.S_IMODE((opened.store.folder / SHARES).stat().st_mode) == 0o600


def test_shares_of_another_archive_do_not_open_this_one(opened: OpenKeys, tmp_path: Path) -> None:
    other = KeyStore(tmp_path / "other").create(PASSPHRASE)
    before = (opened.store.folder / "wrapping.key").read_bytes()
    with pytest.raises(KeysError, match="of another archive, or an earlier one"):
        restore_from_shares(opened.store, split(other).words[:3], ANOTHER)
    assert (opened.store.folder / "wrapping.key").read_bytes() == before


def test_a_store_without_keys_tells_no_shares_apart(tmp_path: Path) -> None:
    opened = KeyStore(tmp_path).create(PASSPHRASE)
    with pytest.raises(KeysError, match="nothing here that this key could open"):
        restore_from_shares(opened.store, split(opened).words[:3], ANOTHER)


def test_holders_are_told_apart(opened: OpenKeys) -> None:
    for holders in (("Ana", "Ana "), ("Ana", "ANA"), ("Ana", " ")):
        with pytest.raises(UsageError, match="one name"):
            split_wrapping(opened, 2, holders, "2026-01-02T03:04:05Z")
    assert read_splits(opened.store.folder) == ()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"v":"\xff"}', b'{"v":"unsealed-shares/9","splits":[]}'])
def test_a_damaged_record(opened: OpenKeys, content: bytes) -> None:
    (opened.store.folder / SHARES).write_bytes(content)
    with pytest.raises(KeysError, match=r"damaged|not known"):
        split(opened)
