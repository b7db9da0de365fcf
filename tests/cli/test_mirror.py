"""`unsealed mirror` and `unsealed witness` from a shell: what they print, and that scripts can read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.mirror.publisher import signer
from tests.mirror.simulator import FIRST, NEWEST, lying, write
from unsealed.cli import root
from unsealed.errors import InputError, SiteDiffers, UsageError
from unsealed.mirror import keyfile


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEALED_PASSPHRASE", "correct horse battery")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(root, [str(argument) for argument in arguments])


def test_a_mirror_from_a_shell(tmp_path: Path) -> None:
    mirror, policy = tmp_path / "mirror", tmp_path / "policy"
    policy.write_bytes(FIRST.policy.raw)
    first, newest = write(FIRST.files, tmp_path / "first"), write(NEWEST.files, tmp_path / "newest")
    liar = write(lying("tampered-page"), tmp_path / "liar")
    mirror.mkdir()
    assert run("mirror", "key", mirror, "mirror.example/key").output.startswith("mirror.example/key+")
    done = run("mirror", "pull", first, "--to", mirror, "--policy", policy)
    assert "The mirror is at log entry 5" in done.output
    assert "Only one source answered" in done.output
    done = run("mirror", "pull", liar, newest, first, "--to", mirror)
    assert done.exit_code == 0, done.output
    assert f"refused  {liar}: d/s2/index.html: was changed." in done.output
    assert "Only one source" not in done.output
    answer = json.loads(run("mirror", "pull", "--to", mirror, "--json").output)
    assert (answer["changed"], answer["size"], answer["bytes"], answer["trace"]) == (False, 7, 0, 3)
    assert answer["witnesses"][0]["name"] == "witness.example/w1"
    status = run("mirror", "status", mirror).output
    assert "log entry 7 of gazette.example/log" in status
    assert "witnessed by witness.example/w1 at 2010-" in status
    assert json.loads(run("mirror", "status", mirror, "--json").output)["releases"] == 3
    assert run("mirror", "check", mirror).output.startswith("Every byte holds")
    (mirror / "public/d/s2/index.html").unlink()
    assert isinstance(run("mirror", "check", mirror).exception, SiteDiffers)
    assert "fetched anew" in run("mirror", "pull", "--to", mirror, "--rehash").output
    assert isinstance(run("mirror", "status", tmp_path).exception, InputError)


def test_the_configuration_for_nginx(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    text = run("mirror", "nginx", tmp_path, "--host", "mirror.example", "--listen", "8080").output
    assert f'root "{tmp_path}/public";' in text
    assert "server_name mirror.example;" in text
    assert isinstance(run("mirror", "nginx", tmp_path, "--host", "a; include /x").exception, UsageError)


def test_a_witness_from_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfile, "encrypt_secret", lambda plain, _passphrase: plain)
    folder, log = tmp_path / "witness", signer("gazette.example/log").verifier.vkey
    assert isinstance(run("witness", "init", folder).exception, UsageError)
    made = run("witness", "init", folder, "--name", "library.example/w", "--log", log)
    assert "witness NAME library.example/w+" in made.output
    assert "Serves from now on: gazette.example/log" in made.output
    assert "no head signed yet" in run("witness", "status", folder).output
    site = write(NEWEST.files, tmp_path / "site")
    recovered = run("witness", "init", folder, "--recover", "--from", site, "--from", tmp_path / "witness")
    assert "gazette.example/log: 7 entries" in recovered.output
    assert "retire its key" in recovered.output
    found = json.loads(run("witness", "status", folder, "--json").output)
    assert [(one["origin"], one["size"]) for one in found["logs"]] == [("gazette.example/log", 7)]
