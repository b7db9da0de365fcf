"""A small publishing house for tests: an archive with keys, and the steps from review to release."""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableSequence
from pathlib import Path
from typing import Any

import msgspec

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.archive import Archive
from unsealed.model import Field, Reading, Unit
from unsealed.release.keyring import Keyring, open_keyring
from unsealed.release.keys import KeyStore
from unsealed.release.sealing import Sealing, SealReport, seal_archive
from unsealed.review.apply import Applied, apply_decisions
from unsealed.review.desk import Desk

PASSPHRASE = "correct horse"
ANA, JONAS, MIRA = EDITORS
VERIFIER = "ab" * 32
_HASH = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=")


def without_hashes(text: str) -> str:
    """A text without values of 32 bytes in base64: of a few thousand such letters some spell any word of three."""
    return _HASH.sub("", text)


def backwards(slots: MutableSequence[int]) -> None:
    """A shuffle that is no surprise."""
    slots.reverse()


STILL = Sealing(now=lambda: "2026-01-02T03:04:05Z", shuffle=backwards, workers=1)


def new_house(path: Path) -> tuple[Archive, Keyring]:
    """An empty archive, open for writing, with all the keys it needs."""
    archive = make_archive(path)
    store = KeyStore(archive.path).create(PASSPHRASE)
    for role, name in (
        ("log", "test.example/log"),
        ("root", "root.a"),
        ("editor", "ana"),
        ("editor", "jonas"),
        ("editor", "mira"),
    ):
        store.new(role, name)
    return archive, open_keyring(archive, PASSPHRASE)


def stock(archive: Archive) -> list[int]:
    """A few documents: three cables (two of them with a name), an event, a mail with an attachment."""
    event = Reading(
        "event", "event", 1,
        (Unit("id", "K-1 "), Unit("coordinate", "38SMB4488 "), Unit("paragraph", "A patrol went out.\n")),
        (Field("id", "K-1", (0,)), Field("mgrs", "38SMB4488", (1,)), Field("date", "2004-01-01")),
    )  # fmt: skip
    mail = Reading(
        "email",
        "eml",
        1,
        (Unit("subject", "Minutes\n"), Unit("paragraph", "See the file.\n")),
        (Field("subject", "Minutes", (0,)),),
    )
    items = add(
        archive,
        cable(1, "The minister met Karl Ottmar in the garden.", "He was tired.", subject="Talks with Karl Ottmar"),
        cable(2, "Nothing of note happened on this day.", subject="A quiet day"),
        cable(3, "Karl  OTTMAR was seen again near the harbour with two men.", tags=("PREL", "PINR")),
        event,
        mail,
    )
    items += add(
        archive,
        Reading("text", "text", 1, (Unit("text", "Minutes of the meeting, second page."),)),
        path="att",
        parent=items[-1],
    )
    return items


def seal(archive: Archive, keys: Keyring, how: Sealing = STILL) -> SealReport:
    """Seal with everything held still."""
    return seal_archive(archive, keys, how)


def review(archive: Archive, *decisions: dict[str, Any], cleared: Any = "*", allowed: Iterable[str] = ()) -> Applied:
    """Apply decisions of two editors."""
    by = [ANA, JONAS]
    data = {
        "v": "unsealed-decisions/1",
        "editors": by,
        "decisions": [{"reason": "private", "by": by, **entry} for entry in decisions],
        "cleared": {"documents": cleared, "by": by},
        "allowed": [{"text": text, "reason": "an ordinary word", "by": by} for text in allowed],
    }
    return apply_decisions(Desk(archive, now=lambda: "2026-01-01T00:00:00Z"), msgspec.json.encode(data))
