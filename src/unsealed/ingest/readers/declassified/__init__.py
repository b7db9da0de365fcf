"""The declassified cable of 1973 to 1979: message text, then message attributes (declassified-cable.md)."""

from __future__ import annotations

from unsealed.ingest.readers.declassified.file import NAME, VERSION, read

__all__ = ["NAME", "VERSION", "read"]
