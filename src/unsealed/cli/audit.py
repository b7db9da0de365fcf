"""`unsealed audit`: who did what, when and why; and whether the log of it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import visible
from unsealed.errors import UsageError
from unsealed.files import write_durable
from unsealed.release.anchor import remembered
from unsealed.review import audit as log
from unsealed.review.audit import Entry
from unsealed.review.references import resolve

_SHOWN = 50  # records of a list, where nobody says how many


@click.group()
def audit() -> None:
    """Read and check the audit log: everything that a person did with this archive, in one chain of records."""


@audit.command()
@click.option("--head", "heads", multiple=True, metavar="COUNT:HASH", help="A head written down before: audit head.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def verify(archive: Path, heads: tuple[str, ...], as_json: bool) -> None:
    """Check every record of the log, and that it still holds what the releases remember of it.

    A record that was changed, removed, inserted or moved is named by its number. A tail that was cut off, or a log
    that was written anew as a whole, is found by the heads that packages of releases keep, and by those that you wrote
    down.
    """
    given = [(f"The head {text.partition(':')[0]}", log.parse_head(text)) for text in heads]
    with Archive.open(archive) as opened:
        kept = remembered(opened)
        head = log.verify(opened, [*kept, *given])
    if as_json:
        found = {"records": head.length, "head": str(head), "releases": len(kept), "heads": len(given)}
        click.echo(json.dumps(found))
        return
    click.echo(
        f"The audit log is whole: {head.length:,} records, as {len(kept)} releases and {len(given)} heads have it."
    )
    if not kept and not given:
        click.echo("Nothing outside the database remembers it yet: a release will, or write this down:")
    click.echo(f"Head: {head}")


@audit.command("head")
@archive_option
def show_head(archive: Path) -> None:
    """Print where the log stands, to be written down somewhere else: `audit verify --head` compares it later."""
    with Archive.open(archive) as opened:
        click.echo(str(log.head(opened)))


@audit.command("list")
@click.option("--document", help="Only what concerns this document.")
@click.option("--who", help="Only what this person did.")
@click.option("--what", help="Only this: mark, accept, reject, clear, allow, or a code such as partner.download.")
@click.option("--after", type=click.IntRange(0), default=0, help="Only records behind this number.")
@click.option("--limit", type=click.IntRange(1), default=_SHOWN, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one line of JSON for each record.")
@archive_option
def list_records(archive: Path, after: int, limit: int, as_json: bool, **only: Any) -> None:
    """List records: number, time, who, what and why."""
    with Archive.open(archive) as opened:
        found = list(islice(_chosen(opened, after, only), limit))
    for one in found:
        click.echo(json.dumps(log.as_json(one)) if as_json else visible(_line(one)))
    if not as_json and len(found) == limit:
        click.echo(f"More may follow: --after {found[-1].number}")


def _chosen(opened: Archive, after: int, only: dict[str, Any]) -> Iterator[Entry]:
    items = {item.id for item in resolve(opened, only["document"])} if only["document"] else set()
    for one in log.entries(opened, after):
        if items and one.item not in items:
            continue
        if (only["who"] or one.who) == one.who and (only["what"] or one.what) == one.what:
            yield one


def _line(one: Entry) -> str:
    about = "  ".join(f"{key} {value}" for key, value in one.about.items() if key not in ("row", "roles", "rules"))
    where = f"  document {one.item}" if one.item else ""
    return f"{one.number:>6}  {one.at}  {one.who}  {one.what}{where}  {about}  ({one.why})".replace("\n", " ")


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@archive_option
def export(archive: Path, file: Path) -> None:
    """Write the whole log to FILE, one line of JSON for each record (docs/formats/audit.md). It is checked first."""
    if file.exists():
        raise UsageError(f"{file} exists already.", remedy="Choose another name.")
    with Archive.open(archive) as opened:
        head = log.verify(opened, remembered(opened))
        lines = [json.dumps(log.as_json(one)) + "\n" for one in log.entries(opened)]
    write_durable(file, "".join(lines).encode())
    click.echo(f"{head.length:,} records written. Head: {head}")
