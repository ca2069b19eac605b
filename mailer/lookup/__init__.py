"""Lookup: what the DNS says. Owns dnspython; never runs unless a person asked for it.

domains.py   which domains of addresses take no mail for certain
resolver.py  one name server, one question after the other: TXT, MX, addresses, names of addresses
"""

from mailer.lookup.domains import (
    NO_MAIL_SERVER,
    NO_SUCH_DOMAIN,
    NULL_MX,
    DomainAnswers,
    fetch_domains,
    find_dead_domains,
)
from mailer.lookup.resolver import Answer, Resolver, Said

__all__ = [
    "NO_MAIL_SERVER",
    "NO_SUCH_DOMAIN",
    "NULL_MX",
    "Answer",
    "DomainAnswers",
    "Resolver",
    "Said",
    "fetch_domains",
    "find_dead_domains",
]
