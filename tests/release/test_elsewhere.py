"""What a release withholds and another text shows: every kind holds the release up, and two editors can allow it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from tests.release.house import ANA, JONAS, VERIFIER, new_house, review, seal
from tests.review.small_archive import add, cable
from unsealed.archive import Archive
from unsealed.archive.chain import START, link
from unsealed.crypto import sha256
from unsealed.errors import HistoryError, HumanNeeded
from unsealed.model import Reading, Unit
from unsealed.release.anchor import _read as read_anchor
from unsealed.release.anchor import remembered, write_anchor
from unsealed.release.build import build_release
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.objects import Staging
from unsealed.release.plan import Plan, plan_release
from unsealed.release.publishing import publish
from unsealed.release.records import read_release
from unsealed.release.signing import sign_release
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.seal.package import decode_pack

House = tuple[Archive, Keyring]
PASSAGE = (
    "the minister told us in the garden that 312 men had crossed the river by night, and that nobody had seen them "
    "but the ferryman, who was paid for it and sent away"
)
QUOTED = "> " + PASSAGE.replace("by night,", "by night,\n>")
MEN = {"document": "1", "find": "312"}


def text(*paragraphs: str, kind: str = "text") -> Reading:
    return Reading(kind, kind, 1, tuple(Unit("text", f"{one}\n\n") for one in paragraphs))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """1 and 3 hold the passage, 2 does not, 4 is a reply that quotes it, 5 is attached to 2 and holds it."""
    archive, keys = new_house(tmp_path / "a")
    add(
        archive,
        cable(1, f"On Monday {PASSAGE}."),
        cable(2, "Nothing of note happened on this day at all."),
        cable(3, f"As we heard later {PASSAGE.replace('night', 'day')}."),
        text("Thank you. I have read this:", QUOTED, kind="email"),
    )
    add(archive, text("The file.", PASSAGE), path="att", parent=2)
    seal(archive, keys)
    yield archive, keys
    archive.close()


def plan(house: House, *items: int, number: int = 1) -> Plan:
    return plan_release(house[0], number, list(items), title="", story="", date="2026-01-03")


def put_out(house: House, number: int, *items: int) -> None:
    archive, keys = house
    assert plan(house, *items, number=number).obstacles == ()
    build_release(archive, keys, number, verifier=VERIFIER)
    for signer in keys.editors[:2]:
        sign_release(archive, number, signer, read_policy(archive))
    publish(archive, keys, read_policy(archive), read_release(archive, number).release)


def kinds(made: Plan) -> list[tuple[int, str]]:
    return [(one.item, one.kind) for one in made.obstacles]


@pytest.mark.parametrize("other", [3, 4, 5])
def test_the_same_passage_in_the_batch_a_reply_and_an_attachment(house: House, other: int) -> None:
    review(house[0], MEN)
    made = plan(house, 1, 2, other)
    assert kinds(made) == [(1, "comparison")]
    assert f"document {other} (unit" in made.obstacles[0].why
    assert "312" not in made.obstacles[0].why
    with pytest.raises(HumanNeeded, match="held up at 1 documents"):
        build_release(*house, 1, verifier=VERIFIER)
    review(house[0], {"document": str(other), "find": "312"})
    assert kinds(plan(house, 1, 2, other)) == []


def test_a_release_alone_is_not_held_up(house: House) -> None:
    review(house[0], MEN)
    assert kinds(plan(house, 1, 2)) == []


def test_an_earlier_release_that_shows_it(house: House) -> None:
    review(house[0])
    put_out(house, 1, 3)
    review(house[0], MEN)
    made = plan(house, 1, number=2)
    assert kinds(made) == [(1, "comparison")]
    assert "document 3 of release 1" in made.obstacles[0].why


def test_a_new_document_that_shows_what_an_earlier_release_withholds(house: House) -> None:
    review(house[0], MEN, allowed=["312"])
    put_out(house, 1, 1)
    made = plan(house, 3, number=2)
    assert kinds(made) == [(3, "comparison")]
    assert "of document 1, which is public" in made.obstacles[0].why


def test_a_public_text_of_others_and_how_two_editors_allow_it(house: House) -> None:
    archive = house[0]
    review(archive, MEN)
    number = archive.add_comparison("press.txt", f"Our paper said:\n{PASSAGE.upper()}.\nThe end.")
    made = plan(house, 1)
    assert kinds(made) == [(1, "comparison")]
    key = f"m1 in text {number}"
    assert f'release allow "{key}"' in made.obstacles[0].why
    Desk(archive).allow(key, "the press had it first", ANA)
    assert kinds(plan(house, 1)) == [(1, "comparison")]
    Desk(archive).allow(key, "the press had it first", JONAS)
    assert kinds(plan(house, 1)) == []
    assert archive.comparison_digests()[0][:2] == (number, "press.txt")
    archive.drop_comparison(number)
    assert list(archive.comparisons()) == []


def test_a_name_that_a_public_document_keeps(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    with archive:
        add(archive, cable(1, "We met Karl Ottmar there."), cable(2, "Somebody else, Ottmar by name, was here."))
        seal(archive, keys)
        review(archive)
        put_out((archive, keys), 1, 2)
        review(archive, {"document": "1", "find": "Karl Ottmar"})
        made = plan((archive, keys), 1, number=2)
        assert kinds(made) == [(1, "inconsistent")]
        assert "document 2 in release 1, which is public" in made.obstacles[0].why
        assert "ttmar" not in made.obstacles[0].why
        review(archive, allowed=["Ottmar"])
        assert kinds(plan((archive, keys), 1, number=2)) == []


def test_a_name_that_is_kept_in_the_same_batch_is_told_when_it_is_planned(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    with archive:
        add(archive, cable(1, "We met Karl Ottmar there."), cable(2, "Somebody else, OTTMAR by name, was here."))
        seal(archive, keys)
        review(archive, {"document": "1", "find": "Karl Ottmar"})
        made = plan((archive, keys), 1, 2)
        assert kinds(made) == [(2, "inconsistent")]
        assert "m1" in made.obstacles[0].why


def test_a_name_that_stands_in_many_places_is_one_obstacle_for_each_document_and_mark(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    with archive:
        many = text(*[f"Here Ottmar spoke for the {day}th time." for day in range(4, 12)])
        add(archive, cable(1, "We met Karl Ottmar there."), many, many)
        seal(archive, keys)
        review(archive)
        put_out((archive, keys), 1, 3)
        review(archive, {"document": "1", "find": "Karl Ottmar"})
        made = plan((archive, keys), 1, 2, number=2)
        assert sorted(kinds(made)) == [(1, "inconsistent"), (2, "inconsistent")]
        public, inside = sorted(made.obstacles)
        assert "withholds stand in part 1 of document 3 in release 1, part 2 of" in public.why
        assert "and 3 more, which is public" in public.why
        assert "withholds stand in its units 0, 1, 2, 3, 4 and 3 more" in inside.why


# --- the words beside a marker ----------------------------------------------------------------------------


def said(archive: Archive, mark: int, words: str) -> None:
    desk = Desk(archive)
    old = desk.find_mark(mark)
    new = desk.replace(mark, (old.unit, old.start, old.end), ANA, says=words)  # type: ignore[arg-type]
    desk.decide(new, JONAS, "accept")


def built(house: House, *items: int) -> Any:
    assert kinds(plan(house, *items)) == []
    build_release(*house, 1, verifier=VERIFIER)
    return read_release(house[0], 1).release


def test_a_role_is_a_line_of_the_signed_table_and_sealed_in_the_cut(house: House) -> None:
    archive = house[0]
    review(
        archive,
        {"document": "1", "find": "The minister", "case": False},
        {"document": "1", "find": "312"},
        allowed=["312"],
    )
    said(archive, 1, "a member of the government")
    release = built(house, 1)
    line = '{"number":65536,"code":"private:a-member-of-the-government","text":"[a member of the government] A private'
    assert line in release.entry
    [pack] = (archive.path / "packages/0001/packs").iterdir()
    [document] = decode_pack(pack.read_bytes())
    runs = [run for block in document.blocks for run in getattr(block, "runs", ()) if hasattr(run, "reason")]
    assert [run.reason for run in runs] == [65536, 3]


def test_a_role_of_another_document_is_not_in_the_table(house: House) -> None:
    review(house[0], {"document": "2", "find": "Nothing"})
    said(house[0], 1, "an event")
    assert "an event" not in built(house, 4).entry


def test_words_beside_a_marker_that_give_the_name_away_refuse_the_release(house: House) -> None:
    review(house[0], {"document": "1", "find": "The minister"})
    said(house[0], 1, "the Minister himself")
    with pytest.raises(HumanNeeded, match="refused"):
        built(house, 1)


# --- what packages remember of the log ----------------------------------------------------------------------


def test_a_package_remembers_the_log_and_keeps_its_text_when_built_again(house: House) -> None:
    archive, keys = house
    review(archive)
    assert remembered(archive) == []
    first = built(house, 2)
    [(name, head)] = remembered(archive)
    assert name == "Release 1"
    assert audit.verify(archive, remembered(archive)) == head == audit.head(archive)
    Desk(archive).clear(1, "Mira Sand")
    build_release(archive, keys, 1, verifier=VERIFIER)
    assert read_release(archive, 1).release.entry == first.entry
    assert audit.verify(archive, remembered(archive)).length > head.length
    review(archive, {"document": "2", "find": "Nothing"})
    assert built(house, 2).entry != first.entry
    assert remembered(archive)[0][1] == audit.head(archive)


def test_a_note_that_was_changed_beside_the_program_does_not_open_the_package(house: House) -> None:
    archive = house[0]
    review(archive)
    built(house, 2)
    note = archive.get_meta("audit.anchor.1")
    for wrong in ("", note.replace('"length":', '"length":1')):
        archive.put_meta("audit.anchor.1", wrong)
        with pytest.raises(Exception, match="remembers another audit log"):
            remembered(archive)


def written_anew(archive: Archive) -> None:
    """The whole chain again, as if Mira had said what Ana said first: what an SQL client and `chain.link` can do."""
    records = [(one.id, one.item, one.editor, one.payload) for one in archive.journal()]
    records[0] = (*records[0][:2], "Mira Sand", records[0][3])
    with sqlite3.connect(archive.path / "catalogue.db") as database:
        before = START
        for record in records:
            before = link(before, *record)
            database.execute("UPDATE decisions SET editor = ?, link = ? WHERE id = ?", (record[2], before, record[0]))
    database.close()


def test_a_log_and_the_folder_of_a_package_written_anew_are_found_by_the_log(house: House) -> None:
    archive, keys = house
    review(archive)
    built(house, 2)
    policy = read_policy(archive)
    for signer in keys.editors[:2]:
        sign_release(archive, 1, signer, policy)
    publish(archive, keys, policy, read_release(archive, 1).release)
    assert audit.verify(archive, remembered(archive))
    written_anew(archive)
    folder = archive.path / "packages" / "0001"
    archive.put_meta("audit.anchor.1", "")
    staging = Staging(archive, 9)
    write_anchor(archive, 1, "", b"guessed", staging)  # as a new note would be, for the new head
    staging.discard()
    old, new = (folder / "audit").read_bytes(), read_anchor(archive, 1).text()
    (folder / "audit").write_bytes(new)
    manifest = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(
        manifest.replace(sha256(old).hexdigest().encode(), sha256(new).hexdigest().encode())
    )
    with pytest.raises(HistoryError, match="not the one that stands in the log"):
        remembered(archive)
    rmtree(folder)
    with pytest.raises(HistoryError, match="missing"):
        remembered(archive)


def test_a_vote_that_was_written_into_the_database_is_not_signed(house: House) -> None:
    archive, keys = house
    review(archive)
    built(house, 2)
    with sqlite3.connect(archive.path / "catalogue.db") as database:
        database.execute("UPDATE decisions SET editor = 'Mira Sand' WHERE editor = ?", (JONAS,))
    database.close()
    with pytest.raises(HistoryError, match="was changed, inserted or moved"):
        sign_release(archive, 1, keys.editors[0], read_policy(archive))
