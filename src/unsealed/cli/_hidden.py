"""`unsealed review hidden`: redactions in what was received that took nothing out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import counted, visible
from unsealed.errors import UsageError
from unsealed.review.hidden import Hidden, hidden_findings
from unsealed.review.references import resolve


@click.command()
@click.argument("documents", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every document of the archive.")
@click.option("--show", is_flag=True, help="Print the words, too: look who reads along.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one line of JSON for each place.")
@archive_option
def hidden(archive: Path, documents: tuple[str, ...], every: bool, show: bool, as_json: bool) -> None:
    """Find words in DOCUMENTS that their makers meant to hide, and did not take out.

    Text under black boxes and pictures, in white ink, cut off or on a layer that is switched off, earlier revisions,
    tracked changes, hidden rows and sheets, sentences in metadata. Such words are in the archive and in search as all
    others are: whoever decides about the document should know that its first reader was not meant to see them.
    """
    if bool(documents) == every:
        raise UsageError("Name documents, or give --all.", remedy="unsealed review hidden --all")
    with Archive.open(archive) as opened:
        items = sorted({item.id for name in documents for item in resolve(opened, name)})
        places = _all(opened) if every else [one for item in items for one in hidden_findings(opened, item)]
        for one in places:
            words = _words(opened, one) if show else ""
            if as_json:
                click.echo(json.dumps({**one._asdict(), **({"text": words} if show else {})}))
            else:
                click.echo(_line(opened, one))
                if words:
                    click.echo(visible(f"    {words.strip()}"))
    if not as_json:
        click.echo(f"{counted(len(places), 'place')} in {counted(len({one.item for one in places}), 'document')}.")


def _all(archive: Archive) -> list[Hidden]:
    console = Console(stderr=True)
    items = sorted(summary.item for summary in archive.summaries())
    steps = track(items, "Looking", console=console, transient=True, disable=not console.is_terminal)
    return [one for item in steps for one in hidden_findings(archive, item)]


def _words(archive: Archive, one: Hidden) -> str:
    units = archive.reading(archive.current_row(one.item)).reading.units
    return units[one.unit].text if 0 <= one.unit < len(units) else ""


def _line(archive: Archive, one: Hidden) -> str:
    page = f", page {one.page}" if one.page else ""
    unit = f", unit {one.unit} ({counted(one.words, 'word')})" if one.unit >= 0 else ""
    return visible(f"{one.item}  {_called(archive, one.item)}{page}{unit}: {one.what} [{one.kind}]")


def warn(places: Iterable[Hidden]) -> str:
    """A line for `review show`: how many places of a document hide words; empty where none does."""
    count = len(tuple(places))
    return f"{counted(count, 'place')} with words that do not show: `unsealed review hidden`" if count else ""


def _called(archive: Archive, number: int) -> str:
    item = archive.item(number)
    return item.name or item.path or "-"
