"""Sheets: which sheet of a workbook is the list, and what the others say.

Owns the choice of the sheet, whom a sheet named "Do not contact" bars, and what is told of sheets that are not read: a
hidden one is left alone. The address behind a link counts like one that is typed. Never reads values (`workbook` does).
Raises `InputProblem`: no list, or no sheet of the name that was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.files.forms import Form, RawTable
from mailer.contacts.files.workbook import Sheet, Workbook
from mailer.contacts.meaning.columns import is_address_like, recognised
from mailer.contacts.meaning.marks import says_out, speaks_of_mail
from mailer.errors import InputProblem, Problem, Severity

SAMPLE_ROWS: Final = 50
_SHOWN: Final = 5
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")


def read_sheets(book: Workbook, *, name: str, choices: Choices) -> RawTable:
    """Return the sheet of a workbook that is the list.

    Raises:
        InputProblem: it cannot be opened, or holds no list.
    """
    if choices.encoding or choices.delimiter:
        said = "--encoding" if choices.encoding else "--delimiter"
        raise InputProblem(f"is a workbook, in which {said} means nothing", source=name, hint="--sheet names a sheet.")
    sheets = book.sheets
    chosen = _named(sheets, choices.sheet, name) if choices.sheet else _choose(sheets, name)
    problems = [*_unread(sheets, chosen, name)]
    if chosen.head.links:
        problems.append(_linked(chosen, name))
    problems += _in_comments(chosen, name)
    return RawTable(
        form=Form.WORKBOOK,
        rows=lambda _tell: chosen.rows(),
        sheet=chosen.name,
        headings=chosen.head.headings,
        padded=True,
        problems=tuple(problems),
        barred=tuple(_barred(sheets)),
    )


def _named(sheets: Sequence[Sheet], wanted: str, name: str) -> Sheet:
    for sheet in sheets:
        if sheet.name.casefold() == wanted.casefold():
            return sheet
    known = ", ".join(printable(sheet.name) for sheet in sheets)
    raise InputProblem(f'has no sheet "{printable(wanted)}". Its sheets: {known}', source=name)


def _choose(sheets: Sequence[Sheet], name: str) -> Sheet:
    """Choose the list among the visible sheets: the first with a header and an address, else with the most of these."""
    shown = [sheet for sheet in sheets if sheet.head.visible and not says_out(sheet.name)]
    for test in (_is_list, _has(recognised), _has(lambda cells: any(map(is_address_like, cells))), _has(any)):
        for sheet in shown:
            if test(sheet):
                return sheet
    known = ", ".join(f"{printable(sheet.name)}{'' if sheet.head.visible else ' (hidden)'}" for sheet in sheets)
    hint = "--sheet reads one of them." if known else ""
    raise InputProblem(f"has no visible sheet with a list in it. Its sheets: {known}", source=name, hint=hint)


def _is_list(sheet: Sheet) -> bool:
    rows = [cells for _, cells in islice(sheet.rows(), SAMPLE_ROWS)]
    return any(map(recognised, rows)) and any(is_address_like(cell) for cells in rows for cell in cells)


def _has(test: Callable[[list[str]], object]) -> Callable[[Sheet], bool]:
    return lambda sheet: any(test(cells) for _, cells in islice(sheet.rows(), SAMPLE_ROWS))


def _barred(sheets: Sequence[Sheet]) -> Iterator[str]:
    for sheet in sheets:
        if says_out(sheet.name):
            for _, cells in sheet.rows():
                for cell in cells:
                    yield from _ADDRESS.findall(cell)


def _unread(sheets: Sequence[Sheet], chosen: Sheet, name: str) -> Iterator[Problem]:
    for sheet in sheets:
        if sheet is chosen or not any(any(cells) for _, cells in sheet.rows()):
            continue
        if says_out(sheet.name):
            message = f'the addresses in the sheet "{sheet.name}" are left out everywhere'
        else:
            hidden = "" if sheet.head.visible else "hidden "
            message = f'the {hidden}sheet "{sheet.name}" was not read; only "{chosen.name}" was (--sheet reads another)'
        severity = Severity.WARNING if sheet.head.visible else Severity.NOTE
        yield Problem("sheet-not-read", message, severity, source=name)


def _in_comments(sheet: Sheet, name: str) -> Iterator[Problem]:
    """Yield a warning where comments on cells ask for no mail: nobody is left out by what no cell says."""
    found = [(place, text) for place, text in sheet.head.comments if speaks_of_mail(text)]
    if found:
        shown = "; ".join(f'{place} "{printable(" ".join(text.split()), 60)}"' for place, text in found[:_SHOWN])
        noun = "A comment asks" if len(found) == 1 else f"{len(found)} comments ask"
        message = f"{noun} not to mail somebody, or may: {shown}{' …' if len(found) > _SHOWN else ''}"
        hint = "Comments leave nobody out: write the wish into a cell of the row."
        yield Problem("wish-in-comment", message, Severity.WARNING, source=name, hint=hint)


def _linked(sheet: Sheet, name: str) -> Problem:
    count = sheet.head.links
    noun = "cell has a link" if count == 1 else "cells have links"
    message = f'{count} {noun} to an address; where a cell of "{sheet.name}" shows another text, its link is used'
    return Problem("linked-address", message, Severity.NOTE, source=name)
