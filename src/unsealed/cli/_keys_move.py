"""`unsealed keys move`: go on in a new log after the old one's key was stolen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._signing import Signing, note_signed, signing_options
from unsealed.cli._terminal import visible
from unsealed.release.acts import note_act, note_published
from unsealed.release.keyring import open_keyring
from unsealed.release.moving import Move, add_move_note, publish_move, read_move, sign_move, start_move

_PATH = click.Path(path_type=Path)


@click.group()
def move() -> None:
    """Go on in a new log: the old one's key was stolen, or signed two histories."""


@move.command()
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.argument("name")
@click.option("--size", type=click.IntRange(1), help="Last good size of the old log. Default: all that OLD has.")
@click.option("--text", default="", help="The publisher's words about it, for the log.")
@click.option("--date", default=None, help="The publisher's day, as 2026-11-22. Default: today (UTC).")
def start(old: Path, new: Path, name: str, size: int | None, text: str, date: str | None) -> None:
    """Copy the archive OLD to NEW, without what was published, with a fresh log key under NAME, and draft the move."""
    day = date or datetime.now(UTC).strftime("%Y-%m-%d")
    passphrase = ask_passphrase("the keys of this archive")
    made = start_move(old, new, name, passphrase, date=day, text=text, size=size)
    with Archive.open(new, write=True) as opened:  # the old one is evidence: nothing in it is changed
        note_act(opened, "keys.move", text or "a new log was begun", about={"log": name, "policy": made.new.sha256})
    click.echo(f"{new}: policy 1 of {visible(made.new.log.name)} is {made.new.sha256}")
    _print(made)


def _print(made: Move) -> None:
    signed = ", ".join(key.name for key in made.signed_by) if made.pending.signatures else "nobody"
    click.echo(visible(f"Signed by {signed}; {made.old.roots_needed} root keys of the old log are needed."))


@move.command()
@click.argument("archive", type=_PATH)
@signing_options
def sign(archive: Path, how: Signing) -> None:
    """Add a root key's signature to the drafted move."""
    with Archive.open(archive, write=True) as opened:
        if how.write_out(lambda: read_move(opened).pending.text):
            return
        if (data := how.came_back()) is not None:
            made = add_move_note(opened, data)
        else:
            made = sign_move(opened, how.signer(opened, "root"))
        note_signed(opened, "keys", [one.name for one in made.signed_by], "the move", how.name)
    _print(made)


@move.command()
@click.argument("archive", type=_PATH)
def publish(archive: Path) -> None:
    """Make the signed move the first entry of the new log. It becomes public with the seal."""
    with Archive.open(archive, write=True) as opened:
        policy = publish_move(opened, open_keyring(opened, ask_passphrase("the keys of this archive")))
        note_published(opened, policy.log, 0)
    click.echo(f"{visible(policy.log.name)} begins with the move. Seal next: unsealed seal --archive {archive}")
