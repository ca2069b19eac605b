"""German: what the parts of a release are called in it.

Gaps: German as far as a common release goes.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

GERMAN = Words(
    months=(
        *(("januar", "jänner", "jan"), ("februar", "feb"), ("märz",), ("april", "apr"), ("mai",), ("juni", "jun")),
        *(("juli", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("oktober", "okt")),
        *(("november", "nov"), ("dezember", "dez")),
    ),
    weekdays=(
        *(("montag", "mo"), ("dienstag", "di"), ("mittwoch", "mi"), ("donnerstag", "do"), ("freitag", "fr")),
        *(("samstag", "sonnabend", "sa"), ("sonntag", "so")),
    ),
    immediate=(
        *("zur sofortigen veröffentlichung", "zur sofortigen freigabe", "sofort freigegeben", "sperrfrist: keine"),
        *("zur sofortigen verwendung", "frei zur sofortigen veröffentlichung", "freigabe: sofort", "ab sofort frei"),
        *("zur sofortigen veröffentlichung bestimmt", "frei zur veröffentlichung", "sofort frei", "sperrfrist: sofort"),
        *("zur veröffentlichung frei", "keine sperrfrist", "für sofortige veröffentlichung"),
    ),
    genre=(
        *("pressemitteilung", "presseinformation", "medienmitteilung", "pressemeldung", "presseerklärung"),
        *("presse-information", "presse-mitteilung", "presse-info", "presseinfo", "medieninformation", "medien-info"),
        *("medieninfo", "pressetext", "presseaussendung", "pressedienst", "presse", "pressenotiz", "einladung zur"),
        *("gemeinsame pressemitteilung", "gemeinsame presseerklärung", "presseeinladung", "einladung für medien"),
        *(
            "pressestatement",
            "statement",
            "terminhinweis",
            "medieneinladung",
            "pressemitteilungen",
            "meldung",
            "aktuell",
        ),
        *("pressebericht", "gemeinsame medienmitteilung", "medienbericht", "communiqué", "presserohstoff"),
    ),
    date_label=(
        *("datum", "stand", "veröffentlicht am", "erstellt am", "veröffentlicht", "erschienen am", "meldung vom"),
        *("pressemitteilung vom", "ausgabedatum", "erstellt", "herausgegeben am", "veröffentlichungsdatum"),
    ),
    date_lead=("den", "vom", "am", "dem"),
    embargo=(
        *("sperrfrist", "sperrfrist bis", "gesperrt bis", "sendesperrfrist", "sperrvermerk", "frei ab", "freigabe ab"),
        *(
            "freigegeben ab",
            "zur veröffentlichung ab",
            "veröffentlichung ab",
            "veröffentlichung frei ab",
            "embargo bis",
        ),
        *("nicht zur veröffentlichung vor", "nicht vor dem", "freigabe am", "sperrfrist endet", "sperrfrist beachten"),
        *("veröffentlichung erst ab", "zur veröffentlichung frei ab"),
    ),
    contacts=("pressekontakt", "medienkontakt", "kontakt", "ansprechpartner", "ansprechpartnerin", "rückfragen an"),
    notes=(
        *("hinweise für redaktionen", "hinweis für redaktionen", "anmerkungen für die redaktion", "anmerkungen"),
        *(
            "hinweise für die redaktion",
            "hinweis für die redaktion",
            "hinweise für die redaktionen",
            "redaktionshinweis",
        ),
        *("hinweis für die redaktionen", "hinweis an die redaktion", "hinweis an die redaktionen", "anmerkung"),
        *(
            "hinweise an die redaktion",
            "hinweise an die redaktionen",
            "anmerkung für die redaktion",
            "redaktionshinweise",
        ),
        *("anmerkung für die redaktionen", "anmerkungen für redaktionen", "anmerkungen für die redaktionen"),
        *("anmerkungen der redaktion", "anmerkung der redaktion", "hinweise zur veröffentlichung", "medienhinweis"),
        *("hinweis für medien", "hinweise für medien", "hinweis für journalisten", "hinweise für journalisten"),
        *(
            "hinweis für medienvertreter",
            "hinweise für medienvertreter",
            "information für redaktionen",
            "pressehinweis",
        ),
        *("informationen für redaktionen", "informationen für die redaktion", "redaktioneller hinweis"),
        *("redaktionelle hinweise", "hinweis an redaktionen", "hinweise an redaktionen", "notiz an die redaktion"),
        *(
            "hinweis für medienschaffende",
            "hinweise für medienschaffende",
            "an die redaktionen",
            "hinweis zum bildmaterial",
        ),
    ),
    about=("über", "zu den", "zur person", "hintergrund zu", "kurzporträt", "kurzprofil", "firmenporträt"),
    about_alone=(
        *(
            "über uns",
            "wer wir sind",
            "kurzporträt",
            "kurzprofil",
            "unternehmensprofil",
            "firmenprofil",
            "firmenporträt",
        ),
        *("unternehmensporträt", "das unternehmen", "zum unternehmen", "zur stiftung", "zum verein", "boilerplate"),
        *("über die stiftung", "kurzportrait", "unternehmensportrait"),
    ),
    end=("ende", "- ende -", "ende der mitteilung", "ende der pressemitteilung"),
    phone=("telefon", "tel"),
    phone_kind=("mobil", "handy", "durchwahl", "fax"),
    phone_place=("büro",),
    email=("e-mail", "mail"),
    web=("internet", "web"),
    name_label=("kontakt", "ansprechpartner", "ansprechpartnerin"),
    role=(
        *("geschäftsführer", "geschäftsführerin", "leiter", "leiterin", "vorstand", "sprecher", "sprecherin"),
        *("pressesprecher", "pressesprecherin", "direktor", "direktorin", "präsident", "präsidentin"),
    ),
    organisation=("stiftung", "verein", "verband", "gmbh", "ag", "ev", "universität", "institut", "ministerium"),
    statement=("stellungnahme von", "statement von"),
    said=("sagt", "sagte", "erklärt", "erklärte", "betont", "betonte", "so"),
    call_to_action=(
        *(
            "stimmen sie",
            "jetzt mitmachen",
            "melden sie sich",
            "abonnieren sie",
            "folgen sie uns",
            "jetzt anmelden",
            "jetzt registrieren",
            "jetzt spenden",
        ),
        *("spenden sie", "hier anmelden", "anmeldung unter", "um anmeldung wird gebeten", "wir bitten um anmeldung"),
        *("anmeldungen unter", "jetzt bewerben", "bewerben sie sich", "newsletter abonnieren", "tickets gibt es"),
        *("karten gibt es", "mehr erfahren", "unterstützen sie", "unterzeichnen sie", "besuchen sie uns"),
        *("laden sie", "bestellen sie", "sichern sie sich", "jetzt ausprobieren", "wir bitten um anmeldungen"),
    ),
    caption_label=(
        *("foto", "bild", "bildunterschrift", "abbildung", "bildtext", "bildlegende", "bildnachweis", "fotonachweis"),
        *("bildquelle", "bildzeile", "fotos", "bilder", "grafik", "bu", "abb", "fotohinweis", "bildrechte"),
        *("auf dem foto", "auf dem bild", "im bild"),
    ),
    stop=(
        *("der", "die", "und", "das", "den", "von", "mit", "für", "ist", "im", "des", "auf", "ein", "eine", "nicht"),
        *("sich", "dem", "zu", "zum", "zur", "wird", "wurde", "einer", "einen", "auch", "als", "nach", "über", "sind"),
        *("werden", "bei", "hat", "wir", "aus", "haben", "oder", "durch"),
    ),
)
