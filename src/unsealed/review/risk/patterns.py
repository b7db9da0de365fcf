"""Numbers and addresses: telephones, mail, passports, accounts, cards, coordinates, plates, user names.

Takes a text, gives places. Numbers that carry check digits are checked; of those a wrong one is no suggestion. One
pass looks for the words and signs beside which a rule can apply at all; each rule is then tried there and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from unsealed.review.patternset import PatternSet
from unsealed.review.risk import expressions as e
from unsealed.review.risk.late import Late
from unsealed.review.risk.suggestion import Found
from unsealed.review.risk.vocabulary import listed


class Pattern(NamedTuple):
    """A rule: what to look for, what to call it, and near which words it can stand at all.

    `before` and `after` are the characters around a trigger in which the whole match lies. A trigger that begins with
    `^` counts only where a word begins: of `via` in `Bolivia` nothing follows. Without triggers the rule is looked for
    wherever four digits stand together. `check` is asked of each match. `needs`: what every match holds
    and most places near a trigger do not, and what is cheaper to look for. `small`: the expression is written in small
    letters and looked for in the text in small letters, at a fifth of the cost of one that makes no difference of case.
    """

    pattern: Late | re.Pattern[str]
    kind: str
    rule: str
    sure: float
    triggers: tuple[str, ...] = ()
    before: int = 80
    after: int = 120
    group: int = 0
    check: Callable[[str], bool] | None = None
    needs: re.Pattern[str] | None = None
    small: bool = False


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (ISO/IEC 7812-1)."""
    total = sum(
        int(digit) if place % 2 == 0 else sum(divmod(2 * int(digit), 10))
        for place, digit in enumerate(reversed(digits))
    )
    return total % 10 == 0


def is_iban(plain: str) -> bool:
    """Whether the check digits of an account number fit (ISO 13616: the whole, turned, is 1 modulo 97)."""
    turned = plain[4:] + plain[:4]
    return plain.isascii() and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _is_card(value: str) -> bool:
    digits = _digits(value)
    return 13 <= len(digits) <= 19 and luhn(digits) and len(set(digits)) > 1


def _is_passport(value: str) -> bool:
    return len(_digits(value)) >= 5


def _is_plate(value: str) -> bool:
    year = len(value) == 4 and value[:2] in ("19", "20") and value.isdigit()
    return 4 <= sum(map(str.isalnum, value)) <= 10 and bool(_digits(value)) and not year


def _is_phone(value: str) -> bool:
    digits = _digits(value)
    card = len(digits) == 16 and value[:1].isdigit()
    return (9 if digits.startswith("00") and value[:1] == "0" else 8) <= len(digits) <= 16 and not card


def _is_street(value: str) -> bool:
    """Whether the words between number and street are a name: `14 people in the street` are none."""
    words = [word.strip(".,").lower() for word in value.split()[1:-1]]
    return not any(word in _SMALL for word in words)


_SMALL = frozenset(
    listed("""
in on at of to from by with for and or but was were is are has have had took takes taken the this that these those
people men women police officers persons civilians protesters soldiers families children houses vehicles cars over
under into onto after before handed km kilometres kilometers meters metres miles hours minutes percent million billion
local
""")
)


def _is_said_phone(value: str) -> bool:
    return 5 <= len(_digits(value)) <= 15 and "\n\n" not in value


def _is_pair(value: str) -> bool:
    north, east = _NUMBER.findall(value)[:2]
    return abs(float(north)) <= 90 and abs(float(east)) <= 180


_NUMBER = re.compile(r"\d+\.\d+")
_TWO_DIGITS = re.compile(r"\d\d(?<=[^\W\d_]{2}\d\d)")  # behind the letters of a country
_CLUSTER = re.compile(r"\d(?:[^\n\d]{0,6}\d){3,}")
_PHONES = listed("""
^tel phone ^mob ^cell ^fax ^hotline ^landline ^whatsapp ^signal ^viber ^sms ^call ^ring ^dial ^reach ^thuraya ^iridium
^handy ^gsm ^sim ^switchboard number ^msisdn ^extension ^ph
""")
_IDS = (
    *listed("""
passport pasaport passeport ppt laissez document identity id-card cedula cédula dni cnic tazk carnet licen
permit visa
"""),
    "^national",
    " id ",
    " id:",
    "id card",
    "id no",
    "(id ",
)
_PLATES = ("plate", "registration", "registered", "license", "licence", "regn", "tag ", "reg ", "reg.")
_VEHICLES = listed("""
^vehicle ^car ^truck ^lorry ^van ^sedan ^saloon ^suv pickup pick-up ^jeep ^taxi bus ^motor ^moped ^toyota ^hilux
cruiser ^corolla ^nissan ^patrol ^mitsubishi ^pajero ^peugeot ^renault ^citro ^mercedes ^bmw ^audi ^opel ^volkswagen
^vw ^golf ^ford ^skoda ^škoda ^lada ^niva ^volga ^kamaz ^fiat ^hyundai ^kia ^samand ^paykan ^pride ^honda ^suzuki
^isuzu ^mazda ^chevrolet ^dacia ^volvo ^plate
""")
_SERVICES = listed(
    "skype telegram signal instagram facebook twitter wickr threema viber whatsapp discord wechat ^irc forum jabber"
)
_NUMBERED = listed("""
^house ^villa ^building ^bldg ^plot ^flat ^home ^rue ^avenue ^boulevard ^chemin ^impasse ^quai ^allee ^allée ^via
^calle ^rua ^place ^soi
""")
_USERS = (
    *listed("""
signed writes wrote goes known calls profile from: messenger user screen nick handle login account alias skype
telegram instagram facebook twitter signal wickr threema icq jabber xmpp wechat weixin vk snapchat tiktok discord kik
viber ^irc
"""),
    "post as",
    "posts as",
    "posted as",
    "posting as",
    "poster",
)
_STREETS = (
    *listed("""
^street ^str. ^avenue ^ave. ^road ^rd. ^rd, ^lane ^boulevard ^blvd ^drive ^crescent ^terrace ^square ^place ^court
^alley ^quay ^highway ^ulitsa ^prospekt ^sokak ^sok. ^caddesi ^cad. ^gasse ^weg ^platz ^allee ^gade ^gata ^vej ^veien
^straat ^laan ^marg ^nagar ^colony ^quarter ^estate ^chowk ^sarani
"""),
    " st.",
    " st,",
    " st\n",
    " st ",
    " rd\n",
    " rd ",
    " ave ",
)
_LEADING = (
    *listed("""
^rue ^boulevard ^avenue ^calle ^avenida ^avda ^carrera ^cra. ^rua ^viale ^piazza ^plaza ^jalan ^jl. ^ulica ^ul. ^ulitsa
^prospekt ^pr. ^shari ^al. ^aleja ^av. ^calzada ^jiron ^jr. ^pasaje ^chemin ^impasse ^quai ^kuche ^kucheh straße strasse
str. gasse weg platz allee gade gata vägen vej veien straat laan plein utca katu gracht
"""),
    "tie ",
    "tie\n",
    " via ",
)
_BOXES = ("box", "postfach", "apartado", "b.p", "bp ")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d[\d -]{3}")
_DIALLED = re.compile(r"\d[\d ()./\n-]{4}")
_SIGN = re.compile(r"[\d_]")
_SIGN_OR_DOT = re.compile(r"[\d_.](?:(?<=[\d_])|(?<=[^\W\d_]\.)(?=[^\W\d_]))")
PATTERNS: tuple[Pattern, ...] = (
    Pattern(e.EMAIL, "email", "mail-address", 0.97, ("@", "[at]", "(at)", "[ at ]"), 70, 120),
    Pattern(e.HANDLE, "username", "at-name", 0.8, ("@",), 2, 40),
    Pattern(e.CARD, "card", "card-check-digit", 0.9, check=_is_card),
    Pattern(e.DEGREES, "coordinate", "degrees", 0.95, ("\u00b0", "\u00ba", "deg"), 40, 90, needs=_DIGIT),
    Pattern(e.LETTERED, "coordinate", "latitude-longitude", 0.9),
    Pattern(e.LABELLED, "coordinate", "latitude-longitude", 0.9, ("^lat",), 2, 90, needs=_DIGIT),
    Pattern(e.DECIMAL, "coordinate", "decimal-pair", 0.75, check=_is_pair),
    Pattern(e.MGRS, "coordinate", "grid-reference", 0.95),
    Pattern(
        e.SQUARE, "coordinate", "grid-square", 0.85, ("grid", "mgrs", " gr ", " vic", " loc", "coord"), 2, 60, 1,
        needs=_DIGIT,
    ),
    Pattern(e.UTM, "coordinate", "utm", 0.85),
    Pattern(e.PHONE_PLUS, "phone", "international-number", 0.95, ("+", "^00"), 2, 40, check=_is_phone),
    Pattern(e.PHONE_SAID, "phone", "called-a-telephone", 0.9, _PHONES, 10, 100, 1, _is_said_phone, _DIALLED),
    Pattern(e.PHONE_SHAPE, "phone", "number-shape", 0.65, check=_is_phone),
    Pattern(e.PASSPORT, "passport", "called-a-passport", 0.9, _IDS, 4, 110, 1, _is_passport, _DIGITS),
    Pattern(e.PLATE, "plate", "called-a-plate", 0.85, _PLATES, 14, 90, 1, _is_plate, _DIGIT),
    Pattern(e.VEHICLE_PLATE, "plate", "beside-a-vehicle", 0.7, _VEHICLES, 4, 80, 1, _is_plate, _DIGIT),
    Pattern(e.USER_ON, "username", "called-an-account", 0.8, _SERVICES, 50, 4, 1, needs=_SIGN),
    Pattern(e.ADDRESS_NUMBERED, "address", "street-and-number", 0.75, _NUMBERED, 24, 60, needs=_DIGIT),
    Pattern(e.USER, "username", "called-an-account", 0.8, _USERS, 2, 110, 1, needs=_SIGN_OR_DOT),
    Pattern(e.ADDRESS, "address", "street-and-number", 0.8, _STREETS, 90, 30, check=_is_street, needs=_DIGIT),
    Pattern(e.ADDRESS_BEHIND, "address", "street-and-number", 0.75, _LEADING, 30, 80, needs=_DIGIT),
    Pattern(e.BOX, "address", "post-box", 0.8, _BOXES, 8, 24, needs=_DIGIT),
)  # fmt: skip


class Patterns:
    """Rules over texts: one pass for all their triggers, then each rule where its triggers stand."""

    def __init__(self, rules: Sequence[Pattern] = PATTERNS) -> None:
        self._rules = rules
        words = sorted({trigger.lstrip("^") for rule in rules for trigger in rule.triggers})
        self._set = PatternSet(words)
        # Of each trigger: the rules for which it counts inside a word, and those for which it counts where one begins.
        inside = [[n for n, rule in enumerate(rules) if word in rule.triggers] for word in words]
        begun = [[n for n, rule in enumerate(rules) if f"^{word}" in rule.triggers] for word in words]
        self._of_word = [(some, [*some, *more]) for some, more in zip(inside, begun, strict=True)]
        self._by_digits = [n for n, rule in enumerate(rules) if not rule.triggers]

    def find(self, text: str, lower: str, cased: str) -> Iterator[Found]:
        """Every place of every rule in `text`; `lower` and `cased` are the same text in small letters and true case."""
        small = _plain(lower)
        windows = self._windows(text, lower)
        for number in sorted(windows):  # of two that find the same the first one names it
            rule, places = self._rules[number], windows[number]
            needs, where = rule.needs, small if rule.small else text
            for start, end in places:
                if needs is None or needs.search(where, start, end):
                    yield from _matches(rule, where, cased, start, end)
        if self._by_digits:
            yield from _accounts(text)

    def _windows(self, text: str, lower: str) -> dict[int, list[tuple[int, int]]]:
        """For each rule the parts of the text that it is tried on."""
        windows: dict[int, list[tuple[int, int]]] = {}
        for word, start, end in self._set.find(lower):
            inside, begun = self._of_word[word]
            before = lower[start - 1 : start]
            for number in inside if before.isalnum() or before == "_" else begun:
                rule = self._rules[number]
                _add_window(windows.setdefault(number, []), max(0, start - rule.before), end + rule.after)
        if self._by_digits:
            near: list[tuple[int, int]] = []
            for match in _CLUSTER.finditer(text):
                _add_window(near, max(0, match.start() - 8), match.end() + 60)
            windows |= dict.fromkeys(self._by_digits, near)
        return windows


def lower_same_length(text: str) -> str:
    """The text in small letters, of the same length: of some letters the small form has two code points."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower()[:1] for c in text)


def _plain(lower: str) -> str:
    """With the letters that an expression which makes no difference of case takes for others."""
    return lower if lower.isascii() else lower.replace("\u0131", "i").replace("\u017f", "s")


def _add_window(places: list[tuple[int, int]], start: int, end: int) -> None:
    if places and start <= places[-1][1]:
        last = places[-1]
        places[-1] = (min(start, last[0]), max(end, last[1]))
    else:
        places.append((start, end))


_CLOSING = frozenset(")]\"'\u2032\u2033\u201d\u00b0")


def _matches(rule: Pattern, text: str, cased: str, begin: int, end: int) -> Iterator[Found]:
    for match in rule.pattern.finditer(text, begin, end):
        if rule.check is None or rule.check(match[rule.group]):
            first, last = match.span(rule.group)
            if rule.kind == "address":
                last = _whole_address(cased, last)
            while last > first and not text[last - 1].isalnum() and text[last - 1] not in _CLOSING:
                last -= 1
            yield Found(first, last, rule.kind, rule.rule, rule.sure)


def _accounts(text: str) -> Iterator[Found]:
    last = 0
    for digits in _TWO_DIGITS.finditer(text):
        match = e.IBAN.match(text, digits.start() - 2) if digits.start() - 2 >= last else None
        if match:
            last = match.end()
            end = _iban_end(text, match)
            if end:
                yield Found(match.start(), end, "iban", "iban-check-digits", 0.99)


def _iban_end(text: str, match: re.Match[str]) -> int:
    """Where the account number ends: words behind it may have been taken along."""
    end = match.end()
    while end - match.start() >= 15:
        plain = "".join(c for c in text[match.start() : end] if c.isalnum()).upper()
        if 15 <= len(plain) <= 34 and is_iban(plain):
            return end
        end = max(text.rfind(" ", match.start(), end), text.rfind("-", match.start(), end))
    return 0


def _whole_address(cased: str, end: int) -> int:
    """With the town and the parts of a house that stand behind the street."""
    for _ in range(4):
        tail = e.ADDRESS_TAIL.match(cased, end)
        if tail is None:
            break
        end = tail.end()
    return end
