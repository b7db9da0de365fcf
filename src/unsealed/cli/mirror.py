"""`unsealed mirror`: carry a copy of a site that cannot be changed on the way, and serve it on."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._proven import moment
from unsealed.cli._terminal import counted, visible
from unsealed.errors import UsageError
from unsealed.files import read_capped
from unsealed.mirror import keyfile
from unsealed.mirror import pull as pulling
from unsealed.mirror.nginx import nginx_configuration
from unsealed.mirror.recheck import check_mirror
from unsealed.mirror.serve import make_mirror_server
from unsealed.mirror.status import MirrorStatus, mirror_status
from unsealed.mirror.trace import SourceLine
from unsealed.seal.note import KIND_ED25519, Signer
from unsealed.seal.policy import MAX_POLICY, parse_policy

_FOLDER = click.Path(path_type=Path)
_LOOPBACK = "127.0.0.1"


@click.group()
def mirror() -> None:
    """Carry a copy of a published site: fetch only what is new, check every byte, serve it on."""


@mirror.command()
@click.argument("sources", nargs=-1, metavar="[DIR_OR_URL]...")
@click.option("--to", "folder", type=_FOLDER, required=True, help="Folder of the mirror; made at the first pull.")
@click.option("--policy", type=_FOLDER, help="The publisher's policy file; needed once, kept in the mirror.")
@click.option("--deep", is_flag=True, help="Verify every proof of every document before the new site is shown.")
@click.option("--rehash", is_flag=True, help="Hash what is stored again first; fetch what is damaged anew.")
@click.option(
    "--drop-withdrawn/--keep-withdrawn", default=None,
    help="Packs that the publisher withdrew: delete them, or keep them aside, not served. Default: ask in a terminal, "
    "keep otherwise.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=8, show_default=True, help="Files fetched at once.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def pull(
    sources: tuple[str, ...], folder: Path, policy: Path | None, deep: bool, rehash: bool,
    drop_withdrawn: bool | None, workers: int, as_json: bool,
) -> None:  # fmt: skip
    """Bring the mirror up to the newest state that its SOURCES show. Without SOURCES: those of the pull before.

    Name at least two: a source that lies is named and left out, the others serve. Stopped at any point, the same
    command goes on, object by object; until it is done, the mirror serves what it served before.
    """
    chosen = parse_policy(read_capped(policy, MAX_POLICY)) if policy else None
    options = pulling.PullOptions(
        time.time, _signer(folder), workers, deep, rehash, drop_withdrawn is True, _nothing if as_json else _progress
    )
    done = pulling.pull(folder, sources, chosen, options)
    dropped = done.dropped
    if done.aside and drop_withdrawn is None and not as_json and sys.stdin.isatty():
        dropped = _ask_to_drop(folder, done.aside)
    if as_json:
        click.echo(json.dumps(_pulled_json(done, dropped)))
        return
    _print_pulled(done, folder, dropped)


def _signer(folder: Path) -> Signer | None:
    path = folder / pulling.KEY
    return keyfile.open_key(path, ask_passphrase("the key of this mirror")) if path.exists() else None


def _ask_to_drop(folder: Path, aside: int) -> int:
    click.echo(f"The publisher withdrew {counted(aside, 'object')}; the pages say why. They are no longer served.")
    if click.confirm("Delete this mirror's copies of them?", default=False):
        return pulling.drop_withdrawn(folder)
    return 0


def _nothing(_done: int, _total: int) -> None:
    """Tell nobody."""


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done >> 10:,} of {total >> 10:,} KiB", nl=done == total, err=True)


def _pulled_json(done: pulling.Pulled, dropped: int) -> dict[str, object]:
    trace = done.trace
    return {
        "v": "unsealed-pulled/1", "changed": done.changed, "size": trace.size,
        "files": trace.files, "bytes": trace.bytes,
        "withdrawn_kept": done.aside - dropped if dropped <= done.aside else 0, "withdrawn_dropped": dropped,
        "damaged": done.broken, "trace": trace.number,
        "sources": [_source_json(one) for one in trace.sources],
        "witnesses": [{"name": one.witness.name, "time": one.time} for one in done.log.opened.cosignatures],
    }  # fmt: skip


def _source_json(one: SourceLine) -> dict[str, object]:
    return {
        "address": one.address, "state": one.state, "why": one.why, "size": one.size, "files": one.files,
        "bytes": one.bytes,
    }  # fmt: skip


def _print_pulled(done: pulling.Pulled, folder: Path, dropped: int) -> None:
    trace = done.trace
    if done.changed:
        fetched = f"{counted(trace.files, 'file')}, {trace.bytes:,} bytes"
        click.echo(f"The mirror is at log entry {trace.size}: {fetched} fetched, each checked.")
    else:
        click.echo(f"Nothing newer: the mirror stays at log entry {trace.size}.")
    _print_sources(trace.sources)
    if sum(one.state in ("used", "good", "behind", "halfway") for one in trace.sources) < 2:
        click.echo("Only one source answered with the truth: nobody else could say whether it is the newest state.")
    if done.broken:
        click.echo(f"{counted(done.broken, 'damaged object')} fetched anew.")
    if dropped:
        click.echo(f"{counted(dropped, 'withdrawn object')} deleted.")
    elif done.aside:
        where = folder / "withdrawn"
        click.echo(f"{counted(done.aside, 'withdrawn object')} kept in {where}, not served (--drop-withdrawn deletes).")
    if done.changed:
        click.echo(f"Serve it: unsealed mirror serve {folder}")


def _print_sources(sources: tuple[SourceLine, ...]) -> None:
    for one in sources:
        why = f": {visible(one.why)}" if one.why else ""
        click.echo(f"  {one.state:8} {visible(one.address)}{why}")


@mirror.command()
@click.argument("folder", type=_FOLDER)
@click.argument("name")
def key(folder: Path, name: str) -> None:
    """Make a key for the mirror in FOLDER under NAME, so that its traces are signed. Optional."""
    made = keyfile.new_key(
        folder / pulling.KEY, name, KIND_ED25519, ask_passphrase("the key of this mirror", confirm=True)
    )
    click.echo(visible(made.vkey))


@mirror.command()
@click.argument("folder", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(folder: Path, as_json: bool) -> None:
    """What the mirror holds, how old it is, when it was last pulled, what its sources said, who disagreed."""
    found = mirror_status(folder, time.time())
    if as_json:
        click.echo(json.dumps(_status_json(found)))
        return
    click.echo(f"{visible(found.name)}: log entry {found.size} of {visible(found.log)}")
    click.echo(
        f"  holds     {counted(found.releases, 'release')}, {counted(found.files, 'file')}, {found.bytes:,} bytes"
    )
    for name, when in found.witnesses:
        click.echo(f"  witnessed by {visible(name)} at {moment(when)}")
    if not found.witnesses:
        click.echo("  witnessed by nobody: nobody vouches for its age")
    if found.days_too_old:
        click.echo(
            f"  warning   the newest witness saw this log {found.days_too_old} days ago: this copy may be frozen"
        )
    if found.pulled:
        click.echo(f"  pulled    {moment(found.pulled)} (this mirror's clock)")
    _print_sources(found.sources)
    if found.withdrawn:
        click.echo(f"  withdrawn {counted(found.withdrawn, 'object')} kept aside, not served")
    if found.evidence:
        click.echo(f"  EVIDENCE  {counted(found.evidence, 'signed head')} in {folder / 'evidence'}: show them around")


def _status_json(found: MirrorStatus) -> dict[str, object]:
    answer: dict[str, object] = found._asdict()
    answer["sources"] = [_source_json(one) for one in found.sources]
    answer["witnesses"] = [{"name": name, "time": when} for name, when in found.witnesses]
    return {"v": "unsealed-mirror-status/1", **answer}


@mirror.command()
@click.argument("folder", type=_FOLDER)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Files read at once.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def check(folder: Path, workers: int, as_json: bool) -> None:
    """Check the log and every byte that the mirror in FOLDER serves: for each night. `verify --site` checks proofs."""
    found = check_mirror(folder, workers=workers)
    if as_json:
        click.echo(json.dumps({"v": "unsealed-mirror-checked/1", **found._asdict()}))
        return
    click.echo(f"Every byte holds: {counted(found.files, 'file')}, {found.bytes:,} bytes, log entry {found.size}.")


@mirror.command()
@click.argument("folder", type=_FOLDER)
@click.option("--address", default=_LOOPBACK, show_default=True, help="Address to listen on; put TLS in front of it.")
@click.option("--port", default=8021, show_default=True, help="Port; 0 takes a free one.")
@click.option("--no-search", is_flag=True, help="Files only, without the search page.")
def serve(folder: Path, address: str, port: int, no_search: bool) -> None:
    """Serve the mirror in FOLDER with a search page that works without JavaScript. Logs no address, no question.

    A pull while it runs is picked up by itself.
    """
    with make_mirror_server(folder, address, port, search=not no_search) as server:
        root = f"http://{address}:{server.server_port}/"
        click.echo(f"{root}  (Ctrl-C ends)" + ("" if no_search else f"\nSearch: {root}-/search"))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


@mirror.command()
@click.argument("folder", type=_FOLDER)
@click.option("--host", default="_", show_default=True, help="The name under which readers find it.")
@click.option("--listen", default="80", show_default=True, help="Port, or address and port.")
def nginx(folder: Path, host: str, listen: str) -> None:
    """Print a configuration for nginx that serves the mirror in FOLDER, or any plain copy of a public folder."""
    if any(not (c.isalnum() or c in "._-:[]") for c in host + listen):
        raise UsageError("A host or port has a character that nginx would read as its own.", remedy="Use a plain name.")
    click.echo(nginx_configuration(folder, host, listen), nl=False)
