"""`unsealed verify --log`: what became of a cut, decided by the log of a mirror."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.mirror.amending import Amender, amender
from unsealed.cli.verify import verify
from unsealed.errors import UsageError, VerifyError
from unsealed.seal.payloads import RedactMoreEntry, UnredactEntry


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("UNSEALED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))


def written(made: Amender, tmp_path: Path) -> tuple[Path, Path, Path]:
    """An old proof file, the policy, and the site after what follows."""
    made.site()
    old = tmp_path / "old.proof"
    old.write_bytes(made.files["d/s0/document.proof"])
    policy = tmp_path / "policy"
    policy.write_bytes(made.policy.raw)
    return old, policy, tmp_path / "public"


def ask(*values: object) -> tuple[int, str]:
    ran = CliRunner().invoke(verify, [str(value) for value in values], standalone_mode=False, catch_exceptions=False)
    return int(ran.return_value or 0), ran.output


def test_a_cut_that_is_in_force(tmp_path: Path) -> None:
    made = amender()
    old, policy, public = written(made, tmp_path)
    made.write(public)
    code, out = ask(old, "--policy", policy, "--log", public)
    assert code == 0
    assert "in force  nothing took its place in the 4 entries" in out
    assert "what came after" not in out
    code, out = ask(old, "--policy", policy)
    assert code == 0
    assert "what came after: a file cannot know" in out
    assert json.loads(ask(old, "--policy", policy, "--json")[1])["in_force"] is None


def test_redacted_further_withdrawn_and_shown_again(tmp_path: Path) -> None:
    made = amender()
    old, policy, public = written(made, tmp_path)
    made.amend(RedactMoreEntry, {(1, 0): ((12, 3, 1),)})
    made.withdraw((3, 0))
    made.site()
    made.write(public)
    code, out = ask(old, "--policy", policy, "--log", public)
    assert code == 15
    first = out.split("\n")[0]
    assert first == (
        "Sealed, and cut as the publisher cut it in release 1, but no longer in force. The document is withdrawn."
    )
    assert "redacted further in release 3 on 2010-11-28: For a reason." in out
    assert "withdrawn in package 4 on 2010-11-28 (by order): A court." in out
    made.amend(UnredactEntry, {(3, 0): ()})
    made.site()
    made.write(public)
    code, out = ask(old, "--policy", policy, "--log", public, "--json")
    answer = json.loads(out)
    assert code == 15
    assert answer["in_force"] is False
    assert [one["kind"] for one in answer["since"]] == ["redact-more", "withdraw", "unredact"]


def test_an_older_log_another_log_and_no_policy(tmp_path: Path) -> None:
    made = amender()
    old, policy, public = written(made, tmp_path)
    young = Amender()
    young.seal()
    young.files["heads/policy"] = young.policy.raw
    with pytest.raises(VerifyError) as caught:
        ask(old, "--policy", policy, "--log", young.write(public))
    assert caught.value.rule == "rollback"
    other = amender()
    other.entries, other.files = [], {}
    other.packages = 0
    other.seal()
    other.release({0: ()})
    other.release({1: ()})
    other.site()
    with pytest.raises(VerifyError) as caught:
        ask(old, "--policy", policy, "--log", other.write(tmp_path / "fork"))
    assert caught.value.rule == "fork"
    with pytest.raises(UsageError):
        ask(old, "--log", public)
