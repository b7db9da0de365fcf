"""What editors say between build and publication counts, and nothing of an unlogged package becomes public."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.release.house import ANA, JONAS, VERIFIER, new_house, review, seal, stock
from tests.release.test_publishing import go, site, site_manifest
from tests.review.small_archive import add, cable
from unsealed.archive import Archive
from unsealed.errors import ArchiveError, HumanNeeded, SiteDiffers
from unsealed.model import Field, Reading, Unit
from unsealed.release.build import build_release
from unsealed.release.journal import Journal
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.leaks import CommonLeft, LeaksFound, coarse_keys, whole_words
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish, publish_site
from unsealed.release.records import read_release
from unsealed.release.signing import sign_release, text_to_sign
from unsealed.review.desk import Desk
from unsealed.review.finding import Span
from unsealed.seal.package import decode_pack

House = tuple[Archive, Keyring]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two documents are built and signed, and wait to be published."""
    archive, keys = new_house(tmp_path / "a")
    stock(archive)
    seal(archive, keys)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    plan_release(archive, 1, [1, 2], title="", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    for signer in keys.editors[:2]:
        sign_release(archive, 1, signer, read_policy(archive))
    yield archive, keys
    archive.close()


def put_out(house: House) -> int:
    archive, keys = house
    return publish(archive, keys, read_policy(archive), read_release(archive, 1).release)


@pytest.mark.parametrize(
    "entry",
    [
        {"document": "03VEREN2", "find": "Nothing"},
        {"document": "03VEREN2", "find": "Nothing", "by": [ANA]},
        {"document": "03VEREN2", "whole": True},
    ],
)
def test_a_decision_after_the_build_stops_the_release(house: House, entry: dict[str, Any]) -> None:
    review(house[0], entry, cleared=[])
    with pytest.raises(HumanNeeded, match="decided anew") as caught:
        put_out(house)
    assert "release build 1" in caught.value.remedy
    with pytest.raises(HumanNeeded, match="decided anew"):
        text_to_sign(house[0], 1)


def test_a_clearing_that_is_taken_back_stops_the_release(house: House) -> None:
    Desk(house[0]).clear(2, JONAS, "reject")
    with pytest.raises(HumanNeeded, match="decided anew"):
        put_out(house)


def test_a_name_that_is_withheld_elsewhere_since_the_build_stops_the_release(house: House) -> None:
    [late] = add(house[0], cable(9, "Garden was there."), path="in/late")
    Desk(house[0]).mark(late, house[0].current_row(late), [Span(4, 7, 13)], "private", ANA)
    with pytest.raises(LeaksFound):
        put_out(house)


def test_a_decision_that_changes_nothing_here_stops_nothing(house: House) -> None:
    Desk(house[0]).clear(5, ANA, "reject")
    assert put_out(house) == 1


def test_a_build_with_the_same_text_keeps_its_signatures(house: House) -> None:
    archive, keys = house
    Desk(archive).clear(2, "Mira Sand")
    with pytest.raises(HumanNeeded):
        put_out(house)
    build_release(archive, keys, 1, verifier=VERIFIER)
    assert put_out(house) == 1


def test_an_editor_who_left_no_longer_counts(house: House) -> None:
    archive, keys = house
    archive.close()
    settings = archive.path / "unsealed.toml"
    settings.write_text(settings.read_text().replace(f'"{JONAS}", ', ""))
    with Archive.open(archive.path, write=True) as again:
        with pytest.raises(HumanNeeded, match="decided anew"):
            put_out((again, keys))
        plan = plan_release(again, 1, [2], title="", story="", date="2026-01-03")
        assert "no editors any more" in plan.obstacles[0].why


def test_killed_before_the_log_nothing_of_the_package_is_public(house: House) -> None:
    archive, keys = house
    before = site_manifest(archive)
    archive.close()
    child = os.fork()
    if child == 0:
        Journal.append = lambda *_: os._exit(9)  # type: ignore[method-assign]
        with Archive.open(archive.path, write=True) as again:
            put_out((again, keys))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with Archive.open(archive.path, write=True) as again:
        assert site_manifest(again) == before
        assert put_out((again, keys)) == 1


def test_a_changed_pack_is_named_before_anything_is_logged(house: House) -> None:
    archive, keys = house
    [pack] = (archive.path / "packages/0001/packs").iterdir()
    data = pack.read_bytes()
    pack.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))  # its last byte is another one in each run
    before = site_manifest(archive), Journal(archive, keys.log.verifier).size
    with pytest.raises(ArchiveError, match=pack.name):
        put_out(house)
    assert (site_manifest(archive), Journal(archive, keys.log.verifier).size) == before


# --- the site's manifest --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["o/ab/" + "ab" * 32, "d/03VEREN3/index.html", "o/index.html"])
def test_pages_of_what_is_not_published_are_not_signed(house: House, name: str) -> None:
    archive, keys = house
    put_out(house)
    path = archive.path / "public" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    with pytest.raises(SiteDiffers, match="nothing that is published"):
        site(archive, keys)


@pytest.mark.parametrize("change", ["changed", "missing", "extra"])
def test_pages_that_are_not_those_of_the_manifest_are_not_signed(house: House, change: str) -> None:
    archive, keys = house
    put_out(house)
    page = archive.path / "public" / "index.html"
    page.write_text("A page.")
    manifest = site_manifest(archive)
    if change == "changed":
        page.write_text("A pagE.")
    elif change == "missing":
        page.unlink()
    else:
        page.with_name("more.html").write_text("x")
    with pytest.raises(SiteDiffers, match=r"\.html"):
        publish_site(archive, keys, manifest)


# --- ids, parents, reasons, values ----------------------------------------------------------------------


def released_ids(archive: Archive, number: int) -> list[str]:
    return [one.public_id for one in archive.released(number)]


def with_id(own: str) -> Reading:
    return Reading("text", "text", 1, (Unit("id", f"{own} "), Unit("text", "Words.")), (Field("id", own, (0,)),))


@pytest.mark.parametrize(
    ("owns", "expected"),
    [
        (["s0", "A-1"], ["s1", "A-1"]),
        (["S2-17", "A-1"], ["s1", "A-1"]),
        (["CON", "con"], ["s1", "s0"]),
        (["A/1", "A/2"], ["A/1", "A/2"]),
        (["x-s0", "A-1"], ["s1", "A-1"]),
    ],
)
def test_own_ids_never_meet_others(tmp_path: Path, owns: list[str], expected: list[str]) -> None:
    archive, keys = new_house(tmp_path / "a")
    add(archive, *(with_id(own) for own in owns))
    seal(archive, keys)
    review(archive)
    plan_release(archive, 1, [1, 2], title="", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    assert released_ids(archive, 1) == expected
    archive.close()


def test_an_id_that_differs_in_case_from_a_released_one_gets_its_slot(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    add(archive, with_id("CON"), with_id("con"))
    seal(archive, keys)
    review(archive)
    go(archive, keys, 1, [1])
    go(archive, keys, 2, [2])
    assert (released_ids(archive, 1), released_ids(archive, 2)) == (["CON"], ["s0"])
    archive.close()


def test_a_parent_that_is_built_but_not_published_is_not_named(house: House) -> None:
    archive, keys = house
    plan_release(archive, 1, [5], title="", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    plan_release(archive, 2, [6], title="", story="", date="2026-01-03")
    build_release(archive, keys, 2, verifier=VERIFIER)
    [pack] = (archive.path / "packages/0002/packs").iterdir()
    assert [document.parent for document in decode_pack(pack.read_bytes())] == [""]


def test_a_reason_that_left_the_settings_is_named(house: House) -> None:
    archive, keys = house
    archive.close()
    settings = archive.path / "unsealed.toml"
    settings.write_text(settings.read_text().replace('"private"', '"secret"'))
    with Archive.open(archive.path, write=True) as again, pytest.raises(HumanNeeded, match="reason private"):
        build_release(again, keys, 1, verifier=VERIFIER)


@pytest.mark.parametrize("date", ["2026-02-30", "20260103", "2026-1-3", "2026-W01-1", ""])
def test_a_date_is_a_real_day(house: House, date: str) -> None:
    with pytest.raises(Exception, match="is a day"):
        plan_release(house[0], 1, [1], title="", story="", date=date)


def report(*cells: tuple[str, str]) -> Reading:
    units = tuple(Unit(label, text) for label, text in cells)
    return Reading("event", "event", 1, units, ())


def try_build(path: Path, reading: Reading, *decisions: dict[str, Any], allowed: tuple[str, ...] = ()) -> None:
    path.mkdir(exist_ok=True)
    archive, keys = new_house(path / "a")
    with archive:
        add(archive, reading)
        seal(archive, keys)
        review(archive, *decisions, allowed=allowed)
        plan_release(archive, 1, [1], title="", story="", date="2026-01-03")
        build_release(archive, keys, 1, verifier=VERIFIER)


@pytest.mark.parametrize(
    ("value", "keep", "other"),
    [
        ("33.31240 ", 4, "at 33.31240 exactly"),
        ("33.31240 ", 4, "at 33.312 or so"),
        ("33.31240 ", 4, "at N3331240"),
        ("33.31240 ", 4, "at N33312"),
        ("38SMB12345678 ", 1, "Title: 38S MB 1234 5678"),
        ("38SMB12345678 ", 1, "tracking 20041221-38SMB12345678-x"),
        ("38SMB12345678 ", 1, "near 38SMB123567"),
    ],
)
def test_a_coarsened_value_does_not_come_back(tmp_path: Path, value: str, keep: int, other: str) -> None:
    entry = {"document": "1", "coarsen": "coordinate", "keep": keep, "reason": "place"}
    with pytest.raises(LeaksFound):
        try_build(tmp_path, report(("coordinate", value), ("paragraph", other)), entry)


def test_what_a_coarsened_value_keeps_may_stand_elsewhere(tmp_path: Path) -> None:
    entry = {"document": "1", "coarsen": "coordinate", "keep": 4, "reason": "place"}
    # What the document is called may begin alike by chance; anywhere else such a number is a place made exact.
    units = (("id", "33312741 "), ("coordinate", "33.31240 "), ("paragraph", "near 33.3 on 2004-12-21"))
    try_build(tmp_path, report(*units), entry)


def test_words_that_stand_everywhere_need_two_editors(tmp_path: Path) -> None:
    reading = report(("paragraph", "he came at 5"))
    entry = {"document": "1", "find": "he"}
    with pytest.raises(CommonLeft, match=r"1 marks are too common to be looked for \(m1\)") as caught:
        try_build(tmp_path / "one", reading, entry)
    assert caught.value.marks == (1,)
    try_build(tmp_path / "two", reading, entry, allowed=("he",))


def test_keys_and_words_around_a_mark() -> None:
    assert whole_words("met Ottmarsson there", 4, 10) == "Ottmarsson"
    assert whole_words("我们见了王伟先生", 4, 6) == "王伟"
    assert coarse_keys("33.31240 ", 4) == {"3331240", "33312"}
    assert coarse_keys("5 ", 0) == frozenset()
