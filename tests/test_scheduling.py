"""Groups name files that exist, by the ids that pytest gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scheduling import GROUPS


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_names_a_file(name: str, root: Path) -> None:
    assert (root / name).is_file()


def test_ids_begin_with_the_file(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.partition("::")[0] == "tests/test_scheduling.py"
