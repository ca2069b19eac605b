"""Italian: the words of answers, in the plain form, without accents.

Owns a table and nothing else: rows are read by `language.pattern`. Never decides, never raises.
Pronouns hang on the verb («cancellatemi»), so that the verb's end is part of many rows.
"""

from __future__ import annotations

from mailer.bounces.answers.language import Language

_LIST = (
    r"(?:list\w*|mailing\w*|newsletters?|database|elenc\w+|indirizzari\w+|rubrica|distribuzione"
    r"|contatti|invii|archivi\w*|banca dati|destinatari|mailinglist)"
)
_OFF = r"(?:cancell|rimuov|rimoz|togli|elimin|disiscriv|esclud|lev|depenn)"
_MAIL = r"(?:e-?mails?|mails?|comunicat\w+|messagg\w+|spam|newsletters?|pubblicita|posta)"

ITALIAN = Language(
    code="it",
    stems=(
        "cancell|rimuov|togli|elimin|disiscri|esclud|non |smett|basta|oppongo|opposizione|consenso"
        "|oblio|iscrizione|levat|mai"
    ),
    wishes=(
        (
            rf"^(?=.{{0,300}}?\b{_OFF}\w*)(?=.{{0,300}}?\b(?:dal|dalla|dalle|dai"
            rf"|da)(?: [\w-]+){{0,3}}? {_LIST}\b)(?=.{{0,300}}?(?:\b(?:mi|ci|mio|mia|miei|nostr\w"
            r"|questo indirizzo)\b|\w(?:mi|ci)\b|@))"
        ),
        (
            r"\b(?:gradi\w+|prefer\w+|vorre\w+|chied\w+|preg\w+|desider\w+|cortesemente|per favore"
            r"|gentilmente|grazie)\b.{0,40}\bnon (?:ricever\w*|inviar\w*|mandar\w*|essere)\b.{0,20}\b(?:piu"
            r"|altr\w|ulterior\w)\b"
        ),
        rf"\b{_OFF}\w*(?:mi|ci|rmi|rci)\b(?! (?:la|le|il|i|lo|una) ).{{0,60}}?(?:{_LIST}|\W*$|[,.])",
        (
            rf"\b{_OFF}\w* (?:per favore |gentilmente )?(?:il mio|la mia|i miei|il nostro|la nostra"
            rf"|i nostri|questo|quest')(?: ?\w+){{0,4}}? (?:dalla?|dal|dai|dalle|da)\b.{{0,25}}?{_LIST}\b"
        ),
        rf"\b(?:mi|ci) {_OFF}\w+ (?:dalla?|dal|dai|dalle|da)\b.{{0,25}}?{_LIST}",
        (
            r"\b(?:cancell|elimin|rimuov|disiscriv)\w* (?:il mio|la mia|questo) (?:indirizzo|e-?mail|mail"
            r"|contatto|nominativo)\b"
        ),
        r"\b(?:essere|venire) (?:\w+ )?(?:cancellat|rimoss|tolt|eliminat|disiscritt|esclus)\w\b",
        (
            r"\bnon (?:desider\w+|vogli\w+|vorre\w+|intend\w+|vuole)(?: \w+)? ?(?:piu )?(?:ricever\w*"
            rf"|essere (?:piu )?(?:contattat|disturbat)\w|piu ricever\w*|le vostre {_MAIL}|vostre {_MAIL}"
            "|essere nell)"
        ),
        (
            r"\bnon (?:mi |ci )?(?:invi\w+|mand\w+|scriv\w+|contatt\w+|disturb\w+|sped\w+)\b.{0,30}\b(?:piu"
            r"|mai)\b|\bnon inviarmi altr\w\b"
        ),
        r"\b(?:smett\w+|finit\w+|evitat\w+) di (?:inviar|mandar|scriver|contattar|spam|disturbar)\w*",
        rf"(?:^|\bper favore,? )(?:basta|niente piu|stop)(?: con)?(?: le| i| le vostre| queste)? {_MAIL}",
        (
            r"\b(?:mi oppongo|ci opponiamo|opposizione)\b.{0,60}\b(?:trattamento|dati|uso)"
            r"|\bdiritto (?:di opposizione|alla cancellazione|all'oblio)\b"
        ),
        (
            r"\b(?:cancell|elimin|rimuov)\w+\b.{0,25}\b(?:i miei dati|dei miei dati|i nostri dati"
            r"|miei dati)\b|\b(?:revoc|ritir)\w+ (?:il )?(?:mio )?consenso\b"
        ),
        (
            r"\bannull\w+ (?:la mia |l')(?:iscrizione|sottoscrizione)\b|\bdisiscriver(?:mi|ci)\b"
            r"|\bchiedo (?:la )?(?:cancellazione|disiscrizione|rimozione)\b(?! (?:della foto|del paragrafo"
            "|dell'immagine))"
        ),
        (
            r"\bcome (?:posso |faccio a |si fa a )?(?:disiscriver|cancellar)(?:mi|si|e)(?: (?:dalla"
            r"|da questa|dalle)(?: \w+){0,2})?\W*$"
        ),
    ),
    harmless=(
        r"\b(?:tasso|link|pulsante|numero|modulo|percentuale) di (?:disiscrizion\w|cancellazion\w)",
        (
            r"\bnon (?:mi |ci |voglio |vogliamo |vi chiedo di )*(?:cancell|rimuov|togli|elimin|disiscriv"
            r"|esclud)\w*(?: dalla lista)?"
        ),
        r"\b(?:lettori|clienti|utenti|iscritti|persone|molti|cittadini)(?: \w+){0,5}? (?:si )?(?:cancell|disiscriv)\w+",
    ),
    refusals=(
        r"\b(?:articolo|testo|titolo|riga|comunicato)\b(?!.{0,60}\b(?:lista|mailing|17|21|gdpr))(?<!comunicato)",
        r"\blist\w+ (?:degli invitati|d'attesa|dei partecipanti|dei relatori|invitati|dei prezzi|di attesa|ospiti)\b",
        r"\b(?:per errore|reinserir\w*|nuovamente|di nuovo (?:nella|in)|aggiung\w+|inserite\w*)\b",
        (
            r"\b(?:per (?:cancellar\w+|disiscriver\w+|non ricevere)|se (?:non )?(?:desider|vuo|vole"
            r"|prefer)\w+|clicca\w*|cliccare|puo (?:cancellar|disiscriver)\w+|hai ricevuto|ricevi questa"
            r"|qualora)\b"
        ),
        (
            r"\b(?:foto\w*|immagin\w+|citazion\w+|paragrafo|frase|didascalia|logo)\b(?!.{0,60}\b(?:lista"
            r"|mailing|disiscri))|\bnon (?:ho|abbiamo) (?:piu )?ricevuto\b"
        ),
    ),
    alone=(
        "cancellatemi disiscrivetemi disiscrizione cancellami disiscrivermi cancellarmi disiscrivere "
        "cancellazione disiscrivimi rimuovetemi"
    ),
    filler=(
        "per favore grazie ciao buongiorno cortesemente gentilmente dalla la vostra questa lista "
        "mailing newsletter cordiali saluti vi prego di chiedo e mi da vogliate prego"
        " salve subito immediatamente distinti mia iscrizione"
    ),
    absent=(
        (
            r"\b(?:sono|saro|siamo|saremo|mi trovo)\b.{0,50}\b(?:fuori (?:sede|ufficio|dall'ufficio|stanza"
            "|redazione)|in ferie|in vacanza|assente|in viaggio|in trasferta|in maternita|in congedo"
            "|in malattia|non (?:in ufficio|disponibile|raggiungibile|reperibile)|in permesso|all'estero)"
        ),
        (
            r"\bnon (?:sono|saro|siamo)\b.{0,30}\b(?:in ufficio|in redazione|disponibil\w|raggiungibil\w"
            r"|reperibil\w|in sede)"
        ),
        r"\b(?:i nostri uffici|l'ufficio|la redazione|gli uffici)\b.{0,40}\b(?:chius)",
    ),
    signs=(
        (
            r"\b(?:rispondero|le rispondero|vi rispondero)\b|\bper (?:qualsiasi|ogni) (?:necessita"
            r"|richiesta|urgenza|comunicazione)\b"
        ),
        (
            r"\b(?:urgen\w+|in mia assenza|durante la mia assenza|nel frattempo"
            r"|per necessita)\b.{0,100}\b(?:contatt\w*|scriv\w*|chiam\w*|rivolg\w*|telefon\w*|@)"
        ),
        r"\b(?:contatt\w*|rivolg\w*)\b.{0,80}\burgen\w+",
        (
            r"\b(?:al mio (?:ritorno|rientro)|quando (?:torno|tornero|rientrero)|appena (?:possibile al"
            "|rientro|torno)|di ritorno (?:il|lunedi)|rientro (?:il|previsto)|rientrero|tornero"
            r"|mio rientro)\b"
        ),
        r"\b(?:accesso limitato|non (?:avro|ho) accesso|non (?:leggero|consultero)|accesso saltuario)\b",
    ),
    automatic=(
        (
            r"\b(?:risposta|messaggio|e-?mail|mail)\b.{0,15}\bautomatic\w+|\b(?:non rispondere"
            "|non rispondete|si prega di non rispondere) a quest"
        ),
        (
            r"\b(?:abbiamo ricevuto (?:la sua|la tua|il tuo|il suo|la vostra)|e stat[oa] ricevut[oa]"
            r"|grazie per averci (?:contattat|scritt)\w)\b"
        ),
        r"\b(?:risponderemo|ricontatteremo|ti contatteremo|la contatteremo)\b.{0,60}\b(?:presto|possibile|breve|ore)",
        r"\b(?:ticket|pratica|richiesta|caso)\b.{0,12}(?:numero|n|#|no\.?)\W{0,3}\w*\d{3,}",
    ),
    left=(
        r"\bnon (?:fa|faccio|fanno|lavor\w+|collabor\w+) piu\b.{0,40}\b(?:parte|qui|per|presso|con|alla|al|da noi)\b",
        (
            r"\bnon (?:lavor\w+|facci\w+ parte|fa parte|collabor\w+|sono|e)(?: \w+)? piu\b.{0,50}\b(?:qui"
            r"|per|presso|in|a|con|alla|al|della|del|di|parte|redazione|azienda)|\bnon lavor\w+ piu\b"
        ),
        (
            r"\b(?:ho|ha|abbiamo) (?:lasciato|cambiato)\b.{0,15}\b(?:il giornale|la redazione|l'azienda"
            "|la rivista|redazione|lavoro|la testata|il quotidiano|la societa|il gruppo|l'incarico"
            "|la radio)"
        ),
        r"\b(?:sono|e) (?:andat\w )?in pensione\b|\bmio ultimo giorno\b",
    ),
    gone=(
        (
            r"\b(?:casella|indirizzo|account|e-?mail|mail)\b.{0,50}\b(?:non (?:e|sara|viene)(?: \w+)? piu"
            r"|disattivat\w|chius\w|dismess\w|non piu)\b"
        ),
    ),
    own=(
        (
            r"\b(?:mio|nostro|mia) nuov[oa] (?:indirizzo|e-?mail|mail|contatto)|\bnuovo indirizzo\b"
            r"|\b(?:potete|puo|puoi) (?:trovarmi|contattarmi|scrivermi|raggiungermi)\b|\b(?:scrivetemi"
            r"|contattatemi)\b"
        ),
    ),
    instead=(
        (
            r"\b(?:d'ora in poi|da ora in poi|in futuro|da oggi|futur[aei]|da adesso)\b.{0,80}\b(?:invi\w+"
            r"|scriv\w+|contatt\w+|rivolg\w+|indirizz\w+|a |@)"
        ),
        (
            r"\b(?:invi\w+|scriv\w+|contatt\w+|rivolg\w+|indirizz\w+)\b.{0,80}\b(?:d'ora in poi"
            r"|da ora in poi|in futuro|da oggi|futur[aei])\b"
        ),
        r"\b(?:mio sostituto|mia sostituta|mi sostituisce|mio successore)\b",
    ),
)
