"""DMARC: a domain's policy for mail in its name, and which domains count as the same (RFC 9989; before it RFC 7489).

Never asks the DNS. Raises nothing: what is wrong is told in sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from mailer.message.records import Ask
from mailer.message.records.dkim_record import parse_tags
from mailer.words import read_section

POLICIES: Final = ("none", "quarantine", "reject")
_KNOWN: Final = frozenset({"v", "p", "sp", "np", "rua", "ruf", "adkim", "aspf", "fo", "psd", "t", "pct", "rf", "ri"})
_GONE: Final = ("pct", "rf", "ri")  # RFC 9989 takes them away


@dataclass(frozen=True, slots=True)
class Dmarc:
    """A policy: what becomes of mail that fails, how strictly domains are compared, and where reports go."""

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


def looks_like_dmarc(text: str) -> bool:
    """Return whether somebody meant a DMARC record and wrote it so that nobody reads it as one."""
    return bool(re.match(r'\W*v\s*=\s*"?DMARC', text, re.IGNORECASE)) and not is_dmarc(text)


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
        if "p" in tags.values and name in tags.values and tags.get(name).lower() not in POLICIES
    ]
    wrong += [
        f"{name}={tags.get(name)}: r (relaxed) or s (strict)"
        for name in ("adkim", "aspf")
        if tags.get(name, "r").lower() not in {"r", "s"}
    ]
    uris = [uri.strip() for uri in tags.get("rua").split(",") if uri.strip()]
    wrong += [f"rua={uri}: an address there begins with mailto:" for uri in uris if not uri.startswith("mailto:")]
    remarks = [f"{name}= no longer means anything (RFC 9989)" for name in _GONE if name in tags.values]
    if tags.get("pct", "100") not in {"100", ""}:
        remarks.append(f"pct={tags.get('pct')} is not heeded by all")
    remarks += [f"{name}= is unknown" for name in tags.values if name not in _KNOWN]
    mailboxes = (uri.removeprefix("mailto:") for uri in uris if uri.startswith("mailto:"))
    return Dmarc(
        text=text,
        policy=policy if policy in POLICIES else "none",
        subdomains=tags.get("sp").lower() or policy,
        strict_dkim=tags.get("adkim").lower() == "s",
        strict_spf=tags.get("aspf").lower() == "s",
        reports=tuple(unquote(re.sub(r"[!?].*", "", each)) for each in mailboxes),
        testing=tags.get("t").lower() == "y",
        suffix=tags.get("psd").lower(),
        wrong=tuple(wrong),
        remarks=tuple(remarks),
    )


def aligned(one: str, other: str, *, strict: bool, organisations: tuple[str, str]) -> bool:
    """Return whether two domains count as one sender: the same, or (relaxed) of one organisation (RFC 9989 §4.4).

    `organisations` are the organisational domains of both, in the same order.
    """
    if one.lower() == other.lower():
        return True
    return not strict and organisations[0].lower() == organisations[1].lower()


# Organisation: which domains belong together, and which are a provider's that millions share.

_MOST_ASKED: Final = 8
_SECOND_LEVELS: Final = frozenset(
    {"ac", "asso", "co", "com", "edu", "gob", "gouv", "gov", "gv", "net", "nom", "or", "org"}
)
_SHARED: Final = frozenset(
    {
        *("me.uk", "ltd.uk", "plc.uk", "sch.uk", "nhs.uk", "police.uk", "id.au", "asn.au", "govt.nz", "geek.nz"),
        *("ne.jp", "go.jp", "ed.jp", "lg.jp", "nic.in", "res.in", "eu.org", "uk.com", "de.com"),
    }
)
# one name in the domains of many countries
_FREE_EVERYWHERE: Final = re.compile(
    r"(?:yahoo|hotmail|outlook|live|gmx)\.(?:com|net|org|[a-z]{2}|co\.[a-z]{2}|com\.[a-z]{2})"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The DMARC record that holds for a domain, and where it stands; no `dmarc`: there is none."""

    domain: str
    organisation: str
    at: str = ""
    dmarc: Dmarc | None = None
    several: tuple[str, ...] = ()
    silent: bool = False


def is_free_mail(domain: str) -> bool:
    """Return whether a domain is a provider's, whose name nobody else may send in (gmail.com, outlook.com …)."""
    domain = domain.lower()
    return domain in read_section("doctor", "shared")["free"] or _FREE_EVERYWHERE.fullmatch(domain) is not None


def find_dmarc(domain: str, ask: Ask) -> Found:
    """Find the DMARC record for a domain: its own, else the one of its organisation (RFC 9989 §4.10).

    The organisation is the highest domain with a record, but for what `psd=` says, and never a top domain.
    """
    domain = domain.lower().rstrip(".")
    labels = domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels))]
    if len(names) > _MOST_ASKED:  # of very long ones the middle is left out
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
        if len(records) != 1:  # RFC 9989 §4.10: several are as good as none
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
    return Found(domain, organisation, at, own, several, silent)


def organisation_of(domain: str, ask: Ask) -> str:
    """Return the organisational domain, `example.org` for `news.example.org`."""
    return find_dmarc(domain, ask).organisation


def guess_organisation(domain: str) -> str:
    """Return the organisational domain by the table alone, where the DNS says nothing."""
    labels = domain.lower().rstrip(".").split(".")
    two = ".".join(labels[-2:])
    shared = two in _SHARED or (len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SECOND_LEVELS)
    return ".".join(labels[-3:] if shared else labels[-2:])
