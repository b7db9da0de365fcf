"""Byte coverage: what no rule claims is named, range by range."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.material import MAIL, cable_row, ingest
from unsealed.archive import Archive
from unsealed.ingest.coverage import coverage, covered, sums
from unsealed.model import Reading, Unit


def test_ranges_that_no_unit_claims() -> None:
    data = b"ABCD, EFGH, IJKL\nloose"
    units = (Unit("subject", "ABCD", ((0, 4),)), Unit("cell", "IJKL", ((12, 16),)), Unit("text", "loose", ((17, 22),)))
    found = covered(7, Reading("cable", "x", 1, units), data)
    assert found.unclaimed == ((4, 12), (16, 22))
    assert (found.claimed, found.missing, found.marks) == (8, 4 + 5, 5)
    (added,) = sums([found])
    assert added.partial == 1 and added.share == 8 / 17


def test_telegrams_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "rows.csv").write_bytes(b"".join(cable_row(number) for number in range(3)))
    (source / "mail.eml").write_bytes(MAIL)
    ingest(tmp_path / "archive", source)
    with Archive.open(tmp_path / "archive") as archive:
        found = list(coverage(archive))
    assert [one.type for one in found] == ["cable"] * 3
    assert sums(found)[0].share > 0.99
