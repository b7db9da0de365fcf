"""Bad redactions: which files are told, ours and a peer's (x-ray of the Free Law Project) beside it, in one run.

    python bench/bench_hidden.py [--peer PATH/TO/xray]

`own`: the files that `tests/review/bad_redactions.py` makes, one for each way. `made` and `real`: where the folder of
real documents stands beside the project. The peer is a program of its own, in an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.review.bad_redactions import BAD, GOOD, bad_redaction  # noqa: E402
from tests.review.test_hidden import CONTROL, XRAY_BAD  # noqa: E402

from unsealed.ingest.readers.pdf.document import read  # noqa: E402
from unsealed.review.hidden import hidden_of  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"
Told = Callable[[Path], bool]


def ours(path: Path) -> bool:
    """Whether our reader tells of hidden words."""
    reading = read(path.read_bytes(), b"").reading
    return reading is not None and bool(hidden_of(1, reading))


def peer(program: str) -> Told:
    """Whether the peer finds a bad redaction in a file."""

    def told(path: Path) -> bool:
        done = subprocess.run([program, str(path)], capture_output=True, check=False, timeout=120)
        return done.returncode == 0 and bool(json.loads(done.stdout or b"{}"))

    return told


def sets(folder: Path) -> dict[str, list[tuple[Path, bool]]]:
    """Files by set, each with whether it is bad."""
    found: dict[str, list[tuple[Path, bool]]] = {"own": []}
    for number, way in enumerate((*BAD, *GOOD)):
        path = folder / f"{number:02}.pdf"
        path.write_bytes(bad_redaction(way))
        found["own"].append((path, way in BAD))
    made, real = SHARED / "made" / "redaction", SHARED / "redaction" / "x-ray"
    if SHARED.is_dir():
        found["made"] = [(path, path.name != CONTROL) for path in sorted(made.glob("*.pdf"))]
        found["real"] = [(path, path.name in XRAY_BAD) for path in sorted(real.glob("*.pdf"))]
    return found


def main() -> None:
    """Print a line for each set and program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default="", help="the program `xray`")
    asked = parser.parse_args()
    programs: dict[str, Told] = {"unsealed": ours} | ({"x-ray": peer(asked.peer)} if asked.peer else {})
    with tempfile.TemporaryDirectory() as folder:
        for name, files in sets(Path(folder)).items():
            for program, told in programs.items():
                began = time.perf_counter()
                said = [(told(path), bad) for path, bad in files]
                spent = time.perf_counter() - began
                found, bad = sum(one and wanted for one, wanted in said), sum(wanted for _, wanted in said)
                alarms = sum(one and not wanted for one, wanted in said)
                rest = f"{alarms} of {len(said) - bad} others told, {spent:.2f} s"
                print(f"{name:5} {program:9} {found} of {bad} bad files told, {rest}")


if __name__ == "__main__":
    main()
