"""References in the text as links: `STATE 284` leads to the cable it names, or says that this is not public."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from unsealed.site import dates
from unsealed.site.escape import attribute, escape
from unsealed.site.summary import Summary

_CABLE_ID = re.compile(r"(\d\d)([A-Z]{3,17})(\d{1,7})\Z")
# A cable as a text cites it: `03 BERN 12`, `BERN 000012`, `03BERN12`.
_CABLE_TEXT = r"(?:\b\d\d ?|\b)([A-Z]{3,17})[ \n]?0*(\d{1,7})\b"
_CABLE = re.compile(_CABLE_TEXT)


@dataclass(frozen=True)
class Reference:
    """One document that another cites. `target` is None where it is not released; `gone` is then the folder of the
    page that stays of a withdrawn one, or empty.
    """

    id: str
    target: Summary | None
    gone: str = ""

    @property
    def anchor(self) -> str:
        """The anchor of its line in the list of references: ASCII, from the id alone."""
        return "ref-" + re.sub(r"[^A-Za-z0-9]+", "-", self.id)[:80]


class Linker:
    """Finds the references of one document in its shown text. Holds no text itself."""

    def __init__(self, references: list[Reference], root: str) -> None:
        self._root = root
        self._cables: dict[tuple[str, str], Reference] = {}
        self._exact: dict[str, Reference] = {}
        for reference in references:
            match = _CABLE_ID.match(reference.id)
            if match:
                self._cables.setdefault((match[2], match[3].lstrip("0") or "0"), reference)
            elif len(reference.id) > 5:  # a shorter word would be found where it is not meant
                self._exact[reference.id] = reference
        self._words = [*{station for station, _ in self._cables}, *self._exact]
        # Cable ids need no pattern of their own: compiling one for each document costs more than its page.
        self._pattern = _any_of(self._exact) if self._exact else _CABLE

    def html(self, text: str) -> str:
        """HTML of a run of shown text, references as links. The text in the links is the text of the document."""
        if not any(word in text for word in self._words):
            return escape(text)
        parts: list[str] = []
        end = 0
        for match in self._pattern.finditer(text):
            reference = self._cables.get((match[1], match[2])) if match[1] else self._exact[match.group()]
            if reference is not None:
                parts.append(escape(text[end : match.start()]))
                parts.append(self._link(match.group(), reference))
                end = match.end()
        parts.append(escape(text[end:]))
        return "".join(parts)

    def _link(self, text: str, reference: Reference) -> str:
        target = reference.target
        if target is None and reference.gone:
            return (
                f'<a class="ref gone" href="{self._root}d/{attribute(reference.gone)}/index.html">{escape(text)}'
                f'<span class="pv">{escape(reference.id)}: withdrawn.</span></a>'
            )
        if target is None:
            return (
                f'<a class="ref gone" href="#{reference.anchor}">{escape(text)}'
                f'<span class="pv">{escape(reference.id)}: cited here, but not released.</span></a>'
            )
        return (
            f'<a class="ref" href="{self._root}d/{attribute(target.segment)}/index.html">{escape(text)}'
            f'<span class="pv">{preview(target)}</span></a>'
        )


def _any_of(exact: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(exact, key=lambda found: (-len(found), found))
    return re.compile("|".join([_CABLE_TEXT, *map(re.escape, longest_first)]))


def preview(summary: Summary) -> str:
    """One line about a document, as HTML: id, date, origin, mark, title."""
    return f"{facts(summary)}: {escape(summary.title)}"


def facts(summary: Summary) -> str:
    """Id, date, origin and mark of a document, as HTML."""
    known = [summary.id, dates.short(summary.date), summary.origin, summary.classification]
    return escape(" · ".join(fact for fact in known if fact))
