"""How-tos of what follows a release, followed word for word: `sh run` must work, `sh refused N` must end with N."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest

from tests.conftest import ROOT
from tests.release.house import PASSPHRASE, VERIFIER, new_house, review, seal, stock
from tests.review.small_archive import add, cable
from unsealed.model import Field
from unsealed.release.amend import build_package
from unsealed.release.journal import first_policy
from unsealed.release.keyring import read_policy
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish
from unsealed.release.records import read_release
from unsealed.release.signing import sign_release

PAGES = [ROOT / "docs/how-to" / f"{name}.md" for name in ("correct-and-withdraw", "embargo", "support-page")]
BLOCK = re.compile(r"^( *)```sh (run|refused (\d+))\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with its keys; three cables and one that cites them are public, an event waits."""
    folder = tmp_path_factory.mktemp("howtos")
    archive, keys = new_house(folder / "archive")
    stock(archive)
    citing = cable(9, "See what 03VEREN3 says of it.", subject="A reply")
    citing = msgspec.structs.replace(citing, fields=(*citing.fields, Field("ref", "03VEREN3", (4,))))
    items = [1, 2, 3, *add(archive, citing, path="late")]
    seal(archive, keys)
    (folder / "policy-1").write_bytes(first_policy(archive).raw)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    plan_release(archive, 1, items, title="Part", story="", date="2026-01-03")
    build_package(archive, keys, 1, verifier=VERIFIER)
    for signer in keys.editors[:2]:
        sign_release(archive, 1, signer, read_policy(archive))
    publish(archive, keys, read_policy(archive), read_release(archive, 1).release)
    archive.close()
    return folder


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(folder / "config"), "UNSEALED_PASSPHRASE": PASSPHRASE, "UNSEALED_ARCHIVE": "archive",
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-c", f"set -eu\n{script}"], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_is_followed(page: Path, newsroom: Path, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    shutil.copytree(newsroom, folder)
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert len(blocks) > 3
    for _, kind, code, script in blocks:
        done = run(textwrap.dedent(script), folder)
        assert done.returncode == int(code or 0), f"{kind}: {script}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        assert "Traceback" not in done.stderr
        assert bool(code) == ("What to do" in done.stderr)
    if page.stem == "correct-and-withdraw":
        check_citation(folder / "archive/public")


def check_citation(public: Path) -> None:
    """A document that cites the withdrawn one says so, and leads to its notice; so does the list of what is missing."""
    citing = (public / "d/03VEREN9/index.html").read_text(encoding="utf-8")
    assert '<a href="../../d/03VEREN3/index.html">03VEREN3</a> <span class="q">was released, and is withdrawn' in citing
    assert "03VEREN3: withdrawn." in citing
    assert "cited here, but not released" not in citing
    missing = (public / "missing.html").read_text(encoding="utf-8")
    assert '<a href="d/03VEREN3/index.html">03VEREN3</a> (withdrawn)' in missing
