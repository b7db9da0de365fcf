"""Who did what at the doors stands in the audit log; for entries of the public log even after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.release.house import JONAS, PASSPHRASE, new_house, review, seal, stock
from unsealed.archive import Archive
from unsealed.cli import root
from unsealed.release import acts
from unsealed.release.anchor import remembered
from unsealed.release.keyring import Keyring
from unsealed.review import audit
from unsealed.review.audit import Entry

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    archive, _ = new_house(tmp_path / "a")
    stock(archive)
    review(archive, {"document": "03VEREN1", "find": "Karl Ottmar"})
    archive.close()
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(tmp_path / "a"))
    monkeypatch.setenv("UNSEALED_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(root, list(arguments))
        assert done.exit_code == 0, (arguments, done.output, done.exception)
        return done

    return run


def records(archive: Path) -> list[Entry]:
    with Archive.open(archive) as opened:
        return [one for one in audit.entries(opened) if "." in one.what and not one.what.startswith("settings.")]


def release_one(call: Call) -> None:
    call("seal")
    call("release", "plan", "--number", "1", "03VEREN1", "--embargo", "2026-01-01T00:00Z")
    call("release", "build", "1")
    call("release", "sign", "1", "--as", "ana")
    call("release", "sign", "1", "--as", "jonas")
    call("release", "publish", "1")


def test_every_door_of_a_release(call: Call, tmp_path: Path) -> None:
    release_one(call)
    call("release", "publish", "1")  # a second time is no second record
    call("site", "build", "a")
    call("site", "publish", "a")
    found = records(tmp_path / "a")
    assert [one.what for one in found] == [
        "publish.seal", "release.plan", "release.build", "release.sign", "release.sign", "publish.release",
        "publish.site",
    ]  # fmt: skip
    assert [one.who for one in found if one.what == "release.sign"] == ["ana", "jonas"]
    assert {one.who for one in found if one.what != "release.sign"} == {audit.account()}
    assert found[1].about["embargo"] == "2026-01-01T00:00:00Z"
    assert found[5].about["signed"] == "ana, jonas"
    with Archive.open(tmp_path / "a") as archive:
        audit.verify(archive, remembered(archive))


def test_a_build_again_is_the_same_bytes(call: Call, tmp_path: Path) -> None:
    """The records of the doors move the head of the log; they ask for no other package, and take no signature away."""
    call("seal")
    call("release", "plan", "--number", "1", "03VEREN1")
    call("release", "build", "1")
    call("release", "sign", "1", "--as", "ana")
    before = (tmp_path / "a/packages/0001/manifest.json").read_bytes()
    call("release", "build", "1")
    assert (tmp_path / "a/packages/0001/manifest.json").read_bytes() == before
    assert "2 of 2" in call("release", "sign", "1", "--as", "jonas").output
    call("release", "publish", "1")


def test_keys_and_their_change(call: Call, tmp_path: Path) -> None:
    call("seal")
    call("keys", "new", ".", "editor", "noor", "--out", "noor.key")
    call("keys", "export-public", "noor.key", "--out", "noor.pub")
    call("keys", "import-public", "a", "noor.pub")
    call("keys", "new", "a", "witness", "paper")
    call("keys", "policy", "draft", "a", "--add", "noor")
    call("keys", "policy", "sign", "a", "--as", "root.a")
    call("keys", "policy", "publish", "a")
    call("keys", "split", "a", "--threshold", "2", "--shares", "2", "--out", "shares")
    shares = [word for path in sorted((tmp_path / "shares").iterdir()) for word in ("--share", str(path))]
    call("keys", "join", "a", *shares)
    found = [(one.what, one.who) for one in records(tmp_path / "a")[1:]]
    me = audit.account()
    assert found == [
        ("keys.import", me), ("keys.new", me), ("keys.draft", me), ("keys.sign", "root.a"), ("keys.policy", "root.a"),
        ("keys.split", me), ("keys.join", me),
    ]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Archive, Keyring]]:
    archive, keys = new_house(tmp_path / "b")
    stock(archive)
    with archive:
        yield archive, keys


def published(archive: Archive) -> list[Entry]:
    return [one for one in audit.entries(archive) if one.what.startswith("publish.")]


def test_what_a_killed_door_left_out_is_written_by_the_next(house: tuple[Archive, Keyring]) -> None:
    archive, keys = house
    report = seal(archive, keys)  # as if the door had been killed here: the entry is in the log, nothing is written
    assert acts.note_published(archive, keys.log.verifier) == 1
    assert [(one.what, one.who) for one in published(archive)] == [("publish.seal", acts.UNKNOWN)]
    assert acts.note_published(archive, keys.log.verifier, report.entry) == 0
    assert len(published(archive)) == 1


def test_no_record_twice(house: tuple[Archive, Keyring], monkeypatch: pytest.MonkeyPatch) -> None:
    archive, keys = house
    report = seal(archive, keys)
    kept = archive.put_meta
    with monkeypatch.context() as patch:
        patch.setattr(archive, "put_meta", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):  # killed between the record and the note of it
            acts.note_published(archive, keys.log.verifier, report.entry)
    assert archive.put_meta == kept
    assert acts.note_published(archive, keys.log.verifier, report.entry) == 0
    assert [(one.what, one.who) for one in published(archive)] == [("publish.seal", audit.account())]


def test_words_that_are_too_long_are_cut(house: tuple[Archive, Keyring]) -> None:
    archive, _ = house
    acts.note_act(archive, "release.plan", "w" * 9000, who=JONAS, about={"code": "c" * 900})
    last = list(audit.entries(archive))[-1]
    assert (len(last.why), len(last.about["code"]), last.who) == (2000, 500, JONAS)


def test_the_account_is_not_what_the_environment_says(call: Call) -> None:
    assert audit.account().startswith("shell:")
    assert "somebody-else" not in audit.account()
