"""French: whom to ring, and the words around it.

Gaps: terms that only Québec, Belgium or Switzerland use.
"""

from __future__ import annotations

from mailer.release.words.reach.shape import ReachWords

FRENCH = ReachWords(
    core=(
        *("contact", "contacts", "contacter", "contactez", "contact presse", "contacts presse", "contact média"),
        *("contact médias", "contacts médias", "contacts medias", "contact press", "relations presse"),
        *("relations médias", "relations avec les médias", "service de presse", "service presse", "renseignements"),
        *("renseignement", "s'adresser à", "s'adresser", "adresser", "adressez-vous à", "demandes d'interview"),
        *("demande d'interview", "demandes médias", "bureau de presse", "attachée de presse", "attaché de presse"),
        *("coordonnées", "interlocuteur", "interlocutrice", "interlocuteurs", "personne de contact"),
        *("personnes de contact", "personne-ressource", "source", "prendre contact avec", "prendre contact"),
        *("votre contact", "vos contacts", "agence de presse", "demandes de la presse", "demandes des médias"),
        *("questions", "demandes", "rensignements"),
    ),
    ask=(
        *("auprès de", "auprès du", "auprès de la", "s'accréditer", "accréditer", "appeler", "appelez", "écrire à"),
        *("écrivez à", "téléphoner à", "joindre", "appeler le", "écrire"),
    ),
    press=(
        *("presse", "média", "médias", "medias", "media", "journalistes", "journaliste", "rédaction", "rédactions"),
        *("rédacteurs", "interview", "interviews", "entrevue", "entrevues", "communication", "rp"),
        *("relations publiques", "accréditations", "accréditation", "tournage", "tournages"),
    ),
    info=("information", "informations", "infos", "renseignements", "précisions", "détails", "questions"),
    around=(
        *("visuels", "photos", "pour", "plus", "d'", "de", "du", "des", "la", "le", "les", "l'", "et", "ou", "à"),
        *("au", "aux", "en", "toute", "tout", "toutes", "tous", "information", "informations", "d'information"),
        *("d'informations", "infos", "d'infos", "complémentaire", "complémentaires", "supplémentaire"),
        *("supplémentaires", "question", "demande", "détails", "précisions", "amples", "avec", "auprès", "merci"),
        *("veuillez", "vous", "pouvez", "prière", "bien", "vouloir", "est", "sont", "organiser", "obtenir", "une"),
        *("un", "nationale", "régionale", "internationale", "scientifique", "scientifiques", "chercheur"),
        *("institutionnel", "agence", "corporate", "générales", "générale", "par", "sur", "notre", "nos", "ce"),
        *("cette", "sujet", "communiqué", "uniquement", "réservé", "réservés", "souhaitez", "souhaitant", "votre"),
        *("équipe", "service", "relatives", "relative", "concernant", "autre", "n'hésitez", "pas", "hésiter", "ne"),
    ),
    glue=(
        *("et", "ou", "au", "aux", "à", "par", "sur", "via", "a", "joignable", "joignable au", "de", "du", "chez"),
        *("le", "la", "l'adresse", "l'adresse suivante", "est", "merci", "directement", "soit"),
    ),
    phone=(
        *("téléphone", "telephone", "tél", "tel", "t", "téléphoner au", "numéro de téléphone", "par téléphone"),
        *("ligne fixe", "fixe", "p", "tél. et fax", "tél et fax", "tél/fax"),
    ),
    phone_kind=(
        *("portable", "mobile", "mob", "cellulaire", "cell", "gsm", "port", "ligne directe", "standard"),
        *("permanence", "astreinte", "numéro presse", "hors heures de bureau", "hors des heures de bureau"),
        *("en dehors des heures de bureau", "urgence presse", "week-end", "soirs et week-ends", "permanence presse"),
        *("natel", "m", "whatsapp", "sans frais"),
    ),
    phone_place=("bureau", "direct", "domicile"),
    email=(
        *("e-mail", "email", "mail", "courriel", "mél", "mel", "adresse électronique", "adresse e-mail"),
        *("adresse mail", "courrier électronique", "e", "par courriel", "par mail", "par e-mail"),
    ),
    web=("site", "site web", "site internet", "web", "internet", "w", "en ligne"),
    fax=("fax", "télécopie", "télécopieur", "f"),
    name_label=(
        *("contact", "nom", "contact presse", "à l'attention de", "attn", "personne de contact"),
        *("attachée de presse", "attaché de presse", "responsable presse", "source"),
    ),
    field_label=(
        *("fonction", "organisme", "société", "organisation", "adresse", "entreprise", "ville", "prénom"),
        *("poste occupé", "titre", "disponibilité"),
    ),
    post=(
        *("directeur", "directrice", "directeur général", "directrice générale", "responsable", "chargé", "chargée"),
        *("chargé de", "chargée de", "attaché", "attachée", "attaché de presse", "attachée de presse"),
        *("relations presse", "relations médias", "président", "présidente", "vice-président", "vice-présidente"),
        *("porte-parole", "chef", "cheffe", "secrétaire", "secrétaire général", "secrétaire générale", "conseiller"),
        *("conseillère", "coordinateur", "coordinatrice", "coordonnateur", "coordonnatrice", "adjoint", "adjointe"),
        *("maire", "ministre", "professeur", "professeure", "chercheur", "chercheuse", "fondateur", "fondatrice"),
        *("gérant", "gérante", "assistant", "assistante", "consultant", "consultante", "délégué", "déléguée"),
        *("rédacteur", "rédactrice", "conservateur", "conservatrice", "agent", "agente", "agente de communication"),
        *("conseillère en communication", "conseiller en communication", "commissaire", "administrateur"),
        *("administratrice", "déléguée générale", "délégué général", "cheffe de projet", "chef de projet"),
        *("collaboratrice", "collaborateur", "spécialiste", "gestionnaire", "associé", "associée", "stagiaire"),
    ),
    firm=(
        *("association", "fondation", "société", "agence", "institut", "université", "école", "ministère", "ville"),
        *("mairie", "commune", "région", "département", "conseil", "syndicat", "fédération", "union", "comité"),
        *("centre", "musée", "théâtre", "opéra", "hôpital", "groupe", "service", "service de presse"),
        *("service presse", "bureau", "cabinet", "direction", "préfecture", "sa", "sas", "sarl", "scop", "eurl"),
        *("asbl", "cnrs", "inrae", "inserm", "office", "observatoire", "laboratoire", "réseau", "collectif", "ligue"),
        *("parti", "chambre", "banque", "festival", "éditions", "maison", "parc", "bibliothèque", "compagnie"),
        *("orchestre", "communauté", "métropole", "agglomération", "gouvernement", "commission", "relations presse"),
        *("communication", "presse", "médias", "secrétariat", "standard", "cantonale", "canton", "mutuelle"),
        *("coopérative", "entreprise", "atelier", "ateliers", "conservatoire", "aquarium", "zoo", "aéroport"),
        *("hôtel", "domaine", "galerie", "rédaction", "confédération", "organisation", "haute école"),
        *("établissement", "régie", "caisse", "cave", "caves", "ordre", "eaux", "chemins de fer"),
        *("gendarmerie", "laiterie", "brasserie", "chantier naval", "fromagerie"),
    ),
    honorific=(
        *("m", "mme", "mlle", "mm", "mmes", "monsieur", "madame", "mademoiselle", "dr", "pr", "me", "docteur"),
        *("prof",),
    ),
    street=(
        *("rue", "avenue", "boulevard", "place", "quai", "chemin", "allée", "impasse", "bp", "cedex", "cours"),
        *("route", "bd", "france", "belgique", "suisse", "québec", "square", "faubourg", "case postale"),
    ),
    other=(
        *("faire un don", "dons", "donner", "billetterie", "réservation", "réservations", "réserver"),
        *("service client", "service clients", "clients", "clientèle", "numéro vert", "numéro d'urgence"),
        *("se désabonner", "désabonner", "désinscrire", "désinscription", "désabonnement", "ne plus recevoir"),
        *("liste de diffusion", "appel à témoins", "appel à témoin", "témoins", "témoin", "toute personne"),
        *("toute personne ayant", "protection des données", "inscription", "inscriptions", "s'inscrire"),
        *("grand public", "usagers", "voyageurs", "habitants", "riverains", "parents", "abonnés", "abonnement"),
        *("écoute", "numéro gratuit", "candidatures", "billets", "commande", "commandes", "info public"),
        *("renseignements du public", "patients", "accueil du public", "visiteurs", "office de tourisme"),
        *("contact public", "contacts public", "renseignements public"),
    ),
)
