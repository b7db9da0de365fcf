"""The words and line forms of a telegram (cable.md sections 4 and 5), compiled once.

`classify` names the form of one line by its first letter, so that a line is tried against few patterns.
"""

from __future__ import annotations

import re
from functools import lru_cache


def _spaced(word: str) -> str:
    return " ?".join(word)


CLASS_WORDS = (
    r"(?:"
    + _spaced("UNCLASSIFIED")
    + "|"
    + _spaced("UNCLAS")
    + "|"
    + _spaced("CONFIDENTIAL")
    + "|"
    + _spaced("TOP")
    + " +"
    + _spaced("SECRET")
    + "|"
    + _spaced("SECRET")
    + r"|LIMITED +OFFICIAL +USE)"
)
CLASSES = ("UNCLASSIFIED", "LIMITED OFFICIAL USE", "CONFIDENTIAL", "SECRET", "TOP SECRET")
LEVELS = {"U": 0, "UNCLAS": 0, "SBU": 1, "LOU": 1, "C": 2, "S": 3, "TS": 4}
_CAPTION = (
    r"(?:SIPDIS|NOFORN|EXDIS|NODIS|STADIS|LIMDIS|RODCA|NOCONTRACT|SENSITIVE"
    r"|FOR OFFICIAL USE ONLY|EYES ONLY|CODEL|DEPT EYES ONLY)"
)
_STATION = r"[A-Z][A-Z ]{1,24}?"
PRECEDENCES = (" FLASH", " NIACT IMMEDIATE", " IMMEDIATE", " PRIORITY", " PIORITY", " PRIOITY", " ROUTINE")

BANNER = re.compile(
    r"[ \t]*(?P<word>"
    + CLASS_WORDS
    + r")(?:(?://| )+(?P<caveat>(?:NOFORN|SENSITIVE|SIPDIS|EXDIS|NODIS|FOUO|NF|NOCONTRACT|REL|FOR OFFICIAL USE ONLY)"
    r"(?:[ /]+(?:NOFORN|SENSITIVE|SIPDIS|NF))*))?(?:[ ]+SECTION[ ]+(?P<n>\d\d?)[ ]+OF[ ]+(?P<m>\d\d?))?"
    r"(?:[ ]+(?P<station>" + _STATION + r")(?:[ ]+|[ ]*\n[ ]*(?=\d{4}))0*(?P<serial>\d{1,8}))?"
    r"(?=[ \t]*(?:\n|\Z|(?:SIPDIS|NOFORN|E\.? ?O\.|TAGS|DEPT |SUBJ)))"
)
DTG = re.compile(
    r"[ \t]*(?P<action>[ZOPR])(?P=action)?(?:[ ]+(?P<info>[ZOPR])(?P=info)?)?[ ]+"
    r"(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)[ ]?[Zz][ ]*\n?[ ]*"
    r"(?P<month>[A-Za-z]{3})[A-Za-z]*[ ]*(?:19|20)?(?P<year>\d\d)\b"
)
DE = re.compile(
    r"[ \t]*DE[ ]+(?P<ri>R[A-Z]{3,7})[ ]*#(?P<ssn>\d{3,5})(?:/(?P<section>\d+))?[ ]+(?P<day>\d{3})(?P<time>\d{4})"
)
ADDRESS = re.compile(r"(?:TO)?R[A-Z]{3,7}")  # a routing indicator, the label glued to it or not
LEADING_LABEL = re.compile(
    r"[ \t]*(?:\((?:U|SBU|C|S|TS)(?:/+[A-Z]+)*\)[ ]*(?=SUBJ)|\((?=REF))?"  # a mark or a bracket before the label
    r"(?i:REF\(S\)|(?:SUBJECT|SUBJ|UBJECT|REFS?|REFTELS?|REFERENCES?|TAGS?|TAGE S|TGS|TABS|AGS)\b)"
    r"[ ]*(?:[:.]|-(?=[ ]))?[ \t]*(?:\n[ \t]*)?"
)
# Labels inside a line. The letter first, then what stands before it: the engine then jumps from letter to letter.
_INNER_REST = (
    r"(?<=[ \t]C)(?:lassified [Bb]y\b|LASSIFIED BY\b)|(?<=[ \t]¶)1\.[ ]+(?=\(|[A-Z])|(?<=[ \t]1)\.[ ]+(?=\(|[A-Z])"
    r"|(?<![A-Za-z]R)EFS?(?:TEL)?(?:\(S\))?:"
    r"|(?<=R)EFS?:(?=[ ]+\(?[A-Z][.)][ ])"  # glued to the word before it
)
INNER_SUBJECT = re.compile(r"[RC¶1](?:" + _INNER_REST + r")")
INNER = re.compile(
    r"[SETRC¶1](?:(?<=[ \t]S)(?:IPDIS\b|UBJ(?:ECT)?:)|(?<=[ \t]E)\.[ ]?O\.[ ]?\d{5}|(?<![A-Za-z]T)AGS?:|"
    + _INNER_REST
    + r")"
)
PARAGRAPH = r"(?:¶[ ]?)?(?P<number>\d{1,3})\.(?=[ \t]*[(A-Z¶\"'“‘]|[ \t]+\S|[ \t]*\n)"
MARK = re.compile(
    r"(?:¶[ ]?)?\d{1,3}\.[ \t]*\(?(?P<mark>(?:U|SBU|C|S|TS|LOU)(?:/{1,2}(?:NF|NOFORN|REL(?:[ ][A-Z ,]+)?))*)(?:\)"
    r"|(?=[ ]?-[ ]?ENTIRE))"
)
ODD_MARK = re.compile(r"(?:¶[ ]?)?\d{1,3}\.[ \t]*\((?P<mark>[A-Z]{1,4}(?:/[A-Z]+)*)\)")
ENTIRE = re.compile(r"\(?\b(U|SBU|C|S|TS|SECRET|CONFIDENTIAL|UNCLASSIFIED)[ ]*-+[ ]*ENTIRE[ ]+TEXT\b", re.IGNORECASE)

_RULES = (
    ("V", "routing", r"VZCZC"),
    ("D", "routing", r"DE[ ]+R[A-Z]{3,7}[ ]*#"),
    ("Z", "routing", r"ZN[RY][ ]+[A-Z]{5}"),
    ("ZOPR", "dtg", r"(?:([ZOPR])\1?[ ]+){1,2}\d{6}[ ]?[Zz][ ]*(?:[A-Za-z]{3}[A-Za-z]*[ ]*\d\d|$)"),
    ("ZOPR", "routing", r"[ZOPR]{1,2}[ ]+R[A-Z]{3,7}(?:[ ]|$)"),
    ("R", "route", r"R[A-Z]{3,7}(?:[ ]+R[A-Z]{3,7})*[ \t]*$"),
    ("F", "from", r"FM[ ]+\S"),
    ("T", "to", r"TO(?:[ ]+\S|R[UEHPFLCAYW][A-Z]{2,6}/)"),
    ("I", "info", r"INFO[ ]+\S"),
    ("X", "exempt", r"XMT(?:/|,|[ ])"),
    ("B", "structure", r"BT[ \t]*$"),
    ("P", "structure", r"PAGE[ ]+\d\d[ ]+\S"),
    ("C", "caption", r"C O R R E C T E D|CORRECTED COPY"),
    ("SNELRDCF", "caption", _CAPTION + r"(?:[ /,]+" + _CAPTION + r")*(?=[ \t]*$|[ ]+(?:E\.|TAGS|SUBJ))"),
    ("Ee", "declassify", r"[Ee]\.?[ ]?[Oo]\.{0,2}[ :]*\d{5}"),
    ("T", "tags", r"(?:TAGS?|TAGE S|TGS|TABS)\b[ ]*(?::|$|(?=[ ]+[A-Z]{2,5}\b))"),
    ("Tt", "tags", r"(?i:TAGS?):"),
    ("A", "tags", r"AGS:"),
    ("S", "subject", r"SUBJ(?:ECT)?\b[ ]*(?::|(?=[ ]))"),
    ("Ss", "subject", r"(?i:SUBJ(?:ECT)?)[ ]*:"),
    ("U", "subject", r"UBJECT:"),
    ("(", "subject", r"\((?:U|SBU|C|S|TS)(?:/+[A-Z]+)*\)[ ]*SUBJ(?:ECT)?[ ]*:"),
    (
        "R",
        "refs",
        r"REF(?:\(S\)|(?:S|TELS?|ERENCES?)?\b)[ ]*(?:[:.]|(?=[ ]+(?:\(?[A-Z][).:]|\(?\d\d|[A-Z]{3,17}[ ]+\d|-[ ])))",
    ),
    ("Rr", "refs", r"(?i:REF(?:TEL)?S?)(?:[ ]+[A-Za-z])?[ ]*:"),
    ("(", "refs", r"\(REFS?[ ]*:"),
    ("C", "classby", r"(?:Classified|CLASSIFIED)[ ]+(?:[Bb]y|BY)\b"),
    ("D", "classby", r"(?:Derived|DERIVED)[ ]+(?:[Ff]rom|FROM)\b"),
    ("(", "classby", r"\((?:U|SBU|C|S|TS)\)[ ]*(?:Classified|CLASSIFIED)[ ]+(?:[Bb]y|BY)\b"),
    ("R", "reason", r"(?:Reason|REASON)s?\b[ ]*:?[ ]*1\.[45]"),
    ("S(B", "start", r"\(?(?:[A-Z]{1,3}\)[ ]*)?(?:BEGIN[ ]+)?SUMM[AE]R*Y\b"),
    ("I", "start", r"INTRODUCTION\b|INTRO\b"),
    (
        "DSPABCEGHIJKLMNOQRTUVWXYZ",
        "passing",
        r"(?:DEPT|DEPARTMENT|STATE|PLEASE|PLS|[A-Z][A-Z/&-]{1,20})[ ]+(?:(?:ALSO )?(?:PLEASE |PLS )?PASS\b|FOR +[A-Z])",
    ),
    ("E", "passing", r"EYES ONLY FOR[ ]+[A-Z]"),
    ("-=_*/#", "rule", r"[-=_*/#][-=_*/# ]{2,}[ \t]*$"),
    ("0123456789¶", "paragraph", PARAGRAPH.replace("?P<number>", "")),
    (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "structure",
        r"[A-Z][A-Z ]{1,24}[ ]+\d{4,8}[ ]+\d{3}(?:\.\d)?[ ]+OF[ ]+\d{3}[ \t]*$",
    ),
)


@lru_cache(maxsize=1)
def _tables() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    compiled = [(letters, name, re.compile(pattern, re.MULTILINE)) for letters, name, pattern in _RULES]
    letters = {letter for rule in _RULES for letter in rule[0]}
    return {letter: tuple((name, rule) for group, name, rule in compiled if letter in group) for letter in letters}


_BY_LETTER = _tables()
_CLASS_LETTERS = frozenset("UCSTL")
# What most of these lines begin with, and what the rules say of it: by the first four characters.
_USUAL = {
    "SIPD": ("SIPDIS\n", "caption"),
    "E.O.": ("E.O. 12958:", "declassify"),
    "TAGS": ("TAGS:", "tags"),
    "SUBJ": ("SUBJECT:", "subject"),
    "REF:": ("REF:", "refs"),
}


def classify(text: str, start: int) -> str:
    """The form of the line that begins (after blanks) at `start`: a name of the table, `banner`, or an empty string."""
    usual = _USUAL.get(text[start : start + 4])
    if usual is not None and text.startswith(usual[0], start):
        return usual[1]
    letter = text[start : start + 1]
    if letter in _CLASS_LETTERS and BANNER.match(text, start):
        return "banner"
    for name, rule in _BY_LETTER.get(letter, ()):
        if rule.match(text, start):
            return name
    return ""


def class_level(word: str) -> int:
    """The rank of a class word, spaced or not, in `CLASSES`; -1 for none."""
    letters = word.replace(" ", "").upper()
    if letters.startswith("UNCLAS"):
        return 0
    return {"LIMITEDOFFICIALUSE": 1, "CONFIDENTIAL": 2, "SECRET": 3, "TOPSECRET": 4}.get(letters, -1)
