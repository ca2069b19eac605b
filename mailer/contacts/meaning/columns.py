"""Columns: what the columns of a list mean, read from their header and, where that fails or lies, from their cells.

Owns where the header stands, the choice of the person's e-mail column, and the meaning of the others. What one heading
says is in `headers`, what cells look like in `evidence`, how columns are named in `fields`; the words are tables in
`words`. Never reads bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mailer.address import printable
from mailer.contacts.meaning import words
from mailer.contacts.meaning.evidence import (
    filled,
    holds_address,
    is_address_like,
    is_link,
    is_name_like,
    is_phone_like,
    is_role_like,
    is_title,
    names_house,
    names_person,
    share,
    share_beside,
)
from mailer.contacts.meaning.headers import (
    ELSEWHERE,
    EXACT,
    HOME,
    HOUSE,
    NEVER,
    SECOND,
    email_rank,
    forms,
    is_somebody_elses,
    meaning_rank,
)
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean

__all__ = [
    "chosen_columns",
    "email_rank",
    "field_names",
    "find_columns",
    "find_header",
    "further_emails",
    "is_address_like",
    "meaning_rank",
    "recognised",
]

HEADER_WITHIN: Final = 30  # rows in which the header must stand
_LIKELY: Final = 0.6
_DOMAIN_LIKE: Final = re.compile(r"\w\.[a-z]{2,}$")


def recognised(cells: Sequence[str]) -> int:
    """Count the meanings that a row's cells name, 0 if none of them names an address: what makes a row a header."""
    ranks = [rank for cell in cells if len(cell) < 80 and (rank := email_rank(cell)) is not None]
    if not ranks or any(holds_address(re.sub(r"\(.*?\)", "", cell[:1000])) for cell in cells):
        return 0
    return 1 + _known(cells)


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Find the header among the first rows: the one that names most meanings, an address among them.

    Where no row names an address, the row above the first address is the header if it has a word above that address
    or names two meanings. None: the list has no header.
    """
    counts = [recognised(cells) for cells in rows[:HEADER_WITHIN]]
    if any(counts):
        return counts.index(max(counts))
    for number, cells in enumerate(rows[:HEADER_WITHIN]):
        if any(map(is_address_like, cells)):
            return _row_above(rows, number)
    named = [_known(cells) for cells in rows[:HEADER_WITHIN]]
    return named.index(max(named)) if max(named, default=0) >= 2 else None


def _known(cells: Sequence[str]) -> int:
    return sum(any(meaning_rank(cell, meaning) is not None for cell in cells) for meaning in words.HEADER_WORDS)


def _row_above(rows: Sequence[Sequence[str]], number: int) -> int | None:
    """The header over the first row with an address: the first of the widest rows above, if it heads anything."""
    widths = {i: sum(map(bool, rows[i])) for i in range(number) if any(rows[i])}
    if not widths:
        return None
    widest = max(widths.values())
    above = next(i for i, width in widths.items() if width == widest)
    if _known(rows[above]) >= 2:
        return above
    at = next(i for i, cell in enumerate(rows[number]) if is_address_like(cell))
    heading = rows[above][at] if len(rows[above]) > at else ""
    said = [cell for cell in rows[above] if cell]
    if said[0].startswith("# "):  # a comment, as in files that programs read
        return None
    if not heading or widest < 2 or words.compact(heading) in words.NO_ADDRESS or any(map(_is_data, said)):
        return None
    return above


def _is_data(cell: str) -> bool:
    """Return whether a cell cannot be a heading: a number to call, a broken address."""
    return is_phone_like(cell) or "@" in cell or (bool(cell) and bool(_DOMAIN_LIKE.search(cell)))


def find_columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return each meaning the position of its column; `sample` holds the first data rows.

    `email` is missing from the result where no column holds the addresses of the people themselves.
    """
    taken: dict[str, int] = {}
    email = _email_column(header, sample)
    if email is not None:
        taken["email"] = email
    for most in (ELSEWHERE - 1, 2 * ELSEWHERE):  # whole headings first
        for meaning in words.HEADER_WORDS:
            ranked = [(rank, i) for i, cell in enumerate(header) if (rank := meaning_rank(cell, meaning)) is not None]
            free = [(rank, i) for rank, i in ranked if rank <= most and i not in taken.values()]
            fitting = [(rank, i) for rank, i in free if _may_be(meaning, header[i], sample, i)]
            if fitting and meaning not in taken:
                taken[meaning] = min(fitting)[1]
    titled = (i for i in _free(header, taken, sample) if share(sample, i, is_title) >= _LIKELY)
    if "salutation" not in taken and (column := next(titled, None)) is not None:
        taken["salutation"] = column
    _settle_names(header, taken, sample)
    _swap(taken, sample, ("name", "phone"), is_phone_like)
    if email is not None:
        _look_beside(header, taken, sample)
    is_italian = bool(words.ITALIAN.intersection(map(words.compact, header)))
    return {each: taken[each] for each in MEANINGS if each in taken and not (each == "note" and is_italian)}


def _may_be(meaning: str, heading: str, sample: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether a column's cells can be what its heading says: no addresses for names, no titles for jobs."""
    if meaning == "name" and words.compact(heading) in words.DISPLAY_NAMES and sample and not filled(sample, column):
        return False
    if meaning in {"other_emails", "phone", "note", "basis_evidence", "source"}:
        return True
    if share(sample, column, is_address_like) > 0.5 or share(sample, column, is_link) > 0.5:
        return False
    if meaning == "role":
        return share(sample, column, is_title) < 0.5
    return True


def _email_column(header: Sequence[str], sample: Sequence[Sequence[str]]) -> int | None:
    """Choose the column of the people's own addresses: by its heading, by its cells where they say otherwise."""
    ranks = {i: rank for i, cell in enumerate(header) if (rank := email_rank(cell)) is not None}
    shares = {i: found for i in range(_width(header, sample)) if (found := share(sample, i, _is_mail)) > 0}
    named = sorted((rank, _desks(sample, i), i) for i, rank in ranks.items() if rank != NEVER and i in shares)
    unnamed = [i for i, found in shares.items() if i not in ranks and _people_stand_in(header, sample, i, found)]
    best = named[0] if named else None
    if best:
        people = [i for i in unnamed if _desks(sample, i) < 0.2 and _is_full(sample, i)]
        return people[0] if people and best[1] >= _LIKELY else _not_a_desks(named, sample)
    if unnamed:
        return min(unnamed, key=lambda i: (-round(_own(sample, i), 1), -round(shares[i], 1), i))
    if not header and shares:
        return max(shares, key=lambda i: (round(shares[i], 1), -i))
    return min(((rank, i) for i, rank in ranks.items() if rank != NEVER), default=(0, None))[1]


def _not_a_desks(named: Sequence[tuple[int, float, int]], sample: Sequence[Sequence[str]]) -> int:
    """Return the best of the columns with a heading; a second one wins where the first holds desks and it people."""
    _, desks, position = named[0]
    for other, less, at in named[1:]:
        if desks >= _LIKELY and less < 0.2 and other < HOME and _is_full(sample, at):
            return at
    return position


def _people_stand_in(header: Sequence[str], sample: Sequence[Sequence[str]], column: int, found: float) -> bool:
    heading = header[column] if column < len(header) else ""
    private = bool(words.PRIVATE_NOTES.intersection((words.compact(heading), *words.tokens(heading))))
    private = private or meaning_rank(heading, "note") is not None
    if found < 0.5 or private or is_somebody_elses(heading):
        return False
    cells = filled(sample, column)
    return len(cells) < 4 or len(set(cells)) * 2 > len(cells)  # one address all the way down is an owner's


def _is_full(sample: Sequence[Sequence[str]], column: int) -> bool:
    return len(filled(sample, column)) * 2 >= len(sample)


def _is_mail(cell: str) -> bool:
    """Return whether a cell is an address or several, as a cell for mail is; a note that mentions one is not."""
    return is_address_like(cell) or (len(cell) < 200 and holds_address(cell) and len(cell.split()) < 8)


def _desks(sample: Sequence[Sequence[str]], column: int) -> float:
    return round(share(sample, column, is_role_like), 1)


def _own(sample: Sequence[Sequence[str]], column: int) -> float:
    """Return how far the addresses of a column are those of the people named in the other columns."""
    others = (i for i in range(_width((), sample)) if i != column)
    return max((share_beside(sample, i, column, names_person) for i in others), default=0.0)


def further_emails(header: Sequence[str], columns: Mapping[str, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the other columns with the person's own addresses: those a row without a first may use, and the rest.

    The rest is what a person has at home; the office may want to know of it, and nobody is written to there unasked.
    The house's, an assistant's and an owner's are in neither.
    """
    ranks = {i: rank for i, cell in enumerate(header) if (rank := email_rank(cell)) is not None}
    first = columns.get("email")
    own = [i for i, rank in ranks.items() if i != first and rank in {EXACT, EXACT + 1, SECOND}]
    usable = sorted(own, key=lambda i: (ranks[i], i))
    if "other_emails" in columns and columns["other_emails"] not in own:
        usable.append(columns["other_emails"])
    if ranks.get(first if first is not None else -1) == HOUSE:
        usable = [i for i in usable if ranks.get(i) is not None]
    return tuple(usable), tuple(i for i, rank in ranks.items() if rank == HOME and i != first)


def _settle_names(header: Sequence[str], taken: dict[str, int], sample: Sequence[Sequence[str]]) -> None:
    """Read "Name" as the last name beside "Vorname", and "Nombre" as the first beside "Apellidos".

    The cells have the last word: a "Name" in which the first name stands too is the full name.
    """
    if "name" not in taken:
        return
    whole = frozenset(forms(header[taken["name"]]))
    if "first_name" in taken and "last_name" not in taken and whole & words.LAST_NAME_BESIDE:
        if not _contains(sample, taken["name"], taken["first_name"]):
            taken["last_name"] = taken.pop("name")
    elif (
        "last_name" in taken
        and "first_name" not in taken
        and whole & words.FIRST_NAME_BESIDE
        and not _contains(sample, taken["name"], taken["last_name"])
    ):
        taken["first_name"] = taken.pop("name")


def _contains(sample: Sequence[Sequence[str]], whole: int, part: int) -> bool:
    pairs = [(cells[whole], cells[part]) for cells in sample if len(cells) > max(whole, part)]
    both = [(a, b) for a, b in pairs if a and b]
    return bool(both) and sum(b.lower() in a.lower() and a != b for a, b in both) * 2 > len(both)


def _swap(
    taken: dict[str, int], sample: Sequence[Sequence[str]], pair: tuple[str, str], looks: Callable[[str], bool]
) -> None:
    """Put right two headings that stand over each other's column: seen in real lists, and plain from the contents."""
    if pair[0] not in taken or pair[1] not in taken:
        return
    one, two = taken[pair[0]], taken[pair[1]]
    if share(sample, one, looks) > 0.5 and share(sample, two, looks) < 0.2:
        taken[pair[0]], taken[pair[1]] = two, one


def _look_beside(header: Sequence[str], taken: dict[str, int], sample: Sequence[Sequence[str]]) -> None:
    """Find names and outlets by the addresses beside them, where no heading told or two headings are mixed up."""
    email = taken["email"]
    _unmix_names_and_outlets(taken, sample)
    if not {"name", "first_name", "last_name"} & set(taken):
        people = {i: _person(sample, i, email) for i in _free(header, taken, sample)}
        _name_by_cells(taken, sample, {i: found for i, found in people.items() if found >= _LIKELY})
        if "name" not in taken and not header:
            _name_by_looks(taken, sample, _free(header, taken, sample))
        if not header:
            _name_beside(taken, sample, _free(header, taken, sample))
    if "outlet" not in taken:
        houses = {i: _house(sample, i, email) for i in _free(header, taken, sample)}
        best = max(houses, key=lambda i: (houses[i], -i), default=None)
        if best is not None and houses[best] >= 0.5:
            taken["outlet"] = best
    if "phone" not in taken and not header:
        phones = [i for i in _free(header, taken, sample) if share(sample, i, is_phone_like) >= 0.8]
        if phones:
            taken["phone"] = phones[0]


def _unmix_names_and_outlets(taken: dict[str, int], sample: Sequence[Sequence[str]]) -> None:
    """Put right the headings of names and outlets where the addresses say that each stands over the other."""
    if "name" not in taken or "outlet" not in taken or {"first_name", "last_name"} & set(taken):
        return
    name, outlet, email = taken["name"], taken["outlet"], taken["email"]
    mixed = _person(sample, outlet, email) > _LIKELY > _person(sample, name, email) + 0.4
    if mixed and share_beside(sample, name, email, names_house) > 0.4:
        taken["name"], taken["outlet"] = outlet, name


def _free(header: Sequence[str], taken: Mapping[str, int], sample: Sequence[Sequence[str]]) -> list[int]:
    return [i for i in range(_width(header, sample)) if i not in taken.values() and _is_open(header, sample, i)]


def _person(sample: Sequence[Sequence[str]], column: int, email: int) -> float:
    """Return how far a column holds the names of the people whose addresses stand beside it."""
    if share(sample, column, is_name_like) < _LIKELY or share(sample, column, is_title) > 0.3:
        return 0.0
    return share_beside(sample, column, email, names_person)


def _house(sample: Sequence[Sequence[str]], column: int, email: int) -> float:
    """Return how far a column holds the outlets at whose domains the addresses beside it are."""
    if share(sample, column, holds_address) or share(sample, column, is_link):
        return 0.0
    return share_beside(sample, column, email, names_house)


def _is_open(header: Sequence[str], sample: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether a column may get a meaning by its cells: it has no heading, or one that says nothing to us.

    Nor does "E-mail" over a column without a single address.
    """
    heading = header[column] if column < len(header) else ""
    if not heading.strip():
        return True
    known = words.compact(heading) in words.PRIVATE_NOTES
    known = known or (email_rank(heading) is not None and share(sample, column, holds_address) > 0)
    return not known and not is_somebody_elses(heading)


def _name_by_cells(taken: dict[str, int], sample: Sequence[Sequence[str]], people: Mapping[int, float]) -> None:
    whole = [i for i in people if share(sample, i, lambda cell: " " in cell) > 0.5]
    if whole:
        taken["name"] = max(whole, key=lambda i: (people[i], -i))
    elif len(people) >= 2:
        first, last, *_ = people
        taken["first_name"], taken["last_name"] = first, last
    elif people:
        taken["name"] = next(iter(people))


def _name_beside(taken: dict[str, int], sample: Sequence[Sequence[str]], free: Sequence[int]) -> None:
    """Read two columns of one word each as first and last name, in a list without header."""
    name = taken.get("name")
    if name is None or share(sample, name, _one_word) < 0.8:
        return
    beside = [i for i in (name + 1, name - 1) if i in free and share(sample, i, _one_word) > 0.8]
    if beside and _house(sample, beside[0], taken["email"]) < 0.3:
        del taken["name"]
        taken["first_name"], taken["last_name"] = sorted((name, beside[0]))


def _one_word(cell: str) -> bool:
    return is_name_like(cell) and len(cell.split()) == 1 and cell[0].isupper()


def _name_by_looks(taken: dict[str, int], sample: Sequence[Sequence[str]], free: Sequence[int]) -> None:
    """Take the one column of a list without header in which each cell is two words or three, like a name."""
    looks = [i for i in free if share(sample, i, _two_words) > 0.8 and len({*filled(sample, i)}) * 4 > 3 * len(sample)]
    people = [i for i in looks if _house(sample, i, taken["email"]) < 0.3]
    if len(people) == 1:
        taken["name"] = people[0]


def _two_words(cell: str) -> bool:
    return is_name_like(cell) and 2 <= len(cell.split()) <= 4 and cell[0].isupper()


def _width(header: Sequence[str], sample: Sequence[Sequence[str]]) -> int:
    return max(len(header), *map(len, sample)) if sample else len(header)


# Fields: the names under which the cells of a row become merge fields, and the columns that somebody chose.
#
# A meaning keeps its own name; a column that would take a meaning's name without having it, or a name that an earlier
# column has, gets `_2`, `_3`, in the order of the columns.


def field_names(header: Sequence[str], columns: Mapping[str, int], width: int) -> list[str]:
    """Name the merge field of each column, from 0 to `width`: its header in lower case, `_` for signs and blanks.

    A header that is empty, or begins with a digit (which no template can name), gives `column_N…`, N from 1.
    """
    meaning_at = {position: meaning for meaning, position in columns.items()}
    names: dict[str, None] = {}
    last: dict[str, int] = {}
    for position in range(width):
        slug = _slug(header[position] if position < len(header) else "", position)
        mine = meaning_at.get(position)
        name, count = slug, last.get(slug, 1)
        while name in names or (name in MEANINGS and name != mine):
            count += 1
            name = f"{slug}_{count}"
        last[slug] = count
        names[name] = None
    return list(names)


def _slug(header: str, position: int) -> str:
    folded = unicodedata.normalize("NFC", header).lower()
    slug = re.sub(r"[\W_]+", "_", folded).strip("_")
    if not slug:
        return f"column_{position + 1}"
    return f"column_{slug}" if slug[0].isdigit() else slug


def chosen_columns(header: Sequence[str], found: Mapping[str, int], chosen: Mapping[str, str]) -> dict[str, int]:
    """Return the columns with what a person chose put over what was found.

    `chosen` gives a meaning the header of its column, or its number from 1. A column has one meaning: the one chosen.

    Raises:
        InputProblem: there is no such meaning, or no such column.
    """
    positions = {meaning: _position(header, meaning, column) for meaning, column in chosen.items()}
    free = {meaning: at for meaning, at in found.items() if at not in positions.values()}
    together = free | positions
    return {meaning: together[meaning] for meaning in MEANINGS if meaning in together}


def _position(header: Sequence[str], meaning: str, column: str) -> int:
    if meaning not in MEANINGS:
        raise InputProblem(f'"{printable(meaning)}" is not what a column can mean{did_you_mean(meaning, MEANINGS)}')
    wanted = words.compact(column)
    for position, cell in enumerate(header):
        if wanted and words.compact(cell) == wanted:
            return position
    if column.isdecimal() and int(column) >= 1 and (not header or int(column) <= len(header)):
        return int(column) - 1
    raise InputProblem(
        f'there is no column "{printable(column)}"{did_you_mean(column, header)}',
        hint=f"It has: {', '.join(map(printable, filter(None, header)))}" if any(header) else "",
    )
