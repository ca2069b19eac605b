"""Address: one e-mail address, checked, and the key by which it is compared.

Owns the only call of email-validator, the comparison key, and the list of role names (RFC 2142).
Never asks the DNS (`lookup` does) and never guesses: it refuses an address with a reason for people to read.
Raises `InvalidAddress`.

RFC 5321 §2.4 lets a local part be case-sensitive; no provider of journalists' mailboxes uses that, and two spellings
of one mailbox in two spreadsheets are common, so the key folds case. Dots and plus tags are kept: they are different
mailboxes at most providers.
Gaps: an address literal (`user@[192.0.2.1]`) and a quoted local part are refused.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from mailer import lazy_re as re
from mailer.errors import InputProblem
from mailer.frozen import dataclass

_PLAIN = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[a-z0-9.-]{1,255}")
MAX_LOCAL = 64  # RFC 5321 §4.5.3.1.1
MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the brackets round a path
# The dot-atom of RFC 5322 §3.2.3: nearly every local part is one.
_DOT_ATOM: Final = re.compile(r"[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*", re.ASCII)
_DOMAINS: Final = 50_000  # checked domains that are cached; a list of a million has fewer outlets

# RFC 2142, and what newsrooms use: a desk reads these, not one person.
ROLE_NAMES = frozenset(
    {
        *("abuse", "admin", "contact", "desk", "editor", "editorial", "hello", "help", "hostmaster", "info"),
        *("kontakt", "mail", "marketing", "news", "newsdesk", "newsroom", "noc", "office", "postmaster", "presse"),
        *("press", "redaccion", "redaktion", "redaction", "redazione", "redactie", "redakcja", "sales", "security"),
        *("studio", "support", "team", "tips", "webmaster"),
        *("editors", "features", "letters", "stories", "submissions", "pressoffice", "pr", "media", "enquiries"),
        *("inquiries", "reception", "noreply", "no-reply", "do-not-reply", "donotreply", "pressreleases", "newsteam"),
        *("politics", "business", "culture", "sport", "sports", "science", "health", "city", "local", "economy"),
        *("politik", "wirtschaft", "kultur", "wissenschaft", "lokales", "lokalredaktion", "feuilleton", "nachrichten"),
        *("chefredaktion", "sekretariat", "zentrale", "verlag", "leserbriefe", "service", "onlineredaktion"),
        *("rédaction", "politique", "economie", "actualites", "actu", "secretariat", "accueil", "courrier"),
        *("redacción", "noticias", "cultura", "politica", "economia", "prensa", "contacto", "comunicacion"),
        *("cronaca", "segreteria", "notizie", "stampa", "ufficiostampa", "informazioni", "redacao", "redação"),
        *("imprensa", "jornal", "geral", "contato", "nieuws", "nieuwsdienst", "redaktie", "algemeen", "pers"),
        *("redaktor", "sekretariatredakcji", "biuro", "wiadomosci", "prasa", "redaksjon", "redaksjonen", "nyheter"),
        *("nyheder", "redaktionen", "tip", "redakce", "zpravy", "henshu"),
    }
)
_PARTS: Final = re.compile("[._-]")
# A desk also with more words: "redaktion.kultur@", "newsdesk-uk@".
_DESK_WORDS = frozenset(
    {
        *("redaktion", "redaccion", "redacción", "redaction", "rédaction", "redazione", "redactie", "redakcja"),
        *("redacao", "newsdesk", "newsroom", "lokalredaktion", "chefredaktion", "pressestelle"),
    }
)


class InvalidAddress(InputProblem):
    """The text is not an address that mail can be sent to; the message says why."""

    code = "invalid-address"


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it will be written on the wire.

    `local` is NFC text as typed, `domain` the Unicode form in lower case, `ascii_domain` its A-labels (RFC 5890). Only
    `parse_address` makes one, so that none is invalid.
    """

    local: str
    domain: str
    ascii_domain: str

    @property
    def needs_smtputf8(self) -> bool:
        """Return whether it needs a relay with SMTPUTF8 (RFC 6531)."""
        return not self.local.isascii()

    @property
    def wire(self) -> str:
        """Return the form for RCPT TO and To: the domain always as A-labels (RFC 6531)."""
        return f"{self.local}@{self.ascii_domain}"

    @property
    def key(self) -> str:
        """Return the form for comparison: NFC, A-label domain, lower case. Equal keys are one person."""
        return (self.wire if self.local.isascii() else unicodedata.normalize("NFC", self.wire)).lower()

    @property
    def is_role(self) -> bool:
        """Return whether a desk reads this, not one person (RFC 2142)."""
        return is_role_name(self.local)

    def __str__(self) -> str:
        """Return the form for people: the domain in its own script."""
        return f"{self.local}@{self.domain}"


def is_role_name(local: str) -> bool:
    """Return whether the part of an address before the @ names a desk."""
    folded = local.lower()
    return folded in ROLE_NAMES or not _DESK_WORDS.isdisjoint(_PARTS.split(folded))


def parse_address(text: str) -> Address:
    """Check one bare address.

    Blanks around it are dropped; everything else that is not an address is an error. Control characters are refused,
    never stripped. Raises InvalidAddress with the reason, for a person to read.
    """
    bare = text.strip(" \t\u00a0\u200b\ufeff\r\n")
    if not bare:
        raise InvalidAddress("there is no address")
    plain = _parse_plain(bare)
    if plain is not None:
        return plain
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - as below

    try:
        checked = validate_email(bare, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise InvalidAddress(f'"{printable(bare)}" is not an e-mail address: {_plain(str(error), bare)}') from None
    if len(checked.local_part.encode()) > MAX_LOCAL:  # email-validator does not check that by default
        raise InvalidAddress(f'"{printable(bare)}" is not an e-mail address: it is too long before the @-sign')
    # Typographic quotes and the like come from word processors, not from people's names. RFC 6531 would allow them, so
    # email-validator does; letters, marks and digits of any script stay allowed.
    strange = [c for c in checked.local_part if not c.isascii() and unicodedata.category(c)[0] not in "LMN"]
    if strange:
        raise InvalidAddress(f'"{printable(bare)}" is not an e-mail address: it contains {printable(strange[0])}')
    return Address(
        local=unicodedata.normalize("NFC", checked.local_part),
        domain=checked.domain,
        ascii_domain=checked.ascii_domain.lower(),
    )


def address_of(text: str) -> Address | None:
    """Return an address as `parse_address` does; None if the text is none, as for an erased person."""
    try:
        return parse_address(text)
    except InvalidAddress:
        return None


def _parse_plain(bare: str) -> Address | None:
    """Check an ASCII address by email-validator's own rules; None if email-validator itself must decide.

    Its check of a domain costs fifty times as much as one of a local part and is the same for a whole outlet, so each
    domain is checked only once.
    """
    local, at, typed = bare.partition("@")
    if not at or len(local) > MAX_LOCAL or not typed.isascii() or not _DOT_ATOM.fullmatch(local):
        return None
    domains = _checked_domain(typed.lower())
    if domains is None:
        return None
    if not local.islower():
        from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES  # noqa: PLC0415 - as below

        if local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES:
            return None
    domain, ascii_domain = domains
    if len(local) + 1 + max(len(typed), len(domain), len(ascii_domain)) > MAX_ADDRESS:
        return None
    return Address(local, domain, ascii_domain)


@lru_cache(maxsize=_DOMAINS)
def _checked_domain(domain: str) -> tuple[str, str] | None:
    """Return a domain in its own script and as A-labels, or None if email-validator refuses it."""
    # email-validator takes a while to load, and few commands read an address
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - see above

    try:
        checked = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return None
    return checked.domain, checked.ascii_domain.lower()


def known_address(text: str) -> Address:
    """Return an address that was checked before and stored with `str`, as in the ledger.

    Most are plain ASCII, and need no parsing; the others are parsed again. Raises InvalidAddress if it is none.
    """
    if _PLAIN.fullmatch(text) and "xn--" not in text:
        local, _, domain = text.partition("@")
        return Address(local, domain, domain)
    return parse_address(text)


def printable(text: str, limit: int = 80) -> str:
    """Return text that is safe to show on a terminal: control characters as escapes, cut to `limit`."""
    shown = text
    if not text.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _plain(reason: str, text: str) -> str:
    """Return our own sentence where it is shorter than email-validator's."""
    domain = text.rpartition("@")[2]
    if "@" not in text:
        return "it has no @"
    if text.count("@") > 1:
        return "it has more than one @"
    if "." not in domain and "[" not in domain and domain:
        return "the domain has no dot"
    return reason[:1].lower() + reason[1:].rstrip(".")
