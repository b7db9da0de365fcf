"""Names in scripts without capitals: Arabic, Hebrew, Chinese, Japanese, Korean and the scripts of India.

Takes a text, gives names: a title, a known given name or a known surname begins one. Cyrillic, Greek and Armenian have
capitals and are read by `people`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from unsealed.review.risk.late import Late
from unsealed.review.risk.lexicon import GIVEN, NAMES, SURNAME, lexicon
from unsealed.review.risk.suggestion import Found
from unsealed.review.words import fold

_CASELESS = Late(
    r"[\u0590-\u08ff\u0900-\u0fff\u1000-\u109f\u10d0-\u10ff\u1200-\u137f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
)
_WORDS = Late(
    r"[\u0590-\u05ff\u0620-\u065f\u066e-\u06d3\u06d5-\u08ff\u0900-\u0fff\u1000-\u109f\u1200-\u137f"
    r"\u200c]+(?:[ \u00a0\n](?![ \n])[\u0590-\u05ff\u0620-\u065f\u066e-\u06d3\u06d5-\u08ff\u0900-\u0fff"
    r"\u1000-\u109f\u1200-\u137f\u200c]+)*"
)
_ONE = re.compile(r"[^\s]+")
_HAN_TITLE = Late(
    r"([\u4e00-\u9fff]{2,4}?)(?=先生|女士|小姐|主席|总理|部长|省长|市长|书记|教授|博士|医生|律师|记者|将军|上校|议员|大使|さん|氏|様|首相|大臣"
    r"|議員|教授|記者|経理|经理|主任|老师|局长|处长)"
)
_HAN_SAID = Late(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,4}?)(?=表示|说|說"
    r"|告诉|告訴|指出|认为|認為|透露|强调|は|が|と|,|，|。|、|\(|（|[ \n]|$)"
)
_KOREAN = Late(
    r"(?<![\uac00-\ud7af])([\uac00-\ud7af]{3})(?= ?(?:씨|대통령|총리|장관|의원|교수|기자|박사|"
    r"대표|위원장|대사|변호사|사장|은|는"
    r"|이|가|의|을|를|과|와|에게)?(?![\uac00-\ud7af]))"
)
_TITLES = frozenset(
    fold(word)
    for word in [
        "السيد",
        "السيدة",
        "الدكتور",
        "الدكتورة",
        "الشيخ",
        "الحاج",
        "اللواء",
        "العقيد",
        "العميد",
        "النقيب",
        "الرائد",
        "المقدم",
        "الفريق",
        "الوزير",
        "الرئيس",
        "السفير",
        "المهندس",
        "الأستاذ",
        "الاستاذ",
        "القاضي",
        "المحامي",
        "الصحفي",
        "الأمير",
        "الملك",
        "آقای",
        "خانم",
        "دکتر",
        "مهندس",
        "حجت\u200cالاسلام",
        "آیت\u200cالله",
        "سردار",
        "سرهنگ",
        "جناب",
        "ملا",
        "مولوی",
        "استاد",
        "جنرال",
        "حاجی",
        "מר",
        "גברת",
        "דוקטור",
        "פרופסור",
        "הרב",
        "השר",
        "האלוף",
        "श्री",
        "श्रीमती",
        "डॉ",
        "जनाब",
        "ডা.",
        "জনাব",
    ]
)
_JOINED = ("و", "ب", "ل", "ف", "ك", "לר", "ל", "ב", "ו", "ה", "מ", "ש")
_INNER = frozenset(fold(word) for word in ["بن", "ابن", "بنت", "ال", "عبد", "أبو", "ابو", "ام", "أم", "آل", "بن\u200c"])
_LONGEST = 4


def find_other_scripts(text: str) -> list[Found]:
    """Names in scripts without capitals."""
    if text.isascii() or not _CASELESS.search(text):
        return []
    return [*_spaced(text), *_han(text), *_by_form(text)]


# Georgian surnames by their endings; Thai, Lao and Khmer names by the title that is written before them; names in
# Arabic letters by what somebody does to them, or by the "son of" inside.
_GEORGIAN = re.compile(
    r"(?:[\u10d0-\u10ff]{3,}[ \n])?[\u10d0-\u10ff]{2,}"
    r"(?:\u10e8\u10d5\u10d8\u10da|\u10eb|\u10d8\u10d0\u10dc|\u10e3\u10d0|\u10d0\u10d5\u10d0|\u10d8\u10d0)[\u10d0-\u10ff]{0,5}"
)
_THAI = re.compile(
    r"(?:\u0e19\u0e32\u0e07\u0e2a\u0e32\u0e27|\u0e19\u0e32\u0e22|\u0e19\u0e32\u0e07|\u0e04\u0e38\u0e13|\u0e14\u0e23\.)"
    r"[ ]?([\u0e00-\u0e7f]{2,20}(?:[ ][\u0e00-\u0e7f]{3,20})?)"
)
_ARABIC_NAME = r"[\u0620-\u06ff]{3,}(?:[ ]\u0627\u0644[\u0620-\u06ff]{3,})?"
_ARABIC_SAID = re.compile(
    r"(?<![\u0600-\u06ff])(?:قال|قالت|وقال|التقى|المدعو|اسمه|الشاهد|المصدر)[ ]"
    r"([\u0620-\u06ff]{3,}[ ]" + _ARABIC_NAME + ")"
)
_SON_OF = re.compile(r"[\u0620-\u06ff]{3,}[ ](?:بن|بنت|ابن)[ ]" + _ARABIC_NAME)


def _by_form(text: str) -> Iterator[Found]:
    for pattern, group, sure in ((_GEORGIAN, 0, 0.6), (_THAI, 1, 0.7), (_ARABIC_SAID, 1, 0.6), (_SON_OF, 0, 0.7)):
        for match in pattern.finditer(text):
            yield Found(*match.span(group), "person", "name-shape", sure)


def _spaced(text: str) -> Iterator[Found]:
    known = lexicon()
    for run in _WORDS.finditer(text):
        words = [(m.start(), m.end(), fold(m[0])) for m in _ONE.finditer(text, *run.span())]
        at = 0
        while at < len(words):
            titled = at > 0 and words[at - 1][2] in _TITLES
            first = _flags(known, words[at][2])
            if words[at][2] in _TITLES or not (titled or first & GIVEN):
                at += 1
                continue
            last = _end(known, words, at, titled)
            if last > at or titled:
                yield Found(
                    words[at][0] + _prefix(known, words[at][2]),
                    words[last][1],
                    "person",
                    "title" if titled else "given-name",
                    0.85 if titled else 0.7,
                )
            at = last + 1


def _end(known: dict[str, int], words: list[tuple[int, int, str]], at: int, titled: bool) -> int:
    """The last word of a name that begins at `at`: names and particles, and one unknown word behind a given name."""
    last = at
    for place in range(at + 1, min(at + _LONGEST, len(words))):
        word = words[place][2]
        if word in _TITLES:
            break
        if _flags(known, word) & NAMES or word in _INNER or word.startswith(("ال", "آل")) or (place == at + 1):
            last = place
        else:
            break
    while last > at and words[last][2] in _INNER:
        last -= 1
    return last


def _flags(known: dict[str, int], word: str) -> int:
    flags = known.get(word, 0)
    if not flags and len(word) > 3:
        for prefix in _JOINED:
            if word.startswith(prefix):
                return known.get(word[len(prefix) :], 0)
    return flags


def _prefix(known: dict[str, int], word: str) -> int:
    if known.get(word, 0):
        return 0
    return next((len(prefix) for prefix in _JOINED if word.startswith(prefix) and known.get(word[len(prefix) :], 0)), 0)


@cache
def _surnames() -> frozenset[str]:
    """Surnames of Chinese and Japanese, and the first syllable of Korean names."""
    found = {word for word, flags in lexicon().items() if flags & SURNAME and "\u3040" <= word[0] <= "\ud7af"}
    return frozenset(
        found
        | set(
            "王李张張刘劉陈陳杨楊黄黃赵趙周吴吳徐孙孫朱马馬胡郭林何高梁郑鄭罗羅宋谢謝唐韩韓曹许許邓鄧冯馮彭曾肖田董袁潘蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范石廖贾賈夏韦韋傅方白"
            "邹鄒孟熊秦邱江尹薛闫阎段雷侯龙龍史陶黎贺賀顾顧毛郝龚邵万萬钱錢严嚴覃武戴莫孔向汤"
        )
        | set("김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진나지엄채원천방공현")
    )


def _han(text: str) -> Iterator[Found]:
    surnames = _surnames()
    for pattern, rule, sure in ((_HAN_TITLE, "title", 0.8), (_HAN_SAID, "surname", 0.6)):
        for match in pattern.finditer(text):
            name = match[1]
            skip = next((k for k in range(len(name) - 1) if name[k] in surnames or name[k : k + 2] in surnames), None)
            if skip is not None and (rule == "title" or skip == 0):
                yield Found(match.start(1) + skip, match.end(1), "person", rule, sure)
    for match in _KOREAN.finditer(text):
        if unicodedata.normalize("NFC", match[1])[0] in surnames:
            yield Found(*match.span(1), "person", "surname", 0.65)
