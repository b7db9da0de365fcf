"""The limits of all readers, in one frozen record: what is larger is refused or cut short with a finding."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """How much of an outsider's item a reader takes. Every value has its unit in the comment."""

    item_bytes: int = 64 * 1024 * 1024  # bytes of one item; more is rejected as R-TOO-LARGE
    whole_bytes: int = 1 << 30  # bytes of one PDF, picture or film (ingest.item_bytes stops most before)
    row_bytes: int = 16 * 1024 * 1024  # bytes of one CSV row before the splitter gives it up
    text_bytes: int = 64 * 1024 * 1024  # bytes of text taken from one item
    unit_chars: int = 1_000_000  # code points of one unit; longer text is cut at white space into several units
    units: int = 1_000_000  # units of one item
    mail_depth: int = 16  # levels of multipart inside one message
    mail_parts: int = 5_000  # parts of one message
    mail_header_bytes: int = 1024 * 1024  # bytes of one header block; the rest is body
    xml_depth: int = 256  # open elements
    pdf_pages: int = 5_000  # pages
    pdf_page_chars: int = 200_000  # characters of one page
    entries: int = 10_000  # entries of one calendar or file of contact cards that become items; the rest is one more
    fields: int = 10_000  # parsed values of one item


LIMITS = Limits()
