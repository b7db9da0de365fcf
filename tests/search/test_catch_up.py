"""The index is a cache: it follows the archive, survives kills, and is made again when it is of no use."""

from __future__ import annotations

import os
import random
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.search.corpus import add, make_archive, random_reading
from unsealed.archive import Archive
from unsealed.errors import ArchiveError
from unsealed.files import Lock, set_crash_hook
from unsealed.model import Field, Reading, Unit
from unsealed.search import INDEXED_CHARACTERS, Index


def say(text: str, subject: str = "") -> Reading:
    fields = (Field("subject", subject, (0,)),) if subject else ()
    return Reading("text", "test", 1, (Unit("subject", subject), Unit("text", text)), fields)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with make_archive(tmp_path / "archive", [say("one lamp"), say("two lamps"), say("three lamps")]) as archive:
        yield archive


def total(index: Index, query: str) -> int:
    return index.search(query, facets=False, snippets=False).total


def test_catching_up_is_idempotent_and_reports_progress(archive: Archive) -> None:
    seen: list[tuple[int, int]] = []
    with Index.open(archive) as index:
        assert index.behind == 3
        assert index.catch_up(lambda row, last: seen.append((row, last))) == (3, 0)
        assert seen == [(1, 3), (2, 3), (3, 3)]
        assert index.catch_up() == (0, 0)
        assert index.behind == 0
        add(archive, [say("four lamps")])
        assert index.behind == 1
        assert index.catch_up().added == 1
    with Index.open(archive, create=False) as index:
        assert index.notice == ""
        assert total(index, "lamp*") == 4


def test_opening_by_path_closes_the_archive_too(archive: Archive) -> None:
    archive.close()
    with Index.open(archive.path) as index:
        index.catch_up()
        assert total(index, "*") == 3


def test_no_index_and_none_wanted(archive: Archive) -> None:
    with pytest.raises(ArchiveError) as caught:
        Index.open(archive, create=False)
    assert "rebuild" in caught.value.remedy


def test_a_newer_reading_of_an_item_takes_the_place_of_the_older_one(archive: Archive) -> None:
    with Index.open(archive) as index:
        index.catch_up()
        add(archive, [say("two candles")], item=2)
        index.catch_up()
        assert total(index, "lamps") == 1
        assert [hit.row for hit in index.search("candles").hits] == [4]
        add(archive, [say("five candles"), say("six torches")], item=3)  # twice within one catch-up
        index.catch_up()
        assert (total(index, "*"), total(index, "candles"), total(index, "torches")) == (3, 1, 1)


def test_added_beside_ingest(archive: Archive) -> None:
    with Index.open(archive) as index, Index.open(archive) as reader:
        for stored in archive.readings():
            index.add([stored])
        assert total(reader, "*") == 0  # not committed yet
        index.commit()
        assert total(reader, "*") == 3  # another handle sees the commit
        assert index.add(archive.readings()).added == 0  # known rows are passed over
        index.finish()
        index.commit()  # nothing to do
        index.finish()
        assert total(index, "*") == 3


def test_commits_by_time(archive: Archive) -> None:
    with Index.open(archive) as index, Index.open(archive) as reader:
        index.add(archive.readings(until=1))
        index._committed -= 31  # search.commit_seconds is 30
        index.add(archive.readings(after=1, until=2))
        assert total(reader, "*") == 2


def test_uncommitted_readings_are_read_again(archive: Archive) -> None:
    with Index.open(archive) as index:
        index.add(archive.readings(until=2))
    with Index.open(archive) as index:
        assert total(index, "*") == 0
        assert index.catch_up().added == 3


@pytest.mark.parametrize("committed", [0, 1])
def test_killed_while_writing_the_next_run_goes_on(archive: Archive, committed: int) -> None:
    random_ = random.Random(3)
    add(archive, [random_reading(random_, number) for number in range(20)])
    path = archive.path
    archive.close()
    child = os.fork()
    if not child:  # pragma: no cover - the child ends at a crash point
        seen = 0

        def hook(name: str) -> None:
            nonlocal seen
            if name == "index-commit":
                seen += 1
                if seen > committed:
                    os._exit(9)

        set_crash_hook(hook)
        with Index.open(path) as index:
            for stored in index.archive.readings():
                index.add([stored])
                if stored.row == 10:
                    index.commit()
            index.finish()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9
    with Index.open(path) as index:
        assert index.notice == ""
        assert index.behind == (13 if committed else 23)
        index.catch_up()
        assert total(index, "*") == 23
        assert len(list(index.stream("*"))) == 23


def die_at(stop: int) -> Callable[[str], None]:
    """A crash hook that ends the process at crash point number `stop`."""
    left = [stop]

    def hook(name: str) -> None:
        if not left[0]:
            os._exit(9)
        left[0] -= 1

    return hook


def test_killed_while_the_folder_is_made(archive: Archive) -> None:
    steps: list[str] = []
    shutil.rmtree(archive.path / "index")
    set_crash_hook(steps.append)
    try:
        Index.open(archive).close()
    finally:
        set_crash_hook(None)
    assert len(steps) > 3
    for stop in range(len(steps)):
        shutil.rmtree(archive.path / "index")
        child = os.fork()
        if not child:  # pragma: no cover - the child ends at a crash point
            set_crash_hook(die_at(stop))
            Index.open(archive)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 9
        with Index.open(archive) as index:
            index.catch_up()
            assert total(index, "lamp*") == 3


def test_another_version_is_rebuilt(archive: Archive) -> None:
    with Index.open(archive) as index:
        index.catch_up()
    (archive.path / "index" / "version").write_text("unsealed-index/0")
    with Index.open(archive) as index:
        assert "version" in index.notice
        assert index.catch_up().added == 3


def damages(engine: Path) -> list[str]:
    return sorted(path.name for path in engine.iterdir() if not path.name.endswith(".lock"))


def test_a_damaged_index_is_rebuilt_whatever_is_missing_or_cut(archive: Archive, tmp_path: Path) -> None:
    with Index.open(archive) as index:
        index.catch_up()
    whole = tmp_path / "whole"
    shutil.copytree(archive.path / "index", whole)
    for name in damages(whole / "engine"):
        for how in ("remove", "cut"):
            shutil.rmtree(archive.path / "index")
            shutil.copytree(whole, archive.path / "index")
            file = archive.path / "index" / "engine" / name
            file.unlink() if how == "remove" else file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
            with Index.open(archive) as index:
                index.catch_up()
                assert total(index, "lamp*") == 3, (name, how)
                assert [run.text for hit in index.search("lamps").hits for run in hit.snippet if run.match] == [
                    "lamps"
                ] * 2


def test_the_index_of_another_archive_is_not_used(archive: Archive, tmp_path: Path) -> None:
    with Index.open(archive) as index:
        index.catch_up()
    with make_archive(tmp_path / "other", [say("a candle")]) as other:
        shutil.rmtree(other.path / "index")
        shutil.copytree(archive.path / "index", other.path / "index")
        with Index.open(other) as index:
            assert "another archive" in index.notice
            index.catch_up()
            assert (total(index, "candle"), total(index, "lamps")) == (1, 0)


def test_a_full_disk_is_named_and_the_next_run_catches_up(archive: Archive) -> None:
    add(archive, [say("harbour " * 200) for _ in range(50)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Index.open(archive) as index:
        index.add(archive.readings())
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))  # bytes a file: what the engine writes now does not fit
        try:
            with pytest.raises(ArchiveError, match="could not be written") as caught:
                index.finish()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "Free space" in caught.value.remedy
    with Index.open(archive) as index:
        index.catch_up()
        assert total(index, "harbour") == 50


def test_rebuild(archive: Archive) -> None:
    with Index.open(archive) as index:
        index.catch_up()
        assert index.rebuild() == (3, 0)
        assert total(index, "lamp*") == 3
        index.add(archive.readings())
        assert index.rebuild().added == 3


def test_one_writer_at_a_time(archive: Archive) -> None:
    with Index.open(archive) as index, Index.open(archive) as other:
        index.add(archive.readings(until=1))
        with pytest.raises(ArchiveError):
            other.catch_up()
        index.finish()
        assert other.catch_up().added == 2
    with Lock(archive.path / "index" / ".lock"), Index.open(archive) as index:
        assert index.catch_up().added == 0  # there is nothing to write


def test_the_folder_says_that_it_is_a_cache(archive: Archive) -> None:
    shutil.rmtree(archive.path / "index")
    Index.open(archive).close()
    assert "deleted" in (archive.path / "index" / "CACHE").read_text()


def test_an_immense_reading_is_indexed_in_part_and_this_is_said(tmp_path: Path) -> None:
    text = "word " * (INDEXED_CHARACTERS // 5) + " beyond"
    with make_archive(tmp_path / "archive", [say(text), say("beyond")]) as archive, Index.open(archive) as index:
        assert index.catch_up() == (2, 1)
        assert total(index, "beyond") == 1
        assert total(index, "word") == 1
