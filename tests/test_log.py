"""A log line never holds content, whatever a careless caller hands over."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from unsealed import log


def line(message: str, *arguments: object, error: BaseException | None = None) -> str:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("unsealed.ingest", logging.WARNING, "f", 1, message, arguments, info)
    return log.SafeFormatter().format(record)


def test_numbers_and_codes_are_printed() -> None:
    assert line("item %s: %s after %.1f s", 12, log.Code("C-ROW-WIDTH"), 1.25) == (
        "warning unsealed.ingest: item 12: C-ROW-WIDTH after 1.2 s"
    )


@pytest.mark.parametrize("secret", ["Ana Ferreira", "ana", b"ana", ["ana"], {"a": "ana"}, ValueError("ana")])
def test_anything_else_is_withheld(secret: object) -> None:
    assert line("item %s from %s", 12, secret) == "warning unsealed.ingest: item 12 from (withheld)"


def test_a_traceback_is_reduced_to_its_type() -> None:
    text = line("failed", error=ValueError("Ana Ferreira"))
    assert text == "warning unsealed.ingest: failed (ValueError)"


def test_mapping_arguments() -> None:
    record = logging.LogRecord("unsealed.x", logging.INFO, "f", 1, "%(n)s %(who)s", ({"n": 1, "who": "Ana"},), None)
    assert log.SafeFormatter().format(record) == "info unsealed.x: 1 (withheld)"


def test_start_logging_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger("unsealed")
    before = list(root.handlers)
    root.handlers.clear()
    try:
        log.start_logging()
        root.handlers[0].setStream(sys.stderr)  # type: ignore[attr-defined]
        log.get_logger("ingest").warning("%s items, %s", 3, "Ana")
        assert capsys.readouterr().err == "warning unsealed.ingest: 3 items, (withheld)\n"
    finally:
        root.handlers[:] = before
        root.propagate = True


def test_the_command_line_logs_through_the_safe_formatter() -> None:
    """Without it Python's own last resort would print a careless argument as it is."""
    command = "from unsealed.log import get_logger\nimport unsealed.cli as c, sys\n"
    command += "try:\n    c.main(['--version'])\nexcept SystemExit:\n    pass\n"
    command += "get_logger('ingest').warning('%s items, %s', 3, 'Ana')"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == "warning unsealed.ingest: 3 items, (withheld)\n"
