"""What changed: the entries of the log in plain words, and what each of them did to which document.

Takes the entries of the log and the packages; gives notices for document pages, pages for what was withdrawn, the page
that lists every change, the page of ways to support the publisher. The log says which cut is in force; nothing here
decides it. Entries that sign the pages are left out: a page that named the newest one would change with each build.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from unsealed.model import Manifest
from unsealed.seal.amendments import Key, Register
from unsealed.seal.entries import Payload, kind_of
from unsealed.seal.payloads import (
    Amendment,
    CloseEntry,
    CorrectionEntry,
    KeysEntry,
    MirrorsEntry,
    MovedEntry,
    PackageEntry,
    ReleaseEntry,
    SiteEntry,
    SupportEntry,
    UnredactEntry,
    WithdrawEntry,
)
from unsealed.seal.superseded import Superseded
from unsealed.site import dates, names
from unsealed.site.escape import escape, one_line
from unsealed.site.frame import count, markup, release_folder
from unsealed.site.summary import TYPE_WORDS

PAGE = "log/index.html"
SUPPORT = "support.html"
_LISTED = 50  # documents that one change names
_REASONS = {
    "by-order": "by order of a court or an authority",
    "harm": "because it could harm somebody",
    "request": "at the request of a person concerned",
    "mistake": "because releasing it was a mistake",
    "rights": "because of the rights of others",
}
_WORDS = {
    "seal": "The seal",
    "release": "Release",
    "redact-more": "More is withheld",
    "unredact": "More is shown",
    "withdraw": "Withdrawn",
    "close": "The archive is closed",
    "keys": "Change of keys",
    "correction": "Correction",
    "mirrors": "Mirrors",
    "support": "Ways to support the publisher",
    "moved": "This log takes the place of another one",
}


class Notice(NamedTuple):
    """A notice on the page of a document: what happened, on which day, why. `anchor` leads to the log page."""

    kind: str
    day: str
    words: str
    html: Markup
    anchor: str


class Withdrawn(NamedTuple):
    """A document that is withdrawn: what its page still says of it."""

    key: Key
    id: str
    type: str
    release: int
    segment: str


class DocumentLink(NamedTuple):
    """A document that a change names: with a page of its own where `path` is not empty."""

    text: str
    path: str


class Change(NamedTuple):
    """One entry of the log in plain words."""

    number: int
    kind: str
    title: str
    day: str
    day_words: str
    sentence: str
    text: Markup
    documents: list[DocumentLink]
    more: int
    path: str


@dataclass(frozen=True)
class ChangesView:
    """The page of all changes, newest first."""

    lede: str
    changes: list[Change]


class WayLine(NamedTuple):
    """One way to support the publisher, as shown. `link` is empty where the address is no web address."""

    kind: str
    address: str
    link: str
    text: str


@dataclass(frozen=True)
class SupportView:
    """The page of ways to support the publisher."""

    day: str
    words: str
    text: Markup
    ways: list[WayLine]
    anchor: str


@dataclass(frozen=True)
class WithdrawnView:
    """The page that stays of a withdrawn document."""

    id: str
    kind: str
    release: int
    release_folder: str
    slot: int
    generation: int
    notices: list[Notice]


class Changes:
    """What the log says was done. `superseded` are the lines of all packages: they know the public ids."""

    def __init__(
        self, payloads: Sequence[Payload], manifests: Sequence[Manifest], superseded: Sequence[Superseded]
    ) -> None:
        self._payloads = payloads
        self._manifests = {manifest.number: manifest for manifest in manifests}
        self._index = {id(payload): index for index, payload in enumerate(payloads)}
        self._of: dict[Key, list[Payload]] = {}
        register = Register()
        for payload in payloads:
            register.take(payload)
            if isinstance(payload, Amendment | CorrectionEntry):
                for _, _, generation, slot in payload.documents:
                    self._of.setdefault(Key(generation, slot), []).append(payload)
        last = {Key(line.generation, line.slot): line for line in superseded}
        gone = sorted(key for key, place in register.amended.items() if place is None and key in last)
        self.withdrawn = [_withdrawn(key, last[key]) for key in gone]

    @property
    def key(self) -> tuple[str, ...]:
        """What every page that lists changes depends on."""
        return tuple(str(payload) for payload in self._told())

    def _told(self) -> list[Payload]:
        return [payload for payload in self._payloads if not isinstance(payload, SiteEntry)]

    def notices(self, key: Key) -> list[Notice]:
        """What happened to a document since it was first released, oldest first."""
        return [self._notice(payload) for payload in self._of.get(key, ())]

    def _notice(self, payload: Payload) -> Notice:
        anchor = f"{PAGE}#e{self._index[id(payload)]}"
        kind, day, why = kind_of(payload), getattr(payload, "date", ""), getattr(payload, "text", "")
        sentence = _document_sentence(payload)
        return Notice(kind, day, dates.words(day), markup(f"<b>{escape(sentence)}</b> {escape(why)}"), anchor)

    def amended(self) -> Sequence[tuple[Payload, int]]:
        """Every amendment and correction with its index, newest first: for feeds."""
        found = [(one, self._index[id(one)]) for one in self._payloads if isinstance(one, Amendment | CorrectionEntry)]
        return found[::-1]

    def support(self) -> SupportEntry | None:
        """The newest ways to support the publisher."""
        return next((one for one in reversed(self._payloads) if isinstance(one, SupportEntry)), None)

    def support_view(self) -> SupportView | None:
        """The page of the newest ways, or None where none are published."""
        newest = self.support()
        if newest is None or not newest.ways:
            return None
        ways = [
            WayLine(w.kind.replace("-", " "), one_line(w.address, 500), _web(w.address), one_line(w.text, 2000))
            for w in newest.ways
        ]
        anchor = f"{PAGE}#e{self._index[id(newest)]}"
        return SupportView(newest.date, dates.words(newest.date), _paragraphs(newest.text), ways, anchor)

    def mirrors(self) -> list[tuple[str, str, str]]:
        """Address, link (or nothing) and words of each mirror in the newest list."""
        newest = next((one for one in reversed(self._payloads) if isinstance(one, MirrorsEntry)), None)
        named = newest.mirrors if newest else ()
        return [(one_line(one.address, 500), _web(one.address), one_line(one.text, 500)) for one in named]

    def withdrawn_view(self, one: Withdrawn) -> WithdrawnView:
        """The page that stays of a withdrawn document."""
        kind, key = TYPE_WORDS.get(one.type, "Document"), one.key
        folder, notices = release_folder(one.release), self.notices(key)
        return WithdrawnView(one.id, kind, one.release, folder, key.slot, key.generation, notices)

    def view(self, segments: dict[Key, tuple[str, str]]) -> ChangesView:
        """The page of all changes. `segments`: id and folder of every document that has a page."""
        known = segments | {one.key: (one.id, one.segment) for one in self.withdrawn}
        told = [self._change(payload, known) for payload in reversed(self._told())]
        lede = f"{count(len(told), 'entry', 'entries')} of the release log in plain words, newest first."
        return ChangesView(lede, told)

    def _change(self, payload: Payload, known: dict[Key, tuple[str, str]]) -> Change:
        index, kind, day = self._index[id(payload)], kind_of(payload), getattr(payload, "date", "")
        listed = [Key(g, s) for _, _, g, s in getattr(payload, "documents", ())]
        links = [_link(key, known) for key in listed[:_LISTED]]
        path = f"r/{release_folder(payload.number)}/index.html" if isinstance(payload, PackageEntry) else ""
        title = _WORDS[kind]
        manifest = self._manifests.get(payload.number) if isinstance(payload, PackageEntry) else None
        if manifest is not None and kind == "release":
            title = f"Release {payload.number}: {one_line(manifest.title, 160)}"
        return Change(
            index, kind, title, day, dates.words(day), _sentence(payload), _paragraphs(_text(payload)), links,
            max(0, len(listed) - _LISTED), SUPPORT if payload is self.support() else path,
        )  # fmt: skip


def _withdrawn(key: Key, line: Superseded) -> Withdrawn:
    segment = names.document_segment(line.id, line.slot)
    return Withdrawn(key, one_line(line.id, 80), line.type, line.release, segment)


def _link(key: Key, known: dict[Key, tuple[str, str]]) -> DocumentLink:
    if key in known:
        text, segment = known[key]
        return DocumentLink(text, f"d/{segment}/index.html")
    return DocumentLink(f"slot {key.slot} of generation {key.generation}", "")


def _text(payload: Payload) -> str:
    text: str = getattr(payload, "text", "")
    return text


def _paragraphs(text: str) -> Markup:
    return markup("".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip()))


def _web(address: str) -> str:
    """The address, where it is one of the web that a page may lead to."""
    return address if address.startswith(("https://", "http://")) and address.isprintable() else ""


def _document_sentence(payload: Payload) -> str:
    if isinstance(payload, WithdrawEntry):
        return f"Withdrawn {_reason(payload)}."
    if isinstance(payload, UnredactEntry):
        return f"More of it is shown since release {payload.number}."
    if isinstance(payload, ReleaseEntry):
        return f"More of it is withheld since release {payload.number}. Older copies cannot be recalled."
    return "Correction."


def _reason(payload: WithdrawEntry) -> str:
    return _REASONS.get(payload.reason, f"({payload.reason.replace('-', ' ')})")


def _sentence(payload: Payload) -> str:
    """One entry in a sentence of this program; the publisher's own words stand beside it."""
    if isinstance(payload, Amendment | CorrectionEntry):
        return _amending(payload)
    if isinstance(payload, ReleaseEntry):
        return f"{count(payload.cuts.count, 'document')} released, each with its proof."
    if isinstance(payload, CloseEntry):
        return (
            f"Nothing is sealed or released after this. {count(payload.unreleased, 'sealed document')} never released, "
            f"{count(payload.unused, 'slot')} never used: a file of the package opens and lists them."
        )
    if isinstance(payload, KeysEntry):
        return f"Policy {payload.number} is in force from the next entry on, signed by root keys of both."
    if isinstance(payload, MovedEntry):
        return f"It goes on where {one_line(payload.log.origin, 80)} was good, at entry {payload.log.size}."
    if isinstance(payload, MirrorsEntry):
        return f"{count(len(payload.mirrors), 'mirror')} named."
    if isinstance(payload, SupportEntry):
        return f"{count(len(payload.ways), 'way')} named."
    return "The archive is bound: nothing can be added to it or changed in it without notice."


def _amending(payload: Payload) -> str:
    documents: str = count(len(getattr(payload, "documents", ())), "document")
    if isinstance(payload, WithdrawEntry):
        return f"{documents} withdrawn {_reason(payload)}. Copies that others took earlier cannot be recalled."
    if isinstance(payload, UnredactEntry):
        return f"{documents} with more shown than before. What is shown is the text that was sealed."
    if isinstance(payload, ReleaseEntry):
        return f"{documents} with more withheld than before. Copies that others took earlier cannot be recalled."
    return f"Words of the publisher about {documents}; nothing of the text changes."


def feed_entries(changes: Changes) -> Iterator[tuple[str, str, str, str]]:
    """Title, day, words and path of each change that readers should hear of, newest first."""
    for payload, index in changes.amended():
        words = f"{_sentence(payload)} {_text(payload)}"
        yield _WORDS[kind_of(payload)], getattr(payload, "date", ""), words, f"{PAGE}#e{index}"
