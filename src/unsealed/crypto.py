"""The only place that picks an algorithm.

Takes and gives bytes. Touches nothing else. Never prints, logs or returns a secret inside an error.

Hashes are the constructors of `hashlib` themselves: a wrapper function around each of a billion small
hashes would cost 4 %, the hash objects of `cryptography` five times as much.
"""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from unsealed.errors import KeysError, VerifyError

try:
    from _sha512 import sha512 as _own_sha512  # type: ignore[import-not-found]
except ImportError:  # another Python, or a later one
    _own_sha512 = hashlib.sha512
# CPython's own SHA-512, the one that hashlib falls back on: the same bytes. It needs none of OpenSSL's set-up, which
# takes longer than hashing one block.
short_sha512 = _own_sha512

sha256 = hashlib.sha256
sha512 = hashlib.sha512

# scrypt: N = 2^17, r = 8, p = 1: 128 MiB and about 0.4 s a try (RFC 7914; the first choice of OWASP's list).
_SCRYPT_LOG_N, _SCRYPT_R, _SCRYPT_P = 17, 8, 1
_MAGIC = b"unsealed-secret/1\n"
_SALT_LENGTH, _NONCE_LENGTH, _KEY_LENGTH = 16, 12, 32


def random_bytes(count: int) -> bytes:
    """`count` bytes from the operating system's random source."""
    return secrets.token_bytes(count)


class SigningKey:
    """An Ed25519 private key (RFC 8032)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the operating system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed (RFC 8032, section 5.1.5). Raises KeysError on another length."""
        if len(seed) != _KEY_LENGTH:
            raise KeysError("A signing key is not 32 bytes long.", remedy="The key file is damaged: use its backup.")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes. Only to be encrypted and stored."""
        return self._private.private_bytes_raw()

    @property
    def public(self) -> bytes:
        """The 32 public bytes."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature over `data`."""
        return self._private.sign(data)


# The field of Ed25519 and the constant of its curve (RFC 8032, section 5.1).
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
# The y of a point of order 8. The points of small order are those with y = 0, 1, -1, this and its negative.
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_ORDER = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


def check_public_key(public: bytes) -> None:
    """32 bytes are the canonical form of a point of the curve that is not one of the eight of small order.

    For a key of small order one signature holds for every text, and a second spelling of a key would count as a
    second key. Raises VerifyError (rule `key-point`). Spec: docs/formats/log.md, "Ed25519".
    """
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if y >= _P or y in _SMALL_ORDER:
        raise VerifyError("A public key is of small order, or not in its one spelling.", rule="key-point")
    # x² = (y² - 1) / (dy² + 1) has a root where this product is a square (Euler's criterion).
    product = (y * y - 1) * (_D * y * y + 1) % _P
    if pow(product, (_P - 1) // 2, _P) != 1:
        raise VerifyError("A public key is no point of the curve.", rule="key-point")


def verify_signature(public: bytes, signature: bytes, data: bytes) -> None:
    """Check an Ed25519 signature. Raises VerifyError (rule `signature`) where it does not hold.

    OpenSSL takes S below the order of the base point only, and compares the bytes of R with the encoding of
    sB - kA: no cofactor, so each signature has the same answer in every implementation that does (log.md).
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise VerifyError("A signature does not hold.", rule="signature") from error


def _passphrase_key(passphrase: str, salt: bytes) -> bytes:
    kdf = Scrypt(salt=salt, length=_KEY_LENGTH, n=1 << _SCRYPT_LOG_N, r=_SCRYPT_R, p=_SCRYPT_P)
    return kdf.derive(passphrase.encode())


def encrypt_secret(plaintext: bytes, passphrase: str) -> bytes:
    """Encrypt `plaintext` under a passphrase: magic line, salt(16), nonce(12), ChaCha20-Poly1305 box.

    The key is scrypt (RFC 7914) of the passphrase; the magic line is bound as associated data. Raises KeysError for
    an empty passphrase.
    """
    if not passphrase:
        raise KeysError("The passphrase is empty.", remedy="Choose several words that nobody would guess.")
    salt, nonce = random_bytes(_SALT_LENGTH), random_bytes(_NONCE_LENGTH)
    box = ChaCha20Poly1305(_passphrase_key(passphrase, salt)).encrypt(nonce, plaintext, _MAGIC)
    return _MAGIC + salt + nonce + box


def decrypt_secret(blob: bytes, passphrase: str) -> bytes:
    """Undo `encrypt_secret`. Raises KeysError where the passphrase is wrong or the bytes were changed."""
    if not blob.startswith(_MAGIC):
        raise KeysError(
            "This is not an encrypted secret of a known version.",
            remedy="Update Unsealed, or use the right file.",
        )
    body = blob[len(_MAGIC) :]
    salt, rest = body[:_SALT_LENGTH], body[_SALT_LENGTH:]
    return decrypt_with_key(rest, _passphrase_key(passphrase, salt), _MAGIC)


def encrypt_with_key(plaintext: bytes, key: bytes, purpose: bytes) -> bytes:
    """Encrypt under a 32-byte key: nonce(12), ChaCha20-Poly1305 box; `purpose` is bound as associated data."""
    nonce = random_bytes(_NONCE_LENGTH)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plaintext, purpose)


def decrypt_with_key(blob: bytes, key: bytes, purpose: bytes) -> bytes:
    """Undo `encrypt_with_key`. Raises KeysError where key, purpose or bytes are not the same."""
    try:
        return ChaCha20Poly1305(key).decrypt(blob[:_NONCE_LENGTH], blob[_NONCE_LENGTH:], purpose)
    except (InvalidTag, ValueError) as error:
        raise KeysError(
            "A secret cannot be opened: the passphrase is wrong or the file was changed.",
            remedy="Try the passphrase again; otherwise use a backup of the key file.",
        ) from error
