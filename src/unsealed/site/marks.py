"""The redaction marker: one width whatever it hides, its reason in words, and never the hidden text's shape."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from unsealed.model import LABELS_BY_CHARACTER, Block, Gap, Reason
from unsealed.site.escape import attribute, escape

_SAYS = re.compile(r"\[([^\[\]]{1,80})\] ")


def reason_table(reasons: Iterable[Reason]) -> dict[int, Reason]:
    """Reasons by number."""
    return {reason.number: reason for reason in reasons}


def reason_of(number: int, table: dict[int, Reason]) -> Reason:
    """The reason with this number; one that the release's table lacks is called by its number, never left out."""
    return table.get(number) or Reason(number, f"reason-{number}", f"Reason number {number} of the release.")


def spoken(code: str) -> str:
    """A reason's code as words: `person-at-risk` is read as `person at risk`."""
    return code.replace("-", " ").replace("_", " ")


def says_of(reason: Reason) -> str:
    """The publisher's words beside a marker: a reason whose text begins with `[a member of parliament]` says them."""
    match = _SAYS.match(reason.text)
    return match[1] if match else ""


def amount(gap: Gap, label: str) -> str:
    """`about 3 words`, or `3 characters` where each character is an atom of its own."""
    thing = "character" if label in LABELS_BY_CHARACTER else "word"
    about = "" if thing == "character" else "about "
    return f"{about}{gap.atoms:,} {thing}{'' if gap.atoms == 1 else 's'}"


def marker(gap: Gap, label: str, table: dict[int, Reason], *, extra: str = "") -> str:
    """HTML of a marker: a link to its line in the legend, so that it has focus without any script."""
    reason = reason_of(gap.reason, table)
    size, says = amount(gap, label), says_of(reason)
    dots = "…" if label in LABELS_BY_CHARACTER else ""
    words = f"[{says}]" if says else spoken(reason.code)
    return (
        f'<a class="gap{" sy" if says else ""}{extra}" href="#why-{gap.reason}" data-n="{gap.atoms}"'
        f' data-r="{gap.reason}" aria-label="withheld, {size}: {attribute(words)}">{dots}<i>{escape(words)}</i>'
        f'<span class="pv">Withheld: {size}. {escape(reason.text)}</span></a>'
    )


GAP_IN_TITLE = "▮"  # as releases write it


def title_html(title: str, markers: int) -> str:
    """HTML of a title; what is withheld in it is named for those who cannot see the block."""
    html = escape(title)
    if not markers or GAP_IN_TITLE not in html:
        return html
    return html.replace(GAP_IN_TITLE, f'<span class="tw" role="img" aria-label="withheld">{GAP_IN_TITLE}</span>')


def plain_marker(gap: Gap, label: str, table: dict[int, Reason]) -> str:
    """The marker in a text download: `[withheld, about 3 words: private]`."""
    reason = reason_of(gap.reason, table)
    return f"[withheld, {amount(gap, label)}: {says_of(reason) or spoken(reason.code)}]"


class Tally(NamedTuple):
    """How much is withheld: markers, words, and characters of coarsened values."""

    markers: int = 0
    words: int = 0
    characters: int = 0

    def __str__(self) -> str:
        """`about 12 words and 5 characters at 3 places`."""
        parts = [f"about {_count(self.words, 'word')}"] if self.words else []
        parts += [_count(self.characters, "character")] if self.characters else []
        return f"{' and '.join(parts)} at {_count(self.markers, 'place')}" if parts else "nothing"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def tally(blocks: Iterable[Block]) -> dict[int, Tally]:
    """Reason number -> how much, in the order of first use: the legend of a page."""
    found: dict[int, Tally] = {}
    for block in blocks:
        label = "" if isinstance(block, Gap) else block.label
        gaps = (block,) if isinstance(block, Gap) else tuple(run for run in block.runs if isinstance(run, Gap))
        for gap in gaps:
            old = found.get(gap.reason, Tally())
            words, characters = (0, gap.atoms) if label in LABELS_BY_CHARACTER else (gap.atoms, 0)
            found[gap.reason] = Tally(old.markers + 1, old.words + words, old.characters + characters)
    return found


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    markers, words, characters = 0, 0, 0
    for one in tallies:
        markers, words, characters = markers + one.markers, words + one.words, characters + one.characters
    return Tally(markers, words, characters)
