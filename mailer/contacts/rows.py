"""Rows: what one row of a list becomes by itself.

Owns the order in which a row is judged (control characters, no address, no good address, marked), the merge
fields of a contact, and what is odd about the rows together. Never compares rows (`reading` does), never reads bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from shlex import quote
from typing import Final, Generic, TypeAlias, TypeVar

from mailer.address import Address, InvalidAddress, printable
from mailer.contacts.digests import digest
from mailer.contacts.files.table import DataRow
from mailer.contacts.layout import Layout
from mailer.contacts.meaning import words
from mailer.contacts.meaning.cells import ONE_LINE, Found, find_addresses, find_control, read_cell, says_none
from mailer.contacts.meaning.evidence import is_address_like
from mailer.contacts.meaning.marks import UNDECIDED, Decided, Wish, read_wishes
from mailer.contacts.meaning.names import join_names, tidy_name
from mailer.contacts.meaning.time_zones import STRANGE_ZONE, zone_of
from mailer.contacts.notes import LONG_NOTE, MOST_WORDS, words_over
from mailer.contacts.values import DATES, MEANINGS, Contact, Entry, LeftOut, LeftOutReason, MarkReason, Remark
from mailer.errors import Problem, Severity

__all__ = ["Barred", "Layout", "RowReader"]

_PARTS: Final = ("first_name", "last_name")
_NAMED: Final = (*_PARTS, "name", "salutation", "outlet")
OPEN_WISH, OPEN_WISHES = "may-ask-no-mail", "may-ask-no-mail-rows"
SEVERAL_ADDRESSES: Final = "several-addresses"
_SHOWN: Final = 5
_BREAK: Final = re.compile(r"[\t\n\r]")
T = TypeVar("T")
Barred: TypeAlias = tuple[MarkReason, str]


class RowReader:
    """One pass over the rows: what a row becomes by itself, and what is odd about the rows together."""

    def __init__(self, name: str, layout: Layout, barred: Mapping[bytes, Barred], decided: Decided = UNDECIDED) -> None:
        """Take the list's name, layout, whom it says not to mail (digest to why and where), and what was decided."""
        self._name_of_list = name
        self._layout = layout
        self._barred = barred
        self._email = layout.columns["email"]
        self._one_line = frozenset(
            layout.columns[meaning] for meaning in ONE_LINE if meaning in layout.columns and meaning != "outlet"
        )
        self._dates = tuple(meaning for meaning in DATES if meaning in layout.columns)
        self._empty = dict.fromkeys(MEANINGS, "")
        self._too_long: list[int] = []
        self._unused: list[int] = []
        self._decided = decided
        self._open = _Told[Wish]()
        self._several = _Told[Found]()

    def entry(self, data_row: DataRow) -> Entry:
        """Return the contact of a row, or why it is left out."""
        _, line, cells = data_row
        self._watch(line, cells)
        out = self._refuser(data_row)
        control = find_control(cells, self._one_line) or self._broken_outlet(cells)
        if control:
            position, what = control
            return out(LeftOutReason.INVALID, f"{self._layout.column_name(position)} holds {what}")
        swallowed = self._swallowed(cells)
        if swallowed is not None:
            name = self._layout.column_name(swallowed)
            return out(LeftOutReason.INVALID, f"{name} has another person's row in it; is a quotation mark missing?")
        try:
            found, remarks = self._address(cells)
        except InvalidAddress as error:
            return out(LeftOutReason.INVALID, error.message + self._about_links(cells[self._email]))
        if found is None:
            return out(LeftOutReason.MISSING, "there is no e-mail address in this row")
        others = self._others(found, cells)
        wish, still_open = read_wishes(cells, self._layout.marks, self._layout.others, self._decided)
        barred = self._barred_by(wish, found.address, others)
        if barred:
            reason, said = barred
            left_out = out(LeftOutReason.MARKED, said)
            value = left_out.value if find_addresses(left_out.value) else str(found.address)
            return replace(left_out, value=value, mark=reason, addresses=(found.address, *others))
        if still_open:
            self._open.add(line, still_open[0])
        remarks += (Remark(OPEN_WISH, _may_ask(each), each.cell, Severity.WARNING) for each in still_open)
        return self._contact(found, others, data_row, remarks)

    def own_addresses(self, cells: list[str]) -> tuple[Address, ...]:
        """Return the person's addresses in a row, the one to write to first; none where there is no good one."""
        with suppress(InvalidAddress):
            found, _ = self._address(cells)
            if found is not None:
                return (found.address, *self._others(found, cells))
        beside = (*self._layout.own, *self._layout.at_home)
        return tuple(each for position in beside for each in find_addresses(self._cell(cells, position)))

    def _address(self, cells: list[str]) -> tuple[Found | None, list[Remark]]:
        """Find the address to write to, in the person's first column or else in another of their own.

        Raises:
            InvalidAddress: there is none that is good.
        """
        cell = cells[self._email] if self._email < len(cells) else ""
        if not cell or says_none(cell):
            for position in self._layout.own:
                if position < len(cells) and find_addresses(cells[position]):
                    other = cells[position]
                    name = self._layout.column_name(position)
                    message = f'"{printable(other)}" of {name} is used: there is no address in the first column'
                    return read_cell(other), [Remark("second-column", message, other)]
            if not cell:
                return None, []
        found = read_cell(cell)
        remarks: list[Remark] = []
        if found.cleaned:
            message = f'"{found.address}" is taken from a cell with {" and ".join(found.cleaned)}'
            remarks.append(Remark("cleaned-address", message, cell))
        return found, remarks

    def _others(self, found: Found, cells: list[str]) -> tuple[Address, ...]:
        """Return the person's further addresses: in the same cell, and in their other columns."""
        if not (found.others or self._layout.own or self._layout.at_home):
            return ()
        more = list(found.others)
        for position in (*self._layout.own, *self._layout.at_home):
            if position < len(cells) and cells[position]:
                more += find_addresses(cells[position])
        others = {each.key: each for each in more}
        others.pop(found.address.key, None)
        return tuple(others.values())

    def _barred_by(self, wish: Wish | None, address: Address, others: tuple[Address, ...]) -> Barred | None:
        if wish is not None and wish.reason is not None:
            return wish.reason, f'the list says "{wish.shown}"'
        for each in (address, *(other for other in others if not other.is_role)):
            if barred := self._barred.get(digest(each.key)):
                return barred
        return None

    def _broken_outlet(self, cells: list[str]) -> tuple[int, str] | None:
        """Find an outlet with a line break that is more than a wrapped name, which is joined, saying so."""
        position = self._layout.columns.get("outlet")
        cell = self._cell(cells, position)
        if position is None or not _BREAK.search(cell):
            return None
        return (position, "a line break") if any(sign in cell for sign in "@:") else None

    def _about_links(self, cell: str) -> str:
        """Return what is behind a workbook's "Email Ada": its address may be in the link, which is not seen."""
        return "; if the cell is a link, type the address out" if self._layout.sheet and "@" not in cell else ""

    def _refuser(self, data_row: DataRow) -> Callable[[LeftOutReason, str], LeftOut]:
        row, line, cells = data_row
        value = cells[self._email] if self._email < len(cells) else ""
        return lambda reason, message: LeftOut(reason, self._name_of_list, row, line, value, message)

    def _contact(self, found: Found, others: tuple[Address, ...], data_row: DataRow, remarks: list[Remark]) -> Contact:
        row, line, cells = data_row
        fields = dict(self._empty)
        names = self._layout.fields
        for position, cell in enumerate(cells[: len(names)]):
            fields[names[position]] = cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
        for name in names[len(cells) :]:
            fields[name] = ""
        for meaning, position in self._layout.columns.items():
            fields[meaning] = fields[names[position]] if position < len(names) else ""
        for meaning in self._dates:
            fields[meaning] = read_date(fields[meaning])
        if _BREAK.search(fields["outlet"]):
            message = f'the outlet "{printable(fields["outlet"])}" had a line break, and is joined'
            remarks.append(Remark("line-break", message, fields["outlet"]))
            fields["outlet"] = " ".join(fields["outlet"].split())
        fields["email"] = str(found.address)
        fields["other_emails"] = ", ".join(map(str, others))
        if found.others:
            offered = ", ".join(map(str, found.others))
            message = f'"{found.address}" is used; the cell also has {offered}'
            remarks.append(Remark("further-addresses", message, cells[self._email]))
            self._several.add(line, found)
        self._name(fields, found, cells)
        remarks.extend(_remarks(fields))
        return Contact(found.address, fields, self._name_of_list, row, line, tuple(remarks))

    def _name(self, fields: dict[str, str], found: Found, cells: list[str]) -> None:
        """Put the name as people say it: what the row has, else the display name beside the address."""
        layout = self._layout
        particle, second = (self._cell(cells, at) for at in (layout.particle, layout.second_surname))
        if particle or second:
            fields["last_name"] = " ".join(filter(None, (particle, fields["last_name"], second)))
        for part in _NAMED:
            if fields[part] in words.NOTHING or (part in _PARTS and is_address_like(fields[part])):
                fields[part] = ""
        address, outlet = fields["email"], fields["outlet"]
        joined = join_names(fields["first_name"], fields["last_name"])
        whole = fields["name"]
        if whole:
            whole = tidy_name(whole, address, outlet, turned=layout.turned, family_first=layout.family_first)
            if fields["first_name"] and fields["last_name"] and (layout.displayed or "," in whole):
                whole = joined
        if not whole and not joined and found.name:
            whole = tidy_name(found.name, address, outlet)
        fields["name"] = whole or joined

    def _cell(self, cells: list[str], position: int | None) -> str:
        return cells[position] if position is not None and position < len(cells) else ""

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
            if not delimiter or "\n" not in cell:
                continue
            parts = (text.split(delimiter) for text in cell.splitlines()[1:])
            # several addresses in one cell stand on lines of their own too
            least = 2 if position == self._email else 1
            if any(
                len(found) >= max(least, self._email + 1) and is_address_like(found[self._email].strip(' "'))
                for found in parts
            ):
                return position
        return None

    def problems(self) -> Iterator[Problem]:
        """Yield what was odd about rows that were read: told once for all of them, with their lines."""
        for code, lines, what in (
            ("too-many-cells", self._too_long, "more cells than the header; is a cell with a delimiter unquoted?"),
            ("unused-addresses", self._unused, "further addresses, which are not used; give each a row of its own"),
        ):
            if lines:
                head = ", ".join(map(str, lines[:8])) + (" …" if len(lines) > 8 else "")
                noun = f"{len(lines)} rows have" if len(lines) > 1 else "a row has"
                yield Problem(code, f"{noun} {what} (line {head})", Severity.WARNING, self._name_of_list, lines[0])
        if self._open.count:
            yield self._undecided()
        if self._several.count:
            yield self._not_mailed()

    def _undecided(self) -> Problem:
        """Return who may have asked not to be mailed, and how staff decide it; told once for all rows."""
        count, first = self._open.count, self._open.first[0][0]
        noun = "1 recipient" if count == 1 else f"{count} recipients"
        shown = self._open.shown(lambda wish: f'"{printable(wish.cell, 60)}"')
        message = f"{noun} may have asked not to be mailed; mailed unless you decide otherwise: {shown}"
        hint = decide_by(self._name_of_list, first)
        if count > len(self._open.first):
            hint = f"mailer lists decide {quote(self._name_of_list)}   shows all of them, and how to decide"
        return Problem(OPEN_WISHES, message, Severity.WARNING, self._name_of_list, first, hint)

    def _not_mailed(self) -> Problem:
        """Return which addresses get no mail because another stands before them in their cell."""
        noun = "1 cell has" if self._several.count == 1 else f"{self._several.count} cells have"
        shown = self._several.shown(lambda found: f"{found.address}, not {', '.join(map(str, found.others))}")
        message = f"{noun} several addresses; the first one gets the mail: {shown}"
        hint = "Give each address that is to get mail a row of its own."
        return Problem(SEVERAL_ADDRESSES, message, Severity.NOTE, self._name_of_list, self._several.first[0][0], hint)


class _Told(Generic[T]):
    """What is odd about rows: how many there are, and the first ones to show; a list of a million keeps no more."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[tuple[int, T]] = []

    def add(self, line: int, what: T) -> None:
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append((line, what))

    def shown(self, words: Callable[[T], str]) -> str:
        more = " …" if self.count > len(self.first) else ""
        return "; ".join(f"line {line} {words(what)}" for line, what in self.first) + more


def decide_by(name: str, line: int, *answers: str) -> str:
    """Return the command by which staff decide what the words in a line ask for; `name` is the list's file."""
    return f"mailer lists decide {quote(name)} {line} {'   or   '.join(answers or ('--no-mail', '--may-mail'))}"


def _may_ask(wish: Wish) -> str:
    return f'"{wish.shown}" may ask not to be mailed; the row is mailed unless you decide otherwise'


def _remarks(fields: Mapping[str, str]) -> Iterator[Remark]:
    """Yield what reaches a reader otherwise than whoever filled it in may think."""
    if words := words_over(fields["note"]):
        message = f"the note has {words} words; most journalists want less than {MOST_WORDS}"
        yield Remark(LONG_NOTE, message, fields["note"])
    zone = fields["time_zone"]
    if zone and zone_of(zone) is None:
        message = "is no time zone; write a place such as Europe/Berlin, or they read our own time alone"
        yield Remark(STRANGE_ZONE, f'"{printable(zone)}" {message}', zone)


# Dates: a day as lists write it, as ISO 8601.

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_JAPANESE: Final = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_DOTTED: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:\s.*)?")
_SLASHED: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:\s.*)?")


def read_date(text: str) -> str:
    """Return a day as `YYYY-MM-DD` where the text can only mean one, else the text as it stands."""
    if found := _ISO.fullmatch(text) or _JAPANESE.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _DOTTED.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _SLASHED.fullmatch(text):
        one, two, year = map(int, found.groups())
        if one <= 12 and two <= 12 and one != two:
            return text
        day, month = (one, two) if one > 12 else (two, one)
    else:
        return text
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text
