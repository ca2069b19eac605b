"""Verdict: whether an SPF record allows an address to deliver, as a receiver would judge (RFC 7208 §4, §5).

Asks through what it is handed; raises nothing. Held to the RFC 7208 test suite of OpenSPF. `ptr` and `%{p}` are
followed although nobody should publish them (§5.5): receivers do follow them, and the verdict is about receivers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from mailer.message.records import Ask
from mailer.message.records.spf import ASKING, Term, is_spf, parse_spf
from mailer.message.records.spf_macros import Client, expand
from mailer.message.records.spf_survey import MOST_EMPTY, MOST_NAMES, MOST_QUESTIONS


class SpfResult(StrEnum):
    """The results of RFC 7208 §2.6."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIED: Final = {
    "+": SpfResult.PASS,
    "-": SpfResult.FAIL,
    "~": SpfResult.SOFTFAIL,
    "?": SpfResult.NEUTRAL,
}


class _Stop(Exception):
    """The judging is over, with this result."""

    def __init__(self, result: SpfResult) -> None:
        super().__init__(result)
        self.result = result


@dataclass(slots=True)
class _Judge:
    ask: Ask
    client: Client
    questions: int = 0
    empty: int = 0

    def judge(self, domain: str) -> SpfResult:
        records = [text for text in self.records(domain, "TXT", counts=False) if is_spf(text)]
        if not records:
            return SpfResult.NONE
        record = parse_spf(records[0])
        if len(records) > 1 or record.wrong:
            raise _Stop(SpfResult.PERMERROR)
        for term in record.terms:
            if self.matches(term, domain):
                return _QUALIFIED[term.qualifier]
        if record.redirect is None:
            return SpfResult.NEUTRAL
        self.count()
        result = self.judge(self.name(record.redirect, domain))
        return SpfResult.PERMERROR if result is SpfResult.NONE else result

    def matches(self, term: Term, domain: str) -> bool:
        if term.name in ASKING:
            self.count()
        name = self.name(term, domain)
        if term.name in {"ip4", "ip6"}:
            return term.network is not None and self.client.address in term.network
        ways: dict[str, Callable[[], bool]] = {
            "all": lambda: True,
            "a": lambda: self.within(self.addresses(name), term),
            "mx": lambda: self.is_mail_server(name, term),
            "exists": lambda: bool(self.records(name, "A")),
            "include": lambda: self.includes(name),
            "ptr": lambda: any(is_below(each, name) for each in self.client_names()),
        }
        return ways[term.name]()

    def name(self, term: Term, domain: str) -> str:
        """Return the name that a term is about, its macros filled in."""
        client = self.client
        if "%{p" in term.value.lower():
            names = self.client_names()  # §7.3: the domain itself, else a name below it, else any
            named = sorted(names, key=lambda each: (each.lower() != domain.lower(), not is_below(each, domain)))
            client = replace(client, name=next(iter(named), "unknown"))
        return expand(term.value, domain, client) or domain

    def client_names(self) -> list[str]:
        """Return the names of the client's address that lead back to it (§5.5); none where the DNS is silent."""
        names = self.ask(self.client.address.reverse_pointer, "PTR") or ()
        kind = "A" if self.client.address.version == 4 else "AAAA"
        return [
            name.rstrip(".")
            for name in names[:MOST_NAMES]
            if any(ip_address(found) == self.client.address for found in self.ask(name.rstrip("."), kind) or ())
        ]

    def is_mail_server(self, name: str, term: Term) -> bool:
        hosts = self.records(name, "MX")
        if len(hosts) > MOST_NAMES:
            raise _Stop(SpfResult.PERMERROR)  # §4.6.4
        return any(self.within(self.addresses(host, counts=False), term) for host in hosts)

    def includes(self, name: str) -> bool:
        result = self.judge(name)
        if result in {SpfResult.NONE, SpfResult.PERMERROR}:
            raise _Stop(SpfResult.PERMERROR)  # §5.2
        return result is SpfResult.PASS

    def within(self, addresses: tuple[str, ...], term: Term) -> bool:
        length = term.cidr4 if self.client.address.version == 4 else term.cidr6
        nets: list[IPv4Network | IPv6Network] = [ip_network(f"{each}/{length}", strict=False) for each in addresses]
        return any(self.client.address in net for net in nets)

    def addresses(self, name: str, *, counts: bool = True) -> tuple[str, ...]:
        kind = "A" if self.client.address.version == 4 else "AAAA"
        return self.records(name, kind, counts=counts)

    def records(self, name: str, kind: str, *, counts: bool = True) -> tuple[str, ...]:
        found = self.ask(name, kind)
        if found is None:
            raise _Stop(SpfResult.TEMPERROR)
        if counts and not found:
            self.empty += 1
            if self.empty > MOST_EMPTY:
                raise _Stop(SpfResult.PERMERROR)
        return found

    def count(self) -> None:
        self.questions += 1
        if self.questions > MOST_QUESTIONS:
            raise _Stop(SpfResult.PERMERROR)


def is_below(name: str, domain: str) -> bool:
    """Return whether a name is a domain, or below it."""
    return f".{name.rstrip('.')}".lower().endswith(f".{domain.rstrip('.')}".lower())


def judge_spf(domain: str, client: Client, ask: Ask) -> SpfResult:
    """Return what the domain's record says of mail that comes from an address (check_host, RFC 7208 §4)."""
    try:
        return _Judge(ask, client).judge(domain)
    except _Stop as stop:
        return stop.result


def client_at(address: str, sender: str, ehlo: str = "unknown") -> Client:
    """Return who delivers, from an address as text; an IPv4 address in IPv6's form is the IPv4 address (§5).

    Raises:
        ValueError: it is no IP address.
    """
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return Client(mapped or found, sender, ehlo)
