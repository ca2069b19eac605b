"""Believed: which of the addresses found in a report are recipients, and which are somebody else's.

Owns whom a report can never be about (its own author, us, the people whom one may ask), whom the returned message was
for, and addresses that sentences speak of. A wrong address is worse than none: what is in doubt is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.bounces.parts import Part
from mailer.bounces.shapes.openers import ADDRESS
from mailer.bounces.wording import parse_addresses

_MAX_SENTENCES = 8_000
_MAX_MENTIONED = 20
_ROLES = re.compile(
    r"(?:postmaster|mailer-?daemon|abuse|support|help\w*|admin\w*|webmaster|hostmaster|info|contact|noreply"
    r"|no-reply|service\w*|security|sales)(?:[+-][^@]{1,40})?@",
    re.IGNORECASE,
)
_HOUSEKEEPERS = re.compile(r"(?:postmaster|mailer-?daemon|abuse|support|help-?desk|hostmaster)@", re.IGNORECASE)
_ANY = re.compile(ADDRESS)
_LONG_ADDRESS = 320
# what only a mailing list's mail has: its To is the list, and whom it failed to reach is a subscriber
_OF_A_LIST = frozenset({"list-post", "x-beenthere", "x-mailman-version", "mailing-list", "x-loop"})
_FOR = re.compile(r"\bfor\s+<?([^\s<>;@]{1,128}@[^\s<>;@]{1,255}?)>?\s{0,4};")
_TO_FIELDS = (
    "to",
    "cc",
    "x-envelope-to",
    "envelope-to",
    "x-original-to",
    "x-rcpt-to",
    "apparently-to",
    "resent-to",
    "x-original-recipient",
)
_ENVELOPE_FIELDS = ("x-envelope-to", "envelope-to", "x-original-to", "x-rcpt-to", "x-original-recipient")
_FROM_FIELDS = ("from", "sender", "reply-to", "return-path", "errors-to", "x-envelope-from", "x-sender", "resent-from")

# Words round an address that a sentence is about, and words that make it somebody to turn to
_BEFORE = re.compile(
    r"(?:deliver|undeliver|reach|sen[dt]|addressed|message|mail|letter|user(?:id)?|mailbox|recipient|account"
    r"|address(?:ee)?|rcpt|quota|returned|attempts?)\w*\b[^@]{0,60}$"
    r"|(?:\bto|\bfor|\ban|\bà|\ba|\bpara|\bper|\bnaar|\baan|\bdo|\bdla|адрес\w{0,3}|получател\w{0,3}|宛|へ|到|给"
    r"|至)[\s:]{0,3}\W{0,5}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^\W{0,5}(?:(?:is|was|has|does|did|could|cannot|can|are|were|couldn|wasn|isn|doesn|hasn|bestaat|existiert"
    r"|n['’]existe|n['’]est|no existe|non esiste|não existe|nie istnieje)\b|не|は|が|に|不|无|無|的)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:moved to|changed to|new (?:e-?mail )?address|is now|please use|contact|please (?:send|write|reply"
    r"|e-?mail|forward|see)|questions?|assistance|help ?desk|support|reply"
    r"|from|sender|sent by|instead|report (?:this|it|to)|"
    r"kontakt\w*|wenden|contacte[rz]?|écri\w+|de la part|de parte|von|expéditeur|remitente|mittente"
    r"|absender)\b[^@]{0,60}$|отправител\w{0,4}[^@]{0,30}$|差出人[^@]{0,20}$|发件人[^@]{0,20}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Persons:
    """Who is who in a report, by address in lower case: `others` are never recipients, `returned_to` probably are."""

    others: frozenset[str]
    ours: frozenset[str]
    returned_to: tuple[str, ...]

    def may_be(self, address: str, *, named: bool) -> bool:
        """Whether an address may be a recipient; one that is plainly named may be anybody but us and the author."""
        key = address.lower()
        known = key in {known.lower() for known in self.returned_to}
        if known and (named or key not in self.ours):
            return True
        if key in self.others or key in self.ours or len(key) > _LONG_ADDRESS:
            return False
        return named or not _ROLES.match(key)


def persons_of(root: Part, returned: Part | None) -> Persons:
    """Find out who is who from the headers of a report and of what it returns."""
    authors = _lower(root, *_FROM_FIELDS)
    senders = _lower(returned, *_FROM_FIELDS) if returned else frozenset()
    ours = senders | _lower(root, "to", "cc", "delivered-to")
    return Persons(authors, ours, returned_recipients(returned))


def is_housekeeper(address: str, persons: Persons) -> bool:
    """Return whether an address is one that reports name to turn to, and that the returned message was not for."""
    known = {known.lower() for known in persons.returned_to}
    return bool(_HOUSEKEEPERS.match(address)) and address.lower() not in known


def returned_recipients(returned: Part | None) -> tuple[str, ...]:
    """Return whom the returned message was for, as its header tells: who is named there first comes first."""
    if returned is None:
        return ()
    listed = any(name in _OF_A_LIST for name, _ in returned.headers)
    fields = _ENVELOPE_FIELDS if listed else _TO_FIELDS
    named = [address for value in returned.headers_named(*fields) for address in parse_addresses(value)]
    passed = [found[1] for value in returned.headers_named("received")[:10] for found in _FOR.finditer(value[:2000])]
    unique: dict[str, str] = {}
    for address in (*named, *passed):
        unique.setdefault(address.lower(), address)
    return tuple(unique.values())


def mentioned(loose: list[str]) -> list[str]:
    """Return the addresses that sentences of a report are about, in order, each once."""
    text = " ".join(" ".join(loose).split())[:_MAX_SENTENCES]
    found: dict[str, None] = {}
    if "@" not in text:
        return []
    for match in _ANY.finditer(text):
        before, after = text[max(0, match.start() - 100) : match.start()], text[match.end() : match.end() + 60]
        if (_BEFORE.search(before) or _AFTER.match(after)) and not _ASKED.search(before):
            found.setdefault(match[0])
    return list(found)[:_MAX_MENTIONED]


def _lower(part: Part, *names: str) -> frozenset[str]:
    return frozenset(address.lower() for value in part.headers_named(*names) for address in parse_addresses(value))
