"""Names in containers are data: what their bytes say to a person, and whether they would leave a folder."""

from __future__ import annotations

import re

from unsealed.ingest.extract.steps import NAME

_DRIVE = re.compile(rb"[A-Za-z]:")
_PARTS = re.compile(rb"[/\\]")


def decoded(raw: bytes, *, utf8: bool = False) -> str:
    """A name as text: UTF-8 where it is, else code page 437, in which every byte is a character."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace") if utf8 else raw.decode("cp437")


def flags(raw: bytes, target: bytes = b"") -> tuple[str, ...]:
    """A-SLIP for a name or link that would leave the folder it was unpacked into, A-NAME for one that was cut."""
    found = []
    if _slips(raw) or (target and _slips(target)):
        found.append("A-SLIP")
    if len(raw) > NAME:
        found.append("A-NAME")
    return tuple(found)


def _slips(raw: bytes) -> bool:
    return raw.startswith((b"/", b"\\")) or _DRIVE.match(raw) is not None or b".." in _PARTS.split(raw)
