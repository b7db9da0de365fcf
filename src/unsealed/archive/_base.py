"""What every part of an open archive stands on: the folder, the settings, the database, the bytes."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec
import zstandard

from unsealed.archive.blobs import BlobStore, PackStore
from unsealed.archive.database import Database
from unsealed.config import Settings
from unsealed.errors import ArchiveError
from unsealed.model import MALFORMED, Reading

# A stored reading begins with a byte that names its form.
PACKED_MARK = b"\x01"  # then one zstd frame of msgpack
PLAIN_MARK = b"\x02"  # then CRC-32 (four bytes, big-endian), and the msgpack that it is of
ZSTD_LEVEL = -5  # two thirds of the time of -1 for a fifth more bytes: one reading is too short to earn more (0129)
READING_BYTES = 512 << 20  # bytes of one reading when unpacked: more is damage

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Reading)


class ArchiveBase:
    """Folder, settings and stores of one open archive. The other parts add what can be done with them."""

    def __init__(self, path: Path, settings: Settings, *, writable: bool) -> None:
        self.path = path
        self.settings = settings
        self.writable = writable
        self._db = Database(path / "catalogue.db", settings.archive.database)
        self._blobs = BlobStore(path / "blobs")
        self._packs = PackStore(path / "readings")
        self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
        self._decompressor = zstandard.ZstdDecompressor()

    def _check_writable(self) -> None:
        if not self.writable:
            raise ArchiveError("The archive is open for reading only.", remedy="Open it with write=True.")

    def _unpack_reading(self, stored: bytes) -> Reading:
        if stored[:1] not in (PACKED_MARK, PLAIN_MARK):
            raise ArchiveError(
                "A stored reading has a form that this program does not know.",
                remedy="Install the version of Unsealed that wrote it, or a later one.",
            )
        try:
            if stored[:1] == PLAIN_MARK:
                encoded = memoryview(stored)[5:]
                if zlib.crc32(encoded).to_bytes(4, "big") != stored[1:5]:
                    raise msgspec.ValidationError("checksum")
                return _decoder.decode(encoded)
            return _decoder.decode(self._decompressor.decompress(stored[1:], max_output_size=READING_BYTES))
        except (zstandard.ZstdError, MemoryError, *MALFORMED) as error:
            raise ArchiveError(
                f"A stored reading is damaged ({type(error).__name__}).", remedy="Restore readings/ from a backup."
            ) from error


def encode_reading(reading: Reading) -> bytes:
    """The bytes of a reading as they are stored (before compression) and as workers hand them over."""
    return _encoder.encode(reading)


def decode_reading(untrusted_encoded: bytes) -> Reading:
    """A reading from bytes of a worker. Raises one of `model.MALFORMED` where its form is wrong."""
    return _decoder.decode(untrusted_encoded)
