"""What came after a proof: the answers that Python and JavaScript both give (tests/vectors/standing.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unsealed.errors import VerifyError
from unsealed.seal import entries, merkle
from unsealed.seal.amendments import Key, Place
from unsealed.seal.checkpoint import open_checkpoint
from unsealed.seal.policy import Policies, check_checkpoint, parse_policy
from unsealed.seal.tiles import decode_bundle, encode_bundle
from unsealed.seal.verify import verify_document

FILE = json.loads((Path(__file__).parent.parent / "vectors/standing.json").read_text())
POLICY = parse_policy(FILE["policy"].encode())
# What a whole-log check finds by other means, under other names, before the entries are followed (tests/mirror).
ELSEWHERE = {"log-root", "tile", "rollback", "fork"}


@pytest.mark.parametrize("vector", FILE["vectors"], ids=[one["name"] for one in FILE["vectors"]])
def test_standing(vector: dict[str, Any]) -> None:
    expect, raw = vector["expect"], [entry.encode() for entry in vector["entries"]]
    if expect.get("rule") in ELSEWHERE:
        bundle = encode_bundle(raw)
        head = open_checkpoint(vector["checkpoint"].encode(), POLICY.log).checkpoint
        if vector["cut_off"]:
            with pytest.raises(VerifyError):
                decode_bundle(bundle[: -vector["cut_off"]], len(raw))
        elif expect["rule"] == "log-root":
            assert merkle.root([merkle.leaf_hash(entry) for entry in raw]) != head.root
        else:
            assert head.size < 2 or merkle.leaf_hash(raw[1]) != merkle.leaf_hash(vector["file"].encode())
        return
    try:
        found = verify_document(vector["file"].encode(), Policies.of(POLICY))
        history = entries.replay(raw, POLICY)
        check_checkpoint(vector["checkpoint"].encode(), history.policies)
        register = history.register
        key = Key(found.generation, found.slot)
        standing = register.standing(Place(found.release_number, found.proof.place), key)
        told: dict[str, Any] = {
            "steps": [entries.kind_of(step) for step in standing.steps],
            "withdrawn": standing.now is None,
            "corrections": len(standing.corrections),
        }
    except VerifyError as error:
        told = {"rule": error.rule}
    assert told == expect
