"""Contacts: whether a journalist who rings or writes reaches somebody.

Owns the checks of media contacts: numbers, addresses, and whether they belong to whoever sends. Never asks the network:
`doctor` and `lookup` do.

Gaps: a domain that lacks or swaps two letters is seen, one with three wrong is another domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from mailer.address import InvalidAddress, parse_address
from mailer.errors import Problem
from mailer.release.checks.case import Case, tell
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
    """Return the problem that nobody can be reached, with the line of an address that may be meant."""
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


# Phones: whether what stands as a telephone number can be one.
#
# Where the country is sure, a number that begins as no number of it does is a slip, as one that is too short. Where
# it is only guessed by a language that several speak, that is told as a note: some country may have it. Gaps: short
# numbers (110, 116 117) are taken as they are; whether an area code of Germany exists is asked of nobody.

_BY_LANGUAGE: Mapping[str, str] = {
    "en": "GB US IE CA AU NZ ZA",
    "de": "DE AT CH LU",
    "fr": "FR BE CH CA LU",
    "es": "ES MX AR CO CL PE",
    "it": "IT CH",
    "nl": "NL BE",
    "pt": "PT BR",
    "ja": "JP",
}
_AT_HOME = frozenset({"de", "it", "nl", "ja"})  # spoken by offices of the countries above alone, or nearly so
_COUNTRIES = """
    GB: uk united kingdom england scotland wales northern ireland london great britain   US: usa u.s. united states
    IE: ireland dublin   CA: canada   AU: australia   NZ: new zealand   ZA: south africa   DE: germany deutschland
    AT: austria österreich   CH: switzerland schweiz suisse svizzera   FR: france frankreich
    BE: belgium belgique belgië   ES: spain españa   MX: mexico méxico   IT: italy italia   NL: netherlands nederland
    PT: portugal   BR: brazil brasil   JP: japan 日本   LU: luxembourg
    AR: argentina   CO: colombia   CL: chile   PE: perú
"""
_US_STATES_LISTED = """
    Ala. Ariz. Ark. Calif. Colo. Conn. Del. Fla. Ga. Ill. Ind. Kan. Ky. La. Md. Mass. Mich. Minn. Miss. Mo.
    Mont. Neb. Nev. N.H. N.J. N.M. N.Y. N.C. N.D. Okla. Ore. Pa. R.I. S.C. S.D. Tenn. Vt. Va. Wash. W.Va. Wis.
    Wyo. AL AK AZ AR CA CO CT FL GA IL IN KS KY MD MA MI MN MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD
    TN TX UT VT VA WA WV WI WY
"""
_US_STATES = frozenset(_US_STATES_LISTED.split())
_TLDS_LISTED = """
    de at ch fr be es mx it nl pt br jp ie ca au nz za lu ar co cl pe us
"""
_NAMES_LISTED = """
    GB: the United Kingdom   US: the United States   IE: Ireland   CA: Canada   AU: Australia   NZ: New Zealand
    ZA: South Africa   DE: Germany   AT: Austria   CH: Switzerland   LU: Luxembourg   FR: France   BE: Belgium
    ES: Spain   MX: Mexico   AR: Argentina   CO: Colombia   CL: Chile   PE: Peru   IT: Italy   NL: the Netherlands
    PT: Portugal   BR: Brazil   JP: Japan
"""
_NAMES = dict(re.findall(r"([A-Z]{2}): (\S+(?: \S+)*)", _NAMES_LISTED))
_TLDS = frozenset(_TLDS_LISTED.split())
# numbers that regulators keep for plays and films (Ofcom, Arcep); libraries know them as nobody's
_FOR_DRAMA = re.compile(r"\+44(?:7700900|1632960)\d{3}|\+33(?:19900|26191|35301|46571|53649|63998)\d{4}")
_SHORTEST = 7
_PAIRS_AND_ONE = re.compile(r"\W*\d\d(?:[\s.-]\d\d){3}[\s.-]\d\W*")  # 02 61 91 44 0
# where every number is written with its zero; in Brazil, Peru or Colombia it is only dialled
_ZERO_FIRST = frozenset(["GB", "IE", "DE", "AT", "CH", "FR", "BE", "NL", "AU", "NZ", "ZA", "JP"])
# what is dialled behind a number, as eight languages write it
_EXTENSION = re.compile(
    r"[\s,;/(–-]*(?:extension|ext|poste|ramal|durchwahl|apparat|app|dw|interno|int|anexo|toestel|tst|内線|x)[.:\s]*\d{1,6}\)?\s*$",
    re.IGNORECASE,
)
_MEXICAN_MOBILE = re.compile(r"^(\+52)[\s-]?1(?=(?:\D*\d){10}\D*$)")  # as they were dialled until 2019
# where the library takes nearly any length: the digits of a landline that somebody answers, with the zero of Italy and
# without that of Germany and Austria; which shorter ones are in use all the same (villages, “-0” of a switchboard,
# 030 19222), and which are so rare that they are told (Rome, 06 67601)
_LANDLINES: Mapping[str, tuple[int, int, str, str]] = {
    "DE": (8, 12, r"(?![34]0|[68]9|\d\d1)\d{7}|\d{5,}0|\d{2,3}19[2-7]\d\d", ""),
    "AT": (7, 12, r"\d{4,}0", ""),
    "IT": (8, 11, "", r"0[26]\d{4,}|0\d{5,}0"),
}
_OLD_MOBILE = re.compile(r"\+393[36]\d{7}")  # with a digit less, as Italy gave them out before 1998
_NEW_MOBILE = re.compile(r"\+393\d{8}")
_ABROAD = re.compile(r"\s*\(?(?:\+|00)(?=[\s(]*\d)")
_WHY: Mapping[int, str] = {
    ValidationResult.TOO_SHORT: "it is too short",
    ValidationResult.TOO_LONG: "it is too long",
    ValidationResult.INVALID_LENGTH: "no number there has as many digits",
    ValidationResult.INVALID_COUNTRY_CODE: "its country code belongs to no country",
}


class Sound(StrEnum):
    """How a number sounds: fine, rarely short, of an unknown range, impossible, or of a country that cannot be told."""

    FINE = "fine"
    UNUSUAL = "unusual"
    UNLIKELY = "unlikely"
    IMPOSSIBLE = "impossible"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Judged:
    """A number, how it sounds, and why (empty where it is fine)."""

    sound: Sound
    why: str = ""


@dataclass(frozen=True, slots=True)
class Countries:
    """Where a number without a country code may belong, the likeliest first; `sure` where something names it."""

    codes: tuple[str, ...]
    sure: bool = False


def countries_of(*, country: str, place: str, domain: str, language: str, numbers: Iterable[str] = ()) -> Countries:
    """Return where a number without a country code may belong.

    `country` is the office's own word and beats the rest; then speak the `place` of the dateline, the sender's
    `domain`, the region of the language, and the country codes of the other `numbers`. Failing all of them it may be
    any country where the language is spoken.
    """
    if country:
        return Countries((country.upper(),), sure=True)
    first, _, region = language.replace("_", "-").partition("-")
    found = [
        _of_place(place),
        _of_domain(domain),
        region.upper() if len(region) == 2 else "",
    ]
    others = [*filter(None, map(_of_number, numbers))]
    told = tuple(dict.fromkeys([*filter(None, found), *others]))
    spoken = tuple(_BY_LANGUAGE.get(first.lower(), "").split())
    if any(found) or (others and (not spoken or set(others) & set(spoken))):
        return Countries(told, sure=True)
    if not told and first.lower() in _AT_HOME:
        return Countries(spoken, sure=True)
    # a number abroad beside others says nothing of them: they are of a country that speaks the language, or of that one
    codes = tuple(dict.fromkeys((*told, *spoken)))
    return Countries(codes, sure=len(codes) == 1)


def _of_number(number: str) -> str:
    if not _ABROAD.match(number):
        return ""
    try:
        parsed = phonenumbers.parse(re.sub(r"^\s*\(?00", "+", number), None)
    except NumberParseException:
        return ""
    found = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return str(found) if re.fullmatch("[A-Z]{2}", found) and found != "ZZ" else ""


def _of_place(place: str) -> str:
    words = place.casefold()
    for entry in re.findall(r"([A-Z]{2}): ([^A-Z]+)", _COUNTRIES.replace("\n", " ")):
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) for name in _names(entry[1])):
            return str(entry[0])
    states = re.split(r"[\s,]+", place)
    return "US" if any(state in _US_STATES for state in states[1:]) else ""


def _names(listed: str) -> list[str]:
    """Two words of one name stand in the table with one blank: a name of two is looked for as a whole."""
    pairs = ("united kingdom", "northern ireland", "great britain", "united states", "new zealand", "south africa")
    names = [pair for pair in pairs if pair in listed]
    for pair in names:
        listed = listed.replace(pair, " ")
    return [*names, *listed.split()]


def names_country(domain: str) -> bool:
    """Return whether a domain's ending speaks for one of the countries known here."""
    return bool(_of_domain(domain))


def _of_domain(domain: str) -> str:
    last = domain.rpartition(".")[2].lower()
    return "GB" if last == "uk" else last.upper() if last in _TLDS else ""


def judge(number: str, countries: Countries) -> Judged:
    """Return whether a text can be a telephone number: in any of the countries, where it names none itself."""
    number = _EXTENSION.sub("", number)
    digits = sum(map(str.isdecimal, number))
    international = _ABROAD.match(number) is not None
    if digits < _SHORTEST and not international and re.fullmatch(r"(?:000|[1-9])[\d\s]{2,7}", number.strip()):
        return Judged(Sound.FINE)
    if international:
        plain = re.sub(r"^\s*\(?00", "+", number)
        return _sure(_judged(_MEXICAN_MOBILE.sub(r"\1", plain), None))
    if _PAIRS_AND_ONE.fullmatch(number):
        return Judged(Sound.IMPOSSIBLE, "it is written in pairs, and the last digit has none")
    if not countries.codes:
        return Judged(Sound.NOWHERE, "it has no country code")
    order = list(Sound)
    best = min((_judged(number, code) for code in countries.codes), key=lambda one: order.index(one.sound))
    if best.sound is Sound.UNLIKELY and not countries.sure:
        return Judged(best.sound, "no number of a country where the language is spoken looks like that")
    return _sure(best) if countries.sure else best


def _sure(judged: Judged) -> Judged:
    """Where the country is known, a number that begins as none of its numbers is as wrong as one too short."""
    return Judged(Sound.IMPOSSIBLE, judged.why) if judged.sound is Sound.UNLIKELY else judged


def _judged(number: str, country: str | None) -> Judged:
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException as error:
        no_code = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        why = "its country code belongs to no country" if no_code else "it is no telephone number"
        return Judged(Sound.IMPOSSIBLE, why)
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason not in {ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        return Judged(Sound.IMPOSSIBLE, _WHY.get(reason, "it cannot be dialled"))
    if _is_known(parsed) and not (country and _lacks_its_zero(number, country)):
        return _by_length(parsed)
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY and _ABROAD.match(number):
        return Judged(Sound.IMPOSSIBLE, _WHY[ValidationResult.TOO_SHORT])
    place = country or str(phonenumbers.region_code_for_country_code(parsed.country_code or 0))
    return Judged(Sound.UNLIKELY, f"no telephone number of {_NAMES.get(place, place)} looks like that")


def _by_length(parsed: PhoneNumber) -> Judged:
    """Judge a number of a known range by its digits, where the library knows no bounds of them."""
    place = str(phonenumbers.region_code_for_number(parsed))
    digits = phonenumbers.national_significant_number(parsed)
    is_landline = phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    is_short_mobile = _NEW_MOBILE.fullmatch(plain) and not _OLD_MOBILE.fullmatch(plain)
    fewest, most, in_use, rare = _LANDLINES.get(place, (0, 0, "", "")) if is_landline else (0, 0, "", "")
    if is_short_mobile or (len(digits) < fewest and rare and re.fullmatch(rare, digits)):
        return Judged(Sound.UNUSUAL, f"it is short for {_NAMES[place]}, where a few numbers are: is a digit missing?")
    if len(digits) < fewest and not (in_use and re.fullmatch(in_use, digits)):
        return Judged(Sound.UNLIKELY, f"it is too short for {_NAMES[place]}: is a digit missing?")
    if most and len(digits) > most:
        return Judged(Sound.UNLIKELY, f"it is too long for {_NAMES[place]}")
    return Judged(Sound.FINE)


def _lacks_its_zero(number: str, country: str) -> bool:
    """Whether a number begins as nobody in its country writes one; service numbers (13 …) have no zero either."""
    first = re.sub(r"\D", "", number)[:1]
    return country in _ZERO_FIRST and first not in {"0", "1"}


def _is_known(parsed: PhoneNumber) -> bool:
    if phonenumbers.is_valid_number(parsed):
        return True
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return _FOR_DRAMA.fullmatch(plain) is not None
