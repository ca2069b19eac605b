"""Fields: the names under which the cells of a row become merge fields, and the columns that somebody chose.

A meaning keeps its own name; a column that would take a meaning's name without having it, or a name that an earlier
column has, gets `_2`, `_3`, in the order of the columns. Raises `InputProblem` for a choice that fits no column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from mailer.address import printable
from mailer.contacts.meaning import words
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean


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
