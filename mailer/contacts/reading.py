"""Reading: bytes of a list → contacts, one after the other, with every row accounted for.

Owns `ListFile`: its layout, the result of each row (a Contact, or a LeftOut with its reason, for each person it names),
and the problems of the list. Further sheets of a workbook follow the first as one list; a sentence between the rows is
about the contacts it names. Never opens a file (an open one is passed in), never asks the DNS or the ledger, never
changes anything. A person marked as opted out in any row of a list is left out in every row.
Raises `InputProblem`: no table, no rows, or no column with the contacts' addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import groupby, islice
from operator import itemgetter
from typing import Final, TypeVar

from mailer import lazy_re as re
from mailer.address import Address, InvalidAddress, parse_address, printable
from mailer.contacts.files import AS_FOUND, Choices, Form
from mailer.contacts.files.table import DataRow, ListData, Table, as_table, open_table, sample_rows
from mailer.contacts.files.workbook import not_read
from mailer.contacts.folding import Seen, digest, fold
from mailer.contacts.meaning.cells import find_addresses
from mailer.contacts.meaning.columns import (
    HOUSE,
    PRIVATE_NOTES,
    TITLES,
    chosen_columns,
    compact,
    email_rank,
    find_columns,
    names_person,
    plain,
    table_end,
)
from mailer.contacts.meaning.legends import Legend, read_legends
from mailer.contacts.meaning.marks import (
    Heading,
    MarkKind,
    Section,
    Wish,
    asks_no_mail,
    evidence,
    odd_headings,
    text_wishes,
    wants_mail,
)
from mailer.contacts.rows import DECIDE, Barred, Layout, RowReader, decide_by, make_layout, share_columns
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, MarkReason, Remark, left_out
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, replace

_Notice = TypeVar("_Notice", Problem, Remark, LeftOut)
_MOST_LINES: Final = 8
_OWN_REASONS: Final = {MarkReason.OPTED_OUT, MarkReason.COMPLAINED}
_LEGEND_WITHIN: Final = 2000  # rows
_CELLS_OF_ROW: Final = 3  # a row with more cells is someone's
_MOST_NOTES: Final = 300  # lines between the rows that are compared with all names
_WRAPPED: Final = 60  # characters of a line that may go on in the next
_SIGNS: Final = ".,;:!?()-–—'’\""
_CLAUSES: Final = re.compile(r"(?<=[.!?;,:])\s+|\s(?=[-–—]\s)")
BY_COLUMN: Final = 'Give the list a column "Unsubscribed" and write "yes" there for these contacts.'


@dataclass(frozen=True, slots=True)
class WishText:
    """Words on a list about not being mailed: do they ask for that (None: open), and did staff decide it?"""

    line: int
    text: str
    asks: bool | None
    is_decided: bool
    is_cell: bool  # in a contact's row, not a heading
    sheet: str = ""  # if not the first


class ListFile:
    """An opened list, whose file stays open; one iteration of `entries()` ends before the next begins."""

    def __init__(self, table: Table, layout: Layout, choices: Choices, others: Sequence[ListFile] = ()) -> None:
        """Hold an opened table, its layout, the choices for this file, and its further sheets that are lists."""
        self.name = table.name
        self.layout = layout
        self.legend = Legend()
        self.choices = choices
        self.table = table  # every data row as it is, also those without a contact
        self.others = others
        self.roll = list[str]()  # the names in a column of contacts who are not mailed
        self._found: dict[Problem, None] = {}
        self.open_rows = set[int]()  # as `forbidden` found them
        self.rows_seen = 0  # by `forbidden`, which reads the whole list

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the list's problems: those of its layout, and those that iterations of `entries()` found so far."""
        further = list[Problem]()
        for problem in (each.with_sheet(problem) for each in self.others for problem in each.problems):
            is_by_line = problem.hint.startswith(DECIDE)  # the first sheet has another row in that line
            further.append(replace(problem, hint=decide_by(self.name, 0)) if is_by_line else problem)
        return (*self.table.raw.problems, *self._found, *further)

    @property
    def examples(self) -> tuple[tuple[int, str], ...]:
        """Return the first lines that depend on a guessed encoding, with their numbers; nothing where it is certain."""
        return self.table.raw.examples

    def add_problem(self, problem: Problem) -> None:
        """Add a problem that a caller found in this list; each is kept once."""
        self._found[replace(problem, source=self.name)] = None

    def with_sheet(self, notice: _Notice) -> _Notice:
        """Return a notice about a line of this further sheet of a file, with the sheet's name in its message."""
        return replace(notice, message=f'sheet "{printable(self.layout.sheet or "")}": {notice.message}')

    def entry_with_sheet(self, entry: Entry) -> Entry:
        """Return an entry of this further sheet, with the sheet's name in its messages."""
        sheet = self.layout.sheet or ""
        if isinstance(entry, Contact):
            return replace(entry, remarks=tuple(map(self.with_sheet, entry.remarks)), sheet=sheet)
        message = entry.message.removesuffix(_within(sheet))
        return self.with_sheet(replace(entry, message=message, sheet=sheet))

    def rows(self) -> Iterator[DataRow]:
        """Yield every data row as it is: (row from 1; line; cells), reading the file anew.

        The rows of further sheets follow, under the columns of the first and new ones behind these.
        """
        if not self.others:
            yield from self.table.rows()
            return
        columns, before = share_columns([self.layout, *(each.layout for each in self.others)]), 0
        for number, each in enumerate((self, *self.others)):
            places = [column.places[number] for column in columns]
            last = 0
            for last, line, cells in each.table.rows():
                under = (cells[at] if at is not None and at < len(cells) else "" for at in places)
                yield before + last, line, [*under] if number else cells
            before += last

    @property
    def barred(self) -> tuple[str, ...]:
        """Return the addresses, as written, of a sheet whose name asks not to mail them."""
        return self.table.raw.barred

    @property
    def marked(self) -> Mapping[bytes, str]:
        """Return the digest of each address that this list asks not to mail, with the place that asks it."""
        return {key: where for key, (_, where) in self.forbidden.items()}

    def read_legend(self) -> None:
        """Read the list's own legends, around the table and on other sheets, into the marks of its layout."""
        header, rows = self.layout.header, list[Sequence[str]]()
        end = table_end([header])
        texts = {text: text for text in self.table.raw.asides}
        for number, (row, _, cells) in enumerate(islice(self.table.numbered(), _LEGEND_WITHIN)):
            if number == self.table.header_row:
                continue
            is_person = any("@" in cell for cell in cells)
            rows += [cells] if is_person and row else []
            if words := [cell for cell in (cells[end:] if is_person else cells) if cell and "@" not in cell]:
                texts |= (
                    {" ".join(words): "; ".join(words)} if is_person or not row or len(words) < _CELLS_OF_ROW else {}
                )

        def holds(text: str) -> bool:
            return self.choices.wishes.get(fold(text), True) and not self._names_somebody(text)

        flags = {mark.position for mark in self.layout.marks if mark.kind is MarkKind.FLAG}
        for at in [at for at in flags if evidence("no").search(plain(header[at]))]:  # "No mail to": Lund, Brook
            names = [cell for row in rows for cell in row[at : at + 1] if cell]
            named = self.named_in(names) if all(each[0].isupper() and each[3:] for each in names) else {}
            if named and all(addresses for addresses, _ in named.values()):
                self.roll += names
                self.layout = replace(self.layout, marks=tuple(m for m in self.layout.marks if m.position != at))
        self.legend = read_legends(texts, header, self.layout.columns, rows, flags, holds)
        self.layout = replace(self.layout, marks=(*self.legend.marks, *self.layout.marks))
        for text, rule in self.legend.rules.items():
            what = "is empty" if rule.kind is MarkKind.CONFIRMED else "is filled in"
            message = f'who has "{rule.header}" {what} is left out, because "{printable(text, 80)}" says so'
            self.add_problem(Problem("rule-read", message, Severity.WARNING, hint=decide_by(self.name, 0)))

    @cached_property
    def decided(self) -> Mapping[str, bool]:
        """Return which cells ask for no mail, as staff decided; the texts of a legend are nobody's wish."""
        return {**{fold(text): False for text in self.legend.texts}, **self.choices.wishes}

    @cached_property
    def forbidden(self) -> Mapping[bytes, Barred]:
        """Return the digest of each address that this list asks not to mail: the reason, and the place.

        A role address beside the contact's own is not among them.
        """
        found: dict[bytes, Barred] = {}
        for other in self.others:
            for key, (reason, where) in other.forbidden.items():
                found.setdefault(key, (reason, where + _within(other.layout.sheet or "")))
            self.rows_seen += other.rows_seen

        def bar(addresses: Iterable[Address], reason: MarkReason, where: str, *, desks: bool = False) -> None:
            for place, address in enumerate(addresses):
                if desks or not place or not address.is_role:
                    found.setdefault(digest(address.key), (reason, where))

        for cell in self.table.raw.barred:
            where = "another part of this file asks not to mail this address"
            bar(find_addresses(cell), MarkReason.DO_NOT_CONTACT, where, desks=True)
        people = [*self.table.raw.barred_people, *self.roll]  # named without an address, where nobody is mailed
        reader = RowReader(self.name, self.layout, {}, self.decided, self.open_rows)
        section = Section(self.decided, self.layout.header, self._names_somebody, self.legend.texts)
        unbound = list[tuple[int, str, str]]()  # wishes without an address: line, text, and the full name
        asides = enumerate(self.table.raw.asides[:_MOST_NOTES] if self.table.raw.form is Form.PAGE else ())
        between = [note for at, text in asides for note in _note(-2 * at, [text])]
        is_prose = self.table.raw.form is Form.PASTED or not self.layout.header  # its lines may be sentences
        gone = dict[str, Barred]()
        above, goes_on = list[str](), list[Wish]()
        for row, line, cells, heading in self._seen_by(section):
            if heading is not None:
                self.add_problem(self._about_heading(heading, line, cells))
            if not row:
                between += _note(line, cells) if len(between) < _MOST_NOTES else []
                continue
            self.rows_seen += 1
            note = _note(line, cells) if is_prose or sum(map(bool, cells)) == 1 else []
            between += note if len(between) < _MOST_NOTES else []
            wishes, former = [*reader.wishes(row, cells)], reader.former(cells)
            is_continued = reader.is_continued(cells)
            if not (wishes or former or is_continued or section.reason):
                above, goes_on = cells, []
                continue
            own = reader.own_addresses(cells)
            bar((each for each in former if each not in own), MarkReason.DEAD_ADDRESS, f"see line {line}")
            if not is_continued:
                above, goes_on = cells, [wish for wish, _ in wishes]
            elif wishes and not own:
                wishes = [(wish, addresses or reader.own_addresses(above)) for wish, addresses in wishes]
            elif not wishes:
                near = tuple(each for each in own if names_person(" ".join(above), str(each)))
                wishes = [(wish, near) for wish in goes_on if near]
            for wish, addresses in wishes:
                where = f'line {line} of the list says "{wish.shown}"'
                meant = addresses or (() if own else tuple(_addresses_among(cells)))
                who = reader.identity(cells) if reader.is_person(cells) else ""
                reason = wish.reason or MarkReason.DO_NOT_CONTACT
                bar(meant, reason, where)
                if not (meant or own):
                    who = who if len(min(who.split(), key=len, default="")) > 1 else ""
                    unbound += [] if note else [(line, " ".join(filter(None, cells)), who)]
                elif reason not in _OWN_REASONS or own[:1] != addresses[:1]:
                    who = ""
                gone |= {who: (reason, where)} if who else {}
            if section.reason and not wishes:
                under = [*(own or _addresses_among(cells))]
                bar(under, section.reason, f'is under "{section.heading}"')
                people += [] if under else [" ".join(filter(None, cells))]
        met = set[str]()
        for _, _, cells in self.table.rows() if gone else ():  # a person who is out is out at another address, too
            who = reader.identity(cells)
            who = who if who in gone else who.partition("\n")[0] + "\n"  # the list does not say where they work
            if who not in gone or not reader.is_person(cells) or wants_mail(cells, self.layout.marks):
                continue
            if own := reader.own_addresses(cells):
                bar(own, *gone[who])
                met.add(who)
        if people:
            where = "another part of this file asks not to mail this person"
            for each in (self, *self.others):
                whole = each.named_in(people, is_whole=True)
                bar((address for own, _ in whole.values() for address in own), MarkReason.DO_NOT_CONTACT, where)
        named = self.named_in([text for _, text, who in unbound if not who]) if unbound else {}
        about: list[tuple[int, str, Sequence[Address]]] = [
            (line, text, () if who else named[text][0]) for line, text, who in unbound if who not in met
        ]
        for line, text, reached in (*about, *self._wishes_in_notes(between)):
            where = f"line {line} of the list" if line > 0 else "a note beside the list"
            bar(reached, MarkReason.DO_NOT_CONTACT, f'{where} says "{printable(text, 80)}"')
        if lines := [str(line) for line, _, addresses in about if not addresses]:
            noun = "a row asks" if len(lines) == 1 else "rows ask"
            shown = ", ".join(lines[:_MOST_LINES]) + (" …" if len(lines) > _MOST_LINES else "")
            message = f"{noun} not to mail someone but names no address, so nobody is left out for it (line {shown})"
            hint = "Write the address into the row, or: mailer optouts add EMAIL"
            self.add_problem(Problem("wish-without-address", message, Severity.WARNING, line=int(lines[0]), hint=hint))
        return found

    def _wishes_in_notes(self, notes: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, Sequence[Address]]]:
        """Yield the sure wishes in sentences between the rows about contacts who have a row: line, text, addresses.

        The words after a name are about that contact, up to the next name: "Bo Lund has left, so nothing to him". Words
        that end in a colon are about everyone named after it.
        """
        wrapped = list[tuple[int, str]]()
        last = 0
        for line, text in notes:  # a sentence goes on over lines
            if wrapped and line == last + 1 and (text[:1].islower() or len(wrapped[-1][1]) > _WRAPPED):
                wrapped[-1] = wrapped[-1][0], f"{wrapped[-1][1]} {text}"
            else:
                wrapped.append((line, text))
            last = line
        clauses = [(line, each) for line, text in wrapped for each in _CLAUSES.split(text)]
        named = self.named_in([each for _, each in clauses]) if clauses else {}
        has_asked = False  # whether the contacts named last are to get no more mail
        for line, group in groupby(clauses, key=itemgetter(0)):
            people, words, lead = list[Address](), list[str](), list[str]()
            for clause in (*(each for _, each in group), ""):
                addresses, names = named.get(clause, ((), frozenset()))
                if addresses and not people and words and words[-1].endswith((":", "：")):
                    lead = [*words]
                elif (addresses or not clause) and any(len(word) > 3 for word in re.findall(r"\w+", " ".join(words))):
                    text = " ".join(words)
                    is_same = has_asked and evidence("same").search(plain(text)) is not None
                    has_asked = is_same or asks_no_mail(text, surely=True) if people else has_asked
                    if people and has_asked:
                        yield line, text, people
                    lead = [] if words[-1].endswith((".", "!", "。")) else lead
                    people, words = [], [*lead]
                people += addresses
                bare = ((word, word.strip(_SIGNS)) for word in clause.split())
                words += [word for word, inner in bare if inner not in names and compact(inner) not in TITLES]

    def named_in(
        self, texts: Sequence[str], *, is_whole: bool = False
    ) -> Mapping[str, tuple[Sequence[Address], frozenset[str]]]:
        """Return the addresses of the contacts that each text names, by a full name or by a part that only one has.

        `is_whole`: such a part must be the whole text.
        """
        found: dict[str, list[tuple[int, tuple[Address, ...], set[str], str]]] = {text: [] for text in texts}
        mentions: dict[str, list[str]] = {}
        reader = RowReader(self.name, self.layout, {}, {}, set())
        for text in found:
            for word in {each.title() if each.isupper() else each for each in re.findall(r"\w+", text)}:
                mentions.setdefault(word, []).append(text)
        for _, _, cells in self.table.rows():
            own = reader.own_addresses(cells)
            names = {each for each in re.findall(r"\w{2,}", reader.name(cells)) if not each[0].islower()}
            parts = {each.title() for each in re.split(r"[\W_]+", own[0].local) if len(each) > 3} if own else set()
            counts = Counter(text for each in names for text in mentions.get(each, ()) if compact(each) not in TITLES)
            counts |= Counter({text: 1 for each in parts for text in mentions.get(each, ())})
            outlet = reader.identity(cells).partition("\n")[2] if counts else ""
            for text, count in counts.items() if own else ():
                initials = any(re.search(rf"\b{each[0]}\.", text) for each in names if each not in text)  # "A. Brook"
                found[text].append((count + initials, own, names | parts, outlet))
        alone = {text for text, rows in found.items() if len(rows) == 1 and not (is_whole and " " in text)}
        kept = {text: [each for each in rows if each[0] > 1 or text in alone] for text, rows in found.items()}
        for text in (text for text, rows in kept.items() if not (rows or is_whole)):  # "Lund (the one of the Pier)"
            of_house = [each for each in found[text] if each[3] and each[3] in fold(text)]
            kept[text] = of_house if len(of_house) == 1 else []
        return {
            text: ([each for _, own, *_ in rows for each in own], frozenset[str]().union(*(each[2] for each in rows)))
            for text, rows in kept.items()
        }

    def _names_somebody(self, text: str) -> bool:
        """Return whether a line that may be a heading is about someone who has a row."""
        return bool(self.named_in([text])[text][0])

    def wish_texts(self) -> Iterator[WishText]:
        """Yield the words on the list that ask for no mail, or may, or that staff decided about."""
        decided = self.choices.wishes
        section = Section(about=self._names_somebody, explained=self.legend.texts)
        for row, line, cells, heading in self._seen_by(section):
            found = [*text_wishes(cells, self.layout.marks, self.layout.others)] if row else []
            whole = " ".join(filter(None, cells))
            if whole in self.legend.rules:
                found = [(whole, True)]
            if heading is not None or (whole and section.reason is not None and printable(whole) == section.heading):
                found = [(whole, section.reason is not None)]
            found += [(cell, True) for cell in cells if fold(cell) in decided and cell not in dict(found)]
            for text, is_sure in found:
                decision = decided.get(fold(text))
                is_open = not is_sure and heading is not Heading.LEGEND
                asks = decision if decision is not None else None if is_open else is_sure
                yield WishText(line, text, asks, decision is not None, bool(row))
        for other in self.others:
            yield from (replace(each, sheet=other.layout.sheet or "") for each in other.wish_texts())

    def _seen_by(self, section: Section) -> Iterator[tuple[int, int, list[str], Heading | None]]:
        """Yield every row but the header, with how it was read if it is a heading, as `section` passes over them."""
        header_at = -1 if self.table.header_row is None else self.table.header_row
        for number, (row, line, cells) in enumerate(self.table.numbered()):
            if number != header_at:
                yield row, line, cells, section.see(row, cells, is_above=number < header_at)

    def _about_heading(self, heading: Heading, line: int, cells: Sequence[str]) -> Problem:
        """Return the problem that explains how a heading or a legend was read, and what to do about it."""
        shown, hint = printable(" ".join(filter(None, cells)), 80), decide_by(self.name, line)
        message = f'"{shown}" may ask not to mail the people below; it marks nobody unless you decide otherwise'
        if heading is Heading.LEGEND:
            message, hint = f'"{shown}" explains the list; only colours of an XLSX workbook are read by it', BY_COLUMN
        elif heading is Heading.TITLE:
            message = f'everybody below is left out, because of "{shown}". If that is not what it means:'
            hint = decide_by(self.name, line, "--may-mail")
        return Problem(f"heading-{heading.value}", message, Severity.WARNING, line=line, hint=hint)

    def entries(self) -> Iterator[Entry]:
        """Yield the result of each data row, in order, reading the file anew; 16 bytes are kept per contact."""
        seen, before = Seen(), 0
        for each in (self, *self.others):
            reader = RowReader(self.name, each.layout, self.forbidden, each.decided, each.open_rows)
            last = 0
            for last, line, cells in each.table.rows(each.add_problem):
                for entry in reader.entries((before + last, line, cells)):
                    result, first = entry, None
                    if isinstance(entry, Contact):
                        first = seen.first(digest(entry.address.key), entry.row << 32 | entry.line)
                    if first is not None and isinstance(entry, Contact):  # the address is in a row above
                        message = f'"{entry.address}" is already in line {first & 0xFFFFFFFF}'
                        result = left_out(entry, LeftOutReason.DUPLICATE, message, first >> 32)
                    yield result if each is self else each.entry_with_sheet(result)
            before += last
            for problem in reader.problems():
                each.add_problem(problem)


def parse_list(data: ListData, *, name: str, choices: Choices = AS_FOUND, may_be_empty: bool = False) -> ListFile:
    """Open a list as `open_table` does and recognise its columns; the rows are read later."""
    table = open_table(data, name=name, choices=choices, may_be_empty=may_be_empty)
    found, others = _list_of(table, choices), list[ListFile]()
    for raw in table.raw.others:
        problem = Problem("sheet-not-read", not_read(raw.sheet or ""), Severity.WARNING)
        with suppress(InputProblem):
            further = as_table(raw, name=name, choices=AS_FOUND)
            headings = [*map(compact, further.header)]
            columns = {each: column for each, column in choices.columns.items() if compact(column) in headings}
            other = _list_of(further, Choices(columns=columns, wishes=choices.wishes))
            if not _is_outlet_sheet(found, other):
                others.append(other)
                problem = Problem(
                    "sheet-read", f'the sheet "{raw.sheet}" is read, too (--sheet reads one alone)', Severity.NOTE
                )
        found.add_problem(problem)
    found.others = others
    return found


def _is_outlet_sheet(listed: ListFile, other: ListFile) -> bool:
    """Return whether a sheet only has the central addresses of the outlets at which the list has contacts."""
    layout, rows = other.layout, sample_rows(other.table)
    email, outlet = layout.columns["email"], layout.columns.get("outlet")
    if outlet is None or email_rank(layout.header_at(email)) != HOUSE:
        return False
    at = listed.layout.columns.get("outlet", -1)
    known = {fold(cells[at]) for _, _, cells in listed.table.rows() if -1 < at < len(cells)}
    return all(fold(cells[outlet]) in known for cells in rows if outlet < len(cells))


def _list_of(table: Table, choices: Choices) -> ListFile:
    name = table.name
    sample = sample_rows(table)
    columns = chosen_columns(table.header, find_columns(table.header, sample), choices.columns)
    if "email" not in columns:
        shown = ", ".join(f'"{printable(cell)}"' for cell in table.header if cell)
        raise InputProblem(
            f"no column has the e-mail addresses. The header has: {shown}" if shown else "contains no e-mail address",
            source=table.name,
            line=None if table.header_row is None else table.header_row + 1,
            hint='Give the column with their addresses the header "email".',
        )
    layout = make_layout(table, columns, sample)
    list_file = ListFile(table, layout, choices)
    list_file.read_legend()
    for position, cell in enumerate(table.header):
        if compact(cell) in PRIVATE_NOTES:
            name = layout.column_name(position)
            message = f'{name} is taken as the office\'s own and not printed in mails; a column "note" is printed'
            list_file.add_problem(Problem("private-notes", message, Severity.NOTE))
    for position, is_legend in odd_headings(table.header, layout.marks):
        why = "explains colours, which are not read" if is_legend else "may be about who must not be mailed"
        message = f"{layout.column_name(position)} {why}: it marks nobody"
        code = "heading-legend" if is_legend else "heading-open"
        list_file.add_problem(Problem(code, message, Severity.WARNING, hint=BY_COLUMN))
    return list_file


def _note(line: int, cells: Sequence[str]) -> list[tuple[int, str]]:
    """Return a row without an address as a note about contacts, if it has the words for one."""
    text = _LOGGED.sub("", ", ".join(filter(None, cells)))
    return [(line, text[:_LONGEST_NOTE])] if "@" not in text and len(text.split()) > 1 else []


_LONGEST_NOTE: Final = 2000  # characters
# the date and the initials of a log entry
_LOGGED: Final = re.compile(r"^\W{0,3}\d{1,4}[./-]\d{1,2}(?:[./-]\d{1,4})?\.?\s+(?:[A-Z]{2,3}:?\s+)?")


def _within(sheet: str) -> str:
    return f' (sheet "{printable(sheet)}")'


def _addresses_among(cells: Sequence[str]) -> Iterator[Address]:
    """Yield the addresses in a row whose cells have more than an address: "ada@example.org - do not email"."""
    for word in (word for cell in cells if "@" in cell for word in cell.split()):
        with suppress(InvalidAddress):
            yield parse_address(word.strip("<>()[],;:.'\"~"))


def count_left_out(entries: Iterator[Entry]) -> tuple[int, Counter[LeftOutReason]]:
    """Return how many entries are contacts, and how many are left out, by reason."""
    counts = Counter(None if isinstance(entry, Contact) else entry.reason for entry in entries)
    return counts.pop(None, 0), Counter({reason: count for reason, count in counts.items() if reason})
