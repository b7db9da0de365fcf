"""Check the mutable part of a site, `heads/`: checkpoint, every tile, every entry, policy, site manifest.

Takes a source and the policy that the reader trusts; gives the history of the log and the files of the site. Every
file is compared byte for byte with what the log's entries make of it, so that no byte can be another one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unsealed.errors import InputError, SiteDiffers, VerifyError
from unsealed.mirror.source import Source, differs, read_capped, read_exact
from unsealed.seal import entries, note
from unsealed.seal.checkpoint import Opened, open_checkpoint
from unsealed.seal.entries import History, KeysEntry, SiteEntry
from unsealed.seal.merkle import leaf_hash, root
from unsealed.seal.policy import MAX_POLICY, Policies, Policy, check_checkpoint, parse_policy
from unsealed.seal.site_manifest import SiteFile, decode_manifest
from unsealed.seal.tiles import (
    ENTRIES,
    HASH,
    MAX_BUNDLE,
    WIDTH,
    TileFile,
    decode_bundle,
    encode_bundle,
    expected_files,
    tile_path,
)

LOG = "heads/log/"
CHECKPOINT = "heads/log/checkpoint"
POLICY = "heads/policy"
SITE_MANIFEST = "heads/site.manifest"
MAX_LOG = 1 << 20  # entries; a publisher's log has a few a release
MAX_ENTRIES = 256 << 20  # bytes of all entries together: they are held in memory
# Rules that speak of whose word it is. They keep their own family of error, so that a stranger's site is
# "not sealed" rather than "a changed file".
_TRUST = frozenset({"log-key", "origin", "threshold", "key-unknown", "policy", "archive", "quorum"})


class CheckedLog(NamedTuple):
    """What the log below `heads/log` says, every byte checked. `leaves` are the leaf hashes of all entries, `raw` the
    entries themselves.
    """

    opened: Opened
    checkpoint: bytes
    history: History
    leaves: tuple[bytes, ...]
    raw: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.opened.checkpoint.size

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        return root(self.leaves[:size])


class Heads(NamedTuple):
    """What `heads/` says, checked: the log with its policies, and the files that the newest site entry covers."""

    log: CheckedLog
    site: SiteEntry
    files: tuple[SiteFile, ...]

    @property
    def opened(self) -> Opened:
        """The newest head with its cosignatures."""
        return self.log.opened

    @property
    def checkpoint(self) -> bytes:
        """The exact bytes of the newest head."""
        return self.log.checkpoint

    @property
    def history(self) -> History:
        """Every entry, checked."""
        return self.log.history

    @property
    def leaves(self) -> tuple[bytes, ...]:
        """The leaf hash of every entry."""
        return self.log.leaves

    @property
    def paths(self) -> set[str]:
        """Every path that `heads/` must hold, and no other."""
        tiles = {LOG + file.path for file in expected_files(self.opened.checkpoint.size)}
        return tiles | {CHECKPOINT, POLICY, SITE_MANIFEST}


@contextlib.contextmanager
def naming(path: str) -> Iterator[None]:
    """Errors of the seal inside name this file."""
    try:
        yield
    except SiteDiffers:
        raise
    except VerifyError as error:
        if error.rule in _TRUST:
            raise VerifyError(f"{path}: {error.message}", rule=error.rule, remedy=error.remedy) from error
        raise SiteDiffers(f"{path}: {error.message}", rule=error.rule, remedy=error.remedy) from error


def own_policy(source: Source) -> Policy:
    """The policy that the site itself offers. Good for a look at its consistency, never for trust."""
    try:
        return parse_policy(read_capped(source, POLICY, MAX_POLICY))
    except InputError as error:
        raise differs(POLICY, error.message.rstrip("."), rule="policy-form") from error


def check_log(source: Source, trusted: Policy) -> CheckedLog:
    """Check the log, whether or not its newest release has pages yet. Raises SiteDiffers or VerifyError that names
    the file.
    """
    checkpoint = read_capped(source, CHECKPOINT, note.MAX_NOTE)
    with naming(CHECKPOINT):
        # The log's own key does not change with the policy: its signature first, so that a size is its word.
        size = open_checkpoint(checkpoint, trusted.log).checkpoint.size
        if not 0 < size <= MAX_LOG:
            raise VerifyError(f"A log of {size} entries cannot be checked.", rule="checkpoint-form")
    raw, leaves = _read_log(source, size, checkpoint, trusted)
    with naming(f"{LOG}tile/entries"):
        history = entries.replay(raw, trusted, _earlier_policies(source, raw, trusted))
    with naming(CHECKPOINT):
        opened = _strict_checkpoint(checkpoint, history.policies)
    newest = history.policies.newest
    if read_capped(source, POLICY, MAX_POLICY) != newest.raw:
        raise differs(POLICY, f"is not policy {newest.number}, the newest that the log names", rule="changed")
    return CheckedLog(opened, checkpoint, history, tuple(leaves), tuple(raw))


def check_heads(source: Source, trusted: Policy) -> Heads:
    """Check everything below `heads/`. Raises SiteDiffers or VerifyError that names the file.

    Rule `site-missing`: the newest release has no pages yet; the publisher is between two steps.
    """
    log = check_log(source, trusted)
    site, files = read_site(source, log.history)
    return Heads(log, site, files)


def fetch_log(source: Source, trusted: Policy, head: bytes, known: Sequence[CheckedLog] = ()) -> CheckedLog:
    """The log behind a head, without reading anything that can be computed: only entries that no `known` log has.

    As strict as `check_log` about what it gives; the tiles of the source itself are not looked at: `log_files` makes
    them anew. Raises SiteDiffers or VerifyError that names the file.
    """
    with naming(CHECKPOINT):
        checkpoint = open_checkpoint(head, trusted.log).checkpoint
        if not 0 < checkpoint.size <= MAX_LOG:
            raise VerifyError(f"A log of {checkpoint.size} entries cannot be checked.", rule="checkpoint-form")
    for log in known:
        if log.size >= checkpoint.size and log.root_at(checkpoint.size) == checkpoint.root:
            return _part_of(log, head, checkpoint.size, trusted)
    raw = _fetch_entries(source, checkpoint.size, max(known, key=lambda log: log.size, default=None))
    if root([leaf_hash(entry) for entry in raw]) != checkpoint.root:
        raw = _fetch_entries(source, checkpoint.size, None)
    leaves = tuple(leaf_hash(entry) for entry in raw)
    if root(leaves) != checkpoint.root:
        raise differs(f"{LOG}tile/entries", "the entries do not make the root that the log signed", rule="changed")
    with naming(f"{LOG}tile/entries"):
        history = entries.replay(raw, trusted, _earlier_policies(source, raw, trusted))
    with naming(CHECKPOINT):
        return CheckedLog(_strict_checkpoint(head, history.policies), head, history, leaves, tuple(raw))


def _part_of(log: CheckedLog, head: bytes, size: int, trusted: Policy) -> CheckedLog:
    """The first `size` entries of a log that was checked, under another head."""
    texts = {policy.sha256: policy.raw for policy in log.history.policies.all}
    history = log.history if size == log.size else entries.replay(log.raw[:size], trusted, texts)
    with naming(CHECKPOINT):
        return CheckedLog(_strict_checkpoint(head, history.policies), head, history, log.leaves[:size], log.raw[:size])


def _fetch_entries(source: Source, size: int, known: CheckedLog | None) -> list[bytes]:
    """Every entry: full bundles that `known` has from there, the others from the source, capped."""
    raw: list[bytes] = []
    left = MAX_ENTRIES
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        if known is not None and known.size >= first + width:
            raw += known.raw[first : first + width]
            continue
        path = LOG + tile_path(ENTRIES, first // WIDTH, width)
        data = read_capped(source, path, min(MAX_BUNDLE, left))
        left -= len(data)
        with naming(path):
            raw += decode_bundle(data, width)
    return raw


def log_files(log: CheckedLog) -> dict[str, bytes]:
    """Every file below `heads/` but the site manifest, as the entries make them."""
    levels: list[Sequence[bytes]] = [log.leaves]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([root(below[at : at + WIDTH]) for at in range(0, len(below) - WIDTH + 1, WIDTH)])
    files = {LOG + file.path: _expected(file, log.raw, levels) for file in expected_files(log.size)}
    return files | {CHECKPOINT: log.checkpoint, POLICY: log.history.policies.newest.raw}


def _strict_checkpoint(checkpoint: bytes, policies: Policies) -> Opened:
    """Signed, cosigned by the quorum, and nothing in it that no known key wrote."""
    opened = check_checkpoint(checkpoint, policies)
    known = [policies.newest.log, *(witness.key for policy in policies.all for witness in policy.witnesses)]
    if note.unknown_lines(opened.note, known) or opened.checkpoint.extensions:
        raise VerifyError("It has a line that no known key wrote.", rule="checkpoint-line")
    return opened


# --- the tiles ----------------------------------------------------------------------------------------


def _read_log(source: Source, size: int, checkpoint: bytes, trusted: Policy) -> tuple[list[bytes], list[bytes]]:
    """Every entry and every leaf hash; every file of the log compared with what they make of it."""
    wanted = open_checkpoint(checkpoint, trusted.log).checkpoint.root
    tiles: list[bytes] = []
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        data = read_capped(source, LOG + tile_path(0, first // WIDTH, width), WIDTH * HASH)
        tiles += [data[at : at + HASH] for at in range(0, len(data), HASH)]
    raw: list[bytes] = []
    left = MAX_ENTRIES
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        path = LOG + tile_path(ENTRIES, first // WIDTH, width)
        data = read_capped(source, path, MAX_BUNDLE)
        left -= len(data)
        if left < 0:
            message = f"the entries of this log are longer than {MAX_ENTRIES >> 20} MiB together, which no check holds"
            raise differs(path, message, rule="too-long")
        with naming(path):
            raw += decode_bundle(data, width)
    leaves = [leaf_hash(entry) for entry in raw]
    if root(leaves) != wanted:
        _blame(tiles, leaves, wanted, size)
    _check_files(source, size, raw, leaves)
    return raw, leaves


def _blame(tiles: Sequence[bytes], leaves: Sequence[bytes], wanted: bytes, size: int) -> None:
    """The entries do not make the signed root. Name the bundle where the leaf tiles do; always raises."""
    if len(tiles) == size and root(tiles) == wanted:
        index = [tile == leaf for tile, leaf in zip(tiles, leaves, strict=True)].index(False)
        width = min(WIDTH, size - index // WIDTH * WIDTH)
        path = LOG + tile_path(ENTRIES, index // WIDTH, width)
        raise differs(path, f"log entry {index} was changed", rule="changed")
    raise differs(f"{LOG}tile", "neither entries nor tiles make the root that the log signed", rule="changed")


def _check_files(source: Source, size: int, raw: Sequence[bytes], leaves: Sequence[bytes]) -> None:
    levels: list[list[bytes]] = [list(leaves)]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([root(below[at : at + WIDTH]) for at in range(0, len(below) - WIDTH + 1, WIDTH)])
    for file in expected_files(size):
        expected = _expected(file, raw, levels)
        if read_capped(source, LOG + file.path, len(expected)) != expected:
            raise differs(LOG + file.path, "is not what the entries of the log make of it", rule="changed")


def _expected(file: TileFile, raw: Sequence[bytes], levels: Sequence[Sequence[bytes]]) -> bytes:
    first = file.tile * WIDTH
    if file.level == ENTRIES:
        return encode_bundle(raw[first : first + file.width])
    return b"".join(levels[file.level][first : first + file.width])


# --- policies and site --------------------------------------------------------------------------------


def _earlier_policies(source: Source, raw: Sequence[bytes], trusted: Policy) -> dict[str, bytes]:
    """The files of policies older than the trusted one: objects under the hash that the newer policy vouches for."""
    texts: dict[str, bytes] = {}
    for untrusted in raw:
        payload = entries.parse_entry(untrusted).payload
        if isinstance(payload, KeysEntry) and payload.number <= trusted.number:
            texts[payload.policy] = read_capped(source, object_path(payload.policy), MAX_POLICY)
    return texts


def object_path(sha256_hex: str) -> str:
    """Where an immutable object stands."""
    return f"o/{sha256_hex[:2]}/{sha256_hex}"


def read_site(source: Source, history: History) -> tuple[SiteEntry, tuple[SiteFile, ...]]:
    """The newest site entry, and the files that it covers. Raises SiteDiffers; `site-missing` as in `check_heads`."""
    found = history.of_kind(SiteEntry)
    site = found[-1].entry.payload if found else None
    if not isinstance(site, SiteEntry) or site.release != len(history.packages) - 1:
        raise differs(f"{LOG}tile/entries", "the newest release has no signed site yet", rule="site-missing")
    data = read_exact(source, SITE_MANIFEST, site.manifest.length, site.manifest.sha256)
    with naming(SITE_MANIFEST):
        return site, decode_manifest(data)
