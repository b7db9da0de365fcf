"""C2SP signed notes: text that one or more keys signed, and the written forms of those keys.

Takes and gives bytes and values; touches nothing. Ed25519 only: type 0x01 for logs, editors and root keys, type
0x04 for witnesses (a cosignature, see `checkpoint.py`). Everything is read strictly: a value that could be
spelled in another way is refused.

Spec: c2sp.org/signed-note; what it leaves open is settled in docs/formats/log.md, section "Notes".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unsealed.crypto import SigningKey, check_public_key, sha256, verify_signature
from unsealed.errors import KeysError, VerifyError

KIND_ED25519 = 0x01
KIND_COSIGNATURE = 0x04
_KINDS = frozenset({KIND_ED25519, KIND_COSIGNATURE})
MAX_NOTE = 1 << 20  # bytes of a whole note
MAX_SIGNATURES = 100  # signature lines of a note; the spec asks for at least 16
MAX_NAME = 255  # bytes of a key name
_DASH = "\u2014 "
_PRIVATE = "PRIVATE+KEY+"
# White_Space of Unicode, written out so that no table of a programming language decides.
_SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}

_FORBIDDEN = frozenset("+") | {chr(c) for c in (*range(0x20), *range(0x7F, 0xA0))}


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(untrusted: str) -> bytes:
    """Undo `encode_base64`. Raises VerifyError (rule `base64`) for any spelling that it would not have written."""
    try:
        data = base64.b64decode(untrusted.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise VerifyError("A value is not base64.", rule="base64") from error
    if encode_base64(data) != untrusted:
        raise VerifyError("A base64 value is not in its one canonical spelling.", rule="base64")
    return data


def check_name(untrusted_name: str) -> None:
    """A key name: not empty, no Unicode space, no `+`, no control character (C0, DEL, C1), at most 255 bytes.

    Raises VerifyError (rule `key-name`).
    """
    plain = not any(character in _SPACES or character in _FORBIDDEN for character in untrusted_name)
    if not untrusted_name or not plain or len(untrusted_name.encode()) > MAX_NAME:
        raise VerifyError("A key name is empty, too long, or has a space, a plus or a control in it.", rule="key-name")


@dataclass(frozen=True)
class VerifierKey:
    """A public key under a name. `kind` is the signature type byte; `public` is 32 bytes (RFC 8032).

    Raises VerifyError: `key-name`, `key-kind`, `key-point` (see `crypto.check_public_key`).
    """

    name: str
    kind: int
    public: bytes
    key_id: bytes = field(init=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in _KINDS or len(self.public) != 32:
            raise VerifyError(f"The key {self.name} is of an unknown kind or length.", rule="key-kind")
        check_public_key(self.public)
        digest = sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()
        object.__setattr__(self, "key_id", digest[:4])

    @property
    def vkey(self) -> str:
        """The written form: name, `+`, key id in hex, `+`, base64 of type and key."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"


def parse_vkey(untrusted: str) -> VerifierKey:
    """Read a written public key.

    Raises VerifyError: rules `key-form`, `key-name`, `key-kind`, `key-point`, `key-id`, `base64`.
    """
    parts = untrusted.split("+", 2)
    if len(parts) != 3:
        raise VerifyError("A public key is not written as NAME+ID+KEY.", rule="key-form")
    name, key_id, encoded = parts
    material = decode_base64(encoded)
    if not material:
        raise VerifyError("A public key is empty.", rule="key-form")
    key = VerifierKey(name, material[0], material[1:])
    if key.key_id.hex() != key_id:
        raise VerifyError(f"The id of the key {name} does not belong to it.", rule="key-id")
    return key


@dataclass(frozen=True, repr=False)
class Signer:
    """A private key under a name. Its printed form shows the public half only."""

    name: str
    key: SigningKey
    kind: int = KIND_ED25519

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, self.key.public)

    @property
    def skey(self) -> str:
        """The written secret form. Only ever to be encrypted and stored."""
        verifier = self.verifier
        return f"{_PRIVATE}{self.name}+{verifier.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.key.seed)}"

    def __repr__(self) -> str:
        return f"Signer({self.verifier.vkey})"


def generate(name: str, kind: int = KIND_ED25519) -> Signer:
    """A new key under `name`. Raises VerifyError (rule `key-name`) for a name that cannot be used."""
    check_name(name)
    return Signer(name, SigningKey.generate(), kind)


def parse_skey(secret: str) -> Signer:
    """Read a written private key. Raises KeysError without any part of it in the message."""
    broken = KeysError("A private key cannot be read.", remedy="The key file is damaged: use its backup.")
    if not secret.startswith(_PRIVATE):
        raise broken
    parts = secret[len(_PRIVATE) :].split("+", 2)
    if len(parts) != 3:
        raise broken
    name, key_id, encoded = parts
    try:
        material = decode_base64(encoded)
        signer = Signer(name, SigningKey.from_bytes(material[1:]), material[0] if material else 0)
        verifier = signer.verifier
    except (VerifyError, KeysError):
        raise broken from None
    if verifier.key_id.hex() != key_id:
        raise broken
    return signer


class Signature(NamedTuple):
    """One signature line: who says to have signed, the id of the key, and the bytes after the id."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line with its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


class Note(NamedTuple):
    """A note: its text (with the final newline) and its signature lines in their order."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's one byte form."""
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise VerifyError("A note's text has a control character, or does not end with a newline.", rule="note-form")


def _parse_line(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise VerifyError("A note has a line after its text that is no signature.", rule="note-form")
    name, separator, encoded = line[len(_DASH) :].partition(" ")
    if not separator:
        raise VerifyError("A signature line has no signature.", rule="note-form")
    check_name(name)
    data = decode_base64(encoded)
    if len(data) < 5:
        raise VerifyError("A signature is too short.", rule="note-form")
    return Signature(name, data[:4], data[4:])


def parse_note(untrusted: bytes) -> Note:
    """Read a note; no signature is checked yet. `Note.encode` gives the same bytes back.

    Raises VerifyError: rules `note-size`, `note-form`, `key-name`, `base64`.
    """
    if len(untrusted) > MAX_NOTE:
        raise VerifyError(f"A note is longer than {MAX_NOTE} bytes.", rule="note-size")
    try:
        whole = untrusted.decode()
    except UnicodeDecodeError as error:
        raise VerifyError("A note is not UTF-8.", rule="note-form") from error
    head, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise VerifyError("A note has no empty line before its signatures, or is cut off.", rule="note-form")
    text = head + "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise VerifyError(f"A note has more than {MAX_SIGNATURES} signatures.", rule="note-size")
    return Note(text, tuple(_parse_line(line) for line in lines))


def sign(text: str, signers: Iterable[Signer]) -> tuple[Signature, ...]:
    """Sign `text` (it ends with a newline) with each key of kind 0x01. Raises VerifyError (rule `note-form`)."""
    _check_text(text)
    data = text.encode()
    return tuple(Signature(signer.name, signer.verifier.key_id, signer.key.sign(data)) for signer in signers)


def check_signatures(note: Note, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The keys of kind 0x01 among `keys` that signed the note, each once, in the order of the lines.

    Lines of unknown keys are passed over, as the spec demands (a caller who knows better counts them with
    `unknown_lines`). Raises VerifyError (rule `signature`) when a line of a known key does not hold.
    """
    known = {(key.name, key.key_id): key for key in keys if key.kind == KIND_ED25519}
    data = note.text.encode()
    signed: dict[VerifierKey, None] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:
            _check_line(key, line, data)
            signed[key] = None
    return tuple(signed)


def _check_line(key: VerifierKey, line: Signature, data: bytes) -> None:
    try:
        verify_signature(key.public, line.signature, data)
    except VerifyError as error:
        raise VerifyError(f"The signature of {key.name} does not belong to this text.", rule="signature") from error


def open_note(untrusted: bytes, keys: Sequence[VerifierKey]) -> tuple[Note, tuple[VerifierKey, ...]]:
    """Read a note that at least one of `keys` signed. Raises VerifyError, also with rule `key-unknown`."""
    note = parse_note(untrusted)
    signed = check_signatures(note, keys)
    if not signed:
        raise VerifyError("No known key signed this note.", rule="key-unknown")
    return note, signed


def unknown_lines(note: Note, keys: Sequence[VerifierKey]) -> tuple[Signature, ...]:
    """The lines that no key of `keys` can have written, and repeated ones: where every byte counts, a difference."""
    known = {(key.name, key.key_id) for key in keys}
    seen: set[tuple[str, bytes]] = set()
    strange = []
    for line in note.signatures:
        identity = (line.name, line.key_id)
        if identity not in known or identity in seen:
            strange.append(line)
        seen.add(identity)
    return tuple(strange)
