"""Going on in a new log: root keys of the old one say so, and neither log key can."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.crashing import every_death, public_bytes, tree
from tests.release.house import PASSPHRASE, STILL
from tests.release.test_policy_change import release, root, sealed
from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, UsageError, VerifyError
from unsealed.release import moving
from unsealed.release.journal import Journal
from unsealed.release.keyring import FIRST_POLICY, Keyring, open_keyring, read_policy
from unsealed.release.pending import find_pending
from unsealed.release.sealing import seal_archive
from unsealed.seal import note
from unsealed.seal.entries import MovedEntry, assemble, parse_entry, replay
from unsealed.seal.policy import parse_policy

House = tuple[Archive, Keyring]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = sealed(tmp_path / "a")
    release(archive, keys, 1, [1, 2])
    archive.close()
    yield archive, keys
    archive.close()


def start(archive: Archive, name: str = "test.example/log-2", **more: int) -> Path:
    new = archive.path.with_name("b")
    moving.start_move(archive.path, new, name, PASSPHRASE, date="2026-05-01", text="Stolen.", **more)
    return new


def test_the_new_log_begins_with_the_move_and_everything_is_sealed_and_released_again(house: House) -> None:
    archive, keys = house
    before = public_bytes(archive.path)
    new = start(archive)
    with Archive.open(archive.path) as opened:
        old = read_policy(opened)
    with Archive.open(new, write=True) as opened:
        fresh = open_keyring(opened, PASSPHRASE)
        for name in ("root.a", "root.b"):
            moving.sign_move(opened, root(keys, name))
        policy = moving.publish_move(opened, fresh)
        seal_archive(opened, fresh, STILL)
        assert release(opened, fresh, 1, [1, 2]) == 2
        entries = Journal(opened, policy.log).entries()
        assert read_policy(opened).raw == policy.raw == (new / "public/heads/policy").read_bytes()
    history = replay(entries, policy)
    moved = history.placed[0].entry.payload
    assert isinstance(moved, MovedEntry)
    assert (moved.log.origin, moved.log.size, moved.before) == ("test.example/log", 2, old.raw.decode())
    assert policy.archive_id != old.archive_id
    assert [key.name for key in history.placed[0].signed_by] == ["root.a", "root.b"]
    assert public_bytes(archive.path) == before


def test_no_key_of_the_old_log_comes_along(house: House) -> None:
    """Neither the log's own key nor those of its generations: a shred in the new archive would not reach them."""
    archive, keys = house
    left = archive.path / "keys"
    keys.store.change_wrapping(PASSPHRASE, {}, {})  # a change that is decided, and not yet moved into place
    (left / "next").mkdir(mode=0o700)
    for path in left.glob("*.key"):
        path.rename(left / "next" / path.name)
    new = start(archive)
    assert not list(new.rglob("secret-*")) + list((new / "keys").glob(".*"))
    assert len(list(new.rglob("log-*.key"))) == 1
    with Archive.open(new, write=True) as opened:
        fresh = open_keyring(opened, PASSPHRASE)
        for name in ("root.a", "root.b"):
            moving.sign_move(opened, root(fresh, name))
        moving.publish_move(opened, fresh)
        seal_archive(opened, fresh, STILL)
    assert len(list(new.rglob("secret-*"))) == 1


def test_neither_log_key_moves_a_log(house: House) -> None:
    archive, keys = house
    new = start(archive)
    with Archive.open(new, write=True) as opened:
        fresh = open_keyring(opened, PASSPHRASE)
        with pytest.raises(HumanNeeded, match="0 of the 2 root keys of the old log"):
            moving.publish_move(opened, fresh)
        for signer in (keys.log, fresh.log, keys.editors[0]):
            with pytest.raises(UsageError, match="root keys"):
                moving.sign_move(opened, signer)
        moving.sign_move(opened, root(keys, "root.a"))
        with pytest.raises(HumanNeeded, match="1 of the 2 root keys"):
            moving.publish_move(opened, fresh)
        # A thief with both log keys and one root key logs it all the same: readers count.
        move = moving.read_move(opened)
        entry = assemble(move.pending.text, note.sign(move.pending.text, [root(keys, "root.a")]))
        journal = Journal(opened, fresh.log.verifier)
        journal.append(entry, fresh.log)
        with pytest.raises(VerifyError) as caught:
            replay(journal.entries(), move.new)
    assert caught.value.rule == "threshold"


def test_the_last_good_head_can_be_an_earlier_one(house: House) -> None:
    archive, _ = house
    new = start(archive, size=1)
    with Archive.open(new) as opened:
        payload = parse_entry(_signed(opened)).payload
    assert isinstance(payload, MovedEntry)
    assert payload.log.size == 1


def _signed(archive: Archive) -> bytes:
    text = moving.read_move(archive).pending.text
    return assemble(text, note.sign(text, [note.generate("x")]))


def test_what_cannot_be(house: House) -> None:
    archive, _ = house
    with pytest.raises(UsageError, match="another name"):
        start(archive, "test.example/log")
    with pytest.raises(UsageError, match="never had 3 entries"):
        start(archive, size=3)
    new = start(archive)
    with pytest.raises(UsageError, match="exists already"):
        start(archive)
    with Archive.open(new) as opened, pytest.raises(UsageError, match="another text"):
        moving.add_move_note(opened, note.Note("x\n", note.sign("x\n", [note.generate("y")])).encode())


# --- kills --------------------------------------------------------------------------------------------


def _move(work: Path, keys: Keyring) -> None:
    """What people type, and type again after a kill."""
    new = work / "b"
    if not new.exists():
        moving.start_move(work / "a", new, "test.example/log-2", PASSPHRASE, date="2026-05-01", text="Stolen.")
    with Archive.open(new, write=True) as opened:
        if find_pending(opened, "moved") is not None:
            for name in ("root.a", "root.b"):
                moving.sign_move(opened, root(keys, name))
            moving.publish_move(opened, open_keyring(opened, PASSPHRASE))


@pytest.mark.slow
def test_killed_anywhere_the_next_run_completes_the_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One log key, one first entry, the old archive as it was, and nothing half-made beside them."""
    monkeypatch.setattr("unsealed.crypto._SCRYPT_LOG_N", 4)  # one try of scrypt is 0.4 s: here a hundred are made
    work, template = tmp_path / "work", tmp_path / "template"
    archive, keys = sealed(work / "a")
    release(archive, keys, 1, [1, 2])
    archive.close()
    shutil.copytree(work, template)
    before = tree(work / "a")
    kept, seen, heads = (
        {path: data for path, data in before.items() if not path.startswith("catalogue.db")},
        set(),
        set(),
    )
    for _ in every_death(template, work, lambda: _move(work, keys)):
        found = work / "b"
        seen.add("nothing" if not found.exists() else "drafted")
        _move(work, keys)
        with Archive.open(found) as opened:
            policy = parse_policy((found / FIRST_POLICY).read_bytes())
            entries = Journal(opened, policy.log).entries()
            assert find_pending(opened, "moved") is None
        assert [type(one.entry.payload) for one in replay(entries, policy).placed] == [MovedEntry]
        assert len(list((found / "keys").glob("log-*.key"))) == 1
        assert {path: data for path, data in tree(work / "a").items() if path in kept} == kept
        assert sorted(path.name for path in work.iterdir()) == ["a", "b"]
        heads.add((found / "packages/log/checkpoint").read_bytes())
    assert seen == {"nothing", "drafted"}
    assert len(heads) > 1  # a start that was killed draws another key; never two heads under one
