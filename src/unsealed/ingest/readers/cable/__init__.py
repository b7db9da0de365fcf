"""Telegrams of about 2002 to 2010 in three containers: CSV dump row, published HTML page, text file (cable.md)."""

from __future__ import annotations

from unsealed.ingest.readers.cable.page import read_page
from unsealed.ingest.readers.cable.row import NAME, VERSION, read_row, read_text

__all__ = ["NAME", "VERSION", "read_page", "read_row", "read_text"]
