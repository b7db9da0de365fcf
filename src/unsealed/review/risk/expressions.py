"""The expressions of `patterns`: how numbers and addresses are written. Data.

Each begins with something that is cheap to look for, and none can take more than linear time over a window.
"""

from __future__ import annotations

import re

from unsealed.review.risk.late import Late
from unsealed.review.risk.vocabulary import listed

EMAIL = Late(
    r"[\w.+%-]{1,64}(?: ?[\[(]at[\])] ?|@)(?:[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.| ?[\[(]dot[\])] ?))"
    r"{1,5}[^\W\d_]{2,24}(?![\w@])",
    re.IGNORECASE,
)
IBAN = Late(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Z0-9])", re.IGNORECASE)
CARD = Late(
    r"(?<![\d.,/-])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d/-])|(?<![\d.,/-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?!\d)"
)
PHONE_WORD = (
    r"(?:tel(?:ephone|\.|:)?|phone|mobile|mob|cell(?:ular|phone)?|fax|hotline|landline|whatsapp|si"
    r"gnal|viber|telegram|sms|call(?:ed|ing)?|ring|dial(?:ed|led)?|"
    r"reach(?:ed|able)?|thuraya|sat(?:ellite)?[ -]?phone|iridium|handy|ph|gsm|sim|msisdn|extension"
    r"|switchboard)"
)
PHONE_SAID = Late(
    rf"\b{PHONE_WORD}\b[^\d\n+(]{{0,24}}\n?[^\d\n+(]{{0,12}}((?:\+|\(\+?)?\d[\d ()./\n-]{{4,24}}\d)(?!\d)",
    re.IGNORECASE,
)
PHONE_PLUS = Late(
    r"(?:(?<![\w+])\+|(?<![\w/.-])(?<!\d[ -])00(?=[1-9]))[ ]?\(?\d{1,3}\)?(?:[ .()/-]{0,2}\d{1,5})"
    r"{2,6}(?!\d)"
)
PHONE_SHAPE = Late(
    r"(?<![\w/.,$-])(?<!\d[ -])(?:\(0?\d{2,4}\)[ -]?\d{2,4}[ -]?\d{2,4}(?:[ -]?\d{2,4})?|\d{3}[-.]\d{3}[-.]\d"
    r"{4}|0\d{1,4}[ /-]\d{2,4}(?:[ -]\d{2,4}){1,3}|0\d{9,10})(?![\w/-]|[.,]\d)"
)
PASSPORT = Late(
    r"\b(?:passports?|pass(?:e?port|aporte)?|ppt|travel documents?|laissez-passer|id(?:entity)?[ -"
    r"]?(?:cards?|papers?|documents?)?|national id|"
    r"cedula|dni|cnic|nin|tazkera|tazkira|c[ée]dula|carnet|licen[cs]e|residence permits?|visa)\b"
    r"(?:[ \n]+(?:no|number|num|nr|nos|numbers|card|holder|was|is|with|issued|bearing|the|his|her|"
    r"of|on|in|his|valid|serial|[A-Za-z]{4,12})\b\.?){0,5}[ \n]*[.:#(]{0,2}[ \n]*"
    r"((?:[A-Z]{1,3}[ -]?)?\d[\d -]{3,17}[\dA-Z](?![A-Za-z0-9])|[A-Z]{1,2}\d{5,9}[A-Z]?\b|[A-Z0-9]"
    r"{1,3}\d{5,8}[A-Z0-9]?\b)",
    re.IGNORECASE,
)
DEGREES = Late(
    r"(?<![\w.])[-+]?\d{1,3}(?:\.\d+)?[ ]?(?:°|º|deg(?:rees?)?\b)[ ]?(?:\d{1,2}(?:\.\d+)?[ ]?(?:['"
    r"′’]|min(?:utes?)?\b)[ ]?)?(?:\d{1,2}(?:\.\d+)?[ ]?(?:[\"″”]|''|sec(?:onds?)?\b)[ ]?)?"
    r"(?:north|south|[NS])?[ ,;/\n]{1,4}(?:and )?(?:long?(?:itude)?[.: ]*)?[-+]?\d{1,3}(?:\.\d+)?[ "
    r"]?(?:°|º|deg(?:rees?)?\b)[ ]?(?:\d{1,2}(?:\.\d+)?[ ]?(?:['′’]|min(?:utes?)?\b)[ ]?)?(?:\d{1,"
    r"2}(?:\.\d+)?[ ]?(?:[\"″”]|''|sec(?:onds?)?\b)[ ]?)?(?:east|west|[EWO])?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
DECIMAL = Late(
    r"(?<![\w.])[-+]?(\d{1,2}\.\d{3,8})[ ]?[NS]?[ ]?[,;/ \n][ ]?[-+]?(\d{1,3}\.\d{3,8})[ ]?[EWO]?(?![\w]|\.\d)",
    re.IGNORECASE,
)
LETTERED = Late(
    r"(?<![\w.])(?:[NS][ ]?\d{1,2}[ .:-]?\d{1,2}(?:[ .:-]?\d{1,4}){0,2}[ ,/\n]{0,3}[EW][ ]?\d{1,3}"
    r"[ .:-]?\d{1,2}(?:[ .:-]?\d{1,4}){0,2}"
    r"|\d{1,2}(?:[ .:-]\d{1,2}){0,2}(?:\.\d+)?[ ]?[NS][ ,/\n]{0,3}\d{1,3}(?:[ .:-]\d{1,2}){0,2}(?:\."
    r"\d+)?[ ]?[EW]|\d{4,6}(?:\.\d+)?[NS][ ,/\n]{0,3}\d{5,7}(?:\.\d+)?[EW])(?![A-Za-z0-9])"
)
LABELLED = Late(
    r"\blat(?:itude)?\b[.:= ]{0,3}[-+]?\d{1,2}\.\d+[^\d\n]{1,20}\n?[^\d\n]{0,8}[-+]?\d{1,3}\.\d+", re.IGNORECASE
)
MGRS = Late(
    r"(?<![A-Z0-9])\d{1,2}[C-HJ-NP-X][ ]?[A-HJ-NP-Z]{2}[ ]?(?:\d{2,5}[ ]\d{2,5}|\d{4}|\d{6}|\d{8}|\d{10})(?!\d)",
    re.IGNORECASE,
)
SQUARE = Late(
    r"\b(?:grid|mgrs|gr|at|vic|vicinity|loc|location|coords?|coordinates?)\b[ :.#]*(?:ref(?:erence"
    r")?[ :.]*)?([A-HJ-NP-Z]{2}[ ]?(?:\d{3,5}[ ]\d{3,5}|\d{6}|\d{8}|\d{10})|\d{3,4}[ ]\d{3,4})(?!\d"
    r")",
    re.IGNORECASE,
)
UTM = Late(
    r"(?<!\w)\d{1,2}[C-HJ-NP-X]?[ ](?:E[ ]?)?\d{6,7}(?:\.\d+)?[ ]?m?E?[ ,]{1,2}(?:N[ ]?)?\d{7}(?:\."
    r"\d+)?[ ]?(?:mN|N)?(?!\w)",
    re.IGNORECASE,
)
PLATE = Late(
    r"\b(?:licen[cs]e[ \n-]plates?|number[ \n-]plates?|(?:vehicle|car|truck|motor(?:cycle|bike)|ta"
    r"xi|van|pickup)?[ \n]?registration|registered|plates?|license|regn?|tags?)\b"
    r"(?:[ \n]+(?:no|nos|number|numbers|num|nr|reading|read|was|is|with|of|the|bearing|as|marked|p"
    r"late|plates|local|diplomatic|[A-Z][a-z]{3,12}))*[ \n]*[.:#(\"'“]{0,3}[ \n]*"
    r"((?=[^\W_ -]*[ -]?[^\W_ -]*[ -]?[^\W_]*\d)[^\W_]{1,4}"
    r"(?:[ ·-](?!(?:at|on|in|to|is|was|and|of|by|for|the|as|near|with|from|had|has|were|it|or|"
    r"seen|left|but|who)\b)[^\W_]{1,5}){0,3})(?!\w)",
    re.IGNORECASE,
)
HANDLE = Late(r"(?<![\w@./])@[A-Za-z_](?:[\w]|\.(?=\w)){2,30}(?![\w@])")
USER = Late(
    r"\b(?:user[ \n-]?names?|user[ \n]?ids?|users?|screen[ \n]?names?|nick(?:name)?s?|handles?|log"
    r"ins?|account[ \n]?names?|alias(?:es)?|skype"
    r"|telegram|instagram|facebook|twitter|signal|wickr|threema|icq|jabber|xmpp|wechat|weixin|vk|s"
    r"napchat|tiktok|discord"
    r"|kik|viber|irc|signed|writes as|wrote as|posts? as|posted as|posting as|goes by|known (?:onl"
    r"ine )?as|calls (?:himself|herself|themselves)|poster|profile|from:|messenger)\b:?"
    r"(?:[ \n]+(?:id|name|account|user|there|here|handle|contact|was|is|as|under|the|called|named|at|on|of|hi"
    r"s|her|profile|channel|login"
    r"|username)\b){0,4}[ \n]*[:=(]?[ \n]*[\"'“‘@(]*"
    r"((?=[\w.-]*[^\W\d_][\w.-]*)(?=[\w.-]*[\d_]|[^\W\d_]{2,}\.[^\W\d_]{2,})(?![A-Z]{2}\d\d(?![\w]"
    r"))[^\W\d_][\w.-]{2,30}[\w])(?![@\w])",
    re.IGNORECASE,
)
USER_ON = Late(
    r"(?<![\w@.])((?=[\w.-]*[^\W\d_])(?=[\w.-]*[\d_])[^\W\d_][\w.-]{2,30}\w)[ \n]+(?:on|at|via)[ \n"
    r"]+(?:skype|telegram|signal|instagram|facebook"
    r"|twitter|wickr|threema|viber|whatsapp|discord|wechat|irc|the[ \n]forum|jabber|vk)\b",
    re.IGNORECASE,
)
VEHICLE_PLATE = Late(
    r"\b(?i:vehicles?|cars?|trucks?|lorry|vans?|sedan|saloon|suv|pick-?up|jeep|taxi|minibus|bus|mot"
    r"or(?:cycle|bike)|moped|toyota|hilux|land[ ]?cruiser"
    r"|corolla|nissan|patrol|mitsubishi|pajero|peugeot|renault|citro[eë]n|mercedes|bmw|audi|opel|v"
    r"olkswagen|vw|golf|ford|skoda|škoda|lada|niva|volga"
    r"|kamaz|fiat|hyundai|kia|samand|paykan|pride|honda|suzuki|isuzu|mazda|chevrolet|dacia|volvo|plates?)\b"
    r"(?:[ ,\n(:-]+(?!\d)[^\W\d_]{2,12}){0,4}?[ ,\n(:.\"“-]{1,4}"
    r"((?:[A-Z]{1,3}[ -]?\d{2,5}(?:[ -]?[A-Z]{1,3})?|\d{1,5}[ -]?[^\W\d_]{1,3}[ -]?\d{2,5}|\d{1,5}"
    r"[ -][A-Z]{2,3}(?:[ -]\d{1,3})?|\d{4,6}[ ][A-Z][A-Za-z]{3,10}|[A-Z][A-Za-z]{3,10}[ ]\d{4,6})"
    r"(?:[ -](?:\d{1,3}|[A-Z]{1,3}))?)(?![\w/]|[ ]?(?:km|kg|mm|men|people|meters|metres|hrs|hours)\b)"
)
STREET_WORD = (
    r"(?:streets?|str\.|str|st\.?|avenue|ave\.?|roads?|rd\.?|lane|ln\.?|boulevard|blvd\.?|drive|dr"
    r"\.|close|crescent|terrace|square|court|alley|quay|highway|"
    r"ulitsa|prospekt|sokak|sok\.?|caddesi|cad\.?|gasse|weg|platz|allee|gade|gatan|vej|veien|gata|"
    r"straat|laan|marg|nagar|colony|quarters?|estate|chowk|sarani)"
)
ADDRESS = Late(
    rf"(?<![\w.,-])(?:(?:apt|apartment|flat|unit|house|no|plot|room|suite|villa|block|bldg|building"
    rf")\.?[ ]?(?:no\.?[ ]?)?[\w-]{{1,6}},?[ \n])?\d{{1,5}}[A-Za-z]?(?:[-/]\d{{1,4}}[A-Za-z]?)?,?[ "
    rf"\n](?:[^\W\d_][\w'’.-]*[ \n]){{1,4}}{STREET_WORD}(?!\w)",
    re.IGNORECASE,
)
ADDRESS_NUMBERED = Late(
    r"(?<![\w.,-])(?:(?:house|villa|building|bldg|plot|flat|home)[ \n](?:no\.?[ ]?)?\d{1,4}[A-Za-z"
    r"]?,[ \n](?:street|road|lane|block|sector|"
    r"alley|phase|zone|quarter)[ \n](?:no\.?[ ]?)?\d{1,4}|\d{1,4}(?:[ ]?bis)?,?[ \n](?:rue|avenue|"
    r"boulevard|chemin|impasse|quai|all[eé]e|via|calle|rua|place)"
    r"[ \n](?:(?:de|du|des|la|le|les|d['’]|l['’])[ \n]?){0,3}[^\W\d_][\w'’-]+|\d{1,4}(?:/\d{1,4})?[ "
    r"\n]soi[ \n][^\W\d_]\w+(?:[ ]\d{1,3})?"
    r"|\d{1,3}-\d{1,3}(?:-\d{1,3})?[ \n][^\W\d_][\w'-]+(?:-(?:ku|cho|shi|machi))?(?=,[ ][^\W\d_][\w-]+))",
    re.IGNORECASE,
)
# `Tahrir Avenue Selma Brandt, 34`: with a word before it the name of the avenue stands there, and what follows is
# somebody's. Words that may stand before one whose name follows:
_TOWARDS = "".join(
    rf"|(?<=\b{word} )"
    for word in listed("at on in to of the from near by and an de la le au sur en \u00e0 address adresse")
)
# Behind these no address goes on to a number: `via Selma Brandt said 12 men came`.
_TELLING = r"(?!(?:said|says|told|met|asked|added|reported|called|visited|saw|came|went|gave|took)\b)"
ADDRESS_BEHIND = Late(
    r"(?<!\w)(?:(?:rue|calle|avenida|av\.|avda\.?|carrera|cra\.?|rua|via|viale|piazza|plaza"
    rf"|(?:(?<![^\W\d_] ){_TOWARDS})(?:boulevard|avenue)"
    r"|jalan|jl\.|ulitsa|ul\.|ulica|prospekt|pr\.|sharia|shari|al\.|aleja|calzada|jiron|"
    r"jr\.|pasaje|chemin|impasse|place|quai|sheikh|kucheh|kuche)"
    rf"[ \n](?:{_TELLING}[^\W\d_][\w'’.-]*[ ,\n]){{0,6}}?"
    r"(?:no\.?|nº|n°|nr\.?|#|num\.?|numero)?[ \n]?\d{1,5}[A-"
    r"Za-z]?(?:[-/]\d{1,4}(?!\d))?(?:[ ](?:m|apt|kv)\.?[ ]?\d{1,4})?"
    r"|[A-ZÄÖÜÅØÆ][\wäöüßåøæé-]{2,24}(?:stra(?:ss|ß)e|str\.|gasse|weg|platz|allee|gade|gatan|vägen"
    r"|vej|veien|gata|straat|laan|plein|utca|katu|tie|gracht)[ \n]\d{1,4}[ ]?[A-Za-z]?(?!\w))",
    re.IGNORECASE,
)
BOX = Late(
    r"\bP\.?[ ]?O\.?[ ]?Box[ \n]\d[\d-]{0,7}\b|\bpostfach[ ]\d+|\bapartado(?: postal)? \d+|\bB\.?P\.? \d{2,6}\b",
    re.IGNORECASE,
)
ADDRESS_TAIL = Late(
    r"(?:,[ ]?(?:\n[ ]?)?|\n(?=\d{4,6}\b))(?:\d{2,6}(?:[ -]\d{3,4})?(?=[ ,.\n])[ ]?(?:[A-Z][\w'’-]"
    r"+(?:[ -](?:de |la |el |of )?[A-Z][\w'’-]+){0,2})?"
    r"|(?:(?:apt|apartment|depto|dpto|flat|unit|suite|floor|room|block|building|district|sector|ph"
    r"ase|zone|barrio|col(?:onia)?|no)\.?[ ])?[A-Z0-9][\w'’.-]*"
    r"(?:[ -](?:de |la |el |of |al-)?[A-Z0-9][\w'’-]*){0,2}|\d{1,3}\.?[ ]?(?:tv|th|mf|sal|og|floor"
    r"|etage)\.?|(?:depto|dpto|apt|kv|esc|piso)\.?[ ]\w{1,4})(?![\w@])"
)
