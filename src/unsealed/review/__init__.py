"""Judge: what may be seen?

Takes readings from the archive and what editors say about them; gives decided documents (which spans are
withheld, and why) and the leak check. May touch the archive's journal of decisions, which only grows. May never
change a reading, decide anything without two different people, or know how a release is made.
"""
