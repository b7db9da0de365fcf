"""A jail for the tests' own workers: this folder and nothing else of the tests is in it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from unsealed.sandbox import Jail, Limits, Worker, establish, jailed_module, python_jail

HERE = Path(__file__).resolve().parent
LIMITS = Limits(request=1 << 20, answer=1 << 20, memory=1 << 30, seconds=20.0, scratch=8 << 20, file_bytes=4 << 20)


def jail() -> Jail:
    """The usual jail, with `tests.sandbox` to import from."""
    made = python_jail(extra=["/t"])
    places = (("/t/tests/__init__.py", str(HERE.parent / "__init__.py")), ("/t/tests/sandbox", str(HERE)))
    return msgspec.structs.replace(made, places=places)


def hostile(limits: Limits = LIMITS, **options: object) -> Worker:
    """The worker that does what it is told, in its jail."""
    return Worker(
        jailed_module("tests.sandbox.misbehaving"),
        limits,
        jail=jail(),
        drop=establish().drop,
        **options,  # type: ignore[arg-type]
    )
