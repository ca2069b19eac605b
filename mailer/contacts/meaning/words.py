"""Words: what the headers of spreadsheets call things, in the languages press offices use.

Owns the functions that make two spellings comparable, and the tables in that form: header words for each meaning, in
their order of preference, and the words by which a header tells whose address a column holds. The words are data, with
what each list means beside it: `contacts.toml` in `mailer.words`. A new language is a few words more in a list, never a
branch. The words by which a list says "do not mail" are in `marks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from mailer import lazy_re as re
from mailer.words import read_section, without_accents

_APOSTROPHES: Final = dict.fromkeys(map(ord, "’‘´`ʼ"), "'")  # as people type them: "don´t"


@lru_cache(maxsize=8192)  # headers, statuses and tags are few and stand in every row
def compact(text: str) -> str:
    """Return the form in which headers are compared: no case, accents, blanks or signs ("E-Mail:" is "email")."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    return "".join(filter(str.isalnum, without_accents(text)))


CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_BETWEEN: Final = re.compile(r"[\s_\-‐–]+")
_E_MAIL: Final = re.compile(r"\be mail")


@lru_cache(maxsize=256)  # a note is asked for one thing after the other
def plain(text: str) -> str:
    """The form in which sentences are compared: words kept apart, no case, no accents ("Opt-out" is "opt out")."""
    apart = text.translate(_APOSTROPHES)
    if not (apart.isascii() and apart.islower()):
        apart = CAMEL.sub(" ", apart)
    kept = _BETWEEN.sub(" ", without_accents(apart).replace("'", "")).strip()
    return _E_MAIL.sub("email", kept) if "e mail" in kept else kept


def tokens(text: str) -> list[str]:
    """Return the words of a header, compacted, with camelCase taken apart ("OwnerEmail" is owner, email)."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    return [word for part in re.split(r"[\W_]+", apart) if (word := compact(part))]


def _table(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(compact, words))


_WORDS: Final = read_section("contacts", "heading_words")
_CELLS: Final = read_section("contacts", "cells")


def _words(name: str) -> frozenset[str]:
    return frozenset(_table(_WORDS[name]))


# of the meanings in values.MEANINGS all but email, which has rules of its own in `columns`
HEADER_WORDS: Final[dict[str, tuple[str, ...]]] = {
    meaning: _table(words) for meaning, words in read_section("contacts", "headings").items()
}
DISPLAY_NAMES: Final = frozenset(HEADER_WORDS["name"][HEADER_WORDS["name"].index("displayname") :])
PRIVATE_NOTES, FAMILY_FIRST, NAME_PARTICLES, SECOND_SURNAMES, LAST_NAME_BESIDE, FIRST_NAME_BESIDE = map(
    _words,
    ("private_notes", "family_first", "name_particles", "second_surnames", "last_name_beside", "first_name_beside"),
)
ITALIAN, PERSON_PREFIXES, PERSON_SUFFIXES, LINKED_SUFFIXES, LINKING = map(
    _words, ("italian", "person_prefixes", "person_suffixes", "linked_suffixes", "linking")
)
GLUED_PREFIXES: Final[tuple[str, ...]] = _WORDS["glued_prefixes"]
PHONE_TOKENS, NO_PHONE, QUALIFIERS, QUESTION_WORDS = map(
    _words, ("phone_tokens", "no_phone", "qualifiers", "question_words")
)
EMAIL_HEADERS: Final = _table(_WORDS["email_headers"])
# a word of a header that names mail or an address for it; `mailing` and `mailchimp` do not
EMAIL_TOKEN: Final = re.compile(
    r"\w*mails?(?:adress\w*|addr\w*|adres\w*|ova|アトレス)?|\w*courriels?|correo|epost\w*|messagerie|.*メール.*"
    r"|poczta|sahkoposti|mel"
)
NOT_AN_ADDRESS, SOMEBODY_ELSE, THE_HOUSE, AT_HOME, SECOND, NEWER, OLDER = map(
    _words, ("not_an_address", "somebody_else", "the_house", "at_home", "second", "newer", "older")
)

NOTHING, MADE_UP, TRAPS = (frozenset[str](_CELLS[name]) for name in ("nothing", "made_up", "traps"))
TOTAL_WORDS, NO_ADDRESS, FIRMS, TITLES = (
    frozenset(_table(_CELLS[name])) for name in ("total_words", "no_address", "firms", "titles")
)
