"""Exporting: people as a file for other programs.

Owns the four formats: CSV and XLSX with formulas neutralised (standards L11), vCard, JSON. Owns openpyxl for writing a
workbook. Never opens a file, never asks who is suppressed (it is handed that).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from mailer.contacts.exporting.cards import render_cards
from mailer.contacts.exporting.writing import neutral, render_csv
from mailer.contacts.merging import Joined, Merged
from mailer.errors import InputProblem, did_you_mean

FORMATS: Final = ("csv", "xlsx", "vcf", "json")
BLOCKED: Final = "do_not_mail"  # the column that says so; every reader of lists takes it for a mark


def render_export(merged: Merged, blocked: Mapping[bytes, str], form: str) -> bytes:
    """Return people as a file.

    `blocked` gives those who are suppressed (digest to why); where there are any, a column says so.

    Raises:
        InputProblem: there is no such format.
    """
    if form not in FORMATS:
        raise InputProblem(f'"{form}" is no format{did_you_mean(form, FORMATS)}; there are: {", ".join(FORMATS)}')
    if form == "vcf":
        return "".join(render_cards(_by_meaning(merged, blocked))).encode()
    if form == "json":
        return (json.dumps({"people": people_json(merged, blocked)}, ensure_ascii=False, indent=1) + "\n").encode()
    rows = _rows(merged, blocked)
    return render_workbook(rows) if form == "xlsx" else "".join(render_csv(rows)).encode()


def people_json(merged: Merged, blocked: Mapping[bytes, str]) -> list[dict[str, Any]]:
    """Return people as JSON: every column under its header, the meanings under their own names beside it."""
    people = []
    for key, person in merged.people.items():
        columns = dict(zip(merged.header, person.cells, strict=True))
        known = {c.meaning: cell for c, cell in zip(merged.columns, person.cells, strict=True) if c.meaning}
        people.append({**known, "columns": columns, "lists": person.lists, "suppressed": blocked.get(key)})
    return people


def _rows(merged: Merged, blocked: Mapping[bytes, str]) -> Iterator[list[str]]:
    if not any(key in blocked for key in merged.people):
        yield from merged.rows()
        return
    yield [*merged.header, BLOCKED]
    for key, person in merged.people.items():
        yield [*person.cells, blocked.get(key, "")]


def _by_meaning(merged: Merged, blocked: Mapping[bytes, str]) -> Iterator[tuple[Mapping[str, str], str]]:
    for key, person in merged.people.items():
        yield _fields(merged, person), blocked.get(key, "")


def _fields(merged: Merged, person: Joined) -> dict[str, str]:
    return {c.meaning: cell for c, cell in zip(merged.columns, person.cells, strict=True) if c.meaning}


def render_workbook(rows: Iterator[Sequence[str]]) -> bytes:
    """Return rows as a workbook of one sheet: every cell is text, so that no formula runs and no zero is lost."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("people")
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])
    page = io.BytesIO()
    book.save(page)
    return page.getvalue()


def _cell(sheet: Any, text: str) -> Any:  # noqa: ANN401 - openpyxl's own classes have no types
    # a telephone number keeps its plus: a cell of type text is never computed; = and @ are told apart all the same
    shown = ILLEGAL_CHARACTERS_RE.sub(
        "\N{REPLACEMENT CHARACTER}", neutral(text) if text[:1] not in {"+", "-"} else text
    )
    cell = WriteOnlyCell(sheet, value="")
    cell.value = shown
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
