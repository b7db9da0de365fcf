"""What a stranger reads out of the bytes of a public file, whatever it is: the last look before it leaves the house.

Takes the name and the bytes of a file that we made; gives texts. Pure. Nothing is believed of what a file is called:
whatever is packed is unpacked (zstandard, gzip, zip, streams of PDF, compressed text of PNG), markup is taken off,
escapes are undone, and of every file that is no text the runs of characters that stand in it are read, in one and two
bytes a character. What an encoding inside a text hides (base64, entities, `%XX`) is found by `review.encoded`.

It reads our own output, which has limits of its own: these here only keep a fault from filling the memory.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import pikepdf
import pypdfium2
import zstandard
from PIL import Image

from unsealed.errors import ArchiveError

DEPTH = 5  # packings inside packings
MOST = 1 << 30  # bytes of one unpacked file
_MAGIC_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPED = b"\x2a\x4d\x18"
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  ")

# Elements that stand inside a word or a line of text: taken away without a trace. All others set words apart.
_INLINE = (
    "a|abbr|b|bdi|bdo|cite|code|data|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|tspan|u|var|wbr"
)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[!?/a-zA-Z][^<>]*>")
_VALUE = re.compile(r"""=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>=]+))""")
_ASIDE = re.compile(r"<!\[CDATA\[(.*?)\]\]>|<[!?]([^<>]*)>", re.DOTALL)  # what a reader of markup alone sees
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_MARKUP = re.compile(r"\A\s*(?:<\?xml|<!doctype|<html|<svg|<[a-zA-Z]+[\s>])", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ANY_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_ESCAPES = {r"\n": "\n", r"\"": '"', r"\/": "/", r"\t": "\t", r"\r": "\r", r"\b": "\b", r"\f": "\f"}
_BACKSLASH = "\x01"  # stands in hardly any text; where it does, escapes are undone one by one
# Numbers of JSON that count atoms, places and reasons: written one behind the other they make up any value.
_COUNTS = re.compile(r"(?<=[\[,:])-?\d{1,5}(?=[\],}])")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
# Hashes and keys are noise in which numbers of six digits stand by chance. What looks like one and says nothing as
# base64 is passed over: 64 digits of hex, 43 or more characters of base64 that are no text.
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{64}(?![0-9A-Za-z])")
_BASE64 = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{43,}={0,2}(?![0-9A-Za-z+/_-])")
_WORDS_IN = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{4,}")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)  # of a PDF: read unpacked, object by object
_SCAN = re.compile(rb"\xff\xda.*?(?=\xff[\xc0-\xcf\xd9-\xfe])", re.DOTALL)  # of a JPEG
_RUN = re.compile(rb"[\x09\x0a\x0d\x20-\x7e\x80-\xff]{4,}")
_WIDE_LE = re.compile(rb"(?:[\x09\x0a\x0d\x20-\xff][\x00-\x05]){4,}")
_WIDE_BE = re.compile(rb"(?:[\x00-\x05][\x09\x0a\x0d\x20-\xff]){4,}")


class Readable(NamedTuple):
    """A text, and the place inside its file where it stands: empty for the file itself."""

    where: str
    text: str


def readables(path: str, data: bytes, depth: int = DEPTH) -> Iterator[Readable]:
    """Every text of a file, its name first. Raises ArchiveError for a packing that is too deep, too large or broken."""
    yield Readable("its name", path)
    for where, text in _inside(data, depth):
        yield Readable(where, text)


def _inside(data: bytes, depth: int) -> Iterator[Readable]:
    if depth == 0:
        raise ArchiveError(f"A public file is packed more than {DEPTH} times.", remedy="Build the release again.")
    if data.startswith(_MAGIC_ZSTD):
        yield from _below("unpacked", _inflated(lambda: _zstd(data)), depth)
    elif data.startswith(b"\x1f\x8b"):
        yield from _below("unpacked", _inflated(lambda: gzip.decompress(data)), depth)
    elif data.startswith(b"PK\x03\x04"):
        yield from _zipped(data, depth)
    elif data.startswith(b"%PDF-"):
        yield from _pdf(data)
        yield from _runs(_STREAM.sub(b"stream", data))
    elif data.startswith(_PICTURES):
        yield from _picture(data)
        yield from _runs(_without_pixels(data))
    else:
        yield from _plain(data)


def _inflated(unpack) -> bytes:  # type: ignore[no-untyped-def]
    try:
        data: bytes = unpack()
    except (zstandard.ZstdError, zlib.error, OSError, EOFError) as error:
        raise ArchiveError("A packed public file cannot be unpacked.", remedy="Build the release again.") from error
    if len(data) > MOST:
        raise ArchiveError(f"A packed public file holds more than {MOST} bytes.", remedy="Use smaller packs.")
    return data


def _zstd(data: bytes) -> bytes:
    """Every frame of a zstandard file, one behind the other."""
    out = []
    while data:
        if data[1:4] == _SKIPPED and data[0] & 0xF0 == 0x50:  # a frame that readers pass over
            length = 8 + int.from_bytes(data[4:8], "little")
            out.append(data[8:length] + b"\n")
            data = data[length:]
            continue
        frame = zstandard.ZstdDecompressor().decompressobj()
        out.append(frame.decompress(data))
        if not frame.eof:
            raise EOFError
        data = frame.unused_data
    return b"".join(out)


def _below(where: str, data: bytes, depth: int) -> Iterator[Readable]:
    for inner, text in _inside(data, depth - 1):
        yield Readable(f"{where}, {inner}" if inner else where, text)


def _zipped(data: bytes, depth: int) -> Iterator[Readable]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield Readable("its comment", packed.comment.decode("utf-8", "replace"))
            for member in packed.infolist():
                said = member.filename + "\n" + (member.comment + member.extra).decode("utf-8", "replace")
                yield Readable("a member's name", said)
                yield from _below("a member", _inflated(lambda one=member: packed.read(one)), depth)
    except zipfile.BadZipFile as error:
        raise ArchiveError("A public zip file cannot be read.", remedy="Build the release again.") from error


# --- text ------------------------------------------------------------------------------------------------


def _plain(data: bytes) -> Iterator[Readable]:
    """Text, or runs of characters where it is none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        yield from _runs(data)
        return
    if "\0" in text:
        yield from _runs(data)
        return
    if _MARKUP.match(text):
        yield from _markup(text)
    else:
        yield Readable("", without_hashes(unescaped(text)))


def _markup(text: str) -> Iterator[Readable]:
    """What a page shows, and beside it what stands in its attributes and comments."""
    shown = _COMMENT.sub(" ", text)
    beside = [match[1] for match in _COMMENT.finditer(text)]
    beside += [match[1] or match[2] or "" for match in _ASIDE.finditer(shown)]
    beside += [
        match[1] or match[2] or match[3] or "" for tag in _TAG.finditer(shown) for match in _VALUE.finditer(tag[0])
    ]
    shown = _TAG.sub(" \n ", _INLINE_TAG.sub("", shown))
    yield Readable("", without_hashes(unescaped(html.unescape(shown))))
    yield Readable("its markup", without_hashes(unescaped(html.unescape("\n".join(dict.fromkeys(beside))))))


def unescaped(text: str) -> str:
    r"""A text with the escapes of JSON and JavaScript undone: a line end that is written `\n` sets words apart."""
    text = without_counts(text)
    if "\\" not in text:
        return text
    if _BACKSLASH in text or r"\u0001" in text:
        return _SURROGATES.sub(_pair, _ANY_ESCAPE.sub(_meant, text))
    # A backslash that is meant is put aside first: what stands behind it is no escape.
    text = text.replace(r"\\", _BACKSLASH)
    for escape, character in _ESCAPES.items():
        text = text.replace(escape, character)
    if r"\u" in text:
        text = _SURROGATES.sub(_pair, _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text))
    return text.replace(_BACKSLASH, "\\")


def _meant(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[0], match[0].replace(r"\\", "\\"))


def _pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16", "surrogatepass").decode("utf-16")


def without_counts(text: str) -> str:
    """A text without the small numbers of JSON in it: `[[13,2,3],[21,1,3]]` is no telephone number."""
    return _COUNTS.sub(" ; ", text) if "," in text else text


def without_hashes(text: str) -> str:
    """A text without hashes and keys, in which any number stands by chance. Base64 that says something becomes text."""
    return _BASE64.sub(_said, _HEX.sub(" ", text))


def _said(match: re.Match[str]) -> str:
    run = match[0].rstrip("=").replace("-", "+").replace("_", "/")
    if run.isalpha() or run.isdigit():
        return match[0]  # a very long word, or number
    if 5 * sum(len(word) for word in _WORDS_IN.findall(run)) >= 3 * len(run):
        return match[0]  # an address or a path: words of one case, not noise
    try:
        text = base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return " "
    return f" {text} "


def _runs(data: bytes) -> Iterator[Readable]:
    """Runs of characters in bytes that are no text: as UTF-8 and Latin-1, and of two bytes each, both ways round."""
    found = [run[0] for run in _RUN.finditer(data)]
    yield Readable("its bytes", without_hashes("\n".join(run.decode("utf-8", "replace") for run in found)))
    if any(max(run) > 0x7F for run in found):
        yield Readable("its bytes", without_hashes("\n".join(run.decode("latin-1") for run in found)))
    for pattern, name in ((_WIDE_LE, "utf-16-le"), (_WIDE_BE, "utf-16-be")):
        wide = "\n".join(run[0].decode(name, "replace") for run in pattern.finditer(data))
        if wide:
            yield Readable("its bytes, two to a character", wide)


# --- pictures and PDF ------------------------------------------------------------------------------------


def _picture(data: bytes) -> Iterator[Readable]:
    """What a picture says beside its pixels: compressed text, EXIF, XMP, comments."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            said = [f"{name}\n{_value(value)}" for name, value in picture.info.items()]
            exif = picture.getexif()
            said += [_value(value) for value in exif.values()]
            said += [_value(value) for part in (0x8769, 0x8825, 0xA005) for value in exif.get_ifd(part).values()]
    except (OSError, ValueError, SyntaxError) as error:
        raise ArchiveError("A public picture cannot be read.", remedy="Build the release again.") from error
    yield Readable("its metadata", "\n".join(said))


def _without_pixels(data: bytes) -> bytes:
    """A PNG without its pixels (`IDAT`), a JPEG without its scans: in a megabyte of noise short names stand by chance.

    OCR reads what they show. Of other formats everything stays.
    """
    if data.startswith(_PICTURES[0]):
        return b"\n".join(_chunks(data))
    if data.startswith(_PICTURES[1]):
        return _SCAN.sub(b"\n", data)
    return data


def _chunks(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        yield kind if kind == b"IDAT" else data[at + 4 : at + 8 + length]
        at += 12 + length
    yield data[at:]  # whatever stands behind the last chunk


def _value(value: object) -> str:
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
        return text + "\n" + value.decode("utf-16", "replace") if b"\0" in value else text
    return str(value)


def _pdf(data: bytes) -> Iterator[Readable]:
    """Every string, name and stream of every object of a PDF, and the text that its pages show."""
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            said: list[str] = []
            for thing in document.objects:
                _collect(thing, said)
            yield Readable("its objects", without_hashes("\n".join(said)))
    except pikepdf.PdfError as error:
        raise ArchiveError("A public PDF cannot be read.", remedy="Build the release again.") from error
    with contextlib.closing(pypdfium2.PdfDocument(data)) as shown:
        for page in shown:
            yield Readable("the text of a page", page.get_textpage().get_text_range())


def _collect(thing: pikepdf.Object, said: list[str], depth: int = 20) -> None:
    if depth == 0:
        return
    if isinstance(thing, pikepdf.Stream):
        _collect_stream(thing, said)
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for name, value in thing.items():
            said.append(str(name))
            if not value.is_indirect if isinstance(value, pikepdf.Object) else True:
                _collect(value, said, depth - 1)
    elif isinstance(thing, pikepdf.Array):
        for value in thing:
            _collect(value, said, depth - 1)
    elif isinstance(thing, pikepdf.Object | str | bytes):
        said.append(str(thing))


def _collect_stream(thing: pikepdf.Stream, said: list[str]) -> None:
    if thing.get("/Subtype") == "/Image":
        return  # pixels: OCR reads them (release/pictures)
    try:
        data = thing.read_bytes()
    except pikepdf.PdfError:
        data = thing.read_raw_bytes()
    said += [text for _, text in _runs(data)]
