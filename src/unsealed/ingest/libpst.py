"""A further count of the messages of a PST, by the tools of libpst (`readpst`, `lspst`), in a sandbox of their own.

They are optional and know less than our reader (no hidden items, no orphans, only what lies below the top folder of the
owner): what they count beside it is for people to look at, a difference alone proves nothing.
"""

from __future__ import annotations

import re

import msgspec

from unsealed.errors import SetupError
from unsealed.ingest.extract import End
from unsealed.sandbox import SandboxError
from unsealed.sandbox.tools import ToolLimits, ToolResult, run_tool

WRITTEN = 64 << 20  # bytes of a store that readpst may write out again into its scratch; larger ones lspst lists
SECONDS = 600.0

_DONE = re.compile(rb'^[ \t]*"[^\n]*" - (\d{1,9}) items done, (\d{1,9}) items skipped\.', re.MULTILINE)
_FOLDER = re.compile(rb'^Processing Folder "', re.MULTILINE)
_ITEM = re.compile(rb"^(?:Email|Appointment|Contact|Journal|Task|Note|Unknown)\b", re.MULTILINE)


def compared(end: End, form: str, descriptor: int, length: int) -> End:
    """The end of a PST with libpst's count beside the others, as the warning `libpst:COUNT`; any other as it is."""
    found = count(descriptor, length) if form == "pst" else -1
    return msgspec.structs.replace(end, warnings=(*end.warnings, f"libpst:{found}")) if found >= 0 else end


def count(descriptor: int, length: int) -> int:
    """How many messages libpst finds in the store behind a descriptor; -1 where its tools are not there or fail."""
    limits = ToolLimits(seconds=SECONDS, cpu=int(SECONDS), scratch=4 * WRITTEN)
    try:
        if length <= WRITTEN:
            line = ["readpst", "-D", "-w", "-j", "0", "-o", "/tmp", "/dev/stdin"]  # noqa: S108 - inside the sandbox
            return written(run_tool(line, data=descriptor, limits=limits))
        return listed(run_tool(["lspst", "/dev/stdin"], data=descriptor, limits=limits))
    except (SandboxError, SetupError):
        return -1


def written(untrusted_result: ToolResult) -> int:
    """The count that `readpst` reports: what it did and what it skipped; a folder counts as an item of its parent."""
    if untrusted_result.code:
        return -1
    report = untrusted_result.output + untrusted_result.errors
    items = sum(int(done) + int(skipped) for done, skipped in _DONE.findall(report))
    return max(-1, items - len(_FOLDER.findall(report)))


def listed(untrusted_result: ToolResult) -> int:
    """The count of the lines that `lspst` writes, one an item."""
    if untrusted_result.code:
        return -1
    return len(_ITEM.findall(untrusted_result.output))
