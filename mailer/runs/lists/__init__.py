"""Lists: the staff's lists, opened for reading, each with what was chosen for its file.

There is one way in which a list's file is opened, so that a column which somebody explained once means the same to
every command. Rows are never read here, and nothing is written: the file is the staff's. Raises `InputProblem`.

layouts.py         what was said of a file's columns, kept for every file with that header; deciding.py: by whom and how
editing.py         people added, corrected, removed, moved; proposals.py: by what a reply proposed
import_list.py     a file comes to a list, with what earlier ones said and whom it marks
tidy_lists.py      lists merged, split, their doubles made one
changes.py         files of one change, all or none; and undo
looking.py         searched and counted; choosing.py: the one contact whose mail is looked at
export_lists.py    for other tools
carried_optouts.py opt-outs come along to another list; follow.py: and to a person's next address
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.files.table import ListData
from mailer.contacts.reading import ListFile, parse_list
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.runs.lists.layouts import FILE, remembered_choices
from mailer.runs.untrusted.lists import Watch, unpack
from mailer.workspace import MAX_LIST_BYTES, Workspace

if TYPE_CHECKING:
    from mailer.runs.office import Office

AS_REMEMBERED: Final = Choices()


def as_file(data: bytes, watch: Watch | None = None, *, name: str) -> ListData:
    """Return bytes that were read already as something to read a list from; `watch` hears how far that is.

    Raises:
        InputProblem: it is a workbook that cannot be opened.
    """
    return unpack(io.BytesIO(data), name=name, watch=watch)


@contextmanager
def open_list(
    workspace: Workspace,
    path: Path,
    choices: Choices = AS_REMEMBERED,
    *,
    may_be_empty: bool = False,
    watch: Watch | None = None,
) -> Iterator[ListFile]:
    """Open a list for reading; its file is closed at the end of the block. Entries carry the file's name.

    What was said before about files of its layout holds where `choices` says nothing else, and is told as a problem.

    Whoever adds people takes a list that may be empty but for its header. `watch` hears how far the file was read; a
    list is read more than once.

    Raises:
        InputProblem: it cannot be read, is no list, or a choice does not fit it.
    """
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise InputProblem(f"is larger than {MAX_LIST_BYTES / 1e6:.0f} MB", source=workspace.show(path))
        data = path.open("rb")
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=workspace.show(path)) from None
    with data:
        unpacked = unpack(data, name=path.name, watch=watch)
        before = remembered_choices(workspace, unpacked, name=path.name)
        said = choices if before is None else choices.over(before)
        list_file = parse_list(unpacked, name=path.name, choices=said, may_be_empty=may_be_empty)
        if before is not None and said != choices:
            list_file.add_problem(as_remembered(before))
        yield list_file


def as_remembered(before: Choices) -> Problem:
    """Return the note that a list is read as somebody said before."""
    columns = ", ".join(f'{meaning}="{printable(column)}"' for meaning, column in before.columns.items())
    decided = f"{len(before.wishes)} decided about words" if before.wishes else ""
    said = ", ".join(filter(None, (columns, decided)))
    message = f"is read as decided earlier{f': {said}' if said else ''} (lists/{FILE})"
    return Problem("remembered-columns", message, Severity.NOTE)


@contextmanager
def opened_lists(office: Office, names: Iterable[str]) -> Iterator[tuple[list[ListFile], list[Problem]]]:
    """Open lists, by name or path; those that cannot be used become problems."""
    with ExitStack() as stack:
        lists: list[ListFile] = []
        problems: list[Problem] = []
        for name in names:
            try:
                path = office.workspace.list_path(name)
                lists.append(stack.enter_context(open_list(office.workspace, path)))
            except MailerError as error:
                problems += gather(error)
        yield lists, problems
