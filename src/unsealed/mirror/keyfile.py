"""One key of a witness or a mirror in a file of its own, encrypted with a passphrase (0600). Never overwritten.

Takes a path and a passphrase; gives a signer. The public half stands in plain text on the second line, so that
`status` needs no passphrase; it is bound to the secret half.

Spec: docs/formats/mirror.md, "Key file".
"""

from __future__ import annotations

from pathlib import Path

from unsealed.crypto import decrypt_secret, encrypt_secret
from unsealed.errors import KeysError, VerifyError
from unsealed.files import read_capped, write_durable
from unsealed.seal.note import Signer, VerifierKey, generate, parse_skey, parse_vkey

_MAGIC = b"unsealed-mirror-key/1\n"
_MAX_FILE = 8 << 10  # bytes


def new_key(path: Path, name: str, kind: int, passphrase: str) -> VerifierKey:
    """Make a key under `name` and write its file. Raises KeysError for a name that no key can have, or a file there."""
    if path.exists():
        raise KeysError(f"{path} exists already.", remedy="One key, one name: choose another folder.")
    try:
        signer = generate(name, kind)
    except VerifyError as error:
        raise KeysError(error.message, remedy="Use a name without spaces and plus signs.") from error
    vkey = signer.verifier.vkey.encode()
    box = encrypt_secret(vkey + b"\n" + signer.skey.encode(), passphrase)
    write_durable(path, _MAGIC + vkey + b"\n" + box, mode=0o600)
    return signer.verifier


def _parts(path: Path) -> tuple[bytes, bytes]:
    if not path.exists():
        raise KeysError(f"{path} is missing.", remedy="Restore it from its backup.")
    data = read_capped(path, _MAX_FILE)
    vkey, separator, box = data.removeprefix(_MAGIC).partition(b"\n")
    if not data.startswith(_MAGIC) or not separator:
        raise KeysError(f"{path} is no key file of a known version.", remedy="Use its backup, or update Unsealed.")
    return vkey, box


def public_key(path: Path) -> VerifierKey:
    """The public half; needs no passphrase. Raises KeysError."""
    vkey, _ = _parts(path)
    try:
        return parse_vkey(vkey.decode())
    except (VerifyError, UnicodeDecodeError) as error:
        raise KeysError(f"{path} names no public key.", remedy="Use its backup.") from error


def open_key(path: Path, passphrase: str) -> Signer:
    """The key. Raises KeysError: wrong passphrase, or a public half that is not that of the secret one."""
    vkey, box = _parts(path)
    plain = decrypt_secret(box, passphrase)
    if not plain.startswith(vkey + b"\n"):
        raise KeysError(f"{path} was changed: its head does not belong to its secret.", remedy="Use its backup.")
    signer = parse_skey(plain[len(vkey) + 1 :].decode())
    if signer.verifier.vkey.encode() != vkey:
        raise KeysError(f"{path} was changed: its secret is of another key.", remedy="Use its backup.")
    return signer
