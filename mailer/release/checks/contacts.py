"""Contacts: whether a journalist who calls or writes reaches someone.

Owns the checks of media contacts: numbers, addresses, and whether they belong to the sender. Never asks the network:
`doctor` and `lookup` do.

`phonenumbers` knows whether a text can be a telephone number, from the ranges that each country's regulator assigns. If
something names the country (the office's setting, the ending of a domain, the region of the language, another number),
a number outside its ranges is an error. If the number may belong to several countries with the language, only a number
that is too short or too long for all of them is an error.

Gaps: short numbers (110, 116 117) are accepted; Germany, Austria and Italy have numbers of nearly any length, so a
missing digit is not noticed there. One or two wrong letters in a domain are noticed; with more, it counts as another
domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from mailer import lazy_re as re
from mailer.address import InvalidAddress, parse_address
from mailer.errors import Problem
from mailer.frozen import dataclass
from mailer.release.checks.case import Case, flag
from mailer.release.values import MediaContact
from mailer.words import read_section

_WORDS = read_section("checks", "words")
_PHONE, _EXTENSION_WORDS, _NO_REPLY_WORDS = ("|".join(_WORDS[name]) for name in ("phone", "extension", "no_reply"))
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LIKE_ADDRESS = re.compile(r"(?<![\w.+@/-])[\w.+-]*\w@(?:\s?\w[\w-]*(?:[.,]\w[\w-]*)+|\w[\w.,-]*)")
_CALLED_PHONE = re.compile(
    rf"(?<!\w)(?:{_PHONE})\.?\s?[:：]?\s?(?P<number>\+?\(?\d[\d\s()./-]*\d)(?!\w)", re.IGNORECASE
)
_EXTENSION = re.compile(rf"[\s,;/(–-]*(?:{_EXTENSION_WORDS})[.:\s]*\d{{1,6}}\)?\s*$", re.IGNORECASE)
_NO_REPLY = re.compile(_NO_REPLY_WORDS, re.IGNORECASE)
_ABROAD = re.compile(r"\s*\(?(?:\+|00)(?=[\s(]*\d)")
_SIMILAR = 0.87  # similarity of two names of usual length that differ in one or two letters
_SHORT_NAME = 6  # letters and dots: shorter names are similar to everything
_COUNTRIES_BY_LANGUAGE: Mapping[str, str] = dict(_WORDS["spoken"])
_ENDINGS = frozenset(" ".join(_COUNTRIES_BY_LANGUAGE.values()).lower().split()) - {"gb"}
# numbers that regulators reserve for plays and films (Ofcom, Arcep); libraries call them invalid
_FOR_DRAMA = re.compile(r"\+44(?:7700900|1632960)\d{3}|\+33(?:19900|26191|35301|46571|53649|63998)\d{4}")
_SHORTEST = 7
_FEWEST = 6  # digits of a number that can be dialled from elsewhere
_WHY: Mapping[int, str] = {
    ValidationResult.TOO_SHORT: "it is too short",
    ValidationResult.TOO_LONG: "it is too long",
    ValidationResult.INVALID_LENGTH: "no number there has as many digits",
    ValidationResult.INVALID_COUNTRY_CODE: "its country code belongs to no country",
}


def check_contacts(case: Case) -> Iterator[Problem]:
    """Check that there are contacts, and each of their numbers and addresses."""
    contacts = case.release.contacts
    if not any(contact.phones or contact.emails for contact in contacts):
        # an address in the text may be the contact
        found = next(filter(None, (_ADDRESS.search(passage.text) for passage in case.passages())), None)
        if found:
            message = f"no media contact is named; {found[0]} is in the text"
            hint = "If journalists are to write there, put it under `contacts:` at the top, with a name and a number."
            yield flag("no-contact", message, line=case.lines.of_exactly(found[0]), hint=hint)
        else:
            message = "no media contact has a telephone number or an e-mail address"
            yield flag("no-contact", message, line=case.lines.of_exactly("contacts:") or case.lines.first)
        return
    if not any(contact.phones for contact in contacts):
        yield flag("contact-no-phone", "no media contact can be telephoned", line=_line(case, contacts[0]))
    contact_domains = (address.rpartition("@")[2] for contact in contacts for address in contact.emails)
    countries = countries_of(
        country=case.house.country,
        domain=next(filter(_country_of_domain, (*case.house.domains[:1], *contact_domains)), ""),
        language=case.release.language,
        numbers=[phone for contact in contacts for phone in contact.phones],
    )
    for contact in contacts:
        # text with the label of a number that was not read as one has too few digits
        known = [re.sub(r"\D", "", phone) for phone in contact.phones]
        labelled = (found["number"].strip() for found in _CALLED_PHONE.finditer(contact.note))
        unread = (number for number in labelled if not any(re.sub(r"\D", "", number) in phone for phone in known))
        for number in (*contact.phones, *unread):
            line = case.lines.of_exactly(number) or case.lines.of(number) or _line(case, contact)
            fault, code = number_fault(number, countries), "contact-phone"
            if not (fault or countries.codes or _ABROAD.match(number)):
                fault, code = "it has no country code", "contact-phone-country"
            if fault:
                yield flag(code, f"{number} ({_contact_name(contact)}): {fault}", line=line, about=number)
        for address in contact.emails:
            yield from _address(case, contact, address)
    # no contact at the sender's domain: they may be another client's; a slip has its own finding
    own, addresses = case.house.domains, [text for contact in contacts for text in contact.emails]
    domains = {text.rpartition("@")[2].lower() for text in addresses}
    if domains and own and not any(_belongs(one, ours) or _is_slip(one, ours) for one in domains for ours in own):
        message = f"no contact is at {own[0]}, where the mail comes from, but at {', '.join(sorted(domains))}"
        yield flag("contact-domain", message, line=case.lines.of_exactly(addresses[0]))
    # looks like an address, anywhere in the text, but is not valid: a comma for a full stop, no ending
    seen = set(addresses)
    for passage in case.passages():
        for match in _LIKE_ADDRESS.finditer(passage.text):
            text = match.group().rstrip(".,:!?…'’”“")
            if text not in seen and not _ADDRESS.fullmatch(text):
                seen.add(text)
                line = case.lines.of_exactly(text) or case.lines.of(passage.text, match.start())
                yield flag("contact-email", f'"{text}" is not an address that mail can reach', line=line, about=text)


def _line(case: Case, contact: MediaContact) -> int | None:
    return case.lines.of(contact.name) if contact.name else None


def _contact_name(contact: MediaContact) -> str:
    return contact.name or contact.role or contact.organisation or "a contact"


def _address(case: Case, contact: MediaContact, text: str) -> Iterator[Problem]:
    line = case.lines.of_exactly(text) or _line(case, contact)
    try:
        address = parse_address(text)
    except InvalidAddress as error:
        yield flag("contact-email", f"{error} ({_contact_name(contact)})", line=line, about=text)
        return
    local = text.partition("@")[0]
    if _NO_REPLY.search(local):
        yield flag("contact-noreply", f"{text} does not accept replies, but journalists reply", line=line, about=text)
    near = next((own for own in case.house.domains if _is_slip(address.ascii_domain, own)), "")
    if near:
        message = f"{text} is nearly at {near}, but not quite"
        yield flag("contact-typo", message, line=line, about=text, hint=f"Did you mean {local}@{near}?")


def _belongs(domain: str, own: str) -> bool:
    """Return whether the domains are equal, or one is a subdomain of the other."""
    return domain == own or domain.endswith(f".{own}") or own.endswith(f".{domain}")


def _is_slip(domain: str, own: str) -> bool:
    """Return whether a domain, or one above it, is a misspelling of our own; a subdomain with another ending is not."""
    above = ".".join(domain.split(".")[-own.count(".") - 1 :])
    if above != domain and above.rpartition(".")[2] != own.rpartition(".")[2]:
        return False
    is_near = SequenceMatcher(None, above, own).ratio() >= _SIMILAR
    return not _belongs(domain, own) and min(len(above), len(own)) > _SHORT_NAME and is_near


@dataclass(frozen=True, slots=True)
class Countries:
    """The possible countries of a number without a country code, the likeliest first; `sure` if something names it."""

    codes: tuple[str, ...]
    sure: bool = False


def countries_of(*, country: str, domain: str, language: str, numbers: Iterable[str] = ()) -> Countries:
    """Return the possible countries of a number without a country code.

    `country` is the office's setting and decides alone. Otherwise the sender's `domain`, the region of the language and
    the country codes of the other `numbers` count; without any of these, all countries with the language.
    """
    if country:
        return Countries((country.upper(),), sure=True)
    first, _, region = language.replace("_", "-").partition("-")
    named_countries = (_country_of_domain(domain), region.upper() if len(region) == 2 else "")
    candidates = tuple(dict.fromkeys(filter(None, (*named_countries, *map(_country_of_number, numbers)))))
    spoken = tuple(_COUNTRIES_BY_LANGUAGE.get(first.lower(), "").split())
    if any(named_countries) or set(candidates) & set(spoken) or (candidates and not spoken):
        return Countries(candidates, sure=True)
    codes = (*candidates, *spoken)
    return Countries(codes, sure=len(codes) == 1)


def _country_of_number(number: str) -> str:
    try:
        parsed = phonenumbers.parse(_from_abroad(number), None)
    except NumberParseException:
        return ""
    found = str(phonenumbers.region_code_for_country_code(parsed.country_code or 0))
    return found if re.fullmatch("[A-Z]{2}", found) and found != "ZZ" else ""


def _country_of_domain(domain: str) -> str:
    last = domain.rpartition(".")[2].lower()
    return "GB" if last == "uk" else last.upper() if last in _ENDINGS else ""


def _from_abroad(number: str) -> str:
    return re.sub(r"^\s*\(?00", "+", number)


def number_fault(number: str, countries: Countries) -> str:
    """Return why a text cannot be a telephone number in any of the countries; empty if it can."""
    number = _EXTENSION.sub("", number)
    if _ABROAD.match(number):
        return _fault(_from_abroad(number), None, sure=True)
    digits = sum(map(str.isdecimal, number))
    if digits < _SHORTEST and re.fullmatch(r"(?:000|[1-9])[\d\s]{2,7}", number.strip()):
        return ""
    faults = [_fault(number, code, sure=countries.sure) for code in countries.codes]
    return faults[0] if faults and all(faults) else ""


def _fault(number: str, country: str | None, *, sure: bool) -> str:
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException as error:
        no_code = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        return _WHY[ValidationResult.INVALID_COUNTRY_CODE] if no_code else "it is not a telephone number"
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY and country is None:
        reason = ValidationResult.TOO_SHORT
    if reason not in {ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        return _WHY.get(reason, "it cannot be dialled")
    if len(phonenumbers.national_significant_number(parsed)) < _FEWEST and re.match(r"\D*[0+]", number):
        return _WHY[ValidationResult.TOO_SHORT]
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not sure or phonenumbers.is_valid_number(parsed) or _FOR_DRAMA.fullmatch(plain):
        return ""
    return "its country has no number like that"
