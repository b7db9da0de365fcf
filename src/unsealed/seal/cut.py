"""The publisher's cut: which atoms are hidden and why, as spans, and the hash `p` that a release commits to.

Takes and gives values. Spec: docs/formats/seal.md, section "The publisher's cut".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack

import msgspec

from unsealed.crypto import sha256
from unsealed.errors import UsageError, VerifyError
from unsealed.seal.generation import MAX_NUMBER

EXCERPT_REASON = 0  # never in a cut: what the maker of an excerpt left out has no reason of the publisher


class Span(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A maximal run of hidden atoms with one reason. `first` ≥ 1, `count` ≥ 1, `reason` ≥ 1."""

    first: int
    count: int
    reason: int

    @property
    def end(self) -> int:
        """The place after the last atom."""
        return self.first + self.count


def cut_hash(c: bytes, spans: Sequence[Span]) -> bytes:
    """The hash p = SHA-256(0x00 || "us1P" || c || u32(spans) || u32(first), u32(count), u32(reason) of each)."""
    body = b"".join([pack(">III", span.first, span.count, span.reason) for span in spans])
    return sha256(b"\x00us1P" + c + len(spans).to_bytes(4, "big") + body).digest()


def check_spans(untrusted_spans: Sequence[Span], n: int) -> None:
    """Refuse spans that are not the one way to write a cut of `n` atoms.

    Rules: `span-range`, `span-reason`, `span-order`, `span-maximal`.
    """
    end, reason = 1, 0
    for span in untrusted_spans:
        if span.count < 1 or span.first < 1 or span.end > n:
            raise VerifyError("A hidden place is empty, covers the header or lies behind the end.", rule="span-range")
        if not 1 <= span.reason <= MAX_NUMBER:
            raise VerifyError("A hidden place has no reason.", rule="span-reason")
        if span.first < end:
            raise VerifyError("The hidden places overlap or are out of order.", rule="span-order")
        if span.first == end and span.reason == reason:
            raise VerifyError("Two hidden places with one reason touch: they are one.", rule="span-maximal")
        end, reason = span.end, span.reason


def spans(hidden: Iterable[tuple[int, int, int]], n: int) -> tuple[Span, ...]:
    """The maximal spans of what a prover was asked to hide, (first atom, count, reason) in any order.

    Pieces that touch and have one reason become one. UsageError where pieces overlap or are no places.
    """
    found: list[Span] = []
    for first, count, reason in sorted(hidden):
        if found and found[-1].end == first and found[-1].reason == reason:
            found[-1] = Span(found[-1].first, found[-1].count + count, reason)
        else:
            found.append(Span(first, count, reason))
    try:
        check_spans(found, n)
    except VerifyError as error:
        raise UsageError(f"These places cannot be hidden: {error.message}") from error
    return tuple(found)
