"""Dutch: the words of answers, in the plain form.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
Flemish «gelieve» is among them. `wij` and `we`, `e-mail` and `mail` are both written.
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_ME = r"(?:mij|me|ons|mijn(?: \w+){0,2}?|onze?(?: \w+){0,2}?|dit (?:e-?mail)?adres|deze(?: \w+)?|[^\s@]+@[^\s@]+)"
_LIST = (
    r"[\w-]*(?:lijst|bestand|mailing|nieuwsbrief|database|adressenboek|distributie|verzendlijst"
    r"|systeem|maillijst|adresboek|abonnees)\w*"
)
_MAIL = r"(?:e-?mails?|mails?|mailtjes|persberichten|berichten|nieuwsbrie\w+|spam|reclame|post)"

DUTCH = Language(
    code="nl",
    stems=(
        "uitschrij|te schrijven|verwijder|schrap|afmeld|haal|halen|uitgeschreven|schrijf|meld|meer|stop|ophouden"
        "|houd op|bezwaar|toestemming|wis |gegevens|geen |gooi|lijst|vergetelheid|opzeg|niet "
    ),
    wishes=(
        (
            r"\b(?:ophouden|stoppen|stop|houd op|kap) met (?:het )?(?:\w+ )?(?:sturen|mailen|zenden"
            r"|versturen|toesturen|spammen|verzenden)\b"
        ),
        (
            r"^(?=.{0,300}?\b(?:verwijder\w*|haal|halen|afhalen|schrap\w*|schrijf|uitschrij\w*|gooi\w*"
            r"|wis\w*|meld|af ?te ?halen|te halen|te verwijderen)\b)(?=.{0,300}?\b(?:van|uit"
            rf"|voor)(?: [\w-]+){{0,3}}? {_LIST})(?=.{{0,300}}?(?:\b(?:mij|me|ons|mijn|onze|dit adres|ik)\b"
            "|@))"
        ),
        (
            r"^(?=.{0,300}?\b(?:wil|willen|wens|wensen|hoef|hoeven|graag"
            r"|gelieve)\b)(?=.{0,300}?\b(?:geen|niet|niets)\b.{0,40}?\b(?:meer"
            rf"|langer)\b)(?=.{{0,300}}?\b(?:{_MAIL}|ontvangen|krijgen|gemaild|benaderd)\b)"
        ),
        (
            r"\b(?:verwijder|haal|schrap|gooi|halen|verwijderen|neem|wis)(?: (?:u|aub|alstublieft|svp"
            rf"|a\.u\.b\.|dan|graag)){{0,2}} {_ME}\b.{{0,40}}?\b(?:van|uit|af)\b.{{0,30}}?{_LIST}"
        ),
        (
            r"\b(?:schrijf|meld)(?: (?:aub|alstublieft|svp|graag|dan))? (?:mij|me|ons|mijn \w+"
            r"|dit adres)\b.{0,40}?\b(?:uit|af)\b"
        ),
        (
            r"\b(?:mij|me|ons|mijn (?:e-?mail)?adres|dit adres|mijn gegevens|ons adres"
            r"|onze gegevens)\b.{0,50}?\b(?:uit ?te ?schrijven|uitschrijven|verwijderen|afmelden"
            r"|schrappen|af te melden|te verwijderen|te halen|halen|uitgeschreven|verwijderd|afgemeld)\b"
        ),
        (
            r"\b(?:wil|willen|wens|wensen|zou)\b.{0,40}\b(?:uitschrijven|afmelden|uitgeschreven worden"
            "|verwijderd worden|afgemeld worden|worden (?:uitgeschreven|verwijderd))"
        ),
        (
            r"\b(?:wil|willen|wens|wensen|zou|stel|hoef|hoeven)\b.{0,30}\b(?:geen|niet"
            rf"|niets)\b.{{0,50}}\b(?:meer|langer)?\b.{{0,20}}\b(?:ontvangen|krijgen|{_MAIL} meer"
            "|te ontvangen|te krijgen|benaderd|gemaild)"
        ),
        (
            r"\b(?:stuur|stuurt|mail|mailt|zend|schrijf|benader)(?: (?:u|mij|me|ons|aub|alstublieft|svp"
            r"|gelieve)){0,3}\b.{0,10}\b(?:geen|niets|niet|nooit)\b.{0,40}\bmeer\b"
        ),
        (
            r"\bgelieve\b.{0,30}\b(?:geen|niet|niets)\b.{0,40}\b(?:meer)\b|\bniet (?:meer|langer) (?:mailen"
            r"|benaderen|aanschrijven|sturen|toesturen|lastigvallen)\b"
        ),
        (
            r"\bstop\w*(?: \w+)? met (?:het |ons |mij |me )*(?:mailen|sturen|zenden|toesturen|versturen"
            "|lastig|spammen|benaderen)"
        ),
        (
            rf"(?:^|\bgraag |\baub |\bsvp )geen (?:verdere |ongevraagde )?{_MAIL}(?: \w+)? ?meer\b"
            rf"|\bstop (?:deze|die|met deze) {_MAIL}"
        ),
        (
            r"\bbezwaar\b.{0,50}\b(?:verwerking|gebruik|gegevens|toezending)\b|\brecht (?:op"
            r"|van) (?:vergetelheid|bezwaar|verwijdering)\b"
        ),
        (
            r"\b(?:verwijder|wis)\w*\b.{0,20}\b(?:mijn|onze|al mijn)\b.{0,20}\b(?:gegevens|data"
            r"|e-?mailadres|adres)\b(?! (?:uit|in|van) (?:het artikel|de foto))"
        ),
        (
            r"\btoestemming\b.{0,20}\b(?:intrek\w*|in te trekken|trek\w*)|\btrek\w*\b.{0,30}\btoestemming\b"
            r"|\b(?:abonnement|nieuwsbrief) op(?:zeggen|te zeggen)?\b"
        ),
        (
            r"\bhoe (?:kan|moet) ik me(?:zelf)? (?:uitschrijven|afmelden)(?: (?:van"
            r"|voor)(?: \w+){1,3})?\W*$|\blaat (?:mij|me|ons) met rust\b|\b(?:graag|aub) (?:uitschrijven"
            r"|afmelden|verwijderen)\b.{0,30}$"
        ),
    ),
    harmless=(
        r"\b(?:uitschrijf|afmeld)(?:link|percentage|knop|pagina|formulier|cijfers|ing(?:en|spercentage))\w*",
        (
            r"\bniet (?:\w+ )?(?:verwijderen|uitschrijven|afmelden|schrappen|uitgeschreven|afgemeld"
            "|verwijderd|van de lijst halen)"
        ),
        (
            r"\b(?:lezers|klanten|gebruikers|mensen|abonnees|burgers|velen)(?: \w+){0,6}? (?:uitschrijven"
            "|afmelden|opzeggen)"
        ),
    ),
    refusals=(
        r"\b(?:bijschrift|artikel|tekst|kop)\b(?!.{0,60}(?:lijst|17|21|avg))",
        r"\b(?:gasten|wacht|deelnemers|sprekers|prijs|presentie|aanwezigheids)lijst",
        r"\b(?:per ongeluk|opnieuw (?:op|aan)|weer (?:op|aan) (?:de|uw) lijst|toevoegen|voeg)\b",
        (
            r"\b(?:om (?:u|je|uzelf) (?:af|uit)|als u|indien u|mocht u|wil je (?:je|geen)|klik\w*|u kunt"
            r"|je kunt|u ontvangt|je ontvangt)\b"
        ),
        (
            r"\b(?:foto\w*|afbeelding\w*|citaat|alinea|zin|logo|plaatje)\b(?!.{0,60}\blijst)|\b(?:niets"
            r"|geen|niet)\b.{0,30}\bmeer (?:ontvangen van|gehoord|gekregen)\b|\bbel (?:mij|me|ons)\b"
        ),
    ),
    alone="uitschrijven afmelden afmelding uitschrijving uitschrijven! afmelden! uitgeschreven",
    filler=(
        "graag alstublieft alsjeblieft aub svp a.u.b. bedankt dank u hallo goedemorgen beste mij me "
        "ons van de deze uw lijst nieuwsbrief met vriendelijke groet groeten gr"
        " mvg s.v.p. dit adres en voor persberichten perslijst ik wil per direct mailing"
    ),
    absent=(
        (
            r"\b(?:ik ben|ben ik|wij zijn|we zijn|momenteel)\b.{0,60}\b(?:afwezig|niet (?:aanwezig"
            "|op kantoor|bereikbaar|beschikbaar|op de redactie)|met vakantie|op vakantie|met verlof"
            r"|op reis|met zwangerschapsverlof|met ouderschapsverlof|vrij\b|ziek\b|buiten kantoor"
            "|out of office|er niet)"
        ),
        r"\bons kantoor\b.{0,30}\bgesloten|\bde redactie is\b.{0,30}\bgesloten|\bkantoor (?:is )?gesloten\b",
    ),
    signs=(
        (
            r"\b(?:dringend\w*|spoed\w*|urgent\w*|tijdens mijn afwezigheid|in de tussentijd|bij afwezigheid"
            r"|niet kan wachten)\b.{0,100}\b(?:contact|mail\w*|bel\w*|neem|wend|terecht|@)"
        ),
        (
            r"\bcontact op\w*\b.{0,60}@|\b(?:bij|na) (?:mijn )?terugkomst\b|\b(?:als|zodra"
            r"|wanneer) ik (?:weer )?(?:terug|er weer)|\bweer (?:terug|aanwezig|bereikbaar|op kantoor)\b"
        ),
        (
            r"\b(?:beperkt (?:toegang|bereikbaar)|geen toegang|niet (?:gelezen|doorgestuurd)"
            r"|lees (?:ik )?(?:mijn )?\w+ niet)\b"
        ),
    ),
    automatic=(
        (
            r"\bdit is een automatisch\w*\b|\bautomatisch(?:e)? (?:antwoord|bericht|gegenereerd\w*|reactie"
            r"|ontvangstbevestiging|mail)|\bontvangstbevestiging\b|\bniet (?:op deze e-?mail )?(?:te "
            r")?(?:beantwoorden|reageren) op dit\b"
        ),
        (
            r"\b(?:wij hebben|we hebben) uw (?:e-?mail|bericht|vraag|aanvraag)\b.{0,30}\bontvangen"
            r"|\buw (?:e-?mail|bericht|vraag)\b.{0,20}\b(?:is|wordt)\b.{0,20}\b(?:ontvangen|in behandeling)"
        ),
        (
            r"\b(?:nemen|streven|beantwoorden|reageren)\b.{0,60}\b(?:zo spoedig mogelijk|zo snel mogelijk"
            r"|binnen \w+ (?:werk)?dagen)"
        ),
        r"\b(?:ticket|zaak|dossier|meldings?)\w*[- ]?(?:nummer|nr|#)\b.{0,12}\d{3,}",
    ),
    left=(
        (
            r"\b(?:ben|is|werk|werkt|werken)\b.{0,30}\bniet (?:meer|langer)\b.{0,40}\b(?:werkzaam|in dienst"
            r"|bij|voor|hier|actief|verbonden|onderdeel)|\bwerkt?\b.{0,30}\bniet (?:meer"
            r"|langer)\b.{0,20}\b(?:bij|voor|hier)"
        ),
        (
            r"\b(?:heb|heeft)\b.{0,40}\b(?:redactie|bedrijf|krant|organisatie|omroep|tijdschrift|uitgeverij"
            r"|dienst)\b.{0,20}\bverlaten|\buit dienst\b|\bmet pensioen\b|\b(?:mijn|haar"
            r"|zijn) laatste werkdag\b|\bvan (?:baan|werkgever) (?:veranderd|gewisseld)"
        ),
    ),
    gone=(
        (
            r"\b(?:mailbox|postbus|e-?mailadres|adres|account|postvak)\b.{0,50}\b(?:niet (?:meer|langer)"
            r"|gesloten|opgeheven|gedeactiveerd|buiten gebruik|vervallen|vervalt)\b"
        ),
    ),
    own=(
        r"\b(?:mijn|ons) (?:e-?mail)?adres\b.{0,20}\b(?:gewijzigd|veranderd)\b",
        (
            r"\b(?:mijn|ons) nieuwe (?:e-?mailadres|adres|mailadres|e-?mail|mail)"
            r"|\bnieuwe (?:e-?mail)?adres\b|\b(?:u kunt|je kunt) (?:mij|me)\b.{0,30}\b(?:bereiken|mailen)"
            r"|\bbereikbaar (?:op|via)\b|\b(?:mail|bereik) (?:mij|me)\b.{0,20}\b(?:op|via|voortaan)"
        ),
    ),
    instead=(
        (
            r"\b(?:voortaan|in het vervolg|vanaf nu|in de toekomst|toekomstige"
            r"|voor het vervolg)\b.{0,80}\b(?:stur\w*|stuur\w*|mail\w*|richt\w*|contact|naar|aan|@)"
        ),
        (
            r"\b(?:stur\w*|stuur\w*|mail\w*|richt\w*|contact)\b.{0,80}\b(?:voortaan|in het vervolg|vanaf nu"
            r"|in de toekomst|toekomstige)\b"
        ),
        r"\b(?:mijn opvolg\w+|neemt mijn (?:taken|werk) over|vervangt mij)\b",
    ),
)
