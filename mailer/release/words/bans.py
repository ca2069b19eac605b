"""Bans: what holds a release back in languages of which a release cannot be read.

Owns, for each such language, the words that a ban is made of, as pieces of regular expressions: a no (or a word that
asks, or may), a verb of the press, and an until; “tidligst”, “dopiero” with a moment; what is confidential until; what
such a moment is called. Nothing here reads the moment: whoever finds a ban stops, and a person writes `embargo:`.

Theory of operation. A no, a verb and an until stand in stories too (“the names are not made public until …”), so that
they count only where they are an order: they open their clause, the no is a “must not”, or the sentence has a word
that asks or means the text. Verbs stand here in the forms that orders take, never in those that tell of the past.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache

_NEAR = 60  # characters between a no, its verb and its until
_SHORT = 7  # words of a sentence that says nothing else
_FEW, _SMALL = 2, 4  # words before an order, and their letters: “får”, “ke”, “może”
_KEYS = ("use", "loose", "never", "bare", "leave", "secret", "term")  # without one of these no sentence is a ban
_NUMBER = re.compile(r"(?<!\d)(?!(?:19\d\d|20[01]\d)(?!\d))\d+")  # and no year that is over
_EMBARGO = ("embarg", "эмбарго", "ембарго", "εμπάργκο", "ambargo", "אמברגו")
_CLOCK = re.compile(r"^\W*(?:(?:kl|klo|godz|dne|dnia|den|på|på|om)\b\W*)?", re.IGNORECASE)
_CLAUSE = re.compile(r"[:;.!?()\[\]*|]|\s[-–—]\s|,\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """The words of one language, each field one regular expression; empty where it has none."""

    no: str
    must: str = "(?!)"  # a no that forbids, wherever it stands
    use: str
    loose: str = "(?!)"  # verbs of other things as well: only in a sentence that asks, or means the text
    never: str = "(?!)"  # a no and a verb in one word: “nezveřejňovat”, “yayımlamayınız”
    bare: str  # forbids without a moment, in a sentence of its own: “nie do publikacji”
    leave: str  # says that it is allowed from a moment: “do publikacji od”
    until: str
    only: str  # with a verb and a moment: no earlier than then
    free: str = "(?!)"  # says of the verb that it is allowed from then on
    secret: str
    term: str
    asks: str  # asks somebody, or means the text
    day: str  # a weekday, or a day without its date


BANS = (
    Ban(  # Swedish, Danish, Norwegian: alike enough for one table
        no="ej|inte|ikke|ingen|inget|inga|icke|aldrig|aldri",
        must=r"(?:får|må|ska|skal|bör|bør|kan)\s+(?:\w+\s+)?(?:ej|inte|ikke|icke)|(?:ej|ikke|inte)\s+till(?:adt|att|åt\w*|att)"
        r"|förbj?ud\w*|forbud\w*|vänta\s+med|vent(?:e|er)?\s+med|avvakta\w*|undlad\w*|avstå\w*|unnlat\w*",
        use=r"public?er(?:a|as|e|es|ing|ingen)?|publiser(?:e|es|ing|ingen)?|offentliggör(?:a|as|s|ande|andet)?"
        r"|offentliggør(?:e|es|else|elsen)?|offentliggj?ør(?:e|es|ing)?|sprid(?:a|as|ning)|spred(?:e|es|ning)|spre(?:s|es)?"
        r"|spredning|återge(?:s|ning)?|gjengi(?:s|velse)?|gengiv(?:e|es|else)?|bring(?:a|as|e|es)|omtal(?:a|as|e|es)|omnämna?s?"
        r"|rapporter(?:a|as|e|es|ing)|skriv(?:a|as|e|es)\s+om|läggas\s+ut|legges\s+ut|lægges\s+ud|citer(?:a|as|e|es)"
        r"|siter(?:e|es)|viderebring(?:e|es)|kringkast(?:e|es)|trykk?(?:es|as)|frigivelsen?"
        r"|frisläpp\w*",
        loose=r"bruk(?:e|es)?|brug(?:e|es)?|använd(?:a|as|ning)|del(?:a|as|e|es)|frigiv\w*|frigi(?:s|velse)",
        bare=r"(?:ikke|ej|inte)\s+(?:avse(?:tt|dd)\s+|ment\s+|beregnet\s+)?(?:till?|for"
        r"|för)\s+(?:offentligg\w+|publi[cs]\w+|spr[ie]d\w+|omtale|omtal)",
        leave=r"(?:får|må|kan)\s+(?:\w+\s+)?(?:publi[cs]er\w*|offentligg\w+|bringes|omtal[ae]s|citeres|siteres"
        r"|sändas|sendes)\s+(?:fra|från|efter|etter|den|kl)"
        r"|(?:till?|for|för)\s+(?:offentligg\w+|publi[cs]\w+)\s+(?:fra|från|efter|etter|den|kl)",
        until=r"före|innan|förrän|till?|tills|før|inden|innen|førend|inntil|indtil|(?:frem|fram)\s+til|tid(?:igare|ligere)\s+(?:än|enn|end)",
        only=r"tidigast|tidligst|først|först|endast\s+efter|kun\s+efter|bare\s+etter|kun\s+etter",
        free=r"fri(?:tt|t)?|tillåt\w*|tillad\w*|tillat\w*|godkänd\w*",
        secret=r"kon?fidentiell?\w*|konfidensiel\w*|fortrolig\w*|förtrolig\w*|hemm?e?lig\w*|sekretess\w*|klausuler\w*",
        term=r"(?:spärrad?|sp[eæ]rret)\s+f[oö]r\s+(?:publi[cs]|offentligg)\w+|spärr(?:tid|frist|datum)\w*|sperrefrist\w*|spærrefrist\w*|klausul(?:ering|frist)?\w*|presseklausul|publiceringsförbud|"
        r"publiseringsforbud|embargo\w*|(?:press|presse|medie)embargo\w*|frigivelsestid\w*",
        asks=r"vänligen|snälla|var\s+god|vi\s+ber|venligst|vennligst|ber\s+(?:vi|jer|dere|er|om)|bedes|bes|redaktion\w*|medier\w*"
        r"|nyheten|nyheden|saken|sagen|historien|texten|teksten|materialet|meddel[ea]nde\w*|pressemelding\w*|meldingen|artikel\w*"
        r"|uppgifterna|oplysningerne|opplysningene|informationen|informasjonen|detta|dette|denne|denna",
        day=r"(?:mån|tis|ons|tors|fre|lör|sön|man|tirs|fre|lør|søn)da\w+|i\s?morgon|i\s?morgen|midnatt?|mid(?:dag|dagen)",
    ),
    Ban(  # Finnish
        no=r"ei|eivät|älä|älkää|älköön|ilman",
        must=r"ei(?:vät)?\s+(?:saa|voi|pidä|tule)|kiellett\w*|kielletään|pyydämme\s+(?:odotta|pidättäyty|ole)\w*|odottakaa",
        use=r"julkais(?!taan|tiin|tu|ee|i\b)\w*|julkist(?!etaan|ettiin|i\b)\w*|levitt(?:ää|äkö|äminen)\w*|levit(?:ä|etä)\w*|uutisoi(?:da|ko|minen)\w*"
        r"|siteera(?:ta|ko)\w*|kerto(?:a|ko)",
        loose=r"jakaa|jakako|käyttää|käyttäkö",
        bare=r"ei\s+(?:julkaistavaksi|julkaistavissa|julkisuuteen|levitettäväksi|levitykseen)",
        leave=r"julkaistavissa|julkaistavaksi",
        until=r"ennen|asti|saakka|kunnes|aiemmin|aikaisemmin",
        only=r"aikaisintaan|vasta|alkaen",
        free=r"sallit\w*|vapaa\w*|vapaasti",
        secret=r"luottamuksel\w*|salai\w*|salassa",
        term=r"embargo\w*|julkaisukiel\w*|julkaisuvapa\w*|julkaisulupa\w*|julkistamisaika\w*",
        asks=r"pyydämme|pyydetään|toivomme|tätä|tämän|tämä|tiedot\w*|tiedote\w*|uutis\w*|teksti\w*|media\w*|toimituks\w*",
        day=r"(?:maanantai|tiistai|keskiviik|torstai|perjantai|lauantai|sunnuntai)\w*|huomen\w*|keskiyö\w*",
    ),
    Ban(  # Polish
        no=r"nie|bez",
        must=r"nie\s+(?:wolno|można|może|mogą|należy)|zakaz\w*|zabroni\w*|zabrania\w*|wstrzyma\w*|powstrzyma\w*",
        use=r"publik(?:ować|ujcie|uj|owan[aeyi]|owanie|owania|acj\w+)|opublikowa(?:ć|nia)|rozpowszechni?a(?:ć|jcie|ni[ea])|upublicznia(?:ć|ni[ea])"
        r"|ujawnia(?:ć|jcie|ni[ea])|emitowa(?:ć|ni[ea])|emisj\w+|rozsyła(?:ć|nia)|udostępnia(?:ć|jcie|nia)|podawa(?:ć|nia)|cytowa(?:ć|nia)"
        r"|druk(?:ować|u)|zamieszcza(?:ć|nia)",
        never=r"nie(?:publik\w+|ujawnia\w+|rozpowszechnia\w+|udostępnia\w+|upublicznia\w+|wykorzyst\w+)",
        loose=r"wykorzyst(?:ać|ywać|ania|ywania)|używa(?:ć|nia)",
        bare=r"nie\s+(?:jest\s+)?(?:przeznaczon\w+\s+)?do\s+(?:publikacji|rozpowszechniania|druku|emisji"
        r"|wykorzystania|cytowania)",
        leave=r"(?:do|można)\s+(?:publik\w+|opublik\w+|emisji|wykorzystania|druku)\s+(?:od|po)"
        r"|publikacja\s+(?:od|po|możliwa)",
        until=r"przed|do|zanim|dopóki|wcześniej\s+niż|póki",
        only=r"dopiero|najwcześniej|nie\s+wcześniej|wyłącznie\s+(?:po|od)|tylko\s+(?:po|od)",
        free=r"dozwolon\w*|dopuszczaln\w*|zezwala\w*|możliw[ae]",
        secret=r"poufn\w*|tajn\w*|zastrzeżon\w*",
        term=r"embargo\w*|zakaz\s+publikacji|blokada\s+(?:prasowa|informacyjna)",
        asks=r"pros(?:zę|imy|i)|uprzejmie|materiał\w*|informacj\w*|tekst\w*|komunikat\w*|treś\w*|redakcj\w*|media|mediów",
        day=r"poniedział\w+|wtor\w+|środ[aęy]|czwart\w+|piąt\w+|sobot\w+|niedziel\w+|jutr\w+|północ\w*|południ\w*",
    ),
    Ban(  # Czech, Slovak
        no=r"ne|není|nie",
        must=r"nesmí\w*|nesmie\w*|nelze|nemožno|zákaz\w*|zakáz\w*|zakaz\w*|zdrž\w*",
        use=r"z?u?ve[rř]ej(?:ňovat|nit|něn[aíyo]?|nění|nění?m|ňování|ňujte|nenie|neniu|ňovať|niť)|uve[rř]ej\w*|publik(?:ovat|ovať|ujte|ac[ei]|ování|ovanie|áci\w*)|šíř(?:it|en\w*)|šír\w+|vysíla[tť]",
        never=r"ne(?:zve[rř]ej\w+|uve[rř]ej\w+|publik\w+|šíř\w+|šír\w+|vysíla\w+|používe?a\w+)",
        loose=r"použít|použiť|použív\w+",
        bare=r"ne(?:ní|určen\w*)\s+(?:určen\w*\s+)?(?:ke?|pro|na)\s+(?:zve[rř]ej\w+|uve[rř]ej\w+|publik\w+|šíř\w+)"
        r"|nie\s+je\s+(?:určen\w*\s+)?na\s+(?:zve[rř]ej\w+|uve[rř]ej\w+|publik\w+)",
        leave=r"(?:ke?|na)\s+(?:zve[rř]ejn\w+|uve[rř]ejn\w+|publik\w+)\s+(?:od|po)"
        r"|(?:lze|možno|možné)\s+(?:zve[rř]\w+|uve[rř]\w+|publik\w+)\s+(?:od|až|po)",
        until=r"před|pred|do|dokud|kým|dříve|skôr|než",
        only=r"nejdříve|nejdřív|najskôr|až|teprve|výhradně\s+po|pouze\s+po",
        free=r"povolen\w*|možné|dovolen\w*",
        secret=r"důvěrn\w*|dôvern\w*|tajn\w*|utajen\w*",
        term=r"embargo\w*|zákaz\s+zve[rř]ej\w+",
        asks=r"prosíme|žádáme|žiadame|zpráv\w*|správ\w*|inform\w*|text\w*|materiál\w*|médi\w*|redakc\w*",
        day=r"ponděl\w+|pondel\w+|úter\w+|utor\w+|střed\w+|stred[auy]|čtvrt\w+|štvrt\w+|pát\w+|piat\w+|sobot\w+|neděl\w+|nedeľ\w+|zítra|zajtra|půlnoc\w*",
    ),
    Ban(  # Russian, Ukrainian, Bulgarian
        no=r"не|без",
        must=r"запре[щт]\w*|заборон\w*|забран\w*|нельзя|не\s+(?:може|могат|подлежит|подлежат|следует|допускается|бива)|воздерж\w*|утрима\w*|въздърж\w*",
        use=r"публик(?:овать|уйте|уйта|аци\w+|увати|ува|уване\w*|ації|ацію)|опубликов(?:ать|ывать|ани\w+)|распростран(?:ять|яйте|ени\w+)|обнарод(?:овать|ования)"
        r"|разглаш\w+|поширю\w+|поширення|оприлюдн(?:ювати|ення|юйте)|размеща(?:ть|йте)|разпространя\w+|публікува(?:ти|ння)|публікаці\w+|цитирова\w+|освещать",
        loose=r"использова(?:ть|ния)",
        bare=r"не\s+(?:для|за)\s+(?:печати|публикации|публікації|публикуване|распростран\w+|поширення|оприлюднення)",
        leave=r"(?:к|до|для|за)\s+(?:публикации|публікації|публикуване|печати|опубликовани\w+"
        r"|оприлюднення)\s+(?:с|з|від|от|след|после|після)",
        until=r"до|ранее|раньше|перед|прежде|раніше|преди|пока",
        only=r"не\s+(?:ранее|раньше|раніше|по-рано)|только\s+(?:после|с)|лише\s+(?:після|з)|начиная\s+с|само\s+след|после",
        free=r"разреш\w*|дозвол\w*|позволен\w*|можно",
        secret=r"конфиденциальн\w*|конфіденційн\w*|поверителн\w*|секретн\w*|таємн\w*",
        term=r"эмбарго|ембарго",
        asks=r"прос(?:им|ьба|имо)|пожалуйста|будь\s+ласка|моля|молим|информаци\w*|інформаці\w*|материал\w*|матеріал\w*|текст\w*|релиз\w*|новост\w*|новин\w*",
        day=r"понедел\w+|понеділ\w+|вторник\w*|вівтор\w+|сред[ауы]|серед[аиу]|сряда|четвер\w*|четвърт\w+|пятниц\w+|п.ятниц\w+|петък|суббот\w+|субот\w+|събота|воскресен\w+|неділ\w+|неделя|завтра|утре|полуноч\w*",
    ),
    Ban(  # Hungarian
        no=r"ne|nem|se",
        must=r"tilos|tilalom\w*|nem\s+(?:szabad|lehet|engedélyezett)|megtilt\w*|mellőz\w*",
        use=r"közöl(?:jék|ni|hető|je|jétek)\w*|leközöl\w+|közzé\w*|közlés\w*|közlé\w+|publikál(?:ják|ni|ható|ása)\w*|nyilvánosságra|terjeszt(?:eni|sék|hető|ése)\w*|megjelentet\w+",
        bare=r"nem\s+(?:közölhető|publikálható|közlésre|publikálásra|nyilvánosságra)",
        leave=r"közölhető|publikálható|megjelentethető|közlésre",
        until=r"előtt|[\w.-]*ig|amíg|mielőtt",
        only=r"legkorábban|leghamarabb|csak|kizárólag",
        free=r"engedélyez\w*|szabad\w*",
        secret=r"bizalmas\w*|titkos\w*|titok\w*",
        term=r"embargó?\w*|hírzárlat\w*|sajtózárlat\w*",
        asks=r"kérjük|kérem|hír\w*|anyag\w*|közlemény\w*|szöveg\w*|információ\w*|sajtó\w*",
        day=r"hétfő\w*|kedd\w*|szerd\w+|csütörtök\w*|péntek\w*|szombat\w*|vasárnap\w*|holnap\w*|éjfél\w*",
    ),
    Ban(  # Romanian
        no=r"nu|fără",
        must=r"nu\s+(?:poate|pot|trebuie|se)|interzis\w*|abține\w*",
        use=r"publica(?:ți|ţi|rea|t[ăe]?|re)?|publicați|difuz(?:a|ați|are|area|at[ăe]?)|divulg(?:a|ați|are|area)|distribui\w*|răspândi\w*|preluat\w*",
        bare=r"nu\s+(?:este\s+)?(?:destinat\w*\s+)?(?:pentru\s+)?(?:publicare|publicării|difuzare|difuzării)",
        leave=r"(?:publicare|publicabil\w*|difuzare|poate\s+publica)\s+(?:începând|incepand|de\s+la|din|după|dupa)",
        until=r"înainte|inainte|până|pana",
        only=r"doar\s+după|abia|numai\s+după|cel\s+mai\s+devreme|începând",
        free=r"permis\w*|autorizat\w*|liber\w*",
        secret=r"confidențial\w*|confidenţial\w*|secret[ăe]?",
        term=r"embargo\w*",
        asks=r"vă\s+rugăm|rugăm|informați\w*|informaţi\w*|text\w*|știr\w*|comunicat\w*|material\w*|redacți\w*",
        day=r"luni|marți|marţi|miercuri|joi|vineri|sâmbătă|duminică|mâine|miezul",
    ),
    Ban(  # Turkish
        no="(?!)",
        must=r"yasak\w*|yasağı",
        use=r"yayı[mn]la\w*|yayın\w*|paylaş\w*|haber\w*",
        never=r"(?:yayı[mn]la|yayı[mn]lan|paylaş|paylaşıl|kullan|kullanıl|haberleştir|duyur|basıl|servis\s+et)ma(?:yın\w*|yalım|malı\w*|ması\w*|z|k)"
        r"|(?:yayı[mn]lan|paylaşıl|kullanıl)amaz|haber\s+yapmayın\w*",
        bare=r"yayın(?:\s+için|\s+amaçlı)?\s+değildir|(?:yayı[mn]la|kullanı)l?namaz",
        leave=r"(?:itibaren|sonra)\s+(?:yayı[mn]lan|kullanıl|paylaşıl|haberleştiril)abilir",
        until=r"önce|kadar|dek|evvel",
        only=r"ancak|en\s+erken",
        free=r"serbest\w*|izin\w*",
        secret=r"gizli\w*",
        term=r"ambargo\w*|yayın\s+yasağı",
        asks=r"lütfen|rica\s+ederiz|haber\w*|bülten\w*|metin|metni|bilgi\w*",
        day=r"pazartesi\w*|salı\w*|çarşamba\w*|perşembe\w*|cuma\w*|cumartesi\w*|pazar\w*|yarın\w*|gece\w*",
    ),
    Ban(  # Greek
        no=r"μη|μην|δεν|όχι",
        must=r"απαγορεύ\w*|δεν\s+(?:επιτρέπεται|πρέπει|μπορεί)|να\s+μην?",
        use=r"δημοσι\w*|μεταδ\w*|μετάδο\w*|κοινοποι\w*|διαν[έε]μ\w*|αναπαραγ\w*|διαρρε\w*",
        bare=r"(?:όχι|μη|δεν\s+είναι)\s+(?:προς|για)\s+(?:δημοσίευση|δημοσιοποίηση|μετάδοση)",
        leave=r"(?:προς|για)\s+(?:δημοσίευση|μετάδοση)\s+(?:από|μετά)|δημοσίευση\s+από",
        until=r"πριν|μέχρι|έως|ώσπου",
        only=r"μόνο\s+(?:μετά|από)|το\s+νωρίτερο|από",
        free=r"επιτρ[έε]π\w*|ελεύθερ\w*",
        secret=r"εμπιστευτικ\w*|απόρρητ\w*",
        term=r"εμπάργκο",
        asks=r"παρακαλ\w*|πληροφορί\w*|κείμεν\w*|ανακοίνωσ\w*|δελτί\w*",
        day=r"δευτέρα\w*|τρίτη\w*|τετάρτη\w*|πέμπτη\w*|παρασκευή\w*|σάββατο\w*|κυριακή\w*|αύριο|μεσάνυχτα",
    ),
    Ban(  # Arabic
        no=r"لا|عدم|غير",
        must=r"يحظر|يُحظر|يمنع|يُمنع|ممنوع|محظور|حظر|نرجو\s+عدم|الرجاء\s+عدم|يرجى\s+عدم",
        use=r"(?:ال|لل)?نشر\w*|[يتن]نشر\w*|(?:ال)?بث|تداول\w*|إذاعة|توزيع\w*",
        bare=r"(?:ليس|ليست|غير)\s+(?:مخصص\w*\s+)?للنشر",
        leave=r"(?:للنشر|بالنشر)\s+(?:ابتداء\w*|اعتبار\w*|بعد|من)",
        until=r"قبل|حتى|لحين|إلى\s+حين",
        only=r"فقط\s+(?:بعد|من)|ابتداء\w*|اعتبار\w*",
        free=r"يسمح|مسموح",
        secret=r"سري\w*|سرّي\w*",
        term=r"حظر\s+(?:ال)?نشر",
        asks=r"يرجى|الرجاء|نرجو|رجاء|الخبر|البيان|المعلومات|هذا|هذه",
        day=r"(?:ال)?(?:اثنين|إثنين|ثلاثاء|أربعاء|خميس|جمعة|سبت|أحد)|غدا\w*",
    ),
    Ban(  # Hebrew
        no=r"לא|אין|אל|נא\s+לא|בלי",
        must=r"אסור\w*|אין|נא\s+לא",
        use=r"ל?פרס[וםם]\w*|ל?פרסם|פרסום|לפרסום|לפרסם|להפיץ|הפצה|לשדר|שידור|לשתף",
        bare=r"לא\s+ל(?:פרסום|הפצה|שידור|ציטוט)",
        leave=r"לפרסום\s+(?:החל|אחרי|לאחר|מ\w+)",
        until=r"לפני|עד|טרם",
        only=r"רק\s+(?:אחרי|לאחר|מ)\w*|החל\s+מ\w*|לא\s+לפני",
        free=r"מותר\w*|מותרת",
        secret=r"סודי\w*|חסוי\w*",
        term=r"אמברגו|איסור\s+פרסום",
        asks=r"נא|אנא|בבקשה|מתבקש\w*|הודעה|המידע|הידיעה|הכתבה",
        day=r"יום|מחר|חצות",
    ),
)

_PUBLISH = (
    "发布|發布|發佈|发表|發表|刊登|刊发|刊發|刊载|刊載|报道|報道|報導|公开|公開|公布|公佈|传播|傳播|转载|轉載|播出|披露|外传|外傳|泄露|洩露"
    "|见报|見報|引用|转发|轉發|发稿|發稿"
)
_KOREAN = "보도|공개|게재|배포|방송|발표|기사화|유포|송출|인용|게시|전재|출고"
# scripts that write their words without blanks, or with endings that no border parts
SIGNS = re.compile(
    rf"""
    (?:请勿|請勿|切勿|禁止|不得|勿|不要|不可|不能|不准|谢绝|謝絕|严禁|嚴禁|暂不|暫不|暂缓|暫緩)[^。\n]{{0,25}}前[^。\n]{{0,8}}(?:{_PUBLISH})|
    前[^。\n]{{0,12}}(?:请勿|請勿|切勿|禁止|不得|勿|不要|不可|不能|不准|谢绝|謝絕|严禁|嚴禁|暂不|暫不|暂缓|暫緩)[^。\n]{{0,8}}(?:{_PUBLISH})|
    (?:禁止|不得|请勿|請勿|暂不|暫不|暂缓|暫緩)(?:对外|對外)?(?:{_PUBLISH})[^。\n]{{0,4}}(?:直)?[至到][^。\n]{{0,4}}\d|
    (?:请|請|方可|才可|始可|才能|仅可|僅可|可)[^。\n]{{0,4}}(?:于|於|在|自|从|從)?[^。\n]{{0,14}}\d[^。\n]{{0,10}}(?:后|後|起)[^。\n]{{0,5}}(?:{_PUBLISH})|
    \d[^。\n]{{0,10}}(?:后|後|起)[^。\n]{{0,4}}(?:方可|才可|始可|才能|可以?|再)[^。\n]?(?:{_PUBLISH})|
    (?:保密|不公开|不公開)[至到]|[至到][^。\n]{{0,12}}(?:保密|机密|機密)|\d[^。\n]{{0,8}}前[^。\n]{{0,4}}(?:保密|绝密)|
    (?:解禁|禁发|禁發|发布|發布|發佈|发稿|發稿|刊发|刊發|见报|見報)(?:时间|時間|时限|時限|期限)[^。\n]{{0,4}}\d|
    (?:까지|이전|전에|전까지|전에는|전)(?!\w)[^.\n]{{0,15}}(?:{_KOREAN})[^.\n]{{0,12}}(?:금지|금합|금해|말아|마세요|마십|마시|말\s|삼가|자제|불가|안\s?[됨됩돼]|보류|유예)|
    까지[^.\n]{{0,15}}(?:{_KOREAN})[^.\n]{{0,12}}(?:금지|금합|말아|마세요|마십|마시|삼가|자제|불가|안\s?[됨됩돼]|보류|유예|비공개)|
    이전에?는?[^.\n]{{0,15}}(?:{_KOREAN})[^.\n]{{0,12}}(?:금지|금합|말아|마세요|마십|마시|삼가|자제|불가)|
    (?:{_KOREAN})[^.\n]{{0,4}}(?:금지|보류|유예|제한)[^.\n]{{0,6}}\d|\d[^.\n]{{0,12}}까지[^.\n]{{0,6}}(?:비공개|대외비|비밀|엠바고)|
    (?:이후|부터|후)(?:에|로)?[^.\n가-힣]{{0,3}}(?:{_KOREAN})[^.\n]{{0,8}}(?:가능|바랍|부탁|주시|주세요|요망|요청|허용|해\s?주)|
    (?:보도|엠바고|배포|공개)\s?(?:시점|시각|시간|일시|제한|해제|해금)\s?[:：]?\s?\d
    """,
    re.VERBOSE,
)


@cache
def _compiled(ban: Ban) -> dict[str, re.Pattern[str]]:
    return {one.name: re.compile(rf"(?<!\w)(?:{getattr(ban, one.name)})(?!\w)", re.IGNORECASE) for one in fields(ban)}


@cache
def ban_keys() -> re.Pattern[str]:
    """Return what finds the words without which no sentence is a ban of these languages."""
    words = "|".join(getattr(ban, name) for ban in BANS for name in _KEYS)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)|(?:{_PUBLISH}|{_KOREAN}|保密|禁发|禁發|解禁)", re.IGNORECASE)


def is_ban(sentence: str) -> bool:
    """Return whether a sentence forbids, in a language that has no table, to use a text before a moment."""
    return SIGNS.search(sentence) is not None or any(_forbids(_compiled(ban), sentence) for ban in BANS)


def _forbids(words: dict[str, re.Pattern[str]], sentence: str) -> bool:
    moments = [*_NUMBER.finditer(sentence), *words["day"].finditer(sentence)]
    found = {name: list(words[name].finditer(sentence)) for name in ("until", "use", "term", "secret", "never")}
    untils, uses = found["until"], found["use"]
    if words["asks"].search(sentence):
        uses += words["loose"].finditer(sentence)
    if moments and any(_names_moment(words, sentence, term) for term in found["term"]):
        return True
    kept = [secret for secret in found["secret"] if any(_near(secret, until) for until in untils)]
    if moments and any(_is_order(words, sentence, [secret]) for secret in kept):
        return True
    is_short = len(sentence.split()) <= _SHORT
    if is_short and words["bare"].search(sentence):
        return True
    left = [*words["leave"].finditer(sentence)] if moments else []
    if any(is_short or _is_order(words, sentence, [leave]) for leave in left):
        return True
    if any(_near(never, until) for never in found["never"] for until in untils):
        return True
    if not uses:
        return False
    allowed = [only for name in ("only", "free") for only in words[name].finditer(sentence)] if moments else []
    if any(_near(use, only) and _is_order(words, sentence, [use, only]) for use in uses for only in allowed):
        return True
    held = [use for use in uses if any(_near(use, until) for until in untils)]
    if any(_near(no, use) for no in words["must"].finditer(sentence) for use in held):
        return True
    return any(
        _near(no, use) and _is_order(words, sentence, [no, use])
        for no in words["no"].finditer(sentence)
        for use in held
    )


def _names_moment(words: dict[str, re.Pattern[str]], sentence: str, term: re.Match[str]) -> bool:
    """Return whether a moment belongs to a term: of an embargo, which may be one on goods, nothing else between."""
    if not term.group().casefold().startswith(_EMBARGO):
        return True
    rest = sentence[term.end() :]
    until = words["until"].match(rest.lstrip())
    rest = _CLOCK.sub("", rest.lstrip()[until.end() :] if until else rest)
    return rest[:1].isdigit() or words["day"].match(rest) is not None


def _is_order(words: dict[str, re.Pattern[str]], sentence: str, keys: list[re.Match[str]]) -> bool:
    """Return whether a ban is an order, and not what a story tells: it opens a clause, or the sentence asks."""
    before = _CLAUSE.split(sentence[: min(key.start() for key in keys)])[-1].split()
    small = len(before) <= _FEW and all(len(word) <= _SMALL for word in before)
    return small or words["asks"].search(sentence) is not None


def _near(one: re.Match[str], other: re.Match[str]) -> bool:
    """Return whether two words stand near each other and are not the same."""
    first, second = sorted((one, other), key=lambda match: match.start())
    return first.end() <= second.start() <= first.end() + _NEAR
