"""Archives that libarchive reads: tar, 7z, rar, iso, cab, cpio, ar, lha. In the order in which they stand."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime

from unsealed.ingest.extract.archive_library import BrokenError, Head, Reading, reading
from unsealed.ingest.extract.names import decoded, flags
from unsealed.ingest.extract.steps import NAME, Alive, Ask, Data, End, Fail, Kind, Member, Step

_FORMATS = {
    "tar": ("tar",), "7z": ("7zip",), "rar": ("rar", "rar5"), "iso": ("iso9660",), "cab": ("cab",), "cpio": ("cpio",),
    "ar": ("ar",), "lha": ("lha",),
}  # fmt: skip
_KINDS: dict[int, Kind] = {
    stat.S_IFDIR: "folder", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo", stat.S_IFCHR: "device",
    stat.S_IFBLK: "device", stat.S_IFSOCK: "socket",
}  # fmt: skip
PASSWORD = Fail(
    "A-PASSWORD", "it is encrypted and needs a password", "Run `unsealed ingest --retry --password-file FILE`."
)
DAMAGED = Fail("A-DAMAGED", "the packed bytes are damaged; what came before the damage is kept", "Mend a copy of it.")
SKIP_ALIVE = 1000  # members between two signs of life
TAR_BLOCK = 512


def extract(fd: int, ask: Ask) -> Iterator[Step]:
    """The members of an archive that is read from its beginning to its end. See `extract.Extractor`."""
    passwords = tuple(password.encode() for password in ask.passwords)
    ordinal = 0
    try:
        with reading(fd, _FORMATS[ask.form], passwords) as source:
            for head in source.heads():
                ordinal += 1
                if ask.wants(ordinal):
                    yield from _member(source, ordinal, head)
                    continue
                source.skip()
                if ordinal % SKIP_ALIVE == 0:
                    yield Alive()
    except BrokenError as error:
        yield _broken(error.words)
        return
    yield End(warnings=_unfinished(fd, ask))


def _unfinished(fd: int, ask: Ask) -> tuple[str, ...]:
    """A tar ends with two blocks of zeros; one that does not may have been cut off between two members."""
    if ask.form != "tar":
        return ()
    tail = os.pread(fd, 2 * TAR_BLOCK, max(0, ask.length - 2 * TAR_BLOCK))
    return ("A-NO-END",) if any(tail) else ()


def _broken(words: str) -> End:
    if any(word in words.lower() for word in ("encrypt", "passphrase", "password")):
        return End(code="A-PASSWORD", message=PASSWORD.message, remedy=PASSWORD.remedy)
    if "truncated" in words.lower():
        return End(code="A-TRUNCATED", message="it ends too early", remedy="Look for a whole copy of it.")
    return End(code="A-DAMAGED", message="it is damaged; what came before the damage was taken out",
               remedy="Look for a whole copy of it.")  # fmt: skip


def _member(source: Reading, ordinal: int, head: Head) -> Iterator[Step]:
    raw, hardlink = head.raw, head.hardlink
    kind: Kind = "hardlink" if hardlink else _KINDS.get(head.filetype, "file")
    target = hardlink or (head.symlink if kind == "symlink" else b"")
    name = decoded(raw)
    yield Member(
        ordinal, raw[:NAME], name, kind, head.size, _time(head.seconds), head.mode & 0xFFFF, target[:NAME],
        flags(raw, target),
    )  # fmt: skip
    if kind not in ("file", "hardlink"):
        return
    encrypted = head.encrypted
    try:
        for chunk in source.data():
            yield Data(chunk)
    except BrokenError as error:
        wanted = encrypted or any(word in error.words.lower() for word in ("encrypt", "passphrase", "password"))
        yield PASSWORD if wanted else DAMAGED


def _time(seconds: int | None) -> str:
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""
