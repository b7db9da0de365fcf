"""`unsealed review consult`: ask somebody outside about passages, and keep what they reply."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from unsealed import age
from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import counted, visible
from unsealed.errors import InputError, UsageError
from unsealed.files import read_capped
from unsealed.review import consult as asking
from unsealed.review.consult import Consultation, Question
from unsealed.review.events import Asked
from unsealed.review.state import WHOLE

_WORDS_LIMIT = 4 << 20  # bytes of a file of words
_SHOWN = 300  # characters of a reply beside a document
_EDITOR = click.option("--as", "editor", required=True, metavar="EDITOR", help="Who says so: a name of the settings.")
_FILE = click.Path(path_type=Path, dir_okay=False)


class Name(click.ParamType[int]):
    """The name of a consultation: `c3`, or its number."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Its number."""
        text = str(value).removeprefix("c")
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            self.fail("a consultation is named by its number, for example c3", param, ctx)
        return int(text)


@click.group()
def consult() -> None:
    """Ask somebody outside about passages: the person concerned, a partner, an authority that is asked about harm.

    Whoever is asked decides nothing, and no reply blocks nothing. What was asked and what came back is kept.
    """


@consult.command()
@click.option("--to", required=True, help="Who is asked, in words that may stand in the audit log.")
@click.option("--passage", "passages", multiple=True, metavar="DOC:UNIT[:FROM-TO]", help="As `review show` numbers.")
@click.option("--mark", "marks", multiple=True, metavar="m12", help="What a mark withholds, in its unit.")
@click.option("--question", help="What you ask, in words.")
@click.option("--question-file", type=_FILE, help="A file with what you ask.")
@click.option("--context", default=0, show_default=True, type=click.IntRange(0, 50), help="Units before and after.")
@click.option(
    "--show-withheld", default="", metavar="WHY", help="Show the person whom they concern the words asked about."
)
@click.option("--recipient", default="", help="Encrypt it to this age recipient; the file then ends with .age.")
@click.option("--out", required=True, type=_FILE, help="The file to write: letter.html, letter.txt, letter.html.age.")
@_EDITOR
@archive_option
def send(
    archive: Path, to: str, passages: Sequence[str], marks: Sequence[str], question: str | None,
    question_file: Path | None, context: int, show_withheld: str, recipient: str, out: Path, editor: str,
) -> None:  # fmt: skip
    """Write a letter with the passages in question and nothing else; you hand it over.

    Whoever gets it needs no program: it is a page or plain text. No name, number or path of a document is in it. What
    anybody withholds is left out, but for the words asked about where --show-withheld says why.
    """
    words = _words(question, question_file, "--question", "--question-file")
    with Archive.open(archive, write=True) as opened:
        asked = asking.find_passages(opened, passages, marks)
        to_whom = age.check_recipient(recipient) if recipient else ""
        found = asking.send(opened, Question(to, words, asked, context, show_withheld, to_whom), out, editor)
    click.echo(visible(f"{found.name}: {counted(len(asked), 'passage')} for {to} in {out}."))
    if not recipient:
        click.echo("It is not encrypted: whoever holds the file can read it.")
    click.echo(f"What comes back: unsealed review consult reply {found.name} --text … --as EDITOR")


@consult.command()
@click.argument("name", type=Name())
@click.option("--text", help="The reply, in its own words.")
@click.option("--file", type=_FILE, help="A file with the reply.")
@_EDITOR
@archive_option
def reply(archive: Path, name: int, text: str | None, file: Path | None, editor: str) -> None:
    """Keep what came back to NAME (c3). It is shown beside the passages; editors decide."""
    words = _words(text, file, "--text", "--file")
    with Archive.open(archive, write=True) as opened:
        found = asking.reply(opened, name, words, editor)
    click.echo(f"{found.name}: {counted(len(found.replies), 'reply') if len(found.replies) == 1 else _replies(found)}.")


def _replies(found: Consultation) -> str:
    return f"{len(found.replies)} replies"


def _words(given: str | None, file: Path | None, words: str, name: str) -> str:
    if (given is None) == (file is None):
        raise UsageError("Words are needed, once.", remedy=f"Use {words} or {name}.")
    if file is None:
        return given or ""
    try:
        return read_capped(file, _WORDS_LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text.", remedy="Save it as plain text in UTF-8.") from error


@consult.command("list")
@click.option("--waiting", is_flag=True, help="Only those without a reply.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def list_(archive: Path, waiting: bool, as_json: bool) -> None:
    """List who was asked, when, and when they replied."""
    with Archive.open(archive) as opened:
        found = [one for one in asking.consultations(opened) if not (waiting and one.replies)]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found]))
        return
    for one in found:
        passages = counted(len(one.said.passages), "passage")
        click.echo(visible(f"{one.name}  {one.said.to}  {passages}, {_days(one)}, by {one.by}"))
    click.echo(f"{counted(len(found), 'consultation')}.")


def _days(one: Consultation) -> str:
    replied = ", ".join(day for _, day, _ in one.replies)
    return f"asked {one.asked_on}, " + (f"replied {replied}" if replied else "no reply, which blocks nothing")


def _as_json(one: Consultation) -> dict[str, Any]:
    said = one.said
    return {
        "consult": one.name, "to": said.to, "asked": one.asked_on, "by": one.by, "question": said.question,
        "context": said.context, "why_shown": said.why_shown, "recipient": said.recipient, "sha256": said.sha256,
        "passages": [_passage_json(asked) for asked in said.passages],
        "replies": [{"editor": editor, "day": day, "text": text} for editor, day, text in one.replies],
    }  # fmt: skip


def _passage_json(asked: Asked) -> dict[str, Any]:
    return {
        "document": asked.item, "unit": asked.unit, "start": asked.start, "end": asked.end,
        "mark": f"m{asked.mark}" if asked.mark else "",
    }  # fmt: skip


@consult.command()
@click.argument("name", type=Name())
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def show(archive: Path, name: int, as_json: bool) -> None:
    """Print what was asked, about which passages, and every reply in its own words."""
    with Archive.open(archive) as opened:
        one = asking.find(opened, name)
    if as_json:
        click.echo(json.dumps(_as_json(one)))
        return
    click.echo(visible(f"{one.name}  {one.said.to}, {_days(one)}, by {one.by}"))
    for asked in one.said.passages:
        click.echo(f"    document {asked.item}, {_place(asked)}")
    if one.said.why_shown:
        click.echo(visible(f"    with the withheld words: {one.said.why_shown}"))
    click.echo(visible(f"\n{one.said.question.strip()}"))
    for editor, day, text in one.replies:
        click.echo(visible(f"\nReply of {day}, kept by {editor}:\n{text.strip()}"))


def _place(asked: Asked) -> str:
    mark = f" (m{asked.mark})" if asked.mark else ""
    where = f"unit {asked.unit}" if asked.start == WHOLE else f"{asked.unit}:{asked.start}-{asked.end}"
    return where + mark


# --- beside what other commands print -------------------------------------------------------------------


def beside_units(opened: Archive, item: int) -> dict[int, list[str]]:
    """Lines about who was asked on units of a document, for `review show`."""
    found: dict[int, list[str]] = {}
    for one in asking.about_items(asking.consultations(opened)).get(item, ()):
        for unit in sorted({asked.unit for asked in one.said.passages if asked.item == item}):
            found.setdefault(unit, []).extend(_lines(one))
    return found


def _lines(one: Consultation) -> Iterable[str]:
    yield f"    {one.name}  {one.said.to}: {_days(one)}"
    for _, _, text in one.replies:
        words = " ".join(text.split())
        yield f"        “{words if len(words) <= _SHOWN else words[:_SHOWN] + ' …'}”"


def beside_documents(opened: Archive) -> dict[int, str]:
    """What stands behind documents of the queue that somebody was asked about: `; c1 asked, c2 replied`."""
    asked = asking.about_items(asking.consultations(opened))
    return {
        item: "; " + ", ".join(f"{one.name} {'replied' if one.replies else 'asked'}" for one in found)
        for item, found in asked.items()
    }
