"""Secrets at rest: encrypted, bound to their place, readable by nobody else, never overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from unsealed.errors import KeysError
from unsealed.release import keys
from unsealed.release.keys import KeyStore
from unsealed.seal.note import KIND_COSIGNATURE

PASSPHRASE = "correct horse battery"


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path)


def test_every_file_is_closed_and_nothing_is_plain(store: KeyStore) -> None:
    opened = store.create(PASSPHRASE)
    opened.new("log", "gazette.example/log")
    opened.put_secret("generation-0001", b"S" * 32)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    for path in store.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"S" * 32 not in path.read_bytes()
    skey = opened.signers("log")[0].skey
    assert all(skey.split("+", 4)[-1].encode() not in path.read_bytes() for path in store.folder.iterdir())
    assert "S" * 8 not in repr(opened)


def test_keys_come_back(store: KeyStore) -> None:
    opened = store.create(PASSPHRASE)
    made = {role: opened.new(role, f"{role}-zoë") for role in keys.ROLES}
    again = KeyStore(store.folder.parent).unlock(PASSPHRASE)
    assert [(info.role, info.key) for info in store.list()] == sorted(made.items())
    for role, key in made.items():
        assert [signer.verifier for signer in again.signers(role)] == [key]
    assert made["witness"].kind == KIND_COSIGNATURE


def test_secrets_come_back_and_are_never_replaced(store: KeyStore) -> None:
    opened = store.create(PASSPHRASE)
    assert not opened.has_secret("generation-0001")
    opened.put_secret("generation-0001", b"one")
    assert opened.has_secret("generation-0001")
    assert opened.secret("generation-0001") == b"one"
    with pytest.raises(KeysError, match="exists already"):
        opened.put_secret("generation-0001", b"two")
    with pytest.raises(KeysError, match="missing"):
        opened.secret("generation-0002")
    for name in ("", "../x", "A", "a b"):
        with pytest.raises(KeysError, match="plain"):
            opened.put_secret(name, b"x")


def test_the_wrong_passphrase_and_no_store(store: KeyStore) -> None:
    with pytest.raises(KeysError, match="no keys yet"):
        store.unlock(PASSPHRASE)
    store.create(PASSPHRASE)
    with pytest.raises(KeysError):
        store.unlock("wrong")
    with pytest.raises(KeysError):
        store.create("wrong")


def test_a_folder_that_others_can_read_is_refused(store: KeyStore) -> None:
    store.create(PASSPHRASE)
    store.folder.chmod(0o750)
    with pytest.raises(KeysError) as caught:
        store.unlock(PASSPHRASE)
    assert "chmod 700" in caught.value.remedy


def test_one_name_one_key(store: KeyStore) -> None:
    opened = store.create(PASSPHRASE)
    opened.new("editor", "ana")
    for role in ("editor", "root"):
        with pytest.raises(KeysError, match="exists already"):
            opened.new(role, "ana")
    with pytest.raises(KeysError):
        opened.new("king", "bob")
    with pytest.raises(KeysError):
        opened.signers("king")
    with pytest.raises(KeysError):
        opened.new("editor", "two words")


def test_a_box_opens_only_where_it_was_put(store: KeyStore) -> None:
    opened = store.create(PASSPHRASE)
    opened.new("editor", "ana")
    opened.new("editor", "ben")
    first, second = (info.path for info in store.list())
    lines = first.read_text().split("\n")
    lines[4] = second.read_text().split("\n")[4]
    first.write_text("\n".join(lines))
    with pytest.raises(KeysError):
        opened.signer(store.list()[0])


def test_a_file_under_another_role_or_lock(store: KeyStore, tmp_path: Path) -> None:
    opened = store.create(PASSPHRASE)
    opened.new("editor", "ana")
    info = store.list()[0]
    with pytest.raises(KeysError, match="role root"):
        opened.signer(info._replace(role="root"))
    with pytest.raises(KeysError, match="wrapping key"):
        keys.read_key_file(info.path, PASSPHRASE)
    out = store.folder / "editor-own.key"
    keys.write_key_file(out, "editor", keys.new_signer("editor", "ben"), PASSPHRASE)
    with pytest.raises(KeysError, match="role editor"):
        opened.signer(keys.public_of(out))
    with pytest.raises(KeysError, match="another key"):
        opened.signer(info._replace(key=keys.public_of(out).key))


def test_damaged_files(store: KeyStore) -> None:
    opened = store.create(PASSPHRASE)
    opened.new("editor", "ana")
    info = store.list()[0]
    good = info.path.read_bytes()
    lines = good.split(b"\n")
    bad = [
        b"", b"\xff", good[:-1], good.replace(b"key/1", b"key/2"), good.replace(b"wrapping", b"warping"),
        b"\n".join([*lines[:4], b"not base64!", b""]), b"\n".join([lines[0], lines[1], b"no-key", *lines[3:]]),
    ]  # fmt: skip
    for content in bad:
        info.path.write_bytes(content)
        with pytest.raises(KeysError):
            store.list()
    info.path.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(KeysError):
        store.list()
    (store.folder / "wrapping.key").write_bytes(keys.encrypt_secret(b"short", PASSPHRASE))
    with pytest.raises(KeysError, match="wrong length"):
        store.unlock(PASSPHRASE)


def test_an_editors_own_file(tmp_path: Path) -> None:
    path = tmp_path / "ana.key"
    signer = keys.new_signer("editor", "ana\\n")
    keys.write_key_file(path, "editor", signer, PASSPHRASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    role, read = keys.read_key_file(path, PASSPHRASE)
    assert (role, read.verifier) == ("editor", signer.verifier)
    assert keys.public_of(path).key == signer.verifier
    with pytest.raises(KeysError):
        keys.read_key_file(path, "wrong")
    with pytest.raises(KeysError, match="exists already"):
        keys.write_key_file(path, "editor", signer, PASSPHRASE)
    path.write_bytes(path.read_bytes().replace(b"\neditor\n", b"\nroot\n"))
    with pytest.raises(KeysError, match="was changed"):
        keys.read_key_file(path, PASSPHRASE)


@pytest.mark.parametrize("written", ["\\x4", "\\u12", "\\N{no such name}", "\\U99999999"])
def test_a_public_key_that_no_escape_spells(tmp_path: Path, written: str) -> None:
    path = tmp_path / "editor.key"
    path.write_text(f"unsealed-key/1\neditor\n{written}\npassphrase\nAAAA\n")
    with pytest.raises(KeysError, match="names no public key"):
        keys.public_of(path)
