"""Take each check out of the JavaScript verifier, one at a time, and show that a vector then fails.

Every check of `web/verifier` is a call of `refuse`. A changed copy of the folder runs `vectors.mjs`: first over small
vectors only, and where nothing is missed, over all of them.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
VERIFIER, VECTORS = ROOT / "web/verifier", ROOT / "tests/vectors"
_CALL = re.compile(r'\brefuse\((?:"(?P<rule>[a-z0-9-]+)"|`\$\{what\}-(?P<last>[a-z]+)`|rule)')
_NOTHING = "((..._) => undefined)("
# Changes of keys are not part of a document's proof, and of a policy file only the keys are: tests/seal/test_policy.py.
_ELSEWHERE = frozenset({"entry-number", ""})
# Checks that no vector can miss alone, by their words, each with the reason.
EXEMPT = {
    "A signature line has no signature.": "the check of the length after it refuses the same lines for the same rule",
    "A note is not UTF-8.": "a proof file is UTF-8 before any note in it is read",
    "A public key is not written as NAME+ID+KEY.": "what is missing is an empty key, refused in the next line",
    "A public key is empty.": "an empty key has no kind, which a policy refuses as well",
    "A key is of an unknown kind or length.": "a policy asks for the kind that fits the line, a point for its length",
    "The cosignature of ${witness.name} has a wrong length.": "Ed25519 refuses any other length for the same rule",
}


class Mutant(NamedTuple):
    """A file without one check."""

    file: str
    line: int
    words: str
    text: str


def mutants() -> Iterator[Mutant]:
    """Every mutant of the folder."""
    for path in sorted(VERIFIER.glob("*.js")):
        text = path.read_text(encoding="utf-8")
        for call in _CALL.finditer(text):
            rule = call["rule"] or call["last"] or ""
            if rule in _ELSEWHERE or (path.name == "policy.js" and rule == "policy"):
                continue
            changed = text[: call.start()] + _NOTHING + text[call.start() + len("refuse(") :]
            end = text.find("\n", call.start())
            yield Mutant(path.name, text.count("\n", 0, call.start()) + 1, text[call.start() : end], changed)


def _small(folder: Path) -> None:
    """The vectors without the large ones."""
    for name in ("negative", "positive"):
        vectors: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
        wanted = vectors["vectors"]
        vectors["vectors"] = [
            one
            for one in wanted
            if not any(isinstance(piece, dict) and {"repeat", "from"} & piece.keys() for piece in one["file"])
        ][:: 1 if name == "negative" else 6]
        (folder / f"{name}.json").write_text(json.dumps(vectors))
    shutil.copy(VECTORS / "merkle.json", folder)
    shutil.copy(VECTORS / "standing.json", folder)
    shutil.copy(VECTORS / "closing.json", folder)


def _missed(node: str, folder: Path, vectors: Path) -> bool:
    done = subprocess.run([node, str(folder / "vectors.mjs"), str(vectors)], capture_output=True, check=False)
    return done.returncode != 0


def run(node: str) -> int:
    """Report each mutant that survives; their number."""
    count, survivors, exempt = 0, 0, 0
    with tempfile.TemporaryDirectory() as made:
        folder, small = Path(made) / "verifier", Path(made) / "vectors"
        shutil.copytree(VERIFIER, folder)
        small.mkdir()
        _small(small)
        if (ROOT / "node_modules").is_dir():
            (Path(made) / "node_modules").symlink_to(ROOT / "node_modules")
        (Path(made) / "package.json").write_text('{"type": "module"}')
        if _missed(node, folder, VECTORS) or _missed(node, folder, small):
            print("The JavaScript verifier fails before anything is taken out.")
            return 1
        for mutant in mutants():
            count += 1
            (folder / mutant.file).write_text(mutant.text, encoding="utf-8")
            if not _missed(node, folder, small) and not _missed(node, folder, VECTORS):
                excused = any(words in mutant.words for words in EXEMPT)
                exempt += excused
                survivors += not excused
                if not excused:
                    print(f"survives: {mutant.file}:{mutant.line} {mutant.words}")
            shutil.copy(VERIFIER / mutant.file, folder)
    print(f"JavaScript: {count} checks taken out, {survivors} survive, {exempt} exempt")
    return survivors
