"""Release 0: what is sealed, what is published of it, and that a killed seal goes on with the same key and slots."""

from __future__ import annotations

import re
import shutil
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.crashing import every_death, public_bytes, run_and_die
from tests.release.house import STILL, VERIFIER, backwards, new_house, review, seal, stock
from tests.review.small_archive import add, cable
from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, KeysError, UsageError
from unsealed.release.build import build_release
from unsealed.release.commitments import Commissioned, compute
from unsealed.release.journal import Journal
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.plan import plan_release
from unsealed.release.records import find_generation, find_release
from unsealed.release.sealing import read_commitments, seal_archive, unsealed_rows
from unsealed.seal import statement
from unsealed.seal.atoms import empty
from unsealed.seal.entries import SealEntry, replay
from unsealed.seal.generation import commit, read_tiles, root
from unsealed.seal.package import decode_manifest

House = tuple[Archive, Keyring]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = new_house(tmp_path / "a")
    stock(archive)
    yield archive, keys
    archive.close()


def test_the_statement_binds_every_reading(house: House) -> None:
    archive, keys = house
    report = seal(archive, keys)
    assert (report.package, report.generation, report.size, report.entry) == (0, 1, 6, 0)
    package = archive.path / "packages" / "0000"
    stated = statement.decode((package / "statement").read_bytes())
    tiles = [path.read_bytes() for path in sorted((package / "commitments").iterdir())]
    assert root(read_tiles(tiles, stated.size)).hex() == stated.root == report.root.hex()
    assert stated.time == STILL.now()


def test_the_log_holds_the_seal_signed_by_enough_editors(house: House) -> None:
    archive, keys = house
    seal(archive, keys)
    policy = read_policy(archive)
    history = replay(Journal(archive, policy.log).entries(), policy)
    [placed] = history.packages
    assert isinstance(placed.entry.payload, SealEntry)
    assert placed.entry.payload.statement.encode() == (archive.path / "packages/0000/statement").read_bytes()
    assert [key.name for key in placed.signed_by] == ["ana", "jonas"]


def test_nothing_else_is_public(house: House) -> None:
    archive, keys = house
    seal(archive, keys)
    files = public_bytes(archive.path)
    everything = b"".join(files.values())
    secret = keys.store.secret(find_generation(archive, 1)[1].secret)  # type: ignore[index]
    assert secret not in everything
    for word in (b"Ottmar", b"VEREN", b"minister"):
        assert word not in everything
    # So short a word stands by chance in hashes, keys and signatures: it is looked for in the rest.
    hashes = files["packages/0000/commitments/000000"]
    rest = b"\n".join(data for data in files.values() if data != hashes)
    rest = re.sub(rb"[A-Za-z0-9+/]{43,}", b"", rest)
    for word in (b"doc0", b"K-1"):
        assert word not in rest


def test_slots_are_shuffled_and_hold_the_rows(house: House) -> None:
    archive, keys = house
    seal(archive, keys)
    lines = list(archive.slots(1))
    assert [line.row for line in lines] == [6, 5, 4, 3, 2, 1]
    assert unsealed_rows(archive) == []


def test_the_default_shuffle_is_another_each_time(tmp_path: Path) -> None:
    seen = set()
    for number in range(4):
        archive, keys = new_house(tmp_path / f"{number}")
        add(archive, *(cable(n, "x") for n in range(1, 12)))
        seal_archive(archive, keys, STILL._replace(shuffle=type(STILL)(now=STILL.now).shuffle))
        seen.add(tuple(line.row for line in archive.slots(1)))
        archive.close()
    assert len(seen) > 1


def test_an_open_ledger_needs_a_reason(house: House) -> None:
    archive, keys = house
    growth = archive.grow()
    growth.expect(5, 1)
    growth.commit()
    with pytest.raises(HumanNeeded, match="reconcile"):
        seal(archive, keys)
    assert archive.generations() == []
    seal_archive(archive, keys, STILL, accept_open="one page was torn out")
    generation = find_generation(archive, 1)
    assert generation is not None
    assert generation[1].accepted == "one page was torn out"


def test_sealing_again_has_nothing_to_do(house: House) -> None:
    archive, keys = house
    seal(archive, keys)
    before = public_bytes(archive.path)
    with pytest.raises(UsageError, match="nothing to seal"):
        seal(archive, keys)
    assert public_bytes(archive.path) == before


def test_new_readings_get_a_generation_of_their_own(house: House) -> None:
    archive, keys = house
    seal(archive, keys)
    add(archive, cable(9, "Later."), path="in/late")
    report = seal(archive, keys)
    assert (report.package, report.generation, report.size, report.entry) == (1, 2, 1, 1)
    first, second = (find_generation(archive, number) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert keys.store.secret(first[1].secret) != keys.store.secret(second[1].secret)
    policy = read_policy(archive)
    assert len(replay(Journal(archive, policy.log).entries(), policy).packages) == 2


def test_other_readings_than_drawn_start_over_with_a_new_key(house: House, tmp_path: Path) -> None:
    archive, keys = house
    archive.close()
    for at in range(1, 500):
        assert run_and_die(lambda: _seal(tmp_path / "a", keys), at)
        with Archive.open(tmp_path / "a") as opened:
            drawn = find_generation(opened, 1)
        if drawn:
            break
    assert drawn is not None
    assert drawn[0] == "drawn"
    with Archive.open(tmp_path / "a", write=True) as opened:
        add(opened, cable(9, "Later."), path="in/late")
        assert seal(opened, keys).size == 7
        again = find_generation(opened, 1)
    assert again is not None
    assert keys.store.secret(again[1].secret) != keys.store.secret(drawn[1].secret)
    assert sorted(array("Q", again[1].rows)) == list(range(1, 8))


@pytest.mark.parametrize("role", ["root", "editor"])
def test_missing_keys_are_named(house: House, role: str) -> None:
    archive, keys = house
    for path in list((archive.path / "keys").glob(f"{role}-*"))[: 2 if role == "editor" else 1]:
        path.unlink()
    with pytest.raises(KeysError, match=role):
        seal(archive, keys)


def test_several_processes_give_the_same_commitments(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive, keys = house
    seal(archive, keys)
    monkeypatch.setattr("unsealed.release.commitments.ALONE", 0)
    monkeypatch.setattr("unsealed.release.commitments.BATCH", 2)
    rows = find_generation(archive, 1)[1].rows  # type: ignore[index]
    before = [archive.borders(1, slot) for slot in range(6)]
    archive.close()
    template = tmp_path / "a"
    with Archive.open(template, write=True) as opened:
        generation = find_generation(opened, 1)
        assert generation is not None
        from_store = keys.store.secret(generation[1].secret)
        opened.drop_generation(1)

        work = Commissioned(opened.path, from_store, read_policy(opened).archive_id, 1, 0.0)
        commitments = compute(opened, work, rows, workers=2, tell=lambda done, total: None)
        assert [opened.borders(1, slot) for slot in range(6)] == before
        assert commitments == [stored[:32] for stored in before]


def _seal(path: Path, keys: Keyring) -> None:
    with Archive.open(path, write=True) as archive:
        if find_release(archive, 0) is None or find_release(archive, 0).state != "published":  # type: ignore[union-attr]
            seal(archive, keys, STILL._replace(shuffle=backwards))


@pytest.mark.slow
def test_killed_anywhere_the_next_run_completes_with_the_same_bytes(tmp_path: Path) -> None:
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = new_house(work)
    stock(archive)
    archive.close()
    shutil.move(work, template)
    # An undisturbed run from the moment at which key and table were durable.
    for _ in every_death(template, work, lambda: _seal(work, keys)):
        with Archive.open(work) as opened:
            drawn = find_generation(opened, 1)
        if drawn:
            break
    drawn_state = tmp_path / "drawn"
    shutil.copytree(work, drawn_state)
    _seal(work, keys)
    undisturbed = public_bytes(work)
    deaths = 0
    for _ in every_death(drawn_state, work, lambda: _seal(work, keys)):
        _seal(work, keys)
        assert public_bytes(work) == undisturbed
        deaths += 1
    assert deaths > 40


def test_killed_before_the_draw_is_durable_the_next_run_completes(tmp_path: Path) -> None:
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = new_house(work)
    stock(archive)
    archive.close()
    shutil.move(work, template)
    for _ in every_death(template, work, lambda: _seal(work, keys)):
        with Archive.open(work) as opened:
            drawn = find_generation(opened, 1)
        _seal(work, keys)
        if drawn:
            break
        with Archive.open(work) as opened:
            assert opened.slot_count(1) == 6


# --- hidden count -------------------------------------------------------------------------------------


def seal_hidden(archive: Archive, keys: Keyring, power: int = 4) -> None:
    """Seal into 2^power slots."""
    seal_archive(archive, keys, STILL, hidden_count=power)


def test_nobody_outside_can_count(house: House) -> None:
    archive, keys = house
    report = seal_archive(archive, keys, STILL, hidden_count=4)
    assert (report.size, report.slots) == (6, 16)
    package = archive.path / "packages" / "0000"
    stated = statement.decode((package / "statement").read_bytes())
    assert stated.size == 16
    assert stated.formats == ("unsealed-document/1", "unsealed-empty/1")
    assert decode_manifest((package / "manifest.json").read_bytes()).total == -1
    tiles = [path.read_bytes() for path in sorted((package / "commitments").iterdir())]
    assert root(read_tiles(tiles, 16)).hex() == stated.root
    generation = find_generation(archive, 1)
    assert generation is not None
    key = keys.store.secret(generation[1].secret)
    commitments = read_commitments(archive, 1, generation[1])
    for slot in generation[1].unused:
        assert commitments[slot] == commit(key, read_policy(archive).archive_id, 1, slot, empty(), None).c
    assert len(generation[1].unused) == 10


def test_documents_of_a_hidden_count_are_released_and_totals_stay_away(house: House) -> None:
    archive, keys = house
    seal_hidden(archive, keys)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    plan_release(archive, 1, [1, 2], title="One", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    manifest = decode_manifest((archive.path / "packages/0001/manifest.json").read_bytes())
    assert (manifest.documents, manifest.total) == (2, -1)
    add(archive, cable(9, "Later."), path="in/late")
    report = seal(archive, keys)
    assert decode_manifest((archive.path / f"packages/{report.package:04}/manifest.json").read_bytes()).total == -1


def test_a_power_that_is_too_small_or_too_large(house: House) -> None:
    archive, keys = house
    with pytest.raises(UsageError, match="do not fit") as caught:
        seal_hidden(archive, keys, 2)
    assert "--hidden-count 3" in caught.value.remedy
    with pytest.raises(UsageError, match="cannot be made"):
        seal_hidden(archive, keys, 25)
    seal_hidden(archive, keys, 3)


def test_another_power_than_drawn_starts_over(house: House, tmp_path: Path) -> None:
    archive, keys = house
    archive.close()
    path = tmp_path / "a"

    def hidden() -> None:
        with Archive.open(path, write=True) as opened:
            seal_hidden(opened, keys, 4)

    for at in range(1, 500):
        assert run_and_die(hidden, at)
        with Archive.open(path) as opened:
            drawn = find_generation(opened, 1)
        if drawn:
            break
    assert drawn is not None
    with Archive.open(path, write=True) as opened:
        seal_hidden(opened, keys, 3)
        again = find_generation(opened, 1)
    assert again is not None
    assert (drawn[1].size, again[1].size) == (16, 8)
    assert keys.store.secret(again[1].secret) != keys.store.secret(drawn[1].secret)


@pytest.mark.slow
def test_a_killed_hidden_count_goes_on_with_the_same_bytes(tmp_path: Path) -> None:
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = new_house(work)
    stock(archive)
    archive.close()

    def hidden() -> None:
        with Archive.open(work, write=True) as opened:
            if find_release(opened, 0) is None or find_release(opened, 0).state != "published":  # type: ignore[union-attr]
                seal_hidden(opened, keys)

    shutil.move(work, template)
    for _ in every_death(template, work, hidden):
        with Archive.open(work) as opened:
            drawn = find_generation(opened, 1)
        if drawn:
            break
    drawn_state = tmp_path / "drawn"
    shutil.copytree(work, drawn_state)
    hidden()
    undisturbed = public_bytes(work)
    for _ in every_death(drawn_state, work, hidden, stride=5):
        hidden()
        assert public_bytes(work) == undisturbed
