"""The proof file of one document: its parts as values, and its one byte form.

Takes and gives bytes and values. `decode` refuses every spelling but one; what the values say is checked
elsewhere (`opened.check_nodes`, `verify`).
Spec: docs/formats/seal.md, sections "Proof file" and "Nodes".
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, NamedTuple

import msgspec

from unsealed.errors import VerifyError
from unsealed.seal.atoms import MAX_ATOM, MAX_ATOMS
from unsealed.seal.cut import Span
from unsealed.seal.generation import MAX_NUMBER

FORMAT = "unsealed-proof/1"
MAX_FILE = 64 << 20  # bytes
_PREFIX = f'{{"v":"{FORMAT}",'.encode()
# 32 bytes in base64. The last of 43 characters holds four bits of them and two that must be 0.
_HASH = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_UNIT = re.compile(r"U([1-9][0-9]{0,7}) ([a-z-]{1,32})")

U32 = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
Count = Annotated[int, msgspec.Meta(ge=1, le=MAX_ATOMS)]


class Shown(NamedTuple):
    """A subtree that is shown: its top seed and its atoms, each a kind byte and its content."""

    seed: bytes
    atoms: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """How many atoms it covers."""
        return len(self.atoms)


class Hidden(NamedTuple):
    """A subtree that is hidden: how many atoms, and its root. There is no place for content."""

    size: int
    hash: bytes


Node = Shown | Hidden


class Opening(NamedTuple):
    """The raw hash opened: its blind, and SHA-256 of the item's own original bytes."""

    blind: bytes
    digest: bytes


class Body(NamedTuple):
    """What a proof says of the document alone: enough to rebuild `c` and to show the text."""

    archive: bytes
    generation: int
    slot: int
    n: int
    blind: bytes
    raw: bytes
    opening: Opening | None
    nodes: tuple[Node, ...]
    spans: tuple[Span, ...]


class Logged(NamedTuple):
    """An entry of the release log by its exact bytes, and its proof in the form of c2sp.org/tlog-proof."""

    entry: bytes
    proof: bytes


class Proof(NamedTuple):
    """A whole proof file. `place` is the place of `p` among the cuts of its release."""

    body: Body
    path: tuple[bytes, ...]
    place: int
    cut_path: tuple[bytes, ...]
    seal: Logged
    release: Logged


# --- the byte form -------------------------------------------------------------------------------------


class _WireShown(msgspec.Struct, array_like=True, tag="shown", forbid_unknown_fields=True, gc=False):
    seed: str
    atoms: tuple[str, ...]


class _WireHidden(msgspec.Struct, array_like=True, tag="hidden", forbid_unknown_fields=True, gc=False):
    size: Count
    hash: str


class _WireSpan(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    first: U32
    count: U32
    reason: U32


class _WireLogged(msgspec.Struct, forbid_unknown_fields=True):
    entry: str
    proof: str


class _Wire(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of the file, in their order."""

    v: str
    archive: str
    generation: U32
    slot: U32
    n: Count
    blind: str
    raw: str
    opening: tuple[str, str] | None
    nodes: tuple[_WireShown | _WireHidden, ...]
    path: tuple[str, ...]
    spans: tuple[_WireSpan, ...]
    place: U32
    cut_path: tuple[str, ...]
    seal: _WireLogged
    release: _WireLogged


_DECODER = msgspec.json.Decoder(_Wire)


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def _spell_atom(atom: bytes) -> str:
    """Kind and text; for a unit `U`, the number of its atoms, a space, its label."""
    if atom[:1] == b"U":
        return f"U{int.from_bytes(atom[1:5], 'big')} {atom[5:].decode()}"
    return atom.decode()


def _spell_node(node: Node) -> _WireShown | _WireHidden:
    if isinstance(node, Shown):
        return _WireShown(_base64(node.seed), tuple(map(_spell_atom, node.atoms)))
    return _WireHidden(node.size, _base64(node.hash))


def encode(proof: Proof) -> bytes:
    """The bytes of the proof file (spec, "Proof file")."""
    body = proof.body
    wire = _Wire(
        v=FORMAT,
        archive=_base64(body.archive),
        generation=body.generation,
        slot=body.slot,
        n=body.n,
        blind=_base64(body.blind),
        raw=_base64(body.raw),
        opening=body.opening and (_base64(body.opening.blind), _base64(body.opening.digest)),
        nodes=tuple(map(_spell_node, body.nodes)),
        path=tuple(map(_base64, proof.path)),
        spans=tuple([_WireSpan(span.first, span.count, span.reason) for span in body.spans]),
        place=proof.place,
        cut_path=tuple(map(_base64, proof.cut_path)),
        seal=_WireLogged(proof.seal.entry.decode(), proof.seal.proof.decode()),
        release=_WireLogged(proof.release.entry.decode(), proof.release.proof.decode()),
    )
    return msgspec.json.encode(wire) + b"\n"


def _form() -> VerifyError:
    return VerifyError("This proof is not written in the one form that a proof file has.", rule="form")


def _hash(untrusted: str) -> bytes:
    """32 bytes from their one base64 spelling."""
    if not _HASH.fullmatch(untrusted):
        raise _form()
    return a2b_base64(untrusted)


def _hashes(untrusted: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(map(_hash, untrusted))


def _read_unit(untrusted: str) -> bytes:
    found = _UNIT.fullmatch(untrusted)
    if not found:
        raise VerifyError("A unit does not say how many atoms it has and what it is.", rule="unit-form")
    return b"U" + int(found[1]).to_bytes(4, "big") + found[2].encode()


def _read_atoms(untrusted: list[str]) -> list[bytes]:
    """Atoms from their spelling. Rules: `atom-kind`, `unit-form`, `word-empty`, `null-text`, `atom-size`."""
    atoms = list(map(str.encode, untrusted))
    lengths = {0, *map(len, atoms)}
    kinds = bytes([atom[0] for atom in atoms if atom])
    if kinds.translate(None, b"HUWN") or len(kinds) != len(atoms):
        raise VerifyError("An atom is of no known kind.", rule="atom-kind")
    if 1 in lengths and b"W" in atoms:
        raise VerifyError("A word is empty.", rule="word-empty")
    if b"N" in kinds and kinds.count(b"N") != atoms.count(b"N"):
        raise VerifyError("A null atom holds text.", rule="null-text")
    if max(lengths) > MAX_ATOM + 1:
        raise VerifyError("An atom is longer than 64 KiB.", rule="atom-size")
    at = kinds.find(b"U")
    while at >= 0:
        atoms[at] = _read_unit(untrusted[at])
        at = kinds.find(b"U", at + 1)
    return atoms


def _read_nodes(untrusted: Sequence[_WireShown | _WireHidden]) -> tuple[Node, ...]:
    """The nodes; the atoms of all of them are read in one go. Rules: those of `_read_atoms`, `node-empty`."""
    spelled = [node.atoms for node in untrusted if isinstance(node, _WireShown)]
    if () in spelled:
        raise VerifyError("A shown node has no atoms.", rule="node-empty")
    atoms = _read_atoms(list(chain.from_iterable(spelled)))
    nodes: list[Node] = []
    at = 0
    for node in untrusted:
        if isinstance(node, _WireShown):
            end = at + len(node.atoms)
            nodes.append(Shown(_hash(node.seed), tuple(atoms[at:end])))
            at = end
        else:
            nodes.append(Hidden(node.size, _hash(node.hash)))
    return tuple(nodes)


def _read_wire(untrusted: bytes) -> _Wire:
    """The keys and values of the file, whose bytes are the only ones that could say so. Rules: see `decode`."""
    if len(untrusted) > MAX_FILE:
        raise VerifyError("A proof file is larger than 64 MiB.", rule="limit")
    if not untrusted.startswith(_PREFIX):
        raise VerifyError("This is not a proof of a known version.", rule="version", remedy="Update Unsealed.")
    try:
        wire: _Wire = _DECODER.decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _form() from None
    if msgspec.json.encode(wire) + b"\n" != untrusted:
        raise _form()
    return wire


def decode(untrusted: bytes) -> Proof:
    """Read a proof file; nothing is proved yet.

    Raises VerifyError: `limit`, `version`, `form` for the file; `atom-kind`, `unit-form`, `word-empty`,
    `null-text`, `atom-size`, `node-empty` for its atoms. `encode` of the result gives the same bytes.
    """
    wire = _read_wire(untrusted)
    archive, blind, raw = _hash(wire.archive), _hash(wire.blind), _hash(wire.raw)
    opening = Opening(_hash(wire.opening[0]), _hash(wire.opening[1])) if wire.opening else None
    path, cut_path = _hashes(wire.path), _hashes(wire.cut_path)
    spans = tuple([Span(span.first, span.count, span.reason) for span in wire.spans])
    nodes = _read_nodes(wire.nodes)
    return Proof(
        Body(archive, wire.generation, wire.slot, wire.n, blind, raw, opening, nodes, spans),
        path,
        wire.place,
        cut_path,
        Logged(wire.seal.entry.encode(), wire.seal.proof.encode()),
        Logged(wire.release.entry.encode(), wire.release.proof.encode()),
    )
