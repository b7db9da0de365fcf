"""The count of libpst's tools: their words are read, and a machine without them says so."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.conftest import SHARED
from unsealed.ingest import libpst
from unsealed.ingest.extract import End
from unsealed.sandbox.limits import Failure, SandboxError
from unsealed.sandbox.tools import ToolResult

REPORT = b"""Opening PST file and indexes...
Processing Folder "Inbox"
Processing Folder "People"
\t"People" - 1 items done, 1 items skipped.
\t"Inbox" - 3 items done, 0 items skipped.
\t"Personal Folders" - 1 items done, 0 items skipped.
"""


def test_folders_are_not_counted_as_messages() -> None:
    assert libpst.written(ToolResult(0, REPORT, b"", {})) == 4
    assert libpst.written(ToolResult(1, REPORT, b"", {})) == -1


def test_each_line_of_a_list_is_a_message() -> None:
    output = b'Folder "Inbox"\nEmail\tFrom: a\tSubject: b\nContact\tx\nAppointment\ty\n'
    assert libpst.listed(ToolResult(0, output, b"", {})) == 3


def test_without_the_tools_there_is_no_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> ToolResult:
        raise SandboxError(Failure.MISSING)

    monkeypatch.setattr(libpst, "run_tool", missing)
    assert libpst.count(0, 10) == -1


def test_the_count_stands_beside_the_others_and_only_at_a_pst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpst, "count", lambda *_: 7)
    end = End(8, 8, ("M-PST-INDEX",))
    assert libpst.compared(end, "pst", 0, 1).warnings == ("M-PST-INDEX", "libpst:7")
    assert libpst.compared(end, "zip", 0, 1) == end
    monkeypatch.setattr(libpst, "count", lambda *_: -1)
    assert libpst.compared(end, "pst", 0, 1) == end


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
@pytest.mark.skipif(shutil.which("readpst") is None, reason="pst-utils is not installed")
def test_a_real_store() -> None:
    path = SHARED / "mail/pst/dist-list.pst"
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert libpst.count(descriptor, path.stat().st_size) == 3  # below the top folder: not FreeBusy, nothing hidden
    finally:
        os.close(descriptor)
