"""Signed, encrypted and packed envelopes: S/MIME (CMS, RFC 5652) and PGP messages.

What is signed or packed is taken out and read on; what is encrypted is recognised, kept and counted. No key is looked
for.
"""

from __future__ import annotations

import binascii
import re
import zlib
from typing import NamedTuple

from unsealed.ingest.readers import unread
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part, rejected

VERSION = 1
DEPTH = 32  # values inside each other
VALUES = 100_000  # values looked at in one envelope

_SIGNED, _ENVELOPED, _DIGESTED, _ENCRYPTED = (
    bytes.fromhex(f"2a864886f70d0107{kind}") for kind in ("02", "03", "05", "06")
)
_COMPRESSED, _AUTHENTICATED = (bytes.fromhex(f"2a864886f70d01091001{kind}") for kind in ("09", "17"))
_ARMOUR = re.compile(rb"-----BEGIN (?:PKCS7|CMS)-----\s*([A-Za-z0-9+/=\s]*+)")
_REMEDY = "It is sealed as it is. With its key, decrypt it and ingest what comes out as a new file."


class Value(NamedTuple):
    """A value of BER: its tag, the half-open range of what is in it, the place behind it."""

    tag: int
    start: int
    end: int
    behind: int


class _Broken(Exception):
    """The bytes are no BER."""


def read_smime(data: bytes, context: bytes) -> Outcome:
    """A CMS envelope, binary or armoured."""
    armour = _ARMOUR.search(data[:4096])
    if armour is not None:
        found = _ARMOUR.search(data)
        letters = re.sub(rb"\s+", b"", found.group(1)) if found is not None else b""
        try:
            data = binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
        except binascii.Error:
            return _broken()
    try:
        return _Envelope(data).outcome()
    except (_Broken, RecursionError):
        return _broken()


def read_pgp(data: bytes, context: bytes) -> Outcome:
    """A PGP message: kept, counted, not read."""
    return _encrypted("pgp")


def _encrypted(reader: str) -> Outcome:
    return unread("unread", reader, VERSION, "M-ENCRYPTED", "an encrypted message; no key is looked for", _REMEDY)


def _broken() -> Outcome:
    return rejected("M-ENVELOPE", "the envelope breaks its own form", "Open it with `openssl cms` on a copy.")


class _Envelope:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.seen = 0

    def outcome(self) -> Outcome:
        kind, content = self._content(self._value(0, len(self.data)))
        if kind in (_ENVELOPED, _ENCRYPTED, _AUTHENTICATED):
            return _encrypted("smime")
        if kind not in (_SIGNED, _DIGESTED, _COMPRESSED) or content is None:
            return _broken()
        inner = self._inner(content)
        if inner is None:
            return unread(
                "unread", "smime", VERSION, "M-SIGNATURE", "a signature or certificates without a text", _KEPT
            )
        if kind == _COMPRESSED:
            try:
                inner = zlib.decompressobj().decompress(inner, LIMITS.item_bytes)
            except zlib.error:
                return _broken()
        build = Builder()
        build.finding("M-SIGNED" if kind == _SIGNED else "M-ENVELOPE-OPENED", "note")
        build.free("attachment", "", ((0, len(self.data)),))
        build.parts.append(Part("", inner, "application/octet-stream"))
        return build.outcome("data", "smime", VERSION)

    def _content(self, value: Value) -> tuple[bytes, Value | None]:
        """The kind that a ContentInfo names, and what it holds."""
        inside = self._inside(value)
        if value.tag != 0x30 or not inside or inside[0].tag != 0x06:
            raise _Broken
        held = inside[1] if len(inside) > 1 and inside[1].tag == 0xA0 else None
        return self.data[inside[0].start : inside[0].end], held

    def _inner(self, content: Value) -> bytes | None:
        """The text that a signed, digested or packed envelope carries, None where it carries none."""
        for value in self._inside(content)[:1]:
            for part in self._inside(value):
                inside = self._inside(part) if part.tag == 0x30 else []
                if inside and inside[0].tag == 0x06:
                    held = [self._octets(one, 0) for one in inside[1:2] if one.tag == 0xA0]
                    if held:
                        return held[0]
        return None

    def _octets(self, value: Value, depth: int) -> bytes:
        if depth > DEPTH:
            raise _Broken
        if not value.tag & 0x20:
            return self.data[value.start : value.end]
        return b"".join([self._octets(inner, depth + 1) for inner in self._inside(value)])

    def _inside(self, value: Value) -> list[Value]:
        if not value.tag & 0x20:
            return []
        found: list[Value] = []
        position = value.start
        while position < value.end:
            inner = self._value(position, value.end)
            found.append(inner)
            position = inner.behind
        return found

    def _value(self, position: int, limit: int, depth: int = 0) -> Value:
        self.seen += 1
        if self.seen > VALUES or depth > DEPTH or position + 2 > limit:
            raise _Broken
        tag, first = self.data[position], self.data[position + 1]
        position += 2
        if tag & 0x1F == 0x1F:
            raise _Broken
        if first == 0x80:  # no length: up to two zeros
            return self._open(tag, position, limit, depth)
        if first > 0x80:
            count = first & 0x7F
            if count > 8 or position + count > limit:
                raise _Broken
            first = int.from_bytes(self.data[position : position + count], "big")
            position += count
        end = min(position + first, limit)
        return Value(tag, position, end, end)

    def _open(self, tag: int, position: int, limit: int, depth: int) -> Value:
        start = position
        while self.data[position : position + 2] != b"\0\0":
            if position + 2 > limit:
                return Value(tag, start, limit, limit)
            position = self._value(position, limit, depth + 1).behind
        return Value(tag, start, position, position + 2)


_KEPT = "It is sealed with its raw hash; the signed message stands beside it."
