"""The seal statement: the few lines that bind a whole archive on day one.

Takes and gives bytes and values. Its exact text stands in the `seal` entry of the log, signed there.
Spec: docs/formats/seal.md, section "Seal statement".
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from unsealed.errors import VerifyError
from unsealed.seal.atoms import FORMATS
from unsealed.seal.generation import MAX_NUMBER

FORMAT = "unsealed-seal/1"
_PREFIX = f'{{"v":"{FORMAT}",'.encode()
_TIME = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")

Hex32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Number = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the publisher sealed. Hashes are 64 lower-case hexadecimal digits.

    `size` is the number of slots; where `formats` names `unsealed-empty/1`, some may be unused and the number of
    documents is not public. `ledger` is the blinded digest of the ledger. `time` is UTC, `2026-11-22T12:00:00Z`,
    and the publisher's word only.
    """

    v: str
    archive: Hex32
    generation: Number
    size: Number
    root: Hex32
    formats: tuple[str, ...]
    ledger: Hex32
    time: str


_DECODER = msgspec.json.Decoder(Statement)


def make(
    archive: bytes, generation: int, size: int, root: bytes, formats: tuple[str, ...], ledger: bytes, time: str
) -> Statement:
    """A statement of this version; `formats` are sorted. Raises VerifyError for values that no statement can have."""
    statement = Statement(
        FORMAT, archive.hex(), generation, size, root.hex(), tuple(sorted(formats)), ledger.hex(), time
    )
    return decode(encode(statement))


def encode(statement: Statement) -> bytes:
    """The one byte form: JSON with the keys in the order of `Statement`, no white space, one LF at the end."""
    return msgspec.json.encode(statement) + b"\n"


def decode(untrusted: bytes) -> Statement:
    """Read a statement. Raises VerifyError `statement-version` or `statement-form`."""
    if not untrusted.startswith(_PREFIX):
        raise VerifyError(
            "This is not a seal statement of a known version.", rule="statement-version", remedy="Update Unsealed."
        )
    wrong = VerifyError("A seal statement is not in its one byte form.", rule="statement-form")
    try:
        statement = _DECODER.decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise wrong from None
    formats = statement.formats
    known = formats and set(formats) <= set(FORMATS) and tuple(sorted(set(formats))) == formats
    if not known or not _TIME.fullmatch(statement.time) or encode(statement) != untrusted:
        raise wrong
    return statement
