"""Sound and film: what they say of themselves, subtitles as text with times, key frames as a list of times.

Asks ffprobe first, then ffmpeg for each subtitle track and picture; without them the container's own boxes are read.
The original bytes stay as they are, and playable.
"""

from unsealed.ingest.readers.media.film import NAME, VERSION, read

__all__ = ["NAME", "VERSION", "read"]
