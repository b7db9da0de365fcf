"""What a package remembers of the audit log, so that nobody who has the database can write the log anew.

Takes an archive and its packages; gives a file of the package, and the heads that the log must still hold. The file
`audit` is one line, SHA-256 over a blind and the head of the log when the package was built. Its hash stands in the
manifest, the manifest's in the log entry that editors sign, witnesses vouch for and mirrors carry: a database is not
enough to change that. To the public it says nothing (docs/decisions/0140-where-the-audit-log-is-remembered.md).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import HistoryError
from unsealed.files import read_capped
from unsealed.model import Manifest
from unsealed.release.journal import policy_path
from unsealed.release.objects import package_path, read_manifest
from unsealed.release.standing import payloads
from unsealed.review import audit
from unsealed.review.audit import Head
from unsealed.seal.entries import PackageEntry

FILE = "audit"  # of a package
_TAG, _TAG_BLIND = b"us1K", b"us1k"
_LENGTH = 65  # bytes of the file


class _Anchor(msgspec.Struct, frozen=True):
    """What the archive keeps of a package's file. `cuts` is the root of the cuts that it was drawn for."""

    length: int
    link: bytes
    blind: bytes
    cuts: str

    def text(self) -> bytes:
        digest = sha256(_TAG + self.blind + self.length.to_bytes(8) + self.link)
        return f"{digest.hexdigest()}\n".encode()


class _Package(Protocol):
    def write(self, path: str, data: bytes) -> None:
        """Write one file of the package."""


def write_anchor(archive: Archive, number: int, cuts: str, secret: bytes, package: _Package) -> None:
    """Write the file of package `number`. What opens it is durable before. The blind is made from `secret`, a key of
    the archive that nobody else has, so that a build that was killed writes the same bytes when it is run again.

    A package that is built again with the same cuts keeps its file, so that its text and signatures stay.
    """
    old = _read(archive, number)
    if old is None or old.cuts != cuts or not _on_chain(archive, old):
        now = audit.head(archive)
        blind = sha256(_TAG_BLIND + secret + number.to_bytes(8) + now.link).digest()
        old = _Anchor(now.length, now.link, blind, cuts)
        archive.put_meta(_key(number), msgspec.json.encode(old).decode())
    package.write(FILE, old.text())


def _key(number: int) -> str:
    return f"audit.anchor.{number}"


def _read(archive: Archive, number: int) -> _Anchor | None:
    stored = archive.get_meta(_key(number))
    return msgspec.json.decode(stored.encode(), type=_Anchor) if stored else None


def _on_chain(archive: Archive, anchor: _Anchor) -> bool:
    if anchor.length == 0:
        return True
    at = next(archive.journal(anchor.length - 1), None)
    return at is not None and (at.id, at.link) == (anchor.length, anchor.link)


def remembered(archive: Archive) -> list[tuple[str, Head]]:
    """The heads that the packages of this archive remember, by name. `audit.verify` compares them with the log.

    Raises HistoryError where a package's file does not open (the archive's own note of it was changed or removed), and
    where a package is not the one that the log binds: whoever has the database may have its folder, too.
    """
    _check_logged(archive)
    found = []
    for folder in sorted((archive.path / "packages").glob("[0-9]*")):
        if not folder.name.isdigit() or not (folder / "manifest.json").exists():
            continue
        number = int(folder.name)
        if not _has_file(read_manifest(archive, number)[0]):
            continue
        anchor = _read(archive, number)
        if anchor is None or read_capped(package_path(archive, number) / FILE, _LENGTH) != anchor.text():
            raise HistoryError(
                f"Package {folder.name} remembers another audit log than the archive says it does.",
                rule="audit-anchor",
                remedy="Somebody changed the database or the package. Restore them from a backup, and compare.",
            )
        found.append((f"Release {number}", Head(anchor.length, anchor.link)))
    return found


def _check_logged(archive: Archive) -> None:
    for payload in payloads(archive) if policy_path(archive).exists() else ():
        if isinstance(payload, PackageEntry):
            path = package_path(archive, payload.number) / "manifest.json"
            if not path.exists() or sha256(path.read_bytes()).hexdigest() != payload.manifest.sha256:
                raise HistoryError(
                    f"Package {payload.number:04} is missing, or is not the one that stands in the log.",
                    rule="audit-anchor",
                    remedy="Somebody changed the folder packages/. Restore it from a backup, and compare.",
                )


def _has_file(manifest: Manifest) -> bool:
    return any(file.path == FILE for file in manifest.files)
