"""The vocabulary of the benchmark archive: real English on top, composed words below, Zipf over all of it.

Everything here is a pure function of the seed. Words are composed from roots and affixes so that their
lengths, shared prefixes and stems resemble those of diplomatic English; an index over them has a lexicon of a
realistic size, which lists of random letters do not give.
"""

from __future__ import annotations

import random


def split_words(text: str) -> list[str]:
    """Words between white space; lists of words are easier to read and to edit as running text."""
    return text.split()


# About 260 frequent words in order of frequency; they carry the head of the distribution.
FREQUENT = split_words("""
the of to and in a that for on is with by as at it be would has was from not are have this an its will he had were
which their they but or more been also who his government said all some one we there other new than can no if over
could political after any into only about between support security such these two when minister first should most
many country against meeting both our party state local under being percent international issues however during
while economic election public officials president because may since group out members make during up must issue
time made post including military national years what well even embassy development trade law through does do
process so law report three before police number last agreement year still work next week then those given region
market program forces human rights without foreign policy press him part likely recent leader court company bank oil
water power health food price investment project current statement position response cooperation concern effort plan
parliament opposition comment summary ministry ambassador visit delegation bilateral regional assistance request
information source senior official director office committee council budget border energy export import tariff
contract tender audit fund loan debt reform constitution judge prosecutor trial case arrest detention prison crime
corruption bribe investigation evidence witness army navy officer commander troops weapons arms missile nuclear
sanctions treaty protocol negotiation talks round proposal draft text clause article annex signature ratification
deadline delay progress failure success risk threat attack bomb terrorist network cell financing transfer account
remittance refugee migrant camp aid donor relief flood drought earthquake disease vaccine hospital clinic doctor
school university student teacher media newspaper journalist editor radio television internet website blog telephone
mobile licence frequency airport airline port ship vessel cargo container customs inspection railway road bridge dam
river basin
""")

PREFIXES = (
    "re",
    "un",
    "de",
    "pre",
    "non",
    "sub",
    "inter",
    "counter",
    "trans",
    "over",
    "out",
    "mis",
    "dis",
    "post",
    "co",
    "bi",
)
PLAIN = ("s", "ed", "ing", "er", "ers", "al", "or", "ors", "ive", "ion", "y", "ant", "ent", "able", "ist", "e", "es")
LEARNED = (
    "ation",
    "ations",
    "ally",
    "ability",
    "ists",
    "ism",
    "ity",
    "ment",
    "ments",
    "ness",
    "ance",
    "ary",
    "ized",
    "ful",
)
ROOTS = split_words("""
accord act adjust administ advis afford agrar allot ambit amend annex appeal appoint arbitr archiv arm arrang
assembl assert asset assign assum attach auction author balanc ballot barr bas bilater block board bond border
branch broad broker budget build bureau calcul campaign canal capit captur cartel cast caucus caution census centr
charter circul citizen civil claim clan class clean clear coal coalit coast cod collect coloni combat commerc
commiss commit commod communit compens compet compil compli compound comput conced concess conduct confer confid
confin conflict conform conserv consid consign consol constitut construct consult consum contact contain contest
contract control convent convers convict convoy cooper coordin copper cordon corp correct cost council count court
cover credit crop cross cultur currenc custod custom cycl damag data dealer debat decentr declar deduct defend defer
defin delay deleg deliver demand demarc democrat demonstr depart deploy deposit deput deriv design detain determ
develop deviat diamond differ digit diplom direct disarm discount dispens display disput distanc distribut district
divert divid document domest dominat donat doubl draft drain draw drill drought econom edit educ elect electr embark
emerg emigr employ empower enact enclav encourag endors energ enforc engag engin enlist enrich enroll entitl
enterpris envoy equal equip erod escal escort establish estim evacu evalu examin except exchang exclud execut exempt
exil expand expedit expel experi expert exploit explor export expos extend extern extract fabric factor fashion
federat fertil field figur filter financ firm fiscal fish fleet flex float flood focus forest form formul fortif
forward foster found fraction fragment frank freight frontier fuel function fund garrison gather gener geolog govern
grad grant gravel guarant guard guerrill guid harbor harm harvest head health hill histor hold host hous humanit
hydr ideolog implement impli import impos improv inaugur incent inclin includ increas incumb index indic indust
infer inflat influenc inform inherit initi inject inspect install institut instruct insur integr intellig intend
intens interest interior intern intervent invest invit involv iron irrig isol item jur just kilomet labor languag
launch lead leas legal legisl lend level liber licens limit liquid list litig load loc lodg logist loyal machin
magistr maintain major manag mandat manipul manufact march margin marin market marsh master materi measur mechan
mediat membership memor merchant merg militar mill miner ministr minor mission mobil moder modern modif monitor
monopol moral mortgag motiv municip narrow nation natur navig negoti neighbor network neutral nomin norm north notif
nucle object oblig observ obstruct occup offens offic operat oppos order organ orient outlin overs pact panel parad
parliament particip partit partner passag patrol pattern paym peasant penalt pension perform permit person petition
petrol pilot pipelin plant platform pledg plot plural polic polit poll pollut popul port posit posses postpon pover
practic prefect prefer prepar presid press presum prevent privat privileg procur product profess profit progress
prohibit project promot prompt proport propos prosecut protect protest provid provinc provis proxim publish purchas
pursu qualif quarr quot radic rail rais ralli ratif react realign reason rebel rebuild recept recogn recommend
reconcil record recover recruit redress refer refin reform refug refus regim region regist regul reinforc reject
relat releas relig reloc remedi remit remov renew rent repair repatri replac report represent repress republ request
rescu resid resist resolv resourc respond restor restrict result retail retir retriev return reveal revenu revers
review revis revolt reward rice ritual river rotat rout rural safeguard salar sanct satellit save scandal schedul
scholar scrutin seaport search secess secret sect secur seiz select senat sensit separ sequestr serv settl sever
shadow sharehold shelter shift ship shor signal silt simpl slid smuggl social soil sold solid south sovereign
special spill sponsor stabil staff stag standard station statist statut steel stipend stock strateg stream strik
struct subsid substanc suburb succeed suffic suggest summit supervis suppl suppress surg surplus surrend survey
suspend sustain symbol system tact tariff task tax techn telecom tempor tenant tender tenur term territ textil
thresh timber toler toll tour tract tradition traffic train tranquil transact transfer transit transpar transport
treasur treat treaty tribun troop trust tunnel turbin unif union unit urban urg utiliz valid valley vendor ventur
verif vessel veter victim village violat virtu visit volunteer vot wag warehous warn wast water weapon welfar west
wheat wholesal withdraw witness worker wound yield zon
""")

SYLLABLES = split_words(
    "ba be bo da de do ka ke ko la le li lo ma me mi mo na ne no ra re ri ro sa se so ta te ti to va ve vi zo "
    "bar bel dar dor gar gol hal har kar kel kor lan lar lin mar mel mor nar nor pal per quin ran rav ros san "
    "sel sor tal tar tel tor val var vel ven vor yar zan zel"
)
ENDINGS = split_words("n r s l t k a e i o m sk nd rt v na ra ni lo via dor grad mar holm ster ton port mere")

VOCABULARY = 100_000
EXPONENT, SHIFT = 1.15, 2.0  # Zipf-Mandelbrot; the mean word is then 5.4 letters, as in real telegrams
HEAD_BITS, TAIL_BITS = 17, 19  # slots of the two tables, as powers of two


def proper_names(count: int, seed: int, *, taken: frozenset[str] = frozenset()) -> list[str]:
    """`count` different invented names in lower case, 4 to 12 letters, none of them in `taken`."""
    source = random.Random(f"names {seed}")
    names: dict[str, None] = {}
    while len(names) < count:
        name = "".join(source.choices(SYLLABLES, k=source.choice((1, 2, 2, 2, 3)))) + source.choice(ENDINGS)
        if 4 <= len(name) <= 12 and name not in taken:
            names[name] = None
    return list(names)


def words(seed: int, count: int = VOCABULARY) -> list[str]:
    """`count` different lower-case words and capitalised names, most frequent first.

    The head is English, then come roots with a plain ending, and the tail mixes names with words of two affixes:
    as in real text, the rarer the longer.
    """
    source = random.Random(f"words {seed}")
    head = dict.fromkeys(FREQUENT)
    middle = [root + ending for root in ROOTS for ending in PLAIN]
    names = [name.capitalize() for name in proper_names(count // 5, seed)]
    source.shuffle(middle)
    head |= dict.fromkeys(word for pair in zip(middle, names, strict=False) for word in pair)
    rest = [prefix + root + ending for prefix in ("", *PREFIXES) for root in ROOTS for ending in PLAIN + LEARNED]
    tail = source.sample(rest, count) + names
    source.shuffle(tail)
    return list(head | dict.fromkeys(tail))[:count]


def slots_for(vocabulary: list[str], weights: list[float], bits: int) -> list[str]:
    """A table of 2**`bits` slots in which each word has its share, at least one.

    One slot in seventeen of a word carries a comma, so that punctuation costs nothing at run time.
    """
    scale = (1 << bits) / sum(weights)
    table: list[str] = []
    for word, weight in zip(vocabulary, weights, strict=True):
        copies = max(1, int(scale * weight))
        table += [word] * (copies - copies // 17) + [word + ","] * (copies // 17)
    table += vocabulary[: max(0, (1 << bits) - len(table))]
    return table[: 1 << bits]


def zipf_tables(seed: int) -> tuple[list[str], list[str]]:
    """65,536 pairs of frequent words, and a table of the rare ones: one rare word for every four pairs is Zipf's law.

    Pairs halve the work of a draw and give the text the fixed phrases that real text has. One table of all words
    would be so large that every draw misses the processor's cache, which is three times slower.
    """
    vocabulary = words(seed)
    weights = [(rank + SHIFT) ** -EXPONENT for rank in range(len(vocabulary))]
    border, mass, wanted = 0, 0.0, sum(weights) * 8 / 9
    while mass < wanted:
        mass += weights[border]
        border += 1
    head = slots_for(vocabulary[:border], weights[:border], HEAD_BITS)
    random.Random(f"pairs {seed}").shuffle(head)
    pairs = [f"{first} {second}" for first, second in zip(head[::2], head[1::2], strict=True)]
    return pairs, slots_for(vocabulary[border:], weights[border:], TAIL_BITS)
