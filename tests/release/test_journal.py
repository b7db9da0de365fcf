"""The log on disk: one writer, durable before it is public, tidy after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.house import new_house, seal, stock
from unsealed.archive import Archive
from unsealed.errors import ArchiveError
from unsealed.release.journal import Journal
from unsealed.release.keyring import Keyring, open_keyring
from unsealed.seal.entries import FileHash, SiteEntry, sign_entry
from unsealed.seal.merkle import check_inclusion, leaf_hash
from unsealed.seal.note import generate
from unsealed.seal.tiles import expected_files

House = tuple[Archive, Keyring]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = new_house(tmp_path / "a")
    stock(archive)
    seal(archive, keys)
    yield archive, keys
    archive.close()


def test_an_empty_log(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "b")
    journal = Journal(archive, keys.log.verifier)
    assert (journal.size, journal.entries()) == (0, ())
    with pytest.raises(ArchiveError, match="empty"):
        assert journal.checkpoint
    archive.close()


def test_many_entries_and_the_files_of_the_format(house: House) -> None:
    archive, keys = house
    journal = Journal(archive, keys.log.verifier)
    made = [_page_entry(journal, keys, number) for number in range(1, 300)]
    for number, entry in enumerate(made, 1):
        assert journal.append(entry, keys.log) == number
    journal.show()
    again = Journal(archive, keys.log.verifier)
    assert again.size == 300
    entries = again.entries()
    assert entries[299] == made[298]
    root = again._log.root()
    check_inclusion(leaf_hash(entries[7]), 7, 300, again.inclusion(7), root)
    for folder in (archive.path / "packages/log", archive.path / "public/heads/log"):
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert found == {file.path for file in expected_files(300)} | {"checkpoint"}


def _page_entry(journal: Journal, keys: Keyring, number: int) -> bytes:
    """A signed entry of pages: the least that a log can grow by."""
    policy = journal.policies().newest
    manifest = FileHash(sha256=f"{number:064x}", length=number)
    payload = SiteEntry(
        archive=policy.archive_id.hex(), policy=policy.sha256, number=number, release=0, manifest=manifest
    )
    return sign_entry(payload, keys.editors[:2])


def test_another_key_appends_nothing(house: House) -> None:
    archive, keys = house
    journal = Journal(archive, keys.log.verifier)
    with pytest.raises(ArchiveError, match="not the key"):
        journal.append(b"x", generate(keys.log.name))
    assert Journal(archive, keys.log.verifier).size == 1


def test_what_a_killed_run_left_is_removed(house: House) -> None:
    archive, keys = house
    left = [archive.path / "public/heads/.tmp-0011", archive.path / "public/heads/log/.tmp-0022"]
    left.append(archive.path / "packages/log/tile/0/000.p/9")
    for path in left:
        path.write_bytes(b"half")
    Journal(archive, keys.log.verifier).show()
    assert not any(path.exists() for path in left)


def test_an_entry_is_found_by_its_text_whoever_signed_it(house: House) -> None:
    archive, keys = house
    journal = Journal(archive, keys.log.verifier)
    text = journal.entries()[0].decode().rpartition("\n\n")[0] + "\n"
    assert journal.find(text) == 0
    assert journal.find("another\n") == -1


def test_keys_print_no_secret(house: House) -> None:
    archive, keys = house
    again = open_keyring(archive, "correct horse")
    assert again.log.skey not in repr(again)
    assert "PRIVATE" not in repr(again)
    assert again.editors == keys.editors or [one.verifier for one in again.editors] == [
        one.verifier for one in keys.editors
    ]
