"""Italian: what the parts of a release are called in it.

Gaps: terms that only one agency uses.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

ITALIAN = Words(
    months=(
        ("gennaio", "gen"),
        ("febbraio", "feb"),
        ("marzo",),
        ("aprile", "apr"),
        ("maggio", "mag"),
        ("giugno", "giu"),
        ("luglio", "lug"),
        ("agosto", "ago"),
        ("settembre", "set"),
        ("ottobre", "ott"),
        ("novembre", "nov"),
        ("dicembre", "dic"),
    ),
    weekdays=(
        *(("lunedì", "lunedi", "lunedi'", "lun"), ("martedì", "martedi", "martedi'", "mar")),
        *(("mercoledì", "mercoledi", "mercoledi'", "mer"), ("giovedì", "giovedi", "giovedi'", "gio")),
        *(("venerdì", "venerdi", "venerdi'", "ven"), ("sabato", "sab"), ("domenica", "dom")),
    ),
    immediate=(
        *(
            "per la diffusione immediata",
            "per diffusione immediata",
            "per pubblicazione immediata",
            "da pubblicare subito",
        ),
        *(
            "per la pubblicazione immediata",
            "diffusione immediata",
            "pubblicazione immediata",
            "per rilascio immediato",
        ),
        *("per il rilascio immediato", "a diffusione immediata"),
    ),
    genre=(
        *("comunicato stampa", "nota stampa", "comunicato", "comunicati stampa", "comunicato stampa congiunto"),
        *("cartella stampa", "invito stampa", "avviso stampa", "nota per la stampa", "comunicato congiunto"),
        *("invito alla stampa", "avviso ai media", "comunicato ufficiale", "conferenza stampa", "informazione stampa"),
    ),
    date_label=("data", "pubblicato il", "data di pubblicazione", "pubblicato", "comunicato del", "aggiornato il"),
    date_lead=("il", "lì", "li", "addì", "del"),
    embargo=(
        *("sotto embargo fino al", "sotto embargo fino alle", "sotto embargo", "embargo fino al", "embargo fino alle"),
        *("embargo", "da non pubblicare prima del", "da non diffondere prima del", "non pubblicare prima del"),
        *(
            "non diffondere prima del",
            "divieto di pubblicazione fino al",
            "notizia sotto embargo fino al",
            "embargo sino al",
        ),
        *("sotto embargo sino al", "in embargo fino al", "embargo sino alle"),
    ),
    notes=(
        *("note per i redattori", "nota per i redattori", "note per la redazione", "nota per la redazione"),
        *("note per gli editori", "nota per gli editori", "note redazionali", "nota redazionale", "note agli editori"),
        *(
            "note per i giornalisti",
            "nota per i giornalisti",
            "nota ai redattori",
            "note ai redattori",
            "nota dell'editore",
        ),
        *("note alla redazione", "nota alla redazione", "note per le redazioni", "nota per le redazioni", "note"),
        *("informazioni per i redattori", "informazioni per le redazioni", "note ai giornalisti", "nota agli editori"),
        *("nota per la stampa", "note per la stampa", "note per l'editore", "note dell'editore"),
    ),
    about=(
        *(
            "informazioni su",
            "informazioni sulla",
            "informazioni sul",
            "informazioni sull'",
            "a proposito di",
            "profilo di",
        ),
        *("a proposito della", "a proposito del", "chi è", "informazioni sugli", "informazioni sui", "profilo della"),
        *("a proposito dell'", "notizie su"),
    ),
    about_home=("su", "sulla", "sul", "sull'"),
    about_alone=(
        *(
            "chi siamo",
            "profilo aziendale",
            "profilo",
            "l'azienda",
            "informazioni sull'azienda",
            "la società",
            "boilerplate",
        ),
        *("profilo dell'azienda", "la fondazione"),
    ),
    end=("fine", "- fine -", "fine comunicato", "fine del comunicato"),
    call_to_action=(
        *(
            "iscriviti",
            "iscrivetevi",
            "registrati",
            "registratevi",
            "seguici",
            "seguiteci",
            "dona ora",
            "fai una donazione",
        ),
        *(
            "per iscriversi",
            "per partecipare",
            "per registrarsi",
            "prenota",
            "prenotate",
            "scarica",
            "firma la petizione",
        ),
        *(
            "si prega di confermare",
            "partecipa",
            "unisciti",
            "scopri di più",
            "per accreditarsi",
            "visita il",
            "sostieni",
        ),
        *("prenotazioni", "abbonati", "acquista", "per prenotare"),
    ),
    caption_label=(
        *("foto", "didascalia", "immagine", "crediti", "credito fotografico", "crediti fotografici", "fotografia"),
        *("nella foto", "nell'immagine", "credito foto", "crediti foto", "didascalia foto", "fotografie"),
    ),
    stop=(
        *("il", "lo", "i", "le", "gli", "della", "di", "che", "per", "una", "con", "sono", "nel", "alla", "dei", "e", "la", "è"),
        *(
            "del",
            "dell",
            "delle",
            "degli",
            "un",
            "in",
            "al",
            "anche",
            "più",
            "da",
            "si",
            "dal",
            "dalla",
            "nella",
            "come",
        ),
        *("stato", "questo", "questa", "ha", "sul", "tra"),
    ),
)
