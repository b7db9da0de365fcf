"""All measurements, one table after another: python -m bench --size 10000 (make bench SIZE=…).

Each script compares itself with a floor or a peer in the same run: on a shared machine ratios count, not seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="documents of the generated archives")
    parser.add_argument("--fts", action="store_true", help="measure SQLite FTS5 too (long at full size)")
    options = parser.parse_args()
    size = str(options.size)
    runs = [
        ("bench_readers.py",),
        ("bench_ingest.py", "--documents", size),
        ("bench_search.py", "--documents", size, *(["--fts"] if options.fts else [])),
        ("bench_seal.py",),
        ("bench_seal_archive.py", "--documents", size),
        ("bench_site.py", "--documents", str(min(options.size, 5000))),
    ]
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{machine}, Python {platform.python_version()}")
    failed = 0
    for script, *arguments in runs:
        print(f"\n=== {script} {' '.join(arguments)}", flush=True)
        failed += subprocess.run([sys.executable, str(HERE / script), *arguments], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
