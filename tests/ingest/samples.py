# ruff: noqa: E501, W291 - lines as the sources have them
"""Small inputs of every form, made for these tests: all names, posts and events in them are invented."""

from __future__ import annotations

from tests.ingest.declassified_samples import PAGED, STATE

CABLE = b"""VZCZCXRO1234
OO RUEHRG
DE RUEHSW #0123/01 0951705
ZNY CCCCC ZZH
O R 051705Z APR 05
FM AMEMBASSY BERN
TO RUEHC/SECSTATE WASHDC IMMEDIATE 4321
INFO RUEHZL/EUROPEAN POLITICAL COLLECTIVE
RUEHGV/USMISSION GENEVA PRIORITY 0012
BT
C O N F I D E N T I A L SECTION 01 OF 02 BERN 000123 

SIPDIS 

NOFORN

DEPT FOR EUR/AGS

E.O. 12958: DECL: 04/05/15 
TAGS: PREL, PGOV, KNNP, OVIP (DOE, JANE),
SZ, ECONCS 
SUBJECT: (C) VIEWS ON 
THE FUTURE 

REF: A. BERN 111 
     B. 04 STATE 259031 AND 259032 
     C. VALMORA 77 (NOTAL)
     D. BERN 900
     E. DOE-ROE E-MAIL 04/02/05

Classified By: DCM Jane Doe for reasons 1.4 (b) and (d). 

1. (C) SUMMARY: The minister said so. 
He continued here. END SUMMARY. 

2. (S) Second paragraph begins
BERN 00000123  002 OF 002


and goes on. xxxxxxxxxxxx

C O N F I D E N T I A L SECTION 02 OF 02 BERN 000123 

SIPDIS

E.O. 12958: DECL: 04/05/2015 
TAGS: PREL, PGOV
SUBJECT: VIEWS ON

it still goes on.

POLITICAL VIEWS
---------------

3. (SBU) Third. 3.5 million.
 1.5 (b) is no paragraph.

5. (C) COMMENT: Last one. END COMMENT.
WILLSON
CARTER

NNNN
"""

CABLE_HEADER, _, _rest = CABLE.partition(b"BT\n")
CABLE_BODY = _rest


def quoted(cell: bytes) -> bytes:
    """A cell as the dump writes it: backslash before quotes, backslashes and line ends."""
    return b'"' + cell.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\\n") + b'"'


def dump_row(number: int = 1, body: bytes = CABLE_BODY, header: bytes = CABLE_HEADER + b"BT\n") -> bytes:
    """One row of the CSV dump."""
    cells = [
        b"%d" % number,
        b"2005-04-05 17:05",
        b"05BERN00123",
        b"Embassy Bern",
        b"CONFIDENTIAL",
        b"05BERN111|04STATE259031",
        header,
        body,
    ]
    return b",".join(quoted(cell) for cell in cells) + b"\n"


CABLE_PAGE = """<!DOCTYPE html><html><head><title>Viewer</title></head><body>
<table class='cable'><tr><th>Reference ID</th><th>Created</th><th>Released</th><th>Classification</th><th>Origin</th></tr>
<tr><td><a href='/x'>05BERN123</a></td><td>2005-04-05 17:05</td><td>2010-11-28 18:06</td><td title="unclassified">CONFIDENTIAL</td>
<td>Embassy Bern</td></tr></table>
<code><pre>O R 051705Z APR 05&#x000A;FM AMEMBASSY BERN&#x000A;TO SECSTATE WASHDC 1234&#x000A;</pre></code>
<code><pre>C O N F I D E N T I A L BERN 000123 SIPDIS E.O. 12958: DECL: 04/05/2015 TAGS: <a>PREL</a>, <a>PGOV</a>&#x000A;SUBJECT: ONE &amp; TWO
REF: A. BERN 111 <a id='parB'>¶</a>B. STATE 222&#x000A;&#x000A;<a id='par1'>¶</a>1. (C) Summary &quot;q&quot; text é here.&#x000A;
<a id='par2'>¶</a>2. (C) More.&#x000A;WILLSON&#x000A;</pre></code></body></html>""".encode()

RAW_ROW_PAGE = (
    b"<html><body><table class='cable'><tr><th>Reference ID</th></tr><tr><td>05BERN123</td></tr></table>"
    b"<code><pre>2005-04-05 17:05:00\t05BERN123\tEmbassy Bern\tCONFIDENTIAL\t04STATE1\tO R 051705Z APR 05\\\nFM "
    b"AMEMBASSY BERN\\\n"
    b"\tC O N F I D E N T I A L BERN 000123\\\n\\\nSUBJECT: A\\\n\\\n1. (C) Text.\\\n</pre></code></body></html>"
)

MAIL = b"""From: "Doe, Jane" <jane@example.org>
To: =?utf-8?q?R=C3=A9mi?= <r@example.org>, b@example.org
Subject: A plan
 with a fold
Date: Tue, 5 Apr 2005 17:05:00 +0200
Message-ID: <a@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="B"

preamble
--B
Content-Type: multipart/alternative; boundary="C"

--C
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Caf=C3=A9 now.

Second.
--C
Content-Type: text/html; charset=utf-8

<p>Caf\xc3\xa9 now.</p><p>Second.</p>
--C--
--B
Content-Type: application/pdf; name="a/b.pdf"
Content-Disposition: attachment; filename="a/b.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--B
Content-Type: message/rfc822

From: x@example.org
To: y@example.org
Subject: inner

inner text
--B--
epilogue
"""

CHAT = b"""Conversation with ann at 2008-03-01 10:00:00 on bob (irc)
(10:00:01 AM) ann: hello there
and a second line
(10:00:05 AM) bob: ann: yes
[10:01] <cy> third [redacted]
=== cy is now known as cyan
[09:59] * ann waves
"""

EVENT_HEADER = (
    b"id,url,reportkey,dateoccurred,type,category,trackingnumber,title,summary,region,attackon,complexattack,reportingunit,unitname,typeofunit,"
    b"friendlywia,friendlykia,hostnationwia,hostnationkia,civilianwia,civiliankia,enemywia,enemykia,enemydetained,mgrs,latitude,longitude,"
    b"originatorgroup,updatedbygroup,ccir,sigact,affiliation,dcolor,classification\n"
)
EVENT_CELLS = [
    b"11",
    b"http://x.invalid/11",
    b"KEY-1",
    b"2005-04-05 17:05:00",
    b"Counter Insurgency",
    b"IED",
    b"T-1",
    b"051705Z (X) IED RPT : 1 CF WIA 2 ANP KIA 3 UE DET",
    b"First para.\n\nSecond para.",
    b"RC EAST",
    b"ENEMY",
    b"FALSE",
    b"UNIT A",
    b"UNIT B",
    b"TYPE",
    b"1",
    b"0",
    b"0",
    b"1",
    b"",
    b"0",
    b"0",
    b"0",
    b"3",
    b"42SWB1234567890",
    b"33.123",
    b"69.456",
    b"G",
    b"G",
    b"",
    b"",
    b"ENEMY",
    b"RED",
    b"SECRET",
]


def event_row(cells: list[bytes] | None = None) -> bytes:
    """One row of the Iraq form."""
    return b",".join(b'"' + cell.replace(b'"', b'""') + b'"' for cell in cells or EVENT_CELLS) + b"\n"


FRUS_DOCUMENT = b"""<div type="document" xml:id="d7" n="7">
 <head>7. Telegram From the <gloss type="from">Embassy in Valmora</gloss> to the <gloss type="to">Department of State</gloss>
   <note n="1" xml:id="d7fn1" type="source">Source: Archives, Box 1. Secret; Nodis. Drafted by <persName>Doe</persName>.</note></head>
 <dateline><placeName>Valmora</placeName>, <date when="1971-01-05T12:33:00Z">January 5, 1971, 1233Z</date>.</dateline>
 <list type="subject"><head>SUBJECT</head><item>The harbour</item></list>
 <p>One sen<pb n="211" xml:id="pg_211"/>tence with [<hi rend="italic">name not
   declassified</hi>] in it.<note n="2" xml:id="d7fn2">See <ref target="#d6">Document 6</ref>.</note> And more &amp; more.</p>
 <list><label>1.</label><item>First point.</item></list>
 <closer><signed><persName>Roe</persName></signed></closer>
</div>"""

VOLUME = (
    b'<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0" xml:id="frusX"><text><body><div '
    b'type="chapter"><!-- <div> -->'
    + b"".join([FRUS_DOCUMENT, b"\n", FRUS_DOCUMENT.replace(b"d7", b"d8")])
    + b"</div></body></text></TEI>\n"
)

PAGE = b"""<!doctype html><html><head><meta charset="utf-8"><title>A title</title><script>var x = "<p>no</p>";</script>
<meta property="og:type" content="article"><meta property="og:site_name" content="The Paper"><meta name="author" content="Ann Roe">
<meta property="article:published_time" content="2011-04-03T10:00:00+02:00"></head>
<body><h1>A headline</h1><p>By Ann Roe</p><p>Text with <b>bold</b> &amp; more, citing cable 05BERN123 and 09 STATE 80163.<br>Line two.</p>
<ul><li>one<li>two</ul><table><tr><td>cell</td></tr></table></body></html>"""

MARKDOWN = b"""# The title

A paragraph
of two lines.

- one
- two
  more of two

> a quote

```
# code, no heading
```

---
Last.
"""

TEXT = b"\n\nFirst paragraph.\nStill first.\n\n\nFrom: A\nTo: B\nSubject: C\n\nBody.\n"
TABLE_HEADER = b"id,date_start,latitude,longitude,note\n"
TABLE_ROW = b'5,2009-02-20T00:00:00,5.399784,26.486881,"a ""quoted"" C:\\dir\\"\n'

# form, one item, context
ITEMS: list[tuple[str, bytes, bytes]] = [
    ("cable-text", CABLE, b""),
    ("cable-1970s", PAGED, b""),
    ("cable-1970s", STATE, b""),
    ("cable-csv", dump_row(), b""),
    ("cable-html", CABLE_PAGE, b""),
    ("cable-html", RAW_ROW_PAGE, b""),
    ("eml", MAIL, b""),
    ("mbox", b"From a@example.org Tue Apr  5 17:05:00 2005\n" + MAIL, b""),
    ("chat", CHAT, b""),
    ("event-csv", event_row(), EVENT_HEADER),
    ("event-csv", event_row(EVENT_CELLS[2:]), b"-"),
    ("table-csv", TABLE_ROW, TABLE_HEADER),
    ("frus-tei", FRUS_DOCUMENT, b"frusX"),
    ("html", PAGE, b""),
    ("article", PAGE, b""),
    ("markdown", MARKDOWN, b""),
    ("text", TEXT, b""),
]
