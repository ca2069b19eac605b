"""French: what the parts of a release are called in it.

Gaps: terms that only Québec, Belgium or Switzerland use.
"""

from __future__ import annotations

from mailer.release.words.shape import Words

FRENCH = Words(
    months=(
        ("janvier", "janv"),
        ("février", "fevrier", "févr"),
        ("mars",),
        ("avril", "avr"),
        ("mai",),
        ("juin",),
        ("juillet", "juil"),
        ("août", "aout"),
        ("septembre", "sept"),
        ("octobre", "oct"),
        ("novembre", "nov"),
        ("décembre", "decembre", "déc"),
    ),
    weekdays=(
        *(("lundi", "lun"), ("mardi", "mar"), ("mercredi", "mer"), ("jeudi", "jeu"), ("vendredi", "ven")),
        *(("samedi", "sam"), ("dimanche", "dim")),
    ),
    immediate=(
        *("pour diffusion immédiate", "diffusion immédiate", "pour publication immédiate", "à diffuser immédiatement"),
        *("publication immédiate", "à publier immédiatement", "pour parution immédiate", "pour diffusion immediate"),
        *("à publication immédiate", "sans embargo"),
    ),
    genre=(
        *("communiqué de presse", "communiqué", "communiqués de presse", "dossier de presse", "avis aux médias"),
        *("communique de presse", "communiqué commun", "communiqué de presse commun", "invitation presse"),
        *("invitation à la presse", "invitation aux médias", "note aux rédactions", "point presse", "avis de presse"),
        *("information presse", "déclaration", "communiqué conjoint", "communiqué de presse conjoint", "actualité"),
        *("invitation de presse", "info presse", "note de presse", "espace presse", "conférence de presse"),
    ),
    date_label=(
        *("date", "publié le", "mis en ligne le", "date de publication", "en date du", "diffusé le", "paru le"),
        *("fait à", "modifié le", "mis à jour le", "publication", "communiqué du", "communiqué de presse du"),
    ),
    date_lead=("le", "du", "ce"),
    embargo=(
        *("sous embargo jusqu'au", "sous embargo jusqu'à", "sous embargo", "embargo jusqu'au", "embargo jusqu'à"),
        *(
            "embargo",
            "ne pas diffuser avant",
            "ne pas publier avant",
            "à ne pas diffuser avant",
            "à ne pas publier avant",
        ),
        *("diffusion interdite avant", "publication interdite avant", "embargo au", "sous embargo strict jusqu'au"),
        *("levée de l'embargo", "levée d'embargo", "diffusion autorisée à partir du", "à diffuser à partir du"),
    ),
    notes=(
        *("notes aux rédactions", "note aux rédactions", "notes aux rédacteurs", "note aux rédacteurs"),
        *("notes à l'attention des rédactions", "note à l'attention des rédactions", "notes aux éditeurs"),
        *("note aux éditeurs", "note à l'attention des rédacteurs", "notes à l'attention des rédacteurs"),
        *("notes aux journalistes", "note aux journalistes", "note de la rédaction", "notes de la rédaction"),
        *("à l'attention des rédactions", "à l'attention des journalistes", "note à l'éditeur", "note à la rédaction"),
        *("notes à la rédaction", "notes pour les rédactions", "note pour les rédactions", "notes pour la rédaction"),
        *("note à l'attention des journalistes", "informations aux rédactions", "note pour les journalistes"),
        *("notes pour les journalistes", "remarques à l'intention des rédactions", "note pour les rédacteurs"),
        *("notes à l'intention des rédacteurs", "note à l'intention des rédacteurs", "notes pour les rédacteurs"),
        *("informations pour les rédactions", "notes de bas de page", "notes aux rédacteurs en chef"),
    ),
    about=("à propos de", "à propos du", "à propos des", "à propos d'", "à propos", "a propos de", "a propos du"),
    about_alone=(
        *(
            "à propos",
            "a propos",
            "qui sommes-nous",
            "qui sommes nous",
            "à propos de nous",
            "présentation de l'entreprise",
        ),
        *("en bref", "profil de l'entreprise", "boilerplate"),
    ),
    end=("fin", "- fin -", "fin du communiqué", "fin du communiqué de presse"),
    call_to_action=(
        *(
            "votez",
            "participez à",
            "inscrivez-vous",
            "abonnez-vous",
            "suivez-nous",
            "faites un don",
            "rejoignez-nous",
            "rejoignez la",
        ),
        *("pour s'inscrire", "inscription sur", "inscriptions sur", "réservez", "signez la pétition", "signez"),
        *("téléchargez", "pour vous inscrire", "merci de confirmer", "soutenez", "participez", "je m'inscris"),
        *("inscription obligatoire", "inscriptions obligatoires", "découvrez", "retrouvez-nous", "pour vous abonner"),
        *("visitez notre", "rendez-vous sur", "pour réserver"),
    ),
    caption_label=(
        *("photo", "légende", "crédit photo", "crédits photo", "image", "illustration", "crédit", "crédits", "visuel"),
        *("légende photo", "photos", "crédit image", "sur la photo", "crédits photos", "photographie", "© photo"),
    ),
    stop=(
        *("le", "la", "les", "des", "et", "du", "une", "est", "dans", "pour", "que", "sur", "avec", "au", "aux", "un"),
        *("de", "en", "qui", "par", "plus", "son", "sa", "ses", "ce", "cette", "ces", "sont", "ont", "leur", "nous"),
        *("notre", "être", "pas", "d", "l"),
    ),
)
