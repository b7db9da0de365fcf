"""Words by which a writer asks to protect somebody, says that somebody is a child, or tells of an illness.

Takes a text, gives places. Capitals and line ends make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unsealed.review.risk.discretion import Discretion
from unsealed.review.risk.late import Late
from unsealed.review.risk.patterns import Pattern, Patterns
from unsealed.review.risk.suggestion import Found
from unsealed.review.risk.vocabulary import listed
from unsealed.review.risk.wording import Wording

_S = r"(?:[ \t\u00a0]+(?:\n[ \t]*)?|-?\n[ \t]*)"  # a blank, or the end of a line


def _spaced(pattern: str) -> str:
    """The pattern with each blank outside of `[]` as a blank or the end of a line."""
    return re.sub(r"(\\.|\[(?:\\.|[^\]\\])*\])|( )", lambda match: match[1] or _S, pattern)


_WHO = (
    r"(?:sources?|identit(?:y|ies)|names?|contacts?|interlocutors?|informants?|speakers?|him|her|t"
    r"hem|individuals?|anonymity|confidence|"
    r"confidentiality|confidences?|witness(?:es)?|interviewees?|participants?|sourcing)"
)
_OF = (
    r"(?:(?:his|her|their|the|this|these|our|all|any|both|said|embassy|post|whose|above|below|foll"
    r"owing|named|strictly|of|and) ){0,3}"
)
_ASKED = (
    r"(?:(?:please|pls|plse|strictly|must be|should be|to be|kindly|fully|sources?|names?|identity"
    r"|identities|contacts?|para|full|is|are) ){1,4}"
)
_WHOM = (
    rf"(?: {_OF}{_WHO}(?:['’]s?)?(?: (?:identity|names?|identities|confidences?))?| from (?:any |al"
    rf"l |further )?(?:disclosure|exposure|reprisals?|retaliation|publicity)| throughout| at "
    rf"all times| fully| strictly| accordingly)"
)
_PROTECT = Late(
    _spaced(
        rf"(?:[(\[][^()\[\]\n]{{0,24}}\bprotect(?:ed|ion)?{_WHOM}*(?:[^()\[\]\n]{{0,20}})[)\]]"
        rf"|\b(?:{_ASKED})protect(?:ed|ion)?{_WHOM}*|\bprotect(?:ed)?{_WHOM}+)(?!\w)"
    ),
)
_STRICT = Late(_spaced(r"\(?(?:strictly|pls|please|kindly)[,:]?(?: (?:please|pls|strictly|do))? protect(?:ed)?\)?"))
_AGE = (
    r"(?:[0-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|four"
    r"teen|fifteen|sixteen|seventeen)"
)
_MINOR = Late(
    _spaced(
        rf"\b(?:{_AGE}[- ](?:year|yr|month|week|day)s?[- ]old(?:s)?(?: (?:girl|boy|child|son|daughter|s"
        rf"tudent|pupil|schoolgirl|schoolboy|infant|minor|youth|niece|nephew|sister|brother|granddaught"
        rf"er|grandson|orphan|bride|cousin|female|male))?"
        rf"|age[ds]?[: ] ?(?:of )?{_AGE}(?: (?:and|to|or) {_AGE})?(?! ?(?:percent|million|days|weeks|[-"
        rf"/.]?\d))|{_AGE} years? of age|{_AGE} (?:years?|yrs?) old|under (?:the )?age(?: of)? (?:18|16"
        rf"|eighteen|sixteen)|{_AGE} ?y/?o\b"
        r"|(?:teen-?aged?|teenage|underage|under-age|school-?age|infant|toddler|minor|adolescent|unacc"
        r"ompanied minor|juvenile|newborn)s? (?:girls?|boys?|child|children|sons?|daughters?|sisters?|"
        r"brothers?|brides?|students?|detainees?|offspring|nephews?|nieces?|siblings?|patients?|victim"
        r"s?)"
        r"|(?:unaccompanied|accompanied) minors?|child (?:soldier|bride|laborer|labourer|witness|victi"
        r"m|casualty)s?|schoolgirls?|schoolboys?|toddlers?|newborns?|(?:a|an|the|one|two|three|her|his"
        r"|their) (?:minor|infant|baby|juvenile)s?(?=[ ,.;)](?!league|issue|role|part|point|change|det"
        r"ail|injur|damage|wound|number))"
        r"|(?:an? )?(?:boy|girl|child|infant|baby|lad|lass|kid|youth|son|daughter|toddler|teenager|orp"
        r"han|nephew|niece|pupil)s? (?:of|aged?)(?: about| only)? ?(?:[0-9]|1[0-7]|one|two|three|four|"
        r"five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)(?: "
        r"months| years)?|(?:[0-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twel"
        r"ve|thirteen|fourteen|fifteen|sixteen|seventeen) (?:yrs?|years?)(?=[ ,.;)\n])(?! (?:ago|in|of"
        r"|later|after|before|since|old|and|on|with|from|for|to))|(?:he|she|who|is|was) (?:is |was )?(?:o"
        r"nly |just )?(?:(?:[0-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelv"
        r"e|thirteen|fourteen|fifteen|sixteen|seventeen))(?=[.,;]\s)(?:, going on \w+)?|(?:first|secon"
        r"d|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)[- ]grader?|minor (?:gi"
        r"rl|boy|child|son|daughter)s?|(?:little|young|small) (?:girl|boy)s?)\b"
    ),
)
_DISEASE = (
    r"(?:diabetes|diabetic|cancer|leuk[a]?emia|lymphoma|tumou?rs?|melanoma|hiv(?:[-/ ]?(?:positive"
    r"|aids))?|aids patient|hepatitis(?: [abc])?|tuberculosis|malaria|typhoid|cholera|dengue|ebola"
    r"|measles|meningitis|"
    r"pneumonia|asthma|bronchitis|epilepsy|epileptic|seizures?|parkinson['’]?s?(?: disease)?|alzhe"
    r"imer['’]?s?(?: disease)?|dementia|multiple sclerosis|schizophreni[ac]|bipolar(?: disorder)?|"
    r"(?:clinical |severe |post-?natal )?depression(?! of)|ptsd|post-?traumatic stress(?: disorder"
    r")?|anxiety disorder|insomnia|suicidal|suicide attempt|psychosis|nervous breakdown|paranoi[ad"
    r"]\w*|"
    r"heart (?:attack|disease|condition|failure|surgery|bypass|trouble|ailment)|cardiac (?:arrest|"
    r"condition|surgery)|angina|stroke(?! of)|hypertension|high blood pressure|kidney (?:failure|d"
    r"isease|stones?|transplant|condition|ailment)|renal failure|dialysis|"
    r"liver (?:disease|cirrhosis|failure|transplant)|cirrhosis|ulcers?|gout|arthritis|appendicitis"
    r"|hernia|anemia|anaemia|sickle[- ]cell(?: disease| anemia)?|h[a]?emophilia\w*|thyroid (?:cond"
    r"ition|disorder|disease)|glaucoma|"
    r"miscarriage|(?:(?:\w+ (?:months|weeks) )?pregnan(?:t|cy))|abortion|chemotherapy|radiotherapy"
    r"|alcoholi(?:c|sm)|drug addict(?:i"
    r"on|ed)?|addiction|overdose|paraly[sz]ed|paraplegic|amput(?:ation|ated|ee)|coma|comatose|conc"
    r"ussion|fractured? \w+|"
    r"gunshot wounds?|shrapnel wounds?|burns? (?:to|over|on)|covid(?:-19)?|coronavirus|syphilis|go"
    r"norrh\w+|psychiatric (?:care|treatment|ward|hospital)|mental (?:illness|breakdown|disorder)|"
    r"antidepressants?|insulin|methadone|"
    r"lupus|crohn['’]?s?(?: disease)?|sclerosis|autis(?:m|tic)|down(?:['’]s)? syndrome|jaundice|se"
    r"psis|gangrene|cataracts?|migraines?|obes(?:e|ity)|prostate (?:cancer|surgery)|breast cancer|"
    r"bypass surgery|aneurysm|h[a]?emorrhage|scabies|polio|leprosy|rabies|rheumatism|vertigo|sciatica|chol"
    r"esterol|deaf(?:ness)?|blindness)"
)
_BESIDE = Late(
    r"(?<=[^\W\d_])(?:, (?:aged )?([1-9]|1[0-7])(?=[,;.) ](?! ?\d)(?! (?:[A-Z][a-z]+ )?(?:\d|peopl"
    r"e|percent|men|other)))"
    r"| \((thirteen|fourteen|fifteen|sixteen|seventeen|twelve|eleven|ten|nine|eight|seven|six|five)\))",
    re.IGNORECASE,
)
_HEALTH = Late(r"\b(?:an? )?" + _spaced(_DISEASE) + r"(?!\w)")
# An illness of nobody in particular: an outbreak, a programme against it.
_GENERAL = Late(
    r"\b(?:outbreak|epidemic|pandemic|vaccin\w*|immuni[sz]\w*|campaign|programmes?|programs?|preve"
    r"ntion|prevalence|incidence|rates?|"
    r"awareness|global fund|spread of|fight(?:ing)?|combat(?:ing)?|cases of|research|drugs? for|fu"
    r"nding|strateg\w+|economic|"
    r"deaths from|laborator\w+|ward|samples|region|epidemiolog\w*|surveillance|world|national|ministry)\b",
    re.IGNORECASE,
)
_ILLNESSES = listed("""
diabet cancer leuk lymphoma tumor tumour melanoma ^hiv aids hepatitis tubercul malaria typhoid cholera dengue ebola
measles meningitis pneumonia asthma bronch epilep seizure parkinson alzheimer dementia sclerosis schizo bipolar
depress ptsd traumatic anxiety insomnia suicid psych nervous paranoi heart cardiac angina stroke hypertension pressure
kidney renal dialysis ^liver cirrhosis ulcer gout arthritis appendic hernia anemia anaemia sickle philia thyroid
glaucoma miscarr pregnan abortion chemo radioth alcohol addict overdose paraly parapleg amput coma concuss fracture
wound burn covid corona syphilis gonorrh ^mental insulin methadone lupus crohn autis syndrome jaundice sepsis gangrene
cataract migraine obes prostate breast bypass aneurysm morrhage polio leprosy rabies rheumat vertigo sciatica
cholesterol deaf blindness
""")


_AGES = listed("""
year yr age month-old week-old teen minor school infant toddler child newborn adolescent juvenile baby babies grade
girl boy y/o yo
""")
PHRASES: tuple[Pattern, ...] = (
    Pattern(_STRICT, "protect-phrase", "protect", 0.98, ("protect", "pro-\n"), 40, 60, small=True),
    Pattern(_PROTECT, "protect-phrase", "protect", 0.95, ("protect", "pro-\n"), 70, 120, small=True),
    Pattern(_MINOR, "minor", "age", 0.85, _AGES, 30, 60, small=True),
    Pattern(_HEALTH, "health", "illness", 0.8, _ILLNESSES, 24, 40, small=True),
)


class Phrases:
    """The rules over texts, as in `patterns`."""

    def __init__(self) -> None:
        self._patterns = Patterns(PHRASES)
        self._discretion = Discretion()
        self._wording = Wording()

    def find(self, text: str, lower: str) -> Iterator[Found]:
        """Every such phrase of `text`. An illness of nobody in particular is less sure."""
        for found in self._patterns.find(text, lower, text):
            if found.kind == "health" and _GENERAL.search(text, max(0, found.start - 50), found.end + 40):
                found = found._replace(sure=0.4)
            yield found
        yield from self._discretion.find(text, lower)
        yield from self._wording.find(text)

    def ages(self, text: str, names: Iterable[Found]) -> Iterator[Found]:
        """Ages of children behind names: `Bahati, 14, who carried water`."""
        for name in names:
            end = name[1]
            # Asked of each name: so what it begins with comes first.
            match = _BESIDE.match(text, end) if text[end : end + 2] in (", ", " (") else None
            if match and name.kind == "person":
                yield Found(*match.span(match.lastindex or 1), "minor", "age", 0.75)
