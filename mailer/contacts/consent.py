"""Consent: what a contact's row says of the grounds for writing to them, and what is missing there.

The rules are the law's as a press office meets it, and never a guess: who cannot be told apart is told about.
  United Kingdom: the e-mail rule of PECR protects individuals, and freelances and sole traders are individuals.
  Poland: consent is what is advised for commercial releases.
  Canada: CASL puts the proof on the sender, address by address.
Nobody is told anything where a list says nothing of all this: most do not keep such columns, and need not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from mailer.contacts.values import CONSENT
from mailer.words import read_section

NO_CONSENT_UK, TYPE_UNKNOWN_UK = "no-consent-uk", "type-unknown-uk"
NO_CONSENT_PL, NO_EVIDENCE_CA = "no-consent-pl", "no-evidence-ca"
_COUNTRIES: Final = read_section("contacts", "countries")
_WORDS: Final = read_section("contacts", "consent")
CONCERNS: Final[Mapping[str, str]] = dict(_WORDS["concerns"])


def says_anything(fields: Mapping[str, str]) -> bool:
    """Return whether a row has anything to say of the grounds for writing to the person."""
    return any(fields.get(name) for name in CONSENT)


def find_concerns(fields: Mapping[str, str]) -> Iterator[str]:
    """Yield what is missing in a row (keys of `CONCERNS`), as far as the row itself shows that it is needed."""
    said = fields.get("country", "").strip().casefold()
    country = next((code for code, names in _COUNTRIES.items() if said in names), "")
    kind = fields.get("subscriber_type", "").strip().casefold()
    has_consent = any(word in fields.get("lawful_basis", "").casefold() for word in _WORDS["consent"])
    if country == "GB" and not has_consent and kind not in _WORDS["corporate"]:
        yield NO_CONSENT_UK if kind in _WORDS["individual"] else TYPE_UNKNOWN_UK
    if country == "PL" and not has_consent:
        yield NO_CONSENT_PL
    if country == "CA" and not fields.get("basis_evidence"):
        yield NO_EVIDENCE_CA


def retention_over(fields: Mapping[str, str], *, today: date) -> date | None:
    """The day until which a person was to be kept, where that is over; a day that cannot be read says nothing."""
    until = read_day(fields.get("retention_until", ""))
    return until if until is not None and until < today else None


def read_day(text: str) -> date | None:
    """Read a day as lists have it once they are read (ISO, with or without a time)."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
