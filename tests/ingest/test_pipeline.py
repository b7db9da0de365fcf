"""Ingest from files to the archive: order, duplicates, ledger, quarantine, retry."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest

from tests.ingest.material import MAIL, Inline, cable_row, contents, ingest, make_archive, settings_with, write_sources
from unsealed.archive import SANDBOXES, SETTINGS, Archive
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, InputError
from unsealed.ingest import pipeline
from unsealed.ingest.dialogue import as_read
from unsealed.ingest.ledger import outside, sentence
from unsealed.ingest.pool import Make, Pool
from unsealed.ingest.wire import Task
from unsealed.model import Reading
from unsealed.sandbox import Failure, Limits, SandboxError, Worker
from unsealed.search import Index, draft_of


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_sources(tmp_path / "source")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_everything_is_accounted_for(folder: Path, source: Path) -> None:
    report = ingest(folder, source)
    with Archive.open(folder) as archive:
        totals = archive.totals()
        assert totals.open == 0
        assert totals.expected == totals.read + totals.empty + totals.quarantined == report.documents
        assert (report.files, report.bytes) == (report.files_total, report.bytes_total)
        assert (totals.files, totals.duplicates, totals.skipped) == (7, 2, 1)
        for line in archive.ledger():
            assert line.open == 0
            assert line.done
        assert [problem.code for problem in archive.problems()] == ["S-LINK"]
        large = archive.find("large.csv")[0]
        assert len(archive.children(large.id)) == 17
        assert archive.source_paths(large.id) == ["source/b-cables/large-again.csv", "source/b-cables/large.csv"]


def test_ids_follow_the_sources_in_order(folder: Path, source: Path) -> None:
    ingest(folder, source)
    with Archive.open(folder) as archive:
        tops = [item for item in archive.items() if not item.container]
        assert [item.path for item in tops] == sorted(item.path for item in tops)
        for item in archive.items():
            assert item.container < item.id
            assert sha256(archive.original(item.id)).digest() == item.sha256
            assert len(archive.original(item.id)) == item.length
            assert (archive.current_row(item.id) == 0) == (item.state == "container")
        rows = [stored.item.id for stored in archive.readings()]
        assert rows == sorted(rows)


def test_workers_and_their_speed_change_nothing(tmp_path: Path, source: Path) -> None:
    chance = random.Random(3)

    class Uneven(Inline):
        def receive(self) -> bytearray:
            time.sleep(chance.random() * 0.01)
            return super().receive()

    for name, workers, make in (("one", 1, Inline), ("five", 5, Uneven)):
        with make_archive(tmp_path / name) as archive:
            pipeline.run(archive, [source], workers=workers, make=make)
    assert contents(tmp_path / "one") == contents(tmp_path / "five")


def test_true_worker_processes_give_the_same(tmp_path: Path, source: Path) -> None:
    with make_archive(tmp_path / "processes") as archive:
        pipeline.run(archive, [source])
        assert archive.sandboxes() == ("bubblewrap",)
    ingest(tmp_path / "inline", source)
    with make_archive(tmp_path / "inline") as archive:
        archive.put_meta(SANDBOXES, "bubblewrap")
    assert contents(tmp_path / "processes") == contents(tmp_path / "inline")


def test_the_same_source_again_adds_nothing(folder: Path, source: Path) -> None:
    ingest(folder, source)
    with Archive.open(folder) as archive:
        before = (list(archive.items()), archive.max_row(), archive.totals())
    report = ingest(folder, source)
    assert (report.documents, report.duplicates) == (0, 9)
    with Archive.open(folder) as archive:
        assert (list(archive.items()), archive.max_row(), archive.totals()) == before


def test_a_new_file_among_old_ones(folder: Path, source: Path) -> None:
    ingest(folder, source)
    (source / "b-new.txt").write_bytes(b"Came later.")
    report = ingest(folder, source)
    assert report.documents == 1
    with Archive.open(folder) as archive:
        item = archive.find("b-new.txt")[0]
        assert item.id == max(other.id for other in archive.items())


def test_where_the_folder_lies_does_not_matter(tmp_path: Path) -> None:
    for place in ("one", "other/deeper"):
        write_sources(tmp_path / place / "source")
        ingest(tmp_path / place / "archive", tmp_path / place / "source")
    one, other = contents(tmp_path / "one" / "archive"), contents(tmp_path / "other" / "deeper" / "archive")
    one.pop("jobs")
    other.pop("jobs")
    assert one == other


class Following:
    """What a follower made of a reading: the reading, and where it stands once that is known."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.row = self.item = 0
        self.name = ""

    def at(self, row: int, item: int, name: str) -> Following:
        self.row, self.item, self.name = row, item, name
        return self


def test_committed_readings_are_handed_on_in_order(folder: Path, source: Path) -> None:
    seen: list[int] = []
    with make_archive(folder) as archive:

        def committed(fresh: list[Following]) -> None:
            assert archive.max_row() == fresh[-1].row
            seen.extend(following.row for following in fresh)
            for following in fresh:
                known = archive.reading(following.row)
                assert following.reading == known.reading
                assert (following.item, following.name) == (known.item.id, known.item.name)

        pipeline.run(archive, [source], make=Inline, follow=Following, committed=committed)
        assert seen == list(range(1, archive.max_row() + 1))


class Dying(Inline):
    """A worker that dies of every mail."""

    def receive(self) -> bytearray:
        answer = super().receive()
        if b"first paper" in answer:
            raise SandboxError(Failure.DIED)
        return answer


def test_the_index_learns_what_a_retry_brings(folder: Path, tmp_path: Path) -> None:
    """The mail was there before, what lies in it is new: both are found, without building the index again."""
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "mail.eml").write_bytes(MAIL)
    with make_archive(folder) as archive, Index.open(archive) as index:
        pipeline.run(archive, [tmp_path / "box"], make=Dying, follow=draft_of, committed=index.add_entries)
        assert archive.totals().quarantined == 1
        pipeline.retry(archive, make=Inline, follow=draft_of, committed=index.add_entries)
        index.commit()
        assert (archive.totals().expected, index.behind) == (3, 0)
        live = [index.search(word).total for word in ("papers", "first", "paper*")]
        assert live == [1, 1, 2]
        index.rebuild()
        assert [index.search(word).total for word in ("papers", "first", "paper*")] == live


def test_attachments_are_items_with_bytes_of_their_own(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "mail.eml").write_bytes(MAIL)
    ingest(folder, tmp_path / "box")
    with Archive.open(folder) as archive:
        mail = archive.find("mail.eml")[0]
        one, two = archive.children(mail.id)
        assert (one.path, one.parent, one.state, archive.original(one.id).strip()) == (
            "one.txt",
            mail.id,
            "read",
            b"The first paper.",
        )
        assert (two.state, archive.original(two.id)) == ("quarantined", bytes(range(10)))
        assert archive.parent(one.id) == mail
        line = archive.ledger()[1]
        assert (line.document, line.expected, line.read, line.quarantined) == (True, 2, 1, 1)
        assert archive.totals().expected == 3


def test_sources_are_checked(folder: Path, tmp_path: Path) -> None:
    with make_archive(folder) as archive:
        for wrong in ([], [tmp_path / "missing"], [folder]):
            with pytest.raises(InputError):
                pipeline.run(archive, wrong, make=Inline)


def test_an_archive_inside_the_source_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    ingest(tmp_path / "archive", tmp_path)
    with Archive.open(tmp_path / "archive") as archive:
        assert [item.path.rpartition("/")[2] for item in archive.items()] == ["a.txt"]
        assert [(line.path, line.code) for line in archive.problems()] == [(f"{tmp_path.name}/archive", "S-ARCHIVE")]
        assert "1 source left out by a rule" in sentence(archive.totals())


def test_a_settings_file_alone_hides_no_folder(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / SETTINGS).write_bytes(b"x")
    (source / "lost.txt").write_bytes(b"Not to be lost.")
    ingest(folder, source)
    with Archive.open(folder) as archive:
        assert [item.path for item in archive.items()] == ["source/lost.txt", f"source/{SETTINGS}"]
        assert not archive.problems()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_closed_file_is_an_open_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "closed.txt").write_bytes(b"x")
    (tmp_path / "s" / "closed.txt").chmod(0)
    ingest(folder, tmp_path / "s")
    with Archive.open(folder) as archive:
        assert archive.totals().unreachable == archive.totals().open == 1


def test_a_file_that_is_gone_when_its_turn_comes(folder: Path, source: Path) -> None:
    with make_archive(folder) as archive:
        real = pipeline.journal.begin

        def begin(*arguments: object) -> object:
            job = real(*arguments)  # type: ignore[arg-type]
            (source / "a.txt").unlink()
            return job

        patch = pytest.MonkeyPatch()
        patch.setattr(pipeline.journal, "begin", begin)
        pipeline.run(archive, [source], make=Inline)
        patch.undo()
        assert archive.totals().unreachable == 1
        assert archive.totals().open == 1
    write_back = source / "a.txt"
    write_back.write_bytes(b"It is back.")
    ingest(folder, source)
    with Archive.open(folder) as archive:
        assert archive.totals().open == 0


def test_names_that_are_no_text(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with open(os.path.join(os.fsencode(tmp_path), b"s", b"caf\xe9\n.txt"), "wb") as handle:
        handle.write(b"words")
    ingest(folder, tmp_path / "s")
    with Archive.open(folder) as archive:
        assert [item.path for item in archive.items()] == ["s/caf\\xe9\n.txt"]


def test_a_list_of_a_later_program_is_refused(folder: Path, source: Path) -> None:
    ingest(folder, source)
    with Archive.open(folder, write=True) as archive:
        job = archive.latest_job()
        assert job is not None
        archive.put_job(job._replace(state="open", cursor=b"\x81\xa1v\x63"))
    with pytest.raises(ArchiveError) as caught:
        ingest(folder, source)
    assert caught.value.remedy


# --- workers that fail -----------------------------------------------------------------------------------


@pytest.fixture
def hostile(root: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("PYTHONPATH", f"{root}{os.pathsep}{root / 'src'}")

    def make(limits: Limits) -> Worker:
        return Worker([sys.executable, "-m", "tests.ingest.hostile_worker"], limits)

    return make


@pytest.mark.parametrize(("order", "code"), [
    ("die", "W-DIED"), ("sleep", "W-TIME"), ("label", "W-ANSWER"), ("NFC", "W-ANSWER"), ("range", "W-ANSWER"),
    ("nonsense", "W-ANSWER"), ("more", "W-ANSWER"), ("utf8", "W-ANSWER"), ("deep", "W-ANSWER"),
    ("vouch", "W-ANSWER"), ("ordinal", "W-ANSWER"), ("version", "W-ANSWER"),
])  # fmt: skip
def test_a_failing_worker_costs_one_item(folder: Path, tmp_path: Path, hostile: Make, order: str, code: str) -> None:
    names = [f"{number}.txt" for number in range(9)]
    (tmp_path / "s").mkdir()
    for name in names:
        (tmp_path / "s" / name).write_text(f"Document {name}. " + (f"ORDER {order}" if name == "4.txt" else ""))
    with make_archive(folder) as archive:
        pass
    text = (folder / "unsealed.toml").read_text()
    (folder / "unsealed.toml").write_text(text + "item_seconds = 3.0\n")
    with Archive.open(folder, write=True) as archive:
        report = pipeline.run(archive, [tmp_path / "s"], make=hostile)
        assert (report.documents, report.quarantined) == (9, 1)
        (line,) = archive.quarantine()
        assert (line.path, line.code) == ("s/4.txt", code)
        assert line.remedy
        assert archive.totals().open == 0
        assert archive.original(line.item) == (tmp_path / "s" / "4.txt").read_bytes()
        unread = archive.current(line.item).reading
        assert [(unit.label, unit.text) for unit in unread.units] == [("unread", "")]


def test_a_crash_on_a_part_costs_the_part(folder: Path, tmp_path: Path, hostile: Make) -> None:
    (tmp_path / "s").mkdir()
    rows = [cable_row(number) for number in range(8)]
    rows[5] = rows[5].replace(b"Embassy Bern", b"ORDER die")
    (tmp_path / "s" / "small.csv").write_bytes(b"".join(rows))
    with make_archive(folder) as archive:
        pipeline.run(archive, [tmp_path / "s"], make=hostile)
        (line,) = archive.quarantine()
        assert (line.ordinal, line.code) == (6, "W-DIED")
        assert archive.original(line.item) == rows[5]
        assert archive.totals() == archive.totals()._replace(expected=8, read=7, quarantined=1, open=0)


def test_a_crash_on_a_row_of_a_large_container_costs_the_row(folder: Path, tmp_path: Path, hostile: Make) -> None:
    (tmp_path / "s").mkdir()
    rows = [cable_row(number, 800) for number in range(30)]
    rows[17] = rows[17].replace(b"Embassy Bern", b"ORDER die")
    (tmp_path / "s" / "large.csv").write_bytes(b"".join(rows))
    with make_archive(folder) as archive:
        pipeline.run(archive, [tmp_path / "s"], make=hostile)
        (line,) = archive.quarantine()
        assert (line.ordinal, line.code) == (18, "W-DIED")
        assert archive.totals() == archive.totals()._replace(expected=30, read=29, quarantined=1, open=0)


def settings_and(folder: Path, line: str) -> None:
    with make_archive(folder):
        pass
    with open(folder / "unsealed.toml", "a") as settings:
        settings.write(line)


def test_a_batch_of_slow_items_waits_for_the_end_of_the_run(folder: Path, tmp_path: Path, hostile: Make) -> None:
    """A container of slow rows holds no worker beyond its clock, and no row of it is lost."""
    (tmp_path / "s").mkdir()
    rows = [cable_row(number, 2000).replace(b"Embassy Bern", b"ORDER slow") for number in range(5)]
    (tmp_path / "s" / "a.csv").write_bytes(b"".join(rows))
    (tmp_path / "s" / "b.txt").write_text("Another file.")
    settings_and(folder, "batch_seconds = 0.5\n")
    with Archive.open(folder, write=True) as archive:
        seen: list[int] = []
        report = pipeline.run(
            archive, [tmp_path / "s"], make=hostile, progress=lambda report: seen.append(report.quarantined)
        )
        assert max(seen) > 0, "some rows had to wait"
        assert (report.quarantined, report.documents) == (0, 6)
        assert archive.totals() == archive.totals()._replace(expected=6, read=6, quarantined=0, open=0)


def test_what_may_pass_by_itself_is_tried_so_often_and_no_more(folder: Path, tmp_path: Path, hostile: Make) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "crash.txt").write_text("One. ORDER die")
    (tmp_path / "s" / "slow.txt").write_text("Two. ORDER sleep")
    (tmp_path / "s" / "unknown.bin").write_bytes(bytes(range(256)))
    settings_and(folder, "item_seconds = 0.7\n")
    tries = []
    with Archive.open(folder, write=True) as archive:
        for number in range(3):
            (tmp_path / "s" / "new.txt").write_text(f"Something new: {number}.")
            pipeline.run(archive, [tmp_path / "s"], make=hostile)
            tries.append({line.code: line.tries for line in archive.quarantine()})
        assert archive.totals().open == 0
    assert tries[0] == {"W-DIED": 2, "W-TIME": 2, "R-UNKNOWN": 1}
    assert tries[1] == tries[2] == {"W-DIED": 2, "W-TIME": 3, "R-UNKNOWN": 1}


def test_retry_gives_what_can_be_read_now_a_new_reading(folder: Path, tmp_path: Path, hostile: Make) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.txt").write_text("One. ORDER die")
    (tmp_path / "s" / "b.bin").write_bytes(bytes(range(256)))
    (tmp_path / "s" / "c.txt").write_text("Three.")
    with make_archive(folder) as archive:
        pipeline.run(archive, [tmp_path / "s"], make=hostile)
        first = archive.current_row(1)
        assert [line.item for line in archive.quarantine()] == [1, 2]
        ledger = archive.ledger_bytes()
        report = pipeline.retry(archive, make=Inline)
        assert (report.files_total, report.files, report.quarantined) == (2, 1, 1)
        (line,) = archive.quarantine()
        assert (line.item, line.tries) == (2, 2)
        item = archive.item(1)
        assert (item.state, item.code, item.reader) == ("read", "", "text")
        assert archive.current_row(1) == 4
        assert archive.reading(first).reading.units[0].label == "unread", "what was sealed stays"
        assert archive.current(1).reading.units[0].text == "One. ORDER die"
        assert archive.totals().open == 0
        assert archive.ledger_bytes() != ledger


def test_an_item_above_the_limit(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "large.txt").write_bytes(b"words " * 40_000)
    with Archive.create(folder, "Test"):
        pass
    settings_with(folder, item_bytes=100_000)
    with Archive.open(folder, write=True) as archive:
        pipeline.run(archive, [tmp_path / "s"], make=Inline)
        (line,) = archive.quarantine()
        assert (line.code, line.length) == ("I-LARGE", 240_000)
        assert "item_bytes" in line.remedy
        assert archive.totals().open == 0


def test_nothing_of_a_document_reaches_a_log(
    folder: Path, tmp_path: Path, hostile: Make, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s").mkdir()
    rows = [cable_row(number, 600) for number in range(20)]
    rows[7] = rows[7].replace(b"1. (C) ", b"1. (C) Margarethe said. ORDER die ")
    (tmp_path / "s" / "Margarethe.csv").write_bytes(b"".join(rows))
    with make_archive(folder) as archive:
        pipeline.run(archive, [tmp_path / "s"], make=hostile)
    out, err = capfd.readouterr()
    assert caplog.records
    for text in (out, err, caplog.text):
        assert "Margarethe" not in text


def test_an_interrupt_ends_every_process(folder: Path, tmp_path: Path, hostile: Make) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.txt").write_text("One.")
    (tmp_path / "s" / "b.txt").write_text("ORDER sleep")
    made: list[Worker] = []

    def make(limits: Limits) -> Worker:
        made.append(hostile(limits))  # type: ignore[arg-type]
        return made[-1]

    def interrupt(_batch: object) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with make_archive(folder) as archive:
        pool = Pool(archive.settings.ingest, 2, make, preparing=lambda: as_read)
        with pytest.raises(KeyboardInterrupt), pool:
            batches = [("one", [Task(b"One.")]), ("two", [Task(b"ORDER sleep")])]
            for _ in pool.in_order(batches):
                time.sleep(0.5)
                interrupt(_)
    assert time.monotonic() - start < 30
    assert [worker.pid for worker in made] == [0, 0, 0]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["hostile", "mail", "made"])
def test_real_trouble_is_all_accounted_for(folder: Path, shared: Path, name: str) -> None:
    with make_archive(folder) as archive:
        pipeline.run(archive, [shared / name])
        totals = archive.totals()
        assert totals.open == 0
        assert totals.files + totals.duplicates == sum(path.is_file() for path in (shared / name).rglob("*"))
        for line in archive.quarantine():
            assert line.code
            assert line.message
            assert line.remedy


def test_what_a_volume_holds_beside_its_documents_is_counted(folder: Path, tmp_path: Path) -> None:
    document = b'<div type="document" xml:id="d1"><p>Read.</p></div>'
    head, tail = b'<TEI xml:id="frus1950v01"><text><front><p>A preface.</p></front><body>', b"</body></text></TEI>\n"
    data = (head + document + b"<p>Between.</p>" + document.replace(b"d1", b"d2") + tail).ljust(70_000)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "volume.xml").write_bytes(data)
    ingest(folder, tmp_path / "source")
    with Archive.open(folder) as archive:
        lines = archive.ledger()
        assert [(line.expected, line.read, line.outside) for line in lines[1:]] == [(2, 2, 70_000 - 2 * len(document))]
        assert f"{70_000 - 2 * len(document):,} bytes of 1 volume," in outside(lines)
        assert archive.totals().open == 0 and outside(lines[:1]) == ""
