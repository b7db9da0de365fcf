"""A mailbox is counted twice, by two rules; the counts stand beside each other in the ledger."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import changes_hot_code
from tests.ingest.material import contents, ingest
from tests.ingest.test_crash import _in_child, _same
from unsealed.archive import Archive
from unsealed.cli import main
from unsealed.ingest import counts, ledger
from unsealed.ingest.entries import Feeder
from unsealed.ingest.splitters import splitter


def message(number: int, size: int = 40, separator: str = "From a@example.org Tue Apr  5 17:05:00 2005") -> bytes:
    body = f"Note {number} about grain.\n" * (size // 20)
    return f"{separator}\nFrom: a@example.org\nSubject: {number}\n\n{body}\n".encode()


@given(st.lists(st.integers(20, 9_000), min_size=1, max_size=12), st.data())
def test_the_count_does_not_depend_on_the_chunks(sizes: list[int], data: st.DataObject) -> None:
    box = b"".join(message(number, size) for number, size in enumerate(sizes))
    counting = counts.counter("mbox")
    at = 0
    while at < len(box):
        end = min(len(box), at + data.draw(st.integers(1, 5_000)))
        counting.feed(box[at:end], end == len(box))
        at = end
    assert int(counting.context) == counts.count("mbox", box) == len(sizes)
    assert len(splitter("mbox").feed(box, True)) == len(sizes)


def test_what_the_splitter_does_not_see_the_count_does() -> None:
    """A separator whose date nobody writes: the splitter takes two messages for one, the second count says two."""
    box = message(1) + message(2, separator="From b@example.org on the fifth of April") + message(3)
    assert len(splitter("mbox").feed(box, True)) == 2
    assert counts.count("mbox", box) == 3


@pytest.mark.parametrize("told", [b"", b"-1", b"12a", b"9" * 13, "٣".encode()])
def test_a_count_that_is_none(told: bytes) -> None:
    assert counts.stated(told) == -1


def source_with(folder: Path, odd: bool) -> Path:
    """A mailbox that is cut from disk, a small one, and one inside an archive."""
    source = folder / "source"
    source.mkdir()
    separators = ["From a@example.org Tue Apr  5 17:05:00 2005"] * 6
    separators[2] = "From b@example.org on the fifth of April" if odd else separators[2]
    boxes = [
        b"".join(message(number, size, separators[number]) for number in range(begin, 5))
        for begin, size in ((0, 90_000), (1, 40), (-1, 80_000))
    ]
    (source / "large.mbox").write_bytes(boxes[0])
    (source / "small.mbox").write_bytes(boxes[1])
    with tarfile.open(source / "x.tar", "w") as target:
        info = tarfile.TarInfo("inner.mbox")
        info.size = len(boxes[2])
        target.addfile(info, io.BytesIO(boxes[2]))
    return source


@pytest.mark.parametrize("odd", [False, True])
def test_both_counts_are_in_the_ledger(tmp_path: Path, odd: bool, capsys: pytest.CaptureFixture[str]) -> None:
    ingest(tmp_path / "archive", source_with(tmp_path, odd))
    with Archive.open(tmp_path / "archive") as archive:
        lines = [line for line in archive.ledger() if line.form == "mbox"]
        assert sorted(line.second for line in lines) == [4, 5, 6]
        assert all(line.second - line.expected == odd for line in lines)
        said = ledger.promises(archive.ledger())
        assert len([line for line in said if "second count" in line]) == 3 * odd
        assert archive.totals().open == 0
    with pytest.raises(SystemExit):
        main(["status", "--json", "--archive", str(tmp_path / "archive")])
    told = json.loads(capsys.readouterr().out)["containers"]
    assert sorted(line["second"] for line in told if line["form"] == "mbox") == [4, 5, 6]


@changes_hot_code
def test_without_a_worker_that_counts_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Feeder, "_second", lambda self, container: -1)
    ingest(tmp_path / "archive", source_with(tmp_path, odd=True))
    with Archive.open(tmp_path / "archive") as archive:
        assert {line.second for line in archive.ledger() if line.path == "source/large.mbox"} == {-1}


@pytest.mark.slow
def test_killed_at_every_point_inside_a_mailbox(tmp_path: Path) -> None:
    source = source_with(tmp_path, odd=True)
    undisturbed = tmp_path / "undisturbed"
    points = _in_child(undisturbed, source, 0)
    assert points > 10
    for at in range(1, points + 1):
        folder = tmp_path / f"killed-{at}"
        assert _in_child(folder, source, at) == 9
        ingest(folder, source)
        _same(folder, undisturbed, f"killed at point {at}")
    assert contents(undisturbed)
