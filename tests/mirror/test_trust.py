"""Whom a reader trusts: what was chosen stays chosen, what was seen is held against what comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mirror.publisher import Keys, Publisher, publisher, signer
from unsealed.errors import HistoryError, InputError, SetupError, UsageError
from unsealed.mirror import trust
from unsealed.mirror.trust import TrustStore
from unsealed.seal import entries, merkle
from unsealed.seal.checkpoint import Checkpoint, parse_text
from unsealed.seal.note import parse_note
from unsealed.seal.policy import Policies, Policy

MADE: Publisher = publisher()
HEAD = MADE.files["heads/log/checkpoint"]
LEAVES = [merkle.leaf_hash(entry) for entry in MADE.entries]


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "trust")


def test_the_folder_is_the_readers_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert TrustStore().folder == trust.default_folder() == tmp_path / "unsealed/trust"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert trust.default_folder() == tmp_path / ".config/unsealed/trust"


def test_nothing_is_trusted_that_was_not_chosen(store: TrustStore) -> None:
    assert store.list() == []
    assert store.policies(MADE.archive_id) is None
    assert store.policy(MADE.archive_id) is None


def test_choose_and_list(store: TrustStore) -> None:
    store.add(MADE.policy.raw)
    store.add(MADE.policy.raw)
    (store.folder / "not an id").mkdir()
    (store.folder / ("0" * 64)).mkdir()
    listed = store.list()
    assert [(one.archive, one.policy.raw, one.checkpoint) for one in listed] == [
        (MADE.archive_id.hex(), MADE.policy.raw, None)
    ]
    policies = store.policies(MADE.archive_id)
    assert policies is not None
    assert policies.newest.raw == MADE.policy.raw


def test_another_policy_of_the_same_archive_needs_a_word(store: TrustStore) -> None:
    other = Keys().policy(max_age_days=3)
    store.add(MADE.policy.raw)
    with pytest.raises(UsageError):
        store.add(other.raw)
    store.add(other.raw, replace=True)
    chosen = store.policy(MADE.archive_id)
    assert chosen is not None
    assert chosen.max_age_days == 3


def test_a_broken_policy_is_not_installed(store: TrustStore) -> None:
    with pytest.raises(InputError):
        store.add(b"nonsense\n")
    assert store.list() == []


def rotated() -> tuple[Policies, Policy]:
    made = publisher()
    made.rotate(Keys(editors=[signer("n1"), signer("n2")], roots=[signer("nr")]))
    history = entries.replay(made.entries, MADE.policy)
    return history.policies, made.policy


def test_policies_that_a_checked_log_led_to_are_kept(store: TrustStore) -> None:
    policies, newest = rotated()
    store.add(MADE.policy.raw)
    store.remember(policies, HEAD)
    found = store.policies(MADE.archive_id)
    assert found is not None
    assert [(first, one.raw) for first, one in found.links] == [(first, one.raw) for first, one in policies.links]
    assert found.newest.raw == newest.raw
    assert store.list()[0].checkpoint == parse_text(parse_note(HEAD).text)
    store.add(newest.raw, replace=True)
    again = store.policies(MADE.archive_id)
    assert again is not None
    assert again.all == (again.newest,)


def test_a_policy_for_one_call_changes_nothing_for_later_ones(store: TrustStore) -> None:
    store.add(MADE.policy.raw)
    store.remember(Policies.of(Keys().policy(max_age_days=9)), HEAD)
    found = store.policies(MADE.archive_id)
    assert found is not None
    assert found.newest.raw == MADE.policy.raw


def chain(*links: tuple[int, Policy]) -> bytes:
    told = [[first, policy.raw.decode()] for first, policy in links]
    return json.dumps({"v": "unsealed-chain/2", "links": told}).encode()


def test_chains_from_before_each_link_was_compared_are_dropped(store: TrustStore) -> None:
    """An older version could be led to another chain by the log's key alone, and kept it."""
    evil = Keys(editors=[signer("mallory-1"), signer("mallory-2")], roots=[signer("mallory-root")])
    store.add(MADE.policy.raw)
    old = chain((0, MADE.policy), (4, evil.policy(2))).replace(b'"v": "unsealed-chain/2"', b'"v":"unsealed-chain/1"')
    (store.folder / MADE.archive_id.hex() / "chain").write_bytes(old.replace(b", ", b",", 1))
    found = store.policies(MADE.archive_id)
    assert found is not None
    assert [policy.raw for policy in found.all] == [MADE.policy.raw]


def test_damaged_files_say_what_to_do(store: TrustStore) -> None:
    store.add(MADE.policy.raw)
    folder = store.folder / MADE.archive_id.hex()
    for content in (
        b"{}",
        b"\xff",
        b'{"v":"unsealed-chain/2","links":[[0,"x"]]}',
        b'{"v":"unsealed-chain/2","links":[]}',
        b'{"v":"unsealed-chain/3","links":[]}',
        chain((0, MADE.policy), (3, Keys().policy(3))),
        chain((0, MADE.policy), (0, Keys().policy(2))),
        chain((0, MADE.policy), (3, Keys(log=signer("elsewhere.example/log")).policy(2))),
        chain((0, Keys().policy(max_age_days=2))),
    ):
        (folder / "chain").write_bytes(content)
        with pytest.raises(SetupError) as caught:
            store.policies(MADE.archive_id)
        assert "verify the site again" in caught.value.remedy
    (folder / "policy").write_bytes(b"nonsense\n")
    with pytest.raises(SetupError, match="damaged"):
        store.policy(MADE.archive_id)
    (folder / "policy").write_bytes(Keys(log=signer("elsewhere.example/log")).policy().raw)
    with pytest.raises(SetupError, match="another archive"):
        store.policy(MADE.archive_id)


def test_history(store: TrustStore) -> None:
    store.add(MADE.policy.raw)
    store.check_history(MADE.policy, HEAD, LEAVES)
    store.remember(Policies.of(MADE.policy), HEAD)
    store.check_history(MADE.policy, HEAD, LEAVES)
    store.check_history(MADE.policy, HEAD, [*LEAVES, b"\x00" * 32])
    for leaves, rule in ((LEAVES[:4], "rollback"), ([*LEAVES[:4], b"\x00" * 32, b"\x00" * 32], "fork")):
        with pytest.raises(HistoryError) as caught:
            store.check_history(MADE.policy, b"the other head\n", leaves)
        assert caught.value.rule == rule
        assert "evidence" in caught.value.remedy
    kept = {path.read_bytes() for path in (store.folder / MADE.archive_id.hex() / "evidence").iterdir()}
    assert kept == {HEAD, b"the other head\n"}


def test_the_head_inside_one_proof(store: TrustStore) -> None:
    store.add(MADE.policy.raw)
    head = parse_text(parse_note(HEAD).text)
    store.check_head(MADE.policy, HEAD, head)
    store.remember(Policies.of(MADE.policy), HEAD)
    store.check_head(MADE.policy, HEAD, head)
    store.check_head(MADE.policy, HEAD, Checkpoint(head.origin, 4, bytes(32)))
    with pytest.raises(HistoryError) as caught:
        store.check_head(MADE.policy, HEAD, head._replace(root=bytes(32)))
    assert caught.value.rule == "fork"
