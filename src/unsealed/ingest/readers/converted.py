"""Old documents through LibreOffice, in a sandbox of its own; without it, or where it fails, their runs of text.

The second opinion of `salvage`: what LibreOffice makes of the file is read as any Word or Excel file is, with the
finding O-CONVERTED. It takes seconds, so it is asked for types that nothing else reads.
"""

from __future__ import annotations

from unsealed.ingest.kinds import media_type
from unsealed.ingest.readers import salvage
from unsealed.ingest.readers.office import sheet, word
from unsealed.ingest.readers.outcome import Ask, Outcome, ToolAnswer, asking
from unsealed.model import Finding, Reading

NAME, VERSION = "converted", 1

_SHEETS = frozenset({"application/vnd.lotus-1-2-3", "application/x-quattro-pro"})


def read(data: bytes, context: bytes, answers: tuple[ToolAnswer, ...] = ()) -> Outcome:
    """An old document; asks for `soffice` first."""
    made = "xlsx" if media_type(data[:65_536]) in _SHEETS else "docx"
    if not answers:
        return asking(Ask("soffice", data, (made,)))
    for name, content in sorted(answers[0].files.items()) if answers[0].state == "done" else ():
        if name.endswith(f".{made}"):
            outcome = (sheet if made == "xlsx" else word).read(content, b"")
            if outcome.reading is not None and any(unit.text for unit in outcome.reading.units):
                return Outcome(_marked(outcome.reading), outcome.parts)
    return salvage.read(data, context)


def _marked(found: Reading) -> Reading:
    findings = (Finding("O-CONVERTED", "warn"), *found.findings)
    return Reading(found.type, NAME, VERSION, found.units, found.fields, findings, found.encoding)
