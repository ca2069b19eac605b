"""Words: the field's words for reasons, as people read them, and what one can do about them.

Owns the words alone; what a reason means for a person is decided in `runs` and `reply`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FORGOTTEN: Final = "(forgotten)"  # where a person's address was erased

# Why an address is suppressed.
SUPPRESSED: Final[Mapping[str, str]] = {
    "opted_out": "opted out",
    "complained": "complained",
    "do_not_contact": "do not contact",
    "dead_address": "address dead",
    "manual": "by staff",
}
# Why somebody on a list gets no mail.
LEFT_OUT: Final[Mapping[str, str]] = {
    "duplicate": "on the lists twice",
    "invalid": "without a usable address",
    "missing": "without an address",
    "marked": "marked in the list as not to be mailed",
    "excluded": "on an --except list",
    "already_planned": "in this mailing already",
    "retention_over": "kept past the list's own date",
    "filtered": "not meant by --where",
    "not_sampled": "not drawn by --sample",
    "beyond_limit": "beyond --limit",
    "outlet_cap": "one too many of their outlet",
    "mailed_recently": "who got news a short time ago",
    "embargo_not_agreed": "who have not agreed to keep an embargo",
    "away": "who are away, as they wrote",
    "opted_out": "opted out",
    "complained": "complained",
    "dead_address": "with a dead address",
    "do_not_contact": "not to be contacted",
    "manual": "suppressed by staff",
}
# Reasons in the field's words, as sentences (reply.Outcome.reason).
WHY: Final[Mapping[str, str]] = {
    "userunknown": "the address does not exist",
    "hostunknown": "the domain takes no mail",
    "hasmoved": "the person has moved away",
    "suspend": "the mailbox is disabled",
    "mailboxfull": "the mailbox is full",
    "filtered": "the mailbox takes no mail from us",
    "expired": "their server could not be reached for too long",
    "networkerror": "the connection broke",
    "onhold": "put off (greylisted)",
    "systemerror": "their server asks to try later",
    "systemfull": "their server is full",
    "mailererror": "a program on their server failed",
    "notaccept": "the domain takes no mail",
    "policyviolation": "refused as policy",
    "spamdetected": "refused as spam",
    "virusdetected": "refused as a virus",
    "blocked": "our server is blocked there",
    "badreputation": "our server is blocked there",
    "requireptr": "our server has no name in the DNS",
    "authfailure": "our sender domain did not pass their checks",
    "securityerror": "their server asks for more security",
    "failedstarttls": "no secure connection could be made",
    "norelaying": "our server may not send there",
    "contenterror": "the message was refused",
    "notcompliantrfc": "the message was refused as malformed",
    "mesgtoobig": "the message is too big",
    "exceedlimit": "the message is too big",
    "emailtoolarge": "the message is too big",
    "speeding": "too fast for them",
    "ratelimited": "too fast for them",
    "toomanyconn": "too many connections for them",
    "rejected": "refused",
    "syntaxerror": "their server did not understand ours",
    "smtputf8": "the relay cannot take such an address",
    "process_died": "mailer was stopped in the middle",
    "stopped": "mailer was stopped before the relay had answered",
    "ledger_failed": "the ledger could not be written in the middle",
    "by_hand": "settled by hand",
    "by_return": "settled: something came back about it",
    "by_copy": "settled: a copy of it was found",
}
LATER: Final = "Nothing to do: whoever stays like this over several mailings is left out by and by."
_OURS: Final = "This is about us, not about them; nobody is taken off a list for it."
_NO_MORE: Final = "The address is suppressed. "
_NOT_SUPPRESSED: Final = "Not suppressed. "
# What to do, for whoever reads a list of bounces; of those who are suppressed where a reason leads to that.
TO_DO: Final[Mapping[str, str]] = {
    "notaccept": f"{_NO_MORE}Find the new address: mailer lists find",
    "failedstarttls": f"{_OURS} Ask the relay's operator.",
    "notcompliantrfc": f"{_OURS} Their words say which rule it was: mailer bounces show",
    "syntaxerror": LATER,
    "userunknown": f"{_NO_MORE}Find the new address: mailer lists find",
    "hostunknown": f"{_NO_MORE}A slip of the pen? mailer lists find",
    "hasmoved": f"{_NO_MORE}Find the new address: mailer lists find",
    "suspend": f"{_NO_MORE}Have they left? mailer lists find",
    "mailboxfull": LATER,
    "filtered": LATER,
    "expired": LATER,
    "networkerror": LATER,
    "systemerror": LATER,
    "systemfull": LATER,
    "mailererror": LATER,
    "onhold": LATER,
    "spamdetected": f"{_OURS} Look at SPF, DKIM and DMARC of the sender's domain, and at the text.",
    "virusdetected": f"{_OURS} Look at the attachments.",
    "blocked": f"{_OURS} Ask the relay's operator whether its address is on a block list.",
    "badreputation": f"{_OURS} Ask the relay's operator whether its address is on a block list.",
    "requireptr": f"{_OURS} The relay's operator has to give its address a name (PTR).",
    "authfailure": f"{_OURS} Look at SPF, DKIM and DMARC of the sender's domain.",
    "policyviolation": f"{_OURS} Their words say which rule it was: mailer bounces show",
    "contenterror": f"{_OURS} Their words say what they did not like: mailer bounces show",
    "mesgtoobig": f"{_OURS} Send pictures as links.",
    "exceedlimit": f"{_OURS} Send pictures as links.",
    "norelaying": f"{_OURS} The relay does not let this sender send there: ask its operator.",
    "securityerror": f"{_OURS} Ask the relay's operator.",
    "speeding": f"{_OURS} A lower pace helps: [pacing.domains] in mailer.toml",
    "ratelimited": f"{_OURS} A lower pace helps: [pacing.domains] in mailer.toml",
    "toomanyconn": f"{_OURS} Fewer connections help: connections in [relays] of mailer.toml",
    "rejected": f"{_OURS} Their words say more: mailer bounces show",
}
_UNKNOWN_TO_DO: Final = "Their words say more: mailer bounces show"


def why(reason: str) -> str:
    """Return the reason of a bounce as words for people; one that has none stays the field's word."""
    return "no reason is told" if reason in {"", "onhold"} else WHY.get(reason, reason)


def to_do(reason: str, *, suppressed: bool = True) -> str:
    """Return what one can do about a reason, for somebody who is suppressed for it or (not any more) is not."""
    advice = TO_DO.get(reason, _UNKNOWN_TO_DO)
    return advice if suppressed else advice.replace(_NO_MORE, _NOT_SUPPRESSED)


def reason_words(reason: str) -> str:
    """Return why people get no mail, and how far that reaches where it is not everywhere (`opted_out list:coast`)."""
    head, _, reach = reason.partition(" ")
    words = LEFT_OUT.get(head, head)
    return f"{words} ({reach})" if reach else words
