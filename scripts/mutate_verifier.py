"""Take each check out of the verifier, one at a time, and show that a vector then fails.

A check is: a `raise` of an error, a call of a function named `check…`, one side of an `or` in the condition before
a `raise`. A check that no vector misses is either not needed or not tested: both are reported, and the exit code
is 1. Runs the Python verifier in this process, each time with one module of `unsealed.seal` changed in memory.
"""

from __future__ import annotations

import ast
import copy
import importlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from unsealed.errors import ForeignCut, InputError, VerifyError

sys.path.insert(0, str(Path(__file__).parent))
import mutate_javascript
from build_web import node_and_npm

ROOT = Path(__file__).parent.parent
VECTORS = ROOT / "tests/vectors"
PACKAGE = "unsealed.seal"
# What a document's proof runs through: every function of a module, or the named ones.
SCOPE: dict[str, tuple[str, ...]] = {
    "proof": (),
    "opened": ("format_of", "check_grammar", "_unit_end", "gaps"),
    "cut": ("check_spans",),
    "prove": ("fold",),
    "statement": ("decode",),
    "merkle": ("root_from_path", "check_inclusion"),
    "verify": (),
    "tlog_proof": ("parse_tlog_proof", "check_logged"),
    "entries": ("parse_text", "_check_reasons", "parse_entry", "check_entry", "_signed"),
    "note": (
        "decode_base64",
        "check_name",
        "_check_text",
        "_parse_line",
        "parse_note",
        "_check_line",
        "__post_init__",
        "parse_vkey",
    ),
    "checkpoint": ("parse_text", "open_checkpoint", "check_cosignature"),
    "closing": ("decode_close", "_read", "check_counts", "check_close"),
    "policy": ("_key", "check_threshold", "check_quorum", "check_checkpoint"),
}
# Checks that a document's proof cannot reach, each with the reason why no vector can miss them.
EXEMPT: dict[tuple[str, str], str] = {
    ("closing", "_read: raise _form()"): "a line that was passed over is missing when the list is written again",
    ("note", "_check_text: if … not text.endswith('\\n') …"): "the reader adds this newline; the check guards signing",
    ("note", '_parse_line: raise VerifyError("A signature line has no signature.", rule="note-form")'): (
        "the check of the length after it refuses the same lines for the same rule"
    ),
    ("note", 'parse_note: raise VerifyError("A note is not UTF-8.", rule="note-form") from error'): (
        "a proof file is UTF-8 before any note in it is read; checkpoints of a site are not"
    ),
    ("note", 'parse_vkey: raise VerifyError("A public key is not written as NAME+ID+KEY.", rule="key-form")'): (
        "the parts cannot be taken without it, which a policy refuses as well"
    ),
    ("note", "__post_init__: if … self.kind not in _KINDS …"): "a policy asks for the one kind that fits the line",
    (
        "checkpoint",
        (
            "check_cosignature: raise VerifyError("
            'f"The cosignature of {witness.name} has a wrong length.", rule="cosignature")'
        ),
    ): "Ed25519 refuses a signature of any other length, for the same rule",
}


class Vector(NamedTuple):
    """A file to verify: under which policy, and which rule must refuse it (empty: none)."""

    name: str
    file: bytes
    policy: bytes | None
    excerpts: bool
    rule: str
    foreign: bool
    c: str = ""
    cut: str = ""


def join(pieces: Sequence[Any], shared: Sequence[str]) -> bytes:
    """The bytes of a file in pieces (tests/vectors/README.md)."""
    found = []
    for piece in pieces:
        if isinstance(piece, str):
            found.append(piece.encode())
        elif "shared" in piece:
            found.append(shared[piece["shared"]].encode())
        elif "repeat" in piece:
            found.append(piece["repeat"].encode() * piece["times"])
        elif "hex" in piece:
            found.append(bytes.fromhex(piece["hex"]))
        else:
            found.append("".join([f'"Ww{number} ",' for number in range(piece["from"], piece["to"])]).encode())
    return b"".join(found)


def load() -> list[Vector]:
    """Every verdict that the vectors ask for: first what must be refused, then what must pass."""
    refused, passed = (json.loads((VECTORS / f"{name}.json").read_text()) for name in ("negative", "positive"))
    found = []
    for one in refused["vectors"]:
        policy = one.get("policy", refused["policy"])
        policy = policy if policy is None else policy.encode()
        file, foreign = join(one["file"], refused["shared"]), one["answer"] == "foreign-cut"
        found.append(Vector(one["name"], file, policy, one.get("excerpts", True), one["rule"], foreign))
        if one.get("keys_only"):
            found.append(Vector(one["name"], file, None, True, "", False))
    for one in passed["vectors"]:
        file, policy, expect = join(one["file"], passed["shared"]), passed["policy"].encode(), one["expect"]
        found.append(Vector(one["name"], file, policy, True, "", False, expect["c"], expect["cut"]))
    return found


def load_closing() -> tuple[bytes, list[dict[str, Any]]]:
    """The archive's id, and the lists of its end."""
    found = json.loads((VECTORS / "closing.json").read_text())
    return bytes.fromhex(found["archive"]), found["vectors"]


# --- mutants -------------------------------------------------------------------------------------------


class Mutant(NamedTuple):
    """A module without one check."""

    module: str
    line: int
    what: str
    tree: ast.Module


def _is_check(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return True
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    called = node.value.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name.lstrip("_").startswith("check") or name == "gaps"


def _sides(node: ast.AST) -> list[ast.expr]:
    """The sides of an `or` that decides about a `raise`."""
    if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise) and isinstance(node.test, ast.BoolOp):
        return node.test.values if isinstance(node.test.op, ast.Or) else []
    return []


def mutants() -> Iterator[Mutant]:
    """Every mutant of every module in scope."""
    for module, functions in SCOPE.items():
        source = (ROOT / "src" / PACKAGE.replace(".", "/") / f"{module}.py").read_text(encoding="utf-8")
        whole = ast.parse(source)
        for function in ast.walk(whole):
            if isinstance(function, ast.FunctionDef) and (not functions or function.name in functions):
                for line, what, at, side in _checks(function, source):
                    changed = copy.deepcopy(whole)
                    _remove(changed, at, side)
                    yield Mutant(module, line, f"{function.name}: {what}", changed)


def _checks(function: ast.FunctionDef, source: str) -> Iterator[tuple[int, str, tuple[int, int], int]]:
    """Line, words, position, and side (-1: the whole statement) of each check of a function."""
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and _is_check(node):
            text = " ".join((ast.get_source_segment(source, node) or "").split())
            yield node.lineno, text, (node.lineno, node.col_offset), -1
        for side, value in enumerate(_sides(node)):
            assert isinstance(node, ast.If)
            yield value.lineno, f"if … {ast.unparse(value)} …", (node.lineno, node.col_offset), side


def _remove(tree: ast.Module, at: tuple[int, int], side: int) -> None:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "handlers", "finalbody"):
            statements = getattr(node, name, None)
            for place, one in enumerate(statements if isinstance(statements, list) else ()):
                if isinstance(one, ast.stmt) and (one.lineno, one.col_offset) == at:
                    if side < 0 and _is_check(one):
                        statements[place] = ast.copy_location(ast.Pass(), one)
                    elif side >= 0 and isinstance(one, ast.If) and isinstance(one.test, ast.BoolOp):
                        left = [value for number, value in enumerate(one.test.values) if number != side]
                        one.test = left[0] if len(left) == 1 else ast.BoolOp(one.test.op, left)


# --- running -------------------------------------------------------------------------------------------


class _Replace(MetaPathFinder, Loader):
    """Gives the changed tree to the import of one module."""

    def __init__(self, mutant: Mutant) -> None:
        self._name, self._tree = f"{PACKAGE}.{mutant.module}", mutant.tree

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(ast.fix_missing_locations(self._tree), self._name, "exec"), module.__dict__)


def fresh(mutant: Mutant | None) -> tuple[ModuleType, ModuleType]:
    """`verify` and `policy`, imported again, with the mutant in place."""
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]
    finder = _Replace(mutant) if mutant else None
    if finder:
        sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(f"{PACKAGE}.verify"), importlib.import_module(f"{PACKAGE}.policy")
    finally:
        if finder:
            sys.meta_path.remove(finder)


def missed(vectors: Sequence[Vector], mutant: Mutant | None) -> str:
    """The first vector whose verdict is another than it should be, or an empty string."""
    verify, policy = fresh(mutant)
    known: dict[bytes, Any] = {}
    for vector in vectors:
        try:
            policies = None
            if vector.policy is not None:
                if vector.policy not in known:
                    known[vector.policy] = policy.Policies.of(policy.parse_policy(vector.policy))
                policies = known[vector.policy]
            found = verify.verify_document(vector.file, policies, excerpts=vector.excerpts)
            good = not vector.rule and vector.c in ("", found.c.hex()) and vector.cut in ("", found.cut)
        except VerifyError as error:
            good = error.rule == vector.rule and isinstance(error, ForeignCut) == vector.foreign
        except InputError:
            good = vector.rule == "policy-form"
        except Exception:  # a verifier without one of its checks may break in any way: that is noticed too
            good = False
        if not good:
            return vector.name
    return ""


def closing_rule(closing: ModuleType, archive: bytes, vector: dict[str, Any]) -> str:
    """The rule for which a list of the end is refused; empty where it holds."""
    commitments = {int(number): list(map(bytes.fromhex, found)) for number, found in vector["commitments"].items()}
    try:
        closed = closing.decode_close(bytes.fromhex(vector["file"]))
        closing.check_counts(closed, vector["unused"], vector["unreleased"])
        closing.check_close(closed, archive, commitments, {(number, slot) for number, slot in vector["released"]})
    except VerifyError as error:
        return error.rule
    return ""


def missed_closing(mutant: Mutant | None) -> str:
    """The first list of the end whose verdict is another than it should be, or an empty string."""
    fresh(mutant)
    closing = importlib.import_module(f"{PACKAGE}.closing") if mutant is None else _changed(mutant)
    archive, vectors = load_closing()
    for vector in vectors:
        try:
            good = closing_rule(closing, archive, vector) == vector["rule"]
        except Exception:  # as in `missed`
            good = False
        if not good:
            return str(vector["name"])
    return ""


def _changed(mutant: Mutant) -> ModuleType:
    """The module itself, imported with the mutant in place."""
    finder = _Replace(mutant)
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(f"{PACKAGE}.{mutant.module}")
    finally:
        sys.meta_path.remove(finder)


def python() -> int:
    """Report each mutant of the Python verifier that survives; their number."""
    vectors, start = load(), time.monotonic()
    if wrong := missed(vectors, None) or missed_closing(None):
        print(f"The verifier fails before anything is taken out: {wrong}")
        return 1
    # The largest files take most of the time and are missed by no check alone.
    quick = [vector for vector in vectors if vector.rule or len(vector.file) < 1 << 19]
    count, survivors, exempt = 0, 0, 0
    for mutant in mutants():
        count += 1
        if missed_closing(mutant) if mutant.module == "closing" else missed(quick, mutant):
            continue
        reason = EXEMPT.get((mutant.module, mutant.what))
        if reason:
            exempt += 1
        else:
            survivors += 1
            print(f"survives: {mutant.module}.py:{mutant.line} {mutant.what}")
    took = time.monotonic() - start
    print(
        f"Python: {count} checks taken out, {survivors} survive, {exempt} exempt; {len(vectors)} verdicts; {took:.0f} s"
    )
    return survivors


def main() -> int:
    """Both verifiers; with `--python` that one only."""
    survivors = python()
    if "--python" not in sys.argv[1:]:
        survivors += mutate_javascript.run(node_and_npm()[0])
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
