"""Contacts: whether a journalist who rings or writes reaches somebody.

Owns the checks of media contacts: numbers, addresses, and whether they belong to whoever sends. Never asks the network:
`doctor` and `lookup` do.

Gaps: a domain that lacks or swaps two letters is seen, one with three wrong is another domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.address import InvalidAddress, parse_address
from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
from mailer.release.checks.phones import Countries, Sound, countries_of, judge, names_country
from mailer.release.values import MediaContact

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CALLED_PHONE = re.compile(
    r"(?<!\w)(?:tel|tél|telefon\w*|téléphone|teléfono|telephone|telefoon|phone|mobil\w*|móvil|cell\w*|handy|電話)\.?\s?[:：]?\s?"
    r"(?P<number>\+?\(?\d[\d\s()./-]*\d)(?!\w)",
    re.IGNORECASE,
)
_MEANT_AS_ADDRESS = re.compile(r"(?<![\w.+@/-])[\w.+-]*\w@(?:\s?\w[\w-]*(?:[.,]\w[\w-]*)+|\w[\w.,-]*)")
_NO_REPLY = re.compile(
    r"(?:no|do[-_.]?not|nicht|ne[-_.]?pas)[-_.]?(?:reply|antworten|repondre|responder)", re.IGNORECASE
)
_FREEMAIL_LISTED = """
    gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de hotmail.com hotmail.co.uk hotmail.fr
    outlook.com live.com icloud.com me.com aol.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de
    posteo.de mail.de proton.me protonmail.com orange.fr free.fr laposte.net wanadoo.fr libero.it virgilio.it
    alice.it ziggo.nl kpnmail.nl sapo.pt uol.com.br bol.com.br terra.com.br telefonica.net yahoo.co.jp
    docomo.ne.jp btinternet.com sky.com
"""
_FREEMAIL = frozenset(_FREEMAIL_LISTED.split())
_NEAR = 2
_SHORT = 6  # letters and dots: shorter names are near to everything


def check_contacts(case: Case) -> Iterator[Problem]:
    """Check that there are contacts, and each of their numbers and addresses."""
    contacts = case.release.contacts
    if not any(contact.phones or contact.emails for contact in contacts):
        yield _nobody(case)
        return
    if not any(contact.phones for contact in contacts):
        yield tell("contact-no-phone", "no media contact can be telephoned", line=_line(case, contacts[0]))
    countries = _countries(case)
    for contact in contacts:
        for number in contact.phones:
            yield from _phone(case, contact, number, countries)
        for number in _unread_numbers(contact):
            yield from _phone(case, contact, number, countries)
        for address in contact.emails:
            yield from _address(case, contact, address)
    yield from _mistyped(case)
    yield from _whose(case)


def _unread_numbers(contact: MediaContact) -> Iterator[str]:
    """Yield what is called a telephone number, and was not read as one: it has too few digits."""
    known = {re.sub(r"\D", "", phone) for phone in contact.phones}
    for found in _CALLED_PHONE.finditer(contact.note):
        digits = re.sub(r"\D", "", found["number"])
        if not any(digits in phone for phone in known):
            yield found["number"].strip()


def _mistyped(case: Case) -> Iterator[Problem]:
    """Yield what was meant as an address, wherever it stands, and is none: a comma for a full stop, no ending."""
    told = {address for contact in case.release.contacts for address in contact.emails}
    for passage in case.passages():
        for found in _MEANT_AS_ADDRESS.finditer(passage.text):
            text = found.group().rstrip(".,:!?…'’”“")
            if text in told or _ADDRESS.fullmatch(text):
                continue
            told.add(text)
            line = case.lines.of_exactly(text) or case.lines.of(passage.text, found.start())
            yield tell("contact-email", f'"{text}" is no address that mail reaches', line=line, about=text)


def _nobody(case: Case) -> Problem:
    """Tell that nobody can be reached, and where an address stands that may be the one."""
    for passage in case.passages():
        found = _ADDRESS.search(passage.text)
        if found:
            message = f"nobody is named as a media contact; {found[0]} stands in the text"
            hint = "If journalists are to write there, put it under `contacts:` at the top, with a name and a number."
            return tell("no-contact", message, line=case.lines.of_exactly(found[0]), hint=hint)
    message = "no media contact has a telephone number or an e-mail address"
    return tell("no-contact", message, line=case.lines.of_exactly("contacts:") or case.lines.first)


def _line(case: Case, contact: MediaContact) -> int | None:
    return case.lines.of(contact.name) if contact.name else None


def _who(contact: MediaContact) -> str:
    return contact.name or contact.role or contact.organisation or "a contact"


def _phone(case: Case, contact: MediaContact, number: str, countries: Countries) -> Iterator[Problem]:
    line = case.lines.of_exactly(number) or case.lines.of(number) or _line(case, contact)
    judged = judge(number, countries)
    code = {
        Sound.IMPOSSIBLE: "contact-phone",
        Sound.UNUSUAL: "contact-phone-unlikely",
        Sound.UNLIKELY: "contact-phone-unlikely",
        Sound.NOWHERE: "contact-phone-country",
    }.get(judged.sound)
    if code:
        yield tell(code, f"{number} ({_who(contact)}): {judged.why}", line=line, about=number)


def _countries(case: Case) -> Countries:
    place = case.release.dateline.text if case.release.dateline else ""
    theirs = (address for contact in case.release.contacts for address in contact.emails)
    domains = [*case.house.domains[:1], *(address.rpartition("@")[2] for address in theirs)]
    domain = next(filter(names_country, domains), "")
    return countries_of(
        country=case.house.country,
        place=place,
        domain=domain,
        language=case.release.language,
        numbers=[phone for contact in case.release.contacts for phone in contact.phones],
    )


def _address(case: Case, contact: MediaContact, text: str) -> Iterator[Problem]:
    line = case.lines.of_exactly(text) or _line(case, contact)
    try:
        address = parse_address(text)
    except InvalidAddress as error:
        yield tell("contact-email", f"{error} ({_who(contact)})", line=line, about=text)
        return
    if _NO_REPLY.search(text.partition("@")[0]):
        yield tell("contact-noreply", f"{text} takes no answers, and journalists answer", line=line, about=text)
    domain = address.ascii_domain
    if domain in _FREEMAIL and domain not in case.house.domains:
        message = f"{_who(contact)} writes from a private mail service ({domain})"
        yield tell("contact-freemail", message, line=line, about=text)
    near = next((own for own in case.house.domains if _is_slip(domain, own)), "")
    if near:
        hint = f"Did you mean {text.partition('@')[0]}@{near}?"
        yield tell("contact-typo", f"{text} is nearly at {near}, but not quite", line=line, about=text, hint=hint)


def _whose(case: Case) -> Iterator[Problem]:
    """Yield where nobody writes from a domain of the sender's: the contacts may be another client's."""
    house = case.house
    domains = {text.rpartition("@")[2].lower() for one in case.release.contacts for text in one.emails}
    if not domains or not house.domains or any(_belongs(domain, own) for domain in domains for own in house.domains):
        return
    if any(_is_slip(domain, own) for domain in domains for own in house.domains):
        return  # told as a slip
    first = next(text for one in case.release.contacts for text in one.emails)
    shown = ", ".join(sorted(domains))
    message = f"no contact is at {house.domains[0]}, where the mail comes from, but at {shown}"
    yield tell("contact-domain", message, line=case.lines.of_exactly(first))


def _belongs(domain: str, own: str) -> bool:
    """Return whether one of two domains lies under the other."""
    return domain == own or domain.endswith(f".{own}") or own.endswith(f".{domain}")


def _is_slip(domain: str, own: str) -> bool:
    """Return whether a domain is nearly our own, or lies under one that is; another ending there is another body's."""
    above = ".".join(domain.split(".")[-own.count(".") - 1 :])
    if above != domain and above.rpartition(".")[2] != own.rpartition(".")[2]:
        return False
    return not _belongs(domain, own) and min(len(above), len(own)) > _SHORT and _apart(above, own) <= _NEAR


def _apart(one: str, other: str) -> int:
    """Count the letters to add, drop, change or swap with their neighbour until two words are the same."""
    if abs(len(one) - len(other)) > _NEAR:
        return _NEAR + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, there in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
