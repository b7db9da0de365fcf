"""Files that only one person can open: the age format (age-encryption.org/v1), X25519 recipients only.

Takes and gives bytes. Touches nothing else. May never log or show a key, nor what it encrypts.

The one wrapper of `pyrage` (docs/decisions/0200-age-by-pyrage.md). Not part of the base install: only rooms of the
newsroom import it. No passphrases: a passphrase is shared, printed and kept for ever; a recipient is one person's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

import pyrage
from pyrage import x25519

from unsealed.errors import InputError, KeysError, UnsealedError

_KEY_LINE = "AGE-SECRET-KEY-1"  # what a line with a key begins with; no key itself
_RECIPIENT_REMEDY = "A recipient is one line that begins with age1; `age-keygen` or `unsealed partner key` prints it."
_DAMAGED = "Fetch or copy the file again, and compare its SHA-256 with the one that its sender names."


class Identity(NamedTuple):
    """A key of its own: `secret` is the line to be kept, `recipient` the line to be given away."""

    secret: str
    recipient: str

    def __repr__(self) -> str:
        """Without the secret: a value that is printed by mistake shows no key."""
        return f"Identity({self.recipient})"


def new_identity() -> Identity:
    """A new key from the operating system's random source."""
    made = x25519.Identity.generate()
    return Identity(str(made), str(made.to_public()))


def check_recipient(untrusted: str) -> str:
    """The recipient in its one spelling. Raises InputError where it is none of the kind `age1…` (X25519)."""
    try:
        return str(x25519.Recipient.from_str(untrusted.strip()))
    except pyrage.RecipientError as error:
        raise InputError("This is no age recipient.", remedy=_RECIPIENT_REMEDY) from error


def read_recipient(untrusted: bytes) -> str:
    """The one recipient of a file of recipients; `#` begins a comment. Raises InputError for none or several."""
    lines = _lines(untrusted)
    if len(lines) != 1:
        raise InputError("The file does not hold exactly one age recipient.", remedy=_RECIPIENT_REMEDY)
    return check_recipient(lines[0])


def read_identities(untrusted: bytes) -> tuple[Identity, ...]:
    """The keys of a key file as `age-keygen` writes it. Raises KeysError where there is none."""
    found = []
    for line in _lines(untrusted):
        try:
            key = x25519.Identity.from_str(line)
        except pyrage.IdentityError as error:
            raise KeysError("The key file holds a line that is no age key.", remedy=_key_remedy()) from error
        found.append(Identity(line, str(key.to_public())))
    if not found:
        raise KeysError("The key file holds no age key.", remedy=_key_remedy())
    return tuple(found)


def _key_remedy() -> str:
    return f"Use the file that `age-keygen` or `unsealed partner key` wrote: its line begins with {_KEY_LINE}."


def _lines(untrusted: bytes) -> list[str]:
    try:
        lines = untrusted.decode("ascii").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("The file is not plain text.", remedy=_RECIPIENT_REMEDY) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def encrypt(chunks: Iterable[bytes], recipient: str, target: BinaryIO) -> None:
    """Write an age file to exactly one recipient, streaming. Raises InputError for a recipient that is none.

    An error of `chunks` passes through; what was written by then is no whole age file and cannot be opened as one.
    """
    source = _Pipe(iter(chunks))
    to = x25519.Recipient.from_str(check_recipient(recipient))
    try:
        pyrage.encrypt_io(source, target, [to])
    except pyrage.EncryptError as error:
        if source.failed:
            raise source.failed from None
        raise InputError("The file could not be encrypted.", remedy="Is the disk full?") from error


def encrypt_bytes(data: bytes, recipient: str) -> bytes:
    """A small age file to exactly one recipient."""
    made = BytesIO()
    encrypt([data], recipient, made)
    return made.getvalue()


def decrypt(untrusted: BinaryIO, target: BinaryIO, keys: Iterable[Identity]) -> None:
    """Open an age file with one of the keys, streaming.

    Every 64 KiB are checked before they are written, that the file is whole only at its end: use `target` only once
    this has returned. Raises KeysError where none of the keys opens it, InputError for a damaged file or another one.
    """
    try:
        pyrage.decrypt_io(untrusted, target, [x25519.Identity.from_str(key.secret) for key in keys])
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise KeysError(
                "This key does not open the file: it was made for somebody else.", remedy="Use the key that it is for."
            ) from error
        raise InputError("The file is no age file, or its head is damaged.", remedy=_DAMAGED) from error
    except OSError as error:
        if error.errno is not None:  # of the disk, not of the file's own form
            raise
        raise InputError("The age file is damaged or not whole.", remedy=_DAMAGED) from error


class _Pipe:
    """A file to be read, made of chunks. Keeps our own error, of which the library passes on only the words."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""
        self.failed: UnsealedError | None = None

    def read(self, count: int) -> bytes:
        """At most `count` bytes; none at the end."""
        while not self._left:
            try:
                chunk = next(self._chunks, None)
            except UnsealedError as error:
                self.failed = error
                raise
            if chunk is None:
                return b""
            self._left = chunk
        given, self._left = self._left[:count], self._left[count:]
        return given
