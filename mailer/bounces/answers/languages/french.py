"""French: the words of answers, in the plain form, without accents.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
Elisions keep their apostrophe («m'envoyer»), pronouns behind a hyphen too («retirez-moi»).
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_ME = (
    r"(?:moi|nous|mon(?: \w+){1,2}|ma(?: \w+){1,2}|mes(?: \w+){1,2}|notre(?: \w+){1,2}"
    r"|nos(?: \w+){1,2}|cette adresse|l'adresse|[^\s@]+@[^\s@]+)"
)
_OFF = r"(?:retir|enlev|supprim|desabonn|desinscri|ray|effac|radi|ot|sort|exclu|sortir)"
_LIST = (
    r"(?:listes?|fichiers?|base\w*|mailings?|diffusion|newsletters?|envois?|contacts|carnet"
    "|repertoire|destinataires|lettre|bdd|liste de diffusion|mailing-list)"
)
_MAIL = (
    "(?:e-?mails?|mails?|courriels?|messages?|communiques?|newsletters?|envois?|spams?|publicites?"
    "|pubs?|infos?|courriers?|lettres?)"
)

FRENCH = Language(
    code="fr",
    stems=(
        "retir|suppress|effacement|radiat|enlev|supprim|abonn|inscri|ray|effac|radi|plus |arret|cess"
        "|oppos|liste|jamais|consentement|l'oubli|exclu|pas |sortez|stop|otez|oter"
    ),
    wishes=(
        (
            r"\b(?:suppression|effacement|retrait|radiation)\b.{0,30}\b(?:mes|nos|mon|notre|cette"
            r"|toutes)\b.{0,20}(?:donnees|adresse|coordonnees|contact|nom|e-?mail)"
        ),
        (
            r"\b(?:je|nous|on) (?:ne )?(?:veu\w+|voulons|souhait\w+|desir\w+) plus (?:recevoir"
            r"|etre contact\w+|de (?:vos|mails?|messages?)|vos|ces)\b"
        ),
        rf"\b{_OFF}\w* (?:mon|notre|cette|l') ?(?:adresse|e-?mail|mail|contact)\b",
        (
            rf"^(?=.{{0,300}}?\b{_OFF}\w*)(?=.{{0,300}}?\b(?:de|des|du|d')(?: ?[\w-]+){{0,2}}? "
            rf"{_LIST}\b)(?=.{{0,300}}?(?:\b(?:me|moi|nous|mon|ma|mes|notre|cette adresse|adresse"
            r"|contact)\b|\bm'|@))"
        ),
        (
            r"\b(?:cesse[rz]?|arrete[rz]?|stoppe[rz]?|interromp\w+)\b.{0,30}\b(?:envois?|mails?|e-?mails?"
            r"|courriels?|messages|communiques|envoyer|sollicitations?)\b"
        ),
        rf"\b{_OFF}\w{{0,6}}[- ]{_ME}\b.{{0,60}}?\b(?:de|des|du|d')\b.{{0,25}}?{_LIST}\b",
        (
            r"\b(?:desabonne[zr]?|desinscri\w+|retire[zr]?|supprime[zr]?|raye[zr]?|enleve[zr]?|efface[zr]?"
            r"|sortez)[- ](?:moi|nous)\b"
        ),
        (
            r"\b(?:me|nous|m')[ ]?(?:retirer|enlever|supprimer|desabonner|desinscrire|rayer|effacer|radier"
            r"|oter|sortir|exclure)\b(?! (?:de|du) (?:la |le |l')?(?:photo|citation|article|legende"
            "|texte))"
        ),
        (
            r"\b(?:retir|enlev|supprim|ray|effac|radi|ot)er (?:mon|ma|mes|notre|nos|cette|l'"
            rf"|[^\s@]+@)\S*(?: \w+){{0,3}}? (?:de|des|du|d')\b.{{0,25}}?{_LIST}\b"
        ),
        (
            r"\b(?:supprimer|effacer|retirer|enlever) (?:mon|notre|cette|l') ?(?:adresse|e-?mail|mail"
            r"|contact|nom)\b.{0,20}$"
        ),
        (
            r"\b(?:souhait\w+|veux|voulons|voudrai\w+|aimerai\w+|desir\w+|demand\w+|merci"
            rf"|prie)\b.{{0,40}}\b(?:etre|d'etre) (?:\w+ )?{_OFF}\w*"
        ),
        (
            r"\bne (?:plus|pas|jamais|plus jamais)(?: plus)? ?(?:me |nous |m')?(?:envoyer|ecrire|contacter"
            "|adresser|solliciter|recevoir|deranger|spammer|importuner|figurer|etre (?:contact|sollicit"
            r"|destinataire)\w*|faire parvenir)\b"
        ),
        (
            r"\bne (?:me|nous|m') ?(?:\w+ )?(?:envoy\w+|ecri\w+|contact\w+|adress\w+|sollicit\w+"
            r"|sollicit\w+)(?: \w+)? (?:plus|jamais)\b|\bn'(?:envoy|ecri)\w+ plus\b"
        ),
        (
            r"\barret\w* (?:tout de suite |immediatement )?(?:de |d')(?:m'|me |nous |vos )?(?:envoy|ecri"
            r"|spam|contact|sollicit|inond|harcel|adress|bombard)\w*"
        ),
        (
            r"\bcess\w* (?:de |d'|immediatement |tout )*(?:m'|me |nous |vos |ces |tout )?(?:envoy|envoi"
            rf"|ecri|spam|contact|sollicit|adress|{_MAIL})\w*"
        ),
        (
            r"(?:^|\bmerci,? |\bstop,? )(?:de )?(?:plus|stop|assez|aucun)(?: (?:de|aux?|a"
            rf"|d'autres?))?(?: (?:vos|ces|tous|votre))? ?{_MAIL}\b"
        ),
        (
            r"\bne (?:souhait\w+|veu\w+|voul\w+|desir\w+)(?: \w+)? ?(?:plus|pas|aucun\w*"
            r"|jamais)\b.{0,40}\b(?:recevoir|etre (?:contact|sollicit|destinataire|sur)\w*|figurer"
            f"|vos {_MAIL}|ces {_MAIL}|de {_MAIL}|apparaitre)"
        ),
        (
            r"\b(?:je|nous) (?:souhait\w+|veu\w+|voul\w+|voudr\w+|desir\w+|demand\w+)(?: \w+){0,2} (?:me"
            "|nous) (?:desabonner|desinscrire|retirer)"
        ),
        r"\b(?:je me|nous nous) (?:desabonn|desinscri)\w+",
        (
            r"\boppos\w+\b.{0,60}\b(?:traitement|utilisation|donnees|prospection|envoi|conservation)\b"
            r"|\bdroit (?:d'opposition|a l'oubli|a l'effacement|de suppression|d'effacement)\b"
        ),
        (
            r"\b(?:supprim|effac)\w+\b.{0,30}\b(?:mes|nos|l'ensemble de mes"
            r"|toutes mes)(?: \w+)? ?(?:donnees|coordonnees|informations)\b"
        ),
        r"\bretir\w+ (?:mon|notre) consentement\b|\barticle (?:17|21)\b.{0,20}\brgpd\b",
        (
            r"\bcomment (?:me|se|puis-je me|peut-on se|faire pour me|dois-je faire pour me) (?:desabonner"
            r"|desinscrire)(?: de (?:votre|cette|vos|ces)(?: \w+){0,3})?\W*$"
        ),
        (
            r"\b(?:annul|resili)\w+ (?:mon|notre) (?:abonnement|inscription)\b|\b(?:laissez"
            r"|laisse)[- ](?:moi|nous) tranquilles?\b"
        ),
        (
            r"\b(?:demande|demander|merci|souhait\w+|procede\w*)\b.{0,30}\b(?:ma |mon "
            r"|notre )(?:desinscription|desabonnement|suppression|radiation)\b|\b(?:desinscription"
            "|desabonnement) (?:svp|s'il vous plait|merci|de (?:votre|la) liste)"
        ),
    ),
    harmless=(
        (
            r"\b(?:taux|lien|bouton|page|chiffres?|vague|formulaire|nombre|option|procedure) (?:de "
            "|d')(?:desabonnement|desinscription)s?"
        ),
        (
            r"\bne (?:me|nous|m') ?(?:retir|supprim|desabonn|desinscri|enlev|ray|effac)\w+ (?:pas"
            r"|surtout pas|plus|jamais)|\bne (?:pas|jamais|surtout pas) (?:me |nous )?(?:retirer|supprimer"
            "|desabonner|desinscrire|enlever|rayer)"
        ),
        (
            r"\b(?:lecteurs?|clients?|abonnes|gens|utilisateurs|consommateurs|beaucoup"
            r"|personnes)(?: \w+){0,5}? (?:se )?(?:desabonn|desinscri)\w+"
        ),
    ),
    refusals=(
        r"\b(?:legende|article|texte|titre|paragraphe)\b(?!.{0,60}\b(?:liste|desabonn|desinscri|17|21|rgpd))",
        (
            r"\blistes? (?:des|d'|de) ?(?:invites?|attente|participants|orateurs|intervenants|presents"
            r"|accredit\w+|questions|prix|sources)\b"
        ),
        r"\b(?:par erreur|par megarde|remettre|reinscri\w*|reabonn\w*|rajout\w*|remettez|a nouveau sur)\b",
        (
            r"\b(?:pour (?:vous|se) (?:desabonner|desinscrire|ne plus)|pour ne plus recevoir|si vous"
            r"|cliquez|cliquer|vous pouvez|vous recevez|afin de vous)\b"
        ),
        r"\b(?:photos?|images?|citations?|paragraphe|phrase|visuels?|logo)\b(?!.{0,60}\b(?:liste|desabonn|desinscri))",
        (
            r"\b(?:pas|jamais|plus) (?:recu|eu|obtenu)\b|\bn'(?:ai|avons|a)\b.{0,20}\b(?:jamais"
            r"|pas) (?:\w+ )?(?:desabonn|desinscri)"
        ),
        (
            r"\b(?:avant|apres|jusqu'a|tant que)\b.{0,30}\b(?:embargo|lundi|mardi|mercredi|jeudi|vendredi"
            r"|midi)\b|\btelephone\b"
        ),
    ),
    alone=(
        "desabonnement desinscription desabonner desinscrire desabonnez desinscrivez desabonnez-moi "
        "desinscrivez-moi desabonne desabo"
    ),
    filler=(
        "merci bonjour svp s'il vous plait veuillez de me m' moi nous la le les votre vos cette liste "
        "diffusion cordialement et je souhaite desire veux voudrais"
        " newsletter bien salutations immediatement a mailing madame monsieur presse demande ma mon "
        "bonsoir d'avance avance par la presente"
    ),
    absent=(
        (
            r"\b(?:je suis|je serai|nous sommes|nous serons|etant|actuellement)\b.{0,50}\b(?:absente?s?\b"
            "|en conges?|en vacances|en deplacement|hors du bureau|en arret|en reportage|en mission"
            "|pas (?:au bureau|disponible|joignable)|indisponible|injoignable|en formation|en rtt"
            "|en voyage|en conge (?:maternite|parental))"
        ),
        r"^(?:absente?|en conges?|actuellement (?:absente?|en))\b.{0,60}\b(?:jusqu|du|au|retour)",
        r"\b(?:nos bureaux|la redaction|notre bureau|le bureau)\b.{0,30}\b(?:sera|seront|sont|est) (?:fermee?s?)\b",
    ),
    signs=(
        r"\b(?:repondrai|vous repondre)\b|\bacces (?:tres )?(?:limite|restreint)",
        (
            r"\b(?:urgen\w+|en mon absence|pendant mon absence|durant mon absence|entre-temps"
            r"|dans l'intervalle)\b.{0,100}\b(?:contact\w*|ecri\w+|appel\w*|joindre|adress\w+|@)"
        ),
        r"\b(?:contact\w*|adress\w+)\b.{0,80}\b(?:en mon absence|urgen\w+)",
        r"\bpour toute\w* (?:\w+ )?(?:demande|question|urgence|information|info)s?\b",
        r"\b(?:a|des) mon retour\b|\bde retour (?:le|au|lundi|mardi|mercredi|jeudi|vendredi)|\bmon retour\b",
        (
            r"\b(?:acces (?:limite|restreint|reduit)|pas acces|peu acces|ne (?:consulte|lis|lirai"
            r"|consulterai) pas|pas (?:lus|transmis|transferes|consultes))\b"
        ),
    ),
    automatic=(
        (
            r"\b(?:ceci est un|message|reponse|e-?mail|mail|courriel)\b.{0,15}\bautomati\w+"
            r"|\bne pas repondre a ce\b|\baccuse de reception\b"
        ),
        r"\b(?:nous (?:avons bien recu|accusons reception)|a bien ete (?:recu|pris en compte|enregistre))\b.{0,100}",
        (
            r"\b(?:(?:nous |vous )+(?:repondrons|reviendrons|traiterons)"
            r"|sera traitee?)\b.{0,60}\b(?:plus brefs|rapidement|delais|tot)"
        ),
        r"\b(?:ticket|dossier|demande|reference)\b.{0,12}\b(?:n|numero|no|#)\W{0,3}\w*\d{3,}",
    ),
    left=(
        (
            r"\b(?:ne (?:travaill\w+|fai\w+|suis|sommes|collabor\w+)|n'(?:est|ai|etant)"
            r"|n'est)\b.{0,10}\bplus\b.{0,50}\b(?:chez|pour|a |au|partie|ici|dans|en poste|la redaction"
            "|journaliste|l'equipe|l'entreprise|la societe|salariee?)"
        ),
        (
            r"\b(?:ai|a|avons|as|avoir) (?:\w+ )?quitte\b.{0,40}\b(?:redaction|entreprise|journal|societe"
            "|fonctions?|magazine|groupe|poste|chaine|radio|titre|le |la |l')(?!reunion|salle"
            "|bureau (?:tot|plus)|reunion)"
        ),
        (
            r"\b(?:suis|est|partie?) (?:\w+ )?(?:a la retraite|en retraite|partie? (?:a la|en) retraite)\b"
            r"|\bj'ai pris ma retraite\b|\bmon dernier jour\b|\bcesse (?:mes|ses) (?:fonctions|activites)"
        ),
        (
            r"\b(?:ai|a) (?:\w+ )?change (?:de|d') ?(?:poste|employeur|redaction|journal|entreprise|metier"
            r"|fonctions?)\b|\brejoint (?:une autre|un autre)\b"
        ),
    ),
    gone=(
        (
            r"\b(?:boite|adresse|messagerie|compte|e-?mail|mail)\b.{0,50}\b(?:n'est|ne sera|n'existe"
            r"|n'etant) plus\b|\b(?:boite|adresse|messagerie)\b.{0,40}\b(?:desactivee?|fermee?|supprimee?"
            "|plus (?:valable|valide|active|consultee|utilisee|relevee|en service))"
        ),
    ),
    own=(
        r"\b(?:mon|notre) (?:adresse|e-?mail|mail) (?:a change|change)\b",
        (
            r"\b(?:ma|mon|notre) (?:nouvelle? )(?:adresse|e-?mail|mail|courriel)|\bnouvelle adresse\b"
            r"|\b(?:me|m') ?(?:joindre|contacter|ecrire|retrouver)\b.{0,40}\b(?:a|sur|desormais|au)\b"
            r"|\b(?:joignable|contactez-moi|ecrivez-moi)\b"
        ),
    ),
    instead=(
        (
            r"\b(?:desormais|dorenavant|a l'avenir|a partir de maintenant|maintenant"
            r"|futurs?)\b.{0,80}\b(?:adress\w+|envoy\w+|ecri\w+|contact\w+|a |@)"
        ),
        (
            r"\b(?:adress\w+|envoy\w+|ecri\w+|contact\w+|merci de)\b.{0,80}\b(?:desormais|dorenavant"
            r"|a l'avenir|a partir de maintenant|futurs?)\b"
        ),
        r"\b(?:mon successeur|ma successeure|me remplace|m'a remplacee?|a pris (?:ma|la) (?:suite|releve)|a repris)\b",
    ),
)
