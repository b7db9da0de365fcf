"""Check packs and proof files here, or in worker processes when there is enough to do.

Takes a source and the policies that the reader trusts; gives the answers of `documents`, in the order of the tasks.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple, Self, TypeVar

from unsealed.mirror import documents
from unsealed.mirror.documents import PackAnswer, ProofAnswer, Release
from unsealed.mirror.source import Source
from unsealed.model import PackageFile
from unsealed.seal.policy import Policies
from unsealed.seal.site_manifest import SiteFile

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


class _Context(NamedTuple):
    source: Source
    policies: Policies


_context: list[_Context] = []  # of this process: one copy of the policies, so that checked entries are remembered


def _start(context: _Context) -> None:
    _context[:] = [context]


def run_pack(task: tuple[Release, PackageFile]) -> PackAnswer:
    """`documents.check_pack` with the source and policies of this process."""
    return documents.check_pack(_context[0].source, _context[0].policies, *task)


def run_proofs(task: Sequence[SiteFile]) -> ProofAnswer:
    """`documents.check_proof_files` with the source of this process."""
    return documents.check_proof_files(_context[0].source, task)


class Pool:
    """Tasks here, or in worker processes when there is enough to do."""

    def __init__(self, workers: int, source: Source, policies: Policies) -> None:
        self._executor: ProcessPoolExecutor | None = None
        context = _Context(source, policies)
        if workers > 1:
            spawn = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(workers, mp_context=spawn, initializer=_start, initargs=(context,))
        _start(context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._executor:
            self._executor.shutdown(cancel_futures=True)
        _context.clear()

    def map(self, function: Callable[[_Item], _Answer], tasks: Sequence[_Item]) -> Iterator[_Answer]:
        """The answers in the order of the tasks."""
        return self._executor.map(function, tasks) if self._executor else map(function, tasks)
