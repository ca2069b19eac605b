"""SPF: a record taken apart, walked through with all that it includes, and judged as a receiver would (RFC 7208).

Owns the grammar (§4.6, §5, §6) and what people get wrong in it, the macros (§7), the survey of what a record costs, and
the verdict for one address (§4), which is held to the RFC 7208 test suite of OpenSPF. Asks through what it is handed.
Raises nothing: what is wrong is told in sentences, and what can be read of a broken record is given all the same.
`ptr` and `%{p}` are followed in a verdict although nobody should publish them (§5.5): receivers do follow them.
Gap: in a survey, what depends on who delivers (`%{i}`) is counted and not walked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import quote

from mailer.errors import did_you_mean
from mailer.message.records import Ask

ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # each costs a question (§4.6.4)
_MECHANISMS: Final = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
_OLD_NAMES: Final = {"ip": "ip4", "ipv4": "ip4", "ipv6": "ip6", "includes": "include", "mx4": "mx", "txt": "include"}
# a term is printable ASCII (§4.6.1, §12); its prefix lengths carry no leading zero
_TERM: Final = re.compile(r"([+\-~?]?)([A-Za-z][\w.-]*)(?:([:=])([!-~]*?))?((?:/\d+)?(?://\d+)?)", re.ASCII)
_BOTH: Final = re.compile(r"(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?")
_PREFIXES: Final = {
    "a": _BOTH,
    "mx": _BOTH,
    "ip4": re.compile(r"(?:/(0|[1-9]\d?))?()"),
    "ip6": re.compile(r"()(?:/(0|[1-9]\d{0,2}))?"),
}
_NO_PREFIX: Final = re.compile(r"()()")
# §7.1: a name ends in the label of a top domain, or in a macro
_NAME_END: Final = re.compile(
    r"(?:\.(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\.?|\})\Z"
)
_MACRO: Final = re.compile(r"%\{([slodiphvSLODIPHV])(\d*)([rR]?)([.\-+,/_=]*)\}|%([%_\-])")
_LONGEST: Final = 253
MOST_QUESTIONS: Final = 10
MOST_EMPTY: Final = 2
MOST_NAMES: Final = 10  # hosts of one `mx` (§4.6.4)
_DEEPEST: Final = 12  # a tree as deep as this has asked too often already


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
        try:
            if self.name == "ip4":
                return IPv4Network(f"{self.value}/{self.cidr4}", strict=False)
            return IPv6Network(f"{self.value}/{self.cidr6}", strict=False)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record: its mechanisms in order, where it redirects to, and what is wrong with it."""

    text: str
    terms: tuple[Term, ...] = ()
    redirect: Term | None = None
    wrong: tuple[str, ...] = ()

    @property
    def all(self) -> Term | None:
        """Return the `all` that ends it."""
        return next((term for term in self.terms if term.name == "all"), None)

    @property
    def counting(self) -> tuple[Term, ...]:
        """Return the terms that are looked at: what stands behind `all` never is, and no redirect beside it (§5.1)."""
        redirect = (self.redirect,) if self.redirect else ()
        return (*self.terms, *redirect) if self.all is None else self.terms[: self.terms.index(self.all) + 1]

    @property
    def unseen(self) -> tuple[str, ...]:
        """Return the words that nobody looks at, which do not what somebody meant."""
        every = (*self.terms, *((self.redirect,) if self.redirect else ()))
        return tuple(term.text for term in every[len(self.counting) :])


def is_spf(text: str) -> bool:
    """Return whether a TXT record is an SPF record (§4.5): its first word alone decides."""
    return bool(re.match(r"v=spf1(?: |$)", text, re.IGNORECASE))


def parse_spf(text: str) -> SpfRecord:
    """Parse a record."""
    terms: list[Term] = []
    modifiers: dict[str, Term] = {}
    wrong: list[str] = []
    for word in filter(None, text.split(" ")[1:]):
        glued = re.fullmatch(r"(.+[^:=])([~?-]all)", word)
        if glued:
            wrong.append(f'a blank is missing: "{glued[1]} {glued[2]}"')
        for piece in glued.groups() if glued else (word,):
            term, fault = _read_term(piece)
            if fault:
                wrong.append(f'"{piece}": {fault}')
            if term is None:
                continue
            if term.name not in {"redirect", "exp"}:
                terms.append(term)
            elif modifiers.setdefault(term.name, term) is not term:
                wrong.append(f"{term.name}= stands there twice")
    return SpfRecord(text, tuple(terms), modifiers.get("redirect"), tuple(wrong))


def _read_term(word: str) -> tuple[Term | None, str]:
    """Return a word of a record as a term (None: it is none), and what is wrong with it."""
    if word.lower().startswith("v="):
        return None, "it is in the middle: two records were merged into one"
    found = _TERM.fullmatch(word)
    if found is None or word[-1] in ",;":
        return None, "this is not an SPF term; terms are separated by blanks"
    qualifier, name, sign, value, cidr = (part or "" for part in found.groups())
    name = name.lower()
    if sign == "=" and not qualifier:
        if name in _MECHANISMS:
            return None, f'write "{name}:{value}{cidr}", with a colon'
        if name not in {"redirect", "exp"}:  # §6: unknown modifiers are left alone, as long as they can be read
            return None, macro_fault(value + cidr)
        term = Term(word, name, value=value + cidr)
        return term, _domain_fault(term.value) if term.value else "it names no domain"
    if name not in _MECHANISMS or sign == "=":
        meant = f'; did you mean "{_OLD_NAMES[name]}"?' if name in _OLD_NAMES else did_you_mean(name, _MECHANISMS)
        return None, f"this is no term of SPF{meant}"
    lengths = _PREFIXES.get(name, _NO_PREFIX).fullmatch(cidr)
    if lengths is None:
        return None, f'"{cidr}" is not a valid network length'
    term = Term(word, name, qualifier or "+", value, int(lengths[1] or 32), int(lengths[2] or 128))
    if name == "all":
        return term, "nothing may follow all" if sign else ""
    if name in {"ip4", "ip6"}:
        return term, "" if term.network else f"this is no {'IPv4' if name == 'ip4' else 'IPv6'} address or network"
    if term.cidr4 > 32 or term.cidr6 > 128:
        return term, "no network is as small as that"
    if not value:
        return term, "it names no domain" if sign or name in {"include", "exists"} else ""
    return term, _domain_fault(value)


def _domain_fault(value: str) -> str:
    if re.match(r"https?://", value) or "@" in value.partition("%{")[0]:
        return "a domain is expected here, not a web or mail address"
    return macro_fault(value) or ("" if _NAME_END.search(value) else f'"{value}" is no whole domain name')


# Macros: what may stand in the domain names of an SPF record (RFC 7208 §7).


@dataclass(frozen=True, slots=True)
class Client:
    """Who delivers: an address, and the MAIL FROM and EHLO name that come with it."""

    address: IPv4Address | IPv6Address
    sender: str
    ehlo: str = "unknown"
    name: str = "unknown"  # %{p}: looked up where a verdict needs it, and "unknown" elsewhere, as §7.3 has it


def client_at(address: str, sender: str, ehlo: str = "unknown") -> Client:
    """Return who delivers, from an address as text; an IPv4 address in IPv6's form is the IPv4 address (§5).

    Raises:
        ValueError: it is no IP address.
    """
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return Client(mapped or found, sender, ehlo)


def macro_fault(text: str) -> str:
    """Return what is wrong with the macros in a name; nothing where all is well."""
    left = _MACRO.sub("", text)
    if "%" not in left:
        return "%{…0…} keeps no part at all" if re.search(r"%\{[a-z]0+[^1-9]*\}", text, re.IGNORECASE) else ""
    known = re.search(r"%\{([^}]*)\}?", left)
    return f'there is no macro "{known[0]}"' if known else 'a "%" is written "%%"'


def expand(text: str, domain: str, client: Client) -> str:
    """Return the name with its macros filled in, cut from the left to 253 characters (§7.3)."""
    local, _, sender_domain = client.sender.rpartition("@")
    address, is_v4 = client.address, client.address.version == 4
    values = {
        "s": client.sender,
        "l": local or "postmaster",
        "o": sender_domain,
        "d": domain,
        "i": str(address) if is_v4 else ".".join(address.exploded.replace(":", "")),
        "p": client.name,
        "h": client.ehlo,
        "v": "in-addr" if is_v4 else "ip6",
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

    def visit(self, term: Term, domain: str, ask: Ask, path: tuple[str, ...]) -> None:
        """Count a term, ask what a receiver would ask, and go on where it leads; `path` is how it was come to."""
        if term.name not in ASKING:
            return
        self.questions += 1
        target = (term.value or domain).rstrip(".").lower()
        if term.name == "ptr":
            self.old.append(term.text)
        if term.name == "ptr" or "%" in target:
            return
        follows = term.name in {"include", "redirect"}
        if follows and (target in path or len(path) > _DEEPEST):
            self.wrong.append(f'"{term.text}" leads back to a record that leads here')
            return
        if follows:
            self.included.append(target)
        kinds = {"mx": ("MX",), "a": ("A", "AAAA"), "exists": ("A",)}.get(term.name, ("TXT",))
        answers = [ask(target, kind) for kind in kinds]
        found = [each for answer in answers for each in answer or ()]
        if None in answers:
            self.silent.append(target)
            return
        if not found:
            self.empty.append(f'"{term.text}"' + ("" if term.value else f" of {target}"))
        if term.name == "mx" and len(found) > MOST_NAMES:
            self.wrong.append(f'"{term.text}": {target} has {len(found)} mail servers; SPF allows {MOST_NAMES}')
        if not follows:
            return
        records = [text for text in found if is_spf(text)]
        if len(records) != 1:
            many = f"{len(records)} SPF records" if records else "no SPF record"
            self.wrong.append(f'"{term.text}": {target} has {many}, which makes this one void')
            return
        record = parse_spf(records[0])
        self.wrong += [f"in {target}: {said}" for said in record.wrong]
        for inner in record.counting:
            self.visit(inner, target, ask, (*path, target))


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
            found.visit(term, domain, ask, (domain,))
            if found.questions > before:
                found.costs[term.text] = found.costs.get(term.text, 0) + found.questions - before
    return found


# Verdict: whether an SPF record allows an address to deliver, as a receiver would judge.


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
        self.count(record.redirect)
        result = self.judge(self.name(record.redirect, domain))
        return SpfResult.PERMERROR if result is SpfResult.NONE else result

    def matches(self, term: Term, domain: str) -> bool:
        self.count(term)
        name = self.name(term, domain)
        match term.name:
            case "ip4" | "ip6":
                return term.network is not None and self.client.address in term.network
            case "a":
                return self.has(name, term)
            case "mx":
                hosts = self.records(name, "MX")
                if len(hosts) > MOST_NAMES:
                    raise _Stop(SpfResult.PERMERROR)  # §4.6.4
                return any(self.has(host, term, counts=False) for host in hosts)
            case "exists":
                return bool(self.records(name, "A"))
            case "include":
                result = self.judge(name)
                if result in {SpfResult.NONE, SpfResult.PERMERROR}:
                    raise _Stop(SpfResult.PERMERROR)  # §5.2
                return result is SpfResult.PASS
            case "ptr":
                return any(_is_below(each, name) for each in self.client_names())
            case _:
                return True  # all

    def name(self, term: Term, domain: str) -> str:
        """Return the name that a term is about, its macros filled in."""
        client = self.client
        if "%{p" in term.value.lower():
            names = self.client_names()  # §7.3: the domain itself, else a name below it, else any
            named = sorted(names, key=lambda each: (each.lower() != domain.lower(), not _is_below(each, domain)))
            client = replace(client, name=next(iter(named), "unknown"))
        return expand(term.value, domain, client) or domain

    @property
    def kind(self) -> str:
        return "A" if self.client.address.version == 4 else "AAAA"

    def client_names(self) -> Iterator[str]:
        """Yield the names of the client's address that lead back to it (§5.5); none where the DNS is silent."""
        for name in (self.ask(self.client.address.reverse_pointer, "PTR") or ())[:MOST_NAMES]:
            found = self.ask(name.rstrip("."), self.kind) or ()
            if any(ip_address(each) == self.client.address for each in found):
                yield name.rstrip(".")

    def has(self, host: str, term: Term, *, counts: bool = True) -> bool:
        """Return whether the client is in one of the networks around the addresses of a host."""
        length = term.cidr4 if self.kind == "A" else term.cidr6
        addresses = self.records(host, self.kind, counts=counts)
        return any(self.client.address in ip_network(f"{each}/{length}", strict=False) for each in addresses)

    def records(self, name: str, kind: str, *, counts: bool = True) -> tuple[str, ...]:
        found = self.ask(name, kind)
        if found is None:
            raise _Stop(SpfResult.TEMPERROR)
        self.empty += counts and not found
        if self.empty > MOST_EMPTY:
            raise _Stop(SpfResult.PERMERROR)
        return found

    def count(self, term: Term) -> None:
        self.questions += term.name in ASKING
        if self.questions > MOST_QUESTIONS:
            raise _Stop(SpfResult.PERMERROR)


def _is_below(name: str, domain: str) -> bool:
    return f".{name.rstrip('.')}".lower().endswith(f".{domain.rstrip('.')}".lower())


def judge_spf(domain: str, client: Client, ask: Ask) -> SpfResult:
    """Return what the domain's record says of mail that comes from an address (check_host, RFC 7208 §4)."""
    try:
        return _Judge(ask, client).judge(domain)
    except _Stop as stop:
        return stop.result
