"""One run of a site check: what is expected, what was done, what differs.

Takes a source and its checked heads; gives bytes that are as they were signed, and one error that names the files that
differ. The steps (`check_packages`, `check_documents`, `check`) fill it in; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from unsealed.errors import SiteDiffers
from unsealed.mirror.documents import Problem
from unsealed.mirror.heads import Heads, object_path
from unsealed.mirror.source import Source, read_exact, shown_path
from unsealed.model import PackageFile
from unsealed.seal.site_manifest import SiteFile

SHOWN = 10  # paths that an error names

Progress = Callable[[int, int], None]  # files done, files in all


class Run:
    """What one check knows. `expected` are the files of the site manifest by path, `done` those that were read."""

    def __init__(self, source: Source, heads: Heads, workers: int, progress: Progress | None) -> None:
        self.source = source
        self.heads = heads
        self.workers = workers
        self.expected = {file.path: file for file in heads.files}
        self.done: set[str] = set()
        self.problems: list[Problem] = []
        self._progress = progress

    def problem(self, path: str, message: str, rule: str) -> None:
        """Something differs; the run goes on to the end of its step."""
        self.problems.append(Problem(path, message, rule))

    def stop(self) -> None:
        """Raise SiteDiffers where something differs: one error that names the files."""
        if not self.problems:
            return
        unique = sorted(set(self.problems))
        first, *more = unique[:SHOWN]
        message = _sentence(first)
        if more:
            message += "".join(f"\n  also: {_sentence(problem)}" for problem in more)
        if len(unique) > SHOWN:
            message += f"\n  and {len(unique) - SHOWN} more"
        remedy = "Do not trust this copy; get the site from another mirror, and tell its keeper."
        raise SiteDiffers(message, rule=first.rule, remedy=remedy)

    def tell(self) -> None:
        """Say how far the check is."""
        if self._progress:
            self._progress(len(self.done), len(self.expected))

    def must_list(self, path: str, length: int, sha256_hex: str) -> None:
        """A file that a release names is one of the site manifest."""
        if self.expected.get(path) != SiteFile(path, length, sha256_hex):
            self.problem(path, "is named by a release, but not by the site manifest", "missing")

    def read(self, file: PackageFile) -> bytes:
        """A file of a package, as its manifest names it. Raises SiteDiffers."""
        path = object_path(file.sha256)
        data = read_exact(self.source, path, file.length, file.sha256)
        self.done.add(path)
        return data


def _sentence(problem: Problem) -> str:
    """One line, whatever the site calls its files."""
    path = shown_path(problem.path)
    message = problem.message.removeprefix(f"{path}: ").rstrip(".")
    return f"{path}: {message}."
