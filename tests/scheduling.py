"""Which tests one process of a parallel run does together, in order.

pytest-xdist takes groups from marks by changing the ids of tests, which pytest 9.2 no longer lets it do: what a module
makes once was then made by every process. Here the module says it, by its file.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# Modules that make something costly for all of their tests, or that kill, and time what they kill, in peace.
GROUPS = {
    "tests/archive/test_contract.py": "postgresql",
    "tests/ingest/test_expect.py": "expect",
    "tests/release/test_drills.py": "drills",
    "tests/release/test_guards.py": "guards",
    "tests/release/test_howtos.py": "howtos",
    "tests/release/test_pictures.py": "pictures",
    "tests/release/test_witnessing.py": "witnessing",
    "tests/search/test_index.py": "index",
    "tests/site/test_browser.py": "browser",
    "tests/test_flips.py": "whole-job",
    "tests/test_kills.py": "kills",
    "tests/test_kills_mirror.py": "kills",
    "tests/test_postgresql.py": "postgresql",
}


class Grouped(LoadScopeScheduling):  # type: ignore[misc]  # xdist's own types end here
    """Each test for itself, as a process becomes free; a group is for one process."""

    def _split_scope(self, nodeid: str) -> str:
        return GROUPS.get(nodeid.partition("::")[0], nodeid)
