"""Sound and film: tags, subtitles with their times, key frames; what is said without the tools."""

from __future__ import annotations

import shutil
import subprocess

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED
from unsealed.errors import SetupError
from unsealed.ingest import tools
from unsealed.ingest.readers import read
from unsealed.ingest.readers.media.cues import cues_of
from unsealed.ingest.readers.outcome import Outcome, ToolAnswer
from unsealed.ingest.sniff import sniff
from unsealed.sandbox import establish

SUBTITLES = """1
00:00:01,500 --> 00:00:03,000
<i>The barge</i> left before sunrise.

2
00:00:04,000 --> 00:00:05,250 X1:10
- Who counted
- the sacks?

"""


def _has_tools() -> bool:
    try:
        establish()
    except SetupError:
        return False
    return bool(shutil.which("ffprobe") and shutil.which("ffmpeg"))


needs_tools = pytest.mark.skipif(not _has_tools(), reason="Debian's ffmpeg or the sandbox is not here")


def read_with(data: bytes, missing: bool = False) -> Outcome:
    """The outcome after all the reader's wishes were met."""
    outcome, rounds = read("media", data), 0
    while outcome.state == "asks":
        rounds += 1
        assert rounds <= 2
        answers = [ToolAnswer("missing") if missing else tools.answer(ask) for ask in outcome.asks]
        outcome = read("media", data, b"", tuple(answers))
    return outcome


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("film")
    (folder / "said.srt").write_text(SUBTITLES, "utf-8")
    command = [
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=6:s=64x48:r=10", "-i", "said.srt", "-map", "0",
        "-map", "1", "-c:s", "srt", "-metadata", "title=A walk", "-metadata", "artist=O. Marchetti", "-metadata",
        "creation_time=2004-02-29T12:30:00Z", "-metadata", "location=+52.5000+013.4100/", "-g", "20", "film.mkv",
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "film.mkv").read_bytes()


@needs_tools
def test_a_film_says_its_tags_streams_key_frames_and_subtitles(film: bytes) -> None:
    assert sniff(film[:65_536], len(film)).id == "media"
    outcome = read_with(film)
    reading = outcome.reading
    assert reading is not None and outcome.state == "read"
    said = [(unit.label, unit.text) for unit in reading.units]
    assert ("time", "00:00:01.500 - 00:00:03.000") in said
    assert (
        said.index(("message", "The barge left before sunrise."))
        == said.index(("time", "00:00:01.500 - 00:00:03.000")) + 1
    )
    assert ("message", "- Who counted\n- the sacks?") in said
    assert ("header", "key frames: 0:00:00.0 0:00:02.0 0:00:04.0") in said
    assert any(text.startswith("stream 0: video") and "64x48" in text for _, text in said)
    assert (reading.first("title"), reading.first("author")) == ("A walk", "O. Marchetti")
    assert (reading.first("lat"), reading.first("lon")) == ("52.500000", "13.410000")
    assert all(field.units for field in reading.fields)


@needs_tools
@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("testMP3i18n_truncated.mp3", "read"), ("testFLAC_twoCovers.flac", "read"), ("testMP4_truncated.m4a", "read"),
        ("testMID.mid", "rejected"), ("testVORBIS.ogg", "read"), ("testWMV.wmv", "read"),
    ],
)  # fmt: skip
def test_real_files(name: str, state: str) -> None:
    outcome = read_with((SHARED / "formats" / "tika" / name).read_bytes())
    assert outcome.state == state, outcome.code
    if name == "testFLAC_twoCovers.flac":
        assert len(outcome.parts) == 2
    if name == "testVORBIS.ogg":
        assert outcome.reading is not None and outcome.reading.first("title") == "Test Title"


def test_without_the_tools_the_boxes_are_read_and_the_tool_is_named() -> None:
    frame = b"TIT2" + (7).to_bytes(4, "big") + b"\0\0" + b"\3A walk"
    data = b"ID3\3\0\0" + bytes([0, 0, 0, len(frame)]) + frame + bytes(200)
    outcome = read_with(data, missing=True)
    assert (outcome.state, outcome.code) == ("read", "V-FFPROBE") and "ffmpeg" in outcome.remedy
    assert outcome.reading is not None and outcome.reading.units[0].text == "TIT2: A walk"
    assert read_with(b"fLaC" + bytes(100), missing=True).state == "no-text"


@given(
    st.binary(max_size=400), st.sampled_from([b"ID3\3\0\0", b"RIFF\0\0\0\0WAVELIST", b"\0\0\0\x20ftypisom", b"OggS"])
)
def test_any_container_without_tools_can_be_looked_into(data: bytes, head: bytes) -> None:
    assert read_with(head + data, missing=True).reading is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["streams", "format", "tags", "title", "duration", "index", "disposition", "chapters", "width"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["streams", "format", "chapters"]), JSON), st.binary(max_size=40))
def test_any_answer_of_the_tools_is_survived(said: dict[str, object], frames: bytes) -> None:
    answers = [ToolAnswer("done", 0, msgspec.json.encode(said)), ToolAnswer("done", 0, frames)]
    outcome = read("media", b"OggS" + bytes(20), b"", tuple(answers))
    if outcome.state == "asks":
        more = [ToolAnswer("done", 0, b"", {"x": frames})] * (len(outcome.asks) - 2)
        outcome = read("media", b"OggS" + bytes(20), b"", (*answers, *more))
    assert outcome.reading is not None or outcome.state == "rejected"


@given(st.text(max_size=200))
def test_any_text_has_cues_or_none(text: str) -> None:
    assert all(cue.text for cue in cues_of(text))


def test_cues_lose_their_marks_and_numbers_only() -> None:
    assert [cue.text for cue in cues_of(SUBTITLES.replace("\n", "\r\n"))] == [
        "The barge left before sunrise.",
        "- Who counted\n- the sacks?",
    ]
