"""Leanings: words that say little, and lean to a reason where nothing better stands beside them.

Owns the last rows of the table. None of them is proof enough that an address is dead.
"""

from __future__ import annotations

from mailer.reply.reasons import Reason
from mailer.reply.texts.rows import row

ROWS = (
    row(
        Reason.SPAMDETECTED,
        "550 Refused: spam",
        " spam ",
        "junk",
        "message content rejected",
        "message contents rejected",
        "content rejected",
        "content denied",
        " bulk ",
        " ube ",
        " uce ",
        "commercial email",
    ),
    row(
        Reason.POLICYVIOLATION,
        "550 5.7.1 Against our policy",
        *(
            "policy",
            "policies",
            "prohibit",
            "administrative",
            "not allowed",
            "not permitted",
            "forbidden",
        ),
        *(
            "violat",
            "local rule",
            "acl ",
            "you must",
            "not welcome",
            "disallowed",
            "restriction",
            "restricted",
            "suspicious",
        ),
    ),
    row(
        Reason.SECURITYERROR,
        "550 5.7.1 Access denied",
        *("access denied", "permission", "security", "denied", "not accepted from", "insufficient privileges"),
    ),
    row(
        Reason.USERUNKNOWN,
        "550 5.5.0 Requested action not taken: mailbox unavailable",
        *("mailbox unavailable", "mailbox not available", "mailbox is unavailable", "recipient address rejected"),
        *("recipient rejected", "address rejected", "recipient not accepted", "address not accepted", "rcpt failed"),
        *("recipient unavailable", "user unavailable", "mailbox * unavailable", "user not available", "not our user"),
        *("is not available", "bad address", "not deliverable"),
    ),
    row(Reason.REJECTED, "550 Message rejected", "rejected", "refused", "not accepted", "reject"),
    row(Reason.CONTENTERROR, "554 Bad message content", "message content"),
)
