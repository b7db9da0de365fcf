"""Everything that was released, and how it hangs together: ids, references both ways, parents, facets.

Takes the summaries of every package in release order; gives look-ups. Where a later release carries a
document again, the later one counts and the earlier one stays in its history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unsealed.errors import InputError
from unsealed.site import names
from unsealed.site.links import Reference
from unsealed.site.packages import Package
from unsealed.site.summary import Summary

UNDATED = "9999"  # sorts after every year


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet: its words, its folder, its documents in list order."""

    value: str
    segment: str
    documents: tuple[Summary, ...]


@dataclass(frozen=True)
class Facet:
    """One way to choose documents. `name` is the folder below `by/`."""

    name: str
    title: str
    values: tuple[FacetValue, ...]


@dataclass
class Catalogue:
    """All released documents. Built by `build_catalogue`; read-only afterwards."""

    packages: list[Package]
    by_id: dict[str, Summary] = field(default_factory=dict)
    earlier: dict[str, list[Summary]] = field(default_factory=dict)
    cited_by: dict[str, list[Summary]] = field(default_factory=lambda: defaultdict(list))
    children: dict[str, list[Summary]] = field(default_factory=lambda: defaultdict(list))
    released: dict[int, list[Summary]] = field(default_factory=lambda: defaultdict(list))
    by_date: list[Summary] = field(default_factory=list)
    withdrawn: dict[str, str] = field(default_factory=dict)  # id of a document that is withdrawn, folder of its page

    def references(self, summary: Summary) -> list[Reference]:
        """What a document cites, in the order of its text, each with its target where that is released."""
        return [Reference(ref, self.by_id.get(ref), self.withdrawn.get(ref, "")) for ref in summary.refs]

    def citing(self, summary: Summary) -> list[Summary]:
        """The released documents that cite this one, by date."""
        return self.cited_by.get(summary.id, [])

    def missing(self) -> list[tuple[str, list[Summary]]]:
        """Ids that are cited but not released, most cited first, with the documents that cite them."""
        gone = [(ref, found) for ref, found in self.cited_by.items() if ref not in self.by_id]
        return sorted(gone, key=lambda pair: (-len(pair[1]), pair[0]))

    def package(self, number: int) -> Package:
        """The package with this release number."""
        return next(package for package in self.packages if package.manifest.number == number)


def list_key(summary: Summary) -> tuple[str, str, int]:
    """The order of every list: by date, undated last, then by id and slot."""
    return (summary.date or UNDATED, summary.id, summary.slot)


def build_catalogue(packages: list[Package], summaries: Iterable[Summary]) -> Catalogue:
    """The catalogue of all summaries, which come in release order. Raises InputError for two pages of one name."""
    catalogue = Catalogue(packages)
    for summary in summaries:
        known = catalogue.by_id.get(summary.id)
        if known is not None:
            catalogue.earlier.setdefault(summary.id, []).append(known)
        catalogue.by_id[summary.id] = summary
    _check_segments(catalogue.by_id.values())
    catalogue.by_date = sorted(catalogue.by_id.values(), key=list_key)
    for summary in catalogue.by_date:
        for ref in summary.refs:
            catalogue.cited_by[ref].append(summary)
        if summary.parent:
            catalogue.children[summary.parent].append(summary)
    for summary in catalogue.by_id.values():
        catalogue.released[summary.release].append(summary)
    return catalogue


def _check_segments(summaries: Iterable[Summary]) -> None:
    seen: dict[str, int] = {}
    for summary in summaries:
        other = seen.setdefault(summary.segment.lower(), summary.slot)
        if other != summary.slot:
            raise InputError(
                f"The documents of slots {other} and {summary.slot} would have the same page.",
                remedy="Build the release again: ids of released documents must differ.",
            )


# facet folder -> (title, values of a document)
_FACETS: dict[str, tuple[str, Callable[[Summary], tuple[str, ...]]]] = {
    "date": ("Date", lambda summary: (str(summary.year or "undated"),)),
    "origin": ("Place of origin", lambda summary: (summary.origin,) if summary.origin else ()),
    "classification": ("Classification", lambda summary: (summary.classification,) if summary.classification else ()),
    "tag": ("Subject", lambda summary: summary.tags),
    "people": ("People", lambda summary: summary.people),
    "type": ("Kind of document", lambda summary: (summary.type,)),
}


def facets(catalogue: Catalogue) -> list[Facet]:
    """Every facet with its values: years in order, the others by count and name. One without values stays."""
    made = []
    for name, (title, values_of) in _FACETS.items():
        groups: dict[str, list[Summary]] = defaultdict(list)
        for summary in catalogue.by_date:
            for value in values_of(summary):
                groups[value].append(summary)
        made.append(_facet(name, title, groups))
    return made


def _facet(name: str, title: str, groups: dict[str, list[Summary]]) -> Facet:
    segments = names.facet_segments(groups)
    order = sorted(groups, key=lambda value: value if name == "date" else (-len(groups[value]), value))
    return Facet(name, title, tuple(FacetValue(value, segments[value], tuple(groups[value])) for value in order))
