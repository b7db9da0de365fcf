"""`unsealed verify` and `unsealed trust`: a reader's own check, offline, on keys that the reader chose."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.cli import _proven
from unsealed.cli._terminal import visible
from unsealed.errors import EXIT_KEYS_NOT_CHECKED, EXIT_NOT_IN_FORCE, UsageError
from unsealed.files import read_capped
from unsealed.mirror.check import SiteReport, verify_site
from unsealed.mirror.check_packages import Embargo
from unsealed.mirror.compare import compare_heads
from unsealed.mirror.heads import own_policy
from unsealed.mirror.in_force import standing_of
from unsealed.mirror.source import Source, open_source
from unsealed.mirror.trust import TrustStore
from unsealed.seal import proof
from unsealed.seal.policy import MAX_POLICY, Policies, Policy, days_too_old, parse_policy
from unsealed.seal.verify import verify_document


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--site", metavar="DIR_OR_URL", help="Check every file and every document of a site instead.")
@click.option(
    "--compare", "heads", multiple=True, metavar="HEAD", help="Compare log heads: files or sites, several times."
)
@click.option("--log", "log", metavar="DIR_OR_URL", help="A site or mirror whose log says whether FILE is in force.")
@click.option(
    "--moved-from", "old", metavar="DIR_OR_URL", help="With --site: the log that this one takes the place of."
)
@click.option("--accept-move", is_flag=True, help="Go on although a new log leaves out entries that you know of.")
@click.option("--policy", type=click.Path(path_type=Path), help="The policy file that you trust, for this call.")
@click.option("--excerpt", "--excerpts", "excerpt", is_flag=True, help="Accept a proof that hides more.")
@click.option("--text", is_flag=True, help="Print the proved text too.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for a large site.")
def verify(
    file: Path | None, site: str | None, heads: tuple[str, ...], log: str | None, old: str | None, accept_move: bool,
    policy: Path | None, excerpt: bool, text: bool, as_json: bool, workers: int,
) -> int:  # fmt: skip
    """Check a proof FILE, or with --site a whole site: is it sealed, unchanged, and cut as the publisher cut it?

    Nothing is sent anywhere. Keys are trusted only from a policy that you chose: with --policy, or one installed by
    `unsealed trust add`. Without one the answer is "consistent with itself; keys not checked" (exit code 14).

    A proof FILE cannot know what came after it. With --log the log of a site or mirror is asked, too: where the
    document was redacted further, shown further or withdrawn since, the exit code is 15.

    A log that takes the place of another one is compared with what you saw of the old one, and with --moved-from with
    all of it. It is refused where it leaves out entries: after a theft that can be right, so ask, then --accept-move.
    """
    if sum((file is not None, site is not None, bool(heads))) != 1:
        raise UsageError("Name one proof file, one site with --site, or heads.", remedy="unsealed verify FILE.proof")
    chosen = parse_policy(read_capped(policy, MAX_POLICY)) if policy else None
    if heads:
        return _compare(heads, chosen, as_json)
    if site is not None:
        return _verify_site(site, chosen, workers, as_json, open_source(old) if old else None, accept_move)
    assert file is not None
    return _verify_file(file, chosen, excerpt, log, accept_move, text, as_json)


def _verify_file(
    file: Path, chosen: Policy | None, excerpt: bool, log: str | None, accept_move: bool, text: bool, as_json: bool
) -> int:
    data = read_capped(file, proof.MAX_FILE)
    store = TrustStore()
    archive = proof.decode(data).body.archive
    policies = Policies.of(chosen) if chosen else store.policies(archive)
    verified = verify_document(data, policies, excerpts=excerpt)
    if policies is not None:
        for logged in (verified.sealed, verified.released):
            store.check_head(policies.newest, logged.head, logged.checkpoint)
    found = None
    if log is not None:
        if policies is None:
            raise UsageError("Nobody's log can be asked without a policy.", remedy="Give --policy FILE.")
        found = standing_of(verified, open_source(log), policies.newest, store, accept_move=accept_move)
    if as_json:
        answer = _proven.proof_json(verified, policies, found)
        _print_json(answer | ({"text": "\n".join(_proven.text_lines(verified.blocks))} if text else {}))
    else:
        _print(_proven.proof_lines(verified, policies, found))
        if text:
            _print(["", *_proven.text_lines(verified.blocks)])
    if found is not None and not found.standing.in_force:
        return EXIT_NOT_IN_FORCE
    return 0 if policies else EXIT_KEYS_NOT_CHECKED


def _verify_site(
    site: str, chosen: Policy | None, workers: int, as_json: bool, old: Source | None, accept_move: bool
) -> int:
    source = open_source(site)
    store = TrustStore()
    trusted = chosen or store.policy(own_policy(source).archive_id)
    report = verify_site(
        source, trusted, store=store, workers=workers, progress=_progress, old=old, accept_move=accept_move
    )
    days = _days(report)
    if as_json:
        _print_json(_proven.site_json(report, days, _early(report)))
    else:
        _print(_proven.site_lines(report, days, _early(report)))
    return 0 if report.keys_checked else EXIT_KEYS_NOT_CHECKED


def _compare(places: tuple[str, ...], chosen: Policy | None, as_json: bool) -> int:
    """Two readers who were shown different histories catch the publisher: both signed heads are kept."""
    store = TrustStore()
    if chosen is None:
        trusted = store.list()
        if len(trusted) != 1:
            raise UsageError(f"You trust {len(trusted)} archives.", remedy="Say whose log this is: --policy FILE")
        chosen = trusted[0].policy
    found = compare_heads(places, chosen, store)
    if as_json:
        _print_json({"v": "unsealed-compared/1", "heads": [one._asdict() for one in found]})
        return 0
    click.echo(f"No contradiction in {len(found)} heads of {visible(chosen.log.name)}.")
    for one in found:
        how = "" if one.whole else ": longer than any log named here; name a site that holds it to compare it wholly"
        click.echo(f"  {visible(one.place)}: size {one.size}{how}")
    return 0


def _days(report: SiteReport) -> int:
    return days_too_old(report.policies.newest, [line.time for line in report.witnesses], time.time())


def _early(report: SiteReport) -> tuple[Embargo, ...]:
    """What is not to be published yet, by the clock of this machine."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return tuple(one for one in report.embargoes if now < one.time)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total} files", nl=done == total, err=True)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _print_json(answer: dict[str, object]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=True))


@click.group()
def trust() -> None:
    """Choose whose keys you trust. Nothing that comes with a proof or from a site is ever trusted by itself."""


@trust.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Trust this file instead of the one installed for the same archive.")
def add(file: Path, replace: bool) -> None:
    """Install a policy FILE. Get it from the publisher on a way that you trust, not from the copy you want to check."""
    policy = TrustStore().add(read_capped(file, MAX_POLICY), replace=replace)
    click.echo(f"Trusted from now on: policy {policy.number} of {visible(policy.log.name)}")
    _print(_policy_lines(policy))
    click.echo("Compare the hash with what the publisher prints elsewhere, on paper or in another newspaper.")


@trust.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_trusted(as_json: bool) -> None:
    """List the archives that you trust, and the newest log head that was seen of each."""
    found = TrustStore().list()
    if as_json:
        answer = [
            {
                "archive": one.archive,
                "log": one.policy.log.name,
                "policy": one.policy.number,
                "sha256": one.policy.sha256,
                "seen": one.checkpoint.size if one.checkpoint else 0,
            }
            for one in found
        ]
        click.echo(json.dumps(answer))
        return
    if not found:
        click.echo("You trust no archive yet. Install a policy: unsealed trust add FILE")
    for one in found:
        seen = f"seen with {one.checkpoint.size} entries" if one.checkpoint else "not seen yet"
        click.echo(f"{visible(one.policy.log.name)}: policy {one.policy.number}, {seen}")
        _print(_policy_lines(one.policy))


def _policy_lines(policy: Policy) -> list[str]:
    names = ", ".join(visible(key.name) for key in policy.editors)
    return [
        f"  archive   {policy.archive_id.hex()}",
        f"  hash      {policy.sha256}",
        f"  editors   {policy.editors_needed} of {len(policy.editors)}: {names}",
        f"  roots     {policy.roots_needed} of {len(policy.roots)} may replace this policy",
        f"  witnesses {len(policy.witnesses)}; quorum {visible(policy.quorum)}",
    ]
