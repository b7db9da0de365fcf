"""Signs of stores and envelopes of mail, of calendars and of contact cards, for `sniff`: content alone."""

from __future__ import annotations

import re

# ContentInfo of CMS (a sequence that begins with an id below pkcs7 or smime-ct), or its armour
_ENVELOPE = re.compile(
    rb"\x30(?:[\x02-\x80]|\x81.|\x82..|\x83...|\x84....)"
    rb"\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02-\x06]|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01[\x09\x17])"
    rb"|\s*-----BEGIN (?:PKCS7|CMS)-----",
    re.DOTALL,
)
# A session key for somebody (public key algorithms 1-3, 16, 18, 25) or for a passphrase, or the armour of a message
_PGP = re.compile(
    rb"(?:\x84.|\x85..|\xc1[\x00-\xbf]|\xc1[\xc0-\xdf].)\x03.{8}[\x01\x02\x03\x10\x12\x19]"
    rb"|(?:\x8c.|\xc3.)\x04[\x01-\x0d][\x00\x01\x03][\x01-\x0b]"
    rb"|\s*-----BEGIN PGP MESSAGE-----",
    re.DOTALL,
)
_AGENDA = re.compile(rb"BEGIN:V(CALENDAR|EVENT|TODO|JOURNAL|FREEBUSY|CARD)[ \t]*[\r\n]", re.IGNORECASE)


def mail_form(head: bytes) -> str:
    """The form of a store or an envelope of mail, an empty string for everything else."""
    if _ENVELOPE.match(head):
        return "smime"
    if _PGP.match(head):
        return "pgp"
    if head.startswith(b"!BDN") and head[8:10] == b"SM":
        return "pst"
    return "tnef" if head.startswith(b"\x78\x9f\x3e\x22") else ""


def agenda_form(start: bytes) -> str:
    """The form of a calendar, a contact card or an entry of one, an empty string for everything else."""
    found = _AGENDA.match(start)
    if found is None:
        return ""
    return "contact" if found.group(1).upper() == b"CARD" else "calendar"
