"""Bundles for partners: only their key opens them, nothing of the seal is in them, the audit log has each of them."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.release.crashing import every_death
from tests.release.house import ANA, JONAS, MIRA, PASSPHRASE, new_house, review, seal, stock
from tests.review.small_archive import add, add_unread, cable
from unsealed import age
from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, HumanNeeded, InputError, KeysError, UsageError
from unsealed.release import partners
from unsealed.release.bundle import BundleManifest, unpack
from unsealed.release.giving import Made, Wanted, give, whole_list
from unsealed.release.keyring import open_keyring
from unsealed.release.partners import Partner, Register
from unsealed.release.plan import find_sealed, sealed_generations
from unsealed.release.records import find_generation
from unsealed.release.sealing import read_commitments
from unsealed.review import audit
from unsealed.review.desk import Desk, Wish, Wishes
from unsealed.review.finding import Span
from unsealed.review.register import Register as PeopleRegister
from unsealed.review.risk.entry import Entry
from unsealed.review.state import WHOLE
from unsealed.seal.atoms import cut
from unsealed.seal.generation import blinds, document_seed, raw_commitment, slot_seed
from unsealed.seal.tree import seed_levels

TODAY, LAST, AFTER = "2026-11-22", "2026-12-24", "2026-12-25"
HERALD, TRIBUNE = age.new_identity(), age.new_identity()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed archive with two partners; a name is withheld by two editors, another one by one."""
    path = tmp_path_factory.mktemp("partners") / "archive"
    archive, keys = new_house(path)
    stock(archive)
    add_unread(archive)
    seal(archive, keys)
    review(archive, {"document": "*", "find": "Karl Ottmar"}, cleared=["03VEREN1"])
    Desk(archive).mark(2, archive.current_row(2), [Span(3, 3, 10)], "place", ANA)
    for name, key in (("The Herald", HERALD), ("Tribune", TRIBUNE)):
        for editor in (ANA, JONAS):
            partners.add_partner(archive, name, key.recipient, editor, why="works on the cables")
    archive.close()
    return path


@pytest.fixture
def archive(template: Path, tmp_path: Path) -> Iterator[Archive]:
    target = tmp_path / "archive"
    shutil.copytree(template, target)
    with Archive.open(target, write=True) as opened:
        yield opened


def herald(archive: Archive) -> Partner:
    return Register(archive).active("The Herald")


def make(archive: Archive, out: Path, items: list[int] | None = None, **how: bool) -> Made:
    wanted = Wanted(items or [1, 2, 3, 4, 5, 6, 7], LAST, **how)
    return give(archive, herald(archive), wanted, out, MIRA, today=TODAY)


def members(file: Path, key: age.Identity) -> dict[str, bytes]:
    plain = BytesIO()
    with open(file, "rb") as source:
        age.decrypt(source, plain, [key])
    with ZipFile(plain) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def plaintext(file: Path, key: age.Identity) -> bytes:
    return b"\n".join(name.encode() + b"\n" + data for name, data in members(file, key).items())


# --- who ------------------------------------------------------------------------------------------------


def test_a_partner_counts_once_two_editors_named_the_same_recipient(archive: Archive) -> None:
    one, other = age.new_identity().recipient, age.new_identity().recipient
    assert not partners.add_partner(archive, "Gazette", one, ANA, why="new").active
    assert not partners.add_partner(archive, "Gazette", one, ANA, why="again").active
    assert not partners.add_partner(archive, "Gazette", other, JONAS, why="another key").active
    with pytest.raises(InputError, match="waits for another editor"):
        Register(archive).active("Gazette")
    assert partners.add_partner(archive, "Gazette", one, JONAS, why="the same key").active
    assert Register(archive).active("Gazette").recipient == one
    with pytest.raises(InputError, match="has another recipient"):
        partners.add_partner(archive, "Gazette", age.new_identity().recipient, MIRA, why="a third")


def test_one_key_never_serves_two_partners(archive: Archive) -> None:
    partners.remove_partner(archive, "Tribune", ANA, why="ended")
    for recipient in (HERALD.recipient, TRIBUNE.recipient):
        with pytest.raises(InputError, match="for another partner"):
            partners.add_partner(archive, "Gazette", recipient, ANA, why="new")


@pytest.mark.parametrize("name", ["", " x", "a\nb", "a  b", "x" * 81, "a\u202eb"])
def test_a_name_is_plain_words(archive: Archive, name: str) -> None:
    with pytest.raises(UsageError, match="plain words"):
        partners.add_partner(archive, name, age.new_identity().recipient, ANA, why="new")


def test_only_those_who_decide_name_partners(archive: Archive) -> None:
    with pytest.raises(InputError, match="may not decide"):
        partners.add_partner(archive, "Gazette", age.new_identity().recipient, "Somebody", why="new")


def test_removed_is_removed_until_two_editors_name_them_again(archive: Archive) -> None:
    partners.remove_partner(archive, "The Herald", ANA, why="ended")
    with pytest.raises(InputError, match="no partner of this name"):
        herald(archive)
    assert not partners.add_partner(archive, "The Herald", HERALD.recipient, JONAS, why="again").active
    assert partners.add_partner(archive, "The Herald", HERALD.recipient, MIRA, why="again").active


# --- what -----------------------------------------------------------------------------------------------


def test_what_a_bundle_holds(archive: Archive, tmp_path: Path) -> None:
    made = make(archive, tmp_path / "one.age")
    found = members(tmp_path / "one.age", HERALD)
    assert made.left._asdict() == {"withheld": 0, "unread": 1, "undecided": 0, "leaking": 0}
    assert [one.item for one in made.manifest.documents] == [1, 2, 3, 4, 5, 6]
    text = found["text/0001.txt"].decode()
    assert text.startswith("Item 1 03VEREN1 (cable), document 1 of bundle 1, for The Herald alone. Delete after 2026")
    assert "met [withheld: A private individual who plays no public part] in the garden" in text
    assert "Talks with [withheld" in text
    assert "[withheld, not decided yet: A place" in found["text/0002.txt"].decode()
    everything = plaintext(tmp_path / "one.age", HERALD)
    for name in (b"Ottmar", b"OTTMAR", b"Karl"):
        assert name not in everything
    first = json.loads(found["json/0001.json"])
    assert "subject" not in {name for name, _ in first["fields"]}
    assert ["id", "03VEREN1"] in first["fields"]
    assert found["READ-ME-FIRST.txt"].decode().startswith("Bundle 1 of Test Archive, for The Herald alone.")


def test_the_manifest_lists_what_was_given_and_nothing_else(archive: Archive, tmp_path: Path) -> None:
    make(archive, tmp_path / "one.age")
    found = members(tmp_path / "one.age", HERALD)
    manifest = msgspec.json.decode(found.pop("manifest.json"), type=BundleManifest)
    found.pop("READ-ME-FIRST.txt")
    listed = {file.path: file for one in manifest.documents for file in one.files}
    assert listed.keys() == found.keys()
    for path, data in found.items():
        assert (listed[path].length, listed[path].sha256) == (len(data), sha256(data).hexdigest())
    head = json.loads(msgspec.json.encode(manifest.head))
    assert set(head) == {"publisher", "partner", "bundle", "id", "date", "expires", "whole"}


def test_two_bundles_differ_by_more_than_their_name(archive: Archive, tmp_path: Path) -> None:
    one, two = make(archive, tmp_path / "one.age"), make(archive, tmp_path / "two.age")
    assert (one.number, two.number) == (1, 2)
    assert one.manifest.head.id != two.manifest.head.id
    assert (
        members(tmp_path / "one.age", HERALD)["text/0002.txt"] != members(tmp_path / "two.age", HERALD)["text/0002.txt"]
    )


def forms(secret: bytes) -> list[bytes]:
    """The ways in which 32 bytes are written down."""
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret).rstrip(b"="),
            base64.urlsafe_b64encode(secret).rstrip(b"="), base64.b32encode(secret).rstrip(b"=")]  # fmt: skip


def seal_secrets(archive: Archive) -> set[bytes]:
    """Everything of the seal that a partner could use against hidden words, of every document; and the originals."""
    keys = open_keyring(archive, PASSPHRASE)
    generations, found = sealed_generations(archive), set()
    for item in range(1, 8):
        sealed = find_sealed(archive, item, generations)
        assert sealed is not None
        generation = find_generation(archive, sealed.generation)
        assert generation is not None
        key = keys.store.secret(generation[1].secret)
        seed, original = slot_seed(key, sealed.slot), archive.original(item)
        blind, raw_blind = blinds(seed)
        digest = sha256(original).digest()
        units = archive.reading(sealed.row).reading.units
        atoms = cut([(unit.label, unit.text) for unit in units])
        found |= {key, seed, document_seed(seed), blind, raw_blind, digest, sha256(digest).digest()}
        found |= {raw_commitment(raw_blind, digest), archive.item(item).sha256, generation[1].root, generation[1].blind}
        found |= {node for level in seed_levels(document_seed(seed), atoms.count) for node in level}
    found |= set(read_commitments(archive, 1, generation[1]))
    found |= {signer.key.seed for signer in (keys.log, *keys.editors)}
    assert all(len(secret) == 32 for secret in found)
    return found


def test_nothing_of_the_seal_is_in_a_bundle(archive: Archive, tmp_path: Path) -> None:
    secrets = seal_secrets(archive)
    assert len(secrets) > 200
    items = [1, 2, 3, 4, 5, 6]
    for editor in (ANA, JONAS):
        partners.agree_whole(archive, "The Herald", whole_list(archive, items), editor, why="a joint story")
    make(archive, tmp_path / "one.age")
    make(archive, tmp_path / "whole.age", items, whole=True)
    for file in ("one.age", "whole.age"):
        everything = plaintext(tmp_path / file, HERALD)
        assert [form for secret in secrets for form in forms(secret) if form in everything] == []


def test_the_check_for_the_seal_would_find_something(archive: Archive, tmp_path: Path) -> None:
    secret = min(seal_secrets(archive))
    make(archive, tmp_path / "one.age")
    everything = plaintext(tmp_path / "one.age", HERALD) + base64.b64encode(secret)
    assert any(form in everything for form in forms(secret))


def test_a_key_opens_its_own_bundles_and_no_other(archive: Archive, tmp_path: Path) -> None:
    make(archive, tmp_path / "one.age")
    theirs = Wanted([1], LAST)
    give(archive, Register(archive).active("Tribune"), theirs, tmp_path / "two.age", MIRA, today=TODAY)
    for file, key, other in (("one.age", HERALD, TRIBUNE), ("two.age", TRIBUNE, HERALD)):
        assert members(tmp_path / file, key)
        with pytest.raises(KeysError, match="somebody else"):
            members(tmp_path / file, other)


# --- what is withheld -----------------------------------------------------------------------------------


def test_words_that_are_withheld_elsewhere_refuse_a_bundle(archive: Archive, tmp_path: Path) -> None:
    [other] = add(archive, cable(9, "Ottmar came back."), path="late")
    with pytest.raises(HumanNeeded, match=rf"in 1 of these documents \({other}\)"):
        make(archive, tmp_path / "one.age", [1, other])
    assert list(tmp_path.glob("*.age")) == []
    made = make(archive, tmp_path / "one.age", [1, other], leave_out=True)
    assert made.left.leaking == 1
    assert [one.item for one in made.manifest.documents] == [1]
    for editor in (ANA, JONAS):
        Desk(archive).allow("Ottmar", "an ordinary name", editor)
    assert len(make(archive, tmp_path / "two.age", [1, other]).manifest.documents) == 2


def test_people_of_the_register_refuse_a_bundle(archive: Archive, tmp_path: Path) -> None:
    PeopleRegister(archive).add(Entry(id="", name="Ada Holm", reason="source"), ANA)
    [other] = add(archive, cable(9, "Ada  HOLM came back."), path="late")
    with pytest.raises(HumanNeeded, match=rf"in 1 of these documents \({other}\)"):
        make(archive, tmp_path / "one.age", [2, other])


def test_whole_documents_that_anybody_withholds_stay_here(archive: Archive, tmp_path: Path) -> None:
    Desk(archive).say_marks([Wishes(4, archive.current_row(4), (Wish(Span(WHOLE, WHOLE, WHOLE), "safety"),), (ANA,))])
    made = make(archive, tmp_path / "one.age", [2, 4])
    assert (made.left.withheld, [one.item for one in made.manifest.documents]) == (1, [2])
    with pytest.raises(UsageError, match="No document is left"):
        make(archive, tmp_path / "two.age", [4])


def test_decided_gives_only_what_is_ready(archive: Archive, tmp_path: Path) -> None:
    made = make(archive, tmp_path / "one.age", [1, 2, 3], decided=True)
    assert [one.item for one in made.manifest.documents] == [1]
    assert made.left.undecided == 2


def test_whole_needs_two_editors_for_exactly_this_list_and_key(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(HumanNeeded, match="Too few editors"):
        make(archive, tmp_path / "one.age", [1, 3], whole=True)
    listed = whole_list(archive, [3, 1])
    assert not partners.agree_whole(archive, "The Herald", listed, ANA, why="a joint story")
    assert not partners.agree_whole(archive, "The Herald", listed, ANA, why="a joint story")
    assert partners.agree_whole(archive, "The Herald", listed, JONAS, why="agreed")
    make(archive, tmp_path / "one.age", [1, 3], whole=True)
    assert b"Karl Ottmar" in plaintext(tmp_path / "one.age", HERALD)
    with pytest.raises(HumanNeeded):
        make(archive, tmp_path / "two.age", [1, 2, 3], whole=True)
    partners.remove_partner(archive, "The Herald", ANA, why="a new key")
    again = age.new_identity().recipient
    for editor in (ANA, JONAS):
        partners.add_partner(archive, "The Herald", again, editor, why="a new key")
    with pytest.raises(HumanNeeded):
        make(archive, tmp_path / "two.age", [1, 3], whole=True)


# --- when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-11-22", "2020-01-01"])
def test_the_last_day_lies_ahead(archive: Archive, tmp_path: Path, day: str) -> None:
    with pytest.raises(UsageError, match="lies ahead"):
        give(archive, herald(archive), Wanted([1], day), tmp_path / "one.age", MIRA, today=TODAY)


def test_after_its_last_day_a_bundle_is_deleted(archive: Archive, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        make(archive, tmp_path / f"{name}.age")
    (tmp_path / "two.age").unlink()
    (tmp_path / "three.age").write_bytes(b"somebody else's file")
    assert partners.expire(archive, "shell:test", LAST) == []
    ended = partners.expire(archive, "shell:test", AFTER)
    assert [one.file for one in ended] == ["deleted", "gone", "changed"]
    assert [path.name for path in tmp_path.glob("*.age")] == ["three.age"]
    assert partners.expire(archive, "shell:test", AFTER) == []


def test_who_has_the_words_of_a_document(archive: Archive, tmp_path: Path) -> None:
    make(archive, tmp_path / "one.age", [1, 2])
    make(archive, tmp_path / "two.age", [2, 3])
    assert [[one.number for one in partners.holding(archive, [item])] for item in (1, 2, 3, 4)] == [
        [1],
        [1, 2],
        [2],
        [],
    ]
    (archive.path / "partners" / "0002.json").unlink()
    with pytest.raises(ArchiveError, match="bundle 2"):
        partners.holding(archive, [1])


def test_everything_stands_in_the_audit_log(archive: Archive, tmp_path: Path) -> None:
    made = make(archive, tmp_path / "one.age")
    partners.note(archive, 1, "opened", JONAS, why="they wrote that they read it")
    with pytest.raises(UsageError, match="nothing that happens"):
        partners.note(archive, 1, "burnt", JONAS, why="x")
    with pytest.raises(InputError, match="no bundle 7"):
        partners.note(archive, 7, "opened", JONAS, why="x")
    [theirs] = partners.remove_partner(archive, "The Herald", ANA, why="their key is lost")
    assert theirs.number == 1
    assert not (tmp_path / "one.age").exists()
    said = [(one.who, one.what, one.about.get("bundle", "")) for one in audit.entries(archive) if "partner" in one.what]
    assert said[4:] == [
        (MIRA, "partner.bundle", "1"),
        (JONAS, "partner.note", "1"),
        (ANA, "partner.remove", ""),
        (ANA, "partner.expired", "1"),
    ]
    bundle = next(one for one in audit.entries(archive) if one.what == "partner.bundle")
    assert bundle.about["sha256"] == made.sha256
    audit.verify(archive)
    [given] = Register(archive).given.values()
    assert given.ended == "deleted"
    assert "opened: they wrote" in given.notes[0]


def test_killed_anywhere_no_bundle_has_its_name_before_the_log_has_it(template: Path, tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"

    def step() -> None:
        with Archive.open(work, write=True) as opened:
            make(opened, out / "one.age", [1, 2])

    seen = set()
    for _ in every_death(template, work, step):
        with Archive.open(work, write=True) as opened:
            known = len(Register(opened).given)
            there = (out / "one.age").exists()
            assert known or not there
            seen.add((known, there))
            if there:
                (out / "one.age").unlink()
            assert make(opened, out / "one.age", [1, 2]).number == known + 1
        assert members(out / "one.age", HERALD)
        for path in out.iterdir():
            assert path.read_bytes().startswith(b"age-encryption.org/v1") or not path.stat().st_size
            path.unlink()
    assert {(0, False), (1, False)} <= seen


# --- a bundle that somebody else made -------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(template: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The zip file inside a bundle."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copytree(template, folder / "archive")
    with Archive.open(folder / "archive", write=True) as opened:
        make(opened, folder / "one.age", [1, 2])
    out = BytesIO()
    with open(folder / "one.age", "rb") as source:
        age.decrypt(source, out, [HERALD])
    return out.getvalue()


def rewritten(plain: bytes, change: dict[str, bytes | None]) -> BytesIO:
    out = BytesIO()
    with ZipFile(BytesIO(plain)) as old, ZipFile(out, "w") as new:
        for name in dict.fromkeys([*old.namelist(), *change]):
            data = change[name] if name in change else old.read(name)
            if data is not None:
                new.writestr(name, data)
    out.seek(0)
    return out


def test_a_bundle_is_unpacked(plain: bytes, tmp_path: Path) -> None:
    done = unpack(BytesIO(plain), tmp_path / "to")
    assert done.files == 6 == sum(path.is_file() for path in (tmp_path / "to").rglob("*"))
    assert done.manifest.head.partner == "The Herald"


@pytest.mark.parametrize(
    "change",
    [
        {"text/0001.txt": b"other"},
        {"text/0001.txt": None},
        {"json/0002.json": b""},
        {"../out.txt": b"x"},
        {"text/0003.txt": b"x"},
        {"manifest.json": b"{}"},
        {"manifest.json": b"[" * 100_000},
        {"manifest.json": None},
        {"READ-ME-FIRST.txt": None},
    ],
)
def test_a_bent_bundle_is_refused(plain: bytes, tmp_path: Path, change: dict[str, bytes | None]) -> None:
    with pytest.raises(InputError):
        unpack(rewritten(plain, change), tmp_path / "to")
    assert not (tmp_path / "out.txt").exists()


def test_a_manifest_cannot_name_paths_outside(plain: bytes, tmp_path: Path) -> None:
    with ZipFile(BytesIO(plain)) as packed:
        manifest, text = packed.read("manifest.json"), packed.read("text/0001.txt")
    for path in ("../text/1.txt", "/tmp/0001.txt", "text/../../0001.txt", "text/0001.txt\n"):
        bent = manifest.replace(b'"text/0001.txt"', json.dumps(path).encode())
        assert bent != manifest
        with pytest.raises(InputError, match="other files"):
            unpack(rewritten(plain, {"manifest.json": bent, "text/0001.txt": None, path: text}), tmp_path / "to")


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bundle_that_is_packed_in_another_way_is_refused(plain: bytes, tmp_path: Path, way: int) -> None:
    """Its libraries have errors of their own, and one changed byte of a list is enough to come to them."""
    out = BytesIO()
    with ZipFile(BytesIO(plain)) as old, ZipFile(out, "w", way) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(InputError, match="damaged"):
        unpack(out, tmp_path / "to")
    listed = [place for place in range(len(plain)) if plain.startswith(b"PK\x01\x02", place)]
    for place in listed:
        bent = bytearray(plain)
        bent[place + 10] = way
        with pytest.raises(InputError):
            unpack(BytesIO(bent), tmp_path / f"to{place}")


@for_all(st.binary(max_size=300), st.integers(0, 5000))
def test_torn_or_changed_zip_files_end_with_a_plain_error(plain: bytes, noise: bytes, at: int) -> None:
    bent = BytesIO(plain[:at] + noise + plain[at + len(noise) :])
    with tempfile.TemporaryDirectory() as work:
        try:
            done = unpack(bent, Path(work) / "to")
        except InputError:
            return
        for document in done.manifest.documents:
            for file in document.files:
                assert sha256((Path(work) / "to" / file.path).read_bytes()).hexdigest() == file.sha256
