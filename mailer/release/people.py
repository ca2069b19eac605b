"""People: whom a line of contact data is about, and who said something.

Owns reading telephone numbers, addresses, names, roles and organisations from short lines, in any order, and the
attribution of a quote. Never decides where in a release the contacts stand (`contact_section` does).

A name is told from a role and an organisation by the tables of `words`; where nothing tells, the order does: name,
role, organisation.
Gaps: a one-word name is taken only where a label says that it is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from mailer.release.values import Quote
from mailer.release.words import pattern, phrases

_SEPARATOR = r"(?:[ \u00a0]?[()][ \u00a0]?|[ \u00a0.\-–‑/])"
_EXTENSION = r"(?:,?\s*(?:ext\.?|extension|x)\s?\d{1,6})?"
_PHONE = rf"(?<![\w@/.])(?:\+{{1,2}}\s?)?\(?\d(?:{_SEPARATOR}{{0,2}}\d){{5,18}}{_EXTENSION}(?![\w@])"
_EMAIL = r"<?(?<![\w.+-])(?:mailto:)?(?P<email>[\w.+'-]+@[\w-]+(?:\.[\w-]+)+)>?"
_WEB = r"(?:https?://|www\.)[^\s,;|<>]+"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}")
_MARK = "\x00"
_PARTS = re.compile(r"[\x00,;|•·*\t]|\s[–—-]{1,2}\s|\s/\s|\s\(|\)(?=\s|$)|:\s|\s{3,}")
_GLUE = re.compile(
    r"(?:\b(?:please|or|and|on|at|at the|by|via|call|ring|e-?mail|contact|und|oder|unter)\b[\s.:]*)+$", re.IGNORECASE
)
_NAME_WORD = r"(?:[^\W\d_a-zß-öø-ÿ][\w'’.\-]*)"
_PARTICLE = r"(?:van|von|de|der|den|del|da|di|du|la|le|bin|al|el|ter|zu)"
_NAME = re.compile(rf"{_NAME_WORD}(?:\s+(?:{_NAME_WORD}|{_PARTICLE})){{1,4}}")
_EDGES = " \t.:–—-()<>\u00a0"


@dataclass(frozen=True, slots=True)
class ContactLine:
    """What a line of contact data holds; `words` are the parts that are neither a number nor an address."""

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    note: str = ""
    words: tuple[str, ...] = ()
    labelled: bool = False

    @property
    def reaches(self) -> bool:
        """Say whether somebody can be reached by it."""
        return bool(self.phones or self.emails)


@cache
def _number() -> re.Pattern[str]:
    apart = r"(?:^|(?<=[,|;•·*/(\x00\t])|(?<=\s[–-])|(?<=\s\s))\s*"
    place, kind, phone = phrases("phone_place"), phrases("phone_kind"), phrases("phone")
    stop = r"\b\.?\s*[:.]?\s*"
    label = rf"(?:(?:{apart}(?P<place>{place})|(?<!\w)(?P<kind>{kind})|(?<!\w){phone}){stop})"
    after = rf"(?:\s*\((?P<after>{kind}|{place}|{phone})\))"
    return re.compile(rf"(?:{label}(?:{phone}{stop})?)?(?P<number>{_PHONE}){after}?", re.IGNORECASE)


def find_phones(text: str) -> list[str]:
    """Give the telephone numbers in a text, as they stand: 7 to 17 digits, and no date."""
    return [match.group().strip() for match in re.finditer(_PHONE, text, re.IGNORECASE) if _is_phone(match.group())]


def _is_phone(text: str) -> bool:
    return 7 <= sum(map(str.isdigit, text)) <= 17 and not _DATE.search(text)


def parse_contact_line(text: str) -> ContactLine:
    """Read a line of contact data: its numbers, its addresses, and the words beside them."""
    emails: list[str] = []
    phones: list[str] = []
    notes: list[str] = []

    def take_email(match: re.Match[str]) -> str:
        emails.append(match.group("email"))
        return _MARK

    def take_phone(match: re.Match[str]) -> str:
        number = match.group("number").strip()
        if not _is_phone(number):
            return match.group()
        kind = next(filter(None, (match.group(name) for name in ("place", "kind", "after"))), "")
        if kind.lower() != "fax":
            phones.append(number)
        if len(kind) > 1:
            notes.append(f"{kind}: {number}")
        return _MARK

    rest = pattern(rf"(?:(?<!\w){{email}}\s*[:.]?\s*)?{_EMAIL}").sub(take_email, text)
    rest = pattern(rf"(?:(?<!\w){{web}}\s*[:.]?\s*)?{_WEB}").sub(_MARK, rest)
    rest = _number().sub(take_phone, rest)
    label = pattern(r"^\s*(?:{name_label}|{contacts}|{phone}|{email}|{web}|{phone_kind})\s*:\s*").match(rest)
    words = _words(rest[label.end() :] if label else rest)
    if label and pattern(r"^\s*{web}\s*:").match(rest):
        words = ()
    return ContactLine(tuple(phones), tuple(emails), "; ".join(notes), words, labelled=label is not None)


def _words(rest: str) -> tuple[str, ...]:
    parts = (_trimmed(_GLUE.sub("", _trimmed(part))) for part in _PARTS.split(rest))
    return tuple(part for part in parts if any(map(str.isalpha, part)))


def _trimmed(part: str) -> str:
    bare = part.strip(_EDGES)
    return f"{bare}." if re.search(r"(?:^|\s)(?:Inc|Ltd|Co|Corp|Jr|Sr)$", bare) and f"{bare}." in part else bare


def looks_like_name(text: str) -> bool:
    """Say whether a text can be a person's name: two to five words, capitalised, no word for a role or a body."""
    return _NAME.fullmatch(text) is not None and not names_role(text) and not names_organisation(text)


def names_role(text: str) -> bool:
    """Say whether a text names what somebody does."""
    return pattern(r"(?<!\w)(?:{role})(?!\w)").search(text) is not None


def names_organisation(text: str) -> bool:
    """Say whether a text names a body of people."""
    return pattern(r"(?<!\w)(?:{organisation})(?!\w)").search(text) is not None


def sort_words(parts: tuple[str, ...]) -> tuple[str, str]:
    """Tell role from organisation among the parts that follow a name; gives both, each perhaps empty."""
    roles = [part for part in parts if names_role(part) or (part[:1].islower() and len(parts) > 1)]
    rest = [part for part in parts if part not in roles]
    if not roles and len(rest) > 1:
        return ", ".join(rest[:-1]), rest[-1]
    if not roles and len(rest) == 1 and not rest[0][:1].isupper():
        return rest[0], ""
    return ", ".join(roles), ", ".join(rest)


def parse_attribution(text: str) -> Quote:
    """Read who speaks: `Name, role, organisation` in any order after the name, or `Name | role | organisation`.

    Gives a quote without paragraphs. The form with bars means exactly what it says; an empty part stays empty.
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
