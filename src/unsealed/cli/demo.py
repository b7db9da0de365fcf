"""`unsealed demo`: the whole job, with the commands that a person would type, on the sample or on real folders."""

from __future__ import annotations

import itertools
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from unsealed.archive import Archive
from unsealed.cli._forger import forge_text
from unsealed.config import load_settings, settings_text
from unsealed.errors import InputError, UnsealedError
from unsealed.files import read_capped, write_durable

_MARKER = ".made-by-unsealed-demo"
_SAMPLE = Path(__file__).resolve().parents[3] / "sample"
_EDITORS = ("a.lindqvist", "m.okafor")
_FIRST_RELEASE = 12  # documents of the first release when the source is a folder of real documents
_JSON_LIMIT = 16 << 20  # bytes of a decisions or releases file
_AGENCY, _AGENCY_MORE = "name not declassified", "names not declassified"
_AGENCY_REASON = "an agency's words: they stand everywhere and give nobody away"
# What a plan says of a place that shows what another withholds: real folders have some, the sample has none.
_SHOWN_REASON = "the demonstration allows what stands in two places; nobody read it"
_REMEDY = re.compile(r'unsealed release allow "(m\d+ in document \d+)"')
# For real folders, which bring no review of their own: what an agency's editors wrote around names, and exact places.
_RULES = (
    {"document": "*", "find": _AGENCY, "reason": "other"},
    {"document": "*", "find": _AGENCY_MORE, "reason": "other"},
    {"document": "*", "coarsen": "coordinate", "keep": 4, "reason": "place"},
)


class _Stage:
    """Runs the real commands one after another, prints each as a person would type it, and keeps the times."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.times: list[tuple[str, float]] = []
        config = archive.parent / f"{archive.name}-reader"
        self._environment = os.environ | {
            "UNSEALED_PASSPHRASE": os.environ.get("UNSEALED_PASSPHRASE") or secrets.token_hex(16),
            "UNSEALED_ARCHIVE": str(archive),
            "XDG_CONFIG_HOME": str(config),
        }

    def run(self, *arguments: str, expect: Sequence[int] = (0,), quiet: bool = False) -> str:
        """Run one command; its output. Ends the demo with an error where the exit code is none of `expect`."""
        click.secho(f"$ unsealed {shlex.join(arguments)}", bold=True)
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "unsealed", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        self.times.append((" ".join(arguments[:2]), seconds))
        output = done.stdout + done.stderr
        if not quiet or done.returncode not in expect:
            click.echo("".join(f"  {line}\n" for line in output.splitlines()), nl=False)
        click.secho(f"  ({seconds:.1f} s{f', exit code {done.returncode}' if done.returncode else ''})", dim=True)
        if done.returncode not in expect:
            raise UnsealedError(f"The demo stopped: `unsealed {arguments[0]}` ended with exit code {done.returncode}.")
        return done.stdout

    def title(self, text: str) -> None:
        """A heading between the steps."""
        click.secho(f"\n{text}", fg="cyan", bold=True)


@click.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Use this folder of real documents instead of the sample archive. May be repeated.",
)
@click.option(
    "--into",
    default="unsealed-demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where the archive is made. A folder that an earlier demo made is replaced.",
)
@click.option("--database", default="", metavar="URL", help="Keep the catalogue in this empty PostgreSQL database.")
@click.option("--serve/--no-serve", default=True, help="Serve the site on this machine at the end.")
@click.option("--port", default=8020, show_default=True, help="Port on loopback for the site.")
def demo(sources: tuple[Path, ...], into: Path, database: str, serve: bool, port: int) -> None:
    """Run the whole job: ingest, seal, search, review, two releases, the site, a reader's proof, and a forgery.

    Every step is an ordinary command, printed as you would type it.
    """
    _clear(into)
    archive = into / "archive"
    stage = _Stage(archive.resolve())
    _settings(stage, database, sample=not sources)
    _take_in(stage, sources or (_SAMPLE / "archive",))
    _seal_and_search(stage, sample=not sources)
    releases = _review(stage, into, sample=not sources)
    for number, (title, story, date, documents) in enumerate(releases, 1):
        _release(stage, into, number, title, story, date, documents)
    proof = _prove(stage, into, 6 + len(releases))
    _forge(stage, into, proof, 7 + len(releases))
    _summary(stage, into)
    if serve:
        stage.title("The site")
        click.echo("Read it, then stop with Ctrl-C.")
        subprocess.run(
            [sys.executable, "-m", "unsealed", "site", "serve", str(archive), "--port", str(port)], check=False
        )


def _clear(into: Path) -> None:
    """Make `into` an empty folder, replacing only what an earlier demo made."""
    if into.exists():
        if not (into / _MARKER).exists():
            raise InputError(f"{into} exists and is not from a demo.", remedy="Choose another folder with --into.")
        shutil.rmtree(into)
    into.mkdir(parents=True)
    (into / _MARKER).touch()


def _settings(stage: _Stage, database: str, *, sample: bool) -> None:
    stage.title("1. A new archive, its editors and keys")
    name = "Demonstration"
    text = settings_text(name)
    options = ["--database", database] if database else []
    if sample:
        text = read_capped(_SAMPLE / "unsealed.toml", _JSON_LIMIT).decode()
        name = msgspec.toml.decode(text)["archive"]["name"]
    else:
        text = text.replace("editors = []", f"editors = {json.dumps(list(_EDITORS))}")
    stage.run("init", str(stage.archive), "--name", name, *options)
    if database:
        text = text.replace("[archive]\n", f"[archive]\ndatabase = {json.dumps(database)}\n", 1)
    write_durable(stage.archive / "unsealed.toml", text.encode())
    stage.run("keys", "new", str(stage.archive), "log", "demonstration.example/log")
    stage.run("keys", "new", str(stage.archive), "root", "publisher")
    for editor in load_settings(stage.archive / "unsealed.toml").review.editors:
        stage.run("keys", "new", str(stage.archive), "editor", editor)


def _take_in(stage: _Stage, sources: Sequence[Path]) -> None:
    stage.title("2. Ingest: nothing is lost without a line that says so")
    stage.run("ingest", *map(str, sources))
    stage.run("status")
    stage.run("status", "--quarantine", quiet=True)


def _seal_and_search(stage: _Stage, *, sample: bool) -> None:
    stage.title("3. Seal: release 0 binds every document, before anything is shown")
    stage.run("seal", "--accept-open", "demonstration") if not sample else stage.run("seal")
    stage.title("4. Search")
    queries = (
        json.loads((_SAMPLE / "EXPECT.json").read_text())["queries"][:2]
        if sample
        else [{"query": "report* AND date:1950.."}]
    )
    for line in queries:
        stage.run("search", line["query"], "--limit", "5")


Release = tuple[str, str, str, list[str]]  # title, story, date, documents


def _review(stage: _Stage, into: Path, *, sample: bool) -> list[Release]:
    """Apply the review; the releases to make, in order."""
    stage.title("5. Review: two editors must agree on everything that is withheld")
    if sample:
        stage.run("review", "apply", str(_SAMPLE / "decisions.json"))
        planned = json.loads(read_capped(_SAMPLE / "releases.json", _JSON_LIMIT))
        return [(line["title"], line["story"], line["date"], line["documents"]) for line in planned]
    decisions = {
        "v": "unsealed-decisions/1",
        "editors": list(_EDITORS),
        "decisions": [rule | {"by": list(_EDITORS)} for rule in _RULES],
        "cleared": {"documents": "*", "by": list(_EDITORS)},
    }
    path = into / "decisions.json"
    write_durable(path, json.dumps(decisions, indent=1).encode())
    stage.run("review", "apply", str(path))
    for editor in _EDITORS:
        stage.run("release", "allow", f"{_AGENCY} {_AGENCY_MORE}", "--reason", _AGENCY_REASON, "--as", editor)
    with Archive.open(stage.archive) as opened:
        items = [str(summary.item) for summary in opened.summaries() if summary.type != "unread"]
    if not items:
        raise InputError(
            "The demo has nothing to publish: no document of these folders could be read.",
            remedy=f"`unsealed status --archive {stage.archive}` says why; give other folders with --source.",
        )
    cut = min(_FIRST_RELEASE, (len(items) + 1) // 2)  # a folder of a few documents has two releases as well
    releases = [
        ("First release", "The first documents.", "2011-03-01", items[:cut]),
        ("Second release", "All other documents.", "2011-04-05", items[cut:]),
    ]
    return [release for release in releases if release[3]]


def _release(stage: _Stage, into: Path, number: int, title: str, story: str, date: str, documents: list[str]) -> None:
    stage.title(f"{5 + number}. Release {number}: {title} ({len(documents):,} documents)")
    chosen = into / f"release-{number}.txt"
    write_durable(chosen, "".join(f"{line}\n" for line in documents).encode())
    plan = ["release", "plan", "--number", str(number), "--list", str(chosen)]
    plan += ["--title", title, "--story", story, "--date", date]
    said = stage.run(*plan)
    editors = load_settings(stage.archive / "unsealed.toml").review.editors
    remedies = list(dict.fromkeys(_REMEDY.findall(said)))
    if remedies:
        click.echo("  The editors of this demonstration allow it. In earnest they read both places first.")
        for allowed, editor in itertools.product(remedies, editors[:2]):
            stage.run("release", "allow", allowed, "--reason", _SHOWN_REASON, "--as", editor)
        stage.run(*plan)
    stage.run("release", "build", str(number))
    for editor in editors[:2]:
        stage.run("release", "sign", str(number), "--as", editor)
    stage.run("release", "publish", str(number))
    stage.run("site", "build", str(stage.archive))
    stage.run("site", "publish", str(stage.archive))


def _prove(stage: _Stage, into: Path, number: int) -> Path:
    """What a reader does: check one document, then the whole site. Returns the proof file."""
    stage.title(f"{number}. A reader's proof: first without, then with keys that the reader trusts")
    public = stage.archive / "public"
    proof = next(iter(sorted(public.glob("d/*/document.proof"))))
    stage.run("verify", str(proof), expect=(14,), quiet=True)
    policy = into / "policy-from-the-newspaper"
    shutil.copy(public / "heads" / "policy", policy)
    stage.run("trust", "add", str(policy))
    stage.run("verify", str(proof))
    stage.run("verify", "--site", str(public))
    return proof


def _forge(stage: _Stage, into: Path, proof: Path, number: int) -> None:
    """What a forger does, and what becomes of it."""
    stage.title(f"{number}. A forgery: a cable that was never in the archive, in the proof of one that was")
    forged = into / "forged.proof"
    text = "A word that nobody sealed"
    story = sorted((_SAMPLE / "forged").glob("*.txt")) if (_SAMPLE / "forged").is_dir() else []
    if story:
        text = story[0].read_text(encoding="utf-8")
    write_durable(forged, forge_text(proof.read_bytes(), text))
    stage.run("verify", str(forged), expect=(10,))
    click.echo("  Refused, as it must be.")


def _summary(stage: _Stage, into: Path) -> None:
    stage.title("Done")
    slowest = sorted(stage.times, key=lambda line: -line[1])[:6]
    total = sum(seconds for _, seconds in stage.times)
    click.echo(f"{len(stage.times)} commands in {total:.1f} s; the longest:")
    for name, seconds in slowest:
        click.echo(f"  {name:<18} {seconds:6.1f} s")
    click.echo("\nTry next:")
    if sys.prefix != sys.base_prefix:
        click.echo(f"  . {Path(sys.prefix) / 'bin' / 'activate'}")
    click.echo(f"  cd {into / 'archive'}")
    click.echo("  export UNSEALED_PASSPHRASE=...               (only for keys: this demo drew one and forgot it)")
    click.echo("  unsealed search '\"strictly protect\"'        (what only the newsroom sees)")
    click.echo("  unsealed review list                         (what was decided)")
    click.echo("  unsealed verify --site public                (what any reader can check)")
    click.echo("  change one letter of a file below public/ and check again")
