"""Columns: what the columns of a list mean, read from their header.

Owns the choice of the person's e-mail column, the meaning of the others, and the names under which cells become merge
fields. The words themselves are tables in `words`. Never reads bytes; the contents of the first rows decide only where
headers contradict them (names in a column headed "Contact Number").

Field names: a meaning keeps its own name; a column that would take a meaning's name without having it, or a name that
an earlier column has, gets `_2`, `_3`, in the order of the columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mailer.address import printable
from mailer.contacts import words
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean

HEADER_WITHIN: Final = 30  # rows in which the header must stand
_ADDRESS_LIKE: Final = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_PHONE_LIKE: Final = re.compile(r"(?=(?:\D*\d){5})[\d\s+()/.\-–x]{6,}")

EXACT, WORD, SECOND, NEVER = 0, 1, 2, 3  # how well a header names the person's address


def email_rank(header: str) -> int | None:
    """Rank a header as that of the person's address: EXACT best, NEVER for somebody else's; None if no address."""
    if words.compact(header) in words.EMAIL_HEADERS:
        return EXACT
    parts = frozenset(words.tokens(re.sub(r"\be[-\s]?mail", "email", header, flags=re.IGNORECASE)))
    if not parts & words.EMAIL_TOKENS or parts & words.NOT_AN_ADDRESS:
        return None
    if parts & words.SOMEBODY_ELSE:
        return NEVER
    return SECOND if parts & words.SECOND_CHOICE else WORD


def meaning_rank(header: str, meaning: str) -> int | None:
    """Rank a header for a meaning other than email (0 best), or None."""
    table = words.HEADER_WORDS[meaning]
    whole = words.compact(header)
    if whole in table:
        return table.index(whole)
    first, *rest = words.tokens(header) or [""]
    tail = "".join(rest)
    return table.index(tail) if first in words.PERSON_PREFIXES and tail in table else None


def recognised(cells: Sequence[str]) -> int:
    """Count the meanings that a row's cells name, 0 if none of them names an address: what makes a row a header."""
    ranks = [rank for cell in cells if len(cell) < 80 and (rank := email_rank(cell)) is not None]
    if not ranks or any(_ADDRESS_LIKE.search(cell) for cell in cells):
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
    above = next((i for i in range(number - 1, -1, -1) if any(rows[i])), None)
    if above is None:
        return None
    at = next(i for i, cell in enumerate(rows[number]) if is_address_like(cell))
    headed = len(rows[above]) > at and bool(rows[above][at]) and sum(map(bool, rows[above])) > 1
    return above if headed or _known(rows[above]) >= 2 else None


def is_address_like(text: str) -> bool:
    """Say whether a cell looks like one address; `address.parse_address` is the judge."""
    return bool(_ADDRESS_LIKE.fullmatch(text.strip("<> ").removeprefix("mailto:")))


def find_columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> dict[str, int]:
    """Give each meaning the position of its column; `sample` holds the first data rows.

    `email` is missing from the result where no column holds the addresses of the people themselves.
    """
    taken: dict[str, int] = {}
    email = _email_column(header, sample)
    if email is not None:
        taken["email"] = email
    for meaning in words.HEADER_WORDS:
        ranked = [(rank, i) for i, cell in enumerate(header) if (rank := meaning_rank(cell, meaning)) is not None]
        free = [(rank, i) for rank, i in ranked if i not in taken.values()]
        if free:
            taken[meaning] = min(free)[1]
    _settle_names(header, taken)
    _swap_name_and_phone(taken, sample)
    return {meaning: taken[meaning] for meaning in MEANINGS if meaning in taken}


def _email_column(header: Sequence[str], sample: Sequence[Sequence[str]]) -> int | None:
    ranks = {i: rank for i, cell in enumerate(header) if (rank := email_rank(cell)) is not None}
    named = sorted((rank, i) for i, rank in ranks.items() if rank != NEVER)
    filled = {i: share for i in range(_width(header, sample)) if (share := _share(sample, i, is_address_like)) > 0}
    for _, i in named:
        if i in filled:
            return i
    by_content = [(-share, i) for i, share in filled.items() if share >= 0.5 and ranks.get(i) != NEVER]
    if by_content:
        return min(by_content)[1]
    return named[0][1] if named else None


def _settle_names(header: Sequence[str], taken: dict[str, int]) -> None:
    """Read "Name" as the last name beside "Vorname", and "Nombre" as the first beside "Apellidos"."""
    whole = words.compact(header[taken["name"]]) if "name" in taken else ""
    for mine, other, table in (
        ("last_name", "first_name", words.LAST_NAME_BESIDE),
        ("first_name", "last_name", words.FIRST_NAME_BESIDE),
    ):
        beside = words.compact(header[taken[other]]) if other in taken else ""
        if mine not in taken and beside in table.get(whole, ()):
            taken[mine] = taken.pop("name")
            return


def _swap_name_and_phone(taken: dict[str, int], sample: Sequence[Sequence[str]]) -> None:
    """Put right two headings that stand over each other's column: seen in real lists, and plain from the contents."""
    if "name" not in taken or "phone" not in taken:
        return
    name, phone = taken["name"], taken["phone"]
    if _share(sample, name, _is_phone_like) > 0.5 and _share(sample, phone, _is_phone_like) < 0.2:
        taken["name"], taken["phone"] = phone, name


def _is_phone_like(text: str) -> bool:
    return bool(_PHONE_LIKE.fullmatch(text))


def _share(sample: Sequence[Sequence[str]], column: int, test: Callable[[str], bool]) -> float:
    cells = [cells[column] for cells in sample if len(cells) > column and cells[column]]
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def _width(header: Sequence[str], sample: Sequence[Sequence[str]]) -> int:
    return max(len(header), *map(len, sample)) if sample else len(header)


def field_names(header: Sequence[str], columns: dict[str, int], width: int) -> list[str]:
    """Name the merge field of each column, from 0 to `width`: its header in lower case, `_` for signs and blanks.

    A header that is empty, or begins with a digit (which no template can name), gives `column_N…`, N from 1.
    """
    meaning_at = {position: meaning for meaning, position in columns.items()}
    names: list[str] = []
    for position in range(width):
        slug = _slug(header[position] if position < len(header) else "", position)
        mine = meaning_at.get(position)
        name, count = slug, 1
        while name in names or (name in MEANINGS and name != mine):
            count += 1
            name = f"{slug}_{count}"
        names.append(name)
    return names


def _slug(header: str, position: int) -> str:
    folded = unicodedata.normalize("NFC", header).lower()
    slug = re.sub(r"[\W_]+", "_", folded).strip("_")
    if not slug:
        return f"column_{position + 1}"
    return f"column_{slug}" if slug[0].isdigit() else slug


def chosen_columns(header: Sequence[str], found: dict[str, int], chosen: Mapping[str, str]) -> dict[str, int]:
    """Give the columns with what a person chose put over what was found.

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
    raise InputProblem(f'there is no column "{printable(column)}"{did_you_mean(column, header)}')
