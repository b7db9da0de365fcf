"""`site.manifest`: path, length and SHA-256 of every file of a site, so that no mirror can change a sentence.

Takes and gives bytes and values; touches nothing. Text, one file a line, sorted; every byte has one spelling.

Spec: docs/formats/site-manifest.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unsealed.errors import VerifyError

FORMAT = "unsealed-site/1"
MAX_MANIFEST = 1 << 30  # bytes
MAX_PATH = 1024  # bytes of a path
_LINE = re.compile(r"([0-9a-f]{64}) (0|[1-9][0-9]{0,15}) ([^\n]+)")
_FORBIDDEN = re.compile("[\x00-\x1f\\\\\x7f\ud800-\udfff]")
_OUTSIDE = "heads/"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\Z")
_OTHER = re.compile(r"[^A-Za-z0-9]+")
LONGEST = 80  # characters of a folder that is named after a document


class SiteFile(NamedTuple):
    """One file: its path below `public/`, its length in bytes, its SHA-256 in hex."""

    path: str
    length: int
    sha256: str


class Differences(NamedTuple):
    """Paths that differ, are missing, or are extra; each sorted."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.extra)


def check_path(untrusted_path: str) -> None:
    """A plain relative path: no empty, `.` or `..` part, no back slash, control, or surrogate; at most 1,024 bytes.

    Raises VerifyError (rule `path`).
    """
    if _FORBIDDEN.search(untrusted_path) or len(untrusted_path.encode(errors="replace")) > MAX_PATH:
        raise VerifyError("A path in a manifest is too long or has a forbidden character.", rule="path")
    if any(part in ("", ".", "..") for part in untrusted_path.split("/")):
        raise VerifyError("A path in a manifest leaves its folder or is not plain.", rule="path")


def document_segment(untrusted_id: str, slot: int) -> str:
    """The folder below `d/` of a document. An id that is no plain word is rewritten and ends in its slot.

    Spec: docs/formats/site-manifest.md, section "Layout".
    """
    if len(untrusted_id) <= LONGEST and _SAFE.match(untrusted_id):
        return untrusted_id
    base = _OTHER.sub("-", untrusted_id[:LONGEST]).strip("-") or "document"
    return f"{base}-s{slot}"


def encode_manifest(files: Iterable[SiteFile]) -> bytes:
    """The manifest of these files, sorted by path. Raises VerifyError: `path`, `manifest-order` for one named twice."""
    ordered = sorted(files)
    lines = [FORMAT, *(f"{file.sha256} {file.length} {file.path}" for file in ordered), ""]
    data = "\n".join(lines).encode()
    decode_manifest(data)
    return data


def decode_manifest(untrusted: bytes) -> tuple[SiteFile, ...]:
    """Read a manifest. `encode_manifest` gives the same bytes back.

    Raises VerifyError: `manifest-size`, `manifest-form`, `manifest-order` (not sorted, or a path twice), `path`.
    """
    if len(untrusted) > MAX_MANIFEST:
        raise VerifyError("A site manifest is too long.", rule="manifest-size")
    try:
        first, *lines = untrusted.decode().split("\n")
    except UnicodeDecodeError as error:
        raise VerifyError("A site manifest is not UTF-8.", rule="manifest-form") from error
    if first != FORMAT or not lines or lines.pop() != "":
        raise VerifyError("A site manifest is cut off or of an unknown version.", rule="manifest-form")
    found = []
    last = ""
    for number, line in enumerate(lines, 2):
        match = _LINE.fullmatch(line)
        if match is None:
            raise VerifyError(f"Line {number} of a site manifest is not HASH LENGTH PATH.", rule="manifest-form")
        path = match[3]
        check_path(path)
        if path <= last:
            raise VerifyError(f"Line {number} of a site manifest is not in order.", rule="manifest-order")
        if path.startswith(_OUTSIDE):
            raise VerifyError(f"Line {number} of a site manifest names a file of heads/.", rule="path")
        found.append(SiteFile(path, int(match[2]), match[1]))
        last = path
    return tuple(found)


def compare(expected: Mapping[str, tuple[int, str]], found: Mapping[str, tuple[int, str]]) -> Differences:
    """Compare two mappings from path to (length, SHA-256 in hex)."""
    changed = sorted(path for path in expected.keys() & found.keys() if expected[path] != found[path])
    return Differences(
        tuple(changed), tuple(sorted(expected.keys() - found.keys())), tuple(sorted(found.keys() - expected.keys()))
    )
