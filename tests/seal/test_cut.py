"""The publisher's cut: one way to write it, one hash."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import UsageError, VerifyError
from unsealed.seal.cut import Span, check_spans, cut_hash, spans

C = bytes(range(32))


def test_hash_is_the_formula() -> None:
    numbers = [2, 1, 2, 7, 5, 1, 3]
    body = b"".join(number.to_bytes(4, "big") for number in numbers)
    assert cut_hash(C, [Span(1, 2, 7), Span(5, 1, 3)]) == hashlib.sha256(b"\x00us1P" + C + body).digest()
    assert cut_hash(C, []) == hashlib.sha256(b"\x00us1P" + C + bytes(4)).digest()


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), max_size=30), st.randoms())
def test_pieces_in_any_order_give_maximal_spans(runs: list[tuple[int, int]], rng: object) -> None:
    """Atoms with reason 0 are shown; single atoms in any order come out as maximal runs."""
    reasons = [reason for length, reason in runs for _ in range(length)]
    pieces = [(at + 1, 1, reason) for at, reason in enumerate(reasons) if reason]
    rng.shuffle(pieces)  # type: ignore[attr-defined]
    found = spans(pieces, len(reasons) + 1)
    again = [0] * len(reasons)
    for span in found:
        again[span.first - 1 : span.end - 1] = [span.reason] * span.count
    assert again == reasons
    check_spans(found, len(reasons) + 1)
    assert all(one.end < other.first or one.reason != other.reason for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ([Span(0, 1, 1)], "span-range"),
        ([Span(2, 0, 1)], "span-range"),
        ([Span(9, 2, 1)], "span-range"),
        ([Span(2, 1, 0)], "span-reason"),
        ([Span(2, 1, 1 << 32)], "span-reason"),
        ([Span(4, 2, 1), Span(2, 1, 1)], "span-order"),
        ([Span(2, 3, 1), Span(4, 1, 2)], "span-order"),
        ([Span(2, 2, 1), Span(4, 1, 1)], "span-maximal"),
    ],
)
def test_rules(wrong: list[Span], rule: str) -> None:
    with pytest.raises(VerifyError) as caught:
        check_spans(wrong, 10)
    assert caught.value.rule == rule
    if rule not in ("span-order", "span-maximal"):
        with pytest.raises(UsageError):
            spans([(span.first, span.count, span.reason) for span in wrong], 10)


def test_overlapping_wishes_are_refused() -> None:
    with pytest.raises(UsageError):
        spans([(2, 3, 1), (4, 1, 2)], 10)
    with pytest.raises(UsageError):
        spans([(2, 3, 1), (3, 1, 1)], 10)
