"""The pages of docs/how-to/drills, followed word for word: `sh run` must work, `sh refused N` must end with code N."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.release.house import PASSPHRASE, STILL, VERIFIER, review, stock
from tests.review.small_archive import make_archive
from unsealed.release.build import build_release
from unsealed.release.journal import first_policy
from unsealed.release.keyring import open_keyring, read_policy
from unsealed.release.keys import KeyStore, new_signer, write_key_file
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish
from unsealed.release.records import read_release
from unsealed.release.sealing import seal_archive
from unsealed.release.signing import sign_release

DRILLS = sorted((ROOT / "docs" / "how-to" / "drills").glob("[a-z]*.md"))
BLOCK = re.compile(r"```sh (run|refused (\d+))\n(.*?)```", re.DOTALL)
EDITORS, ROOTS = ("ana", "jonas", "mira"), ("root-1", "root-2", "root-3")


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with only the log's key in it, a published release and one that waits; key files beside it."""
    folder = tmp_path_factory.mktemp("drills")
    archive = make_archive(folder / "archive")
    store = KeyStore(archive.path).create(PASSPHRASE)
    store.new("log", "test.example/log")
    editors = []
    for role, names in (("editor", EDITORS), ("root", ROOTS)):
        for name in names:
            signer = new_signer(role, name)
            write_key_file(folder / f"{name}.key", role, signer, PASSPHRASE)
            store.store.add_public(role, signer.verifier)
            editors += [signer] if role == "editor" else []
    keys = open_keyring(archive, PASSPHRASE)._replace(editors=tuple(editors))
    stock(archive)
    seal_archive(archive, keys, STILL)
    (folder / "policy-1").write_bytes(first_policy(archive).raw)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    for number, items in ((1, [1, 2]), (2, [3])):
        plan_release(archive, number, items, title="Part", story="", date="2026-01-03")
        build_release(archive, keys, number, verifier=VERIFIER)
        if number == 1:
            for signer in editors[:2]:
                sign_release(archive, 1, signer, read_policy(archive))
            publish(archive, keys, read_policy(archive), read_release(archive, 1).release)
    archive.close()
    return folder


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a person would type it."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(folder / "config"), "UNSEALED_PASSPHRASE": PASSPHRASE,
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-c", f"set -eu\n{script}"], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", DRILLS, ids=lambda page: page.stem)
def test_the_page_is_followed(page: Path, newsroom: Path, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    shutil.copytree(newsroom, folder)
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert blocks, "a drill without a command"
    for kind, code, script in blocks:
        done = run(script, folder)
        assert done.returncode == int(code or 0), f"{kind}: {script}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        assert "Traceback" not in done.stderr
        if code:
            assert "What to do" in done.stderr


def test_every_drill_is_listed() -> None:
    index = (ROOT / "docs/how-to/drills/README.md").read_text(encoding="utf-8")
    assert all(f"({page.name})" in index for page in DRILLS)
