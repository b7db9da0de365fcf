"""Pictures: what their metadata says, as units that can be found and withheld; the text in them comes with OCR."""

from unsealed.ingest.readers.image.picture import NAME, VERSION, read

__all__ = ["NAME", "VERSION", "read"]
