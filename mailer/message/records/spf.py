"""SPF: one record taken apart (RFC 7208 §4.6, §5, §6).

Owns the grammar, and what people get wrong in it. Never asks the DNS. Raises nothing: what is wrong is told in
sentences, and what can be read of a broken record is given all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import quote

from mailer.errors import did_you_mean
from mailer.message.records import Ask

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


# Macros: what may stand in the domain names of an SPF record (RFC 7208 §7).
#
# Never asks the DNS: the name of the client, which `%{p}` stands for, is looked up by `spf_verdict` where a record
# asks for it, and is "unknown" elsewhere, as §7.3 has it.

_MACRO: Final = re.compile(r"%\{([slodiphvSLODIPHV])(\d*)([rR]?)([.\-+,/_=]*)\}|%([%_\-])")
_LONGEST: Final = 253


@dataclass(frozen=True, slots=True)
class Client:
    """Who delivers: an address, and the MAIL FROM and EHLO name that come with it."""

    address: IPv4Address | IPv6Address
    sender: str
    ehlo: str = "unknown"
    name: str = "unknown"  # %{p}

    @property
    def dotted(self) -> str:
        """Return the address as `%{i}` shows it: IPv6 as nibbles with dots between."""
        if isinstance(self.address, IPv4Address):
            return str(self.address)
        return ".".join(self.address.exploded.replace(":", ""))


def has_macro(text: str) -> bool:
    """Return whether a name depends on who delivers."""
    return "%" in text


def macro_fault(text: str) -> str:
    """Return what is wrong with the macros in a name; nothing where all is well."""
    left = _MACRO.sub("", text)
    if "%" not in left:
        return "%{…0…} keeps no part at all" if re.search(r"%\{[a-z]0+[^1-9]*\}", text, re.IGNORECASE) else ""
    known = re.search(r"%\{([^}]*)\}?", left)
    return f'there is no macro "{known[0]}"' if known else 'a "%" is written "%%"'


def expand(text: str, domain: str, client: Client) -> str:
    """Return the name with its macros filled in (§7.3), cut from the left to 253 characters (§7.3)."""
    local, _, sender_domain = client.sender.rpartition("@")
    values = {
        "s": client.sender,
        "l": local or "postmaster",
        "o": sender_domain,
        "d": domain,
        "i": client.dotted,
        "p": client.name,
        "h": client.ehlo,
        "v": "in-addr" if client.address.version == 4 else "ip6",
    }

    def filled(found: re.Match[str]) -> str:
        if found[5]:
            return {"%": "%", "_": " ", "-": "%20"}[found[5]]
        parts = re.split(f"[{re.escape(found[4] or '.')}]", values[found[1].lower()])
        if found[3]:
            parts.reverse()
        kept = ".".join(parts[-int(found[2]) :] if found[2] else parts)
        return quote(kept, safe="-._~@+=") if found[1].isupper() else kept

    name = _MACRO.sub(filled, text)
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name


# Survey: an SPF record with all that it includes, as a receiver may have to walk through it.
#
# Gaps: what depends on who delivers (`%{i}`) is counted and not walked into.

MOST_QUESTIONS: Final = 10
MOST_EMPTY: Final = 2
MOST_NAMES: Final = 10  # hosts of one `mx` (§4.6.4)
_DEEPEST: Final = 12  # a tree as deep as this has asked too often already


@dataclass(slots=True)
class Survey:
    """What was found. `records` are those of the domain itself: there must be one. `costs` are questions a term."""

    domain: str
    records: tuple[str, ...] = ()
    record: SpfRecord | None = None
    questions: int = 0
    empty: list[str] = field(default_factory=list)
    costs: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)  # `ptr`, which nobody should use (§5.5)

    @property
    def heaviest(self) -> list[tuple[str, int]]:
        """Return the terms of the record itself by what they cost, the dearest first."""
        return sorted(self.costs.items(), key=lambda pair: -pair[1])


def survey_spf(domain: str, ask: Ask) -> Survey:
    """Walk through the record of a domain and all that it includes."""
    found = Survey(domain)
    texts = ask(domain, "TXT")
    if texts is None:
        found.silent.append(domain)
        return found
    found.records = tuple(text for text in texts if is_spf(text))
    if len(found.records) == 1:
        found.record = parse_spf(found.records[0])
        found.wrong += found.record.wrong
        for term in found.record.counting:
            before = found.questions
            _visit(term, domain, ask, found, path=(domain,))
            if found.questions > before:
                found.costs[term.text] = found.costs.get(term.text, 0) + found.questions - before
    return found


def _visit(term: Term, domain: str, ask: Ask, found: Survey, *, path: tuple[str, ...]) -> None:
    if term.name not in ASKING:
        return
    found.questions += 1
    target = (term.value or domain).rstrip(".").lower()
    if term.name == "ptr":
        found.old.append(term.text)
    if term.name == "ptr" or has_macro(target):
        return
    if term.name in {"include", "redirect"}:
        _descend(term, target, ask, found, path=path)
    else:
        _look(term, target, ask, found)


def _look(term: Term, target: str, ask: Ask, found: Survey) -> None:
    kinds = {"mx": ("MX",), "a": ("A", "AAAA"), "exists": ("A",)}[term.name]
    answers = [ask(target, kind) for kind in kinds]
    if any(answer is None for answer in answers):
        found.silent.append(target)
        return
    records = [record for answer in answers for record in answer or ()]
    if not records:
        found.empty.append(f'"{term.text}"' + ("" if term.value else f" of {target}"))
    if term.name == "mx" and len(records) > MOST_NAMES:
        found.wrong.append(f'"{term.text}": {target} has {len(records)} mail servers; SPF allows {MOST_NAMES}')


def _descend(term: Term, target: str, ask: Ask, found: Survey, *, path: tuple[str, ...]) -> None:
    if target in path or len(path) > _DEEPEST:
        found.wrong.append(f'"{term.text}" leads back to a record that leads here')
        return
    found.included.append(target)
    texts = ask(target, "TXT")
    if texts is None:
        found.silent.append(target)
        return
    if not texts:
        found.empty.append(f'"{term.text}"')
    records = [text for text in texts if is_spf(text)]
    if len(records) != 1:
        many = f"{len(records)} SPF records" if records else "no SPF record"
        found.wrong.append(f'"{term.text}": {target} has {many}, which makes this one void')
        return
    record = parse_spf(records[0])
    found.wrong += [f"in {target}: {said}" for said in record.wrong]
    for inner in record.counting:
        _visit(inner, target, ask, found, path=(*path, target))


# Verdict: whether an SPF record allows an address to deliver, as a receiver would judge (RFC 7208 §4, §5).
#
# Asks through what it is handed; raises nothing. Held to the RFC 7208 test suite of OpenSPF. `ptr` and `%{p}` are
# followed although nobody should publish them (§5.5): receivers do follow them, and the verdict is about receivers.


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
