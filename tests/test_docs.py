"""The docs tell the truth: every command, setting and exit code is there, links lead somewhere, the README runs."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from unsealed import errors

DOCS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "sample").glob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def test_reference_is_up_to_date() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_reference.py"), "--check"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_every_exit_code_is_documented() -> None:
    table = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d+) \| ([^|]*) \|", table, re.MULTILINE))
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.UnsealedError):
            assert name in rows[str(kind.exit_code)], f"{name} ({kind.exit_code}) is not in docs/exit-codes.md"
    assert str(errors.EXIT_KEYS_NOT_CHECKED) in rows


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for match in LINK.finditer(text):
        target = (match.group(1) or match.group(2)).partition("#")[0]
        if target and not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
            broken.append(target)
    assert broken == []


def readme_commands() -> list[str]:
    """The lines of the README's blocks marked `sh run`: they are run in one shell, in order."""
    blocks = re.findall(r"```sh run\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


@pytest.mark.slow
def test_readme_commands_run(tmp_path: Path) -> None:
    lines = readme_commands()
    assert lines, "the README shows no commands that are run"
    script = "set -eu\n" + "\n".join(lines)
    scripts = Path(sys.executable).parent
    environment = {
        "PATH": f"{scripts}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "UNSEALED_PASSPHRASE": "only a test",
        "SAMPLE": str(ROOT / "sample"),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"{shlex.join(['bash'])}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"
