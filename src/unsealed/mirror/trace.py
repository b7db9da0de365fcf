"""The trace of a pull: what was asked, what came, who disagreed. A chain of small signed texts.

Takes what happened; gives bytes, and reads them back. A trace proves nothing about the site; it says what this mirror
saw and when, by its own clock, so that others can compare.

Spec: docs/formats/mirror.md, "Trace".
"""

from __future__ import annotations

from typing import Literal

import msgspec

from unsealed.crypto import sha256
from unsealed.errors import VerifyError
from unsealed.seal import note
from unsealed.seal.note import Note, Signer, VerifierKey

_FORMAT = "unsealed-trace/1"
MAX_TRACE = 1 << 20  # bytes

# used     gave the head that was taken, or files of it
# good     showed the same history, nothing was taken from it
# behind   showed an older state of the same history
# halfway  its newest release has no pages yet: the publisher is between two steps
# refused  what it showed does not hold; nothing more was taken from it
# silent   did not answer
State = Literal["used", "good", "behind", "halfway", "refused", "silent"]


class SourceLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source: its address as it was typed, what became of it and why, size of its log, files and bytes taken."""

    address: str
    state: State
    why: str
    size: int
    files: int
    bytes: int


class Trace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pull. `before` is the SHA-256 of the trace before it (empty for the first), `time` POSIX seconds."""

    number: int
    before: str
    archive: str
    log: str
    size: int
    root: str
    time: int
    sources: tuple[SourceLine, ...]
    files: int
    bytes: int
    removed: int


def encode_trace(trace: Trace, signer: Signer | None) -> bytes:
    """The bytes: a signed note, or its text with an empty line below where the mirror has no key."""
    text = f"{_FORMAT}\n{msgspec.json.encode(trace).decode()}\n"
    return Note(text, note.sign(text, (signer,)) if signer else ()).encode()


def digest_of(data: bytes) -> str:
    """How the next trace names this one."""
    return sha256(data).hexdigest()


def decode_trace(untrusted: bytes, key: VerifierKey | None = None) -> Trace:
    """Read a trace; with `key`, only one that this mirror signed. Raises VerifyError (`trace-form`, `key-unknown`)."""
    broken = VerifyError("This is no trace of a known version.", rule="trace-form")
    text = untrusted.partition(b"\n\n")[0].decode("utf-8", "replace") + "\n"
    head, _, body = text.partition("\n")
    if head != _FORMAT or len(untrusted) > MAX_TRACE:
        raise broken
    try:
        trace = msgspec.json.decode(body, type=Trace)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise broken from error
    if key is not None:
        note.open_note(untrusted, (key,))
    return trace
