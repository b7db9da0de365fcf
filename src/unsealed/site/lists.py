"""Lists of documents: pages of a hundred, counts beside every facet, a thin bar for every year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from unsealed.site import dates, marks
from unsealed.site.catalogue import Facet, FacetValue
from unsealed.site.escape import direction
from unsealed.site.frame import MenuItem, count, markup
from unsealed.site.summary import TYPE_WORDS, Summary

PAGE = 100  # documents on a page
LABELLED = 24  # years: more bars are drawn thin, with a list of years below


class RowView(NamedTuple):
    """One document on one line."""

    day: str
    origin: str
    origin_dir: Markup
    title: Markup
    title_dir: Markup
    segment: str
    mark: str
    kind: str  # where there is no mark
    words: str
    markers: int


class Bar(NamedTuple):
    """One year of the bar chart; `path` is empty where it is no link."""

    year: int
    amount: int
    x: int
    y: float
    height: float
    path: str


class Years(NamedTuple):
    """A thin bar chart by year."""

    bars: list[Bar]
    width: int
    undated: int
    undated_path: str
    undated_height: float = 0.0
    labelled: bool = False  # few enough for a label below each bar


class PageLink(NamedTuple):
    """One entry of the pager."""

    number: int
    path: str
    gap: bool


@dataclass(frozen=True)
class ListView:
    """One page of a list."""

    title: str
    short: str
    lede: str
    crumbs: list[MenuItem]
    number: int
    pages: list[PageLink]
    years: Years
    dated: list[RowView]
    undated: list[RowView]


class ValueLine(NamedTuple):
    """One value of a facet with its count; `share` is its bar's width of 100."""

    text: str
    dir: Markup
    path: str
    amount: str
    share: float


@dataclass(frozen=True)
class FacetView:
    """The page of all values of a facet."""

    title: str
    lede: str
    values: list[ValueLine]


def row(summary: Summary) -> RowView:
    """The line of one document."""
    return RowView(
        dates.short(summary.date),
        summary.origin,
        markup(direction(summary.origin)),
        markup(marks.title_html(summary.title, summary.markers)),
        markup(direction(summary.title)),
        summary.segment,
        summary.classification,
        "" if summary.classification else TYPE_WORDS.get(summary.type, ""),
        f"{summary.words:,}",
        summary.markers,
    )


def years(documents: Sequence[Summary], paths: str = "") -> Years:
    """The bars of `documents` by year. `paths` leads to `by/date/`; empty for bars that are no links."""
    counts = Counter(summary.year for summary in documents)
    undated = counts.pop(0, 0)
    if not counts:
        return Years([], 0, undated, "")
    first, last = min(counts), max(counts)
    wide = last - first > 120  # a stray year must not draw a thousand empty bars
    span = sorted(counts) if wide else list(range(first, last + 1))
    most = max(*counts.values(), undated)
    bars = []
    for index, year in enumerate(span):
        height = _height(counts[year], most)
        path = f"{paths}{year}/index.html" if paths and counts[year] else ""
        bars.append(Bar(year, counts[year], index * 18, round(40 - height, 1), height, path))
    undated_path = f"{paths}undated/index.html" if paths else ""
    return Years(bars, len(span) * 18 - 12, undated, undated_path, _height(undated, most), len(span) <= LABELLED)


def _height(amount: int, most: int) -> float:
    return round(max(amount / most * 38, 1.5), 1) if amount else 0.0


def page_name(number: int) -> str:
    """The file of a list's page: `index.html`, `page-2.html`, …"""
    return "index.html" if number == 1 else f"page-{number}.html"


def pager(pages: int, current: int) -> list[PageLink]:
    """Links to the first, the last and the near pages."""
    wanted = sorted({1, 2, pages - 1, pages, *range(current - 2, current + 3)} & set(range(1, pages + 1)))
    links: list[PageLink] = []
    last = 0
    for number in wanted:
        if number - last == 2:
            links.append(PageLink(last + 1, page_name(last + 1), False))
        elif number - last > 2:
            links.append(PageLink(0, "", True))
        links.append(PageLink(number, page_name(number), False))
        last = number
    return links


def slices(documents: Sequence[Summary]) -> Iterator[tuple[int, int, Sequence[Summary]]]:
    """The pages of a list: number, number of pages, documents. An empty list has one empty page."""
    pages = max(1, -(-len(documents) // PAGE))
    for number in range(1, pages + 1):
        yield number, pages, documents[(number - 1) * PAGE : number * PAGE]


def split_undated(documents: Sequence[Summary]) -> tuple[list[RowView], list[RowView]]:
    """Rows of dated and of undated documents."""
    return (
        [row(summary) for summary in documents if summary.year],
        [row(summary) for summary in documents if not summary.year],
    )


def value_words(facet: str, value: str) -> str:
    """A facet's value as a reader sees it."""
    if facet == "type":
        return TYPE_WORDS.get(value, value)
    return "Undated" if facet == "date" and value == "undated" else value


def facet_view(facet: Facet, total: int) -> FacetView:
    """All values of one facet with counts and bars."""
    most = max((len(value.documents) for value in facet.values), default=1)
    lines = [value_line(facet.name, value, "", most) for value in facet.values]
    lede = f"{count(len(facet.values), 'entry', 'entries')} among {count(total, 'released document')}."
    if not lines:
        lede = "Nothing here yet: no released document names one."
    return FacetView(facet.title, lede, lines)


def value_line(facet: str, value: FacetValue, prefix: str, most: int) -> ValueLine:
    """One line of a facet. `prefix` leads to the facet's folder."""
    text = value_words(facet, value.value)
    share = round(len(value.documents) / most * 100, 1)
    path = f"{prefix}{value.segment}/index.html"
    return ValueLine(text, markup(direction(text)), path, f"{len(value.documents):,}", share)


def facet_list_view(facet: Facet, value: FacetValue, number: int, pages: int, part: Sequence[Summary]) -> ListView:
    """One page of the documents of one facet value."""
    text = value_words(facet.name, value.value)
    dated, undated = split_undated(part)
    lede = f"{count(len(value.documents), 'released document')}."
    crumbs = [MenuItem(f"by/{facet.name}/index.html", facet.title)]
    bars = years(value.documents) if number == 1 and facet.name != "date" else Years([], 0, 0, "")
    title = text if facet.name == "date" else f"{facet.title}: {text}"
    return ListView(title, text, lede, crumbs, number, pager(pages, number), bars, dated, undated)


def date_view(documents: Sequence[Summary], bars: Years, number: int, pages: int, part: Sequence[Summary]) -> ListView:
    """One page of all documents by date."""
    dated, undated = split_undated(part)
    lede = f"{count(len(documents), 'released document')}, oldest first; undated ones at the end."
    return ListView("Documents by date", "Documents", lede, [], number, pager(pages, number), bars, dated, undated)
