"""Phones: whether what stands as a telephone number can be one.

Owns the call of `phonenumbers`, and the choice of the countries that a number without a country code may belong to:
what mailer.toml says, else what dateline, sender and language speak for. Never changes a number.

Where the country is sure, a number that begins as no number of it does is a slip, as one that is too short. Where it
is only guessed by a language that several speak, that is told as a note: some country may have it.
Gaps: short numbers (110, 116 117) are taken as they are; whether an area code of Germany exists is asked of nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

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
# without that of Germany and Austria; which shorter ones are in use all the same (villages, «-0» of a switchboard,
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
