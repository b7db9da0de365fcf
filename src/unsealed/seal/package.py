"""The release package: its manifest, its packs of public documents, the commitments of a generation.

Takes and gives bytes and values; touches no disk. Everything is read with caps and in one spelling only; a
compressed file is never unpacked further than the format allows.

Spec: docs/formats/package.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import zstandard

from unsealed.crypto import sha256
from unsealed.errors import VerifyError
from unsealed.model import FORMAT_PUBLIC, FORMAT_RELEASE, Manifest, PackageFile, PublicDocument
from unsealed.seal.site_manifest import Differences, check_path, compare

MAX_MANIFEST = 256 << 20  # bytes of a manifest.json
PACK_DOCUMENTS = 256  # documents in one pack
MAX_PACK = 256 << 20  # bytes of a pack, unpacked
STATEMENT = "statement"  # the seal statement in a package that is a seal
EMBARGO = "embargo"  # the time before which the package is not to be published
MAX_EMBARGO = 64  # bytes of that file
_LEVEL = 6  # of zstandard: packs are written once and read often
_WINDOW = 1 << 27  # bytes of memory that a frame may ask for
_HEX = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMBARGO = re.compile(
    rb"([0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)\n"
)
_PACK = re.compile(r"packs/([0-9a-f]{64})\.zst")
_MANIFEST = msgspec.json.Decoder(Manifest)
_DOCUMENT = msgspec.json.Decoder(PublicDocument)


def _refuse(message: str, rule: str) -> VerifyError:
    return VerifyError(message, rule=rule)


# --- the manifest -------------------------------------------------------------------------------------


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest's one byte form: JSON, keys in the order of `model.Manifest`, one LF at the end.

    `files` are the packs in release order, then all others sorted by path; `reasons` rise by number, `withheld` by
    code. Raises VerifyError otherwise.
    """
    _check_manifest(manifest)
    return msgspec.json.encode(manifest) + b"\n"


def decode_manifest(untrusted: bytes) -> Manifest:
    """Read a manifest. Raises VerifyError.

    Rules: `manifest-size`, `manifest-form`, `manifest-version`, `manifest-order`, `path`.
    """
    if len(untrusted) > MAX_MANIFEST:
        raise _refuse(f"A release manifest is longer than {MAX_MANIFEST} bytes.", "manifest-size")
    try:
        manifest = _MANIFEST.decode(untrusted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refuse("A release manifest is not of its form.", "manifest-form") from error
    if encode_manifest(manifest) != untrusted:
        raise _refuse("A release manifest is not written in its one canonical form.", "manifest-form")
    return manifest


def _check_manifest(manifest: Manifest) -> None:
    if manifest.v != FORMAT_RELEASE:
        raise VerifyError(
            "A release manifest is of an unknown version.", rule="manifest-version", remedy="Update Unsealed."
        )
    numbers = (manifest.number, manifest.documents, *manifest.withheld.values())
    if min(numbers) < 0 or manifest.total < -1 or not _HEX.fullmatch(manifest.archive):
        raise _refuse("A number or the archive in a release manifest is out of range.", "manifest-form")
    if not _DAY.fullmatch(manifest.date):
        raise _refuse("The date in a release manifest is not a day.", "manifest-form")
    for file in manifest.files:
        check_path(file.path)
        if file.length < 0 or not _HEX.fullmatch(file.sha256):
            raise _refuse("A file in a release manifest has no proper length or hash.", "manifest-form")
        if file.path.startswith("media/") and file.path != media_path(file.sha256):
            raise _refuse("A file of media is not named by its hash.", "manifest-form")
        match = _PACK.fullmatch(file.path)
        if file.path.startswith("packs/") and (match is None or match[1] != file.sha256):
            raise _refuse("A pack is not named by its hash.", "manifest-form")
    paths = [file.path for file in manifest.files]
    packs = [path for path in paths if path.startswith("packs/")]
    if paths[: len(packs)] != packs or len(set(packs)) != len(packs):
        raise _refuse("The packs of a release manifest do not stand first, once each.", "manifest-order")
    _check_rising(paths[len(packs) :], "files")
    _check_rising([reason.number for reason in manifest.reasons], "reasons")
    _check_rising(list(manifest.withheld), "withheld")


def _check_rising(values: Sequence[str] | Sequence[int], what: str) -> None:
    if list(values) != sorted(set(values)):  # type: ignore[type-var]
        raise _refuse(f"`{what}` of a release manifest is not sorted, or names something twice.", "manifest-order")


def pack_files(manifest: Manifest) -> tuple[PackageFile, ...]:
    """The packs, in release order."""
    return tuple(file for file in manifest.files if file.path.startswith("packs/"))


def file_of(path: str, data: bytes) -> PackageFile:
    """The manifest line of a file."""
    return PackageFile(path, len(data), sha256(data).hexdigest())


def compare_files(manifest: Manifest, found: dict[str, tuple[int, str]]) -> Differences:
    """Compare the files that a manifest names with those found (path to length and SHA-256 in hex)."""
    return compare({file.path: (file.length, file.sha256) for file in manifest.files}, found)


def encode_embargo(time: str) -> bytes:
    """The file `embargo`: UTC to the second, `2026-12-01T06:00:00Z`, and one LF."""
    return f"{time}\n".encode()


def decode_embargo(untrusted: bytes) -> str:
    """The time in the file `embargo`; such times sort as text. Raises VerifyError (rule `embargo-form`)."""
    match = _EMBARGO.fullmatch(untrusted)
    if match is None:
        raise _refuse("The embargo of a package is not a time of its form.", "embargo-form")
    return match[1].decode()


# --- packs --------------------------------------------------------------------------------------------


def encode_pack(documents: Sequence[PublicDocument]) -> bytes:
    """A pack: JSON Lines of at most 256 documents, as one zstandard frame that states its length."""
    if not 0 < len(documents) <= PACK_DOCUMENTS:
        raise _refuse(f"A pack holds 1 to {PACK_DOCUMENTS} documents.", "pack-form")
    plain = b"".join(msgspec.json.encode(document) + b"\n" for document in documents)
    if len(plain) > MAX_PACK:
        raise _refuse("These documents are too long for one pack.", "pack-size")
    return zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(plain)


def pack_path(data: bytes) -> str:
    """Where a pack stands in its package: named by its hash."""
    return f"packs/{sha256(data).hexdigest()}.zst"


def unpack(untrusted: bytes) -> bytes:
    """The plain bytes of a pack. Raises VerifyError: `pack-size` above the cap, `pack-form` for all but one frame."""
    try:
        length = zstandard.frame_content_size(untrusted)
        if not 0 < length <= MAX_PACK:
            raise _refuse("A pack does not state its length, or is too long.", "pack-size")
        # The buffer has the length that the frame states, so a frame that holds more fails instead of growing.
        machine = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        return machine.decompress(untrusted, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise _refuse("A pack cannot be unpacked, is cut off, or has bytes after its end.", "pack-form") from error


def decode_pack(untrusted: bytes) -> Iterator[PublicDocument]:
    """The documents of a pack, in release order. Raises VerifyError: `pack-form`, `pack-size`, `pack-version`."""
    plain = unpack(untrusted)
    lines = plain.split(b"\n")
    if lines.pop() != b"" or not 0 < len(lines) <= PACK_DOCUMENTS:
        raise _refuse("A pack has no documents, too many, or is cut off.", "pack-form")
    for line in lines:
        yield decode_document(line)


def decode_document(untrusted_line: bytes) -> PublicDocument:
    """Read one public document. Raises VerifyError: `pack-form` (form, or another spelling), `pack-version`."""
    try:
        document = _DOCUMENT.decode(untrusted_line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refuse("A public document is not of its form.", "pack-form") from error
    if document.v != FORMAT_PUBLIC:
        raise VerifyError("A public document is of an unknown version.", rule="pack-version", remedy="Update Unsealed.")
    if msgspec.json.encode(document) != untrusted_line:
        raise _refuse("A public document is not written in its one canonical form.", "pack-form")
    _check_pages(document)
    return document


def media_files(document: PublicDocument) -> tuple[PackageFile, ...]:
    """The files of the package that a document's pages name: pictures in order, then the PDF."""
    if isinstance(document.pages, msgspec.UnsetType):
        return ()
    pages = document.pages
    named = [(page.sha256, page.length) for page in pages.pages] + [(pages.sha256, pages.length)]
    return tuple(PackageFile(media_path(digest), length, digest) for digest, length in named)


def media_path(digest: str) -> str:
    """Where a picture or a PDF stands in its package: named by its hash."""
    return f"media/{digest}"


def _check_pages(document: PublicDocument) -> None:
    if isinstance(document.pages, msgspec.UnsetType):
        return
    numbers = [page.number for page in document.pages.pages]
    if not numbers or numbers != sorted(set(numbers)) or numbers[0] < 1 or numbers[-1] > document.pages.count:
        raise _refuse("The pages of a public document are not numbered as its own.", "pack-form")
    sizes = [size for page in document.pages.pages for size in (page.width, page.height)]
    if min(sizes) < 1 or any(file.length < 1 or not _HEX.fullmatch(file.sha256) for file in media_files(document)):
        raise _refuse("A picture of a public document has no proper size or hash.", "pack-form")


# --- the proof in a pack and the proof file ------------------------------------------------------------

# A pack is hashed into its manifest, the manifest into the release entry, and the entry into the log: a proof inside
# a pack cannot yet say where its own release stands in the log. Its two last values are empty there, and filled in
# once the log has both entries (decision 0030).
_NO_LOG = '"seal":{"entry":"","proof":""},"release":{"entry":"","proof":""}}\n'
_TAIL = b',"seal":{"entry":"'  # cannot stand inside a JSON string, where quotes are escaped


class _Logged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: str
    proof: str


class _Tail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seal: _Logged
    release: _Logged


_TAIL_DECODER = msgspec.json.Decoder(_Tail)


class LogEvidence(NamedTuple):
    """What every proof file of one release ends with: both entries (exact bytes) and their tlog proofs."""

    seal_entry: bytes
    seal_proof: bytes
    release_entry: bytes
    release_proof: bytes

    def text(self) -> str:
        """The tail of the proof file, up to its last newline."""
        seal = _Logged(self.seal_entry.decode(), self.seal_proof.decode())
        release = _Logged(self.release_entry.decode(), self.release_proof.decode())
        return msgspec.json.encode(_Tail(seal, release)).decode()[1:] + "\n"


def parse_evidence(untrusted_tail: bytes) -> LogEvidence:
    """Read the tail of a proof file. Raises VerifyError (rule `evidence-form`) for all but its one spelling."""
    broken = _refuse("A proof file does not end with two log entries in their one form.", "evidence-form")
    try:
        tail: _Tail = _TAIL_DECODER.decode(b"{" + untrusted_tail)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise broken from error
    seal, release = tail.seal, tail.release
    found = LogEvidence(*(value.encode() for value in (seal.entry, seal.proof, release.entry, release.proof)))
    if found.text().encode() != untrusted_tail:
        raise broken
    return found


def pack_body(pack_proof: str) -> bytes:
    """The part of a proof that pack and proof file share. Raises VerifyError (rule `pack-proof`)."""
    if not pack_proof.endswith("," + _NO_LOG):
        raise _refuse("A proof in a pack says where it stands in the log, which it cannot know.", "pack-proof")
    return pack_proof.removesuffix(_NO_LOG).encode()


def attach_log(pack_proof: str, evidence: LogEvidence) -> bytes:
    """The proof file of a document: the proof in its pack with the log's part filled in. Raises like `pack_body`."""
    return pack_body(pack_proof) + evidence.text().encode()


def split_log(proof_file: bytes) -> tuple[bytes, bytes]:
    """A proof file as the part that its pack has too, and its tail. Raises VerifyError (rule `evidence-form`)."""
    at = proof_file.rfind(_TAIL)
    if at < 0:
        raise _refuse("A proof file holds no log entries.", "evidence-form")
    return proof_file[: at + 1], proof_file[at + 1 :]


# --- commitments --------------------------------------------------------------------------------------


def commitment_paths(manifest: Manifest) -> tuple[str, ...]:
    """The files of commitments that a manifest names, in order (`generation.tiles` makes them).

    Raises VerifyError (rule `commitments`) for a gap in their numbers.
    """
    found = tuple(file.path for file in manifest.files if file.path.startswith("commitments/"))
    wanted = tuple(f"commitments/{number:06}" for number in range(len(found)))
    if found != wanted:
        raise _refuse("The files of commitments are not numbered without a gap.", "commitments")
    return found
