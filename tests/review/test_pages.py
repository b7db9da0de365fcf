"""Which pages may be shown: two editors, of one reading, and boxes that two agree on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.review.small_archive import EDITORS, add, make_archive
from unsealed.archive import Archive, encode_reading
from unsealed.cli import root
from unsealed.errors import InputError, UnsealedError, UsageError
from unsealed.model import Reading, Unit
from unsealed.review import audit
from unsealed.review.pages import NOWHERE, PageDesk, parse_edges, parse_pages

ANA, JONAS, MIRA = EDITORS


def reading(words: str = "one two") -> Reading:
    return Reading(
        "pdf", "pdf", 3, (Unit("paragraph", words, (), 1), Unit("unread", "", (), 2), Unit("header", "x: y"))
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with make_archive(tmp_path / "a") as made:
        add(made, reading())
        yield made


def decided(archive: Archive) -> list[tuple[int, str]]:
    return [(one.page, one.decided) for one in PageDesk(archive).state(1).pages]


def test_two_editors_show_a_page_and_one_takes_it_back(archive: Archive) -> None:
    desk = PageDesk(archive)
    desk.show(1, [1], ANA)
    assert decided(archive) == [(1, "open")] and desk.state(1).open == ("page 1",)
    desk.show(1, [1, 2], JONAS)
    assert decided(archive) == [(1, "accepted"), (2, "open")] and desk.state(1).shown == (1,)
    desk.show(1, [1], ANA, "reject")
    assert decided(archive) == [(1, "rejected"), (2, "open")]
    desk.show(1, [1], MIRA)
    assert decided(archive) == [(1, "accepted"), (2, "open")]


def test_saying_it_twice_writes_nothing(archive: Archive) -> None:
    desk = PageDesk(archive)
    for _ in range(2):
        desk.show(1, [1], ANA)
        number = desk.box(1, 1, (0, 0, 10, 10), ANA, reason="private")
        desk.decide(number, ANA, "accept")
    assert len(archive.decisions()) == 2
    assert desk.box(1, 1, (0, 0, 10, 10), JONAS, reason="private") == number
    assert [one.decided for one in desk.state(1).boxes] == ["accepted"]


def test_another_reading_nobody_has_looked_at(archive: Archive) -> None:
    desk = PageDesk(archive)
    for editor in (ANA, JONAS):
        desk.show(1, [1], editor)
        desk.box(1, 1, (0, 0, 10, 10), editor, reason="private")
    growth = archive.grow()
    growth.add_reading(1, reading("one two three"), encode_reading(reading("one two three")))
    growth.commit()
    state = desk.state(1)
    assert (state.pages, state.boxes, state.elsewhere) == ((), (), (1,))


def test_a_box_needs_two_and_may_be_turned_down(archive: Archive) -> None:
    desk = PageDesk(archive)
    number = desk.box(1, 1, (100, 200, 300, 400), ANA, reason="private", unit=0)
    assert desk.state(1).open == (f"box b{number}",)
    desk.decide(number, JONAS, "reject")
    assert desk.state(1).boxes[0].decided == "open"
    desk.decide(number, MIRA, "reject")
    assert desk.state(1).boxes[0].decided == "rejected"
    assert desk.box(1, 2, NOWHERE, ANA, reason="private", unit=0) == number + 3


def test_the_audit_log_tells_it(archive: Archive) -> None:
    desk = PageDesk(archive, now=lambda: "2026-01-01T00:00:00Z")
    desk.show(1, [1], ANA)
    number = desk.box(1, 1, (1, 2, 3, 4), ANA, reason="private")
    desk.decide(number, JONAS, "accept")
    told = [(one.what, one.who, one.about) for one in audit.entries(archive)]
    assert [what for what, _, _ in told] == ["page.show", "box.mark", "box.accept"]
    assert told[1][2]["box"] == "1,2,3,4" and told[2] == ("box.accept", JONAS, {"box": f"b{number}"})
    audit.verify(archive)


@pytest.mark.parametrize("editor", ["Nobody", ""])
def test_only_editors_speak(archive: Archive, editor: str) -> None:
    desk = PageDesk(archive)
    with pytest.raises(InputError):
        desk.show(1, [1], editor)
    with pytest.raises(InputError):
        desk.box(1, 1, (0, 0, 1, 1), editor, reason="private")


def test_roles_and_rules_hold_here_too(tmp_path: Path) -> None:
    made = make_archive(tmp_path / "r", editors=(*EDITORS, "Udo Kern"))
    add(made, reading())
    made.close()
    settings = tmp_path / "r" / "unsealed.toml"
    settings.write_text(
        settings.read_text()
        + f"""
[[review.roles]]
name = "trainee"
people = ["{ANA}"]
may = ["mark"]
[[review.rules]]
subject = "private"
people = 3
"""
    )
    with Archive.open(tmp_path / "r", write=True) as archive:
        desk = PageDesk(archive)
        with pytest.raises(InputError, match="may not decide"):
            desk.show(1, [1], ANA)
        number = desk.box(1, 1, (0, 0, 10, 10), ANA, reason="private")
        for editor in (JONAS, MIRA):
            desk.show(1, [1], editor)
            desk.decide(number, editor, "accept")
        state = desk.state(1)
        assert state.shown == (1,) and state.boxes[0].decided == "open"
        assert state.boxes[0].accepted_by == tuple(sorted((JONAS, MIRA)))


@pytest.mark.parametrize("page", [0, 3, -1])
def test_only_pages_that_there_are(archive: Archive, page: int) -> None:
    with pytest.raises(InputError, match="has no page"):
        PageDesk(archive).show(1, [page], ANA)


@pytest.mark.parametrize(
    ("edges", "unit"),
    [
        ((5, 0, 5, 9), -1),
        ((9, 0, 5, 9), -1),
        ((0, 0, 1001, 9), -1),
        (NOWHERE, -1),
        ((0, 0, 5, 9), 3),
        ((0, 0, 5, 9), -2),
    ],
)
def test_no_box_that_is_none(archive: Archive, edges: tuple[int, int, int, int], unit: int) -> None:
    with pytest.raises(InputError):
        PageDesk(archive).box(1, 1, edges, ANA, reason="private", unit=unit)


def test_an_unknown_box_or_reason(archive: Archive) -> None:
    desk = PageDesk(archive)
    desk.show(1, [1], ANA)
    with pytest.raises(InputError, match="no box b1"):
        desk.decide(1, ANA, "accept")
    with pytest.raises(InputError):
        desk.box(1, 1, (0, 0, 1, 1), ANA, reason="whim")


def test_how_pages_and_boxes_are_written() -> None:
    assert parse_pages("all", (1, 2, 3)) == [1, 2, 3]
    assert parse_pages("1, 3-5", (1, 2, 3, 4, 5)) == [1, 3, 4, 5]
    assert parse_edges("1, 2,30,400") == (1, 2, 30, 400)
    for text in ("", "x", "5-3", "1-999999", "1,,2", "-1"):
        with pytest.raises(InputError):
            parse_pages(text, (1, 2, 3, 4, 5))
    for text in ("", "1,2,3", "1,2,3,x", "1,2,3,-4", "1,2,3,4,5", "1,2,3,²"):
        with pytest.raises(InputError):
            parse_edges(text)


def test_the_commands(archive: Archive, tmp_path: Path) -> None:
    archive.close()

    def call(*arguments: str) -> Result:
        done = CliRunner().invoke(root, ["review", *arguments, "--archive", str(tmp_path / "a")])
        if isinstance(done.exception, UnsealedError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    assert "2 pages, 0 shown." in call("pages", "1").output
    call("pages", "1", "--show", "all", "--as", ANA)
    assert "page 2: shown" in call("pages", "1", "--show", "2", "--as", JONAS).output
    done = call("box", "1", "--page", "1", "--box", "10,20,30,40", "--reason", "private", "--as", ANA)
    number = done.output.split(":")[0]
    assert "accepted" in call("decide-box", number, "accept", "--as", JONAS).output
    told = json.loads(call("pages", "1", "--json").output)
    assert told["boxes"][0]["edges"] == [10, 20, 30, 40] and told["pages"] == [1, 2]
    call("box", "1", "--page", "1", "--nowhere", "--unit", "0", "--reason", "private", "--as", ANA)
    assert "nowhere in the picture for unit 0" in call("pages", "1").output
    for wrong in (("pages", "1", "--show", "1"), ("decide-box", "12", "accept", "--as", ANA)):
        with pytest.raises(UsageError):
            call(*wrong)
    with pytest.raises(UsageError):
        call("box", "1", "--page", "1", "--nowhere", "--reason", "private", "--as", ANA)
