"""Let out: what leaves the house, in which order, signed by whom.

Takes an archive, decided documents and keys; gives release packages, log entries and the public objects and
heads, and bundles for partners. May touch `packages/`, `partners/`, `public/o`, `public/heads` and the archive's tables
of generations and releases. May never show the public a document in another way than through `cut.public_document`, or
a partner than through `giving.document_of`; publish without enough editors' signatures, or sign two logs that
contradict each other. Release 0 is the seal.
"""
