"""Person rows: where the staff's lists have a person.

Owns the reading of every list in `lists/` for one address: rows that are theirs, and rows of others that name them in
some cell. Never changes a list. A list that cannot be read is a problem among the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mailer.address import InvalidAddress
from mailer.contacts.choices import Choices
from mailer.contacts.consent import CONSENT
from mailer.contacts.meaning.cells import parse_cell
from mailer.contacts.reading import ListFile
from mailer.contacts.traces import Traces
from mailer.errors import MailerError, Problem, Severity, gather
from mailer.runs.lists import open_list
from mailer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row that has the person: `is_own` where it is theirs; `found` holds the positions of cells that name them.

    `cells` has the row by column, for people to read (of somebody else's row only what names the person), `consent`
    what it says of the grounds for writing to them, `choices` how the list was read. `row` counts data rows, `line` is
    the spreadsheet's own.
    """

    path: Path
    name: str
    row: int
    line: int
    is_own: bool
    found: Mapping[int, str] = field(repr=False)
    cells: Mapping[str, str] = field(repr=False)
    consent: Mapping[str, str] = field(repr=False)
    choices: Choices = field(repr=False)


def find_rows(workspace: Workspace, traces: Traces) -> tuple[list[PersonRow], list[Problem]]:
    """Return every row of every list that has the person, and what kept a list from being read whole."""
    rows: list[PersonRow] = []
    problems: list[Problem] = []
    for path in workspace.lists():
        name = workspace.show(path)
        try:
            with open_list(workspace, path, may_be_empty=True) as found:
                rows += _rows_of(found, path, name, traces)
                problems += _hidden(found, name, traces)
        except MailerError as error:
            problems += [_named(each, name) for each in gather(error)]
    return rows, problems


def _rows_of(found: ListFile, path: Path, name: str, traces: Traces) -> Iterator[PersonRow]:
    layout = found.layout
    email = layout.columns.get("email", -1)
    consent = {meaning: at for meaning, at in layout.columns.items() if meaning in CONSENT}
    for row, line, cells in found.table.rows():
        if not traces.in_text("\n".join(cells)):
            continue
        named = {position: cell for position, cell in enumerate(cells) if traces.in_text(cell)}
        own = 0 <= email < len(cells) and _is_theirs(cells[email], traces)
        shown = {_header(found, at): cell for at, cell in enumerate(cells) if cell and (own or at in named)}
        said = {meaning: cells[at] for meaning, at in consent.items() if own and at < len(cells) and cells[at]}
        yield PersonRow(path, name, row, line, own, named, shown, said, found.choices)


def _is_theirs(cell: str, traces: Traces) -> bool:
    """Return whether the recipient of a cell is the person; one whose cell holds several addresses is named first."""
    with suppress(InvalidAddress):
        return parse_cell(cell).key == traces.address.key
    first = next((part for part in cell.replace(";", " ").replace(",", " ").split() if "@" in part), "")
    return traces.in_text(first)


def _header(found: ListFile, position: int) -> str:
    header = found.layout.header
    return (header[position].strip() if position < len(header) else "") or f"column {position + 1}"


def _hidden(found: ListFile, name: str, traces: Traces) -> Iterator[Problem]:
    """Yield a problem for a sheet beside the list that has the person, which is not changed."""
    if any(traces.in_text(cell) for cell in found.table.barred):
        message = "a sheet beside the list, of people not to be mailed, has this address; take it out there by hand"
        yield Problem("other-sheet", message, Severity.WARNING, name)


def _named(problem: Problem, name: str) -> Problem:
    return problem if problem.source else Problem(problem.code, problem.message, problem.severity, name, problem.line)
