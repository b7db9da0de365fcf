"""References in the text as links: `STATE 284` leads to the cable it names, or says that it is not released."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unsealed.site import dates
from unsealed.site.escape import attribute, escape
from unsealed.site.summary import Summary

_CABLE_ID = re.compile(r"(\d\d)([A-Z]{3,17})(\d{1,7})\Z")


@dataclass(frozen=True)
class Reference:
    """One document that another cites. `target` is None where it is not released."""

    id: str
    target: Summary | None

    @property
    def anchor(self) -> str:
        """The anchor of its line in the list of references: ASCII, from the id alone."""
        return "ref-" + re.sub(r"[^A-Za-z0-9]+", "-", self.id)[:80]


class Linker:
    """Finds the references of one document in its shown text. Holds no text itself."""

    def __init__(self, references: list[Reference], root: str) -> None:
        self._root = root
        self._by_key: dict[tuple[str, str], Reference] = {}
        self._exact = {reference.id: reference for reference in references if len(reference.id) > 5}
        for reference in references:
            match = _CABLE_ID.match(reference.id)
            if match:
                self._by_key.setdefault((match[2], match[3].lstrip("0") or "0"), reference)
        self._stations = sorted({station for station, _ in self._by_key})
        self._pattern = self._compile()

    def _compile(self) -> re.Pattern[str] | None:
        stations = "|".join(self._stations)
        exact = "|".join(re.escape(found) for found in sorted(self._exact, key=len, reverse=True))
        parts = [rf"(?:\d\d ?)?\b({stations})[ \n]?0*(\d{{1,7}})\b"] if stations else []
        parts += [exact] if exact else []
        return re.compile("|".join(parts)) if parts else None

    def html(self, text: str) -> str:
        """HTML of a run of shown text, references as links. The text in the links is the text of the document."""
        if self._pattern is None or not self._may_hold(text):
            return escape(text)
        parts: list[str] = []
        end = 0
        for match in self._pattern.finditer(text):
            reference = self._reference(match)
            if reference is None:
                continue
            parts.append(escape(text[end : match.start()]))
            parts.append(self._link(match.group(), reference))
            end = match.end()
        parts.append(escape(text[end:]))
        return "".join(parts)

    def _may_hold(self, text: str) -> bool:
        return any(station in text for station in self._stations) or any(found in text for found in self._exact)

    def _reference(self, match: re.Match[str]) -> Reference | None:
        if self._stations and match[1]:
            return self._by_key.get((match[1], match[2]))
        return self._exact.get(match.group())

    def _link(self, text: str, reference: Reference) -> str:
        target = reference.target
        if target is None:
            return (
                f'<a class="ref gone" href="#{reference.anchor}">{escape(text)}'
                f'<span class="pv">{escape(reference.id)}: cited here, but not released.</span></a>'
            )
        return (
            f'<a class="ref" href="{self._root}d/{attribute(target.segment)}/index.html">{escape(text)}'
            f'<span class="pv">{preview(target)}</span></a>'
        )


def preview(summary: Summary) -> str:
    """One line about a document, as HTML: id, date, origin, mark, title."""
    facts = [summary.id, dates.short(summary.date), summary.origin, summary.classification]
    return f"{escape(' · '.join(fact for fact in facts if fact))}: {escape(summary.title)}"
