"""`unsealed shred`: give up the power to prove withheld words, and see that the old keys go for good."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._keys_shares import check_out, holders_of, note_split, split_out
from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._terminal import visible
from unsealed.errors import UsageError
from unsealed.release.acts import note_act
from unsealed.release.keys import KeyStore
from unsealed.release.mnemonic import MAX_SHARES
from unsealed.release.plan import find_items
from unsealed.release.shred import Report, shred_documents, shred_marks
from unsealed.release.shred_record import Shredding, confirm_shred, read_shreds

_COUNT = click.IntRange(2, MAX_SHARES)


@click.group()
def shred() -> None:
    """Make it impossible to prove withheld words, for everybody, the publisher included.

    Who holds a generation key, or is made to hand it over, can show that a withheld word was in the sealed archive, and
    can try names. Shredding takes that away. It does not remove a word: the text stays in the archive.
    """


@shred.command()
@click.argument("documents", nargs=-1)
@click.option("--marks", is_flag=True, help="All that published proofs hide, in every released document.")
@click.option("--as", "editors", multiple=True, metavar="EDITOR", help="Who wants it: two editors of the settings.")
@click.option("--threshold", type=_COUNT, help="Split the new wrapping key at once: how many shares open the keys.")
@click.option("--shares", type=_COUNT, help="How many shares there are.")
@click.option("--holder", multiple=True, metavar="NAME", help="Who gets a share; instead of --shares.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the shares, outside of the archive.")
@click.option("--yes", is_flag=True, help="Do not ask, for scripts.")
@archive_option
def documents(
    archive: Path, documents: tuple[str, ...], marks: bool, editors: tuple[str, ...], threshold: int | None,
    shares: int | None, holder: tuple[str, ...], out: Path | None, yes: bool,
) -> None:  # fmt: skip
    """Shred DOCUMENTS, or with --marks what is hidden in every released one. It cannot be undone.

    Of a released document that is all that its proofs hide; of another one everything but its header, so that none of
    its words can ever be released with a proof. Published proofs stay byte for byte the same.
    """
    if bool(documents) == marks:
        raise UsageError("Name documents, or use --marks.", remedy="Not both.")
    holders = holders_of(shares, holder) if threshold else ()
    check_out(archive, out)
    if not yes and not click.confirm("Nobody will be able to prove these words again. Go on?", err=True):
        raise click.Abort
    with Archive.open(archive, write=True) as opened:
        passphrase = ask_passphrase("the keys of this archive")
        keys = KeyStore(archive).unlock(passphrase)
        if marks:
            report = shred_marks(opened, keys, passphrase, by=editors, time=_now())
        else:
            items = find_items(opened, documents)
            report = shred_documents(opened, keys, passphrase, items, by=editors, time=_now())
    _print(report)
    if threshold:
        note_split(archive, threshold, holders)
        split_out(report.keys, threshold, holders, out)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _print(report: Report) -> None:
    click.echo(f"{report.atoms:,} atoms of {report.documents:,} documents cannot be proved any more.")
    click.echo("Their text is still in the archive, and in every copy of it. Only the power to prove it is gone.")
    click.echo("The old wrapping key still opens old copies of keys/. Destroy them:")
    _print_missing(report.record)
    if not report.record.splits:
        click.echo("  The old key was never split: there are no shares to destroy.")
    click.echo(f"Say it with: unsealed shred confirm {report.record.number} --as NAME [--backups]")


def _print_missing(record: Shredding) -> None:
    for line in record.missing():
        click.echo(visible(f"  {line}"))


@shred.command()
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--as", "person", required=True, metavar="NAME", help="Who says so: a holder of a share; of backups, an editor."
)
@click.option("--backups", is_flag=True, help="Say that no copy of keys/ from before is left, instead of a share.")
@archive_option
def confirm(archive: Path, number: int, person: str, backups: bool) -> None:
    """Say that an old share is destroyed, or with --backups that no old copy of the keys folder is left.

    The second needs two editors of the settings. A name in another spelling is the same person.
    """
    with Archive.open(archive, write=True) as opened:
        record = confirm_shred(
            archive / "keys", number, person, backups=backups, editors=opened.settings.review.editors
        )
        why = "no copy of the old keys folder is left" if backups else "an old share is destroyed"
        note_act(
            opened, "shred.confirm", why, who=person, about={"shredding": number, "missing": len(record.missing())}
        )
    _print_missing(record)
    click.echo(f"Shredding {number} is done." if not record.missing() else f"Shredding {number} is not done yet.")


@shred.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def status(archive: Path, as_json: bool) -> None:
    """List every shredding, and what is still to be destroyed."""
    found = read_shreds(archive / "keys")
    if as_json:
        lines = [
            {
                "number": one.number, "time": one.time, "by": list(one.by), "documents": one.documents,
                "atoms": one.atoms, "missing": one.missing(), "done": not one.missing(),
            }
            for one in found
        ]  # fmt: skip
        click.echo(json.dumps(lines))
        return
    if not found:
        click.echo("Nothing was shredded.")
    for one in found:
        state = "not done yet" if one.missing() else "done"
        click.echo(visible(f"{one.number}  {one.time}  {one.documents:,} documents, by {', '.join(one.by)}: {state}"))
        _print_missing(one)
