"""A worker: the only process in which an outsider's bytes are looked into.

Run as `python -m unsealed.ingest.worker`, spoken to in frames (`wire`); `looking` says what it does with them.
"""

from __future__ import annotations

import gc

from unsealed.ingest.looking import Looker
from unsealed.ingest.readers import load
from unsealed.sandbox import serve


def main() -> None:
    """Serve until the pipeline closes the pipe."""
    # Readings hold no cycles: the collector would only walk over them again and again (a third of the time).
    gc.collect()
    gc.freeze()
    gc.disable()
    serve(Looker().handle, lambda form: load(form.decode()))


if __name__ == "__main__":
    main()
