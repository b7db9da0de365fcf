"""`unsealed site build|serve`: make the public pages, and look at them."""

from __future__ import annotations

from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._signing import Signing, note_signed, signing_options
from unsealed.config import SiteSettings, load_settings
from unsealed.errors import InputError, UsageError
from unsealed.files import read_capped, remove_durable, write_durable
from unsealed.release.acts import note_published
from unsealed.release.keyring import open_keyring, read_policy
from unsealed.release.pending import read_pending
from unsealed.release.publishing import publish_site
from unsealed.release.signing import add_site_note, sign_site
from unsealed.seal.site_manifest import MAX_MANIFEST
from unsealed.site import LOOPBACK, SiteOptions, build_site, make_server

MANIFEST = "site.manifest"  # of the pages last built, in the cache; `site publish` puts it into heads/, last of all


@click.group()
def site() -> None:
    """Build and serve the public site."""


@site.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the site. Default: SOURCE/public.")
@click.option("--cache", type=click.Path(path_type=Path), help="Cache folder. Default: SOURCE/cache/site.")
@click.option("--address", default=None, help="Where the site will stand, for feeds and the sitemap.")
@click.option("--full", is_flag=True, help="Make every page anew instead of only what changed.")
@click.option("--preview", is_flag=True, help="Show packages that are not in the log; proofs are incomplete.")
def build(source: Path, out: Path | None, cache: Path | None, address: str | None, full: bool, preview: bool) -> None:
    """Make the site of SOURCE: an archive, or a folder of release packages. `heads/` stays as it is until `publish`."""
    archive = (source / "packages").is_dir()
    if preview and (out is None or out.resolve().is_relative_to(source.resolve())):
        raise UsageError(
            "A preview shows what nobody signed: it must not stand in the archive.",
            remedy="Say where it should go: --out DIR, outside of the archive.",
        )
    packages = source / "packages" if archive else source
    if not archive and out is None:
        raise InputError("SOURCE is a folder of packages.", remedy="Say where the site should go: --out DIR.")
    public = out or source / "public"
    settings = load_settings(source / "unsealed.toml").site if (source / "unsealed.toml").exists() else SiteSettings()
    options = SiteOptions(settings.title, settings.address if address is None else address, settings.language, full)
    log = public / "heads" / "log"
    if not preview and not (log / "checkpoint").exists():
        raise InputError(
            f"{log} holds no checkpoint: nothing is published yet.",
            remedy="Publish first, or look at what would be published with --preview.",
        )
    own = archive and out is None
    place = cache or (source / "cache" / "site" if own else public.with_name(f".{public.name}-cache"))
    if (place / MANIFEST).exists():
        remove_durable(place / MANIFEST)  # a build that is cut short leaves none to publish
    report = build_site(packages, public, place, options, log=None if preview else log)
    write_durable(place / MANIFEST, report.manifest())
    click.echo(
        f"{report.documents:,} documents, {report.pages_made:,} of them made in this run; "
        f"{report.written:,} files written, {report.kept:,} left as they were, {report.removed:,} removed."
    )
    click.echo(f"The site is in {public}")


@site.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, file_okay=False))
def publish(archive: Path) -> None:
    """Sign the pages that `site build` made, with the editors' keys of ARCHIVE, and write them into the log.

    From then on `unsealed verify --site` names every file that a mirror changed, dropped or added. The same pages twice
    are one entry.
    """
    built = archive / "cache" / "site" / MANIFEST
    if not built.is_file():
        raise UsageError(
            f"The pages of {archive} are not built, or their build was cut short.",
            remedy=f"Build them first: unsealed site build {archive}",
        )
    manifest = read_capped(built, MAX_MANIFEST)
    with Archive.open(archive, write=True) as opened:
        keys = open_keyring(opened, ask_passphrase("the keys of this archive"))
        index = publish_site(opened, keys, manifest)
        note_published(opened, keys.log.verifier, index)
    click.echo(f"The site is published: log entry {index}. Check it with: unsealed verify --site {archive / 'public'}")


@site.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, file_okay=False))
@signing_options
def sign(archive: Path, how: Signing) -> None:
    """Add an editor's signature to the pages that wait: those for which `publish` had too few keys at hand."""
    with Archive.open(archive, write=True) as opened:
        policy = read_policy(opened)
        if how.write_out(lambda: read_pending(opened, "site").text):
            return
        if (data := how.came_back()) is not None:
            waiting = add_site_note(opened, data, policy)
        else:
            waiting = sign_site(opened, how.signer(opened, "editor"), policy)
        note_signed(opened, "site", [one.name for one in waiting.signatures], "the pages", how.name)
    click.echo(f"The site: {len(waiting.signatures)} of {policy.editors_needed} signatures.")


@site.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--port", default=8020, show_default=True, help="Port on loopback; 0 takes a free one.")
def serve(source: Path, port: int) -> None:
    """Serve the site of SOURCE (an archive, or its public folder) on this machine only."""
    public = source / "public" if (source / "public").is_dir() else source
    with make_server(public, port) as server:
        click.echo(f"http://{LOOPBACK}:{server.server_port}/  (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("")
