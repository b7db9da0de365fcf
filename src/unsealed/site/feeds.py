"""Feeds, sitemap and robots.txt: for readers' programs.

Atom (RFC 4287) and JSON Feed 1.1. Dates are the publisher's days at midnight UTC, since no exact time is
public. Ids are URNs from the archive id and the public id, so that every mirror's feed carries the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

import msgspec

from unsealed.model import Manifest
from unsealed.site import dates
from unsealed.site.escape import visible
from unsealed.site.frame import Site
from unsealed.site.summary import Summary

LATEST = 100  # documents in the feed of the whole site
RELEASE_LATEST = 1000  # documents in the feed of one release


class Feed(msgspec.Struct, frozen=True):
    """A feed before it is written: `path` of its folder below the root with `/` at the end, entries newest first."""

    title: str
    folder: str
    home: str
    updated: str
    archive: str
    entries: tuple[tuple[Summary, str], ...]
    changes: tuple[tuple[str, str, str, str], ...] = ()  # title, day, words, path of what else happened, newest first


def whole_feed(
    site: Site,
    manifests: Sequence[Manifest],
    released: dict[int, list[Summary]],
    changes: Sequence[tuple[str, str, str, str]] = (),
) -> Feed:
    """The newest documents of the whole site; corrections, further redactions and withdrawals before them."""
    entries: list[tuple[Summary, str]] = []
    for manifest in reversed(manifests):
        entries += [(summary, manifest.date) for summary in released.get(manifest.number, [])]
        if len(entries) >= LATEST:
            break
    newest = manifests[-1]
    documents, told = tuple(entries[:LATEST]), tuple(changes[:LATEST])
    return Feed(site.name, "", "index.html", newest.date, newest.archive, documents, told)


def release_feed(site: Site, manifest: Manifest, documents: Sequence[Summary], folder: str) -> Feed:
    """The documents of one release."""
    entries = tuple((summary, manifest.date) for summary in documents[:RELEASE_LATEST])
    title = f"{site.name}: {visible(manifest.title) or f'Release {manifest.number}'}"
    return Feed(title, f"r/{folder}/", "index.html", manifest.date, manifest.archive, entries)


def _address(site: Site, feed: Feed, path: str) -> str:
    if site.address:
        return site.address + quote(path)
    return "../" * feed.folder.count("/") + quote(path)


def _anchor(site: Site, feed: Feed, path: str) -> str:
    page, _, anchor = path.partition("#")
    return f"{_address(site, feed, page)}#{anchor}"


def _urn(feed: Feed, *parts: str) -> str:
    return ":".join(["urn", "unsealed", feed.archive, *(quote(part, safe="") for part in parts)])


def atom(site: Site, feed: Feed) -> bytes:
    """The feed as Atom."""
    own = feed.folder.replace("/", "-").strip("-") or "all"
    here = _address(site, feed, f"{feed.folder}feed.atom")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(site.language)}>',
        f"<title>{_xml(feed.title)}</title>",
        f"<id>{_urn(feed, 'feed', own)}</id>",
        f"<updated>{dates.instant(feed.updated)}</updated>",
        f"<author><name>{_xml(site.name)}</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(here)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(_address(site, feed, feed.folder + feed.home))}/>',
    ]
    for title, day, words, path in feed.changes:
        lines.append(
            f"<entry><title>{_xml(title)}</title><id>{_urn(feed, 'change', path)}</id>"
            f"<updated>{dates.instant(day)}</updated>"
            f'<link rel="alternate" type="text/html" href={quoteattr(_anchor(site, feed, path))}/>'
            f'<summary type="text">{_xml(words)}</summary></entry>'
        )
    for summary, day in feed.entries:
        lines.append(_atom_entry(site, feed, summary, day))
    lines.append("</feed>\n")
    return "\n".join(lines).encode()


def _atom_entry(site: Site, feed: Feed, summary: Summary, day: str) -> str:
    href = quoteattr(_address(site, feed, f"d/{summary.segment}/index.html"))
    categories = "".join(f"<category term={quoteattr(visible(tag))}/>" for tag in summary.tags)
    return (
        f"<entry><title>{_xml(summary.title)}</title><id>{_urn(feed, 'document', summary.id)}</id>"
        f"<updated>{dates.instant(day)}</updated>"
        f'<link rel="alternate" type="text/html" href={href}/>{categories}'
        f'<summary type="text">{_xml(_summary(summary))}</summary></entry>'
    )


def _summary(summary: Summary) -> str:
    facts = [summary.id, dates.words(summary.date) or "undated", summary.origin, summary.classification]
    return visible(". ".join([", ".join(fact for fact in facts if fact), summary.preview]))


def _xml(text: str) -> str:
    return xml_escape(visible(text))


def json_feed(site: Site, feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    items: list[dict[str, object]] = [
        {
            "id": _urn(feed, "change", path),
            "url": _anchor(site, feed, path),
            "title": visible(title),
            "content_text": visible(words),
            "date_published": dates.instant(day),
        }
        for title, day, words, path in feed.changes
    ]
    items += [
        {
            "id": _urn(feed, "document", summary.id),
            "url": _address(site, feed, f"d/{summary.segment}/index.html"),
            "title": visible(summary.title),
            "content_text": _summary(summary),
            "date_published": dates.instant(day),
            "tags": [visible(tag) for tag in summary.tags],
        }
        for summary, day in feed.entries
    ]
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": _address(site, feed, feed.folder + feed.home),
        "feed_url": _address(site, feed, feed.folder + "feed.json"),
        "language": site.language,
        "items": items,
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


SITEMAP_LIMIT = 50_000  # addresses in one sitemap file (sitemaps.org)


def sitemaps(site: Site, paths: Iterable[str]) -> list[tuple[str, bytes]]:
    """`sitemap.xml`, and numbered parts where there are more addresses than one file may hold."""
    base = site.address or "/"
    addresses = [base + quote(path) for path in sorted(paths)]
    parts = [addresses[start : start + SITEMAP_LIMIT] for start in range(0, len(addresses), SITEMAP_LIMIT)]
    if len(parts) <= 1:
        return [("sitemap.xml", _urlset(addresses))]
    files = [(f"sitemap-{number}.xml", _urlset(part)) for number, part in enumerate(parts, 1)]
    body = "".join(f"<sitemap><loc>{xml_escape(base + name)}</loc></sitemap>\n" for name, _ in files)
    index = f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{body}</sitemapindex>\n'
    return [*files, ("sitemap.xml", index.encode())]


_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _urlset(addresses: Sequence[str]) -> bytes:
    body = "".join(f"<url><loc>{xml_escape(address)}</loc></url>\n" for address in addresses)
    return f'{_XML}<urlset xmlns="{_SITEMAP}">\n{body}</urlset>\n'.encode()


def robots(site: Site) -> bytes:
    """Everybody may read everything."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.address or '/'}sitemap.xml\n".encode()
