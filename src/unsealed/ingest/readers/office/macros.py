"""The source of macros: the modules of a VBA project, unpacked (MS-OVBA 2.4.1), as units of code. Nothing is run."""

from __future__ import annotations

from unsealed.ingest.readers.office.folio import Folio
from unsealed.ingest.readers.office.ole import Compound

_CHUNK = 4096
_LIMIT = 8 << 20  # characters of one module
_BEGIN = b"\x00Attribut"  # the first word of every module, behind the first flag byte of its first chunk
_PROJECT = ("project", "projectwm", "projectlk")


def tell(found: Compound, folio: Folio) -> bool:
    """Append the modules of all projects below; whether there was one."""
    told = False
    for path in found.paths:
        name = path[-1].lower()
        if len(path) > 1 and path[-2].lower() == "vba":
            data = found.read(*path)
            at = data.find(_BEGIN)
            if at >= 3:
                unit = folio.say("code", _unpacked(data, at - 2).decode("cp1252", "replace"))
                folio.once("O-MACRO", "warn", unit)
                told = True
        elif name in _PROJECT and any(other[-2:-1] == ("VBA",) for other in found.paths):
            text = found.read(*path).decode("cp1252", "replace")
            folio.say("code", text if name == "project" else "")
    return told


def _unpacked(data: bytes, position: int) -> bytes:
    """The chunks from `position` on: two bytes of header each, then flag bytes before eight literals or copies."""
    out = bytearray()
    while position + 2 < len(data) and len(out) < _LIMIT:
        header = int.from_bytes(data[position : position + 2], "little")
        if header >> 12 & 7 != 3:
            break
        end = min(position + (header & 0x0FFF) + 3, len(data))
        position += 2
        if header & 0x8000:
            _chunk(data, position, end, out)
        else:
            out += data[position:end]
        position = end
    return bytes(out)


def _chunk(data: bytes, position: int, end: int, out: bytearray) -> None:
    start = len(out)
    while position < end:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= end or len(out) - start >= _CHUNK:
                break
            if not flags >> bit & 1:
                out.append(data[position])
                position += 1
                continue
            token = int.from_bytes(data[position : position + 2], "little")
            position += 2
            width = max(4, (len(out) - start - 1).bit_length())  # bits of the distance: they grow with the chunk
            distance = (token >> (16 - width)) + 1
            if distance > len(out) - start:
                return
            for _ in range((token & (0xFFFF >> width)) + 3):
                out.append(out[-distance])
