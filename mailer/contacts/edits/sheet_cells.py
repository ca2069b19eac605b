"""Sheet cells: one row of a worksheet's XML with other texts in some cells.

Owns how a cell is written: as text within the sheet (the strings that the workbook shares are left alone), or as a
number or a day where one stood there, always with the style that the cell had. A formula is never overwritten.
Raises `InputProblem`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mailer.contacts.edits.elements import Element, Patch, escaped, find_elements, patched, with_attributes
from mailer.contacts.edits.ranges import cell_place, column_name
from mailer.errors import InputProblem

DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_FIRST_DAY: Final = dt.date(1899, 12, 30)
_LEAP_DAY_THAT_NEVER_WAS: Final = 60  # Excel takes 1900 for a leap year; from March on the days agree
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell of a row: its column, its style, the shared string that it shows (None: none), and its element."""

    position: int
    style: str
    shared: int | None
    is_number: bool
    is_formula: bool
    element: Element


@dataclass(slots=True)
class SheetRow:
    """A row of the sheet: its number, its bytes from `<row` to its end, its cells by column."""

    number: int
    data: bytes
    element: Element
    cells: dict[int, SheetCell] = field(default_factory=dict)


def read_row(data: bytes, number: int) -> SheetRow:
    """Take the bytes of a row apart."""
    elements = find_elements(data, {"row", "c", "f", "v"})
    row = SheetRow(number, data, elements[0])
    position = -1
    for each in elements[1:]:
        if each.name != "c":
            continue
        place = cell_place(each.attributes.get("r", ""))
        position = place[1] if place else position + 1
        inside = [child for child in elements if each.start < child.start < each.end]
        value = next((child for child in inside if child.name == "v"), None)
        kind = each.attributes.get("t", "n")
        text = data[value.opened : value.end].partition(b"<")[0].decode("utf-8", "replace") if value else ""
        row.cells[position] = SheetCell(
            position=position,
            style=each.attributes.get("s", ""),
            shared=int(text) if kind == "s" and text.isdecimal() else None,
            is_number=kind == "n" and value is not None,
            is_formula=any(child.name == "f" for child in inside),
            element=each,
        )
    return row


def with_texts(row: SheetRow, texts: Mapping[int, str], *, styles: Mapping[int, str], old: list[str]) -> bytes:
    """Return the bytes of a row with these texts; `old` is what its cells say, `styles` is for cells that are new.

    Raises:
        InputProblem: a formula stands in one of the cells.
    """
    prefix = row.element.prefix
    patches: list[Patch] = []
    new: list[tuple[int, bytes]] = []
    for position, text in sorted(texts.items()):
        cell = row.cells.get(position)
        place = f"{column_name(position)}{row.number}"
        if cell is None:
            if text:
                new.append((position, write_sheet_cell(prefix, place, text, style=styles.get(position, ""))))
            continue
        if cell.is_formula:
            raise InputProblem(f"has a formula in {place}; change it in the spreadsheet program", line=row.number)
        like = old[position] if cell.is_number and position < len(old) else ""
        xml = write_sheet_cell(prefix, place, text, style=cell.style, like=like)
        patches.append(Patch(cell.element.start, cell.element.end, xml))
    patches += _inserted(row, new)
    tag = with_attributes(row.data, row.element, {"spans": None})
    if row.element.is_empty:
        body = b"".join(patch.data for patch in patches)
        return tag.removesuffix(b"/>").rstrip() + b">" + body + f"</{row.element.tag}>".encode()
    return patched(row.data, [Patch(0, row.element.opened, tag), *patches])


def _inserted(row: SheetRow, new: list[tuple[int, bytes]]) -> list[Patch]:
    """Put new cells between their neighbours; several at one place become one patch."""
    at: dict[int, bytes] = {}
    end = row.element.opened if row.element.is_empty else row.data.rfind(b"</", 0, row.element.end)
    for position, xml in new:
        after = [cell.element.start for column, cell in row.cells.items() if column > position]
        where = min(after, default=end)
        at[where] = at.get(where, b"") + xml
    return [Patch(where, where, xml) for where, xml in at.items()]


def write_sheet_cell(prefix: str, place: str, text: str, *, style: str, like: str = "") -> bytes:
    """Write the cell at a place (B7); empty where there is no text.

    `like` is what a number says that stood there, or stands above: a number or date is written as one then.
    """
    head = f'r="{place}"' + (f' s="{escaped(style)}"' if style else "")
    if not text:
        return f"<{prefix}c {head}/>".encode()
    number = _as_number(text, like)
    if number:
        return f"<{prefix}c {head}><{prefix}v>{number}</{prefix}v></{prefix}c>".encode()
    shown = escaped(text.replace("\r\n", "\n").replace("\r", "\n"))
    return (
        f'<{prefix}c {head} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{shown}'
        f"</{prefix}t></{prefix}is></{prefix}c>"
    ).encode()


def _as_number(text: str, like: str) -> str:
    """Return the number that is stored for a text, of the kind of `like`; nothing where it is no such text."""
    if _NUMBER.fullmatch(like) and _NUMBER.fullmatch(text):
        return text
    if DATE.fullmatch(like) and DATE.fullmatch(text):
        try:
            days = (dt.date.fromisoformat(text) - _FIRST_DAY).days
        except ValueError:  # 2026-02-30
            return ""
        return str(days) if days > _LEAP_DAY_THAT_NEVER_WAS else ""
    return ""


def renumbered(data: bytes, old: int, new: int) -> bytes:
    """Return the bytes of a row under another number."""
    head = re.compile(rb"""(<(?:[\w.-]+:)?(?:row|c)\s(?:[^<>]*?\s)?r=["'][A-Z]*)%d(?=["'])""" % old)
    return head.sub(rb"\g<1>%d" % new, data)
