"""German: the words of answers, in the plain form: `ü` is `u`, and who types `ue` is read too where it is frequent.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
The verb may stand far behind what it is about, so rows look for both in one sentence.
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_ME = (
    r"(?:mich|uns|meine?\w{0,2}(?: \w+){0,2}?|unsere?\w{0,2}(?: \w+){0,2}?|diese\w?(?: \w+){0,2}?"
    r"|die (?:e-?mail-?)?adresse|[^\s@]+@[^\s@]+)"
)
_LIST = (
    r"[\w-]*(?:verteiler|liste|kartei|datenbank|adressbuch|datenbestand|mailing|newsletter"
    r"|adressbestand|mailsystem|system|datei|empfanger\w*kreis"
    r"|empfangerkreis|adressdaten\w*|abo|pressekontakt)\w*"
)
_OFF = (
    "(?:nehmen|genommen|streichen|gestrichen|lo(?:e)?schen|gelo(?:e)?scht|entfernen|entfernt"
    r"|austragen|ausgetragen|werfen|raus\w*|heraus\w*"
    r"|abmelden|abgemeldet|entfernung|streichung|lo(?:e)?schung|ausschlie\w+)"
)
_MAIL = (
    r"(?:e-?mails?(?!-?adress)|mails?(?!-?adress)|mailings?|newsletters?|presse\w+|meldungen"
    r"|mitteilungen|post|werbung|nachrichten|informationen|infos|zusendung\w*|kontaktaufnahme\w*|spam|texte|pms?|zeug"
    "|aussendungen)"
)

GERMAN = Language(
    code="de",
    stems=(
        "verteiler|liste|abmeld|abbestell|austrag|ausgetragen|streich|gestrichen|losch|loesch|entfern"
        "|mehr|widerspr|widerruf|einwilligung|dsgvo|unterlass|verzicht|keine |melde|trag|abo|ruhe"
        "|horen sie|hort|hor |zusendung|stellen sie|newsletter|kundig|weiter|datenbank|bestelle|langer|laenger|raus"
    ),
    wishes=(
        (
            r"^(?:bitte )?(?:raus )?(?:aus|vom) (?:dem|ihrem|eurem|diesem) [\w-]*verteiler(?:,? (?:bitte"
            r"|danke|raus|nehmen|gern\w*|vielen dank))*\W*$"
        ),
        (
            r"\b(?:bitte|in zukunft|kunftig|zukunftig|ab sofort|ab jetzt)(?: (?:bitte|in zukunft|kunftig"
            rf"|zukunftig|ab sofort|ab jetzt))* keine? (?:weitere\w? |ihrer )*{_MAIL}(?: (?:mehr|an (?:mich"
            r"|uns|diese \w+)))+"
        ),
        (
            r"\b(?:verlang\w*|forder\w*|bitte\w*|beantrag\w*|wunsch\w*|um"
            r"|ersuche)\b.{0,40}?\b(?:losch\w*ung|loschung|loeschung|entfernung|streichung|austragung"
            r"|abmeldung)\b(?! (?:der|des) (?:foto|bild|zitat|fahrzeug))"
        ),
        (
            rf"^(?=.{{0,300}}?\b(?:aus|von|vom) (?:[\w-]+ ){{0,3}}?{_LIST})(?=.{{0,300}}?\b(?:nehm\w*"
            r"|nimm\w*|streich\w*|lo(?:e)?sch\w*|entfern\w*|trag\w*|rausn\w*|rausw\w*|herausn\w*|raus"
            r"|runter\w*|werf\w*|abmeld\w*|gestrichen|gelo(?:e)?scht|ausgetragen|genommen|austrag\w*"
            r"|befrei\w*)\b)"
        ),
        (
            r"^(?=.{0,300}?\b(?:mocht\w*|will|wollen|wunsch\w*|bitte|moecht\w*|wurde\w*"
            r"|lege\w*)\b)(?=.{0,300}?\b(?:keine?\w*|nicht|nichts)\b.{0,40}?\b(?:mehr|langer|laenger"
            rf"|weiter\w*)\b)(?=.{{0,300}}?\b(?:{_MAIL}|erhalten|bekommen|beziehen|empfangen|kontaktiert"
            r"|angeschrieben|informiert|beliefert)\b)"
        ),
        (
            r"\b(?:lo(?:e)?sch|streich|entfern)\w*(?: (?:sie|bitte|du))* (?:mich|uns)\b(?! (?:aus"
            "|von) (?:dem|der) (?:foto|bild|text|artikel))"
        ),
        (
            r"\b(?:verteiler|newsletter|abo|mailings?) (?:bitte )?(?:kundigen|kuendigen|abbestellen|beenden"
            r"|stoppen)\b|\b(?:stopp\w*|beend\w+)(?: sie)?(?: bitte)? (?:den|die|diese"
            r"|ihre) (?:\w+ )?(?:newsletter|mails?|zusendung\w*|mailings?|spam|werbung|pressemit\w+)"
        ),
        (
            r"\b(?:nehm\w*|nimm|streich\w*|lo(?:e)?sch\w*|entfern\w*|werf\w*|wirf|tu\w*|hol\w*|schmei\w+"
            r"|trag\w*)(?: (?:sie|du|ihr|bitte|doch|mal|daher|also|deshalb|umgehend"
            rf"|sofort)){{0,4}} {_ME}\b.{{0,70}}?\b(?:aus|von|vom|in) (?:\w+ ){{0,3}}{_LIST}"
        ),
        rf"\b{_ME}(?: \w+){{0,4}}? (?:aus|von|vom) (?:\w+ ){{0,3}}?{_LIST}(?:\W+\w+){{0,5}}?\W+{_OFF}\b",
        (
            r"\b(?:bitte|gerne?|mochten?|wollen|will)(?: \w+){0,3}? (?:aus|von"
            rf"|vom) (?:\w+ ){{0,3}}?{_LIST}(?:\W+\w+){{0,4}}?\W+{_OFF}\b"
        ),
        (
            r"^(?:\w+ ){0,2}(?:aus|von|vom) (?:ihrem|eurem|diesem|dem|ihrer|eurer"
            rf"|der) (?:\w+ )?{_LIST}(?:\W+\w+){{0,3}}?\W+{_OFF}\b"
        ),
        (
            r"\b(?:mich|uns|meine \w+|diese (?:mail)?adresse)(?: \w+){0,4}? (?:abmelden|austragen"
            r"|abbestellen|auszutragen|abzumelden|loschen|loeschen|streichen|entfernen)\b(?! (?:aus"
            "|von) (?:dem|der) (?:foto|bild|text))"
        ),
        (
            r"\b(?:meld\w*|trag\w*)(?: (?:sie|bitte|hiermit|ich|wir)){0,3} (?:mich|uns|diese \w+|meine \w+"
            r"|[^\s@]+@[^\s@]+)\b.{0,60}?\b(?:ab|aus)\b(?! dem (?:termin|gesprach|interview))"
        ),
        rf"\b(?:bestell\w*|kundig\w*|kuendig\w*)\b.{{0,60}}\b(?:{_LIST}|{_MAIL})\b.{{0,40}}(?:\bab\b|\bkundig\w*|\W*$)",
        (
            r"\b(?:mocht\w*|will|wollen|wunsch\w*|bitte|moechte\w*|wurde\w*"
            rf"|hiermit)(?: \w+){{0,3}}?(?: {_LIST}| {_MAIL}| abo\w*)(?: \w+){{0,3}} (?:abbestell\w+"
            r"|abmeld\w+|kundigen|kuendigen|abzubestellen)"
        ),
        (
            r"\b(?:mocht\w*|will|wollen|moecht\w*|bitte(?: darum)?|wunsch\w*"
            r"|gerne?)(?: \w+){0,6}? (?:gestrichen|geloscht|geloescht|ausgetragen|entfernt"
            r"|abgemeldet)(?: zu)? werden\b"
        ),
        (
            r"\b(?:bitte|kunftig|mocht\w*|moecht\w*|wunsch\w*|will|wollen|ab sofort|zukunftig"
            r"|sie)\b.{0,50}?\b(?:nicht|nichts|keine?\w?)(?: \w+){0,3}? ?(?:mehr|weiter\w*|langer"
            r"|laenger)\b.{0,60}?"
            r"\b(?:anschreiben|angeschrieben|schicken|zu(?:zu)?senden|zu(?:zu)?schicken|senden|schreiben"
            r"|kontaktier\w+|belastig\w+|belaestig\w+|erhalten|bekommen|beliefer\w+|zukommen|haben"
            r"|empfangen|anmailen|mailen|behellig\w+|informier\w+|zugesandt|zugeschickt|haben)\b"
        ),
        (
            r"\b(?:schick\w*|send\w*|schreib\w*|kontaktier\w*|mail\w*|belastig\w*|belaestig\w*)(?: (?:sie"
            r"|mir|uns|mich|bitte|an|ihr)){0,4}\b.{0,40}?\b(?:nichts|keine?\w*"
            r"|nicht)(?: \w+){0,2}? (?:mehr|weiter(?!geleitet|gegeben)\w*)\b"
        ),
        (
            r"\b(?:horen sie|hort|hor) (?:bitte |endlich |sofort |doch )*(?:damit )?auf\b.{0,30}?\b(?:mails?"
            r"|schicken|senden|schreiben|belastigen|zu mailen)\b"
        ),
        (
            r"(?:^|\bbitte )(?:hiermit )?keine? (?:weitere\w? |solche\w? "
            f"|ihrer )*{_MAIL}(?: mehr)?(?: (?:von ihnen|dieser art|an (?:mich|uns|diese)|bitte"
            r"|zu(?:senden|schicken)?|schicken|senden|mehr|erwunscht|danke)){0,4}\b(?: \w+)?\W*$"
        ),
        r"\bnicht mehr (?:anschreiben|anmailen|kontaktieren|schreiben|schicken|zusenden|behelligen|beliefern)\b",
        rf"\b(?:kein|keinerlei) interesse(?: mehr| weiter)?(?: an) (?:\w+ ){{0,3}}{_MAIL}",
        (
            r"\b(?:unterlass\w*|verzicht\w*|seh\w*)(?: (?:sie|bitte|es)){0,3}\b.{0,60}\b(?:zusendung\w*"
            r"|mails?|werbung|kontakt\w*|zu schicken|zu senden|anzuschreiben|zuzusenden|zu kontaktieren"
            r"|pressemit\w+)"
        ),
        (
            r"\b(?:weitere\w?|kunftige\w?|zukunftige\w?|jegliche)? ?(?:zusendung\w*|kontaktaufnahme\w*"
            r"|zuschriften|mails)\b.{0,50}\b(?:unterlassen|verzichten|absehen|unerwunscht|unterbleiben"
            "|einstellen|einzustellen|nicht (?:mehr )?erwunscht)"
        ),
        r"\bstell\w*(?: (?:sie|bitte))*\b.{0,20}(?:zusendung\w*|versand|mails|lieferung|mailings).{0,40}\bein\b",
        (
            r"\bwiderspr\w+\b.{0,80}\b(?:verarbeitung|nutzung|speicherung|verwendung|zusendung\w*|daten"
            r"|werbung|direktwerbung|kontaktaufnahme)\b"
        ),
        (
            r"\b(?:verarbeitung|nutzung|speicherung|verwendung) (?:meiner|unserer"
            r"|der) (?:\w+ )?daten\b.{0,60}\bwiderspr\w+|\b(?:zusendung|werbung)\b.{0,60}\bwiderspr\w+"
        ),
        (
            r"\b(?:lo(?:e)?sch\w+|entfern\w+)\b.{0,40}\b(?:meine|unsere|meiner|unserer"
            r"|mich betreffende\w*)\b(?: \w+){0,3}? \w*(?:daten|adresse\w*|mailadresse|e-?mail\w*"
            r"|kontakt\w*|eintrag)\b(?! (?:aus|in|auf) (?:dem|der) (?:foto|text|artikel|tabelle|bild))"
        ),
        (
            r"\b(?:meine|unsere)(?: \w+){0,2}? \w*(?:daten|adresse|e-?mail\w*"
            r"|kontaktdaten)\b(?: \w+){0,5}? (?:zu )?(?:lo(?:e)?schen|gelo(?:e)?scht|entfernen)\b"
        ),
        (
            r"\b(?:einwilligung|zustimmung)\b.{0,40}\b(?:widerruf\w*|zuruck\w*)"
            r"|\bwiderruf\w*\b.{0,40}\b(?:einwilligung|zustimmung)"
        ),
        r"\bart(?:ikel|\.)? ?(?:17|21)\b.{0,20}\b(?:ds-?gvo|dsgvo|abs)",
        r"\blass\w*(?: (?:sie|bitte))* (?:mich|uns)(?: \w+)? in ruhe\b",
        (
            r"\bwie (?:kann|konnen) (?:ich|wir|man) (?:mich |uns |sich )?(?:hier |von ihrem newsletter "
            r"|aus dem verteiler )?(?:abmelden|austragen|abbestellen)\W*$"
        ),
        rf"\b(?:{_LIST})(?: bitte)? (?:abbestellen|kundigen|abmelden)\b",
    ),
    harmless=(
        r"\b(?:abmelde|abbestell)\w*(?:link|quote|rate|zahl|funktion|button|seite|formular)\w*",
        (
            r"\b(?:nicht|nie|niemals|keinesfalls|keineswegs)(?: \w+){0,2}? (?:aus (?:dem|ihrem|eurem) \w+"
            r"|abmelden|abgemeldet|streichen|gestrichen|loschen|geloscht|abbestell\w+|austragen"
            "|ausgetragen)"
        ),
        (
            r"\b(?:leser|kunden|nutzer|menschen|viele|leute|abonnenten|burger|patienten|verbraucher"
            r"|mitglieder)\w*(?: \w+){0,6}? (?:abmelden|abbestellen|kundigen|austragen|widersprechen"
            "|widersprochen)"
        ),
    ),
    refusals=(
        (
            r"\b(?:die|den|alle|diese|seinen|ihren) (?:namen|titel|worter|zeilen?|satze|eintrage|zahlen)\b"
            r"|\b(?:bildunterschrift|uberschrift|artikel)\b(?!.{0,60}verteiler)"
        ),
        (
            r"\b(?:gaste|gast|teilnehmer|warte|redner|referenten|sprecher|preis|akkreditierungs|einladungs"
            "|themen|wunsch|quellen|telefon|anwesenheits)liste"
        ),
        r"\b(?:mich|uns|meine \w+)(?: \w+)? nicht (?:aus|vom|von|streichen|loschen|abmelden|austragen)\b",
        (
            r"\b(?:versehentlich|irrtumlich|aus versehen|wieder (?:in|auf) .{0,25}(?:verteiler|liste"
            r"|aufnehm\w+)|wieder aufnehmen|wurde\w* (?:ich|wir) .{0,30}(?:gestrichen|geloscht))\b"
        ),
        (
            r"\b(?:um sich|wenn sie|falls sie|sollten sie|mochten sie|wollen sie|sie (?:konnen"
            r"|erhalten diese|bekommen diese)|klicken sie|hier klicken|klick)\b"
        ),
        (
            r"\b(?:habe\w*|hab|hatten?|bekomme\w*|kriege\w*|erhalte\w*) .{0,50}\b(?:nicht|keine?\w*"
            r"|nichts) (?:\w+ )?mehr\b(?!.{0,40}(?:mochte|will|wunsch|bitte|interesse))"
        ),
        r"\b(?:foto|bild|zitat|absatz|satz|tabelle|grafik|logo)\w*\b(?!.{0,60}verteiler)",
        (
            r"\b(?:nehmen|setzen|aufnehmen|behalten) (?:sie )?(?:bitte )?\w+ (?:in|auf) (?:den|ihren|die"
            r"|ihre) \w*(?:verteiler|liste)|\bin (?:den|ihren|euren) \w*verteiler\b"
        ),
        r"\b(?:rufen sie|anrufen|telefonisch)\b|\bfahrzeug",
        r"\b(?:bevor|bis|erst|vor) .{0,30}\b(?:sperrfrist|montag|dienstag|mittwoch|donnerstag|freitag|uhr)\b",
    ),
    alone=(
        "abmelden abmeldung abbestellen abbestellung austragen austragung abmelden! loschung "
        "abbestelle abgemeldet newsletterabmeldung"
    ),
    filler=(
        "bitte bitten hiermit danke dank vielen besten mit freundlichen grußen grussen gruß gruss mfg "
        "lg vg hallo guten tag sehr geehrte damen herren und ich mich uns wir"
        " vom von aus dem den der ihrem eurem diesem verteiler newsletter presseverteiler presse mail "
        "mailingliste liste mochte will sofort umgehend ab newsletters"
        " e-mail-verteiler um darum die das adresse meine loschen vollstandig komplett"
    ),
    absent=(
        (
            r"\b(?:ich bin|bin ich|wir sind|sind wir|ich werde|bin)\b.{0,70}\b(?:nicht (?:im (?:buro|buero"
            "|haus|dienst|hause|office)|am arbeitsplatz|in der redaktion|erreichbar|zu erreichen"
            r"|im einsatz|da\b|verfugbar)"
            "|abwesend|im urlaub|au(?:ss|s)er haus|au(?:ss|s)er hause|au(?:ss|s)er dienst|in elternzeit"
            "|im mutterschutz|in mutterschutz|auf (?:dienst|geschafts)?reisen?|auf dienstreise|unterwegs"
            r"|verreist|krank\w*|nur eingeschrankt|out of office|in den ferien|in ferien|im sabbatical"
            r"|in der elternzeit|weg\b|offline)"
        ),
        r"\b(?:ich bin|bin ich)\b.{0,30}\b(?:erst|ab)\b.{0,30}\bwieder\b",
        (
            "^(?:bis|vom|ab|derzeit|momentan|zur zeit|zurzeit|aktuell|im moment"
            r"|in der zeit)\b.{0,50}\b(?:bin ich|sind wir|ist unser\w*|ist die redaktion|nicht im|abwesend"
            "|im urlaub|geschlossen)"
        ),
        (
            r"\b(?:unser|das) (?:buro|buero|sekretariat) .{0,40}(?:geschlossen|nicht besetzt)|\b(?:die"
            "|unsere) redaktion ist .{0,40}(?:geschlossen|nicht besetzt)"
        ),
        (
            r"\bich befinde mich\b.{0,40}\b(?:urlaub|elternzeit|mutterschutz|dienstreise|krankenstand"
            "|ferien|reise|nicht im)"
        ),
        r"\b(?:habe|mache|geniesse) (?:ich )?(?:\w+ ){0,3}urlaub\b|\burlaub (?:vom|bis)\b",
    ),
    signs=(
        r"\b(?:verzoger\w*|werde ich|wird)\b.{0,50}\b(?:beantwort\w*|antworten|bearbeitet|melden)\b",
        (
            r"\b(?:dringend\w*|eilig\w*|notfall\w*|notfalle\w*|eilfall\w*|zwischenzeit|abwesenheit"
            r"|unaufschiebbar\w*)\b.{0,120}\b(?:wenden|kontaktier\w*|erreichen|schreiben|anrufen|rufen"
            r"|melden|richten|hilft|helfen|vertritt|vertretung|@|ansprechpartner\w*|kollegin|kollege\w*"
            r"|steh\w*)"
        ),
        r"\bwenden sie sich\b.{0,80}\b(?:dringend\w*|an|@)",
        r"\b(?:fur|bei) (?:alle\w*|andere\w*|weitere\w*|presse\w*|ruckfragen)\b.{0,60}(?:@|wenden|kontakt\w*)",
        r"\b(?:meine|ihre|unsere) vertretung\b|\bvertritt mich\b|\bvertreten (?:von|durch|werde)",
        (
            r"\b(?:nach|bei) meiner ruckkehr\b|\bsobald ich (?:wieder|zuruck)|\b(?:wieder"
            r"|zuruck) (?:im buro|da|erreichbar|bin|am)\b|\bwieder (?:fur sie|zu erreichen)"
        ),
        (
            r"\b(?:nicht weitergeleitet|nicht gelesen|nicht weiter ?geleitet|nicht bearbeitet"
            r"|keinen zugriff|nur (?:unregelmassig|sporadisch|eingeschrankt|begrenzt)|nicht regelmassig)\b"
        ),
    ),
    automatic=(
        (
            r"\bdies ist eine automatisch\w*\b|\bautomatisch (?:generiert\w*|erzeugt\w*|erstellt\w*"
            r"|versandt\w*|versendet\w*)|\bautomatische (?:antwort|nachricht|mail|e-?mail|ruckmeldung"
            r"|eingangsbestatigung)|\beingangsbestatigung\b"
        ),
        (
            r"\b(?:antworten sie (?:bitte )?nicht auf diese|auf diese (?:e-?mail|nachricht) (?:kann|konnen"
            "|bitte)? ?(?:nicht|keine))"
        ),
        r"\b(?:ticket|vorgang|vorgangs|anfrage|ticket-|bearbeitungs)\w*[- ]?(?:nummer|nr\.?|id|#)\b.{0,20}\d",
        (
            r"\b(?:sehr viele|zahlreiche|grosse\w* (?:zahl|menge|anzahl)|vielzahl|flut|fulle"
            r"|taglich)\b.{0,40}\b(?:zuschriften|e?-?mails|anfragen|einsendungen|nachrichten"
            r"|pressemit\w+)\b"
        ),
        (
            r"\b(?:melden uns)\b.{0,40}\b(?:bei interesse|wenn|falls|nur|sobald)\b|\bnicht (?:alle|jede\w*"
            r"|einzeln)\b.{0,40}\b(?:beantwort\w+|antworten)\b"
        ),
        (
            r"\b(?:ihre|deine) (?:e-?mail|nachricht|anfrage|zuschrift|mail)\b.{0,40}\b(?:ist (?:bei uns "
            r")?eingegangen|erhalten|eingetroffen|wurde)\b.{0,100}\b(?:schnellstmoglich|werden|bearbeit\w+"
            "|melden|baldmoglichst|in kurze)?"
        ),
        (
            r"\b(?:wir|unser team) (?:werden|melden|bearbeiten|bemuhen|kummern"
            r"|antworten)\b.{0,80}\b(?:schnellstmoglich|baldmoglichst|in kurze|so schnell wie moglich"
            r"|umgehend|zeitnah|innerhalb|werktage\w*)"
        ),
    ),
    left=(
        (
            r"\b(?:bin|ist|sind|arbeite|arbeitet)\b.{0,40}\b(?:nicht (?:mehr|langer|laenger)"
            r"|nicht mehr langer)\b.{0,60}\b(?:beschaftigt|tatig|taetig|bei|fur|im (?:haus|unternehmen"
            r"|hause|amt)|in der (?:redaktion|firma)|mitarbeiter\w*|angestellt|hier|da\b|unternehmen"
            "|redaktion)"
        ),
        (
            r"\b(?:habe|hat|haben)\b.{0,60}\b(?:redaktion|unternehmen|verlag|firma|haus|zeitung|sender"
            r"|zeitschrift|magazin|arbeitgeber|magazin|blatt)\b.{0,40}\b(?:verlassen|gewechselt)\b"
        ),
        (
            r"\b(?:bin|ist|sind)\b.{0,40}\b(?:aus (?:dem|der) (?:unternehmen|redaktion|verlag|dienst|firma"
            r"|haus)\b.{0,20}ausgeschieden|ausgeschieden|im ruhestand|in rente|in pension|pensioniert"
            "|in den ruhestand)"
        ),
        (
            r"\b(?:habe|hat)\b.{0,40}\b(?:die stelle|den job|den arbeitgeber|den verlag|die redaktion"
            r"|das ressort) gewechselt|\bmein letzter (?:arbeitstag|tag)\b"
        ),
        (
            r"\b(?:verlasse|verlasst|verliess|scheide|scheidet)\b.{0,50}\b(?:redaktion|unternehmen|verlag"
            r"|firma|zeitung|sender|aus)\b"
        ),
    ),
    gone=(
        (
            r"\b(?:postfach|e-?mail-?adresse|mailadresse|adresse|mailbox|e-?mail-?konto|account|mailaccount"
            r"|e-?mail-?account)\b.{0,50}\b(?:nicht mehr|nicht langer)\b.{0,30}\b(?:gelesen|abgerufen"
            "|uberwacht|aktiv|gultig|genutzt|verwendet|bearbeitet|betreut|existiert|benutzt|gepflegt"
            "|in gebrauch)"
        ),
        (
            r"\b(?:postfach|e-?mail-?adresse|mailadresse|adresse|mailbox)\b.{0,30}\b(?:existiert|wird|ist"
            r"|wurde)\b.{0,20}\b(?:nicht mehr|deaktiviert|abgeschaltet|geschlossen|stillgelegt|eingestellt"
            "|ungultig)"
        ),
    ),
    own=(
        r"\b(?:meine|unsere) (?:e-?mail-?|mail)?adresse hat sich geandert\b",
        (
            r"\b(?:meine|unsere) neue\w? (?:\w+ )?(?:e-?mail-?adresse|mailadresse|adresse|kontaktdaten|mail"
            r"|e-?mail)\b|\bneue (?:e-?mail-?|mail)?adresse(?: lautet| ist|:)"
        ),
        (
            r"\b(?:erreichen sie mich|bin ich|ich bin)\b.{0,40}\b(?:unter|jetzt|nun|kunftig|ab sofort"
            r"|zu erreichen|erreichbar)\b.{0,40}@|\berreichen sie mich\b|\b(?:mich|mir) (?:kunftig"
            "|ab sofort|jetzt|nun) (?:unter|an|bei)"
        ),
        r"\bschreiben sie mir\b.{0,40}\b(?:an|unter)\b",
    ),
    instead=(
        (
            r"\b(?:richten|senden|schicken|wenden|schreiben|verwenden|nutzen"
            r"|kontaktieren)\b.{0,80}\b(?:kunftig|zukunftig|ab sofort|in zukunft|stattdessen|ab jetzt"
            r"|fortan|nunmehr|kunftige\w?|zukunftige\w?)\b"
        ),
        (
            r"\b(?:kunftig|zukunftig|ab sofort|in zukunft|stattdessen|ab jetzt|kunftige\w?"
            r"|zukunftige\w?)\b.{0,80}\b(?:an|richten|senden|schicken|wenden|@)"
        ),
        (
            r"\b(?:mein\w? nachfolger\w*|nachfolge\b|nachfolger\w*|neuer ansprechpartner"
            r"|neue ansprechpartnerin|ubernimmt|ubernommen)\b"
        ),
    ),
)
