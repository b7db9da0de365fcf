"""Office files: text, cells, slides, and all that hides behind them.

Own walkers over the package's XML and the old binary records, because what a newsroom must find is just what
converters leave out: tracked deletions, comments, notes, hidden sheets, names of those who saved it (decision 0104).
"""
