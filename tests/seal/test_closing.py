"""The end: its one form, and that no slot can be called what it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unsealed.errors import VerifyError
from unsealed.seal import atoms, closing, generation
from unsealed.seal.closing import Closed, check_close, decode_close, encode_close

KEY, ARCHIVE = bytes(range(32)), bytes(range(32, 64))
SEED = generation.slot_seed(KEY, 2)


def world() -> list[bytes]:
    """Five slots: 2 is unused, the others hold a word each."""
    word = atoms.cut([("text", "word")])
    used = [generation.commit(KEY, ARCHIVE, 1, slot, word, bytes(32)).c for slot in range(5)]
    used[2] = generation.commit(KEY, ARCHIVE, 1, 2, atoms.empty(), None).c
    return used


GOOD = Closed(1, 5, {2: SEED}, {0, 4})
RELEASED = {(1, 1), (1, 3), (2, 0)}


def test_every_slot_is_accounted_for() -> None:
    check_close([GOOD], ARCHIVE, {1: world()}, RELEASED - {(2, 0)})
    read = decode_close(encode_close([GOOD, Closed(2, 1, {}, set())]))
    assert read == (GOOD, Closed(2, 1, {}, set()))
    check_close(read, ARCHIVE, {1: world(), 2: [bytes(32)]}, RELEASED)


@pytest.mark.parametrize(
    ("closed", "rule"),
    [
        ([], "close-generations"),
        ([GOOD._replace(size=6)], "close-generations"),
        ([GOOD, GOOD._replace(generation=2)], "close-generations"),
        ([GOOD._replace(unreleased={0})], "close-slots"),
        ([GOOD._replace(unreleased={0, 4, 1})], "close-slots"),
        ([GOOD._replace(unreleased={0, 5})], "close-slots"),
        ([GOOD._replace(unused={2: generation.slot_seed(KEY, 1)})], "close-unused"),
        ([Closed(1, 5, {2: SEED, 4: generation.slot_seed(KEY, 4)}, {0})], "close-unused"),
    ],
)
def test_lies(closed: list[Closed], rule: str) -> None:
    with pytest.raises(VerifyError) as caught:
        check_close(closed, ARCHIVE, {1: world()}, {(1, 1), (1, 3)})
    assert caught.value.rule == rule


def test_a_document_that_is_released_and_listed() -> None:
    with pytest.raises(VerifyError) as caught:
        check_close([GOOD], ARCHIVE, {1: world()}, {(1, 1), (1, 3), (1, 4)})
    assert caught.value.rule == "close-slots"


def test_one_form() -> None:
    good = encode_close([GOOD])
    lines = good.splitlines(keepends=True)
    bad = [
        lines[0], good[:-1], good + b"\n", good + lines[-1], b"".join([lines[0], *lines[2:]]),
        b"".join([*lines[:2], lines[3], lines[2], *lines[4:]]), good.replace(b"unreleased 4", b"unreleased 04"),
        good.replace(b"unused 2", b"used 2"), good + "unreleased \u00e9\n".encode(), good + b"generation 1 5\n",
        good.replace(b"generation 1", b"generation 0"),
    ]  # fmt: skip
    for untrusted in bad:
        with pytest.raises(VerifyError) as caught:
            decode_close(untrusted)
        assert caught.value.rule == "close-form"
    for untrusted in (b"", good.replace(b"close/1", b"close/2")):
        with pytest.raises(VerifyError) as caught:
            decode_close(untrusted)
        assert caught.value.rule == "close-version"


VECTORS = json.loads((Path(__file__).parent.parent / "vectors/closing.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=[one["name"] for one in VECTORS["vectors"]])
def test_vector(vector: dict[str, Any]) -> None:
    """The lists that Python and JavaScript both accept or refuse, each for one rule."""
    commitments = {int(number): [bytes.fromhex(c) for c in found] for number, found in vector["commitments"].items()}
    rule = ""
    try:
        closed = closing.decode_close(bytes.fromhex(vector["file"]))
        closing.check_counts(closed, vector["unused"], vector["unreleased"])
        closing.check_close(
            closed, bytes.fromhex(VECTORS["archive"]), commitments, {(one[0], one[1]) for one in vector["released"]}
        )
    except VerifyError as error:
        rule = error.rule
    assert rule == vector["rule"]
