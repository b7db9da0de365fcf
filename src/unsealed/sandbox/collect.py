"""Inside a tool's sandbox: run the tool, then send the files that it left as (4 bytes, name, 8 bytes, body).

Run as a script, without the site module and without this package: `collect.py DESCRIPTOR FOLDER BYTES COMMAND…`.
It stands inside the walls, so nothing that it says is believed outside.
"""

from __future__ import annotations

import os
import stat
import sys

_STEP = 1 << 20  # bytes moved at once


def main() -> int:
    """Run the command, send its files; gives its exit code."""
    target, folder, left = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    os.mkdir(folder)  # noqa: PTH102  (pathlib is not loaded here)
    os.set_inheritable(target, False)
    pid = os.posix_spawn(sys.argv[4], sys.argv[4:], os.environ)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for path in _files(folder):
        left -= _send(target, path, os.path.relpath(path, folder), left)
    return code if code >= 0 else 128 - code


def _files(folder: str) -> list[str]:
    found = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if stat.S_ISREG(os.lstat(path).st_mode))


def _send(target: int, path: str, name: str, left: int) -> int:
    """Send one file, unless it is larger than what may still be sent; gives its length."""
    length = os.lstat(path).st_size
    if length > left:
        return 0
    raw = os.fsencode(name)
    _write(target, len(raw).to_bytes(4, "big") + raw + length.to_bytes(8, "big"))
    done = 0
    with open(path, "rb", buffering=0) as handle:
        while done < length and (step := handle.read(min(_STEP, length - done))):
            _write(target, step)
            done += len(step)
    return length


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


if __name__ == "__main__":
    sys.exit(main())
