"""One file of sound or film from the answers of the tools to a reading."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from unsealed.ingest.decode import composed
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.media.boxes import boxes_of
from unsealed.ingest.readers.media.cues import Cue, cues_of
from unsealed.ingest.readers.outcome import Ask, Outcome, Part, ToolAnswer, asking, rejected

NAME, VERSION = "media", 1
REMEDY = "Install ffmpeg (Debian: ffmpeg) and run `unsealed ingest --retry`."
TRACKS = 16  # subtitle tracks and pictures that are taken out
CUES = 50_000  # cues of one file
KEY_FRAMES = 1_000  # times in the list
VALUE = 20_000  # characters of one tag
_TEXT_CODECS = frozenset(
    ("subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text", "ttml", "microdvd", "eia_608", "subviewer", "sami")
)
_FIELDS = {"title": "title", "artist": "author", "author": "author", "album_artist": "author", "creator": "author"}
_DATES = ("creation_time", "com.apple.quicktime.creationdate", "date", "year")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?)?)?$")
_PLACE = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")
_FORMAL = frozenset(("encoder", "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id"))


def read(data: bytes, context: bytes, answers: tuple[ToolAnswer, ...]) -> Outcome:
    """A file of sound or film. Asks for `ffprobe`, then for what it found."""
    if not answers:
        return asking(Ask("ffprobe", data), Ask("key-frames", data))
    probed = _probed(answers[0])
    if probed is None:
        return _unprobed(data, answers[0])
    wanted = _wanted(probed)
    if len(answers) == 2 and wanted:
        # The tools' first answers are asked for again: a reader keeps nothing between its calls.
        return asking(
            Ask("ffprobe", data), Ask("key-frames", data), *[Ask(tool, data, (str(track),)) for tool, track in wanted]
        )
    return _Film(probed).outcome(answers[1], list(zip(wanted, answers[2:], strict=False)))


def _probed(answer: ToolAnswer) -> dict[str, Any] | None:
    """What ffprobe says; None where it is missing or found no stream."""
    if answer.state != "done":
        return None
    try:
        found = msgspec.json.decode(answer.output, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
    return found if found.get("streams") and isinstance(found["streams"], list) else None


def _unprobed(data: bytes, answer: ToolAnswer) -> Outcome:
    """What the file's own boxes say, and that more could be read."""
    build = Builder()
    for name, value in boxes_of(data):
        build.free("header", f"{_plain(name)}: {_plain(value)}")
    state = "read" if build.count else "no-text"
    if answer.state == "done":
        if not build.count:
            return rejected("V-MEDIA", "ffprobe finds neither sound nor film in it", "It is damaged, or not read yet.")
        build.finding("V-DAMAGED", "warn")
        return build.outcome("media", NAME, VERSION)
    if not build.count:
        build.free("unread", "")
    found = build.outcome("media", NAME, VERSION)
    why = "ffprobe is not installed" if answer.state == "missing" else "ffprobe failed on it"
    return Outcome(found.reading, (), "V-FFPROBE", why, REMEDY, "read" if state == "read" else "no-text")


def _streams(probed: dict[str, Any]) -> list[dict[str, Any]]:
    return [stream for stream in probed["streams"] if isinstance(stream, dict)]


def _wanted(probed: dict[str, Any]) -> list[tuple[str, int]]:
    """Tool and track of each text subtitle and each attached picture."""
    found: list[tuple[str, int]] = []
    for stream in _streams(probed):
        track = stream.get("index")
        if not isinstance(track, int) or not 0 <= track < 100 or len(found) >= TRACKS:
            continue
        if stream.get("codec_type") == "subtitle" and stream.get("codec_name") in _TEXT_CODECS:
            found.append(("subtitles", track))
        elif _mapping(stream.get("disposition")).get("attached_pic") == 1:
            found.append(("picture-track", track))
    return found


class _Film:
    def __init__(self, probed: dict[str, Any]) -> None:
        self._probed = probed
        self._build = Builder()
        self._seen: set[str] = set()
        self._known: set[str] = set()  # fields that have a value

    def outcome(self, frames: ToolAnswer, tracks: list[tuple[tuple[str, int], ToolAnswer]]) -> Outcome:
        head = _mapping(self._probed.get("format"))
        self._tags(_mapping(head.get("tags")), "")
        self._said("duration", _clock(head.get("duration")))
        for stream in _streams(self._probed):
            self._stream(stream)
        chapters = self._probed.get("chapters")
        for chapter in chapters[:CUES] if isinstance(chapters, list) else []:
            self._chapter(_mapping(chapter))
        self._key_frames(frames)
        for (tool, track), answer in tracks:
            self._subtitles(track, answer) if tool == "subtitles" else self._picture(track, answer)
        return self._build.outcome("media", NAME, VERSION)

    def _said(self, name: str, value: str, label: str = "header") -> int:
        value = _plain(value)
        line = f"{_plain(name)}: {value}"
        if not value or line in self._seen:
            return -1
        self._seen.add(line)
        return self._build.free(label, line)

    def _tags(self, tags: dict[str, Any], prefix: str) -> None:
        """Tags as units; the date with the best claim, the author and the place as fields."""
        low = {str(name).lower(): str(value) for name, value in tags.items()}
        for name, value in low.items():
            if name in _FORMAL and prefix:
                continue
            if name.startswith("location") or name.endswith("location.iso6709"):
                self._place(value)
                continue
            unit = self._said(prefix + name, value)
            field = "date" if name == next((date for date in _DATES if date in low), "") else _FIELDS.get(name, "")
            if field and unit >= 0 and field not in self._known:  # the file's own tags come before those of a stream
                self._known.add(field)
                self._build.field(field, _iso(value) if field == "date" else _plain(value), unit)

    def _place(self, value: str) -> None:
        match = _PLACE.match(value)
        if match is None:
            self._said("location", value)
            return
        line = f"{float(match[1]):.6f} {float(match[2]):.6f}"
        if line not in self._seen:
            self._seen.add(line)
            unit = self._build.free("coordinate", line)
            for name, value in zip(("lat", "lon"), line.split(), strict=True):
                self._build.field(name, value, unit)

    def _stream(self, stream: dict[str, Any]) -> None:
        sides = [stream.get("width"), stream.get("height")]
        size = f"{sides[0]}x{sides[1]}" if all(sides) else ""
        rate = f"{stream['sample_rate']} Hz" if stream.get("sample_rate") else ""
        parts = (stream.get("codec_type"), stream.get("codec_name"), size, rate, stream.get("channel_layout"))
        self._said(f"stream {stream.get('index')}", " ".join([str(part) for part in parts if part]))
        self._tags(_mapping(stream.get("tags")), f"stream {stream.get('index')} ")

    def _chapter(self, chapter: dict[str, Any]) -> None:
        title = _plain(str(_mapping(chapter.get("tags")).get("title", "")))
        if title:
            self._build.free("time", _clock(chapter.get("start_time")))
            self._build.free("heading", title)

    def _key_frames(self, answer: ToolAnswer) -> None:
        times = re.findall(rb"\d+\.\d+", answer.output) if answer.state == "done" else []
        if times:
            shown = [_clock(time.decode()) for time in times[:KEY_FRAMES]]
            self._said("key frames", " ".join(shown))
        if len(times) > KEY_FRAMES:
            self._build.finding("V-KEY-FRAMES", "note")

    def _subtitles(self, track: int, answer: ToolAnswer) -> None:
        """One track as its cues: a unit `time` and a unit `message` each."""
        text = next(iter(answer.files.values()), b"").decode("utf-8", "replace") if answer.state == "done" else ""
        cues = cues_of(text)
        if not cues:
            self._build.finding("V-SUBTITLES", "warn")
            return
        self._build.free("title", f"Subtitles of stream {track}")
        for cue in cues[:CUES]:
            self._cue(cue)

    def _cue(self, cue: Cue) -> None:
        self._build.free("time", cue.time)
        self._build.free("message", composed(cue.text))

    def _picture(self, track: int, answer: ToolAnswer) -> None:
        data = next(iter(answer.files.values()), b"") if answer.state == "done" else b""
        if data:
            self._build.parts.append(Part(f"picture of stream {track}", data, "image/*", None))
        else:
            self._build.finding("V-PICTURE", "warn")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(text: str) -> str:
    text = "".join(
        [c if c.isprintable() or c == " " else " " for c in text.encode("utf-8", "replace").decode()[:VALUE]]
    )
    return composed(" ".join(text.split()))


def _clock(seconds: object) -> str:
    """Seconds as `0:01:02.5`; empty for what is no number."""
    try:
        value = float(str(seconds))
    except ValueError:
        return ""
    if not 0 <= value < 1e7:
        return ""
    whole, tenths = divmod(round(value * 10), 10)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{tenths}"


def _iso(value: str) -> str:
    """A date as ISO 8601 of its own precision; empty for another form."""
    match = _DATE.match(value.strip())
    if match is None:
        return ""
    year, month, day, clock, zone = match.groups()
    date = "-".join([part for part in (year, month, day) if part])
    zone = zone or ""
    return date + (f"T{clock}" if clock else "") + (zone if ":" in zone or len(zone) < 2 else f"{zone[:3]}:{zone[3:]}")
