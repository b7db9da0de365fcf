"""C2SP checkpoints: the head of a log, as a signed note, and the cosignatures of witnesses below it.

Takes and gives bytes and values; touches nothing. A time is printed only from a witness's cosignature.

Spec: c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (Ed25519, `cosignature/v1`); docs/formats/log.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unsealed.crypto import verify_signature
from unsealed.errors import VerifyError
from unsealed.seal import note
from unsealed.seal.note import KIND_COSIGNATURE, Note, Signature, Signer, VerifierKey

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MAX_SIZE = (1 << 63) - 1
_MAX_TIME = (1 << 63) - 1


class Checkpoint(NamedTuple):
    """How many entries the log of this origin has, and the RFC 6962 root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text: three lines, then extension lines if there are any (ours never have one)."""
        lines = (self.origin, str(self.size), note.encode_base64(self.root), *self.extensions)
        return "".join(line + "\n" for line in lines)


class Cosignature(NamedTuple):
    """What a witness says: it saw this head at `time` (POSIX seconds) as the largest consistent one."""

    witness: VerifierKey
    time: int


class Opened(NamedTuple):
    """A checkpoint whose log signature and known cosignatures hold."""

    checkpoint: Checkpoint
    note: Note
    cosignatures: tuple[Cosignature, ...]


def parse_text(untrusted_text: str) -> Checkpoint:
    """Read the text of a checkpoint. Raises VerifyError: rules `checkpoint-form`, `base64`."""
    lines = untrusted_text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise VerifyError("A checkpoint has fewer than three lines, or an empty one.", rule="checkpoint-form")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) > _MAX_SIZE:
        raise VerifyError("The size in a checkpoint is not a plain decimal number.", rule="checkpoint-form")
    digest = note.decode_base64(root)
    if len(digest) != 32:
        raise VerifyError("The root in a checkpoint is not 32 bytes long.", rule="checkpoint-form")
    return Checkpoint(origin, int(size), digest, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The checkpoint as a note signed by the log. Whoever calls this owes: never two heads that contradict."""
    text = checkpoint.text()
    return Note(text, note.sign(text, (signer,))).encode()


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(text: str, witness: Signer, time: int) -> Signature:
    """The line of a witness over a checkpoint's text at `time` (POSIX seconds).

    Raises VerifyError (rule `cosignature-time`).
    """
    if witness.kind != KIND_COSIGNATURE or not 0 <= time <= _MAX_TIME:
        raise VerifyError("A cosignature needs a witness key and a time.", rule="cosignature-time")
    verifier = witness.verifier
    return Signature(verifier.name, verifier.key_id, time.to_bytes(8, "big") + witness.key.sign(_cosigned(text, time)))


def add_lines(untrusted_note: bytes, lines: Sequence[Signature]) -> bytes:
    """The same note with more signature lines below. Raises VerifyError like `parse_note`."""
    read = note.parse_note(untrusted_note)
    return Note(read.text, (*read.signatures, *lines)).encode()


def check_cosignature(text: str, witness: VerifierKey, line: Signature) -> Cosignature:
    """The line of a witness over a checkpoint's text holds. Raises VerifyError: `cosignature`, `cosignature-time`."""
    if len(line.signature) != 72:
        raise VerifyError(f"The cosignature of {witness.name} has a wrong length.", rule="cosignature")
    time = int.from_bytes(line.signature[:8], "big")
    if time > _MAX_TIME:
        raise VerifyError(f"The time of the witness {witness.name} is out of range.", rule="cosignature-time")
    try:
        verify_signature(witness.public, line.signature[8:], _cosigned(text, time))
    except VerifyError as error:
        raise VerifyError(f"The cosignature of {witness.name} does not hold.", rule="cosignature") from error
    return Cosignature(witness, time)


def open_checkpoint(untrusted: bytes, log: VerifierKey, witnesses: Sequence[VerifierKey] = ()) -> Opened:
    """Read a checkpoint that the key `log` signed for its own origin, with the cosignatures of known witnesses.

    Unknown signature lines are passed over (the spec demands it). A witness who stands twice counts once, with
    the later time. Raises VerifyError: rules of `parse_note` and `parse_text`, `origin`, `log-key`, `signature`,
    `cosignature`, `cosignature-time`.
    """
    read = note.parse_note(untrusted)
    checkpoint = parse_text(read.text)
    if checkpoint.origin != log.name:
        raise VerifyError("This checkpoint is of another log than the one you trust.", rule="origin")
    if not note.check_signatures(read, (log,)):
        raise VerifyError("The log that you trust did not sign this checkpoint.", rule="log-key")
    known = {(key.name, key.key_id): key for key in witnesses if key.kind == KIND_COSIGNATURE}
    times: dict[VerifierKey, int] = {}
    for line in read.signatures:
        witness = known.get((line.name, line.key_id))
        if witness is not None:
            found = check_cosignature(read.text, witness, line)
            times[witness] = max(times.get(witness, 0), found.time)
    return Opened(checkpoint, read, tuple(Cosignature(witness, time) for witness, time in times.items()))
