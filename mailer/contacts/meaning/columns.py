"""Columns: what the columns of a list mean, from their header or, if that is missing or wrong, from their cells.

Owns the position of the header, the choice of the contact's e-mail column, and the meaning of the others; the meaning
of a single heading, and the look of cells; and the tables of words. Never reads bytes.
Raises `InputProblem`: a chosen column does not exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from mailer import lazy_re as re
from mailer.address import is_role_name, printable
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean
from mailer.words import read_section, without_accents

# Words: the functions that make two spellings comparable, and the tables in that form: header words for each meaning,
# in their order of preference, and words that show whose address a column has. They are data, with the meaning of each
# list beside it: `contacts.toml` in `mailer.words`. A new language is a few words more in a list, never
# a branch. The words by which a list says "do not mail" are in `marks`.

_APOSTROPHES: Final = dict.fromkeys(map(ord, "’‘´`ʼ"), "'")  # as people type them: "don´t"


@lru_cache(maxsize=8192)  # headers, statuses and tags are few and in every row
def compact(text: str) -> str:
    """Return the form in which headers are compared: no case, accents, blanks or signs ("E-Mail:" is "email")."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    return "".join(filter(str.isalnum, without_accents(text)))


CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_BETWEEN: Final = re.compile(r"[\s_\-‐–]+")
_E_MAIL: Final = re.compile(r"\be mail")


@lru_cache(maxsize=256)  # one note is searched for many things
def plain(text: str) -> str:
    """Return the form in which sentences are compared: separate words, no case, no accents ("Opt-out" is "opt out")."""
    apart = text.translate(_APOSTROPHES)
    if not (apart.isascii() and apart.islower()):
        apart = CAMEL.sub(" ", apart)
    kept = _BETWEEN.sub(" ", without_accents(apart).replace("'", "")).strip()
    return _E_MAIL.sub("email", kept) if "e mail" in kept else kept


def tokens(text: str) -> list[str]:
    """Return the words of a header, compacted, with camelCase split ("OwnerEmail" is owner, email)."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    return [word for part in re.split(r"[\W_]+", apart) if (word := compact(part))]


def _table(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(compact, words))


_WORDS: Final = read_section("contacts", "heading_words")
_CELLS: Final = read_section("contacts", "cells")


def _words(name: str) -> frozenset[str]:
    return frozenset(_table(_WORDS[name]))


# of the meanings in values.MEANINGS all but email, which has rules of its own below (`email_rank`)
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
_EMAIL_WORD: Final = re.compile("|".join(r"\w*".join(map(compact, word.split("*"))) for word in _WORDS["email_words"]))
_BEHIND_E: Final = re.compile(rf"\be[-\s‐–]?(?={'|'.join(map(compact, _WORDS['behind_e']))})", re.IGNORECASE)
NOT_AN_ADDRESS, SOMEBODY_ELSE, THE_HOUSE, AT_HOME, A_SECOND, NEWER, OLDER = map(
    _words, ("not_an_address", "somebody_else", "the_house", "at_home", "second", "newer", "older")
)

NOTHING, MADE_UP, TRAPS = (frozenset[str](_CELLS[name]) for name in ("nothing", "made_up", "traps"))
TOTAL_WORDS, NO_ADDRESS, FIRMS, TITLES = (
    frozenset(_table(_CELLS[name])) for name in ("total_words", "no_address", "firms", "titles")
)


# The position of the header, and the meanings of the columns.

HEADER_WITHIN: Final = 30  # rows that may contain the header
_WORDY: Final = 4  # words of a cell that may be a sentence
_LIKELY: Final = 0.6
_DOMAIN_LIKE: Final = re.compile(r"\w\.[a-z]{2,}$")


def recognised(cells: Sequence[str]) -> int:
    """Return how many meanings a row's cells name, 0 if none of them is the address: this makes a row a header."""
    ranks = [rank for cell in cells if len(cell) < 80 and (rank := email_rank(cell)) is not None]
    if any(cell.endswith(".") and len(cell.split()) > _WORDY for cell in cells):  # a remark, with a comma in it
        return 0
    if not ranks or any(holds_address(re.sub(r"\(.*?\)", "", cell[:1000])) for cell in cells):
        return 0
    return 1 + _known(cells)


def table_end(rows: Sequence[Sequence[str]]) -> int:
    """Return the first column behind a sheet's table: the blank one after the headings, if they have one."""
    header = max(rows, key=recognised, default=())
    if not recognised(header):
        return 1 << 14
    first = next(at for at, cell in enumerate(header) if cell)
    email = next(at for at, cell in enumerate(header) if email_rank(cell) is not None)
    size = 1 + ("" in header[first:email])  # if single blank columns separate the others
    return next((at for at in range(first, len(header)) if not any(header[at : at + size])), len(header))


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the header among the first rows: the one that names most meanings, with an address; None if there is none.

    Else it is the row above the first address, if it has a word above that address or names two meanings.
    """
    counts, people = list[int](), 0
    for cells in rows[:HEADER_WITHIN]:  # below people, a line by itself is a heading: "Mails come back:"
        is_below = people > (sum(map(bool, cells)) > 1)
        counts.append(0 if is_below else recognised(cells))
        people += sum(map(bool, cells)) > 1 and any(map(is_address_like, cells))
    if any(counts):
        return counts.index(max(counts))
    for number, cells in enumerate(rows[:HEADER_WITHIN]):
        if any(map(is_address_like, cells)):
            return _row_above(rows, number)
    named = [_known(cells) for cells in rows[:HEADER_WITHIN]]
    return named.index(max(named)) if max(named, default=0) >= 2 else None


def _known(cells: Sequence[str]) -> int:
    return sum(any(meaning_rank(cell, meaning) is not None for cell in cells) for meaning in HEADER_WORDS)


def _row_above(rows: Sequence[Sequence[str]], number: int) -> int | None:
    """Return the header above the first row with an address: the first of the widest rows, if it has headings."""
    widths = {i: sum(map(bool, rows[i])) for i in range(number) if any(rows[i])}
    if not widths:
        return None
    widest = max(widths.values())
    above = next(i for i, width in widths.items() if width == widest)
    if _known(rows[above]) >= 2:
        return above
    at = next(i for i, cell in enumerate(rows[number]) if is_address_like(cell))
    heading = rows[above][at] if len(rows[above]) > at else ""
    texts = [cell for cell in rows[above] if cell]
    if texts[0].startswith("# "):  # a comment, as in files that programs read
        return None
    # a number to call and a broken address are no headings
    is_data = any(is_phone_like(cell) or "@" in cell or _DOMAIN_LIKE.search(cell) for cell in texts)
    if not heading or widest < 2 or compact(heading) in NO_ADDRESS or is_data:
        return None
    return above


def find_columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the position of each meaning's column; no `email` if no column has the contacts' own addresses."""
    found = _Finder(header, sample)
    found.by_headings()
    found.settle_names()
    if "email" in found.taken:
        found.look_beside()
    is_italian = bool(ITALIAN.intersection(map(compact, header)))
    return {each: found.taken[each] for each in MEANINGS if each in found.taken and not (each == "note" and is_italian)}


class _Finder:
    """The columns of one list while their meanings are found: `taken` has the column of each meaning."""

    def __init__(self, header: Sequence[str], sample: Sequence[Sequence[str]]) -> None:
        self._header = header
        self._sample = sample
        self._width = max(len(header), *map(len, sample)) if sample else len(header)
        self.taken: dict[str, int] = {}

    def _share(self, column: int, test: Callable[[str], bool]) -> float:
        return share(self._sample, column, test)

    def _heading(self, column: int) -> str:
        return self._header[column] if column < len(self._header) else ""

    def by_headings(self) -> None:
        """Assign to each meaning the column with the best heading, if its cells fit."""
        email = self._email_column()
        if email is not None:
            self.taken["email"] = email
        for most in (ELSEWHERE - 1, 2 * ELSEWHERE):  # whole headings first
            for meaning in HEADER_WORDS:
                ranks = ((meaning_rank(cell, meaning), i) for i, cell in enumerate(self._header))
                free = [(rank, i) for rank, i in ranks if rank is not None and i not in self.taken.values()]
                fitting = [(rank, i) for rank, i in free if rank <= most and self._may_be(meaning, i)]
                if fitting and meaning not in self.taken:
                    self.taken[meaning] = min(fitting)[1]
        titled = (i for i in self._free() if self._share(i, is_title) >= _LIKELY)
        if "salutation" not in self.taken and (column := next(titled, None)) is not None:
            self.taken["salutation"] = column

    def _may_be(self, meaning: str, column: int) -> bool:
        """Return whether a column's cells fit a meaning: no addresses for names, no titles for jobs."""
        shown = compact(self._header[column]) in DISPLAY_NAMES
        if meaning == "name" and shown and self._sample and not filled(self._sample, column):
            return False
        if meaning in {"other_emails", "phone", "note", "basis_evidence", "source"}:
            return True
        if self._share(column, is_address_like) > 0.5 or self._share(column, is_link) > 0.5:
            return False
        return meaning != "role" or self._share(column, is_title) < 0.5

    def _email_column(self) -> int | None:
        """Return the column of the contacts' own addresses: by its heading, unless its cells contradict it."""
        ranks = {i: rank for i, cell in enumerate(self._header) if (rank := email_rank(cell)) is not None}
        shares = {i: found for i in range(self._width) if (found := self._share(i, _is_mail)) > 0}
        full = max((len(filled(self._sample, i)) for i in ranks), default=0)
        named = sorted(
            (rank, len(filled(self._sample, i)) * 4 < full, self._desks(i) // 0.3, i)
            for i, rank in ranks.items()
            if rank != NEVER and i in shares
        )
        unnamed = [i for i, found in shares.items() if i not in ranks and found >= 0.5 and self._has_people(i)]
        if named:
            first = named[0][-1]
            desks = self._desks(first)
            # a column of people, even without a heading or with a second-best one, takes precedence over one of desks
            people = [i for i in unnamed if self._desks(i) < 0.2]
            people += [i for rank, _, _, i in named[1:] if self._desks(i) < 0.2 and rank < HOME]
            people = [i for i in people if len(filled(self._sample, i)) * 2 >= len(self._sample)]
            return people[0] if people and desks >= _LIKELY else first
        if unnamed:
            # the share of a column's addresses that fit the names in the other columns
            own = {
                i: [share_beside(self._sample, at, i, names_person) for at in range(self._width) if at != i]
                for i in unnamed
            }
            return min(unnamed, key=lambda i: (-round(max(own[i], default=0.0), 1), -round(shares[i], 1), i))
        if not self._header and shares:
            return max(shares, key=lambda i: (round(shares[i], 1), -i))
        return min(((rank, i) for i, rank in ranks.items() if rank != NEVER), default=(0, None))[1]

    def _has_people(self, column: int) -> bool:
        heading = self._heading(column)
        words = (compact(heading), *tokens(heading))
        if PRIVATE_NOTES.intersection(words) or meaning_rank(heading, "note") is not None:
            return False
        cells = filled(self._sample, column)
        is_owners = len(cells) >= 4 and len(set(cells)) * 2 <= len(cells)  # one address all the way down
        return not is_owners and not is_somebody_elses(heading)

    def _desks(self, column: int) -> float:
        return round(self._share(column, is_role_like), 1)

    def settle_names(self) -> None:
        """Read "Name" as the last name beside "Vorname", "Nombre" as the first beside "Apellidos", if not as both."""
        taken = self.taken
        if "name" not in taken:
            return
        whole = frozenset(forms(self._header[taken["name"]]))
        for mine, other, beside in (
            ("last_name", "first_name", LAST_NAME_BESIDE),
            ("first_name", "last_name", FIRST_NAME_BESIDE),
        ):
            if {"name", other} <= set(taken) and mine not in taken and whole & beside:
                at, part = taken["name"], taken[other]
                pairs = [(cells[at], cells[part]) for cells in self._sample if len(cells) > max(at, part)]
                both = [(a.lower(), b.lower()) for a, b in pairs if a and b]
                if sum(b in a and a != b for a, b in both) * 2 <= len(both):
                    taken[mine] = taken.pop("name")
        if {"name", "phone"} <= set(taken):
            name, phone = taken["name"], taken["phone"]
            if self._share(name, is_phone_like) > 0.5 and self._share(phone, is_phone_like) < 0.2:
                taken["name"], taken["phone"] = phone, name

    def look_beside(self) -> None:
        """Find names and outlets by the addresses beside them, if headings are missing or mixed up."""
        taken, email = self.taken, self.taken["email"]
        is_named = bool({"first_name", "last_name"} & set(taken))
        if "name" in taken and "outlet" in taken and not is_named:  # is each above the other's column?
            name, outlet = taken["name"], taken["outlet"]
            mixed = self._person(outlet) > _LIKELY > self._person(name) + 0.4
            if mixed and share_beside(self._sample, name, email, names_house) > 0.4:
                taken["name"], taken["outlet"] = outlet, name
        if "name" in taken and not is_named and self._person(taken["name"]) < 0.2:
            column = taken.pop("name")  # "Reporter", whose own address is further right, beside "Editor"
            apart = [i for i in range(self._width) if i != email and self._share(i, is_address_like) > 0.3]
            if any(share_beside(self._sample, column, i, names_person) >= _LIKELY for i in apart):
                self._find_name()
            taken["name"] = taken.get("name", column)
        elif "name" not in taken and not is_named:
            self._find_name()
        if "outlet" not in taken:
            role = [taken["role"]] if "role" in taken else []  # a "Title" may be a paper's
            houses = {i: self._house(i) for i in (*self._free(), *role)}
            best = max(houses, key=lambda i: (houses[i], -i), default=None)
            if best is not None and houses[best] >= 0.5:
                taken["outlet"] = taken.pop("role") if best in role else best
        if "phone" not in taken and not self._header:
            phones = [i for i in self._free() if self._share(i, is_phone_like) >= 0.8]
            if phones:
                taken["phone"] = phones[0]

    def _find_name(self) -> None:
        taken = self.taken
        people = {i: found for i in self._free() if (found := self._person(i)) >= _LIKELY}
        whole = [i for i in people if self._share(i, lambda cell: " " in cell) > 0.5]
        if whole:
            taken["name"] = max(whole, key=lambda i: (people[i], -i))
        elif len(people) >= 2:
            taken["first_name"], taken["last_name"], *_ = people
        elif people:
            taken["name"] = next(iter(people))
        if self._header:
            return
        if "name" not in taken:  # the one column in which each cell is two words or three, like a name
            looks = [i for i in self._free() if self._share(i, lambda cell: 2 <= _words_of_name(cell) <= 4) > 0.8]
            varied = [i for i in looks if len({*filled(self._sample, i)}) * 4 > 3 * len(self._sample)]
            alone = [i for i in varied if self._house(i) < 0.3]
            if len(alone) == 1:
                taken["name"] = alone[0]
        name = taken.get("name")
        if name is None or self._share(name, lambda cell: _words_of_name(cell) == 1) < 0.8:
            return
        free = self._free()  # two columns of one word each are first and last name
        beside = [i for i in (name + 1, name - 1) if i in free]
        beside = [i for i in beside if self._share(i, lambda cell: _words_of_name(cell) == 1) > 0.8]
        if beside and self._house(beside[0]) < 0.3:
            del taken["name"]
            taken["first_name"], taken["last_name"] = sorted((name, beside[0]))

    def _free(self) -> list[int]:
        """Return the columns that may get a meaning by their cells: without a heading, or with an unknown one."""
        free = []
        for column in sorted({*range(self._width)} - {*self.taken.values()}):
            heading = self._heading(column)
            known = compact(heading) in PRIVATE_NOTES or is_somebody_elses(heading)
            known = known or (email_rank(heading) is not None and self._share(column, holds_address) > 0)
            if not (heading.strip() and known):
                free.append(column)
        return free

    def _person(self, column: int) -> float:
        """Return the share of a column's cells with the name of the person whose address is beside it."""
        if self._share(column, is_name_like) < _LIKELY or self._share(column, is_title) > 0.3:
            return 0.0
        return share_beside(self._sample, column, self.taken["email"], names_person)

    def _house(self, column: int) -> float:
        """Return the share of a column's cells with the outlet whose domain is in the address beside it."""
        if self._share(column, holds_address) or self._share(column, is_link):
            return 0.0
        return share_beside(self._sample, column, self.taken["email"], names_house)


def _is_mail(cell: str) -> bool:
    """Return whether a cell is an address or several, as a cell for mail is; a note that mentions one is not."""
    return is_address_like(cell) or (len(cell) < 200 and holds_address(cell) and len(cell.split()) < 8)


def _words_of_name(cell: str) -> int:
    """Return how many words a name has, 0 for a cell that is no name or begins with a small letter."""
    return len(cell.split()) if is_name_like(cell) and cell[0].isupper() else 0


def find_pairs(
    header: Sequence[str], columns: Mapping[str, int], sample: Sequence[Sequence[str]]
) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return the columns of further people in each row: those of their name, and that of their address.

    "Reporter", "Reporter Email" beside "Editor", "Editor Email"; an assistant or the owner of the list does not count.
    """
    width, first, known = max(map(len, sample), default=0), columns.get("email"), set(columns.values())
    found = []
    for email in range(width):
        heading = header[email] if email < len(header) else ""
        is_open = email != first and share(sample, email, is_address_like) >= 0.5 and not is_somebody_elses(heading)
        if not is_open or email_rank(heading) == NEVER:
            continue
        own = [columns[each] for each in ("name", "first_name", "last_name") if each in columns]
        if any(share_beside(sample, at, email, names_person) > 0.3 for at in own):
            continue
        beside = [at for at in range(width) if at not in known and share(sample, at, is_name_like) >= _LIKELY]
        names = [at for at in beside if share_beside(sample, at, email, names_person) >= _LIKELY]
        found += [(tuple(names[:2]), email)] if names else []
    return tuple(found)


def further_emails(header: Sequence[str], columns: Mapping[str, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the other columns with the person's own addresses: for rows without a first one, and private ones."""
    ranks = {i: rank for i, cell in enumerate(header) if (rank := email_rank(cell)) is not None}
    first = columns.get("email")
    own = [i for i, rank in ranks.items() if i != first and rank in {EXACT, EXACT + 1, SECOND}]
    usable = sorted(own, key=lambda i: (ranks[i], i))
    if "other_emails" in columns and columns["other_emails"] not in own:
        usable.append(columns["other_emails"])
    if ranks.get(first if first is not None else -1) == HOUSE:
        usable = [i for i in usable if ranks.get(i) is not None]
    return tuple(usable), tuple(i for i, rank in ranks.items() if rank == HOME and i != first)


def changed_emails(header: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the columns with people's new addresses, and those with their former ones."""
    ranked = [(i, frozenset(tokens(cell))) for i, cell in enumerate(header) if email_rank(cell) is not None]
    older = tuple(i for i, words in ranked if words & OLDER and not words & NEWER)
    return tuple(i for i, words in ranked if words & NEWER), older


# Fields: the names of the merge fields for a row's cells, and the columns that a user chose. A column
# that would take a meaning's name without having it, or the name of an earlier column, gets `_2`, `_3`.


def field_names(header: Sequence[str], columns: Mapping[str, int], width: int) -> list[str]:
    """Return the merge field of each column: its header in lower case, `_` for signs; else `column_N`."""
    meaning_at = {position: meaning for meaning, position in columns.items()}
    names: dict[str, None] = {}
    last: dict[str, int] = {}
    for position in range(width):
        heading = unicodedata.normalize("NFC", header[position] if position < len(header) else "").lower()
        slug = re.sub(r"[\W_]+", "_", heading).strip("_") or f"{position + 1}"
        slug = f"column_{slug}" if slug[0].isdigit() else slug
        name, count = slug, last.get(slug, 1)
        while name in names or (name in MEANINGS and name != meaning_at.get(position)):
            count += 1
            name = f"{slug}_{count}"
        last[slug] = count
        names[name] = None
    return list(names)


def chosen_columns(header: Sequence[str], found: Mapping[str, int], chosen: Mapping[str, str]) -> dict[str, int]:
    """Return the columns, with a user's choices first: for a meaning, a header or a number from 1."""
    positions: dict[str, int] = {}
    for meaning, column in chosen.items():
        if meaning not in MEANINGS:
            raise InputProblem(f'"{printable(meaning)}" is not a known column meaning{did_you_mean(meaning, MEANINGS)}')
        wanted = compact(column)
        found_at = next((at for at, cell in enumerate(header) if wanted and compact(cell) == wanted), None)
        if found_at is None and column.isdecimal() and int(column) >= 1 and (not header or int(column) <= len(header)):
            found_at = int(column) - 1
        if found_at is None:
            raise InputProblem(
                f'there is no column "{printable(column)}"{did_you_mean(column, header)}',
                hint=f"It has: {', '.join(map(printable, filter(None, header)))}" if any(header) else "",
            )
        positions[meaning] = found_at
    together = {meaning: at for meaning, at in found.items() if at not in positions.values()} | positions
    return {meaning: together[meaning] for meaning in MEANINGS if meaning in together}


# Headers: the meaning of one heading, also with words around it: "E-Mail (dienstlich)".

# How well a heading names the contact's address: EXACT best; the contact's second one, a private one, the outlet's;
# NEVER for someone else's.
EXACT, WORD, SECOND, HOME, HOUSE, NEVER = range(6)
LONGEST: Final = 1000  # characters that are examined; a heading has fewer
ELSEWHERE: Final = 1000  # added to the rank of a word that is not the whole heading

_POSSESSIVE: Final = re.compile(r"(\w+)['’]s\b")
_NAME_PARTS: Final = frozenset((*HEADER_WORDS["first_name"], *HEADER_WORDS["last_name"]))
_POLITE: Final = re.compile(r"[おご御]?(.+?)[欄栏]?")  # お役職, 備考欄
_IN_BRACKETS: Final = re.compile(r"\s*[(\[（【][^)\]）】]*[)\]）】]\s*")


@lru_cache(maxsize=512)
def email_rank(header: str) -> int | None:
    """Rank a header as that of the contact's address: EXACT best, NEVER for someone else's; None if no address."""
    plain = header[:LONGEST].strip()
    if compact(plain) in EMAIL_HEADERS:
        return EXACT
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    parts = frozenset(tokens(_BEHIND_E.sub("e", bare)))
    others = parts & NOT_AN_ADDRESS - NEWER
    if not any(map(_EMAIL_WORD.fullmatch, parts)) or (others and not parts & (NEWER | OLDER)):
        return None
    # an address may be of someone the row is not about: "Your editor's e-mail address"
    owners = [compact(owner) for owner in _POSSESSIVE.findall(plain)]
    is_owned = any(owner not in PERSON_PREFIXES for owner in owners) and not parts & THE_HOUSE
    if parts & NEWER:
        return SECOND
    if parts & (SOMEBODY_ELSE | OLDER) or is_owned:
        return NEVER
    for table, rank in ((THE_HOUSE, HOUSE), (AT_HOME, HOME), (A_SECOND, SECOND)):
        if parts & table:
            return rank
    return WORD


def is_somebody_elses(header: str) -> bool:
    """Return whether a column is about staff, an assistant or a sender: "Contact owner", "Created by"."""
    return bool(frozenset(tokens(header)) & SOMEBODY_ELSE)


@lru_cache(maxsize=4096)
def meaning_rank(header: str, meaning: str) -> int | None:
    """Rank a header for a meaning other than email (0 best), or None."""
    table = HEADER_WORDS[meaning]
    for number, form in enumerate(forms(header)):
        if form in table:
            return table.index(form) + (ELSEWHERE if number else 0)
    if meaning == "phone":
        parts = frozenset(tokens(header[:LONGEST]))
        if parts & PHONE_TOKENS and not parts & NO_PHONE and not parts & SOMEBODY_ELSE:
            return 2 * ELSEWHERE - len(AT_HOME & parts) - 2
    return None


@lru_cache(maxsize=8192)
def forms(header: str) -> tuple[str, ...]:
    """Return the possible cores of a heading: whole, without brackets, each side of a slash, without qualifiers."""
    return tuple(_all_forms(header[:LONGEST]))


def _all_forms(header: str) -> Iterator[str]:
    inside = map(compact, _IN_BRACKETS.findall(header))
    yield from (part for part in inside if part in _NAME_PARTS and part != "sn")  # "Contact (first)", not "(S/N)"
    yield compact(header)
    bare = _IN_BRACKETS.sub(" ", header)
    if bare != header:
        yield compact(bare)
    sides = [side for side in re.split(r"\s*[/|\n・、]\s*", bare) if side.strip()]
    if len(sides) > 1:
        yield from map(compact, sides)
    yield from (compact(polite[1]) for side in sides if (polite := _POLITE.fullmatch(side)))
    named = tokens(bare)
    whole = compact(bare)
    yield from (whole.removeprefix(glued) for glued in GLUED_PREFIXES if whole.startswith(glued))
    if header.rstrip().endswith(("?", "？")):
        yield "".join(word for word in named if word not in QUESTION_WORDS)
    if len(named) < 2 or SOMEBODY_ELSE.intersection(named):
        return
    rest = named[1:] if named[0] in PERSON_PREFIXES else named
    yield "".join(rest)
    # without the person at the end: "Fonction du contact", "Cognome giornalista"
    if len(rest) > 1 and rest[-1] in PERSON_SUFFIXES | LINKED_SUFFIXES:
        before = rest[:-1]
        while len(before) > 1 and before[-1] in LINKING:
            before = before[:-1]
        if len(before) < len(rest) - 1 or rest[-1] in PERSON_SUFFIXES:
            rest = before
            yield "".join(rest)
    while len(rest) > 1 and rest[-1] in QUALIFIERS:
        rest = rest[:-1]
        yield "".join(rest)
    while len(rest) > 1 and rest[0] in QUALIFIERS:
        rest = rest[1:]
        yield "".join(rest)


# Evidence: what cells look like, and what an address shows about the cells beside it.

_ADDRESS_LIKE: Final = re.compile(r"[^@＠\s,;]+[@＠][^@＠\s,;]+[.．][^@＠\s,;]+")
_PHONE_LIKE: Final = re.compile(r"(?=(?:\D*\d){5})[\d\s+()/.\-–x]{6,}")
_NAME_LIKE: Final = re.compile(r"[^\W\d_][\w.'’`\-]*(?:,?\s+[^\W\d_][\w.'’`\-]*){0,4}\.?")
_FAMILY_LETTERS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "å": "aa", "ł": "l", "æ": "ae", "ß": "ss", "đ": "d"}
)

_ENOUGH: Final = 600  # characters of a cell that are searched, so that a long one does not take long

Rows = Sequence[Sequence[str]]


def is_address_like(text: str) -> bool:
    """Return whether a cell looks like one address; `address.parse_address` decides."""
    if "@" not in text and "＠" not in text:  # nearly every cell of a list
        return False
    return len(text) < _ENOUGH and bool(_ADDRESS_LIKE.fullmatch(text.strip("<> ").removeprefix("mailto:")))


def holds_address(text: str) -> bool:
    """Return whether a cell has something like an address anywhere."""
    return ("@" in text or "＠" in text) and bool(_ADDRESS_LIKE.search(text[:_ENOUGH]))


def is_link(text: str) -> bool:
    """Return whether a cell is the address of a page."""
    return text.startswith(("http://", "https://", "www."))


def is_phone_like(text: str) -> bool:
    """Return whether a cell looks like a telephone number."""
    return len(text) < 60 and bool(_PHONE_LIKE.fullmatch(text))


def is_name_like(text: str) -> bool:
    """Return whether a cell could be a person's name: up to five words, no digit, no address."""
    return len(text) <= 60 and bool(_NAME_LIKE.fullmatch(text))


def is_title(text: str) -> bool:
    """Return whether a cell is nothing but a title: "Dr.", "Frau", "Mme"."""
    return compact(text) in TITLES


def is_role_like(text: str) -> bool:
    """Return whether a cell looks like the address of a desk."""
    return is_role_name(text.strip("<> ").partition("@")[0])


def share(sample: Rows, column: int, test: Callable[[str], bool]) -> float:
    """Return the share of a column's filled cells that pass a test; 0 if none is filled."""
    cells = filled(sample, column)
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def filled(sample: Rows, column: int) -> list[str]:
    """Return the filled cells of a column."""
    return [cells[column] for cells in sample if len(cells) > column and cells[column]]


def letters(text: str) -> list[str]:
    """Return the words of a name in the letters of addresses: "Jürgen Łoś" is juergen, los."""
    kept = without_accents(text.lower().translate(_FAMILY_LETTERS))
    return [word for word in re.split(r"[^a-z0-9]+", kept) if word]


def names_person(cell: str, address: str) -> bool:
    """Return whether the part of an address before the @ is made of words of a cell."""
    parts = letters(address.partition("@")[0])
    local = "".join(parts)
    found = letters(cell)
    if len(parts) > 1 and any(len(word) > 1 and word in parts for word in found):
        return True
    return any(word == local or (len(word) > 2 and (word in local or _umlauts(word) in local)) for word in found)


AND: Final = re.compile(r"\s*[&/;+\n]\s*|,\s+|\s+(?:and|und|et|y|e|en|i|og|och)\s+", re.IGNORECASE)


def people_in(text: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the names of several people ("Anna & Tom Berg") in the order of their addresses, if these tell."""
    names = AND.split(re.sub(r"\s*\([^()]*\)", "", text[:_ENOUGH]).strip()) if len(addresses) > 1 else []
    if len(names) < 2 or len(names) != len(addresses) or not all(map(is_name_like, names)):
        return ()
    first, _, family = names[-1].partition(" ")
    if family and all(" " not in name for name in names[:-1]):
        names = [f"{name} {family}" for name in (*names[:-1], first)]

    def fits(name: str, address: str) -> int:
        words, local = letters(name), "".join(letters(address.partition("@")[0]))
        found = sum(len(word) > 1 and word in local for word in words)
        return 2 * found + any(local.startswith(word[0]) for word in words)

    best = [sorted(names, key=lambda name, address=address: -fits(name, address)) for address in addresses]  # type: ignore[misc]
    clear = [fits(each[0], at) > max(fits(each[1], at), 0) for each, at in zip(best, addresses, strict=True)]
    found = tuple(each[0] for each in best)
    return found if all(clear) and len({*found}) == len(names) else ()


def begins_with(cell: str, address: str) -> bool:
    """Return whether an address begins with a cell's first word: "ada" of "Ada Brook" in ada.brook@."""
    found = letters(cell)
    local = "".join(letters(address.partition("@")[0]))
    return bool(found) and len(found[0]) > 1 and (local.startswith((found[0], _umlauts(found[0]))))


def names_house(cell: str, address: str) -> bool:
    """Return whether the domain of an address is made of words of a cell: "The Harbour Lantern", harbourlantern.com."""
    domain = "".join(letters(address.rpartition("@")[2]))
    found = [word for word in letters(cell) if len(word) > 3]
    whole = "".join(letters(cell))
    return any(word in domain for word in found) or (len(whole) > 2 and whole in domain)


def is_house(cell: str, address: str) -> bool:
    """Return whether a cell, except for what it has in brackets, is the domain's own name: "Stop Press (weekly)"."""
    whole = "".join(letters(_BRACKETS.sub(" ", cell[:_ENOUGH])))
    return len(whole) > 3 and whole in "".join(letters(address.rpartition("@")[2]))


_BRACKETS: Final = re.compile(r"\([^()]*\)")


def share_beside(sample: Rows, column: int, email: int, test: Callable[[str, str], bool]) -> float:
    """Return the share of rows with an address of a person whose cell in a column passes a test with that address."""
    pairs = [
        (cells[column], cells[email])
        for cells in sample
        if len(cells) > max(column, email) and cells[column] and is_address_like(cells[email])
    ]
    personal = [(cell, address) for cell, address in pairs if not is_role_like(address)]
    return sum(test(cell, address) for cell, address in personal) / len(personal) if personal else 0.0


def _umlauts(word: str) -> str:
    """Return a word as people spell it who drop the dots: "muller" for "mueller"."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
