"""Mirror: copy, verify everything, serve on.

Takes the address or folder of a public site and the policy that a reader trusts; gives a report, or an error that
names the file. May touch the reader's own trust folder and, over the network, the one site it was pointed at. May
never see an archive, and never trusts a key that came with what it checks.
"""
