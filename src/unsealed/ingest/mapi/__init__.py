"""Messages of Outlook as properties (MAPI): what `.msg`, `winmail.dat` and `.pst` have in common.

`bag` holds properties, `rtf` undoes the packed rich text, `letter` writes a stored message as a message of RFC 5322,
`ndb` and `ltp` read the two lower layers of a PST, `store` walks one. No other library parses here, and nothing is
written: the formats are published by their maker ([MS-OXCDATA], [MS-OXPROPS], [MS-OXMSG], [MS-OXTNEF], [MS-PST]).
"""
