"""The register of protected people, the cache of suggestions, and marks that come of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.archive import Archive
from unsealed.errors import InputError
from unsealed.review.desk import Desk
from unsealed.review.register import Register, parse_csv
from unsealed.review.risk.accept import accept
from unsealed.review.risk.entry import Entry
from unsealed.review.risk.store import Suggestions, risk_of
from unsealed.review.risk.suggestion import NAME

PERSON = Entry("", "Anneliese Vorbeck", nicknames=("Nightingale",))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with make_archive(tmp_path / "archive") as made:
        yield made


def test_who_said_what_is_kept_and_nothing_is_said_twice(archive: Archive) -> None:
    register = Register(archive, now=lambda: "2026-01-02T03:04:05Z")
    entry = register.add(PERSON, EDITORS[0])
    assert register.add(PERSON, EDITORS[1]) == entry
    assert [(editor, said.at) for editor, said in register.history()] == [(EDITORS[0], "2026-01-02T03:04:05Z")]
    register.remove(entry.id, EDITORS[1])
    assert register.entries() == []
    assert [said.removed for _, said in register.history(entry.id)] == [False, True]
    assert register.add(PERSON, EDITORS[0]).id != entry.id


@pytest.mark.parametrize("entry", [Entry("", "---"), Entry("", "A B", reason="no such reason"), Entry("", "x" * 301)])
def test_a_bad_entry_is_refused_without_naming_it(archive: Archive, entry: Entry) -> None:
    with pytest.raises(InputError) as caught:
        Register(archive).add(entry, EDITORS[0])
    assert entry.name not in str(caught.value)
    with pytest.raises(InputError):
        Register(archive).add(PERSON, "Nobody")


def test_a_file_of_people(archive: Archive) -> None:
    data = b"name,spellings,ids\nAnneliese Vorbeck,A. Vorbek;Vorbekk,K4419027\nYevgeny Malashenko,,\n"
    register = Register(archive)
    register.add_all(parse_csv(data), EDITORS[0])
    register.add_all(parse_csv(data), EDITORS[0])
    assert [(one.id, one.spellings) for one in register.entries()] == [("P1", ("A. Vorbek", "Vorbekk")), ("P2", ())]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"who\nX\n", b"name,ids\nA\n", b"name\n\n \n"])
def test_a_file_of_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_csv(data)


def test_an_entry_is_suggested_in_what_is_there_and_in_what_comes_later(archive: Archive) -> None:
    first, second = add(archive, cable(1, "Anneliese Vorbeck left."), cable(2, "Nothing here."))
    with Suggestions.open(archive) as found:
        assert found.catch_up() == 2
        assert [one.kind for one in found.of(first)] == ["person"]
        entry = Register(archive).add(PERSON, EDITORS[0])
        assert found.behind == 2
        found.catch_up()
        assert {one.kind for one in found.of(first)} == {"person", "registered"}
        (later,) = add(archive, cable(3, "VORBECK, ANNELIESE\nWAS SEEN."), path="in/anneliese_vorbeck")
        assert found.catch_up() == 1
        assert {one.unit for one in found.of(later) if one.kind == "registered"} == {NAME, 4}
        assert {one.item for one in found.of_entry(entry.id)} == {first, later}
        assert found.by_risk()[0][0] == later
        assert found.by_risk()[-1][0] == second
        Register(archive).remove(entry.id, EDITORS[0])
        found.catch_up()
        assert found.of_entry(entry.id) == []
    assert risk_of(archive, first).kinds == {"person": 1}


def test_a_killed_pass_goes_on_where_it_was(archive: Archive) -> None:
    add(archive, *(cable(n, f"Dr. Anneliese Vorbeck saw {n} ships.") for n in range(1, 6)))
    with Suggestions.open(archive) as found:
        with pytest.raises(KeyboardInterrupt):
            found.catch_up(_stop_at(3))
        assert found.catch_up() == 5  # nothing was committed yet: all is looked at again
        assert found.catch_up() == 0
        before = [found.of(item) for item in range(1, 6)]
        assert found.rebuild() == 5
        assert [found.of(item) for item in range(1, 6)] == before


def _stop_at(row: int) -> Callable[[int, int], None]:
    def progress(done: int, _last: int) -> None:
        if done == row:
            raise KeyboardInterrupt

    return progress


def test_a_damaged_cache_is_made_again(archive: Archive) -> None:
    add(archive, cable(1, "Dr. Anneliese Vorbeck left."))
    with Suggestions.open(archive) as found:
        found.catch_up()
    (archive.path / "cache/risk/suggestions.db").write_bytes(b"no database")
    with Suggestions.open(archive) as found:
        assert found.behind == 1
        found.catch_up()
        assert found.risk(1).kinds == {"person": 1}


def test_accepted_suggestions_are_marks_of_one_editor_and_decide_nothing(archive: Archive) -> None:
    (item,) = add(archive, cable(1, "Anneliese Vorbeck (strictly protect) left."), path="in/anneliese_vorbeck")
    Register(archive).add(PERSON, EDITORS[0])
    with Suggestions.open(archive) as found:
        found.catch_up()
        chosen = [one for one in found.of(item) if one.kind == "registered" or one.rule == "protected-name"]
    desk = Desk(archive)
    marked = accept(desk, chosen, EDITORS[0])
    assert accept(desk, chosen, EDITORS[0]) == [(number, False) for number, _ in marked]
    state = desk.state(item)
    assert {one.mark.reason for one in state.marks} == {"person-at-risk", "source"}
    assert {one.decided for one in state.marks} == {"open"}
    assert state.standing == "undecided"
