"""The frame of every page: what the whole site shares, and the precompiled templates.

Templates get finished, escaped pieces (`Markup`) or plain strings that Jinja escapes; no template marks
anything as safe.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from unsealed.model import Manifest, Reason
from unsealed.site import dates

HERE = Path(__file__).parent


class MenuItem(NamedTuple):
    """One entry of the menu: a path below the root and its words."""

    path: str
    text: str


@dataclass(frozen=True)
class Site:
    """What every page may say about the whole site. Only values that do not change from release to release."""

    name: str
    language: str
    address: str  # with a slash at the end, or empty
    menu: tuple[MenuItem, ...]
    sealed: str  # the publisher's day of release 0, ISO, or empty
    verifier: bool  # the page verifier is part of this installation
    fingerprint: str  # of templates, styles, scripts and code: a change makes every page anew
    support: bool = False  # whether there is a page of ways to support the publisher

    def menu_html(self, root: str) -> Markup:
        """The entries of the menu as list items, for a page at this depth."""
        return _menu_html(self.menu, root)

    @property
    def key(self) -> tuple[str, ...]:
        """What the key of every page begins with."""
        return (
            self.fingerprint,
            self.name,
            self.language,
            self.address,
            self.sealed,
            str(self.support),
            *map(str, self.menu),
        )


@cache
def _menu_html(menu: tuple[MenuItem, ...], root: str) -> Markup:
    return Markup("").join(Markup('<li><a href="{}{}">{}</a></li>').format(root, *item) for item in menu)


@cache
def fingerprint() -> str:
    """A hash of everything in this room that can change a page."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.suffix in (".py", ".html", ".css", ".js", ".svg") and path.is_file():
            digest.update(f"{path.relative_to(HERE).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


@cache
def templates() -> jinja2.Environment:
    """The templates, each compiled once in a process; an unknown variable is an error, never an empty string."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=False,
        cache_size=-1,
    )
    for name in environment.list_templates():
        environment.get_template(name)
    return environment


def render(template: str, site: Site, root: str, page: object) -> bytes:
    """One page as UTF-8. `root` leads from the page to the site's root: `` or `../` or `../../` …"""
    return templates().get_template(template).render(site=site, root=root, page=page).encode()


def root_of(path: str) -> str:
    """The way from a page at `path` back to the root."""
    return "../" * path.count("/")


def count(number: int, thing: str, plural: str = "") -> str:
    """`1 document`, `1,204 documents`."""
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"


def release_folder(number: int) -> str:
    """The folder of a release below `r/`."""
    return f"{number:04d}"


class ReasonLine(NamedTuple):
    """A reason with a count, for tables."""

    code: str
    text: str
    amount: str


def reason_lines(manifests: list[Manifest]) -> list[ReasonLine]:
    """The reasons that were used in these releases with the number of their markers, most used first."""
    texts: dict[str, Reason] = {reason.code: reason for found in manifests for reason in found.reasons}
    counts: dict[str, int] = {}
    for manifest in manifests:
        for code, number in manifest.withheld.items():
            counts[code] = counts.get(code, 0) + number
    order = sorted((code for code in counts if counts[code]), key=lambda code: (-counts[code], code))
    return [
        ReasonLine(code.replace("-", " "), texts[code].text if code in texts else "", f"{counts[code]:,}")
        for code in order
    ]


def day_words(day: str) -> str:
    """A publisher's day in words, or `no date given`."""
    return dates.words(day) or "no date given"


def markup(html: str) -> Markup:
    """HTML that this room made and escaped itself. The one place where a string becomes trusted."""
    return Markup(html)  # noqa: S704 - made by escape.py and body.py only
