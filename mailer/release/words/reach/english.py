"""English: whom to ring, and the words around it.

Gaps: house terms of one organisation.
"""

from __future__ import annotations

from mailer.release.words.reach.shape import ReachWords

ENGLISH = ReachWords(
    core=(
        *("contact", "contacts", "enquiries", "enquiry", "inquiries", "inquiry", "queries", "query"),
        *("contact details", "contact information", "contact person", "get in touch", "get in touch with", "reach"),
        *("reach out to", "be directed to", "be addressed to", "spokesperson", "liaison"),
    ),
    ask=(
        *("call", "phone", "telephone", "ring", "email", "e-mail", "write to", "write", "text", "speak to"),
        *("talk to", "reply to", "message", "drop a line to", "rsvp to"),
    ),
    press=(
        *("press", "media", "newsroom", "journalists", "journalist", "editors", "editor", "editorial", "reporters"),
        *("reporter", "communications", "pr", "public relations", "broadcast", "broadcasters", "interview"),
        *("interviews", "interviewees", "pictures", "photos", "images", "photographs", "photography", "press office"),
        *("press team", "media relations", "public affairs", "media team", "newsdesk", "spokespeople", "filming"),
        *("rsvp", "accreditation"),
    ),
    info=("information", "info", "details", "questions", "question", "interviews", "requests", "advice", "comment"),
    around=(
        *("for", "more", "news", "further", "additional", "other", "all", "any", "general", "information", "info"),
        *("details", "please", "and", "or", "to", "the", "a", "an", "of", "our", "us", "your", "on", "in", "about"),
        *("regarding", "with", "from", "at", "only", "number", "numbers", "name", "names", "team", "office", "desk"),
        *("officer", "manager", "department", "can", "should", "may", "be", "made", "directed", "addressed"),
        *("available", "requests", "request", "arrange", "arranging", "questions", "question", "assistance"),
        *("material", "materials", "release", "statement", "comment", "comments", "notes", "note"),
        *("not for publication", "national", "international", "regional", "local", "uk", "europe", "global"),
        *("corporate", "investor", "technical", "trade", "consumer", "out of hours", "after hours", "weekend"),
        *("primary", "secondary", "main", "lead", "joint", "agency", "this", "story", "these", "article", "report"),
        *("study", "event", "if you", "you", "would", "like", "need", "want", "require", "have", "who", "wish"),
        *("attend", "register", "set up", "schedule", "organise", "book", "high resolution", "hi-res", "copies"),
        *("copy", "review", "samples", "key", "today", "speak", "talk", "is", "are", "who is", "organisations"),
        *("member", "members", "welcome", "opportunities", "opportunity", "interested", "interested in", "covering"),
        *("as follows", "follows", "via", "by", "s"),
    ),
    glue=(
        *("please", "or", "and", "on", "at", "by", "via", "call", "ring", "email", "e-mail", "contact", "phone"),
        *("text", "the", "of", "from", "tel", "with", "to", "both", "either", "can be reached", "is available"),
        *("for", "reached", "write to", "can be contacted", "our", "her", "him", "them", "directly"),
    ),
    phone=(
        *("telephone", "phone", "tel", "tel no", "tel number", "tel num", "ph", "t", "p", "telephone number"),
        *("phone number", "tel/fax", "call", "phone no", "telephone no", "phones", "tels"),
    ),
    phone_kind=(
        *("mobile", "mob", "mob no", "mobile phone", "mobile number", "mobile no", "cell", "cellphone", "cell phone"),
        *("m", "c", "out of hours", "out-of-hours", "outside office hours", "after hours", "landline", "switchboard"),
        *("whatsapp", "direct line", "direct dial", "ddi", "main line", "toll free", "toll-free", "freephone"),
        *("24-hour", "24 hour", "24hr", "24/7", "duty phone", "duty press officer", "on call", "on-call"),
        *("press line", "media line", "press office mobile", "weekends", "evenings and weekends", "evenings"),
        *("weekend", "during office hours", "office hours", "text", "pager", "isdn"),
    ),
    phone_place=("office", "direct", "work", "home", "signal", "d", "o", "desk", "main", "studio", "hq", "business"),
    email=("e-mail", "email", "mail", "e", "email address", "e-mail address", "emails"),
    web=(
        *("website", "web", "web site", "internet", "url", "w", "site", "online", "twitter", "x", "facebook"),
        *("instagram", "linkedin", "bluesky"),
    ),
    fax=("fax", "f", "facsimile", "fax number", "fax no"),
    name_label=(
        *("contact", "name", "contact person", "media contact", "press contact", "contact name", "attn", "attention"),
        *("from", "issued by", "c/o"),
    ),
    field_label=(
        *("title", "position", "role", "job title", "company", "organisation", "organization", "affiliation"),
        *("institution", "address", "location", "city", "country", "department", "surname", "first name"),
        *("last name", "time zone", "languages", "language", "available", "availability", "hours", "office hours"),
    ),
    post=(
        *("director", "deputy", "head", "chief", "ceo", "cto", "cfo", "coo", "cmo", "president", "vice president"),
        *("vp", "svp", "evp", "chair", "manager", "officer", "minister", "secretary", "spokesperson", "spokesman"),
        *("spokeswoman", "professor", "researcher", "founder", "partner", "coordinator", "co-ordinator", "adviser"),
        *("advisor", "editor", "executive", "assistant", "associate", "representative", "specialist", "consultant"),
        *("press officer", "communications", "media relations", "public affairs", "public relations"),
        *("account manager", "account director", "account executive", "publicist", "publicity", "marketing", "pr"),
        *("senior", "junior", "lead", "press secretary", "attaché", "liaison", "administrator", "organiser"),
        *("organizer", "curator", "producer", "strategist", "principal", "media contact", "volunteer", "treasurer"),
        *("superintendent", "sergeant", "inspector", "lieutenant", "captain", "pio", "counsel", "supervisor"),
        *("planner", "agent", "analyst", "engineer", "scientist", "ecologist", "trustee"),
    ),
    body=(
        *("trust", "alliance", "foundation", "institute", "university", "ltd", "limited", "inc", "llc", "llp", "plc"),
        *("corp", "corporation", "company", "council", "ministry", "agency", "office", "group", "association"),
        *("society", "centre", "center", "department", "relations", "union", "museum", "college", "school"),
        *("hospital", "project", "network", "press", "media", "desk", "team", "newsroom", "authority", "commission"),
        *("bureau", "partnership", "committee", "fund", "charity", "observatory", "laboratory", "aquarium", "bank"),
        *("international", "partners", "consulting", "communications", "strategies", "solutions", "service"),
        *("services", "gallery", "theatre", "theater", "library", "federation", "campaign", "coalition", "academy"),
        *("club", "festival", "studio", "studios", "board", "division", "unit", "county", "city", "borough"),
        *("parish", "district", "province", "government", "police", "fire", "rescue", "hq", "headquarters"),
        *("public relations", "house", "systems", "technologies", "technology", "labs", "lab", "industries"),
        *("enterprises", "holdings", "store", "orchestra", "choir", "zoo", "gardens", "park", "church", "cathedral"),
        *("diocese", "chamber", "airport", "airlines", "railway", "rail", "transport", "energy", "water", "health"),
        *("nhs", "co", "gmbh", "co-operative", "cooperative", "forum", "initiative", "programme", "program"),
        *("organisation", "organization", "league", "harbour", "port", "works", "brewery", "farm", "farms"),
        *("publishing", "books", "records", "films", "pictures", "productions", "editions", "hotel", "resort"),
        *("capital", "ventures", "insurance", "motors", "pharma", "pharmaceuticals", "therapeutics", "bio", "foods"),
        *("products", "brands", "events", "marketing", "tourism", "affairs", "enquiries", "inquiries", "line"),
        *("hotline", "switchboard", "heritage", "conservation", "wildlife"),
    ),
    title=(
        *("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lord", "lady", "rev"),
        *("reverend", "cllr", "councillor", "hon", "capt", "captain", "sgt", "lt", "col", "maj", "det", "insp", "pc"),
        *("dc", "ds", "dci", "supt"),
    ),
    street=(
        *("street", "st", "road", "rd", "avenue", "ave", "lane", "square", "drive", "boulevard", "blvd", "suite"),
        *("floor", "building", "way", "close", "court", "place", "terrace", "row", "quay", "po box", "p.o. box"),
        *("box", "crescent", "highway", "parkway", "plaza", "gate", "hill", "wharf", "united kingdom"),
        *("united states", "england", "scotland", "wales", "ireland", "usa", "uk", "canada", "australia"),
        *("new zealand",),
    ),
    other=(
        *("to donate", "donate", "donations", "donation line", "tickets", "ticket hotline", "box office"),
        *("book tickets", "bookings", "reservations", "to book", "customer service", "customer services"),
        *("customers", "customer", "helpline", "hotline", "unsubscribe", "opt out", "opt-out", "mailing list"),
        *("witnesses", "witness", "anyone with information", "anyone who", "crimestoppers", "crime stoppers"),
        *("anonymously", "quote reference", "quoting reference", "call 101", "incident number", "patients"),
        *("members of the public", "the public", "residents", "householders", "readers", "subscribe", "to order"),
        *("orders", "sales", "to volunteer", "volunteers", "jobs", "apply", "applications", "admissions", "report a"),
        *("emergency", "webmaster", "web master", "technical support", "support line", "data protection", "privacy"),
        *("complaints", "parents", "passengers", "travellers", "visitors", "visitor information", "general public"),
        *("to register", "registration", "subscriptions", "remove", "removed from", "do not reply", "advertising"),
        *("affected by", "samaritans", "advice line", "information line", "recall"),
    ),
)
