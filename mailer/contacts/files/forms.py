"""Forms: the kinds of file a list comes in, and what each gives before anybody asks what it means.

Owns the shape in which the readers (`text`, `sheets`, `markup`, `vcard`, `pasted`) hand their rows to `table`. Never
reads anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from mailer.errors import Problem

# The line where a row starts, from 1, and its cells without blanks around them.
RawRow: TypeAlias = tuple[int, list[str]]
Tell: TypeAlias = Callable[[Problem], None]


class Form(StrEnum):
    """What a list's file is."""

    TEXT = "text"  # cells with a delimiter between them
    WRAPPED = "wrapped"  # the same, each row being one quoted cell of another table
    WORKBOOK = "workbook"  # XLSX, XLS, ODS
    PAGE = "page"  # a table of HTML or XML, whatever the file's name says
    CARDS = "cards"  # vCards
    PASTED = "pasted"  # a line of recipients


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written: what stands between cells and around them.

    `wrapped` is the sign between the cells within a cell: each line of the file is one cell that holds a whole row,
    as when a table was saved as a table a second time. `quoted_twice`: cells keep quotation marks of their own.
    """

    delimiter: str
    quote: str = '"'
    escape: str | None = None
    wrapped: str = ""
    quoted_twice: bool = False

    @property
    def cell_delimiter(self) -> str:
        """Return what stands between the cells of a row."""
        return self.wrapped or self.delimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """The rows of a file. `rows` gives all of them from the first, anew each time it is called.

    `manner` says how a text table is written, so that new cells can be written like the others. `header`
    holds the headings where the form itself has them and no row does. `headings` are the rows (from 0) that one merged
    cell fills; `padded` says that short rows are filled up, so that their length tells nothing.
    """

    form: Form
    rows: Callable[[Tell], Iterator[RawRow]]
    encoding: str | None = None
    delimiter: str | None = None
    manner: Dialect | None = None
    sheet: str | None = None
    header: tuple[str, ...] | None = None
    headings: frozenset[int] = frozenset()
    padded: bool = False
    problems: tuple[Problem, ...] = ()
    barred: tuple[str, ...] = ()
    examples: tuple[tuple[int, str], ...] = ()
