"""The last look: every byte of a package and of the site, searched for every withheld string of the archive.

`release.leaks` searches the words of public documents, before they are packed. This file searches what they became,
and everything that lies beside them: files as they lie on the disk, unpacked, with their names (`release.readable`).
It shares nothing with the code that made them but the list of what is withheld, so a fault there is found here.

What a hit means:

* in a package: the string was seen in a document and judged there (`release.leaks.judge`), or it is a leak;
* on the site: it stands in a document or in the words of a release that is public, or it is a leak. What is public
  already cannot be unsaid by refusing pages; consistency with it is `review`'s to ask for;
* single words of the program's own pages, of its scripts, and of a new archive's settings stand in every file
  (`House`, `Page`). They give nobody away there, and documents were searched for them one by one.

Files in which nothing stands are remembered by their hash in `cache/swept`, as long as the same strings are withheld:
a new release costs what is new. The cache holds no word and may be deleted.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded
from unsealed.files import read_capped, write_durable
from unsealed.model import Manifest
from unsealed.release.keyring import read_policy
from unsealed.release.leaks import is_own
from unsealed.release.objects import package_path, read_files, read_manifest
from unsealed.release.readable import MOST, readables
from unsealed.review.leaks import Allowed, Hit, LeakCheck
from unsealed.seal.site_manifest import SiteFile, decode_manifest
from unsealed.site import house_files

_CACHE = "swept"
_CHUNK = 64  # files of one task
_ALONE = 512  # up to this many files, no second process is started
_SAVE = 20_000  # files after which what is clean is stored
_NAMED = 5  # files that a message names
_HASHES = "commitments/"  # of a package: 32 bytes a slot, compared with the seal; any number stands in them by chance


class StrayLeaks(HumanNeeded):
    """Withheld strings stand in files where no public document shows them. `hits` may be shown to the editors."""

    def __init__(self, what: str, hits: Sequence[Hit]) -> None:
        files = list(dict.fromkeys(hit.place.partition(",")[0] for hit in hits))
        named = ", ".join(files[:_NAMED]) + (" ..." if len(files) > _NAMED else "")
        super().__init__(
            f"{what} is refused: withheld strings stand in {len(files)} files beside the documents: {named}.",
            remedy="Nothing was published. This must never happen: keep the files, and report a fault of Unsealed.",
        )
        self.hits = tuple(hits)


class House(NamedTuple):
    """The words that the program puts on every page: the single words among them that are withheld."""

    words: frozenset[str]

    def excuses(self, hit: Hit) -> bool:
        """Whether the words of a hit are the house's own."""
        return hit.string in self.words


def house_of(check: LeakCheck, texts: Iterable[str]) -> House:
    """What of the house's own texts is withheld as a single word. Strings of two words or more are never excused."""
    found = {hit.string for text in texts for hit in check.hits("the house", text)}
    return House(frozenset(string for string in found if " " not in string))


def house_texts(archive: Archive) -> Iterator[str]:
    """The texts of pages without documents, of scripts and styles, and of the settings of every new archive.

    Not the archive's own settings: one person can change them, and they stand on every page.
    """
    for path, data in house_files():
        yield from (text for _, text in readables(path, data))
    yield read_policy(archive).raw.decode("utf-8", "replace")
    settings = archive.settings
    texts = (settings.release.licence, *(f"{reason.code}\n{reason.text}" for reason in settings.review.reasons))
    yield from filter(is_own, texts)


def sweep_file(check: LeakCheck, path: str, data: bytes) -> list[Hit]:
    """Every withheld string in one file, each once, with the place where it stands."""
    found: dict[tuple[str, str], Hit] = {}
    for where, text in readables(path, data):
        place = f"{path}, {where}" if where else path
        for hit in check.hits(place, text):
            found.setdefault((hit.string, hit.kind), hit)
    return list(found.values())


# --- a package ---------------------------------------------------------------------------------------------


def sweep_package(
    archive: Archive, check: LeakCheck, number: int, files: Iterable[tuple[str, bytes]], judged: Collection[Hit]
) -> None:
    """Search the files of a package that is about to be finished. Raises StrayLeaks.

    `judged` are the hits in its documents and words: they were allowed by two editors, or the package was refused.
    """
    known = {hit.string for hit in judged}
    house = house_of(check, house_texts(archive))
    stray = [
        hit
        for path, data in files
        if not path.startswith(_HASHES)
        for hit in sweep_file(check, path, data)
        if hit.string not in known and not house.excuses(hit)
    ]
    if stray:
        raise StrayLeaks(f"Release {number}", stray)


# --- the site ----------------------------------------------------------------------------------------------


class _Task(NamedTuple):
    public: Path
    files: tuple[SiteFile, ...]


def sweep_site(
    archive: Archive,
    check: LeakCheck,
    allowed: Allowed,
    site_manifest: bytes,
    packages: Sequence[int],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Search every file of `public/` that the manifest of the pages names. Raises StrayLeaks.

    `packages` are the numbers of the published packages. `tell` hears (files done, all).
    """
    house = house_of(check, house_texts(archive))
    clean = _Clean(archive, check)
    hashes = _hash_files(archive, packages)
    listed = decode_manifest(site_manifest)
    files = [file for file in listed if file.sha256 not in clean and file.sha256 not in hashes]
    # The bytes of a file may be known, and lie under a new name.
    hits = [hit for file in listed for hit in check.hits(f"{file.path}, its name", file.path)]
    done = 0
    for task, found in _searched(check, archive.path / "public", files, archive.settings.release.workers):
        hits += found
        clean.add(task.files, found)
        done += len(task.files)
        tell(done, len(files))
    clean.save()
    left = [hit for hit in hits if not house.excuses(hit) and not allowed.covers(hit)]
    if left:
        known = public_strings(archive, check, packages)
        left = [hit for hit in left if hit.string not in known]
    if left:
        raise StrayLeaks("The site", left)


def _hash_files(archive: Archive, packages: Iterable[int]) -> frozenset[str]:
    """The objects that hold commitments: hashes that are compared with the seal elsewhere."""
    manifests = [read_manifest(archive, number)[0] for number in packages]
    return frozenset(file.sha256 for manifest in manifests for file in manifest.files if file.path.startswith(_HASHES))


def public_strings(archive: Archive, check: LeakCheck, packages: Iterable[int]) -> frozenset[str]:
    """The withheld strings that published documents and the words of their releases show."""
    found: set[str] = set()
    for number in packages:
        if not package_path(archive, number).is_dir():
            continue
        manifest, _ = read_manifest(archive, number)
        found |= {hit.string for hit in check.hits("", _words_of(manifest))}
        for file, data in read_files(archive, number, manifest):
            if file.path.startswith("packs/"):
                found |= {hit.string for hit in sweep_file(check, file.path, data)}
    return frozenset(found)


def _words_of(manifest: Manifest) -> str:
    return f"{manifest.name}\n{manifest.title}\n{manifest.story}\n{manifest.licence}"


def _searched(
    check: LeakCheck, public: Path, files: Sequence[SiteFile], workers: int
) -> Iterator[tuple[_Task, list[Hit]]]:
    """Each task with its hits, in order, here or in `workers` processes."""
    tasks = [_Task(public, tuple(files[at : at + _CHUNK])) for at in range(0, len(files), _CHUNK)]
    if len(files) <= _ALONE or workers < 2:
        for task in tasks:
            yield task, _search(check, task)
        return
    # fork: the withheld strings reach the workers in memory, not through a file.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, context, _start_worker, (check,)) as pool:
        running: deque[tuple[_Task, Future[list[Hit]]]] = deque()
        for task in tasks:
            running.append((task, pool.submit(_search_in_worker, task)))
            if len(running) > 2 * workers:
                first, result = running.popleft()
                yield first, result.result()
        while running:
            first, result = running.popleft()
            yield first, result.result()


_checks: list[LeakCheck] = []  # of a worker process: what `_start_worker` was given


def _start_worker(check: LeakCheck) -> None:
    _checks.append(check)


def _search_in_worker(task: _Task) -> list[Hit]:
    return _search(_checks[0], task)


def _search(check: LeakCheck, task: _Task) -> list[Hit]:
    found = []
    for file in task.files:
        found += sweep_file(check, file.path, read_capped(task.public / file.path, min(file.length, MOST)))
    return found


class _Clean:
    """Hashes of files in which nothing was found, as long as the same strings are withheld."""

    def __init__(self, archive: Archive, check: LeakCheck) -> None:
        self._path = archive.path / "cache" / _CACHE
        self._head = check.digest().hex()
        self._known: set[str] = set()
        self._new = 0
        lines = self._path.read_text("ascii", "replace").split() if self._path.exists() else []
        if lines[:1] == [self._head]:
            self._known.update(lines[1:])

    def __contains__(self, digest: str) -> bool:
        return digest in self._known

    def add(self, files: Iterable[SiteFile], hits: Iterable[Hit]) -> None:
        """Remember the files of a task that no hit names. The name of a file is a part of what was searched."""
        dirty = {hit.place.partition(", ")[0] for hit in hits}
        new = [file.sha256 for file in files if file.path not in dirty]
        self._known.update(new)
        self._new += len(new)
        if self._new >= _SAVE:
            self.save()

    def save(self) -> None:
        """Store what is known."""
        write_durable(self._path, ("\n".join([self._head, *sorted(self._known)]) + "\n").encode())
        self._new = 0
