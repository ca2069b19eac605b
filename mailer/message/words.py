"""Words: what the mail itself says around a release, and dates in words, by language.

Owns the phrases of the templates, quotation marks, months and weekdays for English, German, French, Spanish,
Italian and Dutch.
Never guesses: an unknown language gets English phrases and ISO dates.
Gaps: more languages, and phrases that staff can edit, come with the templates' own language files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, slots=True)
class Language:
    """A language's phrases (for templates: `words.contacts`), its dates and its quotation marks."""

    phrases: Mapping[str, str]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    date_form: str
    quotes: tuple[str, str]


_ENGLISH = Language(
    phrases={
        "immediate": "FOR IMMEDIATE RELEASE",
        "embargo": "EMBARGOED UNTIL",
        "embargo_short": "EMBARGO",
        "greeting": "Dear",
        "greeting_nobody": "Dear colleague",
        "notes": "Notes to editors",
        "contacts": "Media contacts",
        "contact": "Media contact",
        "picture": "Picture:",
        "why": "You receive this because you are on the press list of",
        "optout_link": "Take me off this list",
        "optout_mail": "an empty mail is enough",
        "notice": "This is our first mail to you. How we handle your data, and how to object:",
        "notice_source": "Where your address is from:",
        "optout_reply": "To be taken off this list, answer this mail and say so.",
        "subject": "with the subject",
        "test": "This is a test. Nobody on the list got it.",
    },
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    date_form="{day} {month} {year}",
    quotes=("“", "”"),
)
_AMERICAN = Language(_ENGLISH.phrases, _ENGLISH.months, _ENGLISH.weekdays, "{month} {day}, {year}", _ENGLISH.quotes)
_GERMAN = Language(
    phrases={
        "immediate": "ZUR SOFORTIGEN VERÖFFENTLICHUNG",
        "embargo": "SPERRFRIST:",
        "embargo_short": "SPERRFRIST",
        "greeting": "Guten Tag",
        "greeting_nobody": "Guten Tag",
        "notes": "Hinweise für die Redaktion",
        "contacts": "Pressekontakte",
        "contact": "Pressekontakt",
        "picture": "Bild:",
        "why": "Sie erhalten diese Mail über den Presseverteiler von",
        "optout_link": "Aus dem Verteiler austragen",
        "optout_mail": "eine leere Mail genügt",
        "notice": "Dies ist unsere erste Mail an Sie. Wie wir mit Ihren Daten umgehen und wie Sie widersprechen:",
        "notice_source": "Woher wir Ihre Adresse haben:",
        "optout_reply": "Zum Austragen aus dem Verteiler genügt eine Antwort auf diese Mail.",
        "subject": "mit dem Betreff",
        "test": "Dies ist ein Test. Niemand im Verteiler hat ihn erhalten.",
    },
    months=(
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    date_form="{day}. {month} {year}",
    quotes=("„", "“"),
)
_FRENCH = Language(
    phrases={
        "immediate": "POUR DIFFUSION IMMÉDIATE",
        "embargo": "SOUS EMBARGO JUSQU’À",
        "embargo_short": "EMBARGO",
        "greeting": "Bonjour",
        "greeting_nobody": "Bonjour",
        "notes": "Notes aux rédactions",
        "contacts": "Contacts presse",
        "contact": "Contact presse",
        "picture": "Image :",
        "why": "Vous recevez ce message parce que vous figurez sur la liste presse tenue par",
        "optout_link": "Ne plus recevoir ces messages",
        "optout_mail": "un message vide suffit",
        "notice": "Ceci est notre premier message. Comment nous traitons vos données et comment vous y opposer :",
        "notice_source": "Origine de votre adresse :",
        "optout_reply": "Pour ne plus recevoir ces messages, répondez à celui-ci en le disant.",
        "subject": "avec pour objet",
        "test": "Ceci est un essai. Personne sur la liste ne l’a reçu.",
    },
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    date_form="{ordinal} {month} {year}",
    quotes=("«\u00a0", "\u00a0»"),
)
_SPANISH = Language(
    phrases={
        "immediate": "PARA DIFUSIÓN INMEDIATA",
        "embargo": "EMBARGADO HASTA",
        "embargo_short": "EMBARGO",
        "greeting": "Hola,",
        "greeting_nobody": "Buenos días",
        "notes": "Notas para la redacción",
        "contacts": "Contactos de prensa",
        "contact": "Contacto de prensa",
        "picture": "Imagen:",
        "why": "Recibe este mensaje porque figura en la lista de prensa de",
        "optout_link": "Dejar de recibir estos mensajes",
        "optout_mail": "basta un mensaje vacío",
        "notice": "Este es nuestro primer mensaje. Cómo tratamos sus datos y cómo oponerse:",
        "notice_source": "Origen de su dirección:",
        "optout_reply": "Para dejar de recibir estos mensajes, responda a este diciéndolo.",
        "subject": "con el asunto",
        "test": "Esto es una prueba. Nadie de la lista la ha recibido.",
    },
    months=(
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    date_form="{day} de {month} de {year}",
    quotes=("«", "»"),
)
_ITALIAN = Language(
    phrases={
        "immediate": "PER LA DIFFUSIONE IMMEDIATA",
        "embargo": "SOTTO EMBARGO FINO ALLE",
        "embargo_short": "EMBARGO",
        "greeting": "Buongiorno",
        "greeting_nobody": "Buongiorno",
        "notes": "Note per la redazione",
        "contacts": "Contatti stampa",
        "contact": "Contatto stampa",
        "picture": "Immagine:",
        "why": "Riceve questo messaggio perché è nella lista stampa di",
        "optout_link": "Non ricevere più questi messaggi",
        "optout_mail": "basta un messaggio vuoto",
        "optout_reply": "Per non ricevere più questi messaggi, risponda a questo dicendolo.",
        "subject": "con oggetto",
        "test": "Questa è una prova. Nessuno della lista l’ha ricevuta.",
    },
    months=(
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ),
    weekdays=("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    date_form="{first} {month} {year}",
    quotes=("«", "»"),
)
_DUTCH = Language(
    phrases={
        "immediate": "VOOR ONMIDDELLIJKE PUBLICATIE",
        "embargo": "ONDER EMBARGO TOT",
        "embargo_short": "EMBARGO",
        "greeting": "Beste",
        "greeting_nobody": "Beste collega",
        "notes": "Noot voor de redactie",
        "contacts": "Perscontacten",
        "contact": "Perscontact",
        "picture": "Beeld:",
        "why": "U ontvangt dit bericht omdat u op de perslijst staat van",
        "optout_link": "Van deze lijst afmelden",
        "optout_mail": "een leeg bericht volstaat",
        "optout_reply": "Om van deze lijst te worden gehaald, beantwoordt u dit bericht en zegt u dat.",
        "subject": "met als onderwerp",
        "test": "Dit is een test. Niemand op de lijst heeft hem ontvangen.",
    },
    months=(
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ),
    weekdays=("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    date_form="{day} {month} {year}",
    quotes=("“", "”"),
)
_LANGUAGES = {
    "en": _ENGLISH,
    "en-us": _AMERICAN,
    "de": _GERMAN,
    "fr": _FRENCH,
    "es": _SPANISH,
    "it": _ITALIAN,
    "nl": _DUTCH,
}
_UNKNOWN = Language(_ENGLISH.phrases, (), (), "", _ENGLISH.quotes)


def language_of(tag: str) -> Language:
    """Give the language of a BCP 47 tag (`de`, `de-AT`); an unknown one has English phrases and ISO dates."""
    low = tag.lower()
    return _LANGUAGES.get(low) or _LANGUAGES.get(low.partition("-")[0], _UNKNOWN)


def knows_language(tag: str) -> bool:
    """Say whether there are phrases for just this tag."""
    return tag.lower() in _LANGUAGES


def direction_of(tag: str) -> str:
    """Give the direction in which a language is written: `ltr` or `rtl`."""
    return "rtl" if tag.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def date_in_words(day: date, tag: str, *, weekday: bool = False) -> str:
    """Give a date in words: `24 November 2026`, with the weekday before it if asked for."""
    language = language_of(tag)
    if not language.months:
        return f"{day:%Y-%m-%d}"
    ordinal, first = ("1er", "1º") if day.day == 1 else (str(day.day), str(day.day))
    words = language.date_form.format(
        day=day.day, ordinal=ordinal, first=first, month=language.months[day.month - 1], year=day.year
    )
    name = language.weekdays[day.weekday()]
    comma = "" if language in (_ENGLISH, _FRENCH, _ITALIAN, _DUTCH) else ","
    return f"{name}{comma} {words}" if weekday else words


def moment_in_words(at: datetime, tag: str, utc: datetime) -> str:
    """Give a time with its zone, in UTC too, and its day: `09:00 BST (08:00 UTC), Tuesday 3 March 2027`.

    `at` is aware, `utc` the same moment in UTC, whose weekday is named where it is another day there (standards M4).
    """
    there = "UTC"
    if at.date() != utc.date():
        weekdays = language_of(tag).weekdays
        there = f"UTC, {weekdays[utc.weekday()] if weekdays else f'{utc:%Y-%m-%d}'}"
    also = f" ({utc:%H:%M} {there})" if at.utcoffset() else ""
    return f"{at:%H:%M %Z}{also}, {date_in_words(at.date(), tag, weekday=True)}"
