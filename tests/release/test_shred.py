"""Shredding: what was published proves on, what was withheld cannot be proved by anybody, and no kill leaves half."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.release.crashing import every_death, public_bytes
from tests.release.house import ANA, EDITORS, JONAS, MIRA, PASSPHRASE, VERIFIER, new_house, review, seal, stock
from tests.release.test_publishing import finish
from tests.review.small_archive import add, cable
from unsealed.archive import Archive
from unsealed.errors import ArchiveError, HumanNeeded, KeysError, UsageError
from unsealed.release import shred
from unsealed.release.build import build_release
from unsealed.release.cut import Decided, sealed_atoms
from unsealed.release.keyring import Keyring, open_keyring
from unsealed.release.keys import KeyStore, OpenKeys
from unsealed.release.plan import find_sealed, plan_release, sealed_at, sealed_generations
from unsealed.release.records import find_generation
from unsealed.release.shred_record import SHREDS, Shredding, confirm_shred, encode_shreds, read_shreds
from unsealed.release.splitting import fingerprint, restore_from_shares, split_wrapping
from unsealed.seal import generation, prove, tree
from unsealed.seal.puncture import Punctured, Secret, decode_secret, slot_node

House = tuple[Archive, Keyring]
BY, TIME = (ANA, JONAS), "2026-03-04T05:06:07Z"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = published(tmp_path / "a")
    yield archive, keys
    archive.close()


def published(path: Path) -> House:
    """Release 1 holds three cables, with a name hidden in two of them; the rest is withheld so far."""
    archive, keys = new_house(path)
    stock(archive)
    seal(archive, keys)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    plan_release(archive, 1, [1, 2, 3], title="One", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    finish(archive, keys, 1)
    return archive, keys


def key_of(archive: Archive, keys: OpenKeys, number: int = 1) -> Secret:
    found = find_generation(archive, number)
    assert found is not None
    return decode_secret(keys.secret(found[1].secret))


def hidden_seeds(archive: Archive, whole: bytes, item: int, places: list[int]) -> set[bytes]:
    """Every seed from which that of one of these atoms could be computed."""
    slot = archive.slot_of(1, item)
    assert slot is not None
    found = {slot_node(whole, depth, slot.slot >> (32 - depth)) for depth in range(33)}
    levels = tree.seed_levels(generation.document_seed(generation.slot_seed(whole, slot.slot)), slot.atoms)
    return found | {row[at >> level] for level, row in enumerate(levels) for at in places}


def everything_stored(keys: OpenKeys) -> bytes:
    """All plain bytes that anybody with the passphrase gets from keys/."""
    found = b""
    for path in sorted(keys.store.folder.glob("secret-*.key")):
        found += keys.secret(path.name.removeprefix("secret-").removesuffix(".key"))
    return found


def test_marks_of_published_documents(house: House) -> None:
    archive, keys = house
    whole = key_of(archive, keys.store)
    assert isinstance(whole, bytes)
    before = public_bytes(archive.path)
    report = shred.shred_marks(archive, keys.store, PASSPHRASE, by=BY, time=TIME)
    assert report.documents == 2  # the second cable hides nothing
    assert report.atoms == 6
    after = key_of(archive, KeyStore(archive.path).unlock(PASSPHRASE))
    assert isinstance(after, Punctured)
    assert len(after.slots) == 2
    assert public_bytes(archive.path) == before
    stored = everything_stored(report.keys)
    for item in (1, 3):
        sealed = archive.slot_of(1, item)
        assert sealed is not None
        holes = [at for first, end in after.slots[sealed.slot].holes() for at in range(first, end)]
        assert not [seed for seed in hidden_seeds(archive, whole, item, holes) if seed in stored]
    assert whole not in stored


def test_the_same_release_is_built_again_byte_for_byte(house: House, tmp_path: Path) -> None:
    archive, keys = house
    shred.shred_marks(archive, keys.store, PASSPHRASE, by=BY, time=TIME)
    pack = next((archive.path / "packages/0001/packs").iterdir()).read_bytes()
    keys = open_keyring(archive, PASSPHRASE)
    # The same documents in a release of another archive folder, as far as the proofs go: cut them anew.
    from_archive = {made.slot: made for made in shred._bodies(archive, 1)}
    for item in (1, 2, 3):
        sealed = find_sealed(archive, item, sealed_generations(archive))
        assert sealed is not None
        stored = archive.reading(sealed.row)
        at = sealed_at(archive, sealed)
        published = from_archive[sealed.slot]
        again = prove.body(
            key_of(archive, keys.store), published.archive, 1, sealed.slot, sealed_atoms(Decided(stored, at, ())),
            stored.item.sha256, [(span.first, span.count, span.reason) for span in published.spans], expected_c=at.c,
        )  # fmt: skip
        assert again == published
    assert next((archive.path / "packages/0001/packs").iterdir()).read_bytes() == pack


def test_a_document_that_was_never_released(house: House) -> None:
    archive, keys = house
    report = shred.shred_documents(archive, keys.store, PASSPHRASE, [4], by=BY, time=TIME)
    slot = archive.slot_of(1, 4)
    assert slot is not None
    assert (report.documents, report.atoms) == (1, slot.atoms - 1)
    # It can be released withheld as a whole, and no longer with a word of it.
    plan_release(archive, 2, [4], title="Two", story="", date="2026-01-04")
    with pytest.raises(UsageError, match="shredded"):
        build_release(archive, open_keyring(archive, PASSPHRASE), 2, verifier=VERIFIER)
    # Its words are where they were.
    assert "patrol" in archive.reading(slot.row).reading.units[2].text


def test_other_documents_are_released_as_before(house: House) -> None:
    archive, keys = house
    shred.shred_documents(archive, keys.store, PASSPHRASE, [4], by=BY, time=TIME)
    keys = open_keyring(archive, PASSPHRASE)
    plan_release(archive, 2, [5, 6], title="Two", story="", date="2026-01-04")
    build_release(archive, keys, 2, verifier=VERIFIER)
    assert finish(archive, keys, 2) == 2


def test_shredding_again_adds_up(house: House) -> None:
    archive, keys = house
    first = shred.shred_documents(archive, keys.store, PASSPHRASE, [1], by=BY, time=TIME)
    second = shred.shred_marks(archive, first.keys, PASSPHRASE, by=(MIRA, JONAS), time=TIME)
    assert (first.documents, second.documents) == (1, 1)
    assert [one.number for one in read_shreds(archive.path / "keys")] == [1, 2]
    with pytest.raises(UsageError, match="Nothing of these documents is left"):
        shred.shred_marks(archive, second.keys, PASSPHRASE, by=BY, time=TIME)


def test_a_document_of_two_generations_goes_in_both(house: House) -> None:
    archive, keys = house
    add(archive, cable(9, "Later."), path="in/late")
    seal(archive, keys)
    report = shred.shred_documents(archive, keys.store, PASSPHRASE, [1, 7], by=BY, time=TIME)
    assert isinstance(key_of(archive, report.keys, 1), Punctured)
    assert isinstance(key_of(archive, report.keys, 2), Punctured)


@pytest.mark.parametrize("by", [(), (ANA,), (ANA, ANA), (ANA, "stranger")])
def test_two_editors_have_to_want_it(house: House, by: tuple[str, ...]) -> None:
    archive, keys = house
    with pytest.raises(UsageError, match="Two different editors"):
        shred.shred_marks(archive, keys.store, PASSPHRASE, by=by, time=TIME)


def test_what_is_not_sealed_or_not_published_yet(house: House) -> None:
    archive, keys = house
    items = add(archive, cable(9, "Later."), path="in/late")
    with pytest.raises(UsageError, match="not sealed"):
        shred.shred_documents(archive, keys.store, PASSPHRASE, items, by=BY, time=TIME)
    plan_release(archive, 2, [4], title="Two", story="", date="2026-01-04")
    build_release(archive, keys, 2, verifier=VERIFIER)
    with pytest.raises(HumanNeeded, match="built and not published"):
        shred.shred_documents(archive, keys.store, PASSPHRASE, [4], by=BY, time=TIME)
    plan_release(archive, 2, [4], title="Two", story="", date="2026-01-04")
    shred.shred_documents(archive, keys.store, PASSPHRASE, [4], by=BY, time=TIME)


def test_a_proof_that_would_change_stops_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, keys = house
    before = {path: path.read_bytes() for path in (archive.path / "keys").iterdir()}
    monkeypatch.setattr(shred, "body", lambda *rest: next(iter(shred._bodies(archive, 1)))._replace(n=3))
    with pytest.raises(ArchiveError, match="nothing was shredded"):
        shred.shred_marks(archive, keys.store, PASSPHRASE, by=BY, time=TIME)
    assert {path: path.read_bytes() for path in (archive.path / "keys").iterdir()} == before


# --- the wrapping key, and who has to destroy what ----------------------------------------------------


def test_every_key_opens_under_the_new_wrapping_key_only(house: House) -> None:
    archive, keys = house
    old = keys.store.wrapping()
    shares = split_wrapping(keys.store, 2, ("Ana", "Ben", "Cem"), TIME)
    folder = keys.store.store.folder
    left = folder / ".tmp-00"  # of a run that was killed while it locked the old wrapping key
    left.write_bytes((folder / "wrapping.key").read_bytes())
    report = shred.shred_marks(archive, keys.store, PASSPHRASE, by=BY, time=TIME)
    assert report.keys.wrapping() != old
    again = open_keyring(archive, PASSPHRASE)
    assert [one.verifier for one in again.editors] == [one.verifier for one in keys.editors]
    assert again.log.verifier == keys.log.verifier
    with pytest.raises(KeysError, match="an earlier one"):
        restore_from_shares(KeyStore(archive.path), shares.words[:2], "another staple")
    fresh = split_wrapping(again.store, 2, ("Ana", "Ben"), TIME)
    restore_from_shares(KeyStore(archive.path), fresh.words, "another staple")
    assert report.record.wrapping == fingerprint(old)
    assert not left.exists()
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_it_is_done_when_enough_holders_said_so(house: House) -> None:
    archive, keys = house
    split_wrapping(keys.store, 2, ("Ana", "Ben", "Cem"), TIME)
    report = shred.shred_marks(archive, keys.store, PASSPHRASE, by=BY, time=TIME)
    folder = archive.path / "keys"
    assert [line.split(":")[0] for line in report.record.missing()] == [
        f"set {report.record.splits[0].set_id}",
        "backups",
    ]
    with pytest.raises(UsageError, match="holds a share"):
        confirm_shred(folder, 1, "Dora")
    with pytest.raises(UsageError, match="no shredding 2"):
        confirm_shred(folder, 2, "Ana")
    confirm_shred(folder, 1, "Ana")
    confirm_shred(folder, 1, "  ANA ")
    assert "1 more of Ben, Cem" in read_shreds(folder)[0].missing()[0]
    confirm_shred(folder, 1, "Ben")
    assert read_shreds(folder)[0].missing() == [
        "backups: 2 more people have to say that no copy of keys/ from before is left"
    ]
    for again in (ANA, ANA.upper(), f" {ANA} "):  # one person, however often and however written
        said = confirm_shred(folder, 1, again, backups=True, editors=EDITORS)
        assert said.backups == (ANA,)
    assert len(said.missing()) == 1
    for nobody in ("Dora", " ", ""):
        with pytest.raises(UsageError, match="Only editors of the settings"):
            confirm_shred(folder, 1, nobody, backups=True, editors=EDITORS)
    with pytest.raises(UsageError, match="Only editors"):
        confirm_shred(folder, 1, ANA, backups=True)
    assert confirm_shred(folder, 1, JONAS, backups=True, editors=EDITORS).missing() == []


def test_an_old_record_with_one_person_in_two_spellings_is_not_done() -> None:
    """Written before names were compared."""
    made = Shredding(1, TIME, BY, 1, 1, "00", backups=("Ana", "ANA"))
    assert len(made.missing()) == 1


@pytest.mark.parametrize("content", [b"", b'{"v":"\xff"}', b'{"v":"unsealed-shreds/9","shreds":[]}'])
def test_a_damaged_record(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SHREDS).write_bytes(content)
    with pytest.raises(KeysError, match=r"damaged|not known"):
        read_shreds(tmp_path)


def test_the_record_comes_back(tmp_path: Path) -> None:
    one = Shredding(1, TIME, BY, 2, 6, "ab" * 8)
    (tmp_path / SHREDS).write_bytes(encode_shreds([one]))
    assert read_shreds(tmp_path) == (one,)
    assert msgspec.json.decode(encode_shreds([one]))["v"] == "unsealed-shreds/1"


# --- kills --------------------------------------------------------------------------------------------


def _shred(path: Path) -> None:
    """What a person types, and types again after a kill: a second time there is nothing left to shred."""
    with Archive.open(path, write=True) as archive:
        keys = KeyStore(path).unlock(PASSPHRASE)
        if not read_shreds(path / "keys"):
            shred.shred_marks(archive, keys, PASSPHRASE, by=BY, time=TIME)


@pytest.mark.slow
def test_killed_anywhere_the_old_or_the_new_state_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One try of scrypt is 0.4 s: here a hundred are made.
    monkeypatch.setattr("unsealed.crypto._SCRYPT_LOG_N", 4)
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = published(work)
    whole = key_of(archive, keys.store)
    archive.close()
    shutil.copytree(work, template)
    published_before = public_bytes(work)
    seen = {"old": 0, "new": 0}
    for _ in every_death(template, work, lambda: _shred(work), stride=4):
        with Archive.open(work) as archive:
            keys = open_keyring(archive, PASSPHRASE)  # opens, whichever state stands
            found = key_of(archive, keys.store)
        seen["old" if found == whole else "new"] += 1
        assert bool(read_shreds(work / "keys")) == (found != whole)
        _shred(work)
        with Archive.open(work) as archive:
            assert isinstance(key_of(archive, KeyStore(work).unlock(PASSPHRASE)), Punctured)
        assert public_bytes(work) == published_before
        assert not [path.name for path in (work / "keys").iterdir() if path.is_dir()]
    assert seen["old"] > 5
    assert seen["new"] > 3
