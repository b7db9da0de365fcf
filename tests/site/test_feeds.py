from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.site.conftest import Built
from unsealed.site import SiteOptions, build_site, feeds
from unsealed.site.frame import Site

ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_whole_feed_begins_with_the_newest_release(built: Built) -> None:
    root = ET.fromstring((built.public / "feed.atom").read_bytes())
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 100
    assert entries[0].findtext(f"{ATOM}title") == "KORVANE DAM: THE SLOPE THAT NOBODY WILL SIGN FOR"
    assert root.findtext(f"{ATOM}updated") == "2010-12-05T00:00:00Z"
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 100


def test_each_release_has_both_feeds_with_links_that_lead_there(built: Built) -> None:
    feed = json.loads((built.public / "r/0002/feed.json").read_bytes())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(feed["items"]) == 10
    for item in feed["items"]:
        assert (built.public / "r/0002" / item["url"]).resolve().is_file()
    root = ET.fromstring((built.public / "r/0002/feed.atom").read_bytes())
    assert len(root.findall(f"{ATOM}entry")) == 10


def test_a_feed_shows_the_marker_where_words_are_withheld(built: Built) -> None:
    feed = json.loads((built.public / "r/0002/feed.json").read_bytes())
    assert "The state geologist […]" in feed["items"][0]["content_text"]


def test_with_an_address_feeds_and_sitemap_are_absolute(built: Built, tmp_path: Path) -> None:
    press = built.press
    options = SiteOptions(address="https://papers.example/teshka")
    build_site(press.packages, tmp_path / "public", tmp_path / "cache", options, log=press.log_folder)
    sitemap = (tmp_path / "public" / "sitemap.xml").read_text()
    assert "<loc>https://papers.example/teshka/d/03VARDESK284/index.html</loc>" in sitemap
    assert "Sitemap: https://papers.example/teshka/sitemap.xml" in (tmp_path / "public" / "robots.txt").read_text()
    feed = json.loads((tmp_path / "public" / "feed.json").read_bytes())
    assert feed["feed_url"] == "https://papers.example/teshka/feed.json"
    assert "https://papers.example/teshka/d/s2/" in (tmp_path / "public" / "d/s2/index.html").read_text()


def test_a_large_sitemap_is_split(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "SITEMAP_LIMIT", 10)
    site = Site("N", "en", "https://x.example/", (), "", False, "f")
    files = dict(feeds.sitemaps(site, [f"d/{number}/index.html" for number in range(25)]))
    assert sorted(files) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    assert files["sitemap.xml"].count(b"<sitemap>") == 3
