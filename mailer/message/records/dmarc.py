"""DMARC: a domain's policy for mail in its name, and which domains count as the same (RFC 9989; before it RFC 7489).

Never asks the DNS. Raises nothing: what is wrong is told in sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from mailer.message.records.tags import Tags, parse_tags

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
    """Take a policy record apart."""
    tags = parse_tags(text)
    policy = tags.get("p").lower()
    wrong = [*tags.wrong, *_wrong_policies(tags)]
    wrong += [
        f"{name}={tags.get(name)}: r (relaxed) or s (strict)"
        for name in ("adkim", "aspf")
        if tags.get(name, "r").lower() not in {"r", "s"}
    ]
    reports = tuple(uri.strip() for uri in tags.get("rua").split(",") if uri.strip())
    wrong += [f"rua={uri}: an address there begins with mailto:" for uri in reports if not uri.startswith("mailto:")]
    return Dmarc(
        text=text,
        policy=policy if policy in POLICIES else "none",
        subdomains=tags.get("sp").lower() or policy,
        strict_dkim=tags.get("adkim").lower() == "s",
        strict_spf=tags.get("aspf").lower() == "s",
        reports=tuple(_mailbox(uri) for uri in reports if uri.startswith("mailto:")),
        testing=tags.get("t").lower() == "y",
        suffix=tags.get("psd").lower(),
        wrong=tuple(wrong),
        remarks=tuple(_remarks(tags)),
    )


def _wrong_policies(tags: Tags) -> list[str]:
    if "p" not in tags.values:
        return ["it has no p=, so no policy; write p=none at least"]
    return [
        f"{name}={tags.get(name)}: it has to be none, quarantine or reject"
        for name in ("p", "sp", "np")
        if name in tags.values and tags.get(name).lower() not in POLICIES
    ]


def _remarks(tags: Tags) -> list[str]:
    remarks = [f"{name}= no longer means anything (RFC 9989)" for name in _GONE if name in tags.values]
    if tags.get("pct", "100") not in {"100", ""}:
        remarks.append(f"pct={tags.get('pct')} is not heeded by all")
    return remarks + [f"nobody knows {name}=" for name in tags.values if name not in _KNOWN]


def _mailbox(uri: str) -> str:
    return unquote(uri.removeprefix("mailto:").partition("!")[0].partition("?")[0])


def aligned(one: str, other: str, *, strict: bool, organisations: tuple[str, str]) -> bool:
    """Return whether two domains count as one sender: the same, or (relaxed) of one organisation (RFC 9989 §4.4).

    `organisations` are the organisational domains of both, in the same order.
    """
    if one.lower() == other.lower():
        return True
    return not strict and organisations[0].lower() == organisations[1].lower()
