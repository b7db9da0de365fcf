"""Let out: what leaves the house, in which order, signed by whom.

Takes an archive, decided documents and keys; gives release packages, log entries and the public objects and
heads. May touch `packages/`, `public/o`, `public/heads` and the archive's tables of generations and releases. May
never show a document in another way than through `cut.public_document`, publish without enough editors'
signatures, or sign two logs that contradict each other. Release 0 is the seal.
"""
