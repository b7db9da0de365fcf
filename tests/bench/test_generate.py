"""The benchmark archive: same seed same bytes, references that resolve, ids that never repeat, the length promised."""

from __future__ import annotations

import csv
import io
import statistics

import pytest

from bench import generate

COUNT = 300


@pytest.fixture(scope="module")
def dump() -> bytes:
    """A small archive."""
    out = io.BytesIO()
    generate.write(COUNT, 7, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def table(dump: bytes) -> list[list[str]]:
    """Its rows, read by the rules of the dump."""
    return list(csv.reader(io.StringIO(dump.decode(), newline=""), escapechar="\\"))


def test_same_seed_gives_the_same_bytes(dump: bytes) -> None:
    again = io.BytesIO()
    assert generate.write(COUNT, 7, again) == len(dump)
    assert again.getvalue() == dump


def test_rows_are_eight_wide(table: list[list[str]]) -> None:
    assert {len(row) for row in table} == {8}
    assert [int(row[0]) for row in table] == list(range(1, COUNT + 1))


def test_references_are_to_earlier_cables_of_the_archive(table: list[list[str]]) -> None:
    place = {row[2]: number for number, row in enumerate(table)}
    cited = [(number, ref) for number, row in enumerate(table) for ref in row[5].split("|") if ref]
    assert len(cited) > COUNT // 2
    assert all(place[ref] < number for number, ref in cited)


def test_the_mean_length_is_near_the_target(table: list[list[str]]) -> None:
    lengths = [len(f"{row[6]} {row[7]}".split()) for row in table]
    assert statistics.mean(lengths) == pytest.approx(generate.MEAN_WORDS, rel=0.15)
    assert statistics.stdev(lengths) > 400


@pytest.mark.parametrize(("documents", "seed"), [(5_000, 1), (5_000, 2), (60_000, 3)])
def test_no_id_repeats(documents: int, seed: int) -> None:
    plan = generate.Plan.make(documents, seed)
    assert len({plan.reference(index) for index in range(documents)}) == documents
    assert len(plan.stations) == generate.STATIONS


def test_banner_serial_equals_the_id(table: list[list[str]]) -> None:
    for row in table:
        banner = row[7].split("\n", 1)[0].split()
        assert row[2][2:] == f"{banner[-2]}{int(banner[-1])}"
