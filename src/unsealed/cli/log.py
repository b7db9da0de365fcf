"""`unsealed log`: the archive's release log, and what to do when it is an old copy."""

from __future__ import annotations

import json
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._proven import moment
from unsealed.cli._terminal import counted, visible
from unsealed.files import read_capped
from unsealed.release.acts import note_act, note_published
from unsealed.release.catching_up import CaughtUp, catch_up
from unsealed.release.journal import Journal, first_policy
from unsealed.release.keyring import read_policy
from unsealed.seal.checkpoint import open_checkpoint
from unsealed.seal.policy import MAX_POLICY, parse_policy


@click.group()
def log() -> None:
    """The release log of an archive: what it says, and bringing an old copy up to date."""


@log.command("status")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def show_status(archive: Path, as_json: bool) -> None:
    """Size of the log, and which witnesses signed its newest head, with their times."""
    with Archive.open(archive) as opened:
        journal = Journal(opened, first_policy(opened).log)
        keys = [witness.key for policy in journal.policies().all for witness in policy.witnesses]
        head = open_checkpoint(journal.checkpoint, journal.policies().newest.log, keys)
    lines = [{"name": one.witness.name, "time": one.time} for one in head.cosignatures]
    if as_json:
        answer = {"origin": head.checkpoint.origin, "size": head.checkpoint.size, "witnesses": lines}
        click.echo(json.dumps(answer))
        return
    click.echo(f"{visible(head.checkpoint.origin)}: size {head.checkpoint.size}")
    for one in head.cosignatures:
        click.echo(f"  witnessed by {visible(one.witness.name)} at {moment(one.time)}")
    if not lines:
        click.echo("  witnessed by nobody")


@log.command("catch-up")
@click.argument("sources", nargs=-1, metavar="[DIR_OR_URL]...")
@click.option("--policy", type=click.Path(path_type=Path), help="Only for a backup from before the first seal.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def catch_up_command(archive: Path, sources: tuple[str, ...], policy: Path | None, as_json: bool) -> None:
    """Bring the log of an archive that was restored from a backup up to the one that mirrors hold.

    SOURCES are sites or mirrors; without them those of `release.mirrors` and the archive's own public folder.
    Everything is checked under the archive's own policy. See docs/how-to/drills/restored-backup.md.
    """
    chosen = parse_policy(read_capped(policy, MAX_POLICY)) if policy else None
    with Archive.open(archive, write=True) as opened:
        done = catch_up(opened, sources, chosen)
        if done.size != done.before:
            note_act(
                opened, "log.catch-up", "entries were taken over", about={"before": done.before, "size": done.size}
            )
            note_published(opened, read_policy(opened).log)
    if as_json:
        click.echo(json.dumps(_as_json(done)))
        return
    _print(done, archive)


def _as_json(done: CaughtUp) -> dict[str, object]:
    return {
        "v": "unsealed-caught-up/1", "before": done.before, "size": done.size, "packages": list(done.packages),
        "missing": list(done.missing), "lost_generations": list(done.lost), "documents": done.documents,
        "unknown": done.unknown,
        "sources": [{"address": one.address, "state": one.state, "why": one.why} for one in done.sources],
    }  # fmt: skip


def _print(done: CaughtUp, archive: Path) -> None:
    for one in done.sources:
        if one.why:
            click.echo(f"  {one.state:8} {visible(one.address)}: {visible(one.why)}")
    if done.size == done.before and not done.packages and not done.documents:
        click.echo(f"The log has {done.size} entries; nobody shows more.")
        return
    packages = counted(len(done.packages), "package")
    click.echo(f"The log went from {done.before} to {done.size} entries; {packages} fetched.")
    if done.documents:
        click.echo(
            f"{counted(done.documents, 'document')} released after this backup. What was decided about them then is "
            "not in it: restore the newest catalogue that you have, or decide again, before you release more."
        )
    if done.unknown:
        click.echo(f"{counted(done.unknown, 'document')} of them are not in this archive: ingest them again.")
    for generation in done.lost:
        click.echo(f"Generation {generation} was sealed after this backup: its key is not here. Restore `keys/`.")
    for name in done.missing:
        click.echo(f"No source has {visible(name)}.")
    click.echo(f"Next: unsealed site build {archive}, then unsealed site publish {archive}")
