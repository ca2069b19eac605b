"""Nordic: the words of answers in Swedish, Danish, Norwegian, Finnish and Turkish, in the plain form (`å` is `a`).

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
The first three share one table, as their words for this differ by letters only.
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_LIST = (
    r"(?:list\w*|\w*lista\w*|\w*listen|utskick\w*|nyhetsbrev\w*|nyhedsbrev\w*|sandlist\w*"
    r"|maillist\w*|register|adress\w*|database\w*|pressliste\w*)"
)
_MAIL = (
    "(?:mejl|mail|mails|e-?post|nyhetsbrev|nyhedsbreve?|pressmeddelanden|pressemeddelelser"
    "|pressemeldinger|utskick|spam|meldinger|eposter)"
)

SCANDINAVIAN = Language(
    code="sv",
    stems=(
        "avregistr|avprenumer|avanmal|avmeld|afmeld|frameld|ta bort|fjern|stryk|slett|slet |avsluta"
        "|inte|ikke|sluta|slutt|stop|inga|ingen|samtycke|plocka bort|tag |ta meg|ta mig|meld "
    ),
    wishes=(
        (
            r"\b(?:avregistrer\w*|avprenumerer\w*|avanmal\w*|avmeld\w*|afmeld\w*|frameld\w*|ta bort"
            r"|fjerne?|stryk\w*|slette?|slet|plocka bort|tag|tage|ta)(?: (?:venligst|vanligen|gjerne|tack"
            r"|vennligst|gerne|dere))? (?:mig|meg|oss|os|min \w+|mitt \w+|vores \w+|var \w+|denne \w+"
            r"|denna \w+|[^\s@]+@[^\s@]+)\b(?! (?:bild|citat|foto|med ))(?:.{0,30}(?:fran|fra|av|bort|ur"
            rf"|af|{_LIST}|\W*$))"
        ),
        r"\bmeld (?:mig|meg|os|oss)\b.{0,20}\b(?:av|af|fra|ut)\b",
        (
            r"\b(?:vill|onskar|onsker|vil)\b(?: \w+){0,2}? (?:inte|ikke|inga|ingen)\b.{0,50}\b(?:ha|fa"
            rf"|faa|motta|modtage|{_MAIL}|mottaga|ta emot|sta pa)\b"
        ),
        (
            r"\b(?:sluta|slutt|slut|stop\w*)(?: \w+)? (?:med at|med a|att|a)? ?(?:skicka|mejla|maila|sende"
            r"|mejla|spamma)\b|\b(?:skicka|send|sand)(?: (?:mig|meg|oss|os))? (?:inte"
            r"|ikke)(?: \w+)? ?(?:fler|mer|flere|mere)\b"
        ),
        (
            rf"^(?:inga|ingen|ikke) (?:fler|flere) {_MAIL}|\b(?:inga|ingen|ikke) (?:fler"
            rf"|flere) {_MAIL},? (?:tack|takk|tak)\b"
        ),
        (
            r"\b(?:motsatter|protesterar|innvender|indsigelse|invandning|aterkallar|trekker"
            r"|tilbagetrakker)\b.{0,50}\b(?:behandling\w*|personuppgift\w*|samtykke\w*|samtycke\w*"
            r"|personopplysning\w*)|\b(?:radera|slett|slet) (?:alla |alle )?(?:mina|mine) (?:uppgifter"
            "|opplysninger|oplysninger|data|personuppgifter)"
        ),
        (
            r"\b(?:jag|jeg|vi) (?:vill|vil|onskar|onsker)(?: \w+){0,2} (?:avregistrera|avprenumerera"
            r"|avmelde|afmelde|framelde|fjernes|bli borttagen|avanmala|strykas|slettes)\w*"
        ),
    ),
    harmless=(
        (
            r"\b(?:inte|ikke) (?:ta bort|fjern\w*|avregistrer\w*|afmeld\w*|avmeld\w*|stryk\w*)(?: (?:mig"
            "|meg|oss|os))?"
        ),
    ),
    refusals=(
        (
            r"\b(?:gast|gjeste|gaeste|vante|vente|deltagar|deltaker|deltager|talar)lista?e?n?"
            r"|\b(?:av misstag|ved en feil|ved en fejl|igen pa|lagg till|legg til|tilfoj)\b|\b(?:om du"
            r"|hvis du|klicka|klikk|klik|du kan|for att avregistrera)\b"
        ),
        r"\b(?:bild\w*|foto\w*|billed\w*|citat\w*|sitat\w*)\b(?!.{0,60}\blist)",
    ),
    alone=(
        "avregistrera avprenumerera avmelding avmeld afmeld afmelding avanmal avregistrering frameld "
        "avmelden avsluta avanmalan afmeldes"
    ),
    filler=(
        "tack takk tak hej hei vanligen venligst vennligst mig meg oss fran fra av af listan listen "
        "nyhetsbrevet mvh halsningar hilsen snalla med vanlig gjerne prenumeration er denna"
    ),
    absent=(
        (
            r"\b(?:jag ar|jag ar inte|jeg er|jeg er ikke|vi ar|vi er|ar"
            r"|er)\b.{0,50}\b(?:inte pa (?:kontoret|plats)|ikke pa (?:kontoret|plass|jobb|arbejde)|bortrest"
            "|pa semester|pa ferie|pa resande fot|ledig|foraldraledig|pa barsel|i permisjon|pa reise"
            r"|franvarande|fravaerende|ute av kontoret|ude af kontoret|sjuk\b|syk\b|syg\b|tjanstledig"
            "|semester|ferie|ute pa)"
        ),
        r"^(?:semester|ferie|ute av kontoret|ude af huset|ikke pa kontoret)\b",
    ),
    signs=(
        (
            r"\b(?:bradskande|akut\w*|haster|hast\w*|under min franvaro|i mitt fravaer|i mit fravaer"
            r"|bradska\w*|viktig\w*)\b.{0,100}(?:kontakt\w*|ring\w*|mejla|skriv\w*|maila|@)"
            r"|\b(?:kontakt\w*)\b.{0,60}\b(?:bradskande|haster)"
        ),
        (
            r"\b(?:ar tillbaka|er tilbake|er tilbage|nar jag (?:ar )?(?:tillbaka|ater)|nar jeg er tilbake"
            "|naar jeg|ater pa kontoret|begransad|begrenset|begraenset|laser inte|svarar (?:jag )?(?:nar"
            r"|sa))\b"
        ),
    ),
    automatic=(
        (
            r"\b(?:autosvar|automatiskt? svar|automatisk meddelelse|automatiskt genererat"
            r"|dette er et automatisk\w*|detta ar ett automatiskt)\b|\b(?:vi har mottagit|vi har mottatt"
            r"|vi har modtaget) (?:ditt|din|deres)\b|\b(?:arende|sag|sak|arendenummer"
            r"|saksnummer)\w*\b.{0,10}\d{3,}"
        ),
    ),
    left=(
        (
            r"\b(?:jobbar|arbetar|arbejder|jobber|arbeider|er|ar)\b.{0,25}\b(?:inte langre|ikke lenger"
            r"|ikke laengere|inte kvar)\b.{0,40}|\b(?:har slutat|har sluttet|er sluttet|har lamnat"
            r"|har forladt|har forlatt|slutade|sluttet)\b.{0,40}(?:redaktion\w*|avis\w*|tidning\w*|pa |i "
            r"|ved|hos|her|har|foretag\w*)|\b(?:i pension|gatt i pension|pensjonert|pensionerad)\b"
        ),
    ),
    gone=(
        (
            r"\b(?:mejl\w*|e-?post\w*|adress\w*|mailadress\w*|inkorg\w*|postkass\w*|mailboks\w*"
            r"|brevlada\w*)\b.{0,40}\b(?:inte langre|ikke lenger|ikke laengere|stangd|lukket|stengt"
            "|avslutad)"
        ),
    ),
    own=(
        (
            r"\b(?:min|mitt|mit|var|vores) (?:nya|nye|ny|nytt) (?:e-?post\w*|mejl\w*|mail\w*|adress\w*)"
            r"|\bnar (?:mig|meg) (?:nu|nå|na) pa\b"
        ),
    ),
    instead=(
        (
            r"\b(?:i fortsattningen|framover|fremover|i stallet|i stedet|hadanefter|fremadrettet|framtida"
            r"|fremtidige)\b.{0,80}(?:skicka\w*|send\w*|kontakt\w*|skriv\w*|till|til|@)|\b(?:skicka\w*"
            r"|send\w*|kontakt\w*)\b.{0,80}\b(?:i fortsattningen|framover|fremover|i stallet|i stedet"
            r"|fremadrettet)\b"
        ),
    ),
)

FINNISH = Language(
    code="fi",
    stems="poista|en halua|alkaa l|peru|emme halua|vastusta|lopettakaa|lopeta",
    wishes=(
        (
            r"\bpoista(?:kaa)?(?: \w+)? (?:minut|meidat|osoitteeni|tama osoite|sahkoposti\w*|tietoni)\b"
            r"|\b(?:en|emme) halua (?:enaa )?(?:vastaanottaa|saada|naita|viesteja|teidan)"
            r"|\balkaa lahetta\w+|\bperu(?:kaa|uttaa|uta|n)? (?:\w+ )?(?:tilaus\w*|uutiskirje\w*)"
            r"|\blopeta(?:kaa)? (?:viestien|naiden|sahkoposti|lahett)\w*|\bvastustan\b.{0,40}(?:kasittely"
            "|tietojeni)"
        ),
    ),
    harmless=(r"\balkaa poistako\b",),
    refusals=(r"\b(?:jos (?:et|haluat)|klikkaa|vieraslista\w*|kuva\w*|vahingossa)\b",),
    alone="peruuta peruutus poista",
    filler="kiitos hei minut listalta ystavallisesti tilaus uutiskirje terveisin",
    absent=(
        (
            r"\b(?:olen|en ole|olemme)\b.{0,40}\b(?:poissa|lomalla|toimistolla|matkalla|tavoitettavissa"
            "|paikalla|virkavapaalla|vanhempainvapaalla)"
        ),
    ),
    signs=(
        (
            r"\b(?:kiireellis\w+|kiireis\w+|poissa ollessani|poissaoloni)\b.{0,100}(?:yhtey\w*|ota|@"
            r"|soit\w*)|\b(?:palaan|palattuani|takaisin toimistolla|tavoitettavissa taas)\b"
        ),
    ),
    automatic=(r"\b(?:automaattinen (?:vastaus|viesti)|automaattivastaus|olemme vastaanottaneet)\b",),
    left=(r"\b(?:en|ei) (?:tyoskentele|ole) (?:enaa|talossa enaa)\b|\bolen (?:jaanyt elakkeelle|siirtynyt)\b",),
    gone=(r"\b(?:sahkoposti\w*|osoite|postilaatikko)\b.{0,30}\b(?:ei ole enaa|poistettu|suljettu)",),
    own=(r"\buusi (?:sahkoposti\w*|osoitteeni|osoite)\b",),
    instead=(r"\b(?:jatkossa|tasta lahtien)\b.{0,80}",),
)

TURKISH = Language(
    code="tr",
    stems="cikar|sil|istemi|gonderme|abonelik|yazmay|kaldir|listeniz",
    wishes=(
        (
            r"\b(?:liste\w*|abonelik\w*|veritaban\w*|e-?posta listesi\w*)\b.{0,30}\b(?:cikar\w*|sil\w*"
            r"|kaldir\w*)|\b(?:beni|bizi|adresimi|e-?posta adresimi)\b.{0,40}\b(?:cikar\w*|sil\w*"
            r"|kaldir\w*)|\b(?:bir daha|artik|lutfen)\b.{0,40}\b(?:gondermeyin\w*|yazmayin\w*"
            r"|almak istemiyor\w*|gonderilmesin\w*)|\b(?:mail|e-?posta|bulten)\w*\b.{0,20}\bistemiyor\w*"
            r"|\babonelig?k?\w* (?:\w+ )?(?:iptal|sonlandir)\w*|\bkisisel verilerim\w*\b.{0,30}\bsil\w*"
        ),
    ),
    refusals=(r"\b(?:tiklay\w*|davetli listesi\w*|fotograf\w*|yanlislikla)\b|\b(?:cikarmayin|silmeyin)\w*",),
    alone="iptal",
    filler="lutfen abonelik aboneligi aboneligimi tesekkurler merhaba beni",
    absent=(r"\b(?:ofis disinda\w*|izinde\w*|tatilde\w*|yillik izin\w*|ofiste (?:degil|olmayaca)\w*|seyahatte\w*)\b",),
    signs=(
        (
            r"\bacil\w*\b.{0,100}(?:iletisim\w*|ulas\w*|ara\w*|@)|\b(?:dondugumde|donuste|donecegim"
            r"|tarihinde donece\w*|yoklugumda|ofise donus)\b"
        ),
    ),
    automatic=(r"\botomatik (?:yanit|cevap|mesaj)\b|\bmesajiniz\w* (?:alinmistir|ulasmistir)\b",),
    left=(r"\bartik\b.{0,40}\bcalism(?:iyor|amakta)\w*|\bayrildi\w*\b|\bemekli ol\w+",),
    gone=(r"\b(?:adres\w*|posta kutusu\w*|hesa\w*)\b.{0,40}\b(?:kullanilm\w*|kapatil\w*|gecerli degil)\b",),
    own=(r"\byeni (?:e-?posta )?adres\w*\b",),
    instead=(r"\b(?:bundan sonra|bundan boyle)\b.{0,80}",),
)
