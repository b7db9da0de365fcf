"""Which charset is this, where nobody says? A measured guess over the bytes that are not ASCII.

Each candidate is judged by what it makes of the words: letters that its languages use, in the order of their frequency;
one script a word; no capital behind a small letter; no signs inside a word. Windows-1252 wins a tie (decision 0106).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SAMPLE = 65_536  # bytes that are looked at
_WORDS = 2_000  # words that are judged
_WORD = re.compile(rb"[A-Za-z\x80-\xff'_]*[\x80-\xff][A-Za-z\x80-\xff'_]*")
_WIDE_RUN = re.compile("[^\x00-\x7f]{2,}")
_MARGIN = 0.35  # by which a candidate must beat Windows-1252, in points a character

# Letters in falling order of frequency, without those of ASCII
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_UKRAINIAN = "оаинівтреслкудмпзябьгчйхжшюцщїєґф"
_SERBIAN = "аоиенјрсувтдкмплзбгчњцшљжђћџфх"
_GREEK = "αοιετσνηυρπκμλωςίόγάέδήύώχθφβξζψϊ"
_HEBREW = "יוהלאתרמבשנקדחפעגכסםטצןזךץף"
_ARABIC = "ايلمونرتبةعدسفهكقحجذصشطضخغءثزظأإآىئؤ"
_THAI = "านรอกเงมยลวดทสตะปบคหแจพชขใไโผศธณซถฟภฐญฎฏฑฒ่้ิีัุู็์ำๆึืๅ"
_WESTERN = "éàèüäöçáíóñßãêúâåôøæîïëûùœìòõýðþ’“”‘–—…«»°€£§·•"
_CENTRAL = "áéíýčřžšěůúťďňółążęśćźńöüőűäășțâîđôĺľŕ’“”„–"
_TURKISH = "ıüşöğçİâîû’“”"
_BALTIC = "āēīūšžčėęąųģķļņöõäü’“”–"
_SINGLE: dict[str, tuple[str, ...]] = {
    "cp1252": (_WESTERN,),
    "cp1251": (_RUSSIAN, _UKRAINIAN, _SERBIAN),
    "koi8_r": (_RUSSIAN,),
    "koi8_u": (_UKRAINIAN,),
    "cp866": (_RUSSIAN, _UKRAINIAN),
    "iso8859_5": (_RUSSIAN, _UKRAINIAN, _SERBIAN),
    "mac_cyrillic": (_RUSSIAN, _UKRAINIAN),
    "cp1253": (_GREEK,),
    "iso8859_7": (_GREEK,),
    "cp1255": (_HEBREW,),
    "cp1256": (_ARABIC,),
    "cp874": (_THAI,),
    "cp1250": (_CENTRAL,),
    "iso8859_2": (_CENTRAL,),
    "cp1254": (_TURKISH,),
    "cp1257": (_BALTIC,),
    "cp850": (_WESTERN,),
    "cp852": (_CENTRAL,),
    "mac_roman": (_WESTERN,),
}
# A tie goes to the first; a family that is rare must be clearly better
_HANDICAP = {"cp850": 0.3, "cp852": 0.3, "mac_roman": 0.3, "mac_cyrillic": 0.1, "cp1257": 0.4, "iso8859_5": 0.05,
             "iso8859_2": 0.1, "cp1254": -0.15, "koi8_u": 0.02, "iso8859_7": 0.05}  # fmt: skip
_LATIN = frozenset({"cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "cp850", "cp852", "mac_roman"})
DOUBLE = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经"
    "這個們來為國說時會對於發過裡從後還現樣點學動問間見長開關東車馬書語題業電話議員報告長官使館消息星期二年月日本市政府部人民军"
    "日月年人会社大本中長出前者東京時間今合同化変電話対国語事件新聞政府省情報員経済的言話米約"
)


def wide(data: bytes) -> str:
    """`utf-16-le` or `utf-16-be`, where the bytes look like it though no mark says so; else an empty string."""
    head = data[: 4096 + len(data) % 2]
    if len(head) < (4 if b"\x00" in head else 40) or (len(data) % 2 and len(data) <= 4096):
        return ""
    head = head[: len(head) // 2 * 2]
    found = {
        "utf-16-le": _likely(head, "utf-16-le", head[1::2], head[0::2]),
        "utf-16-be": _likely(head, "utf-16-be", head[0::2], head[1::2]),
    }
    best = max(found, key=lambda name: found[name])
    return best if found[best] > 0 else ""


def _likely(head: bytes, name: str, high: bytes, low: bytes) -> float:
    """How likely text of two bytes a character is: one page of Unicode prevails, or East Asian signs in use."""
    if low.count(0) > len(low) // 50 or len(set(low)) < 2:
        return 0.0
    try:
        text = head.decode(name)
    except UnicodeDecodeError:
        return 0.0
    readable = sum(character.isalnum() or character in " \t\r\n.,;:-!?()'\"/、。，「」" for character in text)
    if readable * 10 < len(text) * 9:
        return 0.0
    prevails = max(high.count(value) for value in set(high)) / len(high)
    east = sum(_east(character) == 1.0 for character in text) / len(text)
    return max(prevails if prevails > 0.5 else 0.0, east if east > 0.25 else 0.0)


def guess(data: bytes) -> str:
    """The charset of text that is not UTF-8; `cp1252` where nothing is clearly better.

    `data`: the bytes of a text; ISO-2022-JP is told by its escapes.
    """
    sample = data[:_SAMPLE]
    if b"\x1b$" in sample and sample.isascii():
        return "iso2022_jp"
    words = [word for word in _WORD.findall(sample) if len(word) > 1][:_WORDS]
    high = sum(1 for word in words for byte in word if byte > 0x7F)
    if high < 4:
        return "cp1252"
    double = _double_byte(sample, high)
    if double:
        return double
    joined = b" ".join(words)
    crowded = high > 0.6 * sum(map(len, words))  # hardly an ASCII letter in the words: no Latin script
    scores = {name: _score(joined, name, crowded=crowded) for name in _SINGLE}
    usual = joined.decode("cp1252", "replace")
    best, lead = "cp1252", 0.0
    for name, score in scores.items():
        text = joined.decode(name, "replace")
        other = sum(one != two for one, two in zip(text, usual, strict=True))
        gained = score - scores["cp1252"] - other * (_MARGIN + _HANDICAP.get(name, 0.0))
        letters = sum(character.isalpha() for character in text if character > "\x7f")
        if gained > lead and letters * 10 >= high * 7:
            best, lead = name, gained
    return best


def _double_byte(sample: bytes, high: int) -> str:
    """A charset of two bytes a character that reads all of it, with characters that are in use."""
    best, points = "", 0.25
    for name in DOUBLE:
        try:
            text = sample.decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 3 or len(sample) < _SAMPLE:  # not just a character that the sample cuts
                continue
            text = sample[: error.start].decode(name)
        wide_ones = [character for character in text if character > "\x7f"]
        if not wide_ones or len(wide_ones) > high:
            continue
        runs = sum(len(run) for run in _WIDE_RUN.findall(text))
        if runs * 10 < len(wide_ones) * 7:
            continue
        found = sum(map(_east, wide_ones)) / len(wide_ones)
        if found > points:
            best, points = name, found
    return best


@lru_cache(maxsize=8192)
def _east(character: str) -> float:
    """How much a character speaks for the charset that gave it: kana, Hangul, common Chinese signs, full stops."""
    if "\u3040" <= character <= "\u30ff":
        return 1.0
    if character in _COMMON or character in "、。，！？：；「」（）《》“”・ー":
        return 1.0
    if "\uac00" <= character <= "\ud7a3":
        return 0.8
    if "\u4e00" <= character <= "\u9fff":
        return 0.1
    return -1.0 if "\uff61" <= character <= "\uff9f" or "\ue000" <= character <= "\uf8ff" else -0.2


def _score(words: bytes, name: str, *, crowded: bool) -> float:
    """Points of all characters that are not ASCII."""
    text = words.decode(name, "replace")
    high = sum(character > "\x7f" for character in text)
    return max(_points(text, letters) for letters in _SINGLE[name]) - (
        0.8 * high if crowded and name in _LATIN else 0.0
    )


def _points(text: str, letters: str) -> float:
    ranks = _ranks(letters)
    points = 0.0
    before = " "
    for character in text:
        if character > "\x7f":
            points += ranks.get(character, -1.2) + _joint(before, character)
        elif character.isalpha() and before > "\x7f" and before.isalpha() and _script(before):
            points -= 1.0  # two scripts in one word
        before = character
    return points


@lru_cache(maxsize=32)
def _ranks(letters: str) -> dict[str, float]:
    count = len(letters)
    ranks = {letter: 1.0 - place / count * 0.9 for place, letter in enumerate(letters)}
    for place, letter in enumerate(letters):
        ranks.setdefault(letter.upper()[:1], 0.6 - place / count * 0.6)
    ranks["\u00a0"] = 0.0
    return ranks


@lru_cache(maxsize=65_536)
def _joint(before: str, character: str) -> float:
    """What two neighbours say: a capital behind a small letter, a sign inside a word, two scripts in one word."""
    if before == " ":
        return 0.0
    points = 0.0
    if character.isupper() and before.islower():
        points -= 1.0
    if before.isascii() and before.isalpha() and _script(character):
        points -= 1.0
    if before.isalpha() and not character.isalpha() and unicodedata.category(character)[0] in "SC":
        points -= 0.8
    return points


@lru_cache(maxsize=1024)
def _script(character: str) -> bool:
    """Whether a letter belongs to another script than Latin."""
    return character.isalpha() and not unicodedata.name(character, "LATIN").startswith("LATIN")
