"""What a mirror alone can see: whether a pack that takes the place of another one holds the same documents.

Takes old and new bytes; raises, or lets pass. A proof binds words, not the title and the facts that a list shows of a
document. Whoever has the old pack can compare them, and only he: it is dropped with the change.
"""

from __future__ import annotations

from unsealed.errors import SiteDiffers
from unsealed.mirror.heads import object_path
from unsealed.seal.package import unpack


def check_kept(old: bytes, new: bytes, sha256_hex: str) -> None:
    """Every document of the new pack (no bytes: none is left) stands in the old one, letter for letter, in its order.

    `sha256_hex` names the new one. Raises SiteDiffers (rule `replacing`), VerifyError for what is no pack.
    """
    before = iter(unpack(old).split(b"\n"))
    if new and not all(line in before for line in unpack(new).split(b"\n")):
        raise SiteDiffers(
            f"{object_path(sha256_hex)}: changes documents that no entry of the log names, beside those that leave.",
            rule="replacing",
            remedy="Nothing was changed here. Keep this mirror as it is, and ask the publisher in public.",
        )
