"""Deciding: what the words and the columns of a list mean, kept for every file with that header.

What words weigh is `contacts.meaning.marks`; what was decided is kept by `layouts`. The list itself is never changed.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.folding import fold
from mailer.contacts.meaning.marks import is_bare_wish
from mailer.contacts.reading import Spoken
from mailer.errors import InputProblem
from mailer.runs.lists import open_list
from mailer.runs.lists.layouts import columns_file, forget, remember
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


def keep_choices(workspace: Workspace, name: str, choices: Choices) -> Path:
    """Keep what is said of a list's file, once it is known that it can be read so; nothing said: what was is forgotten.

    Returns the file that it is kept in.

    Raises:
        InputProblem: there is no such list, it cannot be read so, or it cannot be kept.
    """
    path = workspace.list_path(name)
    if choices != Choices():
        with open_list(workspace, path, choices) as list_file:
            next(iter(list_file.entries()), None)
    with path.open("rb") as file:
        data = unpack(file, name=path.name)
        if choices != Choices():
            remember(workspace, data, choices, name=path.name)
        else:
            forget(workspace, data, name=path.name)
    return columns_file(workspace)
