"""The pages that are no document and no list: front, releases, what is missing, the seal, about, 404."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from unsealed.model import Manifest
from unsealed.site import dates, lists
from unsealed.site.catalogue import Catalogue, Facet, list_key
from unsealed.site.escape import escape, one_line
from unsealed.site.frame import (
    ReasonLine,
    Site,
    count,
    day_words,
    markup,
    reason_lines,
    release_folder,
)
from unsealed.site.lists import PageLink, RowView, ValueLine, Years
from unsealed.site.packages import Package
from unsealed.site.summary import Summary
from unsealed.site.vendor import static_file

FRONT_ROWS = 12  # documents of the newest release on the front page
FRONT_VALUES = 6  # values of a facet on the front page
CITING = 12  # documents named for one missing id


class ReleaseLine(NamedTuple):
    """One release in a list."""

    number: int
    folder: str
    path: str
    title: str
    day: str
    words: str
    amount: str
    story: str


class Way(NamedTuple):
    """One way in on the front page."""

    title: str
    path: str
    lines: list[ValueLine]
    more: int


@dataclass(frozen=True)
class FrontView:
    """The front page."""

    story: str
    progress: str
    progress_next: str
    share: float | None
    newest: ReleaseLine | None
    rows: list[RowView]
    more_releases: bool
    sealed: str
    years: Years
    ways: list[Way]


def story_of(packages: Sequence[Package]) -> str:
    """The story of the archive: that of release 0, else of the first release."""
    for package in packages:
        if package.manifest.story:
            return package.manifest.story
    return "An archive that is published step by step, with a proof for every document."


def front_view(site: Site, catalogue: Catalogue, facets: Sequence[Facet]) -> FrontView:
    """What the front page says."""
    packages = [package for package in catalogue.packages if package.manifest.number > 0]
    out = len(catalogue.by_id)
    total = catalogue.packages[-1].manifest.total
    known = total >= out and total > 0
    newest = packages[-1].manifest if packages else None
    return FrontView(
        story=story_of(catalogue.packages),
        progress=f"{out:,} of {total:,} released" if known else f"{count(out, 'document')} released",
        progress_next=_next(out, total) if known else "How many more there are is not public.",
        share=round(out / total * 1000, 1) if known else None,
        newest=release_line(newest) if newest else None,
        rows=[lists.row(summary) for summary in sorted(catalogue.released[newest.number], key=list_key)[:FRONT_ROWS]]
        if newest
        else [],
        more_releases=len(packages) > 1,
        sealed=dates.words(site.sealed),
        years=lists.years(catalogue.by_date, "by/date/"),
        ways=[_way(facet) for facet in facets if facet.name != "date" and facet.values],
    )


def _next(out: int, total: int) -> str:
    if out == total:
        return "Nothing is held back: every sealed document is out."
    return f"The other {total - out:,} are sealed and wait for their editors."


def _way(facet: Facet) -> Way:
    most = max(len(value.documents) for value in facet.values)
    folder = f"by/{facet.name}/"
    lines = [lists.value_line(facet.name, value, folder, most) for value in facet.values[:FRONT_VALUES]]
    return Way(facet.title, f"{folder}index.html", lines, max(0, len(facet.values) - FRONT_VALUES))


def release_line(manifest: Manifest, prefix: str = "") -> ReleaseLine:
    """One release for lists. `prefix` leads to `r/`."""
    folder = release_folder(manifest.number)
    title = one_line(manifest.title, 160) or ("The seal" if manifest.number == 0 else f"Release {manifest.number}")
    documents = count(manifest.documents, "document") if manifest.documents else "no new document"
    documents = documents if manifest.number else "no document, the seal alone"
    return ReleaseLine(
        manifest.number,
        folder,
        f"{prefix}{folder}/index.html",
        title,
        manifest.date,
        day_words(manifest.date),
        documents,
        manifest.story if manifest.number else "",
    )


@dataclass(frozen=True)
class ReleasesView:
    """All releases."""

    lede: str
    releases: list[ReleaseLine]


def releases_view(catalogue: Catalogue) -> ReleasesView:
    """The list of all releases, newest first."""
    lines = [release_line(package.manifest) for package in reversed(catalogue.packages)]
    number = sum(package.manifest.number > 0 for package in catalogue.packages)
    lede = f"{count(len(catalogue.by_id), 'document')} in {count(number, 'release')}, newest first."
    return ReleasesView(lede, lines)


class FileView(NamedTuple):
    """One file of a package."""

    path: str
    object: str
    sha256: str
    length: str


@dataclass(frozen=True)
class ReleaseView:
    """One page of a release."""

    title: str
    release: int
    day: str
    words: str
    lede: str
    story: str
    withheld: list[ReasonLine]
    documents: int
    years: Years
    dated: list[RowView]
    undated: list[RowView]
    number: int
    pages: list[PageLink]
    package_words: str
    licence: str
    files: list[FileView]


def object_path(sha256: str) -> str:
    """Where an immutable object lies below `public/`."""
    return f"o/{sha256[:2]}/{sha256}"


def release_pages(package: Package, documents: Sequence[Summary]) -> Iterator[tuple[int, ReleaseView]]:
    """The pages of one release: its documents by hundreds in list order, its package on the first."""
    manifest = package.manifest
    line = release_line(manifest)
    files = [FileView("manifest.json", object_path(package.sha256), package.sha256, f"{package.length:,}")]
    files += [FileView(one_line(f.path, 80), object_path(f.sha256), f.sha256, f"{f.length:,}") for f in manifest.files]
    for number, pages, part in lists.slices(documents):
        dated, undated = lists.split_undated(part)
        yield (
            number,
            ReleaseView(
                title=line.title,
                release=manifest.number,
                day=manifest.date,
                words=line.words,
                lede=line.amount + ".",
                story=manifest.story,
                withheld=reason_lines([manifest]),
                documents=manifest.documents,
                years=lists.years(documents) if number == 1 else Years([], 0, 0, ""),
                dated=dated,
                undated=undated,
                number=number,
                pages=lists.pager(pages, number),
                package_words=_package_words(manifest),
                licence=one_line(manifest.licence, 300).rstrip("."),
                files=files if number == 1 else [],
            ),
        )


def _package_words(manifest: Manifest) -> str:
    if manifest.number == 0:
        return "These files are the seal: the statement and the fingerprints of all documents."
    return "These files are the release. Pages, lists and feeds are made from them and from nothing else."


class MissingLine(NamedTuple):
    """One id that is cited but not released. `gone`: the folder of the page that stays of a withdrawn document."""

    id: str
    gone: str
    amount: str
    documents: list[Summary]
    more: int


@dataclass(frozen=True)
class MissingView:
    """One page of the table of what is cited but not released."""

    lede: str
    lines: list[MissingLine]
    number: int
    pages: list[PageLink]


def missing_pages(catalogue: Catalogue) -> Iterator[tuple[int, MissingView]]:
    """The pages of the table of what is cited but not released."""
    missing = catalogue.missing()
    pages = max(1, -(-len(missing) // lists.PAGE))
    lede = (
        f"{count(len(missing), 'identifier')}, the most cited first."
        if missing
        else "Nothing: every identifier that a released document cites is released too."
    )
    for number in range(1, pages + 1):
        part = missing[(number - 1) * lists.PAGE : number * lists.PAGE]
        lines = [
            MissingLine(
                one_line(ref, 120),
                catalogue.withdrawn.get(ref, ""),
                f"{len(found):,}",
                found[:CITING],
                max(0, len(found) - CITING),
            )
            for ref, found in part
        ]
        links = [PageLink(link.number, _missing_name(link.number), link.gap) for link in lists.pager(pages, number)]
        yield number, MissingView(lede, lines, number, links)


def _missing_name(number: int) -> str:
    return "missing.html" if number == 1 else f"missing-{number}.html"


class Fact(NamedTuple):
    """One line of a table of facts."""

    name: str
    html: Markup


@dataclass(frozen=True)
class SealView:
    """The page that explains the seal."""

    sealed: str
    facts: list[Fact]


def seal_view(site: Site, catalogue: Catalogue) -> SealView:
    """The seal in plain words, with the facts of release 0."""
    first = catalogue.packages[0]
    manifest = first.manifest
    facts = [Fact("Archive id", markup(f'<code class="hash">{escape(manifest.archive)}</code>'))]
    if manifest.number == 0:
        link = f'<a href="r/{release_folder(0)}/index.html">its files</a>'
        facts.append(Fact("Release 0", markup(f'<code class="hash">{first.sha256}</code> (manifest), {link}')))
    if manifest.total > 0:
        facts.append(Fact("Sealed documents", markup(f"{manifest.total:,}")))
    return SealView(dates.words(site.sealed), facts)


@dataclass(frozen=True)
class AboutView:
    """About and mirrors."""

    story: str
    reasons: list[ReasonLine]
    mirrors: Sequence[tuple[str, str, str]]


def about_view(catalogue: Catalogue, mirrors: Sequence[tuple[str, str, str]]) -> AboutView:
    """What the archive is, how documents come here, how to mirror. `mirrors`: address, link (or nothing) and words."""
    reasons = reason_lines([package.manifest for package in catalogue.packages])
    return AboutView(story_of(catalogue.packages), reasons, mirrors)


@dataclass(frozen=True)
class LostView:
    """The page for an address that leads nowhere: it stands alone, since it is shown at any depth."""

    base: str
    style: Markup
    style_hash: str


def lost_view(site: Site) -> LostView:
    """404.html with its style inline, allowed by hash."""
    style = static_file("lost.css").decode()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return LostView(site.address or "/", markup(style), f"sha256-{digest}")
