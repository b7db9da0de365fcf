"""The reader's question: is this text sealed, unchanged, and cut as the publisher cut it?

Takes the bytes of a proof file and the policies that the reader chose, gives what is proved; touches nothing.
Every check raises and none returns a boolean; each has a name of its own, and a vector that breaks it alone.
Spec: docs/formats/seal.md, section "Verifying".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unsealed.errors import ForeignCut, VerifyError
from unsealed.model import Block, Reason
from unsealed.seal import opened
from unsealed.seal.cut import check_spans, cut_hash
from unsealed.seal.entries import ReleaseEntry, SealEntry
from unsealed.seal.generation import raw_commitment
from unsealed.seal.merkle import check_inclusion, leaf_hash
from unsealed.seal.policy import Policies
from unsealed.seal.proof import Body, Hidden, Proof, decode
from unsealed.seal.prove import body_commitment, body_root
from unsealed.seal.statement import Statement
from unsealed.seal.statement import decode as decode_statement
from unsealed.seal.tlog_proof import Logged, check_logged

# What no seal can show. Printed with every result, never left out.
NOT_PROVEN = (
    "that the document is true or authentic: only that these words were in the archive when it was sealed",
    "what the hidden words say, or that they were rightly hidden",
    "the time: it is the publisher's word, except where a witness is named",
)
# Also printed where nobody asked the log: no proof can know what came after it.
NOT_LATER = "what came after: a file cannot know whether it was corrected, redacted further or withdrawn; the log can"
KEYS_NOT_CHECKED = "whose keys these are: no policy was given, the file is only consistent with itself"


@dataclass(frozen=True)
class Verified:
    """What holds. `cut` is `excerpt` where somebody hid more than the publisher did.

    `sealed` and `released` are the two log entries with who signed them and which witnesses saw them; both lists
    are empty where `keys_checked` is false. `reasons` are the lines of the publisher's table that this document
    uses. `statement.time` is the publisher's word. `not_proven` is to be printed with every result.
    """

    proof: Proof
    c: bytes
    statement: Statement
    sealed: Logged
    released: Logged
    release: ReleaseEntry
    cut: Literal["publisher", "excerpt"]
    reasons: tuple[Reason, ...]
    keys_checked: bool
    blocks: tuple[Block, ...]
    not_proven: tuple[str, ...]

    @property
    def slot(self) -> int:
        """The slot of the document in its generation."""
        return self.proof.body.slot

    @property
    def generation(self) -> int:
        """The generation that holds the document."""
        return self.proof.body.generation

    @property
    def archive(self) -> bytes:
        """The archive id, 32 bytes."""
        return self.proof.body.archive

    @property
    def sealed_time(self) -> str:
        """When the publisher says that it sealed the archive (UTC)."""
        return self.statement.time

    @property
    def release_number(self) -> int:
        """The number of the release whose cut this is compared with."""
        return self.release.number


def check_document(untrusted: Body) -> bytes:
    """The document alone: grammar, spans, tree and raw hash hold together. Returns its commitment `c`.

    Rules: those of `opened.check_grammar`, `cut.check_spans`, `prove.body_root`, then `raw-opening`, `raw-hidden`.
    """
    opened.check_grammar(untrusted)
    check_spans(untrusted.spans, untrusted.n)
    c = body_commitment(untrusted, body_root(untrusted.nodes, untrusted.n))
    opening = untrusted.opening
    if opening is not None:
        if raw_commitment(opening.blind, opening.digest) != untrusted.raw:
            raise VerifyError("The hash of the original is not the one that was sealed.", rule="raw-opening")
        if untrusted.spans or any(isinstance(node, Hidden) for node in untrusted.nodes):
            raise VerifyError("The hash of the original is opened, but words are hidden.", rule="raw-hidden")
    return c


def _check_sealed(untrusted: Proof, c: bytes, policies: Policies | None) -> tuple[Logged, Statement]:
    """`c` stands in its slot of a generation that a logged seal statement names.

    Rules: those of `check_logged` and `statement.decode`, then `seal-kind`, `archive`, `generation`,
    `format-sealed`, `commitment-index`, `commitment-length`, `commitment-root`.
    """
    body = untrusted.body
    logged = check_logged(untrusted.seal.entry, untrusted.seal.proof, policies)
    payload = logged.entry.payload
    if not isinstance(payload, SealEntry):
        raise VerifyError("The first log entry of this proof is no seal.", rule="seal-kind")
    statement = decode_statement(payload.statement.encode())
    if not body.archive.hex() == statement.archive == payload.archive:
        raise VerifyError("This document was sealed in another archive.", rule="archive")
    if body.generation != statement.generation:
        raise VerifyError("This document is of another generation than its seal.", rule="generation")
    if opened.format_of(body) not in statement.formats:
        raise VerifyError("The seal names no document of this format.", rule="format-sealed")
    check_inclusion(
        leaf_hash(c), body.slot, statement.size, untrusted.path, bytes.fromhex(statement.root), what="commitment"
    )
    return logged, statement


def _foreign(message: str, rule: str) -> ForeignCut:
    return ForeignCut(
        message, rule=rule, remedy="Get the document from the publisher or a mirror; `--excerpts` accepts excerpts."
    )


def _check_cut(untrusted: Proof, c: bytes, release: ReleaseEntry) -> None:
    """The cut in the file is the one that the publisher made in this release.

    Rules, all of a foreign cut: `cut-index`, `cut-length`, `cut-root`, `reason`, `shown-over-hidden`.
    """
    body, p = untrusted.body, cut_hash(c, untrusted.body.spans)
    root, known = bytes.fromhex(release.cuts.root), {reason.number for reason in release.reasons}
    try:
        check_inclusion(p, untrusted.place, release.cuts.count, untrusted.cut_path, root, what="cut")
        opened.gaps(body)
    except VerifyError as error:
        raise _foreign(
            f"The words are sealed, but this cut is not the publisher's. {error.message}", error.rule
        ) from None
    if any(span.reason not in known for span in body.spans):
        raise _foreign("The words are sealed, but a reason is not in the publisher's table.", "reason")


def _check_released(untrusted: Proof, sealed: Logged, policies: Policies | None) -> tuple[Logged, ReleaseEntry]:
    """The second entry is a release of the same archive, later in the same log.

    Rules: those of `check_logged`, then `release-kind`, `archive`, `log-origin`, `log-fork`, `release-order`.
    """
    logged = check_logged(untrusted.release.entry, untrusted.release.proof, policies)
    payload = logged.entry.payload
    if not isinstance(payload, ReleaseEntry):
        raise VerifyError("The second log entry of this proof is no release.", rule="release-kind")
    if payload.archive != untrusted.body.archive.hex():
        raise VerifyError("This document was released from another archive.", rule="archive")
    if logged.checkpoint.origin != sealed.checkpoint.origin:
        raise VerifyError("Seal and release stand in two different logs.", rule="log-origin")
    head, seal_head = logged.checkpoint, sealed.checkpoint
    if head.size == seal_head.size and head.root != seal_head.root:
        raise VerifyError("Seal and release stand in two histories of one log: it was forked.", rule="log-fork")
    if logged.index <= sealed.index:
        raise VerifyError("The release stands before the seal in the log.", rule="release-order")
    return logged, payload


def verify_document(untrusted_file: bytes, policies: Policies | None, *, excerpts: bool = False) -> Verified:
    """Check one proof file against the policies that the reader chose.

    With None, everything but whose keys signed is checked, and `keys_checked` is false: such a result is never to
    be called verified. `excerpts` accepts a file in which somebody hid more than the publisher did.

    Raises VerifyError (not sealed) with the rules of `proof.decode`, `check_document`, the log and the entries;
    ForeignCut (sealed words, another cut) with those of the cut, and `excerpt`.
    """
    proof = decode(untrusted_file)
    c = check_document(proof.body)
    sealed, statement = _check_sealed(proof, c, policies)
    released, release = _check_released(proof, sealed, policies)
    _check_cut(proof, c, release)
    is_excerpt = sum([span.count for span in proof.body.spans]) != opened.hidden_atoms(proof.body)
    if is_excerpt and not excerpts:
        raise _foreign("The words are sealed, but somebody hid more of them than the publisher did.", "excerpt")
    used = {span.reason for span in proof.body.spans}
    return Verified(
        proof=proof,
        c=c,
        statement=statement,
        sealed=sealed,
        released=released,
        release=release,
        cut="excerpt" if is_excerpt else "publisher",
        reasons=tuple([reason for reason in release.reasons if reason.number in used]),
        keys_checked=policies is not None,
        blocks=opened.blocks(proof.body),
        not_proven=NOT_PROVEN if policies is not None else (*NOT_PROVEN, KEYS_NOT_CHECKED),
    )
