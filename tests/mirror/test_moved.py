"""A log that moved is compared with what a reader knows of the old one: liars who move from a shortened log."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.mirror.publisher import DAY, Keys, Publisher, publisher, signer
from unsealed.cli import root as command
from unsealed.errors import HistoryError, VerifyError
from unsealed.mirror.check import SiteReport, verify_site
from unsealed.mirror.in_force import standing_of
from unsealed.mirror.source import FolderSource
from unsealed.mirror.trust import TrustStore
from unsealed.seal.entries import MovedEntry, OldLog
from unsealed.seal.merkle import leaf_hash, root
from unsealed.seal.policy import Policies, Policy
from unsealed.seal.verify import verify_document

OLD: Publisher = publisher()  # five entries


def moved(size: int = 5, *, tip: bytes | None = None, before: Policy | None = None) -> Publisher:
    """A new log of the same people, that takes the place of the first `size` entries of the old one."""
    made = Publisher(Keys(log=signer("gazette.example/log-2")))
    digest = tip or root([leaf_hash(entry) for entry in OLD.entries[:size]])
    old = OldLog(OLD.policy.log.name, OLD.policy.log.vkey, size, digest.hex())
    text = (before or OLD.policy).raw.decode()
    made.log(
        MovedEntry(**made.common(0), date=DAY, log=old, before=text, text="Stolen."),  # type: ignore[arg-type]
        [*made.keys.roots, *([signer("root-x")] if before else [])],
    )
    made.seal()
    made.release({0: ((12, 2, 1),)})
    made.site()
    return made


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    """A reader who trusts the old log, and saw all of it."""
    made = TrustStore(tmp_path / "trust")
    made.add(OLD.policy.raw)
    verify_site(FolderSource(OLD.write(tmp_path / "old")), OLD.policy, store=made, workers=1)
    return made


def look(
    made: Publisher, folder: Path, store: TrustStore | None, old: Path | None = None, accept: bool = False
) -> SiteReport:
    source = FolderSource(made.write(folder / "new"))
    shown = FolderSource(old) if old else None
    return verify_site(source, made.policy, store=store, workers=1, old=shown, accept_move=accept)


def refused(made: Publisher, folder: Path, store: TrustStore | None, old: Path | None = None) -> VerifyError:
    with pytest.raises(VerifyError) as caught:
        look(made, folder, store, old)
    assert store is None or store.last_seen(made.policy) is None
    return caught.value


def kept(store: TrustStore) -> set[bytes]:
    return {path.read_bytes() for path in (store.folder / OLD.archive_id.hex() / "evidence").iterdir()}


def test_an_honest_move_is_compared_with_what_was_seen(tmp_path: Path, store: TrustStore) -> None:
    found = look(moved(), tmp_path, store).moved
    assert found == ("gazette.example/log", 5, 5, True, 0, True)


def test_a_liar_who_moves_from_a_shortened_log(tmp_path: Path, store: TrustStore) -> None:
    """All root keys sign it; two entries that the reader saw would be gone without a word."""
    made = moved(3)
    error = refused(made, tmp_path, store)
    assert isinstance(error, HistoryError)
    assert (error.rule, error.exit_code) == ("rollback", 13)
    assert "leaves out 2 of them" in error.message
    assert "--accept-move" in error.remedy
    assert kept(store) == {OLD.files["heads/log/checkpoint"], made.files["heads/log/checkpoint"]}
    found = look(made, tmp_path, store, accept=True).moved
    assert found is not None
    assert (found.left_out, found.compared) == (2, False)


def test_a_liar_who_names_another_root(tmp_path: Path, store: TrustStore) -> None:
    assert refused(moved(tip=bytes(32)), tmp_path, store).rule == "fork"


def test_a_liar_whom_only_the_old_log_itself_shows(tmp_path: Path) -> None:
    """A reader who never saw the old log is shown a copy of it, say by a mirror."""
    old = OLD.write(tmp_path / "old")
    for store in (None, TrustStore(tmp_path / "empty")):
        honest = look(moved(), tmp_path / "a", store, old).moved
        assert honest == ("gazette.example/log", 5, 5, True, 0, True)
    assert refused(moved(3), tmp_path / "b", None, old).rule == "rollback"
    assert refused(moved(tip=bytes(32)), tmp_path / "c", None, old).rule == "fork"
    assert refused(moved(tip=bytes(32)), tmp_path / "d", TrustStore(tmp_path / "other"), old).rule == "fork"
    assert refused(moved(9, tip=bytes(32)), tmp_path / "e", None, old).rule == "rollback"


def test_a_copy_of_the_old_log_that_contradicts_what_was_seen(tmp_path: Path, store: TrustStore) -> None:
    short = Publisher()
    short.seal()
    short.site()
    assert refused(moved(), tmp_path, store, short.write(tmp_path / "short")).rule == "rollback"


def test_who_knows_nothing_is_told_so(tmp_path: Path) -> None:
    found = look(moved(3), tmp_path, TrustStore(tmp_path / "empty")).moved
    assert found == ("gazette.example/log", 3, 0, False, 0, False)
    assert look(OLD, tmp_path / "old", None).moved is None


def other_roots(number: int) -> Policy:
    """A policy of the old log by somebody who holds no root key of it."""
    keys = Keys()
    keys.roots = [signer("root-x")]
    return keys.policy(number)


def test_a_thief_of_the_log_key_names_roots_of_his_own(tmp_path: Path, store: TrustStore) -> None:
    error = refused(moved(before=other_roots(1)), tmp_path, store)
    assert (error.rule, "another policy 1" in error.message) == ("fork", True)
    found = look(moved(before=other_roots(2)), tmp_path / "later", store).moved
    assert found is not None
    assert not found.same_keys  # told as a warning: a policy 2 may be there that this reader has not seen


def test_the_log_that_answers_for_one_proof_is_compared_too(tmp_path: Path, store: TrustStore) -> None:
    made = moved(3)
    site = made.write(tmp_path / "new")
    proof = verify_document((site / "d/s0/document.proof").read_bytes(), Policies.of(made.policy))
    with pytest.raises(HistoryError):
        standing_of(proof, FolderSource(site), made.policy, store)
    assert standing_of(proof, FolderSource(site), made.policy, store, accept_move=True).standing.in_force


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made, old = moved(3), OLD.write(tmp_path / "old")
    site, policy = made.write(tmp_path / "new"), tmp_path / "policy"
    policy.write_bytes(made.policy.raw)
    run = CliRunner().invoke
    fresh = run(command, ["verify", "--site", str(site), "--policy", str(policy)])
    assert fresh.exit_code == 0
    assert "takes the place of gazette.example/log" in fresh.output
    assert "not compared: name a copy of the old log with --moved-from" in fresh.output
    assert "none that you trusted" in fresh.output
    arguments = ["verify", "--site", str(site), "--policy", str(policy), "--moved-from", str(old)]
    lied = run(command, arguments)
    assert isinstance(lied.exception, HistoryError)
    told = run(command, [*arguments, "--accept-move"])
    assert told.exit_code == 0
    assert "you know of 5 entries of that log: the last 2 are left out" in told.output
