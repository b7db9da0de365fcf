"""Proof files that must be refused, each for one rule. Some are honest files changed, some come from a lying sealer."""

# ruff: noqa: E501 -- one vector a line reads best

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from unsealed.model import Reason
from unsealed.seal import entries, generation, merkle, proof, tree
from unsealed.seal.atoms import Atoms, cut, empty, unit_atom, unit_ranges
from unsealed.seal.cut import Span, cut_hash
from vector_log_lies import log_lies
from vector_world import KEY, POLICY_TEXT, Document, Evidence, World, digest, repeats

Wire = dict[str, Any]
Vector = dict[str, Any]
UNITS = [
    ("subject", "Meeting with A. Person\n"),
    ("paragraph", "1. (C) The source said little. "),
    ("time", "2004-05-06 07:08"),
    ("name", "A. Person"),
    ("message", "All quiet on the river."),
]
ATOMS = cut(UNITS)
RANGES = unit_ranges(ATOMS)
FOREIGN = frozenset({"cut-index", "cut-length", "cut-root", "shown-over-hidden", "reason", "excerpt"})
HEADER, U, W = b"Hunsealed-document/1", unit_atom, b"Ww "


def _lying_readings() -> list[Document]:
    """Readings that only a sealer who breaks the rules could seal: (rule, atoms)."""
    wrong = {
        "outside-unit": (HEADER, U("text", 2), W, W),
        "outside-unit, first": (HEADER, W, U("text", 2), W),
        "outside-unit, null": (HEADER, U("text", 2), W, b"N"),
        "unit-overlap": (HEADER, U("text", 4), W, U("cell", 2), W),
        "unit-length": (HEADER, U("text", 4), W, W),
        "label": (HEADER, U("secret", 2), W),
        "header, second": (HEADER, U("text", 3), W, HEADER),
        "header, none": (U("text", 3), W, W),
        "header, word": (W, U("text", 2), W),
        "format": (b"Hunsealed-document/9", U("text", 2), W),
        "empty": (b"Hunsealed-empty/1", U("text", 2), W),
        "atom-size": (HEADER, U("text", 2), b"W" + b"a" * 65537),
        "null-text": (HEADER, U("text", 3), W, b"Nx"),
        "word-empty": (HEADER, U("text", 3), W, b"W"),
        "atom-kind": (HEADER, U("text", 3), W, b"Xx"),
        "unit-form": (HEADER, b"U\0\0\0\0text", W),
    }
    return [Document(name, Atoms(data)) for name, data in wrong.items()]


def _honest() -> list[Document]:
    subject, paragraph, time, name, message = RANGES
    return [
        Document("whole", ATOMS),
        Document("opened", ATOMS, open_raw=True),
        Document("cut", ATOMS, [(subject.first + 3, 2, 1), (paragraph.first + 5, 1, 2), (name.first, name.count, 3)]),
        Document("touching", ATOMS, [(paragraph.first + 2, 2, 1), (paragraph.first + 4, 1, 2)]),
        Document("unused", empty()),
        Document("excerpt", ATOMS, [(subject.first + 3, 2, 1)], excerpt=[(message.first + 2, 1)]),
        Document("tail", ATOMS, [(time.first + 11, time.count - 11, 1)]),
    ]


WORLD = World([*_honest(), *_lying_readings()])


def spell(wire: Wire) -> str:
    """The file of a changed object."""
    return json.dumps(wire, separators=(",", ":"), ensure_ascii=False) + "\n"


def wire_of(name: str) -> Wire:
    """The object of an honest file, to be changed."""
    found: Wire = json.loads(WORLD.file(name))
    return found


def changed(name: str, change: Callable[[Wire], object]) -> str:
    """The file of a document after `change`."""
    wire = wire_of(name)
    change(wire)
    return spell(wire)


def setting(**values: Any) -> Callable[[Wire], object]:
    """A change that sets keys."""
    return lambda wire: wire.update(values)


# --- the file ------------------------------------------------------------------------------------------


def _spelled() -> Iterator[tuple[str, str, Any]]:
    whole = WORLD.file("whole")
    first = wire_of("whole")["blind"]
    yield "an unknown version", "version", whole.replace("unsealed-proof/1", "unsealed-proof/2")
    yield "no version", "version", whole.replace('"v":"unsealed-proof/1",', "")
    yield "an empty file", "version", ""
    yield "a byte order mark", "version", "\ufeff" + whole
    yield "a space before a value", "form", whole.replace('"slot":', '"slot": ')
    yield "no newline at the end", "form", whole[:-1]
    yield "two newlines at the end", "form", whole + "\n"
    yield "CR LF at the end", "form", whole[:-1] + "\r\n"
    yield "cut off", "form", whole[:-40]
    yield "an unknown key", "form", whole.replace('"slot":', '"extra":0,"slot":')
    yield "a missing key", "form", changed("whole", lambda wire: wire.pop("opening"))
    yield "a repeated key", "form", whole.replace('"slot":0', '"slot":0,"slot":0')
    yield "the version twice", "form", whole.replace('"archive":', '"v":"unsealed-proof/2","archive":', 1)
    yield "keys in another order", "form", spell({"v": "unsealed-proof/1", **dict(reversed(wire_of("whole").items()))})
    yield "a leading zero", "form", whole.replace('"generation":1', '"generation":01')
    yield "a number with a point", "form", whole.replace('"generation":1', '"generation":1.0')
    yield "a number with an exponent", "form", whole.replace('"generation":1', '"generation":1e0')
    yield "minus zero", "form", whole.replace('"slot":0', '"slot":-0')
    yield "a negative number", "form", changed("whole", setting(slot=-1))
    yield "a number of 33 bits", "form", changed("whole", setting(generation=1 << 32))
    yield "n of zero", "form", changed("whole", setting(n=0))
    yield "n above 2^24", "form", changed("whole", setting(n=(1 << 24) + 1))
    yield "a number as text", "form", changed("whole", setting(slot="0"))
    yield "true for a number", "form", changed("whole", setting(slot=True))
    yield "an escaped letter", "form", whole.replace("WMeeting", "W\\u004deeting")
    yield "an escaped slash", "form", whole.replace("Hunsealed-document/1", "Hunsealed-document\\/1")
    yield "half a surrogate pair", "form", whole.replace("WMeeting", "W\\ud800eeting")
    yield "a control character", "form", whole.replace("WMeeting", "W\teeting")
    yield "bytes that are not UTF-8", "form", [whole[:60], {"hex": "ff"}, whole[61:]]
    yield "base64 without padding", "form", whole.replace(first, first[:-1])
    yield "base64 with unused bits", "form", whole.replace(first, first[:-2] + chr(ord(first[-2]) + 1) + "=")
    yield "base64 of the URL alphabet", "form", changed("whole", setting(blind="-" + first[1:]))
    yield "base64 with a newline", "form", changed("whole", setting(blind=first[:4] + "\n" + first[4:]))
    yield "a hash of 31 bytes", "form", changed("whole", setting(blind="A" * 40 + "AA=="))
    yield "base64 that cannot be", "form", changed("whole", setting(raw="A"))
    yield "an opening of one part", "form", changed("opened", lambda wire: wire["opening"].pop())
    yield "a node of an unknown sort", "form", changed("cut", lambda wire: wire["nodes"][0].__setitem__(0, "seen"))
    yield "a hidden node with content", "form", changed("cut", lambda wire: _first_hidden(wire).append("text"))
    yield "a hidden node of no atoms", "form", changed("cut", lambda wire: _first_hidden(wire).__setitem__(1, 0))
    yield "a span of four numbers", "form", changed("cut", lambda wire: wire["spans"][0].append(1))
    yield "no object", "form", '{"v":"unsealed-proof/1",]\n'
    filler = proof.MAX_FILE + 1 - 24
    yield "a file above 64 MiB", "limit", ['{"v":"unsealed-proof/1",', {"repeat": " ", "times": filler}]


def _first_hidden(wire: Wire) -> list[Any]:
    found: list[Any] = next(node for node in wire["nodes"] if node[0] == "hidden")
    return found


# --- atoms, nodes, spans -------------------------------------------------------------------------------


def _lied() -> Iterator[tuple[str, str, Any]]:
    """Readings of a lying sealer: sealed, logged, and against the rules."""
    for document in _lying_readings():
        rule = document.name.partition(",")[0]
        if rule == "unit-form":
            continue
        text = WORLD.file(document.name)
        yield f"sealed against the rules: {document.name}", rule, text
    for spelling in ("U text", "U0 text", "U02 text", "U2text", "U2 Text", "U2  text", "U2 text ", "U-2 text", "U2"):
        yield f"a unit spelled `{spelling}`", "unit-form", WORLD.file("whole").replace('"U5 subject"', f'"{spelling}"')
    yield "an atom without a kind", "atom-kind", WORLD.file("whole").replace('"Wwith "', '""')
    yield (
        "a shown node without atoms",
        "node-empty",
        changed("whole", lambda wire: wire["nodes"].append(["shown", wire["blind"], []])),
    )


def _nodes() -> Iterator[tuple[str, str, Any]]:
    def swap(wire: Wire) -> None:
        nodes = wire["nodes"]
        nodes[1], nodes[2] = nodes[2], nodes[1]

    def split(wire: Wire) -> None:
        """The one node of a whole document as two siblings."""
        seed = generation.document_seed(generation.slot_seed(KEY, WORLD.documents["whole"].slot))
        half = 1 << ((len(ATOMS.data) - 1).bit_length() - 1)
        atoms = wire["nodes"][0][2]
        left, right = (proof._base64(one) for one in tree.children(seed))
        wire["nodes"] = [["shown", left, atoms[:half]], ["shown", right, atoms[half:]]]

    def split_hidden(wire: Wire) -> None:
        """A hidden node of two atoms as two hidden leaves."""
        subject = RANGES[0].first + 3
        slot = WORLD.documents["cut"].slot
        seeds = tree.leaf_seeds(generation.document_seed(generation.slot_seed(KEY, slot)), len(ATOMS.data))
        hashes = tree.leaf_hashes(seeds, ATOMS.data)
        at = next(at for at, node in enumerate(wire["nodes"]) if node[0] == "hidden" and node[1] == 2)
        pair = [["hidden", 1, proof._base64(hashes[subject + step])] for step in (0, 1)]
        wire["nodes"][at : at + 1] = pair

    def hide_shown(wire: Wire) -> None:
        """A shown node replaced by something hidden of the same size."""
        at = next(at for at, node in enumerate(wire["nodes"]) if at and node[0] == "shown")
        wire["nodes"][at] = ["hidden", len(wire["nodes"][at][2]), wire["blind"]]

    def show_hidden(wire: Wire) -> None:
        """A hidden node replaced by invented words."""
        at = next(at for at, node in enumerate(wire["nodes"]) if node[0] == "hidden" and node[1] == 2)
        wire["nodes"][at] = ["shown", wire["blind"], ["Wdid ", "Wkill "]]

    def merge_words(wire: Wire) -> None:
        atoms = wire["nodes"][0][2]
        atoms[2:4] = [atoms[2] + atoms[3][1:]]
        wire["n"] -= 1
        atoms[1] = "U4 subject"

    def other_borders(wire: Wire) -> None:
        atoms = wire["nodes"][0][2]
        atoms[2], atoms[3] = atoms[2][:-1], "W " + atoms[3][1:]

    yield "a missing node", "tiling", changed("cut", lambda wire: wire["nodes"].pop())
    yield "an extra node", "tiling", changed("cut", lambda wire: wire["nodes"].append(["hidden", 1, wire["blind"]]))
    yield "a node twice", "tiling", changed("cut", lambda wire: wire["nodes"].insert(2, wire["nodes"][1]))
    yield "no nodes", "header", changed("cut", setting(nodes=[]))
    yield "n too large", "tiling", changed("whole", lambda wire: wire.update(n=wire["n"] + 1))
    yield "n too small", "tiling", changed("cut", lambda wire: wire.update(n=wire["n"] - 1))
    yield "two nodes swapped", "node-shape", changed("tail", swap)
    yield "two shown siblings", "node-unmerged", changed("whole", split)
    yield "two hidden siblings", "node-unmerged", changed("cut", split_hidden)
    yield (
        "the header hidden",
        "header",
        changed("whole", setting(nodes=[["hidden", len(ATOMS.data), wire_of("whole")["blind"]]])),
    )
    yield "hidden over shown, with an invented hash", "commitment-root", changed("tail", hide_shown)
    yield "invented words over hidden ones", "commitment-root", changed("touching", show_hidden)
    yield "a changed word", "commitment-root", WORLD.file("whole").replace("Wlittle. ", "Wnothing. ")
    yield "a changed label", "commitment-root", WORLD.file("whole").replace("U5 subject", "U5 heading")
    yield "atoms that join to other bytes: one border moved", "commitment-root", changed("whole", other_borders)
    yield "two words as one atom", "commitment-root", changed("whole", merge_words)
    yield "a null turned into a space", "commitment-root", WORLD.file("whole").replace('"Wwith "', '"Wwith  "')


def _spans() -> Iterator[tuple[str, str, Any]]:
    n = len(ATOMS.data)
    yield "a span of nothing", "span-range", changed("cut", lambda wire: wire["spans"].insert(0, [2, 0, 1]))
    yield "a span over the header", "span-range", changed("cut", lambda wire: wire["spans"].insert(0, [0, 1, 1]))
    yield "a span behind the end", "span-range", changed("cut", lambda wire: wire["spans"].append([n - 1, 2, 1]))
    yield "a span without a reason", "span-reason", changed("cut", lambda wire: wire["spans"][0].__setitem__(2, 0))
    yield "spans out of order", "span-order", changed("cut", lambda wire: wire["spans"].reverse())
    yield "a span twice", "span-order", changed("cut", lambda wire: wire["spans"].insert(1, wire["spans"][0]))
    yield "one span as two", "span-maximal", changed(
        "cut", lambda wire: wire.update(spans=[[s[0], 1, s[2]] if i == 0 else s for i, s in enumerate(wire["spans"])]) or wire["spans"].insert(1, [wire["spans"][0][0] + 1, 1, 1])
    )  # fmt: skip


# --- commitment, seal ----------------------------------------------------------------------------------


def _commitment() -> Iterator[tuple[str, str, Any]]:
    other = wire_of("opened")
    b64 = proof._base64
    yield "another blind", "commitment-root", changed("whole", setting(blind=other["blind"]))
    yield "another raw hash", "commitment-root", changed("whole", setting(raw=other["raw"]))
    yield (
        "another seed",
        "commitment-root",
        changed("whole", lambda wire: wire["nodes"][0].__setitem__(1, other["nodes"][0][1])),
    )
    yield "another slot", "commitment-root", changed("whole", setting(slot=1))
    yield "a slot behind the end", "commitment-index", changed("whole", setting(slot=len(WORLD.commitments)))
    yield "a path that is too short", "commitment-length", changed("whole", lambda wire: wire["path"].pop())
    yield (
        "a path that is too long",
        "commitment-length",
        changed("whole", lambda wire: wire["path"].append(wire["blind"])),
    )
    yield "a path with two nodes swapped", "commitment-root", changed("whole", lambda wire: wire["path"].reverse())
    yield "another path", "commitment-root", changed("whole", setting(path=other["path"]))
    yield "another archive", "archive", changed("whole", setting(archive=b64(digest("another archive"))))
    yield "another generation", "generation", changed("whole", setting(generation=2))
    yield (
        "an opened hash that is not the sealed one",
        "raw-opening",
        changed("opened", lambda wire: wire["opening"].__setitem__(1, b64(digest("other bytes")))),
    )
    yield (
        "an opened hash with another blind",
        "raw-opening",
        changed("opened", lambda wire: wire["opening"].__setitem__(0, wire["blind"])),
    )
    document = WORLD.documents["cut"]
    blind = generation.blinds(generation.slot_seed(KEY, document.slot))[1]
    yield (
        "an opened hash beside hidden words",
        "raw-hidden",
        changed("cut", setting(opening=[b64(blind), b64(document.raw_digest)])),
    )
    document = WORLD.documents["excerpt"]
    opening = [b64(generation.blinds(generation.slot_seed(KEY, document.slot))[1]), b64(document.raw_digest)]
    yield "an opened hash in an excerpt", "raw-hidden", changed("excerpt", setting(opening=opening, spans=[]))
    yield "an opened hash beside a span", "raw-hidden", changed("opened", setting(spans=[[2, 1, 1]]))


def lied(lie: Evidence, name: str = "whole") -> str:
    """The file of a document in a log that lies."""
    return WORLD.file(name, lie=lie)


def _statements() -> Iterator[tuple[str, str, Any]]:
    other = digest("another archive").hex()
    statement = json.loads(entries.parse_entry(WORLD.seal.entry).payload.statement)  # type: ignore[union-attr]
    good = json.dumps(statement, separators=(",", ":"))
    yield "a statement of another archive", "archive", lied(Evidence(statement={"archive": other}))
    yield "a statement of another generation", "generation", lied(Evidence(statement={"generation": 2}))
    yield "a statement with another root", "commitment-root", lied(Evidence(statement={"root": other}))
    yield "a statement of a smaller size", "commitment-length", lied(Evidence(statement={"size": 2}))
    yield (
        "a statement without documents of this format",
        "format-sealed",
        lied(Evidence(statement={"formats": ["unsealed-empty/1"]})),
    )
    for name, told in {
        "formats out of order": {"formats": ["unsealed-empty/1", "unsealed-document/1"]},
        "no formats": {"formats": []},
        "a format twice": {"formats": ["unsealed-document/1", "unsealed-document/1"]},
        "an unknown format": {"formats": ["unsealed-document/1", "unsealed-document/9"]},
        "a time with an offset": {"time": "2026-11-22T12:00:00+00:00"},
        "a month 13": {"time": "2026-13-22T12:00:00Z"},
        "size zero": {"size": 0},
        "an unknown key": {"more": 1},
        "capital hexadecimal digits": {"ledger": other.upper()},
        "a short root": {"root": other[2:]},
    }.items():
        yield f"a statement with {name}", "statement-form", lied(Evidence(statement=told))
    for name, text in {
        "a space": good.replace('"size":', '"size": ') + "\n",
        "no newline": good,
        "a key twice": good.replace('"size":', '"size":1,"size":') + "\n",
        "half of it missing": good[:80] + "\n",
    }.items():
        yield f"a statement with {name}", "statement-form", lied(Evidence(seal={"statement": text}))
    yield "a statement of an unknown version", "statement-version", lied(Evidence(statement={"v": "unsealed-seal/2"}))


# --- release and cut -----------------------------------------------------------------------------------


def _releases() -> Iterator[tuple[str, str, Any]]:
    tail = ',"seal":'
    seal, release = ({"entry": one.entry.decode(), "proof": one.proof.decode()} for one in (WORLD.seal, WORLD.release))
    yield "a release where the seal should stand", "seal-kind", changed("whole", setting(seal=release))
    yield "a seal where the release should stand", "release-kind", changed("whole", setting(release=seal))
    yield "a release before the seal", "release-order", lied(Evidence(reverse=True))
    yield (
        "no log part, as in a pack",
        "tlog-proof-form",
        WORLD.file("whole").partition(tail)[0]
        + (',"seal":{"entry":"","proof":""},"release":{"entry":"","proof":""}}\n'),
    )


def _cuts() -> Iterator[tuple[str, str, Any]]:
    n = len(WORLD.cuts)
    yield "a wrong reason", "cut-root", changed("cut", lambda wire: wire["spans"][0].__setitem__(2, 3))
    yield (
        "another cut in the name of the publisher",
        "cut-root",
        changed("excerpt", lambda wire: wire["spans"].append([RANGES[4].first + 2, 1, 1])),
    )
    yield "no spans in a cut document", "cut-root", changed("cut", setting(spans=[]))
    yield (
        "two spans of two reasons swapped",
        "cut-root",
        changed(
            "touching",
            lambda wire: wire.update(
                spans=[[a[0], a[1], b[2]] for a, b in zip(wire["spans"], reversed(wire["spans"]), strict=True)]
            ),
        ),
    )
    yield "the place of another cut", "cut-root", changed("cut", setting(place=0))
    yield "a place behind the end", "cut-index", changed("cut", setting(place=n))
    yield "a cut path that is too short", "cut-length", changed("cut", lambda wire: wire["cut_path"].pop())
    yield (
        "a cut path that is too long",
        "cut-length",
        changed("cut", lambda wire: wire["cut_path"].append(wire["blind"])),
    )
    yield (
        "a release of other documents",
        "cut-root",
        lied(Evidence(cuts=[digest(f"cut {at}") for at in range(n)]), "cut"),
    )
    yield "a cut that the publisher never released", "cut-index", lied(Evidence(cuts=[digest("cut 0")]), "cut")
    yield (
        "a reason that is not in the table",
        "reason",
        lied(Evidence(release={"reasons": (Reason(1, "RISK", "Only this."),)}), "cut"),
    )
    shown = World([*_honest()])
    wire = json.loads(shown.file("whole"))
    span = [2, 1, 1]
    cuts = [cut_hash(shown.bodies["whole"].c, [Span(2, 1, 1)]), *shown.cuts[1:]]
    wire["spans"] = [span]
    wire["cut_path"] = [proof._base64(one) for one in merkle.inclusion_path(cuts, 0)]
    evidence = shown.log(Evidence(cuts=cuts))
    wire["seal"], wire["release"] = ({"entry": one.entry.decode(), "proof": one.proof.decode()} for one in evidence)
    yield "words shown that the publisher hid", "shown-over-hidden", spell(wire)


# --- all of them ---------------------------------------------------------------------------------------


def _excerpts() -> Iterator[Vector]:
    yield {
        "name": "an excerpt, where none is asked for",
        "rule": "excerpt",
        "file": _pieces(WORLD.file("excerpt")),
        "excerpts": False,
    }


def _pieces(text: str | list[Any]) -> list[Any]:
    """A file in pieces, with what many files share told by number."""
    if not isinstance(text, str):
        return text
    for at, shared in enumerate(SHARED):
        before, found, after = text.partition(shared)
        if found:
            return [*_pieces(before), {"shared": at}, *_pieces(after)]
    return repeats(text)


WHOLE = WORLD.file("whole")
SHARED = [WORLD.tail(), WHOLE[: WHOLE.index(',"seal":{"entry":')]]
FAMILIES = (_spelled, _lied, _nodes, _spans, _commitment, _statements, _releases, _cuts)


def negatives() -> Vector:
    """The whole of `negative.json`."""
    listed: list[Vector] = [
        {"name": name, "rule": rule, "file": _pieces(text)} for family in FAMILIES for name, rule, text in family()
    ]
    listed += [{**vector, "file": _pieces(vector["file"])} for vector in log_lies(WORLD)]
    listed += _excerpts()
    for vector in listed:
        vector["answer"] = "foreign-cut" if vector["rule"] in FOREIGN else "not-sealed"
    if len({vector["name"] for vector in listed}) != len(listed):
        raise AssertionError("two vectors have one name")
    return {"policy": POLICY_TEXT.decode(), "vectors": listed, "shared": SHARED}
