"""What words of a request to protect somebody are about, for `wording`; `*` is any ending. Data.

A class is a field of meaning: a word that no labelled text holds counts by the fields that it belongs to.
"""

from __future__ import annotations

from unsealed.review.risk.vocabulary import listed
from unsealed.review.words import fold

_CLASSES = {
    "neg": """
not never no none nothing nobody neither nor without dont don't doesn't didn't mustn't shouldn't won't can't
cannot cant shan't wouldn't isn't aren't avoid refrain forbear abstain unless hardly scarcely least nowhere nil
non doesnt didnt wont
""",
    "nobody": """
nobody no-one noone anyone anybody anywhere someone somebody others outsiders else everyone soul
""",
    "ask": """
please pls plse plz kindly ask asks asked asking request* beg begs begged begging wish* want wants wanted
prefer* plead* implor* urg* demand* insist* pray prays beseech* entreat* appeal* grateful appreciate appreciated
obliged desire* require* stipulat* instruct* remind* caution* warn* pledg* bitte veuillez prier*
""",
    "modal": """
must should shall may might to be need needs ought has have is are let cannot can could would
""",
    "hide": """
protect* prot shield* guard* safeguard* hide* hidden hiding conceal* withhold* withheld mask* disguis* omit*
omission redact* suppress* anonymis* anonymiz* obscur* blur* scrub* sanitis* sanitiz* expung* excis* eras*
delet* remov* strike struck strip* veil* cloak* cover* blank* black* bury buried camouflag* screen* paraphras*
garbl* flatten* obfuscat* pixelat* pixellat* crop* alter* chang* replac* distort* swap* gloss* skip drop dropped
cut del
""",
    "destroy": """
burn* destroy* shred* tear tore torn rip wipe* erase* incinerat* eat bin trash discard* purg* rid delete*
""",
    "keep": """
keep keeps kept keeping leave leaves left stay stays stayed remain* treat* hold holds held holding handle*
maintain* preserve* store* lock* retain* reserv* confine* restrict* limit* guard*
""",
    "secret": """
anonym* unnamed nameless secre* confiden* unidentif* unattribut* nonattribut* non-attribut* discre* incognito
untrace* undisclos* unquot* undercover private* covert* unrecord* unlog* sealed seal quiet* silen* mum hush*
clandestin* hidden unknown invisible faceless classified sensitiv* delicat* furtiv* stealth* veiled unseen
unsigned unheard
""",
    "reveal": """
name* naming quot* cit* cite attribut* identif* disclos* reveal* divulg* expos* betray* unmask* outed leak*
publici* publiciz* publish* publicat* trac* link* associat* finger* mention* recogni* print* broadcast* air
aired post posted posting pinpoint* compromis* out blow blown burn burned tie tied connect* uncover* lead back
credit* acknowledg* thank* allude* allud* alludi* hint* whisper* breath* slip* spill* blab* tip tipped single
singled
""",
    "tell": """
tell* told share* sharing pass* forward* circulat* distribut* distro repeat* record* say says said saying speak*
spoke* show* shown wri* wrote written spread* discuss* report* rais* refer* transmit* send* sent copy copied
copies copying relay* inform* notif* brief* talk* answer* confirm* advert* cross-refer* translat* transcrib*
post upload* file filed filing log logged note noted enter* list listed minute* put consult* use uses used using
draw drawn communicat* exchang* releas* hand handed give* gave giving bring brought quote
""",
    "know": """
know* knew known learn* hear* heard find finds found guess* suspect* realis* realiz* discover* infer* deduc*
conclud* work* figure* narrow* wind gather* see seen sees notice* aware unwitting* surmis* piece* match* pick*
place detect* ascertain* establish*
""",
    "id": """
name* identit* initial* particular* detail* surname* address* sex gender age ages voice face faces photo*
picture* image* likeness accent hand handwriting signature* number* particulars biograph* whereabouts origin*
provenance alias* village* hamlet rank unit title trade occupation profession position nationality byline
author* fingerprint* plate passport* specialty specialit* style initials metadata exif header* email phone*
handle username
""",
    "source": """
source* informant* contact* interlocutor* witness* whistle* deponent interviewee* respondent* writer caller
sender speaker author* narrator* complainant* victim* defector* courier* friend agent asset informer* tipster
insider* deserter* patient* applicant client survivor* participant* subject*
""",
    "alias": """
pseudonym* alias* nickname* codename* code-name* cryptonym* called call known styled dubbed style referred
letter fictiti* invented true real
""",
    "pron": """
him her his hers he she them their they me my mine i us our we who whom whose himself herself themselves myself
it this these those
""",
    "danger": """
kill* shot shoot* dead die died death murder* hang* arrest* jail* imprison* prison* tortur* disappear* vanish*
retaliat* reprisal* persecut* prosecut* danger* endanger* risk* jeopard* threat* harm* hurt fire fired dismiss*
sack* lose loses lost losing expel* deport* punish* suffer* reveng* vengeance target* trouble* consequen* beat*
beaten execut* lynch* attack* pay noose gallows grave funeral coffin cost* forfeit* fear* terrif* afraid ruin*
finish* expos* stak* safety life lives career* neck head livelihood job pension purge* sink sunk throw* thrown
court-martial* treason traitor* spy spies shun* ostraci* embarrass* disgrac* detain* interrogat* surveil* watch*
visited followed destroy* devast* hostage obituary
""",
    "cond": """
if should were otherwise else lest unless once depend* hang* condition* provided understanding proviso long
until till case whether
""",
    "pact": """
promis* pledg* swor* sworn oath undert* undertaking assur* assurance* agree* agreed condition* understanding
bargain term terms guarantee* gave word bound trust* honour honor* solemn* faith undertak* commit* deal consent*
permission leave accord* wish wishes insist* insistence request behest
""",
    "public": """
public* press newspaper* paper* media radio tv television journalist* reporter* broadcast* website web internet
online post facebook twitter print report reports book speech* cable* telegram* brief* briefing* list file files
draft drafts final version transcript* translation archive* database spreadsheet
""",
    "outsider": """
police* authorit* government* govt goc gov host ministry minister* regime embassy mission* army military
security service* intelligence liaison colleagues colleague boss management husband wife wives family families
neighbo* ally allies allied foreign department office* agency agencies congress* desk court judge prosecut*
parliament* palace company employer* superior* party interlocutor* ngo* partner* counterpart* consul* union
council director* chief headquarters relatives father mother brother* sister* son
""",
    "only": """
only alone sole solely strictly exclusively just merely nobody restricted limited eyes need-to-know addressee*
recipient* noforn limdis nodis exdis stadis roger orcon captioned channel* pouch* yourself yourselves ourselves
myself between
""",
    "strong": """
strict* utmost absolut* under circumstances account ever never whatever greatest extreme* great care careful*
carefully wary special* particular* any total* complete* fully entire* exceedingly most deep* highly essential
imperative vital crucial important paramount necessary
""",
    "why": """
because since as for reasons fear sake lest avoid order given view owing due reason safety security protection
obvious own
""",
    "tie": """
to from with by about of concerning regarding through back toward at
""",
    "neglig": """
careless* indiscreet* loose tongue* slip* gossip* rumour* rumor* chat* idle word words
""",
    "place": """
safe vault envelope drawer lockbox cabinet registry stick cloud drive encrypted key locked headquarters office
""",
    "fade": """
forget* overlook* ignor* pass silence unsaid untold unspoken unmention* unnamed nothing disappear* exist exists
existed there present
""",
}
# Words that are often written badly or short, with what they are written for.
MENDED = listed("protect protection protected please strictly anonymous confidential source identity")
SHORT: dict[str, str] = {"prot": "protect", "prtct": "protect", "pse": "please", "pls": "please", "plz": "please"}


def _whole_and_begun() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    whole: dict[str, set[str]] = {}
    begun: dict[str, set[str]] = {}
    for name, words in _CLASSES.items():
        for word in listed(words):
            key = fold(word.rstrip("*"))
            (begun if word.endswith("*") else whole).setdefault(key, set()).add(name)
    return {k: frozenset(v) for k, v in whole.items()}, {k: frozenset(v) for k, v in begun.items()}


WHOLE, BEGUN = _whole_and_begun()  # classes by folded word, and by how a folded word begins
