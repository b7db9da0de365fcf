"""`unsealed keys split|join`: the wrapping key as words for several people, and back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._passphrase import ask_passphrase
from unsealed.errors import KeysError, UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release.acts import note_act
from unsealed.release.keys import KeyStore, OpenKeys
from unsealed.release.mnemonic import MAX_SHARES, Shares, read_share
from unsealed.release.splitting import restore_from_shares, split_wrapping

_PATH = click.Path(path_type=Path)
_LIMIT = 4096  # bytes of a file with one share


def holders_of(shares: int | None, holder: tuple[str, ...]) -> tuple[str, ...]:
    """Who gets a share: the names, or `holder 1`, `holder 2` … Raises UsageError where both or neither are given."""
    if (shares is None) == (not holder):
        raise UsageError("Say how many shares, or who gets one.", remedy="Use --shares N, or --holder NAME for each.")
    return holder or tuple(f"holder {number}" for number in range(1, (shares or 0) + 1))


def check_out(archive: Path, out: Path | None) -> None:
    """Shares never go into the archive. Raises UsageError."""
    if out is not None and out.resolve().is_relative_to(archive.resolve()):
        raise UsageError(
            "Shares are never stored in the archive.", remedy="Name a folder elsewhere, or leave --out away."
        )


def note_split(archive: Path, threshold: int, holders: tuple[str, ...]) -> None:
    """Write down, before the first word is shown, that shares are handed out. Killed behind it, too much is said."""
    with Archive.open(archive, write=True) as opened:
        about: dict[str, str | int] = {"threshold": threshold, "holders": ", ".join(holders)}
        note_act(opened, "keys.split", "shares of the wrapping key are handed out", about=about)


def split_out(opened: OpenKeys, threshold: int, holders: tuple[str, ...], out: Path | None) -> None:
    """Split, and hand each share out: to files, or one after the other to the screen."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    shares = split_wrapping(opened, threshold, holders, now)
    for number, (holder, words) in enumerate(zip(holders, shares.words, strict=True), 1):
        _hand_out(number, holder, words, shares, out)
    click.echo(f"Any {threshold} of {len(holders)} open the keys. Set {shares.set_id}. They are stored nowhere else.")


def _hand_out(number: int, holder: str, words: str, shares: Shares, out: Path | None) -> None:
    if out is not None:
        path = out / f"share-{shares.set_id:05}-{number}.txt"
        write_durable(path, (words + "\n").encode(), mode=0o600)
        click.echo(f"{path}: for {holder}")
        return
    click.echo(f"\nShare {number} of {len(shares.words)}, for {holder} (set {shares.set_id}):\n")
    listed = words.split()
    for first in range(0, len(listed), 6):
        click.echo("  " + "  ".join(f"{at + 1:2} {listed[at]:<10}" for at in range(first, min(first + 6, len(listed)))))
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.pause("\nWrite it on paper. A key of the keyboard clears the screen.")
        click.clear()


@click.command()
@click.argument("archive", type=_PATH)
@click.option("--threshold", type=click.IntRange(2, MAX_SHARES), required=True, help="How many shares open the keys.")
@click.option("--shares", type=click.IntRange(2, MAX_SHARES), help="How many shares there are.")
@click.option("--holder", multiple=True, metavar="NAME", help="Who gets a share; once for each, instead of --shares.")
@click.option("--out", type=_PATH, help="A folder for one file a share, outside of the archive. Default: the screen.")
def split(archive: Path, threshold: int, shares: int | None, holder: tuple[str, ...], out: Path | None) -> None:
    """Split the key that locks all others of ARCHIVE among several people (SLIP-39).

    Each gets 33 words. Any THRESHOLD of them open the keys without the passphrase; fewer know nothing. The words are
    shown once and stored nowhere. Split again whenever a holder leaves: old shares keep working until `unsealed shred`.
    """
    names = holders_of(shares, holder)
    check_out(archive, out)
    keys = KeyStore(archive).unlock(ask_passphrase("the keys of this archive"))
    note_split(archive, threshold, names)
    split_out(keys, threshold, names, out)


@click.command()
@click.argument("archive", type=_PATH)
@click.option("--share", "files", multiple=True, type=_PATH, help="A file with one share. Default: asked for.")
def join(archive: Path, files: tuple[Path, ...]) -> None:
    """Open the keys of ARCHIVE with shares instead of the passphrase, and set a new passphrase."""
    store = KeyStore(archive)
    if not store.exists():
        raise KeysError("This archive has no keys.", remedy="Restore its keys folder from a backup first.")
    shares = [read_capped(file, _LIMIT).decode(errors="replace") for file in files] or _ask()
    with Archive.open(archive, write=True) as opened:  # before it is done: whoever is refused stands there too
        note_act(opened, "keys.join", "shares were given, to set a new passphrase", about={"shares": len(shares)})
    restore_from_shares(store, shares, ask_passphrase("the keys of this archive from now on", confirm=True))
    click.echo("The keys open with the new passphrase. The shares keep working.")


def _ask() -> list[str]:
    """Ask for shares until there are enough; a slip of the pen is asked for again."""
    found: list[str] = []
    while True:
        words = str(click.prompt(f"Share {len(found) + 1}", hide_input=True, err=True))
        try:
            _, threshold, number = read_share(words, len(found) + 1)
        except KeysError as error:
            click.echo(f"{error.message} {error.remedy}", err=True)
            continue
        found.append(words)
        click.echo(f"This is share number {number}; {max(threshold - len(found), 0)} more are needed.", err=True)
        if len(found) >= threshold:
            return found
