"""Reason: why mail was refused or given up, in the field's words.

Owns the vocabulary, one plain meaning each, and what a reason may ever do to an address. Never reads a text or a code:
`texts` and `statuses` do. The names are those that bounce readers and postmasters have long shared (Sisimai's), so that
figures can be laid beside other tools'.

Gaps: “filtered” and “userunknown” overlap at carriers that answer “user unknown” where a person's own filter refuses.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Why, with its meaning in plain words; what follows for the address stands in the sets below."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Self:
        """Make a member that is the word, and knows what it means."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member

    # the address
    USERUNKNOWN = "userunknown", "nobody of that name there"
    HOSTUNKNOWN = "hostunknown", "the domain does not exist, or takes no mail (RFC 7505)"
    NOTACCEPT = "notaccept", "the host takes no mail, or not from outside"
    HASMOVED = "hasmoved", "the person is elsewhere now"
    SUSPEND = "suspend", "the mailbox is there, and switched off"
    MAILBOXFULL = "mailboxfull", "there is no room in the mailbox"
    FILTERED = "filtered", "refused on the recipient's behalf: their filter, or «unknown» said after the text"
    # us: our machine, our name, our right to send
    BLOCKED = "blocked", "our IP address or host name is refused: a list, a ban, a dynamic address"
    BADREPUTATION = "badreputation", "our reputation is too poor"
    REQUIREPTR = "requireptr", "our IP address has no name, or none that fits (PTR)"
    AUTHFAILURE = "authfailure", "SPF, DKIM or DMARC did not pass"
    REJECTED = "rejected", "the sender's address or domain is refused"
    NORELAYING = "norelaying", "the server does not pass mail on for us"
    SECURITYERROR = "securityerror", "access denied: a login, a permission, a group closed to outsiders"
    FAILEDSTARTTLS = "failedstarttls", "encryption is required and did not come about"
    SPEEDING = "speeding", "too much in too short a time"
    TOOMANYCONN = "toomanyconn", "too many connections at once, or too often"
    # the message
    SPAMDETECTED = "spamdetected", "it looks like spam"
    VIRUSDETECTED = "virusdetected", "it looks like a virus, or carries a kind of file that is not taken"
    CONTENTERROR = "contenterror", "its form or an encoding of it is not taken"
    NOTCOMPLIANTRFC = "notcompliantrfc", "it breaks a rule of the standards: a missing or double header field"
    MESGTOOBIG = "mesgtoobig", "it is larger than the server takes"
    EXCEEDLIMIT = "exceedlimit", "it is larger than this person's mailbox takes"
    POLICYVIOLATION = "policyviolation", "against a rule of the house, whichever"
    # machines and ways
    EXPIRED = "expired", "tried for too long"
    NETWORKERROR = "networkerror", "no way there: DNS, routing, a loop, a broken connection"
    SYSTEMERROR = "systemerror", "their system has a fault"
    SYSTEMFULL = "systemfull", "their disk is full"
    MAILERERROR = "mailererror", "a program that should take the mail failed"
    SYNTAXERROR = "syntaxerror", "the two servers did not understand each other's commands"
    ONHOLD = "onhold", "put off, or nobody says why"


# Only what is wrong with the address itself may ever suppress at once (standards B6) …
DEAD = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.SUSPEND, Reason.NOTACCEPT})
# … what may pass is counted over several mailings (B7), and so is a dead address that is not quite certain …
COUNTED = DEAD | {
    Reason.MAILBOXFULL,
    Reason.FILTERED,
    Reason.EXPIRED,
    Reason.NETWORKERROR,
    Reason.MAILERERROR,
}
# … and what is about us or about this message says nothing of the address.
OURS = frozenset(
    {
        Reason.BLOCKED,
        Reason.BADREPUTATION,
        Reason.REQUIREPTR,
        Reason.AUTHFAILURE,
        Reason.REJECTED,
        Reason.NORELAYING,
        Reason.SECURITYERROR,
        Reason.FAILEDSTARTTLS,
        Reason.SPEEDING,
        Reason.TOOMANYCONN,
        Reason.SPAMDETECTED,
        Reason.VIRUSDETECTED,
        Reason.CONTENTERROR,
        Reason.NOTCOMPLIANTRFC,
        Reason.MESGTOOBIG,
        Reason.EXCEEDLIMIT,
        Reason.POLICYVIOLATION,
    }
)
