"""Prove: what a stranger can check without us.

Takes units (label, text), keys and bytes; gives commitments, proofs, notes, log entries, and the answer of
`verify.verify_document`. May touch nothing but the values it is handed: no disk, no clock, no network, no random source
of its own. May never import more than the ground floor: no function here takes a document or an item.

The sealing half: `atoms` (units to atoms), `tree` (seeds and hashes of one document), `generation` (slots and
commitments), `cut` (what is hidden and why), `prove`. What travels: `proof` (the file), `statement`, `entries`,
`note`, `checkpoint`, `tiles`, `tlog_proof`, `policy`, `package`. The reader's half: `verify`, `opened`. Below all:
`merkle` (RFC 6962).

Specs: docs/formats/seal.md, docs/formats/log.md, docs/formats/policy.md.
"""
