"""The casualty tally of a report's title against its columns (event-report.md section 6)."""

from __future__ import annotations

import re

from unsealed.ingest.readers.build import Builder

# The group table, version 1: what a group in the text counts towards.
GROUPS = {
    **dict.fromkeys(("CF", "US", "UK", "CAN", "ISAF", "TF", "FF"), "friendly"),
    **dict.fromkeys(("ANSF", "ANA", "ANP", "ABP", "NDS", "IA", "IP", "ISF", "IPS", "NP", "SOI"), "hostnation"),
    **dict.fromkeys(("LN", "CIV", "CIVCAS", "IZ CIV", "AFG CIV", "TCN"), "civilian"),
    **dict.fromkeys(("EN", "UE", "INS", "ACM", "AIF", "AAF", "SUSPECT"), "enemy"),
}
_EFFECTS = {"KIA": "kia", "WIA": "wia", "DET": "detained"}
_TALLY = re.compile(r"\b(\d{1,4})\s+((?:IZ |AFG )?[A-Z]{2,7})(?:/[A-Z]{2,4})?\s+(KIA|WIA|DET)\b")


def check_tally(build: Builder, title: str, unit: int, counts: dict[str, int | None]) -> None:
    """Findings T-DIFFER, T-TITLE-ONLY, T-UNMAPPED for the title against `counts` (column name to number or None)."""
    sums: dict[str, int] = {}
    for number, group, effect in _TALLY.findall(title):
        kind = GROUPS.get(group)
        if kind is None:
            build.finding("T-UNMAPPED", "note", unit)
            continue
        column = "enemydetained" if effect == "DET" else kind + _EFFECTS[effect]
        if effect != "DET" or kind == "enemy":
            sums[column] = sums.get(column, 0) + int(number)
    for column, total in sums.items():
        stated = counts.get(column)
        if not stated and total:
            build.finding("T-TITLE-ONLY", "note", unit)
        elif stated is not None and stated != total:
            build.finding("T-DIFFER", "warn", unit)
