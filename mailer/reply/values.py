"""Values: a server's reply, our reading of it, and the reasons why mail was refused or given up, in the field's terms.

Owns the stages of a submission, the results of a reading, and the vocabulary of reasons, one plain meaning each: which
consequences a reason may have for an address, and what an enhanced status code means if its text says nothing (RFC
3463, its registry: RFC 5248, 7372, 7504, 7505, 8616, and the ranges that Microsoft 365 uses). The names are those that
bounce readers and postmasters have long used (Sisimai's), so that figures can be compared with other tools'. Never
reads a text (`texts` does), never decides (`policy` does).

Gaps: “filtered” and “userunknown” overlap at carriers that reply “user unknown” if a person's own filter refuses.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.words import read_section

MAX_TEXT = 500  # characters of a server's text that are kept
_ENHANCED = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})(?![\w.])")  # RFC 3463 §2


class Stage(StrEnum):
    """The command that a reply answers; BODY is the reply to the final dot."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


class Verdict(StrEnum):
    """What a reply means for the delivery. RETURNED: no server has it, and it is pending again."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    IN_DOUBT = "in_doubt"
    RETURNED = "returned"


class Scope(StrEnum):
    """What a reply applies to: this address, this connection (close it, wait, reconnect), or the whole run (stop)."""

    ADDRESS = "address"
    CONNECTION = "connection"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply at a stage. `code` is 0 for no reply at all: a time-out or a closed connection."""

    stage: Stage
    code: int
    text: str = ""

    @property
    def enhanced(self) -> str:
        """Return the enhanced status code (RFC 3463), `5.1.1`, or an empty string."""
        found = _ENHANCED.match(self.text)
        return ".".join(found.groups()) if found else ""

    @property
    def severity(self) -> int:
        """Return 2, 4 or 5; the enhanced status takes precedence over the three digits."""
        return int((self.enhanced or str(self.code))[0])

    def __str__(self) -> str:
        """Return the reply on one line, for people."""
        text = " ".join(self.text.split())[:MAX_TEXT]
        return f"{self.code} {text}".strip() if self.code else f"no reply to {self.stage}: {text}".strip(": ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Our reading of a reply. `reason` is the value of a `Reason` (userunknown, mailboxfull, policyviolation, …)."""

    verdict: Verdict
    scope: Scope = Scope.ADDRESS
    reason: str = ""
    suppress: bool = False


class Reason(StrEnum):
    """Why mail was refused, with the meaning in plain words; the sets below have the consequences for the address."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        """Return a member whose value is the word, with its meaning."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member

    # the address
    USERUNKNOWN = "userunknown", "no such user"
    HOSTUNKNOWN = "hostunknown", "the domain does not exist, or takes no mail (RFC 7505)"
    NOTACCEPT = "notaccept", "the host takes no mail, or not from outside"
    HASMOVED = "hasmoved", "the person has moved"
    SUSPEND = "suspend", "the mailbox exists, but is disabled"
    MAILBOXFULL = "mailboxfull", "there is no room in the mailbox"
    FILTERED = "filtered", "refused on the recipient's behalf: by their filter, or with “unknown” after the text"
    # us: our machine, our name, our right to send
    BLOCKED = "blocked", "our IP address or host name is refused: a list, a ban, a dynamic address"
    BADREPUTATION = "badreputation", "our reputation is too poor"
    REQUIREPTR = "requireptr", "our IP address has no name, or none that fits (PTR)"
    AUTHFAILURE = "authfailure", "SPF, DKIM or DMARC did not pass"
    REJECTED = "rejected", "the sender's address or domain is refused"
    NORELAYING = "norelaying", "the server does not pass mail on for us"
    SECURITYERROR = "securityerror", "access denied: a login, a permission, a group closed to outsiders"
    FAILEDSTARTTLS = "failedstarttls", "encryption is required but could not be used"
    SPEEDING = "speeding", "too much in too short a time"
    TOOMANYCONN = "toomanyconn", "too many connections at once, or too often"
    # the message
    SPAMDETECTED = "spamdetected", "it looks like spam"
    VIRUSDETECTED = "virusdetected", "it looks like a virus, or has a kind of file that is not accepted"
    CONTENTERROR = "contenterror", "its format or one of its encodings is not accepted"
    NOTCOMPLIANTRFC = "notcompliantrfc", "it breaks a rule of the standards: a missing or double header field"
    MESGTOOBIG = "mesgtoobig", "it is larger than the server accepts"
    EXCEEDLIMIT = "exceedlimit", "it is larger than this person's mailbox accepts"
    POLICYVIOLATION = "policyviolation", "against some local rule"
    # servers and routes
    EXPIRED = "expired", "tried for too long"
    NETWORKERROR = "networkerror", "no route to the server: DNS, routing, a loop, a broken connection"
    SYSTEMERROR = "systemerror", "their system has a fault"
    SYSTEMFULL = "systemfull", "their disk is full"
    MAILERERROR = "mailererror", "a program that should accept the mail failed"
    SYNTAXERROR = "syntaxerror", "the two servers did not understand each other's commands"
    ONHOLD = "onhold", "deferred, or no reason is given"


# Only a fault of the address itself may ever suppress at once …
DEAD = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.SUSPEND, Reason.NOTACCEPT})
# … a fault that may pass is counted over several mailings, as is a dead address that is not quite certain …
COUNTED = DEAD | {Reason.MAILBOXFULL, Reason.FILTERED, Reason.EXPIRED, Reason.NETWORKERROR, Reason.MAILERERROR}
# … and a fault of ours or of this message says nothing about the address: all others but faults of their servers.
OURS = frozenset(Reason) - COUNTED - {Reason.SYSTEMERROR, Reason.SYSTEMFULL, Reason.SYNTAXERROR, Reason.ONHOLD}

_CODES = {
    kind: {code: Reason[name.upper()] for name, codes in read_section("reply", kind).items() for code in codes}
    for kind in ("codes", "subjects", "replies")
}
_RANGES = {range(500, 504): Reason.BLOCKED, range(606, 650): Reason.BLOCKED, range(321, 327): Reason.FAILEDSTARTTLS}
_VAGUE = re.compile(r"[45]\.(?:0\.\d+|1\.0|2\.0|3\.0|4\.0|5\.0)$|$")


def is_vague(status: str) -> bool:
    """Return whether a status leaves the reason to the text: none, “other”, or a bare 5.0.0."""
    return _VAGUE.match(status) is not None


def reason_of_status(status: str) -> Reason | None:
    """Return the reason that an enhanced status code stands for; None for no code, and for `x.0.z`, which has none.

    The class (4 or 5) is ignored: it says for how long, not why.
    """
    _, _, rest = status.partition(".")
    subject, _, detail = rest.partition(".")
    number = int(detail) if subject == "7" and detail.isdigit() else 0
    ranged = next((reason for numbers, reason in _RANGES.items() if number in numbers), None)
    return ranged or _CODES["codes"].get(rest) or _CODES["subjects"].get(subject)


def reason_of_code(code: int) -> Reason | None:
    """Return the reason that a three-digit code stands for if neither words nor an enhanced status give one."""
    return _CODES["replies"].get(str(code))
