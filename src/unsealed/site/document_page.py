"""The page of one document, and the files beside it.

Takes a `PublicDocument`, its summary and the catalogue; gives the bytes of `index.html`, `document.txt`,
`document.json` and `document.proof`. Decides nothing about what is shown: that was decided by the release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from unsealed.model import Manifest, PublicDocument, Reason
from unsealed.seal.amendments import Key
from unsealed.site import body, cite, dates, marks
from unsealed.site.catalogue import Catalogue
from unsealed.site.changes import Changes, Notice
from unsealed.site.escape import attribute, direction, escape, for_script, one_line
from unsealed.site.frame import Site, markup, release_folder, render
from unsealed.site.links import Linker, Reference, facts
from unsealed.site.pictures import Pictures, pictures_of
from unsealed.site.plain import plain_text
from unsealed.site.summary import TYPE_WORDS, Summary, title_of
from unsealed.site.writer import key_of

ROOT = "../../"
MANY = 200  # lines of one list beside the text; the rest is counted
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?\Z")


class LegendLine(NamedTuple):
    """One reason in the legend."""

    number: int
    words: str
    text: str
    amount: str


class ReferenceLine(NamedTuple):
    """One line of "Cites"."""

    anchor: str
    html: Markup


class HistoryLine(NamedTuple):
    """One event of a document's life."""

    day: str
    words: str
    html: Markup


@dataclass(frozen=True)
class Neighbours:
    """The documents before and after in the same release."""

    before: Summary | None
    after: Summary | None


@dataclass(frozen=True)
class DocumentView:
    """Everything that the template `document.html` says."""

    id_text: str
    id_html: Markup
    title_text: str
    title_html: Markup
    title_dir: Markup
    type_class: str
    release: int
    release_folder: str
    list_path: str
    list_text: str
    card: Markup
    lang: Markup
    paged: Markup
    body: Markup
    pictures: Pictures | None
    legend: list[LegendLine]
    references: list[ReferenceLine]
    citing: list[Markup]
    family: list[Markup]
    history: list[HistoryLine]
    notices: list[Notice]
    citation: str
    file_name: str
    proof_size: str
    proof_sentence: str
    proof_json: Markup
    before: Summary | None
    after: Summary | None


def page_key(
    site: Site, catalogue: Catalogue, summary: Summary, package_key: bytes, near: Neighbours, notices: list[Notice]
) -> bytes:
    """The key of a document's page: its own bytes, and a line of every document that the page names."""

    def line(other: Summary | None) -> tuple[str | int, ...]:
        if other is None:
            return ()
        gaps = other.markers if marks.GAP_IN_TITLE in other.title else 0
        return (other.id, other.segment, other.title, other.date, other.origin, other.classification, gaps)

    parent = catalogue.by_id.get(summary.parent) if summary.parent else None
    earlier = [(old.release, old.slot) for old in catalogue.earlier.get(summary.id, [])]
    return key_of(
        site.key,
        package_key,
        summary.digest,
        [(found.id, line(found.target), found.gone) for found in catalogue.references(summary)],
        [line(other) for other in catalogue.citing(summary)],
        [line(other) for other in catalogue.children.get(summary.id, [])],
        line(parent),
        line(near.before),
        line(near.after),
        earlier,
        [tuple(map(str, notice)) for notice in notices],
    )


@dataclass(frozen=True)
class DocumentPages:
    """Makes the files of documents of one release. Holds what they share."""

    site: Site
    catalogue: Catalogue
    manifest: Manifest
    reasons: dict[int, Reason]
    changes: Changes

    def files(
        self, document: PublicDocument, raw: bytes, summary: Summary, proof: str, near: Neighbours
    ) -> list[tuple[str, bytes]]:
        """The files of one document: path below `public/` and bytes. `raw` is its line in the pack, kept as it is."""
        folder = f"d/{summary.segment}"
        view = self._view(document, summary, proof, near)
        text = plain_text(document, self.reasons, view.citation, view.proof_sentence)
        return [
            (f"{folder}/index.html", render("document.html", self.site, ROOT, view)),
            (f"{folder}/document.txt", text),
            (f"{folder}/document.json", raw + b"\n"),
            (f"{folder}/document.proof", proof.encode()),
        ]

    def _view(self, document: PublicDocument, summary: Summary, proof: str, near: Neighbours) -> DocumentView:
        references = self.catalogue.references(summary)
        linker = Linker(references, ROOT)
        title = title_of(document)
        year = summary.year
        tallies = marks.tally(document.blocks)
        return DocumentView(
            id_text=one_line(document.id, 80),
            id_html=markup(escape(document.id)),
            title_text=title,
            title_html=markup(marks.title_html(title, summary.markers)),
            title_dir=markup(direction(title)),
            type_class=document.type if document.type in TYPE_WORDS else "text",
            release=document.release,
            release_folder=release_folder(document.release),
            list_path=f"by/date/{year or 'undated'}/index.html",
            list_text=str(year) if year else "Undated",
            card=_card(document, summary, marks.total(tallies.values())),
            lang=_lang(document),
            paged=markup(' data-page="1"' if body.has_pages(document) else ""),
            body=markup(body.body_html(document, self.reasons, linker)),
            pictures=pictures_of(document, self.manifest),
            legend=self._legend(tallies),
            references=[_reference_line(reference) for reference in references],
            citing=_short_list(self.catalogue.citing(summary)),
            family=self._family(summary),
            history=self._history(document, summary),
            notices=self.changes.notices(Key(document.generation, document.slot)),
            citation=cite.citation(self.site, self.manifest, summary),
            file_name=summary.segment,
            proof_size=f"{len(proof.encode()):,} bytes",
            proof_sentence=cite.proof_sentence(document, self.site.sealed),
            proof_json=markup(for_script(proof)),
            before=near.before,
            after=near.after,
        )

    def _legend(self, tallies: dict[int, marks.Tally]) -> list[LegendLine]:
        lines = []
        for number, amount in tallies.items():
            reason = marks.reason_of(number, self.reasons)
            lines.append(LegendLine(number, marks.spoken(reason.code), reason.text, f"Here: {amount}."))
        return lines

    def _family(self, summary: Summary) -> list[Markup]:
        parent = self.catalogue.by_id.get(summary.parent) if summary.parent else None
        lines = [markup(f"Part of {_link(parent)}")] if parent else []
        children = self.catalogue.children.get(summary.id, [])
        return lines + [markup(f"Holds {_link(child)}") for child in children[:MANY]] + _rest(children)

    def _history(self, document: PublicDocument, summary: Summary) -> list[HistoryLine]:
        place = f"slot {document.slot} of generation {document.generation}"
        seal = markup(f'Sealed in {place}, <a href="{ROOT}seal.html">the seal</a>.')
        day = self.site.sealed if document.generation == 1 and dates.words(self.site.sealed) else ""
        lines = [HistoryLine(day, dates.words(day), seal)]
        earlier = sorted({old.release for old in self.catalogue.earlier.get(summary.id, [])})
        lines += [self._release_line(self.catalogue.package(number).manifest, "Released") for number in earlier]
        word = "Released again" if earlier else "Released"
        lines.append(self._release_line(self.manifest, word))
        return lines

    def _release_line(self, manifest: Manifest, word: str) -> HistoryLine:
        path = f"{ROOT}r/{release_folder(manifest.number)}/index.html"
        html = f'{word} in <a href="{path}">release {manifest.number}, {escape(one_line(manifest.title, 120))}</a>.'
        words = dates.words(manifest.date)
        return HistoryLine(manifest.date if words else "", words, markup(html))


def _lang(document: PublicDocument) -> Markup:
    value = document.first("lang")
    return markup(f' lang="{value}"' if _LANGUAGE.match(value) else "")


def _card(document: PublicDocument, summary: Summary, withheld: marks.Tally) -> Markup:
    rows = [_row("Id", [document.id], "id"), _row("Kind", [TYPE_WORDS.get(document.type, document.type)])]
    when = dates.words(summary.date)
    rows.append(_row("Date", [f"{when} (known {dates.precision(summary.date)})" if when else "undated"], "date"))
    for name, title in _CARD_FIELDS:
        values = list(dict.fromkeys(document.all(name)))
        if values:
            rows.append(_row(title, values, name))
    place = "".join(f"{document.first(name)} " for name in ("lat", "lon", "mgrs")).strip()
    if place:
        rows.append(_row("Coordinates", [place], "coordinates"))
    rows.append(_row("Release", [str(document.release)]))
    rows.append(_row("Words shown", [f"{document.shown_words:,}"]))
    rows.append(_row("Withheld", [str(withheld)], "withheld"))
    return markup("".join(rows))


_CARD_FIELDS = (
    ("origin", "Origin"),
    ("outlet", "Outlet"),
    ("author", "Author"),
    ("from", "From"),
    ("to", "To"),
    ("cc", "Copy"),
    ("class", "Classification"),
    ("caption", "Caption"),
    ("tag", "Subjects"),
    ("kind", "Kind of event"),
    ("category", "Category"),
    ("place", "Place"),
    ("killed", "Killed"),
    ("wounded", "Wounded"),
    ("declassify", "Declassify on"),
    ("signer", "Signed"),
)


def _row(name: str, values: list[str], kind: str = "") -> str:
    """One entry of the card. `name` and `kind` are words of this program."""
    shown = [one_line(value, 300) for value in values[:40]]
    html = ", ".join([f"<bdi>{escape(value)}</bdi>" for value in shown])
    more = f" and {len(values) - 40} more" if len(values) > 40 else ""
    return f'<div class="{kind}"><dt>{name}</dt><dd{direction(html)}>{html}{more}</dd></div>'


def _link(summary: Summary) -> str:
    """Its title as the link, then what else is known of it in quiet type."""
    title = marks.title_html(summary.title, summary.markers)
    path = f"{ROOT}d/{attribute(summary.segment)}/index.html"
    return f'<a href="{path}"{direction(summary.title)}>{title}</a> <span class="q">{facts(summary)}</span>'


def _short_list(summaries: list[Summary]) -> list[Markup]:
    return [markup(_link(summary)) for summary in summaries[:MANY]] + _rest(summaries)


def _rest(summaries: Iterable[Summary]) -> list[Markup]:
    rest = len(list(summaries)) - MANY
    return [markup(f"and {rest:,} more")] if rest > 0 else []


def _reference_line(reference: Reference) -> ReferenceLine:
    if reference.target is None and reference.gone:
        path = f"{ROOT}d/{attribute(reference.gone)}/index.html"
        words = '<span class="q">was released, and is withdrawn</span>'
        name = escape(one_line(reference.id, 120))
        return ReferenceLine(reference.anchor, markup(f'<a href="{path}">{name}</a> {words}'))
    if reference.target is None:
        words = '<span class="q">cited here, but not released</span>'
        return ReferenceLine(reference.anchor, markup(f"{escape(one_line(reference.id, 120))} {words}"))
    return ReferenceLine(reference.anchor, markup(_link(reference.target)))
