"""A package: complete, deterministic, refused where something keeps a document in or would leak."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.release.crashing import tree
from tests.release.house import ANA, JONAS, VERIFIER, new_house, review, seal, stock, without_hashes
from tests.review.small_archive import add, cable
from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, UsageError
from unsealed.model import PublicDocument, Reading, Unit
from unsealed.release.build import Built, build_release
from unsealed.release.keyring import Keyring
from unsealed.release.leaks import LeaksFound
from unsealed.release.plan import find_items, plan_release, read_list
from unsealed.review.desk import Desk
from unsealed.review.register import Register
from unsealed.review.risk.entry import Entry
from unsealed.seal.entries import ReleaseEntry, parse_text
from unsealed.seal.package import decode_manifest, decode_pack

House = tuple[Archive, Keyring]
NAME = {"document": "*", "find": "Karl Ottmar"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = new_house(tmp_path / "a")
    stock(archive)
    seal(archive, keys)
    yield archive, keys
    archive.close()


def build(house: House, *items: int, number: int = 1, title: str = "", story: str = "") -> Built:
    archive, keys = house
    plan_release(archive, number, items, title=title, story=story, date="2026-01-03")
    return build_release(archive, keys, number, verifier=VERIFIER)


def documents(archive: Archive, number: int = 1) -> dict[str, PublicDocument]:
    packs = (archive.path / "packages" / f"{number:04}" / "packs").iterdir()
    return {document.id: document for path in packs for document in decode_pack(path.read_bytes())}


def leaks(house: House, *items: int, **words: str) -> set[tuple[str, str]]:
    with pytest.raises(LeaksFound) as caught:
        build(house, *items, **words)  # type: ignore[arg-type]
    assert not (house[0].path / "packages" / "0001").exists()
    assert not list((house[0].path / "packages").glob(".*"))
    return {(hit.place, hit.string) for hit in caught.value.hits}


def test_the_package_says_what_it_holds(house: House) -> None:
    review(house[0], NAME)
    built = build(house, 1, 2, 3, 4, 5, 6, title="First", story="A story.")
    manifest = decode_manifest((house[0].path / "packages/0001/manifest.json").read_bytes())
    assert (manifest.title, manifest.story, manifest.documents, manifest.total) == ("First", "A story.", 6, 6)
    assert set(documents(house[0])) == {"03VEREN1", "03VEREN2", "03VEREN3", "K-1", "s0", "s1"}
    payload = parse_text(built.release.entry)
    assert isinstance(payload, ReleaseEntry)
    assert (payload.number, payload.cuts.count, payload.verifier) == (1, 6, VERIFIER)


def test_attachments_name_their_parent_only_when_it_is_released(house: House) -> None:
    review(house[0], NAME)
    build(house, 6)
    assert documents(house[0])["s0"].parent == ""
    build(house, 5, 6)
    assert documents(house[0])["s0"].parent == "s1"


def test_the_same_plan_gives_the_same_bytes(house: House) -> None:
    review(house[0], NAME)
    build(house, 1, 2, 3)
    first = tree(house[0].path / "packages")
    build(house, 3, 2, 1)
    assert tree(house[0].path / "packages") == first


def test_small_packs(house: House) -> None:
    archive, keys = house
    settings = archive.path / "unsealed.toml"
    settings.write_text(settings.read_text().replace("[release]", "[release]\ndocuments_per_pack = 2"))
    archive.close()
    with Archive.open(archive.path, write=True) as again:
        review(again, NAME)
        plan_release(again, 1, [1, 2, 3, 4, 5], title="", story="", date="2026-01-03")
        assert build_release(again, keys, 1, verifier=VERIFIER).packs == 3
        assert len(documents(again)) == 5


def test_an_id_that_two_documents_have_is_nobodys(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    add(archive, cable(1, "One."), cable(1, "Two."), cable(2, "Three."))
    seal(archive, keys)
    review(archive)
    build((archive, keys), 1, 2, 3)
    assert set(documents(archive)) == {"s1", "s2", "03VEREN2"}
    archive.close()


def test_a_hidden_id_is_not_the_public_id(house: House) -> None:
    review(house[0], NAME, {"document": "03VEREN2", "label": "id"})
    build(house, 2)
    assert set(documents(house[0])) == {"s4"}


@pytest.mark.parametrize(
    ("decisions", "cleared", "kind"),
    [
        ([], [], "untouched"),
        ([{"document": "2", "find": "day", "by": [ANA]}], "*", "undecided"),
        ([{"document": "2", "find": "day"}], [], "uncleared"),
        ([{"document": "2", "whole": True}], "*", "withheld"),
    ],
)
def test_what_keeps_a_document_in(house: House, decisions: list[dict[str, Any]], cleared: Any, kind: str) -> None:
    review(house[0], *decisions, cleared=cleared)
    plan = plan_release(house[0], 1, [2], title="", story="", date="2026-01-03")
    assert [one.kind for one in plan.obstacles] == [kind]
    with pytest.raises(HumanNeeded, match="held up at 1"):
        build_release(house[0], house[1], 1, verifier=VERIFIER)


def test_what_is_not_sealed_or_out_already_stays_in(house: House) -> None:
    archive = house[0]
    late = add(archive, cable(9, "Late."), path="in/late")
    review(archive, NAME)
    build(house, 1)
    plan = plan_release(archive, 2, [1, *late], title="", story="", date="2026-01-03")
    assert [(one.item, one.kind) for one in plan.obstacles] == [(1, "released"), (late[0], "not-sealed")]


def test_one_editor_cannot_clear_for_two(house: House) -> None:
    desk = Desk(house[0])
    for _ in range(2):
        desk.clear(2, ANA)
    assert plan_release(house[0], 1, [2], title="", story="", date="2026-01-03").obstacles
    desk.clear(2, JONAS)
    assert not plan_release(house[0], 1, [2], title="", story="", date="2026-01-03").obstacles


# --- planted leaks, one for each place ------------------------------------------------------------------


def test_a_name_left_in_another_document(house: House) -> None:
    review(house[0], {"document": "03VEREN1", "find": "Karl Ottmar"})
    found = leaks(house, 1, 2, 3)
    assert ("document 03VEREN3, paragraph (part 6)", "karl ottmar") in found
    assert {place for place, _ in found} == {"document 03VEREN3, paragraph (part 6)"}


def test_a_name_in_the_subject_of_the_same_document(house: House) -> None:
    review(house[0], {"document": "03VEREN1", "span": "4:27-38"}, {"document": "3", "find": "Karl Ottmar"})
    assert ("document 03VEREN1, subject (part 4)", "karl ottmar") in leaks(house, 1)


def test_a_name_whose_mark_is_still_open(house: House) -> None:
    review(house[0], {"document": "03VEREN1", "find": "Karl Ottmar", "by": [ANA]})
    assert leaks(house, 3)


def test_a_name_withheld_in_a_document_that_stays_in(house: House) -> None:
    review(house[0], {"document": "03VEREN1", "find": "Karl Ottmar"})
    assert leaks(house, 3)


@pytest.mark.parametrize("words", [{"title": "About Mr OTTMAR"}, {"story": "It was Karl\nOttmar."}])
def test_a_name_in_the_words_of_the_release_cannot_be_allowed(house: House, words: dict[str, str]) -> None:
    review(house[0], NAME, allowed=["Karl Ottmar"])
    assert all(place.startswith("the ") for place, _ in leaks(house, 2, **words))


@pytest.mark.parametrize(
    "said", ['[archive]\nname = "The Ottmar files"\n', '[release]\nlicence = "as in the Ottmar papers"\n']
)
def test_a_name_in_the_settings_needs_two_editors(tmp_path: Path, said: str) -> None:
    """One person can change the settings after everybody has read the documents."""
    archive, keys = new_house(tmp_path / "a")
    stock(archive)
    seal(archive, keys)
    review(archive, NAME)
    settings = archive.path / "unsealed.toml"
    head, _, rest = said.partition("\n")
    key = rest.partition(" ")[0]
    old = "".join(line for line in settings.read_text().splitlines(True) if not line.startswith(f"{key} = "))
    settings.write_text(old.replace(head, said.strip(), 1) if head in old else old + said)
    archive.close()
    archive = Archive.open(archive.path, write=True)
    plan_release(archive, 1, [2], title="", story="", date="2026-01-03")
    with pytest.raises(LeaksFound):
        build_release(archive, keys, 1, verifier=VERIFIER)
    for editor in (ANA, JONAS):
        Desk(archive).allow("Ottmar", "the archive is called so", editor)
    build_release(archive, keys, 1, verifier=VERIFIER)
    archive.close()


def test_a_withheld_unit_quoted_elsewhere(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    secret = "The bridge will be closed before the first snow falls in the valley."
    press = Reading(
        "article",
        "text",
        1,
        (Unit("text", "We learnt that the bridge will be closed before the first snow, and more."),),
    )
    add(archive, cable(1, secret, "Nothing else."), press)
    seal(archive, keys)
    review(archive, {"document": "03VEREN1", "unit": 4})
    house = (archive, keys)
    assert leaks(house, 2) == {
        ("document s0, text (part 1)", "the bridge will be closed before the first"),
        ("document s0, text (part 1)", "bridge will be closed before the first snow"),
    }
    review(archive, cleared="*", allowed=["the bridge will be closed before the first snow"])
    assert build(house, 2).hits_allowed == 2
    archive.close()


def test_a_withheld_document_quoted_elsewhere(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    words = "they crossed the river at night with four boats and a lantern"
    add(archive, cable(1, words), cable(2, f"A friend says {words.upper()}"))
    seal(archive, keys)
    review(archive, {"document": "03VEREN1", "whole": True})
    assert leaks((archive, keys), 2)
    archive.close()


def test_an_allowance_needs_two_editors(house: House) -> None:
    archive = house[0]
    review(archive, NAME, {"document": "03VEREN2", "find": "Nothing"})
    desk = Desk(archive)
    growth = add(archive, cable(7, "Nothing is certain."), path="in/seven")
    seal(*house)
    review(archive)
    plan_release(archive, 2, growth, title="", story="", date="2026-01-03")
    for editor in (ANA, JONAS):
        with pytest.raises(LeaksFound):
            build_release(archive, house[1], 2, verifier=VERIFIER)
        desk.allow("nothing", "an ordinary word", editor)
    assert build_release(archive, house[1], 2, verifier=VERIFIER).hits_allowed == 1


def test_the_error_holds_no_words_of_a_document(house: House) -> None:
    review(house[0], {"document": "03VEREN1", "find": "Karl Ottmar"})
    with pytest.raises(LeaksFound) as caught:
        build(house, 3)
    assert "ttmar" not in f"{caught.value}{caught.value.remedy}".lower()


# --- plans ----------------------------------------------------------------------------------------------


def test_a_list_file() -> None:
    assert read_list("\ufeff03VEREN1\r\n\n# a remark\npath#2\n".encode()) == ["03VEREN1", "path#2"]


def test_references_become_items_in_source_order(house: House) -> None:
    assert find_items(house[0], ["K-1", "03VEREN2", "in/doc0.txt", "03VEREN2"]) == [1, 2, 4]


@pytest.mark.parametrize(
    ("number", "items", "date"),
    [(0, [1], "2026-01-03"), (1, [], "2026-01-03"), (1, [1], "3 January"), (1, [1], "2026-13-03")],
)
def test_plans_that_cannot_be(house: House, number: int, items: list[int], date: str) -> None:
    with pytest.raises(UsageError):
        plan_release(house[0], number, items, title="", story="", date=date)


def test_a_release_that_was_not_planned(house: House) -> None:
    with pytest.raises(UsageError, match="no release 7"):
        build_release(house[0], house[1], 7, verifier=VERIFIER)
    with pytest.raises(UsageError, match="never changes"):
        build_release(house[0], house[1], 0, verifier=VERIFIER)


def test_nothing_private_is_in_the_lines_of_a_pack(house: House) -> None:
    review(house[0], NAME)
    build(house, 1, 2, 3, 4, 5, 6)
    for document in documents(house[0]).values():
        line = without_hashes(json.dumps(document.proof) + repr(document))
        for private in ("doc0", "att0", "in/", "private.txt"):
            assert private not in line


def test_a_person_of_the_register_is_named_in_no_document(house: House) -> None:
    """Nobody marked him: the register alone keeps a release in, in whatever spelling."""
    review(house[0])
    Register(house[0]).add(Entry("", "\u041a\u0430\u0440\u043b \u041e\u0442\u0442\u043c\u0430\u0440"), ANA)
    assert {place.partition(",")[0] for place, _ in leaks(house, 1, 2, 3)} == {"document 03VEREN1", "document 03VEREN3"}
    review(house[0], NAME)
    build(house, 1, 2, 3)


def test_one_editor_cannot_take_a_person_out_of_the_register(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "a")
    add(archive, cable(1, "The minister met Karl Ottmar in the garden."))
    seal(archive, keys)
    register = Register(archive)
    register.add(Entry(id="P1", name="Karl Ottmar", reason="person-at-risk"), ANA)
    review(archive)
    register.remove("P1", ANA)
    register.add(Entry(id="P1", name="Hedwig Marlowe", reason="person-at-risk"), ANA)
    assert [one.name for one in register.entries()] == ["Hedwig Marlowe"]
    plan_release(archive, 1, [1], title="", story="", date="2026-01-03")
    with pytest.raises(LeaksFound):
        build_release(archive, keys, 1, verifier=VERIFIER)
    register.add(Entry(id="P1", name="Hedwig Marlowe", reason="person-at-risk"), JONAS)
    assert [one.name for one in register.protected()] == ["Hedwig Marlowe"]
    build_release(archive, keys, 1, verifier=VERIFIER)
    register.remove("P1", ANA)
    register.remove("P1", JONAS)
    assert register.entries() == register.protected() == []
    archive.close()
