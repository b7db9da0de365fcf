"""`unsealed release redact-more|unredact|withdraw|correct|mirrors|support|calendar`: what follows a release."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import visible
from unsealed.crypto import sha256
from unsealed.errors import UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release.acts import note_act
from unsealed.release.amend import plan_amended
from unsealed.release.calendar import Calendar, icalendar, parse_time, read_calendar
from unsealed.release.pending import Pending
from unsealed.release.plan import CODES, Plan, find_items, read_list
from unsealed.release.records import Kind
from unsealed.release.statements import draft_correction, draft_mirrors, draft_support
from unsealed.seal.payloads import Mirror

_LIST_LIMIT = 64 << 20  # bytes of a list of documents
_WAYS_LIMIT = 64 << 10  # bytes of a file of ways to support
_SHOWN = 50  # lines of a long list in a terminal
_IN_WORDS = {"mirrors": "list of mirrors", "support": "page of support"}

_documents = click.argument("documents", nargs=-1)
_list = click.option("--list", "list_file", type=click.Path(path_type=Path), help="A file with one document a line.")
_why = click.option("--why", required=True, metavar="WORDS", help="Why, for the readers. It can never be taken back.")
_date = click.option("--date", default=None, help="The publisher's day, as 2026-11-22. Default: today (UTC).")
_number = click.option("--number", type=click.IntRange(1, 999_999), help="Default: the next one.")
_json = click.option("--json", "as_json", is_flag=True, help="For scripts.")


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


def _plan(
    archive: Path, kind: Kind, documents: tuple[str, ...], list_file: Path | None, *, why: str, date: str | None,
    number: int | None, as_json: bool, code: str = "", embargo: str | None = None,
) -> None:  # fmt: skip
    named = list(documents) + (read_list(read_capped(list_file, _LIST_LIMIT)) if list_file else [])
    until = parse_time(embargo) if embargo else ""
    with Archive.open(archive, write=True) as opened:
        items = find_items(opened, named)
        made = plan_amended(
            opened, kind, items, why=why, date=date or _today(), code=code, number=number, embargo=until
        )  # fmt: skip
        release = made.release
        about = {
            "release": release.number, "kind": kind, "documents": len(release.items), "code": code, "embargo": until,
        }  # fmt: skip
        note_act(opened, "release.plan", why, about=about)
    _print(made, as_json)


def _print(made: Plan, as_json: bool) -> None:
    release = made.release
    if as_json:
        obstacles = [one._asdict() for one in made.obstacles]
        found = {"number": release.number, "kind": release.kind, "documents": release.items, "obstacles": obstacles}
        click.echo(json.dumps(found))
        return
    click.echo(f"{release.kind} {release.number}: {len(release.items)} documents, {len(made.obstacles)} obstacles.")
    for one in made.obstacles[:_SHOWN]:
        click.echo(f"  document {one.item}: {one.why}")
    if len(made.obstacles) > _SHOWN:
        click.echo(f"  and {len(made.obstacles) - _SHOWN} more (--json lists all)")
    if not made.obstacles:
        click.echo(f"Next: unsealed release build {release.number}")


@click.command("redact-more")
@_documents
@_list
@_why
@_date
@_number
@_json
@archive_option
def redact_more(
    archive: Path, documents: tuple[str, ...], list_file: Path | None, why: str, date: str | None, number: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Plan a release that hides more of documents that are public. First mark and decide what is to be hidden.

    Everything hidden before stays hidden. Mirrors drop the old packs; copies that others took cannot be recalled.
    """
    _plan(archive, "redact-more", documents, list_file, why=why, date=date, number=number, as_json=as_json)


@click.command()
@_documents
@_list
@_why
@_date
@_number
@click.option("--embargo", metavar="TIME", help="Not before this time, as 2026-12-01T06:00Z.")
@_json
@archive_option
def unredact(
    archive: Path, documents: tuple[str, ...], list_file: Path | None, why: str, date: str | None, number: int | None,
    embargo: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Plan a release that shows more of documents that are public, or shows withdrawn ones again.

    First two editors reject the marks on what is to be shown: these are new decisions, the old ones stay on record.
    """
    _plan(
        archive, "unredact", documents, list_file, why=why, date=date, number=number, as_json=as_json, embargo=embargo
    )


@click.command()
@_documents
@_list
@_why
@click.option("--reason", "code", required=True, help=f"One of: {', '.join(CODES)}.")
@_date
@_number
@_json
@archive_option
def withdraw(
    archive: Path, documents: tuple[str, ...], list_file: Path | None, why: str, code: str, date: str | None,
    number: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Plan the withdrawal of public documents. Their pages stay with a notice; their text goes.

    The log says which documents were withdrawn, why, and on which day, for ever.
    """
    _plan(archive, "withdraw", documents, list_file, why=why, date=date, number=number, as_json=as_json, code=code)


def _note_draft(opened: Archive, name: str, made: Pending) -> None:
    about = {"kind": name, "sha256": sha256(made.text.encode()).hexdigest()}
    note_act(opened, "release.draft", "words for the log", about=about)


def in_words(name: str) -> str:
    """What an entry that is drafted by `name` is called in a sentence."""
    return f"The {_IN_WORDS.get(name, name)}"


def _waits(name: str, made: Pending) -> None:
    click.echo(f"{in_words(name)} waits for signatures ({len(made.signatures)} so far).")
    click.echo(f"Next: unsealed release sign {name} --as EDITOR, then: unsealed release publish {name}")


@click.command()
@_documents
@_list
@click.option("--text", required=True, metavar="WORDS", help="What is to be said about them.")
@_date
@archive_option
def correct(archive: Path, documents: tuple[str, ...], list_file: Path | None, text: str, date: str | None) -> None:
    """Draft a correction: words about documents that are public. Nothing of their text changes."""
    named = list(documents) + (read_list(read_capped(list_file, _LIST_LIMIT)) if list_file else [])
    with Archive.open(archive, write=True) as opened:
        made = draft_correction(opened, find_items(opened, named), text, date or _today())
        _note_draft(opened, "correction", made)
    _waits("correction", made)


@click.command()
@click.argument("addresses", nargs=-1)
@_date
@archive_option
def mirrors(archive: Path, addresses: tuple[str, ...], date: str | None) -> None:
    """Draft the list of mirrors, in place of the one before. Words after a space belong to the mirror."""
    parts = [one.strip().partition(" ") for one in addresses]
    if any(not address for address, _, _ in parts):
        raise UsageError("A mirror has no address.", remedy="Give 'ADDRESS words about it'.")
    with Archive.open(archive, write=True) as opened:
        made = draft_mirrors(opened, [Mirror(address, words) for address, _, words in parts], date or _today())
        _note_draft(opened, "mirrors", made)
    _waits("mirrors", made)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_date
@archive_option
def support(archive: Path, file: Path, date: str | None) -> None:
    """Draft the ways to support the publisher, in place of those before. FILE is TOML: `text`, and for each way
    `[[way]]` with `kind` (bank, post, web, bitcoin …), `address` and `text`.

    Every mirror carries them, signed: where an account is closed, readers find the others.
    """
    with Archive.open(archive, write=True) as opened:
        made = draft_support(opened, read_capped(file, _WAYS_LIMIT), date or _today())
        _note_draft(opened, "support", made)
    _waits("support", made)


@click.command()
@click.option("--ics", type=click.Path(path_type=Path), help="Write what is still to come as an iCalendar file.")
@_json
@archive_option
def calendar(archive: Path, ics: Path | None, as_json: bool) -> None:
    """List what went out and what is to come, with embargo times, and how much of the archive is public."""
    with Archive.open(archive) as opened:
        found, name = read_calendar(opened), opened.settings.archive.name
    if ics is not None:
        write_durable(ics, icalendar(found, name or "Archive", datetime.now(UTC)))
        click.echo(f"{ics}: what is still to come. It tells titles and days: keep it inside the house.")
        return
    if as_json:
        days = [day._asdict() for day in found.days]
        click.echo(json.dumps({"public": found.out, "sealed": found.total, "releases": days}))
        return
    _print_calendar(found)


def _print_calendar(found: Calendar) -> None:
    for day in found.days:
        when = f"not before {day.embargo}" if day.embargo else day.date
        line = (
            f"{day.number:>4}  {day.kind:<11}  {day.state:<9}  {when:<32}  {day.documents:>6,} documents  {day.title}"
        )
        click.echo(visible(line))
    click.echo(f"{found.out:,} of {found.total:,} sealed documents are public.")


COMMANDS = (redact_more, unredact, withdraw, correct, mirrors, support, calendar)
