"""What words do in a request for discretion, folded, in a dozen languages; `*` is any ending. Data for `discretion`."""

from __future__ import annotations

from unsealed.review.risk.vocabulary import listed
from unsealed.review.words import fold

_ENGLISH = {
    "N": """
not never no without nor neither don't dont doesn't mustn't shouldn't won't can't cant cannot
couldn't avoid refrain nothing
""",
    "A": """
nobody no-one noone none anyone anybody
""",
    "Q": """
please pls plse kindly ask asks asked asking request requests requested requesting insist* beg
begs begged begging wish* want wants wanted prefer* pleaded pleads plead implore* urge urged urges
demand* condition* appeal* trust care essential imperative vital desire desires desired
""",
    "M": """
must should shall may to be need needs is are
""",
    "X": """
confident confidently did does was were had been didn't wasn't weren't said says
""",
    "H": """
forget erase protect protected protecting protects protection shield* guard guarded safeguard*
hide hides hidden hiding conceal* withhold* withheld mask masked disguise* omit omits omitted
omission redact* delete deleted delet* remove removed strike struck blank blanked suppress*
anonymis* anonymiz* obscure* blacken* scrub* sanitiz* sanitis* expunge* excise* erase* blur*
camouflage* fictiti* alter altered change changed pixel* strip
""",
    "K": """
keep keeps kept keeping leave left stay stays remain remains remained treat treated treating hold
held handle handled handling maintain* preserve* regard* store stored speak* spoke speaking talk*
told shared given gave provid* refer
""",
    "S": """
anonym* unnamed nameless secret secrecy confiden* unidentified unattribut* nonattribut*
non-attribut* unattributed discreet* discretion incognito off-the-record untraceable unmentioned
undisclosed unquoted undercover privately covert confidenc* unrecorded
""",
    "R": """
named naming quote quoted quoting quotation cite cited citing attribut* identif* disclos* reveal*
divulg* expos* betray* unmask* outed leak leaked leaks leaking publici* publiciz* publish* trace
traced traceable link linked linking connect* associate* finger mention mentioned mentioning
""",
    "T": """
use used uses using share shared sharing tell telling pass passed passing forward* circulat*
repeat* print printed record recorded give gives giving say show shown write written writing
spread discuss* report reported breathe find found know known knows learn learns learned learnt
hear hears heard reach reaches appear appears appearing come comes came out got gets get involve
involved suspect* guess guessed realize* realise* discover* lead leads see seen refer referred
refers referring send sent copy copied points point associate approach* involving seep* emerge*
surface* contacted off back hearing tells appearance compromis* recogni* trail talk talked talks
detail
""",
    "O": """
names identities source sources sourcing informant* contact's interlocutor* witness* whistle*
byline source's sources' initials provenance origin origins authorship whereabouts surname
surnames attribution details address signature face voice photograph photo role involvement
informer* personalia subject's identifying alias
""",
    "P": """
him her hers his she he they them their theirs me my mine i us our ours we who whom whose himself
herself myself it this contacts interlocutor speaker individual
""",
    "D": """
kill kills killed killing shot dead death deaths die dies murdered murder hanged arrest arrests
arrested jail jailed imprison* prison torture* tortured disappear* vanish* retaliat* reprisal*
persecut* prosecut* danger* endanger* risk risks jeopard* threat* harm harmed hurt fired dismissed
sacked lose loses lost expelled deported punish* suffer* revenge vengeance targeted life lives
safety trouble consequence* beaten executed execution lynch* attacked attack pay finished noose
gallows grave funeral coffin cost costs forfeit fear fears family job post
""",
    "C": """
if should otherwise else lest unless once depend* hang* rest rests
""",
    "B": """
name contact identity
""",
    "V": """
can could has have ensure make sure let might will would
""",
    "U": """
yourself yourselves ourselves themselves
""",
    "Z": """
pseudonym pseudonyms pseudonymous
""",
}
_OTHERS = {
    "N": """
pas jamais aucun aucune sans rien nunca jamas ningun ninguna nao sem mai senza nessun nessuna
nicht niemals kein keine keinen keiner keines ohne niet geen nooit zonder nigdy bez ikke aldrig
uten utan ne не ни никогда без нельзя нигде nem soha nu fara jangan tidak tanpa لا لن عدم دون بدون
ولا نباید مبادا degil olmadan אל לא אין בלי ללא δεν μην χωρις ποτε 不 勿 请勿 hapana usitaje* kamwe
sin no non nie point inte asla نشود نکنید نبرید نشوند نکنند نگذارید لئلا 不要 不得 不能 别 請勿 말라 마십시오 말아
않도록 არ չ
""",
    "A": """
personne nadie niemand nessuno ninguem никто никому никого никем nikt nikomu ingen kimse kimseye
hickimse لأحد لاحد أحد احد هیچکس senki nikdo
""",
    "Q": """
svp priere prie merci veuillez demande demand* souhaite exige por favor ruego ruega rogamos pide
pidio pedimos solicita solicito peco pede pediu prego pregasi chiede chiesto prega bitte bitten
bittet gebeten wunscht wuenscht verlangt ersucht alstublieft graag verzoek* prosze prosi prosil*
прошу просьба просит просил* просила пожалуйста требует будь* lutfen rica* istiyor istedi yalvar*
يرجى الرجاء نرجو ارجو أرجو رجاء طلب طلبت طلبوا يطلب تطلب لطفا خواهش* tolong mohon tafadhali kerem
kerjuk va rog rugam prosim molim moli замол* παρακαλ* ζητησε ζητα vennligst snalla bedes 请 請 נא
בבקשה ביקש* demandons demandez priez rogar soliciten gelieve verzoekt prosimy просим просят prosím
부탁 바랍니다 願います გთხოვთ խնդրում
""",
    "M": """
doit doivent devra peuvent etre faut debe deben puede deve devem devono essere muss mussen soll
sollen darf durfen werden wird sein moet mag worden powinien nalezy musi byc må maa skal får
должен должна должны следует надо нужно можно gerek* lazim olmali يجب ينبغي باید harus lazima kell
trebuie morda treba
""",
    "H": """
proteg* protect* taire cacher* cachez dissimul* preserv* occult* ocult* oculte* omit* omet* omess*
tutel* encubr* tarjar tache tachar schutz* geschutzt schuetz* geschuetzt verschweig* verberg*
verheimlich* unkenntlich* schwarz* geschwarzt weglassen auslassen bescherm* verzwijg* weglaten
chron* ukry* zataj* skjul* beskytt* dolj* skydd* защит* защищ* скры* утаи* охран* беречь beregi*
zatait* koru* gizle* sakla* احم* حماي* يحم* تحم* نحم* اخف* إخفاء اخفاء كتم* يكتم* تكتم* حفاظ
محافظ* حفظ محفوظ پنهان محافظت lindungi dilindungi rahasiakan sembunyikan vedd* vedelm* ascund*
proteja* chran* skryt* zastit* zasti* sakri* προστατ* αποκρυ* προστασ* 保护 保護 להגן הגן proteger
reservar reserva nascondere nascosto nascosta nascondete 보호 隠す 伏せ დაიცავით պաշտպանել
""",
    "K": """
garder gardez garde reste* rester laisser traiter tenir mante* mantien* qued* tratar permane*
deixar ficar fique tenere rimane* resta* trattare bleib* behandel* behalt* halten gehalten blijven
blijft houden zacho* pozosta* forbli* holde* halla* hran* хран* держ* остав* остат* остает*
сохран* kalsin kalmali tutul* kalma* ابق* يبق* تبق* بقاء البقاء سری بماند بمان* jaga tetap marad*
tart* ramane* zustat* zosta* ostati ostane
""",
    "S": """
sigilo sigilosa sigiloso reserva segreto segreta segretezza riservat* secreto secreta secretamente
discrecion discre* vertraul* verschwieg* diskret* diskretion stillschweig* vertrouwelijk*
geheimhoud* anoniem* poufn* tajemnic* anonim* anonymt fortrolig* konfidens* hemlig* fortrolighed
tavshed анонимн* анонiм* конфиденц* тайн* негласн* gizli* سري سرية سرا بسرية السرية الكتمان كتمان
مجهول مجهولا مجهولة محرمانه ناشناس rahasia siri titok* titkos* bizalmas* confidential* anonymn*
duvern* důvěrn* povjerljiv* ανωνυμ* εμπιστευτικ* μυστικ* απορρητ* 保密 匿名 秘密 סודי חסוי אנונימי
geheim geheimhalten geheimgehalten geheimhaltung секретно секрете секретность riservato riservata
confidencial* confidentiel* riservatamente tajne tajnost*
""",
    "R": """
nommer nomme nommee citer citee identifi* divulgu* revele* reveler devoil* mentionn* nombrar
nombre* citar citado citada cita revel* menciona* difund* nomear divulg* rivel* menzion* citare
svelare nennen genannt nenne nennt zitier* erwahn* erwaehn* preisgeb* preisgegeben offenleg*
offengelegt veroffentlich* verrat* enthull* identifizier* bekanntgeb* noemen genoemd citeren
onthul* ujawni* wymieni* cytowa* podawa* zdradz* navn* neevn* nevne* avslor* avslør* roja rojas
наз* назыв* упомин* упомян* раскры* цитир* разгла* выда* ссыла* публик* acikla* ifsa* belirt*
alinti* ذكر تذكر* يذكر* كشف الكشف تكشف* يكشف* نشر تنشر* إفصاح الإفصاح فاش افشا ذکر نشود ungkap*
sebut* diungkap* kutajwa felfed* nevezz* megnevez* dezvalu* zverejn* jmenov* otkri* navod*
αποκαλυ* αναφερ* κατονομ* 透露 公开 公開 披露 לחשוף publier publiez pubblicare adini adimi adimizi soyadi*
poda podac uvad* kutaja emlits* emlit* citez nommez mentionnez devoilez mencione mencionen
mencionar revelen namngi* nefn* oppgi* roje rojes بذكر تذكروا تكشفوا تفصحوا افشای نبرید 明かさ 公表 밝히
공개 언급 泄露 提及 点名
""",
    "T": """
transmettre communiqu* utilis* savoir sache apprenn* sait dites use usen compartir comparta* diga*
decir sepa saber entere* figur* aparec* usare usato sapere sappia compar* weitergeb* weitergegeben
weiterleit* verwend* erfahr* wissen sagen auftauch* erschein* gebruik* doorgeven weten vertel*
uzywa* przekaz* dowie* wiedzie* bruk* videre* vite bruge* anvand* сообща* сообщ* переда* узна*
использ* говор* знать знает упоминать kullan* paylas* bilme* duy* soyle* ogren* geçme* gecme* yaz*
استخدام تستخدم* يعرف* تعرف* يعلم* تخبر* إبلاغ مشاركة استفاده نگو* نداند بداند bagikan tahu
diketahui kujua jua tudj* afle* vedet dozv* zna znati saznat* μαθει χρησιμοπ* 知道 使用 יודע
""",
    "O": """
nom noms identite identites source sources informateur* provenance nombre nombres identidad*
fuente fuentes informante* nome nomes nomi identita fonte fonti informatore* fontes informador*
namen quelle* identitat* identitaet* informant* herkunft hinweisgeber* gewahrsmann naam bron
bronnen identiteit nazwisk* imie imienia zrodl* tozsamosc* informator* navnet navn kilde* kilden
identitet* namn namnet kalla kallan имя имени имен фамили* источник* личност* информатор* isim
ismi ismini isminin adi kimlig* kimlik* kaynag* kaynak* اسم اسمه اسمها اسمي أسماء هوية هويته
هويتها هويتي المصدر مصدر مصدرنا مصادر نام نامش هویت منبع منبعش nama namanya identitas sumber jina
chanzo nev* nevet forras* szemely* numele sursa sursei jmen* zdroj* totoznost* imena izvor* ονομα
ονοματος πηγη πηγης ταυτοτ* 身份 姓名 名字 消息来源 来源 שם שמו שמה מקור זהות ime langu lake nevem nevemet
navne adim adimi adini adinin isimler ismim kimligini kimligimi 名前 情報源 身元 이름 신원 출처 정보원 취재원 线人
სახელი წყარო աղբյուր անուն
""",
    "P": """
lui elle il leur son sa ses moi mon nous eux el ella ellos su sus mio nosotros ele ela seu sua
dele dela lei suo noi ihn ihr ihm ihre ihren seinen seine seiner sein sie er mich mir mein meine
uns unser haar zijn hij zij mij mijn ons jego jej mnie nas moje ham henne hennes han hun mig meg
mitt min его её ее ему ей меня мне моё мое мой нас она он их нам onu onun beni benim bizi bana هو
هي له لها عنه عنها به بها او من ما dia saya
""",
    "D": """
risqu* arriesg* risch* vies vite tue tuer vie represaill* arrete peligro vida muerte matar mataran
mataria muerto represalia* perigo morte morto represaglia* pericolo vita ucciso gefahr* leben tod
tot repressali* umgebracht getotet verhaft* gevaar leven dood vermoord zagroz* zycie zabij* smier*
drept опасн* жизн* убь* убит* арест* смерт* расправ* tehlike* hayati oldur* خطر حياته حياتها حياة
قتل يقتل* اعتقال خطرا جان جانش کشت* bahaya nyawa hatari veszely* elet* pericol viata nebezpe*
opasnost* zivot* κινδυν* ζωη
""",
    "C": """
si sinon car sino porque senao altrimenti perche falls wenn sonst weil anders want omdat jesli
inaczej bo hvis ellers annars если иначе потому eger yoksa cunku إذا اذا وإلا لأن والا اگر وگرنه
kalau jika ikiwa kulonben daca altfel jinak ako inace αν αλλιως
""",
    "Z": """
anonymat anonimato anonimia anonymitat anonymitaet vertraulich vertraulichkeit quellenschutz
informantenschutz verschwiegenheit конфиденциально конфиденциальность* анонимно анонимность*
анонимности анонимным anonimlik gizlilik sigilo riservatezza geheimhouding vertrouwelijk
bronbescherming poufne poufnie anonimowo anonimowosc* fortrolig kildevern kildebeskyttelse
kallskydd diskresjon titoktartas* bizalmas bizalmasan سرية سري الكتمان محرمانه ανωνυμια ανωνυμιας
εμπιστευτικα 匿名 保密 익명 비밀 ანონიმურად անանուն anonimowy duverne
""",
}
# English words have large letters, those of other languages small ones: beside these less is asked for.
KINDS: dict[str, str] = {
    **{fold(word): kind.lower() for kind in reversed(_OTHERS) for word in listed(_OTHERS[kind])},
    **{fold(word): kind for kind in reversed(_ENGLISH) for word in listed(_ENGLISH[kind])},
}
HAN: tuple[str, ...] = tuple(
    sorted((w for v in _OTHERS.values() for w in listed(v) if "\u3040" <= w[0] <= "\u9fff"), key=len, reverse=True)
)
TRIGGERS: tuple[str, ...] = (
    *listed("""
protect shield safeguard conceal withh redact anonym attribut identit disclos divulg nameless
unnamed secre confid incognito discre reveal expos betray quote quoting cite named source informan
identif mention nobody no-one interlocutor retaliat reprisal unmask names pseudonym sanitiz
untrace protég proteg taire citer citez divulgu révél nombre fuente ocult tutel nome fonte nascond
quelle schütz geschützt verschweig zitier erwähn preisgeb vertraul geheim bron bescherm vertrouw
źród nazwisk tożsamo kilde beskytt källa источник защи скры аноним конфид тайн разгла раскры
упомин имя имени фамил kimliğ kimlik kaynağ kaynak ismi gizli koru açıkla anonim اسم هوي مصدر سري
حماي كشف نام هوی منبع محرمانه rahasia sumber identitas chanzo forrás titok bizalmas sursa zdroj
jmén izvor ονομ ανων πηγή 保护 保密 匿名 身份 姓名 透露 מקור זהות אנונימי name, otherwise naming citing name.
name) yourself yourselves background chatham close-hold compromis namn navn imię nevem ذكر назыв
назв adım isim mencion revel nommer nommez nennen genannt noemen rivel mentionn menzion zveřej
jméno protej 말 이름 신원 출처 익명 비밀 名前 情報源 来源 线人 represal représ matará lebensgefahr umgebracht убь წყა
approached unrecord unment αποκαλ секрет
"""),
    "n't ", "n’t ", "do not ", "must not", "should not", "may not", "not to ", "never ", "no one", "name ",
    "name\n", "killed if", "arrested if", "in danger", "at risk", "his life", "her life", "my life",
    "out of ", "find out", "finds out", " nom ", " nom,", "namen ", " adi ", "adı ", " if they", " if he ",
    " if she", " if it ", " if his", " if her", " if my", " if this", "\nif ", "lest ", "were his",
    "were her", "to know", "be known", "not known", "to light", "be traced", "be linked", "linked to",
    "trace back", "traced back", "close hold", "in trust", "from me", "from us", "no trace", "risks ",
    "their lives", "our silence", "ime ", "jina ", "nama ", "forget my", "forget h", "refer to h",
    "call him only", "call her only", "risque ", "points to", "if the ", "his name", "her name", "my name",
)  # fmt: skip
