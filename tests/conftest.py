"""What every test shares: closed sockets, the folder of real documents, no user's own settings."""

from __future__ import annotations

import contextlib
import gc
import importlib
import ipaddress
import logging
import os
import pkgutil
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from xdist.remote import Producer

import unsealed
from tests import postgres
from tests.scheduling import Grouped

# No deadlines: time is measured in bench/, and a busy machine must not fail a test. The same examples each time, so
# that a red run can be repeated; `make fuzz` and HYPOTHESIS_PROFILE=search look for new ones. One example in twenty is
# a constant of the program, out of the modules that are loaded: `the_same_constants` loads the same ones each time.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

changes_hot_code = pytest.mark.skipif(
    os.environ.get("UNSEALED_PURE") == "0", reason="puts another function in place, which compiled code would not call"
)
ROOT = Path(__file__).resolve().parent.parent
SOURCE = f"{ROOT}/src/unsealed/"
SHARED = ROOT.parent / "shared" / "data"


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    host = str(address[0])
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def closed_sockets() -> Iterator[None]:
    """Refuse every connection that leaves this machine, even where `make test` could not close the network."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_loopback(address):
            raise AssertionError("a test tried to leave this machine")
        real(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the settings, trusted keys or passphrase of the person who runs it."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.delenv("UNSEALED_ARCHIVE", raising=False)


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A test that runs the command line inside this process leaves no log handler behind for the next one."""
    yield
    root = logging.getLogger("unsealed")
    root.handlers.clear()
    root.propagate = True


# None of bench/, of scripts/, of this machine's own: which of those are loaded depends on the tests that are collected.
pytest.MonkeyPatch().setattr(providers, "is_local_module_file", lambda file: file.startswith(SOURCE))


@cache
def the_same_constants() -> None:
    """Load the whole program: else examples would depend on the tests that ran before in the same process."""
    for module in pkgutil.walk_packages(unsealed.__path__, "unsealed."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # of what is not installed
                importlib.import_module(module.name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What Hypothesis draws from is complete before its first test."""
    if item.get_closest_marker("hypothesis"):
        the_same_constants()


@pytest.hookimpl(optionalhook=True)  # `-p no:xdist`
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Grouped:
    """With `-n`: tests of one group in one process (tests/scheduling.py)."""
    return Grouped(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs the real documents or a browser where they are not there. Slow ones come
    first: the last ones of a parallel run are short, and no process waits long for another.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    no_shared = pytest.mark.skip(reason="needs the folder of real documents (../shared/data), which is not here")
    no_browser = pytest.mark.skip(reason="needs chromium (scripts/system-packages.sh test)")
    has_browser = Path("/usr/bin/chromium").exists()
    for item in items:
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(no_shared)
        if item.get_closest_marker("browser") and not has_browser:
            item.add_marker(no_browser)


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage: the collector, which ingest calls by itself, need not walk over them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents. Ask for it only in tests marked `shared`."""
    return SHARED


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A real PostgreSQL, started once for this process of the test run; skips, with the reason, where there is none."""
    pytest.importorskip("psycopg", reason="needs psycopg (pip install 'unsealed[postgres]')")
    try:
        with postgres.running() as server:
            yield server
    except postgres.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT
