"""Pace: what a server's words ask of our speed.

Owns the recognition of “too many connections” and “too fast” in a 4xx, of what they are about, and of the wait that a
server names. Never slows anything down itself, never decides about a person (`policy` does).

A quota that is used up is no matter of speed: `policy` stops the run for it. Greylisting is about one person's first
mail, and a mailbox that receives too fast about that mailbox: neither says that we are too fast.

Gaps: texts are read in English only. A 4.7.x to RCPT that says nothing of speed in words is not taken for a complaint,
since many who greylist say no more than that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mailer.reply.policy import PER_CONNECTION, classify
from mailer.reply.values import Reply, Scope, Stage


class Slower(StrEnum):
    """What there is too much of: connections at once, or messages in a time."""

    CONNECTIONS = "connections"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a server wants less of; `by_domain` where it speaks of the recipient's domain and not of our relay."""

    slower: Slower
    by_domain: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# Postfix (anvil), Exim, Sendmail, Exchange (432 4.3.2), Gmail and Yahoo say it in these ways.
_CONNECTIONS = _words(
    r"(?:too many|number of|maximum|max|excess\w*|limit (?:of|on)) (?:\w+ ){0,3}?(?:connections?|sessions|channels)\b"
    r"|(?:concurrent|simultaneous|parallel) (?:smtp )?(?:connections?|sessions)"
    r"|(?:connections?|sessions?|thread) (?:count |rate )?(?:limits?|quota)"
)
_RATE = _words(
    r"\brate[- ]?limit|\b(?:sending|message|mail|submission|connection|unusual) rate\b|\brate\b.{0,60}\bexceed"
    r"|exceed\w*\b.{0,60}\b(?:rate|per (?:second|minute|hour))\b|throttl|\bslow(?:ing)? (?:\w+ )?down\b"
    r"|too (?:fast|quickly|frequent\w*)|too much (?:mail|traffic)|\btoo many (?:\w+ )?(?:messages|mails|e-?mails)\b"
    r"|\btoo many recipients (?:from|in|received|per|this)\b|unexpected volume"
)
# Gmail's 4.7.28 and Exchange Online's 4.7.5xx and 4.7.65x stand for too much from us, whatever the words.
_RATE_CODES = _words(r"4\.7\.(?:28|5\d\d|65\d)")
# A 421 that closes this connection for its number of messages; what speaks of a time or of our address is about speed.
_TOO_MANY = _words(
    r"\btoo many (?:\w+ )?(?:messages|mails|e-?mails|transactions)\b"
    r"|\b(?:message|mail|e-?mail|transaction)s? (?:limit|count|maximum)\b"
    r"|\bmaximum (?:number of )?(?:messages|mails|e-?mails)\b"
)
_OVER_TIME = _words(
    r"\bper (?:second|minute|hour|day)\b|\brate|slow|throttl|\bfast|quick|frequent|\b(?:last|within|past) \d"
    r"|\b(?:hourly|daily)\b|\b(?:\d{1,3}\.){3}\d|\byour (?:ip|host|server|network)\b|connections"
)
_NOT_SPEED = _words(
    r"gr[ea]y-?list|\bspf\b|\bdkim\b|\bdmarc\b|authenticat|\btls\b|\bhelo\b|reverse|\bptr\b|\bdns\b|certificate"
    r"|\bnot found\b|resolv"
)
_ONE_PERSON = _words(
    r"user you are trying to contact|(?:recipient|user|mailbox|account)\b.{0,30}\breceiv|receiving (?:mail|messages)\b"
)
_ELSEWHERE = _words(
    r"\bsaid:|\b(?:recipient|destination|remote|receiving)(?:'s)? (?:mail )?(?:domain|server|host|system)\b"
    r"|\b(?:to|for) (?:this|that) domain\b"
)
_BEFORE_RCPT = frozenset({Stage.CONNECT, Stage.EHLO, Stage.MAIL})


def read_complaint(reply: Reply, domain: str = "") -> Complaint | None:
    """Read what a reply asks of our speed; None where it says nothing of it.

    `domain` is the recipient's, where there is one: words about it are not about our relay.
    """
    if reply.severity != 4 or classify(reply).scope is Scope.RUN:
        return None
    said = " ".join(reply.text.split())
    if _ONE_PERSON.search(said):
        return None
    slower = _slower(reply, said)
    return None if slower is None else Complaint(slower, by_domain=_is_elsewhere(reply, said, domain))


def is_used_up(reply: Reply) -> bool:
    """Return whether a reply may mean that this connection has had its messages, and the next one takes more.

    On a connection that has carried none it cannot: then it is about our speed.
    """
    said = " ".join(reply.text.split())
    if reply.severity != 4 or reply.stage in {Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH}:
        return False
    if PER_CONNECTION.search(said.lower()):
        return True
    return reply.code == 421 and bool(_TOO_MANY.search(said)) and not _OVER_TIME.search(said)


def _slower(reply: Reply, said: str) -> Slower | None:
    if _CONNECTIONS.search(said) or (reply.code == 432 and reply.enhanced == "4.3.2"):
        return Slower.CONNECTIONS
    if _RATE.search(said) or _RATE_CODES.fullmatch(reply.enhanced):
        return Slower.RATE
    vague = reply.enhanced.startswith("4.7.") and not _NOT_SPEED.search(said)
    return Slower.RATE if vague and reply.stage in _BEFORE_RCPT else None


def _is_elsewhere(reply: Reply, said: str, domain: str) -> bool:
    """Return whether the complaint is handed on from the recipient's side; before RCPT nobody knows who that is."""
    if reply.stage in _BEFORE_RCPT:
        return False
    named = rf"\b(?:to|for|at|domain)\b[ :<\[]*(?:[^\s@<]*@)?{re.escape(domain)}\b"
    return bool(_ELSEWHERE.search(said) or (domain and re.search(named, said, re.IGNORECASE)))


_WAIT = _words(
    r"\b(?:in|for|after|within)\b[^\d]{0,12}"
    r"(?:(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d)\b|(?P<n>\d{1,5}) ?(?P<unit>[a-z]+))"
)
_UNITS = (("s", 1.0), ("m", 60.0), ("h", 3600.0))


def asked_wait_s(reply: Reply) -> float:
    """Read for how many seconds a server asks us to stay away (“try again in 5 minutes”, 00:04:59); 0: it does not say.

    Postgrey, milter-greylist, Exim and rspamd name the wait of their greylisting in these ways.
    """
    found = _WAIT.search(" ".join(reply.text.split())) if reply.severity == 4 else None
    if found is None:
        return 0.0
    if found["h"]:
        return int(found["h"]) * 3600.0 + int(found["m"]) * 60.0 + int(found["s"])
    unit = re.fullmatch(r"(s|m|h)(?:ec|econd|in|inute|r|our)?s?", found["unit"], re.IGNORECASE)
    return int(found["n"]) * dict(_UNITS)[unit[1].lower()] if unit else 0.0
