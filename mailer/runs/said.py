"""Said: what was said about a list's file once, found again for the next export of that layout.

Owns where it is kept (`lists/.columns.toml`), how a file is known again (by the header that is recognised when nothing
is said; by its name where it has none), and the change of it. What stands in the file is `config.layouts`.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from mailer.config.layouts import Remembered, parse_layouts, render_layouts
from mailer.contacts.choices import Choices
from mailer.contacts.table import open_table
from mailer.contacts.words import compact
from mailer.errors import InputProblem
from mailer.workspace import Workspace, read_bytes, write_atomically

FILE: Final = ".columns.toml"
_MAX_BYTES: Final = 1_000_000


def columns_file(workspace: Workspace) -> Path:
    """Give the file in which the workspace keeps what was said."""
    return workspace.root / "lists" / FILE


def remembered_choices(workspace: Workspace, data: BinaryIO, *, name: str) -> Choices | None:
    """Give what was said about files of this layout, None where nothing was; `data` is an open list.

    Raises:
        InputProblem: the file in which it is kept is damaged.
    """
    known = read_remembered(workspace)
    if not known:
        return None
    header = _header(data, name)
    return next((each.choices for each in known if _is_that(each, header, name)), None)


def read_remembered(workspace: Workspace) -> tuple[Remembered, ...]:
    """Give all that was said.

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


def remember(workspace: Workspace, data: BinaryIO, choices: Choices, *, name: str) -> Remembered:
    """Keep what was said about a list's file for all files of its layout; what was said before of the rest stays.

    Raises:
        InputProblem: the file in which it is kept is damaged, or cannot be written.
    """
    header, known = _header(data, name), read_remembered(workspace)
    before = next((each.choices for each in known if _is_that(each, header, name)), Choices())
    new = Remembered(name, header, choices.over(before))
    _write(workspace, [*(each for each in known if not _is_that(each, header, name)), new])
    return new


def forget(workspace: Workspace, data: BinaryIO, *, name: str) -> bool:
    """Forget what was said about files of this layout; gives whether anything was.

    Raises:
        InputProblem: as `remember`.
    """
    header, known = _header(data, name), read_remembered(workspace)
    kept = [each for each in known if not _is_that(each, header, name)]
    if len(kept) == len(known):
        return False
    _write(workspace, kept)
    return True


def _write(workspace: Workspace, layouts: Sequence[Remembered]) -> None:
    path = columns_file(workspace)
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, render_layouts(layouts).encode())


def _header(data: BinaryIO, name: str) -> tuple[str, ...]:
    """Give the header that is recognised when nothing is said; empty where none is."""
    try:
        return open_table(data, name=name, choices=Choices(), may_be_empty=True).header
    except InputProblem:
        return ()


def _is_that(each: Remembered, header: tuple[str, ...], name: str) -> bool:
    if each.header or header:
        return tuple(map(compact, each.header)) == tuple(map(compact, header))
    return each.name == name
