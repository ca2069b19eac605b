"""Layouts: what was said about the files of lists, kept in `lists/.columns.toml` for the next export of that layout.

Owns the reading and the writing of that TOML. A layout is known again by its header, so that tomorrow's export finds
what was said of today's; what has no header here was said of the file with that name. Staff may edit the file: all that
is wrong in it is told, with its line. Never opens a list, never writes to disk.
Raises `InputProblem`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mailer.config.toml_file import parse_entries
from mailer.contacts.choices import Choices
from mailer.contacts.folding import fold
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean

_HEAD: Final = """\
# What somebody said about the columns of lists: mailer lists check LIST --map email="Kontakt E-Mail" --remember
# A [[layout]] with a header holds for every file with that header, one without for the file of that name.
# wishes: what words of a cell mean (mailer lists decide LIST LINE): true asks not to be mailed, false does not.
"""
_HINT: Final = "Mend it, or remove it: it holds only what was said about columns (docs/lists.md)."
_KEYS: Final = {"list": str, "header": list, "encoding": str, "delimiter": str, "sheet": str, "header_row": int}


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
    file, entries = parse_entries(text, "layout", source=source, code="layouts", hint=_HINT)
    for number, entry in enumerate(entries):
        for said in _wrong(entry):
            file.say(said, "layout", str(number))
    file.refuse(_HINT)
    return tuple(map(_layout, entries))


def render_layouts(layouts: Iterable[Remembered]) -> str:
    """Return the text of the file."""
    return "\n".join((_HEAD, *(_rendered(each) for each in layouts)))


def _wrong(entry: Mapping[str, Any]) -> Iterator[str]:
    for name, value in entry.items():
        if name == "columns":
            yield from _wrong_columns(value)
        elif name == "wishes":
            if not isinstance(value, dict) or not all(isinstance(each, bool) for each in value.values()):
                yield 'wishes: write them as { "do not email before 9" = false }'
        elif name not in _KEYS:
            yield f"{name}: there is no such key{did_you_mean(name, [*_KEYS, 'columns', 'wishes'])}"
        elif not isinstance(value, _KEYS[name]) or isinstance(value, bool):
            yield f"{name}: this is no {'list of texts' if _KEYS[name] is list else _KEYS[name].__name__}"
    header = entry.get("header", [])
    if isinstance(header, list) and not all(isinstance(each, str) for each in header):
        yield "header: write its cells in quotation marks"
    if not header and not entry.get("list"):
        yield "a layout needs its header, or the name of its file (list) where there is none"
    try:
        Choices(encoding=str(entry.get("encoding", "")), delimiter=str(entry.get("delimiter", "")))
    except InputProblem as problem:
        yield problem.message


def _wrong_columns(columns: object) -> Iterator[str]:
    if not isinstance(columns, dict):
        yield 'columns: write them as { email = "Kontakt E-Mail" }'
        return
    for meaning, column in columns.items():
        if meaning not in MEANINGS:
            yield f'columns: "{meaning}" is not what a column can mean{did_you_mean(meaning, MEANINGS)}'
        elif not isinstance(column, str):
            yield f"columns: {meaning}: write the heading, or the number, in quotation marks"


def _layout(entry: Mapping[str, Any]) -> Remembered:
    choices = Choices(
        encoding=entry.get("encoding", ""),
        delimiter=entry.get("delimiter", ""),
        sheet=entry.get("sheet", ""),
        header_row=entry.get("header_row"),
        columns=dict(entry.get("columns", {})),
        wishes={fold(said): asks for said, asks in entry.get("wishes", {}).items()},
    )
    return Remembered(entry.get("list", ""), tuple(entry.get("header", [])), choices)


def _rendered(layout: Remembered) -> str:
    choices = layout.choices
    lines = ["[[layout]]", f"list = {_quoted(layout.name)}"]
    if layout.header:
        lines.append(f"header = [{', '.join(map(_quoted, layout.header))}]")
    for name, value in (("encoding", choices.encoding), ("delimiter", choices.delimiter), ("sheet", choices.sheet)):
        if value:
            lines.append(f"{name} = {_quoted(value)}")
    if choices.header_row is not None:
        lines.append(f"header_row = {choices.header_row}")
    if choices.columns:
        columns = ", ".join(f"{meaning} = {_quoted(column)}" for meaning, column in choices.columns.items())
        lines.append(f"columns = {{ {columns} }}")
    if choices.wishes:
        decided = ", ".join(f"{_quoted(said)} = {str(asks).lower()}" for said, asks in choices.wishes.items())
        lines.append(f"wishes = {{ {decided} }}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML string: JSON's escapes are among TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
