"""Proofs of entries: one byte form, and every way in which entry, path and head can fail to fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mirror.publisher import Keys, Publisher, publisher, signer
from unsealed.errors import VerifyError
from unsealed.seal import checkpoint, merkle, tlog_proof
from unsealed.seal.policy import Policies
from unsealed.seal.tlog_proof import TlogProof

MADE: Publisher = publisher()
POLICIES = Policies.of(MADE.policy)
LEAVES = [merkle.leaf_hash(entry) for entry in MADE.entries]
HEAD = MADE.files["heads/log/checkpoint"]


def proof(index: int, *, head: bytes = HEAD) -> bytes:
    return tlog_proof.make(index, merkle.inclusion_path(LEAVES, index), head)


def refused(entry: bytes, untrusted: bytes, policies: Policies | None = POLICIES) -> str:
    with pytest.raises(VerifyError) as caught:
        tlog_proof.check_logged(entry, untrusted, policies)
    return caught.value.rule


def test_an_entry_that_is_there() -> None:
    for index, entry in enumerate(MADE.entries):
        logged = tlog_proof.check_logged(entry, proof(index), POLICIES)
        assert (logged.index, logged.checkpoint.size, logged.head) == (index, 5, HEAD)
        assert [key.name for key in logged.signed_by] == ["editor-ana", "editor-ben"]
        assert [line.witness.name for line in logged.witnesses] == ["witness.example/w1"]


def test_without_a_policy_nobody_is_named() -> None:
    logged = tlog_proof.check_logged(MADE.entries[1], proof(1), None)
    assert (logged.signed_by, logged.witnesses, logged.entry.raw) == ((), (), MADE.entries[1])


def test_the_form() -> None:
    text = proof(1).decode().split("\n")
    assert text[:2] == ["c2sp.org/tlog-proof@v1", "index 1"]
    assert tlog_proof.parse_tlog_proof(proof(1)).encode() == proof(1)
    extra = TlogProof(1, (), HEAD, b"more")
    assert tlog_proof.parse_tlog_proof(extra.encode()) == extra


def test_what_does_not_fit() -> None:
    assert refused(MADE.entries[0], proof(1)) == "inclusion-root"
    assert refused(MADE.entries[1], proof(1).replace(b"index 1", b"index 2")) == "inclusion-root"
    assert refused(MADE.entries[1], proof(1).replace(b"index 1", b"index 5")) == "inclusion-index"
    short = tlog_proof.make(1, merkle.inclusion_path(LEAVES, 1)[:-1], HEAD)
    assert refused(MADE.entries[1], short) == "inclusion-length"
    assert (
        refused(MADE.entries[1], TlogProof(1, merkle.inclusion_path(LEAVES, 1), HEAD, b"x").encode())
        == "tlog-proof-extra"
    )


def test_a_head_of_somebody_else() -> None:
    stranger = Keys(editors=Keys().editors, log=signer("stranger.example/log"))
    head = checkpoint.sign_checkpoint(checkpoint.Checkpoint(stranger.log.name, 5, merkle.root(LEAVES)), stranger.log)
    assert refused(MADE.entries[1], proof(1, head=head)) == "origin"
    changed = HEAD.replace(b"\n5\n", b"\n6\n")
    assert refused(MADE.entries[1], proof(1, head=changed)) == "signature"
    assert refused(MADE.entries[1], proof(1, head=b"nonsense")) == "note-form"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"@v1", b"@v2", "tlog-proof-form"),
        (b"index 1", b"index 01", "tlog-proof-form"),
        (b"index 1", b"place 1", "tlog-proof-form"),
        (b"index 1\n", b"", "tlog-proof-form"),
        (b"index 1\n", b"index 1\nAAAA\n", "tlog-proof-form"),
        (b"index 1\n", b"index 1\n****\n", "base64"),
        (b"index 1\n", b"extra \nindex 1\n", "tlog-proof-form"),
        (b"index 1\n", b"index 1\n" + b"A" * 43 + b"=\n" * 1 + (b"A" * 43 + b"=\n") * 63, "tlog-proof-form"),
        (b"index 1", "índex 1".encode(), "tlog-proof-form"),
        (b"\n\n", b"\n", "tlog-proof-form"),
    ],
)
def test_other_spellings(old: bytes, new: bytes, rule: str) -> None:
    head = proof(1).split(b"\n\n")[0]
    changed = head if old == b"\n\n" else (head + b"\n\n" + HEAD).replace(old, new, 1)
    with pytest.raises(VerifyError) as caught:
        tlog_proof.parse_tlog_proof(changed)
    assert caught.value.rule == rule


def test_only_a_header() -> None:
    with pytest.raises(VerifyError) as caught:
        tlog_proof.parse_tlog_proof(b"c2sp.org/tlog-proof@v1\n\n" + HEAD)
    assert caught.value.rule == "tlog-proof-form"


@given(
    st.integers(0, 10**18),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(),
    st.binary(max_size=50),
)
def test_what_is_written_is_read_back(index: int, path: list[bytes], head: bytes, extra: bytes) -> None:
    made = TlogProof(index, tuple(path), head, extra)
    assert tlog_proof.parse_tlog_proof(made.encode()) == made
