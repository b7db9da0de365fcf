"""The door to compound files: which program wrote it, its stories, embedded documents, macros, and what is left."""

from __future__ import annotations

from unsealed.ingest import readers
from unsealed.ingest.kinds import told
from unsealed.ingest.readers.office import macros, oldsheet, oldslides, oldword
from unsealed.ingest.readers.office.folio import Folio, Refused, guarded
from unsealed.ingest.readers.office.ole import DULL, Compound, compound, leftovers, properties
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.readers.salvage import runs
from unsealed.ingest.sniff import HEAD_BYTES, sniff

NAME, VERSION = "compound", 1

_DEPTH = 8  # documents inside documents
_LOOSE = frozenset(
    {"unknown", "empty", "text", "markdown", "delimited", "table-csv", "old-document", "chat", "cable-text"}
)
_OTHERS = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("FileHeader", "application/x-hwp"),
    ("VisioDocument", "application/x-visio"),
    ("Escher", "application/x-mspublisher"),
    ("MatOST", "application/vnd.ms-works"),
    ("MM", "application/vnd.ms-works"),
    ("SPELLING", "application/vnd.ms-works"),
    ("Catalog", "application/x-thumbnails"),
    ("PP40", "application/vnd.ms-powerpoint"),
    ("112", "application/x-msproject"),
    ("114", "application/x-msproject"),
    ("CONTENTS", "application/vnd.ms-works"),
    ("PerfectOffice_MAIN", "application/vnd.wordperfect"),
    ("StarWriterDocument", "application/vnd.stardivision"),
    ("StarCalcDocument", "application/vnd.stardivision"),
    ("StarDrawDocument", "application/vnd.stardivision"),
    ("StarDrawDocument3", "application/vnd.stardivision"),
    ("\u4840\u3b3f\u43f2\u4438\u45b1", "application/x-msi"),
)


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """Any compound file; of a workbook the page of a unit is its sheet, of a presentation its slide."""
    found = compound(data)
    if found.has("__properties_version1.0") and "msg" in readers.READERS:
        return readers.read("msg", data, context)
    if found.has("EncryptedPackage"):
        raise Refused(
            "R-PASSWORD", "encrypted: a password is needed", "Open it with its password, save it without one."
        )
    folio = Folio()
    kind = _tell(found, folio, 0)
    folio.titled()
    if kind or folio.parts:
        return folio.outcome(kind or "office", NAME, VERSION)
    return _salvaged(found, folio)


def _salvaged(found: Compound, folio: Folio) -> Outcome:
    """A file of a program that nobody here reads: its properties, and the runs of text in its streams."""
    names = {path[0].strip().lower() for path in found.paths}
    mime = next((mime for name, mime in _OTHERS if name.lower() in names), "application/x-ole-storage")
    before = folio.count
    for path in found.paths:
        if path[-1].lower() not in DULL and not path[-1].startswith(("\x05", "\x01")):
            data = found.read(*path)
            if sniff(data[:HEAD_BYTES], len(data)).id not in _LOOSE:  # a file of its own inside an object
                folio.part("/".join(path), data)
                continue
            for run in runs(data):
                folio.say("text", run.text)
    if folio.parts:
        return folio.outcome("office", NAME, VERSION)
    if folio.count == before and not folio.fields:
        raise Refused("R-UNKNOWN", *told(mime))
    folio.finding("O-SALVAGED", "warn")
    outcome = folio.outcome("office", NAME, VERSION)
    return Outcome(outcome.reading, outcome.parts, "O-SALVAGED", *told(mime), "read")


def _tell(found: Compound, folio: Folio, depth: int) -> str:
    """One document and those inside it; gives the type of reading, empty where no text was found."""
    properties(found, folio)
    kind = _stories(found, folio)
    if not depth and macros.tell(found, folio):
        kind = kind or "data"
    inner = [path for path in found.storages() if len(path) == 1 or path[0] == "ObjectPool"]
    for path in inner:
        below = found.below(path)
        if depth < _DEPTH and (_is_document(below) or any(below.has(name) for name in ("WordDocument", "CONTENTS"))):
            folio.say("heading", "/".join(path))
            _tell(below, folio, depth + 1)
            found.taken.update(stream for stream in found.paths if stream[: len(path)] == path)
    if kind or any(path[-1].lower() in ("\x01ole10native", "package") for path in found.paths):
        leftovers(found, folio)
    return kind


def _is_document(found: Compound) -> bool:
    return any(found.has(name) for name in ("WordDocument", "Workbook", "Book", "PowerPoint Document"))


def _stories(found: Compound, folio: Folio) -> str:
    kind = ""
    if found.has("WordDocument"):
        oldword.tell(found, folio)
        for name in ("1Table", "0Table", "Data"):
            found.read(name)
        kind = "office"
    for name in ("Workbook", "Book"):
        if found.has(name) and not kind:
            oldsheet.tell(found.read(name), folio)
            kind = "table"
    if found.has("PowerPoint Document"):
        oldslides.tell(found, folio)
        kind = "slides"
    return kind
