"""`unsealed enrich|similar|thread`: languages, near-duplicates, conversations. Output is specified in docs/query.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from unsealed.archive import Archive, StoredReading
from unsealed.cli._archive import archive_option
from unsealed.cli._item import one_item
from unsealed.cli._terminal import visible
from unsealed.errors import ArchiveError
from unsealed.search.enrichment import Enrichment, Similar
from unsealed.search.threads import Message

_SOON = 2000  # readings that are looked at before an answer, without being asked for


@click.command()
@archive_option
@click.option("--rebuild", is_flag=True, help="Throw away what was found out and look at everything again.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def enrich(archive: Path, rebuild: bool, as_json: bool) -> None:
    """Find languages, near-duplicates and conversations. Killed, the same command goes on where it stopped."""
    with Archive.open(archive) as opened, Enrichment.open(opened) as found:
        with _progress() as advance:
            done = found.rebuild(advance) if rebuild else found.catch_up(advance)
        languages = found.language_counts()
    if as_json:
        click.echo(_json({"readings": done, "languages": dict(languages)}))
        return
    click.echo(f"{done:,} readings looked at.")
    if languages:
        click.echo("Languages: " + ", ".join(f"{code} {count:,}" for code, count in languages) + ".")


@click.command()
@click.argument("reference", metavar="ID")
@archive_option
@click.option("--least", type=click.FloatRange(0.1, 1.0), default=0.5, show_default=True, help="Least resemblance.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Documents to list.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def similar(reference: str, archive: Path, least: float, limit: int, as_json: bool) -> None:
    """List near-duplicates of a document. ID: as for `unsealed show`.

    Resemblance is the share of runs of three words that both have; the second number is how much of the document
    asked about stands in the one listed.
    """
    with Archive.open(archive) as opened, _enriched(opened) as found:
        item = one_item(opened, reference)
        answers = found.similar(item.id, least=least, limit=limit)
        lines = [(answer, opened.current(answer.item)) for answer in answers]
    if as_json:
        click.echo(_json([answer._asdict() | _card(stored) for answer, stored in lines]))
        return
    for answer, stored in lines:
        click.echo(_similar_line(answer, stored))
    click.echo(f"{len(lines):,} near-duplicate{'' if len(lines) == 1 else 's'}.")


@click.command()
@click.argument("reference", metavar="ID")
@archive_option
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def thread(reference: str, archive: Path, as_json: bool) -> None:
    """List the conversation that a message belongs to, oldest first. ID: as for `unsealed show`.

    Messages are linked by the ids that they name; an answer without an id by its subject, its people and its date, and
    such a link is marked as likely.
    """
    with Archive.open(archive) as opened, _enriched(opened) as found:
        item = one_item(opened, reference)
        lines = [(message, opened.current(message.item)) for message in found.conversation(item.id)]
    if as_json:
        click.echo(_json([message._asdict() | _card(stored) for message, stored in lines]))
        return
    for message, stored in lines:
        click.echo(_message_line(message, stored, asked=message.item == item.id))
    click.echo(f"{len(lines):,} message{'' if len(lines) == 1 else 's'}.")


@contextmanager
def _enriched(archive: Archive) -> Iterator[Enrichment]:
    """The enrichment, brought up to date where that takes a moment; else the person is told how far it is."""
    with Enrichment.open(archive) as found:
        if 0 < found.behind <= _SOON:
            try:
                found.catch_up()
            except ArchiveError:
                click.echo("Another process is at it; the answer is of what it has reached.", err=True)
        elif found.behind:
            click.echo(f"{found.behind:,} readings were not looked at yet: run `unsealed enrich`.", err=True)
        yield found


def _card(stored: StoredReading) -> dict[str, Any]:
    reading = stored.reading
    title = reading.first("title") or reading.first("subject")
    return {"name": stored.item.name, "type": reading.type, "date": reading.first("date"), "title": title}


def _words(stored: StoredReading) -> str:
    card = _card(stored)
    shown = " ".join(visible(str(card["title"])).split())[:100]
    return f"{visible(card['name']) or '#' + str(stored.item.id)}\t{visible(card['date']) or 'undated'}\t{shown}"


def _similar_line(answer: Similar, stored: StoredReading) -> str:
    return f"{answer.resemblance:4.0%}\t{answer.contained:4.0%}\t{_words(stored)}"


def _message_line(message: Message, stored: StoredReading, *, asked: bool) -> str:
    answers = f"answers #{message.answers}" if message.answers else ""
    likely = " (likely)" if message.how == "subject" else ""
    return f"{'>' if asked else ' '} #{message.item}\t{_words(stored)}\t{visible(message.sender)}\t{answers}{likely}"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error where a person is looking, silence elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("Looking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda row, last: bar.update(task, completed=row, total=last)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
