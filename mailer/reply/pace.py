"""Pace: what a server's words ask of our speed.

Owns the recognition of “too many connections” and “too fast” in a 4xx, of what they are about, and of the wait that a
server names. Never slows anything down itself, never decides about a person (`policy` does).

A quota that is used up is no matter of speed: `policy` stops the run for it. Greylisting is about one person's first
mail, and a mailbox that receives too fast about that mailbox: neither says that we are too fast.

Gaps: texts are read in English only. A 4.7.x to RCPT that says nothing of speed in words is not taken for a complaint,
since many who greylist say no more than that.
"""

from __future__ import annotations

from enum import StrEnum

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.reply.policy import PER_CONNECTION, classify
from mailer.reply.texts import read_patterns
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


_TEXTS = read_patterns("pace")
_BEFORE_RCPT = frozenset({Stage.CONNECT, Stage.EHLO, Stage.MAIL})


def read_complaint(reply: Reply, domain: str = "") -> Complaint | None:
    """Read what a reply asks of our speed; None where it says nothing of it.

    `domain` is the recipient's, where there is one: words about it are not about our relay.
    """
    if reply.severity != 4 or classify(reply).scope is Scope.RUN:
        return None
    said = " ".join(reply.text.lower().split())
    if _TEXTS["one_person"].search(said):
        return None
    is_vague = reply.enhanced.startswith("4.7.") and not _TEXTS["not_speed"].search(said)
    is_vague = is_vague and reply.stage in _BEFORE_RCPT
    if _TEXTS["connections"].search(said) or (reply.code == 432 and reply.enhanced == "4.3.2"):
        slower = Slower.CONNECTIONS
    elif is_vague or _TEXTS["rate"].search(said) or _TEXTS["rate_codes"].fullmatch(reply.enhanced):
        slower = Slower.RATE
    else:
        return None
    # handed on from the recipient's side; before RCPT nobody knows who that is
    named = rf"\b(?:to|for|at|domain)\b[ :<\[]*(?:[^\s@<]*@)?{re.escape(domain)}\b"
    is_handed_on = _TEXTS["elsewhere"].search(said) or (domain and re.search(named, said, re.IGNORECASE))
    return Complaint(slower, by_domain=reply.stage not in _BEFORE_RCPT and bool(is_handed_on))


def is_used_up(reply: Reply) -> bool:
    """Return whether a reply may mean that this connection has had its messages, and the next one takes more.

    On a connection that has carried none it cannot: then it is about our speed.
    """
    said = " ".join(reply.text.lower().split())
    if reply.severity != 4 or reply.stage in {Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH}:
        return False
    if PER_CONNECTION.search(said):
        return True
    return reply.code == 421 and bool(_TEXTS["too_many"].search(said)) and not _TEXTS["over_time"].search(said)


_WAIT = re.compile(
    r"\b(?:in|for|after|within)\b[^\d]{0,12}"
    r"(?:(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d)\b|(?P<n>\d{1,5}) ?(?P<unit>[a-z]+))",
    re.IGNORECASE,
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
