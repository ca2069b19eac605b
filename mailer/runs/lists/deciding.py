"""Deciding: what the words and the columns of a list mean, kept for every file with that header.

What words weigh is `contacts.meaning.marks`; what was decided is kept by `layouts`. The list itself is never changed.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.files.table import ListData
from mailer.contacts.folding import fold
from mailer.contacts.meaning.marks import is_bare_wish
from mailer.contacts.reading import Spoken, parse_list
from mailer.errors import InputProblem
from mailer.runs.lists import open_list
from mailer.runs.lists.layouts import columns_file, forget, remember, remembered_choices
from mailer.runs.untrusted.lists import unpack
from mailer.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Words:
    """Words on a list that may ask for no mail, and, where they were just decided on, where that is kept."""

    list: str
    decided: bool
    words: tuple[Spoken, ...]
    kept_in: str
    has_header: bool


@dataclass(frozen=True, slots=True)
class Meanings:
    """What is said of a list's file, and what its columns mean then; `forget`: that is over."""

    list: str
    file: str
    said: Choices | None
    columns: Mapping[str, str]
    written: bool
    kept_in: str
    forget: bool = False
    is_said: bool = False
    before: Choices | None = None

    @property
    def is_change(self) -> bool:
        """Return whether something is to be kept, or forgotten."""
        return self.forget or self.is_said


def decide_words(workspace: Workspace, name: str, which: Sequence[str], *, no_mail: bool) -> Words:
    """Decide whether words of a list ask for no mail; without any, return what is open and what was decided.

    Raises:
        InputProblem: there is no such list, or nothing on it is meant; or the words ask for no mail and nothing else.
    """
    path = workspace.list_path(name)
    with open_list(workspace, path) as list_file:
        spoken, layout = [*list_file.spoken()], list_file.layout
    chosen = [each for part in which for each in _meant(spoken, part)]
    plain = next((each for each in chosen if not no_mail and is_bare_wish(each.text) and each.is_cell), None)
    if plain is not None:
        raise InputProblem(
            f'"{printable(plain.text)}" in line {plain.line} asks for no mail and nothing else',
            hint="If the person may be mailed, empty that cell in the list.",
        )
    if chosen:
        with path.open("rb") as data:
            remember(workspace, data, Choices(wishes={fold(each.text): no_mail for each in chosen}), name=path.name)
        with open_list(workspace, path) as list_file:
            texts = {fold(each.text) for each in chosen}
            spoken = [each for each in list_file.spoken() if fold(each.text) in texts]
    kept = workspace.show(columns_file(workspace))
    return Words(path.stem, bool(chosen), tuple(spoken), kept, has_header=layout.header_row is not None)


def _meant(spoken: list[Spoken], part: str) -> list[Spoken]:
    """Find what a line or some words mean."""
    found = [
        each for each in spoken if (str(each.line) == part or (not part.isdecimal() and fold(part) in fold(each.text)))
    ]
    if not found:
        where = f"line {part}" if part.isdecimal() else f'"{printable(part)}"'
        raise InputProblem(
            f"no words that may ask not to be mailed: {where}",
            hint="mailer lists decide LIST   shows all of them; mailer optouts add EMAIL   suppresses one person",
        )
    return found


@contextmanager
def _data_of(workspace: Workspace, name: str) -> Iterator[tuple[ListData, str]]:
    path = workspace.list_path(name)
    with path.open("rb") as file:
        yield unpack(file, name=path.name), path.name


def plan_meanings(workspace: Workspace, name: str, choices: Choices, *, forget: bool) -> Meanings:
    """Return what would be said of a list's file from now on, and what its columns mean then; nothing is kept yet.

    Raises:
        InputProblem: there is no such list, or it cannot be read so.
    """
    path, is_said = workspace.list_path(name), choices != Choices()
    with _data_of(workspace, name) as (data, file):
        before = remembered_choices(workspace, data, name=file)
        after = None if forget else choices.over(before or Choices())
        meant: dict[str, str] = {}
        if is_said and after is not None:
            found = parse_list(data, name=file, choices=after, may_be_empty=True).layout
            columns = ((meaning, found.column_name(at)) for meaning, at in found.columns.items())
            meant = {meaning: name.removeprefix("column ").strip('"') for meaning, name in columns}
    is_forgotten = forget and before is not None
    said = after if is_said or is_forgotten else before
    kept_in = workspace.show(columns_file(workspace))
    return Meanings(
        path.stem,
        file,
        said,
        meant,
        written=False,
        kept_in=kept_in,
        forget=is_forgotten,
        is_said=is_said,
        before=before,
    )


def keep_meanings(workspace: Workspace, plan: Meanings, choices: Choices) -> Meanings:
    """Keep what was planned, for the next file of that layout too.

    Raises:
        InputProblem: it cannot be kept.
    """
    with _data_of(workspace, plan.file) as (data, file):
        if plan.is_said:
            remember(workspace, data, choices, name=file)
        else:
            forget(workspace, data, name=file)
    return replace(plan, written=True)
