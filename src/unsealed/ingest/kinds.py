"""Types that nobody here reads: how they are told by content, what they are called, and what would read them.

An item of such a type is kept and listed; the message names the type, the remedy what would read it.
"""

from __future__ import annotations

import re

_CONVERT = "Open it with {} and save it as {}, then ingest that as a new file."
_OFFICE = _CONVERT.format("LibreOffice", "OpenDocument or PDF")

# media type: what it is, what would read it
_KNOWN: dict[str, tuple[str, str]] = {
    "application/octet-stream": ("binary data of no known type", "Look at it with a hex viewer, or accept it unread."),
    "application/vnd.wordperfect": ("a WordPerfect document", _OFFICE),
    "application/x-mswrite": ("a Windows Write document", _OFFICE),
    "application/vnd.ms-works": ("a Microsoft Works document", _OFFICE),
    "application/vnd.lotus-1-2-3": ("a Lotus 1-2-3 sheet", _OFFICE),
    "application/x-quattro-pro": ("a Quattro Pro sheet", _OFFICE),
    "application/vnd.stardivision": ("a StarOffice 3 to 5 document", _OFFICE),
    "application/vnd.ms-powerpoint": ("a PowerPoint 95 presentation", _OFFICE),
    "application/x-hwp": ("a Hangul document", _CONVERT.format("Hancom Office or LibreOffice", "OpenDocument or PDF")),
    "application/vnd.apple.iwork": ("an Apple Pages, Numbers or Keynote file", "Export it from iWork as PDF."),
    "application/x-msaccess": ("a Microsoft Access database", "Export its tables with mdbtools (`mdb-export`) as CSV."),
    "application/x-dbf": ("a dBase table", _CONVERT.format("LibreOffice", "CSV")),
    "application/vnd.ms-htmlhelp": ("a compiled HTML help file", "Unpack it with `7z x` and ingest the pages."),
    "application/onenote": ("a OneNote section", "Export it from OneNote as PDF."),
    "application/x-mobipocket-ebook": ("a Mobipocket or Kindle book", "Convert it with Calibre to EPUB."),
    "application/x-ms-reader": ("a Microsoft Reader book", "Convert it with Calibre (`convertlit`) to EPUB."),
    "application/vnd.palm": ("a Palm database or book", "Convert it with Calibre to EPUB."),
    "image/vnd.djvu": ("a DjVu document", "Convert it with `ddjvu` to PDF, or `djvutxt` to text."),
    "application/postscript": ("a PostScript document", "Convert it with `ps2pdf` to PDF, in a sandbox."),
    "image/vnd.dwg": ("an AutoCAD drawing", "Open it with a CAD viewer and print it to PDF."),
    "image/vnd.dxf": ("a CAD drawing", "Open it with a CAD viewer and print it to PDF."),
    "application/x-visio": ("a Visio drawing", "Open it with LibreOffice Draw and save it as PDF."),
    "application/x-mspublisher": ("a Publisher document", "Open it with LibreOffice Draw and save it as PDF."),
    "application/x-msproject": ("a Microsoft Project plan", "Open it with ProjectLibre and export it as CSV or PDF."),
    "application/x-thumbnails": ("a cache of thumbnails", "Take the pictures out with `vinetto`."),
    "application/vnd.ms-vba": ("a project of macros", "List its code with `olevba`."),
    "application/x-ole-storage": ("a compound file of a program unknown here", "Look at its streams with `oledir`."),
    "application/x-msi": ("a Windows installer", "Unpack it with `msiextract`."),
    "application/x-executable": ("a program", "Programs are not run or read; accept it unread."),
    "application/x-dosexec": ("a Windows program", "Programs are not run or read; accept it unread."),
    "application/java-vm": ("a compiled Java class", "Programs are not run or read; accept it unread."),
    "application/pkcs7-mime": ("a signed or encrypted envelope", "Open it with `openssl smime` and the right key."),
    "application/pgp-encrypted": ("data encrypted with PGP", "Decrypt it with `gpg` and the right key."),
    "application/x-age": ("data encrypted with age", "Decrypt it with `age` and the right key."),
    "application/x-pem-file": ("a key or a certificate", "Look at it with `openssl`."),
    "application/x-luks": ("an encrypted disk", "Open it with `cryptsetup` and its password, ingest the files."),
    "application/x-apple-diskimage": ("an Apple disk image", "Unpack it with `7z x` and ingest the files."),
    "application/x-qemu-disk": ("a disk of a virtual machine", "Mount it read-only with `guestmount`, ingest."),
    "application/x-sketch-of-disk": ("an image of a disk", "Mount it read-only, ingest the files."),
    "application/warc": ("an archive of the web", "Unpack it with `warcio extract` and ingest the pages."),
    "application/x-arj": ("an ARJ archive", "Unpack it with `7z x` and ingest the files."),
    "application/x-lzh-compressed": ("an LHA archive", "Unpack it with `7z x` and ingest the files."),
    "application/x-ace-compressed": ("an ACE archive", "Unpack it with `unace` and ingest the files."),
    "application/x-compress": ("data packed with `compress`", "Unpack it with `uncompress`."),
    "application/x-snappy-framed": ("data packed with Snappy", "Unpack it with `snzip`."),
    "application/x-lz4": ("data packed with LZ4", "Unpack it with `lz4`."),
    "application/vnd.tcpdump.pcap": ("captured network traffic", "Open it with Wireshark and export what matters."),
    "application/x-hdf": ("an HDF data file", "Export it with `h5dump`."),
    "application/netcdf": ("a NetCDF data file", "Export it with `ncdump`."),
    "application/fits": ("a FITS data file", "Export it with Astropy."),
    "application/matlab-mat": ("a MATLAB data file", "Export it with SciPy as CSV."),
    "application/vnd.apache.parquet": ("a Parquet table", "Export it with DuckDB as CSV."),
    "application/x-sas-data": ("a SAS data set", "Export it with `readstat` as CSV."),
    "application/x-spss-sav": ("an SPSS data set", "Export it with `readstat` as CSV."),
    "application/x-stata-dta": ("a Stata data set", "Export it with `readstat` as CSV."),
    "application/x-bplist": ("a binary property list", "Print it with `plistutil`."),
    "application/cbor": ("CBOR data", "Convert it to JSON with `cbor2`."),
    "application/marc": ("a library catalogue in MARC", "Convert it with `yaz-marcdump` to XML."),
    "application/x-esri-shape": ("a map layer", "Convert it with `ogr2ogr` to CSV or GeoJSON."),
    "font/sfnt": ("a typeface", "Nothing to read; accept it unread."),
    "image/wmf": ("a Windows metafile", "Convert it with LibreOffice Draw to PDF."),
    "image/emf": ("an enhanced metafile", "Convert it with LibreOffice Draw to PDF."),
    "text/x-ole-link": ("a link to another file", "Nothing to read; accept it unread."),
}
_FAMILIES = (
    ("image/", "a picture of a kind that is not read", "Convert it to PNG or TIFF, then ingest that."),
    ("audio/", "a sound of a kind that is not read", "Convert it with `ffmpeg`, or listen to it and write it down."),
    ("video/", "a film of a kind that is not read", "Convert it with `ffmpeg`, or watch it and write it down."),
    ("font/", "a typeface", "Nothing to read; accept it unread."),
)

# (offset, bytes, media type): the first that fits
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xffWPC", "application/vnd.wordperfect"),
    (0, b"1\xbe\x00\x00", "application/x-mswrite"),
    (0, b"2\xbe\x00\x00", "application/x-mswrite"),
    (0, b"\x00\x00\x02\x00\x06\x04", "application/vnd.lotus-1-2-3"),
    (0, b"\x00\x00\x02\x00\x04\x04", "application/vnd.lotus-1-2-3"),
    (0, b"\x00\x00\x02\x00\x05\x04", "application/vnd.lotus-1-2-3"),
    (0, b"\x00\x00\x1a\x00", "application/vnd.lotus-1-2-3"),
    (0, b"\x00\x00\x02\x00\x01\x10", "application/x-quattro-pro"),
    (0, b"\x00\x00\x02\x00\x02\x10", "application/x-quattro-pro"),
    (0, b"\x00\x00\x02\x00\x20\x51", "application/x-quattro-pro"),
    (0, b"\x00\x00\x02\x00\x21\x51", "application/x-quattro-pro"),
    (0, b"\xff\x00\x02\x00\x04\x04", "application/vnd.ms-works"),
    (0, b"HWP Document File", "application/x-hwp"),
    (4, b"Standard Jet DB", "application/x-msaccess"),
    (4, b"Standard ACE DB", "application/x-msaccess"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"ITOLITLS", "application/x-ms-reader"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (60, b"BOOKMOBI", "application/x-mobipocket-ebook"),
    (60, b"TEXtREAd", "application/vnd.palm"),
    (60, b"PNRdPPrs", "application/vnd.palm"),
    (0, b"AT&TFORM", "image/vnd.djvu"),
    (0, b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (0, b"AC10", "image/vnd.dwg"),
    (0, b"MZ", "application/x-dosexec"),
    (0, b"age-encryption.org/", "application/x-age"),
    (0, b"LUKS\xba\xbe", "application/x-luks"),
    (0, b"QFI\xfb", "application/x-qemu-disk"),
    (0, b"WARC/", "application/warc"),
    (0, b"\x60\xea", "application/x-arj"),
    (2, b"-lh", "application/x-lzh-compressed"),
    (7, b"**ACE**", "application/x-ace-compressed"),
    (0, b"\x1f\x9d", "application/x-compress"),
    (0, b"\xff\x06\x00\x00sNaPpY", "application/x-snappy-framed"),
    (0, b"\x04\x22\x4d\x18", "application/x-lz4"),
    (0, b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (0, b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
    (0, b"\x0a\x0d\x0d\x0a", "application/vnd.tcpdump.pcap"),
    (0, b"\x89HDF\r\n", "application/x-hdf"),
    (0, b"\x0e\x03\x13\x01", "application/x-hdf"),
    (0, b"CDF\x01", "application/netcdf"),
    (0, b"CDF\x02", "application/netcdf"),
    (0, b"SIMPLE  =", "application/fits"),
    (0, b"MATLAB 5.0 MAT-file", "application/matlab-mat"),
    (0, b"PAR1", "application/vnd.apache.parquet"),
    (84, b"SAS FILE", "application/x-sas-data"),
    (0, b"HEADER RECORD*******LIBRARY", "application/x-sas-data"),
    (0, b"$FL2", "application/x-spss-sav"),
    (0, b"<stata_dta>", "application/x-stata-dta"),
    (0, b"bplist00", "application/x-bplist"),
    (0, b"\xd9\xd9\xf7", "application/cbor"),
    (0, b"\x00\x00\x27\x0a\x00\x00", "application/x-esri-shape"),
    (0, b"\x00\x01\x00\x00\x00", "font/sfnt"),
    (0, b"OTTO", "font/sfnt"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (0, b"\x01\x00\x09\x00\x00\x03", "image/wmf"),
    (40, b" EMF", "image/emf"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"BPG\xfb", "image/bpg"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\x00\x00\x00\x0cJXL ", "image/jxl"),
    (0, b"\x00\x00\x00\x0cjP  ", "image/jp2"),
    (0, b"#?RADIANCE", "image/vnd.radiance"),
    (0, b"gimp xcf", "image/x-xcf"),
    (0, b"\x0a\x05\x01\x08", "image/x-pcx"),
    (0, b"icns", "image/x-icns"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (0, b"MThd", "audio/midi"),
    (0, b".snd", "audio/basic"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"FORM", "audio/x-aiff"),
    (0, b"\x0bw", "audio/ac3"),
    (0, b"FLV", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video/mpeg"),
)
_DBF = re.compile(rb"[\x02\x03\x30\x31\x43\x63\x83\x8b\xcb\xf5][\x00-\xff][\x01-\x0c][\x01-\x1f]")
_CMS = re.compile(rb"\x30[\x80-\x84].{0,4}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.DOTALL)
_MARC = re.compile(rb"\d{5}[acdnp][a-z][a-z][ a-z][ a]22\d{5}")


def media_type(head: bytes) -> str:
    """The media type of binary data that no reader claims."""
    for offset, mark, mime in _SIGNS:
        if head.startswith(mark, offset):
            return mime
    if _CMS.match(head):
        return "application/pkcs7-mime"
    if _MARC.match(head):
        return "application/marc"
    if _DBF.match(head) and len(head) > 68 and head[12:16] == bytes(4):
        return "application/x-dbf"
    if head[510:512] == b"\x55\xaa":
        return "application/x-sketch-of-disk"
    return "application/octet-stream"


SALVAGED = frozenset(
    {"application/x-mswrite", "application/vnd.ms-works", "application/vnd.lotus-1-2-3",
     "application/x-quattro-pro"}
)  # fmt: skip


def told(mime: str) -> tuple[str, str]:
    """The message and the remedy for an item of a type that is not read."""
    if mime in _KNOWN:
        name, remedy = _KNOWN[mime]
        return f"not read: {name} ({mime})", remedy
    for prefix, name, remedy in _FAMILIES:
        if mime.startswith(prefix):
            return f"not read: {name} ({mime})", remedy
    if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,80}", mime):
        return f"no reader for this type ({mime})", "Convert it to a type that is read, or accept it unread."
    return "no reader for this type", "Convert it to a type that is read, or accept it unread."
