"""Computing commitments: resumed in the middle, held to its table, secrets out of sight."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.house import new_house, stock
from unsealed.archive import Archive
from unsealed.errors import ArchiveError
from unsealed.release.commitments import Commissioned, compute, slot_of_rows, split_borders
from unsealed.release.keyring import Keyring
from unsealed.seal.atoms import restore

KEY, ARCHIVE = b"k" * 32, b"a" * 32
ROWS = array("Q", [4, 2, 6, 1, 5, 3]).tobytes()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened, _ = new_house(tmp_path / "a")
    stock(opened)
    yield opened
    opened.close()


def work(archive: Archive, padding: float = 0.0) -> Commissioned:
    return Commissioned(archive.path, KEY, ARCHIVE, 1, padding)


def silent(done: int, total: int) -> None:
    assert 0 < done <= total


def test_a_table_sorted_by_row() -> None:
    assert slot_of_rows(ROWS) == [(1, 3), (2, 1), (3, 5), (4, 0), (5, 4), (6, 2)]


def test_what_was_stored_is_not_computed_again(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unsealed.release.commitments.BATCH", 2)
    monkeypatch.setattr("unsealed.release.commitments.STORE", 2)
    whole = compute(archive, work(archive), ROWS, workers=1, tell=silent)
    archive.drop_generation(1)

    class Killed(Exception):
        pass

    def kill(done: int, total: int) -> None:
        if done >= 4:
            raise Killed

    with pytest.raises(Killed):
        compute(archive, work(archive), ROWS, workers=1, tell=kill)
    assert archive.slot_count(1) == 4
    told: list[int] = []
    again = compute(archive, work(archive), ROWS, workers=1, tell=lambda done, total: told.append(done))
    assert again == whole
    assert told == [6, 6]


def test_another_table_than_the_stored_lines_is_refused(archive: Archive) -> None:
    compute(archive, work(archive), ROWS, workers=1, tell=silent)
    with pytest.raises(ArchiveError, match="other readings"):
        compute(archive, work(archive), array("Q", [1, 2, 3, 4, 5, 6]).tobytes(), workers=1, tell=silent)


def test_padding_hides_the_number_of_words_and_is_kept(archive: Archive) -> None:
    commitments = compute(archive, work(archive, 0.5), ROWS, workers=1, tell=silent)
    nulls = 0
    for line in archive.slots(1):
        c, borders = split_borders(archive.borders(1, line.slot))
        assert c == commitments[line.slot]
        units = archive.reading(line.row).reading.units
        atoms = restore([(unit.label, unit.text) for unit in units], borders)
        assert atoms.count == line.atoms
        nulls += atoms.kinds.count(b"N")
    assert nulls > 0


def test_a_commission_prints_no_key(archive: Archive) -> None:
    assert "kkkk" not in repr(work(archive))


def test_a_keyring_prints_no_key(tmp_path: Path) -> None:
    opened, keys = new_house(tmp_path / "b")
    assert isinstance(keys, Keyring)
    assert keys.log.skey.split("+", 4)[-1] not in repr(keys)
    opened.close()
