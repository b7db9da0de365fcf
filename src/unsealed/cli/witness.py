"""`unsealed witness`: vouch for the logs of others, with a time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._terminal import visible
from unsealed.errors import SiteDiffers, UsageError
from unsealed.mirror import keyfile, witness_state
from unsealed.mirror.heads import CHECKPOINT
from unsealed.mirror.source import open_source, read_capped
from unsealed.mirror.witness_server import make_witness_server
from unsealed.seal.note import MAX_NOTE

_FOLDER = click.Path(path_type=Path)
_LOOPBACK = "127.0.0.1"


@click.group()
def witness() -> None:
    """Vouch for the logs of others: see each head, check that it continues the last one, sign it with the time.

    A witness that a reader trusts makes it impossible to show different readers different histories. See
    docs/how-to/witness.md.
    """


@witness.command()
@click.argument("folder", type=_FOLDER)
@click.option("--name", help="Name of a new witness, such as paper.example/witness. It never changes.")
@click.option("--log", "logs", multiple=True, metavar="VKEY", help="The key of a log to serve: `log` of its policy.")
@click.option("--recover", is_flag=True, help="Write lost state anew from the heads of --from. Read the how-to first.")
@click.option("--from", "sources", multiple=True, metavar="DIR_OR_URL", help="A site that holds heads, for --recover.")
def init(folder: Path, name: str | None, logs: tuple[str, ...], recover: bool, sources: tuple[str, ...]) -> None:
    """Make a witness in FOLDER, once; or add a log to one that is there; or, with --recover, bring lost state back.

    The key is encrypted with a passphrase, asked for or read from UNSEALED_PASSPHRASE.
    """
    if recover:
        _recover(folder, sources)
        return
    if name is None and not logs:
        raise UsageError("Nothing to do.", remedy="Give --name for a new witness, or --log for a further log.")
    if name is not None:
        key = witness_state.init(folder, name, ask_passphrase("the key of this witness", confirm=True))
        click.echo("A new witness. Publishers write this line into their policy, with your address behind it:")
        click.echo(f"  witness NAME {visible(key.vkey)} https://YOUR-ADDRESS")
    for log in logs:
        added = witness_state.add_log(folder, log)
        click.echo(f"Serves from now on: {visible(added.name)}")


def _recover(folder: Path, sources: tuple[str, ...]) -> None:
    heads = []
    for source in sources:
        try:
            heads.append(read_capped(open_source(source), CHECKPOINT, MAX_NOTE))
        except SiteDiffers as error:
            click.echo(f"{visible(source)}: {visible(error.message)}", err=True)
    for known in witness_state.recover(folder, heads):
        click.echo(f"{visible(known.key.name)}: {known.size} entries")
    click.echo(
        "If this witness ever signed a larger head than these, retire its key now: it could sign another history."
    )


@witness.command()
@click.argument("folder", type=_FOLDER)
@click.option("--address", default=_LOOPBACK, show_default=True, help="Address to listen on; put TLS in front of it.")
@click.option("--port", default=8022, show_default=True, help="Port; 0 takes a free one.")
def serve(folder: Path, address: str, port: int) -> None:
    """Answer `POST /add-checkpoint` until Ctrl-C. Refuses to start where the state was lost. Logs no address."""
    witness_state.read_logs(folder)  # before the passphrase is asked for
    signer = keyfile.open_key(folder / witness_state.KEY, ask_passphrase("the key of this witness"))
    with (
        witness_state.WitnessState(folder, signer, time.time) as state,
        make_witness_server(state, address, port) as server,
    ):
        click.echo(f"http://{address}:{server.server_port}/add-checkpoint  (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


@witness.command()
@click.argument("folder", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(folder: Path, as_json: bool) -> None:
    """List the logs of a witness, the newest head that it signed of each, and contradictions that it kept."""
    logs = [held.known for held in witness_state.read_logs(folder)]
    key = keyfile.public_key(folder / witness_state.KEY)
    evidence = sorted(path.name for path in (folder / "evidence").glob("*.checkpoint"))
    if as_json:
        answer = {
            "witness": key.vkey,
            "logs": [{"origin": one.key.name, "vkey": one.key.vkey, "size": one.size} for one in logs],
            "evidence": evidence,
        }
        click.echo(json.dumps(answer))
        return
    click.echo(visible(key.vkey))
    for one in logs:
        click.echo(f"  {visible(one.key.name)}: " + (f"{one.size} entries" if one.size else "no head signed yet"))
    if evidence:
        click.echo(
            f"  {len(evidence)} heads that contradict others are kept in {folder / 'evidence'}: show them around."
        )
