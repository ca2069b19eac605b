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
        *(("montag",), ("dienstag",), ("mittwoch",), ("donnerstag",), ("freitag",), ("samstag", "sonnabend")),
        ("sonntag",),
    ),
    immediate=("zur sofortigen veröffentlichung", "zur sofortigen freigabe", "sofort freigegeben"),
    genre=("pressemitteilung", "presseinformation", "medienmitteilung", "pressemeldung"),
    date_label=("datum", "stand"),
    embargo=("sperrfrist", "sperrfrist bis"),
    contacts=("pressekontakt", "medienkontakt", "kontakt", "ansprechpartner", "ansprechpartnerin", "rückfragen an"),
    notes=("hinweise für redaktionen", "hinweis für redaktionen", "anmerkungen für die redaktion", "anmerkungen"),
    about=("über",),
    end=("ende", "- ende -"),
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
    call_to_action=("melden sie sich", "abonnieren sie", "folgen sie uns", "jetzt anmelden"),
    caption_label=("foto", "bild", "bildunterschrift", "abbildung"),
    stop=("der", "die", "und", "das", "den", "von", "mit", "für", "ist", "im", "des", "auf", "ein", "eine"),
)
