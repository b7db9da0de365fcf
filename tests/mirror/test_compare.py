"""A publisher that shows two histories is caught by two readers who compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.mirror.publisher import signer
from tests.mirror.simulator import FIRST, NEWEST, Host, forked, write
from unsealed.cli import root
from unsealed.errors import HistoryError, InputError, UsageError, VerifyError
from unsealed.mirror.check import verify_site
from unsealed.mirror.compare import compare_heads
from unsealed.mirror.source import FolderSource
from unsealed.mirror.trust import TrustStore
from unsealed.seal.checkpoint import parse_text, sign_checkpoint
from unsealed.seal.note import parse_note

OTHER = forked()
HEAD = "heads/log/checkpoint"


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    made = TrustStore(tmp_path / "trust")
    made.add(FIRST.policy.raw)
    return made


def kept(store: TrustStore) -> set[bytes]:
    return {path.read_bytes() for path in (store.folder / FIRST.archive_id.hex() / "evidence").iterdir()}


def test_two_readers_who_compare(tmp_path: Path, store: TrustStore) -> None:
    """The publisher shows Ada one site and Bo another; both hold. Bo sends Ada his head, one small file."""
    ada = write(NEWEST.files, tmp_path / "ada")
    bo = write(OTHER.files, tmp_path / "bo")
    for site in (ada, bo):
        verify_site(FolderSource(site), FIRST.policy, workers=1)
    head = tmp_path / "bos-head"
    head.write_bytes(OTHER.files[HEAD])
    with pytest.raises(HistoryError) as caught:
        compare_heads([str(ada), str(head)], FIRST.policy, store)
    assert (caught.value.rule, caught.value.exit_code) == ("fork", 13)
    assert str(head) in caught.value.message
    assert kept(store) == {NEWEST.files[HEAD], OTHER.files[HEAD]}


def test_what_was_seen_before_counts(tmp_path: Path, store: TrustStore) -> None:
    verify_site(FolderSource(write(NEWEST.files, tmp_path / "ada")), FIRST.policy, store=store, workers=1)
    head = tmp_path / "head"
    head.write_bytes(OTHER.files[HEAD])
    with pytest.raises(HistoryError):
        compare_heads([str(head)], FIRST.policy, store)
    head.write_bytes(NEWEST.files[HEAD])
    assert [(one.size, one.whole) for one in compare_heads([str(head)], FIRST.policy, store)] == [(7, False)] * 2


def test_honest_heads_of_any_size(tmp_path: Path, store: TrustStore) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(FIRST.files[HEAD])
    new.write_bytes(NEWEST.files[HEAD])
    with Host(NEWEST.files).serving() as address:
        found = compare_heads([str(old), str(new), address], FIRST.policy, store)
    assert [(one.size, one.whole) for one in found] == [(5, True), (7, True), (7, True)]
    found = compare_heads([str(old), str(new)], FIRST.policy, store)
    assert [one.whole for one in found] == [False, False]


def test_an_older_head_of_another_history(tmp_path: Path, store: TrustStore) -> None:
    """Sizes differ: only a log tells. The reader names the site that he reads."""
    head = tmp_path / "head"
    head.write_bytes(OTHER.heads[6])
    with pytest.raises(HistoryError):
        compare_heads([str(head), str(write(NEWEST.files, tmp_path / "site"))], FIRST.policy, store)


def test_heads_that_nobody_signed_accuse_nobody(tmp_path: Path, store: TrustStore) -> None:
    head = tmp_path / "head"
    text = parse_text(parse_note(NEWEST.files[HEAD]).text)
    head.write_bytes(sign_checkpoint(text._replace(root=bytes(32)), signer("mallory")))
    with pytest.raises(VerifyError, match="did not sign"):
        compare_heads([str(head)], FIRST.policy, store)
    with pytest.raises(InputError, match="shows no head"):
        compare_heads([str(tmp_path)], FIRST.policy, store)
    assert not (store.folder / FIRST.archive_id.hex() / "evidence").exists()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    site = str(write(NEWEST.files, tmp_path / "site"))
    head = tmp_path / "head"
    head.write_bytes(FIRST.files[HEAD])
    arguments = ["verify", "--compare", site, "--compare", str(head)]
    run = CliRunner().invoke(root, arguments)
    assert isinstance(run.exception, UsageError)
    TrustStore().add(FIRST.policy.raw)
    run = CliRunner().invoke(root, arguments)
    assert run.output.startswith("No contradiction in 2 heads")
    run = CliRunner().invoke(root, [*arguments, "--json"])
    assert [one["size"] for one in json.loads(run.output)["heads"]] == [7, 5]
    head.write_bytes(OTHER.files[HEAD])
    run = CliRunner().invoke(root, arguments)
    assert isinstance(run.exception, HistoryError)
    run = CliRunner().invoke(root, [*arguments, "--site", site])
    assert isinstance(run.exception, UsageError)
