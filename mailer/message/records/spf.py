"""SPF: one record taken apart (RFC 7208 §4.6, §5, §6).

Owns the grammar, and what people get wrong in it. Never asks the DNS. Raises nothing: what is wrong is told in
sentences, and what can be read of a broken record is given all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from mailer.errors import did_you_mean
from mailer.message.records.spf_macros import macro_fault

ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # each costs a question (§4.6.4)
_MECHANISMS: Final = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
# a term is printable ASCII (§4.6.1, §12); its prefix lengths carry no leading zero
_TERM: Final = re.compile(r"([+\-~?]?)([A-Za-z][\w.-]*)(?:([:=])([!-~]*?))?((?:/\d+)?(?://\d+)?)", re.ASCII)
_PREFIXES: Final = {
    "a": re.compile(r"(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?"),
    "mx": re.compile(r"(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?"),
    "ip4": re.compile(r"(?:/(0|[1-9]\d?))?()"),
    "ip6": re.compile(r"()(?:/(0|[1-9]\d{0,2}))?"),
}
_NO_PREFIX: Final = re.compile(r"()()")
# §7.1: a name ends in the label of a top domain, or in a macro
_NAME_END: Final = re.compile(
    r"(?:\.(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\.?|\})\Z"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a record: `-all`, `include:_spf.example.com`, `redirect=example.net`."""

    text: str
    name: str
    qualifier: str = "+"
    value: str = ""
    cidr4: int = 32
    cidr6: int = 128

    @property
    def network(self) -> IPv4Network | IPv6Network | None:
        """Return the network of an ip4 or ip6; None where it is none."""
        prefix = self.cidr4 if self.name == "ip4" else self.cidr6
        try:
            found = ip_network(f"{self.value}/{prefix}", strict=False)
        except ValueError:
            return None
        return found if found.version == (4 if self.name == "ip4" else 6) else None


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record: its mechanisms in order, where it redirects to, and what is wrong with it."""

    text: str
    terms: tuple[Term, ...] = ()
    redirect: Term | None = None
    wrong: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()  # what is allowed, and does not what somebody meant

    @property
    def all(self) -> Term | None:
        """Return the `all` that ends it."""
        return next((term for term in self.terms if term.name == "all"), None)

    @property
    def counting(self) -> tuple[Term, ...]:
        """Return the terms that are looked at: what stands behind `all` never is, and no redirect beside it (§5.1)."""
        ended = next((n for n, term in enumerate(self.terms, start=1) if term.name == "all"), None)
        redirect = (self.redirect,) if self.redirect and ended is None else ()
        return (*self.terms[:ended], *redirect)


def is_spf(text: str) -> bool:
    """Return whether a TXT record is an SPF record (§4.5): its first word alone decides."""
    return bool(re.match(r"v=spf1(?: |$)", text, re.IGNORECASE))


def parse_spf(text: str) -> SpfRecord:
    """Take a record apart."""
    terms: list[Term] = []
    modifiers: list[Term] = []
    wrong: list[str] = []
    for word in filter(None, text.split(" ")[1:]):
        glued = re.fullmatch(r"(.+[^:=])([~?-]all)", word)
        if glued:
            wrong.append(f'a blank is missing: "{glued[1]} {glued[2]}"')
        for piece in glued.groups() if glued else (word,):
            term, faults = _parse_term(piece)
            wrong += faults
            if term is not None:
                (modifiers if term.name in {"redirect", "exp"} else terms).append(term)
    redirects = [each for each in modifiers if each.name == "redirect"]
    for name in ("redirect", "exp"):
        if sum(each.name == name for each in modifiers) > 1:
            wrong.append(f"{name}= stands there twice")
    record = SpfRecord(text, tuple(terms), next(iter(redirects), None), tuple(wrong))
    return replace(record, remarks=tuple(_remarks(record)))


def _remarks(record: SpfRecord) -> Iterator[str]:
    if record.all is None:
        return
    behind = record.terms[record.terms.index(record.all) + 1 :]
    never = [term.text for term in (*behind, *((record.redirect,) if record.redirect else ()))]
    if never:
        yield f'beside "{record.all.text}" nobody looks at: {" ".join(never)}'


def _parse_term(word: str) -> tuple[Term | None, list[str]]:
    if word.lower().startswith("v="):
        return None, [f'"{word}" stands in the middle: two records were put into one']
    found = _TERM.fullmatch(word.rstrip(",;"))
    if found is None or word[-1] in ",;":
        return None, [f'"{word}" is no term of SPF; only blanks stand between them']
    qualifier, name, sign, value, cidr = found.groups()
    name = name.lower()
    if sign == "=" and not qualifier:
        return _modifier(word, name, value + cidr)
    if name not in _MECHANISMS or sign == "=":
        return None, [f'"{word}" is no term of SPF{_meant(name)}']
    lengths = _PREFIXES.get(name, _NO_PREFIX).fullmatch(cidr)
    if lengths is None:
        return None, [f'"{word}": "{cidr}" is no length of a network that can stand there']
    term = Term(word, name, qualifier or "+", value or "", int(lengths[1] or 32), int(lengths[2] or 128))
    return term, list(_wrong_value(term, sign or ""))


def _modifier(word: str, name: str, value: str) -> tuple[Term | None, list[str]]:
    if name in _MECHANISMS:
        return None, [f'"{word}": write "{name}:{value}", with a colon']
    if name not in {"redirect", "exp"}:  # §6: unknown modifiers are left alone, as long as they can be read
        fault = macro_fault(value)
        return None, [f'"{word}": {fault}'] if fault else []
    faults = [] if value else [f'"{word}" names no domain']
    return Term(word, name, value=value), faults + _wrong_domain(word, value)


def _meant(name: str) -> str:
    old = {"ip": "ip4", "ipv4": "ip4", "ipv6": "ip6", "includes": "include", "mx4": "mx", "txt": "include"}
    return f'; did you mean "{old[name]}"?' if name in old else did_you_mean(name, _MECHANISMS)


def _wrong_value(term: Term, sign: str) -> Iterator[str]:
    if term.name == "all" and sign:
        yield f'"{term.text}": nothing stands behind all'
    elif not term.value and (sign or term.name in {"include", "exists"}) and term.name not in {"ip4", "ip6"}:
        yield f'"{term.text}" names no domain'
    elif term.name in {"ip4", "ip6"} and term.network is None:
        yield f'"{term.text}" is no {"IPv4" if term.name == "ip4" else "IPv6"} address or network'
    elif term.name in {"a", "mx"} and (term.cidr4 > 32 or term.cidr6 > 128):
        yield f'"{term.text}": no network is as small as that'
    if term.name not in {"ip4", "ip6", "all"}:
        yield from _wrong_domain(term.text, term.value)


def _wrong_domain(text: str, value: str) -> list[str]:
    if not value:
        return []
    if re.match(r"https?://", value) or "@" in value.partition("%{")[0]:
        return [f'"{text}": a domain stands there, no web or mail address']
    fault = macro_fault(value)
    if fault:
        return [f'"{text}": {fault}']
    if not _NAME_END.search(value):
        return [f'"{text}": "{value}" is no whole domain name']
    return []
