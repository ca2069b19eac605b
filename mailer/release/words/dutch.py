"""Dutch: what the parts of a release are called in it.

Gaps: terms that only Flanders uses.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

DUTCH = Words(
    months=(
        ("januari", "jan"),
        ("februari", "feb"),
        ("maart", "mrt"),
        ("april", "apr"),
        ("mei",),
        ("juni", "jun"),
        ("juli", "jul"),
        ("augustus", "aug"),
        ("september", "sept"),
        ("oktober", "okt"),
        ("november", "nov"),
        ("december", "dec"),
    ),
    weekdays=(
        *(("maandag", "ma"), ("dinsdag", "di"), ("woensdag", "wo"), ("donderdag", "do"), ("vrijdag", "vr")),
        *(("zaterdag", "za"), ("zondag", "zo")),
    ),
    immediate=(
        *(
            "voor onmiddellijke publicatie",
            "voor directe publicatie",
            "voor onmiddellijke verspreiding",
            "geen embargo",
        ),
        *("voor directe verspreiding", "onmiddellijke publicatie", "direct vrijgegeven", "voor directe vrijgave"),
    ),
    genre=(
        *("persbericht", "persmededeling", "persverklaring", "persuitnodiging", "persberichten", "nieuwsbericht"),
        *("perscommuniqué", "gezamenlijk persbericht", "persinformatie", "mediabericht", "nieuws", "uitnodiging pers"),
        *("pers bericht", "persnota", "gezamenlijke persverklaring", "perstekst"),
    ),
    date_label=("datum", "gepubliceerd op", "publicatiedatum", "gepubliceerd", "geplaatst op", "laatst gewijzigd"),
    date_lead=("op", "de", "van"),
    embargo=(
        *(
            "onder embargo tot",
            "onder embargo tot en met",
            "onder embargo",
            "embargo tot",
            "embargo tot en met",
            "embargo",
        ),
        *("niet publiceren voor", "niet voor publicatie voor", "niet voor publicatie vóór", "niet publiceren vóór"),
        *(
            "publicatie niet voor",
            "vrij voor publicatie vanaf",
            "vrijgegeven vanaf",
            "embargo vervalt",
            "niet verspreiden voor",
        ),
    ),
    notes=(
        *(
            "noot voor de redactie",
            "noot aan de redactie",
            "noten voor de redactie",
            "noot redactie",
            "noot voor redactie",
        ),
        *("noot voor redacties", "noot voor de redacties", "noot voor de pers", "noot voor redacteuren"),
        *("niet voor publicatie", "informatie voor de redactie", "redactionele noot", "noot aan de pers", "noten"),
        *(
            "noot voor journalisten",
            "opmerking voor de redactie",
            "opmerkingen voor de redactie",
            "bericht aan de redactie",
        ),
        *("voor de redactie", "noot voor media", "noten voor de redacties", "noten aan de redactie", "aan de redactie"),
        *("noot voor de media", "redactie-informatie", "nota voor de redactie", "noot(en) voor de redactie"),
    ),
    about=("over de", "over het", "wie is", "profiel"),
    about_home=("over",),
    about_alone=("over ons", "wie zijn wij", "wie wij zijn", "bedrijfsprofiel", "boilerplate", "over de organisatie"),
    end=("einde", "- einde -", "einde bericht", "einde persbericht", "eind bericht"),
    call_to_action=(
        *(
            "stem op",
            "stem nu",
            "meld je aan",
            "meld u aan",
            "aanmelden",
            "schrijf je in",
            "schrijf u in",
            "abonneer",
            "volg ons",
            "doneer",
        ),
        *("inschrijven", "word lid", "word vrijwilliger", "bestel", "reserveer", "download", "steun", "teken de"),
        *("registreer", "kaarten zijn", "tickets zijn", "graag aanmelden", "bezoek onze", "doe mee"),
    ),
    caption_label=(
        *("foto", "bijschrift", "fotobijschrift", "beeld", "fotograaf", "afbeelding", "foto's", "fotocredit"),
        *("beeldmateriaal", "fotoverantwoording", "onderschrift", "fotocredits", "op de foto"),
    ),
    stop=(
        *("de", "het", "een", "en", "van", "voor", "met", "dat", "zijn", "op", "aan", "bij", "ook", "is", "niet", "te"),
        *("naar", "om", "die", "er", "wordt", "worden", "heeft", "hebben", "uit", "deze", "als", "onze", "wij", "ons"),
        *("door", "over", "maar", "tot", "meer", "nog"),
    ),
)
