"""What a witness remembers, on disk: for each log the newest head that it signed. Forgetting would be lying.

Takes the folder of a witness; gives cosignatures. The folder holds `key`, `witness.json` (which logs), `logs/<id>`
(the newest head of each, a whole note, or the word `none`), `evidence/`. A head is durable before its cosignature
leaves: that is the commit point. Killed before it, nothing was signed; killed after it, the log asks again and gets
a cosignature over the same head.

A log that stands in `witness.json` without its file in `logs/` means that the state was lost. Such a witness does
not start: it could sign a second history without knowing. See docs/how-to/witness.md.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from unsealed.errors import InputError, SetupError, UsageError, VerifyError
from unsealed.files import Lock, make_dirs, read_capped, remove_leftovers, write_durable
from unsealed.mirror import keyfile
from unsealed.mirror.witness import Known, Refusal, check_request, origin_of, parse_request
from unsealed.seal.checkpoint import cosign, open_checkpoint
from unsealed.seal.note import KIND_COSIGNATURE, KIND_ED25519, MAX_NOTE, Signer, VerifierKey, parse_note, parse_vkey

KEY = "key"
_SETTINGS = "witness.json"
_FORMAT = "unsealed-witness/1"
_MAX_SETTINGS = 1 << 20  # bytes
_MAX_LOGS = 1000
_MAX_EVIDENCE = 100  # files: anybody can send heads, so what is kept of them has an end
_NONE = b"none\n"


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: str
    logs: tuple[str, ...]


class Held(NamedTuple):
    """A log that is served, and its newest head that was signed (a whole note), or empty bytes."""

    known: Known
    head: bytes


def log_id(origin: str) -> str:
    """How a log is called in addresses and file names: SHA-256 of its origin, in hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _lost(path: Path) -> SetupError:
    return SetupError(
        f"{path} is missing or damaged: this witness no longer knows what it signed, and does not start.",
        remedy="Restore the folder only from its newest copy; otherwise read `State lost` in docs/how-to/witness.md.",
    )


def init(folder: Path, name: str, passphrase: str) -> VerifierKey:
    """Make a witness: its key and an empty list of logs, durably. Raises KeysError where the folder has one."""
    make_dirs(folder, mode=0o700)
    key = keyfile.new_key(folder / KEY, name, KIND_COSIGNATURE, passphrase)
    _write_settings(folder, ())
    return key


def _write_settings(folder: Path, logs: tuple[str, ...]) -> None:
    write_durable(folder / _SETTINGS, msgspec.json.format(msgspec.json.encode(_Settings(_FORMAT, logs))) + b"\n")


def _read_settings(folder: Path) -> tuple[VerifierKey, ...]:
    path = folder / _SETTINGS
    if not path.exists():
        if (folder / KEY).exists():
            raise _lost(path)
        raise SetupError(f"{folder} is no witness.", remedy="Make one: unsealed witness init DIR --name NAME")
    try:
        settings = msgspec.json.decode(read_capped(path, _MAX_SETTINGS), type=_Settings)
        keys = tuple(parse_vkey(log) for log in settings.logs)
    except (msgspec.MsgspecError, UnicodeDecodeError, VerifyError) as error:
        raise SetupError(f"{path} cannot be read.", remedy="Restore it from its backup.") from error
    if settings.v != _FORMAT:
        raise SetupError(f"{path} is of an unknown version.", remedy="Update Unsealed.")
    return keys


def add_log(folder: Path, untrusted_vkey: str) -> VerifierKey:
    """Serve one more log, from nothing. Durable once it returns.

    One origin has one key and one key one origin. Raises InputError for what is no key of a log, UsageError where
    origin or key are served already, SetupError where what was signed for it before is damaged.
    """
    try:
        key = parse_vkey(untrusted_vkey)
    except VerifyError as error:
        raise InputError(error.message, remedy="Copy the `log` line of the publisher's policy.") from error
    if key.kind != KIND_ED25519:
        raise InputError("This is not the key of a log.", remedy="Copy the `log` line of the publisher's policy.")
    with Lock(folder / "lock"):
        keys = _read_settings(folder)
        if len(keys) >= _MAX_LOGS:
            raise UsageError(
                f"This witness serves {_MAX_LOGS} logs.", remedy="Run another witness with a key of its own."
            )
        if any(key.name == other.name or key.public == other.public for other in keys):
            raise UsageError(
                "This log, or its key, is served already: one key never stands for two names.",
                remedy="`unsealed witness status` lists the logs.",
            )
        # The state first: killed in between, a file lies there that nothing names. One with a head in it is from
        # before the list was restored from an older copy: what was signed stays signed.
        path = folder / "logs" / log_id(key.name)
        if path.exists():
            _read_log(folder, key)
        else:
            write_durable(path, _NONE)
        _write_settings(folder, (*(one.vkey for one in keys), key.vkey))
    return key


def read_logs(folder: Path) -> list[Held]:
    """Every log with its newest head. Raises SetupError where one of them was lost."""
    return [_read_log(folder, key) for key in _read_settings(folder)]


def _read_log(folder: Path, key: VerifierKey) -> Held:
    path = folder / "logs" / log_id(key.name)
    if not path.exists():
        raise _lost(path)
    data = read_capped(path, MAX_NOTE)
    if data == _NONE:
        return Held(Known(key), b"")
    try:
        checkpoint = open_checkpoint(data, key).checkpoint
    except VerifyError as error:
        raise _lost(path) from error
    return Held(Known(key, checkpoint.size, checkpoint.root), data)


class WitnessState:
    """A running witness: the lock of its folder is held, so that no second one answers from the same state."""

    def __init__(self, folder: Path, signer: Signer, now: Callable[[], float]) -> None:
        self._folder = folder
        self._signer = signer
        self._now = now
        self._guard = threading.Lock()
        self._lock = Lock(folder / "lock")
        self._logs: dict[str, Held] = {}

    def __enter__(self) -> Self:
        self._lock.__enter__()
        try:
            self._logs = {held.known.key.name: held for held in read_logs(self._folder)}
            remove_leftovers(self._folder / "logs")
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.__exit__(None, None, None)

    @property
    def name(self) -> str:
        """The name of the witness."""
        return self._signer.name

    def add_checkpoint(self, untrusted_body: bytes) -> bytes:
        """Answer one request: the signature line. The new head is durable when it returns.

        Checking and storing are one step under a lock: two requests at once are two requests one after the other.
        Raises Refusal with the status of the protocol.
        """
        request = parse_request(untrusted_body)
        origin = origin_of(request)
        with self._guard:
            held = self._logs.get(origin)
            if held is None:
                raise Refusal(404, "This witness does not know the log.", "origin")
            try:
                checkpoint = check_request(request, held.known)
            except Refusal as refusal:
                self._keep_evidence(held, refusal)
                raise
            read = parse_note(request.checkpoint)
            line = cosign(read.text, self._signer, int(self._now()))
            if checkpoint.size > held.known.size:
                head = request.checkpoint
                write_durable(self._folder / "logs" / log_id(origin), head)
                self._logs[origin] = Held(Known(held.known.key, checkpoint.size, checkpoint.root), head)
            return line.line().encode()

    def _keep_evidence(self, held: Held, refusal: Refusal) -> None:
        """Two heads of one size that the log signed: keep both, they are the proof of two histories."""
        folder = self._folder / "evidence"
        if not refusal.evidence or (folder.is_dir() and sum(1 for _ in folder.iterdir()) >= _MAX_EVIDENCE):
            return
        for head in (held.head, refusal.evidence):
            path = folder / f"{hashlib.sha256(head).hexdigest()[:16]}.checkpoint"
            if not path.exists():
                write_durable(path, head)

    def head(self, identifier: str) -> bytes:
        """The newest head of a log by its id, cosigned anew is not needed: as it was sent. Empty: none, or unknown."""
        found = (held.head for held in self._logs.values() if log_id(held.known.key.name) == identifier)
        return next(found, b"")


def recover(folder: Path, untrusted_heads: Iterable[bytes]) -> list[Known]:
    """Write the state of lost logs anew from heads that others hold; gives what is held now.

    Only ever for a witness whose state was lost, and only as good as the heads: whoever hands over an old one makes
    this witness able to sign a second history. Takes for each log the largest head that the log signed. A log that
    has a state keeps it where it is larger. Raises InputError for a log of which no head was given.
    """
    heads = tuple(untrusted_heads)
    with Lock(folder / "lock"):
        return [_recover_log(folder, key, heads) for key in _read_settings(folder)]


def _recover_log(folder: Path, key: VerifierKey, heads: tuple[bytes, ...]) -> Known:
    found: list[tuple[Known, bytes]] = []
    try:
        held = _read_log(folder, key)
        if held.head:
            found.append((held.known, held.head))
    except SetupError:
        held = None
    for head in heads:
        try:
            checkpoint = open_checkpoint(head, key).checkpoint
        except VerifyError:
            continue  # of another log; what nobody signed does not count
        found.append((Known(key, checkpoint.size, checkpoint.root), head))
    if not found and held is None:
        raise InputError(
            f"No head of the log {key.name} was given.",
            remedy="Name the publisher's site and mirrors, one --from each.",
        )
    roots = {(known.size, known.root) for known, _ in found}
    if len({size for size, _ in roots}) < len(roots):
        raise InputError(
            f"Two heads of the log {key.name} contradict each other: this log shows two histories.",
            remedy="Sign nothing for it; show both heads around.",
        )
    if not found:
        return Known(key)
    known, head = max(found, key=lambda one: one[0].size)
    write_durable(folder / "logs" / log_id(key.name), head)
    return known
