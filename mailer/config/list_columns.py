"""List columns: choices about the files of lists, kept in `lists/.columns.toml` for the next export with that layout.

Owns the reading and the writing of that TOML. A layout is recognised by its header, so that tomorrow's export gets the
choices made for today's; choices without a header apply to the file with that name. Staff may edit the file: all errors
in it are reported, with their lines. Never opens a list, never writes to disk.
Raises `InputProblem`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final

from mailer.config.reading import read_table
from mailer.contacts.files import Choices
from mailer.contacts.folding import fold
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean
from mailer.settings.table import Table, TrueOrFalse, in_two_brackets

_HEAD: Final = """\
# Choices about the columns of lists: mailer lists check LIST --map email="Kontakt E-Mail" --remember
# A [[layout]] with a header applies to every file with that header, one without a header to the file of that name.
# wishes: what words of a cell mean (mailer lists decide LIST LINE): true asks not to be mailed, false does not.
"""


class Remembered(Table):
    """The choices about files of one layout, which has a `header`, or about the file of one `list`."""

    list: str = ""
    header: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: Mapping[str, str] = {}
    wishes: Mapping[str, TrueOrFalse] = {}

    def _check(self) -> Iterator[str]:
        for meaning in self.columns:
            if meaning not in MEANINGS:
                near = did_you_mean(meaning, MEANINGS)
                yield f'columns: "{meaning}" is not a known column meaning{near}'
        if not self.header and not self.list:
            yield "a layout needs its header, or the name of its file (list) where there is none"
        try:
            _ = self.choices
        except InputProblem as problem:
            yield problem.message

    @property
    def choices(self) -> Choices:
        """Return the choices."""
        values = {name: value for name, value in self if name not in {"list", "header"}}
        return Choices(**values | {"wishes": {fold(words): asks for words, asks in self.wishes.items()}})


class _Layouts(Table):
    layout: Annotated[tuple[Remembered, ...], in_two_brackets("layout")] = ()


def parse_layouts(text: str, *, source: str) -> tuple[Remembered, ...]:
    """Read the text of the file."""
    hint = "Correct it, or delete it: it only remembers choices about columns (docs/lists.md)."
    return read_table(text, _Layouts, source=source, code="layouts", hint=hint).layout


def render_layouts(layouts: Iterable[Remembered]) -> str:
    """Return the text of the file."""
    tables = [_HEAD]
    for layout in layouts:
        values = layout.model_dump(exclude_defaults=True).items()
        tables.append("\n".join(("[[layout]]", *(f"{key} = {_toml(value)}" for key, value in values), "")))
    return "\n".join(tables)


def _toml(value: object) -> str:
    """Return a value on one line: JSON's are TOML's, except for tables, and for DEL, which TOML escapes."""
    if isinstance(value, Mapping):
        pairs = (f"{key if key in MEANINGS else _toml(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
