"""Algorithms against published vectors; secrets that open only with their passphrase."""

from __future__ import annotations

import pytest

from unsealed import crypto
from unsealed.errors import KeysError, VerifyError

# RFC 8032, section 7.1, tests 1, 2 and 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize("length", [0, 1, 32, 36, 111, 112, 127, 128, 1000])
def test_both_sha512_give_the_same_bytes(length: int) -> None:
    data = bytes(range(256)) * 4
    assert crypto.short_sha512(data[:length]).digest() == crypto.sha512(data[:length]).digest()
    begun = crypto.short_sha512(data[:4]).copy()
    begun.update(data[4:length])
    assert begun.digest() == crypto.sha512(data[: max(4, length)]).digest()


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_ed25519_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = crypto.SigningKey.from_bytes(bytes.fromhex(seed))
    assert key.seed.hex() == seed
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    crypto.verify_signature(key.public, bytes.fromhex(signature), bytes.fromhex(message))
    with pytest.raises(VerifyError, match="does not hold"):
        crypto.verify_signature(key.public, bytes.fromhex(signature), b"another")


def test_bad_keys_and_signatures_are_refused() -> None:
    key = crypto.SigningKey.generate()
    with pytest.raises(KeysError):
        crypto.SigningKey.from_bytes(b"short")
    with pytest.raises(VerifyError) as caught:
        crypto.verify_signature(b"short", key.sign(b"x"), b"x")
    assert caught.value.rule == "signature"
    with pytest.raises(VerifyError):
        crypto.verify_signature(key.public, b"short", b"x")


def test_secret_opens_only_with_its_passphrase() -> None:
    blob = crypto.encrypt_secret(b"generation key", "correct horse")
    assert b"generation key" not in blob
    assert crypto.encrypt_secret(b"generation key", "correct horse") != blob
    assert crypto.decrypt_secret(blob, "correct horse") == b"generation key"
    with pytest.raises(KeysError, match="passphrase is wrong"):
        crypto.decrypt_secret(blob, "wrong horse")
    with pytest.raises(KeysError, match="known version"):
        crypto.decrypt_secret(b"unsealed-secret/9\n" + blob, "correct horse")
    for position in (len(blob) - 1, len(blob) // 2, 20):
        changed = bytearray(blob)
        changed[position] ^= 1
        with pytest.raises(KeysError):
            crypto.decrypt_secret(bytes(changed), "correct horse")
    with pytest.raises(KeysError):
        crypto.decrypt_secret(blob[:30], "correct horse")


def test_key_box_binds_its_purpose() -> None:
    key = crypto.random_bytes(32)
    box = crypto.encrypt_with_key(b"secret", key, b"generation/1")
    assert crypto.decrypt_with_key(box, key, b"generation/1") == b"secret"
    with pytest.raises(KeysError):
        crypto.decrypt_with_key(box, key, b"generation/2")


def _bytes(y: int, odd: bool = False) -> bytes:
    return (y | odd << 255).to_bytes(32, "little")


P = 2**255 - 19
Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("y", [0, 1, P - 1, Y8, P - Y8, P, P + 1, P + 3, 2**255 - 1, 2])
def test_weak_public_keys_are_refused(y: int, odd: bool) -> None:
    """Small order, a second spelling, or off the curve (y = 2)."""
    with pytest.raises(VerifyError) as caught:
        crypto.check_public_key(_bytes(y, odd))
    assert caught.value.rule == "key-point"


def test_real_public_keys_pass() -> None:
    for _, public, _, _ in RFC_8032:
        crypto.check_public_key(bytes.fromhex(public))
    for _ in range(20):
        crypto.check_public_key(crypto.SigningKey.generate().public)


def test_an_empty_passphrase_is_no_passphrase() -> None:
    with pytest.raises(KeysError, match="empty"):
        crypto.encrypt_secret(b"x", "")
