"""Bytes that once broke something (found by `make fuzz`, or made after what it found): they never do again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import fuzzing

FILES = sorted(fuzzing.FINDINGS.glob("*.bin"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_finding_stays_mended(path: Path) -> None:
    name, data = fuzzing.finding_of(path)
    fuzzing.targets()[name](data)


def test_every_target_has_something_to_begin_with() -> None:
    """A sample of each form of our own, so that a fuzzer does not begin with nothing."""
    assert len(fuzzing.targets()) > 40
    found = fuzzing.seeds(["sniff", "read-cable-csv", "split-cable-csv", "read-eml", "read-markdown", "query", "proof"])
    assert all(found.values())
