"""A document as plain text: its citation, its words with markers, the way to check it."""

from __future__ import annotations

from unsealed.model import Gap, PublicDocument, Reason, Shown
from unsealed.site.escape import visible
from unsealed.site.marks import plain_marker


def plain_text(document: PublicDocument, reasons: dict[int, Reason], citation: str, sentence: str) -> bytes:
    """The text download, UTF-8, LF line ends, invisible characters by name so that no terminal obeys them."""
    parts: list[str] = [visible(citation), "\n\n", "-" * 72, "\n\n"]
    for block in document.blocks:
        if isinstance(block, Gap):
            parts.append(f"{plain_marker(block, '', reasons)}\n\n")
            continue
        parts += [
            visible(run.text) if isinstance(run, Shown) else plain_marker(run, block.label, reasons)
            for run in block.runs
        ]
    parts += ["\n\n", "-" * 72, "\n\n", sentence, "\nCheck it with: unsealed verify document.proof\n"]
    return "".join(parts).encode()
