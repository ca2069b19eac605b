"""Accounts: the mailbox is full, switched off, or somebody's who is elsewhere now.

Owns sentences about one mailbox that is there or was. Never “nobody of that name”: that is `addresses`.
"""

from __future__ import annotations

from mailer.reply.reasons import Reason
from mailer.reply.texts.rows import row

ROWS = (
    row(
        Reason.SPEEDING,
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly",
        *("receiving mail too quickly", "receiving mail at a rate", "receives mail at a rate", "is receiving mail at"),
        *("receiving messages at a rate", "recipient * receiving * too fast", "mailbox is receiving too"),
        *(
            "daily limit",
            "daily quota",
            "hourly quota",
            "sending quota",
            "message quota",
            "submission quota",
            "daily sending",
        ),
        *("relay quota", "sending limit", "daily message", "daily user sending", "hourly sending", "monthly sending"),
    ),
    row(
        Reason.MAILBOXFULL,
        "552 5.2.2 <ann@example.com>: the mailbox is full",
        *("mailbox is full", "mailbox full", "mailbox was full", "mailfolder is full", "inbox is full", "inbox full"),
        *("mailbox too large", "mailbox is too large", "mailbox size limit exceeded", "mailbox has exceeded"),
        *("mailbox exceeds", "mailbox exceeded", "mailbox quota", "mailbox would exceed", "mailbox is over"),
        *(
            "mailbox limit",
            "exceeds allowed size",
            "size allowed for this",
            "mailbox too full",
            "user has too many messages",
            "too many messages in mailbox",
        ),
        *("too many messages on this mailbox", "messages in recipients mailbox exceeded", "maildir over quota"),
        *("over quota", "overquota", "over their quota", "over its quota", "over his quota", "over the quota"),
        *("over allocated quota", "over disk quota", "over the storage quota", "disk quota", "quota exceeded"),
        *("quota exceed", "quota violation", "quota limit", "quota full", "quota is full", "exceeded quota"),
        *("exceeds quota", "exceeded storage", "exceed storage", "exceeds storage", "exceeded its storage"),
        *("exceed * quota", "exceeded the space allowed", "exceeds * storage", "exceeded * storage", "full mailbox"),
        *("out of quota", "not enough storage space", "insufficient storage in", "insufficient disk quota"),
        *("account is full", "account is over", "account over", "user is over", "recipient over", "mail box full"),
        *("recipient reached disk quota", "reached * quota", "storage quota", "user mailbox is full", "mbox full"),
        *("delivery would exceed", "storage limit", "no space left for this user", "mail quota", "user full"),
        *("recipient * mailbox * full", "not enough space in * mailbox", "mailbox has no space", "mailbox storage"),
        *("boite aux lettres pleine", "mailfolder is over", "mail folder is full", "incoming mailbox for user"),
    ),
    row(
        Reason.SUSPEND,
        "550 5.2.1 The email account that you tried to reach is disabled",
        *("account * disabled", "mailbox * disabled", "user * disabled", "recipient * disabled", "address * disabled"),
        *("disabled account", "disabled mailbox", "disabled user", "disabled recipient", "delivery * disabled"),
        *("account * inactive", "mailbox * inactive", "user * inactive", "recipient * inactive", "inactive account"),
        *("inactive user", "inactive mailbox", "inactive recipient", "address is inactive", "account is not active"),
        *("mailbox is not active", "mailbox not active", "user not active", "user is not active", "account not active"),
        *("account * suspended", "mailbox * suspended", "user * suspended", "recipient * suspended", "is suspended"),
        *("recipient suspend", "account * deactivated", "mailbox * deactivated", "user * deactivated", "deactivated"),
        *(
            "account * closed",
            "extended inactivity",
            "accountdisabled",
            "mailbox * closed",
            "account has been locked",
            "account is locked",
            "mailbox is locked",
        ),
        *("mailbox * frozen", "account * frozen", "mailbox locked", "account locked", "account is blocked"),
        *("mailbox is blocked", "mailbox blocked", "account blocked", "user is blocked", "recipient is blocked"),
        *("account * terminated", "mailbox * terminated", "account * cancelled", "account * canceled"),
        *("account expired", "account has expired", "mailbox has expired", "mailbox expired", "user account expired"),
        *("mailbox currently suspended", "mailbox temporarily disabled", "temporarily locked", "is a deactivated"),
        *("mailbox unavailable * suspended", "not accepting mail * suspended", "domain * suspended", "account frozen"),
        *(
            "invalid inactive user",
            "mailbox unused",
            "expired account",
            "not active anymore",
            "unavailable or inactive",
        ),
        *("account not activated", "has been disabled"),
    ),
    row(
        Reason.HASMOVED,
        "551 5.1.6 User has moved, please write elsewhere",
        *("has moved", "have moved", "has been replaced by", "recipient no longer on", "user no longer on"),
        *(
            "no longer at this address",
            "no longer with",
            "no longer works",
            "no longer employed",
            "has left the company",
        ),
        *("user not local please try", "address has changed", "address changed", "new address is", "moved to another"),
        *("recipient has changed", "is no longer on server", "changed his address", "changed their address"),
    ),
    row(
        Reason.FILTERED,
        "550 The recipient has blocked your address",
        *("user has blocked", "recipient has blocked", "blocked by recipient", "blocked by the recipient"),
        *("blocked by user", "recipient * blocked you", "blocked your address"),
    ),
)
