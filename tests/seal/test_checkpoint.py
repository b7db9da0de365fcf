"""Checkpoints and cosignatures, against the published example of C2SP where it can be checked without its keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import VerifyError
from unsealed.seal import checkpoint, note
from unsealed.seal.checkpoint import Checkpoint
from unsealed.seal.note import KIND_COSIGNATURE, Note, Signature

EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501 - c2sp.org/tlog-cosignature, as published
LOG = note.generate("gazette.example/log")
WITNESS = note.generate("witness.example/w1", KIND_COSIGNATURE)
HEAD = Checkpoint(LOG.name, 3, b"\x07" * 32)


def rule(data: bytes) -> str:
    with pytest.raises(VerifyError) as caught:
        checkpoint.open_checkpoint(data, LOG.verifier, [WITNESS.verifier])
    return caught.value.rule


def test_the_published_example() -> None:
    parsed = note.parse_note(EXAMPLE.encode())
    head = checkpoint.parse_text(parsed.text)
    assert (head.origin, head.size, head.text()) == ("example.com/behind-the-sofa", 20852163, parsed.text)
    assert head.root.hex().startswith("0ac5186a91863e8e")
    cosignature = parsed.signatures[1].signature
    assert (int.from_bytes(cosignature[:8], "big"), len(cosignature)) == (1679315147, 72)
    assert parsed.encode().decode() == EXAMPLE


def test_signed_and_cosigned() -> None:
    data = checkpoint.sign_checkpoint(HEAD, LOG)
    data = checkpoint.add_lines(data, [checkpoint.cosign(HEAD.text(), WITNESS, 1679315147)])
    opened = checkpoint.open_checkpoint(data, LOG.verifier, [WITNESS.verifier])
    assert opened.checkpoint == HEAD
    assert [(line.witness, line.time) for line in opened.cosignatures] == [(WITNESS.verifier, 1679315147)]
    assert checkpoint.open_checkpoint(data, LOG.verifier).cosignatures == ()


def test_a_witness_counts_once_with_its_later_time() -> None:
    lines = [checkpoint.cosign(HEAD.text(), WITNESS, time) for time in (20, 10)]
    data = checkpoint.add_lines(checkpoint.sign_checkpoint(HEAD, LOG), lines)
    opened = checkpoint.open_checkpoint(data, LOG.verifier, [WITNESS.verifier])
    assert [line.time for line in opened.cosignatures] == [20]


def test_extension_lines_are_kept() -> None:
    head = HEAD._replace(extensions=("one", "two"))
    assert checkpoint.parse_text(head.text()) == head


@pytest.mark.parametrize(
    ("text", "rule_"),
    [
        ("origin\n3\n", "checkpoint-form"),
        ("origin\n3\nAAAA", "checkpoint-form"),
        ("\n3\n" + "A" * 43 + "=\n", "checkpoint-form"),
        ("origin\n03\n" + "A" * 43 + "=\n", "checkpoint-form"),
        ("origin\n-3\n" + "A" * 43 + "=\n", "checkpoint-form"),
        ("origin\n+3\n" + "A" * 43 + "=\n", "checkpoint-form"),
        ("origin\n٣\n" + "A" * 43 + "=\n", "checkpoint-form"),
        ("origin\n9223372036854775808\n" + "A" * 43 + "=\n", "checkpoint-form"),
        ("origin\n3\nAAAA\n", "checkpoint-form"),
        ("origin\n3\n" + "A" * 42 + "B=\n", "base64"),
        ("origin\n3\n" + "A" * 43 + "=\n\nmore\n", "checkpoint-form"),
    ],
)
def test_broken_texts(text: str, rule_: str) -> None:
    with pytest.raises(VerifyError) as caught:
        checkpoint.parse_text(text)
    assert caught.value.rule == rule_


def test_another_log_and_another_key() -> None:
    other = note.generate("other.example/log")
    assert rule(checkpoint.sign_checkpoint(HEAD._replace(origin=other.name), other)) == "origin"
    assert rule(checkpoint.sign_checkpoint(HEAD, note.generate(LOG.name))) == "log-key"


def test_a_changed_size_breaks_the_signature() -> None:
    data = checkpoint.sign_checkpoint(HEAD, LOG)
    assert rule(data.replace(b"\n3\n", b"\n4\n")) == "signature"


def test_cosignatures_that_do_not_hold() -> None:
    data = checkpoint.sign_checkpoint(HEAD, LOG)
    good = checkpoint.cosign(HEAD.text(), WITNESS, 5)

    def with_signature(signature: bytes) -> bytes:
        return checkpoint.add_lines(data, [Signature(good.name, good.key_id, signature)])

    assert rule(with_signature(good.signature[:-1])) == "cosignature"
    assert rule(with_signature(b"\x00" * 7 + b"\x06" + good.signature[8:])) == "cosignature"
    assert rule(with_signature(b"\x80" + good.signature[1:])) == "cosignature-time"


def test_a_plain_signature_of_a_witness_is_no_cosignature() -> None:
    line = note.sign(HEAD.text(), [WITNESS])[0]
    assert rule(checkpoint.add_lines(checkpoint.sign_checkpoint(HEAD, LOG), [line])) == "cosignature"


def test_who_may_cosign_and_when() -> None:
    for witness, time in ((LOG, 5), (WITNESS, -1), (WITNESS, 1 << 63)):
        with pytest.raises(VerifyError) as caught:
            checkpoint.cosign(HEAD.text(), witness, time)
        assert caught.value.rule == "cosignature-time"


@given(
    st.text(min_size=1).filter(lambda t: t.isprintable()),
    st.integers(0, (1 << 63) - 1),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_written_is_read_back(origin: str, size: int, root: bytes) -> None:
    head = Checkpoint(origin, size, root)
    assert checkpoint.parse_text(head.text()) == head


@given(st.integers(0, 400), st.integers(1, 255))
def test_any_changed_byte_is_refused_or_an_unknown_line(at: int, change: int) -> None:
    data = bytearray(
        checkpoint.add_lines(checkpoint.sign_checkpoint(HEAD, LOG), [checkpoint.cosign(HEAD.text(), WITNESS, 5)])
    )
    data[at % len(data)] ^= change
    try:
        opened = checkpoint.open_checkpoint(bytes(data), LOG.verifier, [WITNESS.verifier])
    except VerifyError:
        return
    assert note.unknown_lines(opened.note, [LOG.verifier, WITNESS.verifier])
    assert isinstance(opened.note, Note)
