"""Suppression words: how other tools say that an address must not be mailed.

Owns the names of columns and of states in the suppression files and contact exports of listmonk, Mailchimp, Mailtrain,
Brevo, HubSpot, SendGrid, Postmark, Mailgun, Amazon SES and our own, and what each means here. Never reads a file.
Names and words are compared compacted: no case, blanks or signs.

A soft bounce, a block for a time, and "non-subscribed" (never asked) are no suppressions. A status that stands in no
table is said, and suppresses nobody.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from mailer.contacts.meaning.words import compact

OPTED_OUT, COMPLAINED, DEAD_ADDRESS = "opted_out", "complained", "dead_address"
DO_NOT_CONTACT, MANUAL = "do_not_contact", "manual"
ACTIVE: Final = ""

FORMATS: Final = (
    *("auto", "csv", "listmonk", "mailchimp", "mailtrain", "brevo", "hubspot", "sendgrid", "postmark", "ses"),
    "mailgun",
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMAIL: Final = _words("email emailaddress emailadresse address recipient mail emails primaryemail subscriberemail")
STATUS: Final = _words(
    "status subscriptionstatus subscriberstatus emailstatus state marketingstatus emailmarketingstatus code"
)
REASON: Final = _words("reason suppressionreason type cause category bouncetype")
SCOPE: Final = _words("scope")
# the time of the no itself rather than that of the row; of a contact, its last change rather than its making
SINCE: Final = (
    *("unsubtime", "cleantime", "unsubscribedat", "unsubscribedate", "optouttime", "optoutdate", "bouncedat"),
    *("suppressedat", "blockedat", "since", "lastupdatetime", "lastchanged", "updatedat", "addedat", "added"),
    *("created", "createdat", "createtime", "timestamp", "time", "date"),
)
NOTE: Final = _words("note unsubreasonother unsubreason unsubcampaigntitle cleancampaigntitle error description")
HASH: Final = _words("hash emailhash md5 sha1 sha256 emailmd5 emailsha256 leid")
# a filled-in cell says it by itself: a yes, or the time when it happened
FLAGS: Final = {
    **dict.fromkeys(
        _words(
            "optedoutofallemail unsubscribedfromallemail unsubscribed optout optedout emailoptout hasoptedoutofemail "
            "blocklisted blacklisted emailblacklisted emailblocklisted blacklist blocklist globallyunsubscribed "
            "globalunsubscribe unsubtime unsubscribedat unsubscribetime optouttime optoutdate unsubscribedate"
        ),
        OPTED_OUT,
    ),
    **dict.fromkeys(_words("cleantime hardbounced hardbounce cleaned emailhardbouncereason bounced"), DEAD_ADDRESS),
    **dict.fromkeys(_words("complained spamcomplaint spamreport markedasspam"), COMPLAINED),
    **dict.fromkeys(_words("donotcontact donotemail donotmail"), DO_NOT_CONTACT),
}
_NO: Final = _words("no false 0 n nein non nej never none null")

_TEMPORARY: Final = re.compile(r"soft|transient|temporar|deferred|undetermined")
# in this order: "unsubscribed" has "subscribed" in it, and "soft bounce" a bounce
_STATES: Final = (
    (_TEMPORARY, ACTIVE),
    (re.compile(r"donotcontact|donotmail"), DO_NOT_CONTACT),
    (re.compile(r"spam|complain|abuse|junk"), COMPLAINED),
    (re.compile(r"bounce|clean|invalid|undeliver|dead|unknownuser|notexist|nosuch|mailboxunavailable"), DEAD_ADDRESS),
    (
        re.compile(r"unsub|optout|optedout|opteddown|blocklist|blacklist|optsout|désinscri|desinscri|abgemeldet"),
        OPTED_OUT,
    ),
    (re.compile(r"^(manualsuppression|recipient|user|customer|removed|suppressed|blocked)$"), OPTED_OUT),
    (re.compile(r"^(manual|bystaff|admin|disabled)$"), MANUAL),
    (
        re.compile(r"^(|non?subscribed|transactional|subscribed|enabled|active|confirmed|ok|valid)$"),
        ACTIVE,
    ),
    (re.compile(r"^(delivered|pending|unconfirmed|imported|new|inactive|archived|open|true|yes|0)$"), ACTIVE),
)
_MAILTRAIN: Final = {"1": ACTIVE, "2": OPTED_OUT, "3": DEAD_ADDRESS, "4": COMPLAINED}
_SMTP_CODE: Final = re.compile(r"(?P<class>[245])(?:\d\d|\.\d{1,3}\.\d{1,3})(?:\D.*)?")
_OWN: Final = frozenset({OPTED_OUT, COMPLAINED, DEAD_ADDRESS, DO_NOT_CONTACT, MANUAL})


@lru_cache(maxsize=4096)
def reason_of(text: str, *, numbers: bool = False) -> str | None:
    """Return the reason that a state means, `ACTIVE` for somebody who may be mailed, None where nobody knows it.

    `numbers`: the states are Mailtrain's numbers.
    """
    said = text.strip()
    if said in _OWN:
        return said
    if numbers and said in _MAILTRAIN:
        return _MAILTRAIN[said]
    code = _SMTP_CODE.fullmatch(said)
    if code:
        return DEAD_ADDRESS if code["class"] == "5" else ACTIVE
    word = compact(said)
    return next((reason for pattern, reason in _STATES if pattern.search(word)), None)


@lru_cache(maxsize=4096)
def is_temporary(text: str) -> bool:
    """Return whether a reason will pass by itself: a soft bounce."""
    return _TEMPORARY.search(compact(text)) is not None


@lru_cache(maxsize=4096)
def is_set(text: str) -> bool:
    """Return whether a cell of a column that is a flag says yes."""
    word = compact(text)
    return bool(word) and word not in _NO


def when(text: str) -> datetime | None:
    """Read a time as tools write it: ISO, with a blank for the T, or seconds or milliseconds since 1970."""
    said = text.strip().removesuffix(" UTC")
    if not said:
        return None
    if said.isdecimal() and len(said) in {10, 13}:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(said) * (1 if len(said) == 13 else 1000))
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
