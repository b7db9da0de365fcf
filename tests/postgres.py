"""A real PostgreSQL of Debian's, for one test run: a folder in TMPDIR, a unix socket in it, no network at all."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "unsealed"
START_SECONDS = 60.0
_numbers = itertools.count(1)


class Missing(Exception):
    """There is no PostgreSQL to be had here; the text says why."""


def programs() -> Path:
    """The folder of initdb and postgres: Debian keeps them out of the path. Raises Missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    if named is None:
        raise Missing("needs PostgreSQL (Debian's package postgresql; scripts/system-packages.sh test)")
    return Path(named).resolve().parent


def _prefix(folder: Path) -> list[str]:
    """PostgreSQL refuses root. Be its own user; where this root may not be anybody else, be root under another name."""
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig", "INT", "--"]
    try:
        user = pwd.getpwnam("postgres")
    except KeyError as error:
        raise Missing("needs the user postgres (Debian's package postgresql)") from error
    become = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    if subprocess.run([*become, "true"], capture_output=True, check=False).returncode == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)
        return [*become, "--pdeathsig", "INT", "--"]
    renamed = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    if subprocess.run([*renamed, "true"], capture_output=True, check=False).returncode == 0:
        return [*renamed, "setpriv", "--pdeathsig", "INT", "--"]
    raise Missing("needs a user other than root, and this one may not become any")


class Server:
    """A running server. `database()` makes a new, empty database and gives its address."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs

    def address(self, name: str) -> str:
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def database(self, *options: str) -> str:
        name = f"catalogue{next(_numbers)}"
        self.run("createdb", "-T", "template0", *options, name)
        return self.address(name)

    def run(self, program: str, *arguments: str) -> str:
        command = [str(self._programs / program), "-h", str(self.folder), "-U", USER, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def _place() -> Path:
    """TMPDIR; /tmp where that is too long (a socket's path has at most 107 bytes), or where no other user comes in."""
    folder = Path(tempfile.gettempdir())
    all_come_in = all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))
    return folder if all_come_in and len(str(folder)) <= 60 else Path("/tmp")


@contextmanager
def running() -> Iterator[Server]:
    """A server as long as the block lasts; nothing of it stays. Raises Missing where there is none."""
    where = programs()
    folder = Path(tempfile.mkdtemp(prefix="unsealed-pg-", dir=_place()))
    try:
        prefix = _prefix(folder)
        data = folder / "data"
        init = ["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D", str(data)]
        made = subprocess.run(
            [*prefix, str(where / "initdb"), *init], capture_output=True, text=True, timeout=120, cwd="/"
        )
        assert made.returncode == 0, made.stdout + made.stderr
        settings = ["listen_addresses=", "fsync=off", "max_connections=50", "shared_buffers=32MB"]
        options = [part for setting in settings for part in ("-c", setting)]
        with open(folder.with_suffix(".log"), "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*prefix, str(where / "postgres"), "-D", str(data), "-k", str(folder), *options],
                stdout=log, stderr=log, cwd="/",
            )  # fmt: skip
        try:
            _wait(where, folder, process)
            yield Server(folder, where)
        finally:
            process.send_signal(2)  # SIGINT: end now, in good order
            process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


def _wait(where: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while subprocess.run([str(where / "pg_isready"), "-q", "-h", str(folder)], check=False).returncode != 0:
        text = folder.with_suffix(".log").read_text(encoding="utf-8")[-2000:]
        assert process.poll() is None, text
        assert time.monotonic() < end, text
        time.sleep(0.05)
