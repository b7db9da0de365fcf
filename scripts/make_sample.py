"""Build the sample archive: `python scripts/make_sample.py [--out FOLDER]`.

Writes everything below `sample/archive/` that is not written by hand, and `decisions.json`, `releases.json` and
`EXPECT.json` beside it. The same sources give the same bytes; `tests/sample` builds it again and compares. Files
written by hand (press, letters, chats, the notebook, the forged cable) are left alone.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sample_events  # noqa: E402
import sample_mail  # noqa: E402
import sample_pdf  # noqa: E402
import sample_review  # noqa: E402
from sample_cables import Cable, dump_row, read_story, write_containers  # noqa: E402
from sample_filler import filler, read_topics  # noqa: E402

SEED = 1911
FILLERS = 108
STORY = HERE.parent / "sample" / "story"


def _spoiled(odd: list[Cable]) -> tuple[list[Cable], list[tuple[int, bytes]]]:
    """The sound ones of the odd cables, and the row that is to be rejected."""
    short = next(cable for cable in odd if "width" in cable.flags)
    row = dump_row(short, 20_099).encode()
    begin = row.index(b',"VZCZ')
    rejected = row[:begin] + row[row.index(b'","', begin) + 1 :]  # seven columns: the header is gone
    return [cable for cable in odd if cable is not short], [(40, rejected)]


def cables(out: Path) -> dict[str, object]:
    """Write the cables of all containers; the expectations that follow from them."""
    story = [cable for name in ("cables-1998-2005", "cables-2006-2009") for cable in read_story(STORY / f"{name}.txt")]
    odd, spoil = _spoiled(read_story(STORY / "cables-odd.txt"))
    more = filler(story + odd, read_topics(STORY / "topics.txt"), FILLERS, SEED)
    ordered = sorted([*story, *odd, *more], key=lambda cable: (cable.created, cable.id))
    by_form = write_containers(ordered, out / "cables", spoil)
    dump = out / "cables" / "dump.csv"
    # Two letters of one cable in the bytes of another charset, as an old terminal left them.
    raw = dump.read_bytes().replace("café au lait".encode(), b"caf\xe9 au lait")
    dump.write_bytes(raw.replace("Küng".encode(), b"K\xfcng"))
    return sample_review.expectations(by_form, story)


def files(out: Path) -> None:
    """Write events, mails, PDFs, the two files in old charsets and the unknown one."""
    for name in ("events", "mail", "pdf", "notes", "misc"):
        (out / name).mkdir(parents=True, exist_ok=True)
    (out / "events" / "omtv-2007-2008.csv").write_bytes(sample_events.csv_bytes())
    (out / "mail" / "desk.mbox").write_bytes(sample_mail.desk_mbox())
    for name, content in sample_mail.single_mails(sample_pdf.invoice()).items():
        (out / "mail" / name).write_bytes(content)
    (out / "pdf" / "geotechnical-summary.pdf").write_bytes(sample_pdf.geotechnical_summary())
    (out / "pdf" / "gate-register-scan.pdf").write_bytes(sample_pdf.gate_register())
    (out / "pdf" / "interim-report.pdf").write_bytes(sample_pdf.truncated())
    cuttings = (STORY / "cuttings-1252.txt").read_text(encoding="utf-8").replace("\n", "\r\n")
    (out / "notes" / "cuttings.txt").write_bytes(cuttings.encode("cp1252"))
    translator = (STORY / "translator-utf16.txt").read_text(encoding="utf-8")
    (out / "notes" / "translator.txt").write_bytes(b"\xff\xfe" + translator.encode("utf-16-le"))
    (out / "misc" / "seismo-0514.bin").write_bytes(b"\x93SEI\x00\x02" + random.Random("seismo").randbytes(2_042))


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def build(sample: Path) -> None:
    """Write all generated files below `sample`."""
    _json(sample / "EXPECT.json", cables(sample / "archive"))
    files(sample / "archive")
    _json(sample / "decisions.json", sample_review.decisions())
    _json(sample / "releases.json", sample_review.releases())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build the sample archive.")
    parser.add_argument("--out", type=Path, default=HERE.parent / "sample")
    build(parser.parse_args().out)


if __name__ == "__main__":
    main()
