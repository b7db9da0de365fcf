"""Tables of events by a map of their columns: `[[ingest.tables]]` of the settings, as a worker gets it.

A row's context is the heading of its table; a map, where there is one, stands behind it after a NUL.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from unsealed.ingest.readers.grid import Box

SUMMED = frozenset(("killed", "wounded"))
_MARK = b"\0"


class TableMap(msgspec.Struct, frozen=True):
    """One kind of table. `when`: headings that such a table has. `columns`: for a field the columns it is taken from.

    Of several columns numbers of casualties are added up; of anything else the first that is not empty counts. `box`:
    south, west, north, east in degrees; places outside are flagged.
    """

    name: str
    when: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    box: tuple[float, ...] = ()

    def fits(self, headings: Sequence[str]) -> bool:
        """Whether a table with these headings (lower case) is of this kind."""
        return bool(self.when) and all(name.lower() in headings for name in self.when)

    @property
    def range(self) -> Box | None:
        """The box, where there is one."""
        return Box(*self.box) if len(self.box) == 4 else None


_decoder = msgspec.msgpack.Decoder(tuple[TableMap, ...])


def with_maps(context: bytes, maps: bytes) -> bytes:
    """The context of a row with the maps of the settings (msgpack of `TableMap`s; empty for none) behind it."""
    return context + _MARK + maps if maps else context


def heading_and_maps(context: bytes) -> tuple[bytes, tuple[TableMap, ...]]:
    """What `with_maps` put together. A heading that holds a NUL of its own is cut there, and no map is read."""
    heading, mark, maps = context.partition(_MARK)
    return heading, _decoded(maps) if mark else ()


@lru_cache(maxsize=8)
def _decoded(maps: bytes) -> tuple[TableMap, ...]:
    try:
        return _decoder.decode(maps)
    except msgspec.MsgspecError:
        return ()
