"""Lists: the staff's lists, opened for reading, each with what was chosen for its file.

Owns the one way in which a list's file is opened. Never reads rows by itself, never writes (the file is the staff's).
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from mailer.contacts.choices import Choices
from mailer.contacts.reading import ListFile, parse_list
from mailer.errors import InputProblem, MailerError, Problem
from mailer.runs.office import Office
from mailer.runs.sources import gather
from mailer.workspace import MAX_LIST_BYTES, Workspace

AS_REMEMBERED: Final = Choices()


@contextmanager
def open_list(
    workspace: Workspace, path: Path, choices: Choices = AS_REMEMBERED, *, may_be_empty: bool = False
) -> Iterator[ListFile]:
    """Open a list for reading; its file is closed at the end of the block. Entries carry the file's name.

    Whoever adds people takes a list that may be empty but for its header.

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
        yield parse_list(data, name=path.name, choices=choices, may_be_empty=may_be_empty)


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
