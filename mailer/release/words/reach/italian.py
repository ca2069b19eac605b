"""Italian: whom to ring, and the words around it.

Gaps: terms that only Ticino uses.
"""

from __future__ import annotations

from mailer.release.words.reach.shape import ReachWords

ITALIAN = ReachWords(
    core=(
        *("contatto", "contatti", "contatto stampa", "contatti stampa", "contatti per la stampa"),
        *("contatti per i media", "contatto per la stampa", "contatto per i media", "contatti media"),
        *("media contact", "ufficio stampa", "uffici stampa", "contattare", "contattateci", "contatta"),
        *("rivolgersi a", "rivolgersi", "rivolgersi all'", "richieste", "richieste stampa"),
        *("richieste di interviste", "richieste di intervista", "referente", "referenti", "persona di contatto"),
        *("persone di contatto", "recapiti", "per contatti", "addetto stampa", "addetta stampa"),
        *("relazioni con i media", "rapporti con la stampa", "rapporti con i media", "responsabile ufficio stampa"),
        *("mettersi in contatto con", "mettersi in contatto", "riferimenti", "riferimento", "press office"),
        *("press contact",),
    ),
    ask=("accreditarsi", "accreditarsi presso", "telefonare", "telefonare a", "chiamare", "scrivere a", "scrivere"),
    press=(
        *("stampa", "media", "giornalisti", "giornalista", "redazioni", "redazione", "comunicazione", "interviste"),
        *("intervista", "relazioni esterne", "relazioni pubbliche", "pr", "accrediti", "accredito", "press"),
    ),
    info=("informazioni", "info", "dettagli", "approfondimenti", "chiarimenti", "interviste"),
    around=(
        *("immagini", "foto", "per", "maggiori", "ulteriori", "altre", "tutte", "ogni", "informazioni"),
        *("informazione", "info", "dettagli", "chiarimenti", "approfondimenti", "e", "o", "ed", "di", "del", "della"),
        *("dei", "delle", "dell'", "il", "la", "i", "le", "gli", "l'", "lo", "a", "al", "alla", "ai", "alle", "all'"),
        *("agli", "si", "prega", "prega di", "vogliate", "potete", "può", "è", "sono", "cortesemente", "gentilmente"),
        *("favore", "riservato", "riservati", "solo", "esclusivamente", "generali", "generale", "nazionale"),
        *("internazionale", "locale", "scientifico", "agenzia", "istituzionale", "con", "in", "da", "dal", "questo"),
        *("comunicato", "domande", "richiesta", "organizzare", "prenotare", "concordare", "materiale", "materiali"),
        *("fotografico", "nostro", "nostra", "responsabile", "su", "sul", "sulla", "utile", "disposizione"),
        *("fissare", "rilascio", "qualsiasi", "necessità", "un", "una", "uso", "azienda"),
    ),
    glue=(
        *("e", "o", "ed", "al", "allo", "alla", "a", "all'", "presso", "di", "con", "il", "la", "numero", "via"),
        *("oppure", "tramite", "scrivendo", "scrivendo a", "dell'", "del", "della", "ai", "è", "telefonando"),
    ),
    phone=(
        *("telefono", "tel", "t", "telefonico", "telefonicamente", "numero di telefono", "fisso"),
        *("recapito telefonico", "telef", "tel. e fax", "tel e fax", "telefono e fax", "tel/fax"),
    ),
    phone_kind=(
        *("cellulare", "cell", "mobile", "cel", "centralino", "diretto", "interno", "reperibilità", "fuori orario"),
        *("fuori orario d'ufficio", "fine settimana", "nel fine settimana", "m", "whatsapp", "linea diretta", "mob"),
        *("numero diretto", "tel. cell"),
    ),
    phone_place=("ufficio", "casa", "sede"),
    email=(
        *("e-mail", "email", "mail", "posta elettronica", "e", "indirizzo e-mail", "indirizzo email", "pec"),
        *("indirizzo mail",),
    ),
    web=("sito", "sito web", "web", "internet", "www", "w", "sito internet"),
    fax=("fax", "f"),
    name_label=(
        *("contatto", "nome", "referente", "all'attenzione di", "c.a", "contatto stampa", "ufficio stampa"),
        *("responsabile", "addetto stampa", "addetta stampa", "persona di contatto"),
    ),
    field_label=(
        *("ruolo", "azienda", "ente", "indirizzo", "qualifica", "società", "città", "cognome", "orari"),
        *("organizzazione",),
    ),
    post=(
        *("direttore", "direttrice", "direttore generale", "direttrice generale", "responsabile"),
        *("responsabile comunicazione", "responsabile ufficio stampa", "addetto stampa", "addetta stampa", "addetto"),
        *("addetta", "capo ufficio stampa", "capo", "presidente", "vicepresidente", "portavoce", "segretario"),
        *("segretaria", "coordinatore", "coordinatrice", "amministratore", "amministratrice", "consulente"),
        *("assessore", "assessora", "sindaco", "sindaca", "ministro", "ministra", "fondatore", "fondatrice"),
        *("ricercatore", "ricercatrice", "professore", "professoressa", "docente", "curatore", "curatrice"),
        *("referente", "comunicazione", "relazioni esterne", "relazioni con i media", "media relations"),
        *("pr manager", "giornalista", "vicedirettore", "vicedirettrice", "specialista", "collaboratore"),
        *("collaboratrice", "delegato", "delegata", "socio", "socia", "titolare", "account"),
    ),
    firm=(
        *("fondazione", "associazione", "azienda", "agenzia", "istituto", "università", "ateneo", "comune"),
        *("regione", "provincia", "governo", "ministero", "assessorato", "dipartimento", "ufficio", "ufficio stampa"),
        *("direzione", "consiglio", "comitato", "centro", "museo", "teatro", "ospedale", "gruppo", "servizio"),
        *("servizi", "federazione", "sindacato", "unione", "camera", "banca", "scuola", "facoltà", "rete"),
        *("osservatorio", "laboratorio", "società", "compagnia", "spa", "srl", "s.p.a", "s.r.l", "onlus", "cnr"),
        *("ente", "festival", "casa editrice", "editore", "edizioni", "parco", "biblioteca", "orchestra", "stampa"),
        *("comunicazione", "cooperativa", "consorzio", "confederazione", "organizzazione", "alleanza", "lega"),
        *("prefettura", "questura", "polizia", "acquario", "aeroporto", "hotel", "cantina", "cantine", "galleria"),
        *("casa", "circolo", "club", "accademia", "pinacoteca", "diocesi", "autorità", "area", "settore"),
        *("politecnico", "relazioni esterne", "segreteria", "partito", "scarl", "aps", "ets"),
        *("comunità", "soprintendenza", "protezione civile", "vigili", "fratelli", "porto", "acque"),
        *("ferrovie", "legambiente", "capitaneria", "carabinieri", "birrificio", "caseificio"),
    ),
    honorific=(
        *("sig", "sig.ra", "sig.na", "signor", "signora", "dott", "dott.ssa", "dr", "dr.ssa", "ing", "avv", "prof"),
        *("prof.ssa", "arch", "geom", "rag", "on", "cav"),
    ),
    street=(
        *("via", "viale", "piazza", "piazzale", "corso", "largo", "strada", "vicolo", "casella postale", "cap"),
        *("italia", "lungarno", "lungotevere", "svizzera", "palazzo", "località", "contrada"),
    ),
    other=(
        *("donare", "donazioni", "dona", "biglietti", "biglietteria", "prevendita", "prenotazioni", "prenotazione"),
        *("servizio clienti", "assistenza clienti", "clienti", "numero verde", "cancellarsi", "cancellazione"),
        *("disiscriversi", "annullare l'iscrizione", "mailing list", "testimoni", "chiunque", "chiunque abbia"),
        *("cittadini", "cittadinanza", "protezione dei dati", "privacy", "iscrizioni", "iscrizione", "iscriversi"),
        *("pubblico", "emergenza", "emergenze", "pazienti", "genitori", "famiglie", "utenti", "viaggiatori"),
        *("passeggeri", "ordini", "visitatori", "abbonamenti", "candidature", "volontari", "urp"),
        *("informazioni turistiche",),
    ),
)
