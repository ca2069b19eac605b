"""Domains: which domains of addresses take no mail for certain.

A name server that is silent or broken, or knows no name in the world, says nothing about anybody's mailbox, so such
domains are not dead. Never judges an address.

RFC 5321 §5.1 (without MX the address record counts), RFC 7505 (null MX).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.MX import MX

from mailer.lookup.resolver import is_closed, make_resolver

AT_ONCE: Final = 16
NO_SUCH_DOMAIN: Final = "there is no such domain"
NULL_MX: Final = "the domain takes no mail (null MX)"
NO_MAIL_SERVER: Final = "the domain has no mail server"


@dataclass(frozen=True, slots=True)
class DomainAnswers:
    """What the DNS said: `dead` gives domains that take no mail their reason, `silent` are those without an answer."""

    dead: Mapping[str, str]
    silent: tuple[str, ...]


def fetch_domains(
    domains: Iterable[str], *, nameserver: str | None = None, port: int = 53, timeout_s: float
) -> DomainAnswers:
    """Ask the DNS about domains (A-labels), each once, several at a time.

    `nameserver` is an IP address, by default this machine's; `timeout_s` bounds the time for one question.
    """
    resolver = make_resolver((nameserver, port) if nameserver else None, timeout_s)
    asked = sorted(set(domains))
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="lookup") as pool:
        reasons = list(pool.map(lambda domain: _why_dead(resolver, domain), asked))
    if NO_SUCH_DOMAIN in reasons and is_closed(resolver, asked[reasons.index(NO_SUCH_DOMAIN)]):
        reasons = [None if reason == NO_SUCH_DOMAIN else reason for reason in reasons]
    told = list(zip(asked, reasons, strict=True))
    return DomainAnswers(
        dead={domain: reason for domain, reason in told if reason},
        silent=tuple(domain for domain, reason in told if reason is None),
    )


def find_dead_domains(
    domains: Iterable[str], *, nameserver: str | None = None, port: int = 53, timeout_s: float
) -> dict[str, str]:
    """Return those of the domains that take no mail, each with the reason in plain words; see `fetch_domains`."""
    return dict(fetch_domains(domains, nameserver=nameserver, port=port, timeout_s=timeout_s).dead)


def _why_dead(resolver: dns.resolver.Resolver, domain: str) -> str | None:
    """Return the reason why a domain takes no mail, an empty string if it does, None if nobody answered."""
    try:
        servers = _records(resolver, domain, dns.rdatatype.MX)
        if servers is None:
            addresses = (dns.rdatatype.A, dns.rdatatype.AAAA)
            none = all(_records(resolver, domain, kind) is None for kind in addresses)
            return NO_MAIL_SERVER if none else ""
    except dns.resolver.NXDOMAIN:
        return NO_SUCH_DOMAIN
    except dns.exception.DNSException:  # a timeout, SERVFAIL, a name that is none: no word about the mailbox
        return None
    hosts = [str(record.exchange) for record in servers if isinstance(record, MX)]
    return NULL_MX if hosts == ["."] else ""


def _records(resolver: dns.resolver.Resolver, domain: str, kind: dns.rdatatype.RdataType) -> dns.resolver.Answer | None:
    """Return the records of one kind, or None where the domain exists and has none."""
    try:
        return resolver.resolve(f"{domain}.", kind, search=False)
    except dns.resolver.NoAnswer:
        return None
