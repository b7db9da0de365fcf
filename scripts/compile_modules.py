"""Compile the modules that ingest spends its time in, with mypyc.

    python scripts/compile_modules.py [--if-possible]

The machine code goes beside the installed packages of this Python, never into `src`, with a copy of the sources that
it was made of: `unsealed.compiled` uses it only while those are unchanged. Needs a C compiler and Python's headers
(Debian: gcc, python3-dev); with --if-possible it says so and ends well where they are missing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from unsealed import compiled

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
GROUP = "unsealed_compiled"

# What a telegram passes on its way from the container to the catalogue and the index. Not among them: modules with
# structs of msgspec (it would not see their types), and what is run with `-m`. Whose base is compiled is compiled, too.
# In these modules: a tuple has no identity; bytes are cut with start <= end (it would be an error here, not nothing);
# a generator that holds a file is closed, not dropped; `str.lower` of Greek knows no final sigma.
_ROOMS = {
    "archive": "blobs growth preparing",
    "ingest": "coverage decode dialogue entries looking pool splitters stations tree unpack words writing",
    "ingest.readers": "build dates lines rows strip tally",
    "ingest.readers.cable": "body draft entries grammar head page refs row tags",
    "ingest.readers.declassified": "clean",
    "ingest.readers.office": "folio",
    "query": "dates words",
    "sandbox": "frames process",
    "search": "facets schema",
}
NAMES = [f"unsealed.{room}.{name}" for room, names in _ROOMS.items() for name in names.split()]


def missing() -> str:
    """What has to be installed before anything can be compiled; empty where nothing is missing."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    wanted = []
    if shutil.which(compiler) is None:
        wanted.append(f"a C compiler ({compiler}; Debian: gcc, libc6-dev)")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        wanted.append("the headers of this Python (Debian: python3-dev)")
    return " and ".join(wanted)


def path_of(name: str) -> Path:
    """The source of a module."""
    return SOURCE.joinpath(*name.split(".")).with_suffix(".py")


def build(folder: Path) -> None:
    """Compile into `folder`, in a process of its own: the tools write to the terminal, and change the environment."""
    program = (
        "import sys\n"
        "from mypyc.build import mypycify\n"
        "from setuptools import setup\n"
        "options = ['--python-version=3.11', '--config-file=', '--explicit-package-bases']\n"
        f"modules = mypycify([*options, *sys.argv[2:]], opt_level='2', debug_level='0', group_name={GROUP!r})\n"
        "setup(name='unsealed', packages=[], ext_modules=modules,\n"
        "      script_args=['--quiet', 'build_ext', '--parallel', '2', '--build-lib', sys.argv[1]])\n"
    )
    with tempfile.TemporaryDirectory(prefix="unsealed-compile-") as work:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program, str(folder), *(str(path_of(name)) for name in NAMES)],
            check=False, cwd=work, env=os.environ | {"MYPYPATH": str(SOURCE), compiled.PURE: "1"},
            capture_output=True, text=True,
        )  # fmt: skip
    if done.returncode:
        sys.exit(f"The modules could not be compiled.\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def describe(folder: Path) -> None:
    """Write down which modules there are, and the sources that they were made of."""
    suffix = EXTENSION_SUFFIXES[0]
    names = [f"{GROUP}__mypyc", *NAMES]
    lines = [f"{name} {name.replace('.', '/')}{suffix}\n" for name in names]
    for line in lines:
        assert (folder / line.split()[1]).is_file(), line
    (folder / compiled.SOURCES).write_bytes(b"".join(path_of(name).read_bytes() for name in NAMES))
    (folder / compiled.MODULES).write_text("".join(lines))


def main() -> None:
    """Compile, unless what is there was made of these sources."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--if-possible", action="store_true", help="end well where no compiler is installed")
    parser.add_argument("--to", type=Path, default=Path(sysconfig.get_path("platlib")) / compiled.FOLDER)
    options = parser.parse_args()
    target: Path = options.to
    if set(compiled.usable(str(target))) == {f"{GROUP}__mypyc", *NAMES}:
        return
    if lacking := missing():
        print(f"Not compiled: {lacking} missing. Everything works; ingest needs about a tenth more processor time.")
        sys.exit(0 if options.if_possible else 1)
    began = time.monotonic()
    print(f"Compiling {len(NAMES)} modules, which takes about a minute ...", flush=True)
    fresh = target.with_name(f".{target.name}-{os.getpid()}")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, fresh, ignore_errors=True)
        build(fresh)
        describe(fresh)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    print(f"Compiled in {time.monotonic() - began:.0f} s, into {target.name} beside the installed packages.")


if __name__ == "__main__":
    main()
