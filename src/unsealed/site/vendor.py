"""The parts that `make web` builds into `_vendor/`: the page verifier and the offline `verify.html`.

They are made from `web/` by `scripts/build_web.py` and are part of the wheel. A checkout where `make web` was
not run has none: pages then say "Not checked (no script)", and `verify.html` says where to get the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unsealed.site.frame import HERE

_VENDOR = HERE / "_vendor"
_COMMENT_OR_END = re.compile(rb"/\*.*?\*/|\n", re.DOTALL)


def verifier_script() -> bytes | None:
    """The page verifier as one classic script that defines `unsealedVerifier`, or None where it was not built."""
    path = _VENDOR / "verifier.js"
    return path.read_bytes() if path.exists() else None


def verify_page() -> bytes:
    """`verify.html`: one file, no network. The same bytes for every archive, so that a release can name its hash."""
    path = _VENDOR / "verify.html"
    return path.read_bytes() if path.exists() else (HERE / "static" / "verify-missing.html").read_bytes()


def static_file(name: str) -> bytes:
    """A file of `static/`: the stylesheet (without its comments and line ends, which readers do not need), the page's
    script, the icon.
    """
    data = (HERE / "static" / name).read_bytes()
    return _COMMENT_OR_END.sub(b"", data) if name.endswith(".css") else data


def house_files() -> Iterator[tuple[str, bytes]]:
    """The files of this room whose words may stand on a page without a document: templates, scripts, styles, code.

    (path within the room, bytes). The leak check tells by them what the program itself says from what it shows.
    """
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and path.suffix not in (".pyc", ".map"):
            yield path.relative_to(HERE).as_posix(), path.read_bytes()
