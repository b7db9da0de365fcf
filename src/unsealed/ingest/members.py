"""The trusted half of an extractor: checks every step, counts and hashes the bytes, keeps them as blobs.

Takes frames of an outsider's word from a process behind the sandbox, gives one `Taken` after the other. A limit, a
crash or a lie costs the member at which it came; the caller begins anew behind it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from unsealed.archive import REST, SMALL, Archive, Place
from unsealed.ingest.extract.meter import LimitError, Meter
from unsealed.ingest.extract.steps import DATA, NAME, TEXT, Ask, Data, End, Fail, Member, Promise, Step, Steps
from unsealed.ingest.extract.worker import Open
from unsealed.model import MALFORMED
from unsealed.sandbox import Failure, Limits, SandboxError, Worker, establish, jailed_module, python_jail, python_module

FRAME = 4 << 20  # bytes of one message of an extractor
FLAGS = 16  # codes of a member
_FLAG = re.compile(r"[A-Z][A-Z0-9-]{0,31}")
HASHED = 1 << 20  # bytes of a range hashed at once

_MEND = "It is damaged or hostile. Unpack it elsewhere, in a safe place, or accept it unread."
_WHY: dict[Failure, tuple[str, str, str]] = {
    Failure.DIED: ("W-DIED", "taking it apart crashed", _MEND),
    Failure.SLOW: ("W-TIME", "taking it apart took longer than the limit",
                   "Raise ingest.member_seconds in unsealed.toml and run `unsealed ingest --retry`."),
    Failure.LARGE: ("W-LARGE", "what came of it is larger than a message may be", _MEND),
    Failure.WRONG: ("W-ANSWER", "what came of it has the wrong form",
                    "It may have broken into the extractor. Keep it away from other machines, and report it."),
    Failure.MISSING: ("W-MISSING", "a program that it needs is not installed", "Install it and run the retry."),
}  # fmt: skip


class Process(Protocol):
    """What is needed of an extractor's process: `sandbox.Worker`, or one without a process in tests."""

    def send(self, payload: bytes) -> None: ...
    def receive(self, seconds: float = 0.0) -> bytearray: ...
    def reject(self) -> SandboxError: ...
    def kill(self) -> None: ...


Unpack = Callable[[int, Limits], Process]
_encoder = msgspec.msgpack.Encoder()
_steps = msgspec.msgpack.Decoder(Steps)


def extracting_worker(fd: int, limits: Limits) -> Process:
    """A process in a sandbox that takes the container behind a descriptor apart."""
    tier = establish()
    module = jailed_module("unsealed.ingest.extract.worker")
    return Worker(module, limits, jail=python_jail(), pass_fds=(fd,), drop=tier.drop)


def unsafe_extracting_worker(fd: int, limits: Limits) -> Process:
    """The same without a sandbox (`--unsafe-no-sandbox`)."""
    return Worker(python_module("unsealed.ingest.extract.worker"), limits, pass_fds=(fd,))


class Taken(msgspec.Struct):
    """One member with what came of it. `place`: where a large one is kept; small ones are in `data`.

    `out`: bytes that came, those of a refused member included. `code`: why it is not whole, or not there.
    """

    member: Member
    data: bytes = b""
    digest: bytes = b""
    length: int = 0
    place: Place | None = None
    out: int = 0
    code: str = ""
    message: str = ""
    remedy: str = ""


class Members:
    """The members of one container from `ask.resume` on, in one process.

    After `taken` ended: `end` is the extractor's last word, or None where it broke off and another one may go on
    behind `last`; `promised` is what the directory says (-1: nothing).
    """

    def __init__(self, archive: Archive, process: Process, meter: Meter, fd: int, ask: Ask, seconds: float) -> None:
        self._seconds = seconds
        self._archive = archive
        self._process = process
        self._meter = meter
        self._fd = fd
        self._ask = ask
        self._ahead: Step | None = None
        self.last = ask.resume
        self.promised = -1
        self.end: End | None = None

    def taken(self) -> Iterator[Taken]:
        """Every member that is wanted. Raises LimitError where the whole container is at a limit."""
        steps = self._checked()
        try:
            self._ahead = self._next(steps)
            while isinstance(self._ahead, Member):
                taken = self._member(self._ahead, steps)
                self.last = taken.member.ordinal
                yield taken
        except SandboxError as error:
            code, message, remedy = _WHY[error.failure]
            self.end = End(code=code, message=message, remedy=remedy)
        finally:
            self._process.kill()

    def _next(self, steps: Iterator[Step]) -> Step | None:
        """The next step that is a member, bytes or a failure of it; takes note of the others."""
        for step in steps:
            self._meter.tick()
            if isinstance(step, Promise):
                self.promised = step.expected
            elif isinstance(step, End):
                self.end = step
                return None
            elif isinstance(step, (Member, Data, Fail)):
                return step
        return None

    def _member(self, member: Member, steps: Iterator[Step]) -> Taken:
        taken = Taken(member)
        try:
            self._meter.begin(member.source[1] - member.source[0] if member.source else 0)
            self._keep(taken, steps)
        except LimitError as error:
            if error.whole:
                raise
            self._lost(taken, error.code, error.message, error.remedy)
            self._ahead = None  # its process is at this member still: another one goes on behind it
        except SandboxError as error:
            self._lost(taken, *_WHY[error.failure])
            self._ahead = None
        taken.out = self._meter.out
        return taken

    def _lost(self, taken: Taken, code: str, message: str, remedy: str) -> None:
        """Nothing of it is kept: what came was cut at a place that means nothing."""
        taken.data, taken.place, taken.length = b"", None, 0
        taken.code, taken.message, taken.remedy = code, message, remedy
        self._locate(taken)

    def _locate(self, taken: Taken) -> None:
        """A member without bytes of its own stands for its packed bytes in the container."""
        start, end = taken.member.source or (0, 0)
        found = hashlib.sha256()
        for at in range(start, end, HASHED):
            found.update(os.pread(self._fd, min(HASHED, end - at), at))
        taken.digest, taken.length = found.digest(), end - start

    def _keep(self, taken: Taken, steps: Iterator[Step]) -> None:
        """Gather the bytes of a member: small ones in memory, large ones straight to the blob store."""
        head = bytearray()
        chunks = self._chunks(taken, steps)
        for chunk in chunks:
            head += chunk
            if len(head) >= SMALL:
                taken.digest, taken.length = self._archive.store_stream(_chained(bytes(head), chunks))
                taken.place = Place(-1, 0, taken.length)
                return
        if taken.code and not head:
            self._locate(taken)
            return
        taken.data, taken.length = bytes(head), len(head)
        taken.digest = hashlib.sha256(head).digest()

    def _chunks(self, taken: Taken, steps: Iterator[Step]) -> Iterator[bytes]:
        while True:
            step = self._next(steps)
            if isinstance(step, Data):
                self._meter.take(len(step.chunk))
                yield step.chunk
            elif isinstance(step, Fail):
                taken.code, taken.message, taken.remedy = step.code, step.message, step.remedy
            else:
                self._ahead = step
                return

    def _checked(self) -> Iterator[Step]:
        """Steps whose form was checked. Raises SandboxError where the process failed or lied."""
        self._process.send(_encoder.encode(Open(self._fd, self._ask)))
        ordinal = self._ask.resume
        while True:
            untrusted_frame = self._process.receive(self._seconds)
            try:
                untrusted_steps = _steps.decode(untrusted_frame)
                for untrusted_step in untrusted_steps:
                    ordinal = _check(untrusted_step, ordinal, self._ask)
            except MALFORMED as error:
                raise self._process.reject() from error
            for step in untrusted_steps:
                yield _inside(step, self._ask.length) if isinstance(step, Member) else step
                if isinstance(step, End):
                    return


def _check(untrusted_step: Step, ordinal: int, ask: Ask) -> int:
    """One step against the rules of `steps`; gives the ordinal it leaves. Raises msgspec.ValidationError."""
    match untrusted_step:
        case Member():
            _check_member(untrusted_step, ordinal, ask)
            return untrusted_step.ordinal
        case Data():
            if len(untrusted_step.chunk) > DATA or ordinal == ask.resume:
                raise msgspec.ValidationError("data")
        case Fail() | End():
            texts = (untrusted_step.code, untrusted_step.message, untrusted_step.remedy)
            if max(map(len, texts)) > TEXT or (untrusted_step.code and not _FLAG.fullmatch(untrusted_step.code)):
                raise msgspec.ValidationError("text")
            if isinstance(untrusted_step, End):
                _check_flags(untrusted_step.warnings)
                _check_counts(untrusted_step.expected, untrusted_step.second, untrusted_step.rests)
        case Promise():
            _check_counts(untrusted_step.expected)
    return ordinal


def _check_counts(*untrusted_counts: int) -> None:
    """Numbers of members, -1: none. The catalogue holds no larger ones: a commit would fail."""
    if not all(-1 <= count < REST for count in untrusted_counts):
        raise msgspec.ValidationError("count")


def _check_member(untrusted_member: Member, ordinal: int, ask: Ask) -> None:
    member = untrusted_member
    in_turn = member.ordinal == ordinal + 1 or (ask.only and member.ordinal > ordinal)
    if not in_turn or member.attached >= member.ordinal or member.attached < 0:
        raise msgspec.ValidationError("ordinal")
    if max(len(member.raw), len(member.target), len(member.name)) > NAME or len(member.form) > TEXT:
        raise msgspec.ValidationError("name")
    if len(member.time) > 64 or not 0 <= member.mode < 1 << 31 or not -1 <= member.size < 1 << 63:
        raise msgspec.ValidationError("number")
    start, end = member.source or (0, 0)
    if not 0 <= start <= end:
        raise msgspec.ValidationError("source")
    _check_flags(member.flags)


def _inside(member: Member, length: int) -> Member:
    """With its packed bytes as far as the container has them: its headers may say more (it is cut off, or lies)."""
    start, end = member.source or (0, 0)
    if end <= length:
        return member
    return msgspec.structs.replace(member, source=(min(start, length), length))


def _check_flags(untrusted_flags: tuple[str, ...]) -> None:
    if len(untrusted_flags) > FLAGS or not all(map(_FLAG.fullmatch, untrusted_flags)):
        raise msgspec.ValidationError("flags")


def _chained(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks
