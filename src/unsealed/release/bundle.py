"""The form of a partner's bundle: a zip file inside one age file, with a text and a JSON file for each document.

Takes documents as their partner may read them; gives the bytes of the zip, and reads such a zip back. Holds no rule on
who gets what (`release.partners`). Nothing of the seal can be in it: no function here takes a key, a slot, a
commitment, a proof or the hash of an original. Spec: docs/formats/partner-bundle.md.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec

from unsealed.crypto import sha256
from unsealed.errors import InputError
from unsealed.files import CHUNK, make_dirs, write_plain
from unsealed.review.shown import visible_text

FORMAT_PARTNER = "unsealed-partner/1"
MANIFEST, LETTER = "manifest.json", "READ-ME-FIRST.txt"

_MANIFEST_BYTES = 512 << 20
_FILE_BYTES = 1 << 30  # of one document
_PATH = re.compile(r"text/\d{4,9}\.txt|json/\d{4,9}\.json")
_RULE = "-" * 72
_REMEDY = "Ask the sender for the file again, and compare its SHA-256 with the one that they name."


class Withheld(msgspec.Struct, frozen=True, tag="withheld"):
    """Words that the partner does not get. `decided`: whether enough editors have agreed on it yet."""

    reason: str
    decided: bool


class Words(msgspec.Struct, frozen=True, tag="text"):
    """Words that the partner gets."""

    text: str


Part = Words | Withheld


class Document(msgspec.Struct, frozen=True):
    """One document as its partner gets it. `number` counts in the bundle, `item` is the newsroom's own number of it.

    `units` are (label, parts) in order. `fields` are parsed values whose words the partner gets whole.
    """

    number: int
    item: int
    name: str
    type: str
    fields: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, tuple[Part, ...]], ...]


class BundleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle: path inside it, length in bytes, SHA-256 in hex of exactly these bytes."""

    path: str
    length: int
    sha256: str


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One document in a manifest."""

    number: int
    item: int
    name: str
    type: str
    files: tuple[BundleFile, ...]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle says of itself. `id` is drawn for this one bundle; days are ISO.

    `expires` is the last day of its use. `whole`: it holds words that are withheld, too.
    """

    publisher: str
    partner: str
    bundle: int
    id: str
    date: str
    expires: str
    whole: bool


class BundleManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`manifest.json` of a bundle."""

    v: str
    head: Head
    documents: tuple[Listed, ...]


# --- writing --------------------------------------------------------------------------------------------


class Bundle:
    """The bytes of one bundle, made while they are read: no unencrypted byte lies on a disk.

    `manifest` is there once `chunks` came to their end.
    """

    def __init__(self, head: Head, documents: Iterable[Document], reasons: dict[str, str]) -> None:
        self._head = head
        self._documents = documents
        self._reasons = reasons
        self.manifest: BundleManifest | None = None

    def chunks(self) -> Iterator[bytes]:
        """The zip file, in chunks."""
        out = _Sink()
        listed = []
        with ZipFile(out, "w", ZIP_DEFLATED) as packed:  # type: ignore[call-overload]
            _write(packed, LETTER, _letter(self._head))
            for document in self._documents:
                listed.append(self._add(packed, document))
                yield out.take()
            manifest = BundleManifest(FORMAT_PARTNER, self._head, tuple(listed))
            _write(packed, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
            yield out.take()
        self.manifest = manifest
        yield out.take()

    def _add(self, packed: ZipFile, document: Document) -> Listed:
        text = document_text(self._head, document, self._reasons).encode()
        data = msgspec.json.encode(document) + b"\n"
        files = []
        for path, content in ((f"text/{document.number:04}.txt", text), (f"json/{document.number:04}.json", data)):
            _write(packed, path, content)
            files.append(BundleFile(path, len(content), sha256(content).hexdigest()))
        return Listed(document.number, document.item, document.name, document.type, tuple(files))


class _Sink:
    """What `zipfile` writes to: an end of a pipe, which cannot be sought."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def _write(packed: ZipFile, path: str, data: bytes) -> None:
    # The first day that a zip file knows: when exactly somebody worked is nobody's business.
    info = ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    info.compress_type = ZIP_DEFLATED
    packed.writestr(info, data)


def _letter(head: Head) -> bytes:
    withheld = (
        "It holds words that must not be published: two editors agreed that you get them."
        if head.whole
        else "Where something stands in brackets as [withheld: ...], editors have withheld it, or may do so."
    )
    return visible_text(
        f"Bundle {head.bundle} of {head.publisher}, for {head.partner} alone.\n\n"
        f"Made on {head.date}. Delete it, and every copy, after {head.expires}.\n{withheld}\n"
        "Nothing in it is released. It is not proved by anything in it either: what is released later can be\n"
        "checked against the publisher's seal, this text cannot. Each file names this bundle in its first line.\n\n"
        "text/ holds each document for reading, json/ the same for programs, manifest.json the list of both.\n"
        "Speak of a document by its item number. Tell the publisher at once when your key may be in other hands.\n"
    ).encode()


def document_text(head: Head, document: Document, reasons: dict[str, str]) -> str:
    """A document for reading. `reasons`: the words of each reason's code."""
    first = f"Item {document.item} {document.name}".strip()
    line = f"{first} ({document.type}), document {document.number} of bundle {head.bundle}, for {head.partner} alone"
    body = "".join(_part_text(part, reasons) for _, parts in document.units for part in parts)
    return visible_text(f"{line}. Delete after {head.expires}.\n{_RULE}\n{body.rstrip()}\n")


def _part_text(part: Part, reasons: dict[str, str]) -> str:
    if isinstance(part, Words):
        return part.text
    waits = "" if part.decided else ", not decided yet"
    return f"[withheld{waits}: {reasons.get(part.reason, part.reason).rstrip('.')}]"


# --- reading --------------------------------------------------------------------------------------------


class Unpacked(NamedTuple):
    """What was unpacked: the manifest of the bundle, and how many files."""

    manifest: BundleManifest
    files: int


def unpack(untrusted: IO[bytes], folder: Path) -> Unpacked:
    """Check the zip file of a bundle and write its files below `folder`, which must be empty.

    Every file is one that the manifest lists, with its length and hash. Raises InputError for anything else.
    """
    with _broken(), ZipFile(untrusted) as packed:
        manifest = _read_manifest(packed)
        listed = {file.path: file for document in manifest.documents for file in document.files}
        _check_names(packed, listed, manifest)
        make_dirs(folder, mode=0o700)
        for name in ("text", "json"):
            make_dirs(folder / name, mode=0o700)
        for name in (LETTER, MANIFEST):
            write_plain(folder / name, _member(packed, name, _MANIFEST_BYTES))
        for path, file in listed.items():
            write_plain(folder / path, _checked(packed, file))
    return Unpacked(manifest, len(listed) + 2)


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError("What is inside is no bundle, or it is damaged.", remedy=_REMEDY) from error


def _read_manifest(packed: ZipFile) -> BundleManifest:
    try:
        data = _member(packed, MANIFEST, _MANIFEST_BYTES)
        manifest = msgspec.json.decode(data, type=BundleManifest)
    except (KeyError, msgspec.MsgspecError, RecursionError) as error:
        raise InputError("The file opens, but is no bundle for a partner.", remedy=_REMEDY) from error
    if manifest.v != FORMAT_PARTNER:
        raise InputError("The bundle is of a version that this program does not know.", remedy="Update Unsealed.")
    return manifest


def _check_names(packed: ZipFile, listed: dict[str, BundleFile], manifest: BundleManifest) -> None:
    names = packed.namelist()
    expected = {*listed, LETTER, MANIFEST}
    if (
        len(listed) != sum(len(document.files) for document in manifest.documents)
        or not all(map(_PATH.fullmatch, listed))
        or len(names) != len(expected)
        or set(names) != expected
    ):
        raise InputError("The bundle holds other files than its manifest lists.", remedy=_REMEDY)


def _checked(packed: ZipFile, file: BundleFile) -> bytes:
    data = _member(packed, file.path, min(max(file.length, 0), _FILE_BYTES))
    if len(data) != file.length or sha256(data).hexdigest() != file.sha256:
        raise InputError("A file of the bundle is not the one that its manifest lists.", remedy=_REMEDY)
    return data


def _member(packed: ZipFile, path: str, limit: int) -> bytes:
    """The bytes of a member, `limit` at the most: one more, and it is refused."""
    if packed.getinfo(path).compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # no bundle is packed in another way
        raise BadZipFile
    with packed.open(path) as handle:
        data = bytearray()
        while chunk := handle.read(min(CHUNK, limit + 1 - len(data))):
            data += chunk
            if len(data) > limit:
                raise InputError("A file of the bundle is longer than its manifest says.", remedy=_REMEDY)
    return bytes(data)
