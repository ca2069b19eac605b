"""People: whether words are a person's name, a role, or an organisation; and the data in a contact line.

Owns distinguishing the three, by the tables of `words`, finding the name in “press officer Ann Bell”, and separating
role and organisation after a name: without other evidence, the order decides (name, role, organisation). Also owns
telephone numbers and their labels, addresses (including “name [at] example.org”), and the words between them. Never
decides whom a number belongs to, or where in a release the contacts are (`media_contacts` does).

Gaps: a name of one word is recognised only with a label; numbers spelt with letters (0800 EXAMPLE) are words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.values import Quote
from mailer.release.words import pattern, regular_expression, weekdays, written
from mailer.words import read_section

# Known names, folded for comparison. They only decide where the form of a name is not enough.

_PLACES, _NAMES_TABLE = read_section("names", "places"), read_section("names", "words")

CITIES = frozenset(map(str.casefold, _PLACES["cities"]))
REGIONS = frozenset(map(str.casefold, _PLACES["regions"]))
GIVEN_NAMES = frozenset(map(str.casefold, read_section("names", "given")["names"]))
PARTICLES: frozenset[str] = frozenset(_NAMES_TABLE["particles"])
GIVEN_LIKE_PARTICLES: frozenset[str] = frozenset(_NAMES_TABLE["given_like_particles"])
BEGINNINGS: frozenset[str] = frozenset(_NAMES_TABLE["beginnings"])
HONORIFICS: frozenset[str] = frozenset(_NAMES_TABLE["honorifics"])
ACADEMIC: frozenset[str] = frozenset(_NAMES_TABLE["academic"])
FAMILIES_LIKE_TITLES: frozenset[str] = frozenset(_NAMES_TABLE["families_like_titles"])
FAMILIES_LIKE_PLACES: frozenset[str] = frozenset(_NAMES_TABLE["families_like_places"])
OPENERS: frozenset[str] = frozenset(_NAMES_TABLE["openers"])
_ADDRESSES = frozenset(word for word in HONORIFICS if len(word) > 3)
_JA_SIGN = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff"
_NAME_WORD = rf"(?:(?:d['’])?[^\W\d_a-zß-öø-ÿ{_JA_SIGN}][\w'’.\-]*)"
_PARTICLE = regular_expression(PARTICLES | BEGINNINGS)
_NAME = re.compile(rf"(?:{_PARTICLE}\s+)?{_NAME_WORD}(?:\s+(?:{_NAME_WORD}|{_PARTICLE}\s?)){{1,5}}")
_RUN = re.compile(rf"{_NAME_WORD}(?:\s(?:{_PARTICLE}\s){{0,2}}{_NAME_WORD}){{1,4}}")
_KANJI = "\u3005\u3400-\u9fff"
_JAPANESE_NAME = re.compile(
    rf"[{_KANJI}]{{1,4}}[ \u3000][{_JA_SIGN}]{{1,5}}|[{_KANJI}]{{3,5}}|[\u30a0-\u30ff]+[ \u3000・][\u30a0-\u30ff]+"
)
_KOREAN_NAME = re.compile("[가-힣]{2,4}")
_INITIALS = re.compile(r"(?:[A-Z]\.){1,3}")
_BESIDE = re.compile(  # a nickname, and the letters behind a name
    r'\s[“"][^\W\d_]{2,12}[”"](?=\s)|,?\s(?:Jr|Sr|II|III|Ph\.?D|M\.?B\.?A|M\.?\s?A|M\.?Sc|B\.?Sc|M\.?D|CBE|OBE|MBE|[QK]C)\.?$'
)
_COUNCIL = written("titles", "council").pattern  # “rat” ends names too: Murat, Kerbrat
_WEEKDAYS = "|".join(re.escape(name) for name in weekdays() if len(name) > 5)


def looks_like_name(text: str) -> bool:
    """Return whether a text can be a person's name: two to six capitalised words, none for a role, body or place."""
    bare = _BESIDE.sub("", without_title(text))
    if any(word[0] > "\u0250" and word[0].islower() for word in bare.split()):  # “руководитель службы”
        return False
    if re.search(r"[\d가-힣]", bare) or bare.casefold() in CITIES or _names("{genre}|{immediate}", bare):
        return False
    begins = r"|^(?:{street})(?!\w)" if not has_given_name(bare) else ""  # Kai is a quay, and a boy
    address = pattern(rf"(?<!\w)(?:{{street}})\W*$|(?<!\w)(?:{_WEEKDAYS})(?!\w)" + begins).search(bare)
    label = pattern(r"(?:{email}|{phone}|{core}|{ask}|{press}|{info})(?=\s)(?<=\w\w\w)").match(bare)
    if (label and not has_given_name(bare)) or (address and not is_japanese(bare)):
        return False
    if is_japanese(bare):
        if pattern("{phone}|{email}|{phone_kind}|{core}|{press}|{info}|{other}|{field_label}").search(bare):
            return False
        if _JAPANESE_NAME.fullmatch(bare) is None or _names("{firm}|{post}", bare):
            return False
        apart = re.search(r"[ \u3000・]", bare) is not None and not re.search("[課部室局係科社会]$", bare)
        return apart or not names_organisation(bare)
    first, _, rest = bare.partition(" ")
    led = first.islower() and has_given_name(rest)  # “Atelier di Anna Verdi”
    if led or _NAME.fullmatch(bare) is None or not 2 <= len(bare.split()) <= 6 or bare.rpartition(" ")[2].islower():
        return False
    if has_given_name(bare) and len(bare.split()) <= 3:
        last = bare.rpartition(" ")[2]
        return last.casefold() in FAMILIES_LIKE_PLACES or not _names("{role}|{post}|{firm}", last)
    if any(pattern("{info}|{press}|{other}").fullmatch(word) for word in bare.split()):
        return False
    return not names_role(bare) and not names_organisation(bare)


def is_surely_name(text: str) -> bool:
    """Return whether a text is certainly a name, by its title or by a given name as its first word."""
    return looks_like_name(text) and (has_given_name(text) or without_title(text) != text or is_japanese(text))


def is_addressed(name: str, emails: Iterable[str]) -> bool:
    """Return whether an address is that of a person by this name: `a.bell@`, `bellann@`, `ann@`.

    A given name or family name alone counts only for a text like a name, and not if the domain has it too.
    """
    bare = _BESIDE.sub("", without_title(name))
    if not _NAME.fullmatch(bare) or bare.rpartition(" ")[2].islower() or _names("{role}|{post}", bare):
        return False
    words = [_letters(word) for word in re.split(r"[\s-]", bare)]
    first, families = words[0], words[1:]
    alone = looks_like_name(bare)
    for email in emails:
        local, _, domain = email.partition("@")
        parts = {_letters(part) for part in re.split(r"[\W\d_]", local)}
        for family in families:
            both = {first[:1] + family, family + first[:1], first + family, family + first, first + family[:1]}
            if len(family) > 1 and (parts & both or (family in parts and parts & {first, first[:1]})):
                return True
        if alone and any(len(word) > 2 and word in parts and word not in _letters(domain) for word in words):
            return True
    return False


def from_addressed(text: str, emails: Sequence[str]) -> tuple[str, str]:
    """Split a sentence before the person that its addresses name; both parts are empty if they name nobody.

    “Please let Ann Bell know by noon: a.bell@example.org” becomes “Please let ” and “Ann Bell, know by noon: …”.
    """
    for match in _RUN.finditer(text) if emails else ():
        words = match.group().split()
        for at in (0, *range(len(words) - 2, 0, -1)):
            name = " ".join(words[at:])
            if is_addressed(name, emails) and (at or len(words) == 2 or has_given_name(name)):
                rest = text[match.end() :]
                return text[: match.start()], f"{name}, {''.join(from_addressed(rest, emails)) or rest}"
    return "", ""


def _letters(text: str) -> str:
    """Return the letters of a text as in an address: “Müller” and “mueller” are alike."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("ł", "l"))
    return re.sub(r"(?<=[aou])e", "", "".join(filter(str.isalpha, plain)))


def is_short_name(text: str) -> bool:
    """Return whether one word can be a name if a label says so."""
    if _KOREAN_NAME.fullmatch(text):
        return not names_role(text)
    if is_japanese(text):
        return len(text) <= 5 and not _names("{firm}|{post}", text)
    bare = without_title(text)
    return text.casefold() in GIVEN_NAMES or (bare != text and re.fullmatch(_NAME_WORD, bare) is not None)


def is_japanese(text: str) -> bool:
    """Return whether a text has Japanese characters."""
    return re.search(rf"[{_JA_SIGN}]", text) is not None


def has_given_name(text: str) -> bool:
    """Return whether a text begins with a given name."""
    words = without_title(text).split()
    first = next((word for word in words if not _INITIALS.fullmatch(word)), "")
    whole = first.casefold().strip(".,")
    return whole in GIVEN_NAMES or ("-" in whole and whole.partition("-")[0] in GIVEN_NAMES)


def without_title(text: str) -> str:
    """Strip `Dr.`, `Mme`, `Frau` from the front of a name."""
    bare = text
    for _ in range(4):
        shorter = pattern(r"^(?:{honorific})(?:\.|(?=\s))\s*(?=\S)").sub("", bare)
        title = bare.removesuffix(shorter).strip()
        real = "." in title or title[:1].isupper() or (title in _ADDRESSES and shorter[:1].isupper())  # “mevrouw Bell”
        if not shorter[:1].isalpha() or not real:
            break
        bare = shorter
    return bare


def names_role(text: str) -> bool:
    """Return whether a text names a role."""
    return _names("{role}|{post}", text) or _ends(text, "post_end", 3)


def names_organisation(text: str) -> bool:
    """Return whether a text names a body of people."""
    if _names("{organisation}|{firm}", text) or _names(_COUNCIL, text) or _ends(text, "firm_end", 4):
        return True
    return is_japanese(text) and pattern(r"(?:{firm}|{firm_end})(?:\s|$)|^{firm}").search(text) is not None


def _names(fields: str, text: str) -> bool:
    return pattern(rf"(?<!\w)(?:{fields})(?!\w)").search(text) is not None


def _ends(text: str, field: str, before: int) -> bool:
    """Return whether a word of a text is a compound with such an ending: “Museumsverband”, “Pressesprecherin”."""
    found = pattern(rf"(?<!\w)[\w-]{{{before},60}}{{{field}}}(?!\w)").search(text)  # words are not longer
    return found is not None and found.group().casefold() not in GIVEN_NAMES  # Montserrat is not a council (“rat”)


_TRADE = written("people", "trade")  # the trade that agencies add to the name of their founder
_FIELD = re.compile("|".join(_NAMES_TABLE["fields"]), re.IGNORECASE)
_AGENCY = written("people", "agency")


def is_agency(part: str) -> bool:
    """Return whether words are an agency's name: “Bell Communications” is, “Corporate Communications” is a role."""
    if _AGENCY.fullmatch(part):
        return True
    trade = _TRADE.search(part)
    before = part[: trade.start()].split() if trade else []
    fields = (_FIELD.fullmatch(word) or names_role(word) or (len(word) > 1 and word[:1].islower()) for word in before)
    return bool(before) and part[:1].isupper() and not any(fields)


def read_person(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name in a run of words, and the rest: “press officer Ann Bell”, “Ann Bell of Example Trust”.

    The name is empty if there is none.
    """
    if looks_like_name(text) and (has_given_name(text) or not _name_after_title(text.split())):
        return text, ()
    words = text.split()
    found = [one for one in (_name_after_title(words), _name_first(words), _name_last(words)) if one]
    sure = [one for one in found if is_surely_name(one[0])]
    return next(iter(sure or found), ("", (text,)))


def has_name(text: str) -> bool:
    """Return whether a line has a name before its first mark or number."""
    first = re.split(r"[,;(|]|\s[–-]\s|\d", text.strip("() "), maxsplit=1)[0].strip()
    return bool(first) and bool(read_person(first)[0])


def _name_after_title(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return a name with a title, behind a role: “Kassierin Frau Ute Sommer”."""
    for at in range(1, len(words) - 1):
        name = " ".join(words[at:])
        called = words[at].casefold() in _ADDRESSES and is_short_name(name)  # “Bildstelle Frau Glocke”
        if without_title(name) != name and (called or looks_like_name(name)):
            return name, (" ".join(words[:at]),)
    return None


def _name_first(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    found: tuple[str, tuple[str, ...]] | None = None
    for size in range(2, min(6, len(words))):
        name, rest = " ".join(words[:size]), words[size:]
        if not looks_like_name(name):
            continue
        joined = pattern(
            r"(?:of|from|at|for|in|im|en|with|von|vom|de|del|della|dell'|di|da|do|du|des|van|bei|presso|chez|pour|the|la|le|il|el|,)"
        ).fullmatch(rest[0])
        has_role = names_role(" ".join(rest[:3])) and not looks_like_name(" ".join(rest))
        body = has_given_name(name) and size == 2 and names_organisation(" ".join(rest))
        if joined or has_role or body or (rest[0][:1].islower() and is_surely_name(name)):
            others = " ".join(rest[1:] if joined else rest)
            found = (name, (others,) if others else ())
            if has_role or joined:
                break
    return found


_FOR = frozenset({"for", "of", "für", "pour", "du", "des", "para", "del", "di", "della", "per", "do", "da", "voor"})

_FIELD_OF = frozenset({"de", "del", "della", "di", "da", "do", "du", "des"})  # “Director de Relaciones Públicas”
_OF = PARTICLES - {"e", "y", "i"}
_PRESS_OFFICE = written("people", "press_office")


def _name_last(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    for size in range(min(5, len(words) - 1), 1, -1):
        name, before = " ".join(words[-size:]), " ".join(words[:-size])
        above = words[-size - 1]
        field = (above in _FOR or above in _OF) and not has_given_name(name)  # “Institut für Angewandte Optik”
        # “Bund der Seeleute”: a small word continues the name of a body
        goes_on = name[:1].islower() and (not names_role(above) or name.partition(" ")[0] in _FIELD_OF)
        office = above in _FOR | _OF and names_organisation(before)  # “Department of Marine Biology”
        if not looks_like_name(name) or field or goes_on or office:
            continue
        # “Hospital São Lucas” as a whole is a body; a name behind a press office is a person's
        body = names_organisation(above) and (has_given_name(name) or _PRESS_OFFICE.search(before))
        is_person = names_role(above) or above[:1].islower() or body
        if is_person or (has_given_name(name) and not names_organisation(name)):
            return name, (before,)
    return None


# Roles and organisations.


def sort_words(parts: tuple[str, ...]) -> tuple[str, str]:
    """Return role and organisation from the parts that follow a name, each perhaps empty."""
    led = [part for part in parts if part[:1].islower() and len(parts) > 1]
    roles = [part for part in parts if part in led or (names_role(part) and not is_agency(part))]
    rest = [part for part in parts if part not in roles]
    if not roles and len(rest) > 1:
        return ", ".join(rest[:-1]), rest[-1]
    if not roles and len(rest) == 1 and not rest[0][:1].isupper() and not is_japanese(rest[0]):
        return rest[0], ""
    return ", ".join(roles), ", ".join(rest)


_ON_BEHALF = written("people", "on_behalf")
_SPEAKS_FOR = re.compile(r"(?<!\w)(?:for|für|pour|para|per|voor)\s(?=[^\W\d_a-zß-ÿ])")


def split_client(part: str) -> tuple[str, str]:
    """Split an agency from its client: “Bell PR on behalf of Example Foods”."""
    by_agencies = (match for match in _SPEAKS_FOR.finditer(part) if is_agency(part[: match.start()].rstrip()))
    behalf = _ON_BEHALF.search(part) or next(by_agencies, None) or _SPEAKS_FOR.match(part)
    if behalf is None:
        return part, ""
    return part[: behalf.start()].strip(" ,–-("), part[behalf.start() :].strip()


def parse_attribution(text: str) -> Quote:
    """Parse a speaker: `Name, role, organisation` in any order after the name, or `Name | role | organisation`.

    Return a quote without paragraphs. The form with bars is taken literally; an empty part stays empty.
    """
    if "|" in text:
        name, role, organisation, *_ = [*(part.strip() for part in text.split("|", 2)), "", ""]
        return Quote((), name, role, organisation)
    name, *rest = [part.strip() for part in text.strip().rstrip(":").split(",")]
    role, organisation = sort_words(tuple(part for part in rest if part))
    return Quote((), name, role, organisation)


def render_attribution(quote: Quote) -> str:
    """Write a speaker so that `parse_attribution` reads the same."""
    parts = (quote.speaker, quote.role, quote.organisation)
    natural = ", ".join(filter(None, parts))
    is_same = parse_attribution(natural) == Quote((), *parts)
    return natural if is_same else " | ".join(part.replace("|", "/") for part in parts)


# Lines of contact data, from left to right.

_SEPARATOR = r"(?:[ \u00a0]?\((?=\d{1,5}\))|\)[ \u00a0]?|(?<=\S)[–](?=\S)|[ \u00a0.\-‑/])"
_EXTENSION = written("people", "extension").pattern
_PHONE = rf"(?<![\w@])(?<!\d[./,])(?:\(?\+{{1,2}}\s?)?\(?\d(?:{_SEPARATOR}{{0,3}}\d){{5,21}}{_EXTENSION}(?![\w@])"
_GLUED = r"(?:(?<=[TtFf]el)|(?<=TEL)|(?<=電話)|(?<=代表)|(?<=直通)|(?<=携帯))0\d(?:[-()]{0,2}\d){7,10}(?!\w)"
_EMAIL = r"<?(?<![\w.+-])(?:mailto:)?(?P<email>[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+)>?"
_WEB = r"(?:https?://|www\.)[^\s,;|<>]+"
_ENTITY = re.compile(rf"(?P<web>{_WEB})|{_EMAIL}|(?P<phone>{_PHONE}|{_GLUED})", re.IGNORECASE)
_AT = re.compile(r"(?<=\w)\s?[\[({]\s?(?:at|@|ät|a|arobase|arroba|chiocciola)\s?[\])}]\s?(?=\w)", re.IGNORECASE)
_DOT = re.compile(r"(?<=\w)\s?[\[({]\s?(?:dot|punkt|point|punto|\.)\s?[\])}]\s?(?=\w)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:19|20)\d\d([-./])\s?[01]?\d\1\s?[0-3]?\d(?!\d)|10\.\d{4,}/|^\d{1,4}/(?:19|20)\d\d$"
    r"|\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:19|20)\d{2}(?!\d)|(?:19|20)\d\d\s?[-–/]\s?(?:19|20)?\d\d"
)
_NO_NUMBER = written("people", "no_number")
_AMOUNT = re.compile(r"\s?(?:€|\$|£|%|euros?\b|dollars?\b|mio\b|million|people\b|円)", re.IGNORECASE)
_SPLIT = re.compile(
    r"(?!,\s(?:Inc|Ltd|LLC|LLP|PLC|Corp|GmbH|AG|S\.A|S\.L|Lda|Co)(?!\w))(\s*[,;|•·*\t、،<>\[\]【】〈〉《》「」『』■●▼◆○□◇▶►☎✉℡\u2700-\u27bf\ufe0f\U0001f300-\U0001faff]\s*|\s[–—-]{1,2}\s|\s/\s|\s\(|\(|\)(?=\W|$)|:(?:\s|$)|:(?=[\u3040-\u9fff])|(?<=[\u3040-\u9fff]):|\s{3,}"
    r"|(?<=[^\W\d_A-ZÀ-Þ]{4})(?<!tellv)(?<!phil)(?<!abil)(?<!heol)\.\s+(?=[^\W\d_a-zß-ÿ]))"
)
_FRONT_LABEL = written("people", "front_label")
# “広報担当 金城”, “広報部 高橋・伊藤”: surnames, recognised only by the words before them
_NAMED_BEHIND = written("people", "named_behind")
_EDGES = " \t.:–—-()<>\u00a0*_/&"
_LABEL_GLUE = " \t\u00a0:.()[]/-–—|&,+"
_FIELD_MARK = re.compile(r"[,;|•·*\t/(\[–—-]\s*$|\s\s$")
SHORTENED = re.compile(r"(?:^|\s)(?:Inc|Ltd|Co|Corp|[JS]r|(?i:tel|kom|mob)|S\.(?:p\.A|r\.l|A|L)|e\.\s?V|[BN]\.V)$")


# Text pasted without blanks between its fields: “Ann Bell+44 20 7946 0000ann@example.org”, “BellTel. 0511 …”.
_UNSEPARATED = re.compile(
    r"(?<=[^\W\d_])(?=\+\d|\(\d{2,5}\)\s?\d)|(?<=[^\W\d_A-ZÀ-Þ]{3})(?=0\d(?:[ /-]?\d){6,9}(?![\w.+-]*@|\d))"
    r"|(?P<address>@[\w.-]{1,64}?\.[a-z]{2,6})(?=[+(]?\d{2})"
    r"|(?<![\w.+-])(?P<number>\+?\(?\d[\d \u00a0().\-/–]{6,20}\d)(?=[^\W\d_][\w.+'-]{0,63}@)"
)
_UNSEPARATED_LABEL = r"(?-i:(?<=[a-zß-ÿ\d])(?=[A-Z][\w-]+[.:]))(?=(?:{phone}|{email}|{phone_kind})[.:])"
_NICKNAME = re.compile(r"(?<=\w\s)\(([A-ZÀ-Þ][^\W\d_]{1,11})\)(?=\s[A-ZÀ-Þ][\w-]+\s*(?:[,|]|$))")
_FAMILY_NAME_FIRST = re.compile(
    rf"(?P<before>^|[:;|(\t]\s*|\s[–—]\s)(?P<family>(?:{_NAME_WORD}\s){{0,2}}{_NAME_WORD}),\s"
    rf"(?P<given>{_NAME_WORD}(?:\s[A-Z]\.)?)"
    r"(?=\s*(?:$|[–—|(;:,\t+\d]|-\s))"
)


def _given_first(match: re.Match[str]) -> str:
    family, given = match["family"], match["given"]
    loud = family.isupper() and not given.isupper()
    is_family = family.casefold().partition(" ")[0] not in GIVEN_NAMES | CITIES
    # after a label, or before a number, it is a person's name in any language, or an organisation and its town
    is_before_number = match.string[match.end() :].lstrip(" (+\t–—")[:1].isdigit()
    placed = given.casefold() not in CITIES and (":" in match["before"] or is_before_number)
    turned = loud or (is_family and (placed or has_given_name(given)))
    name = f"{given} {family}"
    return f"{match['before']}{name}" if turned and looks_like_name(name) else match.group()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a line: a `phone`, an `email`, or a `word` (a run of words up to the next mark).

    `note` is the kind of telephone; `named`: a label says it is a name; `apart`: a colon follows; `aside`: bracketed.
    """

    kind: str
    text: str
    note: str = ""
    named: bool = False
    apart: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class ContactLine:
    """The parts of a line of contact data, from left to right; `labelled` if it has a label of such data."""

    parts: tuple[Part, ...] = ()
    labelled: bool = False

    @property
    def phones(self) -> tuple[str, ...]:
        """Return its telephone numbers."""
        return tuple(part.text for part in self.parts if part.kind == "phone")

    @property
    def emails(self) -> tuple[str, ...]:
        """Return its addresses."""
        return tuple(part.text for part in self.parts if part.kind == "email")

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words beside numbers and addresses."""
        return tuple(part.text for part in self.parts if part.kind == "word")

    @property
    def note(self) -> str:
        """Return the numbers with their kinds."""
        return "; ".join(f"{part.note}: {part.text}" for part in self.parts if part.note)

    @property
    def reaches(self) -> bool:
        """Return whether it has a number or an address."""
        return any(part.kind != "word" for part in self.parts)


def find_phones(text: str) -> list[str]:
    """Return the telephone numbers in a text as written: 7 to 17 digits, and not a date."""
    return [
        match.group().strip()
        for match in re.finditer(_PHONE, text, re.IGNORECASE)
        if _is_phone(text, match.start(), match.end())
    ]


def _is_phone(text: str, start: int, stop: int) -> bool:
    """Return whether digits are a telephone number, and not a date, an amount or another number."""
    digits, before = text[start:stop], text[max(0, start - 30) : start]
    if not 7 <= sum(map(str.isdigit, digits)) <= 22 or _DATE.search(digits):
        return False
    return _NO_NUMBER.search(before) is None and _AMOUNT.match(text[stop:]) is None


def parse_contact_line(text: str) -> ContactLine:
    """Read a line of contact data: its numbers, its addresses, and the words beside them."""
    shown = text.replace("\u2028", " ").replace("(at)", "[at]")
    # full-width characters become narrow, except in “Mª José”, and “[at]” becomes @
    shown = re.sub(r"[^ªº]+", lambda match: unicodedata.normalize("NFKC", match.group()), shown)
    text = _AT.sub("@", shown)
    text = _DOT.sub(".", text) if text != shown else shown
    # add blanks between the fields of a line, and turn round “Bell, Ann” and “BELL, Ann”
    text = _NICKNAME.sub(r"“\1”", _UNSEPARATED.sub(lambda match: f"{match.group()} ", text))
    text = _FAMILY_NAME_FIRST.sub(_given_first, pattern(_UNSEPARATED_LABEL).sub(" ", text))
    parts: list[Part] = []
    labelled = False
    at = 0
    for match in _ENTITY.finditer(text):
        number = match.group("phone")
        if number and not _is_phone(text, match.start(), match.end()):
            continue
        kind = "phone" if number else "email" if match.group("email") else "web"
        before, note, label = _without_label(text[at : match.start()], kind)
        labelled = labelled or label
        parts.extend(_words(before))
        at = match.end()
        if kind == "email":
            parts.append(Part("email", match.group("email")))
        elif kind == "phone":
            after = pattern(r"\s*\(({phone_kind}|{phone_place}|{phone}|{fax})\)").match(text, at)
            note = (after.group(1) if after else "") or note
            at = after.end() if after else at
            if not pattern(r"{fax}").fullmatch(note):
                # a slash separates two numbers, but not an area code from its number
                halves = re.split(r"\s*/\s*|\s-\s", number.strip())
                if not all(sum(map(str.isdigit, half)) >= 7 for half in halves):
                    halves = [number.strip()]
                if halves[0].count("(") != halves[0].count(")"):
                    halves = [half.strip("()") for half in halves]
                parts.extend(Part("phone", one, note if len(note) > 1 else "") for one in halves)
    alone = r"^\s*(?:{name_label}|{contacts}|{phone}|{email}|{web}|{phone_kind})\s*:\s*"
    whole = at == 0 and ":" in text and pattern(alone).match(text) is not None
    return ContactLine((*parts, *_words(text[at:])), labelled or whole)


def _without_label(before: str, kind: str) -> tuple[str, str, bool]:
    """Return the text before a number without its labels, the kind of telephone, and whether it had a label."""
    note = ""
    rest = before
    fields = {"phone": "{phone_kind}|{phone_place}|{phone}|{fax}", "email": "{email}", "web": "{web}"}[kind]
    label = pattern(
        rf"(?<!\w)(?:{fields})(?:\s(?:no|nr|n°|number|nummer|duty|officer|line|phone|cell|{{press}})(?!\w))*$"
    )
    found = False
    for _ in range(5):
        bare = re.sub(r"(?:\b(?:via|on|at|under|unter|over|and|or|und|oder)\s*)$", "", rest.rstrip(_LABEL_GLUE)).rstrip(
            _LABEL_GLUE
        )
        match = label.search(bare)
        if not match:
            break
        words, above = match.group(), bare[: match.start()]
        apart = not above.strip(" \t(") or _FIELD_MARK.search(above) is not None
        if pattern(r"{phone_place}\s{press}").fullmatch(words) or (
            not apart and pattern(r"\w|{phone_place}").fullmatch(words) and not words.isupper()
        ):
            break  # “Press Office”, “ufficio stampa” are offices, not telephones
        if kind == "phone" and pattern(r"(?:{phone_kind}|{phone_place}|{fax})(?:\s.*)?").fullmatch(words):
            note = words if not note or pattern("{fax}").fullmatch(note) else note
        rest = bare[: match.start()]
        found = True
    return (rest if found else before), note, found


def _words(text: str) -> Iterator[Part]:
    """Yield the runs of words between marks; labels alone are dropped."""
    pieces = _SPLIT.split(text)
    named = skip = False
    marks = ["", *pieces[1::2], ""]
    for word, last, mark in zip(pieces[::2], map(str.strip, marks), marks[1:], strict=False):
        full, bare = word.strip(_EDGES), trim(word)
        if front := _FRONT_LABEL.match(full):  # “担当者 石井 健太”
            full = bare = full[front.end() :]
            named = pattern("{name_label}").fullmatch(front.group(1)) is not None
        if behind := _NAMED_BEHIND.fullmatch(full):
            yield Part("word", trim(behind["before"]))
            full = bare = behind["name"]
            named = True
        colon = mark.lstrip().startswith(":")
        if skip and bare:
            skip = False
            continue
        if not any(map(str.isalpha, bare)):
            continue
        apart = colon or mark.strip(" ") == "\t"
        if _is_bare_label(full, colon=apart) or _is_bare_label(bare, colon=apart):
            named = pattern("{name_label}").fullmatch(full) is not None
            skip = colon and pattern("{web}|{fax}").fullmatch(bare) is not None
            continue
        label = pattern(r"(?<!\w)(?:{name_label})$").search(bare) if colon else None
        client = last == "(" and not split_client(full)[0]  # “Bell PR (for Example Foods)”
        bare = full if client else trim(bare[: label.start()]) if label else bare
        if bare:
            yield Part("word", bare, named=named, apart=colon, aside=last == "(" and text.lstrip(" (").startswith(full))
        named = label is not None or (named and (mark.strip() in {"、", "・", "/"} or names_role(bare)))


def is_label(text: str) -> bool:
    """Return whether a line is only the label of the line below: “E-mail”."""
    return _is_bare_label(text.strip(_EDGES), colon=True)


def _is_bare_label(text: str, *, colon: bool) -> bool:
    bare = "{phone}|{phone_kind}|{email}|{web}|{fax}"
    more = "|{name_label}|{contacts}|{phone_place}|{field_label}" if colon else ""
    return (colon or len(text) > 1) and pattern(bare + more).fullmatch(text) is not None


def trim(part: str) -> str:
    """Strip small words and marks from both ends of a run of words: “or Ann Bell on”."""
    bare = part.strip(_EDGES)
    glue = pattern(r"^(?:{glue})(?=[\s:.])[\s:.]*|(?<=[\s:.])(?:{glue})[\s:.]*$|^(?:{glue})$")
    for _ in range(6):
        shorter = glue.sub("", bare).strip(_EDGES)
        first = bare.partition(" ")[0]
        is_given = first.casefold() in GIVEN_LIKE_PARTICLES or (first[:1].isupper() and first.casefold() in GIVEN_NAMES)
        if is_given and shorter[:1].isupper() and not shorter.startswith(first):  # Al Bell, Dan Bell
            shorter = f"{first} {shorter}"
        cut = bare.removeprefix(shorter) if bare.startswith(shorter) else ""
        if shorter == bare or cut != cut.lower() or (bare[:1].isupper() and not shorter[:1].isupper() and shorter):
            break
        bare = shorter
    return f"{bare}." if SHORTENED.search(bare) and f"{bare}." in part else bare
