"""Tests run the sources that can be read, not the compiled modules, unless they are told to (make test does both)."""

import os

os.environ.setdefault("UNSEALED_PURE", "1")
