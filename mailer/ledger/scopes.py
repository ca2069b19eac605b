"""Scopes: how far a suppression reaches, and what it can be about.

Owns the words of scopes, the digests of domains and outlets, and `Asked`: one person as the question "may we write to
them?" needs them. Never asks the database.

A suppression is about a person, a whole domain with its subdomains (`*@outlet.example` is also `desk.outlet.example`:
who says "nobody here" means the house), or an outlet by the name that lists give it. It reaches everywhere, one list,
or one kind of mailing. A list's opt-out concerns the mail that comes by that list.

People are named by a keyed digest (`tokens.address_digest`), since addresses can be guessed and must be forgettable
(standards L6). Domains and outlets are no persons: their digest is a plain one, so that the ledger can ask by itself.
Gaps: a list whose file somebody renames begins anew; an outlet is known by its name alone.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from mailer import lazy_re as re
from mailer.address import Address, InvalidAddress, parse_address
from mailer.errors import InputProblem, did_you_mean
from mailer.events import MailingKind
from mailer.frozen import dataclass
from mailer.tokens import Keys, address_digest

EVERYWHERE: Final = "everywhere"
PERSON, DOMAIN, OUTLET = "person", "domain", "outlet"
KINDS: Final = ("release", "follow-up", "correction")
LONGEST: Final = 200

_LIST, _KIND = "list:", "kind:"
_DOMAIN_TEXT = re.compile(r"\*?@(?P<domain>[^@\s]+)")
_OUTLET_TEXT = re.compile(r"outlet:\s*(?P<name>\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a suppression is about: `kind` is person, domain or outlet, `text` is how people write it."""

    kind: str
    digest: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The person asked about: their digest, those of their domains and outlet, the scopes that concern them."""

    address_digest: bytes
    wider: tuple[bytes, ...] = ()
    scopes: tuple[str, ...] = (EVERYWHERE,)


def parse_scope(text: str) -> str:
    """Read a scope: `everywhere`, `list:NAME` or `kind:KIND`; return it as the ledger keeps it.

    Raises:
        InputProblem: it is none.
    """
    said = text.strip()
    head, _, name = said.partition(":")
    match head.lower():
        case "everywhere" if not name:
            return EVERYWHERE
        case "list" if name.strip():
            return list_scope(name)
        case "kind" if name.strip().lower() in KINDS:
            return _KIND + name.strip().lower()
        case "kind":
            near = did_you_mean(name.strip(), KINDS)
            raise InputProblem(f'"{name.strip()}" is no kind of mailing{near}; there are: {", ".join(KINDS)}')
        case _:
            raise InputProblem(f'"{said}" is not a scope; there are: everywhere, list:NAME and kind:KIND')


def list_scope(name: str) -> str:
    """Return the scope of a list, whether it is called by its name, its file or its path."""
    file = re.split(r"[/\\]", name.strip())[-1]
    stem = re.sub(r"\.(csv|tsv|txt|xlsx|xls|ods|vcf)$", "", file, flags=re.IGNORECASE)
    return (_LIST + unicodedata.normalize("NFC", stem).lower())[:LONGEST]


@lru_cache(maxsize=4096)
def scopes_of(list_name: str = "", kind: str = "") -> tuple[str, ...]:
    """Return the scopes that concern a mail by this list, of this kind; a preview is asked as the release it shows."""
    scopes = [EVERYWHERE]
    if list_name:  # people leave out the ending of a file, whatever it is
        scopes += dict.fromkeys((list_scope(list_name), list_scope(list_name.rpartition(".")[0] or list_name)))
    if kind:
        scopes.append(_KIND + (MailingKind.RELEASE.value if kind == MailingKind.PREVIEW.value else kind))
    return tuple(scopes)


def parse_subject(keys: Keys, text: str) -> Subject:
    """Read what a suppression is about: an address, `*@outlet.example`, or `outlet:The Daily`.

    Raises:
        InputProblem: it is none of them.
    """
    said = text.strip()
    domain, outlet = _DOMAIN_TEXT.fullmatch(said), _OUTLET_TEXT.fullmatch(said)
    if domain:
        return domain_subject(domain["domain"])
    if outlet:
        return outlet_subject(outlet["name"])
    address = parse_address(said)
    return Subject(PERSON, address_digest(keys, address.key), str(address))


def domain_subject(text: str) -> Subject:
    """Return a whole domain.

    Raises:
        InputProblem: it is none, or a whole country (`*@uk`).
    """
    try:
        address = parse_address(f"x@{text}")
    except InvalidAddress as problem:
        said = str(problem).replace(f'"x@{text}" is not an e-mail address', f'"*@{text}" is not a whole domain')
        raise InputProblem(said, hint="Write it as *@outlet.example") from None
    return Subject(DOMAIN, _plain_digest(DOMAIN, address.ascii_domain), f"*@{address.domain}")


def outlet_subject(text: str) -> Subject:
    """Return an outlet by its name, in which case and signs say nothing.

    Raises:
        InputProblem: there is no name.
    """
    name = " ".join(text.split())
    if not _compact(name):
        raise InputProblem(f'"{name}" is not the name of an outlet')
    return Subject(OUTLET, _plain_digest(OUTLET, _compact(name)), f"outlet:{name}")


@lru_cache(maxsize=16384)
def wider_digests(ascii_domain: str, outlet: str) -> tuple[bytes, ...]:
    """Return the digests of what a person belongs to: their domain, those above it, and their outlet."""
    labels = ascii_domain.split(".") if ascii_domain else []
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    found = [_plain_digest(DOMAIN, domain) for domain in domains]
    if compact := _compact(outlet):
        found.append(_plain_digest(OUTLET, compact))
    return tuple(found)


def asked_about(keys: Keys, address: Address, *, outlet: str = "", scopes: Sequence[str] = (EVERYWHERE,)) -> Asked:
    """Return the question about one person; `scopes_of` gives those of a list and a kind of mailing."""
    digest = address_digest(keys, address.key)
    return Asked(digest, wider_digests(address.ascii_domain, outlet), tuple(scopes))


def person_digest(keys: Keys, name: str, outlet: str) -> bytes | None:
    """The keyed name of a person whatever their address: by name and outlet, None where one of them is missing."""
    if not _compact(name) or not _compact(outlet):
        return None
    return address_digest(keys, f"person\0{_compact(name)}\0{_compact(outlet)}")


def _plain_digest(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode()).digest()


def _compact(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())
