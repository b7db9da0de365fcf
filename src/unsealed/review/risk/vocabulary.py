"""The words beside names by which a name is known: what people do, what they are, where they are listed.

Data for `people`, folded. Written for this project.
"""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """Words between white space: lists of words are easier to read and to edit as running text."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A person does this: `X said`.
DOES = _words("""
said says told tells added noted stated claimed argued explained asked replied answered agreed disagreed denied
admitted confirmed insisted stressed emphasized emphasised underlined underscored warned complained asserted
alleged acknowledged conceded commented remarked observed opined suggested proposed recommended predicted
expects expected believes believed thinks thought hopes hoped wants wanted fears feared urged called phoned met
visited arrived left returned travelled traveled departed fled escaped resigned retired died lives lived works
worked serves served speaks spoke testified reported recounted described characterized characterised recalled
mentioned indicated volunteered confided promised pledged offered requested thanked welcomed hosted received
attended signed wrote writes sent appeared seemed was is has had declined refused plans planned intends intended
studied married owns owned runs ran heads headed leads led laughed smiled nodded shrugged paused joked wept
cried whispered shouted vowed swore hinted implied speculated wondered doubted knew knows claims states reports
warns adds notes explains argues insists denies admits confirms complains alleges suggests asks replies answers
sees saw heard gave gives took takes sends brought brings came comes went goes drove drives walked hid crossed
paid pays sold bought carried moved stayed stays slept waited joined fired hired taught translated interpreted
chairs chaired who whose whom himself herself
""")
SURELY = _words("""
said says told tells added noted stated claimed argued explained asked replied answered denied admitted insisted
stressed emphasized emphasised underlined underscored warned complained asserted alleged acknowledged conceded
commented remarked observed opined confided recounted volunteered recalled mentioned believes believed thinks hopes
testified who whose himself herself urged requested thanked died resigned fled married phoned wrote writes spoke
""")
# Something is done to or with a person: `told X`.
DONE = _words("""
told met interviewed arrested detained released killed shot wounded injured kidnapped abducted murdered named
called identified appointed elected thanked asked urged contacted phoned visited received hosted introduced
nominated fired dismissed sacked accused charged summoned interrogated approached warned helped hid sheltered
saw knew knows know see ask asking telling meeting seeing calling phoning contacting interviewing visiting trust
trusted tell call meet joined replaced succeeded nicknamed styled convicted sentenced questioned tortured beaten
searched recruited paid bribed protect by with witness suspect deceased victim dear hi hello regards sincerely
cc attn attention drafted cleared approved signed contact interlocutor source informant spoke talked lunched
dined according alias aka nee surnamed brother sister son daughter wife husband widow father mother cousin
nephew uncle
""")
# A place follows: `in X`.
WHERE = _words("""
in at near from to toward towards outside inside around across into throughout via of north south east west visit
visited for between leaving reached entering against within over vic vicinity
""")
# What stands behind a word that is no person's name.
NOT_AFTER = _words("""
street st avenue ave road rd boulevard lane square province district region governorate county state river lake
mountain mountains valley bay airport university college school hospital hotel bank ltd llc inc plc gmbh corporation
company group party agreement treaty act accord accords protocol conference summit declaration bridge dam port prison
camp stadium operation brigade battalion tribe clan island islands desert administration foundation institute club fc
city town village front movement airlines airways post times daily herald tribune news bazaar market mosque church
cathedral monastery palace museum park border checkpoint base barracks constitution doctrine
""")
# What stands before a name that is no person's: a place, a ship, a treaty.
NOT_BEFORE = _words("""
embassy consulate mission camp port fort lake mount cape treaty order frigate vessel tug trawler ship tanker
ferry operation province district hotel restaurant exercise airport village town city island convention hospital
club airline cafe ref refs tags zone river valley street school university
""")
PARTICLES = _words(
    "de da do dos das di du des del della van von der den ter ten zu bin ibn bint ben ul ud la le"
    " al el y abu umm ould ag af av los st e san mac mc"
)
ARABIC = _words("al el ul ud an ar as ash at az ad abd abu umm bin ibn bint ben ould")
# One capital letter of Latin, Greek, Cyrillic or Armenian, as an expression.
_UPPER = (
    "A-Z\u00c0-\u00d6\u00d8-\u00de\u0386-\u03ab\u0400-\u042f\u0460\u0490\u0492\u049a\u04ae\u04b0\u04ba"
    "\u04d8\u04e8\u0531-\u0556"
)
_EXTENDED = (
    "\u0100\u0102\u0104\u0106\u0108\u010a\u010c\u010e\u0110\u0112\u0116\u0118\u011a\u011c\u011e\u0120"
    "\u0122\u0126\u012a\u012e\u0130\u0136\u0139\u013b\u013d\u0141\u0143\u0145\u0147\u014c\u0150\u0152"
    "\u0154\u0158\u015a\u015e\u0160\u0162\u0164\u0166\u016a\u016e\u0170\u0172\u0176\u0178\u0179\u017b"
    "\u017d\u018f\u0218\u021a\u1e00-\u1eff"
)
UPPER = f"[{_UPPER}{_EXTENDED}]"
