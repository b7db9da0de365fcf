"""Verify a whole site: every file, every document, every byte of the log.

Takes a source and the policy that the reader trusts; gives a report, or an error that names what differs. The
order: the log and its entries (whose word is it), what was seen before, each package, each document, then every
other file. Nothing is read further than a signed length.

Spec: docs/formats/site-manifest.md, section "Checking a site".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from unsealed.errors import SiteDiffers
from unsealed.mirror.check_documents import check_documents
from unsealed.mirror.check_packages import (
    Embargo,
    check_close,
    check_files,
    read_embargoes,
    read_package,
    read_seal,
    same_verifier,
)
from unsealed.mirror.heads import check_heads, object_path, own_policy
from unsealed.mirror.moved import Moved, check_moved
from unsealed.mirror.run import Progress, Run
from unsealed.mirror.source import Source, check_exact
from unsealed.mirror.trust import TrustStore
from unsealed.model import Manifest
from unsealed.seal.checkpoint import Cosignature
from unsealed.seal.entries import SealEntry
from unsealed.seal.policy import Policies, Policy
from unsealed.seal.statement import Statement


@dataclass(frozen=True)
class SiteReport:
    """What holds.

    `documents` and `hidden` count released documents and hidden atoms; `seals` are the statements. `listed`: the
    place could be searched for extra files. `same_verifier`: `verify.html` is the page that the newest release named.
    `embargoes`: packages that were not to be published before a time, whether or not it has come.
    `moved`: what is known of the log that this one takes the place of.
    """

    name: str
    keys_checked: bool
    policies: Policies
    entries: int
    releases: tuple[Manifest, ...]
    seals: tuple[Statement, ...]
    signed_by: tuple[str, ...]
    witnesses: tuple[Cosignature, ...]
    documents: int
    hidden: int
    files: int
    length: int
    listed: bool
    same_verifier: bool
    embargoes: tuple[Embargo, ...] = ()
    moved: Moved | None = None


def verify_site(
    source: Source,
    trusted: Policy | None,
    *,
    store: TrustStore | None = None,
    workers: int = 2,
    progress: Progress | None = None,
    old: Source | None = None,
    accept_move: bool = False,
) -> SiteReport:
    """Check every file of a site and every document in it.

    `trusted` is the policy that the reader chose; with None the site is compared with its own policy, which proves
    no more than that nothing is broken: `keys_checked` is false then. `store` remembers the head and refuses one
    that contradicts what it saw; `old` and `accept_move` as in `moved.check_moved`. Raises SiteDiffers (a file; the
    message names up to ten), VerifyError (whose word it is), HistoryError (rolled back or forked).
    """
    policy = trusted if trusted is not None else own_policy(source)
    found = check_heads(source, policy)
    if store is not None and trusted is not None:
        store.check_history(trusted, found.checkpoint, found.leaves)
    moved = check_moved(found.history, found.checkpoint, store, old, accept=accept_move)
    report = replace(_check(Run(source, found, workers, progress), trusted is not None), moved=moved)
    if store is not None and trusted is not None:
        store.remember(found.history.policies, found.checkpoint)
    return report


def _check(run: Run, keys_checked: bool) -> SiteReport:
    """All steps in order. Raises at the end of a step that found a difference."""
    listed = _check_listing(run)
    run.stop()
    packages = [read_package(run, placed) for placed in run.heads.history.packages]
    packs = check_files(run, packages)
    run.stop()
    seals = [read_seal(run, package) for package in packages if isinstance(package.placed.entry.payload, SealEntry)]
    same = same_verifier(run)
    embargoes = read_embargoes(run, packages)
    run.stop()
    found = check_documents(run, packages, seals, packs)
    run.stop()
    check_close(run, packages, seals, found)
    _check_rest(run)
    run.stop()
    history = run.heads.history
    return SiteReport(
        name=packages[-1].manifest.name,
        keys_checked=keys_checked,
        policies=history.policies,
        entries=len(history.placed),
        releases=tuple(one.manifest for one in packages),
        seals=tuple(one.statement for one in seals),
        signed_by=tuple(sorted({key.name for placed in history.placed for key in placed.signed_by})),
        witnesses=run.heads.opened.cosignatures,
        documents=len(found),
        hidden=sum(one.hidden for one in found),
        files=len(run.expected) + len(run.heads.paths),
        length=sum(file.length for file in run.heads.files),
        listed=listed,
        same_verifier=same,
        embargoes=embargoes,
    )


def _check_listing(run: Run) -> bool:
    """Where the place can be listed: exactly the files that are named. Objects carry the name of their hash."""
    for path, file in run.expected.items():
        if path.startswith("o/") and path != object_path(file.sha256):
            run.problem(path, "an object does not have the name of its hash", "object-name")
    listing = run.source.listing()
    if listing is None:
        return False
    present = set(listing)
    wanted = run.expected.keys() | run.heads.paths
    folders = _folders(wanted)
    for path in present - wanted - folders:
        what = "is an extra folder" if path.endswith("/") else "is extra"
        run.problem(path, f"{what}: no signed manifest names it", "extra")
    for path in wanted - present:
        run.problem(path, "is missing", "missing")
    return True


def _check_rest(run: Run) -> None:
    """Length and hash of every file that no step before has read."""
    for path, file in run.expected.items():
        if path in run.done:
            continue
        try:
            check_exact(run.source, path, file.length, file.sha256)
        except SiteDiffers as error:
            run.problem(path, error.message, error.rule)
        run.done.add(path)
        if len(run.done) % 256 == 0:
            run.tell()
    run.tell()


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder above these paths, with `/` at the end."""
    found: set[str] = set()
    for path in paths:
        end = path.rfind("/")
        while end > 0 and path[: end + 1] not in found:
            found.add(path[: end + 1])
            end = path.rfind("/", 0, end)
    return found
