"""Pictures: their metadata, what hides behind them, what is refused."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

from tests.conftest import SHARED
from tests.ingest.sheets import encoded
from unsealed.ingest.boxes import KINDS, decode
from unsealed.ingest.readers import read, xmp
from unsealed.ingest.readers.image.trailing import end_of_picture
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.sniff import sniff
from unsealed.model import Reading

FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "HEIF", "AVIF", "JPEG2000", "PPM", "ICO")


def picture(width: int = 120, height: int = 80, shade: int = 200) -> Image.Image:
    drawn = Image.new("RGB", (width, height), (shade, shade, shade))
    ImageDraw.Draw(drawn).rectangle((10, 10, width // 2, height // 2), fill="black")
    return drawn


def reading_of(data: bytes) -> Reading:
    found = read("image", data).reading
    assert found is not None
    return found


def codes(outcome: Outcome) -> list[str]:
    assert outcome.reading is not None
    return [finding.code for finding in outcome.reading.findings]


def headers(reading: Reading) -> list[str]:
    return [unit.text for unit in reading.units if unit.label == "header"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_told_by_content_opened_and_waits_for_ocr(form: str) -> None:
    data = encoded(picture(64, 64), form)
    assert sniff(data[:65_536], len(data)).id == "image"
    outcome = read("image", data)
    assert (outcome.state, outcome.code) == (
        "read" if form == "JPEG2000" else "no-text",
        "O-WAITING",
    )  # it has a comment
    assert codes(outcome) == []
    assert outcome.reading is not None and outcome.reading.type == "image"
    pages = decode(outcome.reading.boxes, [len(unit.text) for unit in outcome.reading.units]).pages
    assert [(KINDS[page.kind], page.width, page.height) for page in pages] == [("picture", 640, 640)]


def test_each_frame_is_a_page() -> None:
    data = encoded(picture(), "TIFF", save_all=True, append_images=[picture(60, 60), picture(50, 50)])
    reading = reading_of(data)
    assert [(unit.label, unit.page) for unit in reading.units] == [("unread", 1), ("unread", 2), ("unread", 3)]
    layout = decode(reading.boxes, [0, 0, 0])
    assert [(page.width, page.height) for page in layout.pages] == [(1200, 800), (600, 600), (500, 500)]


def exif() -> Image.Exif:
    block = Image.Exif()
    block[ExifTags.Base.Artist] = "Odile Marchetti"
    block[ExifTags.Base.Model] = "Pocketcam 3"
    own = block.get_ifd(ExifTags.IFD.Exif)
    own[ExifTags.Base.DateTimeOriginal] = "2004:02:29 12:30:00"
    own[ExifTags.Base.OffsetTimeOriginal] = "+01:00"
    own[ExifTags.Base.UserComment] = b"ASCII\0\0\0behind the mill"
    gps = block.get_ifd(ExifTags.IFD.GPSInfo)
    gps[1], gps[2] = "S", (Fraction(52), Fraction(30), Fraction(0))
    gps[3], gps[4] = "E", (Fraction(13), Fraction(24), Fraction(36))
    return block


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_camera_author_place_and_time_are_units_and_fields(form: str) -> None:
    reading = reading_of(encoded(picture(), form, exif=exif()))
    assert reading.first("author") == "Odile Marchetti"
    assert reading.first("date") == "2004-02-29T12:30:00+01:00"
    assert (reading.first("lat"), reading.first("lon")) == ("-52.500000", "13.410000")
    assert any("Pocketcam 3" in text for text in headers(reading))
    assert any("behind the mill" in text for text in headers(reading))
    assert [unit.text for unit in reading.units if unit.label == "coordinate"] == ["-52.500000 13.410000"]
    for field in reading.fields:
        assert field.units, field.name


def test_text_chunks_comments_and_packets_are_units() -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Description", "the third sack")
    inner = "<dc:creator><rdf:Seq><rdf:li>L. Morley</rdf:li></rdf:Seq></dc:creator>"
    chunks.add_itxt("XML:com.adobe.xmp", f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{inner}</x:xmpmeta>')
    found = headers(reading_of(encoded(picture(), "PNG", pnginfo=chunks)))
    assert "Description: the third sack" in found and "dc:creator: L. Morley" in found
    assert "comment: said aside" in headers(reading_of(encoded(picture(), "JPEG", comment="said aside")))
    assert "comment: said aside" in headers(reading_of(encoded(picture(), "GIF", comment="said aside")))


def test_a_file_behind_a_picture_is_noticed_and_kept() -> None:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as file:
        file.writestr("list.txt", "forty sacks")
    for form in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        data = encoded(picture(), form)
        assert end_of_picture(data, form) == len(data)
        outcome = read("image", data + hidden.getvalue())
        assert codes(outcome) == ["V-TRAILING"], form
        assert [(part.data, part.source) for part in outcome.parts] == [
            (hidden.getvalue(), (len(data), len(data) + len(hidden.getvalue())))
        ]


def test_a_picture_cut_off_is_reported_and_kept() -> None:
    data = encoded(picture(300, 300), "JPEG")
    outcome = read("image", data[: len(data) // 2])
    assert "V-TRUNCATED" in codes(outcome) and outcome.code == "O-WAITING"


def test_a_preview_that_shows_something_else_is_a_part() -> None:
    def with_preview(preview: Image.Image) -> Outcome:
        small = encoded(preview, "JPEG")
        block = Image.Exif()
        inner = block.get_ifd(ExifTags.IFD.IFD1)
        inner[ExifTags.Base.JpegIFOffset], inner[ExifTags.Base.JpegIFByteCount] = 0, len(small)
        head = b"Exif\0\0II*\0\x08\0\0\0\0\0\x0e\0\0\0"  # an empty first directory, the second one at 14
        tags = b"\x02\0" + b"\x01\x02\x04\0\x01\0\0\0" + (44).to_bytes(4, "little")
        tags += b"\x02\x02\x04\0\x01\0\0\0" + len(small).to_bytes(4, "little") + bytes(4)
        return read("image", encoded(picture(), "JPEG", exif=head + tags + small))

    same, other = with_preview(picture()), with_preview(picture(shade=10))
    assert codes(same) == [] and same.parts == ()
    assert codes(other) == ["V-PREVIEW"] and [part.name for part in other.parts] == ["preview"]


def test_a_picture_under_transparent_pixels_is_told() -> None:
    hidden = picture().convert("RGBA")
    hidden.putalpha(Image.new("L", hidden.size, 0))
    assert codes(read("image", encoded(hidden, "PNG"))) == ["V-TRANSPARENT"]
    plain = Image.new("RGBA", (80, 80), (255, 255, 255, 0))  # a drawing on nothing
    ImageDraw.Draw(plain).ellipse((10, 10, 60, 60), fill=(20, 60, 200, 255))
    assert codes(read("image", encoded(plain, "PNG"))) == []
    assert codes(read("image", encoded(picture().convert("RGBA"), "PNG"))) == []


def test_too_many_pixels_are_refused_by_name() -> None:
    outcome = read("image", encoded(Image.new("1", (12_000, 12_000)), "PNG"))
    assert (outcome.state, outcome.code) == ("rejected", "V-PIXELS")
    assert read("image", b"\x89PNG\r\n\x1a\n nothing").code == "V-BROKEN"


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_damaged_pictures_never_raise(form: str, data: st.DataObject) -> None:
    broken = bytearray(
        encoded(picture(), form, **({"exif": exif()} if form in ("JPEG", "TIFF", "WEBP", "PNG") else {}))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    outcome = read("image", bytes(broken[: data.draw(st.integers(1, len(broken)))]))
    assert outcome.code and (outcome.reading is not None or outcome.state == "rejected")


@given(st.binary(max_size=300) | st.text(st.sampled_from('<>/="ab: \n'), max_size=120).map(str.encode))
def test_any_packet_can_be_looked_into(packet: bytes) -> None:
    assert all(name and value for name, value in xmp.values(packet))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
def test_made_pictures_behave_as_they_must() -> None:
    found = {path.name: read("image", path.read_bytes()) for path in (SHARED / "made" / "pictures").iterdir()}
    assert found["big_canvas.png"].code == "V-PIXELS"
    assert "V-TRUNCATED" in codes(found["truncated.jpg"])
    assert "V-TRAILING" in codes(found["jpeg_zip_polyglot.jpg"])
    zipped = found["jpeg_zip_polyglot.jpg"].parts[0].data
    assert zipfile.is_zipfile(io.BytesIO(zipped))
    reading = found["exif_gps.jpg"].reading
    assert reading is not None and reading.first("lat") and reading.first("author")
