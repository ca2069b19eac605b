"""English: what the parts of a release are called in it.

Gaps: agencies' house terms that only one of them uses.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

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
