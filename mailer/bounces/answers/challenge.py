"""Challenge: a program that keeps a mail back until its sender proves to be a person.

Owns the words and senders of the services that do so. A double opt-in («confirm your subscription») is none, nor is a
list that waits for its moderator: nobody asks us to prove anything. Never raises, never answers one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailer.bounces.answers.sentences import Sentence

_SENDERS = re.compile(
    (
        r"@(?:[\w-]+\.)*(?:spamarrest|boxbe|cleanmymailbox|mailblocks|sendio|bluebottle|choicemail\w*"
        r"|0spam|everymail|vanquish|knowspam|mailinblack|qurb)\.\w+|spamblocker-challenge"
    ),
    re.IGNORECASE,
)
_HEADERS = frozenset(
    {
        "x-tmda-fingerprint",
        "x-tmda-confirm",
        "x-boxbe",
        "x-spamarrest",
        "x-challenge-response",
        "x-mailinblack",
        "x-asks",
        "x-sendio",
    }
)
_PERSON = (
    "(?:(?:are |is |as )?(?:you are |you're |you )?(?:an? |not an? |no )*(?:real |actual "
    r"|legitimate |live )?(?:human|person|robot|bot|spammer|machine|individual|sender)\b)"
)
_ASKS = re.compile(
    r"\b(?:confirm|verif\w+|prove|proof|authenticat\w+|ensure|check|validat\w+|make sure"
    rf"|establish)\b.{{0,60}}\b{_PERSON}"
    r"|\b(?:message|e-?mail|mail)\b.{0,80}\b(?:held|on hold|quarantined|being kept"
    "|not been delivered|will (?:not |only )?be delivered|delivery is pending|pending verification"
    r")\b.{0,120}\b(?:confirm|verif\w+|click|repl\w+|authenticat\w+|captcha|prove)"
    r"|\b(?:confirm|verif\w+|click|reply|authenticate|captcha)\b.{0,120}\b(?:release|deliver|complete"
    r" (?:the )?delivery of)\b.{0,30}\b(?:message|e-?mail|mail)\b"
    r"|\b(?:confirm|verif\w+|click|reply|authenticate|captcha)\b.{0,120}\b(?:message|e-?mail|mail)\b"
    r".{0,40}\b(?:delivered|released|get through|reach(?:es)? (?:me|my|us|his|her|the inbox))\b"
    r"|\b(?:complete|finish) (?:the )?delivery of\b.{0,60}\b(?:click|repl\w+|confirm|verif\w+|type)"
    r"|\b(?:to|for)\b.{0,40}\b(?:your|this|the) (?:original )?(?:message|e-?mail"
    r"|mail)\b.{0,60}\b(?:delivered|released|reach\w*|get through|be read)\b.{0,80}\b(?:click"
    r"|repl\w+|confirm|verif\w+|authenticat\w+)"
    r"|\b(?:complete|go through|follow)\b.{0,30}\bverification\b|\bprotected (?:mailbox|inbox"
    r"|e-?mail|by (?:a )?(?:spam|anti))|\b(?:release|deliver) your (?:original )?(?:message|e-?mail"
    r"|mail)\b"
    r"|\b(?:add|request to be added|be added|placed)\b.{0,30}\b(?:approved|allowed|guest|white"
    "|accepted|trusted|authori[sz]ed)[- ]?(?:senders?)?(?:'s)? ?list"
    r"|\b(?:one[- ]time|single) (?:verification|confirmation|authentication)\b"
    r"|\bchallenge[/-]response\b|\bsender verification\b"
    r"|\b(?:bestatigen|verifizieren|beweisen)\b.{0,80}\b(?:mensch|kein (?:roboter|spammer|computer)"
    r"|absender)|\b(?:nachricht|e-?mail|mail)\b.{0,80}\b(?:zuruckgehalten"
    r"|zugestellt)\b.{0,120}\b(?:bestatig\w+|klicken|anklicken)|\bklicken\b.{0,100}\bzugestellt"
    r"|\b(?:confirm\w+|prouv\w+|authentifi\w+|cliqu\w+)\b.{0,100}\b(?:etre humain|pas un robot"
    r"|une personne|remettre votre message|votre (?:message|e-?mail|mail) (?:soit|sera)|delivr\w+"
    r"|mail en attente)|\b(?:message|e-?mail|mail)\b.{0,60}\ben attente\b.{0,120}\b(?:cliqu\w+"
    r"|authentifi\w+|confirm\w+)"
    r"|\b(?:confirm\w+|verific\w+|demuestr\w+|demostrar)\b.{0,80}\b(?:humano|no es un robot"
    r"|persona real|pessoa real|nao e um robo)|\b(?:conferm\w+|dimostr\w+)\b.{0,80}\b(?:umano"
    "|persona reale|non (?:sei|e) un robot)"
    r"|\b(?:bevestig\w*|bewijs\w*)\b.{0,80}\b(?:mens|geen robot)"
    r"|\b(?:potwierdz\w*)\b.{0,80}\b(?:czlowiek\w*|nie jest\w* robot\w*)"
    r"|\bподтверд\w+\b.{0,80}\b(?:человек|не робот|не спам)\w*"
    "|(?:ロボットではない|送信者(?:の)?確認|認証(?:を|が)).{0,40}|(?:确认|確認|验证|驗證).{0,20}(?:不是机器人|不是機器人|真人)"
)
_SUBJECT = re.compile(
    r"\b(?:(?:please )?(?:confirm|verify) (?:your |you are |you're |that ).{0,30}(?:message|e-?mail"
    "|mail|sender|human)|sender (?:verification|confirmation)|verification required"
    r"|message (?:held|awaiting)|action required.{0,20}boxbe|\(verification\)|spam ?blocker"
    "|challenge"
    r"|(?:absender|mail)bestatigung erforderlich|authentification (?:requise|demandee))\b"
    r"|\(verification\)"
)
_SHORT = 400
_OTHER = re.compile(
    r"\b(?:subscription|subscribe|newsletter|moderator|registration|account|abonnement|anmeldung"
    r"|inscription|order|booking|interview|accreditation|quote|attendance|rsvp)\b"
)


def find_challenge(
    sender: str, headers: Sequence[tuple[str, str]], subject: str, sentences: Sequence[Sentence]
) -> Sentence | None:
    """Find the sentence by which a program asks for proof; `sender` is the From field, `subject` in plain form."""
    if _SENDERS.search(sender) or any(name in _HEADERS for name, _ in headers):
        return sentences[0] if sentences else Sentence(subject, subject)
    whole = " ".join(each.plain for each in sentences[:25])
    found = next((each for each in sentences[:25] if _ASKS.search(each.plain)), None)
    short = len(whole) < _SHORT and "http" in whole
    if found is None and (short or _SUBJECT.search(subject)) and _ASKS.search(whole):
        found = sentences[0]
    if found is None or _OTHER.search(found.plain) or (_OTHER.search(whole) and not _SUBJECT.search(subject)):
        return None
    says_where = re.search(
        r"https?:|<http|\b(?:click|repl|link|klick|antwort|cliqu|lien|enlace|link)\w*|クリック|点击|點擊", whole
    )
    return found if says_where and "?" not in found.plain.split("http")[0] else None
