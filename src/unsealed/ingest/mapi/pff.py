"""The one module that knows libpff: a second count of the messages of a PST, by another reader."""

from __future__ import annotations

from typing import Any, BinaryIO

import pypff

DEPTH = 64  # folders inside each other


def count(file: BinaryIO) -> int:
    """How many messages libpff finds, orphans too (not those that are hidden); -1 where it cannot open the file."""
    store = pypff.file()
    try:
        store.open_file_object(file)
        total = int(store.get_number_of_orphan_items())
        root = store.get_root_folder()
        return total + (_inside(root, 0) if root is not None else 0)
    except Exception:  # a C library on hostile bytes, behind the sandbox: no count is better than no end
        return -1
    finally:
        _close(store)


def _inside(folder: Any, depth: int) -> int:
    total = int(folder.get_number_of_sub_messages())
    if depth < DEPTH:
        for number in range(folder.get_number_of_sub_folders()):
            total += _inside(folder.get_sub_folder(number), depth + 1)
    return total


def _close(store: Any) -> None:
    try:
        store.close()
    except OSError:
        return
