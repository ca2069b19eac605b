"""Parts: a list taken apart by the values of one column.

Owns which row goes to which part: a cell with several values goes to each, a row without one to the rest. Rows go as
they stand, marked and invalid ones too, so that nothing is lost and nobody's "do not mail" is. Never writes a file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from mailer.contacts.edits import RemoveRow
from mailer.contacts.folding import fold, several
from mailer.contacts.meaning.words import compact
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.errors import InputProblem, did_you_mean

REST = "other"
MOST = 100


@dataclass(slots=True)
class Part:
    """A part: the value as it was first written, the slug that names it, and the rows that go there."""

    value: str
    slug: str
    rows: set[int] = field(default_factory=set)


def find_column(layout: Layout, wanted: str) -> int:
    """Return the position of a column by its meaning, its merge field, its header, or its number from 1 without header.

    Raises:
        InputProblem: there is no such column.
    """
    name = wanted.strip()
    if name.lower() in layout.columns:
        return layout.columns[name.lower()]
    for at, header in enumerate(layout.header):
        if name and compact(header) == compact(name):
            return at
    if name in layout.fields:
        return layout.fields.index(name)
    if name.isdecimal() and not layout.header and 1 <= int(name) <= len(layout.fields):
        return int(name) - 1
    known = list(dict.fromkeys((*layout.columns, *filter(None, layout.header))))
    raise InputProblem(f'there is no column "{name}"{did_you_mean(name, known)}', hint=f"It has: {', '.join(known)}")


def find_parts(list_file: ListFile, column: int) -> tuple[list[Part], int]:
    """Return the parts of a list, those with most rows first and the rest last, and how many rows it has.

    Raises:
        InputProblem: there are more values than a list can be split into.
    """
    parts: dict[str, Part] = {}
    total = 0
    for row, _, cells in list_file.rows():
        total += 1
        for value in several(cells[column] if column < len(cells) else "") or [""]:
            part = parts.setdefault(fold(value), Part(value, slug_of(value)))
            part.rows.add(row)
        if len(parts) > MOST:
            raise InputProblem(
                f"{list_file.layout.column_name(column)} has more than {MOST} different values",
                hint="A column by which people are grouped has few: beat, country, language, a tag.",
            )
    ordered = sorted(parts.values(), key=lambda part: (not part.value, -len(part.rows), part.slug))
    return _with_own_slugs(ordered), total


def slug_of(value: str) -> str:
    """Return the part of a file's name for a value: "Arts & Culture" is `arts-culture`, no value is `other`."""
    plain = unicodedata.normalize("NFC", value.casefold())
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:60] or REST


def _with_own_slugs(parts: list[Part]) -> list[Part]:
    taken: set[str] = set()
    for part in parts:
        slug, count = part.slug, 1
        while part.slug in taken:
            count += 1
            part.slug = f"{slug}-{count}"
        taken.add(part.slug)
    return parts


def others(part: Part, total: int) -> list[RemoveRow]:
    """Return the edits by which only the rows of a part are left."""
    return [RemoveRow(row) for row in range(1, total + 1) if row not in part.rows]
