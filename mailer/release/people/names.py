"""Names: whether a few words are a person's, what somebody does, or a body of people.

Owns telling the three apart, by the tables of `words`, finding the name in “press officer Ann Bell”, and telling a role
from an organisation among the words behind a name: where nothing tells, the order does (name, role, organisation).
Never reads numbers and never decides where contacts are.

Gaps: a name of one word is taken only where a label says that it is one.
"""

from __future__ import annotations

from mailer import lazy_re as re
from mailer.release.known_names import BEGINNINGS, CITIES, FAMILIES_LIKE_PLACES, GIVEN_NAMES, PARTICLES
from mailer.release.values import Quote
from mailer.release.words import pattern, regular_expression, weekdays, written
from mailer.words import read_section

_SIGN = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff"
_NAME_WORD = rf"(?:(?:d['’])?[^\W\d_a-zß-öø-ÿ{_SIGN}][\w'’.\-]*)"
_PARTICLE = regular_expression(PARTICLES | BEGINNINGS)
_NAME = re.compile(
    rf"(?:{_PARTICLE}\s+)?{_NAME_WORD}(?:\s+(?:{_NAME_WORD}|{_PARTICLE}\s?)){{1,5}}|{_NAME_WORD},?\s{_NAME_WORD}"
)
_KANJI = "\u3005\u3400-\u9fff"
_JAPANESE_NAME = re.compile(
    rf"[{_KANJI}]{{1,4}}[ \u3000][{_SIGN}]{{1,5}}|[{_KANJI}]{{3,5}}|[\u30a0-\u30ff]+[ \u3000・][\u30a0-\u30ff]+"
)
_KOREAN_NAME = re.compile("[가-힣]{2,4}")
_AND = re.compile(r"\s(?:[eyi]|zur|zum|des|du|della|delle|dei)\s")
_INITIALS = re.compile(r"(?:[A-Z]\.){1,3}")
_BESIDE = re.compile(  # a nickname, and what stands behind a name
    r'\s[“"][^\W\d_]{2,12}[”"](?=\s)|,?\s(?:Jr|Sr|II|III|Ph\.?D|M\.?B\.?A|M\.?A|M\.?Sc|B\.?Sc|M\.?D|CBE|OBE|MBE|[QK]C)\.?$'
)
_WEEKDAYS = "|".join(re.escape(name) for name in weekdays() if len(name) > 5)


def looks_like_name(text: str) -> bool:
    """Whether a text can be a person's name: two to six words, capitalised, no word for a role, body or place."""
    bare = _BESIDE.sub("", without_title(text))
    if any(word[0] > "\u0250" and word[0].islower() for word in bare.split()):  # “руководитель службы”
        return False
    if any(map(str.isdigit, bare)) or bare.casefold() in CITIES or _names("{genre}|{immediate}", bare):
        return False
    begins = r"|^(?:{street})(?!\w)" if not has_given_name(bare) else ""  # Kai is a quay, and a boy
    address = pattern(rf"(?<!\w)(?:{{street}})\W*$|(?<!\w)(?:{_WEEKDAYS})(?!\w)" + begins).search(bare)
    label = pattern(r"(?:{email}|{phone}|{core}|{ask}|{press}|{info})(?=\s)(?<=\w\w\w)").match(bare)
    if label or (address and not is_japanese(bare)):
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
    joined = not has_given_name(bare) and _AND.search(bare) is not None  # “Punto e Linea”, “Anmeldung zur Führung”
    if joined or any(pattern("{info}|{press}|{other}").fullmatch(word) for word in bare.split()):
        return False
    return not names_role(bare) and not names_organisation(bare)


def is_surely_name(text: str) -> bool:
    """Return whether a text is a name by its title or by its first word, which is one that people are given."""
    return looks_like_name(text) and (has_given_name(text) or without_title(text) != text or is_japanese(text))


def is_short_name(text: str) -> bool:
    """Return whether one word can be a name, where a label says that it is."""
    if _KOREAN_NAME.fullmatch(text):
        return not names_role(text)
    if is_japanese(text):
        return len(text) <= 5 and not _names("{firm}|{post}", text)
    return text.casefold() in GIVEN_NAMES or (
        without_title(text) != text and re.fullmatch(_NAME_WORD, without_title(text)) is not None
    )


def is_japanese(text: str) -> bool:
    """Return whether a text is written in signs of Japanese."""
    return re.search(rf"[{_SIGN}]", text) is not None


def has_given_name(text: str) -> bool:
    """Return whether a text begins with a name that people are given."""
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
        if not shorter[:1].isalpha() or not ("." in title or title[:1] != title[:1].lower()):
            break
        bare = shorter
    return bare


def names_role(text: str) -> bool:
    """Return whether a text names what somebody does."""
    return _names("{role}|{post}", text) or _ends(text, "post_end", 3)


def names_organisation(text: str) -> bool:
    """Return whether a text names a body of people."""
    if _names("{organisation}|{firm}", text) or _ends(text, "firm_end", 4):
        return True
    return is_japanese(text) and pattern(r"(?:{firm}|{firm_end})(?:\s|$)|^{firm}").search(text) is not None


def _names(fields: str, text: str) -> bool:
    return pattern(rf"(?<!\w)(?:{fields})(?!\w)").search(text) is not None


def _ends(text: str, field: str, before: int) -> bool:
    """Return whether a word of a text is a compound that ends so: “Museumsverband”, “Pressesprecherin”."""
    found = pattern(rf"(?<!\w)[\w-]{{{before},60}}{{{field}}}(?!\w)").search(text)  # no word is longer
    return found is not None and found.group().casefold() not in GIVEN_NAMES  # Montserrat is no council


_TRADE = written("people", "trade")  # what agencies put behind the name of their founder
_FIELD = re.compile("|".join(read_section("names", "words")["fields"]), re.IGNORECASE)
_AGENCY = written("people", "agency")


def is_agency(part: str) -> bool:
    """Whether words are the name of an agency: “Bell Communications” is, “Corporate Communications” is a role."""
    if _AGENCY.fullmatch(part):
        return True
    trade = _TRADE.search(part)
    before = part[: trade.start()].split() if trade else []
    fields = (_FIELD.fullmatch(word) or names_role(word) or (len(word) > 1 and word[:1].islower()) for word in before)
    return bool(before) and part[:1].isupper() and not any(fields)


def read_person(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name in a run of words, and what else is in it: “press officer Ann Bell”, “Ann Bell of Example Trust”.

    The name is empty where there is none.
    """
    if looks_like_name(text):
        return text, ()
    if is_agency(text) and not has_given_name(text):
        return "", (text,)
    words = text.split()
    found = [one for one in (_name_first(words), _name_last(words)) if one]
    sure = [one for one in found if is_surely_name(one[0])]
    return next(iter(sure or found), ("", (text,)))


def has_name(text: str) -> bool:
    """Return whether a name stands at the front of a line, up to the first mark or number."""
    first = re.split(r"[,;(|]|\s[–-]\s|\d", text, maxsplit=1)[0].strip()
    return bool(first) and bool(read_person(first)[0])


def _name_first(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    found: tuple[str, tuple[str, ...]] | None = None
    for size in range(2, min(6, len(words))):
        name, rest = " ".join(words[:size]), words[size:]
        if not looks_like_name(name):
            continue
        joined = pattern(
            r"(?:of|from|at|for|with|von|vom|de|del|della|dell'|di|da|do|du|des|van|bei|presso|chez|pour|the|la|le|il|el|,)"
        ).fullmatch(rest[0])
        told = names_role(" ".join(rest[:3])) and not looks_like_name(" ".join(rest))
        body = has_given_name(name) and size == 2 and names_organisation(" ".join(rest))
        if joined or told or body or (rest[0][:1].islower() and is_surely_name(name)):
            others = " ".join(rest[1:] if joined else rest)
            found = (name, (others,) if others else ())
            if told or joined:
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
        # “Bund der Seeleute”: what begins with a small word goes on with the name of a body
        goes_on = name[:1].islower() and (not names_role(above) or name.partition(" ")[0] in _FIELD_OF)
        office = above in _FOR | _OF and names_organisation(before)  # “Department of Marine Biology”
        if not looks_like_name(name) or field or goes_on or office:
            continue
        # “Hospital São Lucas” is a body whole; a name behind a press office is a person's
        body = names_organisation(above) and (has_given_name(name) or _PRESS_OFFICE.search(before))
        told = names_role(above) or above[:1].islower() or body
        if told or (has_given_name(name) and not names_organisation(name)):
            return name, (before,)
    return None


# Roles: what somebody is, and for whom.


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


def part_client(part: str) -> tuple[str, str]:
    """Part an agency from the words that say for whom it speaks: “Bell PR on behalf of Example Foods”."""
    told = _ON_BEHALF.search(part)
    if told is None:
        told = next((match for match in _SPEAKS_FOR.finditer(part) if is_agency(part[: match.start()].rstrip())), None)
    told = told or _SPEAKS_FOR.match(part)
    if told is None:
        return part, ""
    return part[: told.start()].strip(" ,–-("), part[told.start() :].strip()


def parse_attribution(text: str) -> Quote:
    """Read who speaks: `Name, role, organisation` in any order after the name, or `Name | role | organisation`.

    Return a quote without paragraphs. The form with bars means exactly what it says; an empty part stays empty.
    """
    if "|" in text:
        name, role, organisation, *_ = [*(part.strip() for part in text.split("|", 2)), "", ""]
        return Quote((), name, role, organisation)
    name, *rest = [part.strip() for part in text.strip().rstrip(":").split(",")]
    role, organisation = sort_words(tuple(part for part in rest if part))
    return Quote((), name, role, organisation)


def render_attribution(quote: Quote) -> str:
    """Write who speaks so that `parse_attribution` reads the same again."""
    natural = ", ".join(filter(None, (quote.speaker, quote.role, quote.organisation)))
    read = parse_attribution(natural)
    if (read.speaker, read.role, read.organisation) == (quote.speaker, quote.role, quote.organisation):
        return natural
    return " | ".join(part.replace("|", "/") for part in (quote.speaker, quote.role, quote.organisation))
