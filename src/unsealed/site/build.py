"""Build `public/` from release packages: the whole room as one list of steps.

The work of a second build is proportional to what changed: unchanged packages are not even unpacked (their
summaries are cached), and a page is made only when the key of what it says has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from unsealed.errors import InputError
from unsealed.files import Lock, make_dirs, write_plain
from unsealed.model import Manifest
from unsealed.seal.amendments import Key
from unsealed.seal.site_manifest import SiteFile, encode_manifest
from unsealed.site import changes as told
from unsealed.site import feeds, lists, marks, pages
from unsealed.site.catalogue import Facet, FacetValue, build_catalogue, facets, list_key
from unsealed.site.document_page import DocumentPages, Neighbours, page_key
from unsealed.site.escape import one_line
from unsealed.site.frame import MenuItem, Site, fingerprint, release_folder, render, root_of
from unsealed.site.packages import (
    Package,
    decode_document,
    in_force,
    lines,
    read_file,
    read_packages,
    superseded,
)
from unsealed.site.proofs import ProofMaker, PublicLog
from unsealed.site.summary import Summary, summaries
from unsealed.site.vendor import static_file, verifier_script, verify_page
from unsealed.site.writer import FileLine, Writer, key_of

T = TypeVar("T")

# The same menu in every release: a menu that followed the contents would change every page.
MENU = (
    MenuItem("by/date/index.html", "Documents"),
    MenuItem("by/origin/index.html", "Places"),
    MenuItem("by/tag/index.html", "Subjects"),
    MenuItem("by/people/index.html", "People"),
    MenuItem("r/index.html", "Releases"),
    MenuItem("seal.html", "How to check"),
)


@dataclass(frozen=True)
class SiteOptions:
    """What a build may be told. `address` is where the site will stand, with or without a slash at the end."""

    title: str = ""  # empty: the archive's name as its packages give it
    address: str = ""  # empty: addresses in feeds and the sitemap are relative to the root
    language: str = "en"
    everything: bool = False  # make every page anew, trusting no cache


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `files` are all files below `public/` except `heads/`, sorted by path."""

    documents: int
    pages_made: int  # documents whose files were made in this build
    written: int
    kept: int
    removed: int
    files: tuple[FileLine, ...]

    def manifest(self) -> bytes:
        """The bytes of `heads/site.manifest`."""
        return encode_manifest(SiteFile(line.path, line.length, line.sha256.hex()) for line in self.files)


def build_site(
    packages: Path, public: Path, cache: Path, options: SiteOptions | None = None, *, log: Path | None = None
) -> BuildReport:
    """Make `public/` equal to what the published packages below `packages/` say, touching only what changed.

    `log` is the folder of the release log (`public/heads/log`, or the one that is about to become it); only
    packages that it names are shown. Without it the build is a preview: every package, proofs without the
    log's part. `cache` is a folder of this room's own: it may be deleted at any time.

    `heads/` is left alone: `report.manifest()` goes to `heads/site.manifest` when the site is published, with the log.
    Raises InputError for a package that is damaged, ArchiveError when another build is running.
    """
    options = options or SiteOptions()
    make_dirs(cache)
    with Lock(cache / "lock"):
        if not (cache / "CACHE").exists():
            write_plain(cache / "CACHE", b"This folder can be deleted. The next build of the site makes it again.\n")
        proofs = ProofMaker(PublicLog(log) if log else None, cache)
        found = in_force(proofs.published(read_packages(packages)))
        if not found:
            raise InputError(f"{packages} holds no published package.", remedy="Publish the seal first: unsealed seal.")
        return _Build(found, public, cache, options, proofs).run()


class _Build:
    """One build. Each step is a method; `run` is the table of contents."""

    def __init__(
        self, packages: list[Package], public: Path, cache: Path, options: SiteOptions, proofs: ProofMaker
    ) -> None:
        self.packages = packages
        self.cache = cache
        self.public = public
        self.catalogue = build_catalogue(packages, (line for found in packages for line in summaries(found, cache)))
        self.facets = facets(self.catalogue)
        manifests = [package.manifest for package in packages]
        self.changes = told.Changes(proofs.payloads(), manifests, superseded(packages))
        self.catalogue.withdrawn.update((one.id, one.segment) for one in self.changes.withdrawn)
        self.site = _site(packages, options, support=self.changes.support_view() is not None)
        self.proofs = proofs
        self.writer = Writer(public, cache, everything=options.everything)
        self.made = 0
        self.listed: list[str] = []  # pages for the sitemap

    def run(self) -> BuildReport:
        """Documents, lists, other pages, feeds, objects; then what is gone goes, and the state is recorded."""
        self._assets()
        for package in self.packages:
            self._documents(package)
        self._lists()
        self._releases()
        self._changed()
        self._single_pages()
        self._feeds()
        self._objects()
        removed = self.writer.finish()
        files = sorted(self.writer.lines(), key=lambda line: line.path.encode())
        writer = self.writer
        return BuildReport(len(self.catalogue.by_id), self.made, writer.written, writer.kept, removed, tuple(files))

    # --- steps

    def _assets(self) -> None:
        self._put("style.css", lambda: static_file("style.css"))
        self._put("page.js", lambda: static_file("page.js"))
        self._put("icon.svg", lambda: static_file("icon.svg"))
        self._put("verify.html", verify_page)
        if (script := verifier_script()) is not None:
            self._put("verifier.js", lambda: script)
        self._put("robots.txt", lambda: feeds.robots(self.site))

    def _put(self, path: str, make: Callable[[], bytes], *parts: object) -> None:
        """One file; its content is made only when `parts` or this program changed."""
        key = key_of(self.site.key, parts)
        if not self.writer.keep(path, key):
            self.writer.put(path, key, [(path, make())])

    def _page(self, path: str, template: str, make: Callable[[], object], *parts: object) -> None:
        if path.endswith("index.html"):
            self.listed.append(path)
        self._put(path, lambda: render(template, self.site, root_of(path), make()), *parts)

    def _documents(self, package: Package) -> None:
        """The files of every document of one release whose key changed. The packs are opened only for those."""
        manifest = package.manifest
        current = self.catalogue.released.get(manifest.number, [])
        shared = DocumentPages(self.site, self.catalogue, manifest, marks.reason_table(manifest.reasons), self.changes)
        stale: dict[int, dict[int, tuple[Summary, Neighbours, bytes]]] = {}
        for index, summary in enumerate(current):
            near = Neighbours(
                current[index - 1] if index else None, current[index + 1] if index + 1 < len(current) else None
            )
            noted = self.changes.notices(Key(summary.generation, summary.slot))
            proved = self.proofs.key(package, summary.generation)
            key = page_key(self.site, self.catalogue, summary, proved, near, noted)
            self.listed.append(f"d/{summary.segment}/index.html")
            if not self.writer.keep(f"d/{summary.segment}", key):
                stale.setdefault(summary.pack, {})[summary.slot] = (summary, near, key)
        for number in sorted(stale):
            self._pack(package, number, shared, stale[number])

    def _pack(
        self,
        package: Package,
        number: int,
        shared: DocumentPages,
        wanted: dict[int, tuple[Summary, Neighbours, bytes]],
    ) -> None:
        for raw in lines(package, package.packs[number]):
            document = decode_document(raw, package)
            entry = wanted.get(document.slot)
            if entry is None:
                continue
            summary, near, key = entry
            proof = self.proofs.proof(document, package)
            self.writer.put(f"d/{summary.segment}", key, shared.files(document, raw, summary, proof, near))
            self.made += 1

    def _lists(self) -> None:
        documents = self.catalogue.by_date
        for facet in self.facets:
            if facet.name == "date":
                self._date_list(documents)
            else:
                path = f"by/{facet.name}/index.html"
                parts = [(value.value, value.segment, len(value.documents)) for value in facet.values]
                self._page(path, "facet.html", partial(lists.facet_view, facet, len(documents)), len(documents), parts)
            for value in facet.values:
                self._facet_list(facet, value)

    def _date_list(self, documents: Sequence[Summary]) -> None:
        for number, total, part in lists.slices(documents):
            path = f"by/date/{lists.page_name(number)}"
            years = lists.years(documents, "./") if number == 1 else lists.years([])
            make = partial(lists.date_view, documents, years, number, total, part)
            self._page(path, "list.html", make, number, total, len(documents), _rows_key(part), years)

    def _facet_list(self, facet: Facet, value: FacetValue) -> None:
        for number, total, part in lists.slices(value.documents):
            path = f"by/{facet.name}/{value.segment}/{lists.page_name(number)}"
            make = partial(lists.facet_list_view, facet, value, number, total, part)
            years = [summary.year for summary in value.documents] if number == 1 else []
            self._page(
                path, "list.html", make, value.value, number, total, len(value.documents), _rows_key(part), years
            )

    def _releases(self) -> None:
        self._page("r/index.html", "releases.html", partial(pages.releases_view, self.catalogue), self._hashes())
        for package in self.packages:
            folder = release_folder(package.manifest.number)
            documents = sorted(self.catalogue.released.get(package.manifest.number, []), key=list_key)
            for number, view in pages.release_pages(package, documents):
                path = f"r/{folder}/{lists.page_name(number)}"
                self._page(path, "release.html", partial(_same, view), package.sha256, _rows_key(documents))

    def _changed(self) -> None:
        """What changed, what was withdrawn, ways to support."""
        known = {Key(one.generation, one.slot): (one_line(one.id, 80), one.segment) for one in self.catalogue.by_date}
        self._page(told.PAGE, "changes.html", partial(self.changes.view, known), self.changes.key, sorted(known))
        for one in self.changes.withdrawn:
            path = f"d/{one.segment}/index.html"
            self._page(path, "withdrawn.html", partial(self.changes.withdrawn_view, one), self.changes.key)
        if (view := self.changes.support_view()) is not None:
            self.listed.append(told.SUPPORT)
            self._page(told.SUPPORT, "support.html", partial(_same, view), self.changes.key)

    def _single_pages(self) -> None:
        site, catalogue, mirrors = self.site, self.catalogue, self.changes.mirrors()
        counts = [(f.name, [(v.value, len(v.documents)) for v in f.values]) for f in self.facets]
        self._page(
            "index.html", "front.html", partial(pages.front_view, site, catalogue, self.facets), self._hashes(), counts
        )
        self._page("seal.html", "seal.html", partial(pages.seal_view, site, catalogue), self.packages[0].sha256)
        self._page("about.html", "about.html", partial(pages.about_view, catalogue, mirrors), self._hashes(), mirrors)
        self._page("404.html", "404.html", partial(pages.lost_view, site))
        self.listed += ["seal.html", "about.html", "missing.html", "verify.html"]
        for number, view in pages.missing_pages(catalogue):
            name = "missing.html" if number == 1 else f"missing-{number}.html"
            parts = [(line.id, line.amount, line.gone, [d.segment for d in line.documents]) for line in view.lines]
            self._page(name, "missing.html", partial(_same, view), view.lede, parts)

    def _feeds(self) -> None:
        manifests = [package.manifest for package in self.packages]
        heard = tuple(told.feed_entries(self.changes))
        self._feed(feeds.whole_feed(self.site, manifests, self.catalogue.released, heard))
        for manifest in manifests:
            documents = self.catalogue.released.get(manifest.number, [])
            if manifest.number:
                self._feed(feeds.release_feed(self.site, manifest, documents, release_folder(manifest.number)))
        for name, data in feeds.sitemaps(self.site, self.listed):
            self._put(name, partial(_same, data), data)

    def _feed(self, feed: feeds.Feed) -> None:
        self._put(f"{feed.folder}feed.atom", partial(feeds.atom, self.site, feed), feed)
        self._put(f"{feed.folder}feed.json", partial(feeds.json_feed, self.site, feed), feed)

    def _objects(self) -> None:
        """Manifests and every file of the packages as immutable objects, named by hash."""
        for package in self.packages:
            self._object(package.sha256, (package.path / "manifest.json").read_bytes)
            for file in package.manifest.files:
                if file.sha256 in package.dropped:
                    continue  # a later package took its place: mirrors drop it, and so do we
                self._object(file.sha256, partial(read_file, package, file))
        for policy in self.proofs.policies():  # for readers who trust a later one and check backward (log.md)
            self._object(hashlib.sha256(policy).hexdigest(), partial(_same, policy))

    def _object(self, sha256: str, read: Callable[[], bytes]) -> None:
        path = pages.object_path(sha256)
        key = bytes.fromhex(sha256)
        if not self.writer.keep(path, key):
            self.writer.put(path, key, [(path, read())])

    def _hashes(self) -> list[str]:
        return [package.sha256 for package in self.packages]


def _site(packages: Sequence[Package], options: SiteOptions, *, support: bool) -> Site:
    first = packages[0].manifest
    address = options.address.rstrip("/") + "/" if options.address else ""
    return Site(
        name=options.title or _name(first),
        language=options.language,
        address=address,
        menu=MENU,
        sealed=first.date if first.number == 0 else "",
        verifier=verifier_script() is not None,
        fingerprint=fingerprint(),
        support=support,
    )


def _name(manifest: Manifest) -> str:
    return manifest.name or "An unnamed archive"


def _rows_key(documents: Sequence[Summary]) -> list[tuple[object, ...]]:
    return [(d.segment, d.title, d.date, d.origin, d.classification, d.words, d.markers) for d in documents]


def _same(value: T) -> T:
    return value
