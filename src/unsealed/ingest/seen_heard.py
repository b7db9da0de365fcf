"""Is this a picture, a sound or a film? By its first bytes; answers with the form's id and its media type."""

from __future__ import annotations

import re

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),
    (b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_MEDIA = (
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"MThd\x00\x00\x00\x06", "audio/midi"),
    (b".snd\x00\x00\x00", "audio/basic"),
    (b"#!AMR", "audio/amr"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "video/x-ms-asf"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
)
_BRANDS = (
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"heic", "image/heic"),
    (b"heix", "image/heic"),
    (b"mif1", "image/heif"),
    (b"heif", "image/heif"),
    (b"qt  ", "video/quicktime"),
    (b"M4A ", "audio/mp4"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"RMID": "audio/midi"}
_FORM = {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff"}
_PPM = re.compile(rb"P[1-6]\s+(?:#[^\n]*\n\s*)*\d{1,6}\s+(?:#[^\n]*\n\s*)*\d{1,6}\s")
_MP3 = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")  # the head of a frame of layer III
_BMP_HEADS = frozenset((12, 40, 52, 56, 64, 108, 124))


def picture_or_media(head: bytes) -> tuple[str, str] | None:
    """`("image", media type)`, `("media", media type)`, or None."""
    for magic, mime in _PICTURES:
        if head.startswith(magic):
            return "image", mime
    for magic, mime in _MEDIA:
        if head.startswith(magic):
            return "media", mime
    return _boxed(head) or _odd(head)


def _boxed(head: bytes) -> tuple[str, str] | None:
    """Formats whose name stands behind a length."""
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        mime = _RIFF[head[8:12]]
        return ("image" if mime.startswith("image/") else "media"), mime
    if head.startswith(b"FORM") and head[8:12] in _FORM:
        return "media", _FORM[head[8:12]]
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        mime = next((mime for name, mime in _BRANDS if brand == name), "video/mp4")
        return ("image" if mime.startswith("image/") else "media"), mime
    if head[4:8] in (b"moov", b"mdat", b"wide") and head[:2] == b"\x00\x00":
        return "media", "video/quicktime"
    return None


def _odd(head: bytes) -> tuple[str, str] | None:
    """Formats with a weak mark: more is asked of them."""
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADS:
        return "image", "image/bmp"
    if _PPM.match(head):
        return "image", "image/x-portable-anymap"
    if head.startswith(b"ID3") and len(head) > 10 and head[3] < 5 and max(head[6:10]) < 0x80:
        return "media", "audio/mpeg"
    if _MP3.match(head) and head[2:3] not in (b"", b"\xff") and head[2] >> 4 not in (0, 15):
        return "media", "audio/mpeg"
    if head.startswith(b"\x47") and len(head) > 376 and head[188] == head[376] == 0x47:
        return "media", "video/mp2t"
    return None
