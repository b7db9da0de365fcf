"""Containers are taken apart: every member kept, nothing written outside, limits, damage, kills, passwords."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path

import libarchive
import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.material import Inline, InlineUnpack, cable_row, contents, ingest, make_archive
from tests.ingest.test_crash import _in_child, _same
from unsealed.archive import Archive, Item
from unsealed.crypto import sha256
from unsealed.errors import InputError
from unsealed.ingest import pipeline
from unsealed.ingest.extract import Ask, Data, End, Fail, Member, Step, extractor
from unsealed.ingest.extract.steps import Promise
from unsealed.ingest.packed_forms import packed_form
from unsealed.ingest.retrying import Choice
from unsealed.ingest.wire import Node
from unsealed.sandbox import Failure, Limits, SandboxError

NOTE = b"A note about grain.\n\nIts second paragraph.\n"


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as target:
        warnings.simplefilter("ignore")  # duplicate names are meant
        for name, data in members:
            target.writestr(zipfile.ZipInfo(name, (2004, 3, 9, 17, 5, 0)), data, method)
    return out.getvalue()


def tarred(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as target:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return out.getvalue()


def steps(data: bytes, form: str, **asked: object) -> list[Step]:
    with open(os.memfd_create("container"), "w+b", buffering=0) as file:
        file.write(data)
        return list(extractor(form)(file.fileno(), Ask(form, len(data), **asked)))  # type: ignore[arg-type]


def taken(data: bytes, form: str) -> tuple[list[tuple[str, bytes]], End]:
    found: list[tuple[str, bytes]] = []
    everything = steps(data, form)
    for step in everything:
        if isinstance(step, Member):
            found.append((step.name, b""))
        elif isinstance(step, Data):
            found[-1] = (found[-1][0], found[-1][1] + step.chunk)
    assert isinstance(everything[-1], End)
    assert sum(isinstance(step, End) for step in everything) == 1
    return found, everything[-1]


def archived(folder: Path, files: dict[str, bytes]) -> Archive:
    source = folder / "source"
    source.mkdir()
    for name, data in files.items():
        (source / name).write_bytes(data)
    ingest(folder / "archive", source)
    return Archive.open(folder / "archive")


def reconciled(archive: Archive) -> None:
    totals = archive.totals()
    assert totals.open == 0
    assert totals.expected == totals.read + totals.empty + totals.quarantined + totals.refused
    for line in archive.ledger():
        assert line.open == 0 and line.done


def named(archive: Archive, path: str) -> Item:
    (found,) = [item for item in archive.items() if item.path == path]
    return found


MEMBERS = [("a.txt", NOTE), ("empty.txt", b""), ("deep/b.txt", NOTE * 9000), ("a.txt", b"Another one.\n")]


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("zip", zipped(MEMBERS)),
        ("zip", zipped(MEMBERS, zipfile.ZIP_STORED)),
        ("zip", zipped(MEMBERS, zipfile.ZIP_BZIP2)),
        ("zip", zipped(MEMBERS, zipfile.ZIP_LZMA)),
        ("tar", tarred(MEMBERS)),
    ],
    ids=["deflate", "store", "bzip2", "lzma", "tar"],
)
def test_every_member_comes_out(form: str, data: bytes) -> None:
    assert packed_form(data[:65536]) is not None
    found, end = taken(data, form)
    assert found == MEMBERS
    assert end.code == "" and end.warnings == ()
    assert end.expected in (4, -1)


@pytest.mark.parametrize(
    ("form", "pack"),
    [
        ("gz", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_single_files(form: str, pack) -> None:  # type: ignore[no-untyped-def]
    text = NOTE * 20_000
    assert packed_form(pack(text))[0] == form  # type: ignore[index]
    assert taken(pack(text), form)[0][0][1] == text
    twice, end = taken(pack(text) + pack(NOTE), form)
    assert twice[0][1] == text + NOTE and end.expected == 1
    behind, end = taken(pack(NOTE) + b"left behind", form)
    assert [data for _, data in behind] == [NOTE, b"left behind"]
    assert (end.expected, end.rests, end.warnings) == (1, 1, ("A-REST",))
    cut = steps(pack(os.urandom(9000))[:-400], form)
    assert any(isinstance(step, Fail) for step in cut)


@pytest.mark.parametrize(
    ("form", "kind"), [("7z", "7zip"), ("iso", "iso9660"), ("cpio", "cpio_newc"), ("tar", "pax"), ("tar", "ustar")]
)
def test_what_libarchive_reads(tmp_path: Path, form: str, kind: str) -> None:
    members = {"one.txt": NOTE, "two.txt": NOTE * 5000}
    with libarchive.file_writer(str(tmp_path / "packed"), kind) as target:
        for name, data in members.items():
            target.add_file_from_memory(name, len(data), data)
    packed = (tmp_path / "packed").read_bytes()
    assert packed_form(packed[:65536])[0] == form  # type: ignore[index]
    found, end = taken(packed, form)
    assert {name.lower(): data for name, data in found if data} == members
    assert end.code == ""


def test_a_run_goes_on_behind_an_ordinal() -> None:
    for form, data in (("zip", zipped(MEMBERS[:3])), ("tar", tarred(MEMBERS))):
        late = [step.ordinal for step in steps(data, form, resume=2) if isinstance(step, Member)]
        assert late == list(range(3, 3 + len(late))) and late
        only = [step.ordinal for step in steps(data, form, only=(2,)) if isinstance(step, Member)]
        assert only == [2]


def test_bytes_before_and_behind_a_zip_are_kept() -> None:
    found, end = taken(b"#!/bin/sh\nexit\n" + zipped([("a.txt", NOTE)]) + b"and behind", "zip")
    assert [data for _, data in found] == [NOTE, b"#!/bin/sh\nexit\n", b"and behind"]
    assert (end.expected, end.rests) == (1, 2)


def test_a_member_that_the_directory_hides_is_kept() -> None:
    data = zipped([("a.txt", NOTE), ("b.txt", NOTE)])
    start = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", start + 4)
    end = data.index(b"PK\x05\x06")
    size = end - second
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, size, start, 0)
    found, last = taken(data[:start] + data[second:end] + tail, "zip")
    assert found[0] == ("b.txt", NOTE)
    assert found[1][1].startswith(b"PK\x03\x04")
    assert "A-ZIP-DIFF" in last.warnings and last.second == 2


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    data = zipped([("a.txt", NOTE)])
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start:end]
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, 3 * len(entry), start, 0)
    with archived(tmp_path, {"x.zip": data[:start] + 3 * entry + tail}) as archive:
        item = archive.find("x.zip")[0]
        assert (item.state, item.code) == ("refused", "A-OVERLAP")
        reconciled(archive)


def test_nested_containers_with_everything_in_them(tmp_path: Path) -> None:
    rows = b"".join(cable_row(number, 600) for number in range(20))
    inner = zipped([("rows.csv", rows), ("note.txt", NOTE)])
    outer = tarred([("inner.zip", inner), ("one.gz", gzip.compress(NOTE * 9000))])
    with archived(tmp_path, {"outer.tar": outer, "plain.txt": NOTE}) as archive:
        reconciled(archive)
        rows_item = named(archive, "rows.csv")
        assert rows_item.state == "container" and len(archive.children(rows_item.id)) == 20
        assert archive.source_path(rows_item.id) == "source/outer.tar"
        assert archive.original(rows_item.id) == rows
        for item in archive.items():
            assert item.container < item.id
        facts = archive.member_facts(named(archive, "note.txt").id)
        assert facts is not None and facts.time == "2004-03-09T17:05:00"


def test_an_archive_that_holds_the_same_archive_again(tmp_path: Path) -> None:
    inner = zipped([("note.txt", NOTE)])
    with archived(tmp_path, {"x.zip": zipped([("1.zip", inner), ("2.zip", inner)])}) as archive:
        reconciled(archive)
        assert sum(item.path == "note.txt" for item in archive.items()) == 1
        assert [line.code for line in archive.ledger()].count("A-SAME") == 1


def test_a_bomb_stops_at_a_limit_and_its_neighbours_live(tmp_path: Path) -> None:
    bomb = zipped([("zeros.txt", bytes(40_000_000)), ("note.txt", NOTE)])
    with archived(tmp_path, {"bomb.zip": bomb, "z.txt": NOTE + b"more"}) as archive:
        reconciled(archive)
        zeros = named(archive, "zeros.txt")
        assert (zeros.state, zeros.code) == ("refused", "A-RATIO")
        assert "archive_ratio" in zeros.remedy
        assert archive.find("z.txt")[0].state == "read"
        assert archive.totals().refused >= 1


def test_more_members_than_the_limit(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.zip").write_bytes(zipped([(f"{number}.txt", b"%d\n" % number) for number in range(30)]))
    with make_archive(tmp_path / "archive"):
        pass
    text = (
        (tmp_path / "archive" / "unsealed.toml").read_text().replace("[ingest]\n", "[ingest]\narchive_members = 10\n")
    )
    (tmp_path / "archive" / "unsealed.toml").write_text(text)
    ingest(tmp_path / "archive", source)
    with Archive.open(tmp_path / "archive") as archive:
        reconciled(archive)
        line = next(line for line in archive.ledger() if line.code)
        assert (line.code, line.read, line.refused, line.promised) == ("A-MEMBERS", 10, 1, 30)
    text = text.replace("archive_members = 10", "archive_members = 100")
    (tmp_path / "archive" / "unsealed.toml").write_text(text)
    with make_archive(tmp_path / "archive") as archive:
        pipeline.retry(archive, make=Inline, unpack=InlineUnpack)
        reconciled(archive)
        line = next(line for line in archive.ledger() if line.promised == 30)
        assert (line.code, line.read, line.refused, line.listed) == ("", 30, 0, 1)


def test_a_damaged_member_costs_itself_alone(tmp_path: Path) -> None:
    data = bytearray(zipped([("a.txt", os.urandom(500).hex().encode()), ("b.txt", NOTE)]))
    data[60] ^= 255
    with archived(tmp_path, {"x.zip": bytes(data)}) as archive:
        reconciled(archive)
        assert named(archive, "a.txt").code in ("A-DAMAGED", "A-CRC", "A-SIZE")
        assert named(archive, "b.txt").state == "read"


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_a_container_that_is_cut_off(tmp_path: Path, form: str) -> None:
    members = [(f"{number}.txt", NOTE * 40 + b"%d" % number) for number in range(8)]
    data = (zipped(members, zipfile.ZIP_STORED) if form == "zip" else tarred(members))[:9000]
    with archived(tmp_path, {"x": data, "y.txt": b"Of somebody else. " * 1000}) as archive:
        reconciled(archive)
        line = next(line for line in archive.ledger() if line.form == form)
        assert line.code and line.read >= 3 and line.quarantined >= 1
        for item in archive.items():
            original = archive.original(item.id)
            assert len(original) == item.length and sha256(original).digest() == item.sha256
            assert b"somebody" not in original or item.path.endswith("y.txt")


@pytest.mark.parametrize("packed", [5_000, (1 << 62) - 1])
def test_a_member_that_is_longer_than_its_container_stands_for_what_is_there(tmp_path: Path, packed: int) -> None:
    """The size is the file's own claim: it must not have us read what follows in a pack, nor hash for years."""
    wide = struct.pack("<HHQQ", 1, 16, packed, packed)
    encrypted = struct.pack("<4sHHHIIIIHH", b"PK\3\4", 20, 1, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 5, len(wide))
    data = encrypted + b"a.txt" + wide + NOTE  # and no directory: it is cut off
    with archived(tmp_path, {"x.zip": data, "y.txt": b"Of somebody else. " * 1000}) as archive:
        reconciled(archive)
        locked = named(archive, "a.txt")
        assert locked.code == "A-PASSWORD"
        original = archive.original(locked.id)
        assert original == NOTE
        assert len(original) == locked.length and sha256(original).digest() == locked.sha256


def test_slips_and_links_act_on_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as target:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
        target.addfile(link)
        for name in (str(outside), "../../../outside.txt", "link/outside.txt"):
            info = tarfile.TarInfo(name)
            info.size = 4
            target.addfile(info, io.BytesIO(b"evil"))
    with archived(tmp_path, {"x.tar": out.getvalue()}) as archive:
        reconciled(archive)
        assert not outside.exists()
        link_item = named(archive, "link")
        facts = archive.member_facts(link_item.id)
        assert link_item.state == "listed"
        assert facts is not None and facts.target == str(tmp_path).encode() and "A-SLIP" in facts.flags
        assert archive.original(link_item.id) == b""


class Crasher(InlineUnpack):
    """An extractor that dies at each member with an order in it."""

    def __init__(self, fd: int, limits: Limits) -> None:
        super().__init__(fd, limits)
        self._frames = 0

    def receive(self, seconds: float = 0.0) -> bytearray:
        frame = super().receive(seconds)
        if b"ORDER lie" in frame:
            return bytearray(b"\xc1nonsense")
        return frame


def test_an_extractor_that_lies_costs_no_neighbour(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.zip").write_bytes(zipped([("a.txt", NOTE), ("b.txt", b"ORDER lie"), ("c.txt", NOTE + b"c")]))
    (source / "b.txt").write_bytes(NOTE)
    with make_archive(tmp_path / "archive") as archive:
        pipeline.run(archive, [source], make=Inline, unpack=Crasher)
        reconciled(archive)
        assert archive.find("b.txt")[0].state == "read"
        assert "W-ANSWER" in {item.code for item in archive.items()}


@pytest.mark.parametrize("lie", [
    End(expected=(1 << 64) - 1), End(second=1 << 63), End(rests=1 << 63), Promise((1 << 64) - 1),
])  # fmt: skip
def test_numbers_that_no_container_has_cost_no_run(tmp_path: Path, lie: Step) -> None:
    """What the catalogue has no room for."""

    class Boaster(InlineUnpack):
        def receive(self, seconds: float = 0.0) -> bytearray:
            super().receive(seconds)
            return bytearray(msgspec.msgpack.encode([Member(1, b"a", "a"), Data(NOTE), lie, End()]))

    source = tmp_path / "source"
    source.mkdir()
    (source / "a.zip").write_bytes(zipped([("a.txt", NOTE)]))
    (source / "b.txt").write_bytes(NOTE)
    with make_archive(tmp_path / "archive") as archive:
        pipeline.run(archive, [source], make=Inline, unpack=Boaster)
        reconciled(archive)
        assert archive.find("b.txt")[0].state == "read"
        assert "W-ANSWER" in {item.code for item in archive.items()}


def test_a_packed_piece_without_a_file_of_its_own_is_taken_apart(tmp_path: Path) -> None:
    """What is left of a container that could not be cut may be one; a hostile reader may say so of any range."""
    inside = zipped([("b.txt", NOTE)])
    told = [Node(-1, "container", "mbox"), Node(0, "packed", "zip", 1, start=5, end=5 + len(inside))]

    class Cutter(Inline):
        def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None:
            super().send(payload)
            if b"ORDER" in payload:
                self._answers = iter([msgspec.msgpack.encode([told])])

    source = tmp_path / "source"
    source.mkdir()
    (source / "a.txt").write_bytes(b"ORDER" + inside)
    with make_archive(tmp_path / "archive") as archive:
        for _ in range(2):
            pipeline.run(archive, [source], make=Cutter, unpack=InlineUnpack)
        reconciled(archive)
        assert named(archive, "b.txt").state == "read"


def failing(times: int, order: bytes, failure: Failure = Failure.SLOW) -> type[InlineUnpack]:
    """Extractors of which the first `times` that come to an order in a frame fail there."""
    left = [times]

    class Failing(InlineUnpack):
        def receive(self, seconds: float = 0.0) -> bytearray:
            frame = super().receive(seconds)
            if order in frame and left[0]:
                left[0] -= 1
                raise SandboxError(failure)
            return frame

    return Failing


THREE = [("a.txt", NOTE * 9_000), ("b.txt", NOTE * 100_000 + b"ORDER"), ("c.txt", NOTE + b"c")]


@pytest.mark.parametrize(("failures", "tries"), [(1, 0), (2, 3), (9, 3)])
def test_a_member_that_did_not_come_out_is_tried_again(tmp_path: Path, failures: int, tries: int) -> None:
    """At the end of the run, and of the next one; then it waits for a person."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.zip").write_bytes(zipped(THREE, zipfile.ZIP_STORED))
    slow = failing(failures, b"ORDER")
    with make_archive(tmp_path / "archive") as archive:
        for number in range(4):
            (source / "new.txt").write_text(f"Something new: {number}.")
            report = pipeline.run(archive, [source], make=Inline, unpack=slow)
            reconciled(archive)
            if number == 0:
                assert (report.documents, report.quarantined) == (4, int(failures > 1))
        lines = archive.quarantine()
        assert [(line.code, line.tries) for line in lines] == ([("W-TIME", 3)] if failures > 3 else [])
        came = [item.state for item in archive.items() if item.path == "b.txt"]
        assert came == (["quarantined"] if failures > 3 else ["container", "read"])


@pytest.mark.parametrize("good", [0, 1])
@pytest.mark.parametrize("failures", [1, 99])
def test_a_container_that_ended_too_early_is_opened_again(tmp_path: Path, failures: int, good: int) -> None:
    """Where nothing of it came out at all, and where every step behind the first fails."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.zip").write_bytes(zipped(THREE, zipfile.ZIP_STORED))
    left = [failures]

    class Full(InlineUnpack):
        def send(self, payload: bytes) -> None:
            super().send(payload)
            self.frames = 0

        def receive(self, seconds: float = 0.0) -> bytearray:
            self.frames += 1
            if self.frames > good and left[0]:
                left[0] -= 1
                raise SandboxError(Failure.MISSING)
            return super().receive(seconds)

    with make_archive(tmp_path / "archive") as archive:
        for number in range(4):
            before = left[0]
            (source / "new.txt").write_text(f"Something new: {number}.")
            report = pipeline.run(archive, [source], make=Inline, unpack=Full)
            reconciled(archive)
            if number == 0 and failures == 1:
                assert (report.documents, report.quarantined) == (4, 0)
        if failures == 1:
            assert not archive.quarantine() and named(archive, "c.txt").state == "read"
        else:
            assert before < failures and left[0] == before, "tried some times, and then no more"
            assert {line.tries for line in archive.quarantine()} == {3}


def test_what_fails_outside_leaves_no_container_open(tmp_path: Path) -> None:
    """Whoever watches may raise (a terminal is gone, somebody interrupts): the container's file is closed then, too."""
    (tmp_path / "source").mkdir()
    members = [(f"{number}.txt", NOTE + bytes([97 + number])) for number in range(20)]
    (tmp_path / "source" / "a.zip").write_bytes(zipped(members))

    def tell(report: pipeline.Report) -> None:
        if report.members:
            raise InterruptedError

    with make_archive(tmp_path / "archive") as archive:
        open_files = []
        for _ in range(3):
            with pytest.raises(InterruptedError):
                pipeline.run(archive, [tmp_path / "source"], make=Inline, unpack=InlineUnpack, progress=tell)
            open_files.append(len(os.listdir("/proc/self/fd")))
        assert open_files[0] == open_files[-1]


@pytest.mark.slow
def test_killed_at_every_point_inside_containers(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    rows = b"".join(cable_row(number, 600) for number in range(17))
    inner = zipped([(f"{number}.txt", NOTE + b"%d" % number) for number in range(12)] + [("rows.csv", rows)])
    (source / "x.tar").write_bytes(tarred([("inner.zip", inner), ("large.txt", NOTE * 4000)]))
    undisturbed = tmp_path / "undisturbed"
    points = _in_child(undisturbed, source, 0)
    assert points > 30
    for at in range(1, points + 1):
        folder = tmp_path / "killed"
        assert _in_child(folder, source, at) == 9
        ingest(folder, source)
        _same(folder, undisturbed, f"killed at point {at}")
        shutil.rmtree(folder)


def test_passwords_and_single_lines(tmp_path: Path) -> None:
    data = bytearray(zipped([("locked.txt", NOTE), ("open.txt", NOTE + b"open")]))
    at = data.index(b"PK\x03\x04") + 6
    data[at] |= 1
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.zip").write_bytes(bytes(data))
    ingest(tmp_path / "archive", source)
    with make_archive(tmp_path / "archive") as archive:
        locked = named(archive, "locked.txt")
        assert (locked.state, locked.code) == ("quarantined", "A-PASSWORD")
        assert named(archive, "open.txt").state == "read"
        choice = Choice(("A-PASSWORD",), passwords=("secret-word",))
        report = pipeline.retry(archive, make=Inline, unpack=InlineUnpack, choice=choice)
        assert (report.files_total, report.files) == (1, 0)
        assert archive.quarantine()[0].tries == 2
        assert pipeline.retry(archive, make=Inline, unpack=InlineUnpack, choice=Choice(("zip",))).files_total == 0
        with pytest.raises(InputError):
            pipeline.retry(archive, make=Inline, unpack=InlineUnpack, choice=Choice(items=(9999,)))
    assert b"secret-word" not in repr(contents(tmp_path / "archive")).encode()


def test_the_second_count_is_in_the_seal(tmp_path: Path) -> None:
    with archived(tmp_path, {"x.zip": zipped([("a.txt", NOTE)])}) as archive:
        before = archive.ledger_bytes()
        assert b"x.zip" in before
        line = next(line for line in archive.ledger() if line.form == "zip")
        assert (line.promised, line.second) == (1, 1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_broken_containers_never_raise(data: st.DataObject) -> None:
    whole = {
        "zip": zipped(MEMBERS[:2]), "tar": tarred(MEMBERS[:2]), "gz": gzip.compress(NOTE), "xz": lzma.compress(NOTE),
        "zst": zstandard.ZstdCompressor().compress(NOTE), "bz2": bz2.compress(NOTE),
    }  # fmt: skip
    form = data.draw(st.sampled_from(sorted(whole)))
    broken = bytearray(whole[form])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(broken) - 1))
        if data.draw(st.booleans()):
            broken[place] = data.draw(st.integers(0, 255))
        else:
            del broken[place : place + data.draw(st.integers(1, 40))]
        if not broken:
            return
    found = steps(bytes(broken), form)
    assert isinstance(found[-1], End)
    ordinals = [step.ordinal for step in found if isinstance(step, Member)]
    assert ordinals == list(range(1, len(ordinals) + 1))


@given(st.binary(max_size=700))
def test_packed_form_of_anything(head: bytes) -> None:
    found = packed_form(head)
    assert found is None or found[0]
