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
_BLOCK = re.compile(r"\b(?:BDA|CASUALTIES|UPDATE)\b[ ]?\d{0,2}[ ]?:")
_TALLY = re.compile(r"\b(\d{1,4})\s+((?:IZ |AFG )?[A-Z]{2,7})(?:/[A-Z]{2,4})?\s+(KIA|WIA|DET)\b")


def check_tally(build: Builder, title: str, unit: int, counts: dict[str, int | None]) -> None:
    """Findings of the title against `counts` (column name to number or None).

    T-DIFFER, T-TITLE-ONLY, T-COLUMN-ONLY (a title with a tally that leaves a column out), T-UNMAPPED.
    """
    sums, unmapped = tally(title)
    for _ in range(unmapped):
        build.finding("T-UNMAPPED", "note", unit)
    for column, total in sums.items():
        stated = counts.get(column)
        if not stated and total:
            build.finding("T-TITLE-ONLY", "note", unit)
        elif stated is not None and stated != total:
            build.finding("T-DIFFER", "warn", unit)
    if sums and any(count and column not in sums for column, count in counts.items()):
        build.finding("T-COLUMN-ONLY", "note", unit)


def check_summary(build: Builder, summary: str, unit: int, counts: dict[str, int | None]) -> None:
    """T-SUMMARY where the last block of the summary that counts disagrees with a column; updates are not added up."""
    blocks = _BLOCK.split(summary)[1:]
    sums: dict[str, int] = next((found for found in (tally(block)[0] for block in reversed(blocks)) if found), {})
    if any(counts.get(column) is not None and counts[column] != total for column, total in sums.items()):
        build.finding("T-SUMMARY", "warn", unit)


def tally(text: str) -> tuple[dict[str, int], int]:
    """What a text counts, by column, and how many groups the table does not know."""
    sums: dict[str, int] = {}
    unmapped = 0
    for number, group, effect in _TALLY.findall(text):
        kind = GROUPS.get(group)
        if kind is None:
            unmapped += 1
            continue
        column = "enemydetained" if effect == "DET" else kind + _EFFECTS[effect]
        if effect != "DET" or kind == "enemy":
            sums[column] = sums.get(column, 0) + int(number)
    return sums, unmapped
