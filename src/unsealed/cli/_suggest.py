"""`unsealed review suggest` and `unsealed review register`: who may be at risk, and who must be protected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from unsealed.archive import Archive
from unsealed.archive.records import StoredReading
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import counted, visible
from unsealed.errors import UsageError
from unsealed.files import read_capped
from unsealed.query import parse
from unsealed.release.records import find_release
from unsealed.review.desk import Desk
from unsealed.review.file import check_reason
from unsealed.review.references import resolve
from unsealed.review.register import Register, parse_csv
from unsealed.review.risk.accept import accept
from unsealed.review.risk.entry import Entry
from unsealed.review.risk.store import Suggestions
from unsealed.review.risk.suggestion import KINDS, LISTED, NAME, Suggestion
from unsealed.search import Index

_FILE_LIMIT = 64 << 20  # bytes of a register file
_AROUND = 32  # characters of context on each side
_SHOWN = 500  # lines in a terminal; --json has all
_PLACE = re.compile(r"(\d+):(-?\d+):(\d+)-(\d+)")
_EDITOR = click.option("--as", "editor", required=True, metavar="EDITOR", help="Who says so: a name of the settings.")


@click.command()
@click.argument("documents", nargs=-1)
@click.option("--query", help="The documents that a search finds.")
@click.option("--release", "number", type=click.IntRange(0), help="The documents of a planned or built release.")
@click.option("--all", "everything", is_flag=True, help="Every document of the archive.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only this kind; may be repeated.")
@click.option("--entry", "entries", multiple=True, metavar="ID", help="Only this person of the register.")
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    help=f"Only what is at least so sure. Default: 0.5; requests to protect somebody {LISTED['protect-phrase']}, "
    "but 0.5 with --mark that names no place.",
)
@click.option("--mark", "mark", is_flag=True, help="Mark what is listed; needs --as. A second editor decides.")
@click.option("--only", "only", multiple=True, metavar="PLACE", help="With --mark: only this place, ITEM:UNIT:FROM-TO.")
@click.option("--reason", metavar="CODE", default="", help="With --mark: why. Default: what each kind suggests.")
@click.option("--as", "editor", metavar="EDITOR", help="Who marks: a name of the settings.")
@click.option("--rebuild", is_flag=True, help="Look at every reading again.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def suggest(
    archive: Path, documents: tuple[str, ...], query: str | None, number: int | None, everything: bool,
    kinds: tuple[str, ...], entries: tuple[str, ...], least: float | None, mark: bool, only: tuple[str, ...],
    reason: str, editor: str | None, rebuild: bool, as_json: bool,
) -> None:  # fmt: skip
    r"""Suggest what may put people at risk: names, sources, numbers, places, and everybody in the register.

    Suggestions only: nothing is withheld until two editors say so. Documents with most at stake come first. New
    readings are looked at before; killed, the same command goes on where it stopped.

    \b
        unsealed review suggest --release 3 --kind person --least 0.7
        unsealed review suggest 06BELMAR112 --kind registered --mark --as a.lindqvist
    """
    if mark != (editor is not None) or ((only or reason) and not mark):
        raise UsageError("Marking needs an editor.", remedy="Give --mark together with --as EDITOR.")
    with Archive.open(archive, write=mark) as opened, Suggestions.open(opened) as found:
        if reason:
            check_reason(reason, opened.settings.review)
        with _progress() as advance:
            _ = found.rebuild(advance) if rebuild else found.catch_up(advance)
        items = _items(opened, documents, query, number, everything)
        if mark and not only and least is None:
            least = 0.5  # what is marked unseen is likely; what is listed is for somebody who reads
        chosen = _chosen(found, items, set(kinds), set(entries), least)
        if only:
            chosen = _only(chosen, only)
        marked = accept(Desk(opened), chosen, editor, reason=reason) if editor else []
        if as_json:
            click.echo(json.dumps([_as_json(one) for one in chosen]))
            return
        _print(opened, chosen)
    if editor:
        names = sum(one.unit == NAME for one in chosen)
        click.echo(f"{counted(len(marked), 'mark')}, {sum(new for _, new in marked)} new. A second editor decides.")
        if names:
            click.echo(f"{counted(names, 'suggestion')} in file names: these are never published, and were not marked.")


def _items(
    opened: Archive, documents: Sequence[str], query: str | None, number: int | None, everything: bool
) -> list[int] | None:
    """The items that are asked for; None: all of them."""
    given = [bool(documents), query is not None, number is not None, everything]
    if sum(given) != 1:
        raise UsageError("Say which documents.", remedy="Name them, or give one of --query, --release, --all.")
    if everything:
        return None
    if number is not None:
        stored = find_release(opened, number)
        if stored is None:
            raise UsageError(f"There is no release {number}.", remedy="`unsealed release list` shows them.")
        return list(stored.release.items)
    if query is not None:
        with Index.open(opened) as index:
            index.catch_up()
            return [hit.item for hit in index.stream(parse(query))]
    return [item.id for reference in documents for item in resolve(opened, reference)]


def _chosen(
    found: Suggestions, items: Sequence[int] | None, kinds: set[str], entries: set[str], least: float | None
) -> list[Suggestion]:
    """The suggestions that fit, the documents with most at stake first."""
    wanted = None if items is None else set(items)
    return [
        one
        for item, _ in found.by_risk()
        if wanted is None or item in wanted
        for one in found.of(item)
        if one.sure >= (LISTED[one.kind] if least is None else least)
        and (not kinds or one.kind in kinds)
        and (not entries or one.entry in entries)
    ]


def _only(chosen: list[Suggestion], places: Sequence[str]) -> list[Suggestion]:
    wanted = set()
    for place in places:
        match = _PLACE.fullmatch(place)
        if match is None:
            raise UsageError("A place is ITEM:UNIT:FROM-TO.", remedy="`unsealed review suggest` prints them so.")
        wanted.add(tuple(map(int, match.groups())))
    kept = [one for one in chosen if (one.item, one.unit, one.start, one.end) in wanted]
    if len({(one.item, one.unit, one.start, one.end) for one in kept}) != len(wanted):
        raise UsageError("Nothing is suggested at one of these places.", remedy="List the suggestions again.")
    return kept


def _print(opened: Archive, chosen: Sequence[Suggestion]) -> None:
    item = 0
    stored: StoredReading | None = None
    for one in chosen[:_SHOWN]:
        if one.item != item or stored is None:
            stored, item = opened.reading(one.row), one.item
            click.echo(visible(f"document {item}  {stored.item.name or stored.item.path}"))
        before, words, after = _context(stored, one)
        entry = f" {one.entry}" if one.entry else ""
        place = f"{one.item}:{one.unit}:{one.start}-{one.end}"
        click.echo(f"  {one.sure:4.0%}  {one.kind}{entry} ({one.rule})  {place}  {before}[{words}]{after}")
    if len(chosen) > _SHOWN:
        click.echo(f"  and {len(chosen) - _SHOWN:,} more (--json lists all)")
    click.echo(f"{counted(len(chosen), 'suggestion')} in {counted(len({one.item for one in chosen}), 'document')}.")


def _context(stored: StoredReading, one: Suggestion) -> tuple[str, str, str]:
    text = stored.item.path if one.unit == NAME else stored.reading.units[one.unit].text
    parts = text[max(0, one.start - _AROUND) : one.start], text[one.start : one.end], text[one.end : one.end + _AROUND]
    before, words, after = (visible(re.sub(r"\s+", " ", part)) for part in parts)
    return before, words, after


def _as_json(one: Suggestion) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__} | {"risk": round(one.risk, 3)}


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error where a person is looking, silence elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("Looking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda row, last: bar.update(task, completed=row, total=last)


# --- the register -----------------------------------------------------------------------------------------


@click.group()
def register() -> None:
    """Keep the register of people who must be protected. It is secret: it never leaves the archive."""


@register.command()
@click.argument("name")
@click.option("--id", "number", default="", metavar="ID", help="Of an entry that is said anew. Default: the next one.")
@click.option("--spelling", "spellings", multiple=True, help="Another spelling, also in other letters.")
@click.option("--nickname", "nicknames", multiple=True, help="Another name, or a code name.")
@click.option("--title", "titles", multiple=True, help="A title or an office, for the editors.")
@click.option("--number", "ids", multiple=True, help="A passport, telephone, address or account of the person.")
@click.option(
    "--reason", default="person-at-risk", show_default=True, metavar="CODE", help="Why: a code of the settings."
)
@click.option("--note", default="", help="A remark for the other editors.")
@_EDITOR
@archive_option
def add(archive: Path, name: str, number: str, editor: str, **said: Any) -> None:
    """Add a person, NAME as given name and surname, in any script.

    Capitals, accents, hyphens, line ends, initials, "SURNAME, Given", wrong letters and the usual spellings in Latin,
    Cyrillic, Greek, Arabic and Hebrew letters are found by themselves; Chinese and Japanese names need --spelling.
    """
    lists = {key: tuple(said[key]) for key in ("spellings", "nicknames", "titles", "ids")}
    entry = Entry(number, name, **lists, reason=said["reason"], note=said["note"])
    with Archive.open(archive, write=True) as opened:
        added = Register(opened).add(entry, editor)
    click.echo(
        f"{added.id}: in the register. `unsealed review suggest --all --kind registered` shows where they stand."
    )


@register.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def list_entries(archive: Path, as_json: bool) -> None:
    """List the people in the register."""
    with Archive.open(archive) as opened:
        entries = Register(opened).entries()
    if as_json:
        click.echo(msgspec.json.encode(entries).decode())
        return
    for one in entries:
        others = ", ".join((*one.spellings, *one.nicknames))
        click.echo(visible(f"{one.id}  {one.name}{f' ({others})' if others else ''}  {one.reason}"))
    click.echo(f"{counted(len(entries), 'person')}." if len(entries) == 1 else f"{len(entries):,} people.")


@register.command()
@click.argument("entry")
@archive_option
def show(archive: Path, entry: str) -> None:
    """Show everything that was said of one entry, by whom, when, and where the person stands."""
    with Archive.open(archive) as opened, Suggestions.open(opened) as found:
        known = Register(opened)
        current = known.entry(entry)
        history = known.history(entry)
        places = [one for one in found.of_entry(entry) if one.sure >= 0.5]
        behind = found.behind
    click.echo(visible(msgspec.json.format(msgspec.json.encode(current)).decode()))
    for editor, said in history:
        click.echo(visible(f"{said.at}  {editor}  {'removed' if said.removed else 'said'}"))
    click.echo(f"Suggested at {counted(len(places), 'place')} in {counted(len({p.item for p in places}), 'document')}.")
    if behind:
        click.echo(f"{counted(behind, 'reading')} not looked at yet: run `unsealed review suggest --all`.", err=True)


@register.command()
@click.argument("entry")
@_EDITOR
@archive_option
def remove(archive: Path, entry: str, editor: str) -> None:
    """Take a person out. Marks stay; what was said of the entry stays in the journal."""
    with Archive.open(archive, write=True) as opened:
        Register(opened).remove(entry, editor)
    click.echo(f"{visible(entry)}: no longer in the register.")


@register.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_EDITOR
@archive_option
def import_file(archive: Path, file: Path, editor: str) -> None:
    """Add everybody in a CSV FILE with a heading: name, and any of id, spellings, nicknames, titles, ids, reason, note.

    `;` stands between several values. The same file twice changes nothing.
    """
    entries = parse_csv(read_capped(file, _FILE_LIMIT))
    with Archive.open(archive, write=True) as opened:
        known = Register(opened)
        before = len(known.entries())
        known.add_all(entries, editor)
        after = len(known.entries())
    click.echo(f"{len(entries):,} rows: {after - before:,} new in the register, {after:,} people.")
