"""`unsealed sign`: on a machine without a network, read what is to be signed, then sign it."""

from __future__ import annotations

from pathlib import Path

import click

from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._terminal import visible
from unsealed.errors import UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release.keys import public_of, read_key_file
from unsealed.release.offline import describe, read_request, sign_text
from unsealed.seal.entries import MAX_ENTRY
from unsealed.seal.policy import MAX_POLICY, parse_policy


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), required=True, help="Your own key file.")
@click.option("--policy", type=click.Path(path_type=Path), help="The policy that you know: the entry is held to it.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the signed file goes. Default: FILE.signed")
@click.option("--yes", is_flag=True, help="Sign without asking, for scripts.")
def sign(file: Path, key: Path, policy: Path | None, out: Path | None, yes: bool) -> None:
    """Show in plain words what FILE would publish, ask, and sign it with a key file. Needs no network and no archive.

    FILE comes from --out of `release sign`, `site sign` or `keys policy sign`; what this writes goes back with --in.
    Compare the hashes with what a second person reads to you from another screen: a signature cannot be taken back.
    """
    text = read_request(read_capped(file, MAX_ENTRY))
    known = parse_policy(read_capped(policy, MAX_POLICY)) if policy else None
    for line in describe(text, known):
        click.echo(visible(line))
    target = out or file.with_name(file.name + ".signed")
    if target.exists():
        raise UsageError(f"{target} exists already.", remedy="Choose another name with --out.")
    name = public_of(key).key.name
    if not yes and not click.confirm(f"Sign this as {visible(name)}?", err=True):
        raise click.Abort
    role, signer = read_key_file(key, ask_passphrase(f"the key file {key}"))
    write_durable(target, sign_text(text, role, signer))
    click.echo(f"Signed. Bring {target} back, and take it in with --in.")
