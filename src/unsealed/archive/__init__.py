"""Archive: keep the truth.

Takes bytes, readings, marks, decisions, seals; gives them back exactly. May touch its own folder, and is alone in
touching the database. May never parse a document, judge one, or hand anything to the public side.

An archive is one folder (docs/formats/archive.md): `catalogue.db` and `blobs/`, `readings/` are truth, written in an
order that survives a kill at any moment.
"""

from unsealed.archive._base import decode_reading, encode_reading
from unsealed.archive.archive import CATALOGUE, SETTINGS, Archive
from unsealed.archive.blobs import SMALL, BlobStore, PackStore, Place
from unsealed.archive.cache import CacheFile
from unsealed.archive.growth import Growth, NewItem
from unsealed.archive.holdings import canonical
from unsealed.archive.ledger import SANDBOXES, Totals
from unsealed.archive.preparing import Follow, Followed, Prepared, Preparer
from unsealed.archive.records import (
    UNREADABLE,
    Comparison,
    ContainerLine,
    Item,
    Job,
    QuarantineLine,
    ReleasedDocument,
    Slot,
    SourceProblem,
    State,
    StoredDecision,
    StoredMark,
    StoredReading,
    Summary,
)
from unsealed.archive.stores import REST, MemberFacts, Store

__all__ = [
    "CATALOGUE",
    "REST",
    "SANDBOXES",
    "SETTINGS",
    "SMALL",
    "UNREADABLE",
    "Archive",
    "BlobStore",
    "CacheFile",
    "Comparison",
    "ContainerLine",
    "Follow",
    "Followed",
    "Growth",
    "Item",
    "Job",
    "MemberFacts",
    "NewItem",
    "PackStore",
    "Place",
    "Prepared",
    "Preparer",
    "QuarantineLine",
    "ReleasedDocument",
    "Slot",
    "SourceProblem",
    "State",
    "Store",
    "StoredDecision",
    "StoredMark",
    "StoredReading",
    "Summary",
    "Totals",
    "canonical",
    "decode_reading",
    "encode_reading",
]
