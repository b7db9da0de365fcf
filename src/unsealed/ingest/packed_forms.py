"""Which archive is this? By its first bytes; office files that are zips inside are not taken for archives."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MAGIC = (
    (b"7z\xbc\xaf\x27\x1c", "7z", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "rar", "application/vnd.rar"),
    (b"\x1f\x8b\x08", "gz", "application/gzip"),
    (b"\xfd7zXZ\x00", "xz", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "zst", "application/zstd"),
    (b"MSCF\x00\x00\x00\x00", "cab", "application/vnd.ms-cab-compressed"),
    (b"!<arch>\n", "ar", "application/x-archive"),
    (b"070701", "cpio", "application/x-cpio"),
    (b"070702", "cpio", "application/x-cpio"),
    (b"070707", "cpio", "application/x-cpio"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_DESCRIPTOR = 8
_OFFICE = frozenset(
    (b"[Content_Types].xml", b"_rels/.rels", b"word/document.xml", b"xl/workbook.xml", b"ppt/presentation.xml",
     b"META-INF/MANIFEST.MF", b"META-INF/container.xml", b"META-INF/")
)  # fmt: skip
_MIMETYPE = b"mimetype"
_VOLUME, _VOLUME_AT = b"CD001", 32769  # ECMA-119, 8.1: the first volume descriptor stands in sector 16
_BZIP_BLOCK = b"1AY&SY"


def packed_form(head: bytes) -> tuple[str, str] | None:
    """Form id and media type of an archive with these first bytes, None for everything else."""
    for magic, form, mime in _MAGIC:
        if head.startswith(magic):
            return form, mime
    if head.startswith(_ZIP):
        return None if _is_office(head) else ("zip", "application/zip")
    if head.startswith(b"BZh") and head[4:10] in (_BZIP_BLOCK, b"\x17\x72\x45\x38\x50\x90"):
        return "bz2", "application/x-bzip2"
    if head[_VOLUME_AT : _VOLUME_AT + 5] == _VOLUME:
        return "iso", "application/x-iso9660-image"
    if head[2:5] in (b"-lh", b"-lz") and head[6:7] == b"-":
        return "lha", "application/x-lzh-compressed"
    if _is_old_cpio(head):
        return "cpio", "application/x-cpio"
    return ("tar", "application/x-tar") if _is_tar(head) else None


def _is_old_cpio(head: bytes) -> bool:
    """The binary form: a magic number of two bytes, so the end of the first name must be where it should."""
    if head[:2] not in (b"\xc7\x71", b"\x71\xc7") or len(head) < 26:
        return False
    count = int.from_bytes(head[20:22], "little" if head[0] == 0xC7 else "big")
    return 1 < count <= 4096 and head[25 + count : 26 + count] == b"\x00" and b"\x00" not in head[26 : 25 + count]


def _is_tar(head: bytes) -> bool:
    """By the checksum of the first header, which every kind of tar has."""
    block = head[:512]
    if len(block) < 512 or not block[0]:
        return False
    stated = block[148:156].strip(b" \x00")
    if not stated or len(stated) > 7 or not all(byte in b"01234567" for byte in stated):
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in rest)
    return int(stated, 8) in (sum(rest), signed)


def _is_office(head: bytes) -> bool:
    """Word, Excel and their kin, OpenDocument, EPUB, Java: their own readers know what the members mean."""
    for index, (name, data) in enumerate(_local_names(head)):
        if name in _OFFICE or (not index and name == _MIMETYPE and data.startswith(b"application/")):
            return True
    return False


def _local_names(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names of the members that begin in these bytes, with the bytes behind each header."""
    at = head.find(b"PK\x03\x04", 0, 8)
    while at >= 0 and at + _LOCAL.size <= len(head):
        if not head.startswith(b"PK\x03\x04", at):
            return
        values = _LOCAL.unpack_from(head, at)
        names, extras = values[9], values[10]
        data = at + _LOCAL.size + names + extras
        yield head[at + _LOCAL.size : at + _LOCAL.size + names], head[data : data + 64]
        unsized = values[2] & _DESCRIPTOR and not values[7]
        at = head.find(b"PK\x03\x04", data) if unsized else _behind(head, data + values[7])


def _behind(head: bytes, at: int) -> int:
    """The next header, behind the descriptor that may stand between."""
    for gap in (0, 16, 12, 24, 20):
        if head.startswith(b"PK\x03\x04", at + gap):
            return at + gap
    return -1
