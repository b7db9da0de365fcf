"""OCR: a pass of its own over documents that are read, page by page, for pages whose text is missing or garbage.

Takes items of the archive that wait for it, gives each a better reading; the one before stays where it was sealed.
Pages are drawn in one sandbox and recognised in another, which sees nothing but pixels. Nothing here imports the
engine outside a worker. `docs/formats/ocr.md` says what is done when.
"""
