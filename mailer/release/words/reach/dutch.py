"""Dutch: whom to ring, and the words around it.

Gaps: terms that only Flanders uses.
"""

from __future__ import annotations

from mailer.release.words.reach.shape import ReachWords

DUTCH = ReachWords(
    core=(
        *("contact", "contacten", "contactpersoon", "contactpersonen", "perscontact", "perscontacten", "persvragen"),
        *("persinformatie", "perswoordvoerder", "perswoordvoering", "woordvoering", "woordvoerder"),
        *("contactgegevens", "contactinformatie", "mediacontact", "persdienst", "persvoorlichting"),
        *("afdeling persvoorlichting", "persafdeling", "contact opnemen", "contact opnemen met", "neem contact op"),
        *("neem contact op met", "neem dan contact op met", "contact op met", "wenden", "wenden tot", "u wenden tot"),
        *("terecht bij", "inlichtingen", "vragen", "perscontactpersoon", "interviewaanvragen", "interviewverzoeken"),
        *("contacteren", "contacteer", "aanspreekpunt", "voorlichting", "persverzoeken", "media-aanvragen"),
        *("persaanvragen", "aanvragen"),
    ),
    ask=(
        *("aanmelden bij", "aan te melden bij", "bellen", "bel", "bellen met", "mailen", "mail", "mailen naar"),
        *("mail naar", "schrijf naar"),
    ),
    press=(
        *("pers", "media", "journalisten", "journalist", "redacties", "redactie", "communicatie", "interview"),
        *("interviews", "voorlichter", "pr", "public relations", "persbureau", "accreditatie"),
        *("niet voor publicatie",),
    ),
    info=("informatie", "info", "vragen", "details", "interviews"),
    around=(
        *("beeldmateriaal", "foto's", "voor", "meer", "nadere", "verdere", "overige", "informatie", "info"),
        *("details", "bij", "en", "of", "de", "het", "een", "van", "met", "over", "naar", "u", "kunt", "kan"),
        *("kunnen", "gelieve", "alle", "algemene", "aan", "op", "te", "via", "is", "zijn", "graag", "onze", "ons"),
        *("dit", "deze", "persbericht", "noot", "redactionele", "uitsluitend", "alleen", "publicatie", "niet", "dan"),
        *("vraag", "aanvraag", "verzoek", "verzoeken", "eventuele", "nationaal", "internationaal", "agentschap"),
        *("wetenschappelijke", "inhoudelijke", "aanvullende", "wilt", "willen", "heeft", "heb", "hebt", "door"),
        *("namens", "om", "maken", "afspraak", "inzake", "bureau", "team", "afdeling", "aanmelden", "aanmelding"),
    ),
    glue=(
        *("en", "of", "via", "op", "te", "bereikbaar", "bereikbaar via", "bereikbaar op", "te bereiken via"),
        *("te bereiken op", "door", "van", "de", "het", "met", "dan", "naar", "bij", "is"),
    ),
    phone=("telefoon", "tel", "t", "telefoonnummer", "telefonisch", "vaste lijn", "vast", "telnr", "tel.nr", "tel. nr"),
    phone_kind=(
        *("mobiel", "mobiele telefoon", "mobiel nummer", "gsm", "m", "doorkiesnummer", "algemeen nummer", "centrale"),
        *("buiten kantooruren", "buiten kantoortijden", "piketdienst", "piket", "weekend", "in het weekend"),
        *("whatsapp", "direct nummer", "perstelefoon", "mob", "perslijn", "24/7", "24 uur"),
    ),
    phone_place=("kantoor", "direct", "privé", "thuis", "werk"),
    email=("e-mail", "email", "mail", "e", "e-mailadres", "mailadres", "e-mailen", "per mail", "per e-mail"),
    web=("website", "web", "internet", "site", "w", "www"),
    fax=("fax", "f"),
    name_label=(
        *("contact", "contactpersoon", "naam", "perscontact", "woordvoerder", "t.a.v", "ter attentie van"),
        *("persvoorlichter", "afzender"),
    ),
    field_label=("functie", "organisatie", "bedrijf", "adres", "plaats", "voornaam", "achternaam", "bereikbaarheid"),
    post=(
        *("directeur", "directrice", "hoofd", "manager", "woordvoerder", "woordvoerster", "perswoordvoerder"),
        *("perswoordvoerster", "persvoorlichter", "voorlichter", "voorlichtster", "voorzitter", "vicevoorzitter"),
        *("medewerker", "medewerkster", "communicatiemedewerker", "communicatieadviseur", "communicatiemanager"),
        *("adviseur", "coördinator", "secretaris", "wethouder", "burgemeester", "minister", "schepen", "hoogleraar"),
        *("onderzoeker", "oprichter", "conservator", "curator", "eigenaar", "bestuurder", "algemeen directeur"),
        *("projectleider", "redacteur", "hoofdredacteur", "senior", "persverantwoordelijke", "verantwoordelijke"),
        *("persattaché", "pr-manager", "marketing", "communicatie", "specialist", "consultant", "teamleider"),
        *("zaakvoerder", "gedeputeerde", "afdelingshoofd", "boswachter"),
    ),
    post_end=(
        *("woordvoerder", "woordvoerster", "voorlichter", "adviseur", "medewerker", "medewerkster", "manager"),
        *("directeur", "coördinator", "leider", "verantwoordelijke", "voorzitter", "hoofd", "redacteur"),
        *("deskundige",),
    ),
    firm=(
        *("stichting", "vereniging", "bedrijf", "bureau", "instituut", "universiteit", "hogeschool", "gemeente"),
        *("provincie", "ministerie", "afdeling", "dienst", "persdienst", "persbureau", "directie", "raad", "comité"),
        *("centrum", "museum", "theater", "ziekenhuis", "groep", "federatie", "vakbond", "unie", "kamer", "bank"),
        *("school", "faculteit", "netwerk", "observatorium", "laboratorium", "maatschappij", "bv", "nv", "vzw"),
        *("b.v", "n.v", "v.z.w", "fonds", "festival", "uitgeverij", "park", "bibliotheek", "orkest"),
        *("persvoorlichting", "woordvoering", "communicatie", "coöperatie", "organisatie", "alliantie", "bond"),
        *("waterschap", "politie", "brandweer", "aquarium", "luchthaven", "hotel", "galerie", "huis", "club"),
        *("stadhuis", "gemeentehuis", "provinciehuis", "verpleeghuis", "cultuurhuis", "koffiehuis", "tehuis"),
        *("academie", "platform", "coalitie", "rijkswaterstaat", "stad", "kabinet", "agentschap", "partij"),
        *("fractie", "redactie", "pers", "media", "veiligheidsregio", "ggd"),
        *("wijngaard", "haven", "zuivel", "artsenfederatie", "spoorwegen", "brouwerij", "bakkerij"),
        *("scheepswerf", "marechaussee"),
    ),
    firm_end=(
        *("stichting", "vereniging", "bureau", "instituut", "universiteit", "school", "dienst", "raad", "centrum"),
        *("museum", "theater", "ziekenhuis", "groep", "bond", "kamer", "bank", "fonds", "park", "bibliotheek"),
        *("orkest", "warenhuis", "schap", "organisatie", "maatschappij", "bedrijf", "werken", "beheer", "fabriek"),
        *("brouwerij", "waterstaat"),
    ),
    honorific=(
        *("dhr", "mevr", "mw", "de heer", "mevrouw", "heer", "dr", "drs", "ir", "ing", "mr", "prof", "bc", "dra"),
        *("em",),
    ),
    street=(
        *("straat", "weg", "laan", "plein", "gracht", "kade", "postbus", "singel", "dijk", "steenweg", "nederland"),
        *("belgië", "vlaanderen", "plantsoen", "dreef", "hof", "lei"),
    ),
    other=(
        *("doneren", "donaties", "donatie", "giften", "gift", "kaartverkoop", "tickets", "kaarten", "reserveren"),
        *("reserveringen", "klantenservice", "klantendienst", "klanten", "hulplijn", "meldpunt", "afmelden"),
        *("uitschrijven", "nieuwsbrief", "mailinglijst", "verzendlijst", "getuigen", "getuigenoproep"),
        *("iedereen die", "tips", "meld misdaad anoniem", "inwoners", "bewoners", "bezoekers", "privacy"),
        *("inschrijven", "inschrijvingen", "publiek", "noodgeval", "noodnummer", "patiënten", "ouders", "reizigers"),
        *("bestellingen", "bestellen", "abonnementen", "sollicitaties", "vrijwilligers", "publieksinformatie"),
        *("toeristische informatie", "gratis nummer"),
    ),
)
