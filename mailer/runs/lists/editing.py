"""Editing: contacts added, corrected, removed and moved, planned completely before anything is written.

A plan has the rows cell by cell, as they are shown to staff, and the new bytes of each file, which have been read back
to check them. A list is kept with the bytes that it was read from: `changes` refuses to overwrite any others. People
are found as a mailing finds them, by the key of their address (both forms of an IDN are the same), in each of their
rows, even one that is left out. A column that a list lacks is reported or refused, never dropped silently. The plan
also names suppressed people; the suppression follows them to another list or address (`follow`). Lists are never
written here.

Staff decide about proposals from replies (someone moved, left, or has a stand-in). Accepting has two parts, which may
be done separately: the edit of the lists, which is planned here and written by `rewrite_lists`, and the decision, which
is recorded in the ledger. A rejected proposal is not made again; a decision can be undone, without a change to the
lists. Raises `InputProblem`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from mailer import lazy_re as re
from mailer.address import Address, InvalidAddress, parse_address, printable
from mailer.contacts.edits import (
    AddColumn,
    AddRow,
    Edit,
    RemoveRow,
    SetCells,
    check_text,
    column_hint,
    fill,
    find_column,
    known_words,
    new_header,
    other_address,
)
from mailer.contacts.files.table import DataRow
from mailer.contacts.folding import digest
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.merging import carry_over
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.contacts.values import CONSENT
from mailer.errors import InputProblem, Problem, Severity, did_you_mean, gather
from mailer.frozen import dataclass, field
from mailer.ledger import Connection, Ledger, returns
from mailer.ledger.returns import OPEN, NewProposal, Proposal
from mailer.ledger.suppressions import ActiveSuppression, Suppression
from mailer.runs.lists import contacts_of, open_list
from mailer.runs.lists.changes import Plan, Rewrite
from mailer.runs.lists.follow import at_address, find_carried, find_followed
from mailer.runs.office import Office
from mailer.runs.suppressions import SuppressionSummary, find_in_any_scope
from mailer.runs.untrusted.lists import edit_list
from mailer.tokens import address_digest
from mailer.workspace import MAX_LIST_BYTES, Workspace, read_bytes

_PLAIN: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
ADDED, CHANGED, REMOVED = "added", "changed", "removed"


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell: the header of its column, its text now and afterwards."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """The change of one row; `row` and `line` are None if it is added."""

    list_name: str
    file: str
    action: str
    email: str
    row: int | None
    line: int | None
    cells: tuple[CellChange, ...]


class Found(NamedTuple):
    """A row of a person: `row` counts data rows, `line` is that of the spreadsheet."""

    row: int
    line: int
    cells: list[str]
    address: Address


@dataclass(slots=True)
class EditedList:
    """A list with the bytes that it was read from, and the plan for it: edits, and row changes for people to see."""

    path: Path
    shown: str
    was: bytes
    file: ListFile
    columns: list[AddColumn] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    rows: list[RowChange] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        """Return how the list is laid out."""
        return self.file.layout

    def find(self, wanted: Mapping[str, Address]) -> Iterator[Found]:
        """Yield the rows of these people, by the keys of their addresses."""
        email = self.layout.columns["email"]
        names = tuple(key.rpartition("@")[0] for key in wanted)
        for row, line, cells in self.file.rows():
            cell = cells[email] if email < len(cells) else ""
            if not cell or (_PLAIN.fullmatch(cell) and not any(name in cell.lower() for name in names)):
                continue  # an address that is clearly someone else's is not parsed
            with suppress(InvalidAddress):
                if found := wanted.get(parse_cell(cell).key):
                    yield Found(row, line, cells, found)

    def add_column(self, word: str) -> int:
        """Return the position of the column that is added for this word."""
        column = AddColumn(new_header(word))
        if column not in self.columns:
            self.columns.append(column)
        return len(self.layout.header) + self.columns.index(column)

    def refuse_listed(self, address: Address, hint: str, *, but_for: int = 0) -> None:
        """Raise InputProblem if someone has a row already, `but_for` that one."""
        for found in self.find({address.key: address}):
            if found.row != but_for:
                message = f"{address} is on the list already"
                raise InputProblem(message, source=self.path.name, line=found.line, hint=hint)

    def edit(self, address: Address | str, row: Found | DataRow | None, cells: Mapping[int, str] | None) -> None:
        """Plan new texts for cells of a row; if there is no `row`, a new one, and without `cells` its removal."""
        number, line, old = row[:3] if row else (0, 0, [])
        headers = [*self.layout.header, *(each.header for each in self.columns)]
        changes: list[CellChange] = []
        for at, text in sorted((dict.fromkeys(range(len(old)), "") if cells is None else cells).items()):
            was = old[at] if at < len(old) else ""
            if was != text.strip():
                header = headers[at].strip() if at < len(headers) else ""
                changes.append(CellChange(header or f"column {at + 1}", was, text.strip()))
        if row is None:
            action = ADDED
            self.edits.append(AddRow(cells or {}))
        elif cells is None:
            action = REMOVED
            self.edits.append(RemoveRow(number))
        elif changes:
            action = CHANGED
            self.edits.append(SetCells(number, cells))
        else:
            return
        about = (self.path.stem, self.shown, action, str(address), number or None, line or None)
        self.rows.append(RowChange(*about, tuple(changes)))


@dataclass(slots=True, kw_only=True)
class EditPlan(Plan):
    """An edit of contacts, row by row, with remarks for staff."""

    rows: list[RowChange] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    nameless: str = ""  # an address whose row will have no name, although the list has a column for it

    def add(self, held: EditedList, others: str = "") -> None:
        """Add the plan for a list; `others` is how to edit only the others if this one cannot be written."""
        if not held.edits:
            return
        try:
            edits = [*held.columns, *held.edits]
            data = edit_list(held.was, name=held.path.name, edits=edits, choices=held.file.choices)
        except InputProblem as problem:
            if others:
                problem.hint += f"\nTo change other lists alone, name {others}"
            raise
        self.rows += held.rows
        self.rewrites.append(Rewrite(held.path, held.was, data))

    def describe(self, done: str, joining: str = "in") -> None:
        """Set the description of the step: what was done, and in which lists."""
        self.what = f"{done} {joining} {listed([each.path.stem for each in self.rewrites])}"

    def warn(self, code: str, message: str, held: EditedList) -> None:
        """Add a warning about a list."""
        self.remarks.append(Problem(code, message, Severity.WARNING, held.path.name))


@contextmanager
def _held_list(workspace: Workspace, path: Path) -> Iterator[EditedList]:
    """Open a list to be edited; it may be empty except for its header."""
    was = read_bytes(path, limit=MAX_LIST_BYTES)
    with open_list(workspace, path, may_be_empty=True) as file:
        yield EditedList(path, workspace.show(path), was, file)


def _lists_with(
    workspace: Workspace, wanted: Mapping[str, Address], only: Sequence[str], plan: EditPlan
) -> Iterator[tuple[EditedList, list[Found]]]:
    """Yield every list with one of these people, and their rows; a list that cannot be read becomes a remark."""
    for path in [workspace.list_path(name) for name in only] or workspace.lists():
        try:
            with _held_list(workspace, path) as held:
                rows = list(held.find(wanted))
                if rows:
                    yield held, rows
        except InputProblem as error:
            if only:
                raise
            plan.remarks += gather(error)


def _addresses_of(people: Iterable[str]) -> dict[str, Address]:
    """Return addresses by their keys, in order. Raises InputProblem if one is named twice."""
    found: dict[str, Address] = {}
    for text in people:
        address = parse_cell(text.strip())
        if address.key in found:
            raise InputProblem(f"{address} is named twice")
        found[address.key] = address
    return found


def _refuse_absent(workspace: Workspace, absent: Sequence[Address], only: Sequence[str], plan: EditPlan) -> None:
    if absent:
        where = listed([workspace.list_path(name).stem for name in only]) if only else "any list"
        message = f"{listed([str(each) for each in absent])} {'is' if len(absent) == 1 else 'are'} not on {where}"
        hint = "mailer lists find TEXT   searches all lists by name, outlet or address"
        raise InputProblem(message, problems=plan.remarks, hint=hint)


def _people_of(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def listed(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "no list"


def _warn_of_suppressed(office: Office, plan: EditPlan, addresses: Iterable[Address]) -> None:
    """Add a warning for each of these people who is suppressed, with the scope."""
    people = list(addresses)
    found = find_in_any_scope(office, people)
    for address in people:
        summary = found.get(digest(address.key))
        if summary:
            note = f' "{summary.note}"' if summary.note else ""
            reach = "within that scope" if ":" in summary.reason else "on whatever list"
            message = f"{address} is suppressed ({summary.words}{note}): they get no mail, {reach}"
            plan.remarks.append(Problem("suppressed", message, Severity.WARNING))


def _follow_to(office: Office, plan: EditPlan, old: Address, new: Address) -> None:
    """Plan to carry a person's suppressions from their old address to the new one, and warn staff.

    Nothing is carried to or from a desk's address: others read it.
    """
    along: list[Suppression] = []
    if office.ledger is not None and not (old.is_role or new.is_role or old.key == new.key):
        with office.reading(office.ledger) as connection:
            before, after = (find_followed(office, connection, each) for each in (old, new))
        along = [each for each in before if each.scope not in {known.scope for known in after}]
    if not along:
        _warn_of_suppressed(office, plan, [old, new])
        return
    words = [SuppressionSummary(ActiveSuppression(e.reason, e.scope).word, e.created_at).words for e in along]
    message = f"{old} is suppressed ({'; '.join(words)}): it is about the person, so it applies to {new} too"
    plan.remarks.append(Problem("follows-person", message, Severity.WARNING))
    plan.carried += [at_address(office, each, old, new) for each in before]


def plan_add(
    office: Office, list_name: str, people: Sequence[str], texts: Mapping[str, str], *, add_columns: bool = False
) -> EditPlan:
    """Plan a row for each of these people ("ada@daily.example.com", or with a name before `<>`) on one list.

    `texts` fill columns, by header or meaning, in each row. Raises InputProblem if an address is malformed or on the
    list already, or there is no such column.
    """
    path = office.workspace.list_path(list_name)
    if "email" in texts:
        raise InputProblem("the address is given already; --set email=… is for `mailer lists update`")
    plan = EditPlan()
    wanted = _addresses_of(people)
    with _held_list(office.workspace, path) as held:
        for found in held.find(wanted):
            hint = f"mailer lists update {found.address} --list {path.stem} --set COLUMN=TEXT   changes what is there"
            held.refuse_listed(found.address, hint)
        filled = _cells_for(held, texts, plan, add_columns=add_columns, needed=True)
        for text, address in zip(people, wanted.values(), strict=True):
            cells = {held.layout.columns["email"]: str(address)}
            if "<" in text and not {"name", "first_name", "last_name"} & set(texts):  # the name before <ada@…>
                cells |= fill(held.layout, {"name": text.partition("<")[0].strip().strip('"')})[0]
            held.edit(address, None, cells | filled)
        plan.add(held)
    plan.describe(f"{_people_of(len(wanted))} added", "to")
    _warn_of_suppressed(office, plan, wanted.values())
    return plan


def _cells_for(
    held: EditedList, texts: Mapping[str, str], plan: EditPlan, *, add_columns: bool, needed: bool
) -> dict[int, str]:
    """Return the cells for the texts; a text without a column gets one, is reported, or (`needed`) is refused."""
    cells, without = fill(held.layout, texts)
    for word in without:
        message = f'has no column for "{printable(word)}"{column_hint(held.layout, word)}'
        if add_columns:
            cells[held.add_column(word)] = texts[word]
        elif needed:
            raise InputProblem(message, source=held.path.name, hint="--add-columns adds it.")
        else:
            plan.warn("no-column", message, held)
    return cells


def plan_update(
    office: Office, email: str, texts: Mapping[str, str], *, only: Sequence[str] = (), add_columns: bool = False
) -> EditPlan:
    """Plan new texts in every row of a person, on all lists or on `only` these.

    `email` among the texts changes the address itself. Raises InputProblem if nobody has that address, no list has
    such a column, or the new address is malformed or on one of their lists already.
    """
    old = parse_address(email)
    new = parse_address(texts["email"]) if "email" in texts else None
    others = {word: text for word, text in texts.items() if word != "email"}
    for word, text in others.items():
        check_text(word, text)
    plan = EditPlan()
    layouts: list[Layout] = []
    for held, rows in _lists_with(office.workspace, {old.key: old}, only, plan):
        layouts.append(held.layout)
        at = held.layout.columns["email"]
        if new and new.key != old.key:
            held.refuse_listed(new, f"Remove one of the two rows: mailer lists remove {held.path.stem} EMAIL")
        wanted = _cells_for(held, others, plan, add_columns=add_columns, needed=False)
        for found in rows:
            held.edit(old, found, wanted | ({at: other_address(found.cells[at], old, email, new)} if new else {}))
        plan.add(held, "each of them: --list LIST")
    _refuse_absent(office.workspace, [] if layouts else [old], only, plan)
    for word in others:  # if none of their lists has a column for it, it is probably misspelt
        is_there = any(
            find_column(layout, word) is not None or fill(layout, {word: others[word]})[0] for layout in layouts
        )
        if not (add_columns or is_there):
            hint = column_hint(layouts[0], word) or did_you_mean(word, known_words(layouts))
            raise InputProblem(f'no list has a column for "{printable(word)}"{hint}', hint="--add-columns adds it.")
    plan.describe("1 person changed")
    if new:
        _follow_to(office, plan, old, new)
    return plan


def plan_rows(
    office: Office, list_name: str, texts: Mapping[int, Mapping[int, str]], *, removed: Collection[int] = ()
) -> EditPlan:
    """Plan new texts for single cells of a list, by number of row and column, and the removal of rows.

    Unlike `plan_update`, it also reaches rows without a usable address, and one of two rows of the same person. A new
    address may be anybody's; suppressions at the old one are carried along (`_follow_to`).

    Raises:
        InputProblem: there is no such row, a text cannot be in a cell, or a new address is malformed or listed already.
    """
    path = office.workspace.list_path(list_name)
    plan = EditPlan()
    wanted = {*texts, *removed}
    renamed: list[tuple[Address | None, Address, int]] = []
    with _held_list(office.workspace, path) as held:
        layout, at = held.layout, held.layout.columns["email"]
        meanings = layout.meanings
        for row, line, cells in held.file.rows():
            if row not in wanted:
                continue
            wanted.discard(row)
            was = cells[at] if at < len(cells) else ""
            if row in removed:
                held.edit(was, (row, line, cells), None)
                continue
            for column, text in texts[row].items():
                check_text(meanings.get(column, layout.header_at(column) or "the cell"), text)
            typed = texts[row].get(at, was).strip()
            if typed and typed != was.strip():
                old = None
                with suppress(InvalidAddress):
                    old = parse_cell(was)
                renamed.append((old, parse_cell(typed), row))
            held.edit(typed or was, (row, line, cells), texts[row])
        if wanted:
            raise InputProblem(f"has no row {min(wanted)}", source=path.name)
        for old, new, row in renamed:
            if old is None or old.key != new.key:
                held.refuse_listed(new, "Remove one of the two rows.", but_for=row)
        plan.add(held)
    changed, gone = len(plan.rows) - len(removed), len(removed)
    done = [(changed, "changed"), (gone, "removed")]
    parts = [f"{'1 row' if number == 1 else f'{number} rows'} {word}" for number, word in done if number]
    plan.describe(" and ".join(parts) or "nothing changed", "in" if changed else "from")
    for old, new, _ in renamed:
        if old is None:
            _warn_of_suppressed(office, plan, [new])
        else:
            _follow_to(office, plan, old, new)
    return plan


def plan_remove(workspace: Workspace, people: Sequence[str], *, only: Sequence[str] = ()) -> EditPlan:
    """Plan the removal of every row of these people, on all lists or on `only` these."""
    wanted = _addresses_of(people)
    plan = EditPlan()
    seen: set[str] = set()
    for held, rows in _lists_with(workspace, wanted, only, plan):
        for found in rows:
            seen.add(found.address.key)
            held.edit(found.address, found, None)
        plan.add(held, "one")
    _refuse_absent(workspace, [address for key, address in wanted.items() if key not in seen], only, plan)
    plan.describe(f"{_people_of(len(wanted))} removed", "from")
    return plan


def plan_move(
    office: Office, people: Sequence[str], *, source: str, target: str, add_columns: bool = False
) -> EditPlan:
    """Plan to move the rows of these people to another list, column by column according to their meaning.

    A value without a column there is reported, or gets one with `add_columns`. People with a row there keep that one.
    """
    wanted = _addresses_of(people)
    workspace = office.workspace
    paths = workspace.list_path(source), workspace.list_path(target)
    if paths[0] == paths[1]:
        raise InputProblem(f"{paths[0].stem} is both the list they are on and the list they go to")
    plan = EditPlan()
    with _held_list(workspace, paths[0]) as old, _held_list(workspace, paths[1]) as new:
        rows = list(old.find(wanted))
        missing = wanted.keys() - {found.address.key for found in rows}
        _refuse_absent(workspace, [address for key, address in wanted.items() if key in missing], [source], plan)
        settled = {found.address.key: found.address for found in new.find(wanted)}
        for address in settled.values():
            plan.warn("there-already", f"{address} already has a row there, which is not changed", new)
        lost: Counter[str] = Counter()
        arrived = set(settled)
        for found in rows:
            old.edit(found.address, found, None)
            if found.address.key in arrived:
                continue
            arrived.add(found.address.key)
            cells, without = carry_over(old.layout, found.cells, new.layout)
            for word, text in without.items():
                if add_columns:
                    cells[new.add_column(word)] = text
                else:
                    lost[word] += 1
            cells[new.layout.columns["email"]] = found.cells[old.layout.columns["email"]]
            new.edit(found.address, None, cells)
        moved = (each for each in contacts_of(old.file) if each.address.key in arrived - settled.keys())
        plan.carried += find_carried(office, moved, source=paths[0].name, target=paths[1].name)
        for word, count in lost.items():
            message = f'has no column for "{printable(word)}", so its values are lost ({_people_of(count)})'
            plan.warn("no-column", message, new)
        plan.add(new)
        plan.add(old)
    plan.what = f"{_people_of(len(wanted))} moved from {paths[0].stem} to {paths[1].stem}"
    return plan


# Proposals. Someone who moved keeps their row, with another address. If someone left and has a stand-in, the row
# becomes the stand-in's: the old person's name, phone and consent are removed, since they are not the new person's,
# whose name comes from `--to "Di Field <di@…>"`; without it, `EditPlan.nameless` has the address. On a list that has
# the new address already, the old row is removed, and the name of someone who moved is kept in the other.

_NAMES: Final = ("name", "first_name", "last_name")
# Fields about the person, not about their desk: none is true of someone else.
_PERSONAL: Final = (*_NAMES, "salutation", "phone", "note", "other_emails", "text_only", *CONSENT)
_OF_THE_DESK: Final = ("outlet", "beat", "country", "language", "time_zone", "tags")


@dataclass(frozen=True, slots=True)
class Proposals:
    """Proposals for the lists, from replies."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A proposal that staff rejected, or opened again."""

    proposal: Proposal
    state: str


def read_proposed(office: Office, *, every: bool = False) -> Proposals:
    """Return the open proposals, or all."""
    if office.ledger is None:
        return Proposals(())
    states = (OPEN, returns.ACCEPTED, returns.REJECTED) if every else (OPEN,)
    with office.ledger.reading() as connection:
        return Proposals(tuple(returns.read_proposals(connection, states=states)))


def plan_accept(
    office: Office, proposal: Proposal, *, to: str = "", add: bool = False, only: Sequence[str] = ()
) -> EditPlan:
    """Plan the edit that a proposal asks for, on all lists or on `only` these; it is empty if the person is on none.

    `to` is another address than the proposed one, or that one with a name before it. With `add` the old row stays, and
    the new address gets a row of its own. Raises InputProblem if the new address is malformed, is the old one, or is
    missing.
    """
    old = parse_address(proposal.address)
    to_name = to.partition("<")[0].strip(' "') if "<" in to else ""
    text = to.partition("<")[2].strip(" >") if "<" in to else to or proposal.new_address
    new = parse_address(text) if text else None
    if new is not None and new.key == old.key:
        raise InputProblem(f"{new} is the address that the contact has already")
    if add and new is None:
        raise InputProblem("Name the new contact", hint=f"mailer lists proposals {proposal.id} --accept --to EMAIL")
    plan = EditPlan()
    is_moved = proposal.kind == returns.MOVED
    for held, rows in _lists_with(office.workspace, {old.key: old}, only, plan):
        columns = held.layout.columns
        at = columns["email"]
        other = next(held.find({new.key: new}), None) if new is not None else None
        name = _name_in(held.layout, rows[0]) if is_moved and not to_name else fill(held.layout, {"name": to_name})[0]
        if add and new is not None:
            if other is None:
                desk = (columns[each] for each in _OF_THE_DESK if each in columns)
                cells = {column: rows[0].cells[column] for column in desk if any(rows[0].cells[column : column + 1])}
                held.edit(old, None, cells | name | {at: str(new)})
        elif new is None or other is not None:
            for found in rows:
                held.edit(old, found, None)
            if other is not None and any(name.values()) and not any(_name_in(held.layout, other).values()):
                held.edit(other.address, other, name)
        else:
            for found in rows:
                if is_moved:
                    cells = {at: other_address(found.cells[at], old, str(old), new)}
                else:
                    cells = {columns[each]: "" for each in _PERSONAL if each in columns} | name | {at: str(new)}
                held.edit(old, found, cells)
        if held.edits and new is not None and not other and not new.is_role and set(_NAMES) & set(columns):
            plan.nameless = plan.nameless or ("" if any(name.values()) else str(new))
        plan.add(held)
    done = "added" if add else "removed" if new is None else "changed"
    plan.describe(f"a proposal was accepted: 1 person {done}")
    if is_moved and new is not None and not add:  # the same person: their suppressions are carried along
        _follow_to(office, plan, old, new)
    return plan


def _name_in(layout: Layout, found: Found) -> dict[int, str]:
    columns = (layout.columns[name] for name in _NAMES if name in layout.columns)
    return {at: found.cells[at] for at in columns if at < len(found.cells)}


def find_open(office: Office, number: int) -> Proposal:
    """Return an open proposal by its number."""
    if office.ledger is None:
        raise InputProblem(f"there is no proposal {number}: nothing came back yet", hint="mailer bounces collect")
    with office.ledger.reading() as connection:
        return _find(connection, number, is_open=True)


def _find(connection: Connection, number: int, *, is_open: bool) -> Proposal:
    found = returns.find_proposal(connection, number)
    if found is None:
        hint = "mailer lists proposals   shows them with their numbers"
        raise InputProblem(f"there is no proposal {number}", hint=hint)
    if is_open and found.state != OPEN:
        day = f" on {found.decided_at:%Y-%m-%d}" if found.decided_at else ""
        hint = f"mailer lists proposals {number} --reopen   puts it back among the open ones"
        raise InputProblem(f"proposal {number} was {found.state}{day} by {found.decided_by}", hint=hint)
    if not is_open and found.state == OPEN:
        raise InputProblem(f"proposal {number} is open")
    return found


def decide_proposal(office: Office, ledger: Ledger, number: int, state: str, *, reason: str = "") -> Decided:
    """Record that staff accepted a proposal (ACCEPTED) or rejected it (REJECTED: it is not made again).

    OPEN undoes a decision; the lists stay as they are (`mailer lists undo` is for those).
    """
    with ledger.writing() as connection:
        found = _find(connection, number, is_open=state != OPEN)
        returns.decide(connection, found, state, reason=reason, stamp=office.stamp())
    return Decided(found, state)


def reject_follow(office: Office, ledger: Ledger, old: str, new: str) -> bool:
    """Record that a contact is not the person not to be contacted; return False if that is known already."""
    before, after = parse_address(old), parse_address(new)
    about = (address_digest(office.keys, before.key), str(before), str(after), "not the same person")
    rejected = NewProposal(returns.FOLLOW, *about)
    with office.writing(ledger) as connection:
        return returns.add_proposal(connection, rejected, stamp=office.stamp(), state=returns.REJECTED) is not None
