"""Layouts: what was said about a list's file once, found again for the next export of that layout.

Kept in `lists/.columns.toml`, beside the lists, since it is the staff's and goes where they go. A file is known again
by the header that is recognised when nothing is said, and by its name where it has none. What stands in the file is
`config.layouts`. Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mailer.config.layouts import Remembered, parse_layouts, render_layouts
from mailer.contacts.choices import Choices
from mailer.contacts.files.table import ListData, open_table
from mailer.contacts.meaning.words import compact
from mailer.contacts.reading import Spoken
from mailer.errors import InputProblem
from mailer.workspace import Workspace, read_bytes, write_atomically

FILE: Final = ".columns.toml"
_MAX_BYTES: Final = 1_000_000


def columns_file(workspace: Workspace) -> Path:
    """Return the file in which the workspace keeps what was said."""
    return workspace.root / "lists" / FILE


@dataclass(frozen=True, slots=True)
class Words:
    """Words on a list that may ask for no mail, and, where they were just decided on, where that is kept."""

    list: str
    decided: bool
    words: tuple[Spoken, ...]
    kept_in: str
    has_header: bool


def remembered_choices(workspace: Workspace, data: ListData, *, name: str) -> Choices | None:
    """Return what was said about a file: of its layout, and of itself; None where nothing was. `data` is an open list.

    Raises:
        InputProblem: the file in which it is kept is damaged.
    """
    known = read_remembered(workspace)
    if not known:
        return None
    found = _of(known, _header(data, name), name)
    return _together(found) if found else None


def read_remembered(workspace: Workspace) -> tuple[Remembered, ...]:
    """Return all that was said.

    Raises:
        InputProblem: the file in which it is kept is damaged.
    """
    path = columns_file(workspace)
    if not path.is_file():
        return ()
    shown = workspace.show(path)
    try:
        text = read_bytes(path, limit=_MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputProblem("is not UTF-8 text", source=shown) from None
    return parse_layouts(text, source=shown)


def remember(workspace: Workspace, data: ListData, choices: Choices, *, name: str) -> None:
    """Keep what was said about a list's file; what was said before of the rest stays.

    What a column means, and what words in a cell ask for, holds for all files with that header. How one file is encoded
    or divided, on which sheet the list is and where its header stands, holds for the file of that name alone: the next
    export with a header as common as `email,name` is none of its business.

    Raises:
        InputProblem: the file in which it is kept is damaged, or cannot be written.
    """
    header, known = _header(data, name), read_remembered(workspace)
    said = choices.over(_together(_of(known, header, name)))
    of_file = replace(said, columns={}, wishes={}) if header else said
    of_layout = Choices(columns=said.columns, wishes=said.wishes)
    new = [Remembered(name, header, of_layout)] if header and of_layout != Choices() else []
    new += [Remembered(name, (), of_file)] if of_file != Choices() else []
    _write(workspace, [*_others(known, header, name), *new])


def forget(workspace: Workspace, data: ListData, *, name: str) -> bool:
    """Forget what was said about files of this layout, and of this name; return whether anything was.

    Raises:
        InputProblem: as `remember`.
    """
    header, known = _header(data, name), read_remembered(workspace)
    kept = _others(known, header, name)
    if len(kept) == len(known):
        return False
    _write(workspace, kept)
    return True


def _of(known: Sequence[Remembered], header: tuple[str, ...], name: str) -> list[Remembered]:
    """Return what was said of files with this header, and of the file with this name."""
    return [each for each in known if (_same(each.header, header) if each.header else each.name == name)]


def _others(known: Sequence[Remembered], header: tuple[str, ...], name: str) -> list[Remembered]:
    found = _of(known, header, name)
    return [each for each in known if each not in found]


def _together(found: Sequence[Remembered]) -> Choices:
    """Join what was said; what was said of the file itself goes before what was said of its layout."""
    said = Choices()
    for each in sorted(found, key=lambda each: not each.header):
        said = each.choices.over(said)
    return said


def _write(workspace: Workspace, layouts: Sequence[Remembered]) -> None:
    path = columns_file(workspace)
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, render_layouts(layouts).encode())


def _header(data: ListData, name: str) -> tuple[str, ...]:
    """Return the header that is recognised when nothing is said; empty where none is."""
    try:
        return open_table(data, name=name, choices=Choices(), may_be_empty=True).header
    except InputProblem:
        return ()


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return tuple(map(compact, one)) == tuple(map(compact, other))
