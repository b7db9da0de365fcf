"""Where a site is read from: a folder, or an address on the web. Everything read is capped, links are not followed.

Takes paths below `public/` (they come from signed manifests and pass `check_path`); gives bytes. Raises SiteDiffers
that names the file.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import stat
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from unsealed.errors import InputError, SiteDiffers, VerifyError, spelled
from unsealed.mirror.paced import open_url
from unsealed.seal.site_manifest import MAX_PATH, check_path

CHUNK = 1 << 20  # bytes read at once
MAX_WHOLE = 1 << 30  # bytes of a file that is held in memory
TIMEOUT = 30.0  # seconds without an answer from a web server


def shown_path(untrusted: str) -> str:
    """A path as it may begin a message: on one line, and in quotes where it could be read as a sentence."""
    shown = spelled(untrusted)
    return f'"{shown}"' if " " in shown else shown


def differs(path: str, how: str, *, rule: str = "site-file") -> SiteDiffers:
    """The error that names a file and says what is wrong with it. The name is the site's: it stays on one line."""
    return SiteDiffers(
        f"{shown_path(path)}: {how}.", rule=rule, remedy="Do not trust this copy; get the site from another mirror."
    )


class Source(Protocol):
    """A site. `open` gives a stream that the caller closes; a missing file raises SiteDiffers (rule `missing`)."""

    def open(self, path: str) -> IO[bytes]:
        """The file at a path below `public/`."""

    def listing(self) -> Iterator[str] | None:
        """Every path below `public/`, or None where a place cannot be listed. A path with `/` at its end is a folder
        that is empty, or so deep that no manifest can name a file in it.
        """


class FolderSource:
    """A site on this machine's disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise InputError(f"{root} is not a folder.", remedy="Name the folder that holds `heads`.")

    def open(self, path: str) -> IO[bytes]:
        """Open without following a link at any part of the path. Raises SiteDiffers."""
        _checked(path)
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        *folders, name = path.split("/")
        try:
            for part in folders:
                below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = below
            # Not blocking: a pipe with the right name would otherwise hold the check for ever.
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except FileNotFoundError as error:
            raise differs(path, "is missing", rule="missing") from error
        except OSError as error:
            raise differs(path, f"is not a plain file that can be read ({error.strerror})") from error
        finally:
            os.close(folder)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise differs(path, "is not a plain file")
        return os.fdopen(descriptor, "rb")

    def listing(self) -> Iterator[str]:
        """Every path below the folder that is no folder, and folders that are empty or too deep (with `/` at the end).

        Links are listed, never followed. Raises SiteDiffers for a folder that cannot be read.
        """
        waiting = [""]
        while waiting:
            prefix = waiting.pop()
            entries = self._entries(prefix)
            if not entries and prefix:
                yield prefix
            for name, is_folder in entries:
                path = prefix + name
                if not is_folder:
                    yield path
                elif len(path) < MAX_PATH:
                    waiting.append(path + "/")
                else:
                    yield path + "/"

    def _entries(self, prefix: str) -> list[tuple[str, bool]]:
        """Name of each thing in a folder, and whether it is a folder itself. A name that is not UTF-8 stays unequal
        to every path of a manifest.
        """
        try:
            with os.scandir(os.fsencode(self.root) + b"/" + prefix.encode("utf-8", "surrogateescape")) as found:
                return [
                    (entry.name.decode("utf-8", "surrogateescape"), entry.is_dir(follow_symlinks=False))
                    for entry in found
                ]
        except OSError as error:
            raise differs(prefix or ".", f"is a folder that cannot be read ({error.strerror})") from error


class UrlSource:
    """A site on the web. Only files that a signed manifest names, and the heads, are ever asked for."""

    def __init__(self, address: str) -> None:
        wrong = InputError(
            f"{spelled(address)} is not the address of a site.", remedy="Write http://HOST/PATH or https://HOST/PATH."
        )
        try:
            parts = urllib.parse.urlsplit(address)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # half a pair of brackets, or a port that is none
            raise wrong from None
        if not known or parts.query or parts.fragment:
            raise wrong
        self.address = address.rstrip("/") + "/"

    def open(self, path: str) -> IO[bytes]:
        """Ask for a file. Raises SiteDiffers where the server does not give it."""
        _checked(path)
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self.address + urllib.parse.quote(path), headers={"Accept-Encoding": "identity", "User-Agent": "unsealed"}
        )
        try:
            answer: IO[bytes] = open_url(request, TIMEOUT)
        except urllib.error.HTTPError as error:
            error.close()
            rule = "missing" if error.code in (404, 410) else "unreachable"
            raise differs(path, f"the server answers {error.code}", rule=rule) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise differs(path, "the server cannot be reached", rule="unreachable") from error
        return answer

    def listing(self) -> None:
        """A web server cannot be asked for every path that it has."""
        return


def _checked(path: str) -> None:
    try:
        check_path(path)
    except VerifyError as error:
        raise differs(path, "is not a plain path", rule="path") from error


def open_source(folder_or_address: str) -> Source:
    """The site behind what a person typed. Raises InputError."""
    if "://" in folder_or_address:
        return UrlSource(folder_or_address)
    return FolderSource(Path(folder_or_address))


def _pieces(source: Source, path: str, limit: int) -> Iterator[bytes]:
    """The file in pieces. Raises SiteDiffers once it is longer than `limit` bytes: nothing is read without an end."""
    length = 0
    with source.open(path) as stream:
        while True:
            try:
                piece = stream.read(CHUNK)
            except (OSError, http.client.HTTPException) as error:
                raise differs(path, "breaks off while it is read", rule="unreachable") from error
            if not piece:
                return
            length += len(piece)
            if length > limit:
                raise differs(path, f"is longer than {limit} bytes", rule="too-long")
            yield piece


def read_capped(source: Source, path: str, limit: int) -> bytes:
    """A file of at most `limit` bytes."""
    return b"".join(_pieces(source, path, limit))


def read_exact(source: Source, path: str, length: int, sha256_hex: str, limit: int = MAX_WHOLE) -> bytes:
    """The file with this length and hash. Raises SiteDiffers that names it (rule `changed`; `too-long` where the length
    is above `limit`: a signature makes no file fit into the memory of those who check it).
    """
    if length > limit:
        raise differs(path, f"is longer than {limit} bytes", rule="too-long")
    data = read_capped(source, path, length)
    if len(data) != length or hashlib.sha256(data).hexdigest() != sha256_hex:
        raise differs(path, "was changed", rule="changed")
    return data


def check_exact(source: Source, path: str, length: int, sha256_hex: str) -> None:
    """Like `read_exact`, without keeping the bytes."""
    digest = hashlib.sha256()
    total = 0
    for piece in _pieces(source, path, length):
        digest.update(piece)
        total += len(piece)
    if total != length or digest.hexdigest() != sha256_hex:
        raise differs(path, "was changed", rule="changed")
