"""Rows: what one row of a list becomes by itself.

Owns `Layout`, the order in which a row is judged (control characters, no address, no good address, marked), the merge
fields of a contact, and what is odd about the rows together. Never compares rows (`reading` does), never reads bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mailer.address import Address, InvalidAddress, printable
from mailer.contacts.cells import ONE_LINE, find_control, parse_cell
from mailer.contacts.columns import is_address_like
from mailer.contacts.digests import digest
from mailer.contacts.marks import Mark, marked
from mailer.contacts.table import DataRow
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut, LeftOutReason
from mailer.errors import Problem, Severity


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is laid out: `columns` gives each meaning its position, `fields` each column its merge field."""

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: int | None
    header: tuple[str, ...]
    columns: Mapping[str, int]
    fields: tuple[str, ...]
    marks: tuple[Mark, ...]

    def column_name(self, position: int) -> str:
        """Name a column for people: its header, or its number where it has none."""
        header = printable(self.header[position].strip()) if position < len(self.header) else ""
        return f'column "{header}"' if header else f"column {position + 1}"


class RowReader:
    """One pass over the rows: what a row becomes by itself, and what is odd about the rows together."""

    def __init__(self, name: str, layout: Layout, barred: Mapping[bytes, str]) -> None:
        """Take the list's name, its layout, and whom it says not to mail (digest to where it says so)."""
        self._name = name
        self._layout = layout
        self._barred = barred
        self._email = layout.columns["email"]
        self._one_line = frozenset(layout.columns[meaning] for meaning in ONE_LINE if meaning in layout.columns)
        self._empty = dict.fromkeys(MEANINGS, "")
        self._too_long: list[int] = []
        self._unused: list[int] = []

    def entry(self, data_row: DataRow) -> Entry:
        """Give the contact of a row, or why it is left out."""
        _, line, cells = data_row
        self._watch(line, cells)
        out = self._refuser(data_row)
        control = find_control(cells, self._one_line)
        if control:
            position, what = control
            return out(LeftOutReason.INVALID, f"{self._layout.column_name(position)} holds {what}")
        swallowed = self._swallowed(cells)
        if swallowed is not None:
            name = self._layout.column_name(swallowed)
            return out(LeftOutReason.INVALID, f"{name} has another person's row in it; is a quotation mark missing?")
        if self._email >= len(cells) or not cells[self._email]:
            return out(LeftOutReason.MISSING, "there is no e-mail address in this row")
        try:
            address = parse_cell(cells[self._email])
        except InvalidAddress as error:
            return out(LeftOutReason.INVALID, error.message + self._about_links(cells[self._email]))
        mark = marked(cells, self._layout.marks)
        barred = f'the list says "{mark}"' if mark else self._barred.get(digest(address.key), "")
        if barred:
            return out(LeftOutReason.MARKED, barred)
        return self._contact(address, data_row)

    def _about_links(self, cell: str) -> str:
        """Say what is behind a workbook's "Email Ada": its address may be in the link, which is not seen."""
        return "; if the cell is a link, type the address out" if self._layout.sheet and "@" not in cell else ""

    def _refuser(self, data_row: DataRow) -> Callable[[LeftOutReason, str], LeftOut]:
        row, line, cells = data_row
        value = cells[self._email] if self._email < len(cells) else ""
        return lambda reason, message: LeftOut(reason, self._name, row, line, value, message)

    def _contact(self, address: Address, data_row: DataRow) -> Contact:
        row, line, cells = data_row
        fields = dict(self._empty)
        names = self._layout.fields
        for position, cell in enumerate(cells[: len(names)]):
            fields[names[position]] = cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
        for name in names[len(cells) :]:
            fields[name] = ""
        for meaning, position in self._layout.columns.items():
            fields[meaning] = fields[names[position]] if position < len(names) else ""
        fields["email"] = str(address)
        if not fields["name"]:
            fields["name"] = " ".join(part for part in (fields["first_name"], fields["last_name"]) if part)
        return Contact(address, fields, self._name, row, line)

    def _watch(self, line: int, cells: list[str]) -> None:
        if len(cells) > len(self._layout.fields) and any(cells[len(self._layout.fields) :]):
            self._too_long.append(line)
        # under a header the other addresses have their own meaning; a pasted line of addresses has none
        if self._layout.header_row is None and any("@" in c for i, c in enumerate(cells) if i != self._email):
            self._unused.append(line)

    def _swallowed(self, cells: list[str]) -> int | None:
        """Find a cell that runs over lines and has somebody else's row in it: a quotation mark is missing there."""
        delimiter = self._layout.delimiter
        for position, cell in enumerate(cells):
            later = cell.splitlines()[1:] if delimiter and "\n" in cell else []
            parts = (text.split(delimiter) for text in later)
            if any(len(found) > self._email and is_address_like(found[self._email].strip(' "')) for found in parts):
                return position
        return None

    def problems(self) -> Iterator[Problem]:
        """Give what was odd about rows that were read: told once for all of them, with their lines."""
        for code, lines, what in (
            ("too-many-cells", self._too_long, "more cells than the header; is a cell with a delimiter unquoted?"),
            ("unused-addresses", self._unused, "further addresses, which are not used; give each a row of its own"),
        ):
            if lines:
                head = ", ".join(map(str, lines[:8])) + (" …" if len(lines) > 8 else "")
                noun = f"{len(lines)} rows have" if len(lines) > 1 else "a row has"
                yield Problem(code, f"{noun} {what} (line {head})", Severity.WARNING, self._name, lines[0])
