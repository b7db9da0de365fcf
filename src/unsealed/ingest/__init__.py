"""Ingest: turn hostile bytes into documents.

Takes files and folders, gives items and readings in the archive, with a ledger that adds up. May touch the sources
(reading) and the archive; an outsider's bytes are parsed in worker processes only. May never lose an item silently:
what cannot be read is kept, listed and sealed as unread.

Doors call `ingest.pipeline.run` and `retry`. This file imports nothing: worker processes load it.
"""
