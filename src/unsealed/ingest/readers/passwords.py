"""Passwords to try on an encrypted item, handed to its reader in the place of a splitter's context.

They come with a retry (`unsealed ingest --retry --password-file`), live as long as the one task, and are kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

_PREFIX = b"passwords\0"
MOST = 1_000


def as_context(passwords: Sequence[str]) -> bytes:
    """The context of a task that brings these passwords; empty for none."""
    if not passwords:
        return b""
    return _PREFIX + "\n".join(passwords).encode("utf-8", "replace")


def of_context(context: bytes) -> list[str]:
    """The passwords that a context brings, none where it brings something else."""
    if not context.startswith(_PREFIX):
        return []
    return context[len(_PREFIX) :].decode("utf-8", "replace").split("\n")[:MOST]
