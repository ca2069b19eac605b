"""Rows: what a single row of a list becomes.

Owns the order in which a row is judged (control characters, no address, no valid address, marked), the merge fields of
a contact, their name in reading order, and the summary of oddities in all rows. Never compares rows (`reading` does),
never reads bytes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from shlex import quote
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.address import Address, InvalidAddress, printable
from mailer.contacts.files.table import DataRow, Table
from mailer.contacts.folding import digest, fold
from mailer.contacts.meaning.answers import STRANGE_ZONE, zone_of
from mailer.contacts.meaning.cells import ONE_LINE, STRIKE, Found, find_addresses, find_control, live, read_cell
from mailer.contacts.meaning.columns import (
    AND,
    DISPLAY_NAMES,
    FAMILY_FIRST,
    FIRMS,
    NAME_PARTICLES,
    NOTHING,
    SECOND_SURNAMES,
    TITLES,
    begins_with,
    changed_emails,
    compact,
    field_names,
    filled,
    find_pairs,
    forms,
    further_emails,
    holds_address,
    is_address_like,
    is_name_like,
    letters,
    names_house,
    names_person,
    people_in,
)
from mailer.contacts.meaning.marks import Decided, Mark, MarkKind, Wish, decode, find_marks, other_marks, read_wishes
from mailer.contacts.values import DATES, MEANINGS, Contact, Entry, LeftOut, LeftOutReason, MarkReason, Remark
from mailer.errors import Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.words import read_section

_PARTS: Final = ("first_name", "last_name")
_NAMED: Final = (*_PARTS, "name", "salutation", "outlet")
OPEN_WISH, OPEN_WISHES = "may-ask-no-mail", "may-ask-no-mail-rows"
SEVERAL_ADDRESSES: Final = "several-addresses"
_SHOWN: Final = 5
_A_ROW_EACH: Final = "Give each address that is to get mail a row of its own."
_LINKED: Final = re.compile(r"\s*\((?:https?://|\.\.?/)[^()]*\)")
_SIGNS_BEHIND: Final = re.compile(r"(?<=\w)\s?[*°^#+¹²³⁴⁵]{1,3}$")
_BREAK: Final = re.compile(r"[\t\n\r]")
Barred: TypeAlias = tuple[MarkReason, str]


# Layout: how a list is laid out, as one value.


@dataclass(frozen=True, slots=True)
class Layout:
    """How a list is laid out: `columns` gives each meaning its position, `fields` each column its merge field.

    `marks` are the columns whose heading marks who must not be mailed, `others` all other columns. `pairs` are those of
    further people in a row: of their names, of their address, and both as marks. `own` have further addresses of the
    contact, `at_home` private ones, which are never mailed unasked, `numbered` those with marks of their own ("Email
    2", "Opt-out 2"), `newer` the present address, `older` the one before. `particle` and `second_surname` are parts of
    the last name. `turned`: names are written 'Last, First'; `family_first`, `displayed`: the heading says so.
    """

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: int | None
    header: tuple[str, ...]
    columns: Mapping[str, int]
    fields: tuple[str, ...]
    marks: tuple[Mark, ...]
    others: tuple[Mark, ...] = ()
    own: tuple[int, ...] = ()
    pairs: tuple[tuple[tuple[int, ...], int, tuple[Mark, ...]], ...] = ()
    at_home: tuple[int, ...] = ()
    numbered: tuple[tuple[int, tuple[Mark, ...]], ...] = ()
    newer: tuple[int, ...] = ()
    older: tuple[int, ...] = ()
    particle: int | None = None
    second_surname: int | None = None
    turned: bool = False
    family_first: bool = False
    displayed: bool = False

    @property
    def meanings(self) -> dict[int, str]:
        """Return the meaning of each column that has one."""
        return {position: meaning for meaning, position in self.columns.items()}

    def header_at(self, position: int) -> str:
        """Return the header of a column, empty if it has none."""
        return self.header[position].strip() if position < len(self.header) else ""

    def column_name(self, position: int) -> str:
        """Return a column's name for messages: its header, or its number if it has none."""
        header = printable(self.header_at(position))
        return f'column "{header}"' if header else f"column {position + 1}"


def make_layout(table: Table, columns: Mapping[str, int], sample: Sequence[Sequence[str]]) -> Layout:
    """Build the layout of a list: its table, what its columns mean, and its first rows."""
    header = table.header
    width = max(len(header), max(map(len, sample), default=0)) if not header else len(header)
    marks = find_marks(header, columns, sample)
    own, at_home = further_emails(header, columns)
    newer, older = changed_emails(header)
    numbers = ((at, number) for at in own if at < len(header) and (number := _last_number(header[at])))
    numbered = tuple((at, tuple(mark for mark in marks if _last_number(mark.header) == no)) for at, no in numbers)
    marks = tuple(mark for mark in marks if all(mark not in own_marks for _, own_marks in numbered))
    pairs = find_pairs(header, columns, sample)
    own = tuple(at for at in own if all(at != email for _, email in pairs))
    free = {mark.position: mark for mark in other_marks(header, columns, marks, width)}
    paired = {at for names, email in pairs for at in (*names, email)}
    name = columns.get("name")
    heading = compact(header[name]) if name is not None and name < len(header) else ""
    return Layout(
        encoding=table.raw.encoding,
        delimiter=table.raw.delimiter,
        sheet=table.raw.sheet,
        header_row=table.header_row,
        header=header,
        columns=columns,
        fields=tuple(field_names(header, columns, width)),
        marks=marks,
        others=tuple(mark for at, mark in free.items() if at not in paired),
        own=own,
        pairs=tuple(
            (names, email, tuple(replace(free[at], kind=MarkKind.WHO) for at in sorted({*names, email} & {*free})))
            for names, email in pairs
        ),
        at_home=at_home,
        numbered=numbered,
        newer=tuple(at for at in newer if at != columns["email"]),
        older=older,
        particle=_headed(header, NAME_PARTICLES),
        second_surname=_headed(header, SECOND_SURNAMES),
        turned=name is not None and majority_turned(filled(sample, name)),
        family_first=not FAMILY_FIRST.isdisjoint(forms(header[name])) if heading and name is not None else False,
        displayed=heading in DISPLAY_NAMES,
    )


def _last_number(heading: str) -> str:
    return heading.rstrip().rpartition(" ")[2] if heading.rstrip()[-1:].isdigit() else ""


def _headed(header: Sequence[str], table: frozenset[str]) -> int | None:
    return next((position for position, cell in enumerate(header) if compact(cell) in table), None)


# Shared columns: which columns of several lists are the same, by meaning, then by header.


@dataclass(frozen=True, slots=True)
class Shared:
    """One column over several lists: its header, its meaning (or empty), and its position in each list (or None)."""

    header: str
    meaning: str
    places: tuple[int | None, ...]


def share_columns(layouts: Sequence[Layout]) -> tuple[Shared, ...]:
    """Return the columns of several lists as one row of columns: those of the first, then what the later ones add."""
    found: list[tuple[str, str, list[int | None]]] = []
    for number, layout in enumerate(layouts):
        meant = layout.meanings
        for place in range(len(layout.fields)):
            header, meaning = layout.header_at(place), meant.get(place, "")
            free = (each for each in found if each[2][number] is None and each[1] == meaning)
            same = next((each for each in free if meaning or (header and compact(each[0]) == compact(header))), None)
            if same is None:
                same = (header or meaning or f"column {place + 1}", meaning, [None] * len(layouts))
                found.append(same)
            same[2][number] = place
    return tuple(Shared(header, meaning, tuple(places)) for header, meaning, places in found)


# Rows: one row of the list.


class RowReader:
    """One pass over the rows: the result of each row by itself, and the oddities of all rows together."""

    def __init__(
        self, name: str, layout: Layout, barred: Mapping[bytes, Barred], decided: Decided, open_rows: set[int]
    ) -> None:
        """Hold the list's name, its layout, the digests of those it asks not to mail, and the decisions about cells.

        `open_rows` are the rows with words that may be a wish; `wishes` adds them, for the pass that calls `entries`.
        """
        self._name_of_list = name
        self._layout = layout
        self._barred = barred
        self._email = layout.columns["email"]
        self._one_line = frozenset(
            layout.columns[meaning] for meaning in ONE_LINE if meaning in layout.columns and meaning != "outlet"
        )
        self._dates = tuple(meaning for meaning in DATES if meaning in layout.columns)
        self._empty = dict.fromkeys((*MEANINGS, *layout.fields), "")
        names = layout.fields
        self._meant = tuple(  # the meanings whose merge field has another name
            (meaning, names[at] if at < len(names) else "")
            for meaning, at in layout.columns.items()
            if at >= len(names) or names[at] != meaning
        )
        headed = {} if layout.header_row is None else layout.columns
        self._who = tuple(at for each in (*_PARTS, "name", "outlet") if (at := headed.get(each)) is not None)
        self._further = (*layout.numbered, *((email, marks) for _, email, marks in layout.pairs))
        self._decided = decided
        self._open_rows = open_rows
        self._above = ""
        # each oddity's count, and its first rows, to be shown; not more, for a list may have a million
        self._counts = Counter[str]()
        self._first = defaultdict[str, list[tuple[int, str]]](list)

    def entries(self, data_row: DataRow) -> Iterator[Entry]:
        """Yield the contact of a row, or why it is left out; several if a row names as many people as addresses."""
        entry = self.entry(data_row)
        cells = data_row[2]
        people = self._people(cells)
        if not people and not self._layout.pairs:
            yield entry
            return
        several = [each for each in (*people, *self._beside(cells)) if digest(each[1].key) not in self._barred]
        is_marked = isinstance(entry, LeftOut) and entry.reason is LeftOutReason.MARKED
        if not several or is_marked or (isinstance(entry, Contact) and not people):
            yield entry
        for name, address in several:
            base = entry if isinstance(entry, Contact) else self._contact(Found(address), (), data_row, [])
            fields = {**base.fields, "email": str(address), "name": name or base.name, "other_emails": ""}
            yield replace(base, address=address, fields=fields | dict.fromkeys(_PARTS, ""))

    def _beside(self, cells: list[str]) -> Iterator[tuple[str, Address]]:
        """Yield the further people of a row that have columns of their own."""
        for names, email, _ in self._layout.pairs:
            for address in find_addresses(self._cell(cells, email))[:1]:
                yield " ".join(filter(None, (self._cell(cells, at) for at in names))), address

    def _people(self, cells: list[str]) -> Sequence[tuple[str, Address]]:
        """Return the people of a row that names as many as it has addresses in one cell; none for any other row."""
        cell = self._cell(cells, self._email)
        if cell.count("@") < 2:
            return ()
        parts = (self._cell(cells, self._layout.columns.get(each)) for each in ("name", *_PARTS))
        name = next((each for each in parts if AND.search(each)), "")
        addresses = find_addresses(cell)
        shown = read_cell(cell).names if len(addresses) > 1 else ()
        desks = [""] * len(addresses) if all(each.is_role for each in addresses) else ()
        names = shown or people_in(name, [str(each) for each in addresses]) or desks
        return [*zip(names, addresses, strict=False)]

    def entry(self, data_row: DataRow) -> Entry:
        """Return the contact of a row, or why it is left out."""
        row, line, cells = data_row
        written, layout = cells, self._layout
        if (bare := decode(cells, layout.marks)[1]) is not cells:  # a name without the sign that the legend explains
            cells = [rest or cell for rest, cell in zip(bare, cells, strict=True)]
            data_row = row, line, cells
        if not layout.sheet and len(cells) > len(layout.fields) and any(cells[len(layout.fields) :]):
            self._note("too-many-cells", line)
        # under a header the other addresses have their own meaning; a pasted line of addresses has none
        if layout.header_row is None and any("@" in c for i, c in enumerate(cells) if i != self._email):
            self._note("unused-addresses", line)
        value = self._cell(cells, self._email)
        at = layout.columns.get("name")
        if at is not None and "\n" in self._cell(cells, at) and self._people(cells):  # a line for each of them
            cells = [" & ".join(cell.split("\n")) if place == at else cell for place, cell in enumerate(cells)]
            data_row = row, line, cells

        def out(reason: LeftOutReason, message: str) -> LeftOut:
            return LeftOut(reason, self._name_of_list, row, line, value, message)

        is_plain = "".join(cells).isprintable()  # as nearly all rows are: no line break, and no control character
        control = None if is_plain else find_control(cells, self._one_line)
        outlet = self._cell(cells, layout.columns.get("outlet"))
        if layout.header_row is not None:
            self._above = outlet or self._above  # some lists have it once, above everyone who works there
        if control is None and _BREAK.search(outlet) and any(sign in outlet for sign in "@:"):
            control = layout.columns["outlet"], "a line break"  # more than a wrapped name, which is joined
        if control:
            position, what = control
            return out(LeftOutReason.INVALID, f"{layout.column_name(position)} has {what}")
        swallowed = None if is_plain else self._swallowed(cells)
        if swallowed is not None:
            name = layout.column_name(swallowed)
            return out(LeftOutReason.INVALID, f"{name} contains another row; is a quotation mark missing?")
        try:
            found, remarks = self._address(cells)
        except InvalidAddress as error:
            # the address of a workbook's "Email Ada" may be in the link, which is not read
            linked = "; if the cell is a link, type the address out" if layout.sheet and "@" not in value else ""
            return out(LeftOutReason.INVALID, error.message + linked)
        if found is None:
            return out(LeftOutReason.MISSING, "there is no e-mail address in this row")
        others = self._others(found, cells)
        if self._barred and (barred := self._find_barred(found, others, cells)):
            message = barred[1].removeprefix(f"line {line} of ")
            value = value if find_addresses(value) else str(found.address)
            return replace(out(LeftOutReason.MARKED, message), mark=barred[0], addresses=(found.address, *others))
        if row in self._open_rows or cells is not written:
            _, still_open = read_wishes(cells, layout.marks, layout.others, self._decided)
            if still_open:
                self._note(OPEN_WISHES, line, f'"{printable(still_open[0].cell, 60)}"')
            for each in still_open:
                message = f'"{each.shown}" may ask not to be mailed; the row is mailed unless you decide otherwise'
                remarks.append(Remark(OPEN_WISH, message, each.cell, Severity.WARNING))
        return self._contact(found, others, data_row, remarks)

    def _find_barred(self, found: Found, others: Sequence[Address], cells: list[str]) -> Barred | None:
        """Return why a row's contact is not to be mailed, at whichever of their addresses."""
        apart = {each for at, _ in self._layout.numbered for each in find_addresses(self._cell(cells, at))}
        apart |= {each for _, each in self._people(cells)} | {each for each in others if each.is_role}
        own = (each for each in (found.address, *others) if each not in apart - {found.address})
        return next(filter(None, (self._barred.get(digest(each.key)) for each in own)), None)

    def wishes(self, row: int, cells: list[str]) -> Iterator[tuple[Wish, tuple[Address, ...]]]:
        """Yield each wish in a row not to mail someone, with the addresses: one for each of several people."""
        layout = self._layout
        wish, still_open = read_wishes(cells, layout.marks, layout.others, self._decided)
        if still_open:
            self._open_rows.add(row)
        if wish is not None and not (wish.reason is MarkReason.DEAD_ADDRESS and self.former(cells)):
            # with people side by side, a wish beside the first one's name or address is theirs alone
            others = tuple(mark for mark in layout.others if mark.kind is not MarkKind.WHO)
            is_apart = layout.pairs and read_wishes(cells, layout.marks, others, self._decided)[0] is None
            beside = () if is_apart else (each for _, each in self._beside(cells))
            owners = (*self.own_addresses(cells), *beside)
            crossed = find_addresses(wish.cell.strip("~")) if wish.cell.startswith("~~") else ()
            if crossed and not {*owners} & {*crossed}:  # an older address, beside one of another column
                rest = ["" if cell == wish.cell else cell for cell in cells]
                owners = owners if read_wishes(rest, layout.marks, layout.others, self._decided)[0] else tuple(crossed)
            # it may name one of several people: "Rex has left" beside "Hana & Rex"
            names = (self._cell(cells, at) for pair in layout.pairs for at in pair[0])
            every = [name for name in (self.name(cells), *names) if name]
            is_several = len(every) > 1 or any(map(AND.search, every))
            parts = [part for name in every for part in re.findall(r"\w{2,}", name)] if is_several else []
            words = re.findall(r"\w+", wish.cell)
            about = [part for part in parts if part[0].isupper() and part in words]
            meant = tuple(each for each in owners if any(names_person(name, str(each)) for name in about))
            yield wish, meant if about else owners
        for email, marks in self._further:
            wish, _ = read_wishes(cells, marks, (), self._decided)
            if wish is not None:
                yield wish, find_addresses(self._cell(cells, email))

    def former(self, cells: list[str]) -> tuple[Address, ...]:
        """Return the former addresses of a row's contact, where the row has the new one, too."""
        layout = self._layout
        is_crossed = "~~" in "".join(cells)
        if not (layout.newer or layout.older or is_crossed):
            return ()
        moved = any(find_addresses(self._cell(cells, position)) for position in layout.newer)
        places = (*layout.older, *((self._email,) if moved else ()))
        former = [self._cell(cells, at) for at in places]
        if is_crossed:  # in a cell with something else in it, too
            former += [each[2:-2] for cell in cells if cell != live(cell) for each in STRIKE.findall(cell)]
        return tuple(each for cell in former for each in find_addresses(cell))

    def own_addresses(self, cells: list[str]) -> tuple[Address, ...]:
        """Return the addresses of a row's contact, the one to be mailed first; none if there is no valid one."""
        with suppress(InvalidAddress):
            found, _ = self._address(cells)
            if found is not None:
                return (found.address, *self._others(found, cells))
        beside = (*self._layout.own, *self._layout.at_home)
        return tuple(each for position in beside for each in find_addresses(self._cell(cells, position)))

    def name(self, cells: list[str]) -> str:
        """Return the name in a row, as it is written."""
        places = (self._layout.columns.get(each) for each in ("name", *_PARTS))
        return " ".join(filter(None, (self._cell(cells, at) for at in places)))

    def identity(self, cells: list[str]) -> str:
        """Return who a row is about, as the full name and the outlet; empty if the row has no full name."""
        parts = (word for word in re.findall(r"\w+", fold(self.name(cells))) if word not in TITLES)
        name = " ".join(sorted(parts))  # "Lund, Bo" is Bo Lund
        return f"{name}\n{fold(self._cell(cells, self._layout.columns.get('outlet')))}" if " " in name else ""

    def is_person(self, cells: list[str]) -> bool:
        """Return whether the name in a row is a person's, not that of the outlet whose domain its address has."""
        own = self.own_addresses(cells)
        return not (own and names_house(fold(self.name(cells)), str(own[0])))

    def is_continued(self, cells: list[str]) -> bool:
        """Return whether a row of a table goes on with the one above: it does not say who someone is."""
        return bool(self._who) and not any(self._cell(cells, at) for at in self._who)

    def _address(self, cells: list[str]) -> tuple[Found | None, list[Remark]]:
        """Find the address to write to, in the first column or another of their own; raise what is wrong with it."""
        cell, found = self._cell(cells, self._email), None
        moved = any(find_addresses(self._cell(cells, position)) for position in self._layout.newer)
        with suppress(InvalidAddress):
            found = read_cell(cell) if cell and not moved else None
        if found is None:
            for position in (*self._layout.newer, *self._layout.own):
                if find_addresses(other := self._cell(cells, position)):
                    name = self._layout.column_name(position)
                    why = "it is the newer one" if moved else "there is no address in the first column"
                    message = f'"{printable(other)}" of {name} is used: {why}'
                    return read_cell(other), [Remark("second-column", message, other)]
            return (read_cell(cell) if cell else None), []
        remarks: list[Remark] = []
        if found.cleaned:
            message = f'"{found.address}" is taken from a cell with {" and ".join(found.cleaned)}'
            remarks.append(Remark("cleaned-address", message, cell))
        return found, remarks

    def _others(self, found: Found, cells: list[str]) -> tuple[Address, ...]:
        """Return the person's further addresses: in the same cell, and in their other columns."""
        if not (found.others or self._layout.own or self._layout.at_home):
            return ()
        beside = (self._cell(cells, position) for position in (*self._layout.own, *self._layout.at_home))
        more = (each for cell in beside if cell for each in find_addresses(cell))
        others = {each.key: each for each in (*found.others, *more)}
        others.pop(found.address.key, None)
        return tuple(others.values())

    def _contact(self, found: Found, others: tuple[Address, ...], data_row: DataRow, remarks: list[Remark]) -> Contact:
        row, line, cells = data_row
        fields, texts = self._empty.copy(), cells
        whole = "".join(cells)
        if "~~" in whole:
            texts = [*map(live, texts)]
        if "\r" in whole:
            texts = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in texts]
        fields.update(zip(self._layout.fields, texts, strict=False))
        for meaning, name in self._meant:
            fields[meaning] = fields[name] if name else ""
        for meaning in self._dates:
            fields[meaning] = read_date(fields[meaning])
        if _BREAK.search(fields["outlet"]):
            message = f'the outlet "{printable(fields["outlet"])}" had a line break, and is joined'
            remarks.append(Remark("line-break", message, fields["outlet"]))
            fields["outlet"] = " ".join(fields["outlet"].split())
        fields["email"] = str(found.address)
        if not fields["outlet"] and names_house(self._above, fields["email"]):
            fields["outlet"] = self._above
        fields["other_emails"] = ", ".join(map(str, others)) if others else ""
        if found.others and not self._people(cells):
            offered = ", ".join(map(str, found.others))
            message = f'"{found.address}" is used; the cell also has {offered}'
            remarks.append(Remark("further-addresses", message, cells[self._email]))
            self._note(SEVERAL_ADDRESSES, line, f"{found.address}, not {offered}")
        self._name(fields, found, cells)
        # values that may reach the reader in a form that their author does not expect
        if count := words_over(fields["note"]):
            message = f"the note has {count} words; most journalists want less than {MOST_WORDS}"
            remarks.append(Remark(LONG_NOTE, message, fields["note"]))
        zone = fields["time_zone"]
        if zone and zone_of(zone) is None:
            message = (
                "is not a time zone; write a place such as Europe/Berlin, or this contact sees only the office's time"
            )
            remarks.append(Remark(STRANGE_ZONE, f'"{printable(zone)}" {message}', zone))
        return Contact(found.address, fields, self._name_of_list, row, line, tuple(remarks))

    def _name(self, fields: dict[str, str], found: Found, cells: list[str]) -> None:
        """Put the name in reading order: the row's own, else the display name beside the address."""
        layout = self._layout
        particle, second = (self._cell(cells, at) for at in (layout.particle, layout.second_surname))
        if particle or second:
            fields["last_name"] = " ".join(filter(None, (particle, fields["last_name"], second)))
        for part in _NAMED:
            if not fields[part]:
                continue
            fields[part] = fields[part] if part == "outlet" else _SIGNS_BEHIND.sub("", fields[part])
            if "(" in fields[part]:  # a link behind the name: "The Pier (https://…)"
                fields[part] = _LINKED.sub("", fields[part]).strip()
            if fields[part] in NOTHING or (part in _PARTS and is_address_like(fields[part])):
                fields[part] = ""
        address, outlet = fields["email"], fields["outlet"]
        joined = join_names(fields["first_name"], fields["last_name"])
        whole = fields["name"]
        if whole:
            whole = _person_of(whole, address, apart=not (layout.turned or layout.family_first)) or whole
            whole = tidy_name(whole, address, outlet, turned=layout.turned, family_first=layout.family_first)
            if fields["first_name"] and fields["last_name"] and (layout.displayed or "," in whole):
                whole = joined
        if not whole and not joined and found.name:
            whole = tidy_name(found.name, address, outlet)
        fields["name"] = whole or joined
        if not joined and found.address.is_role:  # "Newsdesk" is nobody's name, and no part of the outlet's
            local, domain = (compact(each) for each in (found.address.local, found.address.domain))
            if compact(fields["name"]).startswith(local):
                fields["name"] = ""
            parts = outlet.split()
            for at in (0, -1):
                word = compact(parts[at]) if len(parts) > 1 and len(local) > 3 else ""
                if word and word.startswith(local) and word not in domain:
                    del parts[at]
            fields["outlet"] = " ".join(parts)

    def _cell(self, cells: list[str], position: int | None) -> str:
        cell = cells[position] if position is not None and position < len(cells) else ""
        return live(cell) if "~~" in cell else cell

    def _swallowed(self, cells: list[str]) -> int | None:
        """Find a cell that runs over lines and has someone else's row in it: a quotation mark is missing there."""
        delimiter = self._layout.delimiter
        for position, cell in enumerate(cells):
            if not delimiter or "\n" not in cell:
                continue
            parts = (text.split(delimiter) for text in cell.splitlines()[1:])
            # several addresses in one cell are on lines of their own, too
            least = 2 if position == self._email else 1
            rows = (found[self._email] for found in parts if len(found) >= max(least, self._email + 1))
            if any(is_address_like(cell.strip(' "')) for cell in rows):
                return position
        return None

    def _note(self, code: str, line: int, shown: str = "") -> None:
        self._counts[code] += 1
        if len(self._first[code]) < _SHOWN:
            self._first[code].append((line, shown))

    def problems(self) -> Iterator[Problem]:
        """Yield the oddities of the rows that were read: one problem for each kind, with the lines."""
        name = self._name_of_list
        for code, noun, what, hint in (
            ("too-many-cells", "row has", "more cells than the header; is a cell with a delimiter unquoted?", ""),
            ("unused-addresses", "row has", "further addresses, which are not used; give each a row of its own", ""),
            (OPEN_WISHES, "recipient", "may have asked not to be mailed; mailed unless you decide otherwise:", ""),
            (SEVERAL_ADDRESSES, "cell has", "several addresses; the first one gets the mail:", _A_ROW_EACH),
        ):
            count, first = self._counts[code], self._first[code]
            if not count:
                continue
            line, more = first[0][0], " …" if count > len(first) else ""
            many = noun.replace(" has", "s have") if " has" in noun else f"{noun}s"
            shown = "; ".join(f"line {at} {text}" for at, text in first)
            if not first[0][1]:
                shown, more = f"(line {', '.join(str(at) for at, _ in first)}{more})", ""
            decide = decide_by(name, 0 if more else line)
            message = f"{count} {noun if count == 1 else many} {what} {shown}{more}"
            severity = Severity.NOTE if code == SEVERAL_ADDRESSES else Severity.WARNING
            yield Problem(code, message, severity, name, line, decide if code == OPEN_WISHES else hint)


DECIDE: Final = "mailer lists decide"


def decide_by(name: str, line: int, *answers: str) -> str:
    """Return the command by which staff decide what the words in a line ask for; `name` is the list's file."""
    if not line:
        return f"{DECIDE} {quote(name)}   shows all of them, and how to decide"
    return f"{DECIDE} {quote(name)} {line} {'   or   '.join(answers or ('--no-mail', '--may-mail'))}"


# Dates: from the ways in which lists write a day to ISO 8601.

_ISO: Final = re.compile(r"(\d{4})(?:[-/.]|\s*年\s*)(\d{1,2})(?:[-/.]|\s*月\s*)(\d{1,2})(?:\s*日|[T ].*)?")
_DOTTED: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:\s.*)?")
_SLASHED: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:\s.*)?")


def read_date(text: str) -> str:
    """Return a day as `YYYY-MM-DD` where the text can only mean one, else the text as it is."""
    if found := _ISO.fullmatch(text):
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


# Notes: how many words they have; scripts without blanks are counted as two characters a word.

MOST_WORDS: Final = 200
LONG_NOTE: Final = "note-long"
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_PER_WORD = 2


def words_over(note: str) -> int:
    """Return how many words a note has where that is more than `MOST_WORDS`, else 0."""
    if len(note) <= _PER_WORD * MOST_WORDS:
        return 0  # a word and the blank behind it are two characters at least
    spaced = _WITHOUT_BLANKS.sub(" ", note)
    words = len(_WORD.findall(spaced)) + len(_WITHOUT_BLANKS.findall(note)) // _PER_WORD
    return words if words > MOST_WORDS else 0


# Names: a person's name in reading order. 'Last, First' is turned, parts in columns of their own are joined, and what
# is no name (an address, the outlet) is refused. Chinese, Japanese and Korean names keep the family name first.

_EAST_ASIAN: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff々〆ヶ\s・]+")
_PARTICLES: Final[frozenset[str]] = frozenset(read_section("contacts", "names")["particles"])
_SUFFIXES: Final[frozenset[str]] = frozenset(read_section("contacts", "names")["suffixes"])
_QUOTES: Final = "\"'“”„«»‚‘’"
_MOST_NAMES: Final = 200  # characters
_BETWEEN: Final = re.compile(r"\s*[&/;+\n]\s*|,\s+|\s+(?:and|und|et)\s+")  # "Güell i Soler" is one person


def join_names(first: str, last: str) -> str:
    """Join a first and a last name in reading order; family name first if they are in East Asian characters."""
    parts = [part for part in (first, last) if part]
    if len(parts) == 2 and not first.isascii() and all(_EAST_ASIAN.fullmatch(part) for part in parts):
        parts.reverse()
    return " ".join(parts)


def tidy_name(text: str, address: str, outlet: str, *, turned: bool = False, family_first: bool = False) -> str:
    """Return the name in a cell in reading order (`Layout` has the order in the cell), or nothing if there is none."""
    bare = text[1:-1].strip() if len(text) > 2 and text[0] in _QUOTES and text[-1] in _QUOTES else text
    if bare.startswith("="):  # a formula, kept as the text it is
        return text
    if holds_address(bare) or (outlet and compact(bare) == compact(outlet)):
        return ""
    if "," in bare:
        return _turned(bare, address, outlet, always=turned or family_first)
    if family_first and not _EAST_ASIAN.fullmatch(bare):
        return _family_first(bare, address)
    return bare


def _person_of(text: str, address: str, *, apart: bool) -> str:
    """Return the one of several people in a cell whose address it is; `apart`: a comma may separate people, too."""
    bare = re.sub(r"\s*\([^()]*\)", "", text[:_MOST_NAMES])
    names = [] if "," in bare and not apart else _BETWEEN.split(bare)
    parts = [name.replace(".", "").split() for name in names]
    small = (len(part) < 2 or len(min(part, key=len)) < 2 or part[0].lower() in _PARTICLES for part in parts)
    if "," in bare and any(small):
        return ""
    if len(names) < 2 or not FIRMS.isdisjoint(map(compact, names)):
        return ""
    named = [name for name in names if is_name_like(name) and names_person(name, address)]
    return named[0] if len(named) == 1 else ""


def majority_turned(names: list[str]) -> bool:
    """Return whether most of a column's names are 'Last, First': with one comma, and no suffix behind it."""
    parted = [name.partition(",") for name in names if "," in name]
    turned = [family.strip() and given.strip() and not _is_suffix(given) for family, _, given in parted]
    return sum(map(bool, turned)) * 2 > len(names)


def _turned(text: str, address: str, outlet: str, *, always: bool) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2:
        return parts[0] if parts else ""
    if outlet and compact(parts[-1]) == compact(outlet):
        return " ".join(parts[:-1]) if len(parts) == 2 else text
    suffixes = [part for part in parts[1:] if _is_suffix(part)]
    titles = [part for part in parts[1:] if not _is_suffix(part) and compact(part) in TITLES]
    names = [part for part in parts if part not in suffixes and part not in titles]
    if len(names) != 2 or not (always or _is_family(names[0], names[1], address)):
        return text
    family, given = names
    return " ".join((*titles, given, family, *suffixes))


def _is_family(before: str, after: str, address: str) -> bool:
    """Return whether the part before the comma is a family name."""
    given = after.split()
    if len(given) > 3 or any(character.isdigit() for character in before + after):
        return False
    if begins_with(after, address) and not begins_with(before, address):
        return True
    family = before.split()
    if len(family) == 1 or before.isupper():
        return True
    return family[0].lower() in _PARTICLES or (len(family) == 2 and "-" in before)


def _family_first(text: str, address: str) -> str:
    """Turn a name under a heading such as "Nom Prénom", unless its address or its capitals show another order."""
    parts = text.split()
    if len(parts) < 2:
        return text
    capitals = [part.isupper() and len(part) > 1 for part in parts]
    if any(capitals) and not all(capitals):
        if not capitals[0] and parts[0].lower() not in _PARTICLES:
            return text
        cut = max(i for i, upper in enumerate(capitals) if upper) + 1
        return _given_first(parts, cut if cut < len(parts) else len(parts) - 1)
    # an address has the parts in the order of the name: ada.brook@ for "Ada Brook"
    local, first, last = ("".join(letters(each)) for each in (address.partition("@")[0], parts[0], parts[-1]))
    if first and last and local.startswith(first) and local.endswith(last):
        return text
    particles = 0
    while particles < len(parts) - 2 and parts[particles].lower() in _PARTICLES:
        particles += 1
    cut = particles + 1
    if len(parts) - cut > 1 and begins_with(parts[-1], address):
        cut = len(parts) - 1
    return _given_first(parts, cut)


def _given_first(parts: list[str], cut: int) -> str:
    return " ".join((*parts[cut:], *parts[:cut]))


def _is_suffix(text: str) -> bool:
    return text.strip().lower().replace(".", "").replace(" ", "") in _SUFFIXES
