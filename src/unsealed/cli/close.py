"""`unsealed close`: the end of releasing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._passphrase import ask_passphrase
from unsealed.release.acts import note_published
from unsealed.release.close import close_archive
from unsealed.release.keyring import open_keyring


@click.command()
@click.option("--text", default="", help="The publisher's words, for the log and the pages.")
@click.option("--date", default=None, help="The publisher's day, as 2026-11-22. Default: today (UTC).")
@click.option("--yes", is_flag=True, help="Do not ask, for scripts.")
@archive_option
def close(archive: Path, text: str, date: str | None, yes: bool) -> None:
    """Close the archive: open every slot that was never used, list what was never released. Nothing comes after it.

    Readers learn how many documents there were and how many were never shown, and check that it adds up. Where editors'
    keys are elsewhere, collect signatures with `unsealed release sign NUMBER`, and run this again.
    """
    if not yes and not click.confirm("Nothing can be sealed or released after this. Go on?", err=True):
        raise click.Abort
    day = date or datetime.now(UTC).strftime("%Y-%m-%d")
    with Archive.open(archive, write=True) as opened:
        keys = open_keyring(opened, ask_passphrase("the keys of this archive"))
        report = close_archive(opened, keys, text=text, date=day)
        note_published(opened, keys.log.verifier, report.entry)
    click.echo(f"Closed: log entry {report.entry}, package {report.package:04}.")
    click.echo(f"{report.unused:,} slots were never used; {report.unreleased:,} documents were never released.")
    click.echo("Build and publish the pages: unsealed site build, unsealed site publish")
