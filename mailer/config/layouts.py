"""Layouts: what was said about the files of lists, kept in `lists/.columns.toml` for the next export of that layout.

Owns the reading and the writing of that TOML. A layout is known again by its header, so that tomorrow's export finds
what was said of today's; what has no header here was said of the file with that name. Staff may edit the file: all that
is wrong in it is told, with its line. Never opens a list, never writes to disk.
Raises `InputProblem`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Self

from mailer.config.reading import read_table
from mailer.contacts.choices import Choices
from mailer.contacts.folding import fold
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass
from mailer.settings.table import Table, TrueOrFalse, in_two_brackets, together

_HEAD: Final = """\
# What somebody said about the columns of lists: mailer lists check LIST --map email="Kontakt E-Mail" --remember
# A [[layout]] with a header holds for every file with that header, one without for the file of that name.
# wishes: what words of a cell mean (mailer lists decide LIST LINE): true asks not to be mailed, false does not.
"""


class _Layout(Table):
    """A `[[layout]]`: the header that it holds for, or the name of its file, and what was said."""

    list: str = ""
    header: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: Mapping[str, str] = {}
    wishes: Mapping[str, TrueOrFalse] = {}

    @together
    def _check(self) -> Self:
        for meaning in self.columns:
            if meaning not in MEANINGS:
                near = did_you_mean(meaning, MEANINGS)
                raise ValueError(f'columns: "{meaning}" is not what a column can mean{near}')
        if not self.header and not self.list:
            raise ValueError("a layout needs its header, or the name of its file (list) where there is none")
        try:
            self.choices()
        except InputProblem as problem:
            raise ValueError(problem.message) from None
        return self

    def choices(self) -> Choices:
        return Choices(
            encoding=self.encoding,
            delimiter=self.delimiter,
            sheet=self.sheet,
            header_row=self.header_row,
            columns=dict(self.columns),
            wishes={fold(said): asks for said, asks in self.wishes.items()},
        )


class _Layouts(Table):
    layout: Annotated[tuple[_Layout, ...], in_two_brackets("layout")] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was said about the files of one layout: `header` as it is recognised; `name` is the file it was said of."""

    name: str
    header: tuple[str, ...]
    choices: Choices


def parse_layouts(text: str, *, source: str) -> tuple[Remembered, ...]:
    """Read the text of the file.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong.
    """
    hint = "Correct it, or delete it: it only remembers choices about columns (docs/lists.md)."
    file = read_table(text, _Layouts, source=source, code="layouts", hint=hint)
    return tuple(Remembered(each.list, each.header, each.choices()) for each in file.layout)


def render_layouts(layouts: Iterable[Remembered]) -> str:
    """Return the text of the file."""
    tables = [_HEAD]
    for name, header, said in ((each.name, each.header, each.choices) for each in layouts):
        columns = ", ".join(f"{meaning} = {_quoted(column)}" for meaning, column in said.columns.items())
        wishes = ", ".join(f"{_quoted(text)} = {str(asks).lower()}" for text, asks in said.wishes.items())
        values = {
            "list": _quoted(name),
            "header": f"[{', '.join(map(_quoted, header))}]" if header else "",
            "encoding": _quoted(said.encoding) if said.encoding else "",
            "delimiter": _quoted(said.delimiter) if said.delimiter else "",
            "sheet": _quoted(said.sheet) if said.sheet else "",
            "header_row": "" if said.header_row is None else str(said.header_row),
            "columns": f"{{ {columns} }}" if columns else "",
            "wishes": f"{{ {wishes} }}" if wishes else "",
        }
        tables.append("\n".join(("[[layout]]", *(f"{key} = {value}" for key, value in values.items() if value), "")))
    return "\n".join(tables)


def _quoted(text: str) -> str:
    """Return a TOML string: JSON's escapes are among TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
