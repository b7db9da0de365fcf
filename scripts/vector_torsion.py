"""Ed25519 with the points of small order: signatures and keys on which careless implementations disagree.

Plain arithmetic of RFC 8032, section 5.1, slow and readable: it makes a few vectors and nothing else.
"""

from __future__ import annotations

import hashlib

from unsealed.seal.note import Signer

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]
NEUTRAL: Point = (0, 1)


def add(first: Point, second: Point) -> Point:
    """The sum of two points."""
    (x1, y1), (x2, y2) = first, second
    k = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def multiply(count: int, point: Point) -> Point:
    """`count` times a point."""
    found = NEUTRAL
    while count:
        if count & 1:
            found = add(found, point)
        point = add(point, point)
        count >>= 1
    return found


def encode(point: Point) -> bytes:
    """The 32 bytes of a point."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _with_y(y: int) -> Point | None:
    """The point with this y and an even x, where there is one."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if v * x * x % P != u:
        return None
    return (P - x if x & 1 else x, y)


def _base() -> Point:
    found = _with_y(4 * pow(5, -1, P) % P)
    assert found is not None
    return found


BASE = _base()


def small_order() -> list[Point]:
    """All eight points of small order, the neutral one first."""
    for y in range(2, 100):
        point = _with_y(y)
        if point is not None and multiply(4 * ORDER, point) != NEUTRAL:
            generator = multiply(ORDER, point)
            return [multiply(count, generator) for count in range(8)]
    raise AssertionError("no point of order 8 found")


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ORDER


def sign_with_torsion(signer: Signer, data: bytes) -> bytes:
    """A signature whose R has a part of order 8: it holds where both sides are multiplied by 8, and only there."""
    digest = hashlib.sha512(signer.key.seed).digest()
    secret = int.from_bytes(digest[:32], "little") & ~7 & ((1 << 254) - 1) | (1 << 254)
    r = _hash(b"vectors", digest[32:], data)
    point = encode(add(multiply(r, BASE), small_order()[1]))
    k = _hash(point, signer.key.public, data)
    return point + ((r + k * secret) % ORDER).to_bytes(32, "little")


def sign_for_neutral(data: bytes) -> bytes:
    """A signature that holds for every text under the key that is the neutral point."""
    r = _hash(b"neutral", data)
    return encode(multiply(r, BASE)) + r.to_bytes(32, "little")


def raise_s(signature: bytes) -> bytes:
    """The same signature with S above the order of the base point."""
    s = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + s.to_bytes(32, "little")
