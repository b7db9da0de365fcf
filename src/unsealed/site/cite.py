"""How to cite a document: one sentence that finds it again on any mirror."""

from __future__ import annotations

from unsealed.model import Manifest, PublicDocument
from unsealed.site import dates
from unsealed.site.escape import one_line
from unsealed.site.frame import Site
from unsealed.site.summary import Summary


def citation(site: Site, manifest: Manifest, summary: Summary) -> str:
    """`“Title”, 09BERN12, Embassy Bern, 4 March 2003. Archive, release 1 (28 November 2010), slot 7 of the seal.`"""
    facts = [one_line(summary.id, 80), summary.origin, dates.words(summary.date) or "undated"]
    where = f"{site.name}, release {manifest.number}"
    if dates.words(manifest.date):
        where += f" ({dates.words(manifest.date)})"
    link = f" {site.address}d/{summary.segment}/" if site.address else ""
    described = ", ".join(fact for fact in facts if fact)
    return f"“{summary.title}”, {described}. {where}, slot {summary.slot} of the seal.{link}"


def proof_sentence(document: PublicDocument, sealed: str) -> str:
    """The proof in one sentence, with its limits in the next."""
    day = f" on {dates.words(sealed)}" if dates.words(sealed) else ""
    hidden = ""
    if document.hidden_atoms:
        hidden = ", and that only what is marked is missing"
    return (
        f"The proof file shows that these words stood, unchanged and in this order, in slot {document.slot} of the "
        f"archive that was sealed{day}{hidden}. It does not show that what the document says is true, who wrote it, "
        "or that the archive is complete."
    )
