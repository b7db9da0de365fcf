"""Ask a witness: send a head with its proof, take the cosignature; or only ask for the newest head that it knows.

Takes a witness of a policy and functions of the own log; gives signature lines that hold, or an answer that says why
not. Reads capped answers from the one address that the policy names.

Spec: c2sp.org/tlog-witness.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.mirror.paced import open_url
from unsealed.mirror.witness import SIZE_TYPE, Request
from unsealed.mirror.witness_state import log_id
from unsealed.seal.checkpoint import check_cosignature, open_checkpoint
from unsealed.seal.note import Signature, VerifierKey, parse_note
from unsealed.seal.policy import Witness

SECONDS = 15.0  # without an answer
_TRIES = 3  # another writer, or a witness that another log client moved on meanwhile
_MAX_ANSWER = 64 << 10  # bytes

Consistency = Callable[[int], tuple[bytes, ...]]  # old size to the proof that the own log continues it


class Reply(NamedTuple):
    """What a witness answered. `line` is set where it signed; `size` is what it has signed before (-1: not said);
    `problem` says in words what else it did. `fork`: it holds another history than the one it was shown.
    """

    witness: Witness
    line: Signature | None
    size: int = -1
    problem: str = ""
    fork: bool = False


class _Answer(NamedTuple):
    status: int
    kind: str
    body: bytes


def _call(url: str, body: bytes | None) -> _Answer:
    """One request. Raises OSError, ValueError or HTTPException where there is no answer."""
    headers = {"User-Agent": "unsealed", "Accept-Encoding": "identity"}
    if body is not None:
        headers["Content-Type"] = "text/plain; charset=utf-8"
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - the scheme was checked
    try:
        with open_url(request, SECONDS) as answer:
            return _Answer(answer.status, answer.headers.get_content_type(), answer.read(_MAX_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, error.headers.get_content_type(), error.read(_MAX_ANSWER))


def _prefix(witness: Witness) -> str:
    if urllib.parse.urlsplit(witness.url).scheme not in ("http", "https"):
        raise ValueError("no address of a witness")
    return witness.url.rstrip("/")


def ask_cosignature(witness: Witness, checkpoint: bytes, size: int, consistency: Consistency) -> Reply:
    """Send the own head of `size` entries and take the cosignature. Errors of the line come back as a problem.

    The first try says `old 0`; the witness answers with the size that it knows, and the second brings the proof.
    """
    old = 0
    try:
        for _ in range(_TRIES):
            body = Request(old, consistency(old), checkpoint).encode()
            answer = _call(f"{_prefix(witness)}/add-checkpoint", body)
            known = _size(answer)
            if answer.status == 200:
                return _signed(witness, checkpoint, answer.body)
            if answer.status != 409 or known < 0:
                return _refused(witness, answer)
            if known > size or known == old:
                return _conflict(witness, known, old, size)
            old = known
    except (OSError, ValueError, http.client.HTTPException):
        return Reply(witness, None, problem="cannot be reached")
    return Reply(witness, None, problem="answers with another size each time")


def _size(answer: _Answer) -> int:
    text = answer.body[:32].decode("ascii", "replace").removesuffix("\n")
    plain = answer.kind == SIZE_TYPE and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if plain else -1


def _conflict(witness: Witness, known: int, old: int, size: int) -> Reply:
    if known > size:
        return Reply(witness, None, known, f"has signed a head of {known} entries; this log has {size}")
    if known == old == size:
        return Reply(witness, None, known, f"has signed another head of {known} entries", fork=True)
    return Reply(witness, None, known, "contradicts itself about the size that it signed")


def _refused(witness: Witness, answer: _Answer) -> Reply:
    if answer.status == 422:
        return Reply(witness, None, problem="says that this log is not the one it knows", fork=True)
    words = {404: "does not know this log", 403: "knows this log under another key"}
    return Reply(witness, None, problem=words.get(answer.status, f"answers {answer.status}"))


def _signed(witness: Witness, checkpoint: bytes, untrusted_lines: bytes) -> Reply:
    """The line of this witness among the lines that came back. Raises nothing: a bad line is a problem."""
    try:
        text = parse_note(checkpoint)
        read = parse_note(text.text.encode() + b"\n" + untrusted_lines)
        for line in read.signatures:
            if (line.name, line.key_id) == (witness.key.name, witness.key.key_id):
                check_cosignature(text.text, witness.key, line)
                return Reply(witness, line)
    except VerifyError:
        return Reply(witness, None, problem="sends a signature that does not hold")
    return Reply(witness, None, problem="does not sign with the key that the policy names")


def newest_head(witness: Witness, log: VerifierKey) -> bytes | None:
    """The newest head that a witness signed, signed by the log; empty bytes where it has none or offers no such call
    (the protocol has none yet; ours is in docs/formats/mirror.md); None where it cannot be reached or lies.
    """
    try:
        answer = _call(f"{_prefix(witness)}/log/{log_id(log.name)}/checkpoint", None)
        if answer.status != 200:
            return b""
        open_checkpoint(answer.body, log)
    except (OSError, ValueError, http.client.HTTPException, VerifyError):
        return None
    return answer.body
