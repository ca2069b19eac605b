"""Statuses: what an enhanced status code says where the words beside it say nothing.

Owns the codes of RFC 3463, its registry (RFC 5248, 7372, 7504, 7505, 8616) and the ranges that Microsoft 365 keeps for
itself. The class (4 or 5) is not looked at: it says for how long, not why. Never reads a text.
"""

from __future__ import annotations

import re

from mailer.reply.reasons import Reason

_R = Reason
_EXACT = {
    "1.0": _R.USERUNKNOWN,
    "1.1": _R.USERUNKNOWN,
    "1.2": _R.HOSTUNKNOWN,
    "1.3": _R.USERUNKNOWN,
    "1.4": _R.FILTERED,  # several fit the name
    "1.6": _R.HASMOVED,
    "1.7": _R.REJECTED,
    "1.8": _R.REJECTED,
    "1.9": _R.REJECTED,
    "1.10": _R.HOSTUNKNOWN,  # RFC 7505; Exchange says it for a person, and has words for that
    "1.20": _R.NORELAYING,
    "1.90": _R.SPEEDING,  # Microsoft 365: the sender's daily limit
    "2.0": _R.FILTERED,
    "2.1": _R.SUSPEND,
    "2.2": _R.MAILBOXFULL,
    "2.3": _R.EXCEEDLIMIT,
    "2.4": _R.FILTERED,  # a mailing list's expansion
    "2.121": _R.SPEEDING,
    "2.122": _R.SPEEDING,
    "3.0": _R.SYSTEMERROR,
    "3.1": _R.SYSTEMFULL,
    "3.2": _R.NOTACCEPT,
    "3.4": _R.MESGTOOBIG,
    "3.190": _R.EXPIRED,
    "4.3": _R.SYSTEMERROR,
    "4.4": _R.HOSTUNKNOWN,
    "4.5": _R.SPEEDING,  # Gmail: the day's quota
    "4.7": _R.EXPIRED,
    "4.300": _R.EXPIRED,
    "4.310": _R.HOSTUNKNOWN,
    "4.312": _R.HOSTUNKNOWN,
    "4.316": _R.EXPIRED,
    "5.3": _R.POLICYVIOLATION,  # too many recipients
    "5.6": _R.SYSTEMERROR,
    "7.4": _R.SECURITYERROR,
    "7.9": _R.POLICYVIOLATION,
    "7.10": _R.FAILEDSTARTTLS,
    "7.13": _R.SUSPEND,
    "7.17": _R.HASMOVED,  # RRVS, RFC 7293
    "7.18": _R.HASMOVED,
    "7.19": _R.SPEEDING,
    "7.25": _R.REQUIREPTR,  # RFC 7372
    "7.27": _R.REJECTED,  # the sender's domain has a null MX, RFC 7505
    "7.28": _R.SPEEDING,  # mail flood, RFC 8616's neighbour in the registry
    "7.57": _R.SECURITYERROR,
    "7.60": _R.NORELAYING,
    "7.64": _R.NORELAYING,
    "7.124": _R.REJECTED,
    "7.232": _R.SPEEDING,
    "7.233": _R.SPEEDING,
    "7.508": _R.TOOMANYCONN,
    "7.509": _R.AUTHFAILURE,
    "7.511": _R.BLOCKED,
    "7.512": _R.NOTCOMPLIANTRFC,
    "7.515": _R.AUTHFAILURE,
    "7.705": _R.SPEEDING,
    "7.708": _R.BLOCKED,
    "7.750": _R.NORELAYING,
}
_GROUPS = {
    "1": _R.USERUNKNOWN,
    "2": _R.FILTERED,
    "3": _R.SYSTEMERROR,
    "4": _R.NETWORKERROR,
    "5": _R.SYNTAXERROR,
    "6": _R.CONTENTERROR,
    "7": _R.SECURITYERROR,
}
_RANGES = (  # of x.7.z
    (range(20, 25), _R.AUTHFAILURE),
    (range(26, 27), _R.AUTHFAILURE),
    (range(29, 33), _R.AUTHFAILURE),
    (range(500, 508), _R.BLOCKED),
    (range(606, 650), _R.BLOCKED),
)
_VAGUE = re.compile(r"[45]\.(?:0\.\d+|1\.0|2\.0|3\.0|4\.0|5\.0)$|$")


def is_vague(status: str) -> bool:
    """Return whether a status leaves the reason to the text: none, “other”, or a bare 5.0.0."""
    return _VAGUE.match(status) is not None


def reason_of_status(status: str) -> Reason | None:
    """Return what an enhanced status code stands for; None for none, and for `x.0.z`, which stands for nothing."""
    _, _, rest = status.partition(".")
    if rest in _EXACT:
        return _EXACT[rest]
    subject, _, detail = rest.partition(".")
    if subject == "7" and detail.isdigit():
        return next((reason for numbers, reason in _RANGES if int(detail) in numbers), Reason.SECURITYERROR)
    return _GROUPS.get(subject)
