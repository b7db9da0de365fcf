"""Native tools that readers may ask for, and how each is called. The only place where their commands stand.

A reader cannot start anything: it names a tool of this table (`readers.outcome.Ask`), the trusted side runs it on the
bytes in a fresh sandbox, and the reader gets back what the tool left. A reader chooses the bytes and, where the
entry has places for them, options of a fixed look; never a path, a program or a flag.
"""

from __future__ import annotations

import re

import msgspec

from unsealed.ingest.readers.outcome import Ask, ToolAnswer
from unsealed.sandbox import SandboxError, ToolLimits, run_tool

_EXPECTED = {"missing", "slow", "large", "died"}


class Tool(msgspec.Struct, frozen=True):
    """One native tool.

    `argv`: program and arguments; `{0}`, `{1}` … stand for options. `file`: the name at which the bytes lie
    (`/in/NAME`); empty: they are standard input. `options`: what each option must match as a whole. `collect`: files
    below `/tmp/out` come back. `readable`: more places of the system that it needs. `package`: where it comes from,
    for the remedy.
    """

    argv: tuple[str, ...]
    package: str
    file: str = ""
    options: tuple[str, ...] = ()
    collect: bool = False
    readable: tuple[str, ...] = ()
    limits: ToolLimits = ToolLimits()


TOOLS: dict[str, Tool] = {
    # Length, streams and tags of sound and film, as JSON on standard output.
    "ffprobe": Tool(
        ("ffprobe", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-show_format",
         "-show_streams", "-show_chapters", "-of", "json", "/in/media"),
        package="ffmpeg", file="media", limits=ToolLimits(seconds=60, output=16 << 20),
    ),
    # The times of the key frames of the first picture track, one a line.
    "key-frames": Tool(
        ("ffprobe", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-select_streams", "v:0",
         "-skip_frame", "nokey", "-show_entries", "frame=pts_time", "-of", "csv=p=0", "/in/media"),
        package="ffmpeg", file="media", limits=ToolLimits(seconds=120, cpu=120, output=4 << 20),
    ),
    # One subtitle track as SubRip, and one picture that is a track (a cover): option 0 is the track's number.
    "subtitles": Tool(
        ("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "file", "-i", "/in/media",
         "-map", "0:{0}", "-f", "srt", "/tmp/out/track.srt"),  # noqa: S108  (inside the sandbox)
        package="ffmpeg", file="media", options=(r"\d{1,2}",), collect=True, limits=ToolLimits(seconds=120, cpu=120),
    ),
    "picture-track": Tool(
        ("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "file", "-i", "/in/media",
         "-map", "0:{0}", "-frames:v", "1", "-c", "copy", "-f", "image2", "-update", "1", "/tmp/out/picture"),  # noqa: S108
        package="ffmpeg", file="media", options=(r"\d{1,2}",), collect=True, limits=ToolLimits(seconds=60),
    ),
    # An old or foreign office document as another type: option 0 is the type to make (`docx`, `pdf`, `txt:Text`).
    # `-env:UserInstallation`: a profile of its own for each call, gone with its scratch.
    "soffice": Tool(
        ("soffice", "-env:UserInstallation=file:///tmp/profile", "--headless", "--norestore", "--nolockcheck",
         "--convert-to", "{0}", "--outdir", "/tmp/out", "/in/document"),  # noqa: S108
        package="libreoffice-core-nogui libreoffice-writer-nogui", file="document",
        options=(r"[a-z0-9]{2,5}(:[A-Za-z0-9 ]{1,40})?",), collect=True,
        limits=ToolLimits(seconds=120, cpu=120, memory=8 << 30, scratch=512 << 20, processes=256, unix_sockets=True),
    ),
}  # fmt: skip


def answer(ask: Ask, *, unsafe: bool = False) -> ToolAnswer:
    """Run the tool that a reader asked for. Never raises for what the tool or the reader did.

    `unsafe`: there is no sandbox; then no tool is run.
    """
    tool = TOOLS.get(ask.tool)
    if tool is None or not _fitting(tool, ask.options):
        return ToolAnswer("refused")
    try:
        found = run_tool(
            [part.format(*ask.options) for part in tool.argv], data=b"" if tool.file else ask.data,
            files={tool.file: ask.data} if tool.file else {}, limits=tool.limits, collect=tool.collect,
            readable=tool.readable, unsafe=unsafe,
        )  # fmt: skip
    except SandboxError as error:
        name = error.failure.value
        return ToolAnswer(name) if name in _EXPECTED else ToolAnswer("died")  # type: ignore[arg-type]
    return ToolAnswer("done", found.code, found.output, found.files)


def _fitting(tool: Tool, untrusted_options: tuple[str, ...]) -> bool:
    """Whether the options are as many as the tool has places, and each looks as it must."""
    if len(untrusted_options) != len(tool.options):
        return False
    return all(re.fullmatch(form, option) for form, option in zip(tool.options, untrusted_options, strict=True))
