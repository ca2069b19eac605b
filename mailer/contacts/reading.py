"""Reading: bytes of a list → people, one after the other, with every row accounted for.

Owns `ListFile`: its layout, the result of each row (a Contact, or a LeftOut with its reason, for each person it names),
and the problems of the list. Further sheets of a workbook follow the first as one list; a sentence between the rows is
about the contacts it names. Never opens a file (an open one is passed in), never asks the DNS or the ledger, never
changes anything. A person marked as opted out in any row of a list is left out in every row.
Raises `InputProblem`: no table, no rows, or no column with the people's addresses.
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
    evidence,
    odd_headings,
    says_in,
    speaks_of_mail,
    words_about_mail,
)
from mailer.contacts.rows import DECIDE, Barred, Layout, RowReader, decide_by, make_layout, share_columns
from mailer.contacts.values import Contact, Entry, LeftOut, LeftOutReason, MarkReason, Remark, left_out
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, replace

_Told = TypeVar("_Told", Problem, Remark, LeftOut)
_MOST_TOLD: Final = 8
_BY_THEMSELVES: Final = {MarkReason.OPTED_OUT, MarkReason.COMPLAINED}
_LEGEND_WITHIN: Final = 2000  # rows
_CELLS_OF_ROW: Final = 3  # and more are someone's
_MOST_NOTES: Final = 300  # lines between the rows that are compared with all names
_WRAPPED: Final = 60  # characters of a line that may go on in the next
_SIGNS: Final = ".,;:!?()-–—'’\""
_CLAUSES: Final = re.compile(r"(?<=[.!?;,:])\s+|\s(?=[-–—]\s)")
BY_COLUMN: Final = 'Give the list a column "Unsubscribed" and write "yes" there for these contacts.'


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words on a list about not being mailed: do they ask for that (None: that is open), and did someone decide it?"""

    line: int
    text: str
    asks: bool | None
    is_decided: bool
    is_cell: bool  # of someone's row, not a heading
    sheet: str = ""  # if not the first


class ListFile:
    """A list that was opened, and whose file stays so; one iteration of `entries()` ends before the next begins."""

    def __init__(self, table: Table, layout: Layout, choices: Choices, others: Sequence[ListFile] = ()) -> None:
        """Hold an opened table, its layout, what was said about the file, and its further sheets that are lists."""
        self.name = table.name
        self.layout = layout
        self.legend = Legend()
        self.choices = choices
        self.table = table  # every data row as it is, also those that are nobody's
        self.others = others
        self.roll = list[str]()  # names in a column of those who are not mailed
        self._found: dict[Problem, None] = {}
        self.open_rows = set[int]()  # as `forbidden` found them
        self.rows_seen = 0  # by `forbidden`, which reads the whole list

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the list's problems: of its layout, and what the iterations of `entries()` met so far."""
        theirs = list[Problem]()
        for problem in (each.about(problem) for each in self.others for problem in each.problems):
            is_by_line = problem.hint.startswith(DECIDE)  # and that line is another one's in the first sheet
            theirs.append(replace(problem, hint=decide_by(self.name, 0)) if is_by_line else problem)
        return (*self.table.raw.problems, *self._found, *theirs)

    @property
    def examples(self) -> tuple[tuple[int, str], ...]:
        """Return the first lines that depend on a guessed encoding, with their numbers; nothing where it is certain."""
        return self.table.raw.examples

    def add_problem(self, problem: Problem) -> None:
        """Keep a problem that someone else saw in this list; each is kept once."""
        self._found[replace(problem, source=self.name)] = None

    def about(self, told: _Told) -> _Told:
        """Return what is told of a line of this further sheet of a file, with the sheet's name."""
        return replace(told, message=f'sheet "{printable(self.layout.sheet or "")}": {told.message}')

    def told(self, entry: Entry) -> Entry:
        """Return an entry of this further sheet, with the sheet's name in what is told of it."""
        sheet = self.layout.sheet or ""
        if isinstance(entry, Contact):
            return replace(entry, remarks=tuple(map(self.about, entry.remarks)), sheet=sheet)
        message = entry.message.removesuffix(_within(sheet))
        return self.about(replace(entry, message=message, sheet=sheet))

    def rows(self) -> Iterator[DataRow]:
        """Yield every data row as it is: (row from 1; line; cells), from the file anew.

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
        """Return the addresses, as they are, of a sheet that says by its name not to mail them."""
        return self.table.raw.barred

    @property
    def marked(self) -> Mapping[bytes, str]:
        """Return the digest of everybody this list says not to mail, with where it says so."""
        return {key: said for key, (_, said) in self.forbidden.items()}

    def read_legend(self) -> None:
        """Read what the list says of itself, round the table and on other sheets, into the marks of its layout."""
        header, rows = self.layout.header, list[Sequence[str]]()
        end = table_end([header])
        texts = {text: text for text in self.table.raw.asides}
        for number, (row, _, cells) in enumerate(islice(self.table.numbered(), _LEGEND_WITHIN)):
            if number == self.table.header_row:
                continue
            is_person = any("@" in cell for cell in cells)
            rows += [cells] if is_person and row else []
            if said := [cell for cell in (cells[end:] if is_person else cells) if cell and "@" not in cell]:
                texts |= {" ".join(said): "; ".join(said)} if is_person or not row or len(said) < _CELLS_OF_ROW else {}

        def holds(text: str) -> bool:
            return self.choices.wishes.get(fold(text), True) and not self._names_somebody(text)

        flags = {mark.position for mark in self.layout.marks if mark.kind is MarkKind.FLAG}
        for at in [at for at in flags if evidence("no").search(plain(header[at]))]:  # "No mail to": Lund, Brook
            names = [cell for row in rows for cell in row[at : at + 1] if cell]
            named = self.named_in(names) if all(each[0].isupper() and each[3:] for each in names) else {}
            if named and all(theirs for theirs, _ in named.values()):
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
        """Return which cells ask not to be mailed, as someone decided; what explains the list is nobody's wish."""
        return {**{fold(text): False for text in self.legend.texts}, **self.choices.wishes}

    @cached_property
    def forbidden(self) -> Mapping[bytes, Barred]:
        """Return the digest of everybody this list says not to mail (no desk beside them): the reason, and where."""
        found: dict[bytes, Barred] = {}
        for other in self.others:
            for key, (reason, said) in other.forbidden.items():
                found.setdefault(key, (reason, said + _within(other.layout.sheet or "")))
            self.rows_seen += other.rows_seen

        def bar(addresses: Iterable[Address], reason: MarkReason, said: str, *, desks: bool = False) -> None:
            for place, address in enumerate(addresses):
                if desks or not place or not address.is_role:
                    found.setdefault(digest(address.key), (reason, said))

        for cell in self.table.raw.barred:
            said = "another part of this file says not to mail this address"
            bar(find_addresses(cell), MarkReason.DO_NOT_CONTACT, said, desks=True)
        people = [*self.table.raw.barred_people, *self.roll]  # who is named without an address if nobody is mailed
        reader = RowReader(self.name, self.layout, {}, self.decided, self.open_rows)
        section = Section(self.decided, self.layout.header, self._names_somebody, self.legend.texts)
        unbound = list[tuple[int, str, str]]()  # wishes without an address, and whose they are by a full name
        asides = enumerate(self.table.raw.asides[:_MOST_NOTES] if self.table.raw.form is Form.PAGE else ())
        between = [note for at, text in asides for note in _note(-2 * at, [text])]
        is_written = self.table.raw.form is Form.PASTED or not self.layout.header  # of lines that may be sentences
        gone = dict[str, Barred]()
        above, goes_on = list[str](), list[Wish]()
        for row, line, cells, told in self._seen_by(section):
            if told is not None:
                self.add_problem(self._about_heading(told, line, cells))
            if not row:
                between += _note(line, cells) if len(between) < _MOST_NOTES else []
                continue
            self.rows_seen += 1
            note = _note(line, cells) if is_written or sum(map(bool, cells)) == 1 else []
            between += note if len(between) < _MOST_NOTES else []
            asked, former, is_continued = [*reader.wishes(row, cells)], reader.former(cells), reader.is_continued(cells)
            if not (asked or former or is_continued or section.reason):
                above, goes_on = cells, []
                continue
            own = reader.own_addresses(cells)
            bar((each for each in former if each not in own), MarkReason.DEAD_ADDRESS, f"see line {line}")
            if not is_continued:
                above, goes_on = cells, [wish for wish, _ in asked]
            elif asked and not own:
                asked = [(wish, theirs or reader.own_addresses(above)) for wish, theirs in asked]
            elif not asked:
                near = tuple(each for each in own if names_person(" ".join(above), str(each)))
                asked = [(wish, near) for wish in goes_on if near]
            for wish, theirs in asked:
                said = f'line {line} of the list says "{wish.shown}"'
                meant = theirs or (() if own else tuple(_addresses_among(cells)))
                who = reader.identity(cells) if reader.is_person(cells) else ""
                reason = wish.reason or MarkReason.DO_NOT_CONTACT
                bar(meant, reason, said)
                if not (meant or own):
                    who = who if len(min(who.split(), key=len, default="")) > 1 else ""
                    unbound += [] if note else [(line, " ".join(filter(None, cells)), who)]
                elif reason not in _BY_THEMSELVES or own[:1] != theirs[:1]:
                    who = ""
                gone |= {who: (reason, said)} if who else {}
            if section.reason and not asked:
                under = [*(own or _addresses_among(cells))]
                bar(under, section.reason, f'stands under "{section.heading}"')
                people += [] if under else [" ".join(filter(None, cells))]
        met = set[str]()
        for _, _, cells in self.table.rows() if gone else ():  # who went out is out at another address, too
            who = reader.identity(cells)
            who = who if who in gone else who.partition("\n")[0] + "\n"  # the list does not say where they work
            if who not in gone or not reader.is_person(cells) or says_in(cells, self.layout.marks):
                continue
            if own := reader.own_addresses(cells):
                bar(own, *gone[who])
                met.add(who)
        if people:
            said = "another part of this file says not to mail this person"
            for each in (self, *self.others):
                whole = each.named_in(people, is_whole=True)
                bar((address for own, _ in whole.values() for address in own), MarkReason.DO_NOT_CONTACT, said)
        named = self.named_in([text for _, text, who in unbound if not who]) if unbound else {}
        about: list[tuple[int, str, Sequence[Address]]] = [
            (line, text, () if who else named[text][0]) for line, text, who in unbound if who not in met
        ]
        for line, text, those in (*about, *self._said_of_people(between)):
            where = f"line {line} of the list" if line > 0 else "a note beside the list"
            bar(those, MarkReason.DO_NOT_CONTACT, f'{where} says "{printable(text, 80)}"')
        if lines := [str(line) for line, _, those in about if not those]:
            noun = "a row asks" if len(lines) == 1 else "rows ask"
            shown = ", ".join(lines[:_MOST_TOLD]) + (" …" if len(lines) > _MOST_TOLD else "")
            message = f"{noun} not to mail someone but names no address, so nobody is left out for it (line {shown})"
            hint = "Write the address into the row, or: mailer optouts add EMAIL"
            self.add_problem(Problem("wish-without-address", message, Severity.WARNING, line=int(lines[0]), hint=hint))
        return found

    def _said_of_people(self, notes: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, Sequence[Address]]]:
        """Yield what sentences between the rows surely say of people who have a row: line, words, addresses.

        What follows a name is said of that person up to the next name: "Bo Lund has left, so nothing to him"; what ends
        in a colon, of all who are named behind it.
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
        has_asked = False  # those who were named last, to get no more mail
        for line, group in groupby(clauses, key=itemgetter(0)):
            people, said, lead = list[Address](), list[str](), list[str]()
            for clause in (*(each for _, each in group), ""):
                theirs, names = named.get(clause, ((), frozenset()))
                if theirs and not people and said and said[-1].endswith((":", "：")):
                    lead = [*said]
                elif (theirs or not clause) and any(len(word) > 3 for word in re.findall(r"\w+", " ".join(said))):
                    text = " ".join(said)
                    is_same = has_asked and evidence("same").search(plain(text)) is not None
                    has_asked = is_same or speaks_of_mail(text, surely=True) if people else has_asked
                    if people and has_asked:
                        yield line, text, people
                    lead = [] if said[-1].endswith((".", "!", "。")) else lead
                    people, said = [], [*lead]
                people += theirs
                bare = ((word, word.strip(_SIGNS)) for word in clause.split())
                said += [word for word, inner in bare if inner not in names and compact(inner) not in TITLES]

    def named_in(
        self, texts: Sequence[str], *, is_whole: bool = False
    ) -> Mapping[str, tuple[Sequence[Address], frozenset[str]]]:
        """Return the addresses of the people that each text names, by a full name or one that is theirs alone.

        `is_whole`: one alone must be all of the text.
        """
        found: dict[str, list[tuple[int, tuple[Address, ...], set[str], str]]] = {text: [] for text in texts}
        said: dict[str, list[str]] = {}
        reader = RowReader(self.name, self.layout, {}, {}, set())
        for text in found:
            for word in {each.title() if each.isupper() else each for each in re.findall(r"\w+", text)}:
                said.setdefault(word, []).append(text)
        for _, _, cells in self.table.rows():
            own = reader.own_addresses(cells)
            names = {each for each in re.findall(r"\w{2,}", reader.name(cells)) if not each[0].islower()}
            parts = {each.title() for each in re.split(r"[\W_]+", own[0].local) if len(each) > 3} if own else set()
            counts = Counter(text for each in names for text in said.get(each, ()) if compact(each) not in TITLES)
            counts |= Counter({text: 1 for each in parts for text in said.get(each, ())})
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

    def spoken(self) -> Iterator[Spoken]:
        """Yield the words on the list that ask not to be mailed, or may, or that someone decided about."""
        decided = self.choices.wishes
        section = Section(about=self._names_somebody, explained=self.legend.texts)
        for row, line, cells, about in self._seen_by(section):
            found = [*words_about_mail(cells, self.layout.marks, self.layout.others)] if row else []
            whole = " ".join(filter(None, cells))
            if whole in self.legend.rules:
                found = [(whole, True)]
            if about is not None or (whole and section.reason is not None and printable(whole) == section.heading):
                found = [(whole, section.reason is not None)]
            found += [(cell, True) for cell in cells if fold(cell) in decided and cell not in dict(found)]
            for text, is_sure in found:
                says = decided.get(fold(text))
                is_open = not is_sure and about is not Heading.LEGEND
                asks = says if says is not None else None if is_open else is_sure
                yield Spoken(line, text, asks, says is not None, bool(row))
        for other in self.others:
            yield from (replace(each, sheet=other.layout.sheet or "") for each in other.spoken())

    def _seen_by(self, section: Section) -> Iterator[tuple[int, int, list[str], Heading | None]]:
        """Yield every row but the header, with what is to be told about it, as `section` passes over them."""
        header_at = -1 if self.table.header_row is None else self.table.header_row
        for number, (row, line, cells) in enumerate(self.table.numbered()):
            if number != header_at:
                yield row, line, cells, section.see(row, cells, is_above=number < header_at)

    def _about_heading(self, told: Heading, line: int, cells: Sequence[str]) -> Problem:
        """Return what a heading or a legend was taken for, and how to act on it."""
        shown, hint = printable(" ".join(filter(None, cells)), 80), decide_by(self.name, line)
        message = f'"{shown}" may ask not to mail the people below; it marks nobody unless you decide otherwise'
        if told is Heading.LEGEND:
            message, hint = f'"{shown}" explains the list; only colours of an XLSX workbook are read by it', BY_COLUMN
        elif told is Heading.TITLE:
            message = f'everybody below is left out, because "{shown}" says so; if it does not mean that:'
            hint = decide_by(self.name, line, "--may-mail")
        return Problem(f"heading-{told.value}", message, Severity.WARNING, line=line, hint=hint)

    def entries(self) -> Iterator[Entry]:
        """Yield what each data row became, in their order, anew from the file; of a person 16 bytes are kept."""
        seen, before = Seen(), 0
        for each in (self, *self.others):
            reader = RowReader(self.name, each.layout, self.forbidden, each.decided, each.open_rows)
            last = 0
            for last, line, cells in each.table.rows(each.add_problem):
                for entry in reader.entries((before + last, line, cells)):
                    told, first = entry, None
                    if isinstance(entry, Contact):
                        first = seen.first(digest(entry.address.key), entry.row << 32 | entry.line)
                    if first is not None and isinstance(entry, Contact):  # the address stood further up
                        message = f'"{entry.address}" stands in line {first & 0xFFFFFFFF} already'
                        told = left_out(entry, LeftOutReason.DUPLICATE, message, first >> 32)
                    yield told if each is self else each.told(told)
            before += last
            for problem in reader.problems():
                each.add_problem(problem)


def parse_list(data: ListData, *, name: str, choices: Choices = AS_FOUND, may_be_empty: bool = False) -> ListFile:
    """Open a list as `open_table` does, recognise its columns, and stand ready to read it."""
    table = open_table(data, name=name, choices=choices, may_be_empty=may_be_empty)
    found, others = _list_of(table, choices), list[ListFile]()
    for raw in table.raw.others:
        told = Problem("sheet-not-read", not_read(raw.sheet or ""), Severity.WARNING)
        with suppress(InputProblem):
            further = as_table(raw, name=name, choices=AS_FOUND)
            headings = [*map(compact, further.header)]
            columns = {each: column for each, column in choices.columns.items() if compact(column) in headings}
            other = _list_of(further, Choices(columns=columns, wishes=choices.wishes))
            if not _looks_up(found, other):
                others.append(other)
                told = Problem(
                    "sheet-read", f'the sheet "{raw.sheet}" is read, too (--sheet reads one alone)', Severity.NOTE
                )
        found.add_problem(told)
    found.others = others
    return found


def _looks_up(listed: ListFile, other: ListFile) -> bool:
    """Return whether a sheet only has the central addresses of the houses at which the list has people."""
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
    """Return a row without an address as a note about people, if it has the words for one."""
    text = _LOGGED.sub("", ", ".join(filter(None, cells)))
    return [(line, text[:_LONGEST_NOTE])] if "@" not in text and len(text.split()) > 1 else []


_LONGEST_NOTE: Final = 2000  # characters
_LOGGED: Final = re.compile(r"^\W{0,3}\d{1,4}[./-]\d{1,2}(?:[./-]\d{1,4})?\.?\s+(?:[A-Z]{2,3}:?\s+)?")  # when, and who


def _within(sheet: str) -> str:
    return f' (sheet "{printable(sheet)}")'


def _addresses_among(cells: Sequence[str]) -> Iterator[Address]:
    """Find addresses in a row of which none stands as it should: "ada@example.org - do not email"."""
    for word in (word for cell in cells if "@" in cell for word in cell.split()):
        with suppress(InvalidAddress):
            yield parse_address(word.strip("<>()[],;:.'\"~"))


def count_left_out(entries: Iterator[Entry]) -> tuple[int, Counter[LeftOutReason]]:
    """Run through entries and count: the people who can be written to, and those left out by reason."""
    counts = Counter(None if isinstance(entry, Contact) else entry.reason for entry in entries)
    return counts.pop(None, 0), Counter({reason: count for reason, count in counts.items() if reason})
