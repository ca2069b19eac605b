"""Listing: the contents of the lists' files, one by one and compared with each other.

Needs neither ledger nor keys, so that showing a list is quick and works in a folder that has never sent anything. Reads
only. Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from itertools import islice
from typing import Any, TypeAlias

from mailer.contacts.audience import Audience, Selection
from mailer.contacts.check import check_document
from mailer.contacts.merging import Joined, Merged, merge_lists
from mailer.contacts.reading import ListFile, count_left_out
from mailer.contacts.values import Contact, LeftOut, LeftOutReason
from mailer.errors import InputProblem, Problem
from mailer.frozen import dataclass, field
from mailer.runs.lists import find_dead_domains, open_list
from mailer.runs.untrusted.lists import Watch
from mailer.settings import Dns
from mailer.workspace import Workspace

Watching: TypeAlias = Callable[[str], AbstractContextManager[Watch | None]]


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list in one line: its contacts, the rows left out by reason, or why it cannot be read."""

    name: str
    file: str
    people: int = 0
    left_out: Mapping[LeftOutReason, int] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Summaries:
    """All lists of the workspace."""

    lists: tuple[ListSummary, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The first selected contacts of a list; `typed` is its name or path as it was typed."""

    name: str
    file: str
    typed: str
    people: int
    contacts: tuple[Contact, ...]
    notes: tuple[Problem, ...]
    where: str = ""

    @property
    def nobody(self) -> str:
        """Return a sentence for a list without such contacts."""
        return f"No contact of {self.name} matches --where." if self.where else f"{self.name} has no valid contact."


@dataclass(frozen=True, slots=True)
class Checked:
    """A list's document from `contacts.check`, the rows left out, and examples of text in a guessed encoding."""

    name: str
    document: Mapping[str, Any]
    refused: tuple[LeftOut, ...]
    examples: tuple[tuple[int, str], ...]
    silent: str = ""  # a sentence on domains without an answer
    could_be_kept: bool = False  # columns were set by options, for this command only


@dataclass(frozen=True, slots=True)
class CheckedAll:
    """All lists of the workspace, each with its document or its error, and all of them compared with each other."""

    lists: tuple[Mapping[str, Any], ...]
    merged: Merged
    silent: tuple[str, ...] = ()  # sentences on domains without an answer, by list

    @property
    def on_several(self) -> list[Joined]:
        """Return the people on more than one list."""
        return [each for each in self.merged.people.values() if len(each.lists) > 1]


def summarise_lists(workspace: Workspace, watching: Watching) -> Summaries:
    """Return every list with its counts; `watching` shows the progress."""
    found = []
    for path in workspace.lists():
        shown = workspace.show(path)
        try:
            with watching(path.name) as watch, open_list(workspace, path, watch=watch) as list_file:
                found.append(ListSummary(path.stem, shown, *count_left_out(list_file.entries())))
        except InputProblem as problem:
            found.append(ListSummary(path.stem, shown, problem=str(problem)))
    return Summaries(tuple(found))


def show_contacts(workspace: Workspace, name: str, selection: Selection, *, limit: int, watching: Watching) -> Shown:
    """Return the first contacts of a list, and how many there are.

    Raises InputProblem if there is no such list, it cannot be read, or the selection is invalid.
    """
    path = workspace.list_path(name)
    with watching(path.name) as watch, open_list(workspace, path, watch=watch) as list_file:
        audience = Audience([list_file], selection=selection)
        people = (entry for entry in audience.entries() if isinstance(entry, Contact))
        first = tuple(islice(people, limit))
        total = len(first) + sum(1 for _ in people)
    return Shown(path.stem, workspace.show(path), name, total, first, tuple(audience.notes()), selection.where)


def check_all(workspace: Workspace, dns: Dns | None = None) -> CheckedAll:
    """Check every list, with `dns` also whether their domains accept mail, and compare them."""
    documents: list[dict[str, Any]] = []
    opened: list[ListFile] = []
    silent: list[str] = []
    with ExitStack() as stack:
        for path in workspace.lists():
            shown = workspace.show(path)
            try:
                list_file = stack.enter_context(open_list(workspace, path))
                dead, unanswered = find_dead_domains([list_file], dns) if dns is not None else ({}, "")
                documents.append(check_document(list_file, shown, dead_domains=dead))
                silent += [f"{shown}: {unanswered}"] if unanswered else []
                opened.append(list_file)
            except InputProblem as problem:
                documents.append({"file": shown, "error": str(problem)})
        return CheckedAll(tuple(documents), merge_lists(opened), tuple(silent))
