"""Pull: bring a mirror up to the newest state that its sources show, and serve nothing that was not checked.

Takes a folder, sources and the policy that the mirror's keeper chose; gives what happened. The order: ask every source
for its head, decide (`sources.choose`), fetch what is missing into the quarantine, put the new site together, show it
in one step, write the trace, tidy up. Nothing is read further than a signed length.

Spec: docs/formats/mirror.md, "Pull".
"""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from unsealed.errors import HistoryError, InputError, SetupError, SiteDiffers, VerifyError
from unsealed.files import read_capped, write_durable
from unsealed.mirror.bytes_check import check_files
from unsealed.mirror.check import verify_site
from unsealed.mirror.heads import SITE_MANIFEST, CheckedLog, Heads, check_log, log_files, object_path
from unsealed.mirror.kept import check_kept
from unsealed.mirror.shelf import Shelf
from unsealed.mirror.source import FolderSource, differs, open_source
from unsealed.mirror.source import read_capped as read_file
from unsealed.mirror.sources import Asked, ForkFound, choose, look
from unsealed.mirror.trace import MAX_TRACE, SourceLine, Trace, decode_trace, digest_of, encode_trace
from unsealed.seal import note
from unsealed.seal.note import Signer
from unsealed.seal.package import decode_manifest as decode_package
from unsealed.seal.payloads import Amendment
from unsealed.seal.policy import MAX_POLICY, Policy, parse_policy
from unsealed.seal.site_manifest import MAX_MANIFEST, SiteFile, decode_manifest, encode_manifest
from unsealed.seal.superseded import replacing

POLICY = "policy"
KEY = "key"
_STATE = "state.json"
_MAX_STATE = 1 << 20  # bytes
_PACK = b"\x28\xb5\x2f\xfd"  # how zstandard begins: pictures are replaced, too
_RESERVE = 256 << 20  # bytes of the disk that stay free

Progress = Callable[[int, int], None]  # bytes fetched, bytes to fetch


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mirror remembers beside the site: its sources, how many traces it wrote, the hash of the newest; size and
    root (hex) of the newest log that it held, so that a damaged copy does not make it forget.
    """

    v: str
    sources: tuple[str, ...] = ()
    traces: int = 0
    newest: str = ""
    size: int = 0
    root: str = ""


_FIRST = State("unsealed-mirror/1")


@dataclass(frozen=True)
class PullOptions:
    """How to pull. `deep`: verify every document before the new site is shown; `rehash`: hash what is stored again.

    `withdrawn`: what to do with objects that the publisher withdrew: keep them aside (not served), or drop them.
    """

    now: Callable[[], float]
    signer: Signer | None = None
    workers: int = 8
    deep: bool = False
    rehash: bool = False
    drop_withdrawn: bool = False
    tell: Progress = _silent


class Pulled(NamedTuple):
    """What a pull did. `changed`: another site is shown than before. `aside`: objects that wait in `withdrawn/`."""

    changed: bool
    trace: Trace
    log: CheckedLog
    aside: int
    dropped: int
    broken: int


# --- what a mirror holds ------------------------------------------------------------------------------


def choose_policy(folder: Path, chosen: Policy | None) -> Policy:
    """The policy of this mirror: the one that its keeper chose now, else the one chosen at its first pull.

    Raises InputError where there is none, or where the mirror is of another archive.
    """
    path = folder / POLICY
    kept = parse_policy(read_capped(path, MAX_POLICY)) if path.exists() else None
    if chosen is not None and kept is not None and kept.archive_id != chosen.archive_id:
        raise InputError(f"{folder} mirrors another archive.", remedy="Use a folder of its own for each archive.")
    if chosen is None and kept is None:
        raise InputError(
            "A mirror needs a policy: whose log, whose editors it believes.",
            remedy="Name the publisher's policy file with --policy, from a way that you trust.",
        )
    found = chosen or kept
    assert found is not None
    return found


def read_state(folder: Path) -> State:
    """What the mirror remembers. Raises InputError for a damaged file."""
    path = folder / _STATE
    if not path.exists():
        return _FIRST
    try:
        state = msgspec.json.decode(read_capped(path, _MAX_STATE), type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged.", remedy="Delete it, and name the sources again.") from error
    if state.v != _FIRST.v:
        raise InputError(f"{path} is of an unknown version.", remedy="Update Unsealed.")
    return state


def last_trace(folder: Path) -> Trace | None:
    """The newest trace, or None. Raises VerifyError where it was changed."""
    state = read_state(folder)
    path = folder / "traces" / f"{state.traces:06}"
    return decode_trace(read_capped(path, MAX_TRACE)) if state.traces and path.exists() else None


def held_log(shelf: Shelf, policy: Policy) -> CheckedLog | None:
    """The log of the site that is shown, checked in every byte; None before the first pull."""
    return check_log(FolderSource(shelf.public), policy) if shelf.holds() else None


def _look_at_own(shelf: Shelf, policy: Policy, options: PullOptions) -> tuple[CheckedLog | None, int]:
    """The own log where the own copy is whole, and how much of it was found broken (`rehash` only)."""
    if not options.rehash:
        return (held_log(shelf, policy) if all(map(shelf.has, _held_files(shelf))) else None), 0
    broken = shelf.check_objects()
    try:
        files = _held_files(shelf)
        broken += len(check_files(shelf.public, files, workers=options.workers))
        return (held_log(shelf, policy) if not broken and all(map(shelf.has, files)) else None), broken
    except VerifyError:  # the own heads are damaged: what was held is in the state, and is asked of the sources
        return None, broken + 1


def _held_files(shelf: Shelf) -> tuple[SiteFile, ...]:
    if not shelf.holds():
        return ()
    return decode_manifest(read_file(FolderSource(shelf.public), SITE_MANIFEST, MAX_MANIFEST))


def _readable_files(shelf: Shelf) -> tuple[SiteFile, ...]:
    """The files of the site that is shown, none where its list is damaged."""
    try:
        return _held_files(shelf)
    except (VerifyError, OSError):
        return ()


# --- one pull -----------------------------------------------------------------------------------------


def pull(folder: Path, sources: Sequence[str], chosen: Policy | None, options: PullOptions) -> Pulled:
    """Bring the mirror in `folder` up to date. No sources: those of the pull before.

    Raises InputError (no source, no policy), HistoryError (two histories; the heads are kept in `evidence/`),
    SiteDiffers where a file is to be had right from no source, VerifyError where no source tells the truth, SetupError
    where the disk is too small. Whatever it raises, the site that is shown stays as it was.
    """
    policy = choose_policy(folder, chosen)
    shelf = Shelf(folder)
    with shelf.lock:
        shelf.prepare()
        state = read_state(folder)
        addresses = tuple(dict.fromkeys(sources)) or state.sources
        if not addresses:
            raise InputError("There is nobody to pull from.", remedy="Name a publisher's site or other mirrors.")
        own, broken = _look_at_own(shelf, policy, options)
        asked = _ask(addresses, policy, own, options.workers)
        try:
            found = choose(asked, policy, own)
        except ForkFound as fork:
            _keep_evidence(folder, fork)
            raise
        if found is None and own is None:
            raise _nobody(asked)
        if found is not None:
            _check_remembered(state, found[1].log)
        if chosen is not None or not (folder / POLICY).exists():
            write_durable(folder / POLICY, policy.raw)
        work = _Work(shelf, policy, msgspec.structs.replace(state, sources=addresses), asked, own, options)
        return work.run(found, broken)


def _ask(addresses: Sequence[str], policy: Policy, own: CheckedLog | None, workers: int) -> list[Asked]:
    """Every source once, in their order: each asks for entries only that none before it had."""
    asked = []
    known = [own] if own is not None else []
    for address in addresses:
        try:
            one = Asked(address, open_source(address))
        except InputError as error:
            asked.append(Asked(address, None, "silent", error.message))
            continue
        look(one, policy, known)
        if one.log is not None:
            known.append(one.log)
        asked.append(one)
    return asked


def _check_remembered(state: State, log: CheckedLog) -> None:
    """The new log continues the one that this mirror held, even where its copy is gone. Raises HistoryError."""
    if log.size < state.size:
        message = f"The sources show {log.size} entries of the log; this mirror held {state.size}."
        raise HistoryError(message, rule="rollback", remedy="Name a source that is newer.")
    if state.size and log.root_at(state.size).hex() != state.root:
        message = f"The first {state.size} entries of the log are not those that this mirror held."
        raise HistoryError(message, rule="fork", remedy="Nothing was changed. Compare with other mirrors.")


def _keep_evidence(folder: Path, fork: ForkFound) -> None:
    for head in fork.heads:
        write_durable(folder / "evidence" / f"{hashlib.sha256(head).hexdigest()[:16]}.checkpoint", head)


def _nobody(asked: Sequence[Asked]) -> VerifyError:
    words = "".join(f"\n  {one.address}: {one.why or one.state}" for one in asked)
    refused = any(one.state == "refused" for one in asked)
    return SiteDiffers(
        f"No source shows a whole site that holds.{words}", rule="no-source",
        remedy="Ask the publisher, or others who carry it, for another address." if refused else "Try again later.",
    )  # fmt: skip


class _Work:
    """One pull after the decision."""

    def __init__(
        self,
        shelf: Shelf,
        policy: Policy,
        state: State,
        asked: list[Asked],
        own: CheckedLog | None,
        options: PullOptions,
    ) -> None:
        self.shelf = shelf
        self.policy = policy
        self.state = state
        self.asked = asked
        self.own = own
        self.options = options
        self.done = 0
        self.guard = threading.Lock()

    def run(self, found: tuple[Asked, Heads] | None, broken: int) -> Pulled:
        """Fetch, put together, show, write down, tidy up."""
        aside = dropped = 0
        log = self.own
        if found is not None:
            first, heads = found
            first.state, log = "used", heads.log
            view = self._gather(first, heads)
            # Before the new site is shown: killed in between, nothing that was withdrawn is lost without a word.
            aside = self.shelf.set_aside(_gone(_readable_files(self.shelf), heads.files))
            self.shelf.show(view, f"{log.size:07}-{log.opened.checkpoint.root.hex()[:8]}")
        assert log is not None
        if self.options.drop_withdrawn:
            dropped = self.shelf.drop_withdrawn()
        trace = self._write_trace(log, dropped)
        self.shelf.tidy()
        return Pulled(found is not None, trace, log, aside - min(aside, dropped), dropped, broken)

    # --- fetching -------------------------------------------------------------------------------------

    def _gather(self, first: Asked, heads: Heads) -> Path:
        """Everything that the new site names is stored; gives the folder of the new site."""
        missing = list({file.sha256: file for file in heads.files if not self.shelf.has(file)}.values())
        total = sum(file.length for file in missing)
        _check_room(self.shelf.folder, total)
        with ThreadPoolExecutor(self.options.workers) as pool:
            for _ in pool.map(lambda file: self._fetch(first, file, total), missing):
                pass
        self._check_kept(heads)
        files = {file.path: file.sha256 for file in heads.files}
        made = log_files(heads.log) | {SITE_MANIFEST: encode_manifest(heads.files)}
        files |= {path: self.shelf.put(data) for path, data in made.items()}
        view = self.shelf.build(files)
        if self.options.deep:
            verify_site(FolderSource(view), self.policy)
        return view

    def _check_kept(self, heads: Heads) -> None:
        """Packs that take the place of packs that lie here hold the same documents. Raises SiteDiffers."""
        for placed in heads.history.packages:
            payload = placed.entry.payload
            if isinstance(payload, Amendment) and self.own is not None and placed.index >= self.own.size:
                manifest = decode_package(self.shelf.read(payload.manifest.sha256) or b"")
                for old, file in replacing(manifest).items():
                    before, after = self.shelf.read(old), self.shelf.read(file.sha256) if file.length else b""
                    if before and before.startswith(_PACK) and after is not None:
                        check_kept(before, after, file.sha256)

    def _fetch(self, first: Asked, file: SiteFile, total: int) -> None:
        """One file from the first source that gives it right. Raises SiteDiffers where none does."""
        others = [one for one in self.asked if one is not first]
        last = differs(file.path, "no source has it", rule="missing")
        for one in (first, *others):
            source = one.source
            # Pages of an older state have other bytes without a lie; an object is called after its bytes.
            if source is None or (one.state in ("behind", "halfway") and file.path != object_path(file.sha256)):
                continue
            try:
                with source.open(file.path) as stream:
                    length = self.shelf.take(file, stream)
            except SiteDiffers as error:
                last = error
                self._note(one, error)
                continue
            with self.guard:
                one.files, one.bytes, self.done = one.files + 1, one.bytes + length, self.done + length
                one.state = "used" if one.state == "good" else one.state
                self.options.tell(self.done, total)
            return
        raise SiteDiffers(
            f"{last.message} No source gives this file as it was signed.", rule=last.rule,
            remedy="What came so far is kept. Name another source, and pull again.",
        )  # fmt: skip

    def _note(self, one: Asked, error: SiteDiffers) -> None:
        """A file that is wrong is a lie: nothing more is taken from its source. One that is missing is a gap."""
        with self.guard:
            if error.rule not in ("missing", "unreachable"):
                one.refuse(error.message)
            elif not one.why:
                one.why = error.message

    # --- writing down ---------------------------------------------------------------------------------

    def _write_trace(self, log: CheckedLog, removed: int) -> Trace:
        """The trace first, then the state that counts it: killed in between, its number is used again."""
        lines = tuple(
            SourceLine(
                one.address, one.state, one.why, one.checkpoint.size if one.checkpoint else 0, one.files, one.bytes
            )
            for one in self.asked
        )
        trace = Trace(
            self.state.traces + 1, self.state.newest, self.policy.archive_id.hex(), self.policy.log.name, log.size,
            note.encode_base64(log.opened.checkpoint.root), int(self.options.now()), lines,
            sum(one.files for one in self.asked), sum(one.bytes for one in self.asked), removed,
        )  # fmt: skip
        data = encode_trace(trace, self.options.signer)
        write_durable(self.shelf.folder / "traces" / f"{trace.number:06}", data)
        root = log.opened.checkpoint.root.hex()
        state = msgspec.structs.replace(
            self.state, traces=trace.number, newest=digest_of(data), size=log.size, root=root
        )
        write_durable(self.shelf.folder / _STATE, msgspec.json.encode(state) + b"\n")
        return trace


def _gone(before: Sequence[SiteFile], after: Sequence[SiteFile]) -> list[str]:
    """Objects that the new site no longer names: the publisher withdrew them."""
    kept = {file.sha256 for file in after}
    return [file.sha256 for file in before if file.path.startswith("o/") and file.sha256 not in kept]


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed + _RESERVE > free:
        raise SetupError(
            f"The new files need {needed >> 20} MiB; {free >> 20} MiB are free where {folder} lies.",
            remedy="Make room, or put the mirror on another disk.",
        )


def drop_withdrawn(folder: Path) -> int:
    """Delete what the publisher withdrew and this mirror kept aside. How many objects."""
    shelf = Shelf(folder)
    with shelf.lock:
        return shelf.drop_withdrawn()
