"""Look for bytes that break what reads an outsider's bytes: readers, splitters, the sniffer, proofs, notes, queries.

python scripts/fuzz.py [--seconds 60] [--seed N] [TARGET...]     TARGET may hold stars: 'read-*'; none: all
python scripts/fuzz.py --list

Each target runs in a process of its own, guided by coverage (atheris): it keeps the inputs that reach new code and
changes them further. They stay in `.fuzz/corpus/TARGET`, begun with the sample archive and the folder of real
documents, so that the next run goes on. What breaks a target (an error that is no UnsealedError, a broken contract, too
much time or memory for one input) is written to `.fuzz/findings`, and the run ends with 1. A finding that holds nothing
of a real document goes to tests/ingest/findings as TARGET.WHAT-IT-WAS.bin: a test reads them all.
Where atheris is not installed (it has wheels for Linux on x86-64 only) inputs are changed blindly, and the run says so.
"""

# ruff: noqa: PLC0415, I001 - what is under instruments must be imported under them, and nothing of it before

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import importlib
import importlib.util
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUZZ = ROOT / ".fuzz"
SECONDS_OF_ONE = 25  # for one input: instrumented code is several times slower
MEMORY = 3000  # MiB
_PLACE = re.compile(r'File "[^"]*?(unsealed/[^"]+|tests/fuzzing\.py|tests/ingest/[^"]+)", line (\d+)')
_ERROR = re.compile(r"^(\w+(?:Error|Exception|Interrupt|Warning)|ERROR: libFuzzer: [\w -]+)", re.MULTILINE)
_RUNS = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+)", re.MULTILINE)

sys.path.insert(0, str(ROOT))


def inside(name: str, arguments: list[str]) -> None:
    """Be the process of one target. Never comes back."""
    import atheris

    # With the code that parses under instruments, and nothing else: the rest would only be slower.
    with atheris.instrument_imports(include=["unsealed"]):
        from tests import fuzzing
        from unsealed.ingest import extract, readers

        if name.startswith("unpack-"):
            importlib.import_module(f"unsealed.ingest.extract.{extract.EXTRACTORS[name[7:]][0]}")
        if name.startswith("read-"):
            importlib.import_module(f"unsealed.ingest.readers.{readers.READERS[name[5:]].module}")
    target = fuzzing.targets()[name]
    # Not atheris' hook for regular expressions: its patterns take no position, and ours are given one.
    atheris.Setup([sys.argv[0], *arguments], target)
    atheris.Fuzz()


def longest() -> int:
    """Bytes of one input."""
    from tests import fuzzing

    return fuzzing.LONGEST


def guided(name: str, seconds: float, seed: int, out: Path) -> list[Path]:
    """One target with coverage; gives the findings."""
    before = set(out.glob(f"{name}.*"))  # several targets may run side by side
    limits = [f"-timeout={SECONDS_OF_ONE}", f"-report_slow_units={SECONDS_OF_ONE}"]
    limits += [f"-rss_limit_mb={MEMORY}", f"-max_len={longest()}"]
    run = [f"-max_total_time={seconds:.0f}", f"-seed={seed}", f"-artifact_prefix={out}/{name}.", "-use_value_profile=1"]
    command = [sys.executable, __file__, "--inside", name, *limits, *run, str(FUZZ / "corpus" / name)]
    done = subprocess.run(command, cwd=FUZZ, capture_output=True, text=True, errors="replace", check=False)
    new = sorted(set(out.glob(f"{name}.*")) - before)
    runs = _RUNS.search(done.stderr)
    said = f"{int(runs[1]):>9,} runs, {int(runs[2]):>6,} edges" if runs else "ended early"
    print(f"{name:24} {said}" + (f"  FOUND {len(new)}" if new else ""), flush=True)
    if done.returncode and not new:
        raise SystemExit(f"{name}: the fuzzer itself failed:\n{(done.stdout + done.stderr)[-3000:]}")
    if new:
        places = _PLACE.findall(done.stdout + done.stderr)
        errors = _ERROR.findall(done.stdout + done.stderr)
        # Its words may hold what a document says: only the kind and the place are shown.
        where = f"{places[-1][0]}, line {places[-1][1]}" if places else "an unknown place"
        print(f"    {errors[0] if errors else 'a fault'} in {where}: {', '.join(path.name for path in new)}")
    return new


def blind(name: str, seconds: float, seed: int, out: Path) -> list[Path]:
    """One target without coverage: seeds with a few changes each."""
    from tests import fuzzing

    target = fuzzing.targets()[name]
    chance = random.Random(seed)
    inputs = [path.read_bytes() for path in sorted((FUZZ / "corpus" / name).iterdir())] or [b""]
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = _changed(chance, chance.choice(inputs), chance.choice(inputs))
        count += 1
        try:
            target(data)
        except Exception as error:  # the point of the exercise
            path = out / f"{name}.crash-{hashlib.sha1(data).hexdigest()}"
            path.write_bytes(data)
            print(f"{name:24} {count:>9,} runs, no coverage  FOUND {type(error).__name__}: {path.name}")
            return [path]
    print(f"{name:24} {count:>9,} runs, no coverage")
    return []


def _changed(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` with one to eight changes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << chance.randrange(8)
            case 1:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                del changed[at : at + chance.randint(1, 200)]
            case 3:
                changed[at:at] = changed[at : at + chance.randint(1, 400)]
            case 4:
                start = chance.randrange(len(other) + 1)
                changed[at : at + 50] = other[start : start + chance.randint(1, 400)]
            case _:
                changed[at:at] = chance.choice([b"\0", b"\xff\xfe", b'"', b"\\", b"\n\n", b"<", b"&#x0;", b"(", b"\r"])
    return bytes(changed)


def _chosen(patterns: list[str]) -> list[str]:
    from tests import fuzzing

    names = list(fuzzing.targets())
    chosen = [name for name in names if not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
    if not chosen:
        raise SystemExit(f"no target is called so; there are: {', '.join(names)}")
    return chosen


def _plant_seeds(names: list[str]) -> None:
    from tests import fuzzing

    fresh = [name for name in names if not (FUZZ / "corpus" / name).is_dir()]
    for name, inputs in fuzzing.seeds(fresh).items() if fresh else ():
        folder = FUZZ / "corpus" / name
        folder.mkdir(parents=True, exist_ok=True)
        for data in inputs:
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def main() -> int:
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=int(time.time()) % (1 << 31))
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    names = _chosen(options.targets)
    if options.list:
        print("\n".join(names))
        return 0
    _plant_seeds(names)
    out = FUZZ / "findings"
    out.mkdir(parents=True, exist_ok=True)
    run = guided
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: inputs are changed blindly, which finds less.", file=sys.stderr)
        run = blind
    os.nice(10)
    found = [path for name in names for path in run(name, options.seconds, options.seed, out)]
    print(f"seed {options.seed}: {len(found)} findings" + (f" in {out.relative_to(ROOT)}" if found else ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
