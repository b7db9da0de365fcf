"""What `unsealed verify` prints, in plain words: who says so, what is hidden and why, and what is not proven."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from unsealed.cli._terminal import counted, visible
from unsealed.mirror.check import SiteReport
from unsealed.mirror.check_packages import Embargo
from unsealed.mirror.in_force import InLog
from unsealed.mirror.moved import Moved
from unsealed.model import Block, Gap, PublicUnit
from unsealed.seal import opened
from unsealed.seal.amendments import Standing
from unsealed.seal.checkpoint import Cosignature
from unsealed.seal.payloads import WithdrawEntry, kind_of
from unsealed.seal.policy import Policies
from unsealed.seal.tlog_proof import Logged
from unsealed.seal.verify import NOT_LATER, Verified

SITE_NOT_PROVEN = (
    "that any document is true or authentic: only that its words were in the archive when it was sealed",
    "that the publisher released everything that the archive holds, or that what is hidden was rightly hidden",
    "times: they are the publisher's word, except where a witness is named",
    "that this is the newest state of the site: a copy may be old, see the witnesses' times",
)
OWN_KEYS = "whose keys these are: no policy was given, this copy is only consistent with itself"


def _line(untrusted: str) -> str:
    """A name that an outsider chose, on one line: a new line in it could print an answer of its own."""
    return visible(untrusted).replace("\n", "<U+000A>").replace("\t", "<U+0009>")


def moment(posix_seconds: int) -> str:
    """A witness's time as people write it (UTC)."""
    try:
        return dt.datetime.fromtimestamp(posix_seconds, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return f"second {posix_seconds}"


def _signed(logged: Logged, policies: Policies | None) -> str:
    if policies is None:
        return "signatures not checked: no policy was given"
    policy = policies.at(logged.index)
    names = ", ".join(_line(key.name) for key in logged.signed_by)
    count = f"{len(logged.signed_by)} of {len(policy.editors)} editors"
    return f"signed by {count} ({policy.editors_needed} needed): {names}"


def _witnessed(cosignatures: tuple[Cosignature, ...]) -> str:
    if not cosignatures:
        return "no witness vouches for any time"
    return "; ".join(f"witnessed by {_line(line.witness.name)} at {moment(line.time)}" for line in cosignatures)


def _gaps(verified: Verified) -> Iterator[str]:
    words = {reason.number: f"{reason.code}: {reason.text}" for reason in verified.reasons}
    words[0] = "left out by whoever made this excerpt, not by the publisher"
    withheld: dict[int, list[int]] = {}
    for gap in opened.gaps(verified.proof.body):
        withheld.setdefault(gap.reason, []).append(gap.count)
    if not withheld:
        yield "nothing"
    for reason, counts in sorted(withheld.items()):
        places = counted(len(counts), "place")
        yield f"{places}, {counted(sum(counts), 'sealed piece')}: {_line(words[reason])}"


_STEPS = {
    "redact-more": "redacted further in release {number}",
    "unredact": "shown further in release {number}",
    "withdraw": "withdrawn in package {number}",
}


def steps(standing: Standing) -> Iterator[str]:
    """What became of a cut, one line each, oldest first."""
    for one in standing.steps:
        reason = f" ({one.reason.replace('-', ' ')})" if isinstance(one, WithdrawEntry) else ""
        yield f"{_STEPS[kind_of(one)].format(number=one.number)} on {one.date}{reason}: {_line(one.text)}"


def _force(found: InLog) -> Iterator[str]:
    standing = found.standing
    if standing.in_force:
        yield f"  in force  nothing took its place in the {found.size} entries of the log that was asked"
    for number, line in enumerate(steps(standing)):
        yield f"{'  since     ' if number == 0 else ' ' * 12}{line}"
    for one in standing.corrections:
        yield f"  corrected on {one.date}: {_line(one.text)}"


def _ended(found: InLog) -> str:
    now = found.standing.now
    return "The document is withdrawn." if now is None else f"The cut of release {now.release} is in force."


def proof_lines(verified: Verified, policies: Policies | None, found: InLog | None = None) -> Iterator[str]:
    """The whole answer for one proof file; `found`: what the log says of it, where it was asked."""
    body, sealed, released = verified.proof.body, verified.sealed, verified.released
    cut = f"cut as the publisher cut it in release {verified.release_number}"
    if verified.cut == "excerpt":
        cut = f"an excerpt: its maker hid more than the publisher did in release {verified.release_number}"
    if found is not None and not found.standing.in_force:
        cut = f"{cut}, but no longer in force. {_ended(found)}".removesuffix(".")
    yield f"Sealed, and {cut}." if policies else f"Consistent with itself; keys not checked. Sealed, and {cut}."
    yield ""
    yield f"  sealed    the publisher's statement says {verified.sealed_time}"
    yield f"            {_signed(sealed, policies)}"
    yield f"  released  release {verified.release_number}; the publisher's day is {verified.release.date}"
    yield f"            {_signed(released, policies)}"
    place = f"entry {released.index + 1} of {released.checkpoint.size}"
    yield f"  log       {_line(released.checkpoint.origin)}, {place}; {_witnessed(released.witnesses)}"
    words = counted(opened.shown_words(body), "word")
    yield f"  document  slot {body.slot} of generation {body.generation}; {words} shown"
    for number, line in enumerate(_gaps(verified)):
        yield f"{'  hidden    ' if number == 0 else ' ' * 12}{line}"
    if found is not None:
        yield from _force(found)
    yield ""
    yield "Not proven:"
    yield from (f"  - {line}" for line in _not_proven(verified, found))


def _not_proven(verified: Verified, found: InLog | None) -> tuple[str, ...]:
    return verified.not_proven if found else (*verified.not_proven, NOT_LATER)


def text_lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    """The text that was proved; hidden places as one marker of fixed width."""
    parts = []
    for block in blocks:
        runs = block.runs if isinstance(block, PublicUnit) else (block,)
        parts += ["█████" if isinstance(run, Gap) else run.text for run in runs]
    yield from visible("".join(parts)).split("\n")


def proof_json(verified: Verified, policies: Policies | None, found: InLog | None = None) -> dict[str, Any]:
    """The answer for scripts; `in_force` is null where no log was asked."""
    standing = found.standing if found else None
    body = verified.proof.body
    return {
        "v": "unsealed-verified/1",
        "sealed": True,
        "keys_checked": policies is not None,
        "cut": verified.cut,
        "archive": body.archive.hex(),
        "generation": body.generation,
        "slot": body.slot,
        "release": verified.release_number,
        "release_date": verified.release.date,
        "sealed_time_publisher": verified.sealed_time,
        "log": {"origin": verified.released.checkpoint.origin, "size": verified.released.checkpoint.size},
        "seal_signed_by": [key.name for key in verified.sealed.signed_by],
        "release_signed_by": [key.name for key in verified.released.signed_by],
        "witnesses": [{"name": line.witness.name, "time": line.time} for line in verified.released.witnesses],
        "shown_words": opened.shown_words(body),
        "hidden_atoms": opened.hidden_atoms(body),
        "hidden": [{"atoms": gap.count, "reason": gap.reason} for gap in opened.gaps(body)],
        "reasons": [{"number": one.number, "code": one.code, "text": one.text} for one in verified.reasons],
        "in_force": standing.in_force if standing else None,
        "since": [
            {"kind": kind_of(one), "number": one.number, "date": one.date, "text": one.text} for one in standing.steps
        ]
        if standing
        else [],
        "corrections": [{"date": one.date, "text": one.text} for one in standing.corrections] if standing else [],
        "not_proven": list(_not_proven(verified, found)),
    }


def _moved(found: Moved | None) -> Iterator[str]:
    """What is known of the log that this one takes the place of."""
    if found is None:
        return
    yield f"  moved     this log takes the place of {_line(found.origin)}: {found.size} of its entries were good"
    if found.left_out:
        yield f"  warning   you know of {found.seen} entries of that log: the last {found.left_out} are left out"
    if not found.compared:
        yield "  note      that head was not compared: name a copy of the old log with --moved-from"
    if not found.same_keys:
        yield "  warning   the policy of the old log that the move names is none that you trusted or that it led to"


def site_lines(report: SiteReport, days_too_old: int, early: Sequence[Embargo] = ()) -> Iterator[str]:
    """The whole answer for a site; `early`: what is not to be published yet."""
    done = f"{counted(report.files, 'file')} and {counted(report.documents, 'document')} hold"
    yield f"{'Every byte checked' if report.keys_checked else 'Consistent with itself; keys not checked'}: {done}."
    yield ""
    yield f"  archive   {_line(report.name)} ({report.policies.archive_id.hex()})"
    releases = len(report.releases) - len(report.seals)
    for seal in report.seals:
        yield f"  sealed    {counted(seal.size, 'slot')}; the publisher's statement says {seal.time}"
    yield f"  released  {counted(releases, 'release')}; {counted(report.hidden, 'sealed piece')} hidden"
    policy = report.policies.newest
    signed = ", ".join(_line(name) for name in report.signed_by)
    needed = f"{policy.editors_needed} of {len(policy.editors)} editors"
    yield f"  signed    by {signed}; policy {policy.number} needs {needed}"
    yield f"  log       {_line(policy.log.name)}, size {report.entries}; {_witnessed(report.witnesses)}"
    yield from _moved(report.moved)
    if days_too_old:
        limit = f"the policy calls more than {policy.max_age_days} old"
        yield f"  warning   the newest witness saw this log {days_too_old} days ago; {limit}"
    for one in early:
        yield f"  note      package {one.number} is not to be published before {one.time}; its editors signed that"
    if not report.listed:
        yield "  note      files that no manifest names cannot be seen over the web; copy the site to find them"
    if not report.same_verifier:
        yield "  note      verify.html is another page than the newest release named; editors signed it with the site"
    yield ""
    yield "Not proven:"
    yield from (f"  - {line}" for line in SITE_NOT_PROVEN)
    if not report.keys_checked:
        yield f"  - {OWN_KEYS}"


def site_json(report: SiteReport, days_too_old: int, early: Sequence[Embargo] = ()) -> dict[str, Any]:
    """The answer for scripts; `early`: what is not to be published yet."""
    return {
        "v": "unsealed-site-verified/1",
        "keys_checked": report.keys_checked,
        "archive": report.policies.archive_id.hex(),
        "name": report.name,
        "policy": report.policies.newest.number,
        "log": {"origin": report.policies.newest.log.name, "size": report.entries},
        "seals": [{"generation": one.generation, "size": one.size, "time": one.time} for one in report.seals],
        "releases": [one.number for one in report.releases if one.documents],
        "documents": report.documents,
        "hidden_atoms": report.hidden,
        "files": report.files,
        "bytes": report.length,
        "signed_by": list(report.signed_by),
        "witnesses": [{"name": line.witness.name, "time": line.time} for line in report.witnesses],
        "days_too_old": days_too_old,
        "listed": report.listed,
        "same_verifier": report.same_verifier,
        "moved": report.moved._asdict() if report.moved else None,
        "not_before": [{"package": one.number, "time": one.time} for one in early],
        "not_proven": [*SITE_NOT_PROVEN, *([] if report.keys_checked else [OWN_KEYS])],
    }
