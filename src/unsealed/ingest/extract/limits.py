"""The limits of containers, in one frozen record (other.md section 4). Checked while bytes stream."""

from __future__ import annotations

import msgspec

from unsealed.config import IngestSettings


class ArchiveLimits(msgspec.Struct, frozen=True):
    """How much a container may give. What goes beyond is refused, and said so on the item."""

    nesting: int = 16  # items inside each other
    members: int = 1_000_000  # members of one container
    top_members: int = 5_000_000  # members of everything inside one file that was handed in
    ratio: int = 200  # bytes out for each byte in, of one member and of the whole, after the first `ratio_after`
    ratio_after: int = 10_000_000  # bytes
    top_bytes: int = 1 << 40  # bytes out of everything inside one file that was handed in
    reserve: int = 2 << 30  # bytes of the disk that stay free
    member_seconds: float = 600.0  # seconds for one member
    archive_seconds: float = 6 * 3600.0  # seconds for one container


def archive_limits(settings: IngestSettings) -> ArchiveLimits:
    """The limits as the settings of an archive give them."""
    return ArchiveLimits(
        members=settings.archive_members, top_members=settings.top_members, ratio=settings.archive_ratio,
        top_bytes=settings.top_bytes, reserve=settings.disk_reserve, member_seconds=settings.member_seconds,
        archive_seconds=settings.archive_seconds,
    )  # fmt: skip
