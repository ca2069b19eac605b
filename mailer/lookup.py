"""Lookup: DNS queries: records for the doctor, and which domains of addresses certainly take no mail.

Owns dnspython; runs only when a person has asked for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from typing import Final

import dns.exception
import dns.inet
import dns.name
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from mailer.frozen import dataclass

# Resolver: queries to one name server, from any number of threads.
#
# Answers too long for UDP, such as long SPF records and DKIM keys, come over TCP (RFC 7766).

_EDNS_BYTES: Final = 1232  # passes every network unfragmented (DNS flag day 2020)
_PATIENCE: Final = 4  # queries without an answer, and none ever answered: there is no server
_LATE: Final = "no answer in time"
_TOPS: Final = ("com", "net", "org")
_CLOSED: Final = "the name server here knows not even .com, as in a closed network"


class AnswerKind(StrEnum):
    """The kind of an answer: records, none of this kind, no such name, or nothing reliable."""

    FOUND = "found"
    NONE = "none"
    NO_NAME = "no-name"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The answer about one name: records as text (MX by preference, hosts without their last dot)."""

    kind: AnswerKind
    records: tuple[str, ...] = ()
    why: str = ""

    @property
    def known(self) -> bool:
        """Return whether the DNS answered at all, even that there is nothing."""
        return self.kind is not AnswerKind.SILENT


class Resolver:
    """Queries a name server; answers are cached as long as it exists, so that no query is made twice."""

    def __init__(self, nameserver: tuple[str, int] | None = None, *, timeout_s: float = 5.0) -> None:
        """Take the server's address and port (None: this machine's own servers), and the time for one query.

        With no server given and none set on this machine, no query is answered.
        """
        try:
            self._resolver = dns.resolver.Resolver(configure=nameserver is None)
        except dns.resolver.NoResolverConfiguration:  # no resolv.conf
            self._resolver = dns.resolver.Resolver(configure=False)
        if nameserver is not None:
            self._resolver.nameservers, self._resolver.port = [nameserver[0]], nameserver[1]
        self._resolver.lifetime = timeout_s
        self._resolver.search = []
        self._resolver.use_edns(0, 0, _EDNS_BYTES)
        self._resolver.cache = dns.resolver.LRUCache()
        self._answers: dict[tuple[str, str], DnsAnswer] = {}
        self._timeouts = 0

    def ask(self, name: str, kind: str) -> DnsAnswer:
        """Return the records of a kind (TXT, MX, A, AAAA, PTR, CNAME) at a name in A-labels.

        The strings of a TXT record are joined without a blank (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
        """
        key = (name.lower().rstrip("."), kind)
        if key not in self._answers:
            if self._timeouts >= _PATIENCE and not any(answer.known for answer in list(self._answers.values())):
                return DnsAnswer(AnswerKind.SILENT, why="the name server does not answer at all")
            self._answers[key] = self._fetch(*key)
            self._timeouts += self._answers[key].why == _LATE
        return self._answers[key]

    def records(self, name: str, kind: str) -> tuple[str, ...] | None:
        """Return only the records, as the pure rooms need them: () if there are none, None without an answer."""
        answer = self.ask(name, kind)
        return answer.records if answer.known else None

    def addresses(self, name: str) -> DnsAnswer:
        """Return the IPv4 and IPv6 addresses of a host; one that is an address already is its own."""
        if dns.inet.is_address(name.strip("[]")):
            return DnsAnswer(AnswerKind.FOUND, (name.strip("[]"),))
        both = [self.ask(name, kind) for kind in ("A", "AAAA")]
        records = tuple(record for answer in both for record in answer.records)
        return DnsAnswer(AnswerKind.FOUND, records) if records else both[0] if not both[0].known else both[1]

    def host_names(self, address: str) -> DnsAnswer:
        """Return the names of an IP address (PTR)."""
        return self.ask(dns.reversename.from_address(address).to_text(), "PTR")

    def _fetch(self, name: str, kind: str) -> DnsAnswer:
        try:
            found = self._resolver.resolve(f"{name}.", kind, search=False)
        except dns.resolver.NXDOMAIN:
            return DnsAnswer(AnswerKind.SILENT, why=_CLOSED) if self._is_closed(name) else DnsAnswer(AnswerKind.NO_NAME)
        except dns.resolver.NoAnswer:
            return DnsAnswer(AnswerKind.NONE)
        except dns.exception.Timeout:
            return DnsAnswer(AnswerKind.SILENT, why=_LATE)
        except dns.resolver.NoNameservers as error:
            broken = "SERVFAIL" in str(error)
            return DnsAnswer(
                AnswerKind.SILENT, why="its name server is broken (SERVFAIL)" if broken else "no usable answer"
            )
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            return DnsAnswer(AnswerKind.SILENT, why=" ".join(str(error).split()) or type(error).__name__)
        return DnsAnswer(AnswerKind.FOUND, _texts(found))

    def _is_closed(self, name: str) -> bool:
        """Return whether a server that does not know a name knows no top-level domain either, as in a hotel."""
        for top in {*_TOPS, name.rpartition(".")[2]}:
            try:
                self._resolver.resolve(f"{top}.", "SOA", raise_on_no_answer=False, search=False)
            except dns.resolver.NXDOMAIN:
                continue
            except dns.exception.DNSException:
                return False
            return False
        return True


def _texts(found: dns.resolver.Answer) -> tuple[str, ...]:
    mx = [record for record in found if isinstance(record, MX)]
    if mx:
        mx.sort(key=lambda record: (record.preference, record.exchange))
        return tuple(record.exchange.to_text(omit_final_dot=True).lower() or "." for record in mx)
    texts = (
        b"".join(each.strings).decode("utf-8", "replace") if isinstance(each, TXT) else str(each).rstrip(".").lower()
        for each in found
    )
    return tuple(sorted(texts))  # they come in any order


# Domains: which domains of addresses certainly take no mail.
#
# A name server that is silent or broken, or knows no name in the world, is no evidence about a mailbox, so such domains
# are not dead.
#
# RFC 5321 §5.1 (without MX the address record counts), RFC 7505 (null MX).

AT_ONCE: Final = 16
NO_SUCH_DOMAIN: Final = "there is no such domain"
NULL_MX: Final = "the domain takes no mail (null MX)"
NO_MAIL_SERVER: Final = "the domain has no mail server"


@dataclass(frozen=True, slots=True)
class DomainAnswers:
    """The answers: `dead` has the domains that take no mail, with the reason, `silent` those without an answer."""

    dead: Mapping[str, str]
    silent: tuple[str, ...]


def fetch_domains(
    domains: Iterable[str], *, nameserver: tuple[str, int] | None = None, timeout_s: float
) -> DomainAnswers:
    """Ask the DNS about domains (A-labels), each once, several at a time.

    `nameserver` is an IP address and a port, by default this machine's; `timeout_s` bounds the time for one question.
    """
    resolver, names = Resolver(nameserver, timeout_s=timeout_s), sorted(set(domains))
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="lookup") as pool:
        reasons = list(zip(names, pool.map(partial(_why_dead, resolver), names), strict=True))
    dead = {domain: reason for domain, reason in reasons if reason}
    return DomainAnswers(dead, tuple(domain for domain, reason in reasons if reason is None))


def _why_dead(resolver: Resolver, domain: str) -> str | None:
    """Return the reason why a domain takes no mail, an empty string if it takes mail, None without an answer."""
    for kind in ("MX", "A", "AAAA"):
        answer = resolver.ask(domain, kind)
        if not answer.known:  # a timeout, SERVFAIL, an invalid name: no evidence about the mailbox
            return None
        if answer.kind is AnswerKind.NO_NAME:
            return NO_SUCH_DOMAIN
        if answer.records:
            return NULL_MX if answer.records == (".",) else ""
    return NO_MAIL_SERVER
