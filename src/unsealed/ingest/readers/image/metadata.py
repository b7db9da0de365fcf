"""What a picture says of itself: EXIF, XMP, IPTC, comments. Each value is a unit `header`, a place `coordinate`."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

from unsealed.ingest.decode import composed
from unsealed.ingest.readers import xmp
from unsealed.ingest.readers.build import Builder

VALUE = 20_000  # characters of one value
VALUES = 5_000  # values of one picture
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?")
_ZONE = re.compile(r"[+-]\d\d:\d\d|Z")
_LAYOUT = frozenset(
    (
        "ImageWidth", "ImageLength", "BitsPerSample", "Compression", "PhotometricInterpretation", "StripOffsets",
        "RowsPerStrip", "StripByteCounts", "TileOffsets", "TileByteCounts", "TileWidth", "TileLength", "ExifOffset",
        "GPSInfo", "InteropIndex", "JpegIFOffset", "JpegIFByteCount", "MakerNote", "XMLPacket", "InterColorProfile",
        "IPTCNAA", "ImageResources", "PlanarConfiguration", "SamplesPerPixel", "YCbCrPositioning", "YCbCrSubSampling",
        "YCbCrCoefficients", "ReferenceBlackWhite", "ColorMap", "SampleFormat", "JPEGTables", "FillOrder", "Predictor",
        "ExifInteroperabilityOffset", "XResolution", "YResolution", "ResolutionUnit", "ComponentsConfiguration",
        "FlashPixVersion", "ExifVersion", "Orientation", "ColorSpace", "ExifImageWidth", "ExifImageHeight",
        "NewSubfileType", "SubfileType", "HalftoneHints", "TransferFunction", "WhitePoint", "PrimaryChromaticities",
        "ExtraSamples", "JPEGProc", "JPEGQTables", "JPEGDCTables", "JPEGACTables", "JPEGRestartInterval",
        "ImageSourceData", "PrintImageMatching", "T4Options", "T6Options", "MinSampleValue", "MaxSampleValue",
    )
)  # fmt: skip
_FIELDS = {"Artist": "author", "XPAuthor": "author", "XPTitle": "title", "DocumentName": "title", "By-line": "author",
           "Title": "title", "Author": "author", "Headline": "title", "Object Name": "title"}  # fmt: skip
_IPTC = {5: "Object Name", 15: "Category", 25: "Keywords", 40: "Instructions", 55: "Date Created", 80: "By-line",
         85: "By-line Title", 90: "City", 92: "Sub-location", 95: "State", 101: "Country", 103: "Reference",
         105: "Headline", 110: "Credit", 115: "Source", 116: "Copyright", 118: "Contact", 120: "Caption",
         122: "Writer"}  # fmt: skip
_FORMAL_INFO = frozenset(("exif", "xmp", "icc_profile", "XML:com.adobe.xmp", "photoshop", "adobe", "metadata"))


class Metadata:
    """Puts the metadata of one picture into a builder. A value that stands in two places becomes one unit."""

    def __init__(self, build: Builder) -> None:
        self._build = build
        self._seen: set[str] = set()

    def all(self, picture: Image.Image, data: bytes) -> None:
        """Every kind of metadata; one that cannot be read is a finding."""
        for step in (self._exif, self._text, self._iptc, self._xmp):
            self._noted(step, picture)

    def _noted(self, step: Callable[[Image.Image], None], picture: Image.Image) -> None:
        try:
            step(picture)
        except Exception:
            self._build.finding("V-METADATA", "warn")

    def _unit(self, name: str, value: str, label: str = "header") -> int:
        """One value as a unit; -1 for one that is empty or known."""
        value = plain(value)
        if not value or value in self._seen or len(self._seen) > VALUES:
            return -1
        self._seen.add(value)
        unit = self._build.free(label, f"{plain(name)}: {value}")
        field = _FIELDS.get(name, "")
        if field:
            self._build.field(field, value, unit)
        return unit

    def _exif(self, picture: Image.Image) -> None:
        exif = picture.getexif()
        own = dict(exif.get_ifd(ExifTags.IFD.Exif))
        named = {ExifTags.TAGS.get(tag, f"Tag {tag}"): value for tag, value in {**dict(exif), **own}.items()}
        for name, value in named.items():
            if name not in _LAYOUT:
                unit = self._unit(name, written(value, name))
                if name == ("DateTimeOriginal" if "DateTimeOriginal" in named else "DateTime"):
                    zone = named.get("OffsetTimeOriginal") or named.get("OffsetTime") or ""
                    self._build.field("date", iso(str(value), str(zone)), unit)
        self._place(dict(exif.get_ifd(ExifTags.IFD.GPSInfo)))

    def _place(self, gps: dict[int, Any]) -> None:
        """The place as one unit `coordinate` in degrees; the rest of the GPS block as it is written."""
        place = [degrees(gps.get(2), gps.get(1)), degrees(gps.get(4), gps.get(3))]
        if place[0] and place[1]:
            unit = self._build.free("coordinate", " ".join(place))
            self._build.field("lat", place[0], unit)
            self._build.field("lon", place[1], unit)
        for tag, value in gps.items():
            name = ExifTags.GPSTAGS.get(tag, f"GPS {tag}")
            if tag not in (0, 1, 2, 3, 4):
                self._unit(name, written(value, name))

    def _text(self, picture: Image.Image) -> None:
        """Comments and text chunks."""
        chunks = dict(getattr(picture, "text", {}) or {})
        for key in ("comment", "Comment", "Software", "extension", *chunks):
            value = chunks.get(key, picture.info.get(key))
            if key not in _FORMAL_INFO and isinstance(value, str | bytes) and not key.startswith("Raw profile"):
                self._unit(str(key), written(value, str(key)))

    def _iptc(self, picture: Image.Image) -> None:
        if not isinstance(picture, ImageFile.ImageFile):
            return
        found = IptcImagePlugin.getiptcinfo(picture) or {}
        for (record, number), value in found.items():
            if record == 2 and number in _IPTC:
                for one in value if isinstance(value, list) else [value]:
                    self._unit(_IPTC[number], written(one, ""))

    def _xmp(self, picture: Image.Image) -> None:
        packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or _tiff_packet(picture)
        if packet:
            for name, value in xmp.values(packet.encode() if isinstance(packet, str) else bytes(packet)):
                self._unit(name, value)


def _tiff_packet(picture: Image.Image) -> bytes:
    found = getattr(picture, "tag_v2", {}).get(700, b"") if picture.format == "TIFF" else b""
    return found if isinstance(found, bytes) else b""


def plain(text: str) -> str:
    """One line of NFC text without control characters and lone surrogates."""
    text = text.encode("utf-8", "replace").decode()
    text = "".join([c if c.isprintable() or c == " " else " " for c in text[:VALUE]])
    return composed(" ".join(text.split()))


def written(value: object, name: str) -> str:
    """A value of a tag as text; bytes that are no text give an empty string."""
    if isinstance(value, bytes):
        return _decoded(value, name)
    if isinstance(value, tuple | list):
        if name.startswith("XP"):
            return bytes([int(piece) & 255 for piece in value]).decode("utf-16-le", "replace")
        return " ".join([written(piece, "") for piece in value[:64]])
    return str(value)


def _decoded(value: bytes, name: str) -> str:
    if name.startswith("XP"):
        return value.decode("utf-16-le", "replace").rstrip("\0")
    if name == "UserComment" and len(value) > 8:
        head, value = value[:8], value[8:]
        if head.startswith(b"UNICODE"):
            return value.decode("utf-16-be" if value[:1] == b"\0" else "utf-16-le", "replace")
    value = value.strip(b"\0 ")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    odd = sum(not (c.isprintable() or c in "\r\n\t") for c in text)
    return "" if odd * 10 > len(text) else text


def iso(value: str, zone: str) -> str:
    """`2004:02:29 12:30:00` as ISO 8601, with the zone where one is stated; empty for what is no date."""
    match = _DATE.match(value.strip())
    if match is None or match[1] == "0000" or not 1 <= int(match[2]) <= 12 or not 1 <= int(match[3]) <= 31:
        return ""
    date = f"{match[1]}-{match[2]}-{match[3]}"
    if match[4] is None:
        return date
    clock = f"T{match[4]}:{match[5]}" + (f":{match[6]}" if match[6] else "")
    return date + clock + (zone if _ZONE.fullmatch(zone) else "")


def degrees(value: object, side: object) -> str:
    """Degrees, minutes and seconds as a signed decimal number of six places; empty for what is no place."""
    if not isinstance(value, tuple | list) or not 1 <= len(value) <= 3:
        return ""
    try:
        number = sum(float(part) / 60**power for power, part in enumerate(value))
    except (ValueError, ZeroDivisionError, TypeError, OverflowError):
        return ""
    name = side.decode("ascii", "replace") if isinstance(side, bytes) else str(side)
    if number != number or not 0 <= number <= 180:
        return ""
    return f"{-number if name[:1] in 'SsWw' and name[:1] else number:.6f}"


def thumbnail(data: bytes) -> bytes:
    """The preview that a JPEG carries in its EXIF block; empty where there is none."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO", "TIFF")) as picture:
            block = picture.info.get("exif", b"")
            small = picture.getexif().get_ifd(ExifTags.IFD.IFD1)
            start, length = int(small.get(513, 0)), int(small.get(514, 0))
    except Exception:
        return b""
    found = bytes(block[6 + start : 6 + start + length]) if start and length else b""
    return found if found.startswith(b"\xff\xd8") else b""
