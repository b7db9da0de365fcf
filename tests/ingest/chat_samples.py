# ruff: noqa: E501 - lines as programs write them
"""Chat logs as several programs write them; every name and word in them is invented."""

from __future__ import annotations

import json

PIDGIN = b"""Conversation with mira@example.org at 03/01/2011 10:00:00 PM on tove (jabber)
(10:00:01 PM) mira: are you there?
(10:00:09 PM) tove: yes: here
and a second line
(11:59:58 PM) mira has signed off.
(12:01:00 AM) mira: back
"""
IRSSI = b"""--- Log opened Thu Feb 03 22:15:11 2011
22:15 -!- mira [n=mira@host.example.org] has joined #harbour
22:15 <@tove> hello mira
22:16 < mira> hello
22:17  * mira waves
22:18 -!- mira is now known as mira_away
--- Day changed Fri Feb 04 2011
00:01 <mira_away> good night
--- Log closed Fri Feb 04 00:02:00 2011
"""
WEECHAT = b"""2011-02-03 22:15:11\t-->\tmira (~mira@host.example.org) has joined #harbour
2011-02-03 22:15:20\t@tove\thello mira
2011-02-03 22:16:00\t *\tmira waves
2011-02-03 22:17:00\t--\tmira is now known as mira2
2011-02-04 00:01:00\tmira2\tgood night
2011-02-04 00:02:00\t<--\tmira2 (~mira@host.example.org) has quit (bye)
"""
MIRC = b"""Session Start: Thu Feb 03 22:15:11 2011
Session Ident: #harbour
[22:15] * mira (~mira@host.example.org) has joined #harbour
[22:15] <@tove> hello mira
[22:16] * mira waves
[22:17] * mira is now known as mira2
[00:01] <mira2> good night
Session Close: Fri Feb 04 00:02:00 2011
"""
XCHAT = b"""**** BEGIN LOGGING AT Thu Feb  3 22:15:11 2011

Feb 03 22:15:11 *\tmira (~mira@host.example.org) has joined #harbour
Feb 03 22:15:20 <tove>\thello mira
Feb 03 22:16:00 *\tmira waves
Feb 04 00:01:00 <mira>\tgood night
**** ENDING LOGGING AT Fri Feb  4 00:02:00 2011
"""
WHATSAPP = b"""03/02/2011, 22:15 - Messages and calls are end-to-end encrypted.
03/02/2011, 22:15 - Tove Ask: hello Mira
this goes on: here
03/02/2011, 22:16 - Mira Holt: hello
13/02/2011, 00:01 - Mira Holt: <Media omitted>
"""
WHATSAPP_PHONE = """\u200e[2/13/11, 10:15:11\u202fPM] Tove Ask: hello Mira
[2/13/11, 10:16:00\u202fPM] Mira Holt: hello
\u200e[2/14/11, 12:01:00\u202fAM] Mira Holt: \u200eimage omitted
""".encode()
PAGE = b"""<html><head><meta http-equiv="content-type" content="text/html; charset=UTF-8"><title>Conversation with mira at 02/03/2011 10:15:11 PM on tove (jabber)</title></head><body><h3>Conversation with mira at 02/03/2011 10:15:11 PM on tove (jabber)</h3>
<font color="#A82F2F"><font size="2">(10:15:20 PM)</font> <b>mira:</b></font> hello &amp; good <i>evening</i><br/>
<font color="#16569E"><font size="2">(10:16:00 PM)</font> <b>tove:</b></font> hello<br/>
</body></html>
"""
XML = b"""<?xml version="1.0" encoding="UTF-8" ?>
<chat xmlns="http://purl.org/net/ulf/ns/0.4-02" account="tove" service="Jabber">
<event type="windowOpened" sender="tove" time="2011-02-03T22:15:11-05:00"/>
<message sender="mira" time="2011-02-03T22:15:20-05:00" alias="Mira Holt"><div><span style="color: #000000;">hello &amp; good evening</span></div></message>
<message sender="tove" time="2011-02-04T00:01:00-05:00"><div><span>good night</span></div></message>
</chat>
"""
TELEGRAM = json.dumps(
    {
        "name": "Harbour watch", "type": "private_group", "id": 77,
        "messages": [
            {"id": 1, "type": "service", "date": "2011-02-03T22:15:11", "actor": "Tove", "action": "create_group"},
            {"id": 2, "type": "message", "date": "2011-02-03T22:15:20", "from": "Mira Holt", "from_id": "user9", "text": "caf\u00e9 \"Nord\"?"},
            {"id": 3, "type": "message", "date": "2011-02-04T00:01:00", "from": "Tove", "from_id": "user8",
             "text": ["see ", {"type": "link", "text": "https://example.org/x"}, " \U0001f600"]},
        ],
    },
    indent=1,
).encode()  # fmt: skip
SIGNAL = json.dumps(
    [
        {"sender": "Mira", "timestamp": 1296771320000, "body": "hello"},
        {"sender": "Tove", "timestamp": 1296777660000, "body": "good night"},
    ]
).encode()
