"""C2SP offline proofs that an entry stands in a log: index, path, checkpoint, in one small text.

Takes and gives bytes and values; touches nothing. `check_logged` is the one question that a document's proof
asks of the log: is this entry in it, and who says so?

Spec: c2sp.org/tlog-proof; docs/formats/log.md, section "Proofs of entries".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from unsealed.errors import VerifyError
from unsealed.seal import entries, note
from unsealed.seal.checkpoint import Checkpoint, Cosignature, parse_text
from unsealed.seal.entries import Entry
from unsealed.seal.merkle import check_inclusion, leaf_hash
from unsealed.seal.note import VerifierKey
from unsealed.seal.policy import Policies, check_checkpoint

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}")
MAX_PROOF = note.MAX_NOTE + (8 << 10)  # bytes


@dataclass(frozen=True)
class TlogProof:
    """Where an entry stands, the RFC 6962 path from its leaf up, and the checkpoint (a whole note)."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def encode(self) -> bytes:
        """The proof's one byte form."""
        lines = [_HEADER]
        if self.extra:
            lines.append(f"extra {note.encode_base64(self.extra)}")
        lines += [f"index {self.index}", *(note.encode_base64(node) for node in self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def parse_tlog_proof(untrusted: bytes) -> TlogProof:
    """Read a proof; nothing is checked against the log yet. `TlogProof.encode` gives the same bytes back.

    Raises VerifyError: rules `tlog-proof-form`, `base64`.
    """
    broken = VerifyError("A log proof is not in the form of c2sp.org/tlog-proof@v1.", rule="tlog-proof-form")
    head, separator, checkpoint = untrusted.partition(b"\n\n")
    if not separator or len(untrusted) > MAX_PROOF:
        raise broken
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise broken from None
    if lines.pop(0) != _HEADER:
        raise broken
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = note.decode_base64(lines.pop(0)[6:])
        if not extra:
            raise broken
    word, _, index = lines.pop(0).partition(" ") if lines else ("", "", "")
    if word != "index" or not _INDEX.fullmatch(index):
        raise broken
    path = tuple(note.decode_base64(line) for line in lines)
    if len(path) > 63 or any(len(node) != 32 for node in path):
        raise broken
    return TlogProof(int(index), path, checkpoint, extra)


@dataclass(frozen=True)
class Logged:
    """An entry that stands in the log: `head` are the exact bytes of the checkpoint that says so.

    `signed_by` and `witnesses` are empty where no policy was given.
    """

    entry: Entry
    index: int
    head: bytes
    checkpoint: Checkpoint
    signed_by: tuple[VerifierKey, ...]
    witnesses: tuple[Cosignature, ...]


@lru_cache(maxsize=64)
def _head(untrusted: bytes, policies: Policies | None) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
    """A checkpoint, checked. Many proofs carry the same one: it is checked once."""
    if policies is None:
        return parse_text(note.parse_note(untrusted).text), ()
    opened = check_checkpoint(untrusted, policies)
    return opened.checkpoint, opened.cosignatures


@lru_cache(maxsize=64)
def _entry(untrusted: bytes, index: int, policies: Policies | None) -> tuple[Entry, tuple[VerifierKey, ...]]:
    entry = entries.parse_entry(untrusted)
    return entry, () if policies is None else entries.check_entry(entry, policies, index)


def check_logged(untrusted_entry: bytes, untrusted_proof: bytes, policies: Policies | None) -> Logged:
    """The entry (its exact bytes) stands in the log at the place that the proof says.

    With `policies`: the trusted log signed the checkpoint, the quorum cosigned it, and enough editors signed the
    entry under the policy in force at its index. Without: only that entry, path and checkpoint fit together;
    whoever prints the result must say that no key was checked.

    Raises VerifyError: the rules of `parse_entry`, `check_entry`, `parse_tlog_proof`, `check_checkpoint`, of
    `merkle.check_inclusion`, and `tlog-proof-extra` (a document's proof has one byte form, so it carries none).
    """
    proof = parse_tlog_proof(untrusted_proof)
    if proof.extra:
        raise VerifyError("A log proof carries extra data.", rule="tlog-proof-extra")
    checkpoint, witnesses = _head(proof.checkpoint, policies)
    check_inclusion(leaf_hash(untrusted_entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    entry, signed_by = _entry(untrusted_entry, proof.index, policies)
    return Logged(entry, proof.index, proof.checkpoint, checkpoint, signed_by, witnesses)


def make(index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The bytes of a proof, from the path that `tiles.inclusion_path` gives and a signed checkpoint."""
    return TlogProof(index, tuple(path), checkpoint).encode()
