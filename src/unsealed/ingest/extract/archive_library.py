"""libarchive, the one place where it is called. Runs behind the sandbox: what it parses is hostile.

Debian's `libarchive13` through `libarchive-c`. Names are taken as bytes; nothing is ever written by the library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("LIBARCHIVE", "libarchive.so.13")  # else it asks a compiler where the library is

from libarchive import ffi
from libarchive.exception import ArchiveError

from unsealed.ingest.extract.steps import Data, Fail

BLOCK = 256 << 10  # bytes of one read
_BROKEN = Fail("A-DAMAGED", "the packed bytes are damaged; what came before the damage is kept", "Mend a copy of it.")
_lib: Any = ffi.libarchive
ffi.logger.disabled = True  # its warnings hold names
_lib.archive_entry_is_encrypted.argtypes = [ctypes.c_void_p]
_lib.archive_read_set_options.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
_lib.archive_errno.argtypes = [ctypes.c_void_p]
_lib.archive_read_data.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
_lib.archive_read_data.restype = ctypes.c_ssize_t


class BrokenError(Exception):
    """The library gave up on the container. `words` are its own, and may hold names: never shown."""

    def __init__(self, words: str) -> None:
        super().__init__("broken")
        self.words = words


class Head:
    """One member's header. Valid until the next one is asked for."""

    def __init__(self, pointer: Any) -> None:
        self._pointer = pointer

    @property
    def raw(self) -> bytes:
        """The name, as bytes; UTF-8 where the container has it in a wide form."""
        return self._text(ffi.entry_pathname, ffi.entry_pathname_w)

    @property
    def symlink(self) -> bytes:
        """The target of a symbolic link."""
        return self._text(ffi.entry_symlink, ffi.entry_symlink_w)

    @property
    def hardlink(self) -> bytes:
        """The target of a hard link."""
        return self._text(ffi.entry_hardlink, ffi.entry_hardlink_w)

    def _text(self, narrow: Any, wide: Any) -> bytes:
        found: bytes | None = narrow(self._pointer)
        if found is None:
            text: str | None = wide(self._pointer)
            return (text or "").encode("utf-8", "surrogatepass")
        return found

    @property
    def filetype(self) -> int:
        """As `stat.S_IFMT` gives it."""
        return int(ffi.entry_filetype(self._pointer))

    @property
    def mode(self) -> int:
        """Type and permissions."""
        return int(ffi.entry_mode(self._pointer))

    @property
    def size(self) -> int:
        """Bytes as declared, -1 where it is not."""
        return int(ffi.entry_size(self._pointer)) if ffi.entry_size_is_set(self._pointer) else -1

    @property
    def seconds(self) -> int | None:
        """Time of the last change, seconds since 1970."""
        return int(ffi.entry_mtime(self._pointer)) if ffi.entry_mtime_is_set(self._pointer) else None

    @property
    def encrypted(self) -> bool:
        """Whether its bytes (or its header) are encrypted."""
        return bool(_lib.archive_entry_is_encrypted(self._pointer) > 0)


class Reading:
    """A container being read. `heads` gives one header after the other; `data` the bytes of the last one."""

    def __init__(self, pointer: Any) -> None:
        self._pointer = pointer
        self._buffer = ctypes.create_string_buffer(BLOCK)
        self.words = ""

    def heads(self) -> Iterator[Head]:
        """The members' headers. Raises BrokenError where the library cannot go on."""
        entry = ffi.entry_new()
        try:
            while True:
                try:
                    if ffi.read_next_header2(self._pointer, entry) == ffi.ARCHIVE_EOF:
                        return
                except ArchiveError as error:
                    raise BrokenError(_words(error)) from error
                yield Head(entry)
        finally:
            ffi.entry_free(entry)

    def data(self) -> Iterator[bytes]:
        """The bytes of the last member, in blocks; holes are zeros. Raises BrokenError."""
        while True:
            try:
                count = _lib.archive_read_data(self._pointer, self._buffer, BLOCK)
            except ArchiveError as error:
                raise BrokenError(_words(error)) from error
            if count == ffi.ARCHIVE_RETRY:
                continue
            if count < 0:  # a warning, too: the bytes did not come
                raise BrokenError(_error(self._pointer))
            if count == 0:
                return
            yield self._buffer.raw[:count]

    def skip(self) -> None:
        """Step over the bytes of the last member. Raises BrokenError."""
        try:
            ffi.read_data_skip(self._pointer)
        except ArchiveError as error:
            raise BrokenError(_words(error)) from error


def _words(error: ArchiveError) -> str:
    return str(error.msg or "")


def _error(pointer: Any) -> str:
    found = ffi.error_string(pointer)
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found or "")


@contextlib.contextmanager
def reading(fd: int, formats: tuple[str, ...], passwords: tuple[bytes, ...] = ()) -> Iterator[Reading]:
    """Open the container behind a descriptor, from its beginning. Raises BrokenError."""
    pointer = ffi.read_new()
    try:
        for password in passwords:
            if password:
                ffi.read_add_passphrase(pointer, password)
        ffi.read_support_filter_none(pointer)
        for name in formats:
            ffi.get_read_format_function(name)(pointer)
        _lib.archive_read_set_options(pointer, b"tar:read_concatenated_archives")
        os.lseek(fd, 0, os.SEEK_SET)
        try:
            ffi.read_open_fd(pointer, fd, BLOCK)
        except ArchiveError as error:
            raise BrokenError(_words(error)) from error
        yield Reading(pointer)
    finally:
        ffi.read_free(pointer)


@contextlib.contextmanager
def _span(fd: int, span: tuple[int, int], password: bytes) -> Iterator[Reading]:
    """A zip that holds one member: the bytes `span` of a descriptor, read in order."""
    at, end = span
    held = ctypes.create_string_buffer(BLOCK)

    def read(_archive: Any, _context: Any, into: Any) -> int:
        nonlocal at
        chunk = os.pread(fd, min(BLOCK, end - at), at)
        at += len(chunk)
        ctypes.memmove(held, chunk, len(chunk))
        ctypes.cast(into, ctypes.POINTER(ctypes.c_void_p))[0] = ctypes.addressof(held)
        return len(chunk)

    callback = ffi.READ_CALLBACK(read)
    pointer = ffi.read_new()
    try:
        if password:
            ffi.read_add_passphrase(pointer, password)
        ffi.read_support_format_zip(pointer)
        try:
            ffi.read_open(pointer, None, ffi.NO_OPEN_CB, callback, ffi.NO_CLOSE_CB)
        except ArchiveError as error:
            raise BrokenError(_words(error)) from error
        yield Reading(pointer)
    finally:
        ffi.read_free(pointer)


def opens(fd: int, span: tuple[int, int], password: bytes) -> bool:
    """Whether a password opens a member of a zip to its end, checksum included."""
    try:
        with _span(fd, span, password) as source:
            for _ in source.heads():
                for _ in source.data():
                    pass
                return True
    except BrokenError:
        pass
    return False


def one_member(fd: int, span: tuple[int, int], password: bytes) -> Iterator[Data | Fail]:
    """The bytes of one member of a zip, given where its local header begins and its bytes end."""
    try:
        with _span(fd, span, password) as source:
            for _ in source.heads():
                for chunk in source.data():
                    yield Data(chunk)
                return
    except BrokenError:
        pass
    yield _BROKEN
