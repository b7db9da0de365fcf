"""What a witness decides: may it put its name under a head of a log, given the last one that it signed?

Takes the bytes of a request and what is known of the log; gives the checkpoint to keep and to sign, or refuses with
the status that the protocol has for it. Opens no file, no socket, and asks no clock: `witness_state` makes the
decision durable, `witness_server` speaks HTTP.

Spec: c2sp.org/tlog-witness (`add-checkpoint`), c2sp.org/tlog-checkpoint; docs/formats/mirror.md, "Witness".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.seal import note
from unsealed.seal.checkpoint import Checkpoint, open_checkpoint, parse_text
from unsealed.seal.merkle import EMPTY_ROOT, check_consistency
from unsealed.seal.note import VerifierKey

MAX_REQUEST = 128 << 10  # bytes of a request: 63 hashes and a checkpoint with every signature that a note may have
MAX_PROOF = 63  # consistency proof lines
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_NO_SIZE = "old size"


class Refusal(VerifyError):
    """A request that a witness does not sign. `status` is the HTTP status that the protocol has for it.

    `size` is set with 409: the size of the newest head that this witness signed. `evidence` are the bytes of a head
    that contradicts it.
    """

    def __init__(self, status: int, message: str, rule: str, *, size: int = -1, evidence: bytes = b"") -> None:
        super().__init__(message, rule=rule)
        self.status = status
        self.size = size
        self.evidence = evidence


class Request(NamedTuple):
    """What a log asks for: old size, consistency proof (hashes of 32 bytes), the checkpoint as a whole note."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *(note.encode_base64(one) for one in self.proof), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


class Known(NamedTuple):
    """A log that a witness serves, and the newest head that it signed (size 0 and the empty root: none yet)."""

    key: VerifierKey
    size: int = 0
    root: bytes = EMPTY_ROOT


def parse_request(untrusted: bytes) -> Request:
    """Read a body. Raises Refusal (400) for all that is not of the form of the protocol."""
    broken = Refusal(400, "The request is not of the form of add-checkpoint.", "request-form")
    if len(untrusted) > MAX_REQUEST:
        raise Refusal(400, f"The request is longer than {MAX_REQUEST} bytes.", "request-size")
    head, separator, checkpoint = untrusted.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise broken from None
    old = _OLD.fullmatch(first)
    if not separator or old is None or len(hashes) > MAX_PROOF:
        raise broken
    try:
        proof = tuple(note.decode_base64(line) for line in hashes)
    except VerifyError:
        raise broken from None
    if any(len(one) != 32 for one in proof):
        raise broken
    return Request(int(old[1]), proof, checkpoint)


def origin_of(request: Request) -> str:
    """The log that a request names. Raises Refusal (400) where the checkpoint cannot be read."""
    try:
        return parse_text(note.parse_note(request.checkpoint).text).origin
    except VerifyError as error:
        raise Refusal(400, error.message, error.rule) from error


def check_request(request: Request, known: Known) -> Checkpoint:
    """The head that may be kept and signed. The steps, and their order, are those of the protocol.

    Raises Refusal: 403 (not signed by the log), 400 (old size beyond the new one), 409 (not the size that was last
    signed, or another root of the same size), 422 (no continuation).
    """
    try:
        checkpoint = open_checkpoint(request.checkpoint, known.key).checkpoint
    except VerifyError as error:
        status = 403 if error.rule in ("log-key", "signature") else 400
        raise Refusal(status, error.message, error.rule) from error
    if request.old > checkpoint.size:
        raise Refusal(400, "The old size is greater than that of the checkpoint.", "old-size")
    contradicts = 0 < checkpoint.size == known.size and checkpoint.root != known.root
    evidence = request.checkpoint if contradicts else b""
    if request.old != known.size:
        message = f"The newest head signed here has {known.size} entries."
        raise Refusal(409, message, _NO_SIZE, size=known.size, evidence=evidence)
    if contradicts:
        message = f"Another head of {known.size} entries was signed here before: the log shows two histories."
        raise Refusal(409, message, "fork", size=known.size, evidence=evidence)
    _check_continues(request.proof, known, checkpoint)
    return checkpoint


def _check_continues(proof: Sequence[bytes], known: Known, checkpoint: Checkpoint) -> None:
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise Refusal(422, "A log without entries has the root of an empty tree.", "consistency-root")
    try:
        check_consistency(known.size, checkpoint.size, proof, known.root, checkpoint.root)
    except VerifyError as error:
        raise Refusal(422, f"The proof does not show that the log goes on: {error.message}", error.rule) from error
