"""Filling: which column of a list a text goes to, and what may stand in its cells.

Owns the finding of a column by what people call it (its header, a meaning, a merge field), and the refusal of texts
that no cell may hold (standards F4; it raises `InputProblem`). Never changes a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mailer.address import Address, printable
from mailer.contacts.meaning.cells import ONE_LINE, find_control
from mailer.contacts.meaning.words import compact
from mailer.contacts.rows import Layout
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean

_FULL_NAME: Final = "name"


def find_column(layout: Layout, word: str) -> int | None:
    """The position of a column by its header, a meaning, a merge field, a like header, or without one its number."""
    wanted, like = word.strip().casefold(), compact(word)
    headers = [cell.strip().casefold() for cell in layout.header]
    if wanted not in headers and wanted in layout.columns:
        return layout.columns[wanted]
    for said, names in ((wanted, headers), (wanted, layout.fields), (like, [compact(cell) for cell in layout.header])):
        if said and said in names:
            return names.index(said)
    if layout.header_row is None and wanted.isdecimal() and 1 <= int(wanted) <= len(layout.fields):
        return int(wanted) - 1
    return None


def column_hint(layout: Layout, word: str) -> str:
    """Return `; did you mean "outlet"?`, or how a full name is told to a list that has first and last names."""
    if word == _FULL_NAME and {"first_name", "last_name"} <= set(layout.columns):
        return '; it has "first_name" and "last_name"'
    return did_you_mean(word, [*filter(None, (cell.strip() for cell in layout.header)), *layout.columns])


def check_text(word: str, text: str) -> None:
    """Refuse a text that would break a mail or a table."""
    control = find_control((text,), frozenset({0}) if word in ONE_LINE else frozenset())
    if control:
        raise InputProblem(f"{printable(word)}: the text holds {control[1]}, which no cell may have")


def fill(layout: Layout, texts: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """Return the cells that these texts by column or meaning go to, and the words for which there is no column."""
    cells: dict[int, str] = {}
    without: list[str] = []
    meanings = layout.meanings
    for word, text in texts.items():
        position = find_column(layout, word)
        check_text(word if position is None else meanings.get(position, word), text)
        if meanings.get(-1 if position is None else position) == "email":
            raise InputProblem(f'"{printable(word)}" is the column of the address', hint="--set email=… changes it.")
        parts = text.split()
        if position is not None:
            cells[position] = text
        elif word == _FULL_NAME and len(parts) == 2 and {"first_name", "last_name"} <= set(layout.columns):
            cells[layout.columns["first_name"]], cells[layout.columns["last_name"]] = parts
        else:
            without.append(word)
    return cells, without


def new_header(word: str) -> str:
    """Return the header of a column that is added for this word."""
    check_text("name", word)
    if not word.strip() or "@" in word:
        raise InputProblem(f'"{printable(word)}" is no name for a column')
    return word.strip()


def other_address(cell: str, old: Address, typed: str, new: Address) -> str:
    """Return an address cell with the new address in the place of the old one; what stands around it stays."""
    for text in (typed.strip(), str(old)):
        at = cell.casefold().find(text.casefold()) if text else -1
        if at >= 0 and len(cell.casefold()) == len(cell):
            return f"{cell[:at]}{new}{cell[at + len(text) :]}"
    return str(new)


def known_words(layouts: Sequence[Layout]) -> list[str]:
    """Return everything by which a column of these lists, or a new one, can be called."""
    headers = [cell.strip() for layout in layouts for cell in layout.header if cell.strip()]
    return [*headers, *MEANINGS]
