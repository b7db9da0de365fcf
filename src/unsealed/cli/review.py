"""`unsealed review`: mark what must be withheld, decide it by two, apply a whole file of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from unsealed.archive import Archive, StoredReading
from unsealed.cli._archive import archive_option
from unsealed.cli._consult import beside_units, consult
from unsealed.cli._deciding import COMMANDS as DECIDING
from unsealed.cli._hidden import hidden, warn
from unsealed.cli._pages import box, decide_box, pages, picture
from unsealed.cli._suggest import register, suggest
from unsealed.cli._terminal import visible
from unsealed.errors import UsageError
from unsealed.files import read_capped
from unsealed.model import LABELS, Unit
from unsealed.review.apply import apply_decisions
from unsealed.review.desk import Desk, Wish, Wishes
from unsealed.review.file import LABEL_REMEDY, check_reason, check_span, parse_span
from unsealed.review.finding import Span, coarsen_spans, find_spans, label_spans, pattern_of
from unsealed.review.hidden import hidden_findings
from unsealed.review.references import resolve
from unsealed.review.state import WHOLE, DocumentState, MarkState

_FILE_LIMIT = 64 << 20  # bytes of a decisions file
_EDITOR = click.option("--as", "editor", required=True, metavar="EDITOR", help="Who says so: a name of the settings.")


@click.group()
def review() -> None:
    """Mark and decide what must be withheld. Two different editors must agree before anything can be released."""


@review.command()
@click.argument("document")
@click.option("--find", "words", help="Words to withhold, wherever they stand in the document.")
@click.option("--case", is_flag=True, help="With --find: upper and lower case matter.")
@click.option("--span", help="UNIT:FROM-TO, as `review show` numbers them; counted in characters.")
@click.option("--unit", type=click.IntRange(0), help="A whole unit.")
@click.option("--label", help="Every unit with this label.")
@click.option("--coarsen", metavar="LABEL", help="The tail of every coordinate, time or number; needs --keep.")
@click.option("--keep", type=click.IntRange(0), help="With --coarsen: how many characters stay.")
@click.option("--whole", is_flag=True, help="The whole document.")
@click.option("--reason", required=True, metavar="CODE", help="Why: a code of the table in the settings.")
@click.option("--note", default="", help="A remark for the other editors; never published.")
@click.option("--says", default="", metavar="WORDS", help='The publisher\'s words beside it: "a member of parliament".')
@_EDITOR
@archive_option
def mark(archive: Path, document: str, reason: str, editor: str, note: str, says: str, **how: Any) -> None:
    """Mark a part of DOCUMENT, or all of it, to be withheld. Whoever marks has agreed already.

    DOCUMENT is a canonical id, a source path, path#n for the n-th part of a file, or an item number.
    """
    with Archive.open(archive, write=True) as opened:
        desk = Desk(opened)
        check_reason(reason, opened.settings.review)
        wishes = []
        for item in resolve(opened, document):
            stored = opened.reading(opened.current_row(item.id))
            rule = "coarsen" if how["coarsen"] else ""
            spans = tuple(Wish(span, reason, rule, note, says=says) for span in _spans(stored.reading.units, how))
            wishes.append(Wishes(item.id, stored.row, spans, (editor,)))
        found = desk.say_marks(wishes)
    if not found:
        raise UsageError("These words do not stand in the document.", remedy="`unsealed review show` prints its text.")
    click.echo(f"{_marks(number for number, _ in found)}: marked. A second editor decides with `review decide`.")


def _marks(numbers: Iterable[int]) -> str:
    return " ".join(f"m{number}" for number in numbers)


def _spans(units: tuple[Unit, ...], how: dict[str, Any]) -> list[Span]:
    given = [name for name in ("words", "span", "unit", "label", "coarsen", "whole") if how[name] not in (None, False)]
    if len(given) != 1:
        raise UsageError(
            "Say one thing to withhold.", remedy="Use one of --find, --span, --unit, --label, --coarsen, --whole."
        )
    way = given[0]
    if way == "words":
        return find_spans(units, pattern_of(how["words"], case=how["case"]))
    if (how["label"] or how["coarsen"] or "text") not in LABELS:
        raise UsageError("There is no such label.", remedy=LABEL_REMEDY)
    if way == "label":
        return label_spans(units, how["label"])
    if way == "coarsen":
        if how["keep"] is None:
            raise UsageError("--coarsen needs --keep.", remedy="Say how many characters stay.")
        return coarsen_spans(units, how["coarsen"], how["keep"])
    if way == "whole":
        return [Span(WHOLE, WHOLE, WHOLE)]
    return [check_span(parse_span(how["span"]) if way == "span" else Span(how["unit"], WHOLE, WHOLE), units)]


@review.command("list")
@click.argument("document", required=False)
@click.option("--undecided", is_flag=True, help="Only what still waits for an editor.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def list_marks(archive: Path, document: str | None, undecided: bool, as_json: bool) -> None:
    """List the documents that somebody marked or cleared, with their marks."""
    with Archive.open(archive) as opened:
        desk = Desk(opened)
        states = [desk.state(item.id) for item in resolve(opened, document)] if document else list(desk.states())
        if undecided:
            states = [state for state in states if state.standing in ("undecided", "uncleared", "untouched")]
        names = {state.item: opened.item(state.item).name for state in states}
    if as_json:
        click.echo(json.dumps([_as_json(state, names[state.item]) for state in states]))
        return
    for state in states:
        cleared = f", cleared by {', '.join(state.cleared_by)}" if state.cleared_by else ""
        click.echo(visible(f"{state.item}  {names[state.item] or '-'}  {state.standing}{cleared}"))
        for one in state.marks:
            click.echo(visible(f"    {_line(one)}"))
    click.echo(f"{len(states)} documents.")


def _line(one: MarkState) -> str:
    found = one.mark
    against = f", against: {', '.join(one.rejected_by)}" if one.rejected_by else ""
    place = _where(found.unit, found.start, found.end)
    place += f"  [{found.says}]" if found.says else ""
    return f"m{found.number}  {place}  {found.reason}  {one.decided} ({', '.join(one.accepted_by)}{against})"


def _where(unit: int, start: int, end: int) -> str:
    if unit == WHOLE:
        return "whole document"
    return f"unit {unit}" if start == WHOLE else f"{unit}:{start}-{end}"


def _as_json(state: DocumentState, name: str) -> dict[str, Any]:
    return {
        "document": state.item,
        "id": name,
        "standing": state.standing,
        "cleared_by": state.cleared_by,
        "marks": [
            {
                "mark": f"m{one.mark.number}", "unit": one.mark.unit, "start": one.mark.start, "end": one.mark.end,
                "reason": one.mark.reason, "rule": one.mark.rule, "note": one.mark.note, "decided": one.decided,
                "accepted_by": one.accepted_by, "rejected_by": one.rejected_by, "marked_by": one.marked_by,
                "supersedes": f"m{one.mark.supersedes}" if one.mark.supersedes else "", "says": one.mark.says,
            }
            for one in state.marks
        ],
    }  # fmt: skip


@review.command()
@click.argument("document")
@archive_option
def show(archive: Path, document: str) -> None:
    """Print a document with unit numbers and its marks; an open mark carries a question mark."""
    with Archive.open(archive) as opened:
        desk = Desk(opened)
        for item in resolve(opened, document):
            _show(opened.reading(opened.current_row(item.id)), desk.state(item.id), beside_units(opened, item.id))
            if warning := warn(hidden_findings(opened, item.id)):
                click.echo(visible(warning))


def _show(stored: StoredReading, state: DocumentState, beside: dict[int, list[str]]) -> None:
    click.echo(visible(f"document {stored.item.id}  {stored.item.name or '-'}  {state.standing}"))
    standing = [one for one in state.marks if one.decided in ("accepted", "open") and one.mark.row == stored.row]
    for one in standing:
        if one.mark.unit == WHOLE:
            click.echo(visible(f"whole document: {_name(one)}"))
    for number, unit in enumerate(stored.reading.units):
        marks = [one for one in standing if one.mark.unit == number]
        click.echo(f"[{number}] {unit.label}: {visible(_marked(unit.text, marks)).rstrip()}")
        for line in beside.get(number, ()):
            click.echo(visible(line))


def _name(one: MarkState) -> str:
    return f"m{one.mark.number}{'?' if one.decided == 'open' else ''} {one.mark.reason}"


def _marked(text: str, marks: list[MarkState]) -> str:
    """The text with `[[m12 reason: … ]]` around what is marked."""
    inserts = []
    for one in marks:
        start, end = (0, len(text.rstrip())) if one.mark.start == WHOLE else (one.mark.start, one.mark.end)
        inserts += [(start, 1, f"[[{_name(one)}: "), (end, 0, "]]")]
    for place, _, insert in sorted(inserts, reverse=True):
        text = text[:place] + insert + text[place:]
    return text


@review.command()
@click.argument("target")
@click.argument("verdict", type=click.Choice(["accept", "reject"]))
@click.option("--why", default="", help="Why, in words, for the audit log.")
@_EDITOR
@archive_option
def decide(archive: Path, target: str, verdict: Any, editor: str, why: str) -> None:
    """Agree with a mark (m12), or say of a document that nothing more of it need be withheld.

    `reject` disagrees with the mark, or takes the word about the document back.
    """
    with Archive.open(archive, write=True) as opened:
        desk = Desk(opened)
        if target[:1] == "m" and target[1:].isdecimal():
            states = [desk.decide(int(target[1:]), editor, verdict, why=why)]
        else:
            states = [desk.clear(item.id, editor, verdict, why=why) for item in resolve(opened, target)]
    for state in states:
        click.echo(f"Document {state.item} is {state.standing}.")


@review.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@archive_option
def apply_file(archive: Path, file: Path) -> None:
    """Apply a decisions.json: the marks of a whole review, with the editors who agreed on each. Safe to repeat."""
    data = read_capped(file, _FILE_LIMIT)
    with Archive.open(archive, write=True) as opened:
        applied = apply_decisions(Desk(opened), data)
    click.echo(
        f"{applied.entries} decisions: {applied.marks} places in {applied.documents} documents ({applied.new} new); "
        f"{applied.cleared} documents cleared."
    )
    if applied.unread:
        click.echo(f"{applied.unread} documents could not be read and were not cleared.")
    for number in applied.nowhere:
        click.echo(f"Decision {number} fits no words of its documents.", err=True)


for _command in (consult, hidden, pages, box, decide_box, picture, suggest, register):
    review.add_command(_command)

for _command in DECIDING:
    review.add_command(_command)
