"""Marks: what tells an automatic reply, a mail system and an opt-out mail from a person's letter.

Owns the header fields of RFC 3834 and of the many programs that have their own, and the subjects that out-of-office
replies begin with. Never reads a body. Never judges a token.

Gaps: an automatic reply that marks itself neither in a header nor in its subject: `answers` reads its text.
"""

from __future__ import annotations

import re

from mailer.bounces.parts import Part
from mailer.bounces.wording import parse_addresses
from mailer.envelope import find_tokens


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# A field that is there at all, whatever it says
_AUTOMATIC_FIELDS = frozenset(
    {
        *("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply"),
        *("auto-submitted-by", "x-vacation", "x-autoreply-to", "x-autoresponse", "x-otrs-loop"),
    }
)
# Exchange names the mailbox whose rule acted: the sender's own in a reply, but ours where our rule passed a letter on
_RULES_LOOP = "x-ms-exchange-inbox-rules-loop"
# RFC 3834 §5; `auto-generated` is no answer by itself, but Exchange marks its out-of-office replies so
_AUTOMATIC_VALUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("auto-submitted", _words(r"auto-replied|auto-notified")),
    ("precedence", _words(r"auto[_-]?reply")),
    ("x-precedence", _words(r"auto[_-]?reply")),
    ("preference", _words(r"auto[_-]?reply")),
    ("x-post-messageclass", _words(r"9;? *autoresponder")),
    ("delivered-to", _words(r"^autoresponder$")),
)
# What no person begins a subject with
_SAID = (
    r"auto(?:matic|mated|mat\w*)?[- ]?(?:reply|response|responder|answer|acknowledg\w+|message"
    r"|notification)\b|auto:|out of (?:the )?office\b|ooo\b|vacation (?:reply|message|notice"
    "|response)"
    "|away from (?:my|the) (?:office|mail|desk)|thank you for contacting"
    "|we(?:['’]ve| have) received your|your (?:e-?mail|message|enquiry|inquiry|request"
    "|submission) (?:has been received|was received)|request received|acknowledg(?:e?ment of|ing)"
    r"|automatische (?:antwort|rückmeldung|nachricht|e-?mail|abwesenheit)|abwesen(?:d\b|heits)"
    "|au(?:ß|ss)er (?:haus|dienst|büro)|nicht im (?:büro|haus)|eingangsbestätigung"
    "|ihre (?:nachricht|anfrage|e-?mail) (?:ist|wurde|an uns)|réponse automatique"
    r"|absence du bureau|absent\(?e?\)? du bureau|message (?:d['’]absence|automatique)"
    "|accusé de réception"
    "|respuesta autom[áa]tica|fuera de (?:la )?oficina|acuse de recibo|risposta automatica"
    "|fuori (?:sede|ufficio)|messaggio automatico"
    "|resposta autom[áa]tica|fora do escrit[óo]rio|automatisch(?:e)? (?:antwoord|reactie|bericht)"
    "|afwezig|niet aanwezig|ontvangstbevestiging|buiten kantoor"
    "|automatyczna odpowied[źz]|autoodpowied[źz]|poza biurem|nieobecno[śs][ćc]|jestem na urlopie"
    "|autosvar|automatis(?:k|kt) (?:svar|meddelande)|inte på kontoret|ikke på kontoret"
    "|ute av kontoret"
    "|автоответ|автоматическ(?:ий|ое) (?:ответ|сообщение|уведомление)|вне офиса|нахожусь в отпуске"
    "|автоматична відповідь|自動応答|自動返信|不在(?:通知|のお知らせ|連絡|届)"
    "|自动(?:回复|答复|应答)|自動(?:回覆|回复|答覆)|不在办公室"
    "|automaattinen (?:vastaus|poissaolo)|poissa toimistosta|automatick[áa] odpov|mimo kancel"
    "|nepřítomnost|otomatik yan[ıi]t|ofis d[ıi]ş[ıi]nda|automatikus válasz|házon kívül"
    "|răspuns automat"
    "|αυτόματη απάντηση|εκτός γραφείου|부재중|자동 (?:회신|응답)|رد تلقائي|תשובה אוטומטית"
)
# What a person may begin one with too, so that it must end there, or go on as only programs do
_SAID_WEAKLY = (
    "abwesenheit|abwesend|urlaub|absence|absente?|vacances|congés|ausente|ausencia|ausência"
    "|vacaciones|férias|assente|assenza|(?:in )?ferie|vacation|holidays?|on (?:holiday|vacation"
    r"|leave|annual leave)|(?:i am |i[\'’]m )?(?:currently )?away|ooto|im urlaub|en congés?"
    "|de vacaciones|de f[ée]rias|thank you for your (?:e-?mail|message|enquiry|inquiry|submission)"
    "|i am (?:currently )?out of (?:the )?office"
    "|vakantie|urlop|frånvaro|frånvarande|fravær|fraværende|semester|poissa|отпуск|в отпуске"
    "|отсутствие|отсутствую|不在|休暇|休暇中|休假|外出|出差|dovolená|izindeyim"
)
_GOES_ON = (
    r"\s*(?:$|[:：!]|\(|- |– |re:|(?:until|till|from|bis|vom|jusqu|du \d|hasta|fino|até|tot|van|do"
    r"|до|с \d|til|notice|notiz|temporaire|temporal)\b|\d)"
)
_AUTOMATIC_SUBJECT = _words(
    rf"\W{{0,3}}(?:{_SAID}|(?:{_SAID_WEAKLY}){_GOES_ON})"
    r"|.{0,200}[(\[【](?:abwesenheits\w+|abwesend|out[- ]of[- ](?:the[- ])?office|auto(?:matic"
    r"|mated)?[- ]?reply|ooo|automatische antwort|réponse automatique|自動返信|自动回复)[^)\]】]{0,30}[)\]】]"
)
_MAIL_SYSTEM = _words(r"(?:mailer[-_]?daemon|postmaster|mail[-_.]?system|mdaemon|microsoftexchange\w*)@")
_OPTOUT_SUBJECT = _words(r"(?:(?:re|aw|fwd?)\s*:\s*)*(?:unsubscribe\b\W*)?")
_TO_FIELDS = (
    *("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "x-forwarded-to"),
    *("apparently-to", "resent-to"),
)


def to_addresses(message: Part) -> tuple[str, ...]:
    """Return every address that the message says it was sent to, each once, To first."""
    values = [*message.headers_named("to"), *message.headers_named(*_TO_FIELDS)]
    return tuple(dict.fromkeys(address for value in values for address in parse_addresses(value)))


def automatic_reply(message: Part, subject: str) -> str:
    """Name the mark of an automatic reply, or give an empty string."""
    senders = parse_addresses(message.header("from").lower())
    for name, value in message.headers:
        if name in _AUTOMATIC_FIELDS or (name == _RULES_LOOP and value.strip().lower() in senders):
            return name
        if any(name == field and pattern.search(value) for field, pattern in _AUTOMATIC_VALUES):
            return name
    generated = message.header("auto-submitted").lower().startswith("auto-generated")
    if generated and (message.header("in-reply-to") or message.header("x-auto-response-suppress")):
        return "auto-submitted"
    return "subject" if _AUTOMATIC_SUBJECT.match(subject) else ""


def from_mail_system(message: Part) -> bool:
    """Return whether a mail server wrote it: by its name, or by the null sender (RFC 5321 §4.5.5)."""
    if any(value.strip() == "<>" for value in message.headers_named("return-path")):
        return True
    return bool(_MAIL_SYSTEM.search(message.header("from")))


def named_mail_system(message: Part) -> bool:
    """Return whether the name in its From field is that of a mail server."""
    return bool(_MAIL_SYSTEM.search(message.header("from")))


def optout_tokens(addresses: tuple[str, ...], subject: str) -> tuple[str, list[str]]:
    """Find what may be opt-out tokens: behind a plus in an address, or in the subject where nothing else stands.

    Return where they were found (`address`, `subject` or nothing) and the tokens.
    """
    tags = [address.rpartition("@")[0].partition("+")[2] for address in addresses]
    tagged = [token for tag in tags for token in find_tokens(tag) if token == tag.lower()]
    if tagged:
        return "address", tagged
    start = _OPTOUT_SUBJECT.match(subject)
    rest = subject[start.end() if start else 0 :].strip(" <>[]\"'.")
    named = [token for token in find_tokens(rest) if token == rest.lower()]
    return ("subject", named) if named else ("", [])
