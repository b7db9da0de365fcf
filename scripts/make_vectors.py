"""Write `tests/vectors/*.json`: what every implementation of the seal must accept, and what it must refuse and why.

The format of the files is told in tests/vectors/README.md. Run it again after a change of the format only: a
difference in any other case means that sealed archives would not verify any more.
"""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path
from typing import Any

from unsealed.model import LABELS
from unsealed.seal import generation, merkle
from unsealed.seal.atoms import Atoms, borders, cut, empty, unit_ranges
from unsealed.seal.cut import cut_hash
from unsealed.seal.prove import body_root

sys.path.insert(0, str(Path(__file__).parent))
from vector_amendments import positives as amended
from vector_closing import closing_vectors
from vector_negatives import negatives
from vector_standing import standing
from vector_world import ARCHIVE, KEY, POLICY_TEXT, Document, World, plain_blocks, reading, repeats, spans

VECTORS = Path(__file__).parent.parent / "tests/vectors"
_NUMBERED = re.compile(r'"Ww([0-9]+) "')
SMALL = 200  # atoms up to which the displayed blocks are written out
AMENDED = "touching spans of two reasons"  # the document that is also released by amendments
ESCAPES = 'tab\tquote" back\\slash / \x00\x01\x1f\x7f \x85 \u2028\u2029 \ufeff \ufffd \U0001f600 \U0010ffff e\u0301 end'


def sized(rng: random.Random) -> list[Document]:
    """Documents of 1 to 40, and of 1,000 atoms; 0, 1, 5 and 20 spans where they fit."""
    documents = []
    for n in (*range(1, 41), 1000):
        for wanted in (0, 1, 5, 20):
            atoms = reading(rng, n)
            hidden = spans(rng, atoms, wanted)
            if hidden is not None and (wanted != 5 or n % 4 == 0):
                documents.append(Document(f"{n} atoms, {wanted} spans", atoms, hidden))
    return documents


def special() -> list[Document]:
    """Every kind, whole units, prefixes, touching spans, odd text, excerpts."""
    units = [
        ("subject", "Meeting with A. Person\n"),
        ("paragraph", "1. (C) The source said little. "),
        ("coordinate", "38SMB44801234"),
        ("time", "2004-05-06 07:08"),
        ("name", "A. Person"),
        ("unread", ""),
        ("message", "All quiet."),
    ]
    atoms = cut(units)
    first, paragraph, place, time, name, nothing, last = unit_ranges(atoms)
    steps = iter([False, True, True] * 20)
    padded = cut(units, pad=lambda: next(steps))
    return [
        Document("nothing hidden", atoms),
        Document("original opened", atoms, open_raw=True),
        Document("first unit hidden", atoms, [(first.first, first.count, 1)]),
        Document("last unit hidden", atoms, [(last.first, last.count, 2)]),
        Document("first and last unit hidden", atoms, [(first.first, first.count, 1), (last.first, last.count, 2)]),
        Document("all units hidden", atoms, [(1, len(atoms.data) - 1, 3)]),
        Document("all text hidden, all units shown", cut(units[:2]), [(2, 4, 1), (7, 6, 1)]),
        Document(
            "end of a unit and the units after it",
            atoms,
            [(paragraph.first + 3, name.first + name.count - paragraph.first - 3, 2)],
        ),
        Document(
            "coordinate without the ends of its halves", atoms, [(place.first + 8, 2, 1), (place.first + 12, 2, 1)]
        ),
        Document("time of day hidden", atoms, [(time.first + 11, 6, 3)]),
        Document("touching spans of two reasons", atoms, [(paragraph.first + 2, 2, 1), (paragraph.first + 4, 1, 2)]),
        Document(
            "whole unit and the next one, two reasons",
            atoms,
            [(name.first, name.count, 1), (nothing.first, nothing.count, 2)],
        ),
        Document("padded, shown", padded),
        Document("padded, hidden", padded, [(2, 5, 1), (20, 3, 1)]),
        Document("every label", cut([(label, "7 x") for label in sorted(LABELS)]), [(5, 1, 1)]),
        Document("escapes", cut([("paragraph", ESCAPES), ("text", "\n\n"), ("cell", "")]), [(3, 1, 1)]),
        Document("scripts", cut([("text", "東京タワー ภาษาไทย عربى עברית ქართული naïve don't")]), [(4, 3, 1)]),
        Document("unread", cut([("unread", "")])),
        Document("unused slot", empty()),
        Document("longest atom", Atoms((*cut([]).data, b"U\0\0\0\3text", b"W" + b"a" * 65536, b"Wb"))),
        Document("excerpt of a whole document", atoms, excerpt=[(3, 1), (place.first, place.count)]),
        Document("excerpt of a cut document", atoms, [(3, 2, 1)], excerpt=[(2, 1), (5, 1), (last.first, last.count)]),
        Document("excerpt that hides the rest", atoms, [(3, 1, 2)], excerpt=[(1, len(atoms.data) - 1)]),
    ]


def large() -> Document:
    """50,000 atoms, written as a recipe; three spans."""
    words = "".join(f"w{number} " for number in range(49_998))
    return Document("50,000 atoms", cut([("text", words)]), [(1000, 1, 1), (25_000, 500, 2), (49_999, 1, 3)])


def parts(text: str) -> list[Any]:
    """A file as a list of strings and recipes (tests/vectors/README.md): long runs are told, not written."""
    return [
        short for piece in repeats(text) for short in (_counted(piece) if isinstance(piece, str) else [piece]) if short
    ]


def _counted(text: str) -> list[Any]:
    """Runs of the atoms `"Ww7 "`, `"Ww8 "` … of the large document as {"from", "to"}."""
    found, at = [], 0
    tokens = text.split(",")
    plain: list[str] = []
    while at < len(tokens):
        end = at
        if counted := _NUMBERED.fullmatch(tokens[at]):
            start = int(counted[1])
            while end < len(tokens) and tokens[end] == f'"Ww{start + end - at} "':
                end += 1
        if end - at > 8:
            found += [",".join([*plain, ""]), {"from": start, "to": start + end - at}]
            plain, at = [], end
        else:
            plain.append(tokens[at])
            at += 1
    return [*found, ",".join(plain)]


def positive(world: World) -> dict[str, Any]:
    """All documents of the world with what a verifier must find."""
    tail = world.tail()
    listed = []
    for name, document in world.documents.items():
        made = world.proof(name)
        body, text = made.body, world.file(name)
        if not text.endswith(tail):
            raise AssertionError("a proof file ends otherwise than the others")
        root = body_root(body.nodes, body.n)
        c = generation.commitment(body.archive, 1, body.slot, body.blind, body.n, root, body.raw)
        expected = {
            "cut": "excerpt" if document.excerpt else "publisher",
            "generation": 1,
            "slot": body.slot,
            "release": 1,
            "n": body.n,
            "root": root.hex(),
            "c": c.hex(),
            "p": cut_hash(c, body.spans).hex(),
        }
        if body.n <= SMALL and len(text) < 30_000:
            expected["blocks"] = plain_blocks(body)
        listed.append({"name": name, "file": [*parts(text[: -len(tail)]), {"shared": 0}], "expect": expected})
        if name == AMENDED:
            others = amended(world, name)
            again = {key: value for key, value in expected.items() if key != "blocks"} | {"release": 2}
            listed += [{"name": how, "file": parts(file), "expect": again} for how, file in others]
    return {"policy": POLICY_TEXT.decode(), "shared": [tail], "vectors": listed}


def sealing(world: World) -> dict[str, Any]:
    """What a sealer computes: cutting, borders, seeds, commitments. A verifier does not need it."""
    units = [
        [["paragraph", "  (C) Don't panic — naïve façade, 東京タワー e\u0301x."]],
        [["time", "2004-05-06"], ["number", "1,5"], ["coordinate", "38S"], ["unread", ""]],
        [["text", "ภาษาไทย ພາສາລາວ ខ្មែរ မြန်မာ"], ["text", "\n\n"], ["cell", ""]],
        [["text", "a" * 70_000]],
    ]
    listed = []
    for slot, one in enumerate(units):
        atoms = cut([(label, text) for label, text in one])
        made = generation.commit(KEY, ARCHIVE, 1, slot, atoms, None if slot == 2 else bytes([slot]) * 32)
        shown = [atom.hex() for atom in atoms.data] if len(atoms.data) < 50 else None
        listed.append(
            {
                "units": [[label, parts(text) if len(text) > 1000 else text] for label, text in one],
                "slot": slot,
                "raw_digest": None if slot == 2 else (bytes([slot]) * 32).hex(),
                "atoms": shown if sum(map(len, atoms.data)) < 1000 else [len(atom) for atom in atoms.data],
                "borders": borders(atoms).hex(),
                "slot_seed": generation.slot_seed(KEY, slot).hex(),
                "blind": made.blind.hex(),
                "raw": made.raw.hex(),
                "root": made.root.hex(),
                "c": made.c.hex(),
            }
        )
    return {"key": KEY.hex(), "archive": ARCHIVE.hex(), "generation": 1, "vectors": listed}


def trees() -> dict[str, Any]:
    """RFC 6962 trees over the reference leaves of the Certificate Transparency project, with every path."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [merkle.leaf_hash(bytes.fromhex(one)) for one in inputs]
    listed = []
    for size in range(len(leaves) + 1):
        part = leaves[:size]
        listed.append(
            {
                "size": size,
                "root": merkle.root(part).hex(),
                "inclusion": [[node.hex() for node in merkle.inclusion_path(part, at)] for at in range(size)],
                "consistency": [[node.hex() for node in merkle.consistency_path(part, old)] for old in range(size + 1)],
            }
        )
    return {"leaves": inputs, "trees": listed}


def build() -> dict[str, dict[str, Any]]:
    """Every file of vectors by its name."""
    world = World([*sized(random.Random(6962)), *special(), large()])
    return {
        "positive": positive(world),
        "negative": negatives(),
        "sealing": sealing(world),
        "merkle": trees(),
        "standing": standing(),
        "closing": closing_vectors(),
    }


def render(vectors: dict[str, Any]) -> str:
    """The JSON text of a file: one vector a line, so that a difference can be read."""
    lists = ("vectors", "trees", "shared")
    head = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in vectors.items() if key not in lists]
    body = [
        f"{json.dumps(key)}: [\n" + ",\n".join(json.dumps(one) for one in vectors[key]) + "\n]"
        for key in lists
        if key in vectors
    ]
    return "{\n" + ",\n".join([*head, *body]) + "\n}\n"


def main() -> None:
    """Write the files."""
    VECTORS.mkdir(exist_ok=True)
    for name, vectors in build().items():
        (VECTORS / f"{name}.json").write_text(render(vectors), encoding="utf-8")


if __name__ == "__main__":
    main()
