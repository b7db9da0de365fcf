"""Every vector gives its verdict, the files are fresh, and the spec says what the program does."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unsealed.errors import ForeignCut, InputError, VerifyError
from unsealed.model import LABELS
from unsealed.seal import atoms, cut, generation, merkle, opened, proof, prove, tree, verify
from unsealed.seal.policy import Policies, parse_policy

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import make_vectors  # noqa: E402
import mutate_verifier  # noqa: E402
from vector_world import plain_blocks  # noqa: E402

POSITIVE, NEGATIVE = (
    json.loads((ROOT / f"tests/vectors/{name}.json").read_text()) for name in ("positive", "negative")
)
SPEC = (ROOT / "docs/formats/seal.md").read_text()


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies.of(parse_policy(POSITIVE["policy"].encode()))


def names(vectors: dict[str, Any]) -> list[str]:
    return [vector["name"] for vector in vectors["vectors"]]


@pytest.mark.parametrize("vector", POSITIVE["vectors"], ids=names(POSITIVE))
def test_positive(vector: dict[str, Any], policies: Policies) -> None:
    file, expect = mutate_verifier.join(vector["file"], POSITIVE["shared"]), vector["expect"]
    for policy in (policies, None):
        found = verify.verify_document(file, policy, excerpts=True)
        assert found.keys_checked is (policy is not None)
        assert [found.cut, found.slot, found.generation, found.release_number, found.proof.body.n] == [
            expect[key] for key in ("cut", "slot", "generation", "release", "n")
        ]
        assert found.c.hex() == expect["c"]
        assert cut.cut_hash(found.c, found.proof.body.spans).hex() == expect["p"]
        assert prove.body_root(found.proof.body.nodes, found.proof.body.n).hex() == expect["root"]
        if "blocks" in expect:
            assert plain_blocks(found.proof.body) == expect["blocks"]
        assert {reason.number for reason in found.reasons} == {span.reason for span in found.proof.body.spans}
    if expect["cut"] == "excerpt":
        with pytest.raises(ForeignCut) as caught:
            verify.verify_document(file, policies)
        assert caught.value.rule == "excerpt"
    else:
        verify.verify_document(file, policies)


@pytest.mark.parametrize("vector", NEGATIVE["vectors"], ids=names(NEGATIVE))
def test_negative(vector: dict[str, Any]) -> None:
    file, text = mutate_verifier.join(vector["file"], NEGATIVE["shared"]), vector.get("policy", NEGATIVE["policy"])
    if vector.get("keys_only"):
        assert not verify.verify_document(file, None, excerpts=True).keys_checked
    if vector["rule"] == "policy-form":
        with pytest.raises(InputError, match="The policy cannot be used"):
            parse_policy(text.encode())
        return
    policy = None if text is None else Policies.of(parse_policy(text.encode()))
    with pytest.raises(VerifyError) as caught:
        verify.verify_document(file, policy, excerpts=vector.get("excerpts", True))
    assert caught.value.rule == vector["rule"]
    assert isinstance(caught.value, ForeignCut) == (vector["answer"] == "foreign-cut")
    assert caught.value.message


def test_the_files_are_fresh() -> None:
    """Drift of the format is a failure, not a new file."""
    for name, vectors in make_vectors.build().items():
        assert make_vectors.render(vectors) == (ROOT / f"tests/vectors/{name}.json").read_text(), name


def test_what_verified_says(policies: Policies) -> None:
    vector = next(one for one in POSITIVE["vectors"] if one["name"] == "touching spans of two reasons")
    file = mutate_verifier.join(vector["file"], POSITIVE["shared"])
    found = verify.verify_document(file, policies)
    assert found.archive == policies.archive_id
    assert found.sealed_time == "2026-11-22T12:00:00Z"
    assert [key.name.partition(".")[0] for key in found.sealed.signed_by] == ["editor-a", "editor-b"]
    assert [reason.code for reason in found.reasons] == ["RISK", "SRC"]
    assert found.blocks == opened.blocks(found.proof.body)
    unchecked = verify.verify_document(file, None)
    assert unchecked.sealed.signed_by == ()
    assert set(unchecked.not_proven) - set(found.not_proven) == {verify.KEYS_NOT_CHECKED}


def test_every_rule_of_the_spec_has_a_vector() -> None:
    table = SPEC[SPEC.index("\n## Rules") : SPEC.index("\n## Private forms")]
    told = {
        rule
        for line in table.splitlines()
        if line.startswith("| `")
        for rule in re.findall(r"`([a-z-]+)`", line.split("|")[1])
    }
    assert len(told) > 40
    assert told <= {vector["rule"] for vector in NEGATIVE["vectors"]}
    assert len(NEGATIVE["vectors"]) >= 40


def test_labels_of_the_spec() -> None:
    block = SPEC[SPEC.index("```labels") :].split("```")[1]
    assert set(block.split()[1:]) == LABELS


def test_worked_example_of_the_spec() -> None:
    key, archive = bytes(range(32)), generation.archive_id("example.org/log", bytes(range(32, 64)))
    raw_digest = hashlib.sha256(b"original bytes\n").digest()
    read = atoms.cut([("subject", "Hello, wörld\n"), ("time", "95")])
    seed = generation.slot_seed(key, 5)
    document = generation.document_seed(seed)
    seeds = tree.leaf_seeds(document, 7)
    leaves = tree.leaf_hashes(seeds, read.data)
    body = prove.body(key, archive, 1, 5, read, raw_digest, [(3, 1, 2), (6, 1, 3)])
    nothing = proof.Logged(b"", b"")
    file = proof.encode(proof.Proof(proof.Body(*body), (), 0, (), nothing, nothing)).decode()
    values = [archive, seed, document, *generation.blinds(seed), raw_digest, body.raw, *read.data, *seeds, *leaves]
    values += [node for level in merkle.levels(leaves) for node in level]
    values += [
        body.c,
        merkle.leaf_hash(body.c),
        cut.cut_hash(body.c, body.spans),
        atoms.borders(read),
        atoms.atoms_hash(read),
    ]
    missing = [value.hex() for value in values if value.hex() not in SPEC]
    assert missing == []
    assert file[file.index('"nodes":') : file.index(',"path"')] in SPEC


@pytest.mark.slow
def test_each_check_is_missed_by_a_vector() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/mutate_verifier.py"), "--python"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
