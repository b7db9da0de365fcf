"""The chain of the journal of decisions: each record carries a hash over itself and the hash of the record before it.

Pure: values in, bytes out. docs/formats/audit.md is the specification.
"""

from __future__ import annotations

from unsealed.crypto import sha256

START = bytes(32)  # stands before the first record
_TAG = b"us1J"


def link(before: bytes, number: int, item: int, editor: str, payload: bytes) -> bytes:
    """The hash of one record: 32 bytes over everything in it and over the hash `before` (audit.md, "The chain")."""
    name = editor.encode()
    head = _TAG + before + number.to_bytes(8) + item.to_bytes(8) + len(name).to_bytes(4) + name
    return sha256(head + len(payload).to_bytes(4) + payload).digest()
