# ruff: noqa: E501 - lines as the sources have them
"""Telegrams of the 1973-79 form, made for these tests: all posts but the public ones, all people and events are invented."""

from __future__ import annotations

PAGED = b"""                           Message Text
PAGE 01        LIMA  02545  092109Z

44
ACTION ARA-20

INFO  OCT-01  ADP-00  SS-15  NSC-10  CIAE-00  INR-10  /056 W
                       --------------------- 113456
R 092000Z APR 73
FM AMEMBASSY LIMA
TO SECSTATE WASHDC 5210
INFO AMEMBASSY QUITO
AMCONSUL GUAYAQUIL 0031

C O N F I D E N T I A L LIMA 02545

EXDIS

E.O. 11652: XGDS-3
TAGS: PFOR, EFIS, OVIP, (HOLLOWAY, MERIT A), PE
SUBJECT: FISHERIES TALKS: VIEWS OF THE HARBOUR
MASTER

REF: A. LIMA 2401; B. STATE 61007 AND 61010
     C. 72 QUITO 5310

1. MINISTER HOLLOWAY SAID ON APRIL 8 THAT THE TALKS WOULD
GO ON. HE ASKED THAT HIS NAME BE KEPT OUT OF
CONFIDENTIAL

CONFIDENTIAL

PAGE 02        LIMA  02545  092109Z

THE RECORD.

2. THE CONFIDENTIAL PAPER IS AT PAGE 3 OF THE ENCLOSURE.
BRANDWEIN


CONFIDENTIAL



NNNNMAFVVZCZ

*** Current Handling Restrictions *** n/a
*** Current Classification *** UNCLASSIFIED

                          Message Attributes

Automatic Decaptioning: X
Capture Date: 01 JAN 1994
Channel Indicators: n/a
Current Classification: UNCLASSIFIED
Concepts: FISHING LIMITS, NEGOTIATIONS (FISH, TUNA)
Copy: SINGLE
Draft Date: 09 APR 1973
Decaption Date: 01 JAN 1960
Document Number: 1973LIMA02545
Document Source: CORE
Document Unique ID: 00
Drafter: n/a
Executive Order: X3
From: LIMA
Handling Restrictions: n/a
Legacy Key: link1973/newtext/t19730421/aaaaaaaa.tel
Line Count: '61'
Locator: TEXT ON-LINE, ON MICROFILM
Office: ACTION ARA
Original Classification: CONFIDENTIAL
Original Handling Restrictions: EXDIS
Page Count: '2'
Reference: A. LIMA 2401; B. STATE 61007 AND 6101
Review History: RELEASED <20 Mar 2002 by kellerpr>; APPROVED <21 Mar 2002 by boyleja>
Subject: FISHERIES TALKS
TAGS: PFOR, EFIS, OVIP, PE, (HOLLOWAY, MERIT A)
To: STATE
Type: TE
Markings: Declassified/Released US Department of State EO Systematic Review 30 JUN 2005
"""

STATE = b"""                           Message Text
PAGE 01        STATE  290286

ORIGIN EUR-12

INFO  OCT-01  ISO-00  /013 R

DRAFTED BY EUR/CE:KDMARLOW:ABC
APPROVED BY EUR - A B TORRANCE
                  ------------------006531  061528Z /42
P 251346 Z JUN 7 9
FM SECSTATE WASHDC
TO AMEMBASSY BERN PRIORITY

LIMITED OFFICIAL USE STATE 290286

E.O. 12065: GDS 6/25/85 (TORRANCE, A. B.) OR-M

TAGS: N/A

TAGS: PEPR SZ

SUBJECT: : VISIT OF THE CHOIR

FOLLOWING IS THE TEXT OF A LETTER WITHOUT NUMBERED PARAGRAPHS.

IT ENDS HERE. CHRISTOPHER

LIMITED OFFICIAL USE

<< END OF DOCUMENT >>
\tMr. Q. Invented\tDeclassified/Released\tUS Department of State\tEO Systematic Review\t20 Mar 2014

                          Message Attributes

Draft Date: 25 JUN 1979
Document Number: 1979STATE290286
Locator: TEXT ON-LINE
Original Classification: LIMITED OFFICIAL USE
Subject: VISIT OF THE CHOIR
Odd Key: something
"""

NOT_ONLINE = b"""                           Message Text

                          Message Attributes

Document Number: 1976JAKART01234
Draft Date: 05-Mar-1976 12:00:00 am
From: JAKARTA
To: STATE
Locator: TEXT ON MICROFILM, ADS TEXT UNRETRIEVABLE
Original Classification: SECRET
Original Handling Restrictions: STADISNODIS
Reference: 76 STATE 51022, 76 JAKARTA 1200
Subject: A PORT AND ITS CRANES
TAGS: EWWT, PFOR, (SAID, IBN A), ID
"""
