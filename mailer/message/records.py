"""Records: a domain's DNS records about its mail: SPF, DKIM keys, DMARC policies, as values.

In order: one SPF record parsed (RFC 7208 §4.6, §5, §6), with common mistakes, its macros (§7), its cost with everything
it includes, and the verdict for one address (§4), which is tested with the test suite of OpenSPF; a public key (RFC
6376 §3.6.1, RFC 8301, RFC 8463), whose length is read from its DER, so that no library is needed; a policy, and which
domains count as one sender (RFC 9989; before it RFC 7489).

Pure: its callers ask the DNS and pass the answers in. Raises nothing: errors are returned as sentences, together with
the readable parts of a broken record.

Why not a library: pyspf passes the same suite (203 of 203), but does not report the cost of a record or the position of
an error, and would replace a hundred of these lines by two thousand; checkdmarc reports them in its own words, judges
no address, and adds nineteen packages and 0.6 seconds of start-up.
Gap: in a survey, terms that depend on the delivering host (`%{i}`) are counted but not followed. `ptr` and `%{p}` are
followed in a verdict although nobody should publish them (§5.5): receivers do follow them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias
from urllib.parse import quote, unquote

from mailer import lazy_re as re
from mailer.errors import did_you_mean
from mailer.frozen import dataclass, field, replace
from mailer.words import read_section

# name and kind → records; () if there are none, None if the DNS did not answer
Ask: TypeAlias = Callable[[str, str], tuple[str, ...] | None]

# SPF: one parsed record.

ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})  # each costs a DNS query (§4.6.4)
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
_DEEPEST: Final = 12  # a tree as deep as this has exceeded the limit of queries already


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
        """Return the network of an ip4 or ip6; None if it is none."""
        try:
            if self.name == "ip4":
                return IPv4Network(f"{self.value}/{self.cidr4}", strict=False)
            return IPv6Network(f"{self.value}/{self.cidr6}", strict=False)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """One record: its mechanisms in order, where it redirects to, and what is wrong with it."""

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
        """Return the terms that are evaluated: none behind `all`, and no redirect if there is an `all` (§5.1)."""
        redirect = (self.redirect,) if self.redirect else ()
        return (*self.terms, *redirect) if self.all is None else self.terms[: self.terms.index(self.all) + 1]

    @property
    def unseen(self) -> tuple[str, ...]:
        """Return the terms that are never evaluated, so that they do not do what their author meant."""
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
                wrong.append(f"{term.name}= is there twice")
    return SpfRecord(text, tuple(terms), modifiers.get("redirect"), tuple(wrong))


def _read_term(word: str) -> tuple[Term | None, str]:
    """Return a word of a record as a term (None if it is none), and its fault."""
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
        if name not in {"redirect", "exp"}:  # §6: unknown modifiers are ignored, as long as they can be parsed
            return None, macro_fault(value + cidr)
        term = Term(word, name, value=value + cidr)
        return term, _domain_fault(term.value) if term.value else "it names no domain"
    if name not in _MECHANISMS or sign == "=":
        meant = f'; did you mean "{_OLD_NAMES[name]}"?' if name in _OLD_NAMES else did_you_mean(name, _MECHANISMS)
        return None, f"this is not an SPF term{meant}"
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
    return macro_fault(value) or ("" if _NAME_END.search(value) else f'"{value}" is not a complete domain name')


# Macros: in the domain names of an SPF record (RFC 7208 §7).


@dataclass(frozen=True, slots=True)
class Client:
    """A delivering client: its address, and the MAIL FROM and EHLO name that it gives."""

    address: IPv4Address | IPv6Address
    sender: str
    ehlo: str = "unknown"
    name: str = "unknown"  # %{p}: looked up where a verdict needs it, else "unknown" (§7.3)


def client_at(address: str, sender: str, ehlo: str = "unknown") -> Client:
    """Return a client with an address given as text; an IPv4-mapped IPv6 address is the IPv4 address (§5).

    Raises:
        ValueError: it is no IP address.
    """
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return Client(mapped or found, sender, ehlo)


def macro_fault(text: str) -> str:
    """Return the fault in the macros of a name; nothing if there is none."""
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


# Survey: an SPF record with everything that it includes, as a receiver may have to evaluate it.


@dataclass(slots=True)
class Survey:
    """The result. `records` are the domain's own: there must be exactly one. `costs` counts DNS queries by term."""

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
        """Count a term, make the queries of a receiver, and follow it; `path` has the domains that led here."""
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
        self.wrong += [f"in {target}: {fault}" for fault in record.wrong]
        for inner in record.counting:
            self.visit(inner, target, ask, (*path, target))


def survey_spf(domain: str, ask: Ask) -> Survey:
    """Evaluate the record of a domain and everything that it includes."""
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


_QUALIFIED: Final = {"+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL}


class _Stop(Exception):
    """The evaluation ends with this result."""

    def __init__(self, result: SpfResult) -> None:
        super().__init__(result)
        self.result = result


@dataclass(slots=True)
class _Judge:
    ask: Ask
    client: Client
    questions: int = 0
    empty: int = 0

    @property
    def kind(self) -> str:
        return "A" if self.client.address.version == 4 else "AAAA"

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
        result = self.judge(self.name(record.redirect, domain))
        return SpfResult.PERMERROR if result is SpfResult.NONE else result

    def matches(self, term: Term, domain: str) -> bool:
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
        """Return the name in a term, its macros filled in; a term that costs a DNS query is counted."""
        self.questions += term.name in ASKING
        if self.questions > MOST_QUESTIONS:
            raise _Stop(SpfResult.PERMERROR)
        client = self.client
        if "%{p" in term.value.lower():
            names = self.client_names()  # §7.3: the domain itself, else a name below it, else any
            named = sorted(names, key=lambda each: (each.lower() != domain.lower(), not _is_below(each, domain)))
            client = replace(client, name=next(iter(named), "unknown"))
        return expand(term.value, domain, client) or domain

    def client_names(self) -> Iterator[str]:
        """Yield the names of the client's address that resolve back to it (§5.5); none if the DNS is silent."""
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


def _is_below(name: str, domain: str) -> bool:
    return f".{name.rstrip('.')}".lower().endswith(f".{domain.rstrip('.')}".lower())


def judge_spf(domain: str, client: Client, ask: Ask) -> SpfResult:
    """Return the result of the domain's record for mail from a client (check_host, RFC 7208 §4)."""
    try:
        return _Judge(ask, client).judge(domain)
    except _Stop as stop:
        return stop.result


# Tags: `v=DKIM1; p=…`, the form that DKIM and DMARC share (RFC 6376 §3.2).


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags in their order, names in lower case, values without blanks around, and the faults of the list."""

    values: Mapping[str, str]
    wrong: tuple[str, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """Return a tag's value."""
        return self.values.get(name, default)

    def words(self, name: str) -> list[str]:
        """Return the words of a tag, which colons separate, in lower case."""
        return [each.strip().lower() for each in self.get(name).split(":") if each.strip()]


def parse_tags(text: str) -> Tags:
    """Parse a list of tags; if a tag appears twice, the first counts."""
    values: dict[str, str] = {}
    wrong: list[str] = []
    for piece in re.split(r"\\?;", text):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not piece.strip():
            continue
        if not equals or not re.fullmatch(r"[A-Za-z]\w*", name):
            wrong.append(f'"{piece.strip()[:40]}" is not a tag; a semicolon may be missing before it')
        elif name.lower() in values:
            wrong.append(f"{name}= appears twice")
        else:
            values[name.lower()] = value
    if "\\;" in text:
        wrong.append(r'it has "\;" in it: a backslash from a zone file was pasted into a web form')
    if text.startswith(('"', "“")) or text.endswith(('"', "”")):
        wrong.append("quotation marks were pasted into the value; take them out")
    return Tags(values, tuple(wrong))


# DKIM: the public key of a selector, judged as a receiver would.

LEAST_BITS: Final = 1024
GOOD_BITS: Final = 2048
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03


@dataclass(frozen=True, slots=True)
class DkimRecord:
    """A key: `bits` is 0 where it cannot be read; `public` are the bytes of p=, empty if the key is revoked."""

    kind: str
    public: bytes
    bits: int
    revoked: bool
    testing: bool
    wrong: tuple[str, ...] = ()


def is_dkim(text: str) -> bool:
    """Return whether a TXT record looks like a key: the version is optional (§3.6.1), the key is not."""
    return bool(re.match(r'\s*["“]?\s*v\s*=\s*DKIM', text, re.IGNORECASE) or re.search(r"(?:^|;)\s*[pk]\s*=", text))


def parse_dkim_record(text: str) -> DkimRecord:
    """Parse a key record."""
    tags = parse_tags(text.strip().strip('"“”'))
    wrong = [*parse_tags(text).wrong]
    if "v" in tags.values and (next(iter(tags.values)) != "v" or tags.get("v") != "DKIM1"):
        wrong.append("v=DKIM1 must come first, in exactly this form")
    kind, key, public = tags.get("k", "rsa").lower(), re.sub(r"\s+", "", tags.get("p")), b""
    if "p" not in tags.values:
        wrong.append("it has no p=, so no key")
    elif re.search(r"BEGIN|PUBLIC", key):
        wrong.append("p= holds the lines -----BEGIN … and -----END …; only what is between them belongs there")
    else:
        try:
            public = base64.b64decode(key, validate=True)
        except ValueError:  # not base64, or not even ASCII
            wrong.append("p= is damaged (no base64); part of it may be missing")
    bits = 256 if kind == "ed25519" and len(public) == 32 else 0
    if kind == "rsa":
        try:
            bits = _modulus(public).bit_length()
        except (ValueError, IndexError):
            bits = 0
    if public and not bits:
        known = kind in {"rsa", "ed25519"}
        unread = f"p= holds no {kind} key; part of it may be missing"
        wrong.append(unread if known else f"k={kind}: DKIM knows rsa and ed25519")
    if tags.words("h") and "sha256" not in tags.words("h"):
        wrong.append(f"h={tags.get('h')} allows no SHA-256, with which mail is signed")
    if tags.words("s") and not set(tags.words("s")) & {"*", "email"}:
        wrong.append(f"s={tags.get('s')} is for something other than mail")
    is_revoked = "p" in tags.values and not tags.get("p")
    return DkimRecord(kind, public, bits, is_revoked, "y" in tags.words("t"), tuple(wrong))


def _modulus(der: bytes) -> int:
    """Read the modulus of a SubjectPublicKeyInfo, or of a bare RSAPublicKey, which RFC 6376 allows too."""
    tag, first, rest = _element(_element(der, _SEQUENCE)[1])
    if tag == _SEQUENCE:  # the algorithm; the key is in the bit string behind it, after a byte for unused bits
        return _modulus(_element(rest, _BITS)[1][1:])
    if tag != _INTEGER:
        raise ValueError("no number")
    return int.from_bytes(first)


def _element(der: bytes, wanted: int = 0) -> tuple[int, bytes, bytes]:
    """Parse the first element: its tag, its content, and what is behind it."""
    head, size = 2, der[1]
    if size >= 0x80:  # then it is how many bytes the size has
        head += size & 0x7F
        size = int.from_bytes(der[2:head])
    if len(der) < head + size or (wanted and der[0] != wanted):
        raise ValueError("cut off, or something else")
    return der[0], der[head : head + size], der[head + size :]


# DMARC: a domain's policy for mail in its name.

_POLICIES: Final = ("none", "quarantine", "reject")
_KNOWN: Final = frozenset({"v", "p", "sp", "np", "rua", "ruf", "adkim", "aspf", "fo", "psd", "t", "pct", "rf", "ri"})
_MOST_ASKED: Final = 8


@dataclass(frozen=True, slots=True)
class Dmarc:
    """A policy: what happens to mail that fails, how strictly domains are compared, and where reports go."""

    text: str
    policy: str
    subdomains: str
    strict_dkim: bool
    strict_spf: bool
    reports: tuple[str, ...]
    testing: bool
    suffix: str
    wrong: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def is_dmarc(text: str) -> bool:
    """Return whether a TXT record is a DMARC record: its first tag alone decides (RFC 9989 §4.10.1)."""
    return bool(re.match(r"\s*v\s*=\s*DMARC1\s*(?:;|$)", text))


def parse_dmarc(text: str) -> Dmarc:
    """Parse a policy record."""
    tags = parse_tags(text)
    policy = tags.get("p").lower()
    wrong = list(tags.wrong)
    if "p" not in tags.values:
        wrong.append("it has no p=, so no policy; write p=none at least")
    wrong += [
        f"{name}={tags.get(name)}: it has to be none, quarantine or reject"
        for name in ("p", "sp", "np")
        if "p" in tags.values and name in tags.values and tags.get(name).lower() not in _POLICIES
    ]
    wrong += [
        f"{name}={tags.get(name)}: r (relaxed) or s (strict)"
        for name in ("adkim", "aspf")
        if tags.get(name, "r").lower() not in {"r", "s"}
    ]
    uris = [uri.strip() for uri in tags.get("rua").split(",") if uri.strip()]
    wrong += [f"rua={uri}: an address there begins with mailto:" for uri in uris if not uri.startswith("mailto:")]
    remarks = [f"{name}= no longer means anything (RFC 9989)" for name in ("pct", "rf", "ri") if name in tags.values]
    if tags.get("pct", "100") not in {"100", ""}:
        remarks.append(f"pct={tags.get('pct')} is ignored by some receivers")
    remarks += [f"{name}= is unknown" for name in tags.values if name not in _KNOWN]
    mailboxes = (uri.removeprefix("mailto:") for uri in uris if uri.startswith("mailto:"))
    return Dmarc(
        text=text,
        policy=policy if policy in _POLICIES else "none",
        subdomains=tags.get("sp").lower() or policy,
        strict_dkim=tags.get("adkim").lower() == "s",
        strict_spf=tags.get("aspf").lower() == "s",
        reports=tuple(unquote(re.sub(r"[!?].*", "", each)) for each in mailboxes),
        testing=tags.get("t").lower() == "y",
        suffix=tags.get("psd").lower(),
        wrong=tuple(wrong),
        remarks=tuple(remarks),
    )


@dataclass(frozen=True, slots=True)
class FoundDmarc:
    """The DMARC record that applies to a domain, and where it was found; `dmarc` is None if there is none."""

    domain: str
    organisation: str
    at: str = ""
    dmarc: Dmarc | None = None
    several: tuple[str, ...] = ()
    silent: bool = False


def find_dmarc(domain: str, ask: Ask) -> FoundDmarc:
    """Find the DMARC record for a domain: its own, else the one of its organisation (RFC 9989 §4.10).

    The organisation is the highest domain with a record, except for what `psd=` says, and never a top domain.
    """
    domain = domain.lower().rstrip(".")
    labels = domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels))]
    if len(names) > _MOST_ASKED:  # of very long names the middle is left out
        names = [names[0], *names[-(_MOST_ASKED - 1) :]]
    held: list[tuple[str, Dmarc]] = []
    several: tuple[str, ...] = ()
    silent, organisation = False, ""
    for name in names:
        texts = ask(f"_dmarc.{name}", "TXT")
        silent = silent or texts is None
        records = [text for text in texts or () if is_dmarc(text)]
        if name == domain and len(records) > 1:
            several = tuple(records)
        if len(records) != 1:  # RFC 9989 §4.10: several count as none
            continue
        dmarc = parse_dmarc(records[0])
        held.append((name, dmarc))
        if dmarc.suffix == "n":
            organisation = organisation or name
            break
        if dmarc.suffix == "y" and name != domain:
            organisation = organisation or ".".join(labels[-(name.count(".") + 2) :])
    if not organisation:
        organisation = held[-1][0] if held and "." in held[-1][0] else guess_organisation(domain)
    at, own = next((pair for pair in held if pair[0] in {domain, organisation}), ("", None))
    return FoundDmarc(domain, organisation, at, own, several, silent)


# Organisation: which domains belong together, and which are those of mail providers.


def guess_organisation(domain: str) -> str:
    """Return the organisational domain, `example.org` for `news.example.org`, by a table: the DNS may not answer."""
    table = read_section("doctor", "shared")
    labels = domain.lower().rstrip(".").split(".")
    two = ".".join(labels[-2:])
    is_country = len(labels[-1]) == 2 and len(labels) > 2
    shared = two in table["suffixes"] or (is_country and labels[-2] in table["second_levels"])
    return ".".join(labels[-3:] if shared else labels[-2:])


def is_free_mail(domain: str) -> bool:
    """Return whether a domain is a mail provider's, for which nobody else may send (gmail.com, outlook.com …)."""
    table, domain = read_section("doctor", "shared"), domain.lower()
    return domain in table["free"] or re.fullmatch(table["free_everywhere"][0], domain) is not None


def is_aligned(one: str, other: str, ask: Ask | None = None, *, strict: bool = False) -> bool:
    """Return whether two domains count as one sender: the same, or (relaxed) of one organisation (RFC 9989 §4.4).

    Both the table and the DNS count, since some receivers have the tree walk of RFC 9989 and others do not.
    """
    one, other = one.lower(), other.lower()
    if strict or one == other:
        return one == other
    if guess_organisation(one) == guess_organisation(other):
        return True
    return ask is not None and find_dmarc(one, ask).organisation == find_dmarc(other, ask).organisation
