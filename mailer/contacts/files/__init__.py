"""Files: bytes of a list, of any kind → rows of text.

Owns the kinds of file, the shape in which readers return rows, the user's choices about a file, and its encoding.
`table` is the entry point, and reads objects and cards itself; it calls `delimited`, `typed`, `markup` and `workbook`
(which of its sheets is the list; colours, links).
Raises `InputProblem`: the file is empty, is not text, or has no encoding that is known or was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import BinaryIO, Final, TypeAlias

from mailer.address import printable
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, field
from mailer.text import encodings
from mailer.text.encodings import Encoding, UnreadableText, check_codec

# the line where a row starts, from 1, and its cells without blanks around them
RawRow: TypeAlias = tuple[int, list[str]]
Tell: TypeAlias = Callable[[Problem], None]


class Form(StrEnum):
    """The kind of a list's file."""

    TEXT = "text"  # cells with a delimiter between them
    WRAPPED = "wrapped"  # the same, with each row as one quoted cell of another table
    WORKBOOK = "workbook"  # XLSX, XLS, ODS
    PAGE = "page"  # a table of HTML or XML, whatever the file's name, or objects of JSON
    CARDS = "cards"  # vCards
    PASTED = "pasted"  # a line of recipients


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written: the signs between cells and around them."""

    delimiter: str
    quote: str = '"'
    escape: str | None = None
    wrapped: str = ""  # the delimiter inside a cell, if each line is one cell with a whole row
    quoted_twice: bool = False  # cells keep quotation marks of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """The rows of a file. `rows` returns all of them from the first, anew each time it is called."""

    form: Form
    rows: Callable[[Tell], Iterator[RawRow]]
    encoding: str | None = None
    delimiter: str | None = None
    dialect: Dialect | None = None  # how a text table is written, for new cells
    sheet: str | None = None
    header: tuple[str, ...] | None = None  # if the form itself has headings and no row does
    headings: frozenset[int] = frozenset()  # the rows (from 0) that one merged cell fills
    padded: bool = False  # short rows are filled up, so that their length means nothing
    problems: tuple[Problem, ...] = ()
    barred: tuple[str, ...] = ()  # addresses that are not to be mailed, …
    barred_people: tuple[str, ...] = ()  # … and names of such people, without an address
    asides: tuple[str, ...] = ()  # the rows of other sheets that are no lists
    examples: tuple[tuple[int, str], ...] = ()
    others: tuple[RawTable, ...] = ()  # further sheets that may be lists, too


# Choices: what a user decides about a list's file, if the file itself leaves it open. Never guesses; anything not
# chosen here (`--encoding`, `--sheet`, `--map`, `lists decide` …) is recognised from the file.

_NAMED_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "bar": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The user's choices; empty and None mean: recognise it.

    `encoding` is a codec of Python's, `delimiter` one character, `header_row` the row as the spreadsheet shows it (from
    1; 0: there is none). `columns` has the column of a meaning: its header, or its number from 1 if there is none.
    `wishes` has, for the text of a cell, folded, whether it asks for no mail.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    wishes: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise InputProblem for choices with which no file can be read."""
        if self.encoding:
            check_codec(self.encoding)
        object.__setattr__(self, "delimiter", _NAMED_DELIMITERS.get(self.delimiter, self.delimiter))
        if len(self.delimiter) > 1:
            raise InputProblem(f'"{self.delimiter}" is not a delimiter: give one character, or comma, semicolon, tab')

    def over(self, remembered: Choices) -> Choices:
        """Return these choices, with the remembered ones for anything that is not chosen now."""
        texts = {name: getattr(self, name) or getattr(remembered, name) for name in ("encoding", "delimiter", "sheet")}
        return Choices(
            **texts,
            header_row=remembered.header_row if self.header_row is None else self.header_row,
            columns={**remembered.columns, **self.columns},
            wishes={**remembered.wishes, **self.wishes},
        )


AS_FOUND: Final = Choices()


# Decode: the bytes of a list to lines of text, as `text.encodings` reads them. A guessed encoding is a warning that
# shows the words in it, because a person looks at the contacts before they are mailed.

_SAVE_AS: Final = "Open it in the spreadsheet program and save it as CSV (UTF-8) or XLSX."
# files that people choose by mistake, by their first bytes
_STRANGERS: Final = (
    (rb"%PDF", "is a PDF, not a spreadsheet"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "is a picture"),
    (rb"\{\\rtf", "is a text document (RTF)"),
)


def find_encoding(data: BinaryIO, *, name: str, chosen: str = "") -> Encoding:
    """Find the encoding of a list by reading it once, in pieces. The file's position is undefined afterwards."""
    data.seek(0)
    head = data.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        hint = "A list has a line of column names and a line for each contact."
        raise InputProblem("is empty", source=name, hint=hint)
    for pattern, what in _STRANGERS:
        if re.match(pattern, head, re.IGNORECASE):
            raise InputProblem(what, source=name, hint=_SAVE_AS)
    try:
        return encodings.find_encoding(data, chosen=chosen)
    except UnreadableText as error:
        hint = f"{_SAVE_AS} Or name its encoding: --encoding NAME"
        raise InputProblem(str(error), source=name, line=error.line, hint=hint) from None


def encoding_problems(encoding: Encoding, name: str) -> tuple[Problem, ...]:
    """Return the warning for a guessed encoding, if it was guessed."""
    doubt = encoding.doubt
    if doubt is None:
        return ()
    code = "encoding-mixed" if doubt.is_mixed else "encoding-assumed"
    taken = "" if doubt.is_sure or doubt.is_mixed else ". Until then the first is used"
    return (Problem(code, doubt.message + taken, Severity.WARNING, source=name, line=doubt.line),)


def barred_problems(barred: Mapping[str, Sequence[str]], name: str) -> tuple[Problem, ...]:
    """Return the warnings about parts of a file whose titles mean that nobody in them is mailed."""
    messages = (
        f'the addresses under "{printable(title)}" are left out everywhere' for title, found in barred.items() if found
    )
    return tuple(Problem("sheet-not-read", each, Severity.WARNING, source=name) for each in messages)


def read_lines(data: BinaryIO, encoding: Encoding, *, name: str) -> Iterator[str]:
    """Yield the lines of a list from its beginning, line ends kept as they are."""
    try:
        yield from encodings.read_lines(data, encoding)
    except UnreadableText as error:
        raise InputProblem(f"{error}: this is not a list", source=name) from None
