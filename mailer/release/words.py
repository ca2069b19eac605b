"""Words: what the parts of a release are called, language by language.

Owns the tables that every recogniser reads. A new language is a new entry of `LANGUAGES` and nothing else; all
languages are looked for at once, since a French release may well have an English label.
Phrases are plain words: blanks match any blanks, case does not matter, nothing is a regular expression.

Gaps: English in full; German as far as a common release goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language; an empty tuple where a language has no word for it."""

    months: tuple[tuple[str, ...], ...]
    weekdays: tuple[tuple[str, ...], ...]
    immediate: tuple[str, ...]  # a line that says «use it now»
    genre: tuple[str, ...]  # a line that says what kind of text this is
    date_label: tuple[str, ...] = ()
    embargo: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    phone_kind: tuple[str, ...] = ()  # which telephone it is; worth telling a journalist
    phone_place: tuple[str, ...] = ()  # the same, but also an ordinary word: only where it stands apart
    email: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    name_label: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    statement: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    call_to_action: tuple[str, ...] = ()
    caption_label: tuple[str, ...] = ()
    caption_start: tuple[str, ...] = ()
    caption_verb: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()  # small words that tell the language


ENGLISH = Words(
    months=(
        *(("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun")),
        *(("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct")),
        *(("november", "nov"), ("december", "dec")),
    ),
    weekdays=(
        *(("monday", "mon"), ("tuesday", "tues", "tue"), ("wednesday", "wed"), ("thursday", "thurs", "thu")),
        *(("friday", "fri"), ("saturday", "sat"), ("sunday", "sun")),
    ),
    immediate=("for immediate release", "for immediate use", "for immediate publication", "immediate release"),
    genre=(
        *("press release", "news release", "media release", "press statement", "media statement", "press notice"),
        *("press information", "media advisory", "media alert", "for release", "news"),
    ),
    date_label=("date", "dated", "release date", "issued", "published"),
    embargo=("embargoed until", "embargoed till", "embargoed for", "embargo until", "embargoed", "embargo"),
    contacts=(
        *("media contact", "media contacts", "press contact", "press contacts", "news contact", "news media contact"),
        *("contact", "contacts", "contact details", "contact information", "media enquiries", "media inquiries"),
        *("press enquiries", "press inquiries", "for media enquiries", "for media inquiries", "for press enquiries"),
        *("for more information", "for further information", "for more information contact", "press office contact"),
        *("for further information contact", "for more information please contact", "media relations contact"),
        *("for further information please contact", "technical information", "enquiries", "for interviews contact"),
    ),
    notes=("notes to editors", "note to editors", "notes for editors", "editor's notes", "editors' notes", "notes"),
    about=("about",),
    end=("ends", "end", "-ends-", "-end-", "- ends -", "- end -"),
    phone=("telephone", "phone", "tel", "tel no", "ph", "t", "p"),
    phone_kind=(
        *("mobile", "mob", "cell", "cellphone", "m", "c", "out of hours", "out-of-hours", "landline", "fax"),
        *("switchboard", "whatsapp", "direct line"),
    ),
    phone_place=("office", "direct", "work", "home", "signal"),
    email=("e-mail", "email", "mail", "e"),
    web=("website", "web", "web site", "internet", "url", "w"),
    name_label=("contact", "name", "contact person", "media contact", "press contact"),
    role=(
        *("director", "deputy", "head", "chief", "ceo", "cto", "cfo", "president", "chair", "chairman", "chairwoman"),
        *("chairperson", "manager", "officer", "minister", "secretary", "spokesperson", "spokesman", "spokeswoman"),
        *("professor", "lecturer", "researcher", "scientist", "biologist", "ecologist", "warden", "ranger", "founder"),
        *("co-founder", "partner", "curator", "mayor", "councillor", "senator", "coordinator", "adviser", "advisor"),
        *(
            "analyst",
            "engineer",
            "editor",
            "executive",
            "lead",
            "leader",
            "trustee",
            "member",
            "associate",
            "assistant",
        ),
        *("representative", "administrator", "commissioner", "ambassador", "author", "artist", "teacher", "nurse"),
        *("doctor", "consultant", "specialist", "keeper", "captain", "master", "harbourmaster", "press officer"),
        *("communications", "media relations", "public affairs"),
    ),
    organisation=(
        *("trust", "alliance", "foundation", "institute", "university", "ltd", "limited", "inc", "llc", "plc", "corp"),
        *("company", "council", "ministry", "agency", "office", "group", "association", "society", "centre", "center"),
        *("department", "relations", "union", "museum", "college", "school", "hospital", "project", "network", "press"),
        *("media", "desk", "team", "newsroom", "authority", "commission", "bureau", "partnership", "committee", "fund"),
        *("charity", "observatory", "laboratory", "aquarium", "harbour", "port", "bank", "international", "partners"),
    ),
    statement=("statement from", "statement by", "comment from", "comment by", "quote from", "quotes from"),
    said=(
        *("said", "says", "added", "adds", "commented", "comments", "explained", "explains", "stated", "states"),
        *("reiterated", "continued", "continues", "noted", "notes", "told", "according to", "remarked", "warned"),
        *("announced", "argued", "concluded", "concludes"),
    ),
    call_to_action=(
        *("sign up", "subscribe", "register", "follow us", "donate", "join us", "rsvp", "book your", "book a"),
        *("download the", "download our", "visit our", "get our", "become a"),
    ),
    caption_label=(
        *("photo", "photograph", "picture", "pictured", "image", "caption", "photo caption", "image caption"),
        *("picture caption", "photo credit", "image credit", "figure", "above", "pictured above"),
    ),
    caption_start=("a", "an", "two", "three", "four", "five", "several", "members", "people", "visitors", "volunteers"),
    caption_verb=(
        *(
            "holds",
            "hold",
            "stands",
            "stand",
            "sits",
            "sit",
            "shows",
            "show",
            "looks",
            "look",
            "walks",
            "walk",
            "rests",
        ),
        *("rest", "poses", "pose", "speaks", "speak", "waves", "wave", "carries", "carry", "watches", "watch", "lies"),
        *("lie", "swims", "swim", "smiles", "smile", "points", "point", "works", "work", "plays", "play", "counts"),
        *("count", "measures", "measure", "protests", "protest", "is", "are"),
    ),
    stop=("the", "and", "of", "to", "in", "that", "is", "for", "on", "with", "was", "are", "from", "by"),
)

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

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "de": GERMAN}

END_MARKS = ("###", "# # #", "-30-", "- 30 -", "–30–", "– 30 –", "***", "* * *", "XXX")


@cache
def phrases(field: str) -> str:
    """Give a regular expression (a group without a name) of all phrases for a thing, the longest first."""
    found = {phrase for words in LANGUAGES.values() for phrase in getattr(words, field)}
    ordered = sorted(found, key=lambda phrase: (-len(phrase), phrase))
    return "(?:" + "|".join(_loose(phrase) for phrase in ordered) + ")"


def _loose(phrase: str) -> str:
    return r"\s+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())


@cache
def pattern(template: str) -> re.Pattern[str]:
    """Compile a pattern in which `{field}` stands for the phrases of that field; case does not matter."""
    filled = re.sub(r"\{([a-z_]+)\}", lambda match: phrases(match.group(1)), template)
    return re.compile(filled, re.IGNORECASE)


@cache
def months() -> Mapping[str, int]:
    """Give every name of a month, lower case, with its number."""
    return {name: i for words in LANGUAGES.values() for i, names in enumerate(words.months, 1) for name in names}


@cache
def weekdays() -> Mapping[str, int]:
    """Give every name of a weekday, lower case, with its number (Monday 0)."""
    return {name: i for words in LANGUAGES.values() for i, names in enumerate(words.weekdays) for name in names}


def guess_language(text: str) -> str:
    """Give the language whose small words are most frequent; English where nothing speaks for another."""
    found = re.findall(r"\w+", text.casefold())
    scores = {name: sum(word in words.stop for word in found) for name, words in LANGUAGES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 2 * scores["en"] else "en"
