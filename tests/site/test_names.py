from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.site import names

SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")


@given(st.text(), st.integers(0, 2**32 - 1))
def test_a_segment_can_leave_no_folder(identifier: str, slot: int) -> None:
    segment = names.document_segment(identifier, slot)
    assert SEGMENT.match(segment)
    assert ".." not in segment


@pytest.mark.parametrize("identifier", ["03VARDESK284", "s12", "TSK20080514-7", "frus1969.d1"])
def test_a_plain_id_is_its_own_folder(identifier: str) -> None:
    assert names.document_segment(identifier, 3) == identifier


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "javascript:x", "a/b", "..", ".hidden", "x" * 200, ""])
def test_any_other_id_is_rewritten_and_ends_in_its_slot(identifier: str) -> None:
    assert names.document_segment(identifier, 7).endswith("-s7")


@given(st.sets(st.text(), max_size=30))
def test_values_of_a_facet_never_share_a_folder(values: set[str]) -> None:
    segments = names.facet_segments(values)
    assert set(segments) == values
    assert len({segment.lower() for segment in segments.values()}) == len(values)
    assert all(re.match(r"[a-z0-9][a-z0-9-]*\Z", segment) for segment in segments.values())


def test_values_that_look_alike_get_a_hash() -> None:
    assert names.facet_segments(["Embassy Bern"]) == {"Embassy Bern": "embassy-bern"}
    segments = names.facet_segments(["Embassy Bern", "EMBASSY BERN"])
    assert all(re.match(r"embassy-bern-[0-9a-f]{6}\Z", segment) for segment in segments.values())
